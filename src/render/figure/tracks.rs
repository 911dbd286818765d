//! Tracks: one line per gene, every cell a thin bar in the color of its group.

use super::cellframe::CellFrame;
use super::layout::{Drawing, Margins};
use super::scene::{Path, Rect, Scene};
use super::text::{self, Label, TINY};
use crate::data::figure::{Rgb, Tracks};
use crate::render::number::number;

const WIDTH: f64 = 500.0;
const TRACK: f64 = 22.0;
/// Bars to a point; more cells than that are averaged.
const FINEST: f64 = 3.0;

pub struct TracksDrawing<'a>(CellFrame<'a>);

impl<'a> TracksDrawing<'a> {
    pub fn new(tracks: &'a Tracks) -> Self {
        let mut frame = CellFrame::new(&tracks.expression, true);
        frame.inset = text::width("0.0", TINY, false) + 4.0;
        TracksDrawing(frame)
    }

    /// The largest value of a gene, at least a little above zero.
    fn largest(&self, gene: usize) -> f64 {
        let cells = self.0.groups.iter().flat_map(|(_, cells)| cells);
        let values = cells.map(|&cell| f64::from(self.0.expression.value(cell, gene)));
        values
            .filter(|value| value.is_finite())
            .fold(1e-9, f64::max)
    }

    /// Bars of the cells of a group as one outline from the foot of its part of the track.
    fn bars(&self, cells: &[u32], gene: usize, part: Rect, largest: f64) -> Path {
        let bins = cells
            .len()
            .min((part.width * FINEST).ceil().max(1.0) as usize);
        let foot = part.bottom();
        let mut points = vec![(part.x, foot)];
        for bin in 0..bins {
            let (from, to) = (bin * cells.len() / bins, (bin + 1) * cells.len() / bins);
            let values = cells[from..to].iter();
            let sum: f64 = values
                .map(|&cell| f64::from(self.0.expression.value(cell, gene)).max(0.0))
                .sum();
            let height = sum / (to - from) as f64 / largest * part.height;
            let x = |bin: usize| part.x + part.width * bin as f64 / bins as f64;
            points.push((x(bin), foot - height));
            points.push((x(bin + 1), foot - height));
        }
        points.push((part.right(), foot));
        Path::polygon(points)
    }
}

impl Drawing for TracksDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        let genes = self.0.expression.genes.len().max(1);
        (WIDTH.max(self.0.least_length()), genes as f64 * TRACK)
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        self.0.margins(body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let genes = self.0.expression.genes.len();
        let step = body.height / genes.max(1) as f64;
        let spans = self.0.spans();
        for gene in 0..genes {
            let largest = self.largest(gene);
            // Room above the highest bar keeps tracks apart.
            let track = Rect::new(
                body.x,
                body.y + gene as f64 * step + step * 0.12,
                body.width,
                step * 0.88,
            );
            for ((level, cells), &span) in self.0.groups.iter().zip(&spans) {
                let part = self.0.part(track, span);
                let color = self.0.expression.groups.colors[*level];
                scene.fill(self.bars(cells, gene, part, largest), color);
            }
            let line = (body.x, track.bottom());
            scene.line(
                line,
                (body.right(), track.bottom()),
                Rgb(200, 200, 200),
                0.4,
            );
            let shown = number((largest * 10.0).round() / 10.0);
            Label::new(shown)
                .size(TINY - 1.0)
                .color(Rgb(90, 90, 90))
                .centered_at(scene, body.right() + 3.0, track.y + 3.0);
        }
        for &(from, _) in spans.iter().skip(1) {
            let x = body.x + from * body.width;
            scene.line((x, body.y), (x, body.bottom()), Rgb(190, 190, 190), 0.4);
        }
        self.0.draw(scene, body);
    }
}
