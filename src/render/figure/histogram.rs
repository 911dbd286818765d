//! Histograms, with their thresholds.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins};
use super::ruler::{Ruler, extent};
use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{Label, SMALL};
use crate::data::figure::{Frame, Histogram, Rgb};
use crate::render::number::number;

pub struct HistogramDrawing<'a> {
    histogram: &'a Histogram,
    x: (f64, f64),
    y: (f64, f64),
}

impl<'a> HistogramDrawing<'a> {
    pub fn new(histogram: &'a Histogram) -> Self {
        let edges = histogram.edges.iter().copied();
        let x = extent(
            &histogram.x_scale,
            edges.chain(histogram.thresholds.iter().copied()),
            0.02,
        );
        let (low, high) = extent(&histogram.y_scale, histogram.heights.iter().copied(), 0.05);
        let low = match (histogram.y_scale.range, histogram.y_scale.log) {
            (None, false) => 0.0,
            _ => low,
        };
        HistogramDrawing {
            histogram,
            x,
            y: (low, high),
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Ruler, Side, Side) {
        let x = Ruler::new(&self.histogram.x_scale, self.x, body.x, body.right());
        let y = Ruler::new(&self.histogram.y_scale, self.y, body.bottom(), body.y);
        let left = Side::numbers(&y, &self.histogram.y_scale.label, true);
        let bottom = Side::numbers(&x, &self.histogram.x_scale.label, false);
        (x, y, left, bottom)
    }
}

impl Drawing for HistogramDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        (230.0, 170.0)
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, _, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        axes::margins(&left, &bottom, body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (x, y, left, bottom) = self.sides(body);
        let bars = self
            .histogram
            .heights
            .iter()
            .zip(self.histogram.edges.windows(2));
        for (&height, edge) in bars {
            if height.is_finite() && height > y.low {
                let (from, to) = (x.at(edge[0]).max(body.x), x.at(edge[1]).min(body.right()));
                let top = y.at(height).max(body.y);
                let bar = Rect::new(from, top, (to - from).max(0.0), body.bottom() - top);
                scene.fill(Path::rect(bar), self.histogram.color);
            }
        }
        for &threshold in &self.histogram.thresholds {
            if !x.holds(threshold) {
                continue;
            }
            let at = x.at(threshold);
            let line = Path::line((at, body.y), (at, body.bottom()));
            scene.stroke_within(body, line, Stroke::new(Rgb::BLACK, 1.0).dashed());
            let label = Label::new(number(threshold)).size(SMALL).halo();
            // On the side that has more room.
            if at < body.center().0 {
                label.at(scene, at + 4.0, body.y + SMALL + 2.0)
            } else {
                label.end().at(scene, at - 4.0, body.y + SMALL + 2.0)
            }
        }
        axes::draw(scene, body, Frame::Closed, &left, &bottom);
    }
}
