//! What grids of groups and genes have in common: labels, brackets, dendrogram, legend.

use super::axes::{LINE_WIDTH, draw_frame};
use super::layout::Margins;
use super::legend::GridLegend;
use super::scene::{Path, Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label, SMALL};
use super::tree;
use crate::data::Names;
use crate::data::figure::{Bracket, Frame, Grid, Rgb, Tree};

/// A field of the grid, in points: scanpy's 0.37 by 0.35 inches.
const FIELD: (f64, f64) = (26.0, 25.0);
const TICK: f64 = 3.0;
const GAP: f64 = 3.0;
/// Depth of a bracket and of a dendrogram.
const BRACKET: f64 = 6.0;
const TREE: f64 = 44.0;

/// Rows and columns as they are drawn, whichever of them are genes.
pub struct GridFrame<'a> {
    pub rows: &'a Names,
    pub columns: &'a Names,
    swapped: bool,
    brackets: &'a [Bracket],
    tree: Option<&'a Tree>,
    legend: Option<GridLegend<'a>>,
    field: (f64, f64),
}

impl<'a> GridFrame<'a> {
    pub fn new(grid: &'a Grid, legend: Option<GridLegend<'a>>) -> Self {
        let (rows, columns) = match grid.swap_axes {
            false => (&*grid.groups, &*grid.genes),
            true => (&*grid.genes, &*grid.groups),
        };
        GridFrame {
            rows,
            columns,
            swapped: grid.swap_axes,
            brackets: &grid.brackets,
            tree: grid.tree.as_ref(),
            legend,
            field: FIELD,
        }
    }

    /// Fields of other sides than usual.
    pub fn with_field(mut self, field: (f64, f64)) -> Self {
        self.field = field;
        self
    }

    pub fn body(&self) -> (f64, f64) {
        // Hundreds of genes must not make a picture of several metres.
        let side = |n: usize, field: f64| (n.max(1) as f64 * field).min(2400.0);
        (
            side(self.columns.len(), self.field.0),
            side(self.rows.len(), self.field.1),
        )
    }

    /// Position of the value of a row and a column in a list by group and gene.
    pub fn index(&self, row: usize, column: usize) -> usize {
        match self.swapped {
            false => row * self.columns.len() + column,
            true => column * self.rows.len() + row,
        }
    }

    /// The rectangle of a field.
    pub fn at(&self, body: Rect, row: usize, column: usize) -> Rect {
        let width = body.width / self.columns.len() as f64;
        let height = body.height / self.rows.len() as f64;
        Rect::new(
            body.x + column as f64 * width,
            body.y + row as f64 * height,
            width,
            height,
        )
    }

    /// Size of the labels of fields that are this far apart.
    fn label_size(step: f64) -> f64 {
        (step * 0.8).clamp(2.0, SMALL)
    }

    /// Names of columns are turned unless all fit over each other's heads.
    fn names_turned(&self, body: (f64, f64)) -> bool {
        let step = body.0 / self.columns.len().max(1) as f64;
        text::widest(self.columns.iter(), SMALL) > step - 3.0
    }

    pub fn margins(&self, body: (f64, f64)) -> Margins {
        let row_size = Self::label_size(body.1 / self.rows.len().max(1) as f64);
        let column_size = Self::label_size(body.0 / self.columns.len().max(1) as f64);
        let mut margins = Margins {
            left: TICK + GAP + text::widest(self.rows.iter(), row_size),
            bottom: TICK
                + GAP
                + match self.names_turned(body) {
                    true => text::widest(self.columns.iter(), column_size),
                    false => SMALL * CAPITAL,
                },
            ..Default::default()
        };
        let brackets = match self.brackets {
            [] => 0.0,
            _ => GAP + BRACKET + 3.0 + self.bracket_depth(body),
        };
        let tree = self.tree.map_or(0.0, |_| GAP + TREE);
        // Brackets stand over the genes, the tree beside the groups.
        (margins.top, margins.right) = match self.swapped {
            false => (brackets, tree),
            true => (tree, brackets),
        };
        if let Some(legend) = &self.legend {
            margins.right += legend.width();
            margins.top = margins.top.max(legend.height() - body.1 - 2.0);
        }
        margins
    }

    /// Labels of brackets are turned where one is wider than its genes.
    fn brackets_turned(&self, body: (f64, f64)) -> bool {
        let (length, genes) = match self.swapped {
            false => (body.0, self.columns.len()),
            true => (body.1, self.rows.len()),
        };
        let step = length / genes.max(1) as f64;
        let narrow = |bracket: &Bracket| {
            let width = (bracket.last + 1 - bracket.first.min(bracket.last)) as f64 * step;
            text::width(&bracket.label, LABEL, false) > width
        };
        !self.swapped && self.brackets.iter().any(narrow)
    }

    fn bracket_depth(&self, body: (f64, f64)) -> f64 {
        match self.swapped || self.brackets_turned(body) {
            true => text::widest(self.brackets.iter().map(|b| b.label.as_str()), LABEL),
            false => LABEL * CAPITAL,
        }
    }

    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        draw_frame(scene, body, Frame::Closed);
        self.draw_names(scene, body);
        for bracket in self.brackets {
            self.draw_bracket(scene, body, bracket);
        }
        let mut right = body.right();
        if let Some(tree) = self.tree {
            let (length, leaves) = match self.swapped {
                false => (
                    Rect::new(body.right() + GAP, body.y, TREE, body.height),
                    self.rows.len(),
                ),
                true => (
                    Rect::new(body.x, body.y - GAP - TREE, body.width, TREE),
                    self.columns.len(),
                ),
            };
            tree::draw(scene, tree, length, &tree::even(leaves), !self.swapped);
        }
        let margins = self.margins((body.width, body.height));
        if let Some(legend) = &self.legend {
            right += margins.right - legend.width();
            legend.draw(scene, right, body.bottom());
        }
    }

    fn draw_names(&self, scene: &mut Scene, body: Rect) {
        let size = Self::label_size(body.height / self.rows.len().max(1) as f64);
        for (row, name) in self.rows.iter().enumerate() {
            let (_, y) = self.at(body, row, 0).centre();
            scene.line((body.x - TICK, y), (body.x, y), Rgb::BLACK, LINE_WIDTH);
            Label::new(name)
                .size(size)
                .end()
                .centred_at(scene, body.x - TICK - GAP, y);
        }
        let size = Self::label_size(body.width / self.columns.len().max(1) as f64);
        let turned = self.names_turned((body.width, body.height));
        for (column, name) in self.columns.iter().enumerate() {
            let (x, _) = self.at(body, 0, column).centre();
            let bottom = body.bottom();
            scene.line((x, bottom), (x, bottom + TICK), Rgb::BLACK, LINE_WIDTH);
            Label::new(name).size(size).turned(90.0).end().centred_at(
                scene,
                x,
                bottom + TICK + GAP,
            );
        }
    }

    fn draw_bracket(&self, scene: &mut Scene, body: Rect, bracket: &Bracket) {
        let (first, last) = (bracket.first.min(bracket.last), bracket.last);
        if self.swapped {
            let (from, to) = (self.at(body, first, 0), self.at(body, last, 0));
            let (top, bottom) = (from.y + from.height * 0.2, to.bottom() - to.height * 0.2);
            let x = body.right() + GAP;
            let line = [
                (x, top),
                (x + BRACKET, top),
                (x + BRACKET, bottom),
                (x, bottom),
            ];
            scene.stroke(Path::through(line), Rgb::BLACK, 1.0);
            Label::new(&bracket.label).centred_at(scene, x + BRACKET + 3.0, (top + bottom) / 2.0);
            return;
        }
        let (from, to) = (self.at(body, 0, first), self.at(body, 0, last));
        let (left, right) = (from.x + from.width * 0.2, to.right() - to.width * 0.2);
        let y = body.y - GAP;
        let line = [
            (left, y),
            (left, y - BRACKET),
            (right, y - BRACKET),
            (right, y),
        ];
        scene.stroke(Path::through(line), Rgb::BLACK, 1.0);
        let (x, y) = ((left + right) / 2.0, y - BRACKET - 3.0);
        match self.brackets_turned((body.width, body.height)) {
            true => Label::new(&bracket.label)
                .turned(90.0)
                .centred_at(scene, x, y),
            false => Label::new(&bracket.label).middle().at(scene, x, y),
        }
    }
}
