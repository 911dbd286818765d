//! `adata.obs.leiden`, `adata.n_obs`, `gene.CD3D`, `row.path`; and assigning to slots.

use crate::command::{Along, LazyColumn, Val, suggest};
use crate::data::{Chosen, ColumnType, Dataset, Lazy, Place, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::command::states::gene_place;
use crate::eval::names::{Context, column_value};
use crate::eval::parts::axes::{as_text_column, axis_length};
use crate::eval::parts::uns::uns_value;
use crate::lang::ast::{Expr, ExprKind, Name};
use crate::lang::words::spelled;
use crate::plan::aligned;
use crate::plan::engine::of_file;
use crate::source::{Origin, Span};
use std::sync::Arc;

/// What is after a dataset's dot, besides `n_cells` and `n_genes`.
pub(in crate::eval) const PARTS: [&str; 13] = [
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

/// Whether a word is after the dot of a dataset.
pub(in crate::eval) fn is_part(word: &str) -> bool {
    PARTS.contains(&word) || matches!(word, "n_cells" | "n_genes" | "gene" | "genes" | "varp")
}

impl Interpreter<'_> {
    pub(in crate::eval) fn field(&mut self, base: &Expr, field: &Name, span: Span) -> Outcome<Val> {
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
            (self.running.contexts.last().cloned(), &base.kind)
        else {
            return Ok(None);
        };
        let path = Name {
            span: base.span.to(field.span),
            text: format!("{}.{}", root.text, field.text),
            quoted: true,
        };
        let Some(Context { data: of, side }) = self.running.contexts.last().cloned() else {
            return Ok(None);
        };
        // `percent.mt`, as Seurat names columns.
        if self.session.get(&root.text).is_none() && self.known_in(&of, side, &path.text) {
            return self.name(&path).map(Some);
        }
        match root.text.as_str() {
            "X" if self.session.get("X").is_none() => self.gene_of_x(&data, field).map(Some),
            "gene" => self.gene(&data, &field.text, field.span).map(Some),
            "obs" => self.part_field(&data, Place::Obs, field).map(Some),
            "var" => self.part_field(&data, Place::Var, field).map(Some),
            "layers" => self.part_field(&data, Place::Layers, field).map(Some),
            "uns" => self.part_field(&data, Place::Uns, field).map(Some),
            "raw" => {
                self.note_read(&data, &SlotName::raw());
                let raw = self.raw(&data, root.span)?;
                self.gene_of_x(&raw, field).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn field_of(&mut self, value: Val, field: &Name, span: Span) -> Outcome<Val> {
        match value {
            Val::Unknown => Ok(Val::Unknown),
            Val::Dataset(_, Some(table)) if !is_part(&field.text) => {
                self.table_column(&table, field)
            }
            Val::Dataset(data, _) => self.dataset_field(&data, field, span),
            Val::Part(data, place) => self.part_field(&data, place, field),
            Val::Record(fields) => {
                let found = fields.iter().find(|(key, _)| *key == field.text);
                found.map(|(_, value)| value.clone()).ok_or_else(|| {
                    let keys = fields.iter().map(|(key, _)| key.clone());
                    self.error(
                        code::NO_SUCH_FIELD,
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
            Val::Slot(name, value) if name.place == Place::Uns => {
                self.promised_uns_field(&value, field)
            }
            Val::Table(table) => self.table_column(&table, field),
            other => {
                let headline = format!("{} has no field `{}`", other.described(), field.text);
                let label = "only datasets, tables and records have fields";
                let error = self.error(code::NO_SUCH_FIELD, headline, field.span, label);
                let of_column = matches!(other, Val::Column(_)) && field.text != "shape";
                let of_array = matches!(other, Val::Slot(..)) && field.text == "shape";
                Err(if of_column || of_array {
                    self.with_attribute(error, field)
                } else {
                    error
                })
            }
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
                Some(matrix) => {
                    self.note_read(data, &SlotName::x());
                    Val::Matrix(data.clone(), SlotName::x(), Box::new(matrix.clone()))
                }
                None => {
                    return Err(self.no_x(data, field.span, |layer| {
                        self.in_line(field.span, &format!("layers.{layer}"))
                    }));
                }
            },
            "gene" | "genes" => Val::Part(data.clone(), Place::X),
            "raw" => {
                self.note_read(data, &SlotName::raw());
                Val::Dataset(self.raw(data, field.span)?, None)
            }
            word => match Place::from_word(word) {
                Some(place) => Val::Part(data.clone(), place),
                None => return Err(self.no_part(data, field)),
            },
        })
    }

    /// A key of `obs`, `obsm`, `layers`, … .
    pub(in crate::eval) fn part_field(
        &mut self,
        data: &Arc<Dataset>,
        place: Place,
        field: &Name,
    ) -> Outcome<Val> {
        let name = SlotName::new(place, field.text.clone());
        match place {
            Place::X => return self.gene(data, &field.text, field.span),
            Place::Layers => {
                self.note_read(data, &name);
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
        self.note_read(data, &name);
        if matches!(place, Place::Obs | Place::Var) {
            self.warn_stale_column(data, &name, field.span);
        }
        Ok(match place {
            Place::Obs | Place::Var => column_value(data, place, slot),
            Place::Uns => {
                // What is in a file is small and read at once; what is promised waits.
                let value = if self.checking || slot.value.is_pending() {
                    slot.value.get().cloned()
                } else {
                    Some(self.engine.value(&slot.value)?)
                };
                match value.as_ref().and_then(Value::uns) {
                    Some(uns) => uns_value(uns).map_err(of_file)?,
                    None => Val::Slot(name, slot.value.clone()),
                }
            }
            _ => Val::Slot(name, aligned(slot, data.axis(place))),
        })
    }

    pub(in crate::eval) fn no_slot(
        &self,
        data: &Dataset,
        place: Place,
        field: &Name,
    ) -> Box<Diagnostic> {
        if matches!(place, Place::Obs | Place::Var) {
            return self.no_field(data, place, field);
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
            code::NO_SUCH_SLOT,
            format!("no {}.{}", place.word(), field.text),
            field.span,
            "does not exist",
        )
        .help(
            match place {
                Place::Obsm => self.line_that_makes(data, place, &field.text),
                _ => None,
            }
            .unwrap_or_else(|| suggest::nearest_or_list(&field.text, keys, place.word())),
        )
    }

    /// A field of a value in uns that is computed for it, as a column of a table is.
    fn promised_uns_field(&mut self, value: &Lazy, field: &Name) -> Outcome<Val> {
        if self.checking && value.get().is_none() {
            return Ok(Val::Unknown);
        }
        self.session.asked = true;
        let value = self.engine.value(value)?;
        match value.uns() {
            Some(uns) => self.uns_field(uns, field),
            None => Ok(Val::Unknown),
        }
    }

    fn uns_field(&mut self, uns: &Uns, field: &Name) -> Outcome<Val> {
        match uns.get(&field.text) {
            Some(inner) => uns_value(inner).map_err(of_file),
            None => Err(self.error(
                code::NO_SUCH_FIELD,
                format!("no `{}` in uns", field.text),
                field.span,
                "does not exist",
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
                        code::NO_SUCH_FIELD,
                        format!("no column `{}`", field.text),
                        field.span,
                        "is not in the table",
                    )
                    .help(suggest::nearest_or_list(&field.text, headings, "the table")))
            }
        }
    }

    /// The values of one gene, a column of numbers: those of X, or log values where X has gone on
    /// and they are known.
    pub(in crate::eval) fn gene(
        &mut self,
        data: &Arc<Dataset>,
        name: &str,
        span: Span,
    ) -> Outcome<Val> {
        let gene = Name {
            span,
            text: name.to_owned(),
            quoted: true,
        };
        if gene_place(data) == Chosen::Raw
            && let Some(raw) = &data.raw
        {
            let raw = Arc::new(raw.as_dataset(data));
            self.note_read(data, &SlotName::raw());
            let value = self.gene_of_x(&raw, &gene)?;
            self.tell_gene(data, name);
            return Ok(value);
        }
        let chosen = gene_place(data);
        let Some(matrix) = chosen.matrix(data) else {
            return Err(self.no_x(data, span, |layer| self.gene_of_layer(data, name, layer)));
        };
        self.note_read(data, &chosen.slot());
        let value = self.gene_of_matrix(data, matrix, &gene)?;
        self.tell_gene(data, name);
        Ok(value)
    }

    /// The values of one gene in X, whatever it holds.
    pub(in crate::eval) fn gene_of_x(&mut self, data: &Arc<Dataset>, gene: &Name) -> Outcome<Val> {
        self.note_read(data, &SlotName::x());
        match &data.x {
            Some(matrix) => self.gene_of_matrix(data, matrix, gene),
            None => {
                let line = |layer: &str| self.gene_of_layer(data, &gene.text, layer);
                Err(self.no_x(data, gene.span, line))
            }
        }
    }

    /// `line`: what names a layer instead.
    fn no_x(&self, data: &Dataset, span: Span, line: impl Fn(&str) -> String) -> Box<Diagnostic> {
        let label = "needs gene expression values";
        let error = self.error(code::NO_X, format!("{} has no X", data.from), span, label);
        match data.layers.keys().next() {
            Some(layer) => error.help(line(&spelled(layer))),
            None => error,
        }
    }

    fn gene_of_layer(&self, data: &Dataset, gene: &str, layer: &str) -> String {
        format!(
            "{}.layers.{layer}.{}",
            self.variable_of(data),
            spelled(gene)
        )
    }
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
