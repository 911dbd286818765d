//! `set`: settings of the session.

use crate::command::params::{Count, Flag, Integer, Text};
use crate::command::{Arg, Command, Kind, Reply, Scene, SessionAction, Spec, Val};
use crate::diagnostic::Outcome;
use crate::{params, words};

words! {
    /// How errors are shown.
    Errors {
        /// with frames and colors
        Full = "full",
        /// in sentences, for screen readers
        Plain = "plain",
    }
}

words! {
    /// How figures are shown in the terminal.
    Graphics {
        /// detected from the environment
        Auto = "auto",
        /// kitty's protocol
        Kitty = "kitty",
        /// iTerm's protocol
        Iterm = "iterm",
        /// sixel
        Sixel = "sixel",
        /// characters
        Text = "text",
        /// not at all
        None = "none",
    }
}

words! {
    /// Keys at the prompt.
    Keys {
        /// as in most shells
        Emacs = "emacs",
        /// as in vi, with modes
        Vi = "vi",
    }
}

params! {
    Set {
        /// Memory limit of the process: "8 GB".
        memory: Option<Text>,
        /// Number of threads; results never depend on it.
        threads: Option<Count>,
        /// Where passes over the cells run: "local:2" (two workers here), a Dask scheduler's address or file, "folder:/scratch/run1" (`sca worker --tasks /scratch/run1`), or none.
        cluster: Workers = Workers::Unchanged,
        /// Random seed.
        seed: Option<Integer>,
        /// Plan missing prerequisites with their defaults.
        auto: Option<Switch>,
        /// Wait until a result is needed.
        lazy: Option<Switch>,
        /// How errors are shown.
        errors: Option<Errors>,
        /// How figures are shown in the terminal.
        graphics: Option<Graphics>,
        /// Keys at the prompt.
        keys: Option<Keys>,
        /// Ring the terminal bell after work of more than 10 seconds.
        #[also("bell")]
        notify: Option<Switch>,
        /// Whether to keep these settings for later sessions, in ~/.config/sca/config.toml.
        keep: Flag = false,
    }
}

/// Which workers run passes; `none` is a choice, too.
pub enum Workers {
    Unchanged,
    None,
    At(String),
}

impl Arg for Workers {
    const KIND: Kind = Kind::Text;
    const OPTIONAL: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::None => Some(Workers::None),
            Val::Text(word) if word == "none" => Some(Workers::None),
            Val::Text(address) => Some(Workers::At(address.clone())),
            _ => None,
        }
    }

    fn to_val(&self) -> Val {
        match self {
            Workers::Unchanged => Val::None,
            Workers::None => Val::text("none"),
            Workers::At(address) => Val::text(address),
        }
    }
}

words! {
    /// On or off.
    Switch {
        /// yes
        On = "on",
        /// no
        Off = "off",
    }
}

impl From<Switch> for Flag {
    fn from(switch: Switch) -> Self {
        Flag(switch == Switch::On)
    }
}

impl Command for Set {
    const SPEC: Spec = Spec {
        name: "set",
        summary: "Change a setting of the session, or list all.",
        keywords: "memory threads seed options settings configuration",
        about: "The list shows where each value comes from: a default, an option, a line of a script. keep=true keeps a setting for later sessions: set keys=vi keep=true.",
        examples: &["set seed=1", "set memory=\"8 GB\"", "set"],
        holds: "nothing",
        ..Spec::NEW
    };

    fn plan(self, _: &mut Scene) -> Outcome<Reply> {
        let given = [
            ("memory", self.memory.to_val()),
            ("threads", self.threads.to_val()),
            ("cluster", self.cluster.to_val()),
            ("seed", self.seed.to_val()),
            ("auto", self.auto.map(Flag::from).to_val()),
            ("lazy", self.lazy.map(Flag::from).to_val()),
            ("errors", self.errors.to_val()),
            ("graphics", self.graphics.to_val()),
            ("keys", self.keys.to_val()),
            ("notify", self.notify.map(Flag::from).to_val()),
        ];
        let pairs = given
            .into_iter()
            .filter(|(_, value)| !matches!(value, Val::None))
            .map(|(name, value)| (name.to_owned(), value));
        Ok(Reply::SessionAction(SessionAction::Set(
            pairs.collect(),
            self.keep.0,
        )))
    }
}
