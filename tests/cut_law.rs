//! The cut law: an analysis that is cut after each statement, by writing every dataset and going on
//! in a new session that reads the files, leaves what the uncut one leaves, and says the same.
//!
//! A promise that planning took for a default, a state or a record that a file does not carry, a
//! type that is not kept: each shows here as a difference.

use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::{Column, Dataset, Place, SlotName, Uns, Value};
use sca::diagnostic::Severity;
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod chains;
use chains::random::{Dice, chain};

/// What a run of statements said, and the mistake that ended it.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    notes: BTreeSet<String>,
    error: Option<String>,
}

/// Runs one statement; notes and errors are kept by their headlines.
fn run(engine: &Engine, session: Session, text: &str, heard: &mut Heard) -> Session {
    let source = Source::new("cut.sca", text);
    let parsed = sca::lang::parse(&source);
    assert!(
        parsed.diagnostics.is_empty(),
        "{text}: {:#?}",
        parsed.diagnostics
    );
    let mut notes = Vec::new();
    let mut said = |said: Output| {
        if let Output::Note(note) = said {
            let code = match note.severity {
                Severity::Note => "note",
                _ => note.code,
            };
            notes.push(format!("{code}: {}", of_any_command(&note.headline)));
        }
    };
    let mut interpreter = Interpreter::new(session, COMMANDS, engine, &mut said);
    interpreter.painter = |_, _| Ok(None);
    let mut error = None;
    for statement in &parsed.statements {
        if let Err(mistake) = interpreter.run(&source, statement) {
            error = Some(format!("{}: {}", mistake.code, mistake.headline));
            break;
        }
    }
    let session = interpreter.session;
    heard.notes.extend(notes);
    heard.error = heard.error.take().or(error);
    session
}

/// A session says once which values are taken instead of X, whichever command takes them first.
fn of_any_command(headline: &str) -> String {
    match headline.split_once(": `") {
        Some((holds, rest)) if rest.contains("` uses ") => {
            format!(
                "{holds}: {}",
                rest.split_once('`').map_or(rest, |(_, uses)| uses)
            )
        }
        _ => headline.to_owned(),
    }
}

/// A folder of this test, removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sca-cut-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn datasets(session: &Session) -> Vec<(String, Arc<Dataset>)> {
    let datasets = session.vars().filter_map(|(name, value)| match value {
        Val::Dataset(data, _) => Some((name.clone(), data.clone())),
        _ => None,
    });
    datasets.collect()
}

/// Writes every dataset and reads it into a new session; everything else goes along as it is. A
/// dataset keeps the name of its file, which messages tell.
fn cut(engine: &Engine, session: Session, folder: &Path, heard: &mut Heard) -> Session {
    let mut next = Session::default();
    next.functions = session.functions.clone();
    next.settings = session.settings.clone();
    for (name, value) in session.vars() {
        next.bind_local(name, value.clone());
    }
    let mut old = session;
    for (name, _) in datasets(&old) {
        let file = folder.join(format!("{name}.h5ad"));
        let file = file.display();
        old = run(engine, old, &format!("write {name} \"{file}\""), heard);
        if heard.error.is_some() {
            return old;
        }
        next = run(engine, next, &format!("{name} = read \"{file}\""), heard);
    }
    next
}

/// The statements of a text, one by one.
fn statements(text: &str) -> Vec<String> {
    let source = Source::new("cut.sca", text);
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{text}");
    let texts = parsed.statements.iter();
    texts
        .map(|statement| statement.span.text(&source.text).trim().to_owned())
        .collect()
}

/// What a slot holds: numbers apart from everything else.
#[derive(Debug, Clone, Default)]
struct Content {
    text: String,
    numbers: Vec<f64>,
}

impl Content {
    fn text(text: impl Into<String>) -> Self {
        Content {
            text: text.into(),
            numbers: Vec::new(),
        }
    }

    /// The same but for rounding: a matrix is written in 32 bits, and an uncut analysis holds in 64
    /// what it has computed of it so far.
    fn same(&self, other: &Content) -> bool {
        let near = |(a, b): (&f64, &f64)| {
            a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-5 + 1e-4 * a.abs().max(b.abs())
        };
        self.text == other.text
            && self.numbers.len() == other.numbers.len()
            && self.numbers.iter().zip(&other.numbers).all(near)
    }
}

/// Every slot and matrix of a written file.
fn content(engine: &Engine, file: &Path) -> Vec<(String, Content)> {
    let mut heard = Heard::default();
    let text = format!("d = read \"{}\"", file.display());
    let session = run(engine, Session::default(), &text, &mut heard);
    assert_eq!(heard.error, None);
    let data = &datasets(&session)[0].1;
    let mut all = of_dataset(engine, data);
    if let Some(raw) = &data.raw {
        let raw = of_dataset(engine, &raw.as_dataset(data)).into_iter();
        all.extend(raw.map(|(name, content)| (format!("raw.{name}"), content)));
    }
    all
}

fn of_dataset(engine: &Engine, data: &Dataset) -> Vec<(String, Content)> {
    use Place::*;
    let value = |lazy| engine.value(lazy).unwrap();
    let mut all = vec![
        ("obs_names".to_owned(), shown(&value(&data.obs_names.value))),
        ("var_names".to_owned(), shown(&value(&data.var_names.value))),
    ];
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        let slots = data.slots(place).unwrap();
        if matches!(place, Obs | Var) {
            let order = slots.keys().cloned().collect::<Vec<_>>().join(" ");
            all.push((format!("{} in order", place.word()), Content::text(order)));
        }
        for (key, slot) in slots
            .iter()
            .filter(|(key, _)| place != Uns || *key != "sca")
        {
            let name = SlotName::new(place, key.clone());
            all.push((name.to_string(), shown(&value(&slot.value))));
        }
    }
    let layers = data.layers.iter();
    let layers = layers.map(|(key, layer)| (format!("layers.{key}"), layer));
    for (name, matrix) in data.x.iter().map(|x| ("X".to_owned(), x)).chain(layers) {
        let blocks = &matrix.blocks;
        let rows = blocks.read(0..blocks.n_cells()).unwrap();
        let mut content = Content::text(format!("{} {:?} ", matrix.state.word(), blocks.stored()));
        for (i, row) in rows.outer_iterator().enumerate() {
            for (gene, &x) in row.iter().filter(|(_, x)| **x != 0.0) {
                content.text += &format!("{i},{gene} ");
                content.numbers.push(f64::from(x));
            }
        }
        all.push((name, content));
    }
    all
}

fn shown(value: &Value) -> Content {
    match value {
        Value::Column(column) => of_column(column),
        Value::Dense(dense) => Content {
            text: format!("{:?}", dense.dim()),
            numbers: dense.iter().map(|&x| f64::from(x)).collect(),
        },
        Value::Names(names) => Content::text(format!("{:?}", names.iter().collect::<Vec<_>>())),
        Value::Graph(graph) => Content {
            text: format!("{:?} {:?}", graph.indptr().raw_storage(), graph.indices()),
            numbers: graph.data().iter().map(|&x| f64::from(x)).collect(),
        },
        Value::Uns(uns) => {
            let mut content = Content::default();
            of_uns(uns, &mut content);
            content
        }
        other => Content::text(format!("{other:?}")),
    }
}

fn of_column(column: &Column) -> Content {
    match column {
        Column::Number(numbers) => Content {
            text: format!("{:?} {}", numbers.stored, numbers.nullable),
            numbers: numbers.values.clone(),
        },
        other => Content::text(format!("{other:?}")),
    }
}

fn of_uns(uns: &Uns, into: &mut Content) {
    let columns = |columns: &[(String, Column)], into: &mut Content| {
        for (name, column) in columns {
            let column = of_column(column);
            into.text += &format!("{name}: {} ", column.text);
            into.numbers.extend(column.numbers);
        }
    };
    match uns {
        Uns::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                into.text += &format!("{key}: ");
                of_uns(value, into);
            }
        }
        Uns::Number(number) => into.numbers.push(*number),
        Uns::Array(array) => {
            into.text += &format!("{:?} ", array.shape());
            into.numbers.extend(array);
        }
        Uns::Array32(array) => {
            into.text += &format!("{:?} 32 ", array.shape());
            into.numbers.extend(array.iter().map(|&x| f64::from(x)));
        }
        Uns::Records(fields) => columns(fields, into),
        Uns::Frame(index, fields) => {
            into.text += &format!("{:?} ", index);
            columns(fields, into);
        }
        Uns::Graph(graph) => {
            let graph = shown(&Value::Graph(graph.clone()));
            into.text += &graph.text;
            into.numbers.extend(graph.numbers);
        }
        other => into.text += &format!("{other:?} "),
    }
}

/// What a chain leaves and says, cut after every statement or not at all.
struct Left {
    heard: Heard,
    files: Vec<(String, Vec<(String, Content)>)>,
}

fn left(
    engine: &Engine,
    input: &str,
    chain: &str,
    name: &str,
    cuts: &dyn Fn(usize) -> bool,
) -> Left {
    let folder = Folder::new(name);
    let mut heard = Heard::default();
    let mut session = run(
        engine,
        Session::default(),
        &format!("adata = read \"{input}\""),
        &mut heard,
    );
    for (i, statement) in statements(chain).iter().enumerate() {
        if heard.error.is_some() {
            break;
        }
        session = run(engine, session, statement, &mut heard);
        if heard.error.is_none() && cuts(i) {
            let step = folder.file(&format!("{i}"));
            std::fs::create_dir_all(&step).unwrap();
            session = cut(engine, session, &step, &mut heard);
        }
    }
    let mut files = Vec::new();
    if heard.error.is_none() {
        let last = folder.file("last");
        std::fs::create_dir_all(&last).unwrap();
        let names: Vec<String> = datasets(&session)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        cut(engine, session, &last, &mut heard);
        if heard.error.is_none() {
            for name in names {
                let content = content(engine, &last.join(format!("{name}.h5ad")));
                files.push((name, content));
            }
        }
    }
    Left { heard, files }
}

/// The differences between two runs, in a few words each.
fn differences(whole: &Left, cut: &Left) -> Vec<String> {
    let mut found = Vec::new();
    if whole.heard.error != cut.heard.error {
        found.push(format!(
            "error: {:?}, cut: {:?}",
            whole.heard.error, cut.heard.error
        ));
    }
    let stopped = whole.heard.error.is_some();
    for note in whole.heard.notes.symmetric_difference(&cut.heard.notes) {
        // The cut writes before each statement, so an error ends it earlier.
        if stopped && !cut.heard.notes.contains(note) {
            continue;
        }
        // How many cells are left is said when it is computed, or by the statement where it is known.
        if note.contains(" → ") {
            continue;
        }
        let only = if cut.heard.notes.contains(note) {
            "cut"
        } else {
            "whole"
        };
        found.push(format!("said only {only}: {note}"));
    }
    for ((name, a), (_, b)) in whole.files.iter().zip(&cut.files) {
        let keys: BTreeSet<&String> = a.iter().chain(b).map(|(key, _)| key).collect();
        for key in keys {
            let of = |all: &[(String, Content)]| {
                let found = all.iter().find(|(other, _)| other == key);
                found.map(|(_, content)| content.clone())
            };
            let (a, b) = (of(a), of(b));
            let same = matches!((&a, &b), (Some(a), Some(b)) if a.same(b));
            if !same {
                let short = |content: Option<Content>| {
                    let text = format!("{content:?}");
                    text.chars().take(300).collect::<String>()
                };
                found.push(format!(
                    "{name}.{key}: {}\n      cut: {}",
                    short(a),
                    short(b)
                ));
            }
        }
    }
    found
}

/// A small dataset of counts as a file.
fn input(engine: &Engine, folder: &Folder) -> String {
    let file = folder.file("adata.h5ad").display().to_string();
    let text = format!("a = demo pbmc cells=100 genes=200; write a \"{file}\"");
    let mut heard = Heard::default();
    run(engine, Session::default(), &text, &mut heard);
    assert_eq!(heard.error, None);
    file
}

fn hold(chains: &[String], name: &str) {
    let engine = Engine::new(Some(2));
    let folder = Folder::new(name);
    let file = input(&engine, &folder);
    let mut wrong = Vec::new();
    for (i, chain) in chains.iter().enumerate() {
        let whole = left(&engine, &file, chain, &format!("{name}-whole-{i}"), &|_| {
            false
        });
        let cut = left(&engine, &file, chain, &format!("{name}-cut-{i}"), &|_| true);
        let found = differences(&whole, &cut);
        if !found.is_empty() {
            wrong.push(format!("{chain}\n    {}", found.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "the cut shows in\n{}", wrong.join("\n\n"));
}

/// Files and tables that examples name are there, and written into a folder that goes.
fn in_folder(example: &str, folder: &Folder) -> String {
    let here = folder.0.display();
    let mut text = String::new();
    for (i, piece) in example.split('"').enumerate() {
        if i > 0 {
            text.push('"');
        }
        let is_file = i % 2 == 1
            && [".h5ad", ".zarr", ".csv", ".tsv", ".png", ".svg", ".pdf"]
                .iter()
                .any(|ending| piece.ends_with(ending));
        text += &if is_file {
            format!("{here}/{piece}")
        } else {
            piece.to_owned()
        };
    }
    text
}

#[test]
fn the_examples_of_commands_may_be_cut() {
    let folder = Folder::new("files");
    let engine = Engine::new(Some(2));
    let mut heard = Heard::default();
    for text in [
        "adata = demo pbmc cells=100 genes=200",
        "write adata \"pbmc.h5ad\"",
        "export adata.obs \"metadata.csv\"",
    ] {
        let text = format!("adata = demo pbmc cells=100 genes=200; {text}");
        run(
            &engine,
            Session::default(),
            &in_folder(&text, &folder),
            &mut heard,
        );
    }
    assert_eq!(heard.error, None);
    let mut chains = Vec::new();
    for entry in COMMANDS
        .0
        .iter()
        .filter(|entry| !entry.spec.writes.is_empty())
    {
        for example in entry.spec.examples {
            chains.push(in_folder(example, &folder));
        }
    }
    hold(&chains, "examples");
}

/// Chains of the usual order, in which one command goes by what another has left.
const CHAINS: &[&str] = &[
    "qc adata mt=\"MT-\"; filter adata (pct_counts_mt < 20) min_genes=10; filter_genes adata min_cells=3; normalize adata; log1p adata base=2; hvg adata n=80; markers adata by=cell_type",
    "normalize adata; log1p adata; pca adata n=10; neighbors adata k=8; leiden adata; paga adata; umap adata init=paga; markers adata by=leiden method=\"t-test\"",
    "leiden adata; paga adata by=cell_type; umap adata init=paga; paga_plot adata out=\"p.svg\"",
    "markers adata by=cell_type; dotplot adata by=batch out=\"d.svg\"; dotplot adata by=cell_type out=\"e.svg\"",
    "markers adata by=cell_type reference=\"typo\"",
    "filter adata min_genes=10; markers adata by=cell_type groups=[\"typo\"]",
    "leiden adata; label adata by=leiden map={\"77\": \"x\"}",
    "leiden adata; order adata by=leiden levels=[\"77\"]",
    "leiden adata; leiden adata res=2 restrict={leiden: [\"77\"]}",
    "leiden adata; filter adata (leiden == \"77\"); qc adata",
    "filter adata (cell_type == \"CD4 t\"); qc adata",
    "annotate adata {X: [\"typo1\"], B: [\"MS4A1\"]} by=cell_type key=named",
    "qc adata mt=\"MT-\"; filter_genes adata (not mt); qc adata mt=\"MT-\" sets=[\"mt\"]",
    "qc adata sets={mito: \"^MT-\"}; qc adata sets=[\"mito\"]",
    "normalize adata; log1p adata; adata.obs.is_b = adata.obs.cell_type == \"B\"; filter adata (is_b or cell_type == \"NK\"); hvg adata n=80; markers adata by=cell_type reference=\"B\"",
    "normalize adata target=1000; log1p adata; hvg adata n=80; scale adata; pca adata n=10; neighbors adata; leiden adata",
    "order adata by=cell_type; filter adata (cell_type != \"B\"); dendrogram adata by=cell_type; dotplot adata by=cell_type dendrogram=true out=\"d.svg\"",
    "a = adata[cell_type == \"B\"]; b = adata[cell_type != \"B\"]; c = concat({b: a, others: b}, label=part); qc c; leiden c",
];

#[test]
fn the_usual_chains_may_be_cut() {
    let folder = Folder::new("figures");
    let chains: Vec<String> = CHAINS
        .iter()
        .map(|chain| in_folder(chain, &folder))
        .collect();
    hold(&chains, "chains");
}

/// The statements that can be done where they stand, and one more that cannot, at the end.
fn doable(engine: &Engine, input: &str, chain: Vec<String>) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    for statement in chain {
        let longer = [&done[..], &[statement]].concat();
        let left = left(engine, input, &longer.join("\n"), "doable", &|_| false);
        if left.heard.error.is_none() {
            done = longer;
        }
    }
    done
}

/// The same law for chains that nobody has thought of. `SCA_CHAINS=2000` tries more of them, from the seed
/// `SCA_CHAINS_FROM` on.
#[test]
fn chains_of_any_statements_may_be_cut_anywhere() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let n = number("SCA_CHAINS").unwrap_or(16);
    let from = number("SCA_CHAINS_FROM").unwrap_or(0);
    let engine = Engine::new(Some(2));
    let folder = Folder::new("random");
    let file = input(&engine, &folder);
    let mut wrong = Vec::new();
    for seed in from..from + n {
        let chain: Vec<String> = chain(seed);
        let chain: Vec<String> = chain.iter().map(|it| in_folder(it, &folder)).collect();
        let chain = doable(&engine, &file, chain);
        let text = chain.join("\n");
        let whole = left(&engine, &file, &text, "random-whole", &|_| false);
        let mut dice = Dice::new(seed);
        let at: Vec<bool> = statements(&text)
            .iter()
            .map(|_| dice.below(2) == 0)
            .collect();
        let cut = left(&engine, &file, &text, "random-cut", &|i| at[i]);
        let found = differences(&whole, &cut);
        if !found.is_empty() {
            let marked = statements(&text).into_iter().zip(&at);
            let marked = marked.map(|(it, cut)| if *cut { it + "\n    -- cut" } else { it });
            let marked: Vec<String> = marked.collect();
            let (marked, found) = (marked.join("\n    "), found.join("\n    "));
            wrong.push(format!("seed {seed}:\n    {marked}\n  {found}"));
        }
    }
    assert!(wrong.is_empty(), "the cut shows in\n{}", wrong.join("\n\n"));
}
