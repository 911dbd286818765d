//! Nodes and edges with given places: abstracted graphs (PAGA), clustering trees.

use super::{ColorScale, Rgb};

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub name: String,
    pub x: f64,
    pub y: f64,
    /// Cells it stands for, or any other size; the area of the disc grows with its square root.
    pub size: f64,
    pub color: Rgb,
    /// Shares of other colors, drawn as a pie; empty for a plain disc.
    pub pie: Vec<(f64, Rgb)>,
}

impl Node {
    pub fn new(name: impl Into<String>, x: f64, y: f64, size: f64, color: Rgb) -> Self {
        Node {
            name: name.into(),
            x,
            y,
            size,
            color,
            pie: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Positions in `nodes`.
    pub from: usize,
    pub to: usize,
    /// From 0 to 1: the share of the widest line.
    pub weight: f64,
    pub dashed: bool,
    /// With a head at `to`.
    pub arrow: bool,
}

impl Edge {
    pub fn new(from: usize, to: usize, weight: f64) -> Self {
        Edge {
            from,
            to,
            weight,
            dashed: false,
            arrow: false,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Network {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// A bar for colors that stand for numbers; its ends must be set.
    pub color_bar: Option<ColorScale>,
    /// Names beside the nodes.
    pub hide_names: bool,
    pub frameless: bool,
    /// Names of rows from top to bottom, such as resolutions: y and name.
    pub rows: Vec<(f64, String)>,
    /// What the rows are; empty for nothing.
    pub row_title: String,
}
