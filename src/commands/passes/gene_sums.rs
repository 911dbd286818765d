//! Sums over cells that many commands begin with: moments of each gene, by groups of cells or of
//! all, and the counts of each cell.

use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, fit};
use crate::commands::passes::panels;
use crate::data::{Dataset, Known, Matrix, RowsView, Uns};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::normalize::Totals;
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{After, Folding, Private, Promised};
use std::f64::consts::E;

/// Bytes of the moments of a gene in a group.
const MOMENTS: usize = 64;

/// What to do where the number of groups was not known when their sums were planned.
const COMPUTE_FIRST: &str = "how many groups there are was not known before: `compute` the dataset with \
    the column first, then repeat the statement, which takes less memory";

/// Moments of each gene in each batch or group of cells.
pub fn group_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    of: Of,
    batches: Option<Promised<Groups>>,
) -> Promised<GroupSums> {
    let memory = scene.settings.memory;
    scene.fold(
        scene.view(data, matrix),
        batches,
        Private::new(),
        move |extent, groups| {
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
                finish: |sums: GroupSums, _: &Ticker| Ok(sums),
                partial_bytes: (extent.genes * n_groups * MOMENTS) as u64,
            }
            .exact())
        },
    )
}

/// What `finish` makes of the sums of some genes, genes after genes: with many groups the sums of all
/// genes do not fit, and what is kept of them may be a tenth as large. `kept` bytes of every gene in
/// every group; `n_groups` as far as that is known, in which case no range is too large.
pub fn by_ranges<T: Send + Sync + 'static>(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, n_groups, kept): (&Promised<Groups>, usize, usize),
    finish: impl Fn(&GroupSums) -> T + Clone + Send + Sync + 'static,
) -> Vec<Promised<T>> {
    let memory = scene.settings.memory;
    let n_genes = data.genes.at_most().max(1);
    let bytes = 2 * MOMENTS as u64 * n_groups as u64 * n_genes as u64;
    let n_ranges = bytes.div_ceil((memory / 4).max(1 << 20)) as usize;
    let n_ranges = n_ranges.clamp(1, n_genes);
    let views = match n_ranges {
        1 => vec![(scene.view(data, matrix), None)],
        _ => panels::views(scene, data, matrix, groups, (n_ranges, memory / 8)),
    };
    let mut ranges: Vec<Promised<T>> = Vec::new();
    for (view, copy) in views {
        // One after the other: otherwise they would share a pass, and memory.
        let before = (ranges.last().map(|range| range.lazy().clone()), copy);
        let needs = (groups.clone(), After(before));
        let finish = finish.clone();
        let made = scene.fold(view, needs, Private::new(), move |extent, (groups, ())| {
            let n_found = groups.levels.len();
            let fit = |bytes: usize| {
                fit(n_found, bytes, memory).map_err(|error| match n_found {
                    // With their number known there would have been more ranges.
                    more if more > n_groups => error.help(COMPUTE_FIRST),
                    _ => error,
                })
            };
            fit(kept * extent.genes * n_ranges)?;
            fit(2 * MOMENTS * extent.genes)?;
            let n_groups = n_found;
            let (codes, finish) = (groups.codes.clone(), finish.clone());
            Ok(Folding {
                new: move || GroupSums::by_group(extent.genes, Of::Value, codes.clone(), n_groups),
                add: |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                    sums.add(rows, cells);
                    Ok(())
                },
                merge: GroupSums::merge,
                finish: move |sums: GroupSums, _: &Ticker| Ok(finish(&sums)),
                partial_bytes: (extent.genes * n_groups * MOMENTS) as u64,
            }
            .exact())
        });
        ranges.push(made);
    }
    ranges
}

/// Counts of each cell.
pub fn totals(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Promised<Vec<f64>> {
    scene.fold(scene.view(data, matrix), (), Private::new(), |_, ()| {
        Ok(Folding {
            new: || Totals::new(None),
            add: |totals: &mut Totals, rows: RowsView, cells: &[u32], _: &Ticker| {
                totals.add(rows, cells);
                Ok(())
            },
            merge: Totals::merge,
            finish: |totals: Totals, _: &Ticker| Ok(totals.finish()),
            partial_bytes: 16 * 1024,
        }
        .exact())
    })
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
        Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
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
        Some(Uns::Integer(base)) => *base as f64,
        Some(Uns::Array(base)) if base.len() == 1 => base.sum(),
        Some(Uns::Array32(base)) if base.len() == 1 => f64::from(base.sum()),
        Some(Uns::Steps(base)) if base.len() == 1 => base[0] as f64,
        _ => return Ok(E),
    };
    if base > 0.0 && base.is_finite() && base != 1.0 {
        Ok(base)
    } else {
        let headline = format!("uns.log1p gives {base} as the base of the logarithm");
        Err(wrong(&headline, "adata.uns.log1p = {base: 2} corrects it"))
    }
}
