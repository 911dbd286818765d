//! `pca_plot`: how much components explain, which genes make them, and the cells in them.

use super::picture::{colour, column_or_gene, draw, stored_colours};
use crate::command::params::{ColorKey, Count, Data, Flag, Many, PathOut, Positive, Text};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec};
use crate::data::figure::{
    Colormap, Colour, Figure, Line, LineStyle, Lines, Panel, Points, Ranks, Rgb, Scale,
};
use crate::data::{Column, Names, Place, Uns};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::{params, words};
use ndarray::Array2;
use std::sync::Arc;

/// The first colour of the usual set.
const BLUE: Rgb = Rgb(0x1f, 0x77, 0xb4);

words! {
    /// What is drawn.
    Show {
        /// the share of variance of each component, the elbow marked
        Variance = "variance",
        /// the genes with the largest loadings
        Loadings = "loadings",
        /// cells, loadings and variance together
        Overview = "overview",
    }
}

params! {
    PcaPlot {
        /// The dataset.
        adata: Data,
        /// What is drawn.
        show: Show = Show::Variance,
        /// Components whose loadings are drawn, counted from 1.
        components: Many<Count> = [1usize, 2, 3],
        /// Genes of each component.
        n: Count = 30,
        /// Column of obs or gene to colour cells by (overview).
        color: Option<ColorKey>,
        /// Draw shares on a logarithmic axis.
        log: Flag = false,
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        out: Option<PathOut>,
        /// Title above all.
        title: Option<Text>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for PcaPlot {
    const SPEC: Spec = Spec {
        name: "pca_plot",
        group: Group::Pictures,
        summary: "Draw how much components explain, and which genes make them.",
        about: "The elbow is the component furthest below the straight line from the first to the last.",
        reads: &[Need {
            want: Want::Slot(Place::Uns, Key::Is("pca")),
            what: "principal components",
            made_by: "pca",
        }],
        aliases: &[
            ("colour", "color"),
            ("n_points", "n"),
            ("dims", "components"),
            ("save", "out"),
        ],
        like: &[
            "sc.pl.pca_variance_ratio",
            "sc.pl.pca_loadings",
            "sc.pl.pca_overview",
            "ElbowPlot",
            "VizDimLoadings",
        ],
        examples: &[
            "pca_plot adata",
            "pca_plot adata show=loadings components=[1, 2] out=\"loadings.png\"",
            "pca_plot adata show=overview color=cell_type",
        ],
        cite: &["Satopaa et al., ICDCS Workshops 166 (2011)"],
        holds: "the components",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let mut targets = vec![
            scene.value(&data, Place::Uns, "pca")?,
            scene.value(&data, Place::Varm, "PCs")?,
            scene.gene_names(&data),
        ];
        let overview = self.show == Show::Overview;
        if overview {
            targets.push(scene.value(&data, Place::Obsm, "X_pca")?);
        }
        if let (Some(ColorKey(key)), true) = (&self.color, overview) {
            targets.push(column_or_gene(scene, &data, key)?);
            targets.extend(stored_colours(&data, key));
        }
        let out = self.out.as_ref().map(|out| out.0.clone());
        draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let ratios = values[0]
                .uns()
                .and_then(|uns| numbers(uns.get("variance_ratio")?));
            let (Some(ratios), Some(loadings), Some(genes)) =
                (ratios, values[1].dense(), values[2].names())
            else {
                return Err(
                    Diagnostic::error("E301", "uns.pca and varm.PCs are of another form")
                        .help("run `pca` to make them anew"),
                );
            };
            let mut figure = Figure::default();
            if let Some(places) = values.get(3).and_then(|value| value.dense()) {
                let column = values.get(4).and_then(|value| value.column());
                let stored = values.get(5).and_then(|value| value.uns());
                figure = figure.with(self.cells(
                    places,
                    &ratios,
                    column.map(|c| &**c),
                    stored.map(|u| &**u),
                ));
            }
            if self.show != Show::Variance {
                for Count(component) in &self.components.0 {
                    figure = figure.with(self.ranks(loadings, genes, *component)?);
                }
            }
            if self.show != Show::Loadings {
                figure = figure.with(self.variance(&ratios));
            }
            Ok(match self.title {
                Some(Text(title)) => figure.titled(title),
                None => figure,
            })
        })
    }
}

fn numbers(uns: &Uns) -> Option<Vec<f64>> {
    match uns {
        Uns::Array(array) => Some(array.iter().copied().collect()),
        Uns::Array32(array) => Some(array.iter().map(|&x| f64::from(x)).collect()),
        _ => None,
    }
}

/// The place furthest below the line from the first to the last; `None` for fewer than three.
fn elbow(values: &[f64]) -> Option<usize> {
    let last = values.len().checked_sub(1).filter(|&last| last >= 2)?;
    let slope = (values[last] - values[0]) / last as f64;
    let below = |i: usize| values[0] + slope * i as f64 - values[i];
    (1..last).max_by(|&a, &b| below(a).total_cmp(&below(b)).then(b.cmp(&a)))
}

impl PcaPlot {
    fn variance(&self, ratios: &[f64]) -> Panel {
        let x: Vec<f64> = (1..=ratios.len()).map(|i| i as f64).collect();
        let mut series = Line::new("", x, ratios.to_vec(), BLUE);
        series.style = LineStyle::LineAndPoints;
        let mut lines = Lines {
            series: vec![series],
            x_scale: Scale::new("component"),
            y_scale: Scale::new("share of variance"),
            ..Default::default()
        };
        if self.log.0 {
            lines.y_scale = lines.y_scale.log();
        }
        let Some(at) = elbow(ratios) else {
            return Panel::new(lines).titled("variance ratio");
        };
        lines.at_x.push((at + 1) as f64);
        let share: f64 = ratios[..=at].iter().sum();
        Panel::new(lines).titled(format!(
            "elbow at {}: {:.1} % of the variance",
            at + 1,
            100.0 * share
        ))
    }

    fn ranks(&self, loadings: &Array2<f32>, genes: &Names, component: usize) -> Outcome<Panel> {
        if component > loadings.ncols() {
            let headline = format!("no component {component} of {}", loadings.ncols());
            return Err(Diagnostic::error("E063", headline).help("pca adata n=50 finds more"));
        }
        let column = loadings.column(component - 1);
        let mut order: Vec<usize> = (0..column.len())
            .filter(|&gene| column[gene] != 0.0)
            .collect();
        order.sort_by(|&a, &b| column[b].total_cmp(&column[a]).then(a.cmp(&b)));
        let half = self.n.0.div_ceil(2);
        let mut gap_after = None;
        if order.len() > self.n.0 {
            let lowest = order.split_off(order.len() - (self.n.0 - half));
            order.truncate(half);
            gap_after = (!lowest.is_empty()).then_some(half);
            order.extend(lowest);
        }
        let ranks = Ranks {
            names: order
                .iter()
                .map(|&gene| genes.get(gene).to_owned())
                .collect(),
            scores: order.iter().map(|&gene| f64::from(column[gene])).collect(),
            x_label: "rank".into(),
            y_scale: Scale::new("loading"),
            gap_after,
        };
        Ok(Panel::new(ranks).titled(format!("PC{component}")))
    }

    fn cells(
        &self,
        places: &Array2<f32>,
        ratios: &[f64],
        column: Option<&Column>,
        stored: Option<&Uns>,
    ) -> Panel {
        let axis = |i: usize| Arc::new(places.column(i.min(places.ncols() - 1)).to_vec());
        let colour = match column {
            Some(column) => colour(column, stored, Colormap::default()),
            None => Colour::Same(BLUE),
        };
        let mut points = Points::embedding("PC", axis(0), axis(1), colour);
        let label = |i: usize| {
            format!(
                "PC{} ({:.1} %)",
                i + 1,
                100.0 * ratios.get(i).unwrap_or(&0.0)
            )
        };
        points.x_scale.label = label(0);
        points.y_scale.label = label(1);
        let panel = Panel::new(points);
        match &self.color {
            Some(ColorKey(key)) => panel.titled(key.clone()),
            None => panel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elbow_is_where_the_curve_turns() {
        assert_eq!(elbow(&[10.0, 5.0, 1.0, 0.9, 0.8, 0.7]), Some(2));
        assert_eq!(elbow(&[3.0, 2.0]), None);
        assert_eq!(elbow(&[3.0, 2.0, 1.0]), Some(1));
    }
}
