//! The label that most of a cell's neighbors have, and how many they are.

use crate::kernels::stats::sums::NO_GROUP;
use ndarray::ArrayView2;

/// A label a cell, and the share of its neighbors that has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Votes {
    /// [`NO_GROUP`] where no neighbor has a label.
    pub labels: Vec<u32>,
    pub shares: Vec<f64>,
}

/// Every neighbor counts the same; of labels with as many votes the first wins. `neighbors` are
/// cells × k positions in `labels`, whose values are below `n_labels` or [`NO_GROUP`].
pub fn majority(neighbors: ArrayView2<'_, u32>, labels: &[u32], n_labels: usize) -> Votes {
    let mut votes = Votes {
        labels: Vec::with_capacity(neighbors.nrows()),
        shares: Vec::with_capacity(neighbors.nrows()),
    };
    let mut counts = vec![0usize; n_labels];
    for row in neighbors.outer_iter() {
        counts.fill(0);
        for &neighbor in row {
            if let Some(count) = counts.get_mut(labels[neighbor as usize] as usize) {
                *count += 1;
            }
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        let first = counts.iter().position(|&count| count == most && most > 0);
        votes
            .labels
            .push(first.map_or(NO_GROUP, |label| label as u32));
        votes.shares.push(most as f64 / row.len().max(1) as f64);
    }
    votes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn most_votes_win_and_the_first_of_equals() {
        let labels = [1, 1, 0, NO_GROUP];
        let neighbors = array![[0, 1, 2], [0, 2, 3], [3, 3, 3]];
        let votes = majority(neighbors.view(), &labels, 2);
        assert_eq!(votes.labels, [1, 0, NO_GROUP]);
        assert_eq!(votes.shares, [2.0 / 3.0, 1.0 / 3.0, 0.0]);
    }
}
