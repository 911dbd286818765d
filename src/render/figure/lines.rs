//! Series over two axes: curves, and points in a few classes.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins, larger};
use super::legend::Entries;
use super::ruler::{Ruler, extent};
use super::scene::{Cloud, Item, Path, Rect, Scene, Stroke};
use super::text::SMALL;
use super::{callouts, labels};
use crate::data::figure::{Frame, Line, LineStyle, Lines, Rgb};

const BODY: (f64, f64) = (250.0, 200.0);

pub struct LinesDrawing<'a> {
    lines: &'a Lines,
    x: (f64, f64),
    y: (f64, f64),
    entries: Entries,
}

impl<'a> LinesDrawing<'a> {
    pub fn new(lines: &'a Lines) -> Self {
        let xs = lines.series.iter().flat_map(|line| line.x.iter().copied());
        let ys = lines.series.iter().flat_map(|line| line.y.iter().copied());
        let named = lines.series.iter().filter(|line| !line.name.is_empty());
        LinesDrawing {
            lines,
            x: extent(&lines.x_scale, xs.chain(lines.at_x.iter().copied()), 0.04),
            y: extent(&lines.y_scale, ys.chain(lines.at_y.iter().copied()), 0.05),
            entries: named
                .map(|line| (line.name.clone(), line.color))
                .collect::<Vec<_>>()
                .into(),
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Ruler, Side, Side) {
        let x = Ruler::new(&self.lines.x_scale, self.x, body.x, body.right());
        let y = Ruler::new(&self.lines.y_scale, self.y, body.bottom(), body.y);
        let left = Side::numbers(&y, &self.lines.y_scale.label, true);
        let bottom = Side::numbers(&x, &self.lines.x_scale.label, false);
        (x, y, left, bottom)
    }
}

impl Drawing for LinesDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        BODY
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, _, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        larger(
            axes::margins(&left, &bottom, body),
            self.entries.margins(body.1),
        )
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (x, y, left, bottom) = self.sides(body);
        let mark = Stroke::new(Rgb(110, 110, 110), 0.9).dashed();
        for &at in self.lines.at_x.iter().filter(|&&at| x.holds(at)) {
            let line = Path::line((x.at(at), body.y), (x.at(at), body.bottom()));
            scene.stroke_within(body, line, mark);
        }
        for &at in self.lines.at_y.iter().filter(|&&at| y.holds(at)) {
            let line = Path::line((body.x, y.at(at)), (body.right(), y.at(at)));
            scene.stroke_within(body, line, mark);
        }
        for line in &self.lines.series {
            draw_line(scene, body, line, (&x, &y));
        }
        self.draw_names(scene, body, (&x, &y));
        axes::draw(scene, body, Frame::Closed, &left, &bottom);
        self.entries.draw(scene, body);
    }
}

impl LinesDrawing<'_> {
    fn draw_names(&self, scene: &mut Scene, body: Rect, (x, y): (&Ruler, &Ruler)) {
        let placed = self.lines.names.iter();
        let placed = placed.map(|(name, at_x, at_y)| (name.as_str(), x.at(*at_x), y.at(*at_y)));
        let placed: Vec<(&str, f64, f64)> = placed
            .filter(|(_, x, y)| x.is_finite() && y.is_finite())
            .collect();
        let style = labels::Style {
            size: SMALL,
            bold: false,
        };
        let middle = x.at(0.0).clamp(body.x, body.right());
        let points = self
            .lines
            .series
            .iter()
            .flat_map(|line| line.x.iter().zip(&line.y));
        let points: Vec<(f64, f64)> = points
            .map(|(at_x, at_y)| (x.at(*at_x), y.at(*at_y)))
            .collect();
        callouts::draw(scene, body, &placed, &points, (middle, style));
    }
}

fn draw_line(scene: &mut Scene, body: Rect, line: &Line, (x, y): (&Ruler, &Ruler)) {
    let places: Vec<(f64, f64)> = line
        .x
        .iter()
        .zip(&line.y)
        .map(|(&at_x, &at_y)| (x.at(at_x), y.at(at_y)))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    if line.style != LineStyle::Points {
        let stroke = Stroke::new(line.color, 1.4);
        let stroke = if line.style == LineStyle::Dashed {
            stroke.dashed()
        } else {
            stroke
        };
        scene.stroke_within(body, Path::through(places.iter().copied()), stroke);
    }
    if matches!(line.style, LineStyle::Points | LineStyle::LineAndPoints) {
        let many = places.len() > 300;
        let drawn = places
            .iter()
            .map(|&(x, y)| (x as f32, y as f32, line.color));
        scene.items.push(Item::Cloud(Cloud {
            clip: body,
            points: drawn.collect(),
            radius: line.radius.unwrap_or(if many { 0.8 } else { 2.2 }),
        }));
    }
}
