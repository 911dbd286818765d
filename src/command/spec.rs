//! The declaration of a command.

use super::references::Reference;
use crate::data::{Place, State};

/// The chapter of `help`, which is also the folder of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Files,
    Preprocessing,
    Structure,
    Comparing,
    Plotting,
    Session,
}

impl Group {
    pub fn word(self) -> &'static str {
        match self {
            Group::Files => "files",
            Group::Preprocessing => "preprocessing",
            Group::Structure => "structure",
            Group::Comparing => "comparing groups",
            Group::Plotting => "plotting",
            Group::Session => "session",
        }
    }
}

/// The key of a slot, fixed or taken from a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Is(&'static str),
    /// The value of this parameter.
    Param(&'static str),
    /// The value of this parameter; this where it is left out.
    ParamOr(&'static str, &'static str),
    /// The parameter's value with something before and after it.
    Around(&'static str, &'static str, &'static str),
    /// Names of this form, in which `<…>` stands for something: `pct_counts_<set>`. They are
    /// written in some ways of calling the command, so it is never planned to make one.
    Pattern(&'static str),
    /// Where markers of the groups of this parameter are: see [`markers_of`](super::known::markers_of).
    MarkersOf(&'static str),
}

/// What a command reads, and must be there before it is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Want {
    /// `X` (or the layer named by a parameter `layer`) in one of these states.
    X(&'static [State]),
    /// Log values: those of `X` (or of the layer or raw that is named), or ones that are still
    /// known where `X` has gone on; where none are known, `X` as it is.
    Logs,
    /// The same, but counts will do, too: what is drawn.
    Shown,
    /// Counts: those of `X` (or of the layer or raw that is named), or ones that are known.
    Counts,
    Slot(Place, Key),
    /// What only some ways of calling the command need.
    If(&'static Sometimes),
}

impl Want {
    /// What is needed, and for which form of the call.
    pub fn taken_apart(self) -> (When, Want) {
        match self {
            Want::If(sometimes) => (sometimes.when, sometimes.want),
            want => (When::Always, want),
        }
    }

    /// When it is wanted, for help; empty for always.
    pub fn condition(&self) -> String {
        match self.taken_apart().0 {
            When::Always => String::new(),
            When::LeftOut(param) => format!(" (without `{param}`)"),
            When::True(param) => format!(" (with {param}=true)"),
            When::Is(param, values) => format!(" (with {param}={})", values.join(" or ")),
            When::Without(params) => format!(" (without `{}`)", params.join("` or `")),
            When::Any(params) => format!(" (with `{}`)", params.join("` or `")),
            When::OfGenes(params) => format!(" (with a gene as `{}`)", params.join("` or `")),
        }
    }
}

/// A need that depends on the arguments.
#[derive(Debug, PartialEq)]
pub struct Sometimes {
    pub when: When,
    /// Not another of these.
    pub want: Want,
    /// Parameters that its maker gets from the command, such as `by`.
    pub with: &'static [&'static str],
}

/// A condition on the arguments of a command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// Whatever the arguments.
    Always,
    /// With this parameter left out.
    LeftOut(&'static str),
    /// With this parameter true.
    True(&'static str),
    /// With this parameter, given or by default, one of these words.
    Is(&'static str, &'static [&'static str]),
    /// With each of these parameters left out or false.
    Without(&'static [&'static str]),
    /// With any of these parameters given.
    Any(&'static [&'static str]),
    /// With a gene among what these parameters name, not columns of obs alone.
    OfGenes(&'static [&'static str]),
}

/// A prerequisite, and the command that makes it when it is missing.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    pub want: Want,
    /// In words: `a neighbor graph`.
    pub what: &'static str,
    pub made_by: &'static str,
}

/// A slot that a command writes.
#[derive(Debug, Clone, Copy)]
pub enum Write {
    /// `X` in this state.
    X(State),
    /// The same cells or genes, fewer of them.
    Cells,
    Genes,
    Slot(Place, Key),
}

/// What an argument of another tool's function is here, where it is not a parameter by another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theirs {
    /// A condition on cells, or on the rows of the table; `{}` is its value.
    Condition(&'static str),
    /// The condition that numbers of this column of the table are at least so far from 0.
    Beyond(&'static str),
    /// The condition that they are above 0, if it is true.
    Above(&'static str),
    /// A condition on cells: they are of the groups that it names.
    Groups,
    /// The conditions on cells are turned around, if it is true.
    Inverted,
    /// Arguments, in which `{}` is the list of its items.
    List(&'static str),
    /// Arguments where its value is `is`. With other values it is left out, and `otherwise` says why; if that is empty, they
    /// say nothing.
    When {
        is: &'static str,
        then: &'static str,
        otherwise: &'static str,
    },
    /// Nothing, where its text contains the first; why. Otherwise it is the parameter of that name.
    IfText(&'static str, &'static str),
    /// Nothing; what there is instead.
    Instead(&'static str),
}

/// The declaration of a command, apart from its parameters.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    /// Other spellings of the name.
    pub also: &'static [&'static str],
    /// One sentence, with a full stop.
    pub summary: &'static str,
    /// Words that `help WORD` finds it by, besides those of its name, summary and `like`.
    pub keywords: &'static str,
    /// Details for help.
    pub about: &'static str,
    pub reads: &'static [Need],
    pub writes: &'static [Write],
    /// Parameters of Scanpy's function that the command does not have, and what to use instead.
    pub without: &'static [(&'static str, &'static str)],
    /// Parameters whose default does not apply if one of the others is given: a number of genes, if there
    /// are cut-offs.
    pub unless: &'static [(&'static str, &'static [&'static str])],
    /// Equivalents in other tools: `sc.tl.leiden`, `FindClusters`.
    pub like: &'static [&'static str],
    /// Arguments of functions in `like`, above all of Seurat's.
    pub theirs: &'static [(&'static str, Theirs)],
    /// A command that this one is confused with, suggested for its parameters; how they differ.
    pub confused_with: Option<(&'static str, &'static str)>,
    /// The command that combines several of its results, suggested for a list of files.
    pub joined_by: &'static str,
    /// Run by the tests on `demo pbmc`, bound to `adata`.
    pub examples: &'static [&'static str],
    pub cite: &'static [&'static Reference],
    /// The sentence for a Methods section. `{res}` is the value of a parameter, `[res|…]` is included
    /// if it is given, `[!res|…]` if it is not, `[by=leiden|…]` if it is this word, and `<LEIDEN>` cites
    /// a paper of `cite`. Empty for commands that such a section leaves out.
    pub method: &'static str,
    /// What it keeps in memory, in words.
    pub holds: &'static str,
    /// Columns that are computed before it is planned, and when: which columns there will be depends on
    /// their values.
    pub computes_first: Option<(When, Place)>,
    /// Parameters shown when it was planned as a prerequisite: `hvg n=2000`.
    pub tells: &'static [&'static str],
}

impl Spec {
    /// Whether values below zero are accepted if their state is unknown: not to what counts, nor
    /// to what goes on from counts. `applies` says which needs there are.
    pub fn takes_negative(&self, applies: impl Fn(When) -> bool) -> bool {
        let of_counts = |want| match want {
            Want::Counts => true,
            Want::X(states) => states
                .iter()
                .all(|state| matches!(state, State::Counts | State::Normalized)),
            _ => false,
        };
        let wants = self.reads.iter().map(|need| need.want.taken_apart());
        !wants
            .into_iter()
            .any(|(when, want)| applies(when) && of_counts(want))
    }

    /// The empty declaration, for `..Spec::NEW`.
    pub const NEW: Spec = Spec {
        name: "",
        also: &[],
        summary: "",
        keywords: "",
        about: "",
        reads: &[],
        writes: &[],
        without: &[],
        unless: &[],
        like: &[],
        theirs: &[],
        confused_with: None,
        joined_by: "",
        examples: &[],
        cite: &[],
        method: "",
        holds: "",
        computes_first: None,
        tells: &[],
    };
}

/// Counts.
pub const COUNTS: Need = Need {
    want: Want::Counts,
    what: "counts",
    made_by: "",
};

/// Markers of the groups of `by`, if no genes are named.
pub const MARKERS: Need = Need {
    want: Want::If(&Sometimes {
        when: When::LeftOut("genes"),
        want: Want::Slot(Place::Uns, Key::MarkersOf("by")),
        with: &["by"],
    }),
    what: "markers, since no genes are given",
    made_by: "markers",
};

/// The dendrogram of the groups of `by`, if it is drawn.
pub const DENDROGRAM: Need = Need {
    want: Want::If(&Sometimes {
        when: When::True("dendrogram"),
        want: Want::Slot(Place::Uns, Key::Around("dendrogram_", "by", "")),
        with: &["by"],
    }),
    what: "a dendrogram",
    made_by: "dendrogram",
};

/// The groups of `by`.
pub const GROUPS: Need = Need {
    want: Want::Slot(Place::Obs, Key::Param("by")),
    what: "groups",
    made_by: "leiden",
};

/// Logarithms of normalized counts, as far as they are known.
pub const LOGS: Need = Need {
    want: Want::Logs,
    what: "log values",
    made_by: "log1p",
};

/// What a figure shows of genes that `color` names: values of any kind, log values where there are none yet.
pub const SHOWN_COLOR: Need = Need {
    want: Want::If(&Sometimes {
        when: When::OfGenes(&["color"]),
        want: Want::Shown,
        with: &[],
    }),
    ..LOGS
};

/// What a figure shows of genes that `keys` names: values of any kind, log values where there are none yet.
pub const SHOWN_KEYS: Need = Need {
    want: Want::If(&Sometimes {
        when: When::OfGenes(&["keys"]),
        want: Want::Shown,
        with: &[],
    }),
    ..LOGS
};

/// What a figure shows of genes that `genes` names: values of any kind, log values where there are none yet.
pub const SHOWN_GENES: Need = Need {
    want: Want::If(&Sometimes {
        when: When::OfGenes(&["genes"]),
        want: Want::Shown,
        with: &[],
    }),
    ..LOGS
};

/// What orders cells along a trajectory.
pub const PSEUDOTIME: Need = Need {
    want: Want::Slot(Place::Obs, Key::Param("along")),
    what: "pseudotime",
    made_by: "dpt",
};

/// Counts, if cells or genes are filtered by them.
pub const COUNTS_FOR_BOUNDS: Need = Need {
    want: Want::If(&Sometimes {
        when: When::Any(&["min_counts", "max_counts"]),
        want: Want::Counts,
        with: &[],
    }),
    ..COUNTS
};

/// `X` as log values, or what was computed from them, for commands that transform `X` itself.
pub const LOG_X: Need = Need {
    want: Want::X(&[
        State::Log,
        State::Transformed,
        State::Corrected,
        State::Residuals,
        State::LogRatios,
        State::Scaled,
    ]),
    what: "log values",
    made_by: "log1p",
};
