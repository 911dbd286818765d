//! Rows of equal width, one after the other in memory: what the inner loops run over.

use ndarray::{Array2, ArrayView2};

pub(super) struct Points {
    pub width: usize,
    pub values: Vec<f32>,
}

impl Points {
    pub fn zeros(rows: usize, width: usize) -> Self {
        Self {
            width,
            values: vec![0.0; rows * width],
        }
    }

    /// The rows of `from` that `order` names, in its order.
    pub fn select(from: ArrayView2<'_, f32>, order: &[usize]) -> Self {
        Self {
            width: from.ncols(),
            values: order
                .iter()
                .flat_map(|&row| from.row(row))
                .copied()
                .collect(),
        }
    }

    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// The first rows as an array.
    pub fn head(&self, rows: usize) -> Array2<f32> {
        Array2::from_shape_fn((rows, self.width), |(row, col)| self.row(row)[col])
    }

    /// Every row scaled to length 1; rows of zeros stay.
    pub fn directions(&self) -> Self {
        let mut values = self.values.clone();
        for row in values.chunks_mut(self.width.max(1)) {
            let length = row
                .iter()
                .map(|&x| f64::from(x).powi(2))
                .sum::<f64>()
                .sqrt();
            if length > 0.0 {
                row.iter_mut()
                    .for_each(|x| *x = (f64::from(*x) / length) as f32);
            }
        }
        Self {
            width: self.width,
            values,
        }
    }

    /// Columns × rows.
    pub fn transposed(&self) -> Vec<f32> {
        let rows = self.values.chunks(self.width.max(1));
        (0..self.width)
            .flat_map(|col| rows.clone().map(move |row| row[col]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn rows_and_columns() {
        let points = Points::select(array![[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]].view(), &[2, 1]);
        assert_eq!((points.rows(), points.row(1)), (2, &[3.0, 4.0][..]));
        assert_eq!(points.transposed(), [0.0, 3.0, 0.0, 4.0]);
        assert_eq!(points.directions().values, [0.0, 0.0, 0.6, 0.8]);
        assert_eq!(points.head(1), array![[0.0, 0.0]]);
    }
}
