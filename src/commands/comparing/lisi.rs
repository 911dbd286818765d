//! `lisi`: the effective number of batches, or cell types, among the neighbors of a cell.

use crate::command::params::{Data, GroupKey, Many, NewName, ObsmKey, Positive};
use crate::command::references;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups;
use crate::commands::inputs::groups::Groups;
use crate::commands::inputs::representation::numeric;
use crate::commands::structure::harmony::REPRESENTATION;
use crate::data::{Column, ColumnType, NumberType, Place, Promise, SlotName, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::graph::knn;
use crate::kernels::methods::lisi::{LisiError, lisi};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::Fault;
use crate::source::Origin;
use std::sync::Arc;

params! {
    Lisi {
        /// The dataset.
        adata: Data,
        /// Column of obs with the batches or cell types, or several.
        #[also("batch", "batch_key", "label_colnames")]
        by: Many<GroupKey>,
        /// Representation in obsm to search for neighbors.
        #[also("use_rep", "reduction")]
        on: ObsmKey = "X_pca",
        /// Effective number of neighbors; three times as many are used.
        perplexity: Positive = 30.0,
        /// Prefix of the results: obs.<key>_<column>.
        key: NewName = "lisi",
    }
}

impl Command for Lisi {
    const SPEC: Spec = Spec {
        name: "lisi",
        summary: "Compute LISI scores: how well batches mix among the neighbors of each cell.",
        keywords: "integration quality mixing batch",
        about: "Ranges from 1 to the number of levels. For batches, higher means better mixed; for cell types, 1 means best separated. The table has the mean and median over cells.",
        reads: &[REPRESENTATION],
        writes: &[Write::Slot(Place::Obs, Key::Pattern("<key>_<by>"))],
        like: &["harmonypy.compute_lisi", "compute_lisi"],
        examples: &[
            "compute (lisi adata by=[batch, cell_type])",
            "harmony adata by=batch; lisi adata by=batch on=harmony",
        ],
        cite: &[&references::HARMONY],
        method: "Mixing of the groups in {by} was measured by the local inverse Simpson index (LISI) <HARMONY>.",
        holds: "the representation, and 90 neighbors of each cell",
        tells: &["by", "on"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let keys = self.by.texts();
        let rep = scene.value(&data, Place::Obsm, &self.on.0)?;
        let needs = (rep, groups::each_of_all(scene, &data, &keys)?);
        let columns = vec![Promise::Column(ColumnType::Number); keys.len()];
        let promises = (columns, Promise::Table);
        let (perplexity, origin, of) = (self.perplexity.0, scene.origin(), keys.clone());
        let (columns, table) = scene.step(needs, promises, move |(rep, groups), cx| {
            indices(&rep, &groups, &of, perplexity, (&origin, cx))
        });
        let mut written = Vec::new();
        for (key, value) in keys.iter().zip(columns) {
            let from = [
                SlotName::new(Place::Obsm, self.on.0.clone()),
                SlotName::new(Place::Obs, key.clone()),
            ];
            let name = format!("{}_{key}", self.key.0);
            scene.put(&mut data, Place::Obs, &name, value.measured(), &from);
            written.push(SlotName::new(Place::Obs, name));
        }
        Ok(Reply::Table(data, table, written))
    }
}

/// A column for each key, and the table.
fn indices(
    rep: &Value,
    groups: &[Arc<Groups>],
    keys: &[String],
    perplexity: f64,
    (origin, ticker): (&Origin, &Ticker),
) -> Result<(Vec<Value>, Value), Fault> {
    let said = |text: String| Fault::Reported(Diagnostic::error(code::NOT_FINITE, text).at(origin));
    let rep = numeric(rep, origin)?;
    let params = knn::Params {
        n_neighbors: enough(rep.nrows(), perplexity, origin)?,
        ..knn::Params::default()
    };
    let found = knn::neighbors(rep.view(), &params, ticker).map_err(|error| match error {
        knn::Error::Stopped(stopped) => stopped.into(),
        error => said(error.to_string()),
    })?;
    let (neighbors, distances) = (
        found.indices.as_slice().expect("standard layout"),
        found.distances.as_slice().expect("standard layout"),
    );
    let k = found.indices.ncols();
    let mut values = Vec::new();
    let mut rows: [Vec<f64>; 3] = Default::default();
    for groups in groups {
        let codes = &groups.codes;
        let index =
            lisi(neighbors, distances, k, codes, perplexity, ticker).map_err(
                |error| match error {
                    LisiError::Stopped(stopped) => stopped.into(),
                    error => said(error.to_string()),
                },
            )?;
        let index: Vec<f64> = index.into_iter().map(f64::from).collect();
        let row = [groups.levels.len() as f64, mean(&index), median(&index)];
        rows.iter_mut()
            .zip(row)
            .for_each(|(column, x)| column.push(x));
        let column = Column::numbers(index, NumberType::F32);
        values.push(Value::Column(Arc::new(column)));
    }
    Ok((values, Value::of(table(keys, rows))))
}

/// Neighbors for a perplexity, the cell itself counted.
fn enough(cells: usize, perplexity: f64, origin: &Origin) -> Result<usize, Fault> {
    let wanted = (3.0 * perplexity).ceil() as usize;
    if cells < wanted {
        return Err(Fault::Reported(
            Diagnostic::error(
                code::TOO_FEW,
                format!(
                    "{} cells are too few for a perplexity of {perplexity}",
                    cells
                ),
            )
            .at(origin)
            .help(format!("perplexity={} or less", cells / 3)),
        ));
    }
    Ok(wanted)
}

fn table(keys: &[String], [levels, means, medians]: [Vec<f64>; 3]) -> Table {
    Table::new()
        .with("column", Column::Text(keys.iter().collect()))
        .with("levels", Column::numbers(levels, NumberType::I64))
        .with("mean", Column::numbers(means, NumberType::F64))
        .with("median", Column::numbers(medians, NumberType::F64))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n => (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0,
    }
}
