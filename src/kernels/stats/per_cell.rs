//! Columns found cell by cell, in blocks that may be merged in any order; handed out in the
//! order of the cells.

use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};

/// A number for each column and each cell seen so far.
#[derive(Debug, Clone)]
pub struct PerCell {
    cells: Vec<u32>,
    /// Column after column, so that those of a hundred million cells are handed out without a copy.
    columns: Vec<Vec<f64>>,
}

impl PerCell {
    pub fn new(n_columns: usize) -> Self {
        Self {
            cells: Vec::new(),
            columns: vec![Vec::new(); n_columns],
        }
    }

    /// Adds the numbers of one cell, one for each column.
    pub fn push(&mut self, cell: u32, values: impl IntoIterator<Item = f64>) {
        self.cells.push(cell);
        let columns = self.columns.iter_mut().zip(values);
        columns.for_each(|(column, value)| column.push(value));
        debug_assert!(self.columns.iter().all(|it| it.len() == self.cells.len()));
    }

    pub fn merge(&mut self, next: Self) {
        self.cells.extend(next.cells);
        let columns = self.columns.iter_mut().zip(next.columns);
        columns.for_each(|(column, next)| column.extend(next));
    }

    /// The columns, each in ascending order of the cells.
    pub fn finish(mut self) -> Vec<Vec<f64>> {
        if !self.cells.is_sorted() {
            let mut order: Vec<usize> = (0..self.cells.len()).collect();
            order.sort_by_key(|&i| self.cells[i]);
            for column in &mut self.columns {
                *column = order.iter().map(|&i| column[i]).collect();
            }
        }
        self.columns
    }
}

impl Transfer for PerCell {
    fn pack(&self, to: &mut Packing) {
        to.list(&self.cells);
        self.columns.iter().for_each(|column| to.list(column));
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        self.cells = from.list()?;
        for column in &mut self.columns {
            *column = from.list()?;
            if column.len() != self.cells.len() {
                return Err(Torn);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_in_cell_order() {
        let mut later = PerCell::new(2);
        later.push(4, [4.0, 40.0]);
        let mut first = PerCell::new(2);
        first.push(1, [1.0, 10.0]);
        first.push(3, [3.0, 30.0]);
        later.merge(first);
        assert_eq!(later.finish(), [[1.0, 3.0, 4.0], [10.0, 30.0, 40.0]]);
        assert_eq!(PerCell::new(1).finish(), [[0.0; 0]]);
    }
}
