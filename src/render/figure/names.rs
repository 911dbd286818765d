//! Names along a side of a drawing: flat where they fit, in several lines or turned where they do
//! not, and never cut.

use super::text::{self, CAPITAL, LINE};
use std::f64::consts::FRAC_1_SQRT_2;

/// Names that are not much longer than this stay in one line.
const LONG: f64 = 120.0;
/// Lines of a name at most.
const MOST_LINES: usize = 3;
/// Between two names.
const APART: f64 = 4.0;
/// Names at steps of less than this are upright, not slanted.
const SLANTED_STEP: f64 = 14.0;

/// Names in their lines, and the degrees by which they are turned, against the clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    pub names: Vec<String>,
    pub turn: f64,
}

/// Names below a drawing at even steps; turned names are slanted if that is wanted, or upright.
pub fn below(names: &[&str], step: f64, size: f64, slanted: bool) -> Along {
    if let Some(names) = flat(names, step, size) {
        return Along { names, turn: 0.0 };
    }
    let (turn, across) = if slanted && step > SLANTED_STEP {
        (45.0, step * FRAC_1_SQRT_2)
    } else {
        (90.0, step)
    };
    let names = names.iter().map(|name| folded(name, across, size));
    Along {
        names: names.collect(),
        turn,
    }
}

/// Names beside a drawing at even steps.
pub fn beside<'a>(names: impl Iterator<Item = &'a str>, step: f64, size: f64) -> Vec<String> {
    names.map(|name| folded(name, step, size)).collect()
}

/// A long name in as many lines as there is room for across its direction.
pub fn folded(name: &str, across: f64, size: f64) -> String {
    let more = (across - 1.0 - 0.95 * size) / (size * LINE);
    let most = (1.0 + more.max(0.0).floor()).min(MOST_LINES as f64);
    let width = text::width(name, size, false);
    if most < 2.0 || width <= 1.25 * LONG {
        return name.to_owned();
    }
    let mut room = LONG.max(width / most);
    loop {
        let lines = text::wrapped(name, size, false, room);
        if room >= width || lines.split('\n').count() as f64 <= most {
            return lines;
        }
        room *= 1.1;
    }
}

/// Names that are flat: in one line each, or broken between words; `None` where two would touch.
fn flat(names: &[&str], step: f64, size: f64) -> Option<Vec<String>> {
    let width = |name: &&str| text::width(name, size, false);
    let widths: Vec<f64> = names.iter().map(width).collect();
    let apart = |pair: &[f64]| (pair[0] + pair[1]) / 2.0 + APART <= step;
    if widths.windows(2).all(apart) {
        return Some(names.iter().map(|name| (*name).to_owned()).collect());
    }
    let lines = names
        .iter()
        .map(|name| between_words(name, step - APART, size));
    lines.collect()
}

/// A name broken between words into lines that are not wider than `room`; `None` if it has longer words,
/// or too many.
pub fn between_words(name: &str, room: f64, size: f64) -> Option<String> {
    let mut words = name.split(' ');
    if !words.all(|word| text::width(word, size, false) <= room) {
        return None;
    }
    let lines = text::wrapped(name, size, false, room);
    (lines.split('\n').count() <= MOST_LINES).then_some(lines)
}

/// Width, and height from the top of the capitals to the last baseline.
pub fn block(name: &str, size: f64) -> (f64, f64) {
    let more = name.matches('\n').count() as f64;
    let width = text::widest([name], size);
    (width, size * (CAPITAL + more * LINE))
}

/// How much lower a slanted name of several lines begins, so that it stays below the axis.
pub fn lowered(name: &str, size: f64) -> f64 {
    (block(name, size).1 - size * CAPITAL) / 2.0 * FRAC_1_SQRT_2
}

/// How far a turned name whose end is at a place reaches below it, left of it and right of it.
pub fn reach(name: &str, size: f64, turn: f64) -> (f64, f64, f64) {
    let (width, height) = block(name, size);
    match turn {
        0.0 => (height, width / 2.0, width / 2.0),
        45.0 => {
            let long = (width + height / 2.0) * FRAC_1_SQRT_2;
            let right = height / 2.0 * FRAC_1_SQRT_2;
            (long + 1.0 + lowered(name, size), long, right)
        }
        _ => (width, height / 2.0, height / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAGE: &str = "CD8-positive, alpha-beta cytotoxic effector memory T cell";

    #[test]
    fn names_are_turned_only_where_they_would_touch() {
        // One long name among short ones has room of its own.
        let along = below(&["0", "Megakaryocytes", "2"], 42.0, 9.0, true);
        assert_eq!(along.turn, 0.0);
        let along = below(&["B cells", "NK cells", "T cells"], 30.0, 9.0, true);
        assert_eq!((along.names[1].as_str(), along.turn), ("NK\ncells", 0.0));
        let both = ["Megakaryocytes", "Megakaryocytes"];
        assert_eq!(below(&both, 42.0, 9.0, true).turn, 45.0);
        assert_eq!(below(&both, 42.0, 9.0, false).turn, 90.0);
        assert_eq!(below(&both, 12.0, 9.0, true).turn, 90.0);
        // Names of genes are never broken.
        let genes = below(&["MT-CO1", "MT-CO2", "MT-ND1"], 30.0, 9.0, false);
        assert_eq!((genes.names[0].as_str(), genes.turn), ("MT-CO1", 90.0));
    }

    #[test]
    fn long_names_are_folded_where_lines_have_room() {
        assert_eq!(folded(LINEAGE, 12.0, 9.0), LINEAGE);
        let two = folded(LINEAGE, 25.0, 9.0);
        assert_eq!(two.split('\n').count(), 2);
        assert_eq!(two.replace('\n', " "), LINEAGE);
        assert!(block(&two, 9.0).0 < 0.62 * text::width(LINEAGE, 9.0, false));
        assert!(block(&two, 9.0).1 < 25.0);
        let unbroken = "x".repeat(90);
        assert_eq!(folded(&unbroken, 40.0, 9.0), unbroken);
    }
}
