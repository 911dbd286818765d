//! Spectral layouts: where the points of a graph start before a layout is refined.
//!
//! Coordinates are the eigenvectors of the normalized Laplacian I − D^−½·W·D^−½ with the smallest
//! eigenvalues but the first (Belkin & Niyogi, Neural Computation 2003). They are found from
//! coarse to fine (Barnard & Simon, Concurrency 1994): solved on a graph of a few hundred groups,
//! carried over to the next finer graph and smoothed there. That is exact enough to start from
//! and takes time proportional to the number of edges. The components of an unconnected graph are
//! laid out one by one and set side by side.

mod component;
mod groups;
mod side_by_side;
mod smoothing;

use crate::kernels::graph::components::GraphView;
use crate::kernels::random::splitmix::Stream;
use crate::kernels::ticker::{Stopped, Ticker};
use component::{Component, Components};
use groups::{Edges, Grouping, WeightedGraph};
use ndarray::{Array2, ArrayViewMut1};
use side_by_side::{Region, places};

/// Layouts fill this length along each axis.
pub const LENGTH: f32 = 10.0;

/// Standard deviation of the noise that parts points in the same place.
const NOISE: f64 = 1e-4;

/// Nodes that a graph is made smaller down to.
const COARSEST: usize = 400;

/// Nodes on which eigenvectors are smoothed at most: those of a larger component in groups.
const SMOOTHED: usize = 1 << 21;

/// How many times smaller the graphs of a component become that is not smoothed itself. Where graphs shrink they keep
/// most of their edges, so fewer of them take less memory.
const STRIDE: usize = 6;

/// Purposes of random numbers.
const JITTER: u64 = 1;
const SCATTER: u64 = 2;

/// Coordinates of the nodes of a symmetric graph, nodes × `n_components`, in 0 ..= [`LENGTH`]
/// along each axis. Any layout is as good as its mirror image; this one is always the same. The
/// weights must have been checked: [`check`](super::components::check).
pub fn layout(
    graph: GraphView<'_>,
    n_components: usize,
    seed: u64,
    ticker: &Ticker,
) -> Result<Array2<f32>, Stopped> {
    layout_of(graph, n_components, seed, SMOOTHED, ticker)
}

/// Components of up to `smoothed` nodes are smoothed down to the nodes.
fn layout_of(
    graph: GraphView<'_>,
    n_components: usize,
    seed: u64,
    smoothed: usize,
    ticker: &Ticker,
) -> Result<Array2<f32>, Stopped> {
    let mut positions = Array2::zeros((graph.rows(), n_components));
    let components = Components::of(graph);
    let sizes = components.sizes();
    for (component, place) in components.each(graph).zip(places(&sizes, n_components)) {
        let coordinates = component_layout(&component, n_components, seed, smoothed, ticker)?;
        set_down(&mut positions, component.rows(), coordinates, &place);
    }
    Ok(fill_box(positions, seed))
}

/// Of one connected component, largest coordinate 1. Those too small to have enough
/// eigenvectors are scattered at random.
fn component_layout(
    component: &Component<'_>,
    n_components: usize,
    seed: u64,
    smoothed: usize,
    ticker: &Ticker,
) -> Result<Array2<f64>, Stopped> {
    let nodes = component.rows();
    if nodes.len() == 1 {
        return Ok(Array2::zeros((1, n_components)));
    }
    if nodes.len() < 2 * n_components || nodes.len() <= n_components + 1 {
        return Ok(scatter(nodes, n_components, seed));
    }
    let mut coordinates = eigenvectors(component, n_components, smoothed, ticker)?;
    let largest = coordinates
        .iter()
        .fold(0.0, |most: f64, x| most.max(x.abs()));
    let enough = coordinates.ncols() == n_components;
    if enough && largest > 0.0 && largest.is_finite() {
        coordinates /= largest;
        Ok(coordinates)
    } else {
        Ok(scatter(nodes, n_components, seed))
    }
}

fn scatter(nodes: &[u32], n_components: usize, seed: u64) -> Array2<f64> {
    let mut coordinates = Array2::zeros((nodes.len(), n_components));
    for (mut row, &node) in coordinates.rows_mut().into_iter().zip(nodes) {
        let mut stream = Stream::new(seed, SCATTER, u64::from(node));
        row.mapv_inplace(|_: f64| 2.0 * stream.unit() - 1.0);
    }
    coordinates
}

/// The eigenvectors after the first, nodes × `count`. Beyond `smoothed` nodes, those of that many groups
/// at most: neither the edges nor blocks of vectors of all nodes are held a second time.
fn eigenvectors(
    component: &Component<'_>,
    count: usize,
    smoothed: usize,
    ticker: &Ticker,
) -> Result<Array2<f64>, Stopped> {
    // Some more than wanted: the last of a block are found last.
    let width = (count + 4).next_multiple_of(4);
    if component.nodes() > smoothed
        && let Some(grouping) = groups_up_to(component, smoothed, width, ticker)?
    {
        let graph = WeightedGraph::merged(component, &grouping, ticker)?;
        let vectors = walk_vectors(&graph, width, STRIDE, ticker)?;
        drop(graph);
        let vectors = grouping.spread(&smoothing::leading(&vectors, count));
        return Ok(smoothing::of_laplacian(vectors, &component.degrees()));
    }
    let graph = WeightedGraph::of(component, component.most_edges());
    let vectors = walk_vectors(&graph, width, 1, ticker)?;
    let leading = smoothing::leading(&vectors, count);
    Ok(smoothing::of_laplacian(leading, &graph.degrees))
}

/// The eigenvectors of the random walk after the first, nodes × `width`. Each graph on the way has
/// `stride` times fewer nodes than the one before, if it can, and never as many.
fn walk_vectors(
    graph: &WeightedGraph,
    width: usize,
    stride: usize,
    ticker: &Ticker,
) -> Result<Array2<f64>, Stopped> {
    let mut levels = Vec::new();
    let mut coarsest = None;
    loop {
        ticker.check()?;
        let graph = coarsest.as_ref().unwrap_or(graph);
        if graph.nodes() <= COARSEST {
            break;
        }
        let most = graph.nodes() / stride;
        let Some(grouping) = groups_up_to(graph, most, width, ticker)? else {
            break;
        };
        let smaller = WeightedGraph::merged(graph, &grouping, ticker)?;
        levels.push((coarsest.replace(smaller), grouping));
    }
    let mut vectors = smoothing::solve(coarsest.as_ref().unwrap_or(graph), width, ticker)?;
    // A graph goes when the next finer one takes over.
    drop(coarsest);
    while let Some((finer, grouping)) = levels.pop() {
        let finer = finer.as_ref().unwrap_or(graph);
        vectors = smoothing::smooth(finer, grouping.spread(&vectors), ticker)?;
    }
    Ok(vectors)
}

/// Groups of nodes, and groups of these while there are more than `most`.
fn groups_up_to(
    graph: &impl Edges,
    most: usize,
    width: usize,
    ticker: &Ticker,
) -> Result<Option<Grouping>, Stopped> {
    let mut grouping = worthwhile_groups(graph, width);
    while let Some(fine) = grouping.as_ref().filter(|it| it.count > most) {
        let merged = WeightedGraph::merged(graph, fine, ticker)?;
        let Some(coarse) = worthwhile_groups(&merged, width) else {
            break;
        };
        grouping = Some(fine.then(&coarse));
    }
    Ok(grouping)
}

/// Nothing is gained from a graph that will not get smaller, and too few groups, as of a star,
/// cannot tell the vectors apart.
fn worthwhile_groups(graph: &impl Edges, width: usize) -> Option<Grouping> {
    let grouping = groups::group(graph);
    let worthwhile = grouping.count * 10 <= graph.nodes() * 9 && grouping.count >= 2 * width;
    worthwhile.then_some(grouping)
}

fn set_down(positions: &mut Array2<f64>, nodes: &[u32], coordinates: Array2<f64>, place: &Region) {
    for (from, &node) in coordinates.rows().into_iter().zip(nodes) {
        let mut to = positions.row_mut(node as usize);
        to.assign(&from);
        to *= place.radius;
        to += &place.center;
    }
}

/// Scales to a largest coordinate of [`LENGTH`], adds a little noise, and stretches each axis over
/// 0 ..= [`LENGTH`]. An axis without extent becomes 0.
pub fn fill_box(mut positions: Array2<f64>, seed: u64) -> Array2<f32> {
    let largest = positions.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    if largest > 0.0 {
        positions *= f64::from(LENGTH) / largest;
    }
    for (node, mut row) in positions.rows_mut().into_iter().enumerate() {
        let mut stream = Stream::new(seed, JITTER, node as u64);
        row.mapv_inplace(|x| x + NOISE * stream.roughly_normal());
    }
    positions.columns_mut().into_iter().for_each(stretch);
    positions.mapv(|x| x as f32)
}

fn stretch(mut axis: ArrayViewMut1<'_, f64>) {
    let low = axis.iter().copied().fold(f64::INFINITY, f64::min);
    let high = axis.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let factor = if high > low {
        f64::from(LENGTH) / (high - low)
    } else {
        0.0
    };
    axis.mapv_inplace(|x| (x - low) * factor);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::graph::components::graph_of;
    use sprs::CsMatI;

    #[test]
    fn a_large_star_is_laid_out() {
        let n = 1000_u32;
        let starts: Vec<usize> = std::iter::once(0)
            .chain((0..n as usize).map(|i| n as usize - 1 + i))
            .collect();
        let neighbors = (1..n).chain(std::iter::repeat_n(0, n as usize - 1));
        let weights = vec![1.0; 2 * (n as usize - 1)];
        let shape = (n as usize, n as usize);
        let star = CsMatI::new(shape, starts, neighbors.collect::<Vec<u32>>(), weights);
        let positions = layout(star.view(), 2, 0, &Ticker::default()).unwrap();
        assert!(positions.iter().all(|x| x.is_finite()));
        let first = positions.row(1).to_owned();
        assert!(positions.rows().into_iter().skip(2).any(|row| row != first));
    }

    /// Nodes of a strip next to each other, long enough for its first two eigenvectors to differ.
    fn strip(length: usize, width: usize) -> CsMatI<f32, u32, usize> {
        let mut edges = Vec::new();
        for node in 0..length * width {
            if node % width + 1 < width {
                edges.push((node, node + 1, 1.0));
            }
            if node + width < length * width {
                edges.push((node, node + width, 1.0));
            }
        }
        graph_of(length * width, &edges)
    }

    #[test]
    fn groups_of_nodes_start_where_their_nodes_would() {
        let graph = strip(300, 10);
        let ticker = Ticker::default();
        let fine = layout_of(graph.view(), 2, 0, usize::MAX, &ticker).unwrap();
        let rough = layout_of(graph.view(), 2, 0, 700, &ticker).unwrap();
        for (fine, rough) in fine.columns().into_iter().zip(rough.columns()) {
            let largest = |difference: fn(f32, f32) -> f32| {
                let differences = fine
                    .iter()
                    .zip(rough)
                    .map(|(&a, &b)| difference(a, b).abs());
                differences.fold(0.0, f32::max)
            };
            let mirrored = largest(|a, b| LENGTH - a - b);
            let off = largest(|a, b| a - b).min(mirrored);
            assert!(off < 0.05 * LENGTH, "{off}");
        }
        assert_ne!(fine, rough);
    }
}
