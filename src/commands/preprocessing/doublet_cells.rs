//! What `scrublet` compares cells by: in each batch, cells and genes that are seen often enough,
//! and the counts of the genes that vary among them. Four passes, whatever the number of batches.

use crate::command::Scene;
use crate::commands::inputs::groups::Groups;
use crate::commands::passes::gene_sums::group_sums;
use crate::data::{Dataset, Matrix, Rows, RowsView, Selection};
use crate::kernels::methods::normalize::{divide, size_factors};
use crate::kernels::methods::scrublet::variable_genes;
use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::stats::sums::{GroupSums, NO_GROUP, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{Folding, Private, Promised, View};
use std::sync::Arc;

/// Cells a gene must be seen in, and genes a cell must have, to take part.
const LEAST: u32 = 3;

/// The cells of a batch that take part.
pub struct Batch {
    /// Their positions among all cells, ascending.
    pub cells: Vec<u32>,
    /// Their counts of the batch's variable genes, cells × genes.
    pub counts: Rows,
    /// What their counts are divided by, to have a common total.
    pub factors: Vec<f64>,
}

/// All batches in the order of their levels, and how many cells the dataset has.
pub struct Batches {
    pub n_cells: usize,
    pub batches: Vec<Batch>,
}

/// The cells that take part: the batch of each, and what its counts are divided by.
struct Seen {
    codes: Arc<[u32]>,
    factors: Vec<f64>,
    n_batches: usize,
}

/// The cells of each group; without `groups`, all cells are one batch.
pub fn batches(
    scene: &Scene,
    data: &Dataset,
    counts: &Matrix,
    groups: Option<Promised<Groups>>,
) -> Promised<Batches> {
    let sums = group_sums(scene, data, counts, Of::Value, groups.clone());
    let seen = seen_cells(scene, data, counts, sums.clone(), groups);
    let normalized = normalized_sums(scene, data, counts, seen.clone());
    let genes = chosen_genes(scene, sums, normalized);
    gathered(scene, data, counts, seen, genes)
}

/// One flag per gene and batch: seen in enough of its cells.
fn seen_genes(sums: &GroupSums) -> Vec<Vec<bool>> {
    let seen = |n: &u32| *n >= LEAST;
    let groups = sums.each_group();
    groups
        .iter()
        .map(|group| group.n_nonzero.iter().map(seen).collect())
        .collect()
}

fn seen_cells(
    scene: &Scene,
    data: &Dataset,
    counts: &Matrix,
    sums: Promised<GroupSums>,
    groups: Option<Promised<Groups>>,
) -> Promised<Seen> {
    let view = scene.view(data, counts);
    scene.fold(
        view,
        (sums, groups),
        Private::new(),
        |extent, (sums, groups)| {
            let genes = Arc::new(seen_genes(&sums));
            let codes: Arc<[u32]> = match groups {
                Some(groups) => groups.codes.clone(),
                None => vec![0; extent.cells].into(),
            };
            let of_finish = codes.clone();
            let n_batches = genes.len();
            Ok(Folding {
                new: || PerCell::new(2),
                add: move |found: &mut PerCell, rows: RowsView, cells: &[u32], _: &Ticker| {
                    for (row, &cell) in rows.outer_iterator().zip(cells) {
                        let flags = genes.get(codes[cell as usize] as usize);
                        let (mut n, mut total) = (0u32, 0.0);
                        for (gene, &x) in row.iter() {
                            if flags.is_some_and(|flags| flags[gene]) {
                                n += u32::from(x > 0.0);
                                total += f64::from(x);
                            }
                        }
                        found.push(cell, [f64::from(n), total]);
                    }
                    Ok(())
                },
                merge: PerCell::merge,
                finish: move |found: PerCell, _: &Ticker| {
                    Ok(Seen::new(&found.finish(), &of_finish, n_batches))
                },
                partial_bytes: 24 * 1024,
            }
            .exact())
        },
    )
}

impl Seen {
    /// `found`: genes and counts of each cell.
    fn new(found: &[Vec<f64>], codes: &[u32], n_batches: usize) -> Self {
        let enough = |cell: usize| found[0][cell] >= f64::from(LEAST);
        let kept = |(cell, &code): (usize, &u32)| if enough(cell) { code } else { NO_GROUP };
        let codes: Arc<[u32]> = codes.iter().enumerate().map(kept).collect();
        let mut factors = vec![0.0; codes.len()];
        for batch in 0..n_batches as u32 {
            let cells: Vec<usize> = (0..codes.len())
                .filter(|&cell| codes[cell] == batch)
                .collect();
            let totals: Vec<f64> = cells.iter().map(|&cell| found[1][cell]).collect();
            for (cell, factor) in cells.iter().zip(size_factors(&totals, None).factors) {
                factors[*cell] = factor;
            }
        }
        Seen {
            codes,
            factors,
            n_batches,
        }
    }
}

/// Moments of normalized counts in each batch.
fn normalized_sums(
    scene: &Scene,
    data: &Dataset,
    counts: &Matrix,
    seen: Promised<Seen>,
) -> Promised<GroupSums> {
    let view = scene.view(data, counts);
    scene.fold(view, seen, Private::new(), |extent, seen| {
        let (codes, n_batches) = (seen.codes.clone(), seen.n_batches);
        Ok(Folding {
            new: move || GroupSums::by_group(extent.genes, Of::Value, codes.clone(), n_batches),
            add: move |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                let mut rows = rows.to_owned();
                divide(&mut rows, cells, &seen.factors);
                sums.add(rows.view(), cells);
                Ok(())
            },
            merge: GroupSums::merge,
            finish: |sums: GroupSums, _: &Ticker| Ok(sums),
            partial_bytes: (extent.genes * n_batches) as u64 * 64,
        }
        .exact())
    })
}

/// Genes that vary in any batch, and those of each batch.
type Chosen = (Promised<Selection>, Promised<Vec<Vec<u32>>>);

fn chosen_genes(
    scene: &Scene,
    sums: Promised<GroupSums>,
    normalized: Promised<GroupSums>,
) -> Chosen {
    let promises = (Private::new(), Private::new());
    scene.step((sums, normalized), promises, |(sums, normalized), _| {
        let of_batch: Vec<Vec<u32>> = seen_genes(&sums)
            .iter()
            .zip(normalized.each_group())
            .map(|(seen, sums)| variable_genes(seen, &sums))
            .collect();
        let mut any: Selection = of_batch.iter().flatten().copied().collect();
        any.sort_unstable();
        any.dedup();
        Ok((any, of_batch))
    })
}

/// Rows of one batch as they come.
#[derive(Default)]
struct Gathered {
    cells: Vec<u32>,
    /// Where each row ends.
    ends: Vec<usize>,
    genes: Vec<u32>,
    values: Vec<f32>,
}

fn gathered(
    scene: &Scene,
    data: &Dataset,
    counts: &Matrix,
    seen: Promised<Seen>,
    chosen: Chosen,
) -> Promised<Batches> {
    let genes = data.genes.select(chosen.0.lazy().clone());
    let view = View::new(counts, &data.cells, &genes);
    scene.fold(
        view,
        (seen, chosen),
        Private::new(),
        |extent, (seen, (any, of_batch))| {
            let places: Vec<Vec<Option<u32>>> =
                of_batch.iter().map(|of| places(&any, of)).collect();
            let n_batches = seen.n_batches;
            let n_genes: Vec<usize> = of_batch.iter().map(Vec::len).collect();
            let of_finish = seen.clone();
            Ok(Folding {
                new: move || (0..n_batches).map(|_| Gathered::default()).collect(),
                add: move |all: &mut Vec<Gathered>, rows: RowsView, cells: &[u32], _: &Ticker| {
                    for (row, &cell) in rows.outer_iterator().zip(cells) {
                        let batch = seen.codes[cell as usize];
                        if batch != NO_GROUP {
                            let places = &places[batch as usize];
                            let placed = |(gene, &x): (usize, &f32)| Some((places[gene]?, x));
                            all[batch as usize].push(cell, row.iter().filter_map(placed));
                        }
                    }
                    Ok(())
                },
                merge: |into: &mut Vec<Gathered>, next: Vec<Gathered>| {
                    into.iter_mut().zip(next).for_each(|(a, b)| a.append(b));
                },
                finish: move |all: Vec<Gathered>, _: &Ticker| {
                    let batches = all.into_iter().zip(&n_genes);
                    Ok(Batches {
                        n_cells: extent.cells,
                        batches: batches
                            .map(|(rows, &n)| rows.finish(n, &of_finish.factors))
                            .collect(),
                    })
                },
                partial_bytes: 4 << 20,
            }
            .here())
        },
    )
}

/// For each of the genes `any`, its place among those of a batch.
fn places(any: &[u32], of_batch: &[u32]) -> Vec<Option<u32>> {
    let place = |gene| of_batch.binary_search(gene).ok().map(|at| at as u32);
    any.iter().map(place).collect()
}

impl Gathered {
    fn push(&mut self, cell: u32, row: impl Iterator<Item = (u32, f32)>) {
        self.cells.push(cell);
        for (gene, x) in row {
            self.genes.push(gene);
            self.values.push(x);
        }
        self.ends.push(self.genes.len());
    }

    fn append(&mut self, next: Gathered) {
        let before = self.genes.len();
        self.cells.extend(next.cells);
        self.ends.extend(next.ends.iter().map(|end| before + end));
        self.genes.extend(next.genes);
        self.values.extend(next.values);
    }

    fn finish(self, n_genes: usize, factors: &[f64]) -> Batch {
        let mut starts = vec![0];
        starts.extend(self.ends);
        let shape = (self.cells.len(), n_genes);
        Batch {
            factors: self.cells.iter().map(|&c| factors[c as usize]).collect(),
            cells: self.cells,
            counts: Rows::new(shape, starts, self.genes, self.values),
        }
    }
}
