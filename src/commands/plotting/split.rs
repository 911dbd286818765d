//! Panels by condition: every panel once for each group of a column, its cells in color above all
//! others, on the same axes and with the same colors.

use crate::command::Scene;
use crate::command::params::GroupKey;
use crate::commands::inputs::groups::{Groups, groups};
use crate::data::Dataset;
use crate::data::figure::{Figure, Kind, Legend, Panel, Part};
use crate::diagnostic::Outcome;
use crate::plan::Promised;
use std::sync::Arc;

/// Panels side by side where nothing else is said.
const ABREAST: usize = 4;
/// The same where each row is for another gene.
const MOST_ABREAST: usize = 8;

/// The groups of the column, if there is one.
pub fn conditions(
    scene: &Scene,
    data: &Dataset,
    key: Option<&GroupKey>,
) -> Outcome<Option<Promised<Groups>>> {
    key.map(|key| groups(scene, data, key)).transpose()
}

/// The figure with each of its panels once for each group.
pub fn split(figure: Figure, groups: &Groups) -> Figure {
    let n = groups.levels.len();
    if n == 0 {
        return figure;
    }
    let codes: Arc<Vec<i32>> = Arc::new(groups.codes.iter().map(|&code| code as i32).collect());
    let one = figure.panels.len() == 1;
    let usual = match (one, n) {
        (true, n) => n.min(ABREAST),
        (false, n) => n.min(MOST_ABREAST),
    };
    let columns = figure.columns.unwrap_or(usual);
    let last = n.min(columns) - 1;
    let mut title = figure.title;
    let mut panels = Vec::with_capacity(n * figure.panels.len());
    for panel in figure.panels {
        for (level, name) in groups.levels.iter().enumerate() {
            // One legend for all that have the same, at the end of a row.
            let keyed = level == last || !one && columns != n;
            let part = Part {
                codes: codes.clone(),
                level: level as i32,
            };
            let mut drawn = of_part(panel.clone(), part, keyed);
            drawn.title = Some(match &panel.title {
                Some(title) if !one => format!("{title}: {name}"),
                _ => name.to_owned(),
            });
            panels.push(drawn);
        }
        if one {
            title = title.or(panel.title);
        }
    }
    Figure {
        title,
        panels,
        columns: Some(columns),
        ..figure
    }
}

fn of_part(mut panel: Panel, part: Part, keyed: bool) -> Panel {
    if let Kind::Points(points) = &mut panel.kind {
        points.part = Some(part);
        if !keyed {
            points.bar = false;
            if points.legend == Legend::RightMargin {
                points.legend = Legend::Hidden;
            }
        }
    }
    panel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::{Color, Points, Rgb};

    #[test]
    fn a_panel_for_each_condition_and_one_legend() {
        let groups = Groups {
            codes: [0, 1, 1].into(),
            levels: Arc::new(["ctrl", "stim"].iter().collect()),
        };
        let places = Arc::new(vec![0.0, 1.0, 2.0]);
        let points = Points::scatter(places.clone(), places, Color::Same(Rgb::BLACK));
        let panel = |name: &str| Panel::new(points.clone()).titled(name);
        let one = split(Figure::default().with(panel("CD3D")), &groups);
        let titles = |figure: &Figure| -> Vec<String> {
            let titles = figure.panels.iter().map(|panel| panel.title.clone());
            titles.flatten().collect()
        };
        assert_eq!(one.title.as_deref(), Some("CD3D"));
        assert_eq!(titles(&one), ["ctrl", "stim"]);
        let bars = |figure: &Figure| -> Vec<bool> {
            let bar = |panel: &Panel| match &panel.kind {
                Kind::Points(points) => points.bar,
                _ => false,
            };
            figure.panels.iter().map(bar).collect()
        };
        assert_eq!(bars(&one), [false, true]);
        let two = Figure::default().with(panel("CD3D")).with(panel("LYZ"));
        let two = split(two, &groups);
        assert_eq!(titles(&two)[1], "CD3D: stim");
        assert_eq!(
            (two.columns(), bars(&two)),
            (2, vec![false, true, false, true])
        );
    }
}
