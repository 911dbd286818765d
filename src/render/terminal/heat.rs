//! Heat maps and tracks as characters: genes as lines, cells by group to the right, each character
//! the mean of its cells.

use super::canvas::Canvas;
use super::grid;
use super::points::{badge, letter};
use crate::data::figure::{ColorScale, Expression};
use crate::render::screen::Depth;
use crate::render::table::cut;
use unicode_width::UnicodeWidthStr;

/// Names of groups side by side in the legend.
const LEGEND_COLUMNS: usize = 3;
/// Wider would show no more.
const WIDEST: usize = 200;

/// The cells of one character of a line, and their level.
struct Column<'a> {
    level: usize,
    cells: &'a [u32],
}

pub fn draw(
    expression: &Expression,
    color: &ColorScale,
    (width, height): (usize, usize),
    depth: Depth,
) -> Canvas {
    let mut scale = color.fitted(expression.values.iter().map(|&value| f64::from(value)));
    // Beside the picture of a file the genes say enough; a line of digits needs a name.
    scale.title.get_or_insert_with(|| "expression".to_owned());
    let levels = expression.cells_by_level();
    let present: Vec<usize> = (0..levels.len())
        .filter(|&level| !levels[level].is_empty())
        .collect();
    let names = expression.genes.iter().map(UnicodeWidthStr::width);
    let left = names.max().unwrap_or(0).min(width / 3) + 1;
    let columns = columns(&levels, width.saturating_sub(left).min(WIDEST));
    let legend = present.len().div_ceil(LEGEND_COLUMNS).min(height / 3);
    let rows = expression
        .genes
        .len()
        .min(height.saturating_sub(2 + legend).max(1));
    let mut canvas = Canvas::new(width, rows + 2 + legend);
    for (row, gene) in expression.genes.iter().take(rows).enumerate() {
        canvas.text(0, row, &cut(gene, left - 1), None);
        for (x, column) in columns.iter().enumerate() {
            let values = column
                .cells
                .iter()
                .map(|&cell| f64::from(expression.value(cell, row)));
            let mean = values.sum::<f64>() / column.cells.len().max(1) as f64;
            grid::fill(&mut canvas, (left + x, row), 1, (&scale, mean), "", depth);
        }
    }
    let badge_of = |level: usize| badge(letter(level), expression.groups.colors[level]);
    for (x, column) in columns.iter().enumerate() {
        canvas.put(left + x, rows, badge_of(column.level));
    }
    grid::legend(&mut canvas, &scale, (left, rows + 1), "", depth);
    let step = width.saturating_sub(left) / LEGEND_COLUMNS;
    for (i, &level) in present.iter().take(legend * LEGEND_COLUMNS).enumerate() {
        let (x, y) = (
            left + i % LEGEND_COLUMNS * step,
            rows + 2 + i / LEGEND_COLUMNS,
        );
        let name = cut(expression.groups.levels.get(level), step.saturating_sub(3));
        canvas.put(x, y, badge_of(level));
        canvas.text(x + 2, y, &name, None);
    }
    canvas
}

/// Cells of each level in proportion, at least one column per level.
fn columns(levels: &[Vec<u32>], room: usize) -> Vec<Column<'_>> {
    let present = levels.iter().filter(|cells| !cells.is_empty()).count();
    let all: usize = levels.iter().map(Vec::len).sum();
    let spare = room.saturating_sub(present);
    let mut columns = Vec::new();
    for (level, cells) in levels
        .iter()
        .enumerate()
        .filter(|(_, cells)| !cells.is_empty())
    {
        let n = (1 + cells.len() * spare / all).min(cells.len());
        columns.extend((0..n).map(|i| Column {
            level,
            cells: &cells[i * cells.len() / n..(i + 1) * cells.len() / n],
        }));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_and_every_cell_has_a_column() {
        let levels = vec![(0..90).collect(), vec![], vec![90], (91..100).collect()];
        let columns = columns(&levels, 20);
        assert!(columns.len() <= 20);
        assert_eq!(
            columns
                .iter()
                .map(|column| column.cells.len())
                .sum::<usize>(),
            100
        );
        let of = |level: usize| {
            columns
                .iter()
                .filter(|column| column.level == level)
                .count()
        };
        assert_eq!((of(1), of(2)), (0, 1));
        assert!(of(0) > of(3));
    }
}
