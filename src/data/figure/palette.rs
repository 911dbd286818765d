//! Colors for groups: scanpy's default palettes, so that figures and `uns["<key>_colors"]`
//! agree with what Python would have chosen.
//!
//! Up to 10 and up to 20 levels: Vega's categories with green, purple and khaki changed to be told
//! apart by the color-blind. Up to 28: Zeileis, Hornik and Murrell (2009), Escaping RGBland.
//! Up to 102: godsnot's list of distinct colors. Of the last two, colors that are nearly white (a contrast
//! with it below 1.4) are darker here, with the hue that they have in scanpy.

use super::rgb::Rgb;

#[rustfmt::skip]
const VEGA_10: [u32; 10] = [
    0x1f77b4, 0xff7f0e, 0x279e68, 0xd62728, 0xaa40fc, 0x8c564b, 0xe377c2, 0x7f7f7f, 0xb5bd61,
    0x17becf,
];

#[rustfmt::skip]
const VEGA_20: [u32; 20] = [
    0x1f77b4, 0xff7f0e, 0x279e68, 0xd62728, 0xaa40fc, 0x8c564b, 0xe377c2, 0xb5bd61, 0x17becf,
    0xaec7e8, 0xffbb78, 0x98df8a, 0xff9896, 0xc5b0d5, 0xc49c94, 0xf7b6d2, 0xdbdb8d, 0x9edae5,
    0xad494a, 0x8c6d31,
];

#[rustfmt::skip]
const ZEILEIS_28: [u32; 28] = [
    0x023fa5, 0x7d87b9, 0xbec1d4, 0xd6bcc0, 0xbb7784, 0x8e063b, 0x4a6fe3, 0x8595e1, 0xb5bbe3,
    0xe6afb9, 0xe07b91, 0xd33f6a, 0x11c638, 0x8dd593, 0xc6dec7, 0xead3c6, 0xf0b98d, 0xef9708,
    0x0fcfc0, 0x9cded6, 0x1f857c, 0xa2638a, 0xf6c4e1, 0xf79cd4, 0x7f7f7f, 0xc7c7c7, 0x1ce6ff,
    0x336600,
];

#[rustfmt::skip]
const GODSNOT_102: [u32; 102] = [
    0xcacf00, 0x1ce6ff, 0xff34ff, 0xff4a46, 0x008941, 0x006fa6, 0xa30059, 0xffb3ce, 0x7a4900,
    0x0000a6, 0x00e668, 0xb79762, 0x004d43, 0x8fb0ff, 0x997d87, 0x5a0007, 0x809693, 0x6a3a4c,
    0x1b4400, 0x4fc601, 0x3b5dff, 0x4a3b53, 0xff2f80, 0x61615a, 0xba0900, 0x6b7900, 0x00c2a0,
    0xffaa92, 0xff90c9, 0xb903aa, 0xd16100, 0x6ea1c6, 0x000035, 0x7b4f4b, 0xa1c299, 0x300018,
    0x0aa6d8, 0x013349, 0x00846f, 0x372101, 0xffb500, 0x8bdbc5, 0xa079bf, 0xcc0744, 0xc0b9b2,
    0x7ab555, 0x001e09, 0x00489c, 0x6f0062, 0x0cbd66, 0xeec3ff, 0x456d75, 0xb77b68, 0x7a87a1,
    0x788d66, 0x885578, 0xf7bb6d, 0xff8a9a, 0xd157a0, 0xbec459, 0x456648, 0x0086ed, 0x886f4c,
    0x34362d, 0xb4a8bd, 0x00a6aa, 0x452c2c, 0x636375, 0xa3c8c9, 0xff913f, 0x938a81, 0x575329,
    0x00e7a5, 0xb05b6f, 0x8cd0ff, 0x3b9700, 0x00ec00, 0xc8a1a1, 0x1e6e00, 0x7900d7, 0xa77500,
    0x6367a9, 0xa05837, 0x6b002c, 0x772600, 0xd790ff, 0x9b9700, 0x549e79, 0x9e9947, 0x201625,
    0x72418f, 0xbc23ff, 0x99adc0, 0x3a2465, 0x922329, 0x5b4534, 0xebc4ad, 0x404e55, 0x0089a3,
    0xcb7e98, 0xa4e804, 0x324e72,
];

/// Eight colors for every kind of color vision (Okabe and Ito 2008).
pub const COLOR_BLIND: [Rgb; 8] = [
    Rgb::hex(0xe69f00),
    Rgb::hex(0x56b4e9),
    Rgb::hex(0x009e73),
    Rgb::hex(0xf0e442),
    Rgb::hex(0x0072b2),
    Rgb::hex(0xd55e00),
    Rgb::hex(0xcc79a7),
    Rgb::hex(0x000000),
];

/// One color per level; beyond 102 levels they repeat.
pub fn category_colors(levels: usize) -> Vec<Rgb> {
    let palette: &[u32] = match levels {
        0..=10 => &VEGA_10,
        11..=20 => &VEGA_20,
        21..=28 => &ZEILEIS_28,
        _ => &GODSNOT_102,
    };
    palette
        .iter()
        .cycle()
        .take(levels)
        .map(|&code| Rgb::hex(code))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_color() {
        for levels in [0, 1, 10, 11, 28, 29, 250] {
            let colors = category_colors(levels);
            assert_eq!(colors.len(), levels);
            let mut distinct = colors.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), levels.min(102));
        }
    }

    #[test]
    fn no_color_is_nearly_white() {
        let luminance = |color: Rgb| {
            let linear = |it: u8| f64::from(it) * f64::from(it) / 65_025.0;
            0.2126 * linear(color.0) + 0.7152 * linear(color.1) + 0.0722 * linear(color.2)
        };
        for color in [10, 20, 28, 102].into_iter().flat_map(category_colors) {
            let contrast = 1.05 / (luminance(color) + 0.05);
            assert!(contrast >= 1.37, "{color:?}: {contrast}");
        }
    }
}
