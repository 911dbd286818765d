//! `tracks`: draw every cell as a bar, a line for each gene, groups side by side.

use super::gene_values::{Asked, expression, promise};
use super::picture::{Drawn, draw, titled};
use crate::data::figure;

use crate::command::params::{
    Count, Data, Flag, GeneNames, GroupKey, LayerKey, Many, PathOut, Positive, Text,
};
use crate::command::spec::{DENDROGRAM, DRAWN_X, GROUPS, MARKERS};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Tracks {
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
        /// Values of a layer instead of X.
        layer: Option<LayerKey>,
        /// Title above all.
        title: Option<Text>,
        /// Pixels to the inch.
        dpi: Positive = 150.0,
    }
}

impl Command for Tracks {
    const SPEC: Spec = Spec {
        name: "tracks",
        group: Group::Pictures,
        summary: "Draw every cell as a bar, a line for each gene, groups side by side.",
        about: "Without genes it draws the best markers of each group.",
        reads: &[DRAWN_X, GROUPS, MARKERS, DENDROGRAM],
        aliases: &[
            ("groupby", "by"),
            ("var_names", "genes"),
            ("features", "genes"),
            ("n_genes", "top"),
            ("categories_order", "groups"),
            ("idents", "groups"),
            ("save", "out"),
            ("group.by", "by"),
        ],
        like: &["sc.pl.tracksplot", "sc.pl.rank_genes_groups_tracksplot"],
        examples: &[
            "tracks adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "tracks adata by=cell_type top=2 out=\"tracks.png\"",
        ],
        holds: "a value a cell and gene that is drawn",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        drawn.colours(scene, &self.by.0, None)?;
        let targets = promise(scene, &drawn.data, &self.asked())?;
        let out = self.out.as_ref().map(|out| out.0.clone());
        let reply = draw(scene, targets, out.as_deref(), self.dpi.0, move |values| {
            let expression = expression(values, None);
            let drawing = figure::Tracks { expression };
            Ok(titled(drawing, self.title))
        })?;
        Ok(drawn.leaves(reply))
    }
}

impl Tracks {
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
