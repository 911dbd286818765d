//! What was done to a dataset: append-only, parameter values and step numbers, never data.

use std::fmt;
use std::sync::Arc;

/// A statement about a dataset whose name is filled in when it is shown: versions have no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    before: String,
    /// What follows the name; `None` if the statement names no dataset.
    after: Option<String>,
}

impl Statement {
    /// A statement that makes a dataset instead of naming one: `read "a.h5ad"`.
    pub fn plain(text: impl Into<String>) -> Self {
        Statement {
            before: text.into(),
            after: None,
        }
    }

    /// `before`, then the name of the dataset, then `after`.
    pub fn about(before: impl Into<String>, after: impl Into<String>) -> Self {
        Statement {
            before: before.into(),
            after: Some(after.into()),
        }
    }

    /// The statement about the dataset of this name.
    pub fn of(&self, name: &str) -> String {
        match &self.after {
            Some(after) => format!("{}{name}{after}", self.before),
            None => self.before.clone(),
        }
    }
}

/// What a step was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A command of this name.
    Command(String),
    /// `adata[cells, genes]`.
    Selection,
    /// `adata.obs.group = …`.
    Assignment,
}

impl StepKind {
    /// A command of this name.
    pub fn command(name: impl Into<String>) -> Self {
        StepKind::Command(name.into())
    }
}

/// As a message calls it.
impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            StepKind::Command(name) => name,
            StepKind::Selection => "a selection",
            StepKind::Assignment => "an assignment",
        })
    }
}

/// One step, as a statement with every default that matters spelled out.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Counted from one.
    pub number: usize,
    pub kind: StepKind,
    /// `leiden adata res=0.6 key="leiden" seed=0`.
    pub statement: Statement,
    /// Planned because a later step needed it, not typed.
    pub planned: bool,
    /// Slots it wrote, as `obs.leiden`.
    pub writes: Vec<String>,
    /// When it was requested, in seconds since 1970; `None` if that was not recorded.
    pub at: Option<i64>,
}

/// The steps of a dataset version, oldest first. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct History(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    step: Step,
    before: History,
}

impl History {
    /// This history with one step more, which gets the next number.
    pub fn and(&self, mut step: Step) -> History {
        step.number = self.len() + 1;
        History(Some(Arc::new(Link {
            step,
            before: self.clone(),
        })))
    }

    pub fn len(&self) -> usize {
        self.last().map_or(0, |step| step.number)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn last(&self) -> Option<&Step> {
        self.0.as_ref().map(|link| &link.step)
    }

    /// Whether it is the very same history, not merely an equal one.
    pub fn same(&self, other: &History) -> bool {
        match (&self.0, &other.0) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            _ => false,
        }
    }

    /// Oldest first.
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::with_capacity(self.len());
        let mut at = self;
        while let Some(link) = &at.0 {
            steps.push(&link.step);
            at = &link.before;
        }
        steps.reverse();
        steps
    }
}
