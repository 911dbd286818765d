//! `violin`: distributions of columns and genes, by group.

use crate::command::params::{
    ColorKey, Count, Data, Flag, GroupKey, LayerKey, Many, PathOut, Text,
};
use crate::command::{Command, Group, Reply, Scene, Spec};
use crate::commands::plotting::group_rows::{GroupRows, group_rows};
use crate::commands::plotting::picture::{
    Drawn, Sheet, column_or_gene, draw, no_groups_alone, numbers,
};
use crate::data::Value;
use crate::data::figure::{Figure, Panel, Violins};
use crate::diagnostic::Outcome;
use crate::params;
use std::sync::Arc;

params! {
    Violin {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, a drawing for each.
        #[also("features")]
        keys: Many<ColorKey>,
        /// Column of obs with the groups; all cells together, if left out.
        #[also("groupby", "group.by")]
        by: Option<GroupKey>,
        /// File to draw into (.png, .svg, .pdf); shown in the terminal, if left out.
        #[also("save")]
        out: Option<PathOut>,
        /// Groups to draw, in this order; all, if left out.
        #[also("order", "idents")]
        groups: Option<Many<Text>>,
        /// Draw the cells as points.
        #[also("stripplot")]
        strip: Flag = true,
        /// Logarithmic scale.
        log: Flag = false,
        /// Drawings in a row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Values of genes from a layer instead of X.
        layer: Option<LayerKey>,
        use Sheet as sheet,
    }
}

impl Command for Violin {
    const SPEC: Spec = Spec {
        name: "violin",
        group: Group::Pictures,
        summary: "Draw distributions of columns and genes, by group.",
        like: &["sc.pl.violin", "VlnPlot"],
        examples: &[
            "qc adata mt=\"MT-\"; violin adata [n_genes_by_counts, total_counts, pct_counts_mt]",
            "violin adata CD3D by=cell_type out=\"violin.png\"",
        ],
        holds: "a value a cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let keys = self.keys.texts();
        let layer = self.layer.as_deref();
        let mut targets = Vec::new();
        for key in &keys {
            targets.push(column_or_gene(scene, &drawn.data, key, layer)?);
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
            let rows = values.get(keys.len()).and_then(Value::inner::<GroupRows>);
            let groups = rows.map(|rows| rows.groups.clone());
            let panels = keys.iter().zip(values).filter_map(|(key, value)| {
                let values = Arc::new(numbers(value.column()?));
                let mut violins = Violins::new(key.clone(), values, groups.clone());
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
