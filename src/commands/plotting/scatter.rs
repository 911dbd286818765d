//! `scatter`: columns, genes and components against each other.

use crate::command::params::{ColorKey, Count, Data, Flag, Many, PathOut, Positive, Text};
use crate::command::spec::{LOGS, Need, Sometimes, Want, When};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::picture::{Drawn, Sheet, draw, numbers};
use crate::commands::plotting::points::PointLook;
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
        /// Logarithmic scales.
        log: Flag = false,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Draw cells with high values on top.
        #[also("sort_order")]
        sort: Flag = true,
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
        look.sort = self.sort.0;
        look.titles = self.title.as_ref().map(Many::texts).unwrap_or_default();
        look.columns = self.columns.map(|columns| columns.0);
        let mut targets = look.targets(scene, &mut drawn, &self.values)?;
        let mut names = Vec::new();
        let n_values = targets.len();
        for (param, axis) in [("x", &self.x.0), ("y", &self.y.0)] {
            let shown = numbers_or_gene(scene, &drawn.data, axis, &self.values, param)?;
            targets.push(shown.value);
            names.push(shown.name);
        }
        let sheet = Sheet::untitled(self.figsize, self.dpi, self.overwrite);
        let origin = scene.origin();
        let reply = draw(scene, targets, self.out, sheet, move |values| {
            let (values, axes) = values.split_at(n_values);
            let axis =
                |i: usize| Arc::new(axes[i].column().map(|it| numbers(it)).unwrap_or_default());
            let mut points = Points::scatter(axis(0), axis(1), Color::Same(Rgb::GREY));
            let scale = |name: &str| match self.log.0 {
                true => Scale::new(name).log(),
                false => Scale::new(name),
            };
            (points.x_scale, points.y_scale) = (scale(&names[0]), scale(&names[1]));
            let panels = look.panels(values, &points);
            Ok(look.figure(panels.map_err(|error| error.at(&origin))?))
        })?;
        Ok(drawn.leaves(reply))
    }
}
