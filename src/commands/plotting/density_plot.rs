//! `density_plot`: an embedding colored by how densely each group lies in it.

use crate::command::params::{Count, Data, GroupKey, Many, ObsmKey, PathOut, Positive, Text};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::groups::{Groups, groups_with};
use crate::commands::plotting::color_scale::colormap;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::{draw, no_groups_alone, numbers};
use crate::commands::plotting::plot;
use crate::commands::structure::density::{column_name, columns_of};
use crate::data::figure::{Color, ColorScale, Colormap, Figure, Kind, Panel};
use crate::data::{Place, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;
use std::sync::Arc;

params! {
    DensityPlot {
        /// The dataset.
        adata: Data,
        /// Column of obs with groups, one panel each; by default all cells in one panel.
        #[also("groupby")]
        by: Option<GroupKey>,
        /// Groups to draw; by default all.
        #[also("group")]
        groups: Option<Many<Text>>,
        /// Embedding in obsm: umap, tsne …
        basis: ObsmKey = "X_umap",
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Colors, by matplotlib's names.
        #[also("color_map")]
        cmap: Text = "YlOrRd",
        /// Point size; by default chosen by the number of cells.
        size: Option<Positive>,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for DensityPlot {
    const SPEC: Spec = Spec {
        name: "density_plot",
        summary: "Draw the density of cells in an embedding, one panel per group.",
        about: "Shows the result of `density`; cells of other groups are gray.",
        like: &["sc.pl.embedding_density"],
        examples: &[
            "density adata by=cell_type; density_plot adata by=cell_type out=\"density.png\"",
            "density adata; density_plot adata",
        ],
        holds: "two coordinates and one number per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let map = colormap(scene, "cmap", &self.cmap.0)?;
        let by = self.by.as_ref().map(|by| by.0.clone());
        let key = column_name(&self.basis.0, by.as_deref());
        if !data.obs.contains_key(&key) {
            let by = by.map_or(String::new(), |by| format!(" by={by}"));
            let basis = self.basis.0.trim_start_matches("X_");
            return Err(Diagnostic::error(
                code::MISSING_PREREQUISITE,
                format!("no obs.{key} to draw"),
            )
            .label(scene.args.span, "needs densities")
            .in_source(scene.source)
            .help(format!("run `density adata{by} basis={basis}` first")));
        }
        let places = scene.value(&data, Place::Obsm, &self.basis.0)?;
        let densities = scene.value(&data, Place::Obs, &key)?;
        let mut grouped = None;
        let chosen = self.groups.as_ref().map(Many::texts).unwrap_or_default();
        match &by {
            Some(by) => {
                let named = scene.named_groups(&data, by, "groups", chosen)?;
                grouped = Some(groups_with(scene, &data, by, vec![named])?);
            }
            None => no_groups_alone(scene, &chosen)?,
        }
        let record = format!("{key}_params");
        let record = data.uns.contains_key(&record).then_some(record);
        let record = record.map(|record| scene.value(&data, Place::Uns, &record));
        let needs = (places, densities, grouped, record.transpose()?);
        let (out, sheet) = (self.out.clone(), (self.sheet.clone(), self.axes.clone()));
        draw(scene, needs, out, sheet, move |values| {
            self.figure(values, map)
        })
    }
}

/// The components of the embedding in which density was measured.
fn measured(record: Option<&Value>) -> (usize, usize) {
    let record = record.and_then(Value::uns);
    let components = record.and_then(|uns| match uns.get("components") {
        Some(Uns::Texts(texts)) if texts.len() == 2 => {
            let at = |i: usize| texts.get(i).parse::<usize>().ok()?.checked_sub(1);
            at(0).zip(at(1))
        }
        _ => None,
    });
    components.unwrap_or((0, 1))
}

impl DensityPlot {
    /// Of the embedding, the densities, groups, and the record of what was measured.
    fn figure(
        self,
        (places, densities, groups, record): (Value, Value, Option<Arc<Groups>>, Option<Value>),
        map: Colormap,
    ) -> Outcome<Figure> {
        let Some(column) = densities.column() else {
            return Err(Diagnostic::error(
                code::UNEXPECTED_CONTENT,
                "the densities are not numeric",
            ));
        };
        let columns = columns_of(&self.basis.0, measured(record.as_ref()));
        let all = plot::places_of(&self.basis.0, &places, columns)?;
        let densities = numbers(column);
        let scale = ColorScale::new(map).range(0.0, 1.0).titled("density");
        let panel = |values: Vec<f32>| {
            let mut points = all.clone();
            points.color = Color::Values(Arc::new(values), scale.clone());
            points.size = self.size.as_ref().map(|size| size.0);
            Panel::new(points)
        };
        let mut figure = Figure::default();
        match groups {
            Some(groups) => {
                let wanted = |name: &str| match &self.groups {
                    Some(Many(some)) => some.iter().any(|it| it.0 == name),
                    None => true,
                };
                for (level, name) in groups
                    .levels
                    .iter()
                    .enumerate()
                    .filter(|(_, name)| wanted(name))
                {
                    let own = densities.iter().zip(&*groups.codes);
                    let own =
                        own.map(|(&d, &code)| if code as usize == level { d } else { f32::NAN });
                    figure = figure.with(panel(own.collect()).titled(name));
                }
            }
            None => figure = figure.with(panel(densities)),
        }
        figure.columns = self.columns.as_ref().map(|columns| columns.0);
        // One bar for all: they have the same scale.
        let last = figure.columns().min(figure.panels.len()).saturating_sub(1);
        for (i, panel) in figure.panels.iter_mut().enumerate() {
            if let Kind::Points(points) = &mut panel.kind {
                points.bar = i == last;
            }
        }
        Ok(figure)
    }
}
