//! `plot`: an embedding, colored by columns and genes.

use crate::command::params::{
    Anything, ColorKey, Count, Data, Flag, Many, ObsmKey, PathOut, Positive, Text,
};
use crate::command::spec::{LOGS, Need, Sometimes, Want, When};
use crate::command::{Command, Key, Reply, Scene, Spec, Val};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::picture::{Drawn, Sheet, draw};
use crate::commands::plotting::points::PointLook;
use crate::data::figure::{Color, Points, Rgb};
use crate::data::lazy::Graph;
use crate::data::{Place, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::params;
use std::sync::Arc;

params! {
    Plot {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, one panel each.
        #[also("colour", "features", "group.by")]
        color: Option<Many<ColorKey>>,
        /// Embeddings in obsm: umap, pca, tsne …
        #[also("reduction")]
        basis: Many<ObsmKey> = ["X_umap"],
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Which columns of the embedding, as "1,3" or [1, 3], or a list of such pairs; by default the first two.
        #[also("dims", "dimensions")]
        components: Option<Anything>,
        use PointLook as look,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Draw cells with high values on top.
        #[also("sort_order", "order")]
        sort: Flag = true,
        /// Draw the edges of the neighbor graph.
        edges: Flag = false,
        /// Draw a frame around the panel.
        #[also("frameon")]
        frame: Flag = true,
        use GeneValues as values,
        /// Title of the figure, or a list with one per panel.
        title: Option<Many<Text>>,
        /// Width and height in inches, as in [6, 4]; chosen automatically by default.
        figsize: Option<Many<Positive>>,
        /// Pixels per inch.
        dpi: Positive = 150.0,
        /// Whether a write-protected file may be replaced.
        overwrite: Flag = false,
    }
}

impl Command for Plot {
    const SPEC: Spec = Spec {
        name: "plot",
        summary: "Draw an embedding (UMAP, t-SNE, PCA) colored by columns or genes.",
        keywords: "visualization scatter feature plot embedding plot umap plot",
        about: "Group colors are kept across figures and in files (uns.<column>_colors), as in scanpy.",
        reads: &[
            Need {
                want: Want::Slot(Place::Obsm, Key::Param("basis")),
                what: "an embedding",
                made_by: "umap",
            },
            Need {
                want: Want::If(&Sometimes {
                    when: When::OfGenes(&["color"]),
                    want: Want::Shown,
                    with: &[],
                }),
                ..LOGS
            },
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
        holds: "two coordinates and one value per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let pairs = pairs(scene, self.components.as_ref())?;
        let bases = self.basis.texts();
        let mut look = self.look.resolved(scene)?;
        look.keys = self.color.as_ref().map(Many::texts).unwrap_or_default();
        look.sort = self.sort.0;
        look.frame = self.frame.0;
        look.titles = self.title.as_ref().map(Many::texts).unwrap_or_default();
        look.columns = self.columns.map(|columns| columns.0);
        let mut targets = look.targets(scene, &mut drawn, &self.values)?;
        let n_values = targets.len();
        for basis in &bases {
            targets.push(scene.value(&drawn.data, Place::Obsm, basis)?);
        }
        if self.edges.0 {
            targets.push(scene.value(&drawn.data, Place::Obsp, "connectivities")?);
        }
        let origin = scene.origin();
        let sheet = Sheet::untitled(self.figsize, self.dpi, self.overwrite);
        let reply = draw(scene, targets, self.out, sheet, move |values| {
            let (values, places) = values.split_at(n_values);
            let edges = places.get(bases.len()).and_then(Value::graph);
            let edges = edges.map(|graph| edges_of(graph));
            let mut panels = Vec::new();
            for (basis, place) in bases.iter().zip(places) {
                for &pair in &pairs {
                    let mut points =
                        places_of(basis, place, pair).map_err(|error| error.at(&origin))?;
                    points.edges = edges.clone();
                    let drawn = look.panels(values, &points);
                    panels.extend(drawn.map_err(|error| error.at(&origin))?);
                }
            }
            Ok(look.figure(panels))
        })?;
        Ok(drawn.leaves(reply))
    }
}

/// The pairs of columns that are asked for; the first two, where none are.
fn pairs(scene: &Scene, asked: Option<&Anything>) -> Outcome<Vec<(usize, usize)>> {
    let one = |value: &Val| match value {
        Val::List(two) => {
            let texts: Vec<String> = two.iter().map(|value| value.to_string()).collect();
            pair(scene, &texts.join(","))
        }
        Val::Text(text) => pair(scene, text),
        other => pair(scene, &other.to_string()),
    };
    match asked.map(|asked| &asked.0) {
        None => Ok(vec![(0, 1)]),
        Some(Val::List(several)) if !several.iter().all(|it| matches!(it, Val::Number(_))) => {
            several.iter().map(one).collect()
        }
        Some(single) => Ok(vec![one(single)?]),
    }
}

/// `"1,3"` as columns from 0; so is `"PC1,PC3"`.
pub(in crate::commands) fn pair(scene: &Scene, text: &str) -> Outcome<(usize, usize)> {
    let column = |text: &str| {
        let number = text.trim().trim_start_matches(|c: char| c.is_alphabetic());
        number.parse::<usize>().ok()?.checked_sub(1)
    };
    let found = text
        .split_once(',')
        .and_then(|(x, y)| column(x).zip(column(y)));
    found.ok_or_else(|| {
        scene
            .error(
                "components",
                "E064",
                "components are two numbers, counted from 1",
                "is not such a pair",
            )
            .help("components=\"1,3\" or components=\"PC1,PC3\"")
    })
}

/// Points at two columns of an embedding.
pub(in crate::commands) fn places_of(
    basis: &str,
    place: &Value,
    (x, y): (usize, usize),
) -> Outcome<Points> {
    let least = x.max(y) + 1;
    let wide = place.dense().filter(|dense| dense.ncols() >= least);
    let Some(wide) = wide else {
        return Err(Diagnostic::error(
            "E301",
            format!("obsm.{basis} has less than {least} columns"),
        )
        .help(match place.dense() {
            Some(dense) => format!("it has {}", dense.ncols()),
            None => "it is not numeric".to_owned(),
        }));
    };
    let axis = |i: usize| Arc::new(wide.column(i).to_vec());
    let mut points = Points::embedding("", axis(x), axis(y), Color::Same(Rgb::MISSING));
    points.x_scale.label = axis_name(basis, x);
    points.y_scale.label = axis_name(basis, y);
    Ok(points)
}

/// `UMAP1`, `PC3`: how the field calls a column of an embedding. Other names stay as they are.
fn axis_name(basis: &str, component: usize) -> String {
    let name = match basis.trim_start_matches("X_") {
        "pca" => "PC".to_owned(),
        "diffmap" => "DC".to_owned(),
        "tsne" => "tSNE".to_owned(),
        "draw_graph_fa" => "FA".to_owned(),
        "draw_graph_fr" => "FR".to_owned(),
        "umap" => "UMAP".to_owned(),
        other => other.to_owned(),
    };
    // `umap3 1` is no thirty-first dimension.
    let between = match name.ends_with(|c: char| c.is_ascii_digit()) {
        true => " ",
        false => "",
    };
    format!("{name}{between}{}", component + 1)
}

/// Each edge once.
fn edges_of(graph: &Graph) -> Arc<Vec<(u32, u32, f32)>> {
    let upper = graph.iter().filter(|(_, (i, j))| i < j);
    Arc::new(upper.map(|(&weight, (i, j))| (i, j, weight)).collect())
}
