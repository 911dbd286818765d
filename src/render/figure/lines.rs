//! Series over two axes: curves, and points in a few classes.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins, larger};
use super::legend::{Entries, triangle};
use super::ruler::{Ruler, extent};
use super::scene::{Cloud, Item, Path, Rect, Scene, Stroke};
use super::text::SMALL;
use super::{callouts, labels};
use crate::data::figure::{Frame, Line, LineStyle, Lines, Rgb};
use crate::render::number::count;

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
        let named = named.map(|line| (line.name.clone(), line.color));
        let mut drawing = LinesDrawing {
            lines,
            x: extent(&lines.x_scale, xs.chain(lines.at_x.iter().copied()), 0.04),
            y: extent(&lines.y_scale, ys.chain(lines.at_y.iter().copied()), 0.05),
            entries: named.collect::<Vec<_>>().into(),
        };
        let beyond = drawing.beyond();
        if beyond > 0 {
            let name = format!("beyond the axes ({})", count(beyond as u64));
            drawing.entries = drawing.entries.with_triangle(name, Rgb::GREY);
        }
        drawing
    }

    /// How many points lie beyond a range that was given.
    fn beyond(&self) -> usize {
        let (x, y) = (self.x, self.y);
        let points = self.lines.series.iter().filter(|line| line.has_points());
        let points = points.flat_map(|line| line.x.iter().zip(&line.y));
        let outside = |value: f64, (low, high): (f64, f64)| value < low || value > high;
        points
            .filter(|&(&at_x, &at_y)| {
                let there = !at_x.is_nan() && !at_y.is_nan();
                there && (outside(at_x, x) || outside(at_y, y))
            })
            .count()
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
        let placed = placed.filter(|(_, x, y)| !x.is_nan() && !y.is_nan());
        // Names of points beyond the axes are next to their triangles.
        let placed = placed.map(|(name, at_x, at_y)| {
            let at_x = at_x.clamp(body.x, body.right());
            (name, at_x, at_y.clamp(body.y, body.bottom()))
        });
        let placed: Vec<(&str, f64, f64)> = placed.collect();
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

/// A line within the body; points that lie beyond it are at its edge as triangles.
fn draw_line(scene: &mut Scene, body: Rect, line: &Line, (x, y): (&Ruler, &Ruler)) {
    let places: Vec<(f64, f64)> = line
        .x
        .iter()
        .zip(&line.y)
        .map(|(&at_x, &at_y)| (x.at(at_x), y.at(at_y)))
        .collect();
    let finite = |place: &&(f64, f64)| place.0.is_finite() && place.1.is_finite();
    if line.style != LineStyle::Points {
        let stroke = Stroke::new(line.color, 1.4);
        let stroke = if line.style == LineStyle::Dashed {
            stroke.dashed()
        } else {
            stroke
        };
        let path = Path::through(places.iter().filter(finite).copied());
        scene.stroke_within(body, path, stroke);
    }
    if !line.has_points() {
        return;
    }
    let within = |&&(x, y): &&(f64, f64)| {
        (body.x..=body.right()).contains(&x) && (body.y..=body.bottom()).contains(&y)
    };
    let many = places.len() > 300;
    let drawn = places.iter().filter(within);
    let drawn = drawn.map(|&(x, y)| (x as f32, y as f32, line.color));
    scene.items.push(Item::Cloud(Cloud {
        clip: body,
        points: drawn.collect(),
        radius: line.radius.unwrap_or(if many { 0.8 } else { 2.2 }),
    }));
    let beyond = places.iter().filter(|place| !within(place));
    for &(at_x, at_y) in beyond.filter(|(x, y)| !x.is_nan() && !y.is_nan()) {
        let tip = (
            at_x.clamp(body.x, body.right()),
            at_y.clamp(body.y, body.bottom()),
        );
        let direction = match (at_x - tip.0, at_y - tip.1) {
            (dx, _) if dx != 0.0 => (dx.signum(), 0.0),
            (_, dy) => (0.0, dy.signum()),
        };
        scene.fill(triangle(tip, direction), line.color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Scale;

    #[test]
    fn points_beyond_the_axes_are_triangles_at_the_edge() {
        let series = Line::new(
            "genes",
            vec![0.0, 5.0, 40.0, f64::NEG_INFINITY, f64::NAN],
            vec![1.0, 2.0, 3.0, 3.0, 1.0],
            Rgb::BLACK,
        );
        let lines = Lines {
            series: vec![series.points()],
            x_scale: Scale::new("x").range(-10.0, 10.0),
            ..Lines::default()
        };
        let drawing = LinesDrawing::new(&lines);
        let listed: Vec<&str> = drawing.entries.list.iter().map(|it| &it.name[..]).collect();
        assert_eq!(listed, ["genes", "beyond the axes (2)"]);
        let mut scene = Scene::new(400.0, 300.0);
        let body = Rect::new(50.0, 10.0, 200.0, 200.0);
        drawing.draw(&mut scene, body);
        let tips = scene.items.iter().filter_map(|item| match item {
            Item::Shape { path, fill, .. } if *fill == Some(Rgb::BLACK) => {
                Some(path.polylines()[0][0].0)
            }
            _ => None,
        });
        assert_eq!(tips.collect::<Vec<_>>(), [body.right(), body.x]);
        let clouds = scene.items.iter().filter_map(|item| match item {
            Item::Cloud(cloud) => Some(cloud.points.len()),
            _ => None,
        });
        assert_eq!(clouds.sum::<usize>(), 2);
    }
}
