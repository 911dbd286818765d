//! Sums of a chunk of cells that is complete: half the memory, and an order of additions that does not
//! depend on where the chunks were summed.

use super::Gram;
use crate::kernels::transfer::{Packing, Torn, Transfer, Unpacking};
use ndarray::Array2;

impl Gram {
    /// No more cells come: what is merged from here on are other closed sums.
    pub fn close(&mut self) {
        self.flush();
        let products = std::mem::take(&mut self.products);
        let rows = products.outer_iter().enumerate();
        let triangle =
            rows.flat_map(|(i, row)| row.iter().take(i + 1).copied().collect::<Vec<_>>());
        self.closed = Some(triangle.collect());
    }

    /// The products as a matrix again.
    pub(super) fn open(&mut self) {
        let Some(triangle) = self.closed.take() else {
            return;
        };
        self.products = Array2::zeros((self.genes, self.genes));
        let mut rest = &triangle[..];
        for (i, mut row) in self.products.outer_iter_mut().enumerate() {
            let (line, after) = rest.split_at(i + 1);
            row.iter_mut().zip(line).for_each(|(to, x)| *to = *x);
            rest = after;
        }
    }

    pub(super) fn add_closed(&mut self, next: Gram) {
        debug_assert!(
            next.closed.is_some(),
            "closed sums are added to closed sums"
        );
        let add = |to: &mut [f64], from: &[f64]| {
            to.iter_mut().zip(from).for_each(|(to, x)| *to += x);
        };
        if let (Some(to), Some(from)) = (&mut self.closed, &next.closed) {
            add(to, from);
        }
        add(&mut self.totals, &next.totals);
        self.cells += next.cells;
    }
}

/// Of closed sums.
impl Transfer for Gram {
    fn pack(&self, to: &mut Packing) {
        to.size(self.cells);
        to.number(self.stopped);
        to.list(&self.totals);
        to.list(self.closed.as_deref().unwrap_or_default());
    }

    fn unpack(&mut self, from: &mut Unpacking) -> Result<(), Torn> {
        self.cells = from.size()?;
        self.stopped = from.number()?;
        from.fill(&mut self.totals)?;
        let mut triangle = vec![0.0; self.genes * (self.genes + 1) / 2];
        from.fill(&mut triangle)?;
        self.closed = Some(triangle);
        Ok(())
    }
}
