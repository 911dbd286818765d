//! The one font of all pictures, embedded so that they are the same on every machine.
//!
//! Arimo has the widths of Arial, so that a figure keeps its layout when it is set in Arial or
//! Helvetica by a journal. Latin, Greek and Cyrillic letters; its licence lies beside it.

use super::scene::{Anchor, Path, Rect, Scene, Segment, Text};
use crate::data::figure::Rgb;
use crate::math;
use ab_glyph::{Font as _, FontRef, OutlineCurve};
use std::sync::OnceLock;

/// The files as they are embedded into PDF.
pub const REGULAR: &[u8] = include_bytes!("../font/Arimo-Regular.ttf");
pub const BOLD: &[u8] = include_bytes!("../font/Arimo-Bold.ttf");

/// Height of capitals, as a share of the size.
pub const CAPITAL: f64 = 0.716;
/// From one baseline to the next, as a share of the size.
pub const LINE: f64 = 1.2;

/// How far italic letters lean to the right, as a share of their height: the 12 degrees of Arial Italic, which is
/// the upright face slanted, and as wide.
pub const SLANT: f64 = 0.2126;

/// Sizes in points.
pub const TITLE: f64 = 12.0;
pub const LABEL: f64 = 10.0;
pub const SMALL: f64 = 9.0;
pub const TINY: f64 = 8.0;

pub fn font(bold: bool) -> &'static FontRef<'static> {
    static FONTS: OnceLock<[FontRef<'static>; 2]> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        [REGULAR, BOLD]
            .map(|file| FontRef::try_from_slice(file).expect("the embedded font is whole"))
    });
    &fonts[usize::from(bold)]
}

/// Signs that the font lacks, in letters it has.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '→' => out.push_str("->"),
            '∞' => out.push_str("inf"),
            '\t' | '\n' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Letters of a text that the font lacks.
pub fn missing(label: &Text) -> Vec<char> {
    let font = font(label.bold);
    let letters = printable(&label.text);
    let lacks = |c: &char| font.glyph_id(*c).0 == 0;
    letters.chars().filter(lacks).collect()
}

/// Width of one line in points.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    let font = font(bold);
    let units: f32 = printable(text)
        .chars()
        .map(|c| font.h_advance_unscaled(font.glyph_id(c)))
        .sum();
    f64::from(units) * size / units_per_em(bold)
}

pub fn units_per_em(bold: bool) -> f64 {
    f64::from(font(bold).units_per_em().unwrap_or(2048.0))
}

/// The widest line of several texts.
pub fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts
        .into_iter()
        .flat_map(|text| text.split('\n'))
        .map(|line| width(line, size, false))
        .fold(0.0, f64::max)
}

/// The outline of a text whose baseline starts at the origin, y downwards, in points.
pub fn outline(text: &str, size: f64, bold: bool) -> Path {
    let font = font(bold);
    let scale = size / units_per_em(bold);
    let mut path = Path::default();
    let mut x = 0.0;
    for c in printable(text).chars() {
        let glyph = font.glyph_id(c);
        if let Some(outline) = font.outline(glyph) {
            let place = |p: ab_glyph::Point| (x + f64::from(p.x) * scale, -f64::from(p.y) * scale);
            push_curves(&mut path, &outline.curves, place);
        }
        x += f64::from(font.h_advance_unscaled(glyph)) * scale;
    }
    path
}

/// The outline of a text as [`outline`] has it, in italics.
pub fn slanted(text: &str, size: f64) -> Path {
    let lean = |x: f64, y: f64| (x - SLANT * y, y);
    let segments = outline(text, size, false).0.into_iter();
    let segments = segments.map(|segment| match segment {
        Segment::Move(x, y) => {
            let (x, y) = lean(x, y);
            Segment::Move(x, y)
        }
        Segment::Line(x, y) => {
            let (x, y) = lean(x, y);
            Segment::Line(x, y)
        }
        Segment::Cubic(x1, y1, x2, y2, x, y) => {
            let ((x1, y1), (x2, y2), (x, y)) = (lean(x1, y1), lean(x2, y2), lean(x, y));
            Segment::Cubic(x1, y1, x2, y2, x, y)
        }
        Segment::Close => Segment::Close,
    });
    Path(segments.collect())
}

/// The outline of a label in its face.
pub fn outline_of(label: &Text) -> Path {
    if label.italic {
        slanted(&label.text, label.size)
    } else {
        outline(&label.text, label.size, label.bold)
    }
}

fn push_curves(
    path: &mut Path,
    curves: &[OutlineCurve],
    place: impl Fn(ab_glyph::Point) -> (f64, f64),
) {
    let mut end = None;
    for curve in curves {
        let (from, segment, to) = match *curve {
            OutlineCurve::Line(a, b) => {
                let (x, y) = place(b);
                (a, Segment::Line(x, y), b)
            }
            OutlineCurve::Quad(a, b, c) => (a, quadratic(place(a), place(b), place(c)), c),
            OutlineCurve::Cubic(a, b, c, d) => {
                let ((x1, y1), (x2, y2), (x, y)) = (place(b), place(c), place(d));
                (a, Segment::Cubic(x1, y1, x2, y2, x, y), d)
            }
        };
        if end != Some(from) {
            if end.is_some() {
                path.0.push(Segment::Close);
            }
            let (x, y) = place(from);
            path.0.push(Segment::Move(x, y));
        }
        path.0.push(segment);
        end = Some(to);
    }
    if end.is_some() {
        path.0.push(Segment::Close);
    }
}

/// A quadratic curve as a cubic one.
fn quadratic(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> Segment {
    let towards = |p: (f64, f64)| (p.0 + (b.0 - p.0) * 2.0 / 3.0, p.1 + (b.1 - p.1) * 2.0 / 3.0);
    let ((x1, y1), (x2, y2)) = (towards(a), towards(c));
    Segment::Cubic(x1, y1, x2, y2, c.0, c.1)
}

/// A text in the making: `Label::new("PC1").size(9.0).middle().at(scene, x, y)`.
#[derive(Debug, Clone)]
pub struct Label(Text);

impl Label {
    pub fn new(text: impl Into<String>) -> Self {
        Label(Text {
            x: 0.0,
            y: 0.0,
            text: text.into(),
            size: LABEL,
            bold: false,
            italic: false,
            color: Rgb::BLACK,
            anchor: Anchor::Start,
            turn: 0.0,
            halo: false,
        })
    }

    pub fn size(mut self, size: f64) -> Self {
        self.0.size = size;
        self
    }

    pub fn bold(mut self) -> Self {
        self.0.bold = true;
        self
    }

    pub fn halo(mut self) -> Self {
        self.0.halo = true;
        self
    }

    pub fn color(mut self, color: Rgb) -> Self {
        self.0.color = color;
        self
    }

    pub fn anchor(mut self, anchor: Anchor) -> Self {
        self.0.anchor = anchor;
        self
    }

    pub fn middle(self) -> Self {
        self.anchor(Anchor::Middle)
    }

    pub fn end(self) -> Self {
        self.anchor(Anchor::End)
    }

    /// Turned against the clock by degrees.
    pub fn turned(mut self, degrees: f64) -> Self {
        self.0.turn = degrees;
        self
    }

    /// With the baseline at (`x`, `y`); several lines go on below, across the text's own direction.
    pub fn at(self, scene: &mut Scene, x: f64, y: f64) {
        let (sin, cos) = math::sin_cos(self.0.turn.to_radians());
        for (i, line) in self.0.text.split('\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let mut text = self.0.clone();
            text.text = line.to_owned();
            let down = i as f64 * self.0.size * LINE;
            (text.x, text.y) = (x + down * sin, y + down * cos);
            scene.items.push(super::scene::Item::Text(text));
        }
    }

    /// With the middle of the capitals at (`x`, `y`) across the text's own direction.
    pub fn centered_at(self, scene: &mut Scene, x: f64, y: f64) {
        let lines = self.0.text.split('\n').count() as f64;
        let down = self.0.size * (CAPITAL - (lines - 1.0) * LINE) / 2.0;
        let (sin, cos) = math::sin_cos(self.0.turn.to_radians());
        self.at(scene, x + down * sin, y + down * cos);
    }
}

/// The box around an unturned text of one or more lines with its middle at (`x`, `y`).
pub fn bounds(text: &str, size: f64, bold: bool, x: f64, y: f64) -> Rect {
    let lines = text.split('\n');
    let height = size * (0.95 + LINE * (lines.clone().count() - 1) as f64);
    let width = lines
        .map(|line| width(line, size, bold))
        .fold(0.0, f64::max);
    Rect::new(x - width / 2.0, y - height / 2.0, width, height)
}

/// Broken into lines of at most `room` points: at spaces, long words after `_`, `/` and `-` too.
/// What cannot be broken stays whole.
pub fn wrapped(text: &str, size: f64, bold: bool, room: f64) -> String {
    let fits = |text: &str| width(text.trim_end(), size, bold) <= room;
    let mut lines: Vec<String> = Vec::new();
    for given in text.split('\n') {
        lines.push(String::new());
        let pieces = given.split_inclusive(' ').flat_map(|word| {
            if fits(word) {
                vec![word]
            } else {
                word.split_inclusive(['_', '/', '-']).collect()
            }
        });
        for piece in pieces {
            match lines.last_mut() {
                Some(line) if line.is_empty() || fits(&format!("{line}{piece}")) => {
                    line.push_str(piece);
                }
                _ => lines.push(piece.to_owned()),
            }
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

/// Cut to `room` points, with an ellipsis where something is missing.
pub fn cut(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() {
        let shown = format!("{}…", kept.trim_end());
        if width(&shown, size, bold) <= room {
            return shown;
        }
    }
    "…".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_arial() {
        // Advances of Arial: A 1366, V 1366, space 569 of 2048.
        assert!((width("AV ", 2048.0, false) - (1366.0 + 1366.0 + 569.0)).abs() < 1.0);
        assert!(width("cells", 10.0, true) > width("cells", 10.0, false));
        assert_eq!(width("", 10.0, false), 0.0);
    }

    #[test]
    fn every_sign_that_figures_use_is_in_the_font() {
        for bold in [false, true] {
            for c in ('!'..='~').chain("−×·–…µαβγσΔ²é₂".chars().filter(|c| *c != '₂'))
            {
                assert_ne!(font(bold).glyph_id(c).0, 0, "{c}");
            }
        }
        assert_eq!(printable("n ≤ 3\n"), "n <= 3 ");
        let lacking = |name: &str| missing(&Label::new(name).0).into_iter().collect::<String>();
        assert_eq!(lacking("γδ T細胞 клетки → ≥"), "細胞");
    }

    #[test]
    fn long_texts_are_broken_and_cut() {
        let name = "CD4-positive, alpha-beta T cell";
        let lines = wrapped(name, 10.0, true, 90.0);
        assert_eq!(lines, "CD4-positive,\nalpha-beta T cell");
        assert_eq!(wrapped("", 10.0, true, 90.0), "");
        assert_eq!(wrapped("Megakaryocytes", 10.0, true, 5.0), "Megakaryocytes");
        assert_eq!(
            wrapped("L2/3_IT_Calb1", 10.0, true, 50.0),
            "L2/3_IT_\nCalb1"
        );
        let bounds = bounds(&lines, 10.0, true, 0.0, 0.0);
        assert!(bounds.width <= 90.0 && bounds.height > 20.0);
        let short = cut(name, 10.0, false, 60.0);
        assert!(short.ends_with('…') && width(&short, 10.0, false) <= 60.0);
        assert_eq!(cut("B", 10.0, false, 60.0), "B");
        assert_eq!(cut("B cells", 10.0, false, 1.0), "…");
    }

    #[test]
    fn italics_lean_to_the_right_from_the_baseline() {
        let highest = |path: &Path| {
            let points = path.polylines().concat();
            let top = points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
            top.unwrap()
        };
        let (upright, leaning) = (outline("l", 10.0, false), slanted("l", 10.0));
        let ((x, y), (leaning, same)) = (highest(&upright), highest(&leaning));
        assert_eq!(y, same);
        assert!((leaning - x + SLANT * y).abs() < 0.5, "{x} {leaning} {y}");
    }

    #[test]
    fn outlines_are_closed() {
        let path = outline("o", 10.0, false);
        let moves = path
            .0
            .iter()
            .filter(|s| matches!(s, Segment::Move(..)))
            .count();
        let closes = path
            .0
            .iter()
            .filter(|s| matches!(s, Segment::Close))
            .count();
        assert_eq!((moves, closes), (2, 2));
    }
}
