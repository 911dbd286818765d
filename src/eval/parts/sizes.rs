//! Sizes as they are printed: `2,700 cells × 32,738 genes, counts`.

use crate::data::quantity;
use crate::data::{Axis, Dataset, Matrix, Table};

/// `2,700 cells × 32,738 genes, counts, 3 obs columns`.
pub fn dataset_line(data: &Dataset) -> String {
    let mut line = axes(data);
    if let Some(x) = &data.x {
        line += &format!(", {}", x.state.shown());
    }
    match data.obs.len() {
        0 => {}
        1 => line += ", 1 obs column",
        n => line += &format!(", {n} obs columns"),
    }
    line
}

/// `2,700 cells × 32,738 genes, counts`.
pub fn matrix_line(data: &Dataset, matrix: &Matrix) -> String {
    format!("{}, {}", axes(data), matrix.state.shown())
}

fn axes(data: &Dataset) -> String {
    let count = |axis: &Axis| match axis.len() {
        Some(n) => quantity::count(n as u64),
        None => format!("≤ {}", quantity::count(axis.at_most() as u64)),
    };
    let sides = [(&data.cells, "cell"), (&data.genes, "gene")].map(|(axis, thing)| {
        let plural = if axis.len() == Some(1) { "" } else { "s" };
        format!("{} {thing}{plural}", count(axis))
    });
    sides.join(" × ")
}

/// `20 rows × 3 columns`.
pub fn table_line(table: &Table) -> String {
    let count = |n: usize, what: &str| {
        let plural = if n == 1 { "" } else { "s" };
        format!("{} {what}{plural}", quantity::count(n as u64))
    };
    let (rows, columns) = (
        count(table.n_rows(), "row"),
        count(table.columns.len(), "column"),
    );
    format!("{rows} × {columns}")
}
