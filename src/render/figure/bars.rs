//! Bars for names, side by side or stacked, vertical or horizontal.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins, larger};
use super::legend::Entries;
use super::ruler::{Ruler, extent};
use super::scene::{Path, Rect, Scene};
use crate::data::figure::{Bars, Frame, Rgb};

/// Width of the bars of a label, as a share of its step.
const WIDTH: f64 = 0.78;

/// Width of the lines between parts of a stack, and the thickness from which parts have them.
const SEAM: f64 = 0.4;
const SEAMED: f64 = 2.5;
/// Thinnest part of a stack that is seen.
const THINNEST: f64 = 0.6;

pub struct BarsDrawing<'a> {
    bars: &'a Bars,
    range: (f64, f64),
    entries: Entries,
}

impl<'a> BarsDrawing<'a> {
    pub fn new(bars: &'a Bars) -> Self {
        let value = |series: &(_, _, Vec<f64>), i: usize| series.2.get(i).copied().unwrap_or(0.0);
        let values: Vec<f64> = if bars.stacked {
            (0..bars.labels.len())
                .map(|i| bars.series.iter().map(|series| value(series, i)).sum())
                .collect()
        } else {
            bars.series
                .iter()
                .flat_map(|series| series.2.clone())
                .collect()
        };
        let (low, high) = extent(&bars.scale, values, 0.04);
        // Bars grow from zero, so zero is seen.
        let range = match (bars.scale.range, bars.scale.log) {
            (None, false) => (
                low.min(0.0).min(if low > 0.0 { 0.0 } else { low }),
                high.max(0.0),
            ),
            _ => (low, high),
        };
        let entries = match bars.series.len() {
            0 | 1 => Vec::new(),
            _ => bars
                .series
                .iter()
                .map(|(name, color, _)| (name.clone(), *color))
                .collect(),
        };
        BarsDrawing {
            bars,
            range,
            entries: Entries::from(entries).titled(&bars.legend_title),
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Side, Side) {
        let names = || self.bars.labels.iter().map(String::as_str);
        let title = &self.bars.label_title;
        if self.bars.horizontal {
            let ruler = Ruler::new(&self.bars.scale, self.range, body.x, body.right());
            let left = Side::names_beside(names().rev(), body.height, title);
            (
                ruler,
                left,
                Side::numbers(&ruler, &self.bars.scale.label, false),
            )
        } else {
            let ruler = Ruler::new(&self.bars.scale, self.range, body.bottom(), body.y);
            let left = Side::numbers(&ruler, &self.bars.scale.label, true);
            (ruler, left, Side::names_below(names(), body.width, title))
        }
    }

    /// The series from the bottom: standing bars have the first on top, as it is in the legend.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.bars.series.len()).collect();
        if self.bars.stacked && !self.bars.horizontal {
            order.reverse();
        }
        order
    }

    /// Thickness of a part of a stack.
    fn thickness(&self, part: &Rect) -> f64 {
        if self.bars.horizontal {
            part.width
        } else {
            part.height
        }
    }

    /// The parts of a bar, with white lines between those that are thick enough for it. Parts that are
    /// thinner than a line are drawn as thick as one, above their neighbors.
    fn draw_stack(&self, scene: &mut Scene, stack: &[(Rect, Rgb)]) {
        for (part, color) in stack {
            scene.fill(Path::rect(*part), *color);
        }
        for pair in stack.windows(2) {
            let [(before, _), (after, _)] = [pair[0], pair[1]];
            if self.thickness(&before).min(self.thickness(&after)) < SEAMED {
                continue;
            }
            let (from, to) = if self.bars.horizontal {
                ((after.x, after.y), (after.x, after.bottom()))
            } else {
                ((after.x, after.bottom()), (after.right(), after.bottom()))
            };
            scene.line(from, to, Rgb::WHITE, SEAM);
        }
        for (part, color) in stack
            .iter()
            .filter(|part| self.thickness(&part.0) < THINNEST)
        {
            let (x, y) = part.center();
            let thick = if self.bars.horizontal {
                Rect::new(x - THINNEST / 2.0, part.y, THINNEST, part.height)
            } else {
                Rect::new(part.x, y - THINNEST / 2.0, part.width, THINNEST)
            };
            scene.fill(Path::rect(thick), *color);
        }
    }

    /// A bar from one value to another, within its step from `from` to `to` (shares of the step).
    fn bar(
        &self,
        body: Rect,
        ruler: &Ruler,
        i: usize,
        (from, to): (f64, f64),
        ends: (f64, f64),
    ) -> Rect {
        let floor = |value: f64| {
            ruler.at(if ruler.log {
                value.max(ruler.low)
            } else {
                value
            })
        };
        let (a, b) = (floor(ends.0), floor(ends.1));
        let length = if self.bars.horizontal {
            body.height
        } else {
            body.width
        };
        let step = length / self.bars.labels.len() as f64;
        let start = (i as f64 + from) * step;
        if self.bars.horizontal {
            Rect::new(a.min(b), body.y + start, (a - b).abs(), (to - from) * step)
        } else {
            Rect::new(body.x + start, a.min(b), (to - from) * step, (a - b).abs())
        }
    }
}

impl Drawing for BarsDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        let side = if self.bars.stacked {
            1
        } else {
            self.bars.series.len().max(1)
        };
        let step = 8.0 + 14.0 * side as f64;
        let length = step * self.bars.labels.len().max(1) as f64;
        if self.bars.horizontal {
            (260.0, length.clamp(60.0, 1600.0))
        } else {
            (length.clamp(160.0, 1600.0), 210.0)
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
        let n = self.bars.series.len().max(1) as f64;
        for i in 0..self.bars.labels.len() {
            let (mut below, mut stack) = (0.0, Vec::new());
            for j in self.order() {
                let (_, color, values) = &self.bars.series[j];
                let value = values.get(i).copied().unwrap_or(0.0);
                if !value.is_finite() || value == 0.0 {
                    continue;
                }
                let (place, ends) = if self.bars.stacked {
                    (
                        ((1.0 - WIDTH) / 2.0, (1.0 + WIDTH) / 2.0),
                        (below, below + value),
                    )
                } else {
                    let start = (1.0 - WIDTH) / 2.0 + j as f64 * WIDTH / n;
                    ((start, start + WIDTH / n), (0.0, value))
                };
                below += value;
                let bar = self.bar(body, &ruler, i, place, ends);
                if self.bars.stacked {
                    stack.push((bar, *color));
                } else {
                    scene.fill(Path::rect(bar), *color);
                }
            }
            self.draw_stack(scene, &stack);
        }
        axes::draw(scene, body, Frame::Open, &left, &bottom);
        self.entries.draw(scene, body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::figure::scene::Item;

    #[test]
    fn small_parts_of_a_stack_are_seen() {
        let shares = [0.6, 0.0005, 0.004, 0.3955];
        let colors = [Rgb(1, 0, 0), Rgb(2, 0, 0), Rgb(3, 0, 0), Rgb(4, 0, 0)];
        let series = shares.iter().zip(colors);
        let series = series.map(|(&share, color)| (color.to_string(), color, vec![share]));
        for horizontal in [false, true] {
            let bars = Bars {
                labels: vec!["donor 1".to_owned()],
                series: series.clone().collect(),
                stacked: true,
                horizontal,
                scale: crate::data::figure::Scale::new("fraction").range(0.0, 1.0),
                ..Bars::default()
            };
            let drawing = BarsDrawing::new(&bars);
            let mut scene = Scene::new(300.0, 300.0);
            drawing.draw(&mut scene, Rect::new(20.0, 20.0, 200.0, 200.0));
            let seams = scene.items.iter().filter(|item| match item {
                Item::Shape { stroke, .. } => stroke.is_some_and(|it| it.color == Rgb::WHITE),
                _ => false,
            });
            assert_eq!(seams.count(), 0, "no line where it would cover a part");
            for color in colors {
                let filled = scene.items.iter().filter_map(|item| match item {
                    Item::Shape { path, fill, .. } if *fill == Some(color) => {
                        let corners = path.polylines()[0].clone();
                        let (a, b) = (corners[0], corners[2]);
                        Some((a.0 - b.0).abs().min((a.1 - b.1).abs()))
                    }
                    _ => None,
                });
                let thickest = filled.fold(0.0, f64::max);
                assert!(thickest >= THINNEST - 1e-9, "{color}: {thickest}");
            }
        }
    }
}
