//! Means and shares of genes in groups of cells: what dot plots and matrix plots show.

use crate::command::Scene;
use crate::commands::inputs::gene_values::{GeneValues, label_of};
use crate::commands::inputs::groups::groups_unnoted;
use crate::commands::inputs::joined_groups::joined_groups;
use crate::commands::passes::gene_sums::group_sums;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::drawn_genes::Source;
use crate::commands::plotting::genes_by_group::{
    Gathered, GatheredValues, GenesByGroup, standardize,
};
use crate::commands::plotting::smoothed_genes::genes_noted;
use crate::data::Dataset;
use crate::data::figure::{Grid, Groups};
use crate::diagnostic::Outcome;
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::plan::Promised;
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

impl Standard {
    /// Within what values run from 0 to 1.
    pub fn within(self) -> &'static str {
        match self {
            Standard::Var => "gene",
            Standard::Group => "group",
        }
    }
}

/// Means and shares of some genes in each group, groups × genes by row.
pub struct GroupMeans {
    pub grid: Grid,
    /// The groups in the order drawn, with their colors.
    pub groups: Groups,
    pub means: Vec<f32>,
    /// Share of cells with a value above zero.
    pub fractions: Vec<f32>,
}

/// Promises rows, genes and moments of genes by group; [`group_means`] reads them.
pub fn promise(
    scene: &Scene,
    data: &Dataset,
    shown: &GenesByGroup,
    values: &GeneValues,
    palette: Option<&GroupColors>,
) -> Outcome<Gathered<Promised<GroupSums>>> {
    let input = values.logs(scene, data)?;
    let drawn = shown.promise(scene, &input.data, palette)?;
    // The rows say which cells are not drawn.
    let (joined, by) = joined_groups(scene, data, &shown.by.texts())?;
    let groups = groups_unnoted(scene, &joined, &by)?;
    let sums = group_sums(scene, &drawn.data, &input.matrix, Of::Value, Some(groups));
    let state = input.matrix.state;
    let named = (&drawn.names, sums.clone());
    let genes = genes_noted(scene, state, drawn.genes, named, |sums| {
        let shares = sums.all().fractions_nonzero();
        shares.into_iter().map(|share| share == 0.0).collect()
    });
    Ok(Gathered {
        needs: (drawn.rows, genes, drawn.names, sums),
        label: label_of(state),
    })
}

/// From the values of [`promise`]: groups and genes in the order drawn.
pub fn group_means(
    (rows, genes, found, sums): GatheredValues<Arc<GroupSums>>,
    standard: Option<Standard>,
) -> GroupMeans {
    let (mut means, mut fractions) = (Vec::new(), Vec::new());
    let groups = sums.each_group();
    for (row, &group) in rows.order.iter().enumerate() {
        let (mean, share) = (groups[group].means(), groups[group].fractions_nonzero());
        for source in genes.sources(&found) {
            let (mean, share) = match source {
                Source::Gene(at) => (mean[at] as f32, share[at] as f32),
                Source::Column(column) => of_group(column, &rows.groups.codes, row as i32),
            };
            means.push(mean);
            fractions.push(share);
        }
    }
    if let Some(standard) = standard {
        standardize(&mut means, genes.names.len(), standard == Standard::Var);
    }
    let mut grid = Grid::new(rows.groups.levels.clone(), genes.names.clone());
    grid.brackets = genes.brackets.clone();
    grid.tree = rows.tree.clone();
    GroupMeans {
        grid,
        groups: rows.groups.clone(),
        means,
        fractions,
    }
}

/// The mean of a column in a group, and the share of its cells above zero; cells without a number have
/// no part in the mean.
fn of_group(column: &[f32], codes: &[i32], group: i32) -> (f32, f32) {
    let (mut cells, mut numbers, mut above, mut sum) = (0_u32, 0_u32, 0_u32, 0.0);
    for (&value, _) in column.iter().zip(codes).filter(|(_, code)| **code == group) {
        cells += 1;
        if !value.is_nan() {
            numbers += 1;
            sum += f64::from(value);
            above += u32::from(value > 0.0);
        }
    }
    let share = f64::from(above) / f64::from(cells.max(1));
    ((sum / f64::from(numbers)) as f32, share as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_means_and_shares_in_groups() {
        let column = [1.0, f32::NAN, 3.0, -4.0, 8.0];
        let codes = [0, 0, 0, 1, -1];
        assert_eq!(of_group(&column, &codes, 0), (2.0, 2.0 / 3.0));
        assert_eq!(of_group(&column, &codes, 1), (-4.0, 0.0));
    }
}
