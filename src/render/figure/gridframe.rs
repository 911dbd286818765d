//! The frame shared by grids of groups and genes: labels, brackets, dendrogram, legend.

use super::axes::{LINE_WIDTH, draw_frame};
use super::brackets::Brackets;
use super::layout::Margins;
use super::legend::GridLegend;
use super::names::{self, Along};
use super::scene::{Rect, Scene};
use super::text::{self, CAPITAL, LABEL, Label, SMALL};
use super::tree;
use crate::data::Names;
use crate::data::figure::{Bracket, Frame, Grid, Rgb, Tree};

/// A field of the grid, in points: scanpy's 0.37 by 0.35 inches.
const FIELD: (f64, f64) = (26.0, 25.0);
const TICK: f64 = 3.0;
const GAP: f64 = 3.0;
/// Depth of a dendrogram.
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
    /// Room right of the body for what the drawing writes there.
    inset: f64,
    x_label: &'a str,
    y_label: &'a str,
}

/// Room that a label below or beside the names takes.
fn label_room(label: &str) -> f64 {
    match label {
        "" => 0.0,
        _ => LABEL * CAPITAL + 8.0,
    }
}

impl<'a> GridFrame<'a> {
    pub fn new(grid: &'a Grid, legend: Option<GridLegend<'a>>) -> Self {
        let (rows, columns) = if grid.swap_axes {
            (&*grid.genes, &*grid.groups)
        } else {
            (&*grid.groups, &*grid.genes)
        };
        GridFrame {
            rows,
            columns,
            swapped: grid.swap_axes,
            brackets: &grid.brackets,
            tree: grid.tree.as_ref(),
            legend,
            field: FIELD,
            inset: 0.0,
            x_label: &grid.x_label,
            y_label: &grid.y_label,
        }
    }

    /// Fields of other sides than usual.
    pub fn with_field(mut self, field: (f64, f64)) -> Self {
        self.field = field;
        self
    }

    /// Room right of the body.
    pub fn with_inset(mut self, inset: f64) -> Self {
        self.inset = inset;
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
        if self.swapped {
            column * self.rows.len() + row
        } else {
            row * self.columns.len() + column
        }
    }

    /// The rectangle of a field.
    pub fn at(&self, body: Rect, row: usize, column: usize) -> Rect {
        let width = body.width / self.columns.len().max(1) as f64;
        let height = body.height / self.rows.len().max(1) as f64;
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

    /// Names of rows in their lines, and their size.
    fn row_names(&self, body: (f64, f64)) -> (Vec<String>, f64) {
        let step = body.1 / self.rows.len().max(1) as f64;
        let size = Self::label_size(step);
        (names::beside(self.rows.iter(), step, size), size)
    }

    /// Names of columns, turned where they would touch, and their size.
    fn column_names(&self, body: (f64, f64)) -> (Along, f64) {
        let step = body.0 / self.columns.len().max(1) as f64;
        let size = Self::label_size(step);
        let columns: Vec<&str> = self.columns.iter().collect();
        (names::below(&columns, step, size, false), size)
    }

    pub fn margins(&self, body: (f64, f64)) -> Margins {
        let mut margins = self.inner_margins(body);
        margins.left += label_room(self.y_label);
        margins.bottom += label_room(self.x_label);
        // Labels are centered, and may be longer than a few fields.
        let over = |label: &str, length: f64| (text::width(label, LABEL, false) - length) / 2.0;
        let (beside, below) = (over(self.y_label, body.1), over(self.x_label, body.0));
        margins.top = margins.top.max(beside);
        margins.bottom = margins.bottom.max(beside);
        margins.left = margins.left.max(below);
        margins.right = margins.right.max(below);
        margins
    }

    /// All but the labels of the axes.
    fn inner_margins(&self, body: (f64, f64)) -> Margins {
        let (rows, row_size) = self.row_names(body);
        let (columns, column_size) = self.column_names(body);
        let reach = |name: &String| names::reach(name, column_size, columns.turn);
        let deepest = columns.names.iter().map(|name| reach(name).0);
        // The first name and the last may reach over the ends of the body.
        let half = body.0 / self.columns.len().max(1) as f64 / 2.0;
        let before = columns.names.first().map_or(0.0, |name| reach(name).1);
        let after = columns.names.last().map_or(0.0, |name| reach(name).2);
        let beside = text::widest(rows.iter().map(String::as_str), row_size);
        let mut margins = Margins {
            left: (TICK + GAP + beside).max(before - half),
            bottom: TICK + GAP + deepest.fold(0.0, f64::max),
            ..Default::default()
        };
        let brackets = self.brackets().depth(body);
        let tree = self.tree.map_or(0.0, |_| GAP + TREE);
        // Brackets are over the genes, the tree beside the groups.
        (margins.top, margins.right) = if self.swapped {
            (tree, brackets)
        } else {
            (brackets, tree)
        };
        margins.right = (margins.right + self.inset).max(after - half);
        if let Some(legend) = &self.legend {
            margins.right += legend.width();
            margins.top = margins.top.max(legend.height() - body.1 - 2.0);
        }
        margins
    }

    fn brackets(&self) -> Brackets<'_> {
        Brackets {
            list: self.brackets,
            genes: if self.swapped {
                self.rows.len()
            } else {
                self.columns.len()
            },
            beside: self.swapped,
        }
    }

    pub fn draw(&self, scene: &mut Scene, body: Rect) {
        draw_frame(scene, body, Frame::Closed);
        self.draw_names(scene, body);
        let beside = Rect::new(body.x, body.y, body.width + self.inset, body.height);
        self.brackets()
            .draw(scene, if self.swapped { beside } else { body });
        let mut right = body.right();
        if let Some(tree) = self.tree {
            let (length, leaves) = if self.swapped {
                (
                    Rect::new(body.x, body.y - GAP - TREE, body.width, TREE),
                    self.columns.len(),
                )
            } else {
                (
                    Rect::new(beside.right() + GAP, body.y, TREE, body.height),
                    self.rows.len(),
                )
            };
            tree::draw(scene, tree, length, &tree::even(leaves), !self.swapped);
        }
        let margins = self.inner_margins((body.width, body.height));
        self.draw_labels(scene, body, margins);
        if let Some(legend) = &self.legend {
            right += margins.right - legend.width();
            legend.draw(scene, right, body.bottom());
        }
    }

    fn draw_labels(&self, scene: &mut Scene, body: Rect, margins: Margins) {
        let (x, y) = body.center();
        if !self.y_label.is_empty() {
            let at = body.x - margins.left - 4.0 - LABEL * CAPITAL / 2.0;
            let label = Label::new(self.y_label).turned(90.0).middle();
            label.centered_at(scene, at, y);
        }
        if !self.x_label.is_empty() {
            let at = body.bottom() + margins.bottom + 5.0 + LABEL * CAPITAL;
            Label::new(self.x_label).middle().at(scene, x, at);
        }
    }

    fn draw_names(&self, scene: &mut Scene, body: Rect) {
        let (names, size) = self.row_names((body.width, body.height));
        for (row, name) in names.into_iter().enumerate() {
            let (_, y) = self.at(body, row, 0).center();
            scene.line((body.x - TICK, y), (body.x, y), Rgb::BLACK, LINE_WIDTH);
            Label::new(name)
                .size(size)
                .end()
                .centered_at(scene, body.x - TICK - GAP, y);
        }
        let (along, size) = self.column_names((body.width, body.height));
        for (column, name) in along.names.into_iter().enumerate() {
            let (x, _) = self.at(body, 0, column).center();
            let bottom = body.bottom();
            scene.line((x, bottom), (x, bottom + TICK), Rgb::BLACK, LINE_WIDTH);
            let (label, top) = (Label::new(name).size(size), bottom + TICK + GAP);
            if along.turn == 0.0 {
                label.middle().at(scene, x, top + size * CAPITAL)
            } else {
                label.turned(along.turn).end().centered_at(scene, x, top)
            }
        }
    }
}
