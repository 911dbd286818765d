//! `composition`: how many cells of each group the samples hold, as stacked bars or as a table.

use crate::command::params::{Data, Flag, GroupKey, Many, Palette, PathOut, Text};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::inputs::joined_groups::joined_groups;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::group_rows::{Drawn as Rows, GroupRows, group_rows};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::{Drawn, draw};
use crate::data::figure::{Bars, Figure, Groups, Scale};
use crate::data::{Column, Lazy, NumberType, Promise, Table, Value};
use crate::diagnostic::{Outcome, code};
use crate::params;
use crate::plan::Promised;
use std::sync::Arc;

params! {
    Composition {
        /// The dataset.
        adata: Data,
        /// Columns of obs, as in [sample, cell_type]: a bar for each group of the first, divided by the
        /// groups of the last. Columns between them divide the samples.
        #[also("groupby")]
        by: Many<GroupKey>,
        /// Numbers of cells instead of fractions.
        counts: Flag = false,
        /// Return the numbers as a table instead of drawing them.
        table: Flag = false,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Bars to draw, in this order; by default all.
        groups: Option<Many<Text>>,
        /// Colors of the parts: a list, a palette by matplotlib's name, or {group: color}; stored in uns.
        #[also("cols")]
        palette: Option<Palette>,
        /// Bars from left to right.
        horizontal: Flag = false,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Composition {
    const SPEC: Spec = Spec {
        name: "composition",
        summary: "Draw the composition of samples by cell type, as stacked bars.",
        keywords: "proportions fractions cell type abundance stacked bar plot barplot",
        about: "Fractions are of the cells of a sample that have a cell type. table=true returns both cells and fractions,\nwith a row for each sample and cell type, also where there are no cells.",
        like: &["dittoBarPlot"],
        examples: &[
            "composition adata by=[batch, cell_type]",
            "composition adata by=[batch, cell_type] counts=true palette=tab10 out=\"composition.png\"",
            "t = composition(adata, by=[batch, cell_type], table=true); t[cell_type == \"B\"]",
        ],
        holds: "two labels per cell",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let keys = self.by.texts();
        let Some((parts, bars)) = keys.split_last().filter(|(_, bars)| !bars.is_empty()) else {
            let headline = "`by` needs two columns: samples, and what they are composed of";
            let error = scene.error("by", code::INVALID_VALUE, headline, "is one column");
            return Err(error.help("composition adata by=[sample, cell_type]"));
        };
        let mut drawn = Drawn::new(&self.adata.0);
        let palette = GroupColors::new(scene, self.palette.as_ref())?;
        if !self.table.0 {
            drawn.colors(scene, parts, palette.as_ref())?;
        }
        let (joined, bar) = joined_groups(scene, &drawn.data, bars)?;
        let of_bars = Rows {
            only: self.groups.as_ref(),
            ..Rows::default()
        };
        let of_parts = Rows {
            palette: palette.as_ref(),
            ..Rows::default()
        };
        let needs = [
            group_rows(scene, &joined, &bar, of_bars)?,
            group_rows(scene, &drawn.data, parts, of_parts)?,
        ];
        if self.table.0 {
            let table = table(scene, needs, bar, parts.clone());
            return Ok(Reply::Value(Val::Table(table)));
        }
        let (paper, part) = ((self.sheet, self.axes), parts.clone());
        let reply = draw(scene, needs, self.out, paper, move |[bars, parts]| {
            let mut drawing = bars_of(&Cells::of(&bars, &parts), self.counts.0);
            drawing.horizontal = self.horizontal.0;
            (drawing.label_title, drawing.legend_title) = (bar, part);
            Ok(Figure::of(drawing))
        })?;
        Ok(drawn.leaves(reply))
    }
}

/// Cells by bar and part.
struct Cells {
    bars: Groups,
    parts: Groups,
    /// bars × parts by row.
    counts: Vec<u64>,
}

impl Cells {
    /// From the rows of bars and those of parts.
    fn of(bars: &GroupRows, parts: &GroupRows) -> Self {
        let (bars, parts) = (bars.groups.clone(), parts.groups.clone());
        let mut counts = vec![0; bars.levels.len() * parts.levels.len()];
        for cell in 0..bars.codes.len() {
            if let (Some(bar), Some(part)) = (bars.level(cell), parts.level(cell)) {
                counts[bar * parts.levels.len() + part] += 1;
            }
        }
        Cells {
            bars,
            parts,
            counts,
        }
    }

    fn count(&self, bar: usize, part: usize) -> f64 {
        self.counts[bar * self.parts.levels.len() + part] as f64
    }

    /// Of the cells of the bar; NaN where it has none.
    fn fraction(&self, bar: usize, part: usize) -> f64 {
        let all = (0..self.parts.levels.len()).map(|part| self.count(bar, part));
        self.count(bar, part) / all.sum::<f64>()
    }
}

fn bars_of(cells: &Cells, counts: bool) -> Bars {
    let bars = 0..cells.bars.levels.len();
    let series = cells.parts.levels.iter().zip(&cells.parts.colors);
    let series = series.enumerate().map(|(part, (name, &color))| {
        let value = |bar| {
            if counts {
                cells.count(bar, part)
            } else {
                cells.fraction(bar, part)
            }
        };
        (name.to_owned(), color, bars.clone().map(value).collect())
    });
    Bars {
        labels: cells.bars.levels.iter().map(str::to_owned).collect(),
        series: series.collect(),
        stacked: true,
        scale: if counts {
            Scale::new("cells")
        } else {
            Scale::new("fraction of cells").range(0.0, 1.0)
        },
        ..Bars::default()
    }
}

/// A row for each bar and part.
fn table(scene: &Scene, needs: [Promised<GroupRows>; 2], bar: String, part: String) -> Lazy {
    scene.light_step(needs, Promise::Table, move |[bars, parts], _| {
        let cells = Cells::of(&bars, &parts);
        let (n, m) = (cells.bars.levels.len(), cells.parts.levels.len());
        let pairs = || (0..n).flat_map(|bar| (0..m).map(move |part| (bar, part)));
        let codes = |of: fn((usize, usize)) -> usize| pairs().map(|pair| of(pair) as i32).collect();
        let (of_bar, of_part) = (codes(|pair| pair.0), codes(|pair| pair.1));
        let counts = pairs().map(|(bar, part)| cells.count(bar, part));
        let fractions = pairs().map(|(bar, part)| cells.fraction(bar, part));
        let table = Table::new()
            .with(&bar, Column::category(of_bar, (*cells.bars.levels).clone()))
            .with(
                &part,
                Column::category(of_part, (*cells.parts.levels).clone()),
            )
            .with("cells", Column::numbers(counts.collect(), NumberType::I64))
            .with(
                "fraction",
                Column::numbers(fractions.collect(), NumberType::F64),
            );
        Ok(Value::Table(Arc::new(table)))
    })
}
