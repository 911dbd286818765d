//! Points in braille: the color of a character is that of most of its cells. Groups have letters
//! too, at their medians and in the legend; without colors the letters are drawn instead of dots.

use super::axes::Plot;
use super::braille::Dots;
use super::canvas::{Canvas, Glyph};
use crate::data::figure::{Color, ColorScale, Groups, Legend, Points, Rgb};
use crate::render::figure::points::{medians, seen, shown};
use crate::render::figure::slide;
use crate::render::screen::Depth;
use crate::render::table::cut;

/// Signs of rising darkness, for numbers without colors.
pub const RAMP: [char; 7] = ['·', ':', '-', '=', '+', '#', '@'];
const LEGEND: usize = 24;
/// Cells that are not highlighted: seen on a dark screen and on a bright one, and on neither more
/// than the others.
const FAINT: Rgb = Rgb(120, 120, 120);

/// The letter of a group: a–z, A–Z, then signs that repeat.
pub fn letter(level: usize) -> char {
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    letters.clone().nth(level % 62).unwrap_or('?')
}

/// What each character of the plot holds.
enum Tally {
    /// Cells by level; the last counts those without one.
    Levels(Vec<u32>),
    /// Sum and number of values.
    Mean(f64, u32),
}

pub fn draw(points: &Points, size: (usize, usize), depth: Depth) -> Canvas {
    let [x, y] = seen(points, 0.03);
    let legend = legend_width(points).min(size.0 / 3);
    let size = match &points.slide {
        Some(_) => slide_size(x, y, size, legend),
        None => size,
    };
    let mut plot = Plot::new(size, legend, (&points.x_scale, x), (&points.y_scale, y));
    let mut dots = Dots::new(plot.width, plot.height);
    let tallies = tally(points, &plot, &mut dots);
    match &points.color {
        Color::Same(color) => {
            (0..tallies.len()).for_each(|place| dots.color(place, Some(*color)));
            dots.draw(&mut plot.canvas, plot.left, plot.top);
        }
        Color::Groups(groups) => {
            draw_groups(points, groups, plot_parts(&mut plot), dots, &tallies, depth)
        }
        Color::Values(values, scale) => {
            let scale = scale.fitted(values.iter().map(|&value| f64::from(value)));
            draw_values(&scale, &mut plot, dots, &tallies, depth);
        }
    }
    if let Color::Groups(groups) = &points.color {
        name_groups(points, groups, &mut plot, depth);
    }
    plot.canvas
}

/// A size in which both sides of a slide have one unit: a character is twice as high as wide, and
/// a frame and a line for the label are around.
fn slide_size(x: (f64, f64), y: (f64, f64), size: (usize, usize), legend: usize) -> (usize, usize) {
    let around = (legend + 2, 4);
    let inside = (
        size.0.saturating_sub(around.0) as f64,
        2.0 * size.1.saturating_sub(around.1) as f64,
    );
    let (width, height) = slide::like(x, y, inside);
    (
        width.round() as usize + around.0,
        (height / 2.0).round() as usize + around.1,
    )
}

fn plot_parts(plot: &mut Plot) -> (&mut Canvas, usize, usize) {
    (&mut plot.canvas, plot.left, plot.top)
}

fn legend_width(points: &Points) -> usize {
    match &points.color {
        Color::Same(_) => 0,
        Color::Groups(groups) => {
            let names = groups.levels.iter().map(|name| name.chars().count());
            (names.max().unwrap_or(0) + 7).min(LEGEND)
        }
        Color::Values(..) => 12,
    }
}

fn tally(points: &Points, plot: &Plot, dots: &mut Dots) -> Vec<Tally> {
    let empty = || match &points.color {
        Color::Groups(groups) => Tally::Levels(vec![0; groups.levels.len() + 1]),
        _ => Tally::Mean(0.0, 0),
    };
    let mut tallies: Vec<Tally> = (0..dots.width * dots.height).map(|_| empty()).collect();
    for i in 0..points.x.len() {
        let (x, y) = plot.place(f64::from(points.x[i]), f64::from(points.y[i]));
        let Some(place) = dots.set(x, y) else {
            continue;
        };
        match (&mut tallies[place], &points.color) {
            (Tally::Levels(counts), Color::Groups(groups)) => {
                let level = groups.level(i).filter(|&level| shown(points, level));
                let level = level.filter(|_| points.is_in_part(i));
                counts[level.unwrap_or(groups.levels.len())] += 1;
            }
            (Tally::Mean(sum, n), Color::Values(values, _))
                if values[i].is_finite() && points.is_in_part(i) =>
            {
                *sum += f64::from(values[i]);
                *n += 1;
            }
            _ => {}
        }
    }
    tallies
}

fn draw_groups(
    points: &Points,
    groups: &Groups,
    (canvas, left, top): (&mut Canvas, usize, usize),
    mut dots: Dots,
    tallies: &[Tally],
    depth: Depth,
) {
    for (place, tally) in tallies.iter().enumerate() {
        let Tally::Levels(counts) = tally else {
            continue;
        };
        if !dots.is_set(place) {
            continue;
        }
        // Highlighted groups win over the grey rest.
        let named =
            (0..groups.levels.len()).filter(|&level| shown(points, level) && counts[level] > 0);
        let winner = named.max_by_key(|&level| (counts[level], usize::MAX - level));
        let (color, sign) = match winner {
            Some(level) => (groups.colors[level], letter(level)),
            None => (FAINT, '·'),
        };
        dots.color(place, Some(color));
        if depth == Depth::None {
            canvas.sign(
                left + place % dots.width,
                top + place / dots.width,
                sign,
                None,
            );
        }
    }
    if depth != Depth::None {
        dots.draw(canvas, left, top);
    }
}

/// Letters at the medians, and the legend.
fn name_groups(points: &Points, groups: &Groups, plot: &mut Plot, depth: Depth) {
    if points.legend == Legend::Hidden {
        return;
    }
    let used = groups.used();
    let listed: Vec<usize> = (0..groups.levels.len())
        .filter(|&level| used[level] && shown(points, level))
        .collect();
    if depth != Depth::None {
        for (level, x, y) in medians(points, groups)
            .into_iter()
            .filter(|m| shown(points, m.0))
        {
            let (x, y) = plot.place(x, y);
            let column = plot.left + (x * plot.width as f64) as usize;
            let row = plot.top + (y * plot.height as f64) as usize;
            plot.canvas
                .put(column, row, badge(letter(level), groups.colors[level]));
        }
    }
    let (column, top, rows) = (plot.legend_column(), plot.top, plot.height);
    for (row, &level) in listed.iter().take(rows).enumerate() {
        if row + 1 == rows && listed.len() > rows {
            let rest = format!("… {} more", listed.len() - row);
            plot.canvas.text(column, top + row, &rest, None);
            break;
        }
        plot.canvas.put(
            column,
            top + row,
            badge(letter(level), groups.colors[level]),
        );
        let room = plot.canvas.width.saturating_sub(column + 2);
        let name = cut(groups.levels.get(level), room);
        plot.canvas.text(column + 2, top + row, &name, None);
    }
}

/// A letter on its color.
pub fn badge(sign: char, color: Rgb) -> Glyph {
    let ink = if color.lightness() > 0.55 {
        Rgb::BLACK
    } else {
        Rgb::WHITE
    };
    Glyph {
        sign,
        ink: Some(ink),
        ground: Some(color),
        bold: false,
    }
}

fn draw_values(
    scale: &ColorScale,
    plot: &mut Plot,
    mut dots: Dots,
    tallies: &[Tally],
    depth: Depth,
) {
    for (place, tally) in tallies.iter().enumerate() {
        let Tally::Mean(sum, n) = tally else { continue };
        if !dots.is_set(place) {
            continue;
        }
        let mean = sum / f64::from(*n);
        let color = match *n {
            0 => FAINT,
            _ => scale.color(mean),
        };
        dots.color(place, Some(color));
        if depth == Depth::None {
            let sign = if *n == 0 {
                ' '
            } else {
                ramp(scale.position(mean))
            };
            plot.canvas.sign(
                plot.left + place % dots.width,
                plot.top + place / dots.width,
                sign,
                None,
            );
        }
    }
    if depth != Depth::None {
        dots.draw(&mut plot.canvas, plot.left, plot.top);
    }
    let (column, top, height) = (plot.legend_column(), plot.top, plot.height);
    color_bar(&mut plot.canvas, scale, (column, top), height, depth);
}

pub fn ramp(share: f64) -> char {
    RAMP[((share * RAMP.len() as f64) as usize).min(RAMP.len() - 1)]
}

/// A standing bar with its ends and middle in numbers.
fn color_bar(
    canvas: &mut Canvas,
    scale: &ColorScale,
    (x, y): (usize, usize),
    height: usize,
    depth: Depth,
) {
    let (min, max) = (scale.min.unwrap_or(0.0), scale.max.unwrap_or(1.0));
    for row in 0..height {
        let share = 1.0 - (row as f64 + 0.5) / height as f64;
        let value = min + share * (max - min);
        match depth {
            Depth::None => canvas.sign(x, y + row, ramp(scale.position(value)), None),
            _ => (0..2).for_each(|i| canvas.sign(x + i, y + row, '█', Some(scale.color(value)))),
        }
    }
    let marks = [(0, max), (height / 2, (min + max) / 2.0), (height - 1, min)];
    let style = crate::render::number::NumberStyle::of(marks.iter().map(|(_, value)| *value));
    for (row, value) in marks {
        canvas.text(x + 3, y + row, &style.show(value), None);
    }
}
