//! Whatever is picked from a dataset, and however datasets are put together, the values of a cell
//! and of a gene stay theirs: X, layers, obs, var, obsm, varm, obsp, varp and raw.

use ndarray::Array2;
use proptest::prelude::*;
use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::Graph;
use sca::data::dataset::Raw;
use sca::data::{
    Axis, Column, Dataset, Lazy, Matrix, Names, NumberType, Place, Promise, Rows, RowsView, Slot,
    SlotName, Stamp, State, Value,
};
use sca::eval::{Interpreter, Output};
use sca::io::memory::InMemory;
use sca::kernels::ticker::Ticker;
use sca::plan::{Engine, Folding, View, aligned, fold};
use sca::session::Session;
use sca::source::Source;
use std::sync::Arc;

/// The number that stands at a cell and gene, whatever dataset they are in.
fn at(cell: usize, gene: usize) -> f32 {
    ((cell * 31 + gene * 17) % 7) as f32
}

/// A dataset in which every value tells whose it is.
fn dataset(cells: std::ops::Range<usize>, genes: std::ops::Range<usize>) -> Dataset {
    let (n, m) = (cells.len(), genes.len());
    let (first_cell, first_gene) = (cells.start, genes.start);
    let names = |letter: &str, range: std::ops::Range<usize>| -> Lazy {
        let names: Names = range.map(|i| format!("{letter}{i}")).collect();
        Lazy::ready(Value::Names(Arc::new(names)))
    };
    let (on_cells, on_genes) = (Axis::root(n), Axis::root(m));
    let mut data = Dataset::empty(
        "made up",
        names("c", cells.clone()),
        names("g", genes.clone()),
        on_cells.clone(),
        on_genes.clone(),
    );
    let rows = |scale: f32| {
        let dense =
            Array2::from_shape_fn((n, m), |(i, j)| scale * at(first_cell + i, first_gene + j));
        Rows::csr_from_dense(dense.view(), 0.0)
    };
    let matrix = |scale| {
        let blocks = Arc::new(InMemory::new(rows(scale), NumberType::F32));
        Matrix::of(blocks, on_cells.clone(), on_genes.clone(), State::Counts)
    };
    data.x = Some(matrix(1.0));
    data.layers.insert("twice".into(), matrix(2.0));
    let numbers = |range: std::ops::Range<usize>| {
        Value::Column(Arc::new(Column::numbers(
            range.map(|i| i as f64).collect(),
            NumberType::F64,
        )))
    };
    let dense = |range: std::ops::Range<usize>| {
        let first = range.start;
        let of = |(i, j): (usize, usize)| (first + i) as f32 * 10.0 + j as f32;
        Value::Dense(Arc::new(Array2::from_shape_fn((range.len(), 2), of)))
    };
    // Each linked to the next: weight is the sum of both.
    let graph = |range: std::ops::Range<usize>| {
        let first = range.start;
        let n = range.len();
        let links = Array2::from_shape_fn((n, n), |(i, j)| {
            if i + 1 == j {
                (2 * first + i + j) as f32
            } else {
                0.0
            }
        });
        Value::Graph(Arc::new(Graph::csr_from_dense(links.view(), 0.0)))
    };
    let slot = |value, axis: &Axis| Slot {
        value: Lazy::ready(value),
        rows: Some(axis.clone()),
        stamp: Stamp::original(),
    };
    data.obs
        .insert("id".into(), slot(numbers(cells.clone()), &on_cells));
    data.obsm
        .insert("place".into(), slot(dense(cells.clone()), &on_cells));
    data.obsp
        .insert("next".into(), slot(graph(cells), &on_cells));
    data.var
        .insert("id".into(), slot(numbers(genes.clone()), &on_genes));
    data.varm
        .insert("place".into(), slot(dense(genes.clone()), &on_genes));
    data.varp
        .insert("next".into(), slot(graph(genes), &on_genes));
    data.raw = Raw::of(&data);
    data
}

/// Statements on `adata` and `other`; the datasets after them.
fn run(adata: Dataset, other: Option<Dataset>, text: &str) -> (Dataset, Engine) {
    let source = Source::new("alignment.sca", text);
    let parsed = sca::lang::parse(&source);
    assert!(
        parsed.diagnostics.is_empty(),
        "{text}: {:#?}",
        parsed.diagnostics
    );
    let engine = Engine::new(Some(2));
    let mut session = Session::default();
    session.bind("adata", Val::Dataset(Arc::new(adata), None));
    if let Some(other) = other {
        session.bind("other", Val::Dataset(Arc::new(other), None));
    }
    let mut said = |_: Output| {};
    let mut interpreter = Interpreter::new(session, COMMANDS, &engine, &mut said);
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            panic!("{text}: {error:#?}");
        }
    }
    match interpreter.session.get("adata") {
        Some(Val::Dataset(data, _)) => ((**data).clone(), engine),
        other => panic!("{other:?}"),
    }
}

fn value(engine: &Engine, data: &Dataset, place: Place, key: &str) -> Value {
    let slot = data.slot(&SlotName::new(place, key)).unwrap();
    engine.value(&aligned(slot, data.axis(place))).unwrap()
}

fn ids(engine: &Engine, data: &Dataset, place: Place) -> Vec<usize> {
    let names = if place == Place::Obs {
        aligned(&data.obs_names, Some(&data.cells))
    } else {
        aligned(&data.var_names, Some(&data.genes))
    };
    let names = engine.value(&names).unwrap();
    let names = names.names().unwrap();
    let number = |name: &str| name[1..].split('-').next().unwrap().parse().unwrap();
    names.iter().map(number).collect()
}

fn dense(engine: &Engine, data: &Dataset, matrix: &Matrix) -> Array2<f32> {
    let view = View::new(matrix, &data.cells, &data.genes);
    let made = fold("dense", None, view, (), Promise::Unknown, |extent, ()| {
        Ok(Folding {
            new: Vec::new,
            add: |rows: &mut Vec<f32>, block: RowsView, _: &[u32], _: &Ticker| {
                rows.extend(block.to_dense());
                Ok(())
            },
            merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
            finish: move |rows: Vec<f32>, _: &Ticker| {
                let shape = (extent.cells, extent.genes);
                Ok(Value::of(Array2::from_shape_vec(shape, rows).unwrap()))
            },
            partial_bytes: 1 << 20,
        }
        .here())
    });
    engine
        .value(&made)
        .unwrap()
        .dense()
        .unwrap()
        .as_ref()
        .clone()
}

/// All places tell the same cells and genes as the names do.
fn is_aligned(data: &Dataset, engine: &Engine) {
    let (cells, genes) = (ids(engine, data, Place::Obs), ids(engine, data, Place::Var));
    let check = |matrix: &Matrix, scale: f32| {
        let found = dense(engine, data, matrix);
        let expected = Array2::from_shape_fn((cells.len(), genes.len()), |(i, j)| {
            scale * at(cells[i], genes[j])
        });
        assert_eq!(found, expected);
    };
    check(data.x.as_ref().unwrap(), 1.0);
    check(&data.layers["twice"], 2.0);
    for (place, rep, graph, ids) in [
        (Place::Obs, Place::Obsm, Place::Obsp, &cells),
        (Place::Var, Place::Varm, Place::Varp, &genes),
    ] {
        let column = value(engine, data, place, "id");
        let texts: Vec<String> = (0..ids.len())
            .map(|i| column.column().unwrap().text(i))
            .collect();
        assert_eq!(texts, ids.iter().map(usize::to_string).collect::<Vec<_>>());
        let found = value(engine, data, rep, "place");
        let expected = Array2::from_shape_fn((ids.len(), 2), |(i, j)| (ids[i] * 10 + j) as f32);
        assert_eq!(**found.dense().unwrap(), expected);
        let found = value(engine, data, graph, "next")
            .graph()
            .unwrap()
            .to_dense();
        let expected = Array2::from_shape_fn((ids.len(), ids.len()), |(i, j)| {
            if ids[i] + 1 == ids[j] {
                (ids[i] + ids[j]) as f32
            } else {
                0.0
            }
        });
        assert_eq!(found, expected);
    }
    let raw = data.raw.as_ref().unwrap().as_dataset(data);
    let genes = ids(engine, &raw, Place::Var);
    let found = dense(engine, &raw, raw.x.as_ref().unwrap());
    assert_eq!(
        found,
        Array2::from_shape_fn((cells.len(), genes.len()), |(i, j)| at(cells[i], genes[j]))
    );
}

/// One more selection of cells or genes.
#[derive(Debug, Clone)]
enum Pick {
    Cells(usize),
    CellRange(usize, usize),
    Genes(Vec<usize>),
    GeneCondition(usize),
    Filter(usize),
    Raw,
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        (1usize..40).prop_map(Pick::Cells),
        (0usize..20, 5usize..40).prop_map(|(from, n)| Pick::CellRange(from, from + n)),
        prop::sample::subsequence((0..12usize).collect::<Vec<_>>(), 1..12)
            .prop_shuffle()
            .prop_map(Pick::Genes),
        (0usize..9).prop_map(Pick::GeneCondition),
        (1usize..4).prop_map(Pick::Filter),
        Just(Pick::Raw),
    ]
}

/// As statements; ranges begin at the first cell once it is not known how many there are.
fn statements(picks: &[Pick], genes: &mut Vec<usize>) -> Vec<String> {
    let each = |(at, pick): (usize, &Pick)| match pick {
        Pick::CellRange(_, to) if at > 0 => statement(&Pick::CellRange(0, *to), genes),
        pick => statement(pick, genes),
    };
    picks.iter().enumerate().map(each).collect()
}

fn statement(pick: &Pick, genes: &mut Vec<usize>) -> String {
    match pick {
        Pick::Cells(most) => format!("adata = adata[id < {most}]"),
        Pick::CellRange(from, to) => format!("adata = adata[{from}..{to}]"),
        Pick::Genes(wanted) => {
            let kept: Vec<usize> = wanted
                .iter()
                .copied()
                .filter(|gene| genes.contains(gene))
                .collect();
            if kept.is_empty() {
                return String::new();
            }
            let names: Vec<String> = kept.iter().map(|gene| format!("\"g{gene}\"")).collect();
            *genes = kept;
            format!("adata = adata[:, [{}]]", names.join(", "))
        }
        Pick::GeneCondition(least) => {
            genes.retain(|gene| gene >= least);
            format!("adata = adata[:, id >= {least}]")
        }
        Pick::Filter(least) => match genes.first() {
            Some(gene) => {
                format!("filter adata (gene.g{gene} >= {least} or id > 25 or id == min(id))")
            }
            None => String::new(),
        },
        Pick::Raw => "adata.raw = adata".into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_picked_stays_aligned(picks in prop::collection::vec(pick(), 1..6)) {
        let mut genes: Vec<usize> = (0..12).collect();
        let text = statements(&picks, &mut genes);
        let (data, engine) = run(dataset(0..40, 0..12), None, &text.join("\n"));
        is_aligned(&data, &engine);
    }

    #[test]
    fn what_is_joined_stays_aligned(
        before in prop::collection::vec(pick(), 0..3),
        after in prop::collection::vec(pick(), 0..3),
        outer in any::<bool>(),
        shift in 0usize..8,
    ) {
        let mut own: Vec<usize> = (0..12).collect();
        let mut text = statements(&before, &mut own);
        let join = if outer { "outer" } else { "inner" };
        text.push(format!("adata = concat([adata, other], join={join}, merge=first)"));
        let mut genes: Vec<usize> = own.iter().copied().filter(|&gene| outer || gene >= shift).collect();
        if outer {
            genes.extend((shift..shift + 12).filter(|gene| !own.contains(gene)));
        }
        text.extend(statements(&after, &mut genes));
        let (data, engine) = run(dataset(0..40, 0..12), Some(dataset(40..60, shift..shift + 12)), &text.join("\n"));
        joined_is_aligned(&data, &engine, &own, shift);
    }
}

/// Every value is that of its cell and gene; zero where a part does not have the gene.
fn joined_is_aligned(data: &Dataset, engine: &Engine, own: &[usize], shift: usize) {
    let (cells, genes) = (ids(engine, data, Place::Obs), ids(engine, data, Place::Var));
    let has = |cell: usize, gene: usize| {
        if cell < 40 {
            own.contains(&gene)
        } else {
            (shift..shift + 12).contains(&gene)
        }
    };
    for (matrix, scale) in [
        (data.x.as_ref().unwrap(), 1.0),
        (&data.layers["twice"], 2.0),
    ] {
        let expected = Array2::from_shape_fn((cells.len(), genes.len()), |(i, j)| {
            if has(cells[i], genes[j]) {
                scale * at(cells[i], genes[j])
            } else {
                0.0
            }
        });
        assert_eq!(dense(engine, data, matrix), expected);
    }
    let column = value(engine, data, Place::Obs, "id");
    let texts: Vec<String> = (0..cells.len())
        .map(|i| column.column().unwrap().text(i))
        .collect();
    assert_eq!(
        texts,
        cells.iter().map(usize::to_string).collect::<Vec<_>>()
    );
    let found = value(engine, data, Place::Obsm, "place");
    let expected = Array2::from_shape_fn((cells.len(), 2), |(i, j)| (cells[i] * 10 + j) as f32);
    assert_eq!(**found.dense().unwrap(), expected);
}

/// What is planned before the parts are joined gives the same as what is planned after.
#[test]
fn steps_of_the_parts_are_kept() {
    let parts = || (dataset(0..40, 0..12), Some(dataset(40..60, 3..15)));
    let (adata, other) = parts();
    let before = "normalize adata target=100; log1p adata; normalize other target=100; log1p other
                  adata = adata[id < 30, [\"g7\", \"g4\", \"g5\"]]
                  adata = concat([adata, other])";
    let (one, engine) = run(adata, other, before);
    let found = dense(&engine, &one, one.x.as_ref().unwrap());
    let total = |cell: usize| -> f64 {
        let genes = if cell < 40 { 0..12 } else { 3..15 };
        genes.map(|gene| f64::from(at(cell, gene))).sum()
    };
    let cells: Vec<usize> = (0..30).chain(40..60).collect();
    assert_eq!(ids(&engine, &one, Place::Obs), cells);
    assert_eq!(ids(&engine, &one, Place::Var), [7, 4, 5]);
    for (i, &cell) in cells.iter().enumerate() {
        for (j, gene) in [7, 4, 5].into_iter().enumerate() {
            let expected = (f64::from(at(cell, gene)) / total(cell) * 100.0).ln_1p();
            assert!((f64::from(found[[i, j]]) - expected).abs() < 1e-5);
        }
    }
}
