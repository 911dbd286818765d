//! `dotplot`: draw genes by group as dots: size is the share of cells, colour the mean.

use super::group_means::{Standard, group_means, promise};
use super::picture::{colormap, draw};
use crate::command::params::{Data, Flag, GeneNames, GroupKey, LayerKey, PathOut, Positive, Text};
use crate::command::spec::{LOG_X, Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec};
use crate::data::Place;
use crate::data::figure::{Dots, Figure};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Dotplot {
        /// The dataset.
        adata: Data,
        /// Genes: a list, or a record of lists with titles.
        genes: GeneNames,
        /// Column of obs with the groups.
        by: GroupKey = "leiden",
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        out: Option<PathOut>,
        /// Let each gene, or each group, run from 0 to 1.
        standard_scale: Option<Standard>,
        /// Genes as rows.
        swap_axes: Flag = false,
        /// Colours, by matplotlib's names.
        cmap: Text = "Reds",
        /// Share with the largest dot.
        dot_max: Option<Positive>,
        /// Values of a layer instead of X.
        layer: Option<LayerKey>,
        /// Title above all.
        title: Option<Text>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for Dotplot {
    const SPEC: Spec = Spec {
        name: "dotplot",
        group: Group::Pictures,
        summary: "Draw genes by group as dots: size is the share of cells, colour the mean.",
        about: "",
        reads: &[
            LOG_X,
            Need {
                want: Want::Slot(Place::Obs, Key::Param("by")),
                what: "groups",
                made_by: "leiden",
            },
        ],
        aliases: &[
            ("groupby", "by"),
            ("var_names", "genes"),
            ("features", "genes"),
            ("color_map", "cmap"),
            ("save", "out"),
            ("group.by", "by"),
        ],
        like: &["sc.pl.dotplot", "DotPlot"],
        examples: &[
            "dotplot adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "dotplot adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]} by=cell_type out=\"dotplot.png\"",
        ],
        holds: "two numbers a gene and group",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let map = colormap(scene, "cmap", &self.cmap.0)?;
        let layer = self.layer.as_ref().map(|layer| layer.0.as_str());
        let targets = promise(scene, &data, &self.genes, &self.by.0, layer)?;
        let out = self.out.as_ref().map(|out| out.0.clone());
        draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let mut found = group_means(values, &self.genes, self.standard_scale);
            found.grid.swap_axes = self.swap_axes.0;
            let mut drawing = Dots::new(found.grid, found.fractions, found.means);
            drawing.dot_max = self.dot_max.as_ref().map(|most| most.0);
            drawing.colour.map = map;
            let figure = Figure::of(drawing);
            Ok(match self.title {
                Some(Text(title)) => figure.titled(title),
                None => figure,
            })
        })
    }
}
