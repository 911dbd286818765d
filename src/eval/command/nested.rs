//! Commands among the arguments of another one: `compute markers adata by=leiden` is
//! `compute (markers adata by=leiden)`.

use crate::command::{Entry, Kind, Val};
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Arg, Call, Expr, ExprKind, Style};
use crate::source::Span;

impl Interpreter<'_> {
    /// The call that is meant where the first argument is the name of a command and the others
    /// are that command's. Where both could take them, the line with parentheses is the answer.
    pub(in crate::eval) fn nested(&self, entry: &Entry, call: &Call) -> Outcome<Option<Call>> {
        let ([first, rest @ ..], Style::Command) = (&call.args[..], call.style) else {
            return Ok(None);
        };
        if let Some(last) = rest
            .last()
            .filter(|_| matches!(entry.params, [it] if it.kind == Kind::Name))
        {
            return Ok(self.phrase(call, first.span.to(last.span)));
        }
        let inner = first.value.bare_name().filter(|_| first.name.is_none());
        let inner = inner.filter(|name| self.session.get(&name.text).is_none());
        let (Some(name), Some(last)) =
            (inner.filter(|name| self.callable(&name.text)), rest.last())
        else {
            return Ok(None);
        };
        if takes_one_value(entry) {
            let shown = self.registry.get(&name.text).is_some_and(takes_one_value);
            // `profile compute adata`: one of them is enough.
            let args = if shown {
                rest.to_vec()
            } else {
                vec![inside(first, rest, first.span.to(last.span))]
            };
            return Ok(Some(Call {
                args,
                ..call.clone()
            }));
        }
        let takes = entry.params.first().map(|param| param.kind);
        let on_dataset = rest[0]
            .value
            .bare_name()
            .is_some_and(|name| matches!(self.session.get(&name.text), Some(Val::Dataset(..))));
        let takes =
            takes.is_some_and(|kind| kind.takes_any() || matches!(kind, Kind::Data | Kind::Table));
        if !takes || !on_dataset {
            return Ok(None);
        }
        let ours = |arg: &&Arg| match &arg.name {
            Some(name) => entry.param(&name.text).is_none(),
            None => arg.value.bare_name().is_some(),
        };
        let end = rest.iter().take_while(ours).last().unwrap_or(&rest[0]);
        let span = first.span.to(end.span);
        let edit = format!("({})", span.text(&self.source.text));
        Err(self
            .error(
                code::PUNCTUATION,
                "a command among arguments needs parentheses",
                span,
                "put it in parentheses",
            )
            .help(self.in_line(span, &edit))
            .fix(span, edit))
    }
}

impl Interpreter<'_> {
    /// `help batch correction`: several words for a parameter that is a word.
    fn phrase(&self, call: &Call, span: Span) -> Option<Call> {
        let words = call
            .args
            .iter()
            .all(|arg| arg.name.is_none() && self.bare_word(&arg.value).is_some());
        let kind = ExprKind::Word {
            text: span.text(&self.source.text).to_owned(),
            reading: None,
        };
        let value = Expr { span, kind };
        words.then(|| Call {
            args: vec![Arg {
                span,
                name: None,
                value,
            }],
            ..call.clone()
        })
    }
}

/// `compute`, `show`, `explain`, `profile`, `type`: whatever they are given is one value.
fn takes_one_value(entry: &Entry) -> bool {
    matches!(entry.params, [only] if only.kind == Kind::Any)
}

/// The first argument called with the others.
fn inside(first: &Arg, rest: &[Arg], span: Span) -> Arg {
    let call = Call {
        span,
        callee: Box::new(first.value.clone()),
        args: rest.to_vec(),
        style: Style::Command,
    };
    Arg {
        span,
        name: None,
        value: Expr {
            span,
            kind: ExprKind::Call(call),
        },
    }
}
