//! Drawings of genes against groups or cells: dot plots, matrices, heat maps, tracks.

use super::{ColorScale, Groups, Rgb};
use crate::data::Names;
use std::sync::Arc;

/// Scanpy's titles of the colors of grids.
pub const MEAN_EXPRESSION: &str = "Mean expression\nin group";
pub const MEDIAN_EXPRESSION: &str = "Median expression\nin group";

/// A name over a run of neighboring genes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bracket {
    pub label: String,
    /// Positions of the first gene and the last one, both inside.
    pub first: usize,
    pub last: usize,
}

/// The merging of two clusters. Leaves are numbered from 0, merges go on from there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    pub left: u32,
    pub right: u32,
    pub height: f64,
}

/// A binary tree of groups: scipy's linkage and leaf order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    pub merges: Vec<Merge>,
    /// The leaves as they are drawn. A drawing's rows are in this order too.
    pub order: Vec<u32>,
}

/// Labels of a drawing with one mark for each group and gene.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Rows, from the top, as they are to be drawn.
    pub groups: Arc<Names>,
    /// Columns, from the left.
    pub genes: Arc<Names>,
    pub brackets: Vec<Bracket>,
    /// A dendrogram of the groups beside them.
    pub tree: Option<Tree>,
    /// Genes as rows, groups as columns.
    pub swap_axes: bool,
    /// Below the columns and beside the rows; empty for none.
    pub x_label: String,
    pub y_label: String,
}

impl Grid {
    pub fn new(groups: Arc<Names>, genes: Arc<Names>) -> Self {
        Grid {
            groups,
            genes,
            ..Default::default()
        }
    }
}

/// Dot plot: size is the share of cells that express the gene, color the mean.
#[derive(Debug, Clone)]
pub struct Dots {
    pub grid: Grid,
    /// groups × genes by row, from 0 to 1.
    pub fractions: Vec<f32>,
    /// groups × genes by row, scaled already if that is wanted.
    pub means: Vec<f32>,
    pub color: ColorScale,
    /// Groups whose colors go from white to one of their own instead, one a group; empty for none.
    pub group_colors: Vec<Option<Rgb>>,
    pub size_title: String,
    /// The fraction with the largest dot; the largest fraction, rounded up to tenths, if not given.
    pub dot_max: Option<f64>,
    /// The fraction below which there is no dot.
    pub dot_min: Option<f64>,
}

impl Dots {
    /// With scanpy's titles and colors.
    pub fn new(grid: Grid, fractions: Vec<f32>, means: Vec<f32>) -> Self {
        Dots {
            grid,
            fractions,
            means,
            color: ColorScale::new(super::Colormap::REDS).titled(MEAN_EXPRESSION),
            group_colors: Vec::new(),
            size_title: "Fraction of cells\nin group (%)".to_owned(),
            dot_max: None,
            dot_min: None,
        }
    }

    /// The color of the dot of a group and a gene; `color` is [`Dots::color`] with its ends set.
    pub fn color_of(&self, at: usize, color: &ColorScale) -> Rgb {
        let mean = f64::from(self.means[at]);
        let group = at / self.grid.genes.len().max(1);
        match self.group_colors.get(group) {
            Some(Some(own)) if !mean.is_nan() => Rgb::WHITE.mix(*own, color.position(mean)),
            _ => color.color(mean),
        }
    }

    /// The scale of the legend: in grey where groups have colors of their own.
    pub fn legend(&self, color: &ColorScale) -> ColorScale {
        let own = self.group_colors.iter().any(Option::is_some);
        ColorScale {
            map: if own {
                super::Colormap::GRAYS
            } else {
                color.map
            },
            ..color.clone()
        }
    }
}

/// Matrix plot, correlation matrix, confusion matrix: one colored field for each pair.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub grid: Grid,
    /// groups × genes by row; NaN is grey.
    pub values: Vec<f32>,
    pub color: ColorScale,
    /// The numbers, written into the fields.
    pub numbers: bool,
    /// Fields of equal sides.
    pub square: bool,
}

impl Matrix {
    /// Mean expression of genes in groups.
    pub fn new(grid: Grid, values: Vec<f32>) -> Self {
        Matrix {
            grid,
            values,
            color: ColorScale::default().titled(MEAN_EXPRESSION),
            numbers: false,
            square: false,
        }
    }

    /// Correlations from -1 to 1 between the groups of a tree, in its order.
    pub fn correlations(groups: Arc<Names>, values: Vec<f32>, tree: Option<Tree>) -> Self {
        let mut grid = Grid::new(Arc::clone(&groups), groups);
        grid.tree = tree;
        Matrix {
            color: ColorScale::new(super::Colormap::BWR)
                .range(-1.0, 1.0)
                .titled("Correlation"),
            square: true,
            ..Matrix::new(grid, values)
        }
    }
}

/// Expression of some genes in all cells, cells by group.
#[derive(Debug, Clone)]
pub struct Expression {
    /// cells × genes by row.
    pub values: Arc<Vec<f32>>,
    /// Cells are drawn by level, within a level in the order given; those without one are left out.
    pub groups: Groups,
    pub genes: Arc<Names>,
    pub brackets: Vec<Bracket>,
    /// A dendrogram of the groups; `groups.levels` must be in its order.
    pub tree: Option<Tree>,
    /// What the groups are, as `cell_type`.
    pub group_label: String,
}

impl Expression {
    pub fn new(values: Arc<Vec<f32>>, groups: Groups, genes: Arc<Names>) -> Self {
        Expression {
            values,
            groups,
            genes,
            brackets: Vec::new(),
            tree: None,
            group_label: String::new(),
        }
    }

    /// Positions of the cells of each level.
    pub fn cells_by_level(&self) -> Vec<Vec<u32>> {
        let mut levels = vec![Vec::new(); self.groups.levels.len()];
        for cell in 0..self.groups.codes.len() {
            if let Some(level) = self.groups.level(cell) {
                levels[level].push(cell as u32);
            }
        }
        levels
    }

    /// The value of a gene in a cell.
    pub fn value(&self, cell: u32, gene: usize) -> f32 {
        self.values[cell as usize * self.genes.len() + gene]
    }
}

/// Every cell a line, with a bar of the groups' colors beside.
#[derive(Debug, Clone)]
pub struct HeatMap {
    pub expression: Expression,
    pub color: ColorScale,
    pub swap_axes: bool,
}

impl HeatMap {
    pub fn new(expression: Expression) -> Self {
        HeatMap {
            expression,
            color: ColorScale::default(),
            swap_axes: false,
        }
    }
}

/// Small violins for each group and gene, colored by the median.
#[derive(Debug, Clone)]
pub struct StackedViolins {
    pub expression: Expression,
    pub color: ColorScale,
    pub swap_axes: bool,
    /// Below the columns and beside the rows; empty for none.
    pub x_label: String,
    pub y_label: String,
}

impl StackedViolins {
    pub fn new(expression: Expression) -> Self {
        StackedViolins {
            expression,
            color: ColorScale::new(super::Colormap::BLUES).titled(MEDIAN_EXPRESSION),
            swap_axes: false,
            x_label: String::new(),
            y_label: String::new(),
        }
    }
}

/// Every cell a thin bar, one row per gene, colored by group.
#[derive(Debug, Clone)]
pub struct Tracks {
    pub expression: Expression,
}

/// A dendrogram by itself.
#[derive(Debug, Clone)]
pub struct Dendrogram {
    pub tree: Tree,
    /// Names of the leaves by number, not in the order drawn.
    pub labels: Arc<Names>,
    /// Growing to the right instead of upwards.
    pub sideways: bool,
}
