//! A graph of groups of nodes that stands for a larger graph.

use crate::kernels::ticker::{Stopped, Ticker};
use ndarray::Array2;
use rayon::prelude::*;
use std::ops::Range;

/// Rows computed by one task.
const ROWS: usize = 512;

/// Tasks whose rows wait together to be appended.
const AT_ONCE: usize = 256;

/// A node takes along neighbors whose edges weigh at least this share of its heaviest.
const STRONG: f32 = 0.5;

/// Nodes and the weights of their edges, wherever they are held.
pub trait Edges: Sync {
    fn nodes(&self) -> usize;

    /// Visits the neighbors of a node and the weights between them, which are above 0.
    fn each(&self, node: usize, visit: impl FnMut(u32, f32));
}

/// A symmetric graph. Edges of a node to itself count what was merged into it.
pub struct WeightedGraph {
    pub starts: Vec<usize>,
    pub neighbors: Vec<u32>,
    pub weights: Vec<f32>,
    /// Row sums.
    pub degrees: Vec<f64>,
}

impl Edges for WeightedGraph {
    fn nodes(&self) -> usize {
        self.degrees.len()
    }

    fn each(&self, node: usize, mut visit: impl FnMut(u32, f32)) {
        let (neighbors, weights) = self.row(node);
        for (&neighbor, &weight) in neighbors.iter().zip(weights) {
            visit(neighbor, weight);
        }
    }
}

/// Which group each node belongs to.
pub struct Grouping {
    pub of_node: Vec<u32>,
    pub count: usize,
}

impl WeightedGraph {
    /// A copy of edges, at most that many, without gaps.
    pub fn of(edges: &impl Edges, most: usize) -> Self {
        let mut graph = WeightedGraph::with_room(edges.nodes(), most);
        for node in 0..edges.nodes() {
            edges.each(node, |neighbor, weight| {
                graph.neighbors.push(neighbor);
                graph.weights.push(weight);
            });
            graph.close_row();
        }
        graph
    }

    /// Without nodes yet, with room for that many nodes and edges.
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

    pub fn row(&self, node: usize) -> (&[u32], &[f32]) {
        let row = self.starts[node]..self.starts[node + 1];
        (&self.neighbors[row.clone()], &self.weights[row])
    }

    /// The graph whose nodes are the groups of another's; weights between two are summed.
    pub fn merged(
        finer: &impl Edges,
        grouping: &Grouping,
        ticker: &Ticker,
    ) -> Result<Self, Stopped> {
        let members = grouping.members();
        let mut graph = WeightedGraph::with_room(grouping.count, 0);
        let blocks: Vec<Range<usize>> = (0..grouping.count)
            .step_by(ROWS)
            .map(|start| start..grouping.count.min(start + ROWS))
            .collect();
        // Some at a time: all of them beside the graph would be the graph twice.
        for blocks in blocks.chunks(AT_ONCE) {
            let merged = blocks.par_iter().map(|groups| {
                ticker.check()?;
                Ok(merged_rows(finer, grouping, &members, groups.clone()))
            });
            for rows in merged.collect::<Result<Vec<_>, Stopped>>()? {
                graph.append(rows);
            }
        }
        Ok(graph)
    }

    fn append(&mut self, rows: Self) {
        let before = self.weights.len();
        let starts = rows.starts[1..].iter().map(|start| start + before);
        self.starts.extend(starts);
        self.neighbors.extend(rows.neighbors);
        self.weights.extend(rows.weights);
        self.degrees.extend(rows.degrees);
    }
}

/// The rows of some groups.
fn merged_rows(
    finer: &impl Edges,
    grouping: &Grouping,
    members: &Members,
    groups: Range<usize>,
) -> WeightedGraph {
    let mut rows = WeightedGraph::with_room(groups.len(), 0);
    let mut edges = Vec::new();
    for group in groups {
        edges.clear();
        for &node in members.of(group) {
            finer.each(node as usize, |neighbor, weight| {
                edges.push((grouping.of_node[neighbor as usize], weight));
            });
        }
        edges.sort_by_key(|edge| edge.0);
        for same in edges.chunk_by(|a, b| a.0 == b.0) {
            let sum: f64 = same.iter().map(|edge| f64::from(edge.1)).sum();
            rows.neighbors.push(same[0].0);
            rows.weights.push(sum as f32);
        }
        rows.close_row();
    }
    rows
}

/// Groups each node, in order, with its strongly connected neighbors that are in no group yet;
/// if there are none, adds it to the group of its strongest neighbor.
pub fn group(graph: &impl Edges) -> Grouping {
    const NONE: u32 = u32::MAX;
    let mut of_node = vec![NONE; graph.nodes()];
    let mut count = 0;
    let mut others = Vec::new();
    for node in 0..graph.nodes() {
        if of_node[node] != NONE {
            continue;
        }
        others.clear();
        graph.each(node, |neighbor, weight| {
            if neighbor as usize != node {
                others.push((neighbor, weight));
            }
        });
        let Some(&(strongest, most)) = others.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
            of_node[node] = count;
            count += 1;
            continue;
        };
        let mut joined = false;
        for &(neighbor, _) in others.iter().filter(|(_, weight)| *weight >= STRONG * most) {
            if of_node[neighbor as usize] == NONE {
                of_node[neighbor as usize] = count;
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

/// The nodes of each group, in their order.
struct Members {
    starts: Vec<u32>,
    nodes: Vec<u32>,
}

impl Members {
    fn of(&self, group: usize) -> &[u32] {
        &self.nodes[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

impl Grouping {
    fn members(&self) -> Members {
        let mut starts = vec![0; self.count + 1];
        for &group in &self.of_node {
            starts[group as usize + 1] += 1;
        }
        for group in 0..self.count {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut nodes = vec![0; self.of_node.len()];
        for (node, &group) in self.of_node.iter().enumerate() {
            let next = &mut next[group as usize];
            nodes[*next as usize] = node as u32;
            *next += 1;
        }
        Members { starts, nodes }
    }

    /// The groups of groups, as groups of nodes.
    pub fn then(&self, coarser: &Grouping) -> Grouping {
        let of_node = self.of_node.iter();
        let of_node = of_node.map(|&group| coarser.of_node[group as usize]);
        Grouping {
            of_node: of_node.collect(),
            count: coarser.count,
        }
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
