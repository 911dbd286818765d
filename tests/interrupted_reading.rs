//! Ctrl-C while strings of a file are read: that is no damage, which would be reported as such, or make a dataset without
//! the part. A process has one answer to whether an end is asked for, so this is a process of its own.

use sca::data::{FileFault, stop};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ASKED: AtomicBool = AtomicBool::new(false);

#[test]
fn an_end_that_is_asked_for_is_no_damage() {
    stop::ask(|| ASKED.load(Relaxed));
    let folder = std::env::temp_dir().join(format!("sca-strings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let script = "a = demo pbmc cells=100 genes=50; write a \"a.h5ad\"; write a \"a.zarr\"";
    let written = Command::new(env!("CARGO_BIN_EXE_sca"))
        .args(["-c", script])
        .current_dir(&folder)
        .output()
        .expect("the program runs");
    assert!(written.status.success(), "{written:?}");
    for file in ["a.h5ad", "a.zarr"] {
        let opened = sca::io::read(&folder.join(file)).expect("it was just written");
        let names = &opened.dataset.obs_names.value;
        ASKED.store(true, Relaxed);
        let error = names.known().expect_err("an end is asked for");
        ASKED.store(false, Relaxed);
        assert_eq!(error.fault, FileFault::Stopped, "{file}: {error:?}");
        assert!(names.known().is_ok_and(|names| names.is_some()), "{file}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}
