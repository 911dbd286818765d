//! `tracks`: draw every cell as a bar, a line for each gene, groups side by side.

use crate::command::params::{Data, Palette};
use crate::command::spec::{DENDROGRAM, GROUPS, LOGS, MARKERS};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::cells_by_group::CellsByGroup;
use crate::commands::plotting::gene_values::expression;
use crate::commands::plotting::genes_by_group::GenesByGroup;
use crate::commands::plotting::paper::Sheet;
use crate::data::figure::{self, Figure};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Tracks {
        /// The dataset.
        adata: Data,
        use GenesByGroup as shown,
        /// Group colors: a list, a palette by matplotlib's name, or {group: color}; stored in uns.
        #[also("cols")]
        palette: Option<Palette>,
        use GeneValues as values,
        use Sheet as sheet,
    }
}

impl Command for Tracks {
    const SPEC: Spec = Spec {
        name: "tracks",
        summary: "Draw a track plot: the expression of genes in each cell, by group.",
        about: "Without genes=, draws the top markers of each group.",
        reads: &[LOGS, GROUPS, MARKERS, DENDROGRAM],
        like: &["sc.pl.tracksplot", "sc.pl.rank_genes_groups_tracksplot"],
        examples: &[
            "tracks adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "tracks adata by=cell_type top=2 out=\"tracks.png\"",
        ],
        holds: "one value per cell and gene that is drawn",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let cells = CellsByGroup {
            data: &self.adata.0,
            shown: self.shown,
            values: self.values,
            palette: self.palette,
            sheet: self.sheet,
        };
        cells.draw(scene, move |values, label| {
            let expression = expression(values, None);
            let drawing = figure::Tracks { expression };
            Ok(Figure {
                title: label.map(|label| format!("{label} expression")),
                ..Figure::of(drawing)
            })
        })
    }
}
