//! Faults as a person reads them.

use super::fault::Fault;
use super::node::Node;
use crate::data::FileFault;
use crate::diagnostic::{Diagnostic, code};
use std::sync::Arc;

/// A fault as a person reads it, pointing at the statement that planned the step.
pub(super) fn explain(node: Option<&Arc<Node>>, fault: Fault) -> Box<Diagnostic> {
    let diagnostic = match fault {
        Fault::Stopped => stopped(),
        Fault::File(error) => of_file(error),
        Fault::Reported(diagnostic) => diagnostic,
    };
    match node.and_then(|node| node.origin.as_ref()) {
        Some(origin) => diagnostic.at(origin),
        None => diagnostic,
    }
}

/// The answer to Ctrl-C.
pub fn stopped() -> Box<Diagnostic> {
    Diagnostic::error(code::STOPPED, "stopped")
        .help("finished steps are kept; the rest stays planned")
}

/// A file's error with file, object and remedy.
pub fn of_file(error: crate::data::FileError) -> Box<Diagnostic> {
    let code = match error.fault {
        FileFault::Stopped => return stopped(),
        FileFault::Memory => code::MEMORY,
        FileFault::UnknownFormat => code::UNKNOWN_FORMAT,
        FileFault::Broken | FileFault::Outside | FileFault::NotHdf5 => code::FILE,
    };
    let file = error.file.display().to_string();
    let place = match &error.object {
        Some(object) => format!("{object} of {file}"),
        None => file.clone(),
    };
    let headline = if error.problem.contains(&file) {
        error.problem
    } else {
        format!("{place}: {}", error.problem)
    };
    let diagnostic = Diagnostic::error(code, headline);
    match error.remedy {
        Some(remedy) => diagnostic.help(remedy),
        None => diagnostic,
    }
}
