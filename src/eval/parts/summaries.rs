//! What `summarize` is to make of the columns of a group of cells.

use crate::command::{Along, Val};
use crate::data::{Dataset, Place};
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::booleans::is_numeric;
use crate::lang::ast::{Expr, ExprKind};
use std::sync::Arc;

/// Functions of a group of cells.
pub(in crate::eval) const SUMMARIES: &[&str] =
    &["count", "sum", "mean", "median", "min", "max", "var", "std"];

impl Interpreter<'_> {
    /// name=function(column) of `summarize`, the columns in the dataset's context.
    pub(in crate::eval) fn summary(&mut self, expr: &Expr, data: &Arc<Dataset>) -> Outcome<Val> {
        let wrong = |interpreter: &Self, label: &str| {
            interpreter
                .error(
                    code::WRONG_FUNCTION_VALUES,
                    "each column of the table needs a function of a column",
                    expr.span,
                    label,
                )
                .help("n=count() mt=median(pct_counts_mt)")
        };
        let ExprKind::Call(call) = &expr.inner().kind else {
            return Err(wrong(self, "is not a function"));
        };
        let function = call
            .name()
            .map(|name| name.text.clone())
            .unwrap_or_default();
        if !SUMMARIES.contains(&function.as_str()) {
            return Err(wrong(
                self,
                &format!("functions are {}", SUMMARIES.join(", ")),
            ));
        }
        let column = match &call.args[..] {
            [] if function == "count" => Val::None,
            [arg] => match self.in_context(data, Place::Obs, &arg.value)? {
                Val::Unknown => return Ok(Val::Unknown),
                Val::Column(column)
                    if matches!(column.along, Along::Cells(_)) && is_numeric(&column) =>
                {
                    Val::Column(column)
                }
                _ => return Err(wrong(self, "needs a column of numbers")),
            },
            _ => return Err(wrong(self, "needs one column")),
        };
        Ok(Val::List(vec![Val::Text(function), column]))
    }
}
