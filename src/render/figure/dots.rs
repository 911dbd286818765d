//! Dot plots: area grows with the share of cells that express a gene, color with its mean.

use super::gridframe::GridFrame;
use super::layout::{Drawing, Margins};
use super::legend::GridLegend;
use super::scene::{Rect, Scene, Stroke};
use crate::data::figure::{ColorScale, Dots, Rgb};
use crate::math;

/// The largest dot, as a share of the shorter side of a field.
const LARGEST: f64 = 0.8;
pub struct DotsDrawing<'a> {
    dots: &'a Dots,
    color: ColorScale,
    legend: ColorScale,
    /// Fractions of the smallest and the largest dot.
    ends: (f64, f64),
}

impl<'a> DotsDrawing<'a> {
    pub fn new(dots: &'a Dots) -> Self {
        let largest = dots
            .fractions
            .iter()
            .copied()
            .filter(|f| f.is_finite())
            .fold(0.0, f32::max);
        // Rounded up to tenths; a little less than binary dust above a tenth counts as that tenth.
        let rounded = (f64::from(largest) * 10.0 - 1e-6).ceil().max(1.0) / 10.0;
        let color = dots
            .color
            .fitted(dots.means.iter().map(|&mean| f64::from(mean)));
        DotsDrawing {
            dots,
            legend: dots.legend(&color),
            color,
            ends: (dots.dot_min.unwrap_or(0.0), dots.dot_max.unwrap_or(rounded)),
        }
    }

    /// Radius as a share of the largest: area by fraction, to the power that scanpy uses (1.5).
    fn radius(&self, fraction: f64) -> f64 {
        let (least, most) = self.ends;
        let share = ((fraction - least) / (most - least).max(1e-9)).clamp(0.0, 1.0);
        math::powf(share, 1.5).sqrt()
    }

    /// Radius of the largest dot in a body of this size, in the drawing and in its legend.
    fn largest(&self, body: (f64, f64)) -> f64 {
        let frame = GridFrame::new(&self.dots.grid, None);
        let field = frame.at(Rect::new(0.0, 0.0, body.0, body.1), 0, 0);
        field.width.min(field.height) * LARGEST / 2.0
    }

    fn frame(&self, body: (f64, f64)) -> GridFrame<'_> {
        let largest = self.largest(body);
        let (least, most) = self.ends;
        let step = if most - least > 0.55 {
            0.2
        } else if most - least > 0.25 {
            0.1
        } else {
            0.05
        };
        let first = ((least / step).floor() + 1.0) as u32;
        let last = (most / step + 1e-6).floor() as u32;
        let sizes = (first..=last.max(first))
            .map(|i| f64::from(i) * step)
            .map(|fraction| {
                let label = format!("{:.0}", 100.0 * fraction);
                (largest * self.radius(fraction), label)
            })
            .collect();
        let legend = GridLegend {
            color: &self.legend,
            sizes: Some((&self.dots.size_title, sizes)),
        };
        GridFrame::new(&self.dots.grid, Some(legend))
    }
}

impl Drawing for DotsDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        GridFrame::new(&self.dots.grid, None).body()
    }

    fn grows(&self) -> bool {
        true
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        self.frame(body).margins(body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let size = (body.width, body.height);
        let (frame, most) = (self.frame(size), self.largest(size));
        for row in 0..frame.rows.len() {
            for column in 0..frame.columns.len() {
                let field = frame.at(body, row, column);
                let i = frame.index(row, column);
                let radius = most * self.radius(f64::from(self.dots.fractions[i]));
                if radius > 0.05 {
                    let (x, y) = field.center();
                    let color = self.dots.color_of(i, &self.color);
                    let rim = Stroke::new(rim(color), 0.4);
                    scene.disc(x, y, radius, Some(color), Some(rim));
                }
            }
        }
        frame.draw(scene, body);
    }
}

/// A rim that shows pale dots on white.
fn rim(color: Rgb) -> Rgb {
    color.mix(Rgb(70, 70, 70), 0.75)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Grid;
    use crate::render::figure::scene::Item;
    use std::sync::Arc;

    #[test]
    fn the_legend_has_the_dots_of_the_drawing() {
        let names = |name: &str| Arc::new([name].into_iter().collect());
        let dots = Dots::new(Grid::new(names("B"), names("CD79A")), vec![1.0], vec![2.0]);
        let drawing = DotsDrawing::new(&dots);
        for side in [25.0, 8.0] {
            let mut scene = Scene::new(300.0, 300.0);
            drawing.draw(&mut scene, Rect::new(100.0, 150.0, side, side));
            let widest = |of_legend: bool| {
                let discs = scene.items.iter().filter_map(|item| match item {
                    Item::Disc { radius, fill, .. } => Some((*radius, *fill)),
                    _ => None,
                });
                let wanted = discs.filter(|(_, fill)| (*fill == Some(Rgb::GREY)) == of_legend);
                wanted.map(|(radius, _)| radius).fold(0.0, f64::max)
            };
            assert_eq!(widest(true), widest(false));
            assert!((widest(true) - side * LARGEST / 2.0).abs() < 1e-9);
        }
    }
}
