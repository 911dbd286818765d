//! Colors of points and cells: one for all, by group, or by number.

use super::{Colormap, category_colors};
use crate::data::{Category, Names};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A color as the screen has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    pub const BLACK: Rgb = Rgb(0, 0, 0);
    pub const WHITE: Rgb = Rgb(255, 255, 255);
    /// Marks whose color means nothing.
    pub const GREY: Rgb = Rgb(128, 128, 128);
    /// Cells without a value, and those not highlighted.
    pub const MISSING: Rgb = Rgb(211, 211, 211);

    /// `#1f77b4`, `#1f77b4ff` as `uns["leiden_colors"]` may have it, `#17b`, or matplotlib's name of
    /// a color: `red`, `tab:blue`, `k`, `C0`, or a gray level such as `0.5`.
    pub fn parse(text: &str) -> Option<Rgb> {
        match text.strip_prefix('#') {
            Some(digits) => Rgb::of_digits(digits),
            None => Rgb::of_name(text),
        }
    }

    fn of_digits(digits: &str) -> Option<Rgb> {
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |i: usize| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok();
        let short = |i: usize| u8::from_str_radix(&digits[i..=i], 16).ok().map(|x| 17 * x);
        match digits.len() {
            6 | 8 => Some(Rgb(part(0)?, part(1)?, part(2)?)),
            3 | 4 => Some(Rgb(short(0)?, short(1)?, short(2)?)),
            _ => None,
        }
    }

    fn of_name(text: &str) -> Option<Rgb> {
        let name = text.to_ascii_lowercase().replace("grey", "gray");
        if let Some(color) = named().get(name.as_str()) {
            return Some(*color);
        }
        if let Some(at) = name.strip_prefix('c').and_then(|at| at.parse().ok()) {
            let cycle = Colormap::named("tab10")?.steps()?;
            let at: usize = at;
            return Some(cycle[at % cycle.len()]);
        }
        let level: f64 = name.parse().ok()?;
        let part = (255.0 * level).round() as u8;
        (0.0..=1.0)
            .contains(&level)
            .then_some(Rgb(part, part, part))
    }

    /// All names that [`Rgb::parse`] knows, sorted.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<&str> = named().keys().copied().collect();
        names.sort_unstable();
        names
    }

    pub(super) const fn hex(code: u32) -> Rgb {
        Rgb((code >> 16) as u8, (code >> 8) as u8, code as u8)
    }

    /// The mixture of this and another color; `share` 0 is this one, 1 the other.
    pub fn mix(self, other: Rgb, share: f64) -> Rgb {
        let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round();
        Rgb(
            part(self.0, other.0) as u8,
            part(self.1, other.1) as u8,
            part(self.2, other.2) as u8,
        )
    }

    /// Perceived lightness from 0 to 1 (Rec. 601 weights).
    pub fn lightness(self) -> f64 {
        (0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)) / 255.0
    }
}

/// matplotlib's colors by name: those of CSS, `tab:blue` and the like, and single letters.
fn named() -> &'static HashMap<&'static str, Rgb> {
    static NAMED: OnceLock<HashMap<&str, Rgb>> = OnceLock::new();
    NAMED.get_or_init(|| {
        let lines = include_str!("color_names.txt").lines();
        let color = |line: &'static str| {
            let (name, code) = line.split_once(' ')?;
            Some((name, Rgb::hex(u32::from_str_radix(code, 16).ok()?)))
        };
        lines.filter_map(color).collect()
    })
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The group of every cell, and the color of every group.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Index into `levels`; -1 is missing.
    pub codes: Arc<Vec<i32>>,
    pub levels: Arc<Names>,
    /// One a level.
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
    /// One number a cell; NaN is drawn in grey below the others.
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
