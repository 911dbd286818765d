//! The frame shared by drawings of every cell: cells by group along one side with a bar of the
//! groups' colors, genes along the other, brackets over the genes, a dendrogram of the groups.

use super::axes::draw_frame;
use super::brackets::Brackets;
use super::labels;
use super::layout::Margins;
use super::names;
use super::scene::{Path, Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label, SMALL};
use super::tree;
use crate::data::figure::{Expression, Frame, Rgb};

/// Thickness of the bar of colors.
const BAR: f64 = 8.0;
const GAP: f64 = 3.0;
const TREE: f64 = 40.0;
/// Names of groups do not come closer than this.
const NAME_STEP: f64 = 11.0;
/// The same for slanted names.
const SLANTED_STEP: f64 = 14.0;

/// How names of groups lie below a lying body.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    Flat,
    Slanted,
    Upright,
}

/// Cells down and genes across, or the other way round.
pub struct CellFrame<'a> {
    pub expression: &'a Expression,
    /// Cells of each level that has any, with the level.
    pub groups: Vec<(usize, Vec<u32>)>,
    /// Cells go to the right, genes down.
    pub lying: bool,
    /// Room left between a lying body and its brackets.
    pub inset: f64,
}

impl<'a> CellFrame<'a> {
    pub fn new(expression: &'a Expression, lying: bool) -> Self {
        let groups = expression.cells_by_level().into_iter().enumerate();
        CellFrame {
            expression,
            groups: groups.filter(|(_, cells)| !cells.is_empty()).collect(),
            lying,
            inset: 0.0,
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
        if self.lying {
            Rect::new(
                body.x + from * body.width,
                body.y,
                (to - from) * body.width,
                body.height,
            )
        } else {
            Rect::new(
                body.x,
                body.y + from * body.height,
                body.width,
                (to - from) * body.height,
            )
        }
    }

    /// The least length of the side of the cells on which all names of groups can be.
    pub fn least_length(&self) -> f64 {
        let step = if self.lying { SLANTED_STEP } else { NAME_STEP };
        (self.groups.len() as f64 * step).min(1200.0)
    }

    /// Each name in the middle of its group, or as near to it as the others let it: how they
    /// lie, their places and their size.
    fn name_places(&self, body: (f64, f64)) -> (Lie, Vec<f64>, f64) {
        let length = if self.lying { body.0 } else { body.1 };
        let room = length / self.groups.len().max(1) as f64;
        let spans = self.spans();
        let middles: Vec<f64> = spans
            .iter()
            .map(|(from, to)| (from + to) / 2.0 * length)
            .collect();
        let fits = |(name, (from, to)): (&str, &(f64, f64))| {
            text::width(name, SMALL, false) + 4.0 <= (to - from) * length
        };
        if self.lying && self.names().zip(&spans).all(fits) {
            return (Lie::Flat, middles, SMALL);
        }
        let lie = if self.lying && text::widest(self.names(), SMALL) + 4.0 <= room {
            Lie::Flat
        } else if self.lying && room >= SLANTED_STEP {
            Lie::Slanted
        } else {
            Lie::Upright
        };
        let step = match lie {
            Lie::Flat => {
                let step = text::widest(self.names(), SMALL) + 4.0;
                return (lie, labels::spread_within(&middles, step, length), SMALL);
            }
            Lie::Slanted => SLANTED_STEP,
            _ => NAME_STEP.min(room),
        };
        let size = (step * 0.82).clamp(2.0, SMALL);
        (lie, labels::spread_within(&middles, step, length), size)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.groups
            .iter()
            .map(|(level, _)| self.expression.groups.levels.get(*level))
    }

    /// Names as they are at their places: long ones in several lines where neighbors leave room.
    fn folded_names(&self, lie: Lie, places: &[f64], size: f64) -> Vec<String> {
        let across = match lie {
            Lie::Flat => return self.names().map(str::to_owned).collect(),
            Lie::Slanted => std::f64::consts::FRAC_1_SQRT_2,
            Lie::Upright => 1.0,
        };
        let room = |at: usize| {
            let before = at.checked_sub(1).map(|before| places[at] - places[before]);
            let after = places.get(at + 1).map(|after| after - places[at]);
            before
                .into_iter()
                .chain(after)
                .fold(f64::INFINITY, f64::min)
        };
        let names = self.names().enumerate();
        names
            .map(|(at, name)| names::folded(name, across * room(at), size))
            .collect()
    }

    fn gene_step(&self, body: (f64, f64)) -> f64 {
        let length = if self.lying { body.1 } else { body.0 };
        length / self.expression.genes.len().max(1) as f64
    }

    fn gene_size(&self, body: (f64, f64)) -> f64 {
        (self.gene_step(body) * 0.9).clamp(2.0, SMALL)
    }

    fn brackets(&self) -> Brackets<'_> {
        Brackets {
            list: &self.expression.brackets,
            genes: self.expression.genes.len(),
            beside: self.lying,
        }
    }

    pub fn margins(&self, body: (f64, f64)) -> Margins {
        let genes = GAP + text::widest(self.expression.genes.iter(), self.gene_size(body));
        let (lie, places, size) = self.name_places(body);
        let names = self.folded_names(lie, &places, size);
        let widest = text::widest(names.iter().map(String::as_str), size);
        let label = match self.expression.group_label.as_str() {
            "" => 0.0,
            _ => LABEL * CAPITAL + 7.0,
        };
        let brackets = self.brackets().depth(body);
        let tree = self.expression.tree.as_ref().map_or(0.0, |_| GAP + TREE);
        if self.lying {
            let (deep, before) = match lie {
                Lie::Flat => (SMALL * CAPITAL + 6.0, 0.0),
                Lie::Upright => (widest + 8.0, 0.0),
                Lie::Slanted => {
                    let reach = |name: &String| names::reach(name, size, 45.0);
                    let deep = names.iter().map(|name| reach(name).0).fold(0.0, f64::max);
                    let before = names
                        .iter()
                        .zip(&places)
                        .map(|(name, at)| reach(name).1 - at);
                    (deep + 5.0, before.fold(0.0, f64::max))
                }
            };
            Margins {
                left: (genes + GAP).max(before),
                bottom: GAP + BAR + GAP + deep + label,
                right: self.inset + brackets,
                top: tree,
            }
        } else {
            Margins {
                left: GAP + BAR + 8.0 + widest + label,
                bottom: GAP + genes,
                right: tree,
                top: brackets,
            }
        }
    }

    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        for ((level, _), span) in self.groups.iter().zip(self.spans()) {
            let part = self.part(body, span);
            let color = self.expression.groups.colors[*level];
            let bar = if self.lying {
                Rect::new(part.x, body.bottom() + GAP, part.width, BAR)
            } else {
                Rect::new(body.x - GAP - BAR, part.y, BAR, part.height)
            };
            scene.fill(Path::rect(bar), color);
        }
        draw_frame(scene, body, Frame::Closed);
        self.draw_genes(scene, body);
        self.draw_names(scene, body);
        let beside = Rect::new(body.x, body.y, body.width + self.inset, body.height);
        self.brackets()
            .draw(scene, if self.lying { beside } else { body });
        if let Some(tree) = &self.expression.tree {
            let places: Vec<f64> = self
                .spans()
                .iter()
                .map(|(from, to)| (from + to) / 2.0)
                .collect();
            let area = if self.lying {
                Rect::new(body.x, body.y - GAP - TREE, body.width, TREE)
            } else {
                Rect::new(body.right() + GAP, body.y, TREE, body.height)
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
            if self.lying {
                label.centered_at(scene, body.x - GAP - GAP, body.y + at)
            } else {
                label
                    .turned(90.0)
                    .centered_at(scene, body.x + at, body.bottom() + GAP + GAP)
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
        let (lie, moved, size) = self.name_places((body.width, body.height));
        let label_at = self.margins((body.width, body.height));
        let names = self.folded_names(lie, &moved, size);
        for ((name, &middle), &at) in names.iter().zip(&middles).zip(&moved) {
            let label = Label::new(name).size(size).end();
            let grey = Rgb(120, 120, 120);
            if self.lying {
                let y = body.bottom() + GAP + BAR;
                if lie == Lie::Flat {
                    let baseline = y + 4.0 + size * CAPITAL;
                    if (middle - at).abs() > 0.5 {
                        scene.line((body.x + middle, y), (body.x + at, y + 3.5), grey, 0.5);
                    }
                    label.middle().at(scene, body.x + at, baseline);
                    continue;
                }
                scene.line((body.x + middle, y), (body.x + at, y + 4.0), grey, 0.5);
                match lie {
                    Lie::Slanted => label.turned(45.0).centered_at(
                        scene,
                        body.x + at + 2.0,
                        y + 6.0 + names::lowered(name, size),
                    ),
                    _ => label.turned(90.0).centered_at(scene, body.x + at, y + 6.0),
                }
            } else {
                let x = body.x - GAP - BAR;
                scene.line((x, body.y + middle), (x - 5.0, body.y + at), grey, 0.5);
                label.centered_at(scene, x - 7.0, body.y + at);
            }
        }
        let title = Label::new(&self.expression.group_label);
        let (x, y) = body.center();
        if self.lying {
            title
                .middle()
                .at(scene, x, body.bottom() + label_at.bottom - 1.0)
        } else {
            let at = body.x - label_at.left + LABEL * CAPITAL / 2.0;
            title.turned(90.0).middle().centered_at(scene, at, y);
        }
    }
}
