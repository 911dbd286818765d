//! Forces of many points on each of them, in n·log n: far ones act as one (Barnes & Hut, Nature
//! 324, 446, 1986).
//!
//! Points are sorted along a Z-shaped curve, by which squares are ranges of points. Nodes lie in the
//! order in which they are walked through, each with the number of the first node after it.

use rayon::prelude::*;

/// Points of a leaf, which act one by one.
const LEAF: usize = 8;

/// Times a square is quartered at most.
const LEVELS: u32 = 24;

/// Points that are sorted by one task.
const BLOCK: usize = 4096;

/// A square.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// The center of mass.
    center: [f64; 2],
    mass: f64,
    /// The square of the side.
    size: f64,
    /// Its points, by rank.
    start: u32,
    end: u32,
    /// The first node that is not inside.
    next: u32,
    leaf: bool,
}

#[derive(Debug, Clone)]
pub struct Quadtree {
    nodes: Vec<Node>,
    /// Along the curve.
    points: Vec<[f64; 2]>,
    masses: Vec<f64>,
    /// The number of the point at each rank.
    order: Vec<u32>,
}

impl Quadtree {
    /// A point that is not finite acts from the corner; masses are as many as points.
    pub fn new(points: &[[f64; 2]], masses: &[f64]) -> Self {
        let (low, side) = bounds(points);
        let cells = f64::from(1u32 << LEVELS);
        let along = |x: f64, low: f64| ((x - low) / side * cells).clamp(0.0, cells - 1.0) as u32;
        let mut keyed: Vec<(u64, u32)> = points
            .par_iter()
            .with_min_len(BLOCK)
            .enumerate()
            .map(|(i, p)| {
                let code = spread(along(p[0], low[0])) | (spread(along(p[1], low[1])) << 1);
                (code, i as u32)
            })
            .collect();
        keyed.par_sort_unstable();
        let order: Vec<u32> = keyed.iter().map(|&(_, i)| i).collect();
        let mut tree = Quadtree {
            nodes: Vec::with_capacity(points.len() / 2 + 1),
            points: order.iter().map(|&i| points[i as usize]).collect(),
            masses: order.iter().map(|&i| masses[i as usize]).collect(),
            order,
        };
        if !points.is_empty() {
            tree.grow(&keyed, 0, points.len(), 0, side);
        }
        tree
    }

    fn grow(&mut self, keyed: &[(u64, u32)], start: usize, end: usize, level: u32, side: f64) {
        let at = self.nodes.len();
        let leaf = end - start <= LEAF || level == LEVELS;
        self.nodes.push(Node {
            center: [0.0; 2],
            mass: 0.0,
            size: side * side,
            start: start as u32,
            end: end as u32,
            next: 0,
            leaf,
        });
        let (mut x, mut y, mut mass) = (0.0, 0.0, 0.0);
        if leaf {
            for rank in start..end {
                let m = self.masses[rank];
                x += m * self.points[rank][0];
                y += m * self.points[rank][1];
                mass += m;
            }
        } else {
            let shift = 2 * (LEVELS - 1 - level);
            let mut from = start;
            while from < end {
                let quarter = keyed[from].0 >> shift;
                let to = from + keyed[from..end].partition_point(|key| key.0 >> shift == quarter);
                let child = self.nodes.len();
                self.grow(keyed, from, to, level + 1, side / 2.0);
                let child = self.nodes[child];
                x += child.mass * child.center[0];
                y += child.mass * child.center[1];
                mass += child.mass;
                from = to;
            }
        }
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[at];
        node.mass = mass;
        node.center = if mass > 0.0 {
            [x / mass, y / mass]
        } else {
            [0.0; 2]
        };
        node.next = next;
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The number of the point at each rank along the curve: neighbors in it are neighbors.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Calls `act` with (dx, dy, distance², mass) for everything that acts on the point of this
    /// rank: squares whose side is below `theta` times their distance as one, all others point by
    /// point. The differences lead from there to the point.
    pub fn around(&self, rank: usize, theta: f64, mut act: impl FnMut(f64, f64, f64, f64)) {
        let [x, y] = self.points[rank];
        let theta = theta * theta;
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            let (dx, dy) = (x - node.center[0], y - node.center[1]);
            let distance = dx * dx + dy * dy;
            let inside = (node.start as usize..node.end as usize).contains(&rank);
            if !inside && node.size < theta * distance {
                act(dx, dy, distance, node.mass);
                at = node.next as usize;
            } else if node.leaf {
                for other in (node.start as usize..node.end as usize).filter(|&it| it != rank) {
                    let (dx, dy) = (x - self.points[other][0], y - self.points[other][1]);
                    act(dx, dy, dx * dx + dy * dy, self.masses[other]);
                }
                at = node.next as usize;
            } else {
                at += 1;
            }
        }
    }
}

/// The lower corner and the side of a square around all points.
fn bounds(points: &[[f64; 2]]) -> ([f64; 2], f64) {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let side = (high[0] - low[0]).max(high[1] - low[1]);
    (
        low,
        if side > 0.0 && side.is_finite() {
            side * (1.0 + 1e-9)
        } else {
            1.0
        },
    )
}

/// The bits of a number with a gap after each.
fn spread(x: u32) -> u64 {
    let mut x = u64::from(x);
    x = (x | (x << 16)) & 0x0000_ffff_0000_ffff;
    x = (x | (x << 8)) & 0x00ff_00ff_00ff_00ff;
    x = (x | (x << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    x = (x | (x << 2)) & 0x3333_3333_3333_3333;
    (x | (x << 1)) & 0x5555_5555_5555_5555
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::splitmix::Stream;

    fn points(n: usize) -> Vec<[f64; 2]> {
        (0..n)
            .map(|i| {
                let mut stream = Stream::new(7, 0, i as u64);
                [stream.unit() * 3.0, stream.unit() - 5.0]
            })
            .collect()
    }

    /// Σ mass / (1 + distance²) from all others.
    fn exact(points: &[[f64; 2]], masses: &[f64], i: usize) -> f64 {
        let others = (0..points.len()).filter(|&j| j != i);
        others
            .map(|j| {
                let (dx, dy) = (points[i][0] - points[j][0], points[i][1] - points[j][1]);
                masses[j] / (1.0 + dx * dx + dy * dy)
            })
            .sum()
    }

    #[test]
    fn far_points_act_as_one_nearly_exactly() {
        let points = points(700);
        let masses: Vec<f64> = (0..700).map(|i| 1.0 + f64::from(i % 3)).collect();
        let tree = Quadtree::new(&points, &masses);
        for (theta, tolerance) in [(0.0, 1e-12), (0.5, 0.01)] {
            for rank in [0, 350, 699] {
                let i = tree.order()[rank] as usize;
                let mut sum = 0.0;
                tree.around(rank, theta, |_, _, d, mass| sum += mass / (1.0 + d));
                let expected = exact(&points, &masses, i);
                assert!(
                    (sum / expected - 1.0).abs() < tolerance,
                    "{theta}: {sum} {expected}"
                );
            }
        }
    }

    #[test]
    fn every_other_point_acts_even_from_the_same_place() {
        let same = vec![[1.0, 1.0]; 50];
        let tree = Quadtree::new(&same, &[1.0; 50]);
        let mut mass = 0.0;
        tree.around(20, 0.5, |_, _, _, m| mass += m);
        assert_eq!(mass, 49.0);
        assert!(Quadtree::new(&[], &[]).is_empty());
    }
}
