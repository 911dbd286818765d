//! `trends`: genes along pseudotime, as smooth lines.

use crate::command::params::{Count, Data, Flag, Fraction, GeneNames, GroupKey, ObsKey, PathOut};
use crate::command::references;
use crate::command::spec::{PSEUDOTIME, SHOWN_GENES};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::{column_or_gene, draw, numbers, used_colors};
use crate::data::figure::{Figure, Line, Lines, Panel, Rgb, Scale, category_colors};
use crate::data::{Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::trend::trend;
use crate::params;

/// Points along pseudotime at which a curve is evaluated.
const POINTS: usize = 120;

/// Maximum number of cells drawn as points.
const MOST_POINTS: usize = 4000;

params! {
    Trends {
        /// The dataset.
        adata: Data,
        /// Genes, one panel each.
        #[also("var_names", "features")]
        genes: GeneNames,
        /// Column of obs to order cells by.
        along: ObsKey = "dpt_pseudotime",
        /// Column of obs with groups, such as branches: one line each.
        #[also("groupby")]
        by: Option<GroupKey>,
        /// Fraction of cells in each local fit.
        span: Fraction = 0.3,
        /// Draw the cells as points.
        points: Flag = true,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use GeneValues as values,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Trends {
    const SPEC: Spec = Spec {
        name: "trends",
        summary: "Draw smoothed gene expression along pseudotime, or along any numeric column.",
        keywords: "trajectory pseudotime gene trends",
        about: "Lines are local linear fits to the values in X.",
        reads: &[PSEUDOTIME, SHOWN_GENES],
        like: &["plot_genes_in_pseudotime", "cr.pl.gene_trends"],
        examples: &[
            "dpt adata root=0; trends adata [LYZ, CD3D] out=\"trends.png\"",
            "qc adata; trends adata LYZ along=total_counts by=cell_type",
        ],
        cite: &[&references::LOWESS],
        holds: "the values of the genes, one per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let genes: Vec<String> = self.genes.names().cloned().collect();
        let along = numbers_or_gene(scene, &data, &self.along.0, &self.values, "along")?;
        let (mut values, mut names) = (Vec::new(), Vec::new());
        for gene in &genes {
            let shown = column_or_gene(scene, &data, gene, &self.values)?;
            values.push(shown.value);
            names.push(shown.name);
        }
        let mut grouped = None;
        if let Some(GroupKey(key)) = &self.by {
            grouped = Some((groups(scene, &data, key)?, used_colors(scene, &data, key)?));
        }
        let needs = (along.value, values, grouped);
        let (out, sheet) = (self.out.clone(), (self.sheet.clone(), self.axes.clone()));
        draw(scene, needs, out, sheet, move |(along, values, grouped)| {
            let times: Vec<f64> = match along.column() {
                Some(column) => numbers(column).iter().map(|&x| f64::from(x)).collect(),
                None => Vec::new(),
            };
            if !times.iter().any(|time| time.is_finite()) {
                let headline = format!("obs.{} is not numeric", self.along.0);
                return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
                    .help("run `dpt`, then along=dpt_pseudotime"));
            }
            let parts = match &grouped {
                Some((groups, colors)) => parts(groups, Some(colors), times.len()),
                None => vec![(
                    String::new(),
                    category_colors(1)[0],
                    (0..times.len()).collect(),
                )],
            };
            let mut figure = Figure::default();
            let last = names.len().saturating_sub(1);
            for (i, (name, value)) in names.iter().zip(&values).enumerate() {
                let Some(column) = value.column() else {
                    continue;
                };
                let levels: Vec<f64> = numbers(column).iter().map(|&x| f64::from(x)).collect();
                let mut lines = self.lines(&times, &levels, &parts);
                if i < last {
                    // One legend, at the right of all.
                    lines.series.iter_mut().for_each(|line| line.name.clear());
                }
                let panel = Panel::new(lines);
                figure = figure.with(panel.titled(name.clone()));
            }
            figure.columns = self.columns.as_ref().map(|columns| columns.0);
            Ok(figure)
        })
    }
}

/// Name, color and cells of every line.
type Part = (String, Rgb, Vec<usize>);

fn parts(groups: &Groups, colors: Option<&Value>, n_cells: usize) -> Vec<Part> {
    let stored = colors.and_then(Value::uns).map(|uns| &**uns);
    let mut colors = category_colors(groups.levels.len());
    if let Some(Uns::Texts(texts)) = stored {
        let stored = texts.iter().filter_map(Rgb::parse);
        colors
            .iter_mut()
            .zip(stored)
            .for_each(|(own, given)| *own = given);
    }
    let named = groups.levels.iter().zip(colors).enumerate();
    named
        .map(|(level, (name, color))| {
            let cells = (0..n_cells).filter(|&cell| groups.codes[cell] as usize == level);
            (name.to_owned(), color, cells.collect())
        })
        .collect()
}

impl Trends {
    fn lines(&self, times: &[f64], values: &[f64], parts: &[Part]) -> Lines {
        let mut lines = Lines {
            x_scale: Scale::new(self.along.0.clone()),
            y_scale: Scale::new("expression"),
            ..Default::default()
        };
        let pick = |numbers: &[f64], cells: &[usize]| -> Vec<f64> {
            cells.iter().map(|&cell| numbers[cell]).collect()
        };
        // Every so many-th cell: the line has seen them all.
        let every = times.len().div_ceil(MOST_POINTS).max(1);
        for (_, color, cells) in parts.iter().filter(|_| self.points.0) {
            let on_axis = cells
                .iter()
                .copied()
                .filter(|&cell| times[cell].is_finite());
            let some: Vec<usize> = on_axis.step_by(every).collect();
            let pale = color.mix(Rgb::WHITE, 0.6);
            let line = Line::new("", pick(times, &some), pick(values, &some), pale);
            let radius = Some(0.9);
            lines.series.push(Line {
                radius,
                ..line.points()
            });
        }
        for (name, color, cells) in parts {
            let found = trend(
                &pick(times, cells),
                &pick(values, cells),
                POINTS,
                self.span.0,
            );
            let strong = color.mix(Rgb::BLACK, 0.15);
            lines
                .series
                .push(Line::new(name.clone(), found.at, found.value, strong));
        }
        lines
    }
}
