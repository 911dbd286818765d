//! `scale`: each gene to mean 0 and variance 1.

use crate::command::params::{Data, Flag, LayerKey, Positive};
use crate::command::spec::{LOG_X, Need, Theirs, Want};
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::data::matrix::{Apply, Scaled, Scaling};
use crate::data::{
    Column, ColumnType, Lazy, NumberType, Place, Promise, RowStep, Rows, RowsView, State, Value,
};
use crate::diagnostic::Outcome;
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Edges, Folding, View};
use std::sync::Arc;

params! {
    Scale {
        /// The dataset.
        adata: Data,
        /// Clip scaled values to this maximum; if centered, also to its negative.
        max_value: Option<Positive>,
        /// Subtract each gene's mean. The result is dense: select variable genes first.
        zero_center: Flag = true,
        /// Scale a layer instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Scale {
    const SPEC: Spec = Spec {
        name: "scale",
        summary: "Scale each gene to zero mean and unit variance.",
        keywords: "standardize z-score centering zscore",
        about: "pca applies the scaling implicitly, so no dense matrix is made for it.\nLog values are kept in layers.log; markers, scores, and figures use them.",
        reads: &[Need {
            want: Want::X(&[
                State::Log,
                State::Transformed,
                State::Corrected,
                State::Residuals,
                State::LogRatios,
            ]),
            ..LOG_X
        }],
        writes: &[
            Write::X(State::Scaled),
            Write::Slot(Place::Layers, Key::Pattern("log")),
            Write::Slot(Place::Var, Key::Is("mean")),
            Write::Slot(Place::Var, Key::Is("std")),
        ],
        without: &[
            ("obsm", "only X and layers can be scaled"),
            ("mask_obs", "all cells are scaled together; filter first"),
        ],
        like: &["sc.pp.scale", "ScaleData"],
        theirs: &[
            ("features", Theirs::Instead("all genes are scaled")),
            (
                "vars.to.regress",
                Theirs::Instead("regress removes the effect of columns"),
            ),
        ],
        examples: &[
            "hvg adata n=200; filter_genes adata (highly_variable); scale adata max_value=10",
        ],
        method: "Each gene was scaled to [zero_center|zero mean and ]unit variance[max_value|, and values were clipped at {max_value}].",
        holds: "two numbers per gene",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        let [mean, sd] = moments(scene, scene.view(&to.data, &to.matrix));
        let scaling = Scaling {
            mean: mean.clone(),
            sd: sd.clone(),
            zero_center: self.zero_center.0,
            max_value: self.max_value.map(|max| max.0),
        };
        let step = Standardize {
            needs: Edges::new([mean.clone(), sd.clone()]),
            zero_center: scaling.zero_center,
            max_value: scaling.max_value,
        };
        let mut scaled = scene.row_step(&to.data, &to.matrix, step, State::Scaled);
        scaled.scaled = Some(Scaled {
            zero_center: scaling.zero_center,
            max_value: scaling.max_value,
        });
        if let Some(last) = scaled.steps.last_mut() {
            last.scaling = Some(scaling);
        }
        to.put(scaled, Kept::Logs("log"));
        // They describe what was scaled, and so go with the scaled matrix.
        let from = [to.slot()];
        scene.put(&mut to.data, Place::Var, "mean", mean, &from);
        scene.put(&mut to.data, Place::Var, "std", sd, &from);
        Ok(to.reply())
    }
}

/// Mean and standard deviation (n − 1; 0 counts as 1) of each gene, columns of var.
fn moments(scene: &Scene, view: View) -> [Lazy; 2] {
    scene.fold(
        view,
        (),
        [Promise::Column(ColumnType::Number); 2],
        |extent, ()| {
            Ok(Folding {
                new: move || GroupSums::all_cells(extent.genes, Of::Value),
                add: |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                    sums.add(rows, cells);
                    Ok(())
                },
                merge: GroupSums::merge,
                finish: |sums: GroupSums, _: &Ticker| {
                    let all = sums.all();
                    let sd = |variance: f64| {
                        if variance == 0.0 {
                            1.0
                        } else {
                            variance.sqrt()
                        }
                    };
                    let column =
                        |values| Value::Column(Arc::new(Column::numbers(values, NumberType::F64)));
                    Ok([
                        column(all.means()),
                        column(all.variances().into_iter().map(sd).collect()),
                    ])
                },
                partial_bytes: extent.genes as u64 * 64,
            }
            .exact())
        },
    )
}

/// The row step.
struct Standardize {
    needs: Edges<[Lazy; 2]>,
    zero_center: bool,
    max_value: Option<f64>,
}

impl RowStep for Standardize {
    fn needs(&self) -> &[Lazy] {
        self.needs.lazies()
    }

    fn prepare(&self, values: &[Value], genes: &[u32]) -> Apply {
        let picked = |value: &Value| match value.column_numbers() {
            Some(numbers) => genes
                .iter()
                .map(|&gene| numbers.values[gene as usize])
                .collect(),
            None => Vec::new(),
        };
        let [mean, sd] = self.needs.values(values);
        let (mean, sd): (Vec<f64>, Vec<f64>) = (picked(&mean), picked(&sd));
        let high = self.max_value.unwrap_or(f64::INFINITY);
        if self.zero_center {
            Box::new(move |rows: &mut Rows, _| *rows = centered(rows, &mean, &sd, high))
        } else {
            Box::new(move |rows: &mut Rows, _| {
                let genes: Vec<u32> = rows.indices().to_vec();
                for (x, gene) in rows.data_mut().iter_mut().zip(genes) {
                    *x = (f64::from(*x) / sd[gene as usize]).min(high) as f32;
                }
            })
        }
    }

    fn keeps_zeros(&self) -> bool {
        !self.zero_center
    }
}

/// (x − mean) / sd for every gene of the block, zeros included.
fn centered(rows: &Rows, mean: &[f64], sd: &[f64], high: f64) -> Rows {
    let n_genes = mean.len();
    let scaled = |x: f64, gene: usize| ((x - mean[gene]) / sd[gene]).clamp(-high, high) as f32;
    let of_zero: Vec<f32> = (0..n_genes).map(|gene| scaled(0.0, gene)).collect();
    let mut values = Vec::with_capacity(rows.rows() * n_genes);
    for row in rows.outer_iterator() {
        let start = values.len();
        values.extend_from_slice(&of_zero);
        for (gene, &x) in row.iter() {
            values[start + gene] = scaled(f64::from(x), gene);
        }
    }
    let indices = (0..rows.rows()).flat_map(|_| 0..n_genes as u32).collect();
    let indptr = (0..=rows.rows()).map(|row| row * n_genes).collect();
    Rows::new((rows.rows(), n_genes), indptr, indices, values)
}
