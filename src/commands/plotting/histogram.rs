//! `histogram`: how many cells have which values of columns and genes, with cutoffs.

use crate::command::params::{ColorKey, Count, Data, Flag, GroupKey, Many, Number, PathOut, Text};
use crate::command::spec::SHOWN_KEYS;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::group_rows::{Drawn as Rows, GroupRows, group_rows};
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::{Drawn, draw, no_groups_alone, numbers};
use crate::data::figure::{Figure, Histogram, Panel, Rgb, Scale, category_colors};
use crate::diagnostic::Outcome;
use crate::math;
use crate::params;

/// Panels of groups side by side where nothing else is said.
const ABREAST: usize = 4;

params! {
    HistogramOf {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, one panel each.
        #[also("features", "x")]
        keys: Many<ColorKey>,
        /// Column of obs with groups, one panel each with the same intervals.
        #[also("groupby", "group.by", "hue", "col")]
        by: Option<GroupKey>,
        /// Number of intervals.
        bins: Count = 50,
        /// Values to mark with a line, such as cutoffs.
        threshold: Option<Many<Number>>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Groups to draw, in this order; by default all.
        #[also("order")]
        groups: Option<Many<Text>>,
        /// Logarithmic scale of the values, with intervals of equal width on it.
        #[also("log_scale")]
        log: Flag = false,
        /// Logarithmic scale of the numbers of cells.
        log_cells: Flag = false,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use GeneValues as values,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for HistogramOf {
    const SPEC: Spec = Spec {
        name: "histogram",
        summary: "Draw histograms of columns and genes, by group.",
        keywords: "distribution histplot displot hist cutoff threshold quality",
        reads: &[SHOWN_KEYS],
        examples: &[
            "qc adata mt=\"MT-\"; histogram adata [n_genes_by_counts, pct_counts_mt]",
            "qc adata; histogram adata total_counts by=batch log=true threshold=[500, 5000] out=\"depth.png\"",
        ],
        holds: "one value per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let (mut columns, mut names) = (Vec::new(), Vec::new());
        for key in self.keys.texts() {
            let shown = numbers_or_gene(scene, &drawn.data, &key, &self.values, "keys")?;
            columns.push(shown.value);
            names.push(shown.name);
        }
        let only = self.groups.as_ref();
        let mut rows = None;
        match &self.by {
            None => no_groups_alone(scene, &only.map(Many::texts).unwrap_or_default())?,
            Some(GroupKey(key)) => {
                drawn.colors(scene, key, None)?;
                let how = Rows {
                    only,
                    ..Rows::default()
                };
                rows = Some(group_rows(scene, &drawn.data, key, how)?);
            }
        }
        let (out, sheet) = (self.out.clone(), (self.sheet.clone(), self.axes.clone()));
        let needs = (columns, rows);
        let reply = draw(scene, needs, out, sheet, move |(values, rows)| {
            let rows = rows.as_deref();
            let panels = names.iter().zip(&values).filter_map(|(name, value)| {
                let values = numbers(value.column()?);
                Some(self.panels(name, &values, rows))
            });
            let abreast = rows.map(|rows| rows.groups.levels.len().min(ABREAST));
            Ok(Figure {
                panels: panels.flatten().collect(),
                columns: self.columns.as_ref().map(|columns| columns.0).or(abreast),
                ..Figure::default()
            })
        })?;
        Ok(drawn.leaves(reply))
    }
}

impl HistogramOf {
    /// A panel for each group, or one of all cells.
    fn panels(&self, name: &str, values: &[f32], rows: Option<&GroupRows>) -> Vec<Panel> {
        let on_scale = |value: f32| {
            let value = f64::from(value);
            if !self.log.0 {
                value
            } else if value > 0.0 {
                math::ln(value)
            } else {
                f64::NAN
            }
        };
        let parts: Vec<(Option<&str>, Rgb, Vec<f64>)> = match rows.map(|rows| &rows.groups) {
            None => {
                let all = values.iter().map(|&value| on_scale(value));
                vec![(None, category_colors(1)[0], all.collect())]
            }
            Some(groups) => {
                let named = groups.levels.iter().zip(&groups.colors).enumerate();
                let of = |level| {
                    let cells = values.iter().enumerate();
                    let cells = cells.filter(move |(cell, _)| groups.level(*cell) == Some(level));
                    cells.map(|(_, &value)| on_scale(value)).collect()
                };
                let part = |(level, (name, &color))| (Some(name), color, of(level));
                named.map(part).collect()
            }
        };
        let all: Vec<f64> = parts
            .iter()
            .flat_map(|(.., values)| values.clone())
            .collect();
        let whole = Histogram::of(&all, self.bins.0);
        let panels = parts.into_iter().map(|(title, color, values)| {
            let panel = Panel::new(self.drawing(name, whole.of_others(&values), color));
            match title {
                Some(title) => panel.titled(title),
                None => panel,
            }
        });
        panels.collect()
    }

    fn drawing(&self, name: &str, mut histogram: Histogram, color: Rgb) -> Histogram {
        if self.log.0 {
            let edges = histogram.edges.iter_mut();
            edges.for_each(|edge| *edge = math::exp(*edge));
        }
        let marked = self.threshold.iter().flat_map(|values| &values.0);
        Histogram {
            x_scale: Scale {
                log: self.log.0,
                ..Scale::new(name)
            },
            y_scale: Scale {
                log: self.log_cells.0,
                ..Scale::new("cells")
            },
            thresholds: marked.map(|value| value.0).collect(),
            color,
            ..histogram
        }
    }
}
