//! `scatter`: columns, genes and components against each other.

use super::colour_scale;
use super::picture::{Drawn, column_or_gene, draw, numbers};
use super::points::{self, LegendPlace, Look};
use crate::command::limit::Limit;
use crate::command::params::{
    ColorKey, Count, Data, Flag, LayerKey, Many, MapName, PathOut, Positive, Text,
};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::data::figure::{Colour, Points, Rgb, Scale};
use crate::diagnostic::Outcome;
use crate::params;
use std::sync::Arc;

params! {
    Scatter {
        /// The dataset.
        adata: Data,
        /// To the right: a column of obs, a gene, or a component such as PC1.
        x: ColorKey,
        /// Upwards.
        y: ColorKey,
        /// Columns of obs and genes to colour by, a drawing for each.
        color: Option<Many<ColorKey>>,
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        out: Option<PathOut>,
        /// Groups to show in colour, the rest in grey.
        groups: Option<Many<Text>>,
        /// Where the names of groups stand.
        legend: LegendPlace = LegendPlace::Right,
        /// Colours of groups: a list of them, or matplotlib's name of one; kept in uns.
        palette: Option<Many<Text>>,
        /// Colours of numbers, by matplotlib's names.
        cmap: MapName = "viridis",
        /// Value of the first colour: a number, or a percentile as "p1".
        vmin: Option<Limit>,
        /// Value of the last colour.
        vmax: Option<Limit>,
        /// Value of the middle colour.
        vcenter: Option<Limit>,
        /// Colour of cells without a value, and of groups not shown.
        na_color: Text = "lightgray",
        /// Size of a point; by the number of cells, if left out.
        size: Option<Positive>,
        /// Logarithmic scales.
        log: Flag = false,
        /// Drawings in a row.
        columns: Option<Count>,
        /// Draw cells with high values above the others.
        sort: Flag = true,
        /// Values of genes from a layer instead of X.
        layer: Option<LayerKey>,
        /// Title above all, or a list of one for each drawing.
        title: Option<Many<Text>>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for Scatter {
    const SPEC: Spec = Spec {
        name: "scatter",
        group: Group::Pictures,
        summary: "Draw two columns or genes against each other, cell by cell.",
        aliases: &[
            ("feature1", "x"),
            ("feature2", "y"),
            ("colour", "color"),
            ("color_map", "cmap"),
            ("vcentre", "vcenter"),
            ("na_colour", "na_color"),
            ("ncols", "columns"),
            ("save", "out"),
            ("sort_order", "sort"),
            ("legend_loc", "legend"),
            ("group.by", "color"),
            ("cols", "palette"),
            ("pt.size", "size"),
        ],
        like: &["sc.pl.scatter", "FeatureScatter"],
        examples: &[
            "qc adata mt=\"MT-\"; scatter adata total_counts n_genes_by_counts color=pct_counts_mt",
            "scatter adata CD3D LYZ color=CST3 cmap=magma_r out=\"scatter.png\"",
            "pca adata n=10; scatter adata PC1 PC3 color=[cell_type, CD3D] vmax=\"p99\"",
        ],
        holds: "three values a cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let look = Look {
            keys: points::keys(self.color.as_ref()),
            scale: colour_scale::Asked::new(
                scene,
                &self.cmap.0,
                self.vmin,
                self.vmax,
                self.vcenter,
            )?,
            palette: colour_scale::palette(scene, self.palette.as_ref())?,
            missing: colour_scale::one(scene, "na_color", &self.na_color.0)?,
            groups: points::texts(self.groups.as_ref()),
            legend: self.legend,
            size: self.size.map(|size| size.0),
            sort: self.sort.0,
            frame: true,
            titles: points::texts(self.title.as_ref()),
            columns: self.columns.map(|columns| columns.0),
        };
        let layer = self.layer.as_ref().map(|layer| layer.0.as_str());
        let mut targets = look.targets(scene, &mut drawn, layer)?;
        let n_values = targets.len();
        for axis in [&self.x.0, &self.y.0] {
            targets.push(column_or_gene(scene, &drawn.data, axis, layer)?);
        }
        let out = self.out.as_ref().map(|out| out.0.clone());
        let reply = draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let (values, axes) = values.split_at(n_values);
            let axis =
                |i: usize| Arc::new(axes[i].column().map(|it| numbers(it)).unwrap_or_default());
            let mut points = Points::scatter(axis(0), axis(1), Colour::Same(Rgb::GREY));
            let scale = |name: &str| match self.log.0 {
                true => Scale::new(name).log(),
                false => Scale::new(name),
            };
            (points.x_scale, points.y_scale) = (scale(&self.x.0), scale(&self.y.0));
            Ok(look.figure(look.panels(values, &points)))
        })?;
        Ok(drawn.leaves(reply))
    }
}
