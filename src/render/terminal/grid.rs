//! Dot plots and matrices as characters: the size of the sign is the fraction, its color the mean.

use super::canvas::{Canvas, Glyph};
use super::points::ramp;
use crate::data::Names;
use crate::data::figure::{Bracket, ColorScale, Dots, Grid, Matrix, Rgb};
use crate::render::number::{NumberStyle, counted};
use crate::render::screen::Depth;
use crate::render::table::cut;
use unicode_width::UnicodeWidthStr;

/// Dots of rising size, each with the fraction from which the next begins.
const SIZES: [(f64, char); 4] = [(0.05, ' '), (0.3, '·'), (0.65, '•'), (1.01, '●')];
const PLAIN: [char; 4] = [' ', '.', 'o', '@'];
/// Longest name above or beside a grid.
const NAME: usize = 20;
/// Columns are spread up to this width so that their names are upright.
const SPREAD: usize = 12;

/// Rows and columns that fit, and how to find values.
struct Fitted<'a> {
    rows: &'a Names,
    columns: &'a Names,
    swapped: bool,
    shown_rows: usize,
    shown_columns: usize,
    left: usize,
    /// Lines above the grid: those of names and of titles.
    top: usize,
    /// Titles of genes that stand side by side, in a line of their own.
    titles: &'a [Bracket],
    field: usize,
}

impl<'a> Fitted<'a> {
    fn new(grid: &'a Grid, field: usize, (width, height): (usize, usize)) -> Self {
        let (rows, columns) = if grid.swap_axes {
            (&*grid.genes, &*grid.groups)
        } else {
            (&*grid.groups, &*grid.genes)
        };
        let longest = |names: &Names| names.iter().map(UnicodeWidthStr::width).max().unwrap_or(0);
        let left = longest(rows).min(NAME).min(width / 2) + 1;
        let spread = longest(columns) + 1;
        let room = width.saturating_sub(left);
        let field = if spread <= SPREAD && spread * columns.len() <= room {
            spread.max(field)
        } else {
            field
        };
        let titles = if grid.swap_axes {
            &[]
        } else {
            &grid.brackets[..]
        };
        let names = if longest(columns) < field {
            1
        } else {
            longest(columns).min(NAME).min(height / 2)
        };
        let top = names + usize::from(!titles.is_empty());
        Fitted {
            rows,
            columns,
            swapped: grid.swap_axes,
            shown_rows: rows.len().min(height.saturating_sub(top + 2).max(1)),
            shown_columns: columns
                .len()
                .min((width.saturating_sub(left) / field).max(1)),
            left,
            top,
            titles,
            field,
        }
    }

    fn index(&self, row: usize, column: usize) -> usize {
        if self.swapped {
            column * self.rows.len() + row
        } else {
            row * self.columns.len() + column
        }
    }

    /// The names around the grid; fields are left to be filled.
    fn canvas(&self, width: usize) -> Canvas {
        let height = self.top + self.shown_rows + 2;
        let mut canvas = Canvas::new(width, height);
        self.draw_titles(&mut canvas);
        let first = usize::from(!self.titles.is_empty());
        let names = self.top - first;
        for (column, name) in self.columns.iter().take(self.shown_columns).enumerate() {
            let x = self.left + column * self.field + self.field / 2;
            let name = cut(name, NAME.min(names.max(self.field)));
            if names == 1 {
                canvas.text(x - name.width() / 2, first, &name, None);
                continue;
            }
            // Downwards, ending at the grid.
            let start = self.top - name.chars().count().min(names);
            for (row, sign) in name.chars().take(names).enumerate() {
                canvas.sign(x, start + row, sign, None);
            }
        }
        for (row, name) in self.rows.iter().take(self.shown_rows).enumerate() {
            let name = cut(name, self.left - 1);
            canvas.text(self.left - 1 - name.width(), self.top + row, &name, None);
        }
        canvas
    }

    /// Each title above its genes, as far as these are shown.
    fn draw_titles(&self, canvas: &mut Canvas) {
        for title in self.titles {
            let end = (title.last + 1).min(self.shown_columns);
            if title.first >= end {
                continue;
            }
            let width = (end - title.first) * self.field - 1;
            let label = cut(&title.label, width);
            let rest = "─".repeat(width - label.width());
            let x = self.left + title.first * self.field;
            canvas.text(x, 0, &format!("{label}{rest}"), None);
        }
    }

    fn missing(&self) -> String {
        let rows = self.rows.len() - self.shown_rows;
        let columns = self.columns.len() - self.shown_columns;
        let missing = [(rows, "more row"), (columns, "more column")];
        let missing = missing.iter().filter(|(n, _)| *n > 0);
        let missing: Vec<String> = missing.map(|(n, what)| counted(*n as u64, what)).collect();
        match &missing[..] {
            [] => String::new(),
            all => format!("   … {}", all.join(", ")),
        }
    }
}

pub fn dots(dots: &Dots, size: (usize, usize), depth: Depth) -> Canvas {
    let scale = dots
        .color
        .fitted(dots.means.iter().map(|&mean| f64::from(mean)));
    let fitted = Fitted::new(&dots.grid, 3, size);
    let mut canvas = fitted.canvas(size.0);
    for row in 0..fitted.shown_rows {
        for column in 0..fitted.shown_columns {
            let i = fitted.index(row, column);
            let (fraction, mean) = (f64::from(dots.fractions[i]), f64::from(dots.means[i]));
            let step = SIZES
                .iter()
                .position(|(limit, _)| fraction < *limit)
                .unwrap_or(SIZES.len() - 1);
            let x = fitted.left + fitted.field * column + fitted.field / 2;
            let y = fitted.top + row;
            if depth == Depth::None {
                canvas.sign(x, y, PLAIN[step], None);
                if step > 0 {
                    let digit = (scale.position(mean) * 9.99) as u32;
                    canvas.sign(
                        x + 1,
                        y,
                        char::from_digit(digit.min(9), 10).unwrap_or(' '),
                        None,
                    );
                }
            } else {
                canvas.sign(x, y, SIZES[step].1, Some(dots.color_of(i, &scale)));
            }
        }
    }
    let line = fitted.top + fitted.shown_rows + 1;
    let signs: Vec<String> = (1..SIZES.len())
        .map(|i| {
            let sign = if depth == Depth::None {
                PLAIN[i]
            } else {
                SIZES[i].1
            };
            format!("{sign} {:.0}", 100.0 * SIZES[i - 1].0)
        })
        .collect();
    let sizes = format!("{} % of cells and more   ", signs.join("  "));
    canvas.text(0, line, &sizes, None);
    legend(
        &mut canvas,
        &dots.legend(&scale),
        (sizes.width(), line),
        &fitted.missing(),
        depth,
    );
    canvas
}

pub fn matrix(matrix: &Matrix, size: (usize, usize), depth: Depth) -> Canvas {
    let values = || matrix.values.iter().map(|&value| f64::from(value));
    let scale = matrix.color.fitted(values());
    let style = match NumberStyle::of(values()) {
        NumberStyle::Fixed(digits) => NumberStyle::Fixed(digits.min(2)),
        mixed => mixed,
    };
    let field = if matrix.numbers {
        values().map(|v| style.show(v).width()).max().unwrap_or(1) + 1
    } else {
        3
    };
    let fitted = Fitted::new(&matrix.grid, field, size);
    let mut canvas = fitted.canvas(size.0);
    for row in 0..fitted.shown_rows {
        for column in 0..fitted.shown_columns {
            let value = f64::from(matrix.values[fitted.index(row, column)]);
            let at = (fitted.left + fitted.field * column, fitted.top + row);
            let text = if matrix.numbers {
                style.show(value)
            } else {
                String::new()
            };
            fill(&mut canvas, at, fitted.field, (&scale, value), &text, depth);
        }
    }
    let line = fitted.top + fitted.shown_rows + 1;
    legend(&mut canvas, &scale, (0, line), &fitted.missing(), depth);
    canvas
}

/// One field on its color, or as a sign of its darkness.
pub fn fill(
    canvas: &mut Canvas,
    (x, y): (usize, usize),
    width: usize,
    (scale, value): (&ColorScale, f64),
    text: &str,
    depth: Depth,
) {
    let color = scale.color(value);
    let ink = if color.lightness() > 0.55 {
        Rgb::BLACK
    } else {
        Rgb::WHITE
    };
    let text = format!("{text:>width$}");
    let plain = text.trim().is_empty();
    for (i, sign) in text.chars().take(width).enumerate() {
        let place = match depth {
            Depth::None if plain => Glyph {
                sign: if value.is_nan() {
                    ' '
                } else {
                    ramp(scale.position(value))
                },
                ink: None,
                ground: None,
                bold: false,
            },
            Depth::None => Glyph {
                sign,
                ink: None,
                ground: None,
                bold: false,
            },
            _ => Glyph {
                sign,
                ink: Some(ink),
                ground: Some(color),
                bold: false,
            },
        };
        canvas.put(x + i, y, place);
    }
}

/// The ends of the scale around its colors, and what is missing.
pub fn legend(
    canvas: &mut Canvas,
    scale: &ColorScale,
    (x, y): (usize, usize),
    missing: &str,
    depth: Depth,
) {
    const STEPS: usize = 14;
    let (min, max) = (scale.min.unwrap_or(0.0), scale.max.unwrap_or(1.0));
    let style = NumberStyle::of([min, max].into_iter());
    let (low, high) = (style.show(min), style.show(max));
    canvas.text(x, y, &low, None);
    let start = x + low.width() + 1;
    for step in 0..STEPS {
        let share = (step as f64 + 0.5) / STEPS as f64;
        let value = min + share * (max - min);
        match depth {
            Depth::None => canvas.sign(start + step, y, ramp(scale.position(value)), None),
            _ => canvas.sign(start + step, y, '█', Some(scale.color(value))),
        }
    }
    let title = scale.title.as_deref().unwrap_or("").replace('\n', " ");
    let digits = if depth == Depth::None { "" } else { " " };
    canvas.text(
        start + STEPS + 1,
        y,
        &format!("{high}{digits} {title}{missing}"),
        None,
    );
}
