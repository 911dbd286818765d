//! A grid of characters with colors: where pictures in the terminal are drawn.

use crate::data::figure::Rgb;
use crate::render::inks::contrast;
use crate::render::screen::Depth;
use unicode_width::UnicodeWidthChar;

/// One character's place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    pub sign: char,
    pub ink: Option<Rgb>,
    pub ground: Option<Rgb>,
    pub bold: bool,
}

const EMPTY: Glyph = Glyph {
    sign: ' ',
    ink: None,
    ground: None,
    bold: false,
};

/// The second half of a wide character.
const COVERED: char = '\0';

#[derive(Debug, Clone)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    places: Vec<Glyph>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        Canvas {
            width,
            height,
            places: vec![EMPTY; width * height],
        }
    }

    pub fn put(&mut self, x: usize, y: usize, place: Glyph) {
        if x < self.width && y < self.height {
            self.places[y * self.width + x] = place;
        }
    }

    pub fn sign(&mut self, x: usize, y: usize, sign: char, ink: Option<Rgb>) {
        self.put(x, y, Glyph { sign, ink, ..EMPTY });
    }

    pub fn get(&self, x: usize, y: usize) -> char {
        if x < self.width && y < self.height {
            self.places[y * self.width + x].sign
        } else {
            ' '
        }
    }

    /// Text from a place to the right, cut at the edge.
    pub fn text(&mut self, x: usize, y: usize, text: &str, ink: Option<Rgb>) {
        self.styled(x, y, text, ink, false);
    }

    pub fn bold(&mut self, x: usize, y: usize, text: &str) {
        self.styled(x, y, text, None, true);
    }

    fn styled(&mut self, x: usize, y: usize, text: &str, ink: Option<Rgb>, bold: bool) {
        let mut at = x;
        for sign in text.chars().filter(|sign| !sign.is_control()) {
            let width = sign.width().unwrap_or(0);
            if width == 0 || at + width > self.width {
                continue;
            }
            self.put(
                at,
                y,
                Glyph {
                    sign,
                    ink,
                    ground: None,
                    bold,
                },
            );
            if width == 2 {
                self.sign(at + 1, y, COVERED, None);
            }
            at += width;
        }
    }

    /// Another canvas with its upper left corner at a place.
    pub fn paste(&mut self, x: usize, y: usize, other: &Canvas) {
        for row in 0..other.height {
            for column in 0..other.width {
                self.put(
                    x + column,
                    y + row,
                    other.places[row * other.width + column],
                );
            }
        }
    }

    /// Lines without spaces at their ends; escape codes only where the colors change.
    pub fn render(&self, depth: Depth) -> String {
        let mut out = String::new();
        for row in self.places.chunks(self.width.max(1)) {
            let end = row
                .iter()
                .rposition(|place| place.sign != ' ' || place.ground.is_some())
                .map_or(0, |last| last + 1);
            let mut style = EMPTY;
            for place in row[..end].iter().filter(|place| place.sign != COVERED) {
                if depth != Depth::None {
                    let same = (style.ink, style.ground, style.bold)
                        == (place.ink, place.ground, place.bold);
                    if !same {
                        out.push_str(&codes(place, depth));
                    }
                    style = *place;
                }
                out.push(place.sign);
            }
            if depth != Depth::None && (style.ink, style.ground, style.bold) != (None, None, false)
            {
                out.push_str("\u{1b}[0m");
            }
            out.push('\n');
        }
        out
    }
}

fn codes(place: &Glyph, depth: Depth) -> String {
    let mut codes = String::from("\u{1b}[0");
    if place.bold {
        codes.push_str(";1");
    }
    // Full blocks show their color as it is; finer signs must stand out from any background.
    let ink = match (place.ground, place.sign) {
        (None, sign) if sign != '█' => place.ink.map(legible),
        _ => place.ink,
    };
    for (color, kind) in [(ink, 38), (place.ground, 48)] {
        if let Some(color) = color {
            match depth {
                Depth::Full => {
                    codes.push_str(&format!(";{kind};2;{};{};{}", color.0, color.1, color.2));
                }
                _ => codes.push_str(&format!(";{kind};5;{}", indexed(color))),
            }
        }
    }
    codes + "m"
}

/// Neither nearly black nor nearly white: the terminal's background may be either.
fn legible(color: Rgb) -> Rgb {
    const GREY: Rgb = Rgb(140, 140, 140);
    let is_seen = |color: &Rgb| {
        let grounds = [Rgb::BLACK, Rgb::WHITE];
        grounds
            .iter()
            .all(|ground| contrast(*color, *ground) >= SEEN)
    };
    let shares = (0..=10).map(|tenths| f64::from(tenths) / 10.0);
    let mut mixed = shares.map(|share| color.mix(GREY, share));
    mixed.find(is_seen).unwrap_or(GREY)
}

/// The least contrast of a mark with the background.
const SEEN: f64 = 1.9;

/// The nearest of xterm's 6 × 6 × 6 colors and 24 greys.
pub fn indexed(color: Rgb) -> u8 {
    const STEPS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |part: u8| {
        (0..6)
            .min_by_key(|&i| (STEPS[i] - i32::from(part)).abs())
            .unwrap_or(0)
    };
    let distance = |r: i32, g: i32, b: i32| {
        let square = |a: i32, b: u8| (a - i32::from(b)).pow(2);
        square(r, color.0) + square(g, color.1) + square(b, color.2)
    };
    let [r, g, b] = [color.0, color.1, color.2].map(nearest);
    let mean = (i32::from(color.0) + i32::from(color.1) + i32::from(color.2)) / 3;
    let grey = ((mean - 3) / 10).clamp(0, 23);
    let level = 8 + 10 * grey;
    if distance(level, level, level) < distance(STEPS[r], STEPS[g], STEPS[b]) {
        232 + grey as u8
    } else {
        (16 + 36 * r + 6 * g + b) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_their_text_does() {
        let mut canvas = Canvas::new(8, 2);
        canvas.text(1, 0, "a細b", Some(Rgb(255, 0, 0)));
        assert_eq!(canvas.render(Depth::None), " a細b\n\n");
        assert_eq!(
            canvas.render(Depth::Full),
            " \u{1b}[0;38;2;255;0;0ma細b\u{1b}[0m\n\n"
        );
        canvas.text(6, 1, "long", None);
        assert_eq!(canvas.render(Depth::None), " a細b\n      lo\n");
    }

    #[test]
    fn black_is_seen_on_black() {
        for color in [Rgb::BLACK, Rgb::WHITE, Rgb(255, 255, 0), Rgb(0, 0, 90)] {
            for ground in [Rgb::BLACK, Rgb::WHITE] {
                assert!(contrast(legible(color), ground) >= SEEN, "{color:?}");
            }
        }
        assert_eq!(legible(Rgb(31, 119, 180)), Rgb(31, 119, 180));
    }

    #[test]
    fn nearest_colors() {
        assert_eq!(indexed(Rgb(255, 255, 255)), 231);
        assert_eq!(indexed(Rgb(0, 0, 0)), 16);
        assert_eq!(indexed(Rgb(128, 128, 128)), 244);
        assert_eq!(indexed(Rgb(255, 0, 0)), 196);
    }
}
