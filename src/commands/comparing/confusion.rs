//! `confusion`: cells by two labelings, as a table or a picture.

use crate::command::params::{Data, Flag, GroupKey, MapName, PathOut};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::inputs::groups::{Groups, fit, groups};
use crate::commands::plotting::color_scale::{self, ColorRange};
use crate::commands::plotting::paper::Page;
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, Grid, Matrix};
use crate::data::{Column, Lazy, NumberType, Promise, Table, Value};
use crate::diagnostic::Outcome;
use crate::kernels::methods::confusion::{confusion, normalize_rows};
use crate::params;
use crate::plan::Promised;
use ndarray::Array2;
use std::sync::Arc;

params! {
    Confusion {
        /// The dataset.
        adata: Data,
        /// Column of obs for the rows, such as known cell types.
        #[also("orig")]
        rows: GroupKey,
        /// Column of obs for the columns, such as clusters.
        #[also("new")]
        columns: GroupKey,
        /// Show fractions of each row instead of cell counts.
        normalize: Flag = false,
        /// Draw the table; into `out`, if given.
        draw: Flag = false,
        /// File to draw into (.png, .svg, .pdf).
        #[also("save")]
        out: Option<PathOut>,
        /// Colors, by matplotlib's names.
        cmap: MapName = "Blues",
        use Page as page,
    }
}

impl Command for Confusion {
    const SPEC: Spec = Spec {
        name: "confusion",
        summary: "Cross-tabulate cells by two categorical columns.",
        keywords: "contingency table cross tabulation composition",
        about: "Returns a table; draw=true or out= draws it.",
        without: &[(
            "data",
            "the dataset comes first: confusion adata cell_type leiden",
        )],
        like: &["sc.metrics.confusion_matrix", "pd.crosstab"],
        examples: &[
            "compute (confusion adata cell_type batch)",
            "confusion adata cell_type batch normalize=true out=\"confusion.png\"",
        ],
        holds: "one label per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = &self.adata.0;
        let needs = [
            groups(scene, data, &self.rows.0)?,
            groups(scene, data, &self.columns.0)?,
        ];
        let normalize = self.normalize.0;
        if !self.draw.0 && self.out.is_none() {
            let heading = self.rows.0.clone();
            return Ok(Reply::Value(Val::Table(table(
                scene, needs, heading, normalize,
            ))));
        }
        let colors = color_scale::Asked::new(scene, &self.cmap, ColorRange::OPEN)?;
        let memory = scene.settings.memory;
        draw(scene, needs, self.out, self.page, move |[rows, columns]| {
            let counts = counted(&rows, &columns, normalize, memory)?;
            let mut grid = Grid::new(rows.levels.clone(), columns.levels.clone());
            (grid.x_label, grid.y_label) = (self.columns.0, self.rows.0);
            let values: Vec<f32> = counts.iter().map(|&x| x as f32).collect();
            let title = if normalize { "Share of row" } else { "Cells" };
            let mut drawing = Matrix::new(grid, values);
            drawing.color = colors.scale(&drawing.values).titled(title);
            drawing.numbers = true;
            Ok(Figure::of(drawing))
        })
    }
}

fn counted(rows: &Groups, columns: &Groups, normalize: bool, memory: u64) -> Outcome<Array2<f64>> {
    let (n, m) = (rows.levels.len(), columns.levels.len());
    // The counts, and the table or figure that shows them.
    fit(n, 24 * m, memory)?;
    let mut counts = confusion(&rows.codes, n, &columns.codes, m);
    if normalize {
        normalize_rows(&mut counts);
    }
    Ok(counts)
}

fn table(scene: &Scene, needs: [Promised<Groups>; 2], heading: String, normalize: bool) -> Lazy {
    let memory = scene.settings.memory;
    scene.light_step(needs, Promise::Table, move |[rows, columns], _| {
        let counts = counted(&rows, &columns, normalize, memory)?;
        let stored = if normalize {
            NumberType::F64
        } else {
            NumberType::I64
        };
        let names = Column::Text((*rows.levels).clone());
        let with_column = |table: Table, (name, values): (&str, ndarray::ArrayView1<f64>)| {
            table.with(name, Column::numbers(values.to_vec(), stored))
        };
        let pairs = columns.levels.iter().zip(counts.columns());
        let table = pairs.fold(Table::new().with(heading.clone(), names), with_column);
        Ok(Value::Table(Arc::new(table)))
    })
}
