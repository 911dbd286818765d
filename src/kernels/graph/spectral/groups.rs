//! A graph of groups of nodes that stands for a larger graph.

use crate::kernels::graph::components::GraphView;
use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::Array2;
use rayon::prelude::*;

/// Rows computed by one task.
const ROWS: usize = 512;

/// A node takes along neighbors whose edges weigh at least this share of its heaviest.
const STRONG: f32 = 0.5;

/// A symmetric graph. Edges of a node to itself count what was merged into it.
pub struct WeightedGraph {
    pub starts: Vec<usize>,
    pub neighbors: Vec<u32>,
    pub weights: Vec<f32>,
    /// Row sums.
    pub degrees: Vec<f64>,
}

/// Which group each node belongs to.
pub struct Grouping {
    pub of_node: Vec<u32>,
    pub count: usize,
}

impl WeightedGraph {
    /// The part of a graph between `nodes`, the place of each of which is `place_of` it.
    pub fn of(graph: GraphView<'_>, nodes: &[u32], place_of: impl Fn(u32) -> Option<u32>) -> Self {
        let all = nodes.len() == graph.rows();
        let mut part = WeightedGraph::with_room(nodes.len(), if all { graph.nnz() } else { 0 });
        for &node in nodes {
            let row = graph.outer_view(node as usize);
            let edges = row
                .iter()
                .flat_map(|row| row.indices().iter().zip(row.data()));
            for (&neighbor, &weight) in edges.filter(|(_, weight)| **weight > 0.0) {
                if let Some(place) = place_of(neighbor) {
                    part.neighbors.push(place);
                    part.weights.push(weight);
                }
            }
            part.close_row();
        }
        part
    }

    /// Without nodes yet; there is room for so many of them and their edges.
    fn with_room(nodes: usize, edges: usize) -> Self {
        let mut starts = Vec::with_capacity(nodes + 1);
        starts.push(0);
        WeightedGraph {
            starts,
            neighbors: Vec::with_capacity(edges),
            weights: Vec::with_capacity(edges),
            degrees: Vec::with_capacity(nodes),
        }
    }

    fn close_row(&mut self) {
        let start = self.starts[self.starts.len() - 1];
        let degree: f64 = self.weights[start..].iter().map(|&w| f64::from(w)).sum();
        self.degrees.push(degree);
        self.starts.push(self.weights.len());
    }

    pub fn nodes(&self) -> usize {
        self.degrees.len()
    }

    pub fn row(&self, node: usize) -> (&[u32], &[f32]) {
        let row = self.starts[node]..self.starts[node + 1];
        (&self.neighbors[row.clone()], &self.weights[row])
    }

    /// The graph whose nodes are the groups; weights between two are summed.
    pub fn merged(&self, grouping: &Grouping, ticker: &Ticker) -> Result<Self, Stopped> {
        let members = grouping.members();
        let blocks: Vec<_> = members
            .par_chunks(ROWS)
            .map(|groups| {
                ticker.check()?;
                let mut block = WeightedGraph::with_room(groups.len(), 0);
                let mut edges = Vec::new();
                for nodes in groups {
                    edges.clear();
                    for &node in nodes {
                        let (neighbors, weights) = self.row(node as usize);
                        let to = neighbors.iter().map(|&j| grouping.of_node[j as usize]);
                        edges.extend(to.zip(weights.iter().copied()));
                    }
                    edges.sort_by_key(|edge| edge.0);
                    for same in edges.chunk_by(|a, b| a.0 == b.0) {
                        let sum: f64 = same.iter().map(|edge| f64::from(edge.1)).sum();
                        block.neighbors.push(same[0].0);
                        block.weights.push(sum as f32);
                    }
                    block.close_row();
                }
                // All blocks are held until they are stacked.
                block.neighbors.shrink_to_fit();
                block.weights.shrink_to_fit();
                Ok(block)
            })
            .collect::<Result<_, Stopped>>()?;
        Ok(Self::stacked(blocks))
    }

    fn stacked(blocks: Vec<Self>) -> Self {
        let nodes = blocks.iter().map(Self::nodes).sum();
        let edges = blocks.iter().map(|block| block.weights.len()).sum();
        let mut all = WeightedGraph::with_room(nodes, edges);
        for block in blocks {
            let before = all.weights.len();
            all.starts
                .extend(block.starts[1..].iter().map(|start| start + before));
            all.neighbors.extend(block.neighbors);
            all.weights.extend(block.weights);
            all.degrees.extend(block.degrees);
        }
        all
    }
}

/// Groups each node, in order, with its strongly connected neighbors that are in no group yet;
/// if there are none, adds it to the group of its strongest neighbor.
pub fn group(graph: &WeightedGraph) -> Grouping {
    const NONE: u32 = u32::MAX;
    let mut of_node = vec![NONE; graph.nodes()];
    let mut count = 0;
    for node in 0..graph.nodes() {
        if of_node[node] != NONE {
            continue;
        }
        let (neighbors, weights) = graph.row(node);
        let others = || {
            neighbors
                .iter()
                .zip(weights)
                .filter(|(j, _)| **j as usize != node)
        };
        let Some((&strongest, &most)) = others().max_by(|a, b| a.1.total_cmp(b.1)) else {
            of_node[node] = count;
            count += 1;
            continue;
        };
        let mut joined = false;
        for (&j, _) in others().filter(|(_, weight)| **weight >= STRONG * most) {
            if of_node[j as usize] == NONE {
                of_node[j as usize] = count;
                joined = true;
            }
        }
        of_node[node] = if joined {
            count
        } else {
            of_node[strongest as usize]
        };
        count += u32::from(joined);
    }
    Grouping {
        of_node,
        count: count as usize,
    }
}

impl Grouping {
    fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.count];
        for (node, &group) in self.of_node.iter().enumerate() {
            members[group as usize].push(node as u32);
        }
        members
    }

    /// Gives each node the row of its group.
    pub fn spread(&self, of_groups: &Array2<f64>) -> Array2<f64> {
        let width = of_groups.ncols();
        let mut of_nodes = Array2::zeros((self.of_node.len(), width));
        let rows = of_nodes.as_slice_mut().expect("standard layout");
        let groups = of_groups.as_slice().expect("standard layout");
        rows.par_chunks_mut(width)
            .zip(&self.of_node)
            .for_each(|(row, &group)| {
                row.copy_from_slice(&groups[group as usize * width..][..width]);
            });
        of_nodes
    }
}
