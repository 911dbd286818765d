//! How clusterings of the same cells at several resolutions pass their cells on (Zappia & Oshlack
//! 2018, "Clustering trees"): edges between clusters of consecutive resolutions.

/// Cells that two clusters of consecutive clusterings share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The clustering the cells come from; they go to the next one.
    pub level: usize,
    pub from: u32,
    pub to: u32,
    pub cells: u64,
    /// Of the cells of `from`.
    pub share_of_from: f64,
    /// Of the cells of `to`: the edge of the largest share leads to its parent.
    pub share_of_to: f64,
}

/// Overlaps of each labelling with the next, in the order of level, from, to. All labellings have
/// the same length; labels should have few gaps.
pub fn clustree(labellings: &[&[u32]]) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    for (level, pair) in labellings.windows(2).enumerate() {
        let (sizes_from, sizes_to) = (sizes(pair[0]), sizes(pair[1]));
        let mut pairs: Vec<(u32, u32)> = pair[0]
            .iter()
            .copied()
            .zip(pair[1].iter().copied())
            .collect();
        pairs.sort_unstable();
        overlaps.extend(pairs.chunk_by(|a, b| a == b).map(|run| {
            let (from, to) = run[0];
            Overlap {
                level,
                from,
                to,
                cells: run.len() as u64,
                share_of_from: run.len() as f64 / sizes_from[from as usize],
                share_of_to: run.len() as f64 / sizes_to[to as usize],
            }
        }));
    }
    overlaps
}

fn sizes(labels: &[u32]) -> Vec<f64> {
    let mut sizes = vec![0.0; labels.iter().max().map_or(0, |&l| l as usize + 1)];
    for &label in labels {
        sizes[label as usize] += 1.0;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_both_sides() {
        let found = clustree(&[&[0, 0, 0, 1], &[0, 0, 1, 1], &[0, 0, 0, 0]]);
        let ends: Vec<_> = found
            .iter()
            .map(|o| (o.level, o.from, o.to, o.cells))
            .collect();
        assert_eq!(
            ends,
            [
                (0, 0, 0, 2),
                (0, 0, 1, 1),
                (0, 1, 1, 1),
                (1, 0, 0, 2),
                (1, 1, 0, 2)
            ]
        );
        assert_eq!(
            (found[1].share_of_from, found[1].share_of_to),
            (1.0 / 3.0, 0.5)
        );
    }

    #[test]
    fn one_clustering_or_no_cells_have_none() {
        assert!(clustree(&[&[0, 1]]).is_empty());
        assert!(clustree(&[&[], &[]]).is_empty());
    }
}
