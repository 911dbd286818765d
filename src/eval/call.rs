//! Calls: functions of the script, commands, functions on values; and pipelines of them.

use super::Interpreter;
use crate::command::{Val, scanpy, suggest};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::lang::ast::{Call, Expr, ExprKind, Name, Style};
use crate::source::Span;

impl Interpreter<'_> {
    pub(super) fn callable(&self, name: &str) -> bool {
        self.session.functions.contains_key(name) || self.registry.get(name).is_some()
    }

    /// A command without arguments: `undo`.
    pub(super) fn call_bare(&mut self, name: &Name) -> Outcome<Val> {
        let call = Call {
            span: name.span,
            callee: Box::new(Expr {
                span: name.span,
                kind: ExprKind::Name(name.clone()),
            }),
            args: Vec::new(),
            style: Style::Command,
        };
        self.call_value(&call)
    }

    pub(super) fn call_value(&mut self, call: &Call) -> Outcome<Val> {
        self.call(call, None)
            .map(|value| value.unwrap_or(Val::None))
    }

    /// The value of an expression that stands as a statement; `None` if it was an act.
    pub(super) fn statement_value(&mut self, expr: &Expr) -> Outcome<Option<Val>> {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call, None),
            ExprKind::Name(name)
                if self.session.get(&name.text).is_none() && self.callable(&name.text) =>
            {
                let value = self.call_bare(name)?;
                Ok(Some(value).filter(|value| !matches!(value, Val::None)))
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
            && super::functions::known(&name.text)
            && let Some(value) = self.value_function(name, call, head.as_ref())?
        {
            return Ok(Some(value));
        }
        match self.registry.get(&name.text) {
            Some(entry) => self.command(entry, call, head),
            None => Err(self.no_command(name)),
        }
    }

    fn no_command(&self, name: &Name) -> Box<Diagnostic> {
        if let Some(entry) = self.registry.like(&name.text) {
            return self
                .error(
                    "E039",
                    format!("no command `{}`", name.text),
                    name.span,
                    "is another tool's name for it",
                )
                .help(format!(
                    "`{}` does that: help {}",
                    entry.spec.name, entry.spec.name
                ))
                .fix(name.span, entry.spec.name);
        }
        self.unknown_name(name, "E030", format!("no command `{}`", name.text))
    }

    /// `lab.standard(adata)`, or another tool's way of calling: `sc.tl.leiden(adata)`.
    fn call_path(&mut self, call: &Call, head: Option<Val>) -> Outcome<Option<Val>> {
        let path = call.callee.span.text(&self.source.text).to_owned();
        if let Some(function) = self.session.functions.get(&path).cloned() {
            return self.call_function(&function, call, head).map(Some);
        }
        if path.contains('.')
            && path
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '_')
        {
            return Err(self.foreign(&path, Some(call), call.span));
        }
        Err(self.error(
            "E040",
            "this cannot be called",
            call.callee.span,
            "is no function and no command",
        ))
    }

    pub(super) fn foreign_call(&self, path: &str, span: Span) -> Box<Diagnostic> {
        self.foreign(path, None, span)
    }

    /// Another tool's spelling, answered with ours.
    fn foreign(&self, path: &str, call: Option<&Call>, span: Span) -> Box<Diagnostic> {
        let diagnostic = self.error("E041", "this is Scanpy's way of calling it", span, "");
        let last = path.rsplit('.').next().unwrap_or(path);
        let Some(entry) = self.registry.like(path).or_else(|| self.registry.get(last)) else {
            if let Some(answer) = scanpy::answer(self.registry, path) {
                return diagnostic.help(answer);
            }
            let near = suggest::did_you_mean(last, self.registry.names());
            let headline = format!("no command `{path}`");
            let diagnostic = self.error("E041", headline, span, "is not a name of sca's");
            return match near {
                Some(near) => diagnostic.help(near),
                None => diagnostic.help("help scanpy lists what does what"),
            };
        };
        let mut line = entry.spec.name.to_owned();
        for arg in call.into_iter().flat_map(|call| &call.args) {
            let value = arg.value.span.text(&self.source.text);
            match &arg.name {
                Some(name) => {
                    if let Some(param) = entry.param(&name.text) {
                        line += &format!(" {}={value}", param.name);
                    }
                }
                None => line += &format!(" {value}"),
            }
        }
        diagnostic.help(line.clone()).fix(span, line)
    }
}
