//! Where points start, and their positions by place and by cell.

use super::{Error, Init, Params};
use crate::kernels::graph::components::GraphView;
use crate::kernels::graph::spectral;
use crate::kernels::random::splitmix::Stream;
use crate::kernels::ticker::Ticker;
use ndarray::{Array2, ArrayView2, Axis};

/// Purpose of the random numbers of a random start.
const RANDOM_START: u64 = u64::MAX;

/// Positions in a box of length [`spectral::LENGTH`], cells × n_components.
pub fn start(graph: GraphView<'_>, params: &Params, ticker: &Ticker) -> Result<Array2<f32>, Error> {
    let (n, d) = (graph.rows(), params.n_components);
    match &params.init {
        Init::Spectral => Ok(spectral::layout(graph, d, params.seed, ticker)?),
        Init::Random => {
            let mut positions = Array2::zeros((n, d));
            for (cell, mut row) in positions.rows_mut().into_iter().enumerate() {
                let mut stream = Stream::new(params.seed, RANDOM_START, cell as u64);
                row.mapv_inplace(|_: f64| 2.0 * stream.unit() - 1.0);
            }
            Ok(spectral::fill_box(positions, params.seed))
        }
        Init::Given(positions) => {
            check(positions.view(), (n, d))?;
            Ok(spectral::fill_box(positions.mapv(f64::from), params.seed))
        }
    }
}

/// Whether positions are of the expected shape and finite.
pub fn check(positions: ArrayView2<'_, f32>, expected: (usize, usize)) -> Result<(), Error> {
    let found = positions.dim();
    if found != expected {
        return Err(Error::BadShape { expected, found });
    }
    let mut rows = positions.rows().into_iter();
    match rows.position(|row| row.iter().any(|x| !x.is_finite())) {
        Some(cell) => Err(Error::BadPosition { cell }),
        None => Ok(()),
    }
}

/// Means of the neighbors' positions by their weights; of all positions where there are none.
pub fn among_neighbors(reference: ArrayView2<'_, f32>, weights: GraphView<'_>) -> Array2<f32> {
    let all = reference.mapv(f64::from);
    let mut positions = Array2::zeros((weights.rows(), reference.ncols()));
    let Some(middle) = all.mean_axis(Axis(0)) else {
        return positions;
    };
    let rows = positions
        .rows_mut()
        .into_iter()
        .zip(weights.outer_iterator());
    for (mut to, row) in rows {
        let total: f64 = row.data().iter().map(|&w| f64::from(w)).sum();
        let mut mean = middle.clone();
        if total > 0.0 {
            mean.fill(0.0);
            row.iter()
                .for_each(|(j, &w)| mean.scaled_add(f64::from(w) / total, &all.row(j)));
        }
        to.assign(&mean.mapv(|x| x as f32));
    }
    positions
}

/// Rows of `positions` in the order `rows`, padded with zeros.
pub fn points<const D: usize>(positions: ArrayView2<'_, f32>, rows: &[u32]) -> Vec<[f32; D]> {
    let point = |&row: &u32| {
        let mut point = [0.0; D];
        point
            .iter_mut()
            .zip(positions.row(row as usize))
            .for_each(|(to, &x)| *to = x);
        point
    };
    rows.iter().map(point).collect()
}

/// Undoes [`points`].
pub fn write<const D: usize>(points: &[[f32; D]], rows: &[u32], positions: &mut Array2<f32>) {
    for (point, &row) in points.iter().zip(rows) {
        let mut to = positions.row_mut(row as usize);
        to.iter_mut().zip(point).for_each(|(to, &x)| *to = x);
    }
}
