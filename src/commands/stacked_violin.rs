//! `stacked_violin`: draw a small violin for each gene and group, coloured by the median.

use super::colour_scale;
use super::gene_values::{Asked, StandardCells, expression, promise};
use super::picture::{draw, titled};
use crate::command::limit::Limit;
use crate::command::params::{
    Count, Data, Flag, GeneNames, GroupKey, LayerKey, Many, MapName, PathOut, Positive, Text,
};
use crate::command::spec::{DENDROGRAM, DRAWN_X, GROUPS, MARKERS};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::data::figure::{ColourScale, StackedViolins};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    StackedViolin {
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
        /// Let each gene, or each cell, run from 0 to 1.
        standard_scale: Option<StandardCells>,
        /// Genes as rows.
        swap_axes: Flag = false,
        /// Colours, by matplotlib's names.
        cmap: MapName = "Blues",
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

impl Command for StackedViolin {
    const SPEC: Spec = Spec {
        name: "stacked_violin",
        group: Group::Pictures,
        summary: "Draw a small violin for each gene and group, coloured by the median.",
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
        like: &[
            "sc.pl.stacked_violin",
            "sc.pl.rank_genes_groups_stacked_violin",
        ],
        examples: &[
            "stacked_violin adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "stacked_violin adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]} by=cell_type swap_axes=true out=\"stacked_violin.png\"",
        ],
        holds: "a value a cell and gene that is drawn",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let colours =
            colour_scale::Asked::new(scene, &self.cmap.0, self.vmin, self.vmax, self.vcenter)?;
        let targets = promise(scene, &data, &self.asked())?;
        let out = self.out.as_ref().map(|out| out.0.clone());
        draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let expression = expression(values, self.standard_scale);
            let scale = colours.scale(&expression.values);
            let mut drawing = StackedViolins::new(expression);
            drawing.swap_axes = self.swap_axes.0;
            drawing.colour = ColourScale {
                title: drawing.colour.title,
                ..scale
            };
            Ok(titled(drawing, self.title))
        })
    }
}

impl StackedViolin {
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
