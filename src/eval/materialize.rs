//! Where evaluation waits for data: decisions, texts with holes, `compute`.

use super::Interpreter;
use crate::command::{LazyColumn, Val, tables};
use crate::data::{ColumnType, Dataset, Lazy, Matrix, Place, SlotName, Table, Value};
use crate::diagnostic::{Outcome, code};
use crate::eval::parts::sizes::matrix_line;
use crate::lang::ast::Expr;
use crate::plan::{self, aligned};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    /// A condition's value; `None` while checking, if only the data can tell.
    pub(super) fn decide(&mut self, condition: &Expr) -> Outcome<Option<bool>> {
        let value = self.expr(condition)?;
        match self.settled(value)? {
            Val::Bool(truth) => Ok(Some(truth)),
            Val::Unknown => Ok(None),
            other => Err(self
                .error(
                    code::CONDITION_NOT_BOOLEAN,
                    "a condition is true or false",
                    condition.span,
                    format!(
                        "this is a {}",
                        crate::eval::parts::columns::described(&other)
                    ),
                )
                .help(match &other {
                    Val::Column(column) if column.column_type == ColumnType::Bool => {
                        let text = condition.span.text(&self.source.text);
                        format!("it has one value per cell: use any({text}) or all({text})")
                    }
                    _ => "compare it with something: adata.n_obs > 100".to_owned(),
                })),
        }
    }

    /// A promised single value, computed; everything else as it is.
    pub(super) fn settled(&mut self, value: Val) -> Outcome<Val> {
        match value {
            Val::Column(LazyColumn {
                value,
                along,
                column_type,
            }) if crate::eval::parts::columns::is_single(&along) => {
                if self.checking && value.get().is_none() {
                    return Ok(Val::Unknown);
                }
                self.session.asked = true;
                let computed = self.engine.value(&value)?;
                Ok(match computed.column() {
                    Some(column) => super::expr::plain(column),
                    None => Val::Column(LazyColumn {
                        value,
                        along,
                        column_type,
                    }),
                })
            }
            other => Ok(other),
        }
    }

    /// A matrix as it is shown: its size, and a table of its first cells and genes.
    pub(super) fn corner(
        &mut self,
        data: &Dataset,
        name: &SlotName,
        matrix: &Matrix,
        span: Span,
    ) -> Outcome<Val> {
        let corner = plan::corner(data, matrix, Origin::new(&self.source, span));
        let Value::Table(table) = self.engine.value(&corner)? else {
            return Ok(Val::Table(corner));
        };
        // Sizes are known by now.
        let title = format!("{name}: {}", matrix_line(data, matrix));
        let table = Table::clone(&table).titled(title);
        Ok(Val::Table(Lazy::ready(Value::Table(Arc::new(table)))))
    }

    /// The items a `for` goes through; `None` while checking, if only the data can tell.
    pub(super) fn items(&mut self, value: Val, span: Span) -> Outcome<Option<Vec<Val>>> {
        match value {
            Val::Unknown => Ok(None),
            Val::List(items) => Ok(Some(items)),
            Val::Range(from, to) => {
                let n = self.range_length((to - from).ceil(), span)?;
                let items = (0..n).map(|i| Val::Number(from + i as f64)).collect();
                Ok(Some(items))
            }
            Val::Column(column) => {
                if self.checking && column.value.get().is_none() {
                    return Ok(None);
                }
                let computed = self.engine.value(&column.value)?;
                Ok(computed.column().map(|column| {
                    (0..column.len() as u32)
                        .map(|i| super::expr::plain(&column.pick(&[i])))
                        .collect()
                }))
            }
            Val::Table(_) | Val::Dataset(_, Some(_)) | Val::Part(_, Place::Obs | Place::Var) => {
                let Some(table) = tables::of(&value) else {
                    return Ok(None);
                };
                if self.checking && table.get().is_none() {
                    return Ok(None);
                }
                let computed = self.engine.value(&table)?;
                Ok(computed.table().map(|table| {
                    (0..table.n_rows() as u32)
                        .map(|i| {
                            let fields = table.columns.iter().map(|(name, column)| {
                                (name.clone(), super::expr::plain(&column.pick(&[i])))
                            });
                            Val::Record(fields.collect())
                        })
                        .collect()
                }))
            }
            other => Err(self
                .error(
                    code::NOTHING_TO_LOOP_OVER,
                    "`for` needs a list",
                    span,
                    format!("this is {}", other.described()),
                )
                .help("for x in [0.2, 0.5] { … }")),
        }
    }

    /// Picks cells and genes at once where only columns that are there have to be looked at: the
    /// answer says how many are left. Workers, which plan the same, would not know.
    pub(super) fn pick_at_hand(&mut self, data: &Dataset) -> Outcome<()> {
        for axis in [&data.cells, &data.genes] {
            if let Some((_, keep)) = axis.parent() {
                self.make_at_hand(keep)?;
            }
        }
        Ok(())
    }

    /// Columns of a new version that a statement wrote, made at once where only what is there has to be
    /// looked at: the next statement is planned with their levels.
    pub(super) fn make_columns_at_hand(
        &mut self,
        data: &Dataset,
        slots: &[SlotName],
    ) -> Outcome<()> {
        let columns = slots
            .iter()
            .filter(|it| matches!(it.place, Place::Obs | Place::Var));
        for slot in columns.filter_map(|name| data.slot(name)) {
            self.make_at_hand(&slot.value)?;
        }
        Ok(())
    }

    /// Makes a value that only light steps lead to.
    pub(super) fn make_at_hand(&mut self, lazy: &Lazy) -> Outcome<()> {
        let waits = !self.only_plans() && self.engine.workers.is_none();
        if waits && lazy.is_pending() && plan::is_at_hand(lazy) {
            self.engine.value(lazy)?;
        }
        Ok(())
    }

    /// A value that is shown without `compute`: worked out where only what is there has to be looked at.
    pub(super) fn look_at_hand(&mut self, value: &Val) -> Outcome<()> {
        let lazy = match value {
            Val::Column(column) => &column.value,
            Val::Table(table) => table,
            Val::Part(data, _) => return self.pick_at_hand(data),
            _ => return Ok(()),
        };
        if !self.only_plans() && lazy.get().is_none() && plan::is_at_hand(lazy) {
            self.engine.value(lazy)?;
        }
        Ok(())
    }

    /// Everything a value still waits for, computed.
    pub(super) fn force_all(&mut self, value: &Val) -> Outcome<()> {
        self.session.asked = true;
        self.engine.run(&targets(value)).map(|_| ())
    }
}

/// What must be there for a value to be fully known.
pub(super) fn targets(value: &Val) -> Vec<Lazy> {
    match value {
        Val::Dataset(data, table) => {
            let mut targets = pending(data);
            targets.extend(table.clone());
            targets
        }
        Val::Part(data, place) => pending_of(data, *place),
        Val::Column(column) => vec![column.value.clone()],
        Val::Slot(_, lazy) | Val::Table(lazy) => vec![lazy.clone()],
        Val::List(items) => items.iter().flat_map(targets).collect(),
        Val::Record(fields) => fields
            .iter()
            .flat_map(|(_, value)| targets(value))
            .collect(),
        _ => Vec::new(),
    }
}

/// The pending slots of a dataset on its present axes, and the axes themselves.
fn pending(data: &Arc<Dataset>) -> Vec<Lazy> {
    use Place::*;
    let mut targets: Vec<Lazy> = [Obs, Var, Obsm, Varm, Obsp, Varp, Uns]
        .into_iter()
        .flat_map(|place| pending_of(data, place))
        .collect();
    for axis in [&data.cells, &data.genes] {
        let mut at = axis;
        while let Some((parent, keep)) = at.parent() {
            targets.push(keep.clone());
            at = parent;
        }
    }
    targets
}

fn pending_of(data: &Arc<Dataset>, place: Place) -> Vec<Lazy> {
    let slots = data.slots(place).into_iter().flatten();
    slots
        .filter(|(_, slot)| slot.value.is_pending())
        .map(|(_, slot)| aligned(slot, data.axis(place)))
        .collect()
}
