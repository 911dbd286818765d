//! The output file of a figure given without `out=`, where its position belongs to another parameter.

use crate::command::{Entry, Kind, Param};
use crate::data::figure;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Call, Expr};

/// The parameter of commands that draw.
const OUT: &str = "out";

impl Interpreter<'_> {
    /// What is wrong with a figure's file that would be taken as `param`: there are two of them, or `out=` is
    /// missing before it.
    pub(in crate::eval) fn output_by_place(
        &self,
        entry: &Entry,
        call: &Call,
        param: &Param,
        value: &Expr,
    ) -> Option<Box<Diagnostic>> {
        let takes = matches!(param.kind, Kind::PathIn | Kind::PathOut | Kind::Template);
        let out = entry.param(OUT).filter(|out| out.kind == Kind::PathOut)?;
        if takes || !self.is_figure_file(value) {
            return None;
        }
        let name = entry.spec.name;
        let named = call.named(OUT).is_some();
        let mut files = call
            .positional()
            .map(|arg| &arg.value)
            .filter(|it| self.is_figure_file(it));
        let (first, second) = (files.next()?, files.next());
        if let Some(second) = second.or(named.then_some(first)) {
            let headline = format!("`{name}` draws into one file");
            let error = self.error(code::INVALID_VALUE, headline, second.span, "is the second");
            return Some(self.with_example(entry, error));
        }
        if param.required() {
            return None;
        }
        let headline = format!("the file of a figure needs `{}=`", out.name);
        let label = format!("would be `{}`", param.name);
        let typed = format!("{OUT}={}", value.span.text(&self.source.text));
        let error = self.error(code::INVALID_VALUE, headline, value.span, label);
        let error = error.help(self.in_line(value.span, &typed));
        Some(error.fix(value.span, typed))
    }

    fn is_figure_file(&self, value: &Expr) -> bool {
        let typed = value.span.text(&self.source.text).trim_matches('"');
        let ending = typed.rsplit_once('.').map(|(_, ending)| ending);
        let one = !typed.contains(['[', ']', '(', ')']);
        one && ending.is_some_and(|ending| figure::FILES.contains(&ending))
    }
}
