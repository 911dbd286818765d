//! One cell as an argument: its number, its name, or a gene or condition that selects it.

use crate::command::Val;
use crate::data::{ColumnType, Dataset, Place};
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::eval::names::is_gene;
use crate::lang::ast::Expr;
use std::sync::Arc;

impl Interpreter<'_> {
    /// `0`, `"AAACATTG-1"`, `(CD34)`, `(leiden == "3")`: a number, a text, or a column of obs.
    pub(in crate::eval) fn cell(
        &mut self,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        let Some(data) = data else {
            return Ok(Val::Unknown);
        };
        if let Some(name) = &self.bare_word(expr)
            && !data.obs.contains_key(&name.text)
            && !is_gene(data, &name.text)
            && self.session.get(&name.text).is_none()
        {
            let names = self.known_names_of(data, Place::Obs, name.span)?;
            let known = names.is_none_or(|names| names.position(&name.text).is_some());
            return if known {
                Ok(Val::text(&name.text))
            } else {
                Err(self.no_column(data, Place::Obs, name))
            };
        }
        let value = self.in_context(data, Place::Obs, expr.inner())?;
        let value = self.settled(value)?;
        match self.as_truth(value, expr.span)? {
            Val::Column(column)
                if matches!(column.column_type, ColumnType::Number | ColumnType::Bool) =>
            {
                Ok(Val::Column(column))
            }
            value @ (Val::Number(_) | Val::Text(_) | Val::None | Val::Unknown) => Ok(value),
            other => Err(self
                .error(
                    code::CONDITION_NOT_BOOLEAN,
                    "a cell is a number, a name, or a gene or condition that selects it",
                    expr.span,
                    format!("this is a {}", crate::eval::parts::columns::described(&other)),
                )
                .help("0, \"AAACATTG-1\", (CD34) for the cell with the highest value, (leiden == \"3\")")),
        }
    }
}
