//! Arguments that are given twice, most often the dataset, and argument errors without a suggestion.

use crate::command::{Entry, Kind, Param, Val};
use crate::data::Place;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Call, Expr, ExprKind};
use crate::lang::words::spelled;
use crate::source::Span;

impl Interpreter<'_> {
    /// Where the dataset is given a second time: a variable that holds one stands for a parameter
    /// that takes none, and the dataset is named or comes from a pipeline already.
    pub(in crate::eval) fn dataset_again(
        &self,
        entry: &Entry,
        call: &Call,
        (param, value): (&Param, &Expr),
        headed: bool,
    ) -> Option<Span> {
        let first = entry.params.first().filter(|it| it.kind == Kind::Data)?;
        let variable = value.bare_name()?;
        let is_dataset = matches!(self.session.get(&variable.text), Some(Val::Dataset(..)));
        if !is_dataset || param.name == first.name {
            return None;
        }
        let named = call.args.iter().find(|arg| {
            let name = arg.name.as_ref().and_then(|name| entry.param(&name.text));
            name.is_some_and(|param| param.name == first.name)
        });
        let takes = param.kind.takes_any() || matches!(param.kind, Kind::Data | Kind::Table);
        let same = named.and_then(|arg| arg.value.bare_name());
        let same = same.is_some_and(|name| name.text == variable.text);
        match named {
            Some(arg) => (!takes || same).then_some(arg.span),
            None => {
                let positional = headed || call.positional().next().is_some();
                (!takes && positional).then_some(value.span)
            }
        }
    }

    /// The line without the second of two arguments.
    pub(in crate::eval) fn given_twice(
        &self,
        param: &Param,
        call: &Call,
        second: Span,
    ) -> Box<Diagnostic> {
        let headline = format!("`{}` is given twice", param.name);
        let text = &self.source.text;
        let before = &text[call.span.start..second.start];
        let comma = before.trim_end().ends_with(',');
        let kept = before.trim_end().trim_end_matches(',');
        let behind = &text[second.end..call.span.end];
        let behind = if comma {
            behind.to_owned()
        } else {
            behind.trim_start_matches(',').to_owned()
        };
        let line = format!("{kept}{behind}");
        self.error(code::DUPLICATE_PARAMETER, headline, second, "is the second")
            .help(self.in_line(call.span, &line))
            .fix(call.span, line)
    }

    /// Whether an argument instead of the dataset is about the current one: a condition, a
    /// column, a gene.
    pub(in crate::eval) fn about_dataset(&self, expr: &Expr) -> bool {
        let Some((_, data)) = self.session.current() else {
            return false;
        };
        match &expr.inner().kind {
            ExprKind::Binary(..) | ExprKind::Chain(..) | ExprKind::List(_) => true,
            ExprKind::Name(name) => self.known_in(data, Place::Obs, &name.text),
            _ => false,
        }
    }

    /// The line with the current dataset, where a command is given none.
    pub(in crate::eval) fn without_dataset(
        &self,
        entry: &Entry,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let param = entry.params.first().filter(|_| entry.takes_dataset())?;
        if let Some(error) = self.column_as_value(call) {
            return Some(error);
        }
        let current = self.session.current().map(|(name, _)| name);
        let before = self.source.text[..call.span.start].trim_end_matches(' ');
        let begins = before.is_empty() || before.ends_with(['\n', ';']);
        let unnamed = begins && current.is_none() && self.last_is_dataset();
        let name = current.or(unnamed.then_some(param.name))?;
        let headline = format!("`{}` is missing", param.name);
        let error = self.error(
            code::MISSING_PARAMETER,
            headline,
            call.span,
            "needs a dataset",
        );
        let at = call.callee.span.end;
        let typed = &self.source.text[at..];
        let (at, text) = match (typed.starts_with('('), call.args.is_empty()) {
            (true, true) => (at + 1, name.to_owned()),
            (true, false) => (at + 1, format!("{name}, ")),
            (false, _) => (at, format!(" {name}")),
        };
        let place = Span::new(at, at);
        if unnamed {
            // The line with the dataset, behind one that names it.
            let typed = &self.source.text[call.span.start..at];
            let line = format!("{name} = last; {typed}{text}");
            let span = Span::new(call.span.start, at);
            return Some(error.help(self.in_line(span, &line)).fix(span, line));
        }
        Some(error.help(self.in_line(place, &text)).fix(place, text))
    }

    /// `count(leiden)`: what stands in brackets is the column that a command has made, not the command.
    fn column_as_value(&self, call: &Call) -> Option<Box<Diagnostic>> {
        let name = call.name().filter(|_| call.args.is_empty())?;
        let (dataset, data) = self.session.current()?;
        let inside = self.source.text[..call.span.start].trim_end();
        if !inside.ends_with(['(', '[', ',']) || !data.obs.contains_key(&name.text) {
            return None;
        }
        let headline = format!("`{}` alone is a command", name.text);
        let column = format!("{dataset}.obs.{}", spelled(&name.text));
        let error = self.error(
            code::MISSING_PARAMETER,
            headline,
            name.span,
            "a column is meant",
        );
        let help = self.in_line(name.span, &column);
        Some(error.help(help).fix(name.span, column))
    }

    /// What says which value is wrong and not what would be right, with an example of the command; a
    /// word that is not known, with where the words are explained.
    pub(in crate::eval) fn with_example(
        &self,
        entry: &Entry,
        error: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        if error.help.is_some() {
            return error;
        }
        if let Some(fix) = &error.fix {
            let help = self.in_line(fix.span, &fix.text);
            return error.help(help);
        }
        let typed = error.labels.first().map(|label| label.span);
        if let (code::INVALID_VALUE, Some(span)) = (error.code, typed) {
            // An example has other arguments than those that were typed.
            if span.text(&self.source.text).parse::<f64>().is_ok() {
                let help = format!("`help {}` explains each parameter", entry.spec.name);
                return error.help(help);
            }
        }
        let example = entry.spec.examples.first();
        match (error.code, example) {
            (code::MISSING_PARAMETER | code::INVALID_VALUE, Some(example)) => {
                error.help((*example).to_owned())
            }
            (code::NO_SUCH_WORD, _) => {
                error.help(format!("`help {}` explains each", entry.spec.name))
            }
            _ => error,
        }
    }
}
