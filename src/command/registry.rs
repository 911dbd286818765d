//! The table of commands.

use super::args::{Args, Given};
use super::params::{Param, Params};
use super::reply::Reply;
use super::scene::Scene;
use super::spec::{Group, Spec};
use super::value::Val;
use crate::data::history::Statement;
use crate::diagnostic::Outcome;

/// A command: its parameters, its declaration, and what it adds to the plan.
pub trait Command: Params + 'static {
    const SPEC: Spec;
    /// Adds nodes and does no work.
    fn plan(self, scene: &mut Scene) -> Outcome<Reply>;
}

/// A command with its type erased.
pub struct Entry {
    pub spec: &'static Spec,
    pub group: Group,
    pub params: &'static [Param],
    pub plan: fn(&Args, &mut Scene) -> Outcome<Reply>,
}

/// What the table of commands is made of.
pub const fn entry<C: Command>(group: Group) -> Entry {
    Entry {
        spec: &C::SPEC,
        group,
        params: C::PARAMS,
        plan: |args, scene| C::bind(args)?.plan(scene),
    }
}

impl Entry {
    /// The parameter with this name or alias.
    pub fn param(&self, name: &str) -> Option<&Param> {
        // Where a name of R has a dot, it is typed with an underscore.
        let same =
            |also: &&str| *also == name || also.contains('.') && also.replace('.', "_") == name;
        let called = |param: &&Param| param.name == name || param.also.iter().any(same);
        self.params.iter().find(called)
    }

    /// The first parameter if it is a dataset.
    pub fn takes_dataset(&self) -> bool {
        self.params
            .first()
            .is_some_and(|param| param.kind == super::Kind::Data)
    }

    /// The statement with every default that matters spelled out, for history and `script`.
    pub fn statement(&self, args: &Args) -> Statement {
        let takes_dataset = self.takes_dataset();
        let mut text = String::new();
        for param in &self.params[usize::from(takes_dataset)..] {
            if let Some(shown) = self.shown(args, param) {
                text += &format!(" {}={shown}", param.name);
            }
        }
        if takes_dataset {
            Statement::about(format!("{} ", self.spec.name), text)
        } else {
            Statement::plain(format!("{}{text}", self.spec.name))
        }
    }

    /// The value of a parameter, given or by default, as it would be typed.
    fn shown(&self, args: &Args, param: &Param) -> Option<String> {
        shown(args, param, !args.replaces(self.spec, param.name))
    }

    /// The name with its main parameters, for plans and notes: `hvg n=2000`.
    pub fn brief(&self, args: &Args) -> String {
        let mut text = self.spec.name.to_owned();
        for name in self.spec.tells {
            if let Some(shown) = self.param(name).and_then(|param| self.shown(args, param)) {
                text += &format!(" {name}={shown}");
            }
        }
        text
    }
}

/// All commands, sorted by name.
#[derive(Clone, Copy)]
pub struct Registry(pub &'static [Entry]);

impl Registry {
    pub fn get(&self, name: &str) -> Option<&'static Entry> {
        let named = |entry: &&Entry| entry.spec.name == name || entry.spec.also.contains(&name);
        self.0.iter().find(named)
    }

    /// The equivalent of another tool's function: `sc.tl.leiden`, `FindClusters`.
    pub fn like(&self, name: &str) -> Option<&'static Entry> {
        self.0.iter().find(|entry| entry.spec.like.contains(&name))
    }

    /// The same for the last part of the name of a function of Scanpy's, `rank_genes_groups`,
    /// where a figure of that name comes last.
    pub fn like_last(&self, name: &str) -> Option<&'static Entry> {
        let named = |entry: &Entry, drawn: bool| {
            entry.spec.like.iter().any(|like| {
                let last = like.rsplit_once('.').is_some_and(|(_, last)| last == name);
                let of_scanpy = last && like.starts_with("sc") && like.contains(".pl.") == drawn;
                let of_r = like.rsplit_once("::").is_some_and(|(_, last)| last == name);
                of_scanpy || of_r && !drawn
            })
        };
        let found = |drawn| self.0.iter().find(|entry| named(entry, drawn));
        found(false).or_else(|| found(true))
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|entry| entry.spec.name)
    }
}

/// The value, given or by default, as it would be typed; `None` if there is none.
fn shown(args: &Args, param: &Param, default_holds: bool) -> Option<String> {
    let default = || match (param.default?)() {
        Val::None => None,
        value => Some(value.to_string()),
    };
    match args.given.get(param.name) {
        Some(Given {
            typed: Some(typed), ..
        }) => Some(typed.clone()),
        // Only a default other than none is shown.
        Some(Given {
            value: Val::None, ..
        }) => default().map(|_| Val::None.to_string()),
        Some(given) => Some(given.value.to_string()),
        None => default().filter(|_| default_holds),
    }
}
