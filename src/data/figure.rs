//! A figure as data: what to draw, not how. Drawn by `render`, as a picture or in the terminal.
//!
//! A [`Figure`] is a grid of [`Panel`]s; each holds one [`Kind`] of drawing. Values are what the
//! caller computed: means, fractions and scalings are done before, densities of violins by the
//! drawer. Everything that is one per cell is shared, not copied.

mod color;
mod colormap;
mod grid;
mod network;
mod palette;
mod rgb;
mod series;

pub use color::{Color, ColorScale, Groups};
pub use colormap::Colormap;
pub use grid::{Bracket, Dots, Expression, Grid, HeatMap, Matrix, Merge, StackedViolins, Tracks};
pub use grid::{Dendrogram, Tree};
pub use network::{Edge, Network, Node};
pub use palette::{COLOR_BLIND, category_colors};
pub use rgb::Rgb;
pub use series::{Bars, BoxPlot, Boxes, Histogram, Line, LineStyle, Lines, Ranks};

use std::sync::Arc;

/// Panels in a grid, filled row by row.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    pub title: Option<String>,
    pub panels: Vec<Panel>,
    /// Panels side by side; 4 at most if not given.
    pub columns: Option<usize>,
    /// Width and height of the whole in inches; what suits the panels if not given.
    pub size: Option<(f64, f64)>,
}

impl Figure {
    /// A figure of one panel.
    pub fn of(kind: impl Into<Kind>) -> Self {
        Figure::default().with(Panel::new(kind))
    }

    pub fn with(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns);
        self
    }

    pub fn size(mut self, width: f64, height: f64) -> Self {
        self.size = Some((width, height));
        self
    }
}

/// One drawing with a title of its own.
#[derive(Debug, Clone)]
pub struct Panel {
    pub title: Option<String>,
    pub kind: Kind,
}

impl Panel {
    pub fn new(kind: impl Into<Kind>) -> Self {
        Panel {
            title: None,
            kind: kind.into(),
        }
    }

    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

macro_rules! kinds {
    ($($kind:ident),*) => {
        /// What a panel shows.
        #[derive(Debug, Clone)]
        pub enum Kind {
            $($kind($kind)),*
        }
        $(impl From<$kind> for Kind {
            fn from(drawing: $kind) -> Self {
                Kind::$kind(drawing)
            }
        })*
    };
}
kinds!(
    Points,
    Violins,
    Dots,
    Matrix,
    HeatMap,
    StackedViolins,
    Tracks,
    Bars,
    Histogram,
    Boxes,
    Lines,
    Ranks,
    Network,
    Dendrogram
);

/// One axis of a drawing: its label, range and transformation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scale {
    pub label: String,
    /// Logarithmic, base 10; values that are not positive are left out.
    pub log: bool,
    /// What is seen; all values with a margin if not given.
    pub range: Option<(f64, f64)>,
    /// Without numbers and ticks, as embeddings are drawn.
    pub bare: bool,
}

impl Scale {
    pub fn new(label: impl Into<String>) -> Self {
        Scale {
            label: label.into(),
            ..Default::default()
        }
    }

    /// A label alone: coordinates without a meaning of their own.
    pub fn bare(label: impl Into<String>) -> Self {
        Scale {
            bare: true,
            ..Scale::new(label)
        }
    }

    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }

    pub fn range(mut self, from: f64, to: f64) -> Self {
        self.range = Some((from, to));
        self
    }
}

/// Where the names of groups stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Legend {
    #[default]
    RightMargin,
    /// Each name at the median of its group.
    OnData,
    Hidden,
}

/// The lines around a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Frame {
    #[default]
    Closed,
    /// Left and bottom only.
    Open,
    Hidden,
}

/// One point a cell: embeddings and scatter plots.
#[derive(Debug, Clone)]
pub struct Points {
    pub x: Arc<Vec<f32>>,
    pub y: Arc<Vec<f32>>,
    pub x_scale: Scale,
    pub y_scale: Scale,
    pub color: Color,
    /// Area of a point in square typographic points, scanpy's `size`; by number of cells if not given.
    pub size: Option<f64>,
    pub legend: Legend,
    pub frame: Frame,
    /// Levels to show in color, the rest in grey below them; empty shows all.
    pub highlight: Vec<usize>,
    /// Draw larger values above smaller ones; otherwise in a fixed shuffled order.
    pub sort: bool,
    /// Color of cells without a value, and of levels not highlighted.
    pub missing: Rgb,
    /// Lines between cells, below the points: from, to, weight.
    pub edges: Option<Arc<Vec<(u32, u32, f32)>>>,
}

impl Points {
    /// An embedding: axes `UMAP1`, `UMAP2` without numbers.
    pub fn embedding(name: &str, x: Arc<Vec<f32>>, y: Arc<Vec<f32>>, color: Color) -> Self {
        Points {
            x_scale: Scale::bare(format!("{name}1")),
            y_scale: Scale::bare(format!("{name}2")),
            ..Points::scatter(x, y, color)
        }
    }

    /// A scatter plot with numbers on its axes.
    pub fn scatter(x: Arc<Vec<f32>>, y: Arc<Vec<f32>>, color: Color) -> Self {
        Points {
            x,
            y,
            x_scale: Scale::default(),
            y_scale: Scale::default(),
            color,
            size: None,
            legend: Legend::default(),
            frame: Frame::default(),
            highlight: Vec::new(),
            sort: true,
            missing: Rgb::MISSING,
            edges: None,
        }
    }
}

/// Distributions of one value, one violin a group.
#[derive(Debug, Clone)]
pub struct Violins {
    /// One value a cell; NaN is left out.
    pub values: Arc<Vec<f32>>,
    /// `None`: one violin of all cells.
    pub groups: Option<Groups>,
    /// Above the groups' names.
    pub group_label: String,
    pub scale: Scale,
    /// Cells as points, scattered sideways.
    pub strip: bool,
    pub frame: Frame,
}

impl Violins {
    pub fn new(
        label: impl Into<String>,
        values: Arc<Vec<f32>>,
        groups: impl Into<Option<Groups>>,
    ) -> Self {
        Violins {
            values,
            groups: groups.into(),
            group_label: String::new(),
            scale: Scale::new(label),
            strip: true,
            frame: Frame::default(),
        }
    }

    /// Name, color and values of every group; of all cells if there are no groups.
    pub fn by_group(&self) -> Vec<(&str, Rgb, Vec<f32>)> {
        let Some(groups) = &self.groups else {
            return vec![("", category_colors(1)[0], self.values.to_vec())];
        };
        let named = groups.levels.iter().zip(&groups.colors);
        let mut by_group: Vec<_> = named
            .map(|(name, &color)| (name, color, Vec::new()))
            .collect();
        for (cell, &value) in self.values.iter().enumerate() {
            if let Some(level) = groups.level(cell) {
                by_group[level].2.push(value);
            }
        }
        by_group
    }
}
