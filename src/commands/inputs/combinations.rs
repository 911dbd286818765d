//! Combinations of the levels of several columns that occur among cells, in the order of the levels of the
//! first column, then of the next.

use super::groups::Groups;
use crate::data::Names;
use crate::kernels::stats::sums::NO_GROUP;
use std::sync::Arc;

/// What occurs, and where.
pub struct Combinations<'a> {
    columns: &'a [Arc<Groups>],
    /// A code for each column, by cell; `None` where a cell has no value in some column.
    cells: Vec<Option<Vec<u32>>>,
    /// Those that occur, ascending, each with its number of cells.
    occurring: Vec<(Vec<u32>, usize)>,
}

impl<'a> Combinations<'a> {
    /// Of columns of the same cells.
    pub fn of(columns: &'a [Arc<Groups>]) -> Self {
        let n_cells = columns.first().map_or(0, |column| column.codes.len());
        let of_cell = |cell: usize| -> Option<Vec<u32>> {
            let codes = columns.iter().map(|column| column.codes[cell]);
            codes
                .map(|code| (code != NO_GROUP).then_some(code))
                .collect()
        };
        let cells: Vec<Option<Vec<u32>>> = (0..n_cells).map(of_cell).collect();
        let mut sorted: Vec<&Vec<u32>> = cells.iter().flatten().collect();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|a, b| a == b);
        let occurring = runs.map(|run| (run[0].clone(), run.len())).collect();
        Combinations {
            columns,
            cells,
            occurring,
        }
    }

    /// Without those of fewer than `n` cells.
    pub fn of_at_least(mut self, n: usize) -> Self {
        self.occurring.retain(|(_, cells)| *cells >= n);
        self
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.occurring.len()
    }

    /// Cells of each.
    pub fn sizes(&self) -> impl Iterator<Item = usize> {
        self.occurring.iter().map(|(_, cells)| *cells)
    }

    /// The level of column `i` in each.
    pub fn levels(&self, i: usize) -> impl Iterator<Item = u32> {
        self.occurring.iter().map(move |(codes, _)| codes[i])
    }

    /// The combination of each cell; `None` for a cell that is in none.
    pub fn of_cells(&self) -> impl Iterator<Item = Option<usize>> {
        self.cells.iter().map(|cell| {
            let cell = cell.as_ref()?;
            let found = self
                .occurring
                .binary_search_by(|(codes, _)| codes.cmp(cell));
            found.ok()
        })
    }

    /// The names of the levels, with `between` between them.
    pub fn names(&self, between: &str) -> Names {
        let name = |(codes, _): &(Vec<u32>, usize)| {
            let parts = self.columns.iter().zip(codes);
            let parts = parts.map(|(column, &code)| column.levels.get(code as usize));
            parts.collect::<Vec<&str>>().join(between)
        };
        self.occurring.iter().map(name).collect()
    }
}
