//! Bringing a slot that was made on earlier axes onto those of a dataset.

use super::node::whole;
use crate::data::axis::compose;
use crate::data::lazy::Graph;
use crate::data::{Axis, Keep, Lazy, Slot, Value};
use ndarray::Axis as Dim;
use std::sync::Arc;

/// The slot's value on `axis`: itself where nothing was selected since, else a step that picks.
pub fn aligned(slot: &Slot, axis: Option<&Axis>) -> Lazy {
    let (Some(made_on), Some(axis)) = (&slot.rows, axis) else {
        return slot.value.clone();
    };
    let selections = axis.selections_from(made_on).unwrap_or_default();
    if selections.is_empty() {
        return slot.value.clone();
    }
    let promise = slot.value.promise();
    let mut needs = vec![slot.value.clone()];
    needs.extend(selections);
    let values = whole("select", None, needs, &[promise], |needs, _| {
        let keeps: Vec<Arc<Keep>> = needs[1..]
            .iter()
            .filter_map(|value| value.keep().cloned())
            .collect();
        let keep = compose(keeps.iter().map(|keep| &**keep)).unwrap_or_default();
        Ok(vec![pick(&needs[0], &keep)])
    });
    values
        .into_iter()
        .next()
        .unwrap_or_else(|| slot.value.clone())
}

/// The part of a value that belongs to the kept rows.
pub fn pick(value: &Value, keep: &Keep) -> Value {
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
        other => other.clone(),
    }
}

/// The rows and columns of a square matrix at `keep`, in that order.
pub fn subgraph(graph: &Graph, keep: &Keep) -> Graph {
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
