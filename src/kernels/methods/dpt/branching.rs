//! Branches of a trajectory: a segment of cells is split where the ways to two of its tips part.
//!
//! Haghverdi et al. 2016, supplement: three tips span a segment. Cells are walked through in order
//! of their distance from one tip; as long as they come nearer to, or go away from, both others
//! alike (Kendall's τ), they are of that tip's branch. What more than one branch claims is
//! undecided and stays as the trunk. The order of the steps is scanpy's, so that names agree.

use super::kendall;
use super::{Space, first_max};
use crate::kernels::ticker::{Stopped, Ticker};

#[derive(Debug, Clone)]
pub struct BranchingParams {
    /// Splits at most.
    pub n_branchings: usize,
    /// Segments of no more cells than this are not split.
    pub min_group_size: usize,
}

/// Every cell in a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Branches {
    /// The segment of each cell; `u32::MAX` for cells that no path connects with the root.
    pub segment: Vec<u32>,
    pub count: usize,
    /// The two ends of each segment.
    pub tips: Vec<[usize; 2]>,
}

/// Splits the cells that can be reached from `root`.
pub fn branches(
    space: &Space,
    root: usize,
    params: &BranchingParams,
    ticker: &Ticker,
) -> Result<Branches, Stopped> {
    let from_root = space.distances(root);
    let all: Vec<usize> = (0..space.n_cells())
        .filter(|&cell| from_root[cell].is_finite())
        .collect();
    let furthest = |from: usize| {
        let distances = space.distances_to(from, &all);
        first_max(distances).map_or(from, |i| all[i])
    };
    let first = furthest(root);
    let mut segments = vec![Segment {
        tips: [first, furthest(first)],
        cells: all.clone(),
        undecided: true,
    }];
    for _ in 0..params.n_branchings {
        let Some((which, tips)) = select(space, &segments, params.min_group_size) else {
            break;
        };
        let Some(parts) = split(space, &segments[which].cells, tips, ticker)? else {
            break;
        };
        let undecided = parts.undecided.is_some() || segments[which].undecided;
        let trunk = parts.trunk(space);
        let mut new = parts.into_segments(space);
        segments[which] = new.remove(trunk);
        segments[which].undecided = undecided;
        segments.extend(new);
    }
    let mut segment = vec![u32::MAX; space.n_cells()];
    // Cells that no branch claims are as undecided as those that several do.
    all.iter().for_each(|&cell| segment[cell] = 0);
    for (i, part) in segments.iter().enumerate() {
        part.cells.iter().for_each(|&cell| segment[cell] = i as u32);
    }
    Ok(Branches {
        segment,
        count: segments.len(),
        tips: segments.iter().map(|part| part.tips).collect(),
    })
}

struct Segment {
    cells: Vec<usize>,
    tips: [usize; 2],
    undecided: bool,
}

/// The segment that is furthest from a line, and its three tips.
fn select(
    space: &Space,
    segments: &[Segment],
    min_group_size: usize,
) -> Option<(usize, [usize; 3])> {
    let mut best: Option<(usize, [usize; 3], f64)> = None;
    for (i, segment) in segments.iter().enumerate() {
        if segment.cells.len() <= min_group_size {
            continue;
        }
        let Some((tips, score)) = triangle(space, segments, i) else {
            continue;
        };
        if score > best.as_ref().map_or(0.0, |best| best.2) {
            best = Some((i, tips, score));
        }
    }
    best.map(|(i, tips, _)| (i, tips))
}

/// Both tips of a segment and a third cell far from them; how far the detour over it is.
fn triangle(space: &Space, segments: &[Segment], which: usize) -> Option<([usize; 3], f64)> {
    let segment = &segments[which];
    let from = |cell: usize| space.distances_to(cell, &segment.cells);
    let mut tips = segment.tips;
    let [a, b] = [from(tips[0]), from(tips[1])];
    let mut sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    let third = first_max(sum.iter().copied())?;
    if touches(space, segments, which) {
        let beyond = from(segment.cells[third]);
        let fourth = first_max(sum.iter().zip(&beyond).map(|(sum, d)| sum + d))?;
        let cell = segment.cells[fourth];
        if cell != tips[0] && fourth != third {
            tips[1] = cell;
            let instead = from(cell);
            for ((sum, beyond), instead) in sum.iter_mut().zip(&beyond).zip(&instead) {
                *sum += beyond - instead;
            }
        }
    }
    let between = space.distance(tips[0], tips[1]);
    let score = sum[third] / between;
    let tips = [tips[0], tips[1], segment.cells[third]];
    (score.is_finite()).then_some((tips, score))
}

/// Whether a tip of an undecided segment meets the inner tip of another one.
fn touches(space: &Space, segments: &[Segment], which: usize) -> bool {
    let segment = &segments[which];
    let half = 0.5 * space.distance(segment.tips[0], segment.tips[1]);
    let others = segments.iter().enumerate().filter(|(i, _)| *i != which);
    let mut inner = others.map(|(_, other)| other.tips[1]);
    let near = |tip: usize| {
        segment
            .tips
            .iter()
            .any(|&own| space.distance(tip, own) < half)
    };
    segment.undecided && inner.any(near)
}

/// Three branches, and what more than one of them claimed.
struct Parts {
    branches: Vec<Vec<usize>>,
    tips: [usize; 3],
    undecided: Option<Vec<usize>>,
}

/// `None` where a branch would be left empty.
fn split(
    space: &Space,
    cells: &[usize],
    tips: [usize; 3],
    ticker: &Ticker,
) -> Result<Option<Parts>, Stopped> {
    let distances = tips.map(|tip| space.distances_to(tip, cells));
    let mut claims = vec![0u8; cells.len()];
    let mut claimed = Vec::new();
    for turn in 0..3 {
        let from = &distances[turn];
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by(|&a, &b| from[a].total_cmp(&from[b]));
        let sorted =
            |other: usize| -> Vec<f64> { order.iter().map(|&i| distances[other % 3][i]).collect() };
        let (a, b) = (sorted(turn + 1), sorted(turn + 2));
        let Some(at) = kendall::split(&a, &b, ticker)? else {
            return Ok(None);
        };
        // Where everything rises together the last cells are given up.
        let length = if at as f64 > 0.95 * cells.len() as f64 {
            (0.95 * at as f64) as usize
        } else {
            at + 1
        };
        order.truncate(length);
        order.iter().for_each(|&i| claims[i] += 1);
        claimed.push(order);
    }
    let branches: Vec<Vec<usize>> = claimed
        .iter()
        .map(|order| {
            let mut own: Vec<usize> = order.iter().copied().filter(|&i| claims[i] == 1).collect();
            own.sort_unstable();
            own.iter().map(|&i| cells[i]).collect()
        })
        .collect();
    let undecided: Vec<usize> = (0..cells.len())
        .filter(|&i| claims[i] > 1)
        .map(|i| cells[i])
        .collect();
    let whole = branches.iter().all(|branch| !branch.is_empty());
    Ok(whole.then_some(Parts {
        branches,
        tips,
        undecided: (!undecided.is_empty()).then_some(undecided),
    }))
}

impl Parts {
    /// The part that the others hang on: the undecided one, else the branch nearest to both others.
    fn trunk(&self, space: &Space) -> usize {
        if self.undecided.is_some() {
            return 3;
        }
        // From the cell of `of` nearest to the tip of `to`, to the cell of `to` nearest to the tip of `of`.
        let nearest = |tip: usize, cells: &[usize]| {
            let distances = space.distances_to(tip, cells);
            first_max(distances.iter().map(|d| -d)).map_or(tip, |i| cells[i])
        };
        let gap = |of: usize, to: usize| {
            let here = nearest(self.tips[to], &self.branches[of]);
            let there = nearest(self.tips[of], &self.branches[to]);
            space.distance(here, there)
        };
        let gaps = (0..3).map(|i| -(gap(i, (i + 1) % 3) + gap(i, (i + 2) % 3)));
        first_max(gaps).unwrap_or(0)
    }

    fn into_segments(self, space: &Space) -> Vec<Segment> {
        let furthest = |from: usize, cells: &[usize]| {
            first_max(space.distances_to(from, cells)).map_or(from, |i| cells[i])
        };
        let branches = self.branches.into_iter().zip(self.tips);
        let mut segments: Vec<Segment> = branches
            .map(|(cells, tip)| Segment {
                tips: [tip, furthest(tip, &cells)],
                cells,
                undecided: false,
            })
            .collect();
        if let Some(cells) = self.undecided {
            let first = furthest(cells[0], &cells);
            segments.push(Segment {
                tips: [first, furthest(first, &cells)],
                cells,
                undecided: true,
            });
        }
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::super::Weights;
    use super::*;
    use ndarray::Array2;

    /// Three arms of 40 cells from the origin of a plane.
    fn star() -> Space {
        let points = Array2::from_shape_fn((120, 2), |(cell, axis)| {
            let angle = (cell / 40) as f32 * 2.1;
            let length = (cell % 40) as f32 + 1.0 + (cell / 40) as f32 * 0.1;
            length * if axis == 0 { angle.cos() } else { angle.sin() }
        });
        Space::new(points.view(), &[0.5, 0.5], vec![0; 120], Weights::Scanpy)
    }

    #[test]
    fn a_star_has_three_arms() {
        let params = BranchingParams {
            n_branchings: 1,
            min_group_size: 5,
        };
        let found = branches(&star(), 39, &params, &Ticker::new()).unwrap();
        let of = |cell: usize| found.segment[cell];
        assert!(of(35) != of(75) && of(75) != of(115) && of(35) != of(115));
        for arm in [30..40, 70..80, 110..120] {
            assert!(arm.clone().all(|cell| of(cell) == of(arm.start)));
        }
    }

    #[test]
    fn unreachable_cells_have_no_segment_and_small_segments_stay() {
        let points = Array2::from_shape_fn((30, 1), |(cell, _)| cell as f32);
        let component = (0..30).map(|cell| u32::from(cell >= 20)).collect();
        let space = Space::new(points.view(), &[0.5], component, Weights::Scanpy);
        let params = BranchingParams {
            n_branchings: 2,
            min_group_size: 25,
        };
        let found = branches(&space, 0, &params, &Ticker::new()).unwrap();
        assert_eq!(found.count, 1);
        assert_eq!((found.segment[0], found.segment[25]), (0, u32::MAX));
    }
}
