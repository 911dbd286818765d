//! `ranks`: the best markers of each group at their scores.

use crate::command::known::tested_groups;
use crate::command::params::{Count, Data, Flag, GroupKey, Many, NewName, PathOut, Text};
use crate::command::spec::{Need, Sometimes, Want, When};
use crate::command::{Command, Key, NamedGroups, Reply, Scene, Spec};
use crate::commands::inputs::stored_markers::StoredMarkers;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, Panel, Ranks as Drawing, Scale};
use crate::data::{Known, Names, Place, Uns};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;

params! {
    Ranks {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups, if there are no markers yet.
        #[also("groupby")]
        by: GroupKey = "leiden",
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Number of genes per group.
        #[also("n_genes", "n")]
        top: Count = 20,
        /// Groups to draw, in this order; by default all.
        groups: Option<Many<Text>>,
        /// Use the same scale for all groups.
        sharey: Flag = true,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Name of the markers in uns.
        key: NewName = "rank_genes_groups",
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Ranks {
    const SPEC: Spec = Spec {
        name: "ranks",
        summary: "Draw the top marker genes of each group by score.",
        about: "Without genes=, dotplot, matrixplot, stacked_violin, heatmap, and tracks draw the same markers.",
        reads: &[Need {
            want: Want::If(&Sometimes {
                when: When::Always,
                want: Want::Slot(Place::Uns, Key::Param("key")),
                with: &["by", "key"],
            }),
            what: "markers",
            made_by: "markers",
        }],
        like: &["sc.pl.rank_genes_groups"],
        examples: &[
            "ranks adata by=cell_type",
            "ranks adata by=cell_type top=10 out=\"ranks.png\"",
        ],
        holds: "one name and one score per group and gene",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let record = scene.value(&data, Place::Uns, &self.key.0)?;
        if let (Some(_), Known::Value(groups)) =
            (scene.args.get("by"), tested_groups(&data, &self.key.0))
            && groups != self.by.0
        {
            let headline = format!("uns.{} holds markers of obs.{groups}", self.key.0);
            let label = format!("not of obs.{}", self.by.0);
            let help = format!("markers adata by={0} key={0}_markers", self.by.0);
            return Err(scene
                .error("by", code::NOT_APPLICABLE, headline, label)
                .help(help));
        }
        let named = NamedGroups {
            column: format!("uns.{}", self.key.0),
            names: self.groups.as_ref().map(Many::texts).unwrap_or_default(),
            origin: scene.origin_of("groups"),
        };
        if let Known::Value(uns) = scene.known_record(&data, &self.key.0)? {
            named.check(&groups_of(&uns))?;
        }
        let origin = scene.origin();
        let (out, sheet) = (self.out.clone(), (self.sheet.clone(), self.axes.clone()));
        draw(scene, record, out, sheet, move |record| {
            let uns = record.uns();
            if let Some(uns) = uns {
                named.check(&groups_of(uns))?;
            }
            let panels = uns.and_then(|uns| self.panels(uns)).ok_or_else(|| {
                let headline = format!("uns.{} does not hold markers", self.key.0);
                let error = Diagnostic::error(code::UNEXPECTED_CONTENT, headline).at(&origin);
                error.help(format!("markers adata by={} creates them", self.by.0))
            })?;
            Ok(Figure {
                panels,
                columns: self.columns.map(|columns| columns.0),
                ..Figure::default()
            })
        })
    }
}

/// The groups that markers are of.
fn groups_of(uns: &Uns) -> Names {
    let stored = StoredMarkers::of(uns);
    stored.map_or_else(Names::default, |stored| stored.groups())
}

impl Ranks {
    fn panels(&self, uns: &Uns) -> Option<Vec<Panel>> {
        let stored = StoredMarkers::of(uns)?;
        uns.get("scores")?;
        let reference = stored.reference();
        let wanted: Vec<&str> = match &self.groups {
            Some(groups) => groups.0.iter().map(|group| group.0.as_str()).collect(),
            None => stored.genes().map(|(group, _)| group).collect(),
        };
        let mut panels = Vec::new();
        for group in wanted {
            let genes = stored.genes().find(|(name, _)| *name == group);
            let (Some((_, names)), Some(scores)) = (genes, stored.numbers("scores", group)) else {
                continue;
            };
            let n = self.top.0.min(names.len()).min(scores.len());
            let drawing = Drawing {
                names: names.iter().take(n).map(str::to_owned).collect(),
                scores: scores[..n].to_vec(),
                x_label: "ranking".to_owned(),
                y_scale: Scale::new("score"),
                gap_after: None,
            };
            panels.push((format!("{group} vs. {reference}"), drawing));
        }
        if self.sharey.0 {
            share_scale(&mut panels);
        }
        Some(
            panels
                .into_iter()
                .map(|(title, drawing)| Panel::new(drawing).titled(title))
                .collect(),
        )
    }
}

/// One scale for all, with room for a name above the highest score.
fn share_scale(panels: &mut [(String, Drawing)]) {
    let scores = panels.iter().flat_map(|(_, drawing)| &drawing.scores);
    let finite = scores.copied().filter(|score| score.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| {
        (low.min(score), high.max(score))
    });
    if low < high {
        let low = low - 0.05 * (high - low);
        let range = Some((low, low + (high - low) / 0.72));
        for (_, drawing) in panels {
            drawing.y_scale.range = range;
        }
    }
}
