//! A picture before it is a file: shapes, texts and images at places measured in typographic
//! points (1/72 inch) from the upper left corner.
//!
//! Drawings fill a scene; `png`, `svg` and `pdf` each turn the same scene into their format.

use crate::data::figure::Rgb;
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

    pub fn centre(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Whether two rectangles share more than an edge.
    pub fn meets(&self, other: &Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
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
            path.0.push(match path.0.is_empty() {
                true => Segment::Move(x, y),
                false => Segment::Line(x, y),
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

    /// A slice of a pie; angles in turns, clockwise from the top.
    pub fn wedge(x: f64, y: f64, radius: f64, from: f64, to: f64) -> Self {
        let steps = ((to - from).abs() * 96.0).ceil().max(1.0) as usize;
        let arc = (0..=steps).map(|i| {
            let angle = std::f64::consts::TAU * (from + (to - from) * i as f64 / steps as f64);
            (x + radius * angle.sin(), y - radius * angle.cos())
        });
        Path::polygon(std::iter::once((x, y)).chain(arc))
    }
}

/// How an outline is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub colour: Rgb,
    pub width: f64,
    pub dashed: bool,
}

impl Stroke {
    pub fn new(colour: Rgb, width: f64) -> Self {
        Stroke {
            colour,
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
    pub colour: Rgb,
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

#[derive(Debug, Clone)]
pub enum Item {
    Shape {
        path: Path,
        fill: Option<Rgb>,
        stroke: Option<Stroke>,
        /// Outside of it nothing is drawn.
        clip: Option<Rect>,
    },
    Text(Text),
    /// An image stretched over a rectangle, its pixels sharp.
    Image(Image, Rect),
    Cloud(Cloud),
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
        self.items.push(Item::Shape {
            path,
            fill,
            stroke,
            clip: None,
        });
    }

    pub fn fill(&mut self, path: Path, colour: Rgb) {
        self.shape(path, Some(colour), None);
    }

    pub fn stroke(&mut self, path: Path, colour: Rgb, width: f64) {
        self.shape(path, None, Some(Stroke::new(colour, width)));
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Rgb, width: f64) {
        self.stroke(Path::line(from, to), colour, width);
    }

    /// A stroke that ends at the edges of `clip`.
    pub fn stroke_within(&mut self, clip: Rect, path: Path, stroke: Stroke) {
        self.items.push(Item::Shape {
            path,
            fill: None,
            stroke: Some(stroke),
            clip: Some(clip),
        });
    }
}
