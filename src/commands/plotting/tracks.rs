//! `tracks`: draw every cell as a bar, a line for each gene, groups side by side.

use crate::command::params::{Data, LayerKey};
use crate::command::spec::{DENDROGRAM, DRAWN_X, GROUPS, MARKERS};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::commands::plotting::gene_values::{expression, promise};
use crate::commands::plotting::genes_by_group::GenesByGroup;
use crate::commands::plotting::picture::{Drawn, Sheet, draw};
use crate::data::figure::{self, Figure};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Tracks {
        /// The dataset.
        adata: Data,
        use GenesByGroup as shown,
        /// Values of a layer instead of X.
        layer: Option<LayerKey>,
        use Sheet as sheet,
    }
}

impl Command for Tracks {
    const SPEC: Spec = Spec {
        name: "tracks",
        group: Group::Pictures,
        summary: "Draw a track plot: the expression of genes in each cell, by group.",
        about: "Without genes it draws the best markers of each group.",
        reads: &[DRAWN_X, GROUPS, MARKERS, DENDROGRAM],
        like: &["sc.pl.tracksplot", "sc.pl.rank_genes_groups_tracksplot"],
        examples: &[
            "tracks adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "tracks adata by=cell_type top=2 out=\"tracks.png\"",
        ],
        holds: "one value per cell and gene that is drawn",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        drawn.colors(scene, &self.shown.by, None)?;
        let targets = promise(scene, &drawn.data, &self.shown, self.layer.as_deref())?;
        let reply = draw(scene, targets, self.shown.out, self.sheet, move |values| {
            let expression = expression(values, None);
            let drawing = figure::Tracks { expression };
            Ok(Figure::of(drawing))
        })?;
        Ok(drawn.leaves(reply))
    }
}
