//! `confusion`: cells by two labelings, as a table or a picture.

use crate::command::params::{Data, Flag, GroupKey, Many, MapName, PathOut, Positive};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::inputs::groups::{Groups, fit, groups};
use crate::commands::plotting::color_scale::{self, ColorRange};
use crate::commands::plotting::picture::{Sheet, draw};
use crate::data::figure::{Figure, Grid, Matrix};
use crate::data::{Column, Lazy, NumberType, Promise, Table, Value};
use crate::diagnostic::Outcome;
use crate::kernels::methods::confusion::{confusion, normalize_rows};
use crate::params;
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
        /// Width and height in inches, as in [6, 4]; chosen automatically by default.
        figsize: Option<Many<Positive>>,
        /// Pixels per inch.
        dpi: Positive = 150.0,
        /// Whether a write-protected file may be replaced.
        overwrite: Flag = false,
    }
}

impl Command for Confusion {
    const SPEC: Spec = Spec {
        name: "confusion",
        summary: "Cross-tabulate cells by two categorical columns.",
        keywords: "contingency table cross tabulation composition",
        about: "Returns a table; draw=true or out= draws it.",
        like: &["sc.metrics.confusion_matrix", "pd.crosstab", "table"],
        examples: &[
            "compute (confusion adata cell_type batch)",
            "confusion adata cell_type batch normalize=true out=\"confusion.png\"",
        ],
        holds: "one label per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = &self.adata.0;
        let needs = vec![
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
        let sheet = Sheet::untitled(self.figsize, self.dpi, self.overwrite);
        draw(scene, needs, self.out, sheet, move |values| {
            let (rows, columns, counts) = counted(values, normalize, memory)?;
            let grid = Grid::new(rows.levels.clone(), columns.levels.clone());
            let values: Vec<f32> = counts.iter().map(|&x| x as f32).collect();
            let title = if normalize { "Share of row" } else { "Cells" };
            let mut drawing = Matrix::new(grid, values);
            drawing.color = colors.scale(&drawing.values).titled(title);
            drawing.numbers = true;
            drawing.row_label = self.rows.0;
            drawing.column_label = self.columns.0;
            Ok(Figure::of(drawing))
        })
    }
}

fn counted(
    values: &[Value],
    normalize: bool,
    memory: u64,
) -> Outcome<(Arc<Groups>, Arc<Groups>, Array2<f64>)> {
    let (Some(rows), Some(columns)) = (values[0].inner::<Groups>(), values[1].inner::<Groups>())
    else {
        unreachable!("groups are of one type");
    };
    let (n, m) = (rows.levels.len(), columns.levels.len());
    // The counts, and the table or figure that shows them.
    fit(n, 24 * m, memory)?;
    let mut counts = confusion(&rows.codes, n, &columns.codes, m);
    if normalize {
        normalize_rows(&mut counts);
    }
    Ok((rows, columns, counts))
}

fn table(scene: &Scene, needs: Vec<Lazy>, heading: String, normalize: bool) -> Lazy {
    let memory = scene.settings.memory;
    scene.one(needs, Promise::Table, move |needs, _| {
        let (rows, columns, counts) = counted(needs, normalize, memory)?;
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
