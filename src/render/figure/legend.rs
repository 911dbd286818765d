//! What colors and sizes mean: names of groups, bars of colors, sizes of dots.

use super::axes::LINE_WIDTH;
use super::layout::Margins;
use super::names;
use super::ruler::Ruler;
use super::scene::{Image, Item, Path, Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label, SMALL, TINY};
use crate::data::figure::{ColorScale, Rgb, Scale};
use std::sync::Arc;

/// Between a body and what is right of it.
const APART: f64 = 12.0;
const ROW: f64 = 15.0;
/// Room for the lines of a long name.
const FOLDED: f64 = 36.0;
const DISC: f64 = 4.0;
const BAR: f64 = 9.0;
/// Height of the legend of a usual drawing.
const USUAL: f64 = 240.0;
/// A legend may be as high as this share of what a body as wide as high takes with it.
const ASPECT: f64 = 0.6;

/// What is before a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Disc,
    Triangle,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// In several lines, if it is long.
    pub name: String,
    pub color: Rgb,
    pub sign: Sign,
}

impl Entry {
    fn new(name: &str, color: Rgb, sign: Sign) -> Self {
        let name = names::folded(name, FOLDED, LABEL);
        Entry { name, color, sign }
    }

    fn width(&self) -> f64 {
        2.0 * DISC + 6.0 + text::widest([&*self.name], LABEL) + 10.0
    }

    fn height(&self) -> f64 {
        ROW + self.name.matches('\n').count() as f64 * LABEL * text::LINE
    }
}

/// Sums of the heights of entries.
fn heights(column: &[Entry]) -> f64 {
    column.iter().map(Entry::height).sum()
}

/// Names with their colors, in the right margin.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    pub list: Vec<Entry>,
    /// Above them; empty for none.
    pub title: String,
}

impl From<Vec<(String, Rgb)>> for Entries {
    fn from(list: Vec<(String, Rgb)>) -> Self {
        let entries = list
            .into_iter()
            .map(|(name, color)| Entry::new(&name, color, Sign::Disc));
        Entries {
            list: entries.collect(),
            title: String::new(),
        }
    }
}

impl Entries {
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The last entry, before a triangle.
    pub fn with_triangle(mut self, name: String, color: Rgb) -> Self {
        self.list.push(Entry::new(&name, color, Sign::Triangle));
        self
    }

    /// Entries below each other: as many as fit beside the body, and more where the picture would
    /// become much wider than high.
    fn rows(&self, height: f64) -> usize {
        let n = self.list.len().max(1);
        let suits = |rows: &usize| {
            let columns = || self.list.chunks(*rows);
            let share = ASPECT * (columns().map(Self::column_width).sum::<f64>() + height);
            let highest = columns().map(heights).fold(0.0, f64::max);
            highest + self.heading() <= share.max(height).max(USUAL)
        };
        // Columns of even length look better than a full one and a rest.
        let mut even = (1..=n).map(|columns| n.div_ceil(columns));
        even.find(suits).unwrap_or(1)
    }

    fn columns(&self, height: f64) -> impl Iterator<Item = &[Entry]> {
        self.list.chunks(self.rows(height))
    }

    fn column_width(column: &[Entry]) -> f64 {
        column.iter().map(Entry::width).fold(0.0, f64::max)
    }

    /// Height of the title.
    fn heading(&self) -> f64 {
        if self.title.is_empty() || self.list.is_empty() {
            0.0
        } else {
            ROW
        }
    }

    pub fn width(&self, height: f64) -> f64 {
        if self.list.is_empty() {
            return 0.0;
        }
        let columns = self.columns(height).map(Self::column_width).sum::<f64>() - 10.0;
        APART + columns.max(text::width(&self.title, LABEL, false))
    }

    /// Room around a body of this height.
    pub fn margins(&self, height: f64) -> Margins {
        Margins {
            right: self.width(height),
            bottom: self.overhang(height),
            ..Margins::default()
        }
    }

    /// Height of everything.
    fn height(&self, height: f64) -> f64 {
        let highest = self.columns(height).map(heights).fold(0.0, f64::max);
        highest + self.heading()
    }

    /// Room below a body that is lower than the list.
    pub fn overhang(&self, height: f64) -> f64 {
        (self.height(height) - height).max(0.0)
    }

    /// In the middle of the body; from its top on where the list is higher.
    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        let mut x = body.right() + APART;
        let (_, middle) = body.center();
        // Columns begin on one line, the last may be shorter.
        let mut top = (middle - self.height(body.height) / 2.0).max(body.y);
        if self.heading() > 0.0 {
            Label::new(&self.title).centered_at(scene, x, top + ROW / 2.0);
            top += self.heading();
        }
        for column in self.columns(body.height) {
            let mut next = top;
            for entry in column {
                // The sign is next to the first line.
                let y = next + 0.5 * ROW;
                next += entry.height();
                match entry.sign {
                    Sign::Disc => scene.disc(x + DISC, y, DISC, Some(entry.color), None),
                    Sign::Triangle => {
                        scene.fill(triangle((x + 2.0 * DISC, y), (1.0, 0.0)), entry.color);
                    }
                }
                let baseline = y + LABEL * CAPITAL / 2.0;
                Label::new(&entry.name).at(scene, x + 2.0 * DISC + 6.0, baseline);
            }
            x += Self::column_width(column);
        }
    }
}

/// Length of a triangle.
const LENGTH: f64 = 6.5;

/// A triangle with its tip at a place, in one of the directions along the axes.
pub fn triangle((x, y): (f64, f64), (dx, dy): (f64, f64)) -> Path {
    let half = LENGTH * 0.42;
    let (back_x, back_y) = (x - dx * LENGTH, y - dy * LENGTH);
    Path::polygon([
        (x, y),
        (back_x + dy * half, back_y + dx * half),
        (back_x - dy * half, back_y - dx * half),
    ])
}

/// A standing bar as high as the body, with its numbers at the right.
pub struct ColorBar<'a>(pub &'a ColorScale);

impl ColorBar<'_> {
    fn ruler(&self, start: f64, end: f64) -> Ruler {
        let ends = (self.0.min.unwrap_or(0.0), self.0.max.unwrap_or(1.0));
        Ruler::new(&Scale::default(), ends, start, end)
    }

    fn spacing(height: f64) -> f64 {
        (height / 8.0).max(28.0)
    }

    pub fn width(&self, height: f64) -> f64 {
        let ticks = self.ruler(height, 0.0).ticks(Self::spacing(height));
        let numbers = text::widest(ticks.iter().map(|(_, text)| text.as_str()), SMALL);
        let title = match &self.0.title {
            Some(title) => SMALL * (1.0 + title.matches('\n').count() as f64) * text::LINE + 4.0,
            None => 0.0,
        };
        APART + BAR + 6.0 + numbers + title
    }

    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        let height = if body.height > 320.0 {
            220.0
        } else {
            body.height
        };
        let bar = Rect::new(body.right() + APART, body.bottom() - height, BAR, height);
        scene.items.push(Item::Image(gradient(self.0, true), bar));
        scene.stroke(Path::rect(bar), Rgb::BLACK, 0.6);
        let ruler = self.ruler(bar.bottom(), bar.y);
        let mut widest = 0.0f64;
        for (value, label) in ruler.ticks(Self::spacing(height)) {
            let y = ruler.at(value);
            scene.line(
                (bar.right(), y),
                (bar.right() + 3.0, y),
                Rgb::BLACK,
                LINE_WIDTH,
            );
            widest = widest.max(text::width(&label, SMALL, false));
            Label::new(label)
                .size(SMALL)
                .centered_at(scene, bar.right() + 6.0, y);
        }
        if let Some(title) = &self.0.title {
            let x = bar.right() + 6.0 + widest + 4.0 + SMALL * CAPITAL / 2.0;
            let title = title.replace('\n', " ");
            Label::new(title)
                .size(SMALL)
                .turned(90.0)
                .middle()
                .centered_at(scene, x, bar.center().1);
        }
    }
}

/// The colors of a scale as an image of 256 pixels, upwards or to the right.
fn gradient(scale: &ColorScale, upwards: bool) -> Image {
    let (min, max) = (scale.min.unwrap_or(0.0), scale.max.unwrap_or(1.0));
    let mut pixels = Vec::with_capacity(4 * 256);
    for i in 0..256 {
        let share = f64::from(i) / 255.0;
        let share = if upwards { 1.0 - share } else { share };
        // A constant still shows the whole map.
        let color = if max > min {
            scale.color(min + share * (max - min))
        } else {
            scale.map.at(share)
        };
        pixels.extend([color.0, color.1, color.2, 255]);
    }
    let (width, height) = if upwards { (1, 256) } else { (256, 1) };
    Image {
        width,
        height,
        pixels: Arc::new(pixels),
    }
}

/// Beside grids of dots, fields and small violins: a lying bar, and the sizes of dots above it.
pub struct GridLegend<'a> {
    pub color: &'a ColorScale,
    /// Title, and sizes as radius and label.
    pub sizes: Option<(&'a str, Vec<(f64, String)>)>,
}

/// Width of a lying bar.
const LYING: f64 = 76.0;

impl GridLegend<'_> {
    pub fn width(&self) -> f64 {
        let titles = self.color.title.iter().map(String::as_str);
        let titles = titles.chain(self.sizes.iter().map(|(title, _)| *title));
        let widest = text::widest(titles.flat_map(str::lines), TINY);
        let dots = self
            .sizes
            .as_ref()
            .map_or(0.0, |(_, sizes)| Self::dots(sizes));
        APART + 4.0 + LYING.max(widest).max(dots)
    }

    fn dots(sizes: &[(f64, String)]) -> f64 {
        sizes.iter().map(Self::dot_step).sum()
    }

    fn dot_step((radius, label): &(f64, String)) -> f64 {
        (2.0 * radius + 4.0).max(text::width(label, TINY, false) + 4.0)
    }

    fn bar_height(&self) -> f64 {
        let lines = self
            .color
            .title
            .as_ref()
            .map_or(0, |title| title.lines().count());
        lines as f64 * TINY * text::LINE + 3.0 + BAR + 3.0 + 2.0 + TINY
    }

    fn sizes_height(&self) -> f64 {
        let Some((title, sizes)) = &self.sizes else {
            return 0.0;
        };
        let largest = sizes.iter().map(|(radius, _)| *radius).fold(0.0, f64::max);
        title.lines().count() as f64 * TINY * text::LINE + 4.0 + 2.0 * largest + 4.0 + TINY + 14.0
    }

    pub fn height(&self) -> f64 {
        self.bar_height() + self.sizes_height()
    }

    /// `x` is the left edge; the block ends at `bottom`.
    pub fn draw(&self, scene: &mut Scene, x: f64, bottom: f64) {
        let middle = x + APART + 4.0 + (self.width() - APART - 4.0) / 2.0;
        let mut y = bottom - self.height();
        if let Some((title, sizes)) = &self.sizes {
            self.draw_sizes(scene, middle, y, title, sizes);
            y += self.sizes_height();
        }
        y = titled(scene, self.color.title.as_deref(), middle, y) + 3.0;
        let bar = Rect::new(middle - LYING / 2.0, y, LYING, BAR);
        scene
            .items
            .push(Item::Image(gradient(self.color, false), bar));
        scene.stroke(Path::rect(bar), Rgb::BLACK, 0.6);
        let ends = (self.color.min.unwrap_or(0.0), self.color.max.unwrap_or(1.0));
        let ruler = Ruler::new(&Scale::default(), ends, bar.x, bar.right());
        for (value, label) in ruler.ticks_abreast(25.0, TINY) {
            let at = ruler.at(value);
            scene.line(
                (at, bar.bottom()),
                (at, bar.bottom() + 2.5),
                Rgb::BLACK,
                LINE_WIDTH,
            );
            Label::new(label).size(TINY).middle().at(
                scene,
                at,
                bar.bottom() + 5.0 + TINY * CAPITAL,
            );
        }
    }

    fn draw_sizes(
        &self,
        scene: &mut Scene,
        middle: f64,
        top: f64,
        title: &str,
        sizes: &[(f64, String)],
    ) {
        let largest = sizes.iter().map(|(radius, _)| *radius).fold(0.0, f64::max);
        let y = titled(scene, Some(title), middle, top) + 4.0 + largest;
        let mut x = middle - Self::dots(sizes) / 2.0;
        for size in sizes {
            let step = Self::dot_step(size);
            let (radius, label) = size;
            scene.disc(x + step / 2.0, y, *radius, Some(Rgb(128, 128, 128)), None);
            let baseline = y + largest + 4.0 + TINY * CAPITAL;
            Label::new(label)
                .size(TINY)
                .middle()
                .at(scene, x + step / 2.0, baseline);
            x += step;
        }
    }
}

/// Centered lines from `top` on; where they end.
fn titled(scene: &mut Scene, title: Option<&str>, middle: f64, top: f64) -> f64 {
    let lines = title.unwrap_or("").lines();
    let mut y = top;
    for line in lines {
        y += TINY * text::LINE;
        Label::new(line)
            .size(TINY)
            .middle()
            .at(scene, middle, y - 2.0);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(n: usize, name: &str) -> Entries {
        let list = (0..n).map(|i| (format!("{name} {i}"), Rgb::BLACK));
        list.collect::<Vec<_>>().into()
    }

    #[test]
    fn a_long_legend_is_neither_a_ribbon_nor_a_tower() {
        for (n, name) in [
            (8, "B"),
            (40, "c"),
            (60, "L2/3 intratelencephalic neuron"),
            (120, "c"),
        ] {
            let entries = entries(n, name);
            let (wide, high) = (entries.width(252.0) + 252.0, entries.height(252.0));
            assert!(
                high <= wide && wide <= 3.0 * high.max(252.0),
                "{n}: {wide} × {high}"
            );
            let listed: usize = entries.columns(252.0).map(<[_]>::len).sum();
            assert_eq!(listed, n);
        }
        let long = entries(
            4,
            "CD8-positive, alpha-beta cytotoxic effector memory T cell",
        );
        assert!(long.list.iter().all(|entry| entry.name.contains('\n')));
        let lines = long.list.iter().map(Entry::height).sum::<f64>();
        assert!(long.width(252.0) < 200.0 && long.height(252.0) >= lines);
        assert_eq!(entries(16, "c").rows(100.0), 16);
        assert_eq!(Entries::default().rows(100.0), 1);
    }
}
