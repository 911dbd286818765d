//! `violin`: distributions of columns and genes, by group.

use crate::command::params::{ColorKey, Count, Data, Flag, GroupKey, Many, PathOut, Text};
use crate::command::spec::{LOGS, Need, Sometimes, Want, When};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::group_rows::{GroupRows, group_rows};
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::picture::{Drawn, Sheet, draw, no_groups_alone, numbers};
use crate::data::Value;
use crate::data::figure::{Figure, Panel, Violins};
use crate::diagnostic::Outcome;
use crate::params;
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
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Groups to draw, in this order; by default all.
        #[also("order", "idents")]
        groups: Option<Many<Text>>,
        /// Draw the cells as points.
        #[also("stripplot")]
        strip: Flag = true,
        /// Logarithmic scale.
        log: Flag = false,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use GeneValues as values,
        use Sheet as sheet,
    }
}

impl Command for Violin {
    const SPEC: Spec = Spec {
        name: "violin",
        summary: "Draw violin plots of columns and genes, by group.",
        keywords: "distribution boxplot histogram visualization",
        reads: &[Need {
            want: Want::If(&Sometimes {
                when: When::OfGenes(&["keys"]),
                want: Want::Shown,
                with: &[],
            }),
            ..LOGS
        }],
        like: &["sc.pl.violin", "VlnPlot"],
        examples: &[
            "qc adata mt=\"MT-\"; violin adata [n_genes_by_counts, total_counts, pct_counts_mt]",
            "violin adata CD3D by=cell_type out=\"violin.png\"",
        ],
        holds: "one value per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let keys = self.keys.texts();
        let (mut targets, mut names) = (Vec::new(), Vec::new());
        for key in &keys {
            let shown = numbers_or_gene(scene, &drawn.data, key, &self.values, "keys")?;
            targets.push(shown.value);
            names.push(shown.name);
        }
        let by = self.by.as_ref().map(|by| by.0.clone());
        if let Some(by) = &by {
            drawn.colors(scene, by, None)?;
            let only = self.groups.as_ref();
            targets.push(group_rows(scene, &drawn.data, by, only, false)?);
        } else {
            let named = self.groups.as_ref().map(Many::texts);
            no_groups_alone(scene, &named.unwrap_or_default())?;
        }
        let reply = draw(scene, targets, self.out, self.sheet, move |values| {
            let rows = values.get(names.len()).and_then(Value::inner::<GroupRows>);
            let groups = rows.map(|rows| rows.groups.clone());
            let panels = names.iter().zip(values).filter_map(|(name, value)| {
                let values = Arc::new(numbers(value.column()?));
                let mut violins = Violins::new(name.clone(), values, groups.clone());
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
        })?;
        Ok(drawn.leaves(reply))
    }
}
