//! `stacked_violin`: draw a small violin for each gene and group, colored by the median.

use crate::command::params::{Data, Flag, MapName};
use crate::command::spec::{DENDROGRAM, GROUPS, LOGS, MARKERS};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::color_scale::{self, ColorRange};
use crate::commands::plotting::gene_values::{StandardCells, expression, promise};
use crate::commands::plotting::genes_by_group::{GenesByGroup, titled};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, MEDIAN_EXPRESSION, StackedViolins};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    StackedViolin {
        /// The dataset.
        adata: Data,
        use GenesByGroup as shown,
        /// Scale each gene, or each cell, from 0 to 1.
        standard_scale: Option<StandardCells>,
        /// Genes as rows.
        swap_axes: Flag = false,
        /// Colors, by matplotlib's names.
        #[also("color_map")]
        cmap: MapName = "Blues",
        use ColorRange as range,
        use GeneValues as values,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for StackedViolin {
    const SPEC: Spec = Spec {
        name: "stacked_violin",
        summary: "Draw a stacked violin plot of genes by group.",
        about: "Without genes=, draws the top markers of each group.",
        reads: &[LOGS, GROUPS, MARKERS, DENDROGRAM],
        like: &[
            "sc.pl.stacked_violin",
            "sc.pl.rank_genes_groups_stacked_violin",
        ],
        examples: &[
            "stacked_violin adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "stacked_violin adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]} by=cell_type swap_axes=true out=\"stacked_violin.png\"",
        ],
        holds: "one value per cell and gene that is drawn",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let colors = color_scale::Asked::new(scene, &self.cmap, self.range)?;
        let gathered = promise(scene, &data, &self.shown, &self.values, None)?;
        let (needs, label) = (gathered.needs, gathered.label);
        let paper = (self.sheet, self.axes);
        draw(scene, needs, self.shown.out, paper, move |values| {
            let expression = expression(values, self.standard_scale);
            let mut drawing = StackedViolins::new(expression);
            drawing.swap_axes = self.swap_axes.0;
            let within = self.standard_scale.map(StandardCells::within);
            let title = titled(MEDIAN_EXPRESSION, label, within);
            drawing.color = colors.under_title(title, &drawing.expression.values);
            Ok(Figure::of(drawing))
        })
    }
}
