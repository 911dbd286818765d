//! The script of the motor cortex on small files of the same shape: the picture is there, and is
//! the same for any number of threads and any memory.

#[allow(dead_code)]
#[path = "../benches/motor_cortex_files.rs"]
mod files;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn run(options: &[&str], folder: &Path, out: &Path) -> Vec<u8> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/motor_cortex.sca");
    let output = Command::new(env!("CARGO_BIN_EXE_sca"))
        .args(options)
        .arg("run")
        .arg(script)
        .arg("--folder")
        .arg(folder)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    fs::read(out).unwrap()
}

#[test]
fn the_picture_does_not_depend_on_threads_or_memory() {
    let folder: PathBuf = std::env::temp_dir().join(format!("sca-cortex-{}", std::process::id()));
    files::make(&folder, 400, 12_000).unwrap();
    let size = fs::metadata(folder.join("matrix.csv")).unwrap().len();
    assert!(
        size > 9_000_000,
        "larger than what is read at once to look at it: {size}"
    );
    let one = run(&["--threads", "1"], &folder, &folder.join("one.png"));
    assert_eq!(&one[1..4], b"PNG");
    for options in [
        &["--threads", "2"][..],
        &["--threads", "3", "--memory", "128M"],
    ] {
        assert!(
            run(options, &folder, &folder.join("other.png")) == one,
            "{options:?}"
        );
    }
    fs::remove_dir_all(&folder).unwrap();
}
