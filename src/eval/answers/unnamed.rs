//! Names of datasets that do not exist: the dataset that was read has another name, or none yet.

use crate::command::{Entry, Val, suggest};
use crate::data::Place;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Expr, Name};
use crate::session::names_last;
use crate::source::Span;

/// Parts of datasets beside the places of slots.
const PARTS: [&str; 7] = [
    "X",
    "raw",
    "n_obs",
    "n_vars",
    "obs_names",
    "var_names",
    "shape",
];

impl Interpreter<'_> {
    /// The answer to a name that stands where a dataset does and is near no other name.
    pub(in crate::eval) fn no_dataset(&self, name: &Name) -> Option<Box<Diagnostic>> {
        let text = name.text.as_str();
        let is_last = names_last(text);
        if is_last || self.session.get(text).is_some() || self.callable(text) {
            return None;
        }
        if self.registry.like(text).is_some()
            || !suggest::nearest(text, self.known_names()).is_empty()
        {
            return None;
        }
        let error = |label: &str| {
            let headline = format!("no dataset `{text}`");
            self.error(code::UNKNOWN_NAME, headline, name.span, label)
        };
        if let Some((at_hand, _)) = self.session.current() {
            let help = self.in_line(name.span, at_hand);
            return Some(error("is not known").help(help).fix(name.span, at_hand));
        }
        if self.last_is_dataset() {
            let source = &self.source.text;
            let before = &source[..name.span.start];
            let start = before.rfind(['\n', ';']).map_or(0, |at| at + 1);
            let start = start + before[start..].len() - before[start..].trim_start().len();
            let named = format!("{text} = last; ");
            let help = Span::new(start, start).line_with(source, &named);
            let error = error("the dataset has no name yet");
            return Some(error.help(help).fix(Span::new(start, start), named));
        }
        Some(error("is not known").help(format!("{text} = read \"file.h5ad\"")))
    }

    /// Whether a dataset was read and given no name.
    pub(in crate::eval) fn last_is_dataset(&self) -> bool {
        let last = self.session.last.as_ref().map(|last| &last.value);
        matches!(last, Some(Val::Dataset(..)))
    }

    /// `plot leiden` and `plot umap`: what is drawn, without the dataset before it.
    pub(in crate::eval) fn drawn_without_dataset(
        &self,
        entry: &Entry,
        expr: &Expr,
    ) -> Option<Box<Diagnostic>> {
        let word = &expr.bare_name().filter(|_| entry.spec.name == "plot")?.text;
        let (data, _) = self.session.current()?;
        self.registry.get(word)?;
        let line = if word == "umap" {
            data.to_owned()
        } else if self.maker_of(Place::Obsm, &format!("X_{word}")).is_some() {
            format!("{data} basis={word}")
        } else {
            self.maker_of(Place::Obs, word)?;
            format!("{data} color={word}")
        };
        let (headline, label) = ("`adata` is missing", "needs a dataset before it");
        let error = self.error(code::MISSING_PARAMETER, headline, expr.span, label);
        Some(
            error
                .help(self.in_line(expr.span, &line))
                .fix(expr.span, line),
        )
    }

    /// Whether a name is used as that of a dataset: `x.obs`, `x[…]`, `x | …`.
    pub(in crate::eval) fn stands_for_dataset(&self, name: &Name) -> bool {
        let behind = &self.source.text[name.span.end..];
        let part = behind.strip_prefix('.').map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            &rest[..end.unwrap_or(rest.len())]
        });
        match part {
            Some(part) => Place::from_word(part).is_some() || PARTS.contains(&part),
            None => behind.starts_with('[') || behind.trim_start_matches(' ').starts_with('|'),
        }
    }

    /// `adata(leiden == "0")`: what selects is in brackets.
    pub(in crate::eval) fn called_dataset(
        &self,
        name: &Name,
        call: &crate::lang::ast::Call,
    ) -> Option<Box<Diagnostic>> {
        let (what, of) = match self.session.get(&name.text)? {
            Val::Dataset(_, None) => ("dataset", "cells and genes are"),
            Val::Dataset(..) | Val::Table(_) => ("table", "rows are"),
            _ => return None,
        };
        let in_parentheses = call.style == crate::lang::ast::Style::Call;
        if !in_parentheses || call.args.is_empty() || call.args.iter().any(|it| it.name.is_some()) {
            return None;
        }
        let args = call.args.iter().map(|it| it.span.text(&self.source.text));
        let line = format!("{}[{}]", name.text, args.collect::<Vec<_>>().join(", "));
        let headline = format!("`{}` is a {what}, not a command", name.text);
        let label = format!("{of} selected in brackets");
        let error = self.error(code::NOT_CALLABLE, headline, call.span, label);
        Some(
            error
                .help(self.in_line(call.span, &line))
                .fix(call.span, line),
        )
    }
}
