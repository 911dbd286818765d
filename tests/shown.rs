//! What `compute` shows of a table is what `export` writes of it, whatever is still planned before.

use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::Table;
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;
use std::path::Path;

/// The tables that the statements show.
fn tables(engine: &Engine, text: &str) -> Vec<Table> {
    let source = Source::new("shown.sca", text);
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{text}");
    let mut shown = Vec::new();
    let mut said = |said: Output| {
        if let Output::Value(_, Val::Table(table) | Val::Dataset(_, Some(table))) = said {
            let value = table.get().and_then(|value| value.table().cloned());
            shown.push((*value.expect("a table that is shown is there")).clone());
        }
    };
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, engine, &mut said);
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            panic!("{text}: {error:#?}");
        }
    }
    shown
}

fn as_csv(table: &Table, file: &Path) -> String {
    sca::io::csv::write_table(table, file, false).unwrap();
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn compute_shows_what_export_writes() {
    let folder = std::env::temp_dir().join(format!("sca-shown-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    let engine = Engine::new(Some(2));
    let input = file("in.h5ad");
    tables(
        &engine,
        &format!("a = demo pbmc cells=300 genes=200; write a \"{input}\""),
    );
    let befores = [
        "",
        "filter a (cell_type == \"B\")",
        "filter a (cell_type == \"B\"); compute a",
        "sample a n=60",
        "qc a mt=\"MT-\"; filter a (pct_counts_mt < 50) min_genes=5; filter_genes a min_cells=2",
        "order a by=cell_type; a = a[batch != \"none\", 0..50]",
        "adata = a; leiden adata; a = adata",
    ];
    let values = [
        "a.obs",
        "a.var",
        "count(a.obs.cell_type)",
        "(markers a by=batch top=3)",
        "(aggregate(a, by=[cell_type])).obs",
        "confusion(a, cell_type, batch)",
        "summarise(a, by=cell_type, n=count())",
    ];
    for before in befores {
        for value in values {
            let start = format!("a = read \"{input}\"; {before}");
            let out = file("out.csv");
            tables(&engine, &format!("{start}; export {value} \"{out}\""));
            let written = std::fs::read_to_string(&out).unwrap();
            let shown = tables(&engine, &format!("{start}; compute {value}"));
            let shown = as_csv(shown.last().unwrap(), &folder.join("shown.csv"));
            assert!(shown.lines().count() > 1, "{before}; {value}: {shown}");
            assert_eq!(shown, written, "{before}; {value}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
