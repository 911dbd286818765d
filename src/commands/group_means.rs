//! Means and shares of genes in groups of cells: what dot plots and matrix plots show.

use super::drawn_genes::{DrawnGenes, drawn_genes, positions};
use super::gene_values::Asked;
use super::group_rows::{GroupRows, group_rows};
use super::groups::groups;
use super::hvg::group_sums;
use crate::command::Scene;
use crate::data::figure::Grid;
use crate::data::{Dataset, Lazy, Value};
use crate::diagnostic::Outcome;
use crate::kernels::sums::{GroupSums, Of};
use crate::words;

words! {
    /// What is scaled to run from 0 to 1.
    Standard {
        /// each gene
        Var = "var",
        /// each group
        Group = "group",
    }
}

/// Means and shares of some genes in each group, groups × genes by row.
pub struct GroupMeans {
    pub grid: Grid,
    pub means: Vec<f32>,
    /// Share of cells with a value above zero.
    pub fractions: Vec<f32>,
}

/// Promises rows, genes and moments of genes by group; [`group_means`] reads them.
pub fn promise(scene: &Scene, data: &Dataset, asked: &Asked) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(data, asked.layer)?;
    let rows = group_rows(scene, data, asked.by, asked.groups, asked.dendrogram)?;
    let genes = drawn_genes(scene, data, asked.genes, asked.top, &rows)?;
    let keep = positions(scene, data, &genes);
    let groups = groups(scene, data, asked.by)?;
    let mut some = data.clone();
    some.genes = data.genes.select(keep);
    let names = scene.gene_names(&some);
    let sums = group_sums(scene, &some, &matrix, Of::Value, Some(groups));
    Ok(vec![rows, genes, names, sums])
}

/// From the values of [`promise`]: groups and genes in the order drawn.
pub fn group_means(values: &[Value], standard: Option<Standard>) -> GroupMeans {
    let (Some(rows), Some(genes), Some(found), Some(sums)) = (
        values[0].inner::<GroupRows>(),
        values[1].inner::<DrawnGenes>(),
        values[2].names(),
        values[3].inner::<GroupSums>(),
    ) else {
        unreachable!("inner values are of one type each");
    };
    let (mut means, mut fractions) = (Vec::new(), Vec::new());
    let groups = sums.each_group();
    for group in rows.order.iter().map(|&group| &groups[group]) {
        let (mean, share) = (group.means(), group.fractions_nonzero());
        for name in genes.names.iter() {
            let at = found.position(name);
            means.push(at.map_or(f32::NAN, |at| mean[at] as f32));
            fractions.push(at.map_or(0.0, |at| share[at] as f32));
        }
    }
    if let Some(standard) = standard {
        scale(&mut means, genes.names.len(), standard);
    }
    let mut grid = Grid::new(rows.groups.levels.clone(), genes.names.clone());
    grid.brackets = genes.brackets.clone();
    grid.tree = rows.tree.clone();
    GroupMeans {
        grid,
        means,
        fractions,
    }
}

/// Each gene (or group) to run from 0 to 1; what does not vary becomes 0.
fn scale(means: &mut [f32], n_genes: usize, standard: Standard) {
    let n_groups = means.len() / n_genes.max(1);
    let lines: Vec<Vec<usize>> = match standard {
        Standard::Var => (0..n_genes)
            .map(|gene| (0..n_groups).map(|group| group * n_genes + gene).collect())
            .collect(),
        Standard::Group => (0..n_groups)
            .map(|group| (group * n_genes..(group + 1) * n_genes).collect())
            .collect(),
    };
    for line in lines {
        let low = line.iter().map(|&i| means[i]).fold(f32::INFINITY, f32::min);
        let high = line
            .iter()
            .map(|&i| means[i])
            .fold(f32::NEG_INFINITY, f32::max);
        for i in line {
            means[i] = if high > low {
                (means[i] - low) / (high - low)
            } else {
                0.0
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_runs_from_zero_to_one() {
        let mut means = vec![1.0, 5.0, 3.0, 5.0];
        scale(&mut means, 2, Standard::Var);
        assert_eq!(means, [0.0, 0.0, 1.0, 0.0]);
        let mut means = vec![1.0, 5.0, 3.0, 5.0];
        scale(&mut means, 2, Standard::Group);
        assert_eq!(means, [0.0, 1.0, 0.0, 1.0]);
    }
}
