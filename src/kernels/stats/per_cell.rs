//! Columns found cell by cell, in blocks that may be merged in any order; handed out in the
//! order of the cells.

use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};

/// `n_columns` numbers for each cell seen so far.
#[derive(Debug, Clone)]
pub struct PerCell {
    n_columns: usize,
    cells: Vec<u32>,
    /// Cell after cell.
    values: Vec<f64>,
}

impl PerCell {
    pub fn new(n_columns: usize) -> Self {
        Self {
            n_columns,
            cells: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds the numbers of one cell, one for each column.
    pub fn push(&mut self, cell: u32, values: impl IntoIterator<Item = f64>) {
        self.cells.push(cell);
        self.values.extend(values);
        debug_assert_eq!(self.values.len(), self.cells.len() * self.n_columns);
    }

    pub fn merge(&mut self, next: Self) {
        self.cells.extend(next.cells);
        self.values.extend(next.values);
    }

    /// The columns, each in ascending order of the cells.
    pub fn finish(self) -> Vec<Vec<f64>> {
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        order.sort_by_key(|&i| self.cells[i]);
        let column = |c: usize| {
            let value = |&i: &usize| self.values[i * self.n_columns + c];
            order.iter().map(value).collect()
        };
        (0..self.n_columns).map(column).collect()
    }
}

impl Transfer for PerCell {
    fn pack(&self, to: &mut Packing) {
        to.list(&self.cells);
        to.list(&self.values);
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        self.cells = from.list()?;
        self.values = from.list()?;
        if self.values.len() == self.cells.len() * self.n_columns {
            Ok(())
        } else {
            Err(Torn)
        }
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
