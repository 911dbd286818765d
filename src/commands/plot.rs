//! `plot`: an embedding, coloured by columns and genes.

use super::picture::{colormap, colour, column_or_gene, draw, stored_colours};
use crate::command::params::{ColorKey, Count, Data, Flag, Many, ObsmKey, PathOut, Positive, Text};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec};
use crate::data::figure::{Colour, Figure, Frame, Legend, Panel, Points, Rgb};
use crate::data::{Column, Place};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::{params, words};
use std::sync::Arc;

words! {
    /// Where the names of groups stand.
    LegendPlace {
        /// beside the drawing
        Right = "right",
        /// on the groups
        OnData = "on_data",
        /// nowhere
        None = "none",
    }
}

params! {
    Plot {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, a drawing for each.
        color: Option<Many<ColorKey>>,
        /// Embedding in obsm: umap, pca, tsne …
        basis: ObsmKey = "X_umap",
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        out: Option<PathOut>,
        /// Groups to show in colour, the rest in grey.
        groups: Option<Many<Text>>,
        /// Where the names of groups stand.
        legend: LegendPlace = LegendPlace::Right,
        /// Colours of numbers, by matplotlib's names.
        cmap: Text = "viridis",
        /// Size of a point; by the number of cells, if left out.
        size: Option<Positive>,
        /// Drawings in a row.
        columns: Option<Count>,
        /// Draw cells with high values above the others.
        sort: Flag = true,
        /// Lines around the drawing.
        frame: Flag = true,
        /// Title above all.
        title: Option<Text>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for Plot {
    const SPEC: Spec = Spec {
        name: "plot",
        group: Group::Pictures,
        summary: "Draw an embedding, coloured by columns and genes.",
        reads: &[Need {
            want: Want::Slot(Place::Obsm, Key::Param("basis")),
            what: "an embedding",
            made_by: "umap",
        }],
        aliases: &[
            ("colour", "color"),
            ("features", "color"),
            ("color_map", "cmap"),
            ("ncols", "columns"),
            ("save", "out"),
            ("sort_order", "sort"),
            ("legend_loc", "legend"),
            ("group.by", "color"),
            ("frameon", "frame"),
        ],
        like: &[
            "sc.pl.umap",
            "sc.pl.embedding",
            "sc.pl.tsne",
            "sc.pl.pca",
            "sc.pl.diffmap",
            "DimPlot",
            "FeaturePlot",
        ],
        examples: &[
            "plot adata color=cell_type",
            "plot adata color=[cell_type, CD3D] out=\"umap.png\"",
        ],
        holds: "two coordinates and a value a cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let basis = self.basis.0.clone();
        let keys: Vec<String> = self
            .color
            .iter()
            .flat_map(|keys| &keys.0)
            .map(|key| key.0.clone())
            .collect();
        let map = colormap(scene, "cmap", &self.cmap.0)?;
        let mut targets = vec![scene.value(&data, Place::Obsm, &basis)?];
        let mut stored = Vec::new();
        for key in &keys {
            targets.push(column_or_gene(scene, &data, key)?);
        }
        for key in &keys {
            stored.push(stored_colours(&data, key).map(|colours| {
                targets.push(colours);
                targets.len() - 1
            }));
        }
        let out = self.out.as_ref().map(|out| out.0.clone());
        let dpi = self.dpi.0;
        draw(scene, targets, out.as_deref(), dpi, move |values| {
            let Some(places) = values[0].dense().filter(|dense| dense.ncols() >= 2) else {
                return Err(Diagnostic::error(
                    "E301",
                    format!("obsm.{basis} has less than two columns"),
                ));
            };
            let axis = |i: usize| Arc::new(places.column(i).to_vec());
            let (x, y) = (axis(0), axis(1));
            let name = basis.trim_start_matches("X_").to_uppercase();
            let mut panels = Vec::new();
            for (i, key) in keys.iter().enumerate() {
                let Some(column) = values[1 + i].column() else {
                    continue;
                };
                let kept = stored[i].and_then(|at| values[at].uns());
                let colour = colour(column, kept.map(|uns| &**uns), map);
                let points = self.points(&name, &x, &y, colour, column);
                panels.push(Panel::new(points).titled(key.clone()));
            }
            if panels.is_empty() {
                let points = self.points(
                    &name,
                    &x,
                    &y,
                    Colour::Same(Rgb::MISSING),
                    &Column::Truth(Vec::new()),
                );
                panels.push(Panel::new(points));
            }
            Ok(self.figure(panels))
        })
    }
}

impl Plot {
    fn points(
        &self,
        name: &str,
        x: &Arc<Vec<f32>>,
        y: &Arc<Vec<f32>>,
        colour: Colour,
        column: &Column,
    ) -> Points {
        let mut points = Points::embedding(name, x.clone(), y.clone(), colour);
        points.size = self.size.as_ref().map(|size| size.0);
        points.sort = self.sort.0;
        points.legend = match self.legend {
            LegendPlace::Right => Legend::RightMargin,
            LegendPlace::OnData => Legend::OnData,
            LegendPlace::None => Legend::Hidden,
        };
        if !self.frame.0 {
            points.frame = Frame::Hidden;
        }
        if let Some(groups) = &self.groups {
            let levels = column.to_category().levels;
            points.highlight = groups
                .0
                .iter()
                .filter_map(|group| levels.position(&group.0))
                .collect();
        }
        points
    }

    fn figure(&self, panels: Vec<Panel>) -> Figure {
        Figure {
            title: self.title.as_ref().map(|title| title.0.clone()),
            panels,
            columns: self.columns.as_ref().map(|columns| columns.0),
            ..Figure::default()
        }
    }
}
