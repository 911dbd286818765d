//! `hvg_plot`: what `hvg` went by: dispersion, variance or residuals against the mean.

use crate::command::params::{Data, Flag, PathOut};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, Line, Lines, Panel, Rgb, Scale};
use crate::data::{Dataset, Lazy, Place, SlotName, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;

params! {
    HvgPlot {
        /// The dataset.
        adata: Data,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Logarithmic scales, for flavors based on counts.
        log: Flag = false,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

/// What flavors of `hvg` leave in var, and how it is called; the first is what they rank by.
const MEASURES: &[(&str, &str)] = &[
    ("dispersions_norm", "dispersion, normalized"),
    ("dispersions", "dispersion"),
    ("variances_norm", "variance, standardized"),
    ("variances", "variance"),
    ("residual_variances", "variance of residuals"),
];

impl Command for HvgPlot {
    const SPEC: Spec = Spec {
        name: "hvg_plot",
        summary: "Draw the dispersion of genes against their mean, highly variable genes in color.",
        about: "",
        reads: &[Need {
            want: Want::Slot(Place::Var, Key::Is("highly_variable")),
            what: "variable genes",
            made_by: "hvg",
        }],
        like: &["sc.pl.highly_variable_genes", "VariableFeaturePlot"],
        examples: &[
            "hvg adata n=100; hvg_plot adata",
            "hvg adata n=100 flavor=seurat_v3; hvg_plot adata log=true out=\"variable.png\"",
        ],
        holds: "a few numbers per gene",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let measures: Vec<(&str, &str)> = MEASURES
            .iter()
            .filter(|(key, _)| of_last(&data, key))
            .copied()
            .collect();
        let mean = if of_last(&data, "means") {
            Some("means")
        } else {
            Some("mean_counts").filter(|key| data.var.contains_key(*key))
        };
        let (Some(mean), false) = (mean, measures.is_empty()) else {
            return Err(scene
                .error("adata", code::NO_SUCH_SLOT, "var has no means and dispersions", "was not made by `hvg`")
                .help("run `hvg adata` first; flavor=pearson_residuals leaves no means: `qc adata` does"));
        };
        let column = |key: &str| scene.value(&data, Place::Var, key);
        let columns = measures.iter().map(|(key, _)| column(key));
        let columns = columns.collect::<Outcome<Vec<Lazy>>>()?;
        let needs = (column("highly_variable")?, column(mean)?, columns);
        draw(
            scene,
            needs,
            self.out,
            (self.sheet, self.axes),
            move |(flags, means, columns)| {
                let (Some(flags), Some(means)) = (flags.column_booleans(), numbers(&means)) else {
                    return Err(Diagnostic::error(
                        code::UNEXPECTED_CONTENT,
                        "var.highly_variable is not boolean",
                    )
                    .help("rerun `hvg adata`"));
                };
                let last = measures.len() - 1;
                let panel = |(at, (values, (_, label))): (usize, (&Value, &(&str, &str)))| {
                    let values = numbers(values)?;
                    let mut lines = drawing(label, &flags, &means, &values, self.log.0);
                    if at < last {
                        // One legend, at the right of all.
                        lines.series.iter_mut().for_each(|line| line.name.clear());
                    }
                    Some(Panel::new(lines))
                };
                let panels = columns
                    .iter()
                    .zip(&measures)
                    .enumerate()
                    .filter_map(panel)
                    .collect();
                Ok(Figure {
                    panels,
                    columns: Some(2),
                    ..Figure::default()
                })
            },
        )
    }
}

/// Whether var has a column that the last `hvg` made: what one of another flavor left before does
/// not count. A file says no more than what is there.
fn of_last(data: &Dataset, key: &str) -> bool {
    let step = |key: &str| {
        let stamp = data.stamp(&SlotName::new(Place::Var, key));
        stamp.map(|stamp| stamp.step)
    };
    data.var.contains_key(key) && step(key) == step("highly_variable")
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    Some(value.column_numbers()?.values.clone())
}

/// The chosen genes in blue above the others in grey.
fn drawing(label: &str, flags: &[bool], means: &[f64], values: &[f64], log: bool) -> Lines {
    let series = |name: &str, chosen: bool, color: Rgb| {
        let genes = (0..flags.len()).filter(|&gene| flags[gene] == chosen);
        let (x, y) = genes.map(|gene| (means[gene], values[gene])).unzip();
        Line::new(name, x, y, color).points()
    };
    let scale = |label: &str| {
        if log {
            Scale::new(label).log()
        } else {
            Scale::new(label)
        }
    };
    Lines {
        series: vec![
            series("other", false, Rgb(175, 175, 175)),
            series("variable", true, Rgb(31, 119, 180)),
        ],
        x_scale: scale("mean expression"),
        y_scale: scale(label),
        ..Lines::default()
    }
}
