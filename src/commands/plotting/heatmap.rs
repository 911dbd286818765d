//! `heatmap`: draw genes in every cell as colors, cells of a group together.

use crate::command::params::{Data, Flag, MapName, Palette};
use crate::command::spec::{DENDROGRAM, GROUPS, LOGS, MARKERS};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::cells_by_group::CellsByGroup;
use crate::commands::plotting::color_scale::{self, ColorRange};
use crate::commands::plotting::gene_values::{StandardCells, expression};
use crate::commands::plotting::genes_by_group::{GenesByGroup, titled};
use crate::commands::plotting::paper::Sheet;
use crate::data::figure::{Figure, HeatMap};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Heatmap {
        /// The dataset.
        adata: Data,
        use GenesByGroup as shown,
        /// Group colors: a list, a palette by matplotlib's name, or {group: color}; stored in uns.
        #[also("cols")]
        palette: Option<Palette>,
        /// Scale each gene, or each cell, from 0 to 1.
        standard_scale: Option<StandardCells>,
        /// Genes as rows.
        swap_axes: Flag = false,
        /// Colors, by matplotlib's names.
        #[also("color_map")]
        cmap: MapName = "viridis",
        use ColorRange as range,
        use GeneValues as values,
        use Sheet as sheet,
    }
}

impl Command for Heatmap {
    const SPEC: Spec = Spec {
        name: "heatmap",
        summary: "Draw a heatmap of gene expression, cells sorted by group.",
        keywords: "visualization expression heat map",
        about: "Without genes=, draws the top markers of each group.",
        reads: &[LOGS, GROUPS, MARKERS, DENDROGRAM],
        like: &[
            "sc.pl.heatmap",
            "sc.pl.rank_genes_groups_heatmap",
            "DoHeatmap",
        ],
        examples: &[
            "heatmap adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "heatmap adata by=cell_type top=3 standard_scale=var swap_axes=true out=\"heatmap.png\"",
        ],
        holds: "one value per cell and gene that is drawn",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let colors = color_scale::Asked::new(scene, &self.cmap, self.range)?;
        let cells = CellsByGroup {
            data: &self.adata.0,
            shown: self.shown,
            values: self.values,
            palette: self.palette,
            sheet: self.sheet,
        };
        let standard_scale = self.standard_scale;
        cells.draw(scene, move |values, label| {
            let expression = expression(values, standard_scale);
            let mut drawing = HeatMap::new(expression);
            let title = titled(
                "Expression",
                label,
                standard_scale.map(StandardCells::within),
            );
            drawing.color = colors.under_title(title, &drawing.expression.values);
            drawing.swap_axes = self.swap_axes.0;
            Ok(Figure::of(drawing))
        })
    }
}
