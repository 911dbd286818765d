//! Fields of color: matrix plots, correlations, confusions.

use super::gridframe::GridFrame;
use super::layout::{Drawing, Margins};
use super::legend::GridLegend;
use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{self, Label, TINY};
use crate::data::figure::{ColorScale, Matrix, Rgb};
use crate::render::number::NumberStyle;

/// Sides of a square field.
const SQUARE: f64 = 27.0;

pub struct MatrixDrawing<'a> {
    matrix: &'a Matrix,
    color: ColorScale,
    numbers: NumberStyle,
}

impl<'a> MatrixDrawing<'a> {
    pub fn new(matrix: &'a Matrix) -> Self {
        let values = || matrix.values.iter().map(|&value| f64::from(value));
        MatrixDrawing {
            matrix,
            color: matrix.color.fitted(values()),
            numbers: match NumberStyle::of(values()) {
                NumberStyle::Fixed(digits) => NumberStyle::Fixed(digits.min(2)),
                mixed => mixed,
            },
        }
    }

    fn frame(&self) -> GridFrame<'_> {
        let legend = GridLegend {
            color: &self.color,
            sizes: None,
        };
        let frame = GridFrame::new(&self.matrix.grid, Some(legend));
        if self.matrix.square {
            frame.with_field((SQUARE, SQUARE))
        } else {
            frame
        }
    }

    fn draw_number(&self, scene: &mut Scene, field: Rect, value: f64, color: Rgb) {
        let ink = if color.lightness() < 0.5 {
            Rgb::WHITE
        } else {
            Rgb::BLACK
        };
        let shown = self.numbers.show(value).replace('-', "−");
        let fitting = TINY * (field.width - 3.0) / text::width(&shown, TINY, false);
        let (x, y) = field.center();
        let size = fitting.min(TINY).min(field.height * 0.7);
        Label::new(shown)
            .size(size)
            .color(ink)
            .middle()
            .centered_at(scene, x, y);
    }
}

impl Drawing for MatrixDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        self.frame().body()
    }

    fn grows(&self) -> bool {
        true
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        self.frame().margins(body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let frame = self.frame();
        let (rows, columns) = (frame.rows.len(), frame.columns.len());
        for row in 0..rows {
            for column in 0..columns {
                let field = frame.at(body, row, column);
                let value = f64::from(self.matrix.values[frame.index(row, column)]);
                let color = self.color.color(value);
                // Fine lines between fields, unless the fields are as fine as the lines.
                let line = (field.width > 6.0).then_some(Stroke::new(Rgb(160, 160, 160), 0.4));
                scene.shape(Path::rect(field), Some(color), line);
                if self.matrix.numbers && !value.is_nan() {
                    self.draw_number(scene, field, value, color);
                }
            }
        }
        frame.draw(scene, body);
    }
}
