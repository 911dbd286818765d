//! Where the components of an unconnected graph go.
//!
//! A few sit at ±1 on the axes. Many are set on a sunflower's spiral (Vogel, Mathematical
//! Biosciences 1979), the largest in the middle, each with an area that fits its number of nodes.

use crate::math;
use ndarray::Array1;
use std::f64::consts::PI;

/// A ball that one component fills.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub center: Array1<f64>,
    pub radius: f64,
}

/// A place for each component, given their numbers of nodes.
pub fn places(sizes: &[usize], dimensions: usize) -> Vec<Region> {
    match sizes.len() {
        0 | 1 => sizes
            .iter()
            .map(|_| Region {
                center: Array1::zeros(dimensions),
                radius: 1.0,
            })
            .collect(),
        few if few <= 2 * dimensions => on_axes(few, dimensions),
        _ => on_spiral(sizes, dimensions),
    }
}

/// First all positive ends, then the negative ones.
fn on_axes(count: usize, dimensions: usize) -> Vec<Region> {
    let axes = count.div_ceil(2);
    // Half the distance to the nearest other.
    let radius = if axes == 1 { 1.0 } else { 0.5f64.sqrt() };
    let place = |i: usize| {
        let mut center = Array1::zeros(dimensions);
        center[i % axes] = if i < axes { 1.0 } else { -1.0 };
        Region { center, radius }
    };
    (0..count).map(place).collect()
}

fn on_spiral(sizes: &[usize], dimensions: usize) -> Vec<Region> {
    let golden_angle = PI * (3.0 - 5f64.sqrt());
    let mut largest_first: Vec<usize> = (0..sizes.len()).collect();
    largest_first.sort_by_key(|&i| std::cmp::Reverse(sizes[i]));
    let total: usize = sizes.iter().sum();
    let mut places = vec![
        Region {
            center: Array1::zeros(dimensions),
            radius: 0.0
        };
        sizes.len()
    ];
    let mut inside = 0.0;
    for (turn, &i) in largest_first.iter().enumerate() {
        let share = sizes[i] as f64 / total as f64;
        let distance = if turn == 0 {
            0.0
        } else {
            (inside + share / 2.0f64).sqrt()
        };
        let angle = golden_angle * turn as f64;
        // On a line there is but one direction.
        let around = if dimensions == 1 {
            [if turn % 2 == 0 { 1.0 } else { -1.0 }, 0.0]
        } else {
            [math::cos(angle), math::sin(angle)]
        };
        for (to, direction) in places[i].center.iter_mut().zip(around) {
            *to = distance * direction;
        }
        places[i].radius = share.sqrt() / 2.0;
        inside += share;
    }
    places
}
