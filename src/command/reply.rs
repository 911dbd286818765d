//! What a command returns: promised values, a job that leaves the session, or an action on the session.

use super::value::Val;
use crate::data::{Dataset, Lazy, SlotName, Value};
use crate::diagnostic::Outcome;
use crate::plan::{Engine, Needs};
use std::path::PathBuf;
use std::sync::Arc;

pub enum Reply {
    /// A new version, and its main results, which the status line names; none where cells or genes are
    /// left out.
    Dataset(Dataset, Vec<SlotName>),
    /// The same, with a table to show.
    Table(Dataset, Lazy, Vec<SlotName>),
    Value(Val),
    /// Work to do now: what it needs, and what to do with that.
    Job(Job),
    /// A figure, and the dataset with the colors of its groups.
    Drawn(Arc<Dataset>, Job),
    /// An action of the session.
    SessionAction(SessionAction),
}

/// Output: a figure, a file, a computed value.
pub struct Job {
    /// Values that are computed first.
    pub needs: Vec<Lazy>,
    pub finish: Box<dyn FnOnce(&[Value], &Engine) -> Outcome<Val>>,
    /// The file that is written, and what `read` would find in it.
    pub writes: Option<(PathBuf, Option<Dataset>)>,
    /// The file for the figure; without one it is shown.
    pub figure: Option<FigureFile>,
    /// The status line when it is done.
    pub said: Option<String>,
}

impl Job {
    /// A job that writes no file.
    pub fn new<N: Needs>(
        needs: N,
        finish: impl FnOnce(N::Values, &Engine) -> Outcome<Val> + 'static,
    ) -> Self {
        Job {
            needs: needs.list(),
            finish: Box::new(move |values, engine| {
                finish(needs.values(&mut values.iter()), engine)
            }),
            writes: None,
            figure: None,
            said: None,
        }
    }
}

/// The file for a figure, and its resolution.
#[derive(Debug, Clone)]
pub struct FigureFile {
    pub path: PathBuf,
    /// Pixels to the inch, for PNG.
    pub dpi: f64,
}

/// The dataset that `history` or `methods` is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The one that the prompt names.
    AtHand,
    /// That of a variable.
    Named(String),
    /// One without a name: `adata | methods`.
    Of(Arc<Dataset>),
}

/// What `script` is asked for.
#[derive(Debug, Clone)]
pub struct ScriptRequest {
    pub of: Subject,
    pub out: Option<PathBuf>,
    /// With all defaults.
    pub full: bool,
}

/// Actions of the session.
#[derive(Debug, Clone)]
pub enum SessionAction {
    /// Of a variable, that many times.
    Undo(Option<String>, usize),
    Redo(Option<String>, usize),
    Restore(String, usize),
    History(Subject),
    Script(ScriptRequest),
    Methods(Subject, Option<PathBuf>),
    /// The session into a file, and back.
    Save(PathBuf),
    Open(PathBuf),
    /// Settings, and whether they are kept for later sessions.
    Set(Vec<(String, Val)>, bool),
    /// The last statement in an editor.
    Edit,
    Help(Option<String>),
    /// A step of the tour, counted from 1, or the next one.
    Tour(Option<usize>),
    Compute(Val),
    Explain(Val),
    Profile(Val),
    Show(Val),
    Type(Val),
    Last,
    Exit,
}
