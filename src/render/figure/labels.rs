//! Names over a drawing, pushed apart where they would cover each other.

use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{self, Label};
use crate::data::figure::Rgb;

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

/// Draws names as near to their places as they fit, within the body.
pub fn draw(scene: &mut Scene, body: Rect, names: &[(&str, f64, f64)], style: Style) {
    let boxes = spread(body, names, style);
    for (&(name, x, y), rect) in names.iter().zip(&boxes) {
        let (at_x, at_y) = rect.centre();
        let nearest = (
            x.clamp(rect.x, rect.right()),
            y.clamp(rect.y, rect.bottom()),
        );
        if (nearest.0 - x).hypot(nearest.1 - y) > FAR {
            let line = Path::line((x, y), nearest);
            scene.shape(line.clone(), None, Some(Stroke::new(Rgb::WHITE, 2.0)));
            scene.shape(line, None, Some(Stroke::new(Rgb(60, 60, 60), 0.7)));
        }
        let label = Label::new(name);
        let label = if style.bold { label.bold() } else { label };
        label
            .size(style.size)
            .halo()
            .middle()
            .centred_at(scene, at_x, at_y);
    }
}

/// Boxes of the names after pushing: pairs that meet move apart, along the way that is shorter,
/// until none do or the patience ends.
fn spread(body: Rect, names: &[(&str, f64, f64)], style: Style) -> Vec<Rect> {
    let mut boxes: Vec<Rect> = names
        .iter()
        .map(|(name, x, y)| kept(body, text::bounds(name, style.size, style.bold, *x, *y)))
        .collect();
    for _ in 0..300 {
        let mut moved = false;
        for i in 0..boxes.len() {
            for j in i + 1..boxes.len() {
                let (a, b) = (boxes[i], boxes[j]);
                let over_x = (a.right().min(b.right()) - a.x.max(b.x)) + APART;
                let over_y = (a.bottom().min(b.bottom()) - a.y.max(b.y)) + APART;
                if over_x <= 0.0 || over_y <= 0.0 {
                    continue;
                }
                moved = true;
                // Moving up and down costs less: names are wider than high.
                let (dx, dy) = if over_y <= over_x * 1.5 {
                    (0.0, if a.y <= b.y { over_y } else { -over_y })
                } else {
                    (if a.x <= b.x { over_x } else { -over_x }, 0.0)
                };
                let half = 0.5;
                boxes[i] = kept(
                    body,
                    Rect::new(a.x - dx * half, a.y - dy * half, a.width, a.height),
                );
                boxes[j] = kept(
                    body,
                    Rect::new(b.x + dx * half, b.y + dy * half, b.width, b.height),
                );
            }
        }
        if !moved {
            break;
        }
    }
    boxes
}

/// Moved inside of the body, if it is not larger.
fn kept(body: Rect, rect: Rect) -> Rect {
    let inside =
        |at: f64, size: f64, from: f64, room: f64| at.clamp(from, (from + room - size).max(from));
    Rect::new(
        inside(rect.x, rect.width, body.x, body.width),
        inside(rect.y, rect.height, body.y, body.height),
        rect.width,
        rect.height,
    )
}

/// Ascending places moved as little as needed to be `step` apart; runs that touch stay centred.
pub fn spread_along(places: &[f64], step: f64) -> Vec<f64> {
    // Runs of neighbours that were pushed together: sum of offsets, number.
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
    fn names_do_not_cover_each_other() {
        let body = Rect::new(0.0, 0.0, 300.0, 200.0);
        let names: Vec<(&str, f64, f64)> = ["CD14+ Monocytes", "Dendritic cells", "Megakaryocytes"]
            .iter()
            .enumerate()
            .map(|(i, name)| (*name, 150.0 + i as f64, 100.0))
            .chain([("edge", 299.0, 1.0)])
            .collect();
        let boxes = spread(body, &names, Style::default());
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
    }
}
