//! The connected components of a graph, read where the graph is held.

use super::groups::Edges;
use crate::kernels::graph::components::{GraphView, connected_components};
use crate::kernels::graph::locality;
use rayon::prelude::*;

/// All components, in the order of their first nodes.
pub struct Components {
    /// The rows of each, neighbors near each other.
    members: Vec<Vec<u32>>,
    of_row: Vec<u32>,
    /// The place of each row among the members of its component.
    place: Vec<u32>,
}

/// One of them.
pub struct Component<'a> {
    graph: GraphView<'a>,
    all: &'a Components,
    number: usize,
}

impl Components {
    pub fn of(graph: GraphView<'_>) -> Self {
        let (of_row, count) = connected_components(graph);
        let mut members = vec![Vec::new(); count];
        let mut place = vec![0; of_row.len()];
        for row in locality::order(&graph, 0) {
            let members = &mut members[of_row[row as usize] as usize];
            place[row as usize] = members.len() as u32;
            members.push(row);
        }
        Self {
            members,
            of_row,
            place,
        }
    }

    pub fn sizes(&self) -> Vec<usize> {
        self.members.iter().map(Vec::len).collect()
    }

    /// `graph` is the one they are of.
    pub fn each<'a>(&'a self, graph: GraphView<'a>) -> impl Iterator<Item = Component<'a>> {
        (0..self.members.len()).map(move |number| Component {
            graph,
            all: self,
            number,
        })
    }
}

impl<'a> Component<'a> {
    /// The row of each node.
    pub fn rows(&self) -> &'a [u32] {
        &self.all.members[self.number]
    }

    /// Edges that there are at most, where that says anything.
    pub fn most_edges(&self) -> usize {
        let is_all = self.nodes() == self.graph.rows();
        if is_all { self.graph.nnz() } else { 0 }
    }

    /// Sums of the weights at each node.
    pub fn degrees(&self) -> Vec<f64> {
        let degree = |node| {
            let mut sum = 0.0;
            self.each(node, |_, weight| sum += f64::from(weight));
            sum
        };
        (0..self.nodes()).into_par_iter().map(degree).collect()
    }
}

impl Edges for Component<'_> {
    fn nodes(&self) -> usize {
        self.rows().len()
    }

    fn each(&self, node: usize, mut visit: impl FnMut(u32, f32)) {
        let row = self.graph.outer_view(self.rows()[node] as usize);
        for (neighbor, &weight) in row.iter().flat_map(|row| row.iter()) {
            if weight > 0.0 && self.all.of_row[neighbor] as usize == self.number {
                visit(self.all.place[neighbor], weight);
            }
        }
    }
}
