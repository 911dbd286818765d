//! Means of each gene in each group, of logarithms and of what they are logarithms of, from the
//! panel that a rank-sum test reads: a gene's values lie together, in the order of the cells, so
//! that plain sums do not depend on the blocks they came in.

use rayon::prelude::*;

use super::rank_sum::{Panel, Sizes};
use crate::kernels::methods::log1p::expm1;
use crate::kernels::ticker::{Stopped, Ticker};

/// Means over some cells, zeros included; one value per gene, NaN without cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Means {
    /// Of the values.
    pub logs: Vec<f64>,
    /// Of exp(x · `ln_base`) − 1.
    pub unlogged: Vec<f64>,
    /// Fraction of the cells with a value other than zero.
    pub fractions: Vec<f64>,
}

/// Sums of one gene.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    logs: f64,
    unlogged: f64,
    n_nonzero: u64,
}

/// The means of each group, and of all cells that are not in it (those of no group included).
pub fn means(
    panel: Panel<'_>,
    sizes: &Sizes,
    ln_base: f64,
    ticker: &Ticker,
) -> Result<(Vec<Means>, Vec<Means>), Stopped> {
    let n_genes = panel.indptr.len().saturating_sub(1);
    let genes: Vec<Vec<Sums>> = (0..n_genes)
        .into_par_iter()
        .map_init(Vec::new, |scratch, gene| {
            ticker.check()?;
            Ok(sums(panel, gene, sizes.groups.len(), ln_base, scratch))
        })
        .collect::<Result<_, Stopped>>()?;
    let totals: Vec<Sums> = genes.iter().map(|gene| total(gene)).collect();
    let n_all = sizes.groups.iter().sum::<u64>() + sizes.ungrouped;
    let of_group = |(group, &n_cells): (usize, &u64)| {
        let inside = genes.iter().map(|gene| gene[group]);
        let outside = genes
            .iter()
            .zip(&totals)
            .map(|(g, all)| all.without(g[group]));
        (
            Means::of(inside, n_cells),
            Means::of(outside, n_all - n_cells),
        )
    };
    Ok(sizes.groups.iter().enumerate().map(of_group).unzip())
}

/// Of one gene in each group; the last are the cells of no group.
fn sums(
    panel: Panel<'_>,
    gene: usize,
    n_groups: usize,
    ln_base: f64,
    unlogged: &mut Vec<f32>,
) -> Vec<Sums> {
    let entries = panel.indptr[gene]..panel.indptr[gene + 1];
    let (values, groups) = (&panel.values[entries.clone()], &panel.groups[entries]);
    unlogged.clear();
    unlogged.extend_from_slice(values);
    expm1(unlogged, ln_base);
    let mut sums = vec![Sums::default(); n_groups + 1];
    for ((&x, &undone), &group) in values.iter().zip(&*unlogged).zip(groups) {
        let sum = &mut sums[(group as usize).min(n_groups)];
        sum.logs += f64::from(x);
        sum.unlogged += f64::from(undone);
        sum.n_nonzero += u64::from(x != 0.0);
    }
    sums
}

fn total(gene: &[Sums]) -> Sums {
    let add = |a: Sums, b: &Sums| Sums {
        logs: a.logs + b.logs,
        unlogged: a.unlogged + b.unlogged,
        n_nonzero: a.n_nonzero + b.n_nonzero,
    };
    gene.iter().fold(Sums::default(), add)
}

impl Sums {
    /// What is left without `part`. Nothing is left of sums where no cell is left: differences
    /// of rounded sums need not vanish by themselves.
    fn without(self, part: Sums) -> Sums {
        match self.n_nonzero - part.n_nonzero {
            0 => Sums::default(),
            n_nonzero => Sums {
                logs: self.logs - part.logs,
                unlogged: self.unlogged - part.unlogged,
                n_nonzero,
            },
        }
    }
}

impl Means {
    fn of(genes: impl Iterator<Item = Sums>, n_cells: u64) -> Self {
        let n = n_cells as f64;
        let mut means = Means::default();
        for sums in genes {
            means.logs.push(sums.logs / n);
            means.unlogged.push(sums.unlogged / n);
            means.fractions.push(sums.n_nonzero as f64 / n);
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::stats::rank::rank_sum::NO_GROUP;

    #[test]
    fn groups_and_their_rests() {
        let ln = |x: f32| x.ln_1p();
        let panel = Panel {
            indptr: &[0, 3, 4, 4],
            values: &[ln(1.0), ln(3.0), ln(5.0), ln(7.0)],
            groups: &[0, 1, NO_GROUP, 0],
        };
        let sizes = Sizes {
            groups: vec![2, 1],
            ungrouped: 1,
        };
        let (inside, outside) = means(panel, &sizes, 1.0, &Ticker::new()).unwrap();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near(&inside[0].unlogged, &[0.5, 3.5, 0.0]));
        assert!(near(&inside[1].unlogged, &[3.0, 0.0, 0.0]));
        assert!(near(&outside[0].unlogged, &[4.0, 0.0, 0.0]));
        assert!(near(&outside[1].unlogged, &[2.0, 7.0 / 3.0, 0.0]));
        assert!(near(
            &inside[0].logs,
            &[2f64.ln() / 2.0, 8f64.ln() / 2.0, 0.0]
        ));
        assert_eq!(outside[0].logs[1], 0.0);
        assert_eq!(inside[0].fractions, [0.5, 0.5, 0.0]);
        assert_eq!(outside[1].fractions, [2.0 / 3.0, 1.0 / 3.0, 0.0]);
    }
}
