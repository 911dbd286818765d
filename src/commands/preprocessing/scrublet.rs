//! `scrublet`: doublet scores.

use crate::command::params::{
    Count, Data, Flag, Fraction, GroupKey, Integer, LayerKey, NotNegative, Positive,
};
use crate::command::references;
use crate::command::spec::COUNTS;
use crate::command::value::number_text;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::counts::checked;
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::preprocessing::doublet_cells::{Batches, batches};
use crate::commands::structure::neighbors::{Metric, distance};
use crate::data::{
    About, Asked, Column, ColumnType, NumberType, Place, Promise, SlotName, Uns, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::scrublet::{Doublets, Error, ScrubletParams, doublets, threshold};
use crate::params;
use crate::plan::{Context, Fault};
use ndarray::{Array1, Array2};

params! {
    Scrublet {
        /// The dataset.
        adata: Data,
        /// Column of obs with the samples or lanes that were loaded separately; each is analyzed separately.
        #[also("by", "batch_key")]
        batch: Option<GroupKey>,
        /// Score above which a cell is called a doublet; by default found between the two modes of the simulated scores.
        threshold: Option<NotNegative>,
        /// Expected doublet rate.
        expected_doublet_rate: Fraction = 0.05,
        /// Uncertainty of the expected doublet rate.
        stdev_doublet_rate: Positive = 0.02,
        /// Number of simulated doublets per cell.
        sim_doublet_ratio: Positive = 2.0,
        /// Fraction of a simulated doublet's molecules to keep.
        #[also("synthetic_doublet_umi_subsampling")]
        umi_subsampling: Fraction = 1.0,
        /// Neighbors of a cell, not counting simulated ones; by default half the square root of the number of cells.
        #[also("n_neighbors")]
        k: Option<Count>,
        /// Number of components; fewer if there are fewer cells or genes.
        #[also("n_prin_comps")]
        pcs: Count = 30,
        /// Distance metric.
        #[also("knn_dist_metric")]
        metric: Metric = Metric::Euclidean,
        /// Log-transform the counts of cells and simulated doublets before PCA.
        log_transform: Flag = false,
        /// Scale genes to unit variance before PCA.
        normalize_variance: Flag = true,
        /// Subtract each gene's mean before PCA.
        mean_center: Flag = true,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        /// Layer with the counts; by default layers.counts or X.
        layer: Option<LayerKey>,
    }
}

impl Command for Scrublet {
    const SPEC: Spec = Spec {
        name: "scrublet",
        summary: "Detect doublets with Scrublet.",
        keywords: "doublets multiplets doublet detection",
        about: "Simulates doublets from pairs of cells; a cell with many simulated doublets among its neighbors gets a high score.\nRun it on counts, before filtering cells by number of genes. `scrublet_histogram` shows the scores and the threshold.",
        reads: &[COUNTS],
        writes: &[
            Write::Slot(Place::Obs, Key::Is("doublet_score")),
            Write::Slot(Place::Obs, Key::Is("predicted_doublet")),
            Write::Slot(Place::Uns, Key::Is("scrublet")),
        ],
        without: &[
            (
                "adata_sim",
                "doublets are simulated from the cells themselves",
            ),
            (
                "use_approx_neighbors",
                "neighbors are exact up to 20,000 points, beyond that with a recall of at least 0.99",
            ),
            (
                "get_doublet_neighbor_parents",
                "uns.scrublet.doublet_parents lists the parent cells of each simulated doublet",
            ),
        ],
        like: &["sc.pp.scrublet", "sc.external.pp.scrublet", "DoubletFinder"],
        examples: &[
            "scrublet adata",
            "scrublet adata batch=batch expected_doublet_rate=0.06 threshold=0.25",
        ],
        cite: &[&references::SCRUBLET],
        method: "Doublets were predicted with Scrublet[batch| in each sample ({batch})], with an expected doublet rate of {expected_doublet_rate} <SCRUBLET>.",
        holds: "the counts of the variable genes for cells and simulated doublets",
        tells: &["batch", "threshold"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let layer = self.layer.as_deref();
        let asked = Asked::layer(layer);
        let input = scene.input_matrix(&data, asked, About::Counts)?;
        let input = checked(scene, input)?;
        let (from, counts) = (input.from(), input.matrix);
        let levels = self
            .batch
            .as_ref()
            .map(|batch| groups(scene, &data, &batch.0))
            .transpose()?;
        let cells = batches(scene, &data, &counts, levels.clone());
        let needs = (cells, levels);
        let how = self.how(scene.settings.seed);
        let promises = [
            Promise::Column(ColumnType::Number),
            Promise::Column(ColumnType::Bool),
            Promise::Uns,
        ];
        let [score, called, record] = scene.step(needs, promises, move |(cells, levels), cx| {
            how.make(&cells, levels.as_deref(), cx)
        });
        scene.put(
            &mut data,
            Place::Obs,
            "doublet_score",
            score.measured(),
            &from,
        );
        scene.put(&mut data, Place::Obs, "predicted_doublet", called, &from);
        scene.put(&mut data, Place::Uns, "scrublet", record, &from);
        let written = ["doublet_score", "predicted_doublet"];
        let written = written.map(|key| SlotName::new(Place::Obs, key));
        Ok(Reply::Dataset(data, written.to_vec()))
    }
}

/// What was asked for.
struct How {
    params: ScrubletParams,
    threshold: Option<f64>,
    batched_by: Option<String>,
}

/// What was found in a batch.
struct Found {
    batch: Option<String>,
    doublets: Doublets,
    threshold: Option<f64>,
    expected: f64,
}

impl Scrublet {
    fn how(self, seed: u64) -> How {
        How {
            params: ScrubletParams {
                sim_doublet_ratio: self.sim_doublet_ratio.0,
                expected_doublet_rate: self.expected_doublet_rate.0,
                stdev_doublet_rate: self.stdev_doublet_rate.0,
                n_neighbors: self.k.map(|k| k.0),
                umi_subsampling: self.umi_subsampling.0,
                log_transform: self.log_transform.0,
                normalize_variance: self.normalize_variance.0,
                mean_center: self.mean_center.0,
                n_components: self.pcs.0,
                metric: distance(self.metric),
                seed: self.seed.map_or(seed as u32, |seed| seed.0 as u32),
            },
            threshold: self.threshold.map(|threshold| threshold.0),
            batched_by: self.batch.map(|batch| batch.0),
        }
    }
}

impl How {
    fn make(
        &self,
        cells: &Batches,
        groups: Option<&Groups>,
        cx: &Context,
    ) -> Result<[Value; 3], Fault> {
        let mut scores = vec![f64::NAN; cells.n_cells];
        let mut called = vec![false; cells.n_cells];
        let mut found = Vec::new();
        for (i, batch) in cells.batches.iter().enumerate() {
            let name = groups.map(|groups| groups.levels.get(i).to_owned());
            let doublets = doublets(batch.counts.view(), &batch.factors, &self.params, cx)
                .map_err(|error| fault(error, name.as_deref()))?;
            let simulated: Vec<f64> = doublets.simulated.iter().map(|s| s.score).collect();
            let threshold = self.threshold.or_else(|| threshold(&simulated));
            for (&cell, score) in batch.cells.iter().zip(&doublets.observed) {
                scores[cell as usize] = score.score;
                called[cell as usize] = threshold.is_some_and(|most| score.score > most);
            }
            found.push(Found {
                batch: name,
                doublets,
                threshold,
                expected: self.params.expected_doublet_rate,
            });
        }
        cx.remark(remark(&found));
        Ok([
            Value::of(Column::numbers(scores, NumberType::F64)),
            Value::of(Column::Bool(called)),
            Value::of(self.uns(&found)),
        ])
    }

    /// The record that scanpy leaves.
    fn uns(&self, found: &[Found]) -> Uns {
        match (&self.batched_by, found) {
            (None, [found]) => self.uns_of(found),
            (by, found) => {
                let each = found.iter().fold(Uns::map(), |map, found| {
                    map.with(
                        found.batch.as_deref().unwrap_or_default(),
                        self.uns_of(found),
                    )
                });
                Uns::map()
                    .with("batches", each)
                    .with("batched_by", by.as_deref().unwrap_or_default())
            }
        }
    }

    fn uns_of(&self, found: &Found) -> Uns {
        let scores: Vec<f64> = found.doublets.simulated.iter().map(|s| s.score).collect();
        let parents = &found.doublets.parents;
        let parent = |(i, side): (usize, usize)| match side {
            0 => f64::from(parents[i].0),
            _ => f64::from(parents[i].1),
        };
        let parameters = Uns::map()
            .with("expected_doublet_rate", self.params.expected_doublet_rate)
            .with("sim_doublet_ratio", self.params.sim_doublet_ratio)
            .with("n_neighbors", found.doublets.n_neighbors)
            .with("random_state", i64::from(self.params.seed));
        let uns = Uns::map()
            .with(
                "doublet_scores_sim",
                Uns::Array(Array1::from(scores).into_dyn()),
            )
            .with(
                "doublet_parents",
                Uns::Array(Array2::from_shape_fn((parents.len(), 2), parent).into_dyn()),
            )
            .with("parameters", parameters);
        match found.threshold {
            Some(threshold) => uns.with("threshold", threshold),
            None => uns,
        }
    }
}

impl Found {
    /// The score above which the expected share of cells lies.
    fn suggestion(&self) -> f64 {
        let mut scores: Vec<f64> = self.doublets.observed.iter().map(|s| s.score).collect();
        scores.sort_by(f64::total_cmp);
        let below = ((1.0 - self.expected) * scores.len() as f64).ceil() as usize;
        let at = below.clamp(1, scores.len().max(1)) - 1;
        scores
            .get(at)
            .map_or(0.25, |score| (score * 1000.0).round() / 1000.0)
    }
}

/// Says so where no threshold was found, with one to begin with.
fn remark(found: &[Found]) -> Option<Box<Diagnostic>> {
    let without: Vec<&Found> = found
        .iter()
        .filter(|found| found.threshold.is_none())
        .collect();
    let first = without.first()?;
    let names: Vec<&str> = without
        .iter()
        .filter_map(|found| found.batch.as_deref())
        .collect();
    let whose = if names.is_empty() {
        String::new()
    } else {
        format!(" in {}", names.join(", "))
    };
    Some(
        Diagnostic::warning(
            code::NO_THRESHOLD,
            format!("no threshold was found{whose}: no cell is called a doublet there"),
        )
        .help(format!(
            "the scores of simulated doublets are not bimodal; look at `scrublet_histogram`. threshold={} would call the expected {} %",
            number_text(first.suggestion()),
            number_text(100.0 * first.expected)
        )),
    )
}

fn fault(error: Error, batch: Option<&str>) -> Fault {
    let whose = batch.map_or(String::new(), |batch| format!("batch {batch}: "));
    match error {
        Error::Stopped(stopped) => stopped.into(),
        Error::TooSmall { .. } => Fault::Reported(
            Diagnostic::error(code::TOO_FEW, format!("{whose}{error}"))
                .help("run it before cells and genes are filtered, and leave small batches out"),
        ),
        Error::NotFinite => Fault::Reported(
            Diagnostic::error(code::NOT_FINITE, format!("{whose}{error}"))
                .help("the file contains NaN or infinity: write it again without them"),
        ),
    }
}
