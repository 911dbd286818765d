//! Single components and genes in expressions: `obsm.X_umap[0]`, `layers.counts.CD3D`, `raw.CD3D`.

use crate::command::{Along, LazyColumn, Val, suggest};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, NumberType, Place, Promise, SlotName, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Expr, ExprKind, Name, Selector};
use crate::plan::{self, aligned};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    /// `adata.obsm.X_umap[0]`: a component as a column; `None` where something else is picked from.
    pub(in crate::eval) fn component(
        &mut self,
        base: &Expr,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Option<Val>> {
        let (part, key) = match &base.kind {
            ExprKind::Field(part, key) => (part, key.clone()),
            ExprKind::Index(part, selectors) => match named_key(selectors) {
                Some(key) => (part, key),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let key = &key;
        let Some((data, place)) = self.representations(part)? else {
            return Ok(None);
        };
        let ([Selector::Expr(number)] | [Selector::Every(_), Selector::Expr(number)]) = selectors
        else {
            return Ok(None);
        };
        let name = SlotName::new(place, key.text.clone());
        let Some(slot) = data.slot(&name) else {
            return self.part_field(&data, place, key).map(Some);
        };
        self.note_read(&data, &name);
        let component = match self.expr(number)? {
            Val::Number(x) if x >= 0.0 && x.fract() == 0.0 => x as usize,
            Val::Unknown => return Ok(Some(Val::Unknown)),
            other => {
                return Err(self.error(
                    code::NOT_INDEXABLE,
                    "a component is selected by its number, counted from 0",
                    number.span,
                    format!("this is {other}"),
                ));
            }
        };
        let axis = data.axis(place).cloned();
        let value = self.column_of(aligned(slot, axis.as_ref()), component, &key.text, span);
        let along = match (place, axis) {
            (Place::Varm, Some(axis)) => Along::Genes(axis),
            (_, Some(axis)) => Along::Cells(axis),
            (_, None) => Along::One,
        };
        Ok(Some(Val::Column(LazyColumn {
            value,
            along,
            column_type: ColumnType::Number,
        })))
    }

    /// `PC1`: a component by the field's name for it, as a column of cells.
    pub(in crate::eval) fn named_component(&mut self, data: &Dataset, name: &Name) -> Option<Val> {
        let (key, component) = data.component(&name.text)?;
        let places = aligned(data.obsm.get(&key)?, data.axis(Place::Obsm));
        self.note_read(data, &SlotName::new(Place::Obsm, key.clone()));
        Some(Val::Column(LazyColumn {
            value: self.column_of(places, component, &key, name.span),
            along: Along::Cells(data.cells.clone()),
            column_type: ColumnType::Number,
        }))
    }

    /// The dataset and part that `adata.obsm`, or `obsm` where bare words mean columns, stand for.
    fn representations(&mut self, part: &Expr) -> Outcome<Option<(Arc<Dataset>, Place)>> {
        let place = |name: &Name| match name.text.as_str() {
            "obsm" => Some(Place::Obsm),
            "varm" => Some(Place::Varm),
            _ => None,
        };
        match &part.kind {
            ExprKind::Name(name) => {
                let context = self
                    .running
                    .contexts
                    .last()
                    .map(|context| context.data.clone());
                Ok(context.zip(place(name)))
            }
            ExprKind::Field(base, name) if base.bare_name().is_some() && place(name).is_some() => {
                match self.expr(base)? {
                    Val::Dataset(data, _) => Ok(place(name).map(|place| (data, place))),
                    _ => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn column_of(&self, dense: Lazy, component: usize, name: &str, span: Span) -> Lazy {
        let origin = Origin::new(&self.source, span);
        let (at, name) = (origin.clone(), name.to_owned());
        let label = format!("{name}[{component}]");
        let promise = Promise::Column(ColumnType::Number);
        plan::light_step(label, Some(origin), dense, promise, move |value, _| {
            let n = value.dense().map_or(0, |dense| dense.ncols());
            let Some(dense) = value.dense().filter(|_| component < n) else {
                let text = format!("{name} has {n} components: [0] is the first of them");
                return Err(Diagnostic::error(code::NOT_INDEXABLE, text).at(&at).into());
            };
            let values = dense.column(component).mapv(f64::from).to_vec();
            Ok(Value::of(Column::numbers(values, NumberType::F32)))
        })
    }

    /// The values of a gene in a layer.
    pub(in crate::eval) fn gene_of_matrix(
        &mut self,
        data: &Arc<Dataset>,
        matrix: &Matrix,
        field: &Name,
    ) -> Outcome<Val> {
        let known = self.known_names_of(data, Place::Var, field.span)?;
        if let Some(names) = known
            && names.position(&field.text).is_none()
        {
            let near = suggest::nearest(&field.text, names.iter());
            let label = format!("{} has no such gene", data.from);
            let diagnostic = self.error(
                code::NO_SUCH_GENE_OR_CELL,
                format!("no gene `{}`", field.text),
                field.span,
                label,
            );
            let diagnostic = self.with_attribute(diagnostic, field);
            return Err(match &near[..] {
                [] if diagnostic.fix.is_some() => diagnostic,
                [] => diagnostic
                    .help("gene names must match those in the file: compute adata.var_names"),
                near => diagnostic.help(format!("did you mean {}?", near.join(" or "))),
            });
        }
        let origin = Origin::new(&self.source, field.span);
        Ok(Val::Column(LazyColumn {
            value: plan::gene_column(data, matrix, &field.text, origin),
            along: Along::Cells(data.cells.clone()),
            column_type: ColumnType::Number,
        }))
    }

    /// What raw keeps, as a dataset of the same cells.
    pub(in crate::eval) fn raw(&self, data: &Arc<Dataset>, span: Span) -> Outcome<Arc<Dataset>> {
        match &data.raw {
            Some(raw) => Ok(Arc::new(raw.as_dataset(data))),
            None => Err(self
                .error(
                    code::NO_SUCH_SLOT,
                    "the dataset has no raw",
                    span,
                    "does not exist",
                )
                .help("adata.raw = adata stores the current X and genes")),
        }
    }
}

/// The key of `adata.obsm["X_pca"]`.
fn named_key(selectors: &[Selector]) -> Option<Name> {
    let [Selector::Expr(expr)] = selectors else {
        return None;
    };
    let ExprKind::Text(text) = &expr.kind else {
        return None;
    };
    Some(Name {
        span: expr.span,
        text: text.plain()?.to_owned(),
        quoted: true,
    })
}
