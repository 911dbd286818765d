//! `adata.obs.leiden`, `adata.n_obs`, `gene.CD3D`, `row.path`; and assigning to slots.

use super::Interpreter;
use super::names::{Context, column_value};
use crate::command::{Along, LazyColumn, Val, suggest};
use crate::data::{
    Axis, Column, ColumnType, Dataset, Lazy, NumberType, Place, Promise, SlotName, Uns, Value,
};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::lang::ast::{Expr, ExprKind, Name};
use crate::plan::{self, aligned};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    pub(super) fn field(&mut self, base: &Expr, field: &Name, span: Span) -> Outcome<Val> {
        if let Some(value) = self.context_root(base, field)? {
            return Ok(value);
        }
        if let Some(path) = foreign_path(base, field) {
            return Err(self.foreign_call(&path, span));
        }
        let value = self.expr(base)?;
        self.field_of(value, field, span)
    }

    /// `obs.leiden`, `var.means` and `gene.CD3D` where bare words mean columns.
    fn context_root(&mut self, base: &Expr, field: &Name) -> Outcome<Option<Val>> {
        let (Some(Context { data, .. }), ExprKind::Name(root)) =
            (self.contexts.last().cloned(), &base.kind)
        else {
            return Ok(None);
        };
        match root.text.as_str() {
            "gene" => self.gene(&data, &field.text, field.span).map(Some),
            "obs" => self.part_field(&data, Place::Obs, field).map(Some),
            "var" => self.part_field(&data, Place::Var, field).map(Some),
            "layers" => self.part_field(&data, Place::Layers, field).map(Some),
            "uns" => self.part_field(&data, Place::Uns, field).map(Some),
            "raw" => {
                let raw = self.raw(&data, root.span)?;
                self.gene(&raw, &field.text, field.span).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn field_of(&mut self, value: Val, field: &Name, span: Span) -> Outcome<Val> {
        match value {
            Val::Unknown => Ok(Val::Unknown),
            Val::Dataset(data, _) => self.dataset_field(&data, field, span),
            Val::Part(data, place) => self.part_field(&data, place, field),
            Val::Record(fields) => {
                let found = fields.iter().find(|(key, _)| *key == field.text);
                found.map(|(_, value)| value.clone()).ok_or_else(|| {
                    let keys = fields.iter().map(|(key, _)| key.clone());
                    self.error(
                        "E034",
                        format!("no field `{}`", field.text),
                        field.span,
                        "is not in the record",
                    )
                    .help(suggest::nearest_or_list(
                        &field.text,
                        keys,
                        "the record",
                    ))
                })
            }
            Val::Matrix(data, _, matrix) => self.gene_of_matrix(&data, &matrix, field),
            Val::Uns(uns) => self.uns_field(&uns, field),
            Val::Table(table) => self.table_column(&table, field),
            other => Err(self.error(
                "E034",
                format!("a {} has no field `{}`", other.type_word(), field.text),
                field.span,
                "only datasets, tables and records have fields",
            )),
        }
    }

    fn dataset_field(&mut self, data: &Arc<Dataset>, field: &Name, span: Span) -> Outcome<Val> {
        let names = |slot, axis| {
            Val::Column(LazyColumn {
                value: as_text_column(aligned(slot, Some(axis))),
                along: if axis.same(&data.cells) {
                    Along::Cells(axis.clone())
                } else {
                    Along::Genes(axis.clone())
                },
                column_type: ColumnType::Text,
            })
        };
        Ok(match field.text.as_str() {
            "n_obs" | "n_cells" => axis_length(&data.cells, Origin::new(&self.source, span)),
            "n_vars" | "n_genes" => axis_length(&data.genes, Origin::new(&self.source, span)),
            "obs_names" => names(&data.obs_names, &data.cells),
            "var_names" => names(&data.var_names, &data.genes),
            "X" => match &data.x {
                Some(matrix) => Val::Matrix(data.clone(), SlotName::x(), Box::new(matrix.clone())),
                None => {
                    return Err(self.error(
                        "E103",
                        format!("{} has no X", data.from),
                        field.span,
                        "is not there",
                    ));
                }
            },
            "gene" | "genes" => Val::Part(data.clone(), Place::X),
            "raw" => Val::Dataset(self.raw(data, field.span)?, None),
            word => match Place::from_word(word) {
                Some(Place::Uns) => Val::Part(data.clone(), Place::Uns),
                Some(place) => Val::Part(data.clone(), place),
                None => {
                    let parts = [
                        "obs",
                        "var",
                        "layers",
                        "obsm",
                        "varm",
                        "obsp",
                        "uns",
                        "raw",
                        "X",
                        "n_obs",
                        "n_vars",
                        "obs_names",
                        "var_names",
                    ];
                    let columns = data.obs.keys().find(|key| *key == word);
                    let diagnostic = self.error(
                        "E035",
                        format!("a dataset has no part `{word}`"),
                        field.span,
                        "is not a part",
                    );
                    return Err(match columns {
                        Some(column) => {
                            diagnostic.help(format!("{word} is a column: obs.{column}"))
                        }
                        None => diagnostic.help(suggest::nearest_or_list(word, parts, "a dataset")),
                    });
                }
            },
        })
    }

    /// A key of `obs`, `obsm`, `layers`, … .
    pub(super) fn part_field(
        &mut self,
        data: &Arc<Dataset>,
        place: Place,
        field: &Name,
    ) -> Outcome<Val> {
        let name = SlotName::new(place, field.text.clone());
        match place {
            Place::X => return self.gene(data, &field.text, field.span),
            Place::Layers => {
                return match data.layers.get(&field.text) {
                    Some(matrix) => Ok(Val::Matrix(data.clone(), name, Box::new(matrix.clone()))),
                    None => Err(self.no_slot(data, place, field)),
                };
            }
            _ => {}
        }
        let Some(slot) = data.slot(&name) else {
            return Err(self.no_slot(data, place, field));
        };
        Ok(match place {
            Place::Obs | Place::Var => column_value(data, place, slot),
            Place::Uns => {
                // What lies in a file is small and read at once; what is promised waits.
                let value = match self.checking || slot.value.is_pending() {
                    true => slot.value.get().cloned(),
                    false => Some(self.engine.value(&slot.value)?),
                };
                match value.as_ref().and_then(Value::uns) {
                    Some(uns) => uns_value(uns),
                    None => Val::Slot(name, slot.value.clone()),
                }
            }
            _ => Val::Slot(name, aligned(slot, data.axis(place))),
        })
    }

    fn no_slot(&self, data: &Dataset, place: Place, field: &Name) -> Box<Diagnostic> {
        if matches!(place, Place::Obs | Place::Var) {
            return self.no_column(data, place, field);
        }
        let keys: Vec<String> = match place {
            Place::Layers => data.layers.keys().cloned().collect(),
            place => data
                .slots(place)
                .into_iter()
                .flat_map(|slots| slots.keys().cloned())
                .collect(),
        };
        self.error(
            "E101",
            format!("no {}.{}", place.word(), field.text),
            field.span,
            "is not there",
        )
        .help(suggest::nearest_or_list(&field.text, keys, place.word()))
    }

    fn uns_field(&mut self, uns: &Uns, field: &Name) -> Outcome<Val> {
        match uns.get(&field.text) {
            Some(inner) => Ok(uns_value(inner)),
            None => Err(self.error(
                "E034",
                format!("no `{}` in uns", field.text),
                field.span,
                "is not there",
            )),
        }
    }

    fn table_column(&mut self, table: &Lazy, field: &Name) -> Outcome<Val> {
        if self.checking && table.get().is_none() {
            return Ok(Val::Unknown);
        }
        let value = self.engine.value(table)?;
        let column = value
            .table()
            .and_then(|table| table.column(&field.text).cloned());
        match column {
            Some(column) => Ok(Val::Column(LazyColumn {
                column_type: column.column_type(),
                value: Lazy::ready(Value::Column(column)),
                along: Along::One,
            })),
            None => {
                let headings: Vec<String> = value
                    .table()
                    .into_iter()
                    .flat_map(|table| table.columns.iter().map(|(name, _)| name.clone()))
                    .collect();
                Err(self
                    .error(
                        "E034",
                        format!("no column `{}`", field.text),
                        field.span,
                        "is not in the table",
                    )
                    .help(suggest::nearest_or_list(&field.text, headings, "the table")))
            }
        }
    }

    /// The values of one gene in `X`, a column of numbers.
    pub(super) fn gene(&mut self, data: &Arc<Dataset>, name: &str, span: Span) -> Outcome<Val> {
        let known = data
            .var_names
            .value
            .get()
            .and_then(|value| value.names().cloned());
        if let Some(names) = &known
            && names.position(name).is_none()
        {
            let help = suggest::nearest(name, names.iter());
            let diagnostic = self.error(
                "E036",
                format!("no gene `{name}`"),
                span,
                format!("{} has no such gene", data.from),
            );
            return Err(match &help[..] {
                [] => diagnostic
                    .help("gene names are written as in the file: compute adata.var_names"),
                near => diagnostic.help(format!("did you mean {}?", near.join(" or "))),
            });
        }
        let Some(matrix) = &data.x else {
            return Err(self.error(
                "E103",
                format!("{} has no X", data.from),
                span,
                "needs values of genes",
            ));
        };
        let origin = Origin::new(&self.source, span);
        let value = plan::gene_column(data, matrix, name, origin);
        Ok(Val::Column(LazyColumn {
            value,
            along: Along::Cells(data.cells.clone()),
            column_type: ColumnType::Number,
        }))
    }
}

/// The selections from the root down to an axis.
pub(super) fn chain(axis: &Axis) -> Vec<Lazy> {
    let mut selections = Vec::new();
    let mut at = axis;
    while let Some((parent, keep)) = at.parent() {
        selections.push(keep.clone());
        at = parent;
    }
    selections.reverse();
    selections
}

pub(super) fn root_length(axis: &Axis) -> usize {
    let mut at = axis;
    while let Some((parent, _)) = at.parent() {
        at = parent;
    }
    at.at_most()
}

pub(super) fn chain_length(selections: &[Value], root: usize) -> usize {
    selections
        .last()
        .and_then(|value| value.keep())
        .map_or(root, |keep| keep.len())
}

/// The number of cells or genes: a number if known, else a promise of one.
fn axis_length(axis: &Axis, origin: Origin) -> Val {
    if let Some(n) = axis.len() {
        return Val::Number(n as f64);
    }
    let root = root_length(axis);
    let values = plan::whole(
        "count",
        Some(origin),
        chain(axis),
        &[Promise::Column(ColumnType::Number)],
        move |needs, _| {
            let n = chain_length(needs, root) as f64;
            Ok(vec![Value::Column(Arc::new(Column::numbers(
                vec![n],
                NumberType::I64,
            )))])
        },
    );
    Val::promised(values[0].clone(), ColumnType::Number)
}

/// Names as a column of texts.
fn as_text_column(names: Lazy) -> Lazy {
    let values = plan::whole(
        "names",
        None,
        vec![names],
        &[Promise::Column(ColumnType::Text)],
        |needs, _| {
            let names = needs[0]
                .names()
                .map(|names| Column::Text((**names).clone()));
            Ok(names
                .map(|names| Value::Column(Arc::new(names)))
                .into_iter()
                .collect())
        },
    );
    values[0].clone()
}

/// What Python hands type: `sc.tl.leiden`, as far as it is a path of names.
fn foreign_path(base: &Expr, field: &Name) -> Option<String> {
    let root = match &base.kind {
        ExprKind::Name(name) => name.text.clone(),
        ExprKind::Field(inner, name) => foreign_path(inner, name)?,
        _ => return None,
    };
    let first = root.split('.').next()?;
    ["sc", "scanpy", "np", "pd", "plt", "ad", "anndata"]
        .contains(&first)
        .then(|| format!("{root}.{}", field.text))
}

/// A leaf of uns as a value of the language.
fn uns_value(uns: &Uns) -> Val {
    match uns {
        Uns::Text(text) => Val::Text(text.clone()),
        Uns::Number(number) => Val::Number(*number),
        Uns::Whole(number) => Val::Number(*number as f64),
        Uns::Truth(truth) => Val::Truth(*truth),
        Uns::Texts(texts) => Val::List(texts.iter().map(Val::text).collect()),
        Uns::Wholes(numbers) => Val::List(numbers.iter().map(|&n| Val::Number(n as f64)).collect()),
        other => Val::Uns(Arc::new(other.clone())),
    }
}

pub(super) fn to_uns(value: &Val) -> Option<Uns> {
    Some(match value {
        Val::Number(number) => Uns::Number(*number),
        Val::Text(text) => Uns::Text(text.clone()),
        Val::Truth(truth) => Uns::Truth(*truth),
        Val::List(items) if items.iter().all(|item| matches!(item, Val::Text(_))) => {
            let texts = items.iter().filter_map(|item| match item {
                Val::Text(text) => Some(text),
                _ => None,
            });
            Uns::Texts(Arc::new(texts.collect()))
        }
        Val::List(items) => {
            let numbers: Option<Vec<f64>> = items
                .iter()
                .map(|item| match item {
                    Val::Number(number) => Some(*number),
                    _ => None,
                })
                .collect();
            Uns::Array(ndarray::Array1::from(numbers?).into_dyn())
        }
        Val::Record(fields) => fields.iter().try_fold(Uns::map(), |map, (key, value)| {
            Some(map.with(key, to_uns(value)?))
        })?,
        _ => return None,
    })
}
