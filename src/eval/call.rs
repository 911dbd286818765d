//! Calls: functions of the script, commands, functions on values; and pipelines of them.

use super::Interpreter;
use crate::command::Val;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::lang::ast::{Call, Expr, ExprKind, Name, Style};
use crate::source::Span;

impl Interpreter<'_> {
    pub(super) fn callable(&self, name: &str) -> bool {
        self.session.functions.contains_key(name) || self.registry.get(name).is_some()
    }

    /// A command without arguments: `undo`.
    pub(super) fn call_bare(&mut self, name: &Name) -> Outcome<Val> {
        self.call_value(&bare_call(name))
    }

    pub(super) fn call_value(&mut self, call: &Call) -> Outcome<Val> {
        let outside = std::mem::replace(&mut self.running.figure_is_value, true);
        let value = self.call(call, None);
        self.running.figure_is_value = outside;
        value.map(|value| value.unwrap_or(Val::None))
    }

    /// The value of an expression that stands as a statement; `None` if it was an act.
    pub(super) fn statement_value(&mut self, expr: &Expr) -> Outcome<Option<Val>> {
        let outside = std::mem::replace(&mut self.running.figure_is_value, false);
        let value = self.value_of_statement(expr);
        self.running.figure_is_value = outside;
        value
    }

    fn value_of_statement(&mut self, expr: &Expr) -> Outcome<Option<Val>> {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call, None),
            ExprKind::Name(name)
                if self.session.get(&name.text).is_none() && self.callable(&name.text) =>
            {
                let value = self.call(&bare_call(name), None)?;
                Ok(value.filter(|value| !matches!(value, Val::None)))
            }
            _ => self
                .expr(expr)
                .map(Some)
                .map(|value| value.filter(|value| !matches!(value, Val::None))),
        }
    }

    pub(super) fn stages(&mut self, head: Val, stages: &[Call]) -> Outcome<Val> {
        let mut value = head;
        for stage in stages {
            value = self.call(stage, Some(value))?.unwrap_or(Val::None);
        }
        Ok(value)
    }

    fn call(&mut self, call: &Call, head: Option<Val>) -> Outcome<Option<Val>> {
        let Some(name) = call.name() else {
            return self.call_path(call, head);
        };
        if let Some(function) = self.session.functions.get(&name.text).cloned() {
            return self.call_function(&function, call, head).map(Some);
        }
        // On values these are functions, on datasets commands: log1p(total_counts), log1p adata.
        if call.style == Style::Call
            && crate::eval::parts::functions::known(&name.text)
            && let Some(value) = self.value_function(name, call, head.as_ref())?
        {
            return Ok(Some(value));
        }
        match self.registry.get(&name.text) {
            Some(entry) => match self.nested(entry, call)? {
                Some(meant) => self.command(entry, &meant, head),
                None => self.command(entry, call, head),
            },
            None => Err(self.no_command(name, Some(call))),
        }
    }

    /// `lab.standard(adata)`, or another tool's way of calling: `sc.tl.leiden(adata)`.
    fn call_path(&mut self, call: &Call, head: Option<Val>) -> Outcome<Option<Val>> {
        let path = call.callee.span.text(&self.source.text).to_owned();
        if let Some(function) = self.session.functions.get(&path).cloned() {
            return self.call_function(&function, call, head).map(Some);
        }
        if let Some(answer) = self.called_attribute(call) {
            return Err(answer);
        }
        let known = self.of_module(&path, call);
        if let Some(answer) = known.or_else(|| self.method_call(call)) {
            return Err(answer);
        }
        if path.contains('.')
            && path
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '_')
        {
            return Err(self.foreign(&path, Some(call), call.span));
        }
        Err(self.error(
            code::NOT_CALLABLE,
            "this cannot be called",
            call.callee.span,
            "is not a function or command",
        ))
    }

    pub(super) fn foreign_call(&self, path: &str, span: Span) -> Box<Diagnostic> {
        self.foreign(path, None, span)
    }
}

/// A command by its name alone.
fn bare_call(name: &Name) -> Call {
    Call {
        span: name.span,
        callee: Box::new(Expr {
            span: name.span,
            kind: ExprKind::Name(name.clone()),
        }),
        args: Vec::new(),
        style: Style::Command,
    }
}
