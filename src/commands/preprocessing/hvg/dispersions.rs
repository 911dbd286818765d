//! Variability as dispersion within bins of means: the flavors seurat and cell_ranger.

use super::{Columns, Flavor, Hvg, fewer, numbers, promise, truths, whole_numbers};
use crate::command::Scene;
use crate::commands::inputs::groups::Groups;
use crate::commands::passes::gene_sums::{base_of, group_sums};
use crate::data::{Column, Dataset, Names, NumberType, Promise, Value};
use crate::diagnostic::Outcome;
use crate::kernels::methods::hvg::dispersion::{
    self, Cutoffs, DispersionParams, Dispersions, Flavor as Binning, Select,
};
use crate::kernels::stats::sums::Of;
use crate::math;
use crate::plan::Promised;
use std::sync::Arc;

impl Hvg {
    /// One pass for the moments, and bins of means.
    pub(super) fn by_dispersion(
        &self,
        scene: &Scene,
        data: &Dataset,
        batches: Option<Promised<Groups>>,
    ) -> Outcome<Columns> {
        let matrix = self.input_matrix(scene, data)?.matrix;
        let seurat = self.flavor == Flavor::Seurat;
        let (matrix, of) = match matrix.before_log() {
            Some(before) if seurat => (before, Of::Value),
            _ if seurat => {
                let ln_base = math::ln(base_of(scene, data, &matrix)?);
                (matrix, Of::Expm1 { ln_base })
            }
            _ => (matrix, Of::Value),
        };
        let params = DispersionParams {
            flavor: if seurat {
                Binning::Seurat
            } else {
                Binning::CellRanger
            },
            select: match &self.n {
                Some(n) => Select::Top(n.0),
                None => Select::Cutoffs(Cutoffs {
                    min_mean: self.min_mean.0,
                    max_mean: self.max_mean.0,
                    min_disp: self.min_disp.0,
                    max_disp: self.max_disp.as_ref().map_or(f64::INFINITY, |most| most.0),
                }),
            },
            n_bins: self.bins.0,
        };
        let most = self.n.as_ref().map_or(0, |n| n.0);
        let (batched, expressed) = (batches.is_some(), self.expressed.0);
        let sums = group_sums(scene, data, &matrix, of, batches);
        let mut names = NAMES.to_vec();
        if batched {
            names.extend(["highly_variable_nbatches", "highly_variable_intersection"]);
        }
        let promises: Vec<Promise> = names.iter().map(|name| promise(name)).collect();
        let gene_names = scene.gene_names(data);
        let values = scene.step((sums, gene_names), promises, move |(sums, genes), cx| {
            let sums = sums.each_group();
            let found = if batched {
                let rank = name_rank(&genes);
                dispersion::select_by_batch(&sums, &params, Some(&rank))
            } else if expressed {
                dispersion::select_expressed(&sums[0], &params)
            } else {
                dispersion::select(&sums[0], &params)
            };
            if batched {
                cx.remark(fewer(&found.highly_variable, most));
            }
            Ok(dispersion_columns(found, batched))
        });
        Ok(names.into_iter().zip(values).collect())
    }
}

/// Columns that are always written.
const NAMES: [&str; 4] = [
    "highly_variable",
    "means",
    "dispersions",
    "dispersions_norm",
];

fn dispersion_columns(found: Dispersions, batched: bool) -> Vec<Value> {
    let norm = found
        .dispersions_norm
        .iter()
        .map(|&x| f64::from(x as f32))
        .collect();
    let mut columns = vec![
        truths(found.highly_variable),
        numbers(found.means),
        numbers(found.dispersions),
        Value::Column(Arc::new(Column::numbers(norm, NumberType::F32))),
    ];
    if batched {
        columns.push(whole_numbers(found.n_batches));
        columns.push(truths(found.intersection));
    }
    columns
}

/// Place of each gene among the sorted names.
fn name_rank(names: &Names) -> Vec<u32> {
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    order.sort_by(|&a, &b| names.get(a as usize).cmp(names.get(b as usize)));
    let mut rank = vec![0; order.len()];
    for (place, gene) in order.into_iter().enumerate() {
        rank[gene as usize] = place as u32;
    }
    rank
}
