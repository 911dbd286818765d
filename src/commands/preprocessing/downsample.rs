//! `downsample`: fewer counts per cell, or in total.

use crate::command::params::{Count, Data, Flag, Integer, LayerKey, ObsKey};
use crate::command::spec::{Need, Want};
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Reply, Scene, Spec, Write};
use crate::commands::inputs::missing;
use crate::commands::passes::gene_sums::totals;
use crate::data::matrix::Apply;
use crate::data::{Dataset, Lazy, Matrix, RowStep, Rows, State, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::downsample::{DownsampleParams, downsample, targets_of_total};
use crate::params;
use crate::plan::{Edges, Private, Promised};

params! {
    Downsample {
        /// The dataset.
        adata: Data,
        /// Maximum counts per cell.
        counts_per_cell: Option<Count>,
        /// Total counts over all cells.
        total_counts: Option<Count>,
        /// Column of obs with the maximum counts of each cell.
        by: Option<ObsKey>,
        /// Draw molecules with replacement.
        replace: Flag = false,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        /// Downsample a layer instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Downsample {
    const SPEC: Spec = Spec {
        name: "downsample",
        summary: "Downsample counts at random.",
        keywords: "rarefaction subsampling depth",
        about: "Cells with fewer counts are left unchanged. Done while reading; the molecules kept in a cell depend only on the seed and its position.",
        reads: &[Need {
            want: Want::X(&[State::Counts]),
            what: "counts",
            made_by: "",
        }],
        writes: &[Write::X(State::Counts)],
        like: &["sc.pp.downsample_counts", "SampleUMI"],
        examples: &[
            "downsample adata counts_per_cell=500",
            "downsample adata total_counts=100000",
        ],
        method: "Counts were downsampled[counts_per_cell| to at most {counts_per_cell} per cell][total_counts| to a total of {total_counts}].",
        holds: "one number per cell",
        tells: &["counts_per_cell", "total_counts"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        let params = DownsampleParams {
            replace: self.replace.0,
            seed: scene.seed(&self.seed),
        };
        let targets = match (&self.counts_per_cell, &self.total_counts, &self.by) {
            (Some(counts), None, None) => Targets::Each(counts.0 as u64),
            (None, Some(total), None) => Targets::Total(Edges::new(of_total(
                scene,
                &to.data,
                &to.matrix,
                total.0 as u64,
                params,
            ))),
            (None, None, Some(by)) => Targets::Column(Edges::new(bounds(scene, &to.data, &by.0)?)),
            _ => {
                return Err(Diagnostic::error(
                    code::MISSING_PARAMETER,
                    "`downsample` needs one of counts_per_cell, total_counts and by",
                )
                .label(scene.args.span, "gives none of them, or several")
                .help("downsample adata counts_per_cell=1000"));
            }
        };
        let step = Draw { targets, params };
        let drawn = scene.row_step(&to.data, &to.matrix, step, State::Counts);
        to.put(drawn, Kept::Nothing);
        Ok(to.reply())
    }
}

/// How many molecules each cell keeps of `total`.
fn of_total(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    total: u64,
    params: DownsampleParams,
) -> Promised<Vec<u64>> {
    let totals = totals(scene, data, matrix);
    scene.step(totals, Private::new(), move |totals, _| {
        let totals: Vec<u64> = totals.iter().map(|&x| x as u64).collect();
        Ok(targets_of_total(&totals, total, &params))
    })
}

/// Counts that a cell keeps.
enum Targets {
    Each(u64),
    /// By cell.
    Total(Edges<Promised<Vec<u64>>>),
    /// The same, from a column of obs.
    Column(Edges<Promised<Vec<u64>>>),
}

/// The row step. It draws among all genes of a cell, so it must see them all.
struct Draw {
    targets: Targets,
    params: DownsampleParams,
}

impl RowStep for Draw {
    fn needs(&self) -> &[Lazy] {
        match &self.targets {
            Targets::Each(_) => &[],
            Targets::Total(needs) | Targets::Column(needs) => needs.lazies(),
        }
    }

    fn prepare(&self, values: &[Value], _: &[u32]) -> Apply {
        let params = self.params;
        let targets = match &self.targets {
            Targets::Each(target) => {
                let target = *target;
                return Box::new(move |rows: &mut Rows, cells| {
                    downsample(rows, cells, |_| target, &params);
                });
            }
            Targets::Total(needs) | Targets::Column(needs) => needs.values(values),
        };
        Box::new(move |rows: &mut Rows, cells| {
            downsample(rows, cells, |cell| targets[cell as usize], &params);
        })
    }

    fn wants_all_genes(&self) -> bool {
        true
    }
}

/// The most that each cell keeps, in a column of obs; one without a number keeps all, which a
/// note says.
fn bounds(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Promised<Vec<u64>>> {
    let column = missing::noted(scene, data, key, "keep all counts")?;
    let (origin, key) = (scene.origin_of("by"), key.to_owned());
    Ok(scene.step(column, Private::new(), move |column, _| {
        let Some(numbers) = column.column_numbers() else {
            let headline = format!("obs.{key} is not numeric");
            let said = Diagnostic::error(code::NOT_NUMERIC, headline).at(&origin);
            let help = "downsample adata counts_per_cell=1000 brings all cells to one number";
            return Err(said.help(help).into());
        };
        if let Some(negative) = numbers.values.iter().find(|x| **x < 0.0) {
            let headline = format!("obs.{key} holds {negative}, which is not a number of counts");
            return Err(Diagnostic::error(code::INVALID_VALUE, headline)
                .at(&origin)
                .into());
        }
        let bound = |&x: &f64| if x.is_nan() { u64::MAX } else { x as u64 };
        Ok(numbers.values.iter().map(bound).collect())
    }))
}
