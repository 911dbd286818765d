//! `plot`: an embedding, coloured by columns and genes.

use super::colour_scale;
use super::picture::{Drawn, draw};
use super::points::{self, LegendPlace, Look};
use crate::command::limit::Limit;
use crate::command::params::{
    ColorKey, Count, Data, Flag, LayerKey, Many, MapName, ObsmKey, PathOut, Positive, Text,
};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec};
use crate::data::figure::{Colour, Points, Rgb};
use crate::data::lazy::Graph;
use crate::data::{Place, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::params;
use std::sync::Arc;

params! {
    Plot {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, a drawing for each.
        color: Option<Many<ColorKey>>,
        /// Embeddings in obsm: umap, pca, tsne …
        basis: Many<ObsmKey> = ["X_umap"],
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        out: Option<PathOut>,
        /// Which columns of the embedding, as "1,3"; the first two, if left out.
        components: Option<Many<Text>>,
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
        /// Drawings in a row.
        columns: Option<Count>,
        /// Draw cells with high values above the others.
        sort: Flag = true,
        /// Draw the lines of the neighbour graph.
        edges: Flag = false,
        /// Lines around the drawing.
        frame: Flag = true,
        /// Values of genes from a layer instead of X.
        layer: Option<LayerKey>,
        /// Title above all, or a list of one for each drawing.
        title: Option<Many<Text>>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for Plot {
    const SPEC: Spec = Spec {
        name: "plot",
        group: Group::Pictures,
        summary: "Draw an embedding, coloured by columns and genes.",
        about: "Groups keep their colours from figure to figure, and in files: uns.<column>_colors, as in scanpy.",
        reads: &[Need {
            want: Want::Slot(Place::Obsm, Key::Param("basis")),
            what: "an embedding",
            made_by: "umap",
        }],
        aliases: &[
            ("colour", "color"),
            ("features", "color"),
            ("color_map", "cmap"),
            ("vcentre", "vcenter"),
            ("na_colour", "na_color"),
            ("ncols", "columns"),
            ("save", "out"),
            ("sort_order", "sort"),
            ("legend_loc", "legend"),
            ("group.by", "color"),
            ("reduction", "basis"),
            ("dims", "components"),
            ("dimensions", "components"),
            ("cells.highlight", "groups"),
            ("cols", "palette"),
            ("pt.size", "size"),
            ("order", "sort"),
            ("frameon", "frame"),
        ],
        like: &[
            "sc.pl.umap",
            "sc.pl.embedding",
            "sc.pl.tsne",
            "sc.pl.pca",
            "sc.pl.diffmap",
            "sc.pl.draw_graph",
            "DimPlot",
            "FeaturePlot",
        ],
        examples: &[
            "plot adata color=cell_type",
            "plot adata color=[cell_type, CD3D] vmax=\"p99\" out=\"umap.png\"",
            "plot adata color=cell_type groups=[\"B\", \"NK\"] basis=pca components=[\"1,2\", \"1,3\"] legend=on_data",
        ],
        holds: "two coordinates and a value a cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let pairs = pairs(scene, self.components.as_ref())?;
        let bases: Vec<String> = self.basis.0.iter().map(|basis| basis.0.clone()).collect();
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
            frame: self.frame.0,
            titles: points::texts(self.title.as_ref()),
            columns: self.columns.map(|columns| columns.0),
        };
        let layer = self.layer.as_ref().map(|layer| layer.0.as_str());
        let mut targets = look.targets(scene, &mut drawn, layer)?;
        let n_values = targets.len();
        for basis in &bases {
            targets.push(scene.value(&drawn.data, Place::Obsm, basis)?);
        }
        if self.edges.0 {
            targets.push(scene.value(&drawn.data, Place::Obsp, "connectivities")?);
        }
        let out = self.out.as_ref().map(|out| out.0.clone());
        let origin = scene.origin();
        let reply = draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let (values, places) = values.split_at(n_values);
            let edges = places.get(bases.len()).and_then(Value::graph);
            let edges = edges.map(|graph| edges_of(graph));
            let mut panels = Vec::new();
            for (basis, place) in bases.iter().zip(places) {
                for &pair in &pairs {
                    let mut points =
                        places_of(basis, place, pair).map_err(|error| error.at(&origin))?;
                    points.edges = edges.clone();
                    panels.extend(look.panels(values, &points));
                }
            }
            Ok(look.figure(panels))
        })?;
        Ok(drawn.leaves(reply))
    }
}

/// `"1,3"` as columns from 0.
fn pairs(scene: &Scene, asked: Option<&Many<Text>>) -> Outcome<Vec<(usize, usize)>> {
    let Some(asked) = asked else {
        return Ok(vec![(0, 1)]);
    };
    let pair = |text: &Text| {
        let (x, y) = text.0.split_once(',')?;
        let (x, y): (usize, usize) = (x.trim().parse().ok()?, y.trim().parse().ok()?);
        Some((x.checked_sub(1)?, y.checked_sub(1)?))
    };
    let found: Option<Vec<_>> = asked.0.iter().map(pair).collect();
    found.ok_or_else(|| {
        scene
            .error(
                "components",
                "E064",
                "components are two numbers from 1 on",
                "is not such a pair",
            )
            .help("components=\"1,3\", or components=[\"1,2\", \"1,3\"]")
    })
}

/// Points at two columns of an embedding.
fn places_of(basis: &str, place: &Value, (x, y): (usize, usize)) -> Outcome<Points> {
    let least = x.max(y) + 1;
    let Some(place) = place.dense().filter(|dense| dense.ncols() >= least) else {
        return Err(Diagnostic::error(
            "E301",
            format!("obsm.{basis} has less than {least} columns"),
        ));
    };
    let axis = |i: usize| Arc::new(place.column(i).to_vec());
    let mut points = Points::embedding("", axis(x), axis(y), Colour::Same(Rgb::MISSING));
    points.x_scale.label = axis_name(basis, x);
    points.y_scale.label = axis_name(basis, y);
    Ok(points)
}

/// `UMAP1`, `PC3`: how the field calls a column of an embedding.
fn axis_name(basis: &str, component: usize) -> String {
    let name = match basis.trim_start_matches("X_") {
        "pca" => "PC".to_owned(),
        "diffmap" => "DC".to_owned(),
        "tsne" => "tSNE".to_owned(),
        "draw_graph_fa" => "FA".to_owned(),
        other => other.to_uppercase(),
    };
    format!("{name}{}", component + 1)
}

/// Each edge once.
fn edges_of(graph: &Graph) -> Arc<Vec<(u32, u32, f32)>> {
    let upper = graph.iter().filter(|(_, (i, j))| i < j);
    Arc::new(upper.map(|(&weight, (i, j))| (i, j, weight)).collect())
}
