//! Row pointers, indices and values, as a file or a parser has them, to a block that keeps the
//! rules: indices within the matrix, ascending in each row, none twice.

use crate::data::Rows;

/// What no sorting mends: a row that has an index beyond the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange {
    pub row: usize,
    pub index: u32,
}

/// A block of rows. Rows out of order are sorted; values at the same place are added up.
///
/// `indptr` starts at 0, never decreases and ends at the number of values.
pub fn block(
    n_columns: usize,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
) -> Result<Rows, OutOfRange> {
    if !keeps_rules(n_columns, &indptr, &indices) || indices.len() != values.len() {
        return mend(n_columns, &indptr, &indices, &values);
    }
    let shape = (indptr.len() - 1, n_columns);
    // SAFETY: indices ascend in each row and lie within the matrix, as was just seen, and there is a
    // value for each (test `what_is_not_mended_keeps_the_rules`).
    Ok(unsafe { Rows::new_unchecked(sprs::CSR, shape, indptr, indices, values) })
}

/// Whether indices ascend in each row and lie within the matrix: what the constructor of [`Rows`]
/// asks for, in lanes and so in little more than half of its time.
fn keeps_rules(n_columns: usize, indptr: &[usize], indices: &[u32]) -> bool {
    let ascends = |row: &[u32]| {
        let pairs = row.iter().zip(row.iter().skip(1));
        let within = row.last().is_none_or(|&last| (last as usize) < n_columns);
        within & pairs.fold(true, |all, (a, b)| all & (a < b))
    };
    indptr.first() == Some(&0)
        && indptr.last() == Some(&indices.len())
        && indptr
            .windows(2)
            .all(|ends| ends[0] <= ends[1] && ascends(&indices[ends[0]..ends[1]]))
}

fn mend(
    n_columns: usize,
    indptr: &[usize],
    indices: &[u32],
    values: &[f32],
) -> Result<Rows, OutOfRange> {
    let mut ends = Vec::with_capacity(indptr.len());
    let mut kept: Vec<u32> = Vec::with_capacity(indices.len());
    let mut sums: Vec<f32> = Vec::with_capacity(values.len());
    let mut row_entries = Vec::new();
    ends.push(0);
    for (row, ends_of_row) in indptr.windows(2).enumerate() {
        let range = ends_of_row[0]..ends_of_row[1];
        let pairs = indices[range.clone()].iter().zip(&values[range]);
        row_entries.clear();
        row_entries.extend(pairs.map(|(&index, &value)| (index, value)));
        // Stable: equal indices are added in the order of the file, always with the same result.
        row_entries.sort_by_key(|&(index, _)| index);
        if let Some(&(index, _)) = row_entries.last().filter(|e| e.0 as usize >= n_columns) {
            return Err(OutOfRange { row, index });
        }
        let first = kept.len();
        for &(index, value) in &row_entries {
            if kept.len() > first && kept.last() == Some(&index) {
                sums[kept.len() - 1] += value;
            } else {
                kept.push(index);
                sums.push(value);
            }
        }
        ends.push(kept.len());
    }
    Ok(Rows::new((indptr.len() - 1, n_columns), ends, kept, sums))
}

/// A block from rows that have every column, in row order; zeros are left out, NaN is not.
pub fn block_of_dense(n_rows: usize, n_columns: usize, values: &[f32]) -> Rows {
    let mut ends = Vec::with_capacity(n_rows + 1);
    let (mut indices, mut kept) = (Vec::new(), Vec::new());
    ends.push(0);
    for row in 0..n_rows {
        let row = &values[row * n_columns..(row + 1) * n_columns];
        for (index, &value) in row.iter().enumerate() {
            if value != 0.0 {
                indices.push(index as u32);
                kept.push(value);
            }
        }
        ends.push(kept.len());
    }
    Rows::new((n_rows, n_columns), ends, indices, kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn unsorted_rows_are_sorted_and_duplicates_added() {
        let rows = block(
            4,
            vec![0, 3, 3, 5],
            vec![2, 0, 2, 3, 1],
            vec![1.0, 2.0, 4.0, 8.0, 16.0],
        );
        let expected = Rows::new(
            (3, 4),
            vec![0, 2, 2, 4],
            vec![0, 2, 1, 3],
            vec![2.0, 5.0, 16.0, 8.0],
        );
        assert_eq!(rows, Ok(expected));
    }

    #[test]
    fn an_index_beyond_the_matrix_is_refused() {
        let rows = block(4, vec![0, 1, 2], vec![3, 4], vec![1.0, 1.0]);
        assert_eq!(rows, Err(OutOfRange { row: 1, index: 4 }));
    }

    proptest! {
        #[test]
        fn what_is_not_mended_keeps_the_rules(
            rows in vec(vec(0_u32..40, 0..12), 0..6),
            (sorted, single) in any::<(bool, bool)>(),
            n_columns in 30_usize..41,
        ) {
            let (mut indptr, mut indices) = (vec![0], Vec::new());
            for mut row in rows {
                if sorted {
                    row.sort_unstable();
                }
                if single {
                    row.dedup();
                }
                indices.extend(row);
                indptr.push(indices.len());
            }
            let values = vec![1.0; indices.len()];
            let shape = (indptr.len() - 1, n_columns);
            let keeps = keeps_rules(n_columns, &indptr, &indices);
            let checked = Rows::try_new(shape, indptr.clone(), indices.clone(), values.clone());
            prop_assert_eq!(keeps, checked.is_ok());
            if let (Ok(checked), Ok(made)) = (checked, block(n_columns, indptr, indices, values)) {
                prop_assert_eq!(checked, made);
            }
        }
    }

    #[test]
    fn dense_rows_lose_their_zeros_only() {
        let rows = block_of_dense(2, 3, &[0.0, f32::NAN, -1.0, 0.0, 0.0, 0.0]);
        assert_eq!(rows.indptr().raw_storage(), &[0, 2, 2]);
        assert_eq!(rows.indices(), &[1, 2]);
        assert_eq!(block_of_dense(2, 0, &[]).shape(), (2, 0));
    }
}
