//! `matrixplot`: draw the mean of genes by group as coloured fields.

use super::colour_scale;
use super::gene_values::Asked;
use super::group_means::{Standard, group_means, promise};
use super::picture::{draw, titled};
use crate::command::limit::Limit;
use crate::command::params::{
    Count, Data, Flag, GeneNames, GroupKey, LayerKey, Many, MapName, PathOut, Positive, Text,
};
use crate::command::spec::{DENDROGRAM, DRAWN_X, GROUPS, MARKERS};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::data::figure::{ColourScale, Matrix};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Matrixplot {
        /// The dataset.
        adata: Data,
        /// Genes: a list, or a record of lists with titles; the best markers, if left out.
        genes: Option<GeneNames>,
        /// Column of obs with the groups.
        by: GroupKey = "leiden",
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        out: Option<PathOut>,
        /// Markers of each group, where no genes are named.
        top: Count = 4,
        /// Groups to draw, in this order; all, if left out.
        groups: Option<Many<Text>>,
        /// Draw the dendrogram of the groups beside them, in its order.
        dendrogram: Flag = false,
        /// Let each gene, or each group, run from 0 to 1.
        standard_scale: Option<Standard>,
        /// Genes as rows.
        swap_axes: Flag = false,
        /// Colours, by matplotlib's names.
        cmap: MapName = "viridis",
        /// Value of the first colour: a number, or a percentile as "p1".
        vmin: Option<Limit>,
        /// Value of the last colour.
        vmax: Option<Limit>,
        /// Value of the middle colour.
        vcenter: Option<Limit>,
        /// Values of a layer instead of X.
        layer: Option<LayerKey>,
        /// Title above all.
        title: Option<Text>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for Matrixplot {
    const SPEC: Spec = Spec {
        name: "matrixplot",
        group: Group::Pictures,
        summary: "Draw the mean of genes by group as coloured fields.",
        about: "Without genes it draws the best markers of each group.",
        reads: &[DRAWN_X, GROUPS, MARKERS, DENDROGRAM],
        aliases: &[
            ("groupby", "by"),
            ("var_names", "genes"),
            ("features", "genes"),
            ("n_genes", "top"),
            ("categories_order", "groups"),
            ("idents", "groups"),
            ("color_map", "cmap"),
            ("vcentre", "vcenter"),
            ("save", "out"),
            ("group.by", "by"),
        ],
        like: &["sc.pl.matrixplot", "sc.pl.rank_genes_groups_matrixplot"],
        examples: &[
            "matrixplot adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "matrixplot adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]} by=cell_type standard_scale=var out=\"matrixplot.png\"",
            "matrixplot adata by=cell_type top=2 swap_axes=true cmap=\"Blues\"",
        ],
        holds: "two numbers a gene and group",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let colours =
            colour_scale::Asked::new(scene, &self.cmap.0, self.vmin, self.vmax, self.vcenter)?;
        let targets = promise(scene, &data, &self.asked())?;
        let out = self.out.as_ref().map(|out| out.0.clone());
        draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let mut found = group_means(values, self.standard_scale);
            found.grid.swap_axes = self.swap_axes.0;
            let scale = colours.scale(&found.means);
            let mut drawing = Matrix::new(found.grid, found.means);
            drawing.colour = ColourScale {
                title: drawing.colour.title,
                ..scale
            };
            Ok(titled(drawing, self.title))
        })
    }
}

impl Matrixplot {
    fn asked(&self) -> Asked<'_> {
        Asked {
            genes: self.genes.as_ref(),
            top: self.top.0,
            by: &self.by.0,
            groups: self.groups.as_ref(),
            dendrogram: self.dendrogram.0,
            layer: self.layer.as_ref().map(|layer| layer.0.as_str()),
        }
    }
}
