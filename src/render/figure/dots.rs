//! Dot plots: area grows with the share of cells that express a gene, colour with its mean.

use super::gridframe::GridFrame;
use super::layout::{Drawing, Margins};
use super::legend::GridLegend;
use super::scene::{Rect, Scene, Stroke};
use crate::data::figure::{ColourScale, Dots, Rgb};

/// The largest dot, as a share of the shorter side of a field.
const LARGEST: f64 = 0.8;
/// The radius of the largest dot in the legend, that of a field of usual size.
const LARGEST_RADIUS: f64 = 25.0 * LARGEST / 2.0;

pub struct DotsDrawing<'a> {
    dots: &'a Dots,
    colour: ColourScale,
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
        DotsDrawing {
            dots,
            colour: dots
                .colour
                .fitted(dots.means.iter().map(|&mean| f64::from(mean))),
            ends: (dots.dot_min.unwrap_or(0.0), dots.dot_max.unwrap_or(rounded)),
        }
    }

    /// Radius as a share of the largest: area by fraction, to the power that scanpy uses (1.5).
    fn radius(&self, fraction: f64) -> f64 {
        let (least, most) = self.ends;
        let share = ((fraction - least) / (most - least).max(1e-9)).clamp(0.0, 1.0);
        share.powf(1.5).sqrt()
    }

    fn frame(&self) -> GridFrame<'_> {
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
                (LARGEST_RADIUS * self.radius(fraction), label)
            })
            .collect();
        let legend = GridLegend {
            colour: &self.colour,
            sizes: Some((&self.dots.size_title, sizes)),
        };
        GridFrame::new(&self.dots.grid, Some(legend))
    }
}

impl Drawing for DotsDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        self.frame().body()
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        self.frame().margins(body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let frame = self.frame();
        for row in 0..frame.rows.len() {
            for column in 0..frame.columns.len() {
                let field = frame.at(body, row, column);
                let i = frame.index(row, column);
                let most = field.width.min(field.height) * LARGEST / 2.0;
                let radius = most * self.radius(f64::from(self.dots.fractions[i]));
                if radius > 0.05 {
                    let (x, y) = field.centre();
                    let colour = self.colour.colour(f64::from(self.dots.means[i]));
                    let rim = Stroke::new(rim(colour), 0.4);
                    scene.disc(x, y, radius, Some(colour), Some(rim));
                }
            }
        }
        frame.draw(scene, body);
    }
}

/// A rim that shows pale dots on white.
fn rim(colour: Rgb) -> Rgb {
    colour.mix(Rgb(70, 70, 70), 0.75)
}
