//! Heat maps: every cell a line of colors, cells of a group together.

use super::cellframe::CellFrame;
use super::layout::{Drawing, Margins};
use super::legend::ColorBar;
use super::scene::{Image, Item, Rect, Scene};
use crate::data::figure::{ColorScale, HeatMap, Rgb};
use std::sync::Arc;

/// Lines of pixels to a point: more cells than that are averaged.
const FINEST: f64 = 300.0 / 72.0;
/// Length of the side of the cells.
const CELLS: f64 = 290.0;

pub struct HeatMapDrawing<'a> {
    color: ColorScale,
    frame: CellFrame<'a>,
}

impl<'a> HeatMapDrawing<'a> {
    pub fn new(map: &'a HeatMap) -> Self {
        let expression = &map.expression;
        let values = expression.values.iter().map(|&value| f64::from(value));
        HeatMapDrawing {
            color: map.color.fitted(values),
            frame: CellFrame::new(expression, map.swap_axes),
        }
    }

    /// The lines of a group as an image: cells down, genes across.
    fn image(&self, cells: &[u32], length: f64) -> Image {
        let genes = self.frame.expression.genes.len();
        let lines = cells.len().min((length * FINEST).ceil().max(1.0) as usize);
        let mut pixels = Vec::with_capacity(4 * lines * genes);
        for line in 0..lines {
            let (from, to) = (line * cells.len() / lines, (line + 1) * cells.len() / lines);
            for gene in 0..genes {
                let values = cells[from..to].iter();
                let sum: f64 = values
                    .map(|&cell| f64::from(self.frame.expression.value(cell, gene)))
                    .sum();
                let color = self.color.color(sum / (to - from) as f64);
                pixels.extend([color.0, color.1, color.2, 255]);
            }
        }
        let image = Image {
            width: genes,
            height: lines,
            pixels: Arc::new(pixels),
        };
        if self.frame.lying {
            transposed(&image)
        } else {
            image
        }
    }
}

/// Rows and columns exchanged.
fn transposed(image: &Image) -> Image {
    let mut pixels = Vec::with_capacity(image.pixels.len());
    for column in 0..image.width {
        for row in 0..image.height {
            let at = 4 * (row * image.width + column);
            pixels.extend_from_slice(&image.pixels[at..at + 4]);
        }
    }
    Image {
        width: image.height,
        height: image.width,
        pixels: Arc::new(pixels),
    }
}

impl Drawing for HeatMapDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        let genes = self.frame.expression.genes.len() as f64;
        let cells = self.frame.least_length();
        if self.frame.lying {
            let across = cells.max(CELLS * 1.4);
            (across, (genes * 13.0).clamp(80.0, 1200.0))
        } else {
            let across = (genes * 11.0).clamp((genes * 26.0).min(300.0), 1200.0);
            (across, cells.max(CELLS))
        }
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let mut margins = self.frame.margins(body);
        margins.right += ColorBar(&self.color).width(body.1);
        margins
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let spans = self.frame.spans();
        for ((_, cells), &span) in self.frame.groups.iter().zip(&spans) {
            let part = self.frame.part(body, span);
            let length = if self.frame.lying {
                part.width
            } else {
                part.height
            };
            if !self.frame.expression.genes.is_empty() {
                scene
                    .items
                    .push(Item::Image(self.image(cells, length), part));
            }
        }
        for &span in spans.iter().skip(1) {
            let part = self.frame.part(body, span);
            let end = if self.frame.lying {
                (part.x, part.bottom())
            } else {
                (part.right(), part.y)
            };
            scene.line((part.x, part.y), end, Rgb::BLACK, 0.6);
        }
        self.frame.draw(scene, body);
        let beside = self.frame.margins((body.width, body.height)).right;
        let bar = Rect::new(body.x, body.y, body.width + beside, body.height);
        ColorBar(&self.color).draw(scene, bar);
    }
}
