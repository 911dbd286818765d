//! `dotplot`: draw genes by group as dots: size is the share of cells, color the mean.

use crate::command::params::{Data, Flag, MapName, Palette, Positive};
use crate::command::spec::{DENDROGRAM, GROUPS, LOGS, MARKERS};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::color_scale::{self, ColorRange, GroupColors};
use crate::commands::plotting::genes_by_group::GenesByGroup;
use crate::commands::plotting::group_means::{Standard, group_means, promise};
use crate::commands::plotting::marker_values::{ColorValues, DRAWN_MARKERS};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Dots, Figure};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    Dotplot {
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
        /// Fraction with the largest dot.
        dot_max: Option<Positive>,
        /// Fraction below which no dot is drawn.
        dot_min: Option<Positive>,
        /// Colors, by matplotlib's names.
        #[also("color_map")]
        cmap: MapName = "Reds",
        /// A color per group, from white at low means, instead of cmap=: a list, a palette by
        /// matplotlib's name, or {group: color}.
        #[also("group_colors", "cols")]
        palette: Option<Palette>,
        use ColorRange as range,
        use GeneValues as matrix,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Dotplot {
    const SPEC: Spec = Spec {
        name: "dotplot",
        summary: "Draw a dot plot of genes by group: fraction of cells and mean expression.",
        keywords: "dot plot bubble plot expression visualization",
        about: "Without genes=, draws the top markers of each group.",
        reads: &[LOGS, GROUPS, MARKERS, DRAWN_MARKERS, DENDROGRAM],
        like: &[
            "sc.pl.dotplot",
            "sc.pl.rank_genes_groups_dotplot",
            "DotPlot",
        ],
        examples: &[
            "dotplot adata [\"CD3D\", \"MS4A1\", \"LYZ\"] by=cell_type",
            "dotplot adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]} by=cell_type out=\"dotplot.png\"",
            "dotplot adata by=cell_type top=3 standard_scale=var vmax=\"p95\"",
            "dotplot adata by=cell_type top=3 values=logfoldchanges min_logfoldchange=1 cmap=bwr vcenter=0",
            "dotplot adata [CD3D, MS4A1, LYZ] by=[cell_type, batch] groups=[B_donor1, B_donor2, NK_donor1, NK_donor2]",
            "dotplot adata [CD3D, MS4A1, LYZ] by=cell_type palette={B: \"tab:blue\", NK: crimson}",
        ],
        holds: "two numbers per gene and group",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let colors = color_scale::Asked::new(scene, &self.cmap, self.range)?;
        let palette = GroupColors::new(scene, self.palette.as_ref())?;
        let gathered = promise(scene, &data, &self.shown, &self.matrix, palette.as_ref())?;
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
                let mut drawing = Dots::new(found.grid, found.fractions, found.means);
                if let Some(palette) = &palette {
                    drawing.group_colors = palette.given(&found.groups);
                }
                drawing.dot_max = self.dot_max.as_ref().map(|most| most.0);
                drawing.dot_min = self.dot_min.as_ref().map(|least| least.0);
                let title = self.values.title(label, self.standard_scale);
                drawing.color = colors.under_title(title, &drawing.means);
                Ok(Figure::of(drawing))
            },
        )
    }
}
