//! Blocks of rows with their zeros, where most values are not zero anyway.

/// Appends the rows of a block, each as wide as the block.
pub fn append(rows: &mut Vec<f32>, block: sprs::CsMatViewI<'_, f32, u32, usize>) {
    let width = block.cols();
    let start = rows.len();
    rows.resize(start + block.rows() * width, 0.0);
    let to = rows[start..].chunks_exact_mut(width.max(1));
    for (row, to) in block.outer_iterator().zip(to) {
        for (&gene, &value) in row.indices().iter().zip(row.data()) {
            to[gene as usize] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_each_other() {
        let block = sprs::CsMatI::new(
            (2, 3),
            vec![0, 1, 3],
            vec![2_u32, 0, 1],
            vec![5.0, 1.0, 2.0],
        );
        let mut rows = vec![9.0];
        append(&mut rows, block.view());
        assert_eq!(rows, [9.0, 0.0, 0.0, 5.0, 1.0, 2.0, 0.0]);
        append(&mut rows, sprs::CsMatI::zero((2, 0)).view());
        assert_eq!(rows.len(), 7);
    }
}
