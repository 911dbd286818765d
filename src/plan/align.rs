//! Bringing a slot that was made on earlier axes onto those of a dataset.

use super::edge::Promised;
use super::node::light_step;
use crate::data::Graph;
use crate::data::axis::compose;
use crate::data::{Axis, Column, FrameIndex, Lazy, Promise, Selection, Slot, Uns, Value};
use ndarray::{ArrayD, Axis as Dim};
use std::sync::Arc;

/// The slot's value on `axis`: itself where nothing was selected since, else a step that picks;
/// of a column that is there, picked at once.
pub fn aligned(slot: &Slot, axis: Option<&Axis>) -> Lazy {
    let (Some(made_on), Some(axis)) = (&slot.rows, axis) else {
        return slot.value.clone();
    };
    let selections = axis.selections_from(made_on).unwrap_or_default();
    if selections.is_empty() {
        return slot.value.clone();
    }
    if let Some(picked) = picked(slot, &selections) {
        return Lazy::ready(picked);
    }
    let promise = slot.value.promise();
    let selections: Vec<Promised<Selection>> = selections.into_iter().map(Promised::of).collect();
    let needs = (slot.value.clone(), selections);
    let selected = light_step("select", None, needs, promise, |(value, keeps), _| {
        let keep = compose(keeps.iter().map(|keep| &**keep)).unwrap_or_default();
        Ok(pick(&value, &keep))
    });
    match promise {
        Promise::Column(_) => selected.picked_from(&slot.value),
        _ => selected,
    }
}

/// A column or names, if they and what was selected are there: it takes no longer than planning
/// it, and it can be shown with the dataset.
fn picked(slot: &Slot, selections: &[Lazy]) -> Option<Value> {
    let value = slot.value.get()?;
    if !matches!(value, Value::Column(_) | Value::Names(_)) {
        return None;
    }
    let keeps: Option<Vec<&Arc<Selection>>> =
        selections.iter().map(|keep| keep.get()?.keep()).collect();
    let keep = compose(keeps?.into_iter().map(|keep| &**keep))?;
    Some(pick(value, &keep))
}

/// The part of a value that belongs to the kept rows.
pub fn pick(value: &Value, keep: &Selection) -> Value {
    match value {
        Value::Column(column) => Value::Column(Arc::new(column.pick(keep))),
        Value::Names(names) => Value::Names(Arc::new(names.pick(keep))),
        Value::Dense(dense) => {
            let rows: Vec<usize> = keep.iter().map(|&i| i as usize).collect();
            Value::Dense(Arc::new(dense.select(Dim(0), &rows)))
        }
        Value::Graph(graph) => Value::Graph(Arc::new(subgraph(graph, keep))),
        Value::Numbers(numbers) => Value::Numbers(Arc::new(
            keep.iter().map(|&i| numbers[i as usize]).collect(),
        )),
        Value::Uns(uns) => Value::Uns(Arc::new(pick_uns(uns, keep))),
        other => other.clone(),
    }
}

/// The same of what is kept for cells or genes and is no array of numbers. What is only known as
/// stored cannot be picked from; writers leave it out.
fn pick_uns(uns: &Uns, keep: &Selection) -> Uns {
    let of_columns = |columns: &[(String, Column)]| {
        let columns = columns.iter();
        columns
            .map(|(name, column)| (name.clone(), column.pick(keep)))
            .collect()
    };
    match uns {
        Uns::Frame(index, columns) => {
            let index = FrameIndex {
                values: index.values.pick(keep),
                called: index.called.clone(),
            };
            Uns::Frame(Arc::new(index), of_columns(columns))
        }
        Uns::Exact(array) => Uns::Exact(Arc::new(array.pick(keep))),
        Uns::Sparse(sparse) => Uns::Sparse(Arc::new(sparse.pick(keep))),
        Uns::Records(columns) => Uns::Records(of_columns(columns)),
        Uns::Graph(rows) => Uns::Graph(Arc::new(rows_of(rows, keep))),
        Uns::Array(array) => Uns::Array(pick_array(array, keep)),
        Uns::Array32(array) => Uns::Array32(pick_array(array, keep)),
        other => other.clone(),
    }
}

/// Of two dimensions an array is square here: other such arrays are dense values.
fn pick_array<T: Clone>(array: &ArrayD<T>, keep: &Selection) -> ArrayD<T> {
    let rows: Vec<usize> = keep.iter().map(|&i| i as usize).collect();
    let picked = array.select(Dim(0), &rows);
    match array.ndim() {
        2 => picked.select(Dim(1), &rows),
        _ => picked,
    }
}

fn rows_of(graph: &Graph, keep: &Selection) -> Graph {
    let mut indptr = vec![0];
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    for row in keep
        .iter()
        .filter_map(|&row| graph.outer_view(row as usize))
    {
        indices.extend_from_slice(row.indices());
        values.extend_from_slice(row.data());
        indptr.push(indices.len());
    }
    Graph::new((keep.len(), graph.cols()), indptr, indices, values)
}

/// The rows and columns of a square matrix at `keep`, in that order.
pub fn subgraph(graph: &Graph, keep: &Selection) -> Graph {
    let mut place = vec![u32::MAX; graph.cols()];
    for (to, &from) in keep.iter().enumerate() {
        place[from as usize] = to as u32;
    }
    let mut indptr = vec![0];
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    for &row in keep {
        let start = indices.len();
        if let Some(row) = graph.outer_view(row as usize) {
            for (column, &value) in row.iter() {
                if place[column] != u32::MAX {
                    indices.push((place[column], value));
                }
            }
        }
        indices[start..].sort_unstable_by_key(|&(column, _)| column);
        indptr.push(indices.len());
    }
    let columns: Vec<u32> = indices.iter().map(|&(column, _)| column).collect();
    values.extend(indices.iter().map(|&(_, value)| value));
    Graph::new((keep.len(), keep.len()), indptr, columns, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_cubes_and_squares_follow_their_rows() {
        let keep = vec![2, 0];
        let index: crate::data::Names = ["a", "b", "c"].into_iter().collect();
        let column = Column::Bool(vec![true, true, false]);
        let frame = Uns::Frame(Arc::new(index.into()), vec![("t".to_owned(), column)]);
        let Uns::Frame(index, columns) = pick_uns(&frame, &keep) else {
            panic!("a frame")
        };
        assert_eq!(index.values.text(0) + &index.values.text(1), "ca");
        assert_eq!(columns[0].1, Column::Bool(vec![false, true]));
        let cube = ndarray::Array3::from_shape_fn((3, 1, 2), |(i, _, k)| (10 * i + k) as f64);
        let Uns::Array(cube) = pick_uns(&Uns::Array(cube.into_dyn()), &keep) else {
            panic!("an array")
        };
        assert_eq!(cube.shape(), [2, 1, 2]);
        assert_eq!(
            cube.iter().copied().collect::<Vec<_>>(),
            [20.0, 21.0, 0.0, 1.0]
        );
        let square = ndarray::Array2::from_shape_fn((3, 3), |(i, j)| (10 * i + j) as f64);
        let Uns::Array(square) = pick_uns(&Uns::Array(square.into_dyn()), &keep) else {
            panic!("an array")
        };
        assert_eq!(
            square.iter().copied().collect::<Vec<_>>(),
            [22.0, 20.0, 2.0, 0.0]
        );
        let wide = Graph::new((3, 2), vec![0, 1, 1, 3], vec![1, 0, 1], vec![1.0, 2.0, 3.0]);
        let Uns::Graph(rows) = pick_uns(&Uns::Graph(Arc::new(wide)), &keep) else {
            panic!("a sparse matrix")
        };
        assert_eq!(rows.to_dense(), ndarray::arr2(&[[2.0, 3.0], [0.0, 1.0]]));
    }

    #[test]
    fn a_subgraph_follows_its_nodes() {
        let graph = Graph::new(
            (3, 3),
            vec![0, 2, 3, 4],
            vec![1, 2, 0, 0],
            vec![0.5, 0.2, 0.5, 0.2],
        );
        let part = subgraph(&graph, &vec![2, 0]);
        assert_eq!(part.to_dense(), ndarray::arr2(&[[0.0, 0.2], [0.2, 0.0]]));
    }
}
