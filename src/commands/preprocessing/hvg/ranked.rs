//! Variability of counts, by which genes are ranked: variances of standardized counts and of
//! Pearson residuals.

use super::{Columns, Flavor, Hvg, fewer, numbers, promise, truths, whole_numbers};
use crate::command::Scene;
use crate::commands::inputs::groups::Groups;
use crate::commands::passes::gene_sums::{group_sums, totals};
use crate::data::{Dataset, Matrix, Promise, RowsView, State, Value};
use crate::diagnostic::{Outcome, code};
use crate::kernels::methods::hvg::pearson::{BatchSums, Residuals};
use crate::kernels::methods::hvg::seurat_v3::{Clipped, Expected};
use crate::kernels::methods::hvg::{RankOrder, Ranking, rank_genes};
use crate::kernels::methods::pearson::PearsonParams;
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{Folding, Private, Promised};
use std::sync::Arc;

impl Hvg {
    /// Moments, a fit, and a second pass over clipped counts.
    pub(super) fn by_standardized(
        &self,
        scene: &Scene,
        data: &Dataset,
        batches: Option<Promised<Groups>>,
    ) -> Outcome<Columns> {
        let counts = self.counts(scene, data)?;
        let sums = group_sums(scene, data, &counts, Of::Value, batches.clone());
        let span = self.span.0;
        let scores = scene.fold(
            scene.view(data, &counts),
            (sums.clone(), batches),
            Private::new(),
            move |extent, (sums, groups)| {
                let expected: Arc<[Expected]> = sums
                    .each_group()
                    .iter()
                    .map(|sums| Expected::new(sums, span))
                    .collect();
                let groups = groups.map(|groups| groups.codes.clone());
                Ok(Folding {
                    new: move || Clipped::new(expected.clone(), groups.clone()),
                    add: |clipped: &mut Clipped, rows: RowsView, cells: &[u32], _: &Ticker| {
                        clipped.add(rows, cells);
                        Ok(())
                    },
                    merge: Clipped::merge,
                    finish: |clipped: Clipped, _: &Ticker| Ok(clipped.finish()),
                    partial_bytes: extent.genes as u64 * 48,
                }
                .exact())
            },
        );
        let order = match self.flavor {
            Flavor::SeuratV3Paper => RankOrder::Batches,
            _ => RankOrder::MedianRank,
        };
        self.ranked(scene, scores, sums, order, "variances_norm")
    }

    /// Sums, and a second pass over residuals.
    pub(super) fn by_residuals(
        &self,
        scene: &Scene,
        data: &Dataset,
        batches: Option<Promised<Groups>>,
    ) -> Outcome<Columns> {
        let counts = self.whole_counts(scene, data)?;
        let sums = group_sums(scene, data, &counts, Of::Value, batches.clone());
        let totals = totals(scene, data, &counts);
        let params = PearsonParams {
            theta: self.theta.0,
            clip: self.clip.as_ref().map(|clip| clip.0),
        };
        let scores = scene.fold(
            scene.view(data, &counts),
            (sums.clone(), totals, batches),
            Private::new(),
            move |extent, (sums, totals, groups)| {
                let sums: Vec<BatchSums> = sums
                    .each_group()
                    .into_iter()
                    .map(|sums| BatchSums {
                        genes: sums.sum,
                        n_cells: sums.n_cells,
                    })
                    .collect();
                let groups = groups.map(|groups| groups.codes.to_vec());
                // The empty accumulator is made once: its tables are shared by all that are cloned.
                let empty = Residuals::new(&sums, totals.to_vec(), groups, &params);
                Ok(Folding {
                    new: move || empty.clone(),
                    add: |residuals: &mut Residuals, rows: RowsView, cells: &[u32], _: &Ticker| {
                        residuals.add(rows, cells);
                        Ok(())
                    },
                    merge: Residuals::merge,
                    finish: |residuals: Residuals, ticker: &Ticker| Ok(residuals.finish(ticker)?),
                    partial_bytes: extent.genes as u64 * 64,
                }
                .exact())
            },
        );
        self.ranked(
            scene,
            scores,
            sums,
            RankOrder::Batches,
            "residual_variances",
        )
    }

    /// Counts that are known to be whole numbers: residuals are of those alone.
    fn whole_counts(&self, scene: &Scene, data: &Dataset) -> Outcome<Matrix> {
        let counts = self.counts(scene, data)?;
        if counts.state == State::Unknown {
            let headline = "flavor pearson_residuals needs counts, which are whole numbers";
            return Err(scene
                .error(
                    "flavor",
                    code::WRONG_STATE,
                    headline,
                    "these values are not counts",
                )
                .help("name the layer with counts: layer=\"counts\""));
        }
        Ok(counts)
    }

    fn counts(&self, scene: &Scene, data: &Dataset) -> Outcome<Matrix> {
        Ok(self.input_matrix(scene, data)?.matrix)
    }

    fn ranked(
        &self,
        scene: &Scene,
        scores: Promised<Vec<Vec<f64>>>,
        sums: Promised<GroupSums>,
        order: RankOrder,
        score: &'static str,
    ) -> Outcome<Columns> {
        let Some(n) = self.n.as_ref().map(|n| n.0) else {
            return Err(scene.error(
                "n",
                code::MISSING_PARAMETER,
                "this flavor ranks genes and needs n=",
                "is none",
            ));
        };
        let names = [
            "highly_variable",
            "highly_variable_rank",
            "highly_variable_nbatches",
            "highly_variable_intersection",
            score,
            "means",
            "variances",
        ];
        let promises: Vec<Promise> = names.iter().map(|name| promise(name)).collect();
        let values = scene.step((scores, sums), promises, move |(scores, sums), cx| {
            let ranking = rank_genes(&scores, n, order);
            cx.remark(fewer(&ranking.highly_variable, n));
            let all = sums.all();
            let mut columns = ranking_columns(ranking);
            columns.push(numbers(all.means()));
            columns.push(numbers(all.variances()));
            Ok(columns)
        });
        let columns = names.into_iter().zip(values);
        // As scanpy: without batches there is nothing to say of them.
        let said = |name: &str| {
            self.batch.is_some()
                || !matches!(
                    name,
                    "highly_variable_nbatches" | "highly_variable_intersection"
                )
        };
        Ok(columns.filter(|(name, _)| said(name)).collect())
    }
}

fn ranking_columns(ranking: Ranking) -> Vec<Value> {
    vec![
        truths(ranking.highly_variable),
        numbers(ranking.median_rank),
        whole_numbers(ranking.n_batches),
        truths(ranking.intersection),
        numbers(ranking.mean_score),
    ]
}
