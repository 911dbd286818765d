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
    /// The value of this parameter; this where it is left out.
    ParamOr(&'static str, &'static str),
    /// The parameter's value with something before and after it.
    Around(&'static str, &'static str, &'static str),
    /// Where markers of the groups of this parameter are: see [`markers_of`](super::known::markers_of).
    MarkersOf(&'static str),
}

/// What must be there before a command can be planned.
#[derive(Debug, Clone, Copy)]
pub enum Want {
    /// `X` (or the layer named by a parameter `layer`) in one of these states.
    X(&'static [State]),
    Slot(Place, Key),
    /// What only some ways of calling the command need.
    If(&'static Sometimes),
}

impl Want {
    /// What is wanted, and of which way of calling the command.
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
        }
    }
}

/// What is needed when the command is called in a certain way.
#[derive(Debug)]
pub struct Sometimes {
    pub when: When,
    /// Not another of these.
    pub want: Want,
    /// Parameters that its maker gets from the command, such as `by`.
    pub with: &'static [&'static str],
}

/// A way of calling a command.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// Whatever it is called with.
    Always,
    /// With this parameter left out.
    LeftOut(&'static str),
    /// With this parameter true.
    True(&'static str),
    /// With this parameter, given or by default, one of these words.
    Is(&'static str, &'static [&'static str]),
    /// With each of these parameters left out or false.
    Without(&'static [&'static str]),
}

/// A prerequisite, and the command that makes it when it is missing.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    pub want: Want,
    /// In words: `a neighbor graph`.
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
    /// Parameters that Scanpy's function has and it has not, and what there is instead.
    pub without: &'static [(&'static str, &'static str)],
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
    /// Whether it can do with scaled values, and so with any below zero.
    pub fn takes_negative(&self) -> bool {
        let scaled = |need: &Need| match need.want.taken_apart().1 {
            Want::X(states) => states.contains(&State::Scaled),
            _ => false,
        };
        let shows = !matches!(
            self.group,
            Group::Preparing | Group::Structure | Group::Comparing
        );
        // Distances between cells (`neighbors on=X`) are of any values.
        let wants_x = |need: &Need| matches!(need.want.taken_apart().1, Want::X(_));
        let distances = self.group == Group::Structure && !self.reads.iter().any(wants_x);
        shows || distances || self.reads.iter().any(scaled)
    }

    /// The empty declaration, for `..Spec::NEW`.
    pub const NEW: Spec = Spec {
        name: "",
        group: Group::Session,
        summary: "",
        about: "",
        reads: &[],
        writes: &[],
        without: &[],
        like: &[],
        examples: &[],
        cite: &[],
        holds: "",
        tells: &[],
    };
}

/// `X` as logarithms, scaled or not: what can be drawn.
pub const DRAWN_X: Need = Need {
    want: Want::X(&[State::Log, State::Transformed, State::Scaled]),
    what: "log values",
    made_by: "log1p",
};

/// Markers by the groups of `by`, where no genes are named.
pub const MARKERS: Need = Need {
    want: Want::If(&Sometimes {
        when: When::LeftOut("genes"),
        want: Want::Slot(Place::Uns, Key::MarkersOf("by")),
        with: &["by"],
    }),
    what: "markers, as no genes are named",
    made_by: "markers",
};

/// The dendrogram of the groups of `by`, where it is to be drawn.
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

/// `X` as logarithms of normalized counts.
pub const LOG_X: Need = Need {
    want: Want::X(&[State::Log]),
    what: "log values",
    made_by: "log1p",
};
