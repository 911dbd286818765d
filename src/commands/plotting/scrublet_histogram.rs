//! `scrublet_histogram`: doublet scores of cells and of simulated doublets, with the threshold.

use crate::command::params::{Data, Flag, PathOut};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::inputs::groups::in_use;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::{draw_with_engine, numbers};
use crate::data::figure::{Figure, Histogram, Panel, Scale};
use crate::data::{Column, Dataset, Place, SlotName, Uns};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;
use crate::plan::{Engine, aligned};

params! {
    ScrubletHistogram {
        /// The dataset.
        adata: Data,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Logarithmic y axis for observed cells, few of which are doublets.
        log: Flag = true,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

/// Width of an interval of scores.
const WIDTH: f64 = 0.02;

impl Command for ScrubletHistogram {
    const SPEC: Spec = Spec {
        name: "scrublet_histogram",
        summary: "Draw histograms of Scrublet's doublet scores, with the threshold.",
        about: "A threshold is reliable if it lies between the two modes of the simulated scores.\nDraws one row per batch used by `scrublet`.",
        reads: &[
            Need {
                want: Want::Slot(Place::Obs, Key::Is("doublet_score")),
                what: "doublet scores",
                made_by: "scrublet",
            },
            Need {
                want: Want::Slot(Place::Uns, Key::Is("scrublet")),
                what: "doublet scores",
                made_by: "scrublet",
            },
        ],
        like: &["sc.pl.scrublet_score_distribution"],
        examples: &[
            "scrublet adata; scrublet_histogram adata",
            "scrublet adata batch=batch; scrublet_histogram adata out=\"doublets.png\"",
        ],
        holds: "one score per cell and simulated doublet",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let needs = (
            scene.value(&data, Place::Obs, "doublet_score")?,
            scene.value(&data, Place::Uns, "scrublet")?,
        );
        let (out, sheet) = (self.out, (self.sheet, self.axes));
        draw_with_engine(scene, needs, out, sheet, move |(scores, record), engine| {
            let (Some(scores), Some(uns)) = (scores.column(), record.uns()) else {
                return Err(no_record());
            };
            let panels = panels(&data, scores, uns, self.log.0, engine)?;
            Ok(Figure {
                panels,
                columns: Some(2),
                ..Figure::default()
            })
        })
    }
}

fn no_record() -> Box<Diagnostic> {
    Diagnostic::error(
        code::UNEXPECTED_CONTENT,
        "uns.scrublet is not a result of `scrublet`",
    )
    .help("rerun `scrublet`")
}

/// Two drawings for each batch.
fn panels(
    data: &Dataset,
    scores: &Column,
    uns: &Uns,
    log: bool,
    engine: &Engine,
) -> Outcome<Vec<Panel>> {
    let scores = numbers(scores);
    let Some(Uns::Text(key)) = uns.get("batched_by") else {
        return pair(&scores, uns, "", log);
    };
    let name = SlotName::new(Place::Obs, key.as_str());
    let Some(slot) = data.slot(&name) else {
        return Err(Diagnostic::error(code::NO_SUCH_SLOT, format!("no {name}"))
            .help(format!("`scrublet` used it: rename it to {key}")));
    };
    let column = engine.value(&aligned(slot, Some(&data.cells)))?;
    let Some(groups) = column.column().map(|column| in_use(&column.to_category())) else {
        return Err(no_record());
    };
    let mut panels = Vec::new();
    for (code, level) in (0..).zip(groups.levels.iter()) {
        let of_batch = scores
            .iter()
            .zip(groups.codes.iter())
            .filter(|(_, c)| **c == code);
        let of_batch: Vec<f32> = of_batch.map(|(&score, _)| score).collect();
        let Some(Uns::Map(batches)) = uns.get("batches") else {
            return Err(no_record());
        };
        if let (Some(uns), false) = (batches.get(level), of_batch.is_empty()) {
            panels.extend(pair(&of_batch, uns, &format!(" ({level})"), log)?);
        }
    }
    Ok(panels)
}

/// Scores of cells on the left, of simulated doublets on the right.
fn pair(observed: &[f32], uns: &Uns, whose: &str, log: bool) -> Outcome<Vec<Panel>> {
    let simulated: Vec<f32> = match uns.get("doublet_scores_sim") {
        Some(Uns::Array(scores)) => scores.iter().map(|&x| x as f32).collect(),
        Some(Uns::Array32(scores)) => scores.iter().copied().collect(),
        _ => return Err(no_record()),
    };
    let threshold = match uns.get("threshold") {
        Some(Uns::Number(threshold)) => Some(*threshold),
        _ => None,
    };
    let n_above = |scores: &[f32]| {
        let above = |most| scores.iter().filter(|&&x| f64::from(x) > most).count();
        let n = scores.iter().filter(|x| x.is_finite()).count().max(1);
        threshold.map_or(String::new(), |most| {
            format!(": {:.1} % above", 100.0 * above(most) as f64 / n as f64)
        })
    };
    let all = observed.iter().chain(&simulated).copied();
    let most = all.filter(|x| x.is_finite()).fold(0.0, f32::max);
    let most = f64::from(most).max(threshold.unwrap_or(0.0));
    let most = (10.0 * most).ceil().max(1.0) / 10.0;
    let panel = |title: &str, scores: &[f32], log: bool| {
        let mut drawing = histogram(scores, most);
        let rounded = threshold.map(|most| (1000.0 * most).round() / 1000.0);
        drawing.thresholds = rounded.into_iter().collect();
        drawing.y_scale.log = log;
        Panel::new(drawing).titled(format!("{title}{whose}{}", n_above(scores)))
    };
    Ok(vec![
        panel("Cells", observed, log),
        panel("Simulated doublets", &simulated, false),
    ])
}

/// Densities in intervals of one width from 0 to `most`.
fn histogram(scores: &[f32], most: f64) -> Histogram {
    let n_bins = (most / WIDTH).round().max(1.0) as usize;
    let mut heights = vec![0.0; n_bins];
    for &score in scores.iter().filter(|score| score.is_finite()) {
        let bin = (f64::from(score).max(0.0) / WIDTH) as usize;
        heights[bin.min(n_bins - 1)] += 1.0;
    }
    Histogram {
        edges: (0..=n_bins).map(|i| i as f64 * WIDTH).collect(),
        heights,
        x_scale: Scale::new("doublet score"),
        y_scale: Scale::new("density"),
        ..Histogram::of(&[], 1)
    }
    .density()
}
