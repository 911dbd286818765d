//! A picture before it is a file: shapes, texts and images at places measured in typographic
//! points (1/72 inch) from the upper left corner.
//!
//! Drawings fill a scene; `png`, `svg` and `pdf` each turn the same scene into their format.

use crate::data::figure::Rgb;
use crate::math;
use std::sync::Arc;

/// A rectangle in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Rect {
            x,
            y,
            width,
            height,
        }
    }

    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub fn center(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// A piece of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    Move(f64, f64),
    Line(f64, f64),
    /// Two control points and the end.
    Cubic(f64, f64, f64, f64, f64, f64),
    Close,
}

/// An outline of several segments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path(pub Vec<Segment>);

impl Path {
    pub fn line(from: (f64, f64), to: (f64, f64)) -> Self {
        Path(vec![
            Segment::Move(from.0, from.1),
            Segment::Line(to.0, to.1),
        ])
    }

    pub fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Path::default();
        for (x, y) in points {
            path.0.push(if path.0.is_empty() {
                Segment::Move(x, y)
            } else {
                Segment::Line(x, y)
            });
        }
        path
    }

    pub fn polygon(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Path::through(points);
        path.0.push(Segment::Close);
        path
    }

    pub fn rect(rect: Rect) -> Self {
        Path::polygon([
            (rect.x, rect.y),
            (rect.right(), rect.y),
            (rect.right(), rect.bottom()),
            (rect.x, rect.bottom()),
        ])
    }

    /// A circle of four cubic arcs.
    pub fn circle(x: f64, y: f64, radius: f64) -> Self {
        // The distance of control points that approximates a quarter circle best.
        let k = 0.552_284_749_831 * radius;
        let r = radius;
        Path(vec![
            Segment::Move(x + r, y),
            Segment::Cubic(x + r, y + k, x + k, y + r, x, y + r),
            Segment::Cubic(x - k, y + r, x - r, y + k, x - r, y),
            Segment::Cubic(x - r, y - k, x - k, y - r, x, y - r),
            Segment::Cubic(x + k, y - r, x + r, y - k, x + r, y),
            Segment::Close,
        ])
    }

    /// Points joined by straight lines, curves cut into pieces: one list for each part.
    pub fn polylines(&self) -> Vec<Vec<(f64, f64)>> {
        let mut lines: Vec<Vec<(f64, f64)>> = Vec::new();
        for segment in &self.0 {
            if let Segment::Move(x, y) = *segment {
                lines.push(vec![(x, y)]);
                continue;
            }
            let Some(line) = lines.last_mut() else {
                continue;
            };
            match *segment {
                Segment::Move(..) => {}
                Segment::Line(x, y) => line.push((x, y)),
                Segment::Cubic(..) => push_cubic(line, *segment),
                Segment::Close => line.push(line[0]),
            }
        }
        lines
    }

    /// The parts of straight lines that lie within a rectangle (Liang and Barsky 1984).
    fn within(&self, rect: Rect) -> Path {
        let mut kept = Path::default();
        let mut end = None;
        for line in self.polylines() {
            for pair in line.windows(2) {
                let Some((from, to)) = clipped(pair[0], pair[1], rect) else {
                    continue;
                };
                if end != Some(from) {
                    kept.0.push(Segment::Move(from.0, from.1));
                }
                kept.0.push(Segment::Line(to.0, to.1));
                end = Some(to);
            }
        }
        kept
    }

    /// A slice of a pie; angles in turns, clockwise from the top.
    pub fn wedge(x: f64, y: f64, radius: f64, from: f64, to: f64) -> Self {
        let steps = ((to - from).abs() * 96.0).ceil().max(1.0) as usize;
        let arc = (0..=steps).map(|i| {
            let angle = std::f64::consts::TAU * (from + (to - from) * i as f64 / steps as f64);
            (x + radius * math::sin(angle), y - radius * math::cos(angle))
        });
        Path::polygon(std::iter::once((x, y)).chain(arc))
    }
}

/// Pieces that a curve is cut into.
const PIECES: usize = 8;

fn push_cubic(line: &mut Vec<(f64, f64)>, segment: Segment) {
    let (Some(&(x0, y0)), Segment::Cubic(x1, y1, x2, y2, x, y)) = (line.last(), segment) else {
        return;
    };
    for piece in 1..=PIECES {
        let t = piece as f64 / PIECES as f64;
        let u = 1.0 - t;
        let at = |a: f64, b: f64, c: f64, d: f64| {
            u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
        };
        line.push((at(x0, x1, x2, x), at(y0, y1, y2, y)));
    }
}

type Point = (f64, f64);

fn clipped(from: Point, to: Point, rect: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let sides = [
        (-dx, from.0 - rect.x),
        (dx, rect.right() - from.0),
        (-dy, from.1 - rect.y),
        (dy, rect.bottom() - from.1),
    ];
    for (towards, room) in sides {
        if towards == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if towards < 0.0 {
            enter = enter.max(room / towards);
        } else {
            leave = leave.min(room / towards);
        }
    }
    let at = |share: f64| (from.0 + share * dx, from.1 + share * dy);
    // Ends inside stay what they were, to the last bit, so that lines go on where they ended.
    (enter <= leave).then(|| {
        let start = if enter == 0.0 { from } else { at(enter) };
        (start, if leave == 1.0 { to } else { at(leave) })
    })
}

/// How an outline is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub color: Rgb,
    pub width: f64,
    pub dashed: bool,
}

impl Stroke {
    pub fn new(color: Rgb, width: f64) -> Self {
        Stroke {
            color,
            width,
            dashed: false,
        }
    }

    pub fn dashed(mut self) -> Self {
        self.dashed = true;
        self
    }
}

/// Where a text stands relative to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text; its place is on the baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub x: f64,
    pub y: f64,
    pub text: String,
    pub size: f64,
    pub bold: bool,
    pub italic: bool,
    pub color: Rgb,
    pub anchor: Anchor,
    /// Degrees, against the clock.
    pub turn: f64,
    /// A white rim, for names over points.
    pub halo: bool,
}

/// Pixels, row by row, RGBA without premultiplication.
#[derive(Debug, Clone)]
pub struct Image {
    pub width: usize,
    pub height: usize,
    pub pixels: Arc<Vec<u8>>,
}

/// Many round points, drawn in order.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Outside of it nothing is drawn.
    pub clip: Rect,
    pub points: Vec<(f32, f32, Rgb)>,
    pub radius: f64,
}

/// Many thin lines, below the points they join.
#[derive(Debug, Clone)]
pub struct Threads {
    pub area: Rect,
    /// From and to, x and y each.
    pub lines: Vec<[f32; 4]>,
    pub color: Rgb,
    pub width: f64,
}

#[derive(Debug, Clone)]
pub enum Item {
    Shape {
        path: Path,
        fill: Option<Rgb>,
        stroke: Option<Stroke>,
    },
    Disc {
        x: f64,
        y: f64,
        radius: f64,
        fill: Option<Rgb>,
        stroke: Option<Stroke>,
    },
    Text(Text),
    /// An image stretched over a rectangle, its pixels sharp.
    Image(Image, Rect),
    Cloud(Cloud),
    Threads(Threads),
}

/// A picture of a given size.
#[derive(Debug, Clone)]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    pub items: Vec<Item>,
}

impl Scene {
    pub fn new(width: f64, height: f64) -> Self {
        Scene {
            width,
            height,
            items: Vec::new(),
        }
    }

    pub fn shape(&mut self, path: Path, fill: Option<Rgb>, stroke: Option<Stroke>) {
        self.items.push(Item::Shape { path, fill, stroke });
    }

    pub fn fill(&mut self, path: Path, color: Rgb) {
        self.shape(path, Some(color), None);
    }

    pub fn stroke(&mut self, path: Path, color: Rgb, width: f64) {
        self.shape(path, None, Some(Stroke::new(color, width)));
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), color: Rgb, width: f64) {
        self.stroke(Path::line(from, to), color, width);
    }

    pub fn disc(&mut self, x: f64, y: f64, radius: f64, fill: Option<Rgb>, stroke: Option<Stroke>) {
        self.items.push(Item::Disc {
            x,
            y,
            radius,
            fill,
            stroke,
        });
    }

    /// A stroke that ends at the edges of a rectangle.
    pub fn stroke_within(&mut self, rect: Rect, path: Path, stroke: Stroke) {
        self.shape(path.within(rect), None, Some(stroke));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_edge() {
        let rect = Rect::new(0.0, 0.0, 10.0, 10.0);
        let line = Path::through([(-5.0, 5.0), (5.0, 5.0), (5.0, 20.0), (30.0, 20.0)]);
        let kept = line.within(rect).polylines();
        assert_eq!(kept, [[(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)]]);
        assert!(
            Path::line((11.0, 0.0), (11.0, 9.0))
                .within(rect)
                .0
                .is_empty()
        );
    }

    #[test]
    fn curves_become_lines() {
        let circle = Path::circle(0.0, 0.0, 2.0).polylines();
        assert_eq!(circle.len(), 1);
        assert!(
            circle[0]
                .iter()
                .all(|(x, y)| (x.hypot(*y) - 2.0).abs() < 0.01)
        );
        assert_eq!(circle[0][0], circle[0][circle[0].len() - 1]);
    }
}
