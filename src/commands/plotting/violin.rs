//! `violin`: distributions of columns and genes, by group.

use crate::command::params::{ColorKey, Count, Data, Flag, GroupKey, Many, Palette, PathOut, Text};
use crate::command::spec::{SHOWN_KEYS, Theirs};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::group_rows::{Drawn as Rows, GroupRows, group_rows};
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::{Drawn, draw, no_groups_alone, numbers};
use crate::data::figure::{Figure, Panel, Violins};
use crate::diagnostic::{Outcome, code};
use crate::params;
use crate::plan::Promised;
use std::sync::Arc;

params! {
    Violin {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, one panel each.
        #[also("features")]
        keys: Many<ColorKey>,
        /// Column of obs with the groups; by default all cells together.
        #[also("groupby", "group.by")]
        by: Option<GroupKey>,
        /// Column of obs with conditions, whose violins stand side by side in each group: two
        /// conditions share one violin, a half each.
        #[also("split.by")]
        split: Option<GroupKey>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Groups to draw, in this order; by default all.
        #[also("order", "idents")]
        groups: Option<Many<Text>>,
        /// Colors of the conditions, or of the groups: a list, a palette by matplotlib's name, or
        /// {group: color}; stored in uns.
        #[also("cols")]
        palette: Option<Palette>,
        /// Draw the cells as points.
        #[also("stripplot")]
        strip: Flag = true,
        /// Logarithmic scale.
        log: Flag = false,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use GeneValues as values,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Violin {
    const SPEC: Spec = Spec {
        name: "violin",
        summary: "Draw violin plots of columns and genes, by group.",
        keywords: "distribution boxplot histogram visualization",
        reads: &[SHOWN_KEYS],
        like: &["sc.pl.violin", "VlnPlot", "RidgePlot"],
        theirs: &[(
            "pt.size",
            Theirs::When {
                is: "0",
                then: "strip=false",
                otherwise: "strip=false leaves out the cells",
            },
        )],
        examples: &[
            "qc adata mt=\"MT-\"; violin adata [n_genes_by_counts, total_counts, pct_counts_mt]",
            "violin adata CD3D by=cell_type out=\"violin.png\"",
            "violin adata LYZ by=cell_type split=is_doublet palette=[lightgray, tomato] strip=false",
        ],
        holds: "one value per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let keys = self.keys.texts();
        let (mut columns, mut names) = (Vec::new(), Vec::new());
        for key in &keys {
            let shown = numbers_or_gene(scene, &drawn.data, key, &self.values, "keys")?;
            columns.push(shown.value);
            names.push(shown.name);
        }
        let palette = self.palette(scene)?;
        let rows = self.rows(scene, &mut drawn, palette.as_ref())?;
        let name = |key: &Option<GroupKey>| key.as_ref().map(|key| key.0.clone());
        let (by, split) = (name(&self.by), name(&self.split));
        let reply = draw(
            scene,
            (columns, rows),
            self.out,
            (self.sheet, self.axes),
            move |(values, [rows, conditions])| {
                let groups = rows.map(|rows| rows.groups.clone());
                let conditions = conditions.map(|rows| rows.groups.clone());
                let panels = names.iter().zip(&values).filter_map(|(name, value)| {
                    let values = Arc::new(numbers(value.column()?));
                    let mut violins = Violins::new(name.clone(), values, groups.clone());
                    violins.split.clone_from(&conditions);
                    violins.split_label = split.clone().unwrap_or_default();
                    violins.group_label = by.clone().unwrap_or_default();
                    violins.strip = self.strip.0;
                    violins.scale.log = self.log.0;
                    Some(Panel::new(violins))
                });
                Ok(Figure {
                    panels: panels.collect(),
                    columns: self.columns.as_ref().map(|columns| columns.0),
                    ..Figure::default()
                })
            },
        )?;
        Ok(drawn.leaves(reply))
    }
}

impl Violin {
    /// The groups, then the conditions, as far as there are some. Where there are conditions, colors
    /// tell them apart.
    fn rows(
        &self,
        scene: &Scene,
        drawn: &mut Drawn,
        palette: Option<&GroupColors>,
    ) -> Outcome<[Option<Promised<GroupRows>>; 2]> {
        let mut rows = [None, None];
        let only = self.groups.as_ref();
        let of_groups = palette.filter(|_| self.split.is_none());
        if self.by.is_none() {
            no_groups_alone(scene, &only.map(Many::texts).unwrap_or_default())?;
        }
        let columns = [(&self.by, only, of_groups), (&self.split, None, palette)];
        for (row, (column, only, palette)) in rows.iter_mut().zip(columns) {
            if let Some(GroupKey(key)) = column {
                drawn.colors(scene, key, palette)?;
                let how = Rows {
                    only,
                    palette,
                    ..Rows::default()
                };
                *row = Some(group_rows(scene, &drawn.data, key, how)?);
            }
        }
        Ok(rows)
    }

    fn palette(&self, scene: &Scene) -> Outcome<Option<GroupColors>> {
        if self.palette.is_some() && self.by.is_none() && self.split.is_none() {
            let headline = "`palette` colors groups, but `by` is missing";
            let error = scene.error(
                "palette",
                code::NOT_APPLICABLE,
                headline,
                "of which column?",
            );
            return Err(error.help("by=leiden palette=tab10"));
        }
        GroupColors::new(scene, self.palette.as_ref())
    }
}
