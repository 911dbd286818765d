//! Lays out panels in a grid: bodies aligned, no overlaps, no wasted space.

use super::scene::{Rect, Scene};
use super::text::{self, Label, TITLE};

/// Room around the body of a drawing, in points.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Margins {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Margins {
    fn max(self, other: Margins) -> Margins {
        Margins {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// One kind of drawing, ready to be placed.
pub trait Drawing {
    /// Width and height of the body that suit it.
    fn body(&self) -> (f64, f64);
    /// Whether the body is made of labeled fields, and grows with the letters.
    fn grows(&self) -> bool {
        false
    }
    /// What is around a body of that size: labels, legends.
    fn margins(&self, body: (f64, f64)) -> Margins;
    fn draw(&self, scene: &mut Scene, body: Rect);
}

/// A drawing with its title.
pub struct Placed<'a> {
    pub title: Option<&'a str>,
    pub letter: Option<char>,
    pub drawing: Box<dyn Drawing + 'a>,
}

impl Placed<'_> {
    fn margins(&self, body: (f64, f64)) -> Margins {
        let mut margins = self.drawing.margins(body);
        if let Some(title) = self.title {
            margins.top += TITLE * 1.5;
            let over = (text::width(title, TITLE, false) - body.0) / 2.0;
            margins.left = margins.left.max(over);
            margins.right = margins.right.max(over);
        }
        if self.letter.is_some() {
            margins.top = margins.top.max(LETTER);
            margins.left = margins.left.max(LETTER);
        }
        margins
    }
}

const GAP: f64 = 16.0;
const EDGE: f64 = 7.0;
const HEADING: f64 = 15.0;
/// Size of the letters of panels.
const LETTER: f64 = 14.0;
/// No body gets smaller than this, whatever size was asked for.
const LEAST: f64 = 24.0;

/// Bodies and margins of one column or row of panels.
struct Cells {
    widths: Vec<f64>,
    heights: Vec<f64>,
    lefts: Vec<f64>,
    rights: Vec<f64>,
    tops: Vec<f64>,
    bottoms: Vec<f64>,
}

impl Cells {
    fn of(panels: &[Placed], columns: usize, bodies: &[(f64, f64)]) -> Self {
        let rows = panels.len().div_ceil(columns);
        let mut cells = Cells {
            widths: vec![0.0; columns],
            heights: vec![0.0; rows],
            lefts: vec![0.0; columns],
            rights: vec![0.0; columns],
            tops: vec![0.0; rows],
            bottoms: vec![0.0; rows],
        };
        for (i, (panel, &body)) in panels.iter().zip(bodies).enumerate() {
            let (column, row) = (i % columns, i / columns);
            let margins = panel.margins(body);
            let most = |of: &mut f64, value: f64| *of = of.max(value);
            most(&mut cells.widths[column], body.0);
            most(&mut cells.heights[row], body.1);
            most(&mut cells.lefts[column], margins.left);
            most(&mut cells.rights[column], margins.right);
            most(&mut cells.tops[row], margins.top);
            most(&mut cells.bottoms[row], margins.bottom);
        }
        cells
    }

    /// Everything but the bodies: width and height.
    fn around(&self, heading: f64) -> (f64, f64) {
        let gaps = |n: usize| GAP * n.saturating_sub(1) as f64 + 2.0 * EDGE;
        let sum = |parts: &[f64]| parts.iter().sum::<f64>();
        (
            gaps(self.widths.len()) + sum(&self.lefts) + sum(&self.rights),
            gaps(self.heights.len()) + sum(&self.tops) + sum(&self.bottoms) + heading,
        )
    }
}

/// Draws all panels; `size` is the whole in points, or as large as the panels like to be. Texts are
/// `share` times as large as usual: everything is arranged on a sheet that is so much smaller, and
/// enlarged.
pub fn arrange(
    title: Option<&str>,
    panels: &[Placed],
    columns: usize,
    size: Option<(f64, f64)>,
    share: f64,
) -> Scene {
    let columns = columns.clamp(1, panels.len().max(1));
    let share = match size {
        Some(size) => share * fitting(title, panels, columns, size, share),
        None => share,
    };
    let size = size.map(|(width, height)| (width / share, height / share));
    let mut scene = arranged(title, panels, columns, size, share);
    scene.enlarge(share);
    scene
}

/// Bodies get at least this part of a size that was asked for, and letters get smaller for it, down to
/// this share.
const LEAST_BODY: f64 = 0.4;
const SMALLEST: f64 = 0.4;

/// How much smaller letters must be so that legends and labels leave room in a small picture.
fn fitting(
    title: Option<&str>,
    panels: &[Placed],
    columns: usize,
    (width, height): (f64, f64),
    share: f64,
) -> f64 {
    let heading = title.map_or(0.0, |_| HEADING * 1.6);
    let fits = |smaller: f64| {
        let (width, height) = (width / (share * smaller), height / (share * smaller));
        let rows = panels.len().div_ceil(columns).max(1);
        let part = |length: f64, n: usize| LEAST_BODY * length / n as f64;
        let body = (part(width, columns), part(height, rows));
        let cells = Cells::of(panels, columns, &vec![body; panels.len()]);
        let (around_x, around_y) = cells.around(heading);
        around_x <= (1.0 - LEAST_BODY) * width && around_y <= (1.0 - LEAST_BODY) * height
    };
    let mut tenths = (4..=10).rev().map(|tenths| f64::from(tenths) / 10.0);
    tenths.find(|&smaller| fits(smaller)).unwrap_or(SMALLEST)
}

fn arranged(
    title: Option<&str>,
    panels: &[Placed],
    columns: usize,
    size: Option<(f64, f64)>,
    share: f64,
) -> Scene {
    let body = |panel: &Placed| match (panel.drawing.body(), panel.drawing.grows()) {
        (body, true) => body,
        ((width, height), false) => (width / share, height / share),
    };
    let heading = title.map_or(0.0, |_| HEADING * 1.6);
    let mut bodies: Vec<(f64, f64)> = panels.iter().map(body).collect();
    let mut cells = Cells::of(panels, columns, &bodies);
    if let Some((width, height)) = size {
        // Margins depend a little on the body, so fit several times.
        for _ in 0..3 {
            let (around_x, around_y) = cells.around(heading);
            let share_x = (width - around_x).max(LEAST) / cells.widths.iter().sum::<f64>();
            let share_y = (height - around_y).max(LEAST) / cells.heights.iter().sum::<f64>();
            for body in &mut bodies {
                *body = (body.0 * share_x, body.1 * share_y);
            }
            cells = Cells::of(panels, columns, &bodies);
        }
    }
    let (around_x, around_y) = cells.around(heading);
    let width = around_x + cells.widths.iter().sum::<f64>();
    let height = around_y + cells.heights.iter().sum::<f64>();
    let least = title.map_or(0.0, |title| text::width(title, HEADING, false) + 2.0 * EDGE);
    let mut scene = Scene::new(width.max(least), height);
    if let Some(title) = title {
        let (x, y) = (scene.width / 2.0, EDGE + HEADING);
        Label::new(title)
            .size(HEADING)
            .middle()
            .at(&mut scene, x, y);
    }
    place(&mut scene, panels, columns, &bodies, &cells, heading);
    scene
}

fn place(
    scene: &mut Scene,
    panels: &[Placed],
    columns: usize,
    bodies: &[(f64, f64)],
    cells: &Cells,
    heading: f64,
) {
    let mut y = EDGE + heading;
    for (row, group) in panels.chunks(columns).enumerate() {
        let mut x = EDGE;
        y += cells.tops[row];
        for (column, panel) in group.iter().enumerate() {
            x += cells.lefts[column];
            let (width, height) = bodies[row * columns + column];
            let body = Rect::new(x, y, width, height);
            if let Some(title) = panel.title {
                // Titles of a row are on one line.
                let (middle, baseline) = (x + width / 2.0, y - cells.tops[row] + TITLE * 0.95);
                Label::new(title)
                    .size(TITLE)
                    .middle()
                    .at(scene, middle, baseline);
            }
            if let Some(letter) = panel.letter {
                let (left, baseline) =
                    (x - cells.lefts[column], y - cells.tops[row] + TITLE * 0.95);
                Label::new(letter.to_string())
                    .size(LETTER)
                    .bold()
                    .at(scene, left, baseline);
            }
            panel.drawing.draw(scene, body);
            x += cells.widths[column] + cells.rights[column] + GAP;
        }
        y += cells.heights[row] + cells.bottoms[row] + GAP;
    }
}

impl std::ops::Add for Margins {
    type Output = Margins;

    fn add(self, other: Margins) -> Margins {
        Margins {
            left: self.left + other.left,
            right: self.right + other.right,
            top: self.top + other.top,
            bottom: self.bottom + other.bottom,
        }
    }
}

/// The larger of two margins on every side.
pub fn larger(a: Margins, b: Margins) -> Margins {
    a.max(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Rgb;
    use crate::render::figure::scene::{Item, Path};

    struct Box10;

    impl Drawing for Box10 {
        fn body(&self) -> (f64, f64) {
            (100.0, 80.0)
        }

        fn margins(&self, _: (f64, f64)) -> Margins {
            Margins {
                left: 30.0,
                right: 5.0,
                top: 0.0,
                bottom: 20.0,
            }
        }

        fn draw(&self, scene: &mut Scene, body: Rect) {
            scene.fill(Path::rect(body), Rgb::BLACK);
        }
    }

    fn panels(n: usize) -> Vec<Placed<'static>> {
        (0..n)
            .map(|_| Placed {
                title: Some("t"),
                letter: None,
                drawing: Box::new(Box10),
            })
            .collect()
    }

    #[test]
    fn bodies_are_aligned_and_everything_is_inside() {
        let scene = arrange(None, &panels(3), 2, None, 1.0);
        assert_eq!(scene.width, 2.0 * EDGE + 2.0 * 135.0 + GAP);
        assert_eq!(scene.items.len(), 6);
    }

    #[test]
    fn a_given_size_is_kept() {
        let scene = arrange(Some("all"), &panels(2), 2, Some((500.0, 300.0)), 1.0);
        assert!((scene.width - 500.0).abs() < 1e-9);
        assert!((scene.height - 300.0).abs() < 1e-9);
        let tiny = arrange(None, &panels(1), 1, Some((1.0, 1.0)), 1.0);
        assert!(tiny.width > LEAST && tiny.width < 100.0);
    }

    #[test]
    fn larger_letters_leave_the_body_and_a_given_size_as_they_are() {
        let titles = |scene: &Scene| -> Vec<f64> {
            let texts = scene.items.iter().filter_map(|item| match item {
                Item::Text(text) => Some(text.size),
                _ => None,
            });
            texts.collect()
        };
        let bodies = |scene: &Scene| -> Vec<f64> {
            let shapes = scene.items.iter().filter_map(|item| match item {
                Item::Shape { path, .. } => {
                    Some(path.polylines()[0][1].0 - path.polylines()[0][0].0)
                }
                _ => None,
            });
            shapes.collect()
        };
        let (usual, large) = (
            arrange(None, &panels(1), 1, None, 1.0),
            arrange(None, &panels(1), 1, None, 2.0),
        );
        assert_eq!(titles(&large), [2.0 * TITLE]);
        assert_eq!(bodies(&usual), bodies(&large));
        let sized = arrange(None, &panels(1), 1, Some((500.0, 300.0)), 2.0);
        assert!((sized.width - 500.0).abs() < 1e-9 && (sized.height - 300.0).abs() < 1e-9);
    }

    #[test]
    fn no_panels_are_an_empty_picture() {
        assert!(arrange(None, &[], 1, None, 1.0).width > 0.0);
    }
}
