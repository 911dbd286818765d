//! Colors of text on a terminal, each legible on white and on black: the background is not queried.
//!
//! They are from xterm's palette of 256. The first 16 of it are not among them: every terminal draws those in
//! its own way, and yellow, cyan and light green often cannot be read on white.

use crate::data::figure::Rgb;
use crate::math;

/// A color by its number in the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(pub u8);

pub const RED: Ink = Ink(196);
pub const AMBER: Ink = Ink(136);
pub const GREEN: Ink = Ink(28);
pub const TEAL: Ink = Ink(31);
pub const BLUE: Ink = Ink(63);
pub const PURPLE: Ink = Ink(133);
pub const GREY: Ink = Ink(244);

impl Ink {
    /// What begins text in this color.
    pub fn begin(self) -> String {
        format!("\x1b[38;5;{}m", self.0)
    }

    /// The same in bold.
    pub fn bold(self) -> String {
        format!("\x1b[1;38;5;{}m", self.0)
    }

    /// The same underlined.
    pub fn underlined(self) -> String {
        format!("\x1b[4;38;5;{}m", self.0)
    }
}

/// What begins bold text in the terminal's own color.
pub const BOLD: &str = "\x1b[1m";
/// What ends all colors.
pub const END: &str = "\x1b[0m";

/// The contrast of two colors as the Web Content Accessibility Guidelines have it, from 1 to 21.
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Rgb) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        dark if dark <= 0.04045 => dark / 12.92,
        part => math::powf((part + 0.055) / 1.055, 2.4),
    };
    0.2126 * linear(color.0) + 0.7152 * linear(color.1) + 0.0722 * linear(color.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The color cube and the greys of xterm.
    fn rgb(ink: Ink) -> Rgb {
        let step = |at: u8| if at == 0 { 0 } else { 55 + 40 * at };
        match ink.0 {
            0..16 => unreachable!("drawn differently everywhere"),
            16..232 => {
                let at = ink.0 - 16;
                Rgb(step(at / 36), step(at / 6 % 6), step(at % 6))
            }
            grey => {
                let value = 8 + 10 * (grey - 232);
                Rgb(value, value, value)
            }
        }
    }

    #[test]
    fn each_is_legible_on_light_and_dark() {
        // White, black, and the backgrounds of Solarized and of common editors.
        let grounds = ["#ffffff", "#fdf6e3", "#000000", "#1e1e1e", "#002b36"];
        for ink in [RED, AMBER, GREEN, TEAL, BLUE, PURPLE, GREY] {
            for ground in grounds {
                let ground = Rgb::parse(ground).unwrap();
                let contrast = contrast(rgb(ink), ground);
                assert!(contrast >= 3.0, "{ink:?} on {ground:?}: {contrast:.2}");
            }
        }
    }
}
