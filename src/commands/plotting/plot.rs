//! `plot`: an embedding, colored by columns and genes.

use crate::command::params::{
    Anything, ColorKey, Count, Data, Flag, GroupKey, Many, ObsmKey, PathOut, Text,
};
use crate::command::spec::{Need, SHOWN_COLOR, Theirs, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Val};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::missing;
use crate::commands::plotting::paper::{AxisTitles, Page};
use crate::commands::plotting::picture::{Drawn, draw};
use crate::commands::plotting::points::{PointLook, PointSize, SortCells};
use crate::commands::plotting::split::{conditions, split};
use crate::data::Graph;
use crate::data::figure::{Color, Points, Rgb};
use crate::data::{Dataset, Lazy, Place, Value, component_name};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;
use std::sync::Arc;

params! {
    Plot {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, one panel each.
        #[also("colour", "features", "by", "groupby", "group.by")]
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
        use PointSize as dots,
        /// Column of obs with conditions, one panel each.
        #[also("split.by")]
        split: Option<GroupKey>,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Draw cells with high values on top, or with high absolute values.
        #[also("sort_order", "order")]
        sort: SortCells = SortCells::High,
        /// Draw the edges of the neighbor graph.
        edges: Flag = false,
        /// Draw a frame around the panel.
        #[also("frameon")]
        frame: Flag = true,
        use GeneValues as values,
        /// Title of the figure, or a list with one per panel.
        title: Option<Many<Text>>,
        use AxisTitles as axes,
        use Page as page,
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
            SHOWN_COLOR,
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
        theirs: &[(
            "label",
            Theirs::When {
                is: "true",
                then: "legend=on_data",
                otherwise: "",
            },
        )],
        examples: &[
            "plot adata color=cell_type",
            "plot adata color=[cell_type, CD3D] vmax=\"p99\" out=\"umap.png\"",
            "plot adata color=[CD3D, LYZ] split=batch vmax=\"p99\" out=\"donors.png\"",
            "plot adata color=cell_type palette={B: \"tab:blue\", NK: crimson} sort=abs",
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
        look.sort = self.sort.into();
        look.size = self.dots.area();
        look.frame = self.frame.0;
        look.titles = self.title.as_ref().map(Many::texts).unwrap_or_default();
        look.columns = self.columns.map(|columns| columns.0);
        let values = look.needs(scene, &mut drawn, &self.values)?;
        let places = bases.iter();
        let places = places.map(|basis| noted_places(scene, &drawn.data, basis, &pairs));
        let places = places.collect::<Outcome<Vec<Lazy>>>()?;
        let graph = || scene.value(&drawn.data, Place::Obsp, "connectivities");
        let graph = self.edges.0.then(graph).transpose()?;
        let by = conditions(scene, &drawn.data, self.split.as_ref())?;
        let origin = scene.origin();
        let paper = (self.page, self.axes);
        let needs = (values, places, graph, by);
        let reply = draw(scene, needs, self.out, paper, move |values| {
            let (values, places, graph, by) = values;
            let edges = graph.as_ref().and_then(Value::graph);
            let edges = edges.map(|graph| edges_of(graph));
            let mut panels = Vec::new();
            for (basis, place) in bases.iter().zip(&places) {
                for &pair in &pairs {
                    let mut points =
                        places_of(basis, place, pair).map_err(|error| error.at(&origin))?;
                    points.edges = edges.clone();
                    let drawn = look.panels(&values, &points);
                    panels.extend(drawn.map_err(|error| error.at(&origin))?);
                }
            }
            let figure = look.figure(panels);
            Ok(match by {
                Some(by) => split(figure, &by),
                None => figure,
            })
        })?;
        Ok(drawn.leaves(reply))
    }
}

/// An embedding as it is, with a note on the cells that have no place in the columns drawn.
pub(super) fn noted_places(
    scene: &Scene,
    data: &Dataset,
    basis: &str,
    pairs: &[(usize, usize)],
) -> Outcome<Lazy> {
    let places = scene.value(data, Place::Obsm, basis)?;
    let (promise, of, pairs) = (places.promise(), format!("obsm.{basis}"), pairs.to_vec());
    Ok(scene.step(places, promise, move |places, cx| {
        if let Some(dense) = places.dense() {
            let columns = pairs.iter().flat_map(|&(x, y)| [x, y]);
            let columns: Vec<usize> = columns.filter(|&at| at < dense.ncols()).collect();
            let rows = dense.rows().into_iter();
            let lost = rows.filter(|row| columns.iter().any(|&at| !row[at].is_finite()));
            let note = missing::note(lost.count(), dense.nrows(), &of, "are not drawn");
            cx.remark(note);
        }
        Ok(places)
    }))
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
                code::INVALID_VALUE,
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
            code::UNEXPECTED_CONTENT,
            format!("obsm.{basis} has less than {least} columns"),
        )
        .help(match place.dense() {
            Some(dense) => format!("it has {}", dense.ncols()),
            None => "it is not numeric".to_owned(),
        }));
    };
    let axis = |i: usize| Arc::new(wide.column(i).to_vec());
    let mut points = Points::embedding("", axis(x), axis(y), Color::Same(Rgb::MISSING));
    points.x_scale.label = component_name(basis, x);
    points.y_scale.label = component_name(basis, y);
    Ok(points)
}

/// Each edge once.
fn edges_of(graph: &Graph) -> Arc<Vec<(u32, u32, f32)>> {
    let upper = graph.iter().filter(|(_, (i, j))| i < j);
    Arc::new(upper.map(|(&weight, (i, j))| (i, j, weight)).collect())
}
