//! Quality control: for every cell and every gene, how much was counted, and where. One pass
//! over blocks of counts; sums over genes are exact, so blocks of any size give the same bits.
//!
//! The quantities are those of McCarthy et al., Bioinformatics 2017 (scater), under scanpy's
//! names.

use std::sync::Arc;

use crate::kernels::RowsView;
use crate::kernels::stats::exact::{Counts, Totals};
use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};

/// Counts up to this are tallied instead of sorted.
const TALLIED: usize = 1 << 10;
const PARTS: usize = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct QcParams {
    /// For each n: which percentage of a cell's counts lies in its n most counted genes.
    /// Ascending. An n above the number of genes means all genes.
    pub percent_top: Vec<usize>,
    /// Named sets of genes, one flag per gene: mitochondrial, ribosomal …
    pub qc_vars: Vec<Vec<bool>>,
}

impl Default for QcParams {
    fn default() -> Self {
        Self {
            percent_top: vec![50, 100, 200, 500],
            qc_vars: Vec::new(),
        }
    }
}

/// Accumulates the metrics over blocks.
#[derive(Debug, Clone)]
pub struct Qc {
    params: Arc<QcParams>,
    n_genes: usize,
    /// Positions of the genes of each set, ascending.
    sets: Arc<[Vec<u32>]>,
    cells: PerCell,
    n_cells: u64,
    genes: Totals,
    top: TopCounts,
    /// Of the current cell.
    whole: Counts,
}

/// One value per cell, in cell order.
#[derive(Debug, Clone, PartialEq)]
pub struct CellMetrics {
    /// Genes with a count other than zero.
    pub n_genes_by_counts: Vec<f64>,
    pub total_counts: Vec<f64>,
    /// For each n of `percent_top`; NaN for a cell without counts.
    pub pct_counts_in_top: Vec<Vec<f64>>,
    /// For each set of `qc_vars`.
    pub total_counts_of: Vec<Vec<f64>>,
    /// For each set of `qc_vars`; NaN for a cell without counts.
    pub pct_counts_of: Vec<Vec<f64>>,
}

/// One value per gene.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneMetrics {
    /// Cells with a count other than zero.
    pub n_cells_by_counts: Vec<u32>,
    /// Over all cells; NaN without cells.
    pub mean_counts: Vec<f64>,
    pub pct_dropout_by_counts: Vec<f64>,
    pub total_counts: Vec<f64>,
}

impl Qc {
    pub fn new(n_genes: usize, params: Arc<QcParams>) -> Self {
        let n_columns = 2 + params.percent_top.len() + params.qc_vars.len();
        let members = |set: &Vec<bool>| {
            let genes = (0..).zip(set);
            genes
                .filter(|(_, in_set)| **in_set)
                .map(|(gene, _)| gene)
                .collect()
        };
        Self {
            sets: params.qc_vars.iter().map(members).collect(),
            params,
            n_genes,
            cells: PerCell::new(n_columns),
            n_cells: 0,
            genes: Totals::new(n_genes),
            top: TopCounts::default(),
            whole: Counts::default(),
        }
    }

    /// Adds a block: `cells[i]` is the position of row `i` among all cells.
    pub fn add(&mut self, rows: RowsView<'_>, cells: &[u32]) {
        for (row, &cell) in rows.outer_iterator().zip(cells) {
            self.add_cell(cell, row.indices(), row.data());
        }
    }

    fn add_cell(&mut self, cell: u32, genes: &[u32], counts: &[f32]) {
        let mut taken = std::mem::take(&mut self.whole);
        let whole = taken.take(counts).then_some(&taken);
        let (n_nonzero, total) = match whole {
            Some(whole) => {
                self.genes.add_counts(genes, whole);
                (whole.n_nonzero as usize, whole.total as f64)
            }
            None => {
                self.genes.add_row(genes, counts);
                let total = counts.iter().map(|&x| f64::from(x)).sum();
                (counts.iter().filter(|x| **x != 0.0).count(), total)
            }
        };
        let top = self.top.sums(counts, whole, &self.params.percent_top);
        self.whole = taken;
        let of_sets = self
            .sets
            .iter()
            .map(|set| sum_of(set, genes, counts))
            .collect::<Vec<_>>();
        self.n_cells += 1;
        let values = [n_nonzero as f64, total].into_iter();
        self.cells.push(cell, values.chain(top).chain(of_sets));
    }

    pub fn merge(&mut self, next: Self) {
        self.n_cells += next.n_cells;
        self.cells.merge(next.cells);
        self.genes.merge(next.genes);
    }

    pub fn finish(self) -> (CellMetrics, GeneMetrics) {
        let genes = self.gene_metrics();
        let mut columns = self.cells.finish().into_iter();
        let n_genes_by_counts = columns.next().unwrap_or_default();
        let total_counts = columns.next().unwrap_or_default();
        let percent = |part: &Vec<f64>| -> Vec<f64> {
            let pairs = part.iter().zip(&total_counts);
            pairs.map(|(part, total)| 100.0 * part / total).collect()
        };
        let n_top = self.params.percent_top.len();
        let top: Vec<_> = columns.by_ref().take(n_top).map(|c| percent(&c)).collect();
        let total_counts_of: Vec<_> = columns.collect();
        let cells = CellMetrics {
            pct_counts_in_top: top,
            pct_counts_of: total_counts_of.iter().map(percent).collect(),
            total_counts_of,
            n_genes_by_counts,
            total_counts,
        };
        (cells, genes)
    }

    fn gene_metrics(&self) -> GeneMetrics {
        let n_cells = self.n_cells as f64;
        let genes = (0..self.n_genes).map(|g| (self.genes.n_nonzero(g), self.genes.sum(g)));
        let (n_cells_by_counts, total_counts): (Vec<u32>, Vec<f64>) = genes.unzip();
        let dropout = |&seen: &u32| 100.0 * (1.0 - f64::from(seen) / n_cells);
        GeneMetrics {
            mean_counts: total_counts.iter().map(|total| total / n_cells).collect(),
            pct_dropout_by_counts: n_cells_by_counts.iter().map(dropout).collect(),
            n_cells_by_counts,
            total_counts,
        }
    }
}

/// Sum of the counts of some genes; both lists ascend. Genes of a set are often neighbors, so each
/// is looked for from the one before it on, in steps that double.
fn sum_of(set: &[u32], genes: &[u32], counts: &[f32]) -> f64 {
    let (mut sum, mut at) = (0.0, 0);
    for gene in set {
        let mut step = 1;
        while genes.get(at + step).is_some_and(|other| other < gene) {
            at += step;
            step *= 2;
        }
        let end = genes.len().min(at + step + 1);
        at += genes[at..end].partition_point(|other| other < gene);
        if genes.get(at) == Some(gene) {
            sum += f64::from(counts[at]);
        }
    }
    sum
}

/// Sums of the largest counts of a cell.
#[derive(Debug, Clone)]
struct TopCounts {
    /// How many genes have each count, in parts that take turns, so that equal counts in a row do not
    /// wait for each other; all zero between calls.
    tally: Box<[[u32; TALLIED]; PARTS]>,
    sorted: Vec<f32>,
}

impl Default for TopCounts {
    fn default() -> Self {
        Self {
            tally: Box::new([[0; TALLIED]; PARTS]),
            sorted: Vec::new(),
        }
    }
}

impl TopCounts {
    /// For each n of the ascending `ns`, the sum of the n largest of `values`, which are `whole` if
    /// they are counts.
    fn sums(&mut self, values: &[f32], whole: Option<&Counts>, ns: &[usize]) -> Vec<f64> {
        match whole {
            _ if ns.is_empty() => Vec::new(),
            Some(whole) if (whole.largest as usize) < TALLIED => self.tallied_sums(whole, ns),
            _ => self.sorted_sums(values, ns),
        }
    }

    fn tallied_sums(&mut self, whole: &Counts, ns: &[usize]) -> Vec<f64> {
        let (fours, rest) = whole.counts.as_chunks::<PARTS>();
        for four in fours {
            for (part, &count) in self.tally.iter_mut().zip(four) {
                part[count as usize & (TALLIED - 1)] += 1;
            }
        }
        for &count in rest {
            self.tally[0][count as usize & (TALLIED - 1)] += 1;
        }
        let (mut taken, mut sum) = (0usize, 0.0);
        let mut sums = Vec::with_capacity(ns.len());
        for count in (1..=whole.largest as usize).rev() {
            let parts = self.tally.iter_mut();
            let genes = parts
                .map(|part| std::mem::take(&mut part[count]))
                .sum::<u32>() as usize;
            while let Some(n) = ns.get(sums.len()).filter(|n| **n < taken + genes) {
                sums.push(sum + ((n - taken) * count) as f64);
            }
            taken += genes;
            sum += (genes * count) as f64;
        }
        self.tally.iter_mut().for_each(|part| part[0] = 0);
        sums.resize(ns.len(), sum);
        sums
    }

    fn sorted_sums(&mut self, counts: &[f32], ns: &[usize]) -> Vec<f64> {
        self.sorted.clear();
        self.sorted.extend_from_slice(counts);
        self.sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let (mut taken, mut sum) = (0, 0.0);
        let up_to = |&n: &usize| {
            let n = n.min(self.sorted.len());
            sum += self.sorted[taken..n]
                .iter()
                .copied()
                .map(f64::from)
                .sum::<f64>();
            taken = n;
            sum
        };
        ns.iter().map(up_to).collect()
    }
}

impl Transfer for Qc {
    fn pack(&self, to: &mut Packing) {
        to.number(self.n_cells);
        self.cells.pack(to);
        self.genes.pack(to);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        self.n_cells = from.number()?;
        self.cells.unpack(from)?;
        self.genes.unpack(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Rows;

    fn qc(rows: &Rows, params: QcParams) -> (CellMetrics, GeneMetrics) {
        let mut qc = Qc::new(rows.cols(), Arc::new(params));
        let cells: Vec<u32> = (0..rows.rows() as u32).collect();
        qc.add(rows.view(), &cells);
        qc.finish()
    }

    /// [3 0 1 6], [0 0 0 0], [0 2 0(stored) 0].
    fn rows() -> Rows {
        let counts = vec![3.0, 1.0, 6.0, 2.0, 0.0];
        Rows::new((3, 4), vec![0, 3, 3, 5], vec![0, 2, 3, 1, 2], counts)
    }

    fn params() -> QcParams {
        QcParams {
            percent_top: vec![1, 2, 50],
            qc_vars: vec![vec![true, true, false, false], vec![false; 4]],
        }
    }

    #[test]
    fn cells() {
        let (cells, _) = qc(&rows(), params());
        assert_eq!(cells.n_genes_by_counts, [3.0, 0.0, 1.0]);
        assert_eq!(cells.total_counts, [10.0, 0.0, 2.0]);
        assert_eq!(cells.total_counts_of, [[3.0, 0.0, 2.0], [0.0; 3]]);
        assert!(
            cells.total_counts_of[1]
                .iter()
                .all(|x| x.is_sign_positive())
        );
        let top = |i: usize, cell: usize| cells.pct_counts_in_top[i][cell];
        assert_eq!([top(0, 0), top(1, 0), top(2, 0)], [60.0, 90.0, 100.0]);
        assert_eq!(top(0, 2), 100.0);
        assert!(top(0, 1).is_nan() && cells.pct_counts_of[0][1].is_nan());
        assert_eq!(cells.pct_counts_of[0][0], 30.0);
    }

    #[test]
    fn genes() {
        let (_, genes) = qc(&rows(), params());
        assert_eq!(genes.n_cells_by_counts, [1, 1, 1, 1]);
        assert_eq!(genes.total_counts, [3.0, 2.0, 1.0, 6.0]);
        assert_eq!(genes.mean_counts[3], 2.0);
        assert_eq!(genes.pct_dropout_by_counts[0], 100.0 * (1.0 - 1.0 / 3.0));
    }

    #[test]
    fn sums_of_sets_are_those_of_their_genes() {
        let genes: Vec<u32> = (0..400).filter(|gene| gene * 7919 % 11 < 4).collect();
        let counts: Vec<f32> = genes.iter().map(|&gene| gene as f32 + 0.25).collect();
        let sets: [Vec<u32>; 6] = [
            vec![],
            vec![399],
            (0..400).collect(),
            (0..13).chain(200..213).collect(),
            (0..400).step_by(97).collect(),
            (390..600).collect(),
        ];
        for set in sets {
            let pairs = genes.iter().zip(&counts);
            let inside = pairs.filter(|(gene, _)| set.contains(gene));
            let expected = inside.fold(0.0, |sum, (_, &count)| sum + f64::from(count));
            assert_eq!(sum_of(&set, &genes, &counts), expected, "{set:?}");
            assert_eq!(sum_of(&set, &[], &[]), 0.0);
        }
    }

    #[test]
    fn tallying_and_sorting_agree() {
        let counts: Vec<f32> = (0..300).map(|i| (i * 7919 % 97) as f32).collect();
        let ns = [1, 3, 10, 299, 300, 1000];
        let mut top = TopCounts::default();
        let mut sums = |values: &[f32], ns: &[usize]| {
            let mut whole = Counts::default();
            let counts = whole.take(values);
            top.sums(values, counts.then_some(&whole), ns)
        };
        let tallied = sums(&counts, &ns);
        assert_eq!(tallied, TopCounts::default().sorted_sums(&counts, &ns));
        let with_half: Vec<f32> = counts.iter().copied().chain([0.5]).collect();
        assert_eq!(sums(&with_half, &[1, 400]), [96.0, tallied[5] + 0.5]);
        assert_eq!(sums(&counts, &ns), tallied);
        assert_eq!(sums(&[5000.0, f32::NAN], &[1]).len(), 1);
    }
}
