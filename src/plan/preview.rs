//! The first cells and genes of a matrix, as a table.

use super::align::aligned;
use super::edge::{After, Private, Promised};
use super::fold::Folding;
use super::node::{fold, step};
use super::view::View;
use crate::data::{
    Column, Dataset, Lazy, Matrix, Names, NumberType, Promise, RowsView, Selection, Table, Uns,
    Value,
};
use crate::kernels::ticker::Ticker;
use crate::source::Origin;

/// Cells and genes that are shown at most.
const CELLS: u32 = 10;
const GENES: u32 = 8;

/// Promises a table of the first cells and genes of a matrix of `data`, a row for each cell.
pub fn corner(data: &Dataset, matrix: &Matrix, origin: Origin) -> Lazy {
    let cell_names = Promised::of(aligned(&data.obs_names, Some(&data.cells)));
    let gene_names = Promised::of(aligned(&data.var_names, Some(&data.genes)));
    let cells = data
        .cells
        .select(first(&cell_names, CELLS, &origin).lazy().clone());
    let genes = data
        .genes
        .select(first(&gene_names, GENES, &origin).lazy().clone());
    let view = View::new(matrix, &cells, &genes);
    if let Some(table) = held_corner(&view, [&cell_names, &gene_names], &origin) {
        return table;
    }
    fold(
        "corner",
        Some(origin),
        view,
        [cell_names, gene_names],
        Promise::Table,
        |extent, [cells, genes]| {
            let cells: Names = cells.iter().take(extent.cells).collect();
            let genes: Names = genes.iter().take(extent.genes).collect();
            Ok(Folding {
                new: Vec::new,
                add: |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
                    values.extend(rows.to_dense());
                    Ok(())
                },
                merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
                finish: move |values: Vec<f32>, _: &Ticker| {
                    Ok(Value::of(table_of(&cells, &genes, &values)))
                },
                partial_bytes: 4 * u64::from(CELLS * GENES),
            }
            .by_cell())
        },
    )
}

/// The same of a matrix that a step holds as f64, with all digits.
fn held_corner(view: &View, names: [&Promised<Names>; 2], origin: &Origin) -> Option<Lazy> {
    let [held_by] = &view.matrix.steps[..] else {
        return None;
    };
    let held = held_by.step.held()?.clone();
    let needs = (held, names.map(Clone::clone), After(view.needs()));
    let (view, of) = (view.clone(), held_by.clone());
    let origin = Some(origin.clone());
    Some(step(
        "corner",
        origin,
        needs,
        Promise::Table,
        move |(held, names, ()), _| {
            let (cells, genes) = view.keeps_of(&of.cells, &of.genes)?;
            let (cells, genes) = (cells.unwrap_or_default(), genes.unwrap_or_default());
            let [cell_names, gene_names] = names;
            let cell_names = cell_names.iter().take(cells.len()).collect();
            let gene_names = gene_names.iter().take(genes.len());
            let mut table = Table::new().with("cell", Column::Text(cell_names));
            if let Some(Uns::Array(values)) = held.uns().map(|uns| &**uns) {
                for (&gene, name) in genes.iter().zip(gene_names) {
                    let of_gene = cells
                        .iter()
                        .map(|&cell| values[[cell as usize, gene as usize]]);
                    table = table.with(name, Column::numbers(of_gene.collect(), NumberType::F64));
                }
            }
            Ok(Value::of(table))
        },
    ))
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
fn first(names: &Promised<Names>, n: u32, origin: &Origin) -> Promised<Selection> {
    let origin = Some(origin.clone());
    step(
        "corner",
        origin,
        names.clone(),
        Private::new(),
        move |names, _| Ok((0..n.min(names.len() as u32)).collect::<Selection>()),
    )
}
