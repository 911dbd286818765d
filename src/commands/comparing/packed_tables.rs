//! Groups × genes for more groups than a dense table in memory can hold: rows without their
//! zeros, packed, some genes after others.
//!
//! A group of few cells has few of the genes. What is kept is counted as it is made, so that tables that
//! do not fit even so are refused before they are complete.

use super::combined::no_group;
use super::group_numbers::{Func, numbers_of};
use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, fit};
use crate::commands::inputs::memory::at_most_half;
use crate::commands::passes::gene_sums::{MOMENTS, n_ranges, range_fold};
use crate::commands::passes::panels;
use crate::data::matrix::Apply;
use crate::data::{Blocks, Dataset, Lazy, Matrix, NumberType, RowStep, Rows, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io::packed::{Packed, PackedBlocks, Pile};
use crate::kernels::stats::sums::GroupSums;
use crate::plan::{After, Fault, Private, Promised};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Groups that are packed together.
const GRAIN: usize = 256;

/// Some genes of all groups, for each function.
pub struct PackedRange {
    n_genes: usize,
    tables: Vec<PackedBlocks>,
    /// Bytes of all ranges up to this one.
    bytes: u64,
}

/// The tables of all ranges of genes.
type Ranges = Vec<Promised<Vec<PackedRange>>>;

/// Promises the tables, one range after the other: of `n_groups` groups at most.
pub fn packed_ranges(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, n_groups): (&Promised<Groups>, usize),
    funcs: &[Func],
) -> Ranges {
    let memory = scene.settings.memory;
    let n = n_ranges(n_groups, data.genes.at_most(), memory);
    let mut ranges = Ranges::new();
    for (view, copy) in panels::views(scene, data, matrix, groups, (n, memory / 8)) {
        let before = ranges.last().cloned();
        let needs = (groups.clone(), before, After(copy));
        let (funcs, origin) = (funcs.to_vec(), scene.origin());
        let made = scene.fold(view, needs, Private::new(), move |extent, needs| {
            let (groups, before, ()): (Arc<Groups>, Option<Arc<Vec<PackedRange>>>, ()) = needs;
            let bytes = before.and_then(|before| Some(before.first()?.bytes));
            if groups.levels.is_empty() {
                return Err(no_group(&origin).into());
            }
            fit(groups.levels.len(), 2 * MOMENTS * extent.genes, memory)?;
            let funcs = funcs.clone();
            Ok(range_fold(extent.genes, groups, move |sums| {
                packed(sums, &funcs, (bytes.unwrap_or_default(), memory))
            }))
        });
        let of_range = data.genes.at_most().div_ceil(n);
        scene.holds(&made, 2 * MOMENTS * n_groups * of_range, 0);
        ranges.push(made);
    }
    ranges
}

/// The tables of some genes; `before` bytes are taken by those of other genes.
fn packed(
    sums: &GroupSums,
    funcs: &[Func],
    (before, memory): (u64, u64),
) -> Result<PackedRange, Fault> {
    let pile = Pile::new(memory);
    let of_grain = |grain: usize| {
        let first = grain * GRAIN;
        let groups = first..sums.n_groups().min(first + GRAIN);
        let rows = rows_of(sums, groups, funcs)?;
        let packed = rows.iter().map(|rows| Ok(pile.add(rows)?));
        packed.collect::<Result<Vec<Packed>, Fault>>()
    };
    let all = (0..sums.n_groups().div_ceil(GRAIN)).into_par_iter();
    let all: Vec<Vec<Packed>> = all.map(of_grain).collect::<Result<_, Fault>>()?;
    let mut grains: Vec<Vec<Packed>> = funcs.iter().map(|_| Vec::new()).collect();
    for packed in all {
        let pairs = grains.iter_mut().zip(packed);
        pairs.for_each(|(grains, packed)| grains.push(packed));
    }
    let table = |grains| pile.source(grains, sums.n_genes(), NumberType::F32);
    let tables: Vec<PackedBlocks> = grains.into_iter().map(table).collect();
    let bytes = before + tables.iter().map(|table| table.sizes().0).sum::<u64>();
    let what = || format!("results of {} groups", sums.n_groups());
    let instead = "group by a column with fewer levels, keep fewer genes";
    at_most_half(bytes, memory, what, instead)?;
    Ok(PackedRange {
        n_genes: sums.n_genes(),
        tables,
        bytes,
    })
}

/// Some groups without their zeros, for each function.
fn rows_of(sums: &GroupSums, groups: Range<usize>, funcs: &[Func]) -> Outcome<Vec<Rows>> {
    let shape = (groups.len(), sums.n_genes());
    let none = || (vec![0], Vec::new(), Vec::new());
    let mut parts: Vec<(Vec<usize>, Vec<u32>, Vec<f32>)> = funcs.iter().map(|_| none()).collect();
    for group in groups {
        let sums = sums.group(group);
        for ((starts, genes, values), &func) in parts.iter_mut().zip(funcs) {
            for (gene, x) in (0..).zip(numbers_of(&sums, func)) {
                if x != 0.0 {
                    genes.push(gene);
                    values.push(single(x)?);
                }
            }
            starts.push(genes.len());
        }
    }
    let rows = |(starts, genes, values)| Rows::new(shape, starts, genes, values);
    Ok(parts.into_iter().map(rows).collect())
}

/// A number as f32, which holds whole numbers up to 2²⁴, and some of the larger ones.
fn single(x: f64) -> Outcome<f32> {
    let rounded = x as f32;
    if x.fract() != 0.0 || !x.is_finite() || f64::from(rounded) == x {
        return Ok(rounded);
    }
    let headline = format!("{x} has more digits than the results of so many groups are kept with");
    Err(Diagnostic::error(code::MEMORY, headline)
        .help("group by a column with fewer levels, or allow more memory: set memory=\"64 GB\""))
}

/// Fills rows with a function's packed numbers.
pub struct FillPacked {
    ranges: Vec<Lazy>,
    /// The function's place among those that were packed.
    place: usize,
}

impl FillPacked {
    pub fn new(ranges: &Ranges, place: usize) -> Self {
        let ranges = ranges.iter().map(|range| range.lazy().clone()).collect();
        FillPacked { ranges, place }
    }
}

impl RowStep for FillPacked {
    fn needs(&self) -> &[Lazy] {
        &self.ranges
    }

    fn prepare(&self, needs: &[Value], genes: &[u32]) -> Apply {
        let ranges = needs.iter().filter_map(Value::typed::<Vec<PackedRange>>);
        let ranges: Vec<_> = ranges.collect();
        let (place, genes) = (self.place, genes.to_vec());
        Box::new(move |rows, cells| {
            *rows = filled(&ranges, place, &genes, cells);
        })
    }
}

/// The rows of some groups, of those genes that are asked for.
fn filled(ranges: &[Arc<Vec<PackedRange>>], place: usize, asked: &[u32], groups: &[u32]) -> Rows {
    let mut of_group: Vec<Vec<(u32, f32)>> = vec![Vec::new(); groups.len()];
    let mut first = 0;
    for range in ranges.iter().flat_map(|ranges| ranges.iter()) {
        let end = first + range.n_genes as u32;
        let columns =
            asked.partition_point(|&gene| gene < first)..asked.partition_point(|&gene| gene < end);
        if !columns.is_empty() {
            let wanted = &asked[columns.clone()];
            add_range(&range.tables[place], groups, |row, gene, x| {
                if let Ok(at) = wanted.binary_search(&(first + gene)) {
                    of_group[row].push(((columns.start + at) as u32, x));
                }
            });
        }
        first = end;
    }
    let mut starts = vec![0];
    starts.extend(of_group.iter().scan(0, |end, row| {
        *end += row.len();
        Some(*end)
    }));
    let (genes, values) = of_group.into_iter().flatten().unzip();
    Rows::new((groups.len(), asked.len()), starts, genes, values)
}

/// Gives `add` the values of some groups, those of a grain together: row, gene, value.
fn add_range(table: &PackedBlocks, groups: &[u32], mut add: impl FnMut(usize, u32, f32)) {
    let mut row = 0;
    for together in groups.chunk_by(|a, b| *a as usize / GRAIN == *b as usize / GRAIN) {
        let start = together[0] as usize / GRAIN * GRAIN;
        let end = (start + GRAIN).min(table.n_cells());
        // In memory, where nothing can fail.
        if let Ok(grain) = table.read(start..end) {
            for (&group, row) in together.iter().zip(row..) {
                if let Some(values) = grain.outer_view(group as usize - start) {
                    values
                        .iter()
                        .for_each(|(gene, &x)| add(row, gene as u32, x));
                }
            }
        }
        row += together.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::stats::sums::Of;
    use ndarray::Array2;

    /// 900 cells in 600 groups × 7 genes, in two ranges, with rare values.
    fn dense() -> (Array2<f32>, Arc<[u32]>) {
        let values = Array2::from_shape_fn((900, 7), |(cell, gene)| {
            let x = (cell * 31 + gene * 17) % 23;
            if x < 6 { x as f32 / 2.0 } else { 0.0 }
        });
        (values, (0..900).map(|cell| cell * 7 % 600).collect())
    }

    fn sums(genes: Range<usize>) -> GroupSums {
        let (values, groups) = dense();
        let some = values.slice(ndarray::s![.., genes]).to_owned();
        let mut sums = GroupSums::by_group(some.ncols(), Of::Value, groups, 600);
        let cells: Vec<u32> = (0..900).collect();
        sums.add(Rows::csr_from_dense(some.view(), 0.0).view(), &cells);
        sums
    }

    #[test]
    fn rows_are_the_numbers_of_the_groups() {
        let funcs = [Func::Sum, Func::Mean, Func::CountNonzero];
        let mut ranges = Vec::new();
        for genes in [0..4, 4..7] {
            let before = ranges.last().map_or(0, |range: &PackedRange| range.bytes);
            ranges.push(packed(&sums(genes), &funcs, (before, 1 << 30)).unwrap());
        }
        let ranges = [Arc::new(ranges)];
        let (groups, genes) = ([3, 255, 256, 599], [1, 3, 4, 6]);
        for (place, &func) in funcs.iter().enumerate() {
            let rows = filled(&ranges, place, &genes, &groups).to_dense();
            let all = sums(0..7);
            for (row, &group) in rows.rows().into_iter().zip(&groups) {
                let numbers = numbers_of(&all.group(group as usize), func);
                let expected = genes.map(|gene: u32| numbers[gene as usize] as f32);
                assert_eq!(row.to_vec(), expected);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (memory, much) = (128 << 20, 64 << 20);
        let refused = packed(&sums(0..7), &[Func::Sum], (much, memory));
        assert!(refused.is_err_and(|fault| format!("{fault:?}").contains("more than half")));
        assert!(single(16_777_217.0).is_err() && single(16_777_218.0).is_ok());
        assert!(single(0.1).is_ok() && single(f64::NAN).is_ok_and(f32::is_nan));
    }
}
