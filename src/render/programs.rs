//! Output for programs, as lines of JSON: what steps and statements wrote, and files.

use super::{Mode, Terminal};
use crate::data::Written;
use serde_json::json;
use std::path::{Path, PathBuf};

impl Terminal {
    /// The files that a script reads and writes, as an object.
    pub fn script_files(&mut self, script: &str, inputs: Vec<String>, outputs: Vec<String>) {
        let files = json!({ "script": script, "inputs": inputs, "outputs": outputs });
        self.json("files", files);
    }

    /// What a step wrote, as an object; people read it in the status line.
    pub fn step(&mut self, step: &Written) {
        if self.mode == Mode::Json {
            let object = json!({
                "command": step.command,
                "dataset": step.dataset,
                "results": step.results,
                "writes": step.writes,
                "asked_by": step.asked_by,
            });
            self.json("step", object);
        }
    }

    /// What a statement did that was run to its end, as an object.
    pub fn entered(&mut self, text: &str, binds: &[String], writes: &[String], files: &[PathBuf]) {
        if self.mode == Mode::Json {
            let files: Vec<String> = files.iter().map(|it| it.display().to_string()).collect();
            let object = json!({ "text": text, "binds": binds, "writes": writes, "files": files });
            self.json("statement", object);
        }
    }

    /// A file that was written, as an object.
    pub fn file(&mut self, path: &Path) {
        if self.mode == Mode::Json {
            self.json("file", json!({ "path": path.display().to_string() }));
        }
    }
}
