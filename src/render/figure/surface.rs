//! A scene through plotters: each format is one of its drawing backends, and this is the one
//! place where items become its lines, polygons, circles and texts.

use super::scene::{Anchor, Cloud, Image, Item, Path, Rect, Scene, Stroke, Text, Threads};
use super::text;
use crate::data::figure::Rgb;
use crate::data::stop;
use crate::math;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Names of the font, the first embedded, the others as wide.
pub const FAMILY: &str = "Arimo, Arial, Helvetica, Liberation Sans, Nimbus Sans, sans-serif";
/// plotters' backends divide the size of a font by this, and put the top of capitals this share
/// of the size above the baseline.
pub const SIZE_FACTOR: f64 = 1.24;
pub const TOP: f64 = 0.76;

/// A place to draw: a plotters backend with whole coordinates, and what plotters has no word for.
pub trait Surface {
    type Backend<'a>: DrawingBackend
    where
        Self: 'a;

    /// Whole coordinates of the backend to a point.
    fn unit(&self) -> f64;
    /// Draws with the backend; everything turned by degrees against the clock around a place.
    fn draw(&mut self, turn: Option<(f64, (f64, f64))>, paint: impl FnOnce(&mut Self::Backend<'_>));
    fn image(&mut self, image: &Image, rect: Rect);
    fn cloud(&mut self, cloud: &Cloud);
    fn threads(&mut self, threads: &Threads);
}

/// Draws every item in order; no more of them once an end is asked for.
pub fn draw(scene: &Scene, surface: &mut impl Surface) {
    for item in scene.items.iter().take_while(|_| !stop::is_asked()) {
        match item {
            Item::Shape { path, fill, stroke } => shape(surface, path, *fill, stroke.as_ref()),
            Item::Disc {
                x,
                y,
                radius,
                fill,
                stroke,
            } => disc(surface, (*x, *y), *radius, *fill, stroke.as_ref()),
            Item::Text(label) => write(surface, label),
            Item::Image(image, rect) => surface.image(image, *rect),
            Item::Cloud(cloud) => surface.cloud(cloud),
            Item::Threads(threads) => surface.threads(threads),
        }
    }
}

fn color(color: Rgb) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

fn whole((x, y): (f64, f64), unit: f64) -> (i32, i32) {
    ((x * unit).round() as i32, (y * unit).round() as i32)
}

fn line_style(stroke: &Stroke, unit: f64) -> ShapeStyle {
    color(stroke.color).stroke_width((stroke.width * unit).round().max(1.0) as u32)
}

/// Backends here write into memory, so drawing cannot fail.
fn shape(surface: &mut impl Surface, path: &Path, fill: Option<Rgb>, stroke: Option<&Stroke>) {
    let unit = surface.unit();
    let lines = path.polylines();
    surface.draw(None, |backend| {
        for line in &lines {
            let points = || line.iter().map(|&point| whole(point, unit));
            if let Some(fill) = fill {
                let _ = backend.fill_polygon(points(), &color(fill).filled());
            }
            if let Some(stroke) = stroke.filter(|stroke| !stroke.dashed) {
                let _ = backend.draw_path(points(), &line_style(stroke, unit));
            }
        }
        if let Some(stroke) = stroke.filter(|stroke| stroke.dashed) {
            for (from, to) in lines.iter().flat_map(|line| dashes(line, stroke.width)) {
                let ends = (whole(from, unit), whole(to, unit));
                let _ = backend.draw_line(ends.0, ends.1, &line_style(stroke, unit));
            }
        }
    });
}

/// Pieces of a line, four times as long as wide, with gaps between; square ends add a width.
pub fn dashes(line: &[(f64, f64)], width: f64) -> Vec<((f64, f64), (f64, f64))> {
    let (on, period) = (3.0 * width, 6.5 * width);
    let mut pieces = Vec::new();
    let mut before = 0.0;
    for pair in line.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = math::hypot(x1 - x0, y1 - y0);
        let at = |along: f64| {
            let share = (along / length).clamp(0.0, 1.0);
            (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
        };
        let mut start = -(before % period);
        while length > 0.0 && start < length {
            if start + on > 0.0 {
                pieces.push((at(start), at(start + on)));
            }
            start += period;
        }
        before += length;
    }
    pieces
}

fn disc(
    surface: &mut impl Surface,
    center: (f64, f64),
    radius: f64,
    fill: Option<Rgb>,
    stroke: Option<&Stroke>,
) {
    let unit = surface.unit();
    let (center, radius) = (whole(center, unit), (radius * unit).round() as u32);
    surface.draw(None, |backend| {
        if let Some(fill) = fill {
            let _ = backend.draw_circle(center, radius, &color(fill).filled(), true);
        }
        if let Some(stroke) = stroke {
            let _ = backend.draw_circle(center, radius, &line_style(stroke, unit), false);
        }
    });
}

fn write(surface: &mut impl Surface, label: &Text) {
    let unit = surface.unit();
    let text = text::printable(&label.text);
    if text.trim().is_empty() {
        return;
    }
    if label.halo {
        halo(surface, label);
    }
    let style = match (label.bold, label.italic) {
        (true, _) => FontStyle::Bold,
        (false, true) => FontStyle::Italic,
        (false, false) => FontStyle::Normal,
    };
    let font = FontDesc::new(FAMILY.into(), label.size * unit * SIZE_FACTOR, style);
    let across = match label.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let ink = color(label.color);
    let style = TextStyle::from(font)
        .color(&ink)
        .pos(Pos::new(across, VPos::Top));
    let place = whole((label.x, label.y - TOP * label.size), unit);
    let turn = (label.turn != 0.0).then_some((label.turn, (label.x, label.y)));
    surface.draw(turn, |backend| {
        let _ = backend.draw_text(&text, &style, place);
    });
}

/// The outline of a text as a broad white line.
fn halo(surface: &mut impl Surface, label: &Text) {
    let unit = surface.unit();
    let shift = label.x + anchor_shift(label);
    let rim = Stroke::new(Rgb::WHITE, label.size * 0.22);
    let outline = text::outline_of(label).polylines();
    let turn = (label.turn != 0.0).then_some((label.turn, (label.x, label.y)));
    surface.draw(turn, |backend| {
        for line in &outline {
            let points = line
                .iter()
                .map(|(x, y)| whole((x + shift, y + label.y), unit));
            let _ = backend.draw_path(points, &line_style(&rim, unit));
        }
    });
}

/// From the place of a text to its beginning.
pub fn anchor_shift(label: &Text) -> f64 {
    let share = match label.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -0.5,
        Anchor::End => -1.0,
    };
    share * text::width(&label.text, label.size, label.bold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_on_around_corners() {
        let pieces = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], 1.0);
        assert_eq!(pieces[0], ((0.0, 0.0), (3.0, 0.0)));
        assert_eq!(pieces[1], ((5.0, 1.5), (5.0, 4.5)));
        assert!(dashes(&[(1.0, 1.0), (1.0, 1.0)], 1.0).is_empty());
    }
}
