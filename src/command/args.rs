//! The arguments of a call, by parameter.

use super::spec::Spec;
use super::value::Val;
use crate::source::Span;
use indexmap::IndexMap;

/// A value and where it stood.
#[derive(Debug, Clone)]
pub struct Given {
    pub value: Val,
    pub span: Span,
    /// Whether it follows others without its parameter's name, so that its place decides which it is.
    pub by_place: bool,
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

impl Given {
    /// A value that was not typed, in place of an argument.
    pub fn planned(value: Val, span: Span) -> Given {
        Given {
            value,
            span,
            by_place: false,
            typed: None,
        }
    }
}

impl Args {
    pub fn get(&self, name: &str) -> Option<&Val> {
        self.given.get(name).map(|given| &given.value)
    }

    /// Where the argument stands, or the call if it was left out.
    pub fn span(&self, name: &str) -> Span {
        self.given.get(name).map_or(self.span, |given| given.span)
    }

    /// The position of a text among the arguments, or the call if it was not given.
    pub fn span_of_text(&self, text: &str) -> Span {
        let mut given = self.given.values();
        let holds = |given: &&Given| matches!(&given.value, Val::Text(value) if value == text);
        given.find(holds).map_or(self.span, |given| given.span)
    }

    /// Whether another parameter that is given takes the place of this one's default.
    pub fn replaces(&self, spec: &Spec, name: &str) -> bool {
        let mut unless = spec.unless.iter().filter(|(param, _)| *param == name);
        let is_given = |other: &&str| !matches!(self.get(other), None | Some(Val::None));
        self.get(name).is_none() && unless.any(|(_, others)| others.iter().any(is_given))
    }
}
