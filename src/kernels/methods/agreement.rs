//! How well two labelings of the same cells agree: adjusted Rand index (Hubert & Arabie 1985) and
//! normalized mutual information (arithmetic mean of the entropies). Both are 1 for the same
//! partition, whatever its labels are called; the first is about 0 for unrelated ones.

use crate::math;

/// Cells by pair of labels, and by label of either side.
struct Table {
    cells: f64,
    pairs: Vec<(u32, u32, f64)>,
    rows: Vec<f64>,
    cols: Vec<f64>,
}

impl Table {
    fn new(a: &[u32], b: &[u32]) -> Self {
        let mut pairs: Vec<(u32, u32)> = a.iter().copied().zip(b.iter().copied()).collect();
        pairs.sort_unstable();
        Self {
            cells: pairs.len() as f64,
            pairs: pairs
                .chunk_by(|x, y| x == y)
                .map(|run| (run[0].0, run[0].1, run.len() as f64))
                .collect(),
            rows: sizes(a),
            cols: sizes(b),
        }
    }
}

fn sizes(labels: &[u32]) -> Vec<f64> {
    let mut sizes = vec![0.0; labels.iter().max().map_or(0, |&l| l as usize + 1)];
    for &label in labels {
        sizes[label as usize] += 1.0;
    }
    sizes
}

/// Adjusted Rand index of two labelings of equal length: at most 1. Labels should have few gaps.
pub fn adjusted_rand_index(a: &[u32], b: &[u32]) -> f64 {
    let table = Table::new(a, b);
    let pairs_in = |n: f64| n * (n - 1.0) / 2.0;
    let both: f64 = table.pairs.iter().map(|p| pairs_in(p.2)).sum();
    let rows: f64 = table.rows.iter().copied().map(pairs_in).sum();
    let cols: f64 = table.cols.iter().copied().map(pairs_in).sum();
    let all = pairs_in(table.cells);
    let expected = if all > 0.0 { rows * cols / all } else { 0.0 };
    let most = (rows + cols) / 2.0;
    if most == expected {
        return 1.0;
    }
    (both - expected) / (most - expected)
}

/// Normalized mutual information of two labelings of equal length: 0 to 1.
pub fn normalized_mutual_information(a: &[u32], b: &[u32]) -> f64 {
    let table = Table::new(a, b);
    let entropy = |sizes: &[f64]| -> f64 {
        let shares = sizes.iter().map(|n| n / table.cells).filter(|&p| p > 0.0);
        -shares.map(|p| p * math::ln(p)).sum::<f64>()
    };
    let mean_entropy = (entropy(&table.rows) + entropy(&table.cols)) / 2.0;
    if mean_entropy <= 0.0 || table.cells == 0.0 {
        return 1.0;
    }
    let information: f64 = table
        .pairs
        .iter()
        .map(|&(row, col, n)| {
            let expected = table.rows[row as usize] * table.cols[col as usize];
            n / table.cells * math::ln(n * table.cells / expected)
        })
        .sum();
    (information / mean_entropy).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_partition_agrees_fully() {
        let (a, b) = ([0, 0, 1, 2, 2], [3, 3, 0, 1, 1]);
        assert_eq!(adjusted_rand_index(&a, &b), 1.0);
        assert!((normalized_mutual_information(&a, &b) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn known_values() {
        // scikit-learn 1.7: adjusted_rand_score, normalized_mutual_info_score
        let (a, b) = ([0, 0, 1, 1], [0, 0, 1, 2]);
        assert!((adjusted_rand_index(&a, &b) - 0.571_428_571_428_571_4).abs() < 1e-12);
        assert!((normalized_mutual_information(&a, &b) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn crossed_partitions_do_not_agree() {
        let (a, b) = ([0, 0, 1, 1], [0, 1, 0, 1]);
        assert!((adjusted_rand_index(&a, &b) + 0.5).abs() < 1e-12);
        assert_eq!(normalized_mutual_information(&a, &b), 0.0);
    }

    #[test]
    fn nothing_to_disagree_about() {
        for (a, b) in [
            (vec![], vec![]),
            (vec![0], vec![4]),
            (vec![0; 3], vec![1; 3]),
        ] {
            assert_eq!(adjusted_rand_index(&a, &b), 1.0);
            assert_eq!(normalized_mutual_information(&a, &b), 1.0);
        }
    }
}
