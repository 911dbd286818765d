//! Lines, histograms, networks and dendrograms as characters.

use super::axes::Plot;
use super::braille::Dots;
use super::canvas::Canvas;
use super::lists;
use super::points::{badge, letter};
use crate::data::figure::{Dendrogram, Histogram, Line, LineStyle, Lines, Network, Scale};
use crate::math;
use crate::render::figure::ruler::extent;
use crate::render::figure::tree;
use crate::render::number::number;
use crate::render::screen::Depth;
use crate::render::table::cut;
use unicode_width::UnicodeWidthStr;

/// The last place inside of a plot, as a share.
const EDGE: f64 = 1.0 - 1e-6;

pub fn lines(lines: &Lines, size: (usize, usize), depth: Depth) -> Canvas {
    let xs = lines.series.iter().flat_map(|line| line.x.iter().copied());
    let ys = lines.series.iter().flat_map(|line| line.y.iter().copied());
    let x = extent(&lines.x_scale, xs.chain(lines.at_x.iter().copied()), 0.03);
    let y = extent(&lines.y_scale, ys.chain(lines.at_y.iter().copied()), 0.03);
    let names = || lines.series.iter().map(|line| line.name.width());
    let widest = names().max().unwrap_or(0);
    let legend = if widest == 0 {
        0
    } else {
        (widest + 6).min(size.0 / 3)
    };
    let mut plot = Plot::new(size, legend, (&lines.x_scale, x), (&lines.y_scale, y));
    let mut dots = Dots::new(plot.width, plot.height);
    for &at in &lines.at_x {
        dots.line((plot.x.at(at), 0.0), (plot.x.at(at), 1.0), None);
    }
    for &at in &lines.at_y {
        dots.line((0.0, plot.y.at(at)), (1.0, plot.y.at(at)), None);
    }
    for line in lines.series.iter().rev() {
        draw_line(&mut dots, &plot, line);
    }
    dots.draw(&mut plot.canvas, plot.left, plot.top);
    name_points(lines, &mut plot);
    let column = plot.legend_column();
    for (row, line) in lines
        .series
        .iter()
        .filter(|line| !line.name.is_empty())
        .enumerate()
    {
        let sign = if depth == Depth::None { '·' } else { '●' };
        plot.canvas
            .sign(column, plot.top + row, sign, Some(line.color));
        plot.canvas
            .text(column + 2, plot.top + row, &line.name, None);
    }
    plot.canvas
}

/// A line, or points: those beyond the axes are at the edge.
fn draw_line(dots: &mut Dots, plot: &Plot, line: &Line) {
    let places = line.x.iter().zip(&line.y);
    let places: Vec<(f64, f64)> = places.map(|(&x, &y)| plot.place(x, y)).collect();
    let edge = |at: f64| {
        if line.has_points() {
            at.clamp(0.0, EDGE)
        } else {
            at
        }
    };
    for (x, y) in places.iter().map(|&(x, y)| (edge(x), edge(y))) {
        if let Some(place) = dots.set(x, y) {
            dots.color(place, Some(line.color));
        }
    }
    if line.style != LineStyle::Points {
        let finite = |p: &(f64, f64)| p.0.is_finite() && p.1.is_finite();
        for pair in places.windows(2).filter(|pair| pair.iter().all(finite)) {
            dots.line(pair[0], pair[1], Some(line.color));
        }
    }
}

/// Names right of their points, or left of them at the right edge; none over another.
fn name_points(lines: &Lines, plot: &mut Plot) {
    let mut taken: Vec<(usize, usize, usize)> = Vec::new();
    for (name, x, y) in &lines.names {
        let (x, y) = plot.place(*x, *y);
        if x.is_nan() || y.is_nan() {
            continue;
        }
        let (x, y) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
        let column = ((x * plot.width as f64) as usize).min(plot.width - 1);
        let row = ((y * plot.height as f64) as usize).min(plot.height - 1);
        let width = name.width();
        let start = if column + 1 + width <= plot.width {
            column + 1
        } else {
            column.saturating_sub(width)
        };
        let end = start + width;
        let free =
            |&(other, from, to): &(usize, usize, usize)| other != row || end < from || to < start;
        if end <= plot.width && taken.iter().all(free) {
            let at = (plot.left + start, plot.top + row);
            plot.canvas.text(at.0, at.1, name, None);
            taken.push((row, start, end));
        }
    }
}

pub fn histogram(histogram: &Histogram, size: (usize, usize)) -> Canvas {
    let edges = histogram.edges.iter().copied();
    let x = extent(
        &histogram.x_scale,
        edges.chain(histogram.thresholds.iter().copied()),
        0.0,
    );
    let (low, high) = extent(&histogram.y_scale, histogram.heights.iter().copied(), 0.02);
    let low = if histogram.y_scale.log { low } else { 0.0 };
    let mut plot = Plot::new(
        size,
        0,
        (&histogram.x_scale, x),
        (&histogram.y_scale, (low, high)),
    );
    let shares: Vec<f64> = (0..plot.width)
        .map(|column| {
            let share = (column as f64 + 0.5) / plot.width as f64;
            let value = if histogram.x_scale.log {
                x.0 * math::powf(x.1 / x.0, share)
            } else {
                x.0 + share * (x.1 - x.0)
            };
            let bin = histogram
                .edges
                .windows(2)
                .position(|edge| edge[0] <= value && value < edge[1]);
            bin.map_or(0.0, |bin| 1.0 - plot.y.at(histogram.heights[bin]))
        })
        .collect();
    let foot = plot.top + plot.height - 1;
    let place = (plot.left, foot);
    lists::columns(
        &mut plot.canvas,
        &shares,
        place,
        plot.height,
        histogram.color,
    );
    for &threshold in &histogram.thresholds {
        if !(x.0..=x.1).contains(&threshold) {
            continue;
        }
        let column =
            plot.left + ((plot.x.at(threshold) * plot.width as f64) as usize).min(plot.width - 1);
        for row in 0..plot.height {
            plot.canvas.sign(column, plot.top + row, '┆', None);
        }
        plot.canvas
            .text(column + 2, plot.top, &number(threshold), None);
    }
    plot.canvas
}

pub fn network(network: &Network, size: (usize, usize)) -> Canvas {
    let bare = Scale::bare("");
    let x = extent(&bare, network.nodes.iter().map(|node| node.x), 0.08);
    let y = extent(&bare, network.nodes.iter().map(|node| node.y), 0.08);
    let names = network.nodes.iter().map(|node| node.name.width());
    let legend = (names.max().unwrap_or(0) + 7).min(size.0 / 3);
    let mut plot = Plot::new(size, legend, (&bare, x), (&bare, y));
    let mut dots = Dots::new(plot.width, plot.height);
    let places: Vec<(f64, f64)> = network
        .nodes
        .iter()
        .map(|node| plot.place(node.x, node.y))
        .collect();
    for edge in &network.edges {
        if let (Some(&from), Some(&to)) = (places.get(edge.from), places.get(edge.to)) {
            dots.line(from, to, None);
        }
    }
    dots.draw(&mut plot.canvas, plot.left, plot.top);
    let column = plot.legend_column();
    for (i, (node, (x, y))) in network.nodes.iter().zip(&places).enumerate() {
        let at_x = plot.left + ((x * plot.width as f64) as usize).min(plot.width - 1);
        let at_y = plot.top + ((y * plot.height as f64) as usize).min(plot.height - 1);
        plot.canvas.put(at_x, at_y, badge(letter(i), node.color));
        if i < plot.height {
            plot.canvas
                .put(column, plot.top + i, badge(letter(i), node.color));
            let room = plot.canvas.width.saturating_sub(column + 2);
            plot.canvas
                .text(column + 2, plot.top + i, &cut(&node.name, room), None);
        }
    }
    plot.canvas
}

/// A lying tree, one line a leaf.
pub fn dendrogram(drawing: &Dendrogram, (width, height): (usize, usize)) -> Canvas {
    let leaves = drawing.labels.len();
    let widest = drawing
        .labels
        .iter()
        .map(UnicodeWidthStr::width)
        .max()
        .unwrap_or(0)
        .min(width / 2);
    let mut canvas = Canvas::new(width, leaves.min(height.max(2)));
    let Some(nodes) = tree::nodes(&drawing.tree, &tree::even(leaves)) else {
        return canvas;
    };
    for (row, &leaf) in drawing.tree.order.iter().enumerate() {
        let name = cut(drawing.labels.get(leaf as usize), widest);
        canvas.text(widest - name.width(), row, &name, None);
    }
    let highest = nodes.iter().map(|node| node.1).fold(1e-300, f64::max);
    let room = width.saturating_sub(widest + 3).clamp(4, 60);
    let column = |height: f64| widest + 1 + (height / highest * room as f64).round() as usize;
    let row = |share: f64| ((share * leaves as f64) as usize).min(leaves - 1);
    for merge in &drawing.tree.merges {
        let end = column(merge.height);
        let branches = [nodes[merge.left as usize], nodes[merge.right as usize]];
        let (top, bottom) = (
            row(branches[0].0.min(branches[1].0)),
            row(branches[0].0.max(branches[1].0)),
        );
        for (share, height) in branches {
            // The corner of a branch that is a merge itself is there already.
            let start = column(height) + usize::from(height > 0.0);
            for x in start..end {
                canvas.sign(x, row(share), '─', None);
            }
            let joint = match canvas.get(column(height), row(share)) {
                '┐' => '┬',
                '┘' => '┴',
                '│' => '├',
                sign => sign,
            };
            canvas.sign(column(height), row(share), joint, None);
        }
        for y in top..=bottom {
            let sign = match y {
                _ if y == top => '┐',
                _ if y == bottom => '┘',
                _ => '│',
            };
            canvas.sign(end, y, sign, None);
        }
    }
    if leaves > canvas.height {
        let missing = leaves + 1 - canvas.height;
        let line = format!("… {missing} more{}", " ".repeat(width));
        canvas.text(0, canvas.height - 1, &line, None);
    }
    canvas
}
