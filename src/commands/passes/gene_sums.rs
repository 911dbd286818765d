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
use crate::plan::{After, Fault, Fold, Folding, Private, Promised, panel_by_panel};
use std::f64::consts::E;
use std::sync::Arc;

/// Bytes of the moments of a gene in a group.
pub const MOMENTS: usize = 64;

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

/// A way out for tables of groups that are not known when they are planned.
const KNOWN_FIRST: &str = "or run `compute` on the dataset first: results of many groups that are already known are stored without zeros";

/// What `finish` makes of the sums of some genes, genes after genes: with many groups the sums of all
/// genes do not fit, and what is kept of them may be a tenth as large. `kept` bytes of every gene in
/// every group; `n_groups` that there are at most, if that is known. If it is not, genes are cut into
/// ranges when it is.
pub fn by_ranges<T: Send + Sync + 'static>(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, n_groups, kept): (&Promised<Groups>, Option<usize>, usize),
    finish: impl Fn(&GroupSums) -> T + Clone + Send + Sync + 'static,
) -> Vec<Promised<Vec<T>>> {
    let memory = scene.settings.memory;
    let n_ranges = n_groups.map(|n| n_ranges(n, data.genes.at_most(), memory));
    let views = match n_ranges {
        None | Some(1) => vec![(scene.view(data, matrix), None)],
        Some(n) => panels::views(scene, data, matrix, groups, (n, memory / 8)),
    };
    let mut ranges: Vec<Promised<Vec<T>>> = Vec::new();
    for (view, copy) in views {
        // One after the other: otherwise they would share a pass, and memory.
        let before = (ranges.last().map(|range| range.lazy().clone()), copy);
        let needs = (groups.clone(), After(before));
        let finish = finish.clone();
        let made = scene.fold(view, needs, Private::new(), move |extent, (groups, ())| {
            let n_found = groups.levels.len();
            let kept = kept * extent.genes * n_ranges.unwrap_or(1);
            fit(n_found, kept, memory).map_err(|error| match (n_groups, &error.help) {
                (None, Some(help)) => {
                    let help = format!("{help}; {KNOWN_FIRST}");
                    error.help(help)
                }
                _ => error,
            })?;
            let n_parts = match n_ranges {
                None => self::n_ranges(n_found, extent.genes, memory),
                Some(_) => 1,
            };
            fit(
                n_found,
                2 * MOMENTS * extent.genes.div_ceil(n_parts),
                memory,
            )?;
            Ok(match n_parts {
                1 => {
                    let finish = finish.clone();
                    range_fold(extent.genes, groups, move |sums| Ok(finish(sums)))
                }
                n => parts_fold((extent.genes, n), memory / 8, groups, finish.clone()),
            })
        });
        if let (Some(n_groups), Some(n)) = (n_groups, n_ranges) {
            let pairs = n_groups * data.genes.at_most().div_ceil(n);
            scene.holds(&made, 2 * MOMENTS * pairs, kept * pairs);
        }
        ranges.push(made);
    }
    ranges
}

/// Ranges of genes whose sums take no more than a quarter of the memory, those of one thread
/// and what they are merged into.
pub fn n_ranges(n_groups: usize, n_genes: usize, memory: u64) -> usize {
    let bytes = 2 * MOMENTS as u64 * n_groups as u64 * n_genes as u64;
    let n = bytes.div_ceil((memory / 4).max(1 << 20)) as usize;
    n.clamp(1, n_genes.max(1))
}

/// The sums of all genes that are shown.
pub fn range_fold<T: Send + Sync + 'static>(
    n_genes: usize,
    groups: Arc<Groups>,
    finish: impl Fn(&GroupSums) -> Result<T, Fault> + Send + Sync + 'static,
) -> Box<dyn Fold<Vec<T>>> {
    let (codes, n_groups) = (groups.codes.clone(), groups.levels.len());
    Folding {
        new: move || GroupSums::by_group(n_genes, Of::Value, codes.clone(), n_groups),
        add: |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
            sums.add(rows, cells);
            Ok(())
        },
        merge: GroupSums::merge,
        finish: move |sums: GroupSums, _: &Ticker| Ok(vec![finish(&sums)?]),
        partial_bytes: (n_genes * n_groups * MOMENTS) as u64,
    }
    .exact()
}

/// The sums of some genes after those of others, from a copy.
fn parts_fold<T: Send + Sync + 'static>(
    genes_and_parts: (usize, usize),
    room: u64,
    groups: Arc<Groups>,
    finish: impl Fn(&GroupSums) -> T + Send + Sync + 'static,
) -> Box<dyn Fold<Vec<T>>> {
    panel_by_panel(genes_and_parts, room, move |panel, ticker| {
        let (codes, n_groups) = (groups.codes.clone(), groups.levels.len());
        let mut sums = GroupSums::by_group(panel.n_genes(), Of::Value, codes, n_groups);
        for ends in panel.grains()?.windows(2) {
            ticker.check()?;
            let cells: Vec<u32> = (ends[0] as u32..ends[1] as u32).collect();
            sums.add(panel.read(ends[0]..ends[1])?.view(), &cells);
        }
        Ok(finish(&sums))
    })
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
