//! What drawings with every cell have in common: cells by group along one side with a bar of the
//! groups' colours, genes along the other, brackets over the genes, a dendrogram of the groups.

use super::axes::{LINE_WIDTH, draw_frame};
use super::labels;
use super::layout::Margins;
use super::scene::{Path, Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label, SMALL};
use super::tree;
use crate::data::figure::{Bracket, Expression, Frame, Rgb};

/// Thickness of the bar of colours.
const BAR: f64 = 8.0;
const GAP: f64 = 3.0;
const BRACKET: f64 = 6.0;
const TREE: f64 = 40.0;
/// Names of groups do not come closer than this.
const NAME_STEP: f64 = 11.0;

/// Cells down and genes across, or the other way round.
pub struct CellFrame<'a> {
    pub expression: &'a Expression,
    /// Cells of each level that has any, with the level.
    pub groups: Vec<(usize, Vec<u32>)>,
    /// Cells go to the right, genes down.
    pub lying: bool,
}

impl<'a> CellFrame<'a> {
    pub fn new(expression: &'a Expression, lying: bool) -> Self {
        let groups = expression.cells_by_level().into_iter().enumerate();
        CellFrame {
            expression,
            groups: groups.filter(|(_, cells)| !cells.is_empty()).collect(),
            lying,
        }
    }

    fn cells(&self) -> usize {
        self.groups.iter().map(|(_, cells)| cells.len()).sum()
    }

    /// From where to where each group reaches, as shares of the cells.
    pub fn spans(&self) -> Vec<(f64, f64)> {
        let all = self.cells().max(1) as f64;
        let mut before = 0;
        self.groups
            .iter()
            .map(|(_, cells)| {
                let from = before as f64 / all;
                before += cells.len();
                (from, before as f64 / all)
            })
            .collect()
    }

    /// The part of the body of one group.
    pub fn part(&self, body: Rect, (from, to): (f64, f64)) -> Rect {
        match self.lying {
            false => Rect::new(
                body.x,
                body.y + from * body.height,
                body.width,
                (to - from) * body.height,
            ),
            true => Rect::new(
                body.x + from * body.width,
                body.y,
                (to - from) * body.width,
                body.height,
            ),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.groups
            .iter()
            .map(|(level, _)| self.expression.groups.levels.get(*level))
    }

    fn gene_step(&self, body: (f64, f64)) -> f64 {
        let length = if self.lying { body.1 } else { body.0 };
        length / self.expression.genes.len().max(1) as f64
    }

    fn gene_size(&self, body: (f64, f64)) -> f64 {
        (self.gene_step(body) * 0.9).clamp(2.0, SMALL)
    }

    /// Brackets stand upright where one of their names is wider than its genes.
    fn brackets_turned(&self, body: (f64, f64)) -> bool {
        let step = self.gene_step(body);
        !self.lying
            && self.expression.brackets.iter().any(|bracket| {
                let genes = bracket.last + 1 - bracket.first.min(bracket.last);
                text::width(&bracket.label, LABEL, false) > genes as f64 * step
            })
    }

    pub fn margins(&self, body: (f64, f64)) -> Margins {
        let genes = GAP + text::widest(self.expression.genes.iter(), self.gene_size(body));
        let names = text::widest(self.names(), SMALL);
        let label = match self.expression.group_label.as_str() {
            "" => 0.0,
            _ => LABEL * CAPITAL + 7.0,
        };
        let bracket_labels = self.expression.brackets.iter().map(|b| b.label.as_str());
        let brackets = match self.expression.brackets.len() {
            0 => 0.0,
            _ if self.lying || self.brackets_turned(body) => {
                GAP + BRACKET + 3.0 + text::widest(bracket_labels, LABEL)
            }
            _ => GAP + BRACKET + 3.0 + LABEL * CAPITAL,
        };
        let tree = self.expression.tree.as_ref().map_or(0.0, |_| GAP + TREE);
        if self.lying {
            let slant = (names + SMALL) * std::f64::consts::FRAC_1_SQRT_2;
            let first = self
                .spans()
                .first()
                .map_or(0.0, |(from, to)| (from + to) / 2.0 * body.0);
            Margins {
                left: (genes + GAP).max(slant - first),
                bottom: GAP + BAR + GAP + slant + label,
                right: brackets,
                top: tree,
            }
        } else {
            Margins {
                left: GAP + BAR + 8.0 + names + label,
                bottom: GAP + genes,
                right: tree,
                top: brackets,
            }
        }
    }

    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        for ((level, _), span) in self.groups.iter().zip(self.spans()) {
            let part = self.part(body, span);
            let colour = self.expression.groups.colours[*level];
            let bar = match self.lying {
                false => Rect::new(body.x - GAP - BAR, part.y, BAR, part.height),
                true => Rect::new(part.x, body.bottom() + GAP, part.width, BAR),
            };
            scene.fill(Path::rect(bar), colour);
        }
        draw_frame(scene, body, Frame::Closed);
        self.draw_genes(scene, body);
        self.draw_names(scene, body);
        for bracket in &self.expression.brackets {
            self.draw_bracket(scene, body, bracket);
        }
        if let Some(tree) = &self.expression.tree {
            let places: Vec<f64> = self
                .spans()
                .iter()
                .map(|(from, to)| (from + to) / 2.0)
                .collect();
            let area = match self.lying {
                false => Rect::new(body.right() + GAP, body.y, TREE, body.height),
                true => Rect::new(body.x, body.y - GAP - TREE, body.width, TREE),
            };
            tree::draw(scene, tree, area, &places, !self.lying);
        }
    }

    fn draw_genes(&self, scene: &mut Scene, body: Rect) {
        let (size, step) = (
            self.gene_size((body.width, body.height)),
            self.gene_step((body.width, body.height)),
        );
        for (i, gene) in self.expression.genes.iter().enumerate() {
            let at = (i as f64 + 0.5) * step;
            let label = Label::new(gene).size(size).end();
            match self.lying {
                true => label.centred_at(scene, body.x - GAP - GAP, body.y + at),
                false => {
                    label
                        .turned(90.0)
                        .centred_at(scene, body.x + at, body.bottom() + GAP + GAP)
                }
            }
        }
    }

    fn draw_names(&self, scene: &mut Scene, body: Rect) {
        let length = if self.lying { body.width } else { body.height };
        let middles: Vec<f64> = self
            .spans()
            .iter()
            .map(|(from, to)| (from + to) / 2.0 * length)
            .collect();
        let moved = labels::spread_along(&middles, NAME_STEP);
        let label_at = self.margins((body.width, body.height));
        for ((name, &middle), &at) in self.names().zip(&middles).zip(&moved) {
            let label = Label::new(name).size(SMALL).end();
            let grey = Rgb(120, 120, 120);
            if self.lying {
                let y = body.bottom() + GAP + BAR;
                scene.line((body.x + middle, y), (body.x + at, y + 4.0), grey, 0.5);
                label
                    .turned(45.0)
                    .centred_at(scene, body.x + at + 2.0, y + 6.0);
            } else {
                let x = body.x - GAP - BAR;
                scene.line((x, body.y + middle), (x - 5.0, body.y + at), grey, 0.5);
                label.centred_at(scene, x - 7.0, body.y + at);
            }
        }
        let title = Label::new(&self.expression.group_label);
        let (x, y) = body.centre();
        match self.lying {
            true => title
                .middle()
                .at(scene, x, body.bottom() + label_at.bottom - 1.0),
            false => {
                let at = body.x - label_at.left + LABEL * CAPITAL / 2.0;
                title.turned(90.0).middle().centred_at(scene, at, y);
            }
        }
    }

    fn draw_bracket(&self, scene: &mut Scene, body: Rect, bracket: &Bracket) {
        let size = (body.width, body.height);
        let step = self.gene_step(size);
        let from = bracket.first.min(bracket.last) as f64 * step + step * 0.15;
        let to = (bracket.last + 1) as f64 * step - step * 0.15;
        let middle = (from + to) / 2.0;
        let label = Label::new(&bracket.label);
        if self.lying {
            let (x, far) = (body.right() + GAP, body.right() + GAP + BRACKET);
            let (top, bottom) = (body.y + from, body.y + to);
            let line = Path::through([(x, top), (far, top), (far, bottom), (x, bottom)]);
            scene.stroke(line, Rgb::BLACK, LINE_WIDTH);
            label.centred_at(scene, far + 3.0, body.y + middle);
            return;
        }
        let (y, far) = (body.y - GAP, body.y - GAP - BRACKET);
        let (left, right) = (body.x + from, body.x + to);
        let line = Path::through([(left, y), (left, far), (right, far), (right, y)]);
        scene.stroke(line, Rgb::BLACK, LINE_WIDTH);
        match self.brackets_turned(size) {
            true => label
                .turned(90.0)
                .centred_at(scene, body.x + middle, far - 3.0),
            false => label.middle().at(scene, body.x + middle, far - 3.0),
        }
    }
}
