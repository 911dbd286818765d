//! `adata.obs.group = …`, `adata.X = …`, `adata.raw = …`: assigning to parts of a dataset.

use crate::command::{Along, LazyColumn, Val, gene_columns};
use crate::data::dataset::Raw;
use crate::data::history::{Statement, Step, StepKind};
use crate::data::{
    Axis, Column, ColumnType, Dataset, Lazy, NumberType, Place, Promise, SlotName, Stamp, Value,
    Written,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::axes::{chain, chain_length, root_length};
use crate::eval::parts::fields::is_part;
use crate::eval::parts::uns::to_uns;
use crate::lang::ast::{Expr, Name};
use crate::lang::words::spelled;
use crate::plan;
use crate::source::Span;
use std::sync::Arc;

impl Interpreter<'_> {
    /// `adata.obs.group = …`.
    pub(in crate::eval) fn assign_slot(
        &mut self,
        name: &Name,
        rest: &[Name],
        value: &Expr,
    ) -> Outcome<()> {
        let Some(data) = self.assigned_to(name, rest)? else {
            return Ok(());
        };
        if matches!(rest, [part] if part.text == "raw") {
            return self.assign_raw(name, &data, value);
        }
        if matches!(rest, [part] if part.text == "var_names") {
            return Err(self.names_assigned(name, &data, value));
        }
        let (place, key) = self.target(name, rest)?;
        if matches!(place, Place::X | Place::Layers) {
            return self.assign_matrix(name, &data, SlotName::new(place, key), value);
        }
        let side = if place == Place::Var {
            Place::Var
        } else {
            Place::Obs
        };
        let (new, read) = self.with_reads(&data, side, value)?;
        if matches!(new, Val::Unknown) {
            return Ok(());
        }
        if matches!((place, &new), (Place::Obs | Place::Var, Val::None)) {
            return self.take_column_away(name, &data, (place, &rest[1]), value);
        }
        let lazy = self.slot_value(&data, place, new, value.span)?;
        self.make_at_hand(&lazy)?;
        let mut next = (*data).clone();
        let slot = crate::data::Slot {
            value: lazy,
            rows: next.axis(place).cloned(),
            stamp: Stamp::new(next.history.len() + 1, made_from(&data, place, &key, &read)),
        };
        if let Some(slots) = next.slots_mut(place) {
            slots.insert(key.clone(), slot);
        }
        self.assigned(name, next, &format!("{}.{key}", place.word()), value);
        Ok(())
    }

    /// The dataset that is assigned to; `None` while checking, where it is not known.
    fn assigned_to(&self, name: &Name, rest: &[Name]) -> Outcome<Option<Arc<Dataset>>> {
        let headline = format!("no dataset `{}`", name.text);
        match self.session.get(&name.text) {
            Some(Val::Dataset(data, _)) => Ok(Some(data.clone())),
            Some(Val::Unknown) => Ok(None),
            _ if matches!(name.text.as_str(), "sc" | "scanpy") => Err(self
                .error(code::UNKNOWN_NAME, headline, name.span, "is a package")
                .help("`set` lists the settings of sca")),
            _ if rest.first().is_some_and(|part| !is_part(&part.text)) => {
                Err(self.name_with_dots(name, rest))
            }
            _ => Err(self.unknown_name(name, code::UNKNOWN_NAME, headline)),
        }
    }

    /// The value of an expression, and what it has read. A function in it may assign, too.
    fn with_reads(
        &mut self,
        data: &Arc<Dataset>,
        side: Place,
        value: &Expr,
    ) -> Outcome<(Val, Vec<(SlotName, u64)>)> {
        let outer = std::mem::take(&mut self.running.reads);
        let new = self.in_context(data, side, value);
        let read = std::mem::replace(&mut self.running.reads, outer);
        Ok((new?, read))
    }

    /// `adata.obs.group = none`: the dataset without the column.
    fn take_column_away(
        &mut self,
        name: &Name,
        data: &Arc<Dataset>,
        (place, column): (Place, &Name),
        value: &Expr,
    ) -> Outcome<()> {
        let mut next = (**data).clone();
        let slots = next.slots_mut(place);
        if slots.and_then(|it| it.shift_remove(&column.text)).is_none() {
            return Err(self.no_field(data, place, column));
        }
        let slot = format!("{}.{}", place.word(), column.text);
        self.assigned(name, next, &slot, value);
        Ok(())
    }

    /// `adata.var_names = adata.var.symbol`: genes get their names where the file is read.
    fn names_assigned(&self, name: &Name, data: &Dataset, value: &Expr) -> Box<Diagnostic> {
        let text = value.span.text(&self.source.text);
        let is_end = |c: char| !c.is_alphanumeric() && c != '_';
        let key = text.trim_end_matches(is_end).rsplit(is_end).next();
        let key = key
            .filter(|key| data.var.contains_key(*key))
            .unwrap_or("gene_symbols");
        let headline = "genes get their names where a file is read";
        let error = self.error(
            code::NOT_ASSIGNABLE,
            headline,
            name.span,
            "has names already",
        );
        error.help(gene_columns::line(data, &name.text, key))
    }

    /// Which slot `adata.obs.group` and the like name.
    fn target(&self, name: &Name, rest: &[Name]) -> Outcome<(Place, String)> {
        Ok(match rest {
            [part] if part.text == "X" => (Place::X, String::new()),
            [place, key] => match Place::from_word(&place.text) {
                Some(found @ (Place::Obs | Place::Var | Place::Uns | Place::Layers)) => {
                    (found, key.text.clone())
                }
                _ => {
                    return Err(self
                        .error(
                            code::NOT_ASSIGNABLE,
                            "this cannot be assigned to",
                            place.span,
                            "only X, layers, obs, var, uns, and raw can",
                        )
                        .help(format!("{}.obs.{} = …", name.text, key.text)));
                }
            },
            _ => {
                let span = rest.iter().fold(name.span, |span, name| span.to(name.span));
                let headline = "assign a column by part and name";
                let label = "does not name a column";
                let error = self.error(code::NOT_ASSIGNABLE, headline, span, label);
                return Err(match rest {
                    // `adata$group` of Seurat.
                    [column] if !crate::eval::parts::fields::is_part(&column.text) => {
                        let target = format!("{}.obs.{}", name.text, spelled(&column.text));
                        error.help(self.in_line(span, &target)).fix(span, target)
                    }
                    _ => error.help(format!("{}.obs.group = …", name.text)),
                });
            }
        })
    }

    /// Binds the new version and says what was assigned.
    fn assigned(&mut self, name: &Name, mut next: Dataset, slot: &str, value: &Expr) {
        let text = value.span.text(&self.source.text);
        next.history = next.history.and(Step {
            number: 0,
            kind: StepKind::Assignment,
            statement: Statement::about("", format!(".{slot} = {text}")),
            planned: false,
            writes: vec![slot.to_owned()],
            at: self.now(),
        });
        let value = Val::Dataset(Arc::new(next), None);
        self.session.bind(&name.text, value.clone());
        self.say(crate::eval::Output::Step(Written {
            command: String::new(),
            dataset: Some(name.text.clone()),
            results: vec![slot.to_owned()],
            writes: vec![slot.to_owned()],
            asked_by: None,
            line: Some(format!("→ {slot}")),
        }));
        self.remember(value, Some(name.text.clone()));
    }

    /// `adata.X = adata.layers.counts`: a matrix of this dataset, or of a version of it that this
    /// one was filtered from.
    fn assign_matrix(
        &mut self,
        name: &Name,
        data: &Arc<Dataset>,
        slot: SlotName,
        value: &Expr,
    ) -> Outcome<()> {
        let matrix = match self.expr(value)? {
            Val::Unknown => return Ok(()),
            Val::None if data.layers.contains_key(&slot.key) => {
                let mut next = (**data).clone();
                next.layers.shift_remove(&slot.key);
                self.assigned(name, next, &slot.to_string(), value);
                return Ok(());
            }
            Val::Matrix(_, _, matrix) => matrix,
            other => {
                return Err(self
                    .error(
                        code::WRONG_KIND_FOR_SLOT,
                        format!("{slot} is a matrix"),
                        value.span,
                        format!("this is {}", other.described()),
                    )
                    .help(format!("{0}.{slot} = {0}.layers.counts", name.text)));
            }
        };
        let fits = |cells: &Axis, genes: &Axis| {
            data.cells.selections_from(cells).is_some()
                && data.genes.selections_from(genes).is_some()
        };
        let steps = matrix
            .steps
            .iter()
            .all(|step| fits(&step.cells, &step.genes));
        if !fits(&matrix.cells, &matrix.genes) || !steps {
            return Err(self
                .error(
                    code::DIFFERENT_DATASETS,
                    "this matrix belongs to another dataset",
                    value.span,
                    "its cells or genes differ",
                )
                .help("filter both the same way, or use a layer of the same dataset"));
        }
        let mut next = (**data).clone();
        let mut matrix = *matrix;
        // A copy is the same making: what was computed from X is as new as its copy.
        matrix.stamp.step = next.history.len() + 1;
        match slot.place {
            Place::X => next.x = Some(matrix),
            _ => {
                next.layers.insert(slot.key.clone(), matrix);
            }
        }
        self.assigned(name, next, &slot.to_string(), value);
        Ok(())
    }

    /// `adata.raw = adata` keeps X, genes and their columns beside what becomes of them.
    fn assign_raw(&mut self, name: &Name, data: &Arc<Dataset>, value: &Expr) -> Outcome<()> {
        let mut next = (**data).clone();
        next.raw = match self.expr(value)? {
            Val::Unknown => return Ok(()),
            Val::None => None,
            Val::Dataset(kept, _) if data.cells.selections_from(&kept.cells).is_some() => {
                Raw::of(&kept)
            }
            Val::Dataset(..) => {
                return Err(self.error(
                    code::DIFFERENT_DATASETS,
                    "raw must have the cells of the dataset",
                    value.span,
                    "these are different cells",
                ));
            }
            other => {
                return Err(self
                    .error(
                        code::WRONG_KIND_FOR_SLOT,
                        "raw needs a dataset",
                        value.span,
                        format!("this is {}", other.described()),
                    )
                    .help(format!(
                        "{0}.raw = {0}, before genes are left out",
                        name.text
                    )));
            }
        };
        self.assigned(name, next, "raw", value);
        Ok(())
    }

    /// A value as the content of a slot: columns must be of the right side, single values repeat.
    fn slot_value(
        &mut self,
        data: &Dataset,
        place: Place,
        value: Val,
        span: Span,
    ) -> Outcome<Lazy> {
        if place == Place::Uns {
            return self.uns_slot(&value, span);
        }
        let (axis, what) = match place {
            Place::Var => (&data.genes, "gene"),
            _ => (&data.cells, "cell"),
        };
        match value {
            Val::Column(LazyColumn {
                value,
                along: Along::Cells(on) | Along::Genes(on),
                ..
            }) if on.same(axis) => Ok(value),
            Val::Column(LazyColumn {
                value,
                along: Along::One,
                column_type,
            }) => Ok(self.repeated(value, axis, column_type)),
            plain @ (Val::Number(_) | Val::Text(_) | Val::Bool(_)) => {
                let (column, column_type) = match plain {
                    Val::Text(text) => {
                        let levels = [text].into_iter().collect();
                        (Column::category(vec![0], levels), ColumnType::Category)
                    }
                    Val::Bool(truth) => (Column::Bool(vec![truth]), ColumnType::Bool),
                    Val::Number(number) => {
                        let column = Column::numbers(vec![number], NumberType::F64);
                        (column, ColumnType::Number)
                    }
                    _ => unreachable!("one of the three above"),
                };
                let value = Lazy::ready(Value::Column(Arc::new(column)));
                Ok(self.repeated(value, axis, column_type))
            }
            Val::Column(_) => Err(self.error(
                code::DIFFERENT_DATASETS,
                format!("this column does not have one value per {what} of this dataset"),
                span,
                "its rows belong to another dataset",
            )),
            other => Err(self.error(
                code::WRONG_KIND_FOR_SLOT,
                format!("a column has one value per {what}"),
                span,
                format!("this is {}", other.described()),
            )),
        }
    }

    fn uns_slot(&self, value: &Val, span: Span) -> Outcome<Lazy> {
        let uns = to_uns(value).ok_or_else(|| {
            self.error(
                code::WRONG_KIND_FOR_SLOT,
                "uns holds numbers, text, lists, and records",
                span,
                format!("this is {}", value.described()),
            )
        })?;
        Ok(Lazy::ready(Value::Uns(Arc::new(uns))))
    }

    /// One value for every cell (or gene).
    fn repeated(&self, value: Lazy, axis: &Axis, column_type: ColumnType) -> Lazy {
        let needs = (value, chain(axis));
        let root = root_length(axis);
        let promise = Promise::Column(column_type);
        plan::light_step("repeat", None, needs, promise, move |(value, chain), _| {
            let n = chain_length(&chain, root);
            Ok(match value.column() {
                Some(column) => Value::of(column.pick(&vec![0; n])),
                None => value,
            })
        })
    }
}

/// What a column is made of, with the present versions: columns beside it, components, and the matrices
/// whose genes its expression has read. It is stale when they change.
fn made_from(
    data: &Dataset,
    place: Place,
    key: &str,
    read: &[(SlotName, u64)],
) -> Vec<(SlotName, u64)> {
    if !matches!(place, Place::Obs | Place::Var) {
        return Vec::new();
    }
    let mut from: Vec<(SlotName, u64)> = Vec::new();
    for (name, version) in read {
        let is_itself = name.place == place && name.key == key;
        // Another version of the dataset may have another making of it.
        let is_present = data.version(name) == Some(*version);
        if is_present && !is_itself && !from.iter().any(|(known, _)| known == name) {
            from.push((name.clone(), *version));
        }
    }
    from
}
