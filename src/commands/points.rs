//! What embeddings and scatter plots have in common: how points look, and the panels over them.

use super::colour_scale;
use super::picture::{Drawn, colour, column_or_gene};
use crate::command::Scene;
use crate::command::params::{ColorKey, Many, Text};
use crate::data::figure::{Figure, Frame, Legend, Panel, Points, Rgb};
use crate::data::{Column, Lazy, Value};
use crate::diagnostic::Outcome;
use crate::words;

words! {
    /// Where the names of groups stand.
    LegendPlace {
        /// beside the drawing
        Right = "right",
        /// on the groups
        OnData = "on_data",
        /// nowhere
        None = "none",
    }
}

impl From<LegendPlace> for Legend {
    fn from(place: LegendPlace) -> Legend {
        match place {
            LegendPlace::Right => Legend::RightMargin,
            LegendPlace::OnData => Legend::OnData,
            LegendPlace::None => Legend::Hidden,
        }
    }
}

/// How points are to look.
pub struct Look {
    /// Columns and genes, a panel for each.
    pub keys: Vec<String>,
    pub scale: colour_scale::Asked,
    pub palette: Option<Vec<Rgb>>,
    pub missing: Rgb,
    pub groups: Vec<String>,
    pub legend: LegendPlace,
    pub size: Option<f64>,
    pub sort: bool,
    pub frame: bool,
    pub titles: Vec<String>,
    pub columns: Option<usize>,
}

/// Texts of a parameter that may be left out.
pub fn texts(asked: Option<&Many<Text>>) -> Vec<String> {
    let texts = asked.iter().flat_map(|texts| &texts.0);
    texts.map(|text| text.0.clone()).collect()
}

/// Keys of a parameter that may be left out.
pub fn keys(asked: Option<&Many<ColorKey>>) -> Vec<String> {
    let keys = asked.iter().flat_map(|keys| &keys.0);
    keys.map(|key| key.0.clone()).collect()
}

impl Look {
    /// Columns or genes, then their colours: what [`Look::panels`] reads.
    pub fn targets(
        &self,
        scene: &Scene,
        drawn: &mut Drawn,
        layer: Option<&str>,
    ) -> Outcome<Vec<Lazy>> {
        let mut targets = Vec::new();
        for key in &self.keys {
            targets.push(column_or_gene(scene, &drawn.data, key, layer)?);
        }
        for key in &self.keys {
            targets.push(drawn.colours(scene, key, self.palette.as_deref())?);
        }
        Ok(targets)
    }

    /// A panel for each key over the same points; one without colours where there is none.
    pub fn panels(&self, values: &[Value], points: &Points) -> Vec<Panel> {
        if self.keys.is_empty() {
            return vec![Panel::new(self.dressed(points.clone(), None))];
        }
        let keys = self.keys.iter().enumerate();
        keys.filter_map(|(i, key)| {
            let column = values[i].column()?;
            let stored = values[self.keys.len() + i].uns();
            let mut points = points.clone();
            points.colour = colour(column, stored.map(|uns| &**uns), &self.scale);
            let points = self.dressed(points, Some(column));
            Some(Panel::new(points).titled(key.clone()))
        })
        .collect()
    }

    fn dressed(&self, mut points: Points, column: Option<&Column>) -> Points {
        points.size = self.size;
        points.sort = self.sort;
        points.legend = self.legend.into();
        points.missing = self.missing;
        if !self.frame {
            points.frame = Frame::Hidden;
        }
        if let (false, Some(column)) = (self.groups.is_empty(), column) {
            let levels = column.to_category().levels;
            let wanted = self.groups.iter();
            points.highlight = wanted.filter_map(|name| levels.position(name)).collect();
        }
        points
    }

    /// One title stands above all, a list above the panels.
    pub fn figure(&self, mut panels: Vec<Panel>) -> Figure {
        let above = match &self.titles[..] {
            [one] if panels.len() != 1 => Some(one.clone()),
            titles => {
                for (panel, title) in panels.iter_mut().zip(titles) {
                    panel.title = Some(title.clone());
                }
                None
            }
        };
        Figure {
            title: above,
            panels,
            columns: self.columns,
            ..Figure::default()
        }
    }
}
