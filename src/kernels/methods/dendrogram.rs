//! A hierarchy of groups: correlation of their mean profiles, distances 1 − r, and
//! agglomerative clustering by the nearest-neighbor chain (Murtagh 1983; Müllner 2011). Numbering
//! of merges and order of leaves are those of scipy's `linkage` and `dendrogram`.

use crate::kernels::stats::quantile::mean_ranks;
use ndarray::{Array2, ArrayView1, ArrayView2};

/// The distance between two merged groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Linkage {
    /// Of their farthest members.
    #[default]
    Complete,
    /// Of their members on average.
    Average,
    /// Of their nearest members.
    Single,
}

/// How similar two profiles are, from −1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Correlation {
    #[default]
    Pearson,
    /// Of the ranks, tied ones in the middle.
    Spearman,
    /// τ_b: of all pairs of features, those in the same order less those in the opposite one; pairs
    /// that are tied in a profile count for nothing (Kendall 1945).
    Kendall,
}

/// One merge: of leaves (below the number of leaves n), or of earlier merges (n + their number).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The lower number first.
    pub nodes: (usize, usize),
    pub distance: f64,
    /// Leaves below.
    pub size: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Dendrogram {
    /// Groups × groups, −1 to 1.
    pub correlation: Array2<f64>,
    /// In order of distance; one fewer than the groups.
    pub merges: Vec<Merge>,
    /// The groups from left to right.
    pub order: Vec<usize>,
}

/// The dendrogram of `means` (groups × features). A group whose features are all equal correlates 0
/// with every other.
pub fn dendrogram(
    means: ArrayView2<'_, f64>,
    correlation: Correlation,
    linkage: Linkage,
) -> Dendrogram {
    let correlation = match correlation {
        Correlation::Pearson => correlations(means),
        Correlation::Spearman => correlations(ranks(means).view()),
        Correlation::Kendall => concordances(means),
    };
    let merges = merge(correlation.mapv(|r| 1.0 - r), linkage);
    Dendrogram {
        order: leaves(&merges, correlation.nrows()),
        correlation,
        merges,
    }
}

/// Mean of the rows (cells × features) of each group; NaN for a group without cells. Cells with a
/// label of `n_groups` or more are left out.
pub fn group_means(rows: ArrayView2<'_, f32>, labels: &[u32], n_groups: usize) -> Array2<f64> {
    let mut sums = Array2::<f64>::zeros((n_groups, rows.ncols()));
    let mut cells = vec![0.0; n_groups];
    for (row, &label) in rows.rows().into_iter().zip(labels) {
        if (label as usize) < n_groups {
            cells[label as usize] += 1.0;
            let mut sum = sums.row_mut(label as usize);
            sum.zip_mut_with(&row, |s, &x| *s += f64::from(x));
        }
    }
    for (mut sum, &cells) in sums.rows_mut().into_iter().zip(&cells) {
        sum.mapv_inplace(|s| s / cells);
    }
    sums
}

fn correlations(means: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut scaled = means.to_owned();
    for mut row in scaled.rows_mut() {
        let mean = row.sum() / row.len() as f64;
        row.mapv_inplace(|x| x - mean);
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.mapv_inplace(|x| if length > 0.0 { x / length } else { 0.0 });
    }
    Array2::from_shape_fn((means.nrows(), means.nrows()), |(i, j)| {
        if i == j {
            return 1.0;
        }
        let products = scaled.row(i).into_iter().zip(scaled.row(j));
        products.map(|(x, y)| x * y).sum::<f64>().clamp(-1.0, 1.0)
    })
}

/// Ranks within each row, tied values in the middle of theirs.
fn ranks(means: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut ranks = means.to_owned();
    for (row, mut to) in means.rows().into_iter().zip(ranks.rows_mut()) {
        to.assign(&ArrayView1::from(&mean_ranks(&row.to_vec())));
    }
    ranks
}

fn concordances(means: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut all = Array2::eye(means.nrows());
    for i in 0..means.nrows() {
        for j in 0..i {
            let (a, b) = (means.row(i), means.row(j));
            let tau = concordance(a.iter().copied().zip(b.iter().copied()).collect());
            all[[i, j]] = tau;
            all[[j, i]] = tau;
        }
    }
    all
}

/// Pairs of places with equal values, of values in order.
fn ties<T: PartialEq>(sorted: &[T]) -> f64 {
    let pairs = |run: &[T]| run.len() as f64 * (run.len() as f64 - 1.0) / 2.0;
    sorted.chunk_by(PartialEq::eq).map(pairs).sum()
}

/// τ_b by sorting: pairs in opposite order are the swaps of a merge sort (Knight 1966).
fn concordance(mut pairs: Vec<(f64, f64)>) -> f64 {
    let n = pairs.len() as f64;
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let first: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let mut second: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let (in_first, in_both) = (ties(&first), ties(&pairs));
    let swaps = sort_counting(&mut second);
    let in_second = ties(&second);
    let all = n * (n - 1.0) / 2.0;
    let length = ((all - in_first) * (all - in_second)).sqrt();
    if length <= 0.0 {
        return 0.0;
    }
    let net = all - in_first - in_second + in_both - 2.0 * swaps;
    (net / length).clamp(-1.0, 1.0)
}

/// Sorts, and counts the pairs that stood in the wrong order.
fn sort_counting(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let middle = values.len() / 2;
    let mut swaps = sort_counting(&mut values[..middle]) + sort_counting(&mut values[middle..]);
    let mut merged = Vec::with_capacity(values.len());
    let (mut left, mut right) = (0, middle);
    while left < middle || right < values.len() {
        if right == values.len() || (left < middle && values[left] <= values[right]) {
            merged.push(values[left]);
            left += 1;
        } else {
            swaps += (middle - left) as f64;
            merged.push(values[right]);
            right += 1;
        }
    }
    values.copy_from_slice(&merged);
    swaps
}

/// Agglomerates by nearest-neighbor chain: a cluster is merged once it is its neighbor's nearest.
fn merge(mut distance: Array2<f64>, linkage: Linkage) -> Vec<Merge> {
    let n = distance.nrows();
    let mut size = vec![1usize; n];
    let mut found = Vec::new();
    let mut chain: Vec<usize> = Vec::new();
    while found.len() + 1 < n {
        let Some(&end) = chain.last() else {
            chain.extend(size.iter().position(|&s| s > 0));
            continue;
        };
        let before = chain.len().checked_sub(2).map(|i| chain[i]);
        let nearest = nearest(&distance, &size, end, before);
        if before != Some(nearest) {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        // The merged cluster takes the place of the higher of the two.
        let (gone, kept) = (end.min(nearest), end.max(nearest));
        found.push((gone, kept, distance[[gone, kept]]));
        let sizes = (size[gone] as f64, size[kept] as f64);
        size[kept] += size[gone];
        size[gone] = 0;
        for other in (0..n).filter(|&i| size[i] > 0 && i != kept) {
            let (a, b) = (distance[[other, gone]], distance[[other, kept]]);
            let merged = match linkage {
                Linkage::Complete => a.max(b),
                Linkage::Single => a.min(b),
                Linkage::Average => (sizes.0 * a + sizes.1 * b) / (sizes.0 + sizes.1),
            };
            distance[[other, kept]] = merged;
            distance[[kept, other]] = merged;
        }
    }
    numbered(found, n)
}

/// The cluster nearest to `end`; of equals the one before it in the chain, else the first.
fn nearest(distance: &Array2<f64>, size: &[usize], end: usize, before: Option<usize>) -> usize {
    let mut best = before;
    for other in (0..size.len()).filter(|&i| size[i] > 0 && i != end) {
        if best.is_none_or(|b| distance[[end, other]] < distance[[end, b]]) {
            best = Some(other);
        }
    }
    best.unwrap_or(end)
}

/// Sorts merges by distance and numbers what they merge.
fn numbered(mut found: Vec<(usize, usize, f64)>, n: usize) -> Vec<Merge> {
    found.sort_by(|a, b| a.2.total_cmp(&b.2));
    // The node each leaf is part of, and its size.
    let mut node: Vec<(usize, usize)> = (0..n).map(|leaf| (leaf, 1)).collect();
    let mut merges = Vec::with_capacity(found.len());
    for (i, (a, b, distance)) in found.into_iter().enumerate() {
        let (first, second) = (node[a].min(node[b]), node[a].max(node[b]));
        let size = first.1 + second.1;
        for part in node
            .iter_mut()
            .filter(|p| p.0 == first.0 || p.0 == second.0)
        {
            *part = (n + i, size);
        }
        merges.push(Merge {
            nodes: (first.0, second.0),
            distance,
            size,
        });
    }
    merges
}

/// Leaves from left to right, without recursion: a chain of merges may be long.
fn leaves(merges: &[Merge], n: usize) -> Vec<usize> {
    let mut order = Vec::with_capacity(n);
    let mut open: Vec<usize> = (n > 0).then(|| n + merges.len() - 1).into_iter().collect();
    while let Some(node) = open.pop() {
        match node.checked_sub(n) {
            None => order.push(node),
            Some(merge) => open.extend([merges[merge].nodes.1, merges[merge].nodes.0]),
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn distances() -> Array2<f64> {
        let x = [0.0f64, 1.0, 5.0, 7.0, 20.0];
        Array2::from_shape_fn((5, 5), |(i, j)| (x[i] - x[j]).abs())
    }

    fn heights(linkage: Linkage) -> Vec<f64> {
        merge(distances(), linkage)
            .iter()
            .map(|m| m.distance)
            .collect()
    }

    #[test]
    fn the_three_linkages() {
        assert_eq!(heights(Linkage::Complete), [1.0, 2.0, 7.0, 20.0]);
        assert_eq!(heights(Linkage::Single), [1.0, 2.0, 4.0, 13.0]);
        assert_eq!(heights(Linkage::Average), [1.0, 2.0, 5.5, 16.75]);
    }

    #[test]
    fn merges_are_numbered_after_the_leaves() {
        let merges = merge(distances(), Linkage::Complete);
        let nodes: Vec<_> = merges.iter().map(|m| (m.nodes, m.size)).collect();
        assert_eq!(nodes, [((0, 1), 2), ((2, 3), 2), ((5, 6), 4), ((4, 7), 5)]);
        assert_eq!(leaves(&merges, 5), [4, 0, 1, 2, 3]);
    }

    #[test]
    fn ties_merge_once_each() {
        let merges = merge(Array2::from_elem((4, 4), 1.0), Linkage::Average);
        assert_eq!(merges.last().map(|m| m.size), Some(4));
        let mut order = leaves(&merges, 4);
        order.sort();
        assert_eq!(order, [0, 1, 2, 3]);
    }

    #[test]
    fn correlation_of_means() {
        let found = dendrogram(
            array![
                [1.0, 2.0, 3.0],
                [2.0, 4.0, 6.0],
                [3.0, 2.0, 1.0],
                [5.0, 5.0, 5.0]
            ]
            .view(),
            Correlation::Pearson,
            Linkage::Complete,
        );
        assert!((found.correlation[[0, 1]] - 1.0).abs() < 1e-12);
        assert!((found.correlation[[0, 2]] + 1.0).abs() < 1e-12);
        assert_eq!(
            (found.correlation[[0, 3]], found.correlation[[3, 3]]),
            (0.0, 1.0)
        );
        assert_eq!(found.merges[0].nodes, (0, 1));
    }

    /// Numbers of pandas: `DataFrame(means.T).corr("spearman")`, `corr("kendall")`.
    #[test]
    fn correlation_of_ranks() {
        let means = array![
            [1.0, 2.0, 2.0, 5.0, 4.0],
            [3.0, 1.0, 1.0, 6.0, 6.0],
            [2.0, 2.0, 0.0, 1.0, 3.0]
        ];
        let of = |way| dendrogram(means.view(), way, Linkage::Complete).correlation;
        let near = |a: &Array2<f64>, expected: [f64; 3]| {
            let found = [a[[0, 1]], a[[0, 2]], a[[1, 2]]];
            let both = found.iter().zip(expected);
            assert!(
                both.into_iter().all(|(a, b)| (a - b).abs() < 1e-8),
                "{found:?}"
            );
        };
        near(
            &of(Correlation::Spearman),
            [0.64888568, -0.02631579, 0.40555355],
        );
        near(&of(Correlation::Kendall), [0.47140452, 0.0, 0.35355339]);
    }

    #[test]
    fn few_groups() {
        let none = dendrogram(
            Array2::zeros((0, 3)).view(),
            Correlation::Kendall,
            Linkage::Complete,
        );
        assert_eq!((none.merges.len(), none.order.len()), (0, 0));
        let one = dendrogram(
            array![[1.0, 2.0]].view(),
            Correlation::Spearman,
            Linkage::Complete,
        );
        assert_eq!((one.merges.len(), one.order), (0, vec![0]));
    }

    #[test]
    fn means_by_group() {
        let rows = array![[1.0f32, 2.0], [3.0, 4.0], [9.0, 9.0]];
        let means = group_means(rows.view(), &[0, 0, u32::MAX], 2);
        assert_eq!(means.row(0).to_vec(), [2.0, 3.0]);
        assert!(means[[1, 0]].is_nan());
    }
}
