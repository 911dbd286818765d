//! Several words that are one argument: text with spaces but no quotes, several columns without the
//! brackets of a list.

use crate::command::{Entry, Kind, Param, Val};
use crate::data::Dataset;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Arg, Call, ExprKind};
use crate::source::Span;
use std::sync::Arc;

impl Interpreter<'_> {
    /// `title=My title`: the words after it belong to the text, unless they are something else.
    pub(in crate::eval) fn text_without_quotes(
        &self,
        entry: &Entry,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let data = self.dataset_of(call);
        let is_something = |arg: &Arg| {
            let Some(name) = self.bare_word(&arg.value) else {
                return !matches!(arg.value.kind, ExprKind::Word { .. });
            };
            let of_data = data
                .as_ref()
                .is_some_and(|data| self.is_key(data, &name.text));
            of_data || self.session.get(&name.text).is_some()
        };
        let begins = |arg: &Arg| {
            let param = arg.name.as_ref().and_then(|name| entry.param(&name.text));
            let takes_text = |param: &Param| {
                matches!(
                    param.kind,
                    Kind::Text | Kind::NewName | Kind::PathIn | Kind::PathOut
                )
            };
            let one_word = matches!(arg.value.kind, ExprKind::Name(_) | ExprKind::Word { .. });
            param.is_some_and(takes_text) && one_word
        };
        let at = call.args.iter().position(begins)?;
        let behind = &call.args[at + 1..];
        let words = behind.iter().take_while(|arg| {
            let number = matches!(arg.value.kind, ExprKind::Number(_));
            let word = number || self.bare_word(&arg.value).is_some();
            arg.name.is_none() && word
        });
        let words: Vec<&Arg> = words.collect();
        let (first, last) = (words.first()?, words.last()?);
        if is_something(first) {
            return None;
        }
        let span = call.args[at].value.span.to(last.span);
        let text = span.text(&self.source.text);
        if text.contains([',', '"']) {
            return None;
        }
        let quoted = crate::command::value::quoted(text);
        let headline = "text with blanks needs quotes";
        let error = self.error(code::PUNCTUATION, headline, span, "is several words");
        Some(error.help(self.in_line(span, &quoted)).fix(span, quoted))
    }

    /// `composition adata cell_type leiden` and `by=cell_type leiden`, for `by=[cell_type, leiden]`.
    pub(in crate::eval) fn columns_side_by_side(
        &self,
        entry: &Entry,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let takes = |param: &Param| param.many && matches!(param.kind, Kind::Groups | Kind::Colors);
        let data = self.dataset_of(call)?;
        let is_column = |arg: &&Arg| {
            let name = self.bare_word(&arg.value);
            arg.name.is_none() && name.is_some_and(|it| data.obs.contains_key(&it.text))
        };
        let named = call.args.iter().position(|arg| {
            let param = arg.name.as_ref().and_then(|name| entry.param(&name.text));
            let column = self.bare_word(&arg.value);
            param.is_some_and(takes) && column.is_some_and(|it| data.obs.contains_key(&it.text))
        });
        let (param, start) = match named {
            Some(at) => {
                let name = call.args[at].name.as_ref()?;
                (entry.param(&name.text)?, at)
            }
            None => (entry.params.get(1).filter(|param| takes(param))?, 1),
        };
        let from = usize::from(named.is_some());
        let others = call.args[start + from..].iter().take_while(is_column);
        let others: Vec<&Arg> = others.collect();
        let last = others.last()?;
        if named.is_none() && others.len() < 2 {
            return None;
        }
        let span = call.args[start].span.to(last.span);
        let first = named.map(|at| call.args[at].value.span);
        let columns = first.into_iter().chain(others.iter().map(|arg| arg.span));
        let columns: Vec<&str> = columns.map(|it| it.text(&self.source.text)).collect();
        let line = format!("{}=[{}]", param.name, columns.join(", "));
        let headline = format!("several columns of `{}` are a list", param.name);
        let error = self.error(code::PUNCTUATION, headline, span, "put them in brackets");
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// The dataset that a call begins with.
    fn dataset_of(&self, call: &Call) -> Option<Arc<Dataset>> {
        let first = call.args.first().filter(|arg| arg.name.is_none())?;
        match self.session.get(&first.value.bare_name()?.text) {
            Some(Val::Dataset(data, _)) => Some(data.clone()),
            _ => None,
        }
    }

    /// Whether a dataset has a column or gene of a name.
    fn is_key(&self, data: &Dataset, name: &str) -> bool {
        data.obs.contains_key(name)
            || data.obsm.contains_key(name)
            || data.obsm.contains_key(&format!("X_{name}"))
            || crate::eval::names::is_gene(data, name)
    }

    /// `res=(0.4..1.0)`, for a list of values.
    pub(in crate::eval) fn values_between(
        &self,
        entry: &Entry,
        arg: &Arg,
    ) -> Option<Box<Diagnostic>> {
        let param = entry.param(&arg.name.as_ref()?.text)?;
        let is_number = matches!(param.kind, Kind::Number { .. });
        let span = Span::new(arg.name.as_ref()?.span.end + 1, arg.span.end);
        let list = crate::lang::between(span.text(&self.source.text)).filter(|_| is_number)?;
        let headline = "a range is of whole numbers";
        let error = self.error(
            code::PUNCTUATION,
            headline,
            span,
            "several values are a list",
        );
        Some(error.help(self.in_line(span, &list)).fix(span, list))
    }
}
