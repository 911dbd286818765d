//! The argument that is the dataset, and the error if it is not one.

use crate::command::Val;
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::lang::ast::Expr;

impl Interpreter<'_> {
    /// The value of an argument that is to be a dataset.
    pub(super) fn dataset_argument(&mut self, expr: &Expr) -> Outcome<Val> {
        if let Some(error) = expr.bare_name().and_then(|name| self.no_dataset(name)) {
            return Err(error);
        }
        let value = self.expr(expr)?;
        match value {
            Val::Dataset(..) | Val::Unknown => Ok(value),
            other => {
                let help = match &other {
                    Val::Table(_) => {
                        "a text file with words in it is read as a table; with genes=columns or genes=rows, `read` takes it for a matrix"
                    }
                    _ => "read one first: adata = read \"pbmc.h5ad\"",
                };
                let label = format!("this is {}", other.described());
                let headline = "expected a dataset";
                let error = self.error(code::DATASET_EXPECTED, headline, expr.span, label);
                let at_hand = self.session.current().map(|(name, _)| name);
                let before = &self.source.text[..expr.span.start];
                let named = before.ends_with('=');
                let begun = before.rsplit(['\n', ';', '|', '(']).next();
                let first = begun.is_some_and(|it| !it.trim().contains(' '));
                let fits = !matches!(other, Val::Table(_)) && (named || first);
                let Some(name) = at_hand.filter(|_| fits) else {
                    return Err(error.help(help));
                };
                let line = if named {
                    name.to_owned()
                } else {
                    format!("{name} {}", expr.span.text(&self.source.text))
                };
                Err(error
                    .help(self.in_line(expr.span, &line))
                    .fix(expr.span, line))
            }
        }
    }
}
