//! Fields of color: matrix plots, correlations, confusions.

use super::gridframe::GridFrame;
use super::layout::{Drawing, Margins};
use super::legend::GridLegend;
use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{self, CAPITAL, LABEL, Label, TINY};
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
        match self.matrix.square {
            true => frame.with_field((SQUARE, SQUARE)),
            false => frame,
        }
    }

    fn titles(&self) -> Margins {
        let room = |label: &str| {
            if label.is_empty() {
                0.0
            } else {
                LABEL * CAPITAL + 8.0
            }
        };
        Margins {
            left: room(&self.matrix.row_label),
            bottom: room(&self.matrix.column_label),
            ..Default::default()
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

    fn margins(&self, body: (f64, f64)) -> Margins {
        let mut margins = self.frame().margins(body) + self.titles();
        // Titles are centered, and may be longer than a few fields.
        let over = |title: &str, length: f64| (text::width(title, LABEL, false) - length) / 2.0;
        let (beside, below) = (
            over(&self.matrix.row_label, body.1),
            over(&self.matrix.column_label, body.0),
        );
        margins.top = margins.top.max(beside);
        margins.bottom = margins.bottom.max(beside);
        margins.left = margins.left.max(below);
        margins.right = margins.right.max(below);
        margins
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
        let margins = frame.margins((body.width, body.height));
        let (x, y) = body.center();
        if !self.matrix.row_label.is_empty() {
            let at = body.x - margins.left - 4.0 - LABEL * CAPITAL / 2.0;
            Label::new(&self.matrix.row_label)
                .turned(90.0)
                .middle()
                .centered_at(scene, at, y);
        }
        if !self.matrix.column_label.is_empty() {
            let at = body.bottom() + margins.bottom + 5.0 + LABEL * CAPITAL;
            Label::new(&self.matrix.column_label)
                .middle()
                .at(scene, x, at);
        }
    }
}
