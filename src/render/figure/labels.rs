//! Names over a drawing, pushed apart where they would cover each other; long ones in several lines.

use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{self, Label};
use crate::data::figure::Rgb;
use crate::math;

/// How names look.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub size: f64,
    pub bold: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            size: 10.0,
            bold: true,
        }
    }
}

/// Room kept between two names.
const APART: f64 = 2.0;
/// A name that was moved farther than this gets a line to its place.
const FAR: f64 = 14.0;

/// A name takes this share of the body's width in one line.
pub const LINE_SHARE: f64 = 0.42;
/// Names that would cover more of the body than this get smaller.
const COVER: f64 = 0.15;
const SMALLEST: f64 = 5.0;
/// Between names and the frame.
pub const INSET: f64 = 3.0;

/// Draws names as near to their places as they fit, within the body and beside the `taken` places.
pub fn draw(
    scene: &mut Scene,
    body: Rect,
    names: &[(&str, f64, f64)],
    taken: &[Rect],
    style: Style,
) {
    let (lines, style) = broken(body, names, style);
    let starts: Vec<Rect> = lines
        .iter()
        .map(|(name, x, y)| text::bounds(name, style.size, style.bold, *x, *y))
        .collect();
    let boxes = spread(body, starts, taken);
    write(scene, lines, &boxes, style, (FAR, 0.0));
}

/// Names in their boxes, with lines to places that are farther than `far`; a line ends at a `gap` from
/// its place, and is below all names.
pub fn write(
    scene: &mut Scene,
    names: Vec<(String, f64, f64)>,
    boxes: &[Rect],
    style: Style,
    (far, gap): (f64, f64),
) {
    for ((_, x, y), rect) in names.iter().zip(boxes) {
        let nearest = (
            x.clamp(rect.x, rect.right()),
            y.clamp(rect.y, rect.bottom()),
        );
        let (dx, dy) = (nearest.0 - x, nearest.1 - y);
        let length = math::hypot(dx, dy);
        if length > far {
            let end = (x + dx * gap / length, y + dy * gap / length);
            let line = Path::line(end, nearest);
            scene.shape(line.clone(), None, Some(Stroke::new(Rgb::WHITE, 2.0)));
            scene.shape(line, None, Some(Stroke::new(Rgb(60, 60, 60), 0.7)));
        }
    }
    for ((name, ..), rect) in names.into_iter().zip(boxes) {
        let (at_x, at_y) = rect.center();
        let label = Label::new(name);
        let label = if style.bold { label.bold() } else { label };
        label
            .size(style.size)
            .halo()
            .middle()
            .centered_at(scene, at_x, at_y);
    }
}

/// Names in lines, in the largest letters in which they leave most of the body free.
pub fn broken(
    body: Rect,
    names: &[(&str, f64, f64)],
    mut style: Style,
) -> (Vec<(String, f64, f64)>, Style) {
    loop {
        let (size, bold) = (style.size, style.bold);
        let lines: Vec<(String, f64, f64)> = names
            .iter()
            .map(|&(name, x, y)| {
                let lines = text::wrapped(name, size, bold, LINE_SHARE * body.width);
                let lines = lines.split('\n');
                let room = body.width - 2.0 * INSET;
                let lines: Vec<String> = lines
                    .map(|line| text::cut(line, size, bold, room))
                    .collect();
                (lines.join("\n"), x, y)
            })
            .collect();
        let boxes = lines
            .iter()
            .map(|(name, x, y)| text::bounds(name, size, bold, *x, *y));
        let covered: f64 = boxes.map(|rect| rect.width * rect.height).sum();
        if covered <= COVER * body.width * body.height || size <= SMALLEST {
            return (lines, style);
        }
        style.size = (size - 1.0).max(SMALLEST);
    }
}

/// Letters that are smaller than this are hard to read.
const READABLE: f64 = 6.0;
/// More names than cover this share of a body of points in readable letters are too many.
pub const TOO_MUCH: f64 = 0.25;

/// Whether there are too many names, or too long ones, to be over a body of that size: whether they cover more
/// than `most` of it.
pub fn too_many<'a>(
    names: impl Iterator<Item = &'a str>,
    (width, height): (f64, f64),
    most: f64,
) -> bool {
    let covered = names.map(|name| {
        let lines = text::wrapped(name, READABLE, true, LINE_SHARE * width);
        let rect = text::bounds(&lines, READABLE, true, 0.0, 0.0);
        rect.width * rect.height
    });
    covered.sum::<f64>() > most * width * height
}

/// Boxes of the names after pushing. Where there is no room beside what is taken, names cover that
/// rather than each other.
pub fn spread(body: Rect, starts: Vec<Rect>, taken: &[Rect]) -> Vec<Rect> {
    let mut boxes: Vec<Rect> = starts.into_iter().map(|rect| kept(body, rect)).collect();
    if !push_apart(body, &mut boxes, taken) {
        push_apart(body, &mut boxes, &[]);
    }
    boxes
}

/// Moves pairs that meet apart, along the way that is shorter, until none do or the patience ends; says
/// whether none do. What is taken does not move.
fn push_apart(body: Rect, boxes: &mut [Rect], taken: &[Rect]) -> bool {
    for _ in 0..300 {
        let mut moved = false;
        for i in 0..boxes.len() {
            for j in i + 1..boxes.len() {
                if let Some((dx, dy)) = push(&boxes[i], &boxes[j]) {
                    moved = true;
                    boxes[i] = kept(body, shifted(boxes[i], -dx / 2.0, -dy / 2.0));
                    boxes[j] = kept(body, shifted(boxes[j], dx / 2.0, dy / 2.0));
                }
            }
            for place in taken {
                if let Some((dx, dy)) = push(place, &boxes[i]) {
                    let away = kept(body, shifted(boxes[i], dx, dy));
                    moved |= away != boxes[i];
                    boxes[i] = away;
                }
            }
        }
        if !moved {
            return true;
        }
    }
    false
}

/// How far the second box must go from the first, if they meet.
fn push(a: &Rect, b: &Rect) -> Option<(f64, f64)> {
    let over_x = (a.right().min(b.right()) - a.x.max(b.x)) + APART;
    let over_y = (a.bottom().min(b.bottom()) - a.y.max(b.y)) + APART;
    if over_x <= 0.0 || over_y <= 0.0 {
        return None;
    }
    let (a_at, b_at) = (a.center(), b.center());
    // Moving up and down costs less: names are wider than high.
    Some(if over_y <= over_x * 1.5 {
        (0.0, if a_at.1 <= b_at.1 { over_y } else { -over_y })
    } else {
        (if a_at.0 <= b_at.0 { over_x } else { -over_x }, 0.0)
    })
}

pub fn shifted(rect: Rect, dx: f64, dy: f64) -> Rect {
    Rect::new(rect.x + dx, rect.y + dy, rect.width, rect.height)
}

/// Moved inside of the body, if it is not larger.
pub fn kept(body: Rect, rect: Rect) -> Rect {
    let inside = |at: f64, size: f64, from: f64, room: f64| {
        let from = from + INSET;
        at.clamp(from, (from + room - 2.0 * INSET - size).max(from))
    };
    Rect::new(
        inside(rect.x, rect.width, body.x, body.width),
        inside(rect.y, rect.height, body.y, body.height),
        rect.width,
        rect.height,
    )
}

/// Ascending places moved as little as needed to be `step` apart, half a step inside of `length`
/// at both ends. There must be room for all.
pub fn spread_within(places: &[f64], step: f64, length: f64) -> Vec<f64> {
    let after = |i: usize| (places.len() - 1 - i) as f64;
    spread_along(places, step)
        .into_iter()
        .enumerate()
        .map(|(i, place)| {
            let first = (i as f64 + 0.5) * step;
            place.min(length - (after(i) + 0.5) * step).max(first)
        })
        .collect()
}

/// Ascending places moved as little as needed to be `step` apart; runs that touch stay centered.
fn spread_along(places: &[f64], step: f64) -> Vec<f64> {
    // Runs of neighbors that were pushed together: sum of offsets, number.
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (i, &place) in places.iter().enumerate() {
        runs.push((place - step * i as f64, 1));
        while let [.., (sum, n), (next, m)] = runs[..]
            && sum / n as f64 > next / m as f64
        {
            runs.truncate(runs.len() - 2);
            runs.push((sum + next, n + m));
        }
    }
    let offsets = runs
        .iter()
        .flat_map(|&(sum, n)| std::iter::repeat_n(sum / n as f64, n));
    offsets
        .enumerate()
        .map(|(i, offset)| offset + step * i as f64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet(a: &Rect, b: &Rect) -> bool {
        a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
    }

    #[test]
    fn names_of_crowded_points_cover_points_rather_than_each_other() {
        let body = Rect::new(0.0, 0.0, 300.0, 220.0);
        for step in [4.0, 8.0, 10.0, 12.0] {
            let places =
                (0..12).map(|i| (200.0 + 3.0 * f64::from(i % 3), 20.0 + step * f64::from(i)));
            let places: Vec<(f64, f64)> = places.collect();
            let points = places
                .iter()
                .map(|(x, y)| Rect::new(x - 2.0, y - 2.0, 4.0, 4.0));
            let points: Vec<Rect> = points.collect();
            let starts = places
                .iter()
                .map(|(x, y)| Rect::new(x + 4.0, y - 6.0, 36.0, 12.0));
            let boxes = spread(body, starts.collect(), &points);
            for (i, a) in boxes.iter().enumerate() {
                assert!(
                    boxes[i + 1..].iter().all(|b| !meet(a, b)),
                    "{step}: {boxes:?}"
                );
            }
        }
    }

    #[test]
    fn names_do_not_cover_each_other() {
        let body = Rect::new(0.0, 0.0, 300.0, 200.0);
        let names: Vec<(String, f64, f64)> =
            ["CD14+ Monocytes", "Dendritic\ncells", "Megakaryocytes"]
                .iter()
                .enumerate()
                .map(|(i, name)| ((*name).to_owned(), 150.0 + i as f64, 100.0))
                .chain([("edge".to_owned(), 299.0, 1.0)])
                .collect();
        let taken = [Rect::new(140.0, 110.0, 20.0, 20.0)];
        let start = |(name, x, y): &(String, f64, f64)| text::bounds(name, 10.0, true, *x, *y);
        let boxes = spread(body, names.iter().map(start).collect(), &taken);
        assert!(boxes.iter().all(|name| !meet(name, &taken[0])), "{boxes:?}");
        for (i, a) in boxes.iter().enumerate() {
            assert!(a.x >= 0.0 && a.right() <= 300.0);
            assert!(boxes[i + 1..].iter().all(|b| !meet(a, b)), "{boxes:?}");
        }
    }

    #[test]
    fn names_along_a_line_keep_their_distance() {
        assert_eq!(spread_along(&[0.0, 20.0], 10.0), [0.0, 20.0]);
        assert_eq!(spread_along(&[10.0, 12.0, 50.0], 10.0), [6.0, 16.0, 50.0]);
        assert_eq!(spread_along(&[5.0, 5.0, 5.0], 2.0), [3.0, 5.0, 7.0]);
        assert!(spread_along(&[], 1.0).is_empty());
        assert!(spread_within(&[], 1.0, 10.0).is_empty());
        assert_eq!(
            spread_within(&[0.0, 1.0, 50.0], 10.0, 60.0),
            [5.0, 15.0, 50.0]
        );
        assert_eq!(spread_within(&[59.0, 60.0], 10.0, 60.0), [45.0, 55.0]);
    }
}
