//! Counts of simulated cells: each cell draws its molecules from the profile of its type.
//!
//! A cell depends on `(seed, cell)` alone, so any cells can be made in any order, again and
//! again, and a matrix of any size needs no memory but the profiles. Molecules are drawn with
//! Walker's alias tables (Walker, ACM Trans. Math. Softw. 3, 253 (1977); Vose 1991).

use crate::kernels::Rows;
use crate::kernels::random::generators::Stream;
use crate::math;

/// What cells are made from.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub seed: u64,
    pub n_cells: usize,
    /// Weight of each gene, for each type and batch: `profiles[type][batch][gene]`.
    pub profiles: Vec<Vec<Vec<f64>>>,
    /// Share of cells of each type.
    pub shares: Vec<f64>,
    /// Genes of mitochondria, drawn apart with each cell's own share.
    pub mitochondrial: Vec<u32>,
    /// Median counts of a cell.
    pub depth: f64,
    /// Share of cells that are two in one.
    pub doublets: f64,
}

/// What is true of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    pub cell_type: usize,
    pub batch: usize,
    /// The second type of a doublet.
    pub doublet_with: Option<usize>,
    /// Share of mitochondrial counts that its molecules are drawn with.
    pub mitochondrial: f64,
    pub counts: usize,
}

/// Makes cells.
#[derive(Debug)]
pub struct Simulator {
    recipe: Recipe,
    tables: Vec<Vec<Alias>>,
    n_genes: usize,
}

impl Simulator {
    pub fn new(recipe: Recipe) -> Self {
        let tables = recipe
            .profiles
            .iter()
            .map(|batches| batches.iter().map(|weights| Alias::new(weights)).collect())
            .collect();
        let n_genes = recipe
            .profiles
            .first()
            .and_then(|batches| batches.first())
            .map_or(0, Vec::len);
        Simulator {
            recipe,
            tables,
            n_genes,
        }
    }

    pub fn n_cells(&self) -> usize {
        self.recipe.n_cells
    }

    pub fn n_genes(&self) -> usize {
        self.n_genes
    }

    /// What cell `cell` is.
    pub fn truth(&self, cell: usize) -> Truth {
        let mut draw = Stream::new(self.recipe.seed, 2 * cell as u64);
        let cell_type = pick(&self.recipe.shares, draw.uniform());
        let batch = draw.below(self.tables[cell_type].len() as u64) as usize;
        let is_doublet = draw.uniform() < self.recipe.doublets;
        let other = pick(&self.recipe.shares, draw.uniform());
        // Most cells are healthy; some are broken and hold little but mitochondria.
        let broken = draw.uniform() < 0.04;
        let mitochondrial = if broken {
            0.12 + 0.3 * draw.uniform()
        } else {
            0.01 + 0.04 * draw.uniform()
        };
        let depth = self.recipe.depth * math::exp(0.4 * draw.normal());
        let whole = if broken { depth * 0.3 } else { depth };
        Truth {
            cell_type,
            batch,
            doublet_with: is_doublet.then_some(other),
            mitochondrial,
            counts: (if is_doublet { whole * 1.7 } else { whole }).max(20.0) as usize,
        }
    }

    /// The counts of a range of cells, cells × genes.
    pub fn cells(&self, range: std::ops::Range<usize>) -> Rows {
        let mut tally = vec![0u32; self.n_genes];
        let mut indptr = vec![0];
        let (mut genes, mut counts) = (Vec::new(), Vec::new());
        for cell in range.clone() {
            let mut seen = self.molecules(cell, &mut tally);
            seen.sort_unstable();
            for gene in seen {
                genes.push(gene);
                counts.push(std::mem::take(&mut tally[gene as usize]) as f32);
            }
            indptr.push(genes.len());
        }
        Rows::new((range.len(), self.n_genes), indptr, genes, counts)
    }

    /// Tallies a cell's molecules; gives the genes that were seen.
    fn molecules(&self, cell: usize, tally: &mut [u32]) -> Vec<u32> {
        let truth = self.truth(cell);
        let mut draw = Stream::new(self.recipe.seed, 2 * cell as u64 + 1);
        let mut seen = Vec::new();
        let mitochondria = &self.recipe.mitochondrial;
        for _ in 0..truth.counts {
            let gene = if !mitochondria.is_empty() && draw.uniform() < truth.mitochondrial {
                mitochondria[draw.below(mitochondria.len() as u64) as usize]
            } else {
                let cell_type = match truth.doublet_with {
                    Some(other) if draw.uniform() < 0.5 => other,
                    _ => truth.cell_type,
                };
                self.tables[cell_type][truth.batch].draw(&mut draw)
            };
            if tally[gene as usize] == 0 {
                seen.push(gene);
            }
            tally[gene as usize] += 1;
        }
        seen
    }
}

/// The first place where the running sum of shares passes `at`.
fn pick(shares: &[f64], at: f64) -> usize {
    let total: f64 = shares.iter().sum();
    let mut sum = 0.0;
    for (i, share) in shares.iter().enumerate() {
        sum += share / total;
        if at < sum {
            return i;
        }
    }
    shares.len() - 1
}

/// Draws from a discrete distribution in constant time.
#[derive(Debug)]
struct Alias {
    keep: Vec<f64>,
    other: Vec<u32>,
}

impl Alias {
    fn new(weights: &[f64]) -> Self {
        let n = weights.len();
        let total: f64 = weights.iter().sum();
        let mut keep: Vec<f64> = weights.iter().map(|w| w * n as f64 / total).collect();
        let mut other: Vec<u32> = (0..n as u32).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| keep[i] < 1.0);
        while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
            small.pop();
            other[low] = high as u32;
            keep[high] -= 1.0 - keep[low];
            if keep[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Alias { keep, other }
    }

    fn draw(&self, draw: &mut Stream) -> u32 {
        let at = draw.below(self.keep.len() as u64) as usize;
        if draw.uniform() < self.keep[at] {
            at as u32
        } else {
            self.other[at]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulator() -> Simulator {
        Simulator::new(Recipe {
            seed: 3,
            n_cells: 100,
            profiles: vec![
                vec![vec![1.0, 3.0, 0.0, 0.0]],
                vec![vec![0.0, 0.0, 1.0, 0.0]],
            ],
            shares: vec![0.5, 0.5],
            mitochondrial: vec![3],
            depth: 500.0,
            doublets: 0.0,
        })
    }

    #[test]
    fn a_cell_is_the_same_in_any_range() {
        let simulator = simulator();
        let all = simulator.cells(0..100);
        let part = simulator.cells(40..60);
        assert_eq!(all.slice_outer(40..60).to_dense(), part.to_dense());
    }

    #[test]
    fn cells_follow_their_types_profile() {
        let simulator = simulator();
        let cells = simulator.cells(0..100).to_dense();
        for (cell, counts) in cells.outer_iter().enumerate() {
            let truth = simulator.truth(cell);
            assert_eq!(counts.sum() as usize, truth.counts);
            if truth.cell_type == 1 {
                assert_eq!(counts[0] + counts[1], 0.0);
            } else {
                let share = counts[1] / (counts[0] + counts[1]);
                assert!((share - 0.75).abs() < 0.25, "{share}");
            }
        }
    }

    #[test]
    fn alias_tables_keep_the_weights() {
        let alias = Alias::new(&[1.0, 0.0, 3.0]);
        let mut draw = Stream::new(0, 0);
        let mut tally = [0; 3];
        (0..40_000).for_each(|_| tally[alias.draw(&mut draw) as usize] += 1);
        assert_eq!(tally[1], 0);
        assert!((f64::from(tally[2]) / 40_000.0 - 0.75).abs() < 0.01);
    }
}
