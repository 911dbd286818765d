//! Means and shares of genes in groups of cells: what dot plots and matrix plots show.

use super::groups::{Groups, groups};
use super::hvg::group_sums;
use super::picture::gene_list;
use crate::command::Scene;
use crate::command::params::GeneNames;
use crate::data::figure::Grid;
use crate::data::{Dataset, Keep, Lazy, Promise, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::sums::{GroupSums, Of};
use crate::words;
use std::sync::Arc;

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

/// Promises the moments of genes by group; [`group_means`] reads them.
pub fn promise(
    scene: &Scene,
    data: &Dataset,
    genes: &GeneNames,
    by: &str,
    layer: Option<&str>,
) -> Outcome<Vec<Lazy>> {
    let matrix = scene.matrix(data, layer)?;
    let groups = groups(scene, data, by)?;
    let wanted: Vec<String> = genes.names().cloned().collect();
    let origin = scene.origin();
    let keep = scene.one(
        vec![scene.gene_names(data)],
        Promise::Unknown,
        move |needs, _| {
            let names = needs[0].names().cloned().unwrap_or_default();
            let mut keep = Keep::new();
            for name in &wanted {
                match names.position(name) {
                    Some(at) if !keep.contains(&(at as u32)) => keep.push(at as u32),
                    Some(_) => {}
                    None => {
                        return Err(Diagnostic::error(
                            "E036",
                            format!("no gene `{name}` among the genes that are left"),
                        )
                        .at(&origin)
                        .into());
                    }
                }
            }
            Ok(Value::Keep(Arc::new(keep)))
        },
    );
    let mut some = data.clone();
    some.genes = data.genes.select(keep);
    let names = scene.gene_names(&some);
    let sums = group_sums(scene, &some, &matrix, Of::Value, Some(groups.clone()));
    Ok(vec![groups, names, sums])
}

/// From the values of [`promise`], in the order the genes were asked for.
pub fn group_means(values: &[Value], genes: &GeneNames, standard: Option<Standard>) -> GroupMeans {
    let (Some(groups), Some(found), Some(sums)) = (
        values[0].inner::<Groups>(),
        values[1].names(),
        values[2].inner::<GroupSums>(),
    ) else {
        unreachable!("inner values are of one type each");
    };
    let (names, brackets) = gene_list(&genes.0);
    let (mut means, mut fractions) = (Vec::new(), Vec::new());
    for group in sums.each_group() {
        let (mean, share) = (group.means(), group.fractions_nonzero());
        for name in names.iter() {
            let at = found.position(name);
            means.push(at.map_or(f32::NAN, |at| mean[at] as f32));
            fractions.push(at.map_or(0.0, |at| share[at] as f32));
        }
    }
    if let Some(standard) = standard {
        scale(&mut means, names.len(), standard);
    }
    let mut grid = Grid::new(groups.levels.clone(), Arc::new(names));
    grid.brackets = brackets;
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
