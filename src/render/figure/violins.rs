//! Violins, one a group, with cells scattered over them.

use super::axes::{self, Side};
use super::density::{Density, density};
use super::layout::{Drawing, Margins, larger};
use super::legend::Entries;
use super::points::shuffled;
use super::ruler::{Ruler, extent};
use super::scene::{Cloud, Item, Path, Rect, Scene, Stroke};
use crate::data::figure::{Frame, Rgb, ViolinGroup, Violins};
use crate::math;

/// The widest violin, as a share of its step.
const WIDTH: f64 = 0.8;
/// Cells shown over a violin at most, a fixed choice, and the share of it that they may cover; more would
/// only be a black wall.
const MOST_CELLS: usize = 2_500;
const COVERED: f64 = 0.2;

/// A density of so few cells says nothing: they are drawn as points.
pub const TOO_FEW: usize = 3;
/// Radius of those points.
const FEW_RADIUS: f64 = 1.6;

/// Radius of cells over a violin of at most this many cells: the fewer, the larger.
const STRIPS: [(usize, f64); 4] = [(12, 1.4), (60, 1.1), (250, 0.8), (usize::MAX, 0.55)];

/// Gap between the halves of a violin, in points.
const SEAM: f64 = 0.6;

pub struct ViolinsDrawing<'a> {
    violins: &'a Violins,
    groups: Vec<ViolinGroup<'a>>,
    range: (f64, f64),
    entries: Entries,
}

/// Where a violin stands: its middle line, how far it may reach, and to which sides.
#[derive(Clone, Copy)]
struct Stand {
    x: f64,
    half: f64,
    left: bool,
    right: bool,
}

impl<'a> ViolinsDrawing<'a> {
    pub fn new(violins: &'a Violins) -> Self {
        let groups = violins.by_group();
        let all = groups.iter().flat_map(|group| &group.violins);
        let all = all.flat_map(|(_, values)| values.iter().map(|&v| f64::from(v)));
        let range = extent(&violins.scale, all, 0.04);
        let entries = match &violins.split {
            Some(split) => {
                let named = split.levels.iter().zip(&split.colors);
                named
                    .map(|(name, &color)| (name.to_owned(), color))
                    .collect()
            }
            None => Vec::new(),
        };
        ViolinsDrawing {
            violins,
            groups,
            range,
            entries: Entries::from(entries).titled(&violins.split_label),
        }
    }

    /// Violins side by side in each group.
    fn abreast(&self) -> usize {
        match self.conditions() {
            2 => 1,
            n => n,
        }
    }

    fn conditions(&self) -> usize {
        let split = self.violins.split.as_ref();
        split.map_or(1, |split| split.levels.len()).max(1)
    }

    fn stand(&self, body: Rect, group: usize, condition: usize) -> Stand {
        let step = body.width / self.groups.len().max(1) as f64;
        let middle = body.x + (group as f64 + 0.5) * step;
        let (half, n) = (step * WIDTH / 2.0, self.abreast() as f64);
        if self.conditions() == 2 {
            let (left, right) = (condition == 0, condition == 1);
            let x = middle + if left { -SEAM } else { SEAM } / 2.0;
            return Stand {
                x,
                half,
                left,
                right,
            };
        }
        Stand {
            x: middle - half + (condition as f64 + 0.5) * 2.0 * half / n,
            half: half / n * if n > 1.0 { 0.92 } else { 1.0 },
            left: true,
            right: true,
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Side, Side) {
        let ruler = Ruler::new(&self.violins.scale, self.range, body.bottom(), body.y);
        let left = Side::numbers(&ruler, &self.violins.scale.label, true);
        let names = self.groups.iter().map(|group| group.name);
        let mut bottom = Side::names_below(names, body.width, &self.violins.group_label);
        if self.violins.groups.is_none() {
            bottom.marks.clear();
        }
        (ruler, left, bottom)
    }

    /// A violin's outline around a middle line; a logarithmic axis gets its density there.
    fn outline(&self, ruler: &Ruler, values: &[f32], stand: Stand) -> Option<Path> {
        let reach = |asked: bool| if asked { stand.half } else { 0.0 };
        let (x, left, right) = (stand.x, reach(stand.left), reach(stand.right));
        let density = self.density(ruler, values)?;
        let points: Vec<(f64, f64)> = (0..density.heights.len())
            .map(|step| {
                let y = ruler.at(self.back(ruler, density.value(step)));
                (density.heights[step], y)
            })
            .collect();
        if points.len() == 1 {
            return Some(Path::line(
                (x - left, points[0].1),
                (x + right, points[0].1),
            ));
        }
        let there = points.iter().map(|(share, y)| (x + share * right, *y));
        let back = points.iter().rev().map(|(share, y)| (x - share * left, *y));
        Some(Path::polygon(there.chain(back)))
    }

    /// Too few cells for a violin, one beside the other in the middle of where it would be.
    fn few(&self, ruler: &Ruler, values: &[f32], stand: Stand, color: Rgb) -> Vec<(f32, f32, Rgb)> {
        let middle = match (stand.left, stand.right) {
            (true, true) => stand.x,
            (true, false) => stand.x - stand.half / 3.0,
            _ => stand.x + stand.half / 3.0,
        };
        let apart = 2.2 * FEW_RADIUS;
        let first = middle - apart * (values.len() as f64 - 1.0) / 2.0;
        let point = |(i, value): (usize, &f32)| {
            let x = (first + apart * i as f64) as f32;
            (x, ruler.at(f64::from(*value)) as f32, color)
        };
        let points = values.iter().enumerate().map(point);
        points.filter(|(_, y, _)| y.is_finite()).collect()
    }

    fn density(&self, ruler: &Ruler, values: &[f32]) -> Option<Density> {
        let log = ruler.log;
        let placed = move |&v: &f32| {
            if log {
                math::log10(f64::from(v)) as f32
            } else {
                v
            }
        };
        density(values.iter().map(placed))
    }

    fn back(&self, ruler: &Ruler, value: f64) -> f64 {
        if ruler.log {
            math::powf(10f64, value)
        } else {
            value
        }
    }

    /// Cells side by side within the violin, each at its value.
    fn strip(&self, ruler: &Ruler, values: &[f32], stand: Stand) -> Vec<(f32, f32, Rgb)> {
        let Some(density) = self.density(ruler, values) else {
            return Vec::new();
        };
        let chosen = shuffled(values.len());
        let sides = f64::from(u8::from(stand.left) + u8::from(stand.right));
        let height = (ruler.start - ruler.end).abs();
        let most = most_cells(&density, height, stand.half * sides);
        let height_at = |cell: u32| {
            let value = f64::from(values[cell as usize]);
            density.at(if ruler.log { math::log10(value) } else { value })
        };
        // Where a violin is only a line, it shows single cells, and readers look for them.
        let (first, rest) = chosen.split_at(most.min(chosen.len()));
        let alone = rest
            .iter()
            .filter(|&&cell| height_at(cell) < LINE)
            .take(most);
        first
            .iter()
            .chain(alone)
            .enumerate()
            .map(|(i, &cell)| {
                let value = f64::from(values[cell as usize]);
                let height = height_at(cell);
                // The golden ratio spreads any number of points evenly.
                let even = (i as f64 * 0.618_033_988_749_895).fract();
                let spread = match (stand.left, stand.right) {
                    (true, true) => even * 2.0 - 1.0,
                    (true, false) => -even,
                    _ => even,
                };
                let dx = spread * stand.half * 0.92 * height.max(0.12);
                let (x, y) = ((stand.x + dx) as f32, ruler.at(value) as f32);
                (x, y, Rgb(40, 40, 40))
            })
            .filter(|(_, y, _)| y.is_finite())
            .collect()
    }
}

/// How many cells of the smallest size a violin has room for, in a drawing of that height and where it is
/// that wide.
fn most_cells(density: &Density, height: f64, width: f64) -> usize {
    let mean = density.heights.iter().sum::<f64>() / density.heights.len().max(1) as f64;
    let (_, radius) = STRIPS[STRIPS.len() - 1];
    let cell = std::f64::consts::PI * radius * radius;
    let most = COVERED * width * mean * height / cell;
    (most as usize).clamp(FEWEST, MOST_CELLS)
}

/// Where a violin is narrower than this share of its width, all its cells are shown.
const LINE: f64 = 0.04;

/// Up to this many cells are always shown.
const FEWEST: usize = 60;

impl Drawing for ViolinsDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        match self.groups.len() * self.abreast() {
            0 | 1 => (170.0, 230.0),
            // Many violins are closer.
            n => {
                let (first, more) = (n.min(16) as f64, n.saturating_sub(16) as f64);
                ((38.0 * first + 24.0 * more).clamp(190.0, 1800.0), 230.0)
            }
        }
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        larger(
            axes::margins(&left, &bottom, body),
            self.entries.margins(body.1),
        )
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (ruler, left, bottom) = self.sides(body);
        let (mut cells, mut few) = (STRIPS.map(|_| Vec::new()), Vec::new());
        for (i, group) in self.groups.iter().enumerate() {
            for (j, (color, values)) in group.violins.iter().enumerate() {
                let stand = self.stand(body, i, j);
                if values.len() <= TOO_FEW {
                    few.extend(self.few(&ruler, values, stand, *color));
                    continue;
                }
                if let Some(outline) = self.outline(&ruler, values, stand) {
                    let line = Stroke::new(color.mix(Rgb::BLACK, 0.55), 0.9);
                    scene.shape(outline, Some(*color), Some(line));
                }
                if self.violins.strip {
                    let strip = STRIPS.iter().position(|(most, _)| values.len() <= *most);
                    cells[strip.unwrap_or(0)].extend(self.strip(&ruler, values, stand));
                }
            }
        }
        for ((_, radius), points) in STRIPS.into_iter().zip(cells) {
            scene.items.push(Item::Cloud(Cloud {
                clip: body,
                points,
                radius,
            }));
        }
        scene.items.push(Item::Cloud(Cloud {
            clip: body,
            points: few,
            radius: FEW_RADIUS,
        }));
        let frame = match self.violins.frame {
            Frame::Hidden => Frame::Open,
            frame => frame,
        };
        axes::draw(scene, body, frame, &left, &bottom);
        self.entries.draw(scene, body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Groups;
    use std::sync::Arc;

    /// Radius and number of the points over violins with these numbers of cells.
    fn clouds(sizes: &[usize]) -> Vec<(f64, usize)> {
        let codes: Vec<i32> = sizes
            .iter()
            .enumerate()
            .flat_map(|(level, &n)| std::iter::repeat_n(level as i32, n))
            .collect();
        let values: Vec<f32> = (0..codes.len()).map(|i| (i * 37 % 101) as f32).collect();
        let levels = (0..sizes.len()).map(|i| i.to_string()).collect();
        let groups = Groups::new(Arc::new(codes), Arc::new(levels));
        let violins = Violins::new("y", Arc::new(values), groups);
        let drawing = ViolinsDrawing::new(&violins);
        let (width, height) = drawing.body();
        let mut scene = Scene::new(width + 100.0, height + 100.0);
        drawing.draw(&mut scene, Rect::new(50.0, 10.0, width, height));
        let clouds = scene.items.iter().filter_map(|item| match item {
            Item::Cloud(cloud) if !cloud.points.is_empty() => {
                Some((cloud.radius, cloud.points.len()))
            }
            _ => None,
        });
        clouds.collect()
    }

    #[test]
    fn cells_of_small_groups_are_larger_and_large_groups_stay_in_sight() {
        let few = clouds(&[3, 5, 40]);
        assert_eq!(few, [(1.4, 5), (1.1, 40), (FEW_RADIUS, 3)]);
        let many = clouds(&[20_000; 45]);
        let (radius, n) = many[0];
        assert_eq!(radius, 0.55);
        assert!(n / 45 < MOST_CELLS / 2 && n / 45 >= FEWEST, "{n}");
    }

    #[test]
    fn single_cells_far_from_the_others_are_shown() {
        let mut values: Vec<f32> = (0..9_000).map(|i| (i * 37 % 101) as f32 / 10.0).collect();
        values.extend([60.0, 75.0, 90.0]);
        let groups = Groups::new(
            Arc::new(vec![0; values.len()]),
            Arc::new(["a"].iter().collect()),
        );
        let violins = Violins::new("y", Arc::new(values), groups);
        let drawing = ViolinsDrawing::new(&violins);
        let mut scene = Scene::new(270.0, 250.0);
        drawing.draw(&mut scene, Rect::new(50.0, 10.0, 170.0, 230.0));
        let points = scene.items.iter().filter_map(|item| match item {
            Item::Cloud(cloud) => Some(&cloud.points),
            _ => None,
        });
        let points: Vec<_> = points.flatten().collect();
        // Three quarters of the range are left to three cells.
        assert_eq!(points.iter().filter(|(_, y, _)| *y < 150.0).count(), 3);
        assert!(points.len() < MOST_CELLS);
    }
}
