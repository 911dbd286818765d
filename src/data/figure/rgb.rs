//! A color.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

/// A color as the screen has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    pub const BLACK: Rgb = Rgb(0, 0, 0);
    pub const WHITE: Rgb = Rgb(255, 255, 255);
    /// Marks whose color means nothing.
    pub const GREY: Rgb = Rgb(128, 128, 128);
    /// Cells without a value, and those not highlighted.
    pub const MISSING: Rgb = Rgb(211, 211, 211);

    /// `#1f77b4`, `#1f77b4ff` as `uns["leiden_colors"]` may have it, `#17b`, or matplotlib's name of
    /// a color: `red`, `tab:blue`, `k`, `C0`, or a gray level such as `0.5`.
    pub fn parse(text: &str) -> Option<Rgb> {
        match text.strip_prefix('#') {
            Some(digits) => Rgb::of_digits(digits),
            None => Rgb::of_name(text),
        }
    }

    fn of_digits(digits: &str) -> Option<Rgb> {
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |i: usize| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok();
        let short = |i: usize| u8::from_str_radix(&digits[i..=i], 16).ok().map(|x| 17 * x);
        match digits.len() {
            6 | 8 => Some(Rgb(part(0)?, part(1)?, part(2)?)),
            3 | 4 => Some(Rgb(short(0)?, short(1)?, short(2)?)),
            _ => None,
        }
    }

    fn of_name(text: &str) -> Option<Rgb> {
        let name = text.to_ascii_lowercase().replace("grey", "gray");
        if let Some(color) = named().get(name.as_str()) {
            return Some(*color);
        }
        let level: f64 = name.parse().ok()?;
        let part = (255.0 * level).round() as u8;
        (0.0..=1.0)
            .contains(&level)
            .then_some(Rgb(part, part, part))
    }

    /// All names that [`Rgb::parse`] knows, sorted.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<&str> = named().keys().copied().collect();
        names.sort_unstable();
        names
    }

    pub(super) const fn hex(code: u32) -> Rgb {
        Rgb((code >> 16) as u8, (code >> 8) as u8, code as u8)
    }

    /// The mixture of this and another color; `share` 0 is this one, 1 the other.
    pub fn mix(self, other: Rgb, share: f64) -> Rgb {
        let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round();
        Rgb(
            part(self.0, other.0) as u8,
            part(self.1, other.1) as u8,
            part(self.2, other.2) as u8,
        )
    }

    /// Perceived lightness from 0 to 1 (Rec. 601 weights).
    pub fn lightness(self) -> f64 {
        (0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)) / 255.0
    }
}

/// matplotlib's colors by name: those of CSS, `tab:blue` and the like, its cycle `c0` to `c9`, and
/// single letters.
fn named() -> &'static HashMap<&'static str, Rgb> {
    static NAMED: OnceLock<HashMap<&str, Rgb>> = OnceLock::new();
    NAMED.get_or_init(|| {
        let lines = include_str!("color_names.txt").lines();
        let color = |line: &'static str| {
            let (name, code) = line.split_once(' ')?;
            Some((name, Rgb::hex(u32::from_str_radix(code, 16).ok()?)))
        };
        lines.filter_map(color).collect()
    })
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
