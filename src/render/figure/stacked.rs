//! Stacked violins: one small violin for each group and gene, colored by its median.

use super::density::density;
use super::gridframe::GridFrame;
use super::layout::{Drawing, Margins};
use super::legend::GridLegend;
use super::ruler::Ruler;
use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{self, Label};
use super::violins::TOO_FEW;
use crate::data::figure::{ColorScale, Grid, Rgb, Scale, StackedViolins};

const FIELD: (f64, f64) = (27.0, 27.0);

/// Radius of cells that are drawn as points.
const FEW_RADIUS: f64 = 1.3;

/// Marks beside a row, and size of their numbers.
const TICK: f64 = 2.0;
const SMALLEST: f64 = 6.5;

pub struct StackedDrawing<'a> {
    violins: &'a StackedViolins,
    grid: Grid,
    cells: Vec<Vec<u32>>,
    /// groups × genes by row; NaN where a group has no cells.
    medians: Vec<f64>,
    color: ColorScale,
    range: (f64, f64),
}

impl<'a> StackedDrawing<'a> {
    pub fn new(violins: &'a StackedViolins) -> Self {
        let expression = &violins.expression;
        let cells = expression.cells_by_level();
        let genes = expression.genes.len();
        let medians: Vec<f64> = cells
            .iter()
            .flat_map(|cells| (0..genes).map(move |gene| (cells, gene)))
            .map(|(cells, gene)| median(cells.iter().map(|&cell| expression.value(cell, gene))))
            .collect();
        let finite = || expression.values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = (
            finite().fold(f32::INFINITY, f32::min),
            finite().fold(f32::NEG_INFINITY, f32::max),
        );
        StackedDrawing {
            violins,
            grid: Grid {
                groups: expression.groups.levels.clone(),
                genes: expression.genes.clone(),
                brackets: expression.brackets.clone(),
                tree: expression.tree.clone(),
                swap_axes: violins.swap_axes,
                x_label: violins.x_label.clone(),
                y_label: violins.y_label.clone(),
            },
            cells,
            color: violins.color.fitted(medians.iter().copied()),
            medians,
            range: match (f64::from(low), f64::from(high)) {
                (low, high) if low > high => (0.0, 1.0),
                ends => ends,
            },
        }
    }

    fn frame(&self) -> GridFrame<'_> {
        let legend = GridLegend {
            color: &self.color,
            sizes: None,
        };
        let ticks = self.ticks();
        let widest = text::widest(ticks.iter().map(|(_, label)| label.as_str()), SMALLEST);
        GridFrame::new(&self.grid, Some(legend))
            .with_field(FIELD)
            .with_inset(TICK + 2.0 + widest)
    }

    /// The numbers beside each row: all violins share one scale.
    fn ticks(&self) -> Vec<(f64, String)> {
        let (low, high) = self.range;
        let ruler = Ruler::new(&Scale::default(), (low, high), 0.0, FIELD.1);
        let ticks = ruler.ticks(FIELD.1);
        // The first and the last say it all.
        let last = ticks.len().saturating_sub(1);
        let ends = ticks.into_iter().enumerate();
        ends.filter(|(i, _)| *i == 0 || *i == last)
            .map(|(_, tick)| tick)
            .collect()
    }

    /// Small numbers right of a row, if it is high enough for them.
    fn draw_ticks(&self, scene: &mut Scene, row: Rect) {
        if row.height < 2.0 * SMALLEST + 2.0 {
            return;
        }
        for (value, label) in self.ticks() {
            let y = self.place(value, row);
            let ink = Rgb(90, 90, 90);
            scene.line((row.right(), y), (row.right() + TICK, y), ink, 0.5);
            // Numbers stay in their row.
            let half = SMALLEST / 2.0;
            let middle = y.clamp(row.y + half, row.bottom() - half);
            Label::new(label).size(SMALLEST).color(ink).centered_at(
                scene,
                row.right() + TICK + 2.0,
                middle,
            );
        }
    }

    /// The position of a value in a field; all fields share one scale.
    fn place(&self, value: f64, field: Rect) -> f64 {
        let (low, high) = self.range;
        let share = (value - low) / (high - low).max(1e-12);
        field.bottom() - field.height * (0.06 + 0.88 * share)
    }

    /// Too few cells for a violin, as points.
    fn few(&self, group: usize, gene: usize, field: Rect) -> Vec<(f64, f64)> {
        let values = self.cells[group].iter();
        let values = values.map(|&cell| self.violins.expression.value(cell, gene));
        let finite = values.filter(|value| value.is_finite());
        let x = field.center().0;
        let points = finite.map(|value| (x, self.place(f64::from(value), field)));
        points.collect()
    }

    /// A violin standing in its field, all on one scale.
    fn violin(&self, group: usize, gene: usize, field: Rect) -> Option<Path> {
        let values = self.cells[group].iter();
        let density = density(values.map(|&cell| self.violins.expression.value(cell, gene)))?;
        let (x, _) = field.center();
        let y = |value: f64| self.place(value, field);
        let half = field.width * 0.44;
        let places: Vec<(f64, f64)> = (0..density.heights.len())
            .map(|step| (density.heights[step] * half, y(density.value(step))))
            .collect();
        if places.len() == 1 {
            return Some(Path::line((x - half, places[0].1), (x + half, places[0].1)));
        }
        let right = places.iter().map(|(dx, y)| (x + dx, *y));
        let left = places.iter().rev().map(|(dx, y)| (x - dx, *y));
        Some(Path::polygon(right.chain(left)))
    }
}

/// The grid of a drawing and the medians in it, groups × genes by row.
pub fn medians(violins: &StackedViolins) -> (Grid, Vec<f32>) {
    let drawing = StackedDrawing::new(violins);
    let medians = drawing
        .medians
        .iter()
        .map(|&median| median as f32)
        .collect();
    (drawing.grid, medians)
}

fn median(values: impl Iterator<Item = f32>) -> f64 {
    let mut values: Vec<f32> = values.filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return f64::NAN;
    }
    values.sort_unstable_by(f32::total_cmp);
    let (below, above) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    (f64::from(below) + f64::from(above)) / 2.0
}

impl Drawing for StackedDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        self.frame().body()
    }

    fn grows(&self) -> bool {
        true
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        self.frame().margins(body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let frame = self.frame();
        let genes = self.grid.genes.len();
        for row in 0..frame.rows.len() {
            let first = frame.at(body, row, 0);
            let whole = Rect::new(body.x, first.y, body.width, first.height);
            self.draw_ticks(scene, whole);
            if row > 0 {
                let y = frame.at(body, row, 0).y;
                scene.line((body.x, y), (body.right(), y), Rgb(225, 225, 225), 0.4);
            }
            for column in 0..frame.columns.len() {
                let i = frame.index(row, column);
                let field = frame.at(body, row, column);
                let line = Stroke::new(Rgb(90, 90, 90), 0.5);
                let color = self.color.color(self.medians[i]);
                if self.cells[i / genes].len() <= TOO_FEW {
                    for (x, y) in self.few(i / genes, i % genes, field) {
                        scene.disc(x, y, FEW_RADIUS, Some(color), Some(line));
                    }
                } else if let Some(outline) = self.violin(i / genes, i % genes, field) {
                    scene.shape(outline, Some(color), Some(line));
                }
            }
        }
        frame.draw(scene, body);
    }
}
