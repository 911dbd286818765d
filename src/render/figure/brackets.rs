//! Brackets with names over runs of genes.

use super::names;
use super::scene::{Path, Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label};
use crate::data::figure::{Bracket, Rgb};

const GAP: f64 = 3.0;
const DEPTH: f64 = 6.0;
/// Between a name and its bracket, and between two names.
const APART: f64 = 3.0;

/// Brackets above a body, or right of it (`beside`), over genes at even steps.
pub struct Brackets<'a> {
    pub list: &'a [Bracket],
    pub genes: usize,
    pub beside: bool,
}

impl Brackets<'_> {
    fn step(&self, body: (f64, f64)) -> f64 {
        let length = if self.beside { body.1 } else { body.0 };
        length / self.genes.max(1) as f64
    }

    /// From where to where a bracket reaches along the genes.
    fn reach(bracket: &Bracket, step: f64) -> (f64, f64) {
        let first = bracket.first.min(bracket.last) as f64;
        let rim = step * 0.17;
        (first * step + rim, (bracket.last + 1) as f64 * step - rim)
    }

    /// Where the middle of a name is along the genes: over that of its bracket, but within the body.
    fn middle(bracket: &Bracket, body: (f64, f64), step: f64) -> f64 {
        let (from, to) = Self::reach(bracket, step);
        let half = text::width(&bracket.label, LABEL, false) / 2.0;
        let (first, last) = (half, (body.0 - half).max(half));
        ((from + to) / 2.0).clamp(first, last)
    }

    /// Names are upright where two would touch otherwise, or one is wider than the body.
    fn turned(&self, body: (f64, f64)) -> bool {
        let step = self.step(body);
        let span = |bracket: &Bracket| {
            let middle = Self::middle(bracket, body, step);
            let half = text::width(&bracket.label, LABEL, false) / 2.0 + APART / 2.0;
            (middle - half, middle + half)
        };
        let mut spans: Vec<(f64, f64)> = self.list.iter().map(span).collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let touch = spans.windows(2).any(|pair| pair[0].1 > pair[1].0);
        let wide = spans.iter().any(|span| span.1 - span.0 > body.0 + APART);
        touch || wide
    }

    /// Names in their lines, and whether they are upright: flat in one line, or else flat between
    /// the ends of their brackets, or else upright; long names have several lines.
    fn names(&self, body: (f64, f64)) -> (Vec<String>, bool) {
        let step = self.step(body);
        let room = |bracket: &Bracket| {
            let (from, to) = Self::reach(bracket, step);
            (to - from).max(step)
        };
        let folded = self
            .list
            .iter()
            .map(|bracket| names::folded(&bracket.label, room(bracket), LABEL));
        if self.beside {
            return (folded.collect(), false);
        }
        if !self.turned(body) {
            let names = self.list.iter().map(|bracket| bracket.label.clone());
            return (names.collect(), false);
        }
        let flat = self
            .list
            .iter()
            .map(|bracket| names::between_words(&bracket.label, room(bracket), LABEL));
        match flat.collect::<Option<Vec<String>>>() {
            Some(flat) => (flat, false),
            None => (folded.collect(), true),
        }
    }

    /// Room they take at their side of the body.
    pub fn depth(&self, body: (f64, f64)) -> f64 {
        if self.list.is_empty() {
            return 0.0;
        }
        let (names, upright) = self.names(body);
        let depth = |name: &String| {
            let (width, height) = names::block(name, LABEL);
            if self.beside || upright {
                width
            } else {
                height
            }
        };
        GAP + DEPTH + APART + names.iter().map(depth).fold(0.0, f64::max)
    }

    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        let size = (body.width, body.height);
        let (names, upright) = self.names(size);
        let (step, turned) = (self.step(size), self.turned(size));
        for (bracket, name) in self.list.iter().zip(names) {
            let (from, to) = Self::reach(bracket, step);
            // Along the genes, and away from the body.
            let place = |along: f64, away: f64| {
                if self.beside {
                    (body.right() + GAP + away, body.y + along)
                } else {
                    (body.x + along, body.y - GAP - away)
                }
            };
            let corners = [(from, 0.0), (from, DEPTH), (to, DEPTH), (to, 0.0)];
            let line = Path::through(corners.map(|(along, away)| place(along, away)));
            scene.stroke(line, Rgb::BLACK, 0.9);
            let middle = if self.beside || turned {
                (from + to) / 2.0
            } else {
                Self::middle(bracket, size, step)
            };
            let (x, y) = place(middle, DEPTH + APART);
            // The last line is on the bracket.
            let above = names::block(&name, LABEL).1 - LABEL * CAPITAL;
            let label = Label::new(name);
            match (self.beside, upright) {
                (true, _) => label.centered_at(scene, x, y),
                (false, true) => label.turned(90.0).centered_at(scene, x, y),
                (false, false) => label.middle().at(scene, x, y - above),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bracket(label: &str, first: usize, last: usize) -> Bracket {
        Bracket {
            label: label.to_owned(),
            first,
            last,
        }
    }

    #[test]
    fn names_stay_above_the_genes() {
        let body = (160.0, 100.0);
        let list = [bracket("Dendritic cells", 0, 0), bracket("B", 2, 4)];
        let of = |list| Brackets {
            list,
            genes: 5,
            beside: false,
        };
        let brackets = of(&list[..]);
        let half = text::width("Dendritic cells", LABEL, false) / 2.0;
        let middle = Brackets::middle(&list[0], body, brackets.step(body));
        assert!(middle - half >= 0.0 && !brackets.turned(body));
        // Where it would cover the next one, and where it is wider than all genes, it is upright.
        let next = [bracket("Dendritic cells", 0, 0), bracket("B", 1, 1)];
        assert!(of(&next[..]).turned(body));
        assert!(brackets.turned((60.0, 100.0)));
        // Names of several words are flat between the ends of their brackets.
        let words = [
            bracket("Dendritic cells", 0, 4),
            bracket("Memory B cells", 5, 9),
        ];
        let ten = Brackets {
            genes: 10,
            ..of(&words[..])
        };
        let (names, upright) = ten.names((120.0, 100.0));
        assert_eq!(names, ["Dendritic\ncells", "Memory B\ncells"]);
        assert!(!upright && ten.names((70.0, 100.0)).1);
    }
}
