//! Some values of a column: `adata.var_names[0..5]`, `adata.obs.leiden[0]`.

use crate::command::{Along, LazyColumn, Val};
use crate::data::{Column, Promise, Value};
use crate::diagnostic::Outcome;
use crate::eval::Interpreter;
use crate::lang::ast::Selector;
use crate::plan;
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    /// The values at a position or in a range, promised.
    pub(in crate::eval) fn part_of_column(
        &mut self,
        column: &LazyColumn,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Val> {
        let [Selector::Expr(expr)] = selectors else {
            return Err(self.not_indexable(&Val::Column(column.clone()), span));
        };
        let known = column.value.get().and_then(|value| value.column());
        let of = (known.map(|column| column.len()), "value");
        let ranged = match self.expr(expr)? {
            Val::Unknown => return Ok(Val::Unknown),
            Val::Range(from, to) => self.positions((from, to), of, expr.span)?,
            Val::Number(at) => self.positions((at, at + 1.0), of, expr.span)?,
            _ => return Err(self.not_indexable(&Val::Column(column.clone()), span)),
        };
        let origin = Origin::new(&self.source, expr.span);
        let place = origin.clone();
        let promise = Promise::Column(column.column_type);
        let of = column.value.clone();
        let value = plan::light_step("range", Some(origin), of, promise, move |value, _| {
            let whole = match (&value, value.column()) {
                (_, Some(column)) => column.clone(),
                (Value::Names(names), _) => Arc::new(Column::Text((**names).clone())),
                _ => return Ok(value),
            };
            match ranged.among(whole.len()) {
                Some(kept) => Ok(Value::of(whole.pick(&kept.collect::<Vec<u32>>()))),
                None => Err(ranged.outside(whole.len(), "value").at(&place).into()),
            }
        });
        Ok(Val::Column(LazyColumn {
            value,
            along: Along::One,
            column_type: column.column_type,
        }))
    }
}
