//! Faults and remarks of steps, as messages.

use super::fault::Fault;
use super::node::Node;
use super::rounded::Rounding;
use crate::data::FileFault;
use crate::diagnostic::{Diagnostic, code};
use std::sync::{Arc, Mutex};

/// What steps and passes had to say of their values.
#[derive(Default)]
pub(super) struct Remarks {
    /// With the number of the step, since steps run side by side.
    said: Mutex<Vec<(u64, Diagnostic)>>,
    /// What passes rounded, of each source once.
    rounded: Mutex<Vec<(Arc<Node>, Rounding)>>,
}

impl Remarks {
    pub fn of_step(&self, node: &Node, remarks: Vec<Diagnostic>) {
        if let Ok(mut said) = self.said.lock() {
            said.extend(remarks.into_iter().map(|it| (node.id, said_by(node, it))));
        }
    }

    /// Of each source once, as the pass says that saw most of it.
    pub fn of_pass(&self, found: Vec<(Arc<Node>, Rounding)>) {
        let Ok(mut rounded) = self.rounded.lock() else {
            return;
        };
        for (node, rounding) in found {
            match rounded.iter_mut().find(|it| it.1.source == rounding.source) {
                Some(known) if known.1.n >= rounding.n => {}
                Some(known) => known.1 = rounding,
                None => rounded.push((node, rounding)),
            }
        }
    }

    /// Everything since the last call, in the order of the steps.
    pub fn take(&self) -> Vec<Diagnostic> {
        let rounded = self.rounded.lock().map(|mut it| std::mem::take(&mut *it));
        let said = self.said.lock().map(|mut it| std::mem::take(&mut *it));
        let mut said = said.unwrap_or_default();
        for (node, rounding) in rounded.unwrap_or_default() {
            said.push((node.id, said_by(&node, rounding.remark())));
        }
        said.sort_by_key(|(id, _)| *id);
        said.into_iter().map(|(_, remark)| remark).collect()
    }
}

/// A remark that points at the statement that planned the step.
fn said_by(node: &Node, remark: Diagnostic) -> Diagnostic {
    match &node.origin {
        Some(origin) => *Box::new(remark).at(origin),
        None => remark,
    }
}

/// A fault as the user reads it, pointing at the statement that planned the step.
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
        FileFault::Remote => code::REMOTE,
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
