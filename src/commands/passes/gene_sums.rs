//! Sums over cells that many commands begin with: moments of each gene, by groups of cells or of
//! all, and the counts of each cell.

use crate::command::Scene;
use crate::commands::inputs::groups::Groups;
use crate::data::{Dataset, Lazy, Matrix, Promise, RowsView, Uns, Value};
use crate::kernels::methods::normalize::Totals;
use crate::kernels::stats::sums::{GeneSums, GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{AnyOrder, Fold, Folding};
use std::sync::Arc;

/// Moments of each gene in each batch or group of cells, as a [`GroupSums`].
pub fn group_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    of: Of,
    batches: Option<Lazy>,
) -> Lazy {
    let needs = batches.into_iter().collect();
    let mut values = scene.fold(
        scene.view(data, matrix),
        needs,
        &[Promise::Unknown],
        move |extent, needs| {
            let groups = needs.first().and_then(|value| value.inner::<Groups>());
            let n_groups = groups.as_ref().map_or(1, |groups| groups.levels.len());
            let codes = groups.map(|groups| groups.codes.clone());
            Ok(Box::new(AnyOrder(Folding {
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
                partial_bytes: (extent.genes * n_groups) as u64 * 64,
            })) as Box<dyn Fold>)
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
            Ok(Box::new(AnyOrder(Folding {
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
            })) as Box<dyn Fold>)
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
pub fn base_of(data: &Dataset, matrix: &Matrix) -> f64 {
    matrix.log_base.unwrap_or_else(|| log_base(data))
}

/// Base of the logarithm that X has gone through; e where nothing is said.
pub fn log_base(data: &Dataset) -> f64 {
    let log1p = data
        .uns
        .get("log1p")
        .and_then(|slot| slot.value.get()?.uns().cloned());
    match log1p.as_ref().and_then(|uns| uns.get("base")) {
        Some(Uns::Number(base)) => *base,
        _ => std::f64::consts::E,
    }
}
