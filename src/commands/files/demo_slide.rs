//! The slide of `demo visium`: spots on a hexagonal grid within a round piece of tissue, in layers of
//! cell types, and an image of it.

use crate::data::{Column, Dataset, Lazy, NumberType, Place, Slot, Stamp, Uns, Value};
use crate::kernels::random::generators::Stream;
use crate::math;
use ndarray::{Array2, Array3};
use std::f64::consts::PI;
use std::sync::Arc;

/// Between two spots, and across one, in pixels of the full image: 100 and 55 µm on a slide.
const PITCH: f64 = 100.0;
const SPOT: f64 = 55.0;
/// Around the tissue.
const MARGIN: f64 = 2.5 * PITCH;
/// Pixels on a side of the image.
const WIDTH: usize = 400;
/// What differs from the numbers drawn for cells.
const OF_IMAGE: u64 = u64::MAX - 1;

/// A spot: its row and column in the array, and its distances from the middle.
#[derive(Debug, Clone, Copy)]
struct Spot {
    row: i64,
    column: i64,
    x: f64,
    y: f64,
}

/// As many spots as are wanted, those nearest to the middle of a hexagonal grid, row by row.
fn spots(n: usize) -> Vec<Spot> {
    let height = PITCH * math::sin(PI / 3.0);
    // A disc of this radius has as many spots; a few more make the edge round.
    let radius = (n as f64 * PITCH * height / PI).sqrt() + 2.0 * PITCH;
    let (rows, columns) = ((radius / height) as i64, (radius / PITCH) as i64);
    let grid = (-rows..=rows).flat_map(|row| {
        (-columns..=columns).map(move |step| {
            let column = 2 * step + row.rem_euclid(2);
            let (x, y) = (column as f64 * PITCH / 2.0, row as f64 * height);
            Spot { row, column, x, y }
        })
    });
    let mut grid: Vec<Spot> = grid.collect();
    let from_middle = |spot: &Spot| spot.x * spot.x + spot.y * spot.y;
    grid.sort_by(|a, b| from_middle(a).total_cmp(&from_middle(b)));
    grid.truncate(n);
    grid.sort_by_key(|spot| (spot.row, spot.column));
    grid
}

/// How deep in the tissue a place is: layers follow it.
fn depth(x: f64, y: f64, radius: f64) -> f64 {
    let (x, y) = (x / radius, y / radius);
    math::hypot(x + 0.9, y - 0.5) + 0.12 * math::sin(4.0 * x - 3.0 * y)
}

/// Places for cells of these types, those of a type in one layer; image and factors in `uns.spatial`.
pub fn put(data: &mut Dataset, types: &[usize], seed: u64) {
    let grid = spots(types.len());
    let reach = |spot: &Spot| math::hypot(spot.x, spot.y);
    let radius = grid.iter().map(reach).fold(PITCH, f64::max);
    let mut by_type: Vec<usize> = (0..types.len()).collect();
    by_type.sort_by_key(|&cell| types[cell]);
    let mut by_depth: Vec<usize> = (0..grid.len()).collect();
    let deep = |at: usize| depth(grid[at].x, grid[at].y, radius);
    by_depth.sort_by(|&a, &b| deep(a).total_cmp(&deep(b)));
    let mut place = vec![0; types.len()];
    for (&cell, &spot) in by_type.iter().zip(&by_depth) {
        place[cell] = spot;
    }
    let placed: Vec<Spot> = place.into_iter().map(|spot| grid[spot]).collect();
    let (low_row, low_column) = (
        grid.iter().map(|spot| spot.row).min().unwrap_or(0),
        grid.iter().map(|spot| spot.column).min().unwrap_or(0),
    );
    let rows = data.cells.clone();
    let slot = |value: Value| Slot {
        value: Lazy::ready(value),
        rows: Some(rows.clone()),
        stamp: Stamp::original(),
    };
    let whole = |of: &dyn Fn(&Spot) -> i64| {
        let numbers = placed.iter().map(|spot| of(spot) as f64).collect();
        Column::numbers(numbers, NumberType::I64)
    };
    let columns = [
        ("in_tissue", Column::Bool(vec![true; placed.len()])),
        ("array_row", whole(&|spot| spot.row - low_row)),
        ("array_col", whole(&|spot| spot.column - low_column)),
    ];
    for (name, column) in columns {
        let column = slot(Value::Column(Arc::new(column)));
        data.obs.insert(name.to_owned(), column);
    }
    let middle = radius + MARGIN;
    let places = Array2::from_shape_fn((placed.len(), 2), |(spot, axis)| {
        let at = [placed[spot].x, placed[spot].y][axis];
        (middle + at) as f32
    });
    if let Some(slots) = data.slots_mut(Place::Obsm) {
        slots.insert("spatial".to_owned(), slot(Value::Dense(Arc::new(places))));
    }
    let record = Uns::map().with("demo", sample(radius, middle, seed));
    let record = Slot {
        value: Lazy::ready(Value::Uns(Arc::new(record))),
        rows: None,
        stamp: Stamp::original(),
    };
    data.uns.insert("spatial".to_owned(), record);
}

/// The image of the tissue and its factors, in the shape in which scanpy keeps them.
fn sample(radius: f64, middle: f64, seed: u64) -> Uns {
    let scale = WIDTH as f64 / (2.0 * middle);
    let mut draw = Stream::new(seed, OF_IMAGE);
    let mut image = Array3::<f32>::zeros((WIDTH, WIDTH, 3));
    for row in 0..WIDTH {
        for column in 0..WIDTH {
            let at = |pixel: usize| (pixel as f64 + 0.5) / scale - middle;
            let grain = draw.uniform();
            let ink = ink(at(column), at(row), radius, grain);
            for (channel, level) in ink.into_iter().enumerate() {
                // Levels of 8 bits, as a .png has them.
                image[(row, column, channel)] = (level * 255.0).round() as f32 / 255.0;
            }
        }
    }
    let factors = Uns::map()
        .with("spot_diameter_fullres", SPOT)
        .with("fiducial_diameter_fullres", 1.5 * SPOT)
        .with("tissue_hires_scalef", scale);
    Uns::map()
        .with(
            "images",
            Uns::map().with("hires", Uns::Array32(image.into_dyn())),
        )
        .with("scalefactors", factors)
        .with("metadata", Uns::map())
}

/// Pink tissue, darker in some layers, with dark nuclei; glass around it.
fn ink(x: f64, y: f64, radius: f64, grain: f64) -> [f64; 3] {
    if math::hypot(x, y) > radius + 0.7 * PITCH {
        return [0.95, 0.94, 0.95].map(|level| level - 0.02 * grain);
    }
    let layer = 0.5 + 0.5 * math::sin(9.0 * depth(x, y, radius));
    if grain < 0.03 + 0.09 * layer {
        return [0.52, 0.38, 0.62];
    }
    let dark = 0.12 * layer + 0.06 * grain;
    [0.92 - dark, 0.74 - 1.3 * dark, 0.84 - 0.7 * dark]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_one_pitch_apart() {
        for n in [1, 2, 100, 1000] {
            let grid = spots(n);
            assert_eq!(grid.len(), n);
            let apart = |a: &Spot, b: &Spot| math::hypot(a.x - b.x, a.y - b.y);
            for (at, spot) in grid.iter().enumerate().take(40) {
                let others = grid.iter().enumerate().filter(|(other, _)| *other != at);
                let nearest = others.map(|(_, other)| apart(spot, other));
                let nearest = nearest.fold(f64::INFINITY, f64::min);
                assert!(n == 1 || (nearest - PITCH).abs() < 1e-6, "{n}: {nearest}");
            }
        }
    }
}
