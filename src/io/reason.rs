//! Why bytes or values of a file could not be read, on the way to the error that names the file: the words, what kind
//! of fault it is, and what to do about it. The place that finds the reason knows these, so they need not be guessed from the
//! words.

use crate::data::{FileError, FileFault};
use std::io;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Reason {
    words: String,
    fault: FileFault,
    remedy: Option<String>,
    /// Whether the words are all there is to say, and do not follow what could not be done.
    alone: bool,
}

impl Reason {
    /// What is wrong, in words that stand by themselves.
    pub fn alone(words: impl Into<String>) -> Self {
        Reason {
            alone: true,
            ..Reason::from(words.into())
        }
    }

    /// An end was asked for.
    pub fn stopped() -> Self {
        Reason::from("an end was asked for").of(FileFault::Stopped)
    }

    pub fn of(self, fault: FileFault) -> Self {
        Reason { fault, ..self }
    }

    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Reason { remedy, ..self }
    }

    /// The error of something that "cannot be read" for this reason.
    pub fn explain(self, error: FileError) -> FileError {
        let problem = if self.alone {
            self.words
        } else {
            format!("{} ({})", error.problem, self.words)
        };
        let error = FileError { problem, ..error };
        match self.fault {
            FileFault::Stopped => FileError::stopped(error.file),
            FileFault::Memory => error.of_memory(),
            fault => {
                let remedy = self.remedy.or(error.remedy.clone());
                FileError { remedy, ..error }.of(fault)
            }
        }
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Reason {
            words,
            fault: FileFault::Broken,
            remedy: None,
            alone: false,
        }
    }
}

impl From<&str> for Reason {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

/// What is wrong with another object that is needed.
impl From<FileError> for Reason {
    fn from(error: FileError) -> Self {
        Reason {
            words: error.problem,
            fault: error.fault,
            remedy: error.remedy,
            alone: true,
        }
    }
}

/// Readers of stores have errors of the system, which may carry a reason.
impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Self {
        error
            .downcast()
            .unwrap_or_else(|error| error.to_string().into())
    }
}

impl From<Reason> for io::Error {
    fn from(reason: Reason) -> Self {
        io::Error::other(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_keeps_its_kind_on_its_way() {
        let error = || FileError::new("a.h5ad", "cannot be read").object("/obs/x");
        let plain = Reason::from("odd").explain(error());
        assert_eq!(plain.problem, "cannot be read (odd)");
        assert_eq!(plain.fault, FileFault::Broken);
        let stopped = Reason::stopped().explain(error());
        assert_eq!(stopped, FileError::stopped("a.h5ad"));
        let memory = Reason::from("3 GB").of(FileFault::Memory);
        let through = Reason::from(io::Error::from(memory.clone()));
        assert_eq!(through, memory);
        assert_eq!(through.explain(error()).fault, FileFault::Memory);
        let alone = Reason::alone("has no end").remedy("cut it");
        let found = alone.explain(error().remedy("copy it again"));
        assert_eq!(found.problem, "has no end");
        assert_eq!(found.remedy.as_deref(), Some("cut it"));
        let inner = FileError::new("a.h5ad", "holds too much").of_memory();
        let outer = Reason::from(inner.clone()).explain(error());
        assert_eq!((outer.problem, outer.fault), (inner.problem, inner.fault));
        let file = Reason::from(io::Error::from(io::ErrorKind::NotADirectory));
        assert_eq!(file.explain(error()).fault, FileFault::Broken);
    }
}
