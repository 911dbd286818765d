//! Scripts that need no file run from beginning to end.

use std::path::Path;
use std::process::Command;

/// Whether a script asks for something that only a person has: a `param` without a default.
fn needs_input(text: &str) -> bool {
    let params = text.lines().filter(|line| line.starts_with("param "));
    params.into_iter().any(|line| !line.contains('='))
}

#[test]
fn scripts_that_need_no_file_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::temp_dir().join(format!("sca-scripts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let mut run = Vec::new();
    for entry in std::fs::read_dir(root.join("scripts")).expect("there are scripts") {
        let path = entry.expect("it can be listed").path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if path.extension().is_none_or(|ending| ending != "sca") || needs_input(&text) {
            continue;
        }
        let output = Command::new(env!("CARGO_BIN_EXE_sca"))
            .arg("run")
            .arg(&path)
            .current_dir(&folder)
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}:\n{said}", path.display());
        run.push(path);
    }
    assert!(!run.is_empty());
    let drawn = folder.join("figures/umap.png");
    assert!(drawn.is_file(), "{} is not there", drawn.display());
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}
