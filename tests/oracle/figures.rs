//! What figures of genes by group show, through their commands, against scanpy's aggregates of the
//! same cells (relative 1e-5).

use super::steps::{close, reference};
use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::figure::{Figure, Kind};
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;
use std::sync::Arc;

const GENES: [&str; 4] = ["CD3D", "MS4A1", "LYZ", "NKG7"];

/// The figure that the last of these statements shows.
fn figure(text: &str) -> Arc<Figure> {
    let source = Source::new("figure", text.to_owned());
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let engine = Engine::new(Some(2));
    let mut shown = None;
    let mut hear = |said: Output| {
        if let Output::Value(_, Val::Figure(figure)) = said {
            shown = Some(figure);
        }
    };
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut hear);
    for statement in &parsed.statements {
        interpreter.run(&source, statement).unwrap();
    }
    drop(interpreter);
    shown.expect("a figure is shown")
}

/// Scanpy's aggregate of the genes, groups × genes by row; groups are sorted by name.
fn aggregate(layer: &str) -> Option<Vec<f64>> {
    let data = sca::io::read(reference("aggregate.h5ad")?.as_ref())
        .unwrap()
        .dataset;
    let names = data.var_names.value.get()?.names()?.clone();
    let places = GENES.map(|gene| names.position(gene).unwrap());
    let blocks = data.layers[layer].blocks.clone();
    let rows = blocks.read(0..blocks.n_cells()).unwrap();
    let mut values = Vec::new();
    for row in rows.view().outer_iterator() {
        let value = |&place: &usize| row.get(place).copied().unwrap_or(0.0);
        values.extend(places.iter().map(|place| f64::from(value(place))));
    }
    Some(values)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

fn drawn(command: &str) -> Option<Kind> {
    let file = reference("log_normalized.h5ad")?;
    let genes = GENES.map(|gene| format!("{gene:?}")).join(", ");
    let figure = figure(&format!(
        "adata = read \"{file}\"\n{command} adata [{genes}] by=cell_type"
    ));
    Some(figure.panels[0].kind.clone())
}

#[test]
fn dots_are_means_and_shares() {
    let (Some(means), Some(counts), Some(drawing)) = (
        aggregate("mean"),
        aggregate("count_nonzero"),
        drawn("dotplot"),
    ) else {
        return;
    };
    let Kind::Dots(dots) = drawing else {
        panic!("a dot plot is drawn");
    };
    assert_eq!(dots.grid.groups.len(), 8);
    close("means", &wide(&dots.means), &means, 1e-5);
    let Some(Kind::HeatMap(map)) = drawn("heatmap") else {
        panic!("a heat map is drawn");
    };
    let cells = map.expression.cells_by_level();
    let shares: Vec<f64> = counts
        .iter()
        .enumerate()
        .map(|(i, count)| count / cells[i / GENES.len()].len() as f64)
        .collect();
    close("shares", &wide(&dots.fractions), &shares, 1e-5);
}

#[test]
fn heat_maps_show_every_cell() {
    let (Some(sums), Some(drawing)) = (aggregate("sum"), drawn("heatmap")) else {
        return;
    };
    let Kind::HeatMap(map) = drawing else {
        panic!("a heat map is drawn");
    };
    let expression = &map.expression;
    let mut found = Vec::new();
    for cells in expression.cells_by_level() {
        for gene in 0..GENES.len() {
            let values = cells.iter().map(|&cell| expression.value(cell, gene));
            found.push(values.map(f64::from).sum());
        }
    }
    close("sums", &found, &sums, 1e-5);
}
