//! A figure as data: what to draw, not how. Drawn by `render`, as a picture or in the terminal.
//!
//! A [`Figure`] is a grid of [`Panel`]s; each holds one [`Kind`] of drawing. Values are what the
//! caller computed: means, fractions and scalings are done before, densities of violins by the
//! drawer. Everything that is one per cell is shared, not copied.

mod axis_labels;
mod color;
mod colormap;
mod grid;
mod marks;
mod network;
mod palette;
mod rgb;
mod series;
mod slide;
mod symbols;

pub use color::{Color, ColorScale, Groups};
pub use colormap::Colormap;
pub use grid::{Bracket, Dots, Expression, Grid, HeatMap, Matrix, Merge, StackedViolins, Tracks};
pub use grid::{Dendrogram, MEAN_EXPRESSION, MEDIAN_EXPRESSION, Tree};
pub use network::{Edge, Network, Node};
pub use palette::{COLOR_BLIND, category_colors};
pub use rgb::Rgb;
pub use series::{Bars, BoxPlot, Boxes, Histogram, Line, LineStyle, Lines, Ranks};
pub use slide::{Slide, SlideImage};
pub use symbols::Symbols;

use std::sync::Arc;

/// Endings of the files that figures are drawn into.
pub const FILES: [&str; 3] = ["png", "svg", "pdf"];

/// Panels in a grid, filled row by row.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    pub title: Option<String>,
    pub panels: Vec<Panel>,
    /// Panels side by side; 4 at most if not given.
    pub columns: Option<usize>,
    /// Width and height of the whole in inches; what suits the panels if not given.
    pub size: Option<(f64, f64)>,
    /// Size of labels in typographic points, 10 if not given; other texts keep their proportion.
    pub font: Option<f64>,
    /// What of its texts is a gene.
    pub symbols: Symbols,
    /// Names of genes are set in italics.
    pub italic: bool,
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

    /// Panels side by side: as many as look well for their number, if nothing is said.
    pub fn columns(&self) -> usize {
        self.columns.unwrap_or(match self.panels.len() {
            n @ 0..=3 => n.max(1),
            4 => 2,
            5 | 6 | 9 => 3,
            _ => 4,
        })
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
    /// At the upper left corner: `a`, `b` …
    pub letter: Option<char>,
    pub kind: Kind,
}

impl Panel {
    pub fn new(kind: impl Into<Kind>) -> Self {
        Panel {
            title: None,
            letter: None,
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

/// One point per cell: embeddings and scatter plots.
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
    /// Whether colors that stand for numbers get a bar.
    pub bar: bool,
    pub frame: Frame,
    /// The cells that are drawn in color, the rest in grey below them; `None` for all.
    pub part: Option<Part>,
    /// Levels to show in color, the rest in grey below them; empty shows all.
    pub highlight: Vec<usize>,
    /// Which cells lie above the others where colors stand for numbers.
    pub sort: Sort,
    /// Color of cells without a value, and of levels not highlighted.
    pub missing: Rgb,
    /// Lines between cells, below the points: from, to, weight.
    pub edges: Option<Arc<Vec<(u32, u32, f32)>>>,
    /// Places are those on a slide of tissue.
    pub slide: Option<Arc<Slide>>,
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
            bar: true,
            frame: Frame::default(),
            part: None,
            highlight: Vec::new(),
            sort: Sort::default(),
            missing: Rgb::MISSING,
            edges: None,
            slide: None,
        }
    }
}

impl Points {
    /// Whether a cell is one of those that are drawn in color.
    pub fn is_in_part(&self, cell: usize) -> bool {
        self.part.as_ref().is_none_or(|part| part.has(cell))
    }
}

/// The order in which points are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Larger values above smaller ones.
    #[default]
    Rising,
    /// Values far from zero above those near it.
    ByMagnitude,
    /// A fixed shuffled order.
    Shuffled,
}

/// The cells of one level of a column.
#[derive(Debug, Clone)]
pub struct Part {
    pub codes: Arc<Vec<i32>>,
    pub level: i32,
}

impl Part {
    pub fn has(&self, cell: usize) -> bool {
        self.codes[cell] == self.level
    }
}

/// Distributions of one value, one violin a group.
#[derive(Debug, Clone)]
pub struct Violins {
    /// One value per cell; NaN is left out.
    pub values: Arc<Vec<f32>>,
    /// `None`: one violin of all cells.
    pub groups: Option<Groups>,
    /// Conditions whose violins are next to each other in each group; two share one violin, a
    /// half each.
    pub split: Option<Groups>,
    /// What the conditions are, above their names.
    pub split_label: String,
    /// Above the groups' names.
    pub group_label: String,
    pub scale: Scale,
    /// Cells as points, scattered sideways.
    pub strip: bool,
    pub frame: Frame,
}

/// A group of cells, and its violins: color and values.
#[derive(Debug, Clone)]
pub struct ViolinGroup<'a> {
    pub name: &'a str,
    pub violins: Vec<(Rgb, Vec<f32>)>,
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
            split: None,
            split_label: String::new(),
            group_label: String::new(),
            scale: Scale::new(label),
            strip: true,
            frame: Frame::default(),
        }
    }

    /// Every group with its violins: one in the group's color, or one for each condition in that of
    /// the condition. One group of all cells if there are none.
    pub fn by_group(&self) -> Vec<ViolinGroup<'_>> {
        let own = category_colors(1);
        let (names, colors): (Vec<&str>, &[Rgb]) = match &self.groups {
            Some(groups) => (groups.levels.iter().collect(), &groups.colors),
            None => (vec![""], &own),
        };
        let conditions = |color: Rgb| match &self.split {
            Some(split) => split
                .colors
                .iter()
                .map(|&color| (color, Vec::new()))
                .collect(),
            None => vec![(color, Vec::new())],
        };
        let mut by_group: Vec<ViolinGroup> = names
            .into_iter()
            .zip(colors)
            .map(|(name, &color)| ViolinGroup {
                name,
                violins: conditions(color),
            })
            .collect();
        for (cell, &value) in self.values.iter().enumerate() {
            let level = self.groups.as_ref().map_or(Some(0), |it| it.level(cell));
            let condition = self.split.as_ref().map_or(Some(0), |it| it.level(cell));
            if let (Some(level), Some(condition)) = (level, condition) {
                by_group[level].violins[condition].1.push(value);
            }
        }
        by_group
    }
}
