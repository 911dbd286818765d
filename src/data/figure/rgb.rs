//! A color.

use std::fmt;

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

    /// `#1f77b4` or `#1f77b4ff`, as `uns["leiden_colors"]` has it, or a name such as `red`.
    pub fn parse(text: &str) -> Option<Rgb> {
        let Some(digits) = text.strip_prefix('#') else {
            let name = text.replace("grey", "gray");
            let known = NAMED.iter().find(|(known, _)| *known == name);
            return known.map(|(_, code)| Rgb::hex(*code));
        };
        if !matches!(digits.len(), 6 | 8) || !digits.is_ascii() {
            return None;
        }
        let part = |i: usize| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok();
        Some(Rgb(part(0)?, part(1)?, part(2)?))
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

/// Colors by the names that matplotlib shares with the web.
#[rustfmt::skip]
const NAMED: [(&str, u32); 32] = [
    ("black", 0x000000), ("blue", 0x0000ff), ("brown", 0xa52a2a), ("coral", 0xff7f50),
    ("crimson", 0xdc143c), ("cyan", 0x00ffff), ("darkblue", 0x00008b), ("darkgray", 0xa9a9a9),
    ("darkgreen", 0x006400), ("darkred", 0x8b0000), ("gold", 0xffd700), ("gray", 0x808080),
    ("green", 0x008000), ("indigo", 0x4b0082), ("lightblue", 0xadd8e6), ("lightgray", 0xd3d3d3),
    ("lightgreen", 0x90ee90), ("lime", 0x00ff00), ("magenta", 0xff00ff), ("maroon", 0x800000),
    ("navy", 0x000080), ("olive", 0x808000), ("orange", 0xffa500), ("pink", 0xffc0cb),
    ("purple", 0x800080), ("red", 0xff0000), ("salmon", 0xfa8072), ("tan", 0xd2b48c),
    ("teal", 0x008080), ("violet", 0xee82ee), ("white", 0xffffff), ("yellow", 0xffff00),
];

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
