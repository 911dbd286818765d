//! A frame of box characters with numbers and labels, and the place inside of it.

use super::canvas::Canvas;
use crate::data::figure::Scale;
use crate::render::figure::ruler::Ruler;
use unicode_width::UnicodeWidthStr;

/// A plot in the making: a canvas with a frame, and rulers that give shares of its inside.
pub struct Plot {
    pub canvas: Canvas,
    /// Upper left corner and size of the inside, in characters.
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
    pub x: Ruler,
    /// Upwards, as shares from the top.
    pub y: Ruler,
}

impl Plot {
    /// A plot of a size in characters, its axes included; `legend` columns are left free.
    pub fn new(
        (width, height): (usize, usize),
        legend: usize,
        (x_scale, x): (&Scale, (f64, f64)),
        (y_scale, y): (&Scale, (f64, f64)),
    ) -> Self {
        let bottom = 1 + usize::from(!x_scale.bare) + usize::from(!x_scale.label.is_empty());
        let top = 1 + usize::from(!y_scale.label.is_empty());
        let inside_height = height.saturating_sub(bottom + top).max(2);
        let y_ruler = Ruler::new(y_scale, y, inside_height as f64, 0.0);
        let ticks = if y_scale.bare {
            Vec::new()
        } else {
            y_ruler.ticks(3.0)
        };
        let numbers = ticks
            .iter()
            .map(|(_, text)| text.width())
            .max()
            .unwrap_or(0);
        let left = numbers + 1;
        let inside_width = width.saturating_sub(left + 1 + legend).max(4);
        let mut plot = Plot {
            canvas: Canvas::new(
                width.max(left + 1 + inside_width),
                inside_height + bottom + top,
            ),
            left,
            top,
            width: inside_width,
            height: inside_height,
            x: Ruler::new(x_scale, x, 0.0, 1.0),
            y: Ruler::new(y_scale, y, 1.0, 0.0),
        };
        plot.frame();
        plot.numbers_left(&ticks);
        if !y_scale.label.is_empty() {
            plot.canvas.text(0, 0, &y_scale.label, None);
        }
        plot.numbers_below(x_scale);
        plot
    }

    fn frame(&mut self) {
        let (left, right) = (self.left - 1, self.left + self.width);
        let (top, bottom) = (self.top - 1, self.top + self.height);
        for x in left + 1..right {
            self.canvas.sign(x, top, '─', None);
            self.canvas.sign(x, bottom, '─', None);
        }
        for y in top + 1..bottom {
            self.canvas.sign(left, y, '│', None);
            self.canvas.sign(right, y, '│', None);
        }
        for (x, y, corner) in [
            (left, top, '┌'),
            (right, top, '┐'),
            (left, bottom, '└'),
            (right, bottom, '┘'),
        ] {
            self.canvas.sign(x, y, corner, None);
        }
    }

    fn numbers_left(&mut self, ticks: &[(f64, String)]) {
        for (value, text) in ticks {
            let row = self.top + self.row(*value);
            self.canvas.sign(self.left - 1, row, '┤', None);
            self.canvas
                .text(self.left - 1 - text.width(), row, text, None);
        }
    }

    fn row(&self, value: f64) -> usize {
        ((self.y.at(value) * self.height as f64) as usize).min(self.height - 1)
    }

    fn numbers_below(&mut self, scale: &Scale) {
        let bottom = self.top + self.height;
        if !scale.bare {
            let along = Ruler {
                start: 0.0,
                end: self.width as f64,
                ..self.x
            };
            for (value, text) in along.ticks(11.0) {
                let at = self.left + (along.at(value) as usize).min(self.width - 1);
                self.canvas.sign(at, bottom, '┴', None);
                let start = at.saturating_sub(text.width() / 2);
                if start + text.width() <= self.canvas.width {
                    self.canvas.text(start, bottom + 1, &text, None);
                }
            }
        }
        let line = bottom + 1 + usize::from(!scale.bare);
        let start = self.left + self.width.saturating_sub(scale.label.width()) / 2;
        self.canvas.text(start, line, &scale.label, None);
    }

    /// Shares from the left and the top of the inside.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.at(x), self.y.at(y))
    }

    /// The column right of the frame where a legend begins.
    pub fn legend_column(&self) -> usize {
        self.left + self.width + 3
    }
}
