//! The table of commands, and arguments on their way to one.

use super::params::{Arg, Param, Params};
use super::reply::Reply;
use super::scene::Scene;
use super::spec::{Group, Spec};
use super::value::Val;
use crate::diagnostic::{Diagnostic, Outcome};
use crate::source::Span;
use indexmap::IndexMap;

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
    /// The parameter of a name or of another's spelling of it.
    pub fn param(&self, name: &str) -> Option<&Param> {
        let called = |param: &&Param| param.name == name || param.also.contains(&name);
        self.params.iter().find(called)
    }

    /// The first parameter if it is a dataset.
    pub fn takes_dataset(&self) -> bool {
        self.params
            .first()
            .is_some_and(|param| param.kind == super::Kind::Data)
    }

    /// The statement with every default that matters spelled out, for history and `script`.
    pub fn statement(&self, args: &Args, subject: &str) -> String {
        let mut text = self.spec.name.to_owned();
        for (i, param) in self.params.iter().enumerate() {
            if i == 0 && self.takes_dataset() {
                text += &format!(" {subject}");
                continue;
            }
            if let Some(shown) = self.shown(args, param) {
                text += &format!(" {}={shown}", param.name);
            }
        }
        text
    }

    /// The value of a parameter that is in force, as it would be typed.
    fn shown(&self, args: &Args, param: &Param) -> Option<String> {
        args.shown(param, !args.replaces(self.spec, param.name))
    }

    /// Name and telling parameters, for plans and notes: `hvg n=2000`.
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

    /// The command that others call by this name: `sc.tl.leiden`, `FindClusters`.
    pub fn like(&self, name: &str) -> Option<&'static Entry> {
        self.0.iter().find(|entry| entry.spec.like.contains(&name))
    }

    /// The same for the last part of the name of a function of Scanpy's, `rank_genes_groups`,
    /// where a figure of that name comes last.
    pub fn like_last(&self, name: &str) -> Option<&'static Entry> {
        let named = |entry: &Entry, drawn: bool| {
            entry.spec.like.iter().any(|like| {
                let last = like.rsplit_once('.').is_some_and(|(_, last)| last == name);
                last && like.starts_with("sc") && like.contains(".pl.") == drawn
            })
        };
        let found = |drawn| self.0.iter().find(|entry| named(entry, drawn));
        found(false).or_else(|| found(true))
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|entry| entry.spec.name)
    }
}

/// A value and where it stood.
#[derive(Debug, Clone)]
pub struct Given {
    pub value: Val,
    pub span: Span,
    /// As it was typed, where it is an expression that has no shorter form.
    pub typed: Option<String>,
}

/// Arguments by parameter name.
#[derive(Debug, Clone, Default)]
pub struct Args {
    pub given: IndexMap<&'static str, Given>,
    /// The whole call.
    pub span: Span,
}

impl Args {
    pub fn get(&self, name: &str) -> Option<&Val> {
        self.given.get(name).map(|given| &given.value)
    }

    /// Where the argument stands, or the call if it was left out.
    pub fn span(&self, name: &str) -> Span {
        self.given.get(name).map_or(self.span, |given| given.span)
    }

    /// The value of a parameter as its type, or its default.
    pub fn bind<T: Arg>(&self, name: &'static str, default: Option<fn() -> T>) -> Outcome<T> {
        let Some(given) = self.given.get(name) else {
            return match default {
                Some(default) => Ok(default()),
                None => T::from_val(&Val::None)
                    .filter(|_| T::OPTIONAL)
                    .ok_or_else(|| {
                        Diagnostic::error("E062", format!("`{name}` is missing"))
                            .label(self.span, format!("needs {}", T::KIND.words()))
                    }),
            };
        };
        T::from_val(&given.value).ok_or_else(|| {
            let what = match &given.value {
                Val::Number(_) | Val::Text(_) | Val::Truth(_) => given.value.to_string(),
                other => format!("a {}", other.type_word()),
            };
            Diagnostic::error("E063", format!("`{name}` needs {}", T::KIND.words()))
                .label(given.span, format!("this is {what}"))
        })
    }

    /// Whether another parameter that is given takes the place of this one's default.
    pub fn replaces(&self, spec: &Spec, name: &str) -> bool {
        let mut unless = spec.unless.iter().filter(|(param, _)| *param == name);
        let is_given = |other: &&str| !matches!(self.get(other), None | Some(Val::None));
        self.get(name).is_none() && unless.any(|(_, others)| others.iter().any(is_given))
    }

    /// The value that is in force, as it would be typed; `None` where there is nothing to say.
    fn shown(&self, param: &Param, default_holds: bool) -> Option<String> {
        let default = || match (param.default?)() {
            Val::None => None,
            value => Some(value.to_string()),
        };
        match self.given.get(param.name) {
            Some(Given {
                typed: Some(typed), ..
            }) => Some(typed.clone()),
            // None in the place of a default is worth a word.
            Some(Given {
                value: Val::None, ..
            }) => default().map(|_| Val::None.to_string()),
            Some(given) => Some(given.value.to_string()),
            None => default().filter(|_| default_holds),
        }
    }
}
