//! `scatter`: columns, genes and components against each other.

use crate::command::params::{ColorKey, Count, Data, Flag, GroupKey, Many, PathOut, Text};
use crate::command::spec::{LOGS, Need, Sometimes, Want, When};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::paper::{AxisTitles, Page};
use crate::commands::plotting::picture::{Drawn, draw, numbers};
use crate::commands::plotting::points::{PointLook, PointSize, SortCells};
use crate::commands::plotting::split::{conditions, split};
use crate::data::Value;
use crate::data::figure::{Color, Points, Rgb, Scale};
use crate::diagnostic::Outcome;
use crate::params;
use std::sync::Arc;

params! {
    Scatter {
        /// The dataset.
        adata: Data,
        /// x axis: a column of obs, a gene, or a component such as PC1.
        #[also("feature1")]
        x: ColorKey,
        /// y axis, likewise.
        #[also("feature2")]
        y: ColorKey,
        /// Columns of obs and genes to color by, one panel each.
        #[also("colour", "group.by")]
        color: Option<Many<ColorKey>>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        use PointLook as look,
        use PointSize as dots,
        /// Column of obs with conditions, one panel each.
        #[also("split.by")]
        split: Option<GroupKey>,
        /// Logarithmic scales.
        log: Flag = false,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Draw cells with high values on top, or with high absolute values.
        #[also("sort_order")]
        sort: SortCells = SortCells::High,
        use GeneValues as values,
        /// Title of the figure, or a list with one per panel.
        title: Option<Many<Text>>,
        use AxisTitles as axes,
        use Page as page,
    }
}

impl Command for Scatter {
    const SPEC: Spec = Spec {
        name: "scatter",
        summary: "Draw a scatter plot of two columns or genes, one point per cell.",
        reads: &[Need {
            want: Want::If(&Sometimes {
                when: When::OfGenes(&["x", "y", "color"]),
                want: Want::Shown,
                with: &[],
            }),
            ..LOGS
        }],
        without: &[
            ("basis", "plot draws embeddings: plot adata basis=umap"),
            ("components", "plot draws embeddings; here x=PC1 y=PC3"),
            ("frameon", "axes with numbers have a frame"),
        ],
        like: &["sc.pl.scatter", "FeatureScatter"],
        examples: &[
            "qc adata mt=\"MT-\"; scatter adata total_counts n_genes_by_counts color=pct_counts_mt",
            "scatter adata CD3D LYZ color=CST3 cmap=magma_r out=\"scatter.png\"",
            "pca adata n=10; scatter adata PC1 PC3 color=[cell_type, CD3D] vmax=\"p99\"",
        ],
        holds: "three values per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let mut look = self.look.resolved(scene)?;
        look.keys = self.color.as_ref().map(Many::texts).unwrap_or_default();
        look.sort = self.sort.into();
        look.size = self.dots.area();
        look.titles = self.title.as_ref().map(Many::texts).unwrap_or_default();
        look.columns = self.columns.map(|columns| columns.0);
        let values = look.needs(scene, &mut drawn, &self.values)?;
        let axis = |param, key| numbers_or_gene(scene, &drawn.data, key, &self.values, param);
        let (x, y) = (axis("x", &self.x.0)?, axis("y", &self.y.0)?);
        let by = conditions(scene, &drawn.data, self.split.as_ref())?;
        let needs = (values, x.value, y.value, by);
        let paper = (self.page, self.axes);
        let origin = scene.origin();
        let reply = draw(scene, needs, self.out, paper, move |values| {
            let (values, at_x, at_y, by) = values;
            let axis =
                |value: &Value| Arc::new(value.column().map(|it| numbers(it)).unwrap_or_default());
            let mut points = Points::scatter(axis(&at_x), axis(&at_y), Color::Same(Rgb::GREY));
            let scale = |name: &str| {
                if self.log.0 {
                    Scale::new(name).log()
                } else {
                    Scale::new(name)
                }
            };
            (points.x_scale, points.y_scale) = (scale(&x.name), scale(&y.name));
            let panels = look.panels(&values, &points);
            let figure = look.figure(panels.map_err(|error| error.at(&origin))?);
            Ok(match by {
                Some(by) => split(figure, &by),
                None => figure,
            })
        })?;
        Ok(drawn.leaves(reply))
    }
}
