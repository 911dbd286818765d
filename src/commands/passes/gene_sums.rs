//! Sums over cells that many commands begin with: moments of each gene, by groups of cells or of
//! all, and the counts of each cell.

use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, fit};
use crate::data::{Dataset, Known, Lazy, Matrix, Promise, RowsView, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::methods::normalize::Totals;
use crate::kernels::stats::sums::{GeneSums, GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::Folding;
use std::f64::consts::E;
use std::sync::Arc;

/// Bytes of the moments of a gene in a group.
const MOMENTS: usize = 64;

/// Moments of each gene in each batch or group of cells, as a [`GroupSums`].
pub fn group_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    of: Of,
    batches: Option<Lazy>,
) -> Lazy {
    let needs = batches.into_iter().collect();
    let memory = scene.settings.memory;
    let mut values = scene.fold(
        scene.view(data, matrix),
        needs,
        &[Promise::Unknown],
        move |extent, needs| {
            let groups = needs.first().and_then(|value| value.inner::<Groups>());
            let n_groups = groups.as_ref().map_or(1, |groups| groups.levels.len());
            // Those of one thread, and what they are merged into.
            fit(n_groups, 2 * MOMENTS * extent.genes, memory)?;
            let codes = groups.map(|groups| groups.codes.clone());
            Ok(Folding {
                new: move || match &codes {
                    Some(codes) => GroupSums::by_group(extent.genes, of, codes.clone(), n_groups),
                    None => GroupSums::all_cells(extent.genes, of),
                },
                add: |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                    sums.add(rows, cells);
                    Ok(())
                },
                merge: GroupSums::merge,
                finish: |sums: GroupSums, _: &Ticker| Ok(vec![Value::Inner(Arc::new(sums))]),
                partial_bytes: (extent.genes * n_groups * MOMENTS) as u64,
            }
            .exact())
        },
    );
    values.remove(0)
}

/// Counts of each cell.
pub fn totals(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Lazy {
    let mut values = scene.fold(
        scene.view(data, matrix),
        Vec::new(),
        &[Promise::Unknown],
        |_, _| {
            Ok(Folding {
                new: || Totals::new(None),
                add: |totals: &mut Totals, rows: RowsView, cells: &[u32], _: &Ticker| {
                    totals.add(rows, cells);
                    Ok(())
                },
                merge: Totals::merge,
                finish: |totals: Totals, _: &Ticker| {
                    Ok(vec![Value::Numbers(Arc::new(totals.finish()))])
                },
                partial_bytes: 16 * 1024,
            }
            .exact())
        },
    );
    values.remove(0)
}

/// The moments of each batch, from the value of [`group_sums`].
pub fn batch_sums(value: &Value) -> Vec<GeneSums> {
    value
        .inner::<GroupSums>()
        .map(|sums| sums.each_group())
        .unwrap_or_default()
}

/// Base of the logarithm that a matrix has gone through: its own record, else that of X.
///
/// # Errors
/// As [`log_base`].
pub fn base_of(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Outcome<f64> {
    match matrix.log_base {
        Some(base) => Ok(base),
        None => log_base(scene, data),
    }
}

/// Base of the logarithm that X has gone through; e where nothing is said.
///
/// # Errors
/// The record of it is promised by a step, or its base is none.
pub fn log_base(scene: &Scene, data: &Dataset) -> Outcome<f64> {
    let wrong = |headline: &str, help: &str| {
        Diagnostic::error("E301", headline)
            .label(scene.args.span, "needs the base of the logarithm")
            .help(help)
            .in_source(scene.source)
    };
    let record = match scene.known_record(data, "log1p")? {
        Known::Value(record) => record,
        Known::Absent => return Ok(E),
        Known::Promised => {
            let help = "run `compute` on the dataset first";
            return Err(wrong("uns.log1p is not computed yet", help));
        }
    };
    let base = match record.get("base") {
        Some(Uns::Number(base)) => *base,
        Some(Uns::Whole(base)) => *base as f64,
        Some(Uns::Array(base)) if base.len() == 1 => base.sum(),
        Some(Uns::Array32(base)) if base.len() == 1 => f64::from(base.sum()),
        Some(Uns::Wholes(base)) if base.len() == 1 => base[0] as f64,
        _ => return Ok(E),
    };
    match base > 0.0 && base.is_finite() && base != 1.0 {
        true => Ok(base),
        false => {
            let headline = format!("uns.log1p gives {base} as the base of the logarithm");
            Err(wrong(&headline, "adata.uns.log1p = {base: 2} corrects it"))
        }
    }
}
