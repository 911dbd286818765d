//! Scripts that need no file run from beginning to end.

use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether a script has a `param` without a default.
fn needs_input(text: &str) -> bool {
    let mut params = text.lines().filter(|line| line.starts_with("param "));
    params.any(|line| !line.contains('='))
}

/// Runs a script in a folder of its own.
fn run(script: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder can be made");
    let output = Command::new(env!("CARGO_BIN_EXE_sca"))
        .arg("run")
        .arg(script)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}:\n{said}", script.display());
}

#[test]
fn scripts_that_need_no_file_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::temp_dir().join(format!("sca-scripts-{}", std::process::id()));
    let entries = std::fs::read_dir(root.join("scripts")).expect("there are scripts");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let scripts: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "sca"))
        .filter(|path| !needs_input(&std::fs::read_to_string(path).unwrap_or_default()))
        .collect();
    assert!(!scripts.is_empty());
    let folder_of = |script: &Path| folder.join(script.file_stem().unwrap_or_default());
    scripts.par_iter().for_each(|it| run(it, &folder_of(it)));
    let drawn = scripts
        .iter()
        .map(|it| folder_of(it).join("figures/umap.png"));
    assert!(drawn.into_iter().any(|figure| figure.is_file()));
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}
