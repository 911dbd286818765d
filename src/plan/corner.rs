//! The corner of a matrix as a table: what a person looks at to see what it holds.

use super::align::aligned;
use super::fold::Folding;
use super::node::{fold, whole};
use super::view::View;
use crate::data::{
    Column, Dataset, Keep, Lazy, Matrix, Names, NumberType, Promise, RowsView, Table, Uns, Value,
};
use crate::kernels::ticker::Ticker;
use crate::source::Origin;
use std::sync::Arc;

/// Cells and genes that are shown at most.
const CELLS: u32 = 10;
const GENES: u32 = 8;

/// Promises a table of the first cells and genes of a matrix of `data`, a row for each cell.
pub fn corner(data: &Dataset, matrix: &Matrix, origin: Origin) -> Lazy {
    let cell_names = aligned(&data.obs_names, Some(&data.cells));
    let gene_names = aligned(&data.var_names, Some(&data.genes));
    let cells = data.cells.select(first(&cell_names, CELLS, &origin));
    let genes = data.genes.select(first(&gene_names, GENES, &origin));
    let view = View::new(matrix, &cells, &genes);
    if let Some(table) = held_corner(&view, [&cell_names, &gene_names], &origin) {
        return table;
    }
    let mut table = fold(
        "corner",
        Some(origin),
        view,
        vec![cell_names, gene_names],
        &[Promise::Table],
        |extent, needs| {
            let names = |of: &Value, n: usize| -> Names {
                let names = of.names().into_iter().flat_map(|names| names.iter());
                names.take(n).collect()
            };
            let cells = names(&needs[0], extent.cells);
            let genes = names(&needs[1], extent.genes);
            Ok(Folding {
                new: Vec::new,
                add: |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
                    values.extend(rows.to_dense());
                    Ok(())
                },
                merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
                finish: move |values: Vec<f32>, _: &Ticker| {
                    Ok(vec![Value::Table(Arc::new(table_of(
                        &cells, &genes, &values,
                    )))])
                },
                partial_bytes: 4 * u64::from(CELLS * GENES),
            }
            .by_cell())
        },
    );
    table.remove(0)
}

/// The same of a matrix that a step holds as f64, with all digits.
fn held_corner(view: &View, names: [&Lazy; 2], origin: &Origin) -> Option<Lazy> {
    let [step] = &view.matrix.steps[..] else {
        return None;
    };
    let mut needs = vec![step.step.held()?.clone()];
    needs.extend(names.into_iter().cloned());
    needs.extend(view.needs());
    let (view, step) = (view.clone(), step.clone());
    let make = move |needs: &[Value], _: &Ticker| {
        let (cells, genes) = view.keeps_of(&step.cells, &step.genes)?;
        let (cells, genes) = (cells.unwrap_or_default(), genes.unwrap_or_default());
        let names = |of: &Value, n: usize| -> Names {
            let names = of.names().into_iter().flat_map(|names| names.iter());
            names.take(n).collect()
        };
        let (cell_names, gene_names) =
            (names(&needs[1], cells.len()), names(&needs[2], genes.len()));
        let mut table = Table::new().with("cell", Column::Text(cell_names));
        if let Some(Uns::Array(values)) = needs[0].uns().map(|uns| &**uns) {
            for (&gene, name) in genes.iter().zip(gene_names.iter()) {
                let of_gene = cells
                    .iter()
                    .map(|&cell| values[[cell as usize, gene as usize]]);
                table = table.with(name, Column::numbers(of_gene.collect(), NumberType::F64));
            }
        }
        Ok(vec![Value::Table(Arc::new(table))])
    };
    let mut table = whole(
        "corner",
        Some(origin.clone()),
        needs,
        &[Promise::Table],
        make,
    );
    Some(table.remove(0))
}

/// `values` are row by row.
fn table_of(cells: &Names, genes: &Names, values: &[f32]) -> Table {
    let cell_column = Table::new().with("cell", Column::Text(cells.clone()));
    genes
        .iter()
        .enumerate()
        .fold(cell_column, |table, (gene, name)| {
            let of_gene = values.iter().skip(gene).step_by(genes.len());
            let of_gene = of_gene.copied().map(f64::from).collect();
            table.with(name, Column::numbers(of_gene, NumberType::F32))
        })
}

/// The first `n` of the names.
fn first(names: &Lazy, n: u32, origin: &Origin) -> Lazy {
    let mut keep = whole(
        "corner",
        Some(origin.clone()),
        vec![names.clone()],
        &[Promise::Unknown],
        move |needs, _| {
            let there = needs[0].names().map_or(0, |names| names.len() as u32);
            Ok(vec![Value::Keep(Arc::new(
                (0..n.min(there)).collect::<Keep>(),
            ))])
        },
    );
    keep.remove(0)
}
