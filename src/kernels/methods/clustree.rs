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

/// Overlaps of each labeling with the next, in the order of level, from, to. All labelings have
/// the same length; labels should have few gaps.
pub fn clustree(labelings: &[&[u32]]) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    for (level, pair) in labelings.windows(2).enumerate() {
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

/// Rounds in which rows are put in order by those above and below.
const ROUNDS: usize = 8;

/// Where clusters are drawn within their rows, `counts` of them in each: near those that they share
/// cells with, at least 1 apart. Crossings are reduced by barycenters (Sugiyama, Tagawa & Toda 1981).
pub fn places(overlaps: &[Overlap], counts: &[usize]) -> Vec<Vec<f64>> {
    let mut places: Vec<Vec<f64>> = counts
        .iter()
        .map(|&n| (0..n).map(|i| i as f64 - (n as f64 - 1.0) / 2.0).collect())
        .collect();
    for _ in 0..ROUNDS {
        for row in 1..counts.len() {
            let from = overlaps.iter().filter(|overlap| overlap.level + 1 == row);
            let pulls = from.map(|it| (it.to, places[row - 1][it.from as usize], it.cells as f64));
            let wanted = barycenters(&places[row], pulls.collect());
            places[row] = apart(&wanted);
        }
        for row in (0..counts.len().saturating_sub(1)).rev() {
            let to = overlaps.iter().filter(|overlap| overlap.level == row);
            let pulls = to.map(|it| (it.from, places[row + 1][it.to as usize], it.cells as f64));
            let wanted = barycenters(&places[row], pulls.collect());
            places[row] = apart(&wanted);
        }
    }
    places
}

/// The mean of what pulls at each place, by weight; where nothing pulls it stays.
fn barycenters(places: &[f64], pulls: Vec<(u32, f64, f64)>) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); places.len()];
    for (at, place, weight) in pulls {
        sums[at as usize].0 += weight * place;
        sums[at as usize].1 += weight;
    }
    let pairs = places.iter().zip(sums);
    pairs
        .map(|(&place, (sum, total))| if total > 0.0 { sum / total } else { place })
        .collect()
}

/// In the same order, at least 1 apart, moved as little as possible: neighbors that are too near
/// become a block around the mean of what they wanted (pool adjacent violators).
fn apart(wanted: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Mean of wanted places less the position in the row, and the number of members.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (rank, &i) in order.iter().enumerate() {
        let mut block = (wanted[i] - rank as f64, 1);
        while let Some(&(mean, n)) = blocks.last()
            && mean >= block.0
        {
            let total = (n + block.1) as f64;
            block = (
                (mean * n as f64 + block.0 * block.1 as f64) / total,
                n + block.1,
            );
            blocks.pop();
        }
        blocks.push(block);
    }
    let offsets = blocks
        .iter()
        .flat_map(|&(mean, n)| std::iter::repeat_n(mean, n));
    let mut places = vec![0.0; wanted.len()];
    for ((rank, &i), offset) in order.iter().enumerate().zip(offsets) {
        places[i] = offset + rank as f64;
    }
    places
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
    fn children_stand_below_their_parents() {
        // The first cluster splits into 1 and 2, the second stays as 0.
        let found = clustree(&[&[0, 0, 0, 0, 1, 1], &[1, 1, 2, 2, 0, 0]]);
        let places = places(&found, &[2, 3]);
        assert!(places[0][0] < places[0][1]);
        assert!(places[1][1] < places[1][0] && places[1][2] < places[1][0]);
        assert!((places[1][1] - places[1][2]).abs() >= 1.0 - 1e-9);
        assert!((places[0][0] - (places[1][1] + places[1][2]) / 2.0).abs() < 0.3);
    }

    #[test]
    fn one_clustering_or_no_cells_have_none() {
        assert!(clustree(&[&[0, 1]]).is_empty());
        assert!(clustree(&[&[], &[]]).is_empty());
    }
}
