//! Frames, ticks and labels around a drawing with two axes.

use super::layout::Margins;
use super::names;
use super::ruler::Ruler;
use super::scene::{Path, Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label, SMALL};
use crate::data::figure::{Frame, Rgb};

/// Length of a tick mark, and the gap to its label.
const TICK: f64 = 3.5;
const GAP: f64 = 3.0;
/// Ticks are not closer than this.
const SPACING_X: f64 = 44.0;
const SPACING_Y: f64 = 30.0;
pub const LINE_WIDTH: f64 = 0.8;
/// A slanted name ends this far right of its tick.
const SHIFT: f64 = 2.0;

/// What is along one side of a drawing.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Shares of the length from the start of the axis, and labels.
    pub marks: Vec<(f64, String)>,
    pub label: String,
    /// Degrees that labels of marks are turned, against the clock.
    pub turn: f64,
    /// No tick marks, as for names of groups.
    pub plain: bool,
}

impl Side {
    /// Numbers along a ruler, which may lie upwards or to the right.
    pub fn numbers(ruler: &Ruler, label: &str, vertical: bool) -> Self {
        let length = ruler.end - ruler.start;
        let ticks = if vertical {
            ruler.ticks(SPACING_Y)
        } else {
            ruler.ticks_abreast(SPACING_X, SMALL)
        };
        let marks = ticks
            .into_iter()
            .map(|(value, text)| ((ruler.at(value) - ruler.start) / length, text))
            .collect();
        Side {
            marks,
            label: label.to_owned(),
            ..Default::default()
        }
    }

    /// A label alone.
    pub fn bare(label: &str) -> Self {
        Side {
            label: label.to_owned(),
            ..Default::default()
        }
    }

    /// Names at even steps below a drawing of that width; turned where they would touch.
    pub fn names_below<'a>(names: impl Iterator<Item = &'a str>, width: f64, label: &str) -> Self {
        let names: Vec<&str> = names.collect();
        let step = width / names.len().max(1) as f64;
        let along = names::below(&names, step, SMALL, true);
        Side {
            turn: along.turn,
            ..Side::at_even_steps(along.names, label)
        }
    }

    /// Names at even steps beside a drawing of that height, the first at its foot.
    pub fn names_beside<'a>(
        names: impl ExactSizeIterator<Item = &'a str>,
        height: f64,
        label: &str,
    ) -> Self {
        let step = height / names.len().max(1) as f64;
        Side::at_even_steps(names::beside(names, step, SMALL), label)
    }

    fn at_even_steps(names: Vec<String>, label: &str) -> Self {
        let n = names.len() as f64;
        let marks = names.into_iter().enumerate();
        let marks = marks.map(|(i, name)| ((i as f64 + 0.5) / n, name));
        Side {
            marks: marks.collect(),
            label: label.to_owned(),
            ..Side::default()
        }
    }

    fn tick(&self) -> f64 {
        if self.plain || self.marks.is_empty() {
            0.0
        } else {
            TICK
        }
    }

    /// The widest label of a mark.
    fn widest(&self) -> f64 {
        text::widest(self.marks.iter().map(|(_, text)| text.as_str()), SMALL)
    }

    /// Room that marks take away from the axis.
    fn depth(&self, vertical: bool) -> f64 {
        if self.marks.is_empty() {
            return 0.0;
        }
        let below = |(_, name): &(f64, String)| names::reach(name, SMALL, self.turn).0;
        let across = if vertical {
            self.widest()
        } else {
            self.marks.iter().map(below).fold(0.0, f64::max)
        };
        self.tick() + GAP + across
    }

    /// How far the label reaches over each end of the body.
    fn overhang(&self, length: f64) -> f64 {
        ((text::widest(self.label.lines(), LABEL) - length) / 2.0).max(0.0)
    }

    fn label_room(&self) -> f64 {
        match self.label.as_str() {
            "" => 0.0,
            label => LABEL * (CAPITAL + text::LINE * label.matches('\n').count() as f64) + 6.0,
        }
    }
}

/// Room for both sides around a body; names that reach over the ends count too.
pub fn margins(left: &Side, bottom: &Side, body: (f64, f64)) -> Margins {
    let mut margins = Margins {
        left: left.depth(true) + left.label_room(),
        right: 0.0,
        top: 0.0,
        bottom: bottom.depth(false) + bottom.label_room(),
    };
    for (share, text) in &bottom.marks {
        let at = share * body.0;
        let (_, before, after) = names::reach(text, SMALL, bottom.turn);
        let after = after + if bottom.turn == 45.0 { SHIFT } else { 0.0 };
        margins.left = margins.left.max(before - at);
        margins.right = margins.right.max(after - (body.0 - at));
    }
    if let Some((share, name)) = left.marks.last() {
        let half = names::block(name, SMALL).1.max(SMALL) / 2.0;
        margins.top = (half - (1.0 - share) * body.1).max(0.0);
    }
    // Labels are centered, and may be longer than a small body.
    let (beside, below) = (left.overhang(body.1), bottom.overhang(body.0));
    margins.left = margins.left.max(below);
    margins.right = margins.right.max(below);
    margins.top = margins.top.max(beside);
    margins.bottom = margins.bottom.max(beside);
    margins
}

/// The frame of a body with what is at its left and below.
pub fn draw(scene: &mut Scene, body: Rect, frame: Frame, left: &Side, bottom: &Side) {
    draw_frame(scene, body, frame);
    let marked = frame != Frame::Hidden;
    for (share, text) in &left.marks {
        let y = body.bottom() - share * body.height;
        let x = body.x - left.tick();
        if marked && !left.plain {
            scene.line((x, y), (body.x, y), Rgb::BLACK, LINE_WIDTH);
        }
        Label::new(text)
            .size(SMALL)
            .end()
            .centered_at(scene, x - GAP, y);
    }
    for (share, text) in &bottom.marks {
        let x = body.x + share * body.width;
        let y = body.bottom() + bottom.tick();
        if marked && !bottom.plain {
            scene.line((x, body.bottom()), (x, y), Rgb::BLACK, LINE_WIDTH);
        }
        let label = Label::new(text).size(SMALL);
        let top = y + GAP;
        match bottom.turn {
            0.0 => label.middle().at(scene, x, top + SMALL * CAPITAL),
            45.0 => label.turned(45.0).end().centered_at(
                scene,
                x + SHIFT,
                top + 1.0 + names::lowered(text, SMALL),
            ),
            _ => label.turned(90.0).end().centered_at(scene, x, top),
        }
    }
    let (x, y) = body.center();
    if !left.label.is_empty() {
        let at = body.x - left.depth(true) - left.label_room() + LABEL * CAPITAL / 2.0;
        Label::new(&left.label)
            .turned(90.0)
            .middle()
            .centered_at(scene, at, y);
    }
    if !bottom.label.is_empty() {
        let at = body.bottom() + bottom.depth(false) + 6.0 + LABEL * CAPITAL;
        Label::new(&bottom.label).middle().at(scene, x, at);
    }
}

pub fn draw_frame(scene: &mut Scene, body: Rect, frame: Frame) {
    let (left, right, top, bottom) = (body.x, body.right(), body.y, body.bottom());
    match frame {
        Frame::Closed => scene.stroke(Path::rect(body), Rgb::BLACK, LINE_WIDTH),
        Frame::Open => {
            let corner = Path::through([(left, top), (left, bottom), (right, bottom)]);
            scene.stroke(corner, Rgb::BLACK, LINE_WIDTH);
        }
        Frame::Hidden => {}
    }
}
