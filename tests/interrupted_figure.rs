//! Ctrl-C while a figure is drawn: nothing is written. A process has one ticker, so this is a process of its own.

use sca::command::FigureFile;
use sca::data::figure::{Bars, Figure, Rgb, Scale};
use sca::data::stop;
use sca::driver::reporter::paint;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ASKED: AtomicBool = AtomicBool::new(false);

#[test]
fn no_half_figure_is_written() {
    stop::ask(|| ASKED.load(Relaxed));
    let figure = Figure::of(Bars {
        labels: vec!["a".to_owned()],
        series: vec![("n".to_owned(), Rgb(1, 2, 3), vec![2.0])],
        scale: Scale::new("cells"),
        ..Bars::default()
    });
    let folder = std::env::temp_dir().join(format!("sca-figure-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let file = |name: &str| FigureFile {
        path: folder.join(name),
        dpi: 72.0,
    };
    let drawn = ["whole.png", "whole.svg", "whole.pdf"].map(file);
    for file in &drawn {
        assert!(paint(&figure, file).is_ok() && file.path.exists());
    }
    ASKED.store(true, Relaxed);
    let stopped = ["half.png", "half.svg", "half.pdf"].map(file);
    for file in &stopped {
        assert!(paint(&figure, file).is_err() && !file.path.exists());
    }
    let _ = std::fs::remove_dir_all(&folder);
}
