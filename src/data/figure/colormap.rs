//! Colors for numbers: the color maps of matplotlib by their names. `colormaps.txt` holds one a
//! line: points joined by straight lines (`~`), sampled so that no color is more than 4 of 255
//! off, or steps of equal width (`=`). A name with `_r` is the same map turned round.

use super::rgb::Rgb;
use std::sync::OnceLock;

/// A color map by matplotlib's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colormap {
    /// Line in the list; 0 is viridis.
    map: usize,
    reversed: bool,
}

struct Map {
    name: &'static str,
    steps: bool,
    points: Vec<Rgb>,
}

fn maps() -> &'static [Map] {
    static MAPS: OnceLock<Vec<Map>> = OnceLock::new();
    MAPS.get_or_init(|| {
        let lines = include_str!("colormaps.txt").lines();
        let point = |code: &str| u32::from_str_radix(code, 16).map_or(Rgb::MISSING, Rgb::hex);
        lines
            .filter_map(|line| {
                let mut words = line.split(' ');
                Some(Map {
                    name: words.next()?,
                    steps: words.next()? == "=",
                    points: words.map(point).collect(),
                })
            })
            .collect()
    })
}

impl Colormap {
    pub const VIRIDIS: Colormap = Colormap::line(0);
    pub const REDS: Colormap = Colormap::line(1);
    pub const BLUES: Colormap = Colormap::line(2);
    /// Blue, white, red.
    pub const BWR: Colormap = Colormap::line(3);

    /// White to black.
    pub const GRAYS: Colormap = Colormap::line(35);

    const fn line(map: usize) -> Self {
        Colormap {
            map,
            reversed: false,
        }
    }

    /// The names of all, without those turned round.
    pub fn names() -> impl Iterator<Item = &'static str> {
        maps().iter().map(|map| map.name)
    }

    /// The lists of colors, then the ranges, each with what it is.
    pub fn lists_first() -> impl Iterator<Item = (&'static str, &'static str)> {
        let of = |steps, about| {
            let some = maps().iter().filter(move |map| map.steps == steps);
            some.map(move |map| (map.name, about))
        };
        of(true, "colors").chain(of(false, "color map"))
    }

    /// By its name, as `Reds` or `RdBu_r`.
    pub fn named(name: &str) -> Option<Colormap> {
        let find = |name: &str| maps().iter().position(|map| map.name == name);
        if let Some(map) = find(name) {
            return Some(Colormap::line(map));
        }
        let map = find(name.strip_suffix("_r")?)?;
        let reversed = true;
        Some(Colormap { map, reversed })
    }

    /// Its colors one by one, if it is a list of colors rather than a range.
    pub fn steps(self) -> Option<Vec<Rgb>> {
        let map = &maps()[self.map];
        let mut colors = map.steps.then(|| map.points.clone())?;
        if self.reversed {
            colors.reverse();
        }
        Some(colors)
    }

    /// Whether it is a list of colors rather than a range.
    pub fn is_list(self) -> bool {
        maps()[self.map].steps
    }

    /// The color at a position from 0 to 1.
    pub fn at(self, position: f64) -> Rgb {
        let Map { points, steps, .. } = &maps()[self.map];
        let position = position.clamp(0.0, 1.0);
        let position = if self.reversed {
            1.0 - position
        } else {
            position
        };
        if *steps {
            let step = (position * points.len() as f64) as usize;
            return points[step.min(points.len() - 1)];
        }
        let at = position * (points.len() - 1) as f64;
        let below = (at as usize).min(points.len() - 2);
        points[below].mix(points[below + 1], at - below as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_map() {
        for map in maps() {
            assert!(map.points.len() >= 2, "{}", map.name);
            assert!(!map.name.ends_with("_r"), "{}", map.name);
        }
        let known = [
            (Colormap::VIRIDIS, "viridis"),
            (Colormap::REDS, "Reds"),
            (Colormap::BLUES, "Blues"),
            (Colormap::BWR, "bwr"),
            (Colormap::GRAYS, "Grays"),
        ];
        for (map, name) in known {
            assert_eq!(Colormap::named(name), Some(map));
        }
        assert_eq!(Colormap::default(), Colormap::VIRIDIS);
        assert_eq!(Colormap::named("viridis_r_r"), None);
        assert_eq!(Colormap::named("Rot"), None);
    }

    #[test]
    fn ends_and_middle() {
        assert_eq!(Colormap::VIRIDIS.at(0.0), Rgb(0x44, 0x01, 0x54));
        assert_eq!(Colormap::VIRIDIS.at(1.0), Rgb(0xfd, 0xe7, 0x25));
        assert_eq!(Colormap::VIRIDIS.at(7.0), Colormap::VIRIDIS.at(1.0));
        assert_eq!(Colormap::BWR.at(0.5), Rgb(255, 255, 255));
        let turned = Colormap::named("viridis_r").unwrap();
        assert_eq!(turned.at(0.25), Colormap::VIRIDIS.at(0.75));
    }

    #[test]
    fn steps_are_steps() {
        let tab10 = Colormap::named("tab10").unwrap();
        assert_eq!(tab10.steps().unwrap().len(), 10);
        assert_eq!(tab10.at(0.05), Rgb(0x1f, 0x77, 0xb4));
        assert_eq!(tab10.at(0.09), tab10.at(0.05));
        assert_eq!(tab10.at(1.0), Rgb(0x17, 0xbe, 0xcf));
        assert_eq!(Colormap::REDS.steps(), None);
    }
}
