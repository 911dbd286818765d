//! Embeddings and scatter plots: every cell a point, none hidden by the order of the file.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins, larger};
use super::legend::{ColorBar, Entries};
use super::ruler::{Ruler, extent};
use super::scene::{Cloud, Item, Rect, Scene, Threads};
use super::{callouts, labels, slide};
use crate::data::figure::{Color, ColorScale, Groups, Legend, Points, Rgb, Sort};

/// A square looks best for embeddings; a little wider for measurements.
const BODY: (f64, f64) = (270.0, 252.0);

/// Points to be drawn, with scale and colors settled.
pub struct PointsDrawing<'a> {
    points: &'a Points,
    scale: Option<ColorScale>,
    entries: Entries,
    x: (f64, f64),
    y: (f64, f64),
}

impl<'a> PointsDrawing<'a> {
    pub fn new(points: &'a Points) -> Self {
        let scale = match &points.color {
            Color::Values(values, scale) => {
                Some(scale.fitted(values.iter().map(|&value| f64::from(value))))
            }
            _ => None,
        };
        let [x, y] = seen(points, 0.05);
        PointsDrawing {
            points,
            scale,
            entries: entries(points),
            x,
            y,
        }
    }

    fn sides(&self, body: Rect) -> (Ruler, Ruler, Side, Side) {
        let x = Ruler::new(&self.points.x_scale, self.x, body.x, body.right());
        let y = Ruler::new(&self.points.y_scale, self.y, body.bottom(), body.y);
        let side = |scale: &crate::data::figure::Scale, ruler: &Ruler, vertical| match (
            self.points.frame,
            scale.bare,
        ) {
            (crate::data::figure::Frame::Hidden, _) => Side::default(),
            (_, true) => Side::bare(&scale.label),
            (_, false) => Side::numbers(ruler, &scale.label, vertical),
        };
        let left = side(&self.points.y_scale, &y, true);
        let bottom = side(&self.points.x_scale, &x, false);
        (x, y, left, bottom)
    }
}

/// Values from left to right and from bottom to top: all with a margin, a share of their range; on a
/// slide y goes down.
pub fn seen(points: &Points, margin: f64) -> [(f64, f64); 2] {
    if let Some(slide) = &points.slide {
        let [x, (top, bottom)] = slide.seen(&points.x, &points.y);
        return [x, (bottom, top)];
    }
    let wide = |values: &[f32], scale| extent(scale, values.iter().map(|&v| f64::from(v)), margin);
    [
        wide(&points.x, &points.x_scale),
        wide(&points.y, &points.y_scale),
    ]
}

/// Radius in points: scanpy's area of 120,000 / n square points for its half-size marker.
/// In a smaller body they are smaller, too, unless a size was asked for.
fn radius(points: &Points, body: Rect) -> f64 {
    let share = (body.width * body.height / (BODY.0 * BODY.1)).min(1.0);
    let by_number = 120_000.0 / points.x.len().max(1) as f64 * share;
    let area = points.size.unwrap_or(by_number);
    (0.25 * area.sqrt()).clamp(0.35, 6.0)
}

fn entries(points: &Points) -> Entries {
    let Color::Groups(groups) = &points.color else {
        return Entries::default();
    };
    let name = |(at, level): (usize, usize)| {
        let name = groups.levels.get(level);
        let name = match points.legend {
            Legend::OnData => format!("{}   {name}", at + 1),
            _ => name.to_owned(),
        };
        (name, groups.colors[level])
    };
    if points.legend == Legend::Hidden {
        return Entries::default();
    }
    let levels = named_levels(points, groups).enumerate();
    let mut list: Vec<(String, Rgb)> = levels.map(name).collect();
    if points.highlight.is_empty() && (0..groups.codes.len()).any(|i| groups.level(i).is_none()) {
        list.push(("NA".to_owned(), points.missing));
    }
    list.into()
}

/// The levels that have cells and are drawn in their colors.
fn named_levels(points: &Points, groups: &Groups) -> impl Iterator<Item = usize> {
    let used = groups.used().into_iter().enumerate();
    used.filter(move |(level, used)| *used && shown(points, *level))
        .map(|(level, _)| level)
}

/// Whether a level is drawn in its color.
pub fn shown(points: &Points, level: usize) -> bool {
    points.highlight.is_empty() || points.highlight.contains(&level)
}

impl Drawing for PointsDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        match &self.points.slide {
            Some(_) => slide::like(self.x, self.y, BODY),
            None => BODY,
        }
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (_, _, left, bottom) = self.sides(Rect::new(0.0, 0.0, body.0, body.1));
        let entries = self.entries(body);
        let legend = match &self.scale {
            Some(scale) if self.points.bar => ColorBar(scale).width(body.1),
            Some(_) => 0.0,
            None => entries.width(body.1),
        };
        let around = Margins {
            right: legend,
            bottom: entries.overhang(body.1),
            ..Margins::default()
        };
        larger(axes::margins(&left, &bottom, body), around)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let body = match &self.points.slide {
            Some(_) => slide::within(self.x, self.y, body),
            None => body,
        };
        let (x, y, left, bottom) = self.sides(body);
        let spots = self.points.slide.as_deref();
        if let Some(image) = spots.and_then(|slide| slide.image.as_ref()) {
            slide::draw(scene, image, (&x, &y));
        }
        if let Some(edges) = &self.points.edges {
            draw_edges(scene, body, self.points, edges, (&x, &y));
        }
        let place = |i: u32| {
            let (at_x, at_y) = (self.points.x[i as usize], self.points.y[i as usize]);
            (x.at(f64::from(at_x)) as f32, y.at(f64::from(at_y)) as f32)
        };
        let drawn = order(self.points)
            .into_iter()
            .map(|i| {
                let (at_x, at_y) = place(i);
                (at_x, at_y, self.color(i as usize))
            })
            .filter(|(x, y, _)| x.is_finite() && y.is_finite())
            .collect();
        scene.items.push(Item::Cloud(Cloud {
            clip: body,
            points: drawn,
            radius: slide::radius(spots, &x).unwrap_or_else(|| radius(self.points, body)),
        }));
        axes::draw(scene, body, self.points.frame, &left, &bottom);
        match &self.scale {
            Some(scale) if self.points.bar => ColorBar(scale).draw(scene, body),
            Some(_) => {}
            None => self.entries((body.width, body.height)).draw(scene, body),
        }
        if let (Color::Groups(groups), Legend::OnData) = (&self.points.color, self.points.legend) {
            self.draw_names(scene, body, groups, (&x, &y));
        }
    }
}

impl PointsDrawing<'_> {
    /// The legend beside a body of that size: also that of numbers that stand for names.
    fn entries(&self, body: (f64, f64)) -> Entries {
        if self.points.legend == Legend::OnData && !self.numbered(body) {
            return Entries::default();
        }
        self.entries.clone()
    }

    /// Whether numbers are over the groups, since their names would cover them.
    fn numbered(&self, body: (f64, f64)) -> bool {
        let Color::Groups(groups) = &self.points.color else {
            return false;
        };
        let used = named_levels(self.points, groups);
        self.points.legend == Legend::OnData
            && labels::too_many(
                used.map(|level| groups.levels.get(level)),
                body,
                labels::TOO_MUCH,
            )
    }

    /// The name of each group, or its number in the legend, over its cells.
    fn draw_names(&self, scene: &mut Scene, body: Rect, groups: &Groups, (x, y): (&Ruler, &Ruler)) {
        let numbered = self.numbered((body.width, body.height));
        let name = |at: usize, level: usize| {
            if numbered {
                (at + 1).to_string()
            } else {
                groups.levels.get(level).to_owned()
            }
        };
        let levels: Vec<usize> = named_levels(self.points, groups).collect();
        let places = medians(self.points, groups);
        let named = places.iter().filter_map(|&(level, at_x, at_y)| {
            let at = levels.iter().position(|named| *named == level)?;
            Some((level, (name(at, level), x.at(at_x), y.at(at_y))))
        });
        let (own, named): (Vec<usize>, Vec<(String, f64, f64)>) = named.unzip();
        let named: Vec<(&str, f64, f64)> = named
            .iter()
            .map(|(name, x, y)| (name.as_str(), *x, *y))
            .collect();
        let cells = (0..self.points.x.len()).filter(|&cell| self.points.is_in_part(cell));
        let cells = cells.filter_map(|cell| {
            let level = groups
                .level(cell)
                .filter(|level| shown(self.points, *level))?;
            let level = own.iter().position(|own| *own == level)?;
            let (at_x, at_y) = (self.points.x[cell], self.points.y[cell]);
            let place = (x.at(f64::from(at_x)), y.at(f64::from(at_y)));
            (place.0.is_finite() && place.1.is_finite()).then_some((place.0, place.1, level))
        });
        callouts::draw_over(scene, body, &named, &cells.collect::<Vec<_>>());
    }

    fn color(&self, i: usize) -> Rgb {
        if !self.points.is_in_part(i) {
            return self.points.missing;
        }
        match (&self.points.color, &self.scale) {
            (Color::Same(color), _) => *color,
            (Color::Values(values, _), Some(scale)) if !values[i].is_nan() => {
                scale.color(f64::from(values[i]))
            }
            (Color::Groups(groups), _) => match groups.level(i) {
                Some(level) if shown(self.points, level) => groups.colors[level],
                _ => self.points.missing,
            },
            _ => self.points.missing,
        }
    }
}

/// The order of drawing: grey points first, then a fixed shuffle, or from low to high values.
pub fn order(points: &Points) -> Vec<u32> {
    let mut order = shuffled(points.x.len());
    match &points.color {
        Color::Same(_) => {}
        Color::Groups(groups) => {
            let front = |i: u32| {
                groups
                    .level(i as usize)
                    .is_some_and(|level| shown(points, level))
            };
            let (behind, before): (Vec<u32>, Vec<u32>) = order.iter().partition(|&&i| !front(i));
            order = behind;
            order.extend(before);
        }
        Color::Values(values, _) => {
            let value = |i: &u32| values[*i as usize];
            let by = |key: fn(f32) -> f32| {
                move |a: &u32, b: &u32| {
                    let (a, b) = (key(value(a)), key(value(b)));
                    b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(&b))
                }
            };
            match points.sort {
                Sort::Rising => order.sort_by(by(|value| value)),
                Sort::ByMagnitude => order.sort_by(by(f32::abs)),
                Sort::Shuffled => order.sort_by_key(|i| !value(i).is_nan()),
            }
        }
    }
    if points.part.is_some() {
        order.sort_by_key(|&i| points.is_in_part(i as usize));
    }
    order
}

/// The numbers below `n` in an order that is the same every time.
pub fn shuffled(n: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut state = 0x5ca_u64;
    for i in (1..n).rev() {
        // splitmix64 (Steele, Lea and Flood 2014); the bias of the remainder is negligible here.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        order.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
    }
    order
}

/// Level and median place of every group that has cells.
pub fn medians(points: &Points, groups: &Groups) -> Vec<(usize, f64, f64)> {
    let mut xs = vec![Vec::new(); groups.levels.len()];
    let mut ys = xs.clone();
    for i in 0..points.x.len() {
        if let Some(level) = groups.level(i)
            && points.is_in_part(i)
            && points.x[i].is_finite()
            && points.y[i].is_finite()
        {
            xs[level].push(points.x[i]);
            ys[level].push(points.y[i]);
        }
    }
    let median = |values: &mut Vec<f32>| {
        let middle = values.len() / 2;
        f64::from(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
    };
    (0..groups.levels.len())
        .filter(|&level| !xs[level].is_empty())
        .map(|level| (level, xs[level].len()))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(level, _)| (level, median(&mut xs[level]), median(&mut ys[level])))
        .collect()
}

fn draw_edges(
    scene: &mut Scene,
    body: Rect,
    points: &Points,
    edges: &[(u32, u32, f32)],
    (x, y): (&Ruler, &Ruler),
) {
    let place = |i: u32| {
        let (at_x, at_y) = (points.x.get(i as usize)?, points.y.get(i as usize)?);
        let place = (x.at(f64::from(*at_x)) as f32, y.at(f64::from(*at_y)) as f32);
        (place.0.is_finite() && place.1.is_finite()).then_some(place)
    };
    let lines = edges.iter().filter_map(|&(from, to, _)| {
        let (from, to) = (place(from)?, place(to)?);
        Some([from.0, from.1, to.0, to.1])
    });
    scene.items.push(Item::Threads(Threads {
        area: body,
        lines: lines.collect(),
        color: Rgb(170, 170, 170),
        width: 0.15,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Part;
    use std::sync::Arc;

    fn points(color: Color) -> Points {
        let x = Arc::new((0..6).map(|i| i as f32).collect::<Vec<_>>());
        Points::embedding("UMAP", Arc::clone(&x), x, color)
    }

    #[test]
    fn large_values_are_drawn_last_and_missing_ones_first() {
        let values = vec![3.0, f32::NAN, 1.0, 5.0, 2.0, 0.0];
        let mut points = points(Color::Values(Arc::new(values), ColorScale::default()));
        assert_eq!(order(&points), [1, 5, 2, 4, 0, 3]);
        points.sort = Sort::Shuffled;
        assert_eq!(order(&points)[0], 1);
    }

    #[test]
    fn values_far_from_zero_are_drawn_last_where_that_is_wanted() {
        let values = vec![-3.0, 0.5, 1.0, -0.1, f32::NAN, 2.0];
        let mut points = points(Color::Values(Arc::new(values), ColorScale::default()));
        points.sort = Sort::ByMagnitude;
        assert_eq!(order(&points), [4, 3, 1, 2, 5, 0]);
    }

    #[test]
    fn cells_of_other_conditions_lie_below_in_grey() {
        let levels = Arc::new(["a", "b"].into_iter().collect());
        let groups = Groups::new(Arc::new(vec![0, 0, 0, 1, 1, 1]), levels);
        let mut points = points(Color::Groups(groups));
        let codes = Arc::new(vec![0, 1, 0, 1, 0, 1]);
        points.part = Some(Part { codes, level: 1 });
        let drawn = order(&points);
        assert!(drawn[..3].iter().all(|i| i % 2 == 0));
        let drawing = PointsDrawing::new(&points);
        assert_eq!(drawing.color(0), Rgb::MISSING);
        assert_ne!(drawing.color(1), Rgb::MISSING);
        // The legend is that of all conditions.
        assert_eq!(entries(&points).list.len(), 2);
    }

    #[test]
    fn groups_without_cells_are_not_listed() {
        let levels = Arc::new(["a", "b", "c"].into_iter().collect());
        let points = points(Color::Groups(Groups::new(
            Arc::new(vec![0, 2, 0, 2, 0, 0]),
            levels,
        )));
        let listed: Vec<String> = entries(&points)
            .list
            .into_iter()
            .map(|entry| entry.name)
            .collect();
        assert_eq!(listed, ["a", "c"]);
    }

    #[test]
    fn numbers_stand_for_names_that_would_cover_the_cells() {
        let groups = |name: &str| {
            let levels = (0..50).map(|i| format!("{name} {i}")).collect();
            Groups::new(
                Arc::new((0..200).map(|i| i % 50).collect()),
                Arc::new(levels),
            )
        };
        let at = |by: usize| Arc::new((0..200).map(|i| (i * by % 199) as f32).collect::<Vec<_>>());
        for (name, numbered) in [("c", false), ("oligodendrocyte precursor cell", true)] {
            let color = Color::Groups(groups(name));
            let mut points = Points::embedding("UMAP", at(7), at(31), color);
            points.legend = Legend::OnData;
            let drawing = PointsDrawing::new(&points);
            let listed = drawing.entries(BODY).list;
            let first = listed.first();
            let first = first.map(|entry| entry.name.replace('\n', " "));
            let expected = numbered.then(|| format!("1   {name} 0"));
            assert_eq!(first, expected, "{name}");
        }
    }

    #[test]
    fn groups_are_mixed_and_others_lie_below() {
        let levels = Arc::new(["a", "b"].into_iter().collect());
        let groups = Groups::new(Arc::new(vec![0, 1, 0, 1, -1, 0]), levels);
        let mut points = points(Color::Groups(groups.clone()));
        assert_eq!(order(&points)[0], 4);
        assert_eq!(entries(&points).list.len(), 3);
        points.highlight = vec![1];
        let drawn = order(&points);
        assert!(drawn[4..].contains(&1) && drawn[4..].contains(&3));
        assert_eq!(entries(&points).list.len(), 1);
        assert_eq!(medians(&points, &groups), [(0, 2.0, 2.0), (1, 3.0, 3.0)]);
    }

    #[test]
    fn shuffles_hold_everything_once() {
        let mut order = shuffled(1000);
        assert_eq!(order, shuffled(1000));
        assert_ne!(order[..5], [0, 1, 2, 3, 4]);
        order.sort_unstable();
        assert!(order.iter().enumerate().all(|(i, &at)| i as u32 == at));
        assert!(shuffled(0).is_empty());
    }
}
