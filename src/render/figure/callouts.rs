//! Names of points, each where it covers the fewest points and no other name, as near to its own as that allows:
//! candidates around the point are compared (Christensen, Marks and Shieber 1995).

use super::labels::{self, Style, kept, shifted, write};
use super::scene::{Rect, Scene};
use super::text;

/// A name that is farther from its point than this gets a line to it.
const NEAR: f64 = 6.0;
/// Between a point and the line from its name.
const GAP: f64 = 3.5;

/// Distances from a point at which its name may be.
const DISTANCES: [f64; 8] = [3.5, 7.0, 12.0, 18.0, 25.0, 33.0, 42.0, 52.0];
/// Directions in which it may: 1 along x is away from the middle. Those that read best come first.
const DIRECTIONS: [(f64, f64); 10] = [
    (1.0, 0.0),
    (1.0, -0.5),
    (1.0, 0.5),
    (1.0, -1.0),
    (1.0, 1.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (-1.0, 0.0),
    (-1.0, -1.0),
    (-1.0, 1.0),
];

/// What a point that is covered costs, a name that is, and a step of the list of directions; a point of
/// distance costs 1.
const POINT: f64 = 20.0;
const NAME: f64 = 10_000.0;
/// What it costs if the line of a name runs through another one.
const CROSSED: f64 = 200.0;
const DIRECTION: f64 = 1.5;
/// Room around a name.
const MARGIN: f64 = 1.5;

/// Rounds in which every name may move again.
const ROUNDS: usize = 3;

/// Draws the names of points, the most important first, beside all `points`.
pub fn draw(
    scene: &mut Scene,
    body: Rect,
    names: &[(&str, f64, f64)],
    points: &[(f64, f64)],
    (middle, style): (f64, Style),
) {
    let start = |(name, x, y): &(&str, f64, f64)| {
        let rect = text::bounds(name, style.size, style.bold, *x, *y);
        (*x, *y, rect)
    };
    let starts: Vec<(f64, f64, Rect)> = names.iter().map(start).collect();
    let all = points.iter().map(|&(x, y)| (x, y, POINT));
    let crowd = Crowd::new(body, all);
    let boxes = placed(body, &starts, &crowd, (middle, None));
    let boxes = apart(body, boxes);
    let lines = names.iter().map(|&(name, x, y)| (name.to_owned(), x, y));
    write(scene, lines.collect(), &boxes, style, (NEAR, GAP));
}

/// What it costs to cover all points of a group. A name may be upon a group that is larger than it,
/// and is next to one that is smaller.
const GROUP: f64 = 50.0;

/// How much of that is free where a name is in the middle of its own group: a line over the cells
/// of a compact group is worse than a name.
const UPON: f64 = 20.0;

/// What it costs a name to stand upon cells of other groups alone: a reader would take them for its own.
const FOREIGN: f64 = 60.0;

/// The points of all groups, and those of the group that each name belongs to.
struct Owned {
    all: Crowd,
    groups: Vec<Vec<(f64, f64)>>,
}

impl Owned {
    fn new(body: Rect, points: &[(f64, f64, usize)], groups: usize) -> Self {
        let mut each = vec![Vec::new(); groups];
        for &(x, y, group) in points {
            if let Some(own) = each.get_mut(group) {
                own.push((x, y));
            }
        }
        Owned {
            all: Crowd::new(body, points.iter().map(|&(x, y, _)| (x, y, 1.0))),
            groups: each,
        }
    }

    /// The points of one group.
    fn of(&self, body: Rect, group: usize) -> Crowd {
        let own = self.groups.get(group).into_iter().flatten();
        Crowd::new(body, own.map(|&(x, y)| (x, y, 1.0)))
    }

    /// The share of the points in a box that belong to other groups.
    fn foreign(&self, own: &Crowd, rect: &Rect) -> f64 {
        let all = self.all.within(rect);
        if all < 1.0 {
            return 0.0;
        }
        1.0 - own.within(rect) / all
    }
}

/// Draws the names of groups, each given with the middle of its points, over `points`: places and the
/// positions of their groups among the names.
pub fn draw_over(
    scene: &mut Scene,
    body: Rect,
    names: &[(&str, f64, f64)],
    points: &[(f64, f64, usize)],
) {
    let (lines, style) = labels::broken(body, names, Style::default());
    let start = |(name, x, y): &(String, f64, f64)| {
        let rect = text::bounds(name, style.size, style.bold, *x, *y);
        (*x, *y, rect)
    };
    let starts: Vec<(f64, f64, Rect)> = lines.iter().map(start).collect();
    let most = points.iter().map(|&(.., group)| group + 1).max();
    let mut sizes = vec![0_u32; most.unwrap_or(0)];
    points.iter().for_each(|&(.., group)| sizes[group] += 1);
    let shares = points
        .iter()
        .map(|&(x, y, group)| (x, y, GROUP / f64::from(sizes[group])));
    let crowd = Crowd::new(body, shares);
    let owned = Owned::new(body, points, names.len());
    let boxes = placed(body, &starts, &crowd, (body.center().0, Some(&owned)));
    let boxes = apart(body, boxes);
    write(scene, lines, &boxes, style, (FAR, 0.0));
}

/// Where some names still meet, they are pushed apart, and cover points rather than each other.
fn apart(body: Rect, boxes: Vec<Rect>) -> Vec<Rect> {
    let others = |at: usize| &boxes[at + 1..];
    let mut each = boxes.iter().enumerate();
    if each.any(|(at, one)| others(at).iter().any(|other| meet(one, other))) {
        labels::spread(body, boxes, &[])
    } else {
        boxes
    }
}

/// The name of a group that is farther than this from its middle gets a line to it.
const FAR: f64 = 10.0;

/// Boxes of names, each of which is given as its point and its box around it. Those of points stand
/// beside them; those of groups, whose points are `owned`, may stand upon them.
fn placed(
    body: Rect,
    names: &[(f64, f64, Rect)],
    crowd: &Crowd,
    (middle, owned): (f64, Option<&Owned>),
) -> Vec<Rect> {
    let mut boxes: Vec<Option<Rect>> = vec![None; names.len()];
    for _ in 0..ROUNDS {
        for (at, &(x, y, start)) in names.iter().enumerate() {
            let others = boxes.iter().enumerate().filter(|(other, _)| *other != at);
            let others: Vec<Rect> = others.filter_map(|(_, it)| *it).collect();
            let outward = if x < middle { -1.0 } else { 1.0 };
            let upon = owned.map(|_| (start, -UPON));
            let own = owned.map(|owned| (owned, owned.of(body, at)));
            let best = upon
                .into_iter()
                .chain(candidates(start, outward))
                .map(|(rect, cost)| {
                    let inside = kept(body, rect);
                    let moved = (inside.x - rect.x).abs() + (inside.y - rect.y).abs();
                    (inside, cost + moved)
                })
                .map(|(rect, cost)| {
                    let names = others.iter().filter(|other| meet(&rect, other)).count();
                    let crossed = others.iter().filter(|other| crosses((x, y), &rect, other));
                    let foreign = own
                        .as_ref()
                        .map_or(0.0, |(all, own)| all.foreign(own, &rect));
                    let covered = crowd.within(&rect) + FOREIGN * foreign;
                    let (names, crossed) = (NAME * names as f64, CROSSED * crossed.count() as f64);
                    (rect, cost + covered + names + crossed)
                })
                .min_by(|a, b| a.1.total_cmp(&b.1));
            boxes[at] = best.map(|(rect, _)| rect);
        }
    }
    boxes.into_iter().flatten().collect()
}

/// Where a name may be, and what that costs by itself.
fn candidates(start: Rect, outward: f64) -> impl Iterator<Item = (Rect, f64)> {
    DISTANCES.iter().flat_map(move |&distance| {
        let directions = DIRECTIONS.iter().enumerate();
        directions.map(move |(rank, &(along, down))| {
            let (half_width, half_height) = (start.width / 2.0, start.height / 2.0);
            let reach = if along != 0.0 && down != 0.0 {
                0.7 * distance
            } else {
                distance
            };
            let dx = outward * along * (half_width + reach);
            let dy = down * (half_height + reach);
            (shifted(start, dx, dy), distance + DIRECTION * rank as f64)
        })
    })
}

/// Whether the line from a point to its name runs through another name.
fn crosses((x, y): (f64, f64), name: &Rect, other: &Rect) -> bool {
    let end_x = x.clamp(name.x, name.right());
    let end_y = y.clamp(name.y, name.bottom());
    (1..STEPS).any(|step| {
        let share = f64::from(step) / f64::from(STEPS);
        let (at_x, at_y) = (x + share * (end_x - x), y + share * (end_y - y));
        at_x > other.x && at_x < other.right() && at_y > other.y && at_y < other.bottom()
    })
}

/// Places of a line that are looked at.
const STEPS: u32 = 8;

fn meet(a: &Rect, b: &Rect) -> bool {
    let apart = |low: f64, high: f64| low >= high + MARGIN;
    !(apart(a.x, b.right())
        || apart(b.x, a.right())
        || apart(a.y, b.bottom())
        || apart(b.y, a.bottom()))
}

/// What the points left of and above each corner of a grid cost: those of any box are four numbers away.
struct Crowd {
    body: Rect,
    columns: usize,
    rows: usize,
    sums: Vec<f64>,
}

/// Width of a field of the grid.
const FIELD: f64 = 1.5;

impl Crowd {
    /// Of places and what it costs to cover each.
    fn new(body: Rect, points: impl Iterator<Item = (f64, f64, f64)>) -> Self {
        let columns = (body.width / FIELD).ceil().max(1.0) as usize;
        let rows = (body.height / FIELD).ceil().max(1.0) as usize;
        let mut sums = vec![0.0; (columns + 1) * (rows + 1)];
        for (x, y, cost) in points {
            let (column, row) = ((x - body.x) / FIELD, (y - body.y) / FIELD);
            if column >= 0.0 && row >= 0.0 && column < columns as f64 && row < rows as f64 {
                sums[(row as usize + 1) * (columns + 1) + column as usize + 1] += cost;
            }
        }
        for row in 1..=rows {
            let mut along = 0.0;
            for column in 1..=columns {
                along += sums[row * (columns + 1) + column];
                sums[row * (columns + 1) + column] =
                    along + sums[(row - 1) * (columns + 1) + column];
            }
        }
        Crowd {
            body,
            columns,
            rows,
            sums,
        }
    }

    /// What the points in a box with its margin cost.
    fn within(&self, rect: &Rect) -> f64 {
        let field = |at: f64, from: f64, most: usize, up: bool| {
            let fields = (at - from) / FIELD;
            let fields = if up { fields.ceil() } else { fields.floor() };
            fields.clamp(0.0, most as f64) as usize
        };
        let left = field(rect.x - MARGIN, self.body.x, self.columns, false);
        let right = field(rect.right() + MARGIN, self.body.x, self.columns, true);
        let top = field(rect.y - MARGIN, self.body.y, self.rows, false);
        let bottom = field(rect.bottom() + MARGIN, self.body.y, self.rows, true);
        let at = |row: usize, column: usize| self.sums[row * (self.columns + 1) + column];
        (at(bottom, right) + at(top, left) - at(top, right) - at(bottom, left)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math;
    use crate::render::figure::labels::INSET;
    use crate::render::figure::scene::Item;

    #[test]
    fn names_cover_neither_points_nor_each_other_where_there_is_room() {
        let body = Rect::new(0.0, 0.0, 300.0, 220.0);
        for step in [4.0, 8.0, 10.0, 12.0] {
            let points: Vec<(f64, f64)> = (0..12)
                .map(|i| (200.0 + 3.0 * f64::from(i % 3), 20.0 + step * f64::from(i)))
                .collect();
            let start = |&(x, y): &(f64, f64)| (x, y, Rect::new(x - 18.0, y - 6.0, 36.0, 12.0));
            let names: Vec<_> = points.iter().map(start).collect();
            let all = points.iter().map(|&(x, y)| (x, y, POINT));
            let boxes = placed(body, &names, &Crowd::new(body, all), (100.0, None));
            for (i, a) in boxes.iter().enumerate() {
                assert!(
                    boxes[i + 1..].iter().all(|b| !meet(a, b)),
                    "{step}: {boxes:?}"
                );
                let inside =
                    |&(x, y): &(f64, f64)| x > a.x && x < a.right() && y > a.y && y < a.bottom();
                assert!(step < 8.0 || !points.iter().any(inside), "{step}: {a:?}");
                assert!(a.x >= INSET && a.right() <= 300.0 - INSET);
            }
        }
    }

    #[test]
    fn a_name_stands_beside_its_point_on_the_outer_side() {
        let body = Rect::new(0.0, 0.0, 300.0, 220.0);
        let name = |x: f64| (x, 100.0, Rect::new(x - 20.0, 94.0, 40.0, 12.0));
        let nothing = Crowd::new(body, std::iter::empty());
        let boxes = placed(body, &[name(100.0), name(200.0)], &nothing, (150.0, None));
        assert!(boxes[0].right() < 100.0 && boxes[1].x > 200.0);
        assert!((boxes[0].center().1 - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_name_does_not_stand_upon_another_group() {
        let body = Rect::new(0.0, 0.0, 300.0, 220.0);
        // A small group in the corner of the body, a large one of which few cells are beside it.
        let small = (0..60).map(|i| (270.0 + f64::from(i % 8), 30.0 + f64::from(i / 8), 0));
        let large =
            (0..900).map(|i| (150.0 + f64::from(i % 90), 10.0 + 4.0 * f64::from(i / 90), 1));
        let points: Vec<(f64, f64, usize)> = small.chain(large).collect();
        let (x, y) = (274.0, 33.0);
        let name = (x, y, Rect::new(x - 15.0, y - 5.0, 30.0, 10.0));
        let crowd = Crowd::new(body, points.iter().map(|&(x, y, _)| (x, y, 0.05)));
        let owned = Owned::new(body, &points, 1);
        let own = owned.of(body, 0);
        let boxes = placed(body, &[name], &crowd, (150.0, Some(&owned)));
        assert!(owned.foreign(&own, &boxes[0]) < 0.5, "{boxes:?}");
    }

    #[test]
    fn names_of_groups_stand_upon_large_ones_and_beside_small_ones() {
        let body = Rect::new(0.0, 0.0, 300.0, 220.0);
        let disc = |x: f64, y: f64, radius: f64, group: usize| {
            (0..400).map(move |i| {
                let (turn, out) = (f64::from(i) * 2.4, (f64::from(i) / 400.0).sqrt() * radius);
                (x + out * math::cos(turn), y + out * math::sin(turn), group)
            })
        };
        let points: Vec<(f64, f64, usize)> = disc(90.0, 110.0, 45.0, 0)
            .chain(disc(220.0, 110.0, 4.0, 1))
            .collect();
        let names = [("B cells", 90.0, 110.0), ("Megakaryocytes", 220.0, 110.0)];
        let mut scene = Scene::new(300.0, 220.0);
        draw_over(&mut scene, body, &names, &points);
        let boxes = scene.items.iter().filter_map(|item| match item {
            Item::Text(label) => {
                let half = text::width(&label.text, label.size, label.bold) / 2.0;
                Some(Rect::new(label.x - half, label.y - 8.0, 2.0 * half, 8.0))
            }
            _ => None,
        });
        let boxes: Vec<Rect> = boxes.collect();
        let covered = |group: usize| {
            let own = points.iter().filter(|point| point.2 == group);
            let under = |(x, y, _): &&(f64, f64, usize)| {
                boxes
                    .iter()
                    .any(|it| *x > it.x && *x < it.right() && *y > it.y && *y < it.bottom())
            };
            own.filter(under).count()
        };
        assert!(boxes[0].x < 90.0 && boxes[0].right() > 90.0);
        assert_eq!(covered(1), 0, "{boxes:?}");
    }
}
