//! `matrixplot`: draw the mean of genes by group as colored fields.

use crate::command::params::{Data, Flag, MapName};
use crate::command::spec::{DENDROGRAM, GROUPS, LOGS, MARKERS};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::color_scale::{self, ColorRange};
use crate::commands::plotting::genes_by_group::GenesByGroup;
use crate::commands::plotting::group_means::{Standard, group_means, promise};
use crate::commands::plotting::marker_values::{ColorValues, DRAWN_MARKERS};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, Matrix};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Matrixplot {
        /// The dataset.
        adata: Data,
        use GenesByGroup as shown,
        /// What colors show.
        #[also("values_to_plot")]
        values: ColorValues = ColorValues::Expression,
        /// Scale each gene, or each group, from 0 to 1.
        standard_scale: Option<Standard>,
        /// Genes as rows.
        swap_axes: Flag = false,
        /// Colors, by matplotlib's names.
        #[also("color_map")]
        cmap: MapName = "viridis",
        use ColorRange as range,
        use GeneValues as matrix,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Matrixplot {
    const SPEC: Spec = Spec {
        name: "matrixplot",
        summary: "Draw a matrix plot of mean gene expression by group.",
        about: "Without genes=, draws the top markers of each group.",
        reads: &[LOGS, GROUPS, MARKERS, DRAWN_MARKERS, DENDROGRAM],
        like: &["sc.pl.matrixplot", "sc.pl.rank_genes_groups_matrixplot"],
        examples: &[
            "matrixplot adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "matrixplot adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]} by=cell_type standard_scale=var out=\"matrixplot.png\"",
            "matrixplot adata by=cell_type top=2 swap_axes=true cmap=\"Blues\"",
            "matrixplot adata [CD3D, MS4A1, LYZ] by=[cell_type, batch]",
        ],
        holds: "two numbers per gene and group",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let colors = color_scale::Asked::new(scene, &self.cmap, self.range)?;
        let gathered = promise(scene, &data, &self.shown, &self.matrix, None)?;
        let (needs, label) = (gathered.needs, gathered.label);
        let needs = (needs, self.values.promise(scene, &data, &self.shown)?);
        let paper = (self.sheet, self.axes);
        draw(
            scene,
            needs,
            self.shown.out,
            paper,
            move |(values, markers)| {
                let mut found = group_means(values, self.standard_scale);
                let of_markers = markers.as_ref();
                (self.values).replace(&mut found, of_markers, self.standard_scale)?;
                found.grid.swap_axes = self.swap_axes.0;
                let mut drawing = Matrix::new(found.grid, found.means);
                let title = self.values.title(label, self.standard_scale);
                drawing.color = colors.under_title(title, &drawing.values);
                Ok(Figure::of(drawing))
            },
        )
    }
}
