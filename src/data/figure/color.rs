//! Colors of points and cells: one for all, by group, or by number.

use super::colormap::Colormap;
use super::palette::category_colors;
use super::rgb::Rgb;
use crate::data::{Category, Names};
use std::sync::Arc;

/// The group of every cell, and the color of every group.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Index into `levels`; -1 is missing.
    pub codes: Arc<Vec<i32>>,
    pub levels: Arc<Names>,
    /// One per level.
    pub colors: Vec<Rgb>,
}

impl Groups {
    /// Groups in the default colors.
    pub fn new(codes: Arc<Vec<i32>>, levels: Arc<Names>) -> Self {
        let colors = category_colors(levels.len());
        Groups {
            codes,
            levels,
            colors,
        }
    }

    /// Other colors, as far as they go; levels beyond keep theirs.
    pub fn colored(mut self, colors: &[Rgb]) -> Self {
        for (own, &given) in self.colors.iter_mut().zip(colors) {
            *own = given;
        }
        self
    }

    /// Which levels have cells.
    pub fn used(&self) -> Vec<bool> {
        let mut used = vec![false; self.levels.len()];
        (0..self.codes.len())
            .filter_map(|cell| self.level(cell))
            .for_each(|level| used[level] = true);
        used
    }

    /// The level of a cell, if it has one.
    pub fn level(&self, cell: usize) -> Option<usize> {
        let code = usize::try_from(self.codes[cell]).ok()?;
        (code < self.levels.len()).then_some(code)
    }
}

impl From<&Category> for Groups {
    fn from(category: &Category) -> Self {
        Groups::new(
            Arc::new(category.codes.clone()),
            Arc::clone(&category.levels),
        )
    }
}

/// What decides the color of each cell.
#[derive(Debug, Clone)]
pub enum Color {
    Same(Rgb),
    Groups(Groups),
    /// One number per cell; NaN is drawn in grey below the others.
    Values(Arc<Vec<f32>>, ColorScale),
}

/// How numbers become colors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColorScale {
    pub map: Colormap,
    /// The least and the largest value if not given.
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// The value that gets the middle color.
    pub center: Option<f64>,
    /// Beside the color bar.
    pub title: Option<String>,
}

impl ColorScale {
    pub fn new(map: Colormap) -> Self {
        ColorScale {
            map,
            ..Default::default()
        }
    }

    pub fn range(mut self, min: f64, max: f64) -> Self {
        (self.min, self.max) = (Some(min), Some(max));
        self
    }

    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The scale with its ends taken from the values where they are not given. Where all values
    /// are the same, zero is the other end.
    pub fn fitted(&self, values: impl IntoIterator<Item = f64>) -> ColorScale {
        let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            least = least.min(value);
            largest = largest.max(value);
        }
        if least > largest {
            (least, largest) = (0.0, 1.0);
        }
        let (min, max) = match (self.min, self.max) {
            (None, None) if least == largest && least == 0.0 => (0.0, 1.0),
            (None, None) if least == largest => (least.min(0.0), largest.max(0.0)),
            // One end was asked for, and all values lie beyond it.
            (Some(min), None) if largest <= min => (min, min + 1.0),
            (None, Some(max)) if least >= max => (max - 1.0, max),
            (min, max) => (min.unwrap_or(least), max.unwrap_or(largest)),
        };
        ColorScale {
            min: Some(min),
            max: Some(max),
            ..self.clone()
        }
    }

    /// Where a value lies on the color map, from 0 to 1. The ends must be set.
    pub fn position(&self, value: f64) -> f64 {
        let (min, max) = (self.min.unwrap_or(0.0), self.max.unwrap_or(1.0));
        let share = |from: f64, to: f64| {
            if to > from {
                ((value - from) / (to - from)).clamp(0.0, 1.0)
            } else {
                0.5
            }
        };
        match self.center {
            Some(center) if value <= center => 0.5 * share(min, center),
            Some(center) => 0.5 + 0.5 * share(center, max),
            None if max > min => share(min, max),
            None => 0.0,
        }
    }

    /// The color of a value; the ends must be set.
    pub fn color(&self, value: f64) -> Rgb {
        if value.is_nan() {
            return Rgb::MISSING;
        }
        self.map.at(self.position(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_colors() {
        assert_eq!(Rgb::parse("#1f77b4"), Some(Rgb(0x1f, 0x77, 0xb4)));
        assert_eq!(Rgb::parse("#1f77b4ff"), Some(Rgb(0x1f, 0x77, 0xb4)));
        assert_eq!(Rgb::parse("#17b"), Some(Rgb(0x11, 0x77, 0xbb)));
        assert_eq!(Rgb::parse("#1f77b"), None);
        assert_eq!(Rgb::parse("#1f77é"), None);
        assert_eq!(Rgb::parse("lightgrey"), Some(Rgb::MISSING));
        assert_eq!(Rgb::parse("tab:blue"), Rgb::parse("C0"));
        assert_eq!(Rgb::parse("Tab:Grey"), Some(Rgb(0x7f, 0x7f, 0x7f)));
        assert_eq!(Rgb::parse("rebeccapurple"), Some(Rgb(0x66, 0x33, 0x99)));
        assert_eq!(Rgb::parse("k"), Some(Rgb::BLACK));
        assert_eq!(Rgb::parse("0.5"), Some(Rgb::GREY));
        assert_eq!(Rgb::parse("1.5"), None);
        assert_eq!(Rgb::parse("rot"), None);
        assert!(Rgb::names().iter().all(|name| Rgb::parse(name).is_some()));
        assert_eq!(Rgb(31, 119, 180).to_string(), "#1f77b4");
    }

    #[test]
    fn scales_are_fitted_to_finite_values() {
        let scale = ColorScale::default().fitted([1.0, f64::NAN, 3.0, f64::INFINITY]);
        assert_eq!((scale.min, scale.max), (Some(1.0), Some(3.0)));
        assert_eq!(scale.position(2.0), 0.5);
        assert_eq!(scale.position(9.0), 1.0);
        let none = ColorScale::default().fitted([f64::NAN]);
        assert_eq!((none.min, none.max), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn the_center_gets_the_middle_color() {
        let scale = ColorScale {
            center: Some(0.0),
            ..ColorScale::default().range(-1.0, 4.0)
        };
        assert_eq!(scale.position(0.0), 0.5);
        assert_eq!(scale.position(2.0), 0.75);
        assert_eq!(scale.position(-1.0), 0.0);
    }

    #[test]
    fn a_constant_has_a_color() {
        let ends = |values: [f64; 2]| {
            let scale = ColorScale::default().fitted(values);
            (scale.min.unwrap(), scale.max.unwrap())
        };
        assert_eq!(ends([2.0, 2.0]), (0.0, 2.0));
        assert_eq!(ends([-2.0, -2.0]), (-2.0, 0.0));
        assert_eq!(ends([0.0, 0.0]), (0.0, 1.0));
        let above = ColorScale {
            min: Some(5.0),
            ..ColorScale::default()
        };
        let above = above.fitted([2.0, 3.0]);
        assert_eq!((above.min, above.max), (Some(5.0), Some(6.0)));
    }
}
