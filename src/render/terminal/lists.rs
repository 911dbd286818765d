//! One line for each name: bars, ranks, boxes, violins.

use super::canvas::Canvas;
use super::points::letter;
use crate::data::figure::{Bars, BoxPlot, Boxes, Ranks, Rgb, Scale, Violins, category_colors};
use crate::math;
use crate::render::figure::density::density;
use crate::render::figure::ruler::{Ruler, extent};
use crate::render::number::NumberStyle;
use crate::render::screen::Depth;
use crate::render::table::{bar_of, cut};
use unicode_width::UnicodeWidthStr;

const NAME: usize = 24;
const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Names at the left, and the columns left for what belongs to them.
struct Lines<'a> {
    names: Vec<&'a str>,
    left: usize,
    width: usize,
}

impl<'a> Lines<'a> {
    fn new(names: Vec<&'a str>, width: usize, taken: usize) -> Self {
        let longest = names
            .iter()
            .map(|name| name.width())
            .max()
            .unwrap_or(0)
            .min(NAME);
        let left = longest.min(width / 3) + 1;
        Lines {
            names,
            left,
            width: width.saturating_sub(left + taken).max(8),
        }
    }

    fn name(&self, canvas: &mut Canvas, i: usize, row: usize) {
        let name = cut(self.names[i], self.left - 1);
        canvas.text(self.left - 1 - name.width(), row, &name, None);
    }
}

pub fn bars(bars: &Bars, (width, height): (usize, usize), depth: Depth) -> Canvas {
    let totals: Vec<f64> = (0..bars.labels.len())
        .map(|i| {
            bars.series
                .iter()
                .filter_map(|(_, _, values)| values.get(i))
                .sum()
        })
        .collect();
    if bars.series.len() > 1 && bars.stacked {
        return stacked(bars, &totals, (width, height), depth);
    }
    let names: Vec<&str> = bars.labels.iter().map(String::as_str).collect();
    let lines: Vec<(&str, f64, Rgb)> = match bars.series.len() {
        1 => names
            .iter()
            .zip(&bars.series[0].2)
            .map(|(name, &v)| (*name, v, bars.series[0].1))
            .collect(),
        _ => (0..names.len())
            .flat_map(|i| {
                bars.series.iter().map(move |(name, color, values)| {
                    (
                        name.as_str(),
                        values.get(i).copied().unwrap_or(f64::NAN),
                        *color,
                    )
                })
            })
            .collect(),
    };
    valued(&lines, (width, height))
}

/// Names, numbers, and bars that start at zero.
fn valued(lines: &[(&str, f64, Rgb)], (width, height): (usize, usize)) -> Canvas {
    let style = NumberStyle::of(lines.iter().map(|line| line.1));
    let numbers: Vec<String> = lines.iter().map(|line| style.show(line.1)).collect();
    let widest = numbers.iter().map(|text| text.width()).max().unwrap_or(0);
    let list = Lines::new(lines.iter().map(|line| line.0).collect(), width, widest + 2);
    let most = lines
        .iter()
        .map(|line| line.1.abs())
        .filter(|v| v.is_finite())
        .fold(1e-300, f64::max);
    let rows = lines.len().min(height.max(2));
    let mut canvas = Canvas::new(width, rows);
    for (row, (_, value, color)) in lines.iter().take(rows).enumerate() {
        if row + 1 == rows && lines.len() > rows {
            canvas.text(
                list.left,
                row,
                &format!("… {} more", lines.len() - row),
                None,
            );
            break;
        }
        list.name(&mut canvas, row, row);
        canvas.text(
            list.left + widest - numbers[row].width(),
            row,
            &numbers[row],
            None,
        );
        let bar = bar_of(value.abs() / most, list.width);
        canvas.text(list.left + widest + 1, row, &bar, Some(*color));
    }
    canvas
}

/// One line of parts for each label; without colors the parts are letters.
fn stacked(bars: &Bars, totals: &[f64], (width, height): (usize, usize), depth: Depth) -> Canvas {
    let list = Lines::new(bars.labels.iter().map(String::as_str).collect(), width, 0);
    let most = totals.iter().copied().fold(1e-300, f64::max);
    let names = wrapped(
        bars.series.iter().map(|series| series.0.as_str()),
        list.width,
    );
    let lines = names.last().map_or(0, |last| last.1 + 1);
    let rows = bars
        .labels
        .len()
        .min(height.saturating_sub(1 + lines).max(1));
    let lines = lines.min(height.saturating_sub(rows + 1));
    let mut canvas = Canvas::new(width, rows + 1 + lines);
    for row in 0..rows {
        list.name(&mut canvas, row, row);
        let mut below = 0.0;
        for (level, (_, color, values)) in bars.series.iter().enumerate() {
            let column = |value: f64| (value / most * list.width as f64).round() as usize;
            let value = values.get(row).copied().unwrap_or(0.0).max(0.0);
            for x in column(below)..column(below + value) {
                let sign = if depth == Depth::None {
                    letter(level)
                } else {
                    '█'
                };
                canvas.sign(list.left + x, row, sign, Some(*color));
            }
            below += value;
        }
    }
    let keys = bars.series.iter().zip(&names).enumerate();
    for (level, ((name, color, _), &(column, line))) in keys.filter(|it| it.1.1.1 < lines) {
        let sign = if depth == Depth::None {
            letter(level)
        } else {
            '█'
        };
        let (x, y) = (list.left + column, rows + 1 + line);
        canvas.sign(x, y, sign, Some(*color));
        canvas.text(x + 2, y, &cut(name, width.saturating_sub(x + 2)), None);
    }
    canvas
}

/// Column and line of each name with its sign, in lines of a width.
fn wrapped<'a>(names: impl Iterator<Item = &'a str>, width: usize) -> Vec<(usize, usize)> {
    let (mut column, mut line) = (0, 0);
    names
        .map(|name| {
            let own = name.width() + 2;
            if column > 0 && column + own > width {
                (column, line) = (0, line + 1);
            }
            let place = (column, line);
            column += own + 2;
            place
        })
        .collect()
}

pub fn ranks(ranks: &Ranks, size: (usize, usize)) -> Canvas {
    let blue = category_colors(1)[0];
    let lines: Vec<(&str, f64, Rgb)> = ranks
        .names
        .iter()
        .zip(&ranks.scores)
        .map(|(name, &score)| (name.as_str(), score, blue))
        .collect();
    valued(&lines, size)
}

/// Numbers under lines that share a scale.
fn scale_below(
    canvas: &mut Canvas,
    scale: &Scale,
    range: (f64, f64),
    left: usize,
    width: usize,
    row: usize,
) {
    let ruler = Ruler::new(scale, range, 0.0, width as f64);
    for (value, text) in ruler.ticks(12.0) {
        let at = left + (ruler.at(value) as usize).min(width - 1);
        let start = at.saturating_sub(text.width() / 2);
        if start + text.width() <= canvas.width {
            canvas.text(start, row, &text, None);
        }
    }
    canvas.text(
        left + width.saturating_sub(scale.label.width()) / 2,
        row + 1,
        &scale.label,
        None,
    );
}

pub fn boxes(boxes: &Boxes, (width, height): (usize, usize)) -> Canvas {
    let ends = |b: &BoxPlot| {
        let outliers = b.outliers.iter().map(|&v| f64::from(v));
        [b.low, b.high]
            .into_iter()
            .chain(outliers)
            .collect::<Vec<_>>()
    };
    let range = extent(&boxes.scale, boxes.boxes.iter().flat_map(ends), 0.0);
    let list = Lines::new(boxes.labels.iter().map(String::as_str).collect(), width, 0);
    let rows = boxes.boxes.len().min(height.saturating_sub(2).max(1));
    let mut canvas = Canvas::new(width, rows + 2);
    let ruler = Ruler::new(&boxes.scale, range, 0.0, list.width as f64);
    let column = |value: f64| list.left + (ruler.at(value).max(0.0) as usize).min(list.width - 1);
    for (row, summary) in boxes.boxes.iter().take(rows).enumerate() {
        list.name(&mut canvas, row, row);
        for &value in &summary.outliers {
            canvas.sign(column(f64::from(value)), row, '·', None);
        }
        for x in column(summary.low)..=column(summary.high) {
            canvas.sign(x, row, '─', None);
        }
        for x in column(summary.q1)..=column(summary.q3) {
            canvas.sign(x, row, '▒', boxes.colors.get(row).copied());
        }
        canvas.sign(column(summary.low), row, '├', None);
        canvas.sign(column(summary.high), row, '┤', None);
        canvas.sign(column(summary.median), row, '┃', None);
    }
    scale_below(
        &mut canvas,
        &boxes.scale,
        range,
        list.left,
        list.width,
        rows,
    );
    canvas
}

/// The violins one by one; those of a condition are called after group and condition.
fn named_violins(violins: &Violins) -> Vec<(String, Rgb, Vec<f32>)> {
    let conditions: Vec<&str> = match &violins.split {
        Some(split) => split.levels.iter().collect(),
        None => vec![""],
    };
    let groups = violins.by_group().into_iter();
    let each = groups.flat_map(|group| {
        let violins = conditions.iter().zip(group.violins);
        let named = violins.map(|(condition, (color, values))| {
            let name = format!("{} {condition}", group.name);
            (name.trim().to_owned(), color, values)
        });
        named.collect::<Vec<_>>()
    });
    each.collect()
}

/// Each group a hill of its density along the scale.
pub fn violins(violins: &Violins, (width, height): (usize, usize)) -> Canvas {
    let groups = named_violins(violins);
    let range = extent(
        &violins.scale,
        violins.values.iter().map(|&v| f64::from(v)),
        0.0,
    );
    let list = Lines::new(groups.iter().map(|it| it.0.as_str()).collect(), width, 0);
    // A single violin is as high as there is room; many have two lines each.
    let each = if groups.len() == 1 { 6 } else { 2 };
    let shown = groups.len().min(height.saturating_sub(2).max(each) / each);
    let mut canvas = Canvas::new(width, shown * each + 2);
    let ruler = Ruler::new(&violins.scale, range, 0.0, list.width as f64);
    for (i, (_, color, values)) in groups.iter().take(shown).enumerate() {
        let foot = (i + 1) * each - 1;
        list.name(&mut canvas, i, foot);
        hill(&mut canvas, &ruler, values, *color, (list.left, foot), each);
    }
    scale_below(
        &mut canvas,
        &violins.scale,
        range,
        list.left,
        list.width,
        shown * each,
    );
    canvas
}

fn hill(
    canvas: &mut Canvas,
    ruler: &Ruler,
    values: &[f32],
    color: Rgb,
    (left, foot): (usize, usize),
    each: usize,
) {
    let log = |value: f64| if ruler.log { math::log10(value) } else { value };
    let Some(density) = density(values.iter().map(|&v| log(f64::from(v)) as f32)) else {
        return;
    };
    let width = ruler.end as usize;
    for x in 0..width {
        let share = (x as f64 + 0.5) / width as f64;
        let value = if ruler.log {
            log(ruler.low) + share * (log(ruler.high) - log(ruler.low))
        } else {
            ruler.low + share * (ruler.high - ruler.low)
        };
        let half = (log(ruler.high) - log(ruler.low)) / width as f64;
        if value < density.low - half || value > density.high + half {
            continue;
        }
        let eighths = (density.at(value) * (8 * each) as f64 * 0.95)
            .round()
            .max(1.0) as usize;
        for row in 0..each {
            let part = eighths.saturating_sub(8 * row).min(8);
            if part > 0 {
                canvas.sign(left + x, foot - row, HEIGHTS[part], Some(color));
            }
        }
    }
}

/// Standing bars of eighths, for histograms: shares from 0 to 1, one column each.
pub fn columns(
    canvas: &mut Canvas,
    shares: &[f64],
    (left, foot): (usize, usize),
    height: usize,
    color: Rgb,
) {
    for (x, share) in shares
        .iter()
        .enumerate()
        .filter(|(_, share)| share.is_finite())
    {
        let eighths = (share.clamp(0.0, 1.0) * (8 * height) as f64).round() as usize;
        for row in 0..height {
            let part = eighths.saturating_sub(8 * row).min(8);
            if part > 0 {
                canvas.sign(left + x, foot - row, HEIGHTS[part], Some(color));
            }
        }
    }
}
