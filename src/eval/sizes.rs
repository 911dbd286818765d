//! How sizes are told: `2,700 cells × 32,738 genes, counts`.

use crate::data::{Axis, Dataset, Matrix};

/// `2,700 cells × 32,738 genes, counts, 3 obs columns`.
pub fn dataset_line(data: &Dataset) -> String {
    let mut line = axes(data);
    if let Some(x) = &data.x {
        line += &format!(", {}", x.state.word());
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
    format!("{}, {}", axes(data), matrix.state.word())
}

fn axes(data: &Dataset) -> String {
    let count = |axis: &Axis| match axis.len() {
        Some(n) => thousands(n),
        None => format!("≤ {}", thousands(axis.at_most())),
    };
    let (cells, genes) = (count(&data.cells), count(&data.genes));
    format!("{cells} cells × {genes} genes")
}

fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
