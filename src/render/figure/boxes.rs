//! Horizontal box plots: quartiles, whiskers, and outliers.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins};
use super::ruler::{Ruler, extent};
use super::scene::{Cloud, Item, Path, Rect, Scene, Stroke};
use crate::data::figure::{BoxPlot, Boxes, Frame, Rgb};

const STEP: f64 = 15.0;
const THICKNESS: f64 = 0.7;
const INK: Rgb = Rgb(60, 60, 60);

pub struct BoxesDrawing<'a> {
    boxes: &'a Boxes,
    range: (f64, f64),
}

impl<'a> BoxesDrawing<'a> {
    pub fn new(boxes: &'a Boxes) -> Self {
        let values = boxes.boxes.iter().flat_map(|summary| {
            let outliers = summary.outliers.iter().map(|&value| f64::from(value));
            [summary.low, summary.high].into_iter().chain(outliers)
        });
        BoxesDrawing {
            boxes,
            range: extent(&boxes.scale, values, 0.03),
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Side, Side) {
        let ruler = Ruler::new(&self.boxes.scale, self.range, body.x, body.right());
        let names = self.boxes.labels.iter().rev().map(String::as_str);
        let left = Side::names_beside(names, body.height, &self.boxes.label_title);
        (
            ruler,
            left,
            Side::numbers(&ruler, &self.boxes.scale.label, false),
        )
    }

    /// Given colors, or hues around the circle.
    fn color(&self, i: usize) -> Rgb {
        match self.boxes.colors.get(i) {
            Some(color) => *color,
            None => hue(i as f64 / self.boxes.boxes.len().max(1) as f64),
        }
    }
}

/// A color of middle lightness and saturation; `turn` from 0 to 1.
fn hue(turn: f64) -> Rgb {
    let part = |shift: f64| {
        let distance = ((turn + shift).fract() * 6.0 - 3.0).abs() - 1.0;
        (95.0 + 130.0 * distance.clamp(0.0, 1.0)).round() as u8
    };
    Rgb(part(0.0), part(2.0 / 3.0), part(1.0 / 3.0)).mix(Rgb(175, 175, 175), 0.3)
}

impl Drawing for BoxesDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        (
            250.0,
            (STEP * self.boxes.boxes.len() as f64).clamp(60.0, 1600.0),
        )
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        axes::margins(&left, &bottom, body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (ruler, left, bottom) = self.sides(body);
        let step = body.height / self.boxes.boxes.len().max(1) as f64;
        let mut outside = Vec::new();
        for (i, summary) in self.boxes.boxes.iter().enumerate() {
            let y = body.y + (i as f64 + 0.5) * step;
            draw_box(
                scene,
                &ruler,
                summary,
                y,
                step * THICKNESS / 2.0,
                self.color(i),
            );
            outside.extend(
                summary
                    .outliers
                    .iter()
                    .map(|&value| (ruler.at(f64::from(value)) as f32, y as f32, INK)),
            );
        }
        scene.items.push(Item::Cloud(Cloud {
            clip: body,
            points: outside,
            radius: 0.9,
        }));
        axes::draw(scene, body, Frame::Closed, &left, &bottom);
    }
}

fn draw_box(scene: &mut Scene, ruler: &Ruler, summary: &BoxPlot, y: f64, half: f64, color: Rgb) {
    let [low, q1, median, q3, high] = [
        summary.low,
        summary.q1,
        summary.median,
        summary.q3,
        summary.high,
    ]
    .map(|v| ruler.at(v));
    for (from, to) in [(low, q1), (q3, high)] {
        scene.line((from, y), (to, y), INK, 0.8);
    }
    for end in [low, high] {
        scene.line((end, y - half * 0.5), (end, y + half * 0.5), INK, 0.8);
    }
    let outline = Path::rect(Rect::new(q1, y - half, q3 - q1, 2.0 * half));
    scene.shape(outline, Some(color), Some(Stroke::new(INK, 0.8)));
    scene.line((median, y - half), (median, y + half), INK, 1.2);
}
