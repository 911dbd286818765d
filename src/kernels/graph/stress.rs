//! Places in the plane for a small weighted graph, by stress majorization.
//!
//! Gansner, Koren & North, "Graph drawing by stress majorization" (Graph Drawing 2004): distances
//! in the plane follow the lengths of the shortest paths, near ones more strictly. The start is
//! classical scaling (Torgerson 1952), so the same graph always looks the same.

use crate::kernels::linalg::eigen;
use crate::kernels::random::splitmix::Stream;
use crate::math;
use ndarray::{Array2, ArrayView2};

/// Rounds of majorization; small graphs rest after far fewer.
const ROUNDS: usize = 300;

/// Share of the largest distance by which points in one place are parted.
const JITTER: f64 = 1e-3;

/// Lengths of shortest paths; an edge of weight w (at most 1) is 1 / √w long. Nodes that no path
/// connects are half as far again apart as the furthest that one does.
pub fn path_lengths(nodes: usize, edges: &[(u32, u32, f64)]) -> Array2<f64> {
    let mut lengths = Array2::from_elem((nodes, nodes), f64::INFINITY);
    lengths.diag_mut().fill(0.0);
    for &(i, j, weight) in edges.iter().filter(|edge| edge.2 > 0.0) {
        let length = 1.0 / weight.sqrt();
        for at in [[i as usize, j as usize], [j as usize, i as usize]] {
            lengths[at] = length.min(lengths[at]);
        }
    }
    for over in 0..nodes {
        for i in 0..nodes {
            let first = lengths[[i, over]];
            if first.is_finite() {
                for j in 0..nodes {
                    lengths[[i, j]] = lengths[[i, j]].min(first + lengths[[over, j]]);
                }
            }
        }
    }
    let finite = lengths.iter().copied().filter(|x| x.is_finite());
    let apart = 1.5 * finite.fold(1.0, f64::max);
    lengths.mapv_inplace(|x| if x.is_finite() { x } else { apart });
    lengths
}

/// Nodes × 2, around the origin.
pub fn layout(distances: ArrayView2<'_, f64>) -> Array2<f64> {
    let n = distances.nrows();
    let mut places = classical(distances);
    let furthest = distances.iter().copied().fold(0.0, f64::max);
    for (node, mut place) in places.rows_mut().into_iter().enumerate() {
        let mut stream = Stream::new(0, 0, node as u64);
        place.mapv_inplace(|x| x + JITTER * furthest * (stream.unit() - 0.5));
    }
    for _ in 0..ROUNDS {
        for i in 0..n {
            let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
            for j in (0..n).filter(|&j| j != i && distances[[i, j]] > 0.0) {
                let wanted = distances[[i, j]];
                let weight = 1.0 / (wanted * wanted);
                let (dx, dy) = (
                    places[[i, 0]] - places[[j, 0]],
                    places[[i, 1]] - places[[j, 1]],
                );
                let stretch = wanted / math::hypot(dx, dy).max(1e-12);
                x += weight * (places[[j, 0]] + stretch * dx);
                y += weight * (places[[j, 1]] + stretch * dy);
                total += weight;
            }
            if total > 0.0 {
                places[[i, 0]] = x / total;
                places[[i, 1]] = y / total;
            }
        }
    }
    center(&mut places);
    places
}

/// Torgerson's scaling: the two leading eigenvectors of the doubly centered squares.
fn classical(distances: ArrayView2<'_, f64>) -> Array2<f64> {
    let n = distances.nrows();
    if n == 0 {
        return Array2::zeros((0, 2));
    }
    let squares = distances.mapv(|d| d * d);
    let means: Vec<f64> = squares
        .rows()
        .into_iter()
        .map(|row| row.sum() / n as f64)
        .collect();
    let all = means.iter().sum::<f64>() / n as f64;
    let centered = Array2::from_shape_fn((n, n), |(i, j)| {
        -0.5 * (squares[[i, j]] - means[i] - means[j] + all)
    });
    let (values, rows) = eigen::symmetric(centered.view());
    Array2::from_shape_fn((n, 2), |(node, axis)| match n.checked_sub(1 + axis) {
        Some(at) => values[at].max(0.0).sqrt() * rows[[at, node]],
        None => 0.0,
    })
}

fn center(places: &mut Array2<f64>) {
    let n = places.nrows() as f64;
    for mut axis in places.columns_mut() {
        let middle = axis.sum() / n;
        axis.mapv_inplace(|x| x - middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(places: &Array2<f64>, i: usize, j: usize) -> f64 {
        (places[[i, 0]] - places[[j, 0]]).hypot(places[[i, 1]] - places[[j, 1]])
    }

    #[test]
    fn paths_add_up_and_the_unconnected_are_far() {
        let lengths = path_lengths(4, &[(0, 1, 1.0), (1, 2, 0.25)]);
        assert_eq!(lengths[[0, 2]], 3.0);
        assert_eq!(lengths[[2, 0]], 3.0);
        assert_eq!(lengths[[3, 0]], 4.5);
    }

    #[test]
    fn a_square_stays_a_square() {
        let edges = [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 0, 1.0)];
        let places = layout(path_lengths(4, &edges).view());
        let side = distance(&places, 0, 1);
        for (i, j) in [(1, 2), (2, 3), (3, 0)] {
            assert!((distance(&places, i, j) / side - 1.0).abs() < 1e-3);
        }
        assert!(distance(&places, 0, 2) > 1.3 * side);
    }

    #[test]
    fn the_smallest_graphs() {
        assert_eq!(layout(path_lengths(0, &[]).view()).nrows(), 0);
        assert!(
            layout(path_lengths(1, &[]).view())
                .iter()
                .all(|x| x.abs() < 1e-9)
        );
        let two = layout(path_lengths(2, &[(0, 1, 1.0)]).view());
        assert!((distance(&two, 0, 1) - 1.0).abs() < 1e-6);
    }
}
