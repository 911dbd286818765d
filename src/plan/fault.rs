//! What ends a step before it has made its values.

use crate::data::FileError;
use crate::diagnostic::{Diagnostic, code};
use crate::kernels::ticker::Stopped;
use crate::kernels::transfer::Torn;

/// Why a node gave no value.
#[derive(Debug)]
pub enum Fault {
    Stopped,
    File(FileError),
    Reported(Box<Diagnostic>),
}

impl From<Stopped> for Fault {
    fn from(_: Stopped) -> Self {
        Fault::Stopped
    }
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Fault::File(error)
    }
}

impl From<Box<Diagnostic>> for Fault {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Fault::Reported(diagnostic)
    }
}

impl From<Torn> for Fault {
    fn from(torn: Torn) -> Self {
        let said = Diagnostic::error(code::BUG, torn.to_string());
        Fault::Reported(said.help("this is a bug in sca"))
    }
}
