//! Violins, one a group, with cells scattered over them.

use super::axes::{self, Side};
use super::density::{Density, density};
use super::layout::{Drawing, Margins};
use super::points::shuffled;
use super::ruler::{Ruler, extent};
use super::scene::{Cloud, Item, Path, Rect, Scene, Stroke};
use crate::data::figure::{Frame, Rgb, Violins};
use crate::math;

/// The widest violin, as a share of its step.
const WIDTH: f64 = 0.8;
/// Cells shown over a violin at most, a fixed choice; more would only be a black wall.
const MOST_CELLS: usize = 2_500;

/// The values of one group.
struct Group<'a> {
    name: &'a str,
    color: Rgb,
    values: Vec<f32>,
}

pub struct ViolinsDrawing<'a> {
    violins: &'a Violins,
    groups: Vec<Group<'a>>,
    range: (f64, f64),
}

impl<'a> ViolinsDrawing<'a> {
    pub fn new(violins: &'a Violins) -> Self {
        let named = violins.by_group().into_iter();
        let groups: Vec<Group> = named
            .map(|(name, color, values)| Group {
                name,
                color,
                values,
            })
            .collect();
        let all = groups
            .iter()
            .flat_map(|group| group.values.iter().map(|&v| f64::from(v)));
        let range = extent(&violins.scale, all, 0.04);
        ViolinsDrawing {
            violins,
            groups,
            range,
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Side, Side) {
        let ruler = Ruler::new(&self.violins.scale, self.range, body.bottom(), body.y);
        let left = Side::numbers(&ruler, &self.violins.scale.label, true);
        let names = self.groups.iter().map(|group| group.name);
        let mut bottom = Side::names(names, body.width, &self.violins.group_label);
        if self.violins.groups.is_none() {
            bottom.marks.clear();
        }
        (ruler, left, bottom)
    }

    /// A violin's outline around a middle line; a logarithmic axis gets its density there.
    fn outline(&self, ruler: &Ruler, values: &[f32], x: f64, half: f64) -> Option<Path> {
        let density = self.density(ruler, values)?;
        let points: Vec<(f64, f64)> = (0..density.heights.len())
            .map(|step| {
                let y = ruler.at(self.back(ruler, density.value(step)));
                (density.heights[step] * half, y)
            })
            .collect();
        if points.len() == 1 {
            return Some(Path::line((x - half, points[0].1), (x + half, points[0].1)));
        }
        let right = points.iter().map(|(dx, y)| (x + dx, *y));
        let left = points.iter().rev().map(|(dx, y)| (x - dx, *y));
        Some(Path::polygon(right.chain(left)))
    }

    fn density(&self, ruler: &Ruler, values: &[f32]) -> Option<Density> {
        let log = ruler.log;
        let placed = move |&v: &f32| match log {
            true => math::log10(f64::from(v)) as f32,
            false => v,
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

    /// Cells beside each other within the violin, each at its value.
    fn strip(&self, ruler: &Ruler, values: &[f32], x: f64, half: f64) -> Vec<(f32, f32, Rgb)> {
        let Some(density) = self.density(ruler, values) else {
            return Vec::new();
        };
        let chosen = shuffled(values.len());
        chosen
            .iter()
            .take(MOST_CELLS)
            .enumerate()
            .map(|(i, &cell)| {
                let value = f64::from(values[cell as usize]);
                let height = density.at(if ruler.log { math::log10(value) } else { value });
                // The golden ratio spreads any number of points evenly.
                let spread = (i as f64 * 0.618_033_988_749_895).fract() * 2.0 - 1.0;
                let dx = spread * half * 0.92 * height.max(0.12);
                ((x + dx) as f32, ruler.at(value) as f32, Rgb(40, 40, 40))
            })
            .filter(|(_, y, _)| y.is_finite())
            .collect()
    }
}

impl Drawing for ViolinsDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        match self.groups.len() {
            0 | 1 => (170.0, 230.0),
            // Many violins stand closer.
            n => {
                let (first, more) = (n.min(16) as f64, n.saturating_sub(16) as f64);
                ((38.0 * first + 24.0 * more).clamp(190.0, 1800.0), 230.0)
            }
        }
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        axes::margins(&left, &bottom, body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (ruler, left, bottom) = self.sides(body);
        let step = body.width / self.groups.len().max(1) as f64;
        let half = step * WIDTH / 2.0;
        let mut cells = Vec::new();
        for (i, group) in self.groups.iter().enumerate() {
            let x = body.x + (i as f64 + 0.5) * step;
            if let Some(outline) = self.outline(&ruler, &group.values, x, half) {
                let line = Stroke::new(group.color.mix(Rgb::BLACK, 0.55), 0.9);
                scene.shape(outline, Some(group.color), Some(line));
            }
            if self.violins.strip {
                cells.extend(self.strip(&ruler, &group.values, x, half));
            }
        }
        scene.items.push(Item::Cloud(Cloud {
            clip: body,
            points: cells,
            radius: 0.55,
        }));
        let frame = match self.violins.frame {
            Frame::Hidden => Frame::Open,
            frame => frame,
        };
        axes::draw(scene, body, frame, &left, &bottom);
    }
}
