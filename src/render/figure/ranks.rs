//! Names drawn at their scores: markers, loadings, variance ratios.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins};
use super::ruler::Ruler;
use super::scene::{Rect, Scene};
use super::text::{self, Label, TINY};
use crate::data::figure::{Frame, Ranks, Rgb, Scale};

/// Between a score's dot and its name.
const APART: f64 = 3.5;
/// Between the highest name and the frame.
const BELOW: f64 = 5.0;
/// Part of the height that a name takes at most; longer ones are cut.
const NAME: f64 = 0.8;
/// Empty ranks in place of those left out.
const GAP: usize = 2;

pub struct RanksDrawing<'a>(pub &'a Ranks);

impl RanksDrawing<'_> {
    fn count(&self) -> usize {
        self.0.names.len() + self.0.gap_after.map_or(0, |_| GAP)
    }

    /// Where a name stands, counted from the first rank.
    fn place(&self, i: usize) -> usize {
        match self.0.gap_after {
            Some(after) if i >= after => i + GAP,
            _ => i,
        }
    }

    fn size(&self, body: (f64, f64)) -> f64 {
        (0.85 * body.0 / self.count().max(1) as f64).clamp(3.0, TINY)
    }

    /// Scores that are seen: the highest name must end below the frame.
    fn range(&self, body: (f64, f64)) -> (f64, f64) {
        if let Some(range) = self.0.y_scale.range {
            return range;
        }
        let finite = || {
            self.0
                .scores
                .iter()
                .copied()
                .filter(|score| score.is_finite())
        };
        let low = finite().fold(f64::INFINITY, f64::min);
        let high = finite().fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return (0.0, 1.0);
        }
        let low = low - 0.05 * if high > low { high - low } else { 1.0 };
        let size = self.size(body);
        let top = self
            .0
            .names
            .iter()
            .zip(&self.0.scores)
            .map(|(name, &score)| {
                let name = shown(name, size, body.1);
                let taken = (text::width(&name, size, false) + APART + BELOW) / body.1;
                (score - low * taken) / (1.0 - taken)
            });
        (low, top.filter(|top| top.is_finite()).fold(high, f64::max))
    }

    fn sides(&self, body: Rect) -> (Ruler, Side, Side) {
        let scale = Scale {
            log: false,
            ..self.0.y_scale.clone()
        };
        let range = self.range((body.width, body.height));
        let ruler = Ruler::new(&scale, range, body.bottom(), body.y);
        let left = Side::numbers(&ruler, &self.0.y_scale.label, true);
        let mut bottom = Side::bare(&self.0.x_label);
        if self.0.gap_after.is_none() {
            let n = self.count() as f64;
            let along = Ruler::new(&Scale::default(), (0.5, n + 0.5), body.x, body.right());
            bottom = Side::numbers(&along, &self.0.x_label, false);
            bottom
                .marks
                .retain(|(_, label)| !label.contains('.') && label != "0");
        }
        (ruler, left, bottom)
    }
}

/// A name, cut where it would not fit into a drawing of that height.
fn shown(name: &str, size: f64, height: f64) -> String {
    text::cut(name, size, false, NAME * height - APART - BELOW)
}

impl Drawing for RanksDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        ((11.0 * self.count() as f64).clamp(170.0, 900.0), 190.0)
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        axes::margins(&left, &bottom, body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (ruler, left, bottom) = self.sides(body);
        let step = body.width / self.count().max(1) as f64;
        let size = self.size((body.width, body.height));
        let x = |rank: f64| body.x + (rank + 0.5) * step;
        for (i, (name, &score)) in self.0.names.iter().zip(&self.0.scores).enumerate() {
            if score.is_finite() {
                let (x, y) = (x(self.place(i) as f64), ruler.at(score));
                scene.disc(x, y, 1.3, Some(Rgb(31, 119, 180)), None);
                Label::new(shown(name, size, body.height))
                    .size(size)
                    .turned(90.0)
                    .centered_at(scene, x, y - APART);
            }
        }
        if let Some(after) = self.0.gap_after {
            let (_, middle) = body.center();
            let x = x(after as f64 + (GAP - 1) as f64 / 2.0);
            Label::new("···").middle().centered_at(scene, x, middle);
        }
        axes::draw(scene, body, Frame::Closed, &left, &bottom);
    }
}
