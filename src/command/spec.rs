//! What a command says of itself.

use crate::data::{Place, State};

/// Where a command stands in `help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Files,
    Preparing,
    Structure,
    Comparing,
    Pictures,
    Session,
}

impl Group {
    pub fn word(self) -> &'static str {
        match self {
            Group::Files => "files",
            Group::Preparing => "quality and preparation",
            Group::Structure => "structure of the data",
            Group::Comparing => "genes and groups",
            Group::Pictures => "pictures",
            Group::Session => "session",
        }
    }
}

/// The key of a slot, given or taken from a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Is(&'static str),
    /// The value of this parameter.
    Param(&'static str),
    /// The parameter's value with something before and after it.
    Around(&'static str, &'static str, &'static str),
}

/// What must be there before a command can be planned.
#[derive(Debug, Clone, Copy)]
pub enum Want {
    /// `X` (or the layer named by a parameter `layer`) in one of these states.
    X(&'static [State]),
    Slot(Place, Key),
}

/// A prerequisite, and the command that makes it when it is missing.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    pub want: Want,
    /// In words: `a neighbour graph`.
    pub what: &'static str,
    pub made_by: &'static str,
}

/// A slot a command leaves behind.
#[derive(Debug, Clone, Copy)]
pub enum Write {
    /// `X` in this state.
    X(State),
    /// The same cells or genes, fewer of them.
    Cells,
    Genes,
    Slot(Place, Key),
}

/// Everything there is to say of a command, but for its parameters.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    pub group: Group,
    /// One sentence, with a full stop.
    pub summary: &'static str,
    /// More, where a sentence is not enough.
    pub about: &'static str,
    pub reads: &'static [Need],
    pub writes: &'static [Write],
    /// Other spellings of parameters, Scanpy's and Seurat's: `("resolution", "res")`.
    pub aliases: &'static [(&'static str, &'static str)],
    /// What others call it: `sc.tl.leiden`, `FindClusters`.
    pub like: &'static [&'static str],
    /// Run by the tests on `demo pbmc`, bound to `adata`.
    pub examples: &'static [&'static str],
    pub cite: &'static [&'static str],
    /// What it holds in memory, in words.
    pub holds: &'static str,
    /// Parameters shown when it was planned unasked: `hvg n=2000`.
    pub tells: &'static [&'static str],
}

impl Spec {
    /// The empty declaration, for `..Spec::NEW`.
    pub const NEW: Spec = Spec {
        name: "",
        group: Group::Session,
        summary: "",
        about: "",
        reads: &[],
        writes: &[],
        aliases: &[],
        like: &[],
        examples: &[],
        cite: &[],
        holds: "nothing but its result",
        tells: &[],
    };
}

/// `X` as logarithms of normalized counts.
pub const LOG_X: Need = Need {
    want: Want::X(&[State::Log]),
    what: "log values",
    made_by: "log1p",
};
