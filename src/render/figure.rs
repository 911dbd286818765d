//! Figures as files: PNG, SVG, PDF.
//!
//! A panel's data become a drawing; `layout` places drawings on a scene; `raster`, `svg` and `pdf`
//! write the scene. No display, no font and no file of the system is needed, and the same figure
//! gives the same bytes.

mod axes;
mod bars;
mod boxes;
mod brackets;
mod callouts;
mod cellframe;
mod cloud;
pub(in crate::render) mod density;
mod dots;
mod enlarge;
mod gridframe;
mod heatmap;
mod histogram;
mod labels;
mod layout;
mod legend;
mod lines;
mod matrix;
mod names;
mod network;
mod pdf;
mod pixels;
pub(in crate::render) mod points;
mod ranks;
mod raster;
pub(in crate::render) mod ruler;
#[cfg(test)]
pub(in crate::render) mod samples;
mod scene;
pub mod slide;
mod stacked;
mod surface;
mod svg;
mod text;
mod tracks;
pub(in crate::render) mod tree;
mod violins;

use crate::data::figure::{Figure, Kind, Rgb};
use crate::data::stop;
use layout::{Drawing, Placed};
use scene::Scene;

/// Default pixels per inch.
pub const DPI: f64 = 150.0;

/// The formats a figure can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Svg,
    Pdf,
}

impl Format {
    pub const ALL: &[Format] = &[Format::Png, Format::Svg, Format::Pdf];

    /// The ending of a file's name, as `umap.pdf`.
    pub fn of_path(path: &str) -> Option<Format> {
        let ending = path.rsplit_once('.')?.1.to_ascii_lowercase();
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.word() == ending)
    }

    pub fn word(self) -> &'static str {
        match self {
            Format::Png => "png",
            Format::Svg => "svg",
            Format::Pdf => "pdf",
        }
    }
}

/// The bytes of a file; `dpi` matters for PNG alone. Where an end is asked for while it is drawn, the
/// figure is not whole.
pub fn file(figure: &Figure, format: Format, dpi: f64) -> Vec<u8> {
    let scene = scene_of(figure);
    match format {
        Format::Png => raster::png(&scene, dpi),
        Format::Svg => svg::svg(&scene).into_bytes(),
        Format::Pdf => pdf::pdf(&scene),
    }
}

/// Letters of a figure that its font lacks, each once.
pub fn missing_letters(figure: &Figure) -> String {
    let scene = scene_of(figure);
    let texts = scene.items.iter().filter_map(|item| match item {
        scene::Item::Text(label) => Some(label),
        _ => None,
    });
    let mut missing = String::new();
    for c in texts.flat_map(text::missing) {
        if !missing.contains(c) {
            missing.push(c);
        }
    }
    missing
}

/// Width and pixels, row by row, at a resolution.
pub(super) fn pixels(figure: &Figure, dpi: f64) -> (usize, Vec<Rgb>) {
    let pixmap = raster::pixels(&scene_of(figure), dpi);
    let pixels = pixmap.data().chunks_exact(4);
    let pixels = pixels.map(|pixel| Rgb(pixel[0], pixel[1], pixel[2]));
    (pixmap.width() as usize, pixels.collect())
}

/// Width and height in points.
pub(super) fn size(figure: &Figure) -> (f64, f64) {
    let scene = scene_of(figure);
    (scene.width, scene.height)
}

pub(super) use stacked::medians;

fn scene_of(figure: &Figure) -> Scene {
    let panels: Vec<Placed> = figure
        .panels
        .iter()
        .take_while(|_| !stop::is_asked())
        .map(|panel| Placed {
            title: panel.title.as_deref(),
            letter: panel.letter,
            drawing: drawing(&panel.kind),
        })
        .collect();
    let share = figure.font.unwrap_or(text::LABEL) / text::LABEL;
    let size = figure
        .size
        .map(|(width, height)| (72.0 * width, 72.0 * height));
    let mut scene = layout::arrange(
        figure.title.as_deref(),
        &panels,
        figure.columns(),
        size,
        share,
    );
    if figure.italic {
        for item in &mut scene.items {
            if let scene::Item::Text(label) = item {
                label.italic = !label.bold && figure.symbols.is_gene(&label.text);
            }
        }
    }
    scene
}

fn drawing(kind: &Kind) -> Box<dyn Drawing + '_> {
    match kind {
        Kind::Points(points) => Box::new(points::PointsDrawing::new(points)),
        Kind::Dots(dots) => Box::new(dots::DotsDrawing::new(dots)),
        Kind::Matrix(matrix) => Box::new(matrix::MatrixDrawing::new(matrix)),
        Kind::Violins(violins) => Box::new(violins::ViolinsDrawing::new(violins)),
        Kind::Dendrogram(tree) => Box::new(tree::TreeDrawing(tree)),
        Kind::HeatMap(map) => Box::new(heatmap::HeatMapDrawing::new(map)),
        Kind::StackedViolins(violins) => Box::new(stacked::StackedDrawing::new(violins)),
        Kind::Tracks(tracks) => Box::new(tracks::TracksDrawing::new(tracks)),
        Kind::Bars(bars) => Box::new(bars::BarsDrawing::new(bars)),
        Kind::Histogram(histogram) => Box::new(histogram::HistogramDrawing::new(histogram)),
        Kind::Boxes(boxes) => Box::new(boxes::BoxesDrawing::new(boxes)),
        Kind::Lines(lines) => Box::new(lines::LinesDrawing::new(lines)),
        Kind::Ranks(ranks) => Box::new(ranks::RanksDrawing(ranks)),
        Kind::Network(network) => Box::new(network::NetworkDrawing::new(network)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_ending() {
        assert_eq!(Format::of_path("a/umap.PDF"), Some(Format::Pdf));
        assert_eq!(Format::of_path("umap"), None);
        assert_eq!(Format::of_path("umap.jpeg"), None);
    }

    #[test]
    fn every_kind_is_drawn_the_same_each_time() {
        for (name, figure) in samples::usual() {
            let first = file(&figure, Format::Png, 60.0);
            assert_eq!(first, file(&figure, Format::Png, 60.0), "{name}");
            let (_, pixels) = pixels(&figure, 60.0);
            assert!(pixels.iter().any(|pixel| pixel.lightness() < 0.5), "{name}");
            assert_eq!(
                file(&figure, Format::Svg, 60.0),
                file(&figure, Format::Svg, 60.0)
            );
            assert_eq!(
                file(&figure, Format::Pdf, 60.0),
                file(&figure, Format::Pdf, 60.0)
            );
        }
    }

    #[test]
    fn nothing_and_too_much_are_drawn_too() {
        for (name, figure) in samples::odd() {
            for &format in Format::ALL {
                assert!(!file(&figure, format, 40.0).is_empty(), "{name}");
            }
            let small = figure.clone().size(2.0, 1.0).titled("t");
            assert!(!file(&small, Format::Png, 40.0).is_empty(), "{name}");
        }
    }

    /// All that is written lies inside of the picture, from its first letter to its last.
    #[test]
    fn no_text_leaves_the_picture() {
        let all = [samples::usual(), samples::odd(), samples::crowded()].concat();
        for (name, figure) in all {
            let scene = scene_of(&figure);
            for item in &scene.items {
                let scene::Item::Text(label) = item else {
                    continue;
                };
                let taken = taken(label);
                let inside = taken.x >= -1.0
                    && taken.y >= -1.0
                    && taken.right() <= scene.width + 1.0
                    && taken.bottom() <= scene.height + 1.0;
                assert!(
                    inside,
                    "{name}: {label:?} takes {taken:?} of {} × {}",
                    scene.width, scene.height
                );
            }
        }
    }

    /// No text covers another, turned or not. In a crowded network the nodes cover each other, and so do
    /// the names in them.
    #[test]
    fn no_text_covers_another() {
        let more = [samples::odd(), samples::crowded()].concat();
        let more = more.into_iter().filter(|(name, _)| *name != "network");
        let mut covered = Vec::new();
        for (name, figure) in samples::usual().into_iter().chain(more) {
            let scene = scene_of(&figure);
            let texts = scene.items.iter().filter_map(|item| match item {
                scene::Item::Text(label) => Some((label, corners(label))),
                _ => None,
            });
            let texts: Vec<_> = texts.collect();
            for (i, (one, a)) in texts.iter().enumerate() {
                let others = texts[i + 1..].iter().filter(|(_, b)| cover(a, b));
                let pairs = others.map(|(other, _)| {
                    let at = |label: &scene::Text| (label.x.round(), label.y.round());
                    (
                        name,
                        one.text.clone(),
                        at(one),
                        other.text.clone(),
                        at(other),
                    )
                });
                covered.extend(pairs);
            }
        }
        covered.truncate(12);
        assert!(covered.is_empty(), "{covered:#?}");
    }

    /// Whether two rectangles given by their corners in turn share more than a rim: no side of either
    /// has the other one beyond it.
    fn cover(a: &[(f64, f64); 4], b: &[(f64, f64); 4]) -> bool {
        let reach = |of: &[(f64, f64); 4], (dx, dy): (f64, f64)| {
            let along = of.map(|(x, y)| x * dx + y * dy);
            let least = along.into_iter().fold(f64::INFINITY, f64::min);
            (least, along.into_iter().fold(f64::NEG_INFINITY, f64::max))
        };
        let mut sides = [a, b].into_iter().flat_map(|of| {
            [(0, 1), (1, 2)].map(|(i, j)| {
                let (dx, dy) = (of[j].0 - of[i].0, of[j].1 - of[i].1);
                let length = dx.hypot(dy).max(1e-9);
                (dx / length, dy / length)
            })
        });
        sides.all(|side| {
            let ((from, to), (other_from, other_to)) = (reach(a, side), reach(b, side));
            to.min(other_to) - from.max(other_from) > RIM
        })
    }

    /// How far letters of two texts may reach into each other's rectangles.
    const RIM: f64 = 0.5;

    /// The corners of the rectangle around the capitals of a text, in turn.
    fn corners(label: &scene::Text) -> [(f64, f64); 4] {
        let width = text::width(&label.text, label.size, label.bold);
        let from = match label.anchor {
            scene::Anchor::Start => 0.0,
            scene::Anchor::Middle => -width / 2.0,
            scene::Anchor::End => -width,
        };
        let up = -text::CAPITAL * label.size;
        let (sin, cos) = label.turn.to_radians().sin_cos();
        let corners = [
            (from, up),
            (from + width, up),
            (from + width, 0.0),
            (from, 0.0),
        ];
        corners.map(|(x, y)| (label.x + x * cos + y * sin, label.y + y * cos - x * sin))
    }

    /// The upright rectangle around the letters of a text, turned or not.
    fn taken(label: &scene::Text) -> scene::Rect {
        let width = text::width(&label.text, label.size, label.bold);
        let from = match label.anchor {
            scene::Anchor::Start => 0.0,
            scene::Anchor::Middle => -width / 2.0,
            scene::Anchor::End => -width,
        };
        let (up, down) = (-text::CAPITAL * label.size, 0.2 * label.size);
        let (sin, cos) = label.turn.to_radians().sin_cos();
        let corners = [
            (from, up),
            (from + width, up),
            (from, down),
            (from + width, down),
        ];
        let turned = corners.map(|(x, y)| (x * cos + y * sin, y * cos - x * sin));
        let least = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
        let most = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (xs, ys) = (turned.map(|(x, _)| x), turned.map(|(_, y)| y));
        scene::Rect::new(
            label.x + least(xs),
            label.y + least(ys),
            most(xs) - least(xs),
            most(ys) - least(ys),
        )
    }
}
