//! Conditions on the arguments of a command that its prerequisites depend on, and the hints for what is
//! missing.

use crate::command::{Args, Entry, Need, Val, When};
use crate::data::Dataset;
use crate::source::Span;

/// What a command lacks, and where its dataset was typed.
#[derive(Clone, Copy)]
pub(in crate::eval) struct Lacking<'a> {
    pub entry: &'a Entry,
    pub args: &'a Args,
    pub need: &'a Need,
    pub span: Span,
    /// What messages call the dataset.
    pub subject: &'a str,
}

/// Whether a command is called in such a way.
pub(in crate::eval) fn applies(when: When, entry: &Entry, args: &Args, data: &Dataset) -> bool {
    match when {
        When::Always => true,
        When::LeftOut(param) => matches!(args.get(param), None | Some(Val::None)),
        When::True(param) => matches!(args.get(param), Some(Val::Bool(true))),
        When::Is(param, values) => {
            let default = || Some(entry.param(param)?.default?());
            let value = args.get(param).cloned().or_else(default);
            matches!(value, Some(Val::Text(word)) if values.contains(&word.as_str()))
        }
        When::Without(params) => {
            let absent = |param| match args.get(param) {
                None | Some(Val::None | Val::Bool(false)) => true,
                Some(_) => false,
            };
            params.iter().all(|&param| absent(param))
        }
        When::Any(params) => {
            let given = |param: &&str| !matches!(args.get(param), None | Some(Val::None));
            params.iter().any(given)
        }
        When::OfGenes(params) => {
            let gene = |key: &Val| match key {
                Val::Text(key) => !data.obs.contains_key(key) && data.component(key).is_none(),
                _ => false,
            };
            params.iter().any(|param| match args.get(param) {
                Some(Val::List(keys)) => keys.iter().any(gene),
                Some(Val::Record(_)) => true,
                Some(key) => gene(key),
                None => false,
            })
        }
    }
}
