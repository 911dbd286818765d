//! Text with the cursor as `¦`, and the completions there.

use super::*;
use crate::commands::COMMANDS;
use crate::eval::Interpreter;
use crate::plan::Engine;
use crate::source::Source;
use std::sync::LazyLock;

/// A session with a dataset, a record, a list and a function.
pub(in crate::repl) fn session() -> Session {
    static SESSION: LazyLock<Session> = LazyLock::new(|| {
        let text = "adata = demo pbmc cells=60 genes=300\n\
            leiden_after = leiden(adata, key=\"clusters\")\n\
            colors = {red: 1, blue: 2}\n\
            t_genes = [\"CD3D\"]\n\
            limit = 5\n\
            def standard(data, res=1) { return data }\n";
        let source = Source::new("test", text);
        let engine = Engine::new(Some(1));
        let mut nothing = |_| {};
        let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut nothing);
        for statement in &crate::lang::parse(&source).statements {
            interpreter.run(&source, statement).expect("it runs");
        }
        interpreter.session
    });
    SESSION.clone()
}

fn offered(marked: &str) -> (String, Vec<Candidate>) {
    let cursor = marked.find('¦').expect("a cursor");
    let text = marked.replacen('¦', "", 1);
    let (start, found) = complete(&text, cursor, &session(), COMMANDS);
    (text[start..cursor].to_owned(), found)
}

fn texts(marked: &str) -> Vec<String> {
    offered(marked).1.into_iter().map(|it| it.text).collect()
}

#[track_caller]
fn exactly(marked: &str, expected: &[&str]) {
    assert_eq!(texts(marked), expected, "{marked}");
}

#[track_caller]
fn among(marked: &str, expected: &[&str]) {
    let found = texts(marked);
    for text in expected {
        assert!(
            found.iter().any(|it| it == text),
            "{marked}: no {text} in {found:?}"
        );
    }
}

#[track_caller]
fn not_among(marked: &str, unwanted: &[&str]) {
    let found = texts(marked);
    for text in unwanted {
        assert!(
            !found.iter().any(|it| it == text),
            "{marked}: {text} in {found:?}"
        );
    }
}

#[test]
fn functions_are_offered_where_any_value_may_stand() {
    among("compute med¦", &["median("]);
}

#[test]
fn commands_begin_a_statement() {
    exactly("lei¦", &["leiden", "leiden_after"]);
    exactly("stan¦", &["standard"]);
    among("¦", &["qc", "adata", "for", "median("]);
    among("adata | no¦", &["normalize"]);
    not_among("adata | ¦", &["demo", "adata", "for"]);
    among("x = no¦", &["normalize"]);
    among("export (mark¦", &["markers"]);
}

#[test]
fn parameters_not_given_yet() {
    among("leiden adata ¦", &["res=", "key="]);
    not_among("leiden adata res=1 ¦", &["res="]);
    not_among("leiden adata ¦ res=1", &["res="]);
    exactly("leiden adata re¦", &["res=", "restrict="]);
    exactly("leiden adata resol¦", &["res="]);
    among("standard adata r¦", &["res="]);
    let (_, found) = offered("leiden adata re¦");
    assert!(found[0].description.contains("= 1"), "{:?}", found[0]);
    let (_, found) = offered("markers adata ¦");
    assert!(
        found[0].text == "by=" || !found[0].text.contains('='),
        "{:?}",
        found[0]
    );
}

#[test]
fn values_by_kind() {
    among("leiden ¦", &["adata", "leiden_after"]);
    not_among("leiden ¦", &["limit"]);
    among("hvg adata flavor=¦", &["seurat", "seurat_v3"]);
    exactly("hvg adata flavor=\"cell¦", &["cell_ranger\""]);
    exactly("hvg adata flavor=\"cell¦\"", &["cell_ranger"]);
    among("markers adata by=¦", &["cell_type", "batch"]);
    exactly("markers leiden_after by=clu¦", &["clusters"]);
    among("leiden adata res=¦", &["1", "limit"]);
    among(
        "leiden adata res=0.6 key=¦",
        &["\"leiden_0.6\"", "\"leiden\""],
    );
}

#[test]
fn columns_in_expressions() {
    among("adata[¦", &["cell_type", "batch", "limit", "median("]);
    among("adata[ba¦", &["batch"]);
    among("filter adata (¦", &["cell_type"]);
    among("filter adata (batch == \"a\" and ce¦", &["cell_type"]);
    not_among("adata[¦", &["adata"]);
    among("adata.¦", &["obs", "var", "n_obs", "gene"]);
    among("adata.obs.¦", &["cell_type", "batch"]);
    among("adata[obs.ba¦", &["batch"]);
    exactly("colors.¦", &["red", "blue"]);
}

#[test]
fn levels_with_counts() {
    let (typed, found) = offered("adata[cell_type == \"¦");
    assert_eq!(typed, "");
    assert!(found.len() > 1 && found.iter().all(|it| it.text.ends_with('"')));
    let cells = found.iter().map(|it| {
        let number = it.description.split(' ').next().unwrap_or("");
        number.parse::<usize>().expect("a count")
    });
    assert_eq!(cells.sum::<usize>(), 60);
    let name = &found[0].display;
    let quoted = crate::command::value::quoted(name);
    among("adata[cell_type == ¦", &[&quoted]);
    not_among(&format!("adata[cell_type in [{quoted}, ¦"), &[&quoted]);
    exactly("leiden_after[clusters == ¦", &[]);
}

#[test]
fn genes_by_their_beginning() {
    let data = session();
    let Some(Val::Dataset(data, _)) = data.get("adata").cloned() else {
        panic!("a dataset")
    };
    let names = super::super::symbols::genes(&data).expect("names");
    let gene = names.get(7);
    among(&format!("adata[gene.{}¦", &gene[..2]), &[&spelled(gene)]);
    among(
        &format!("plot adata color={}¦", &gene[..2]),
        &[&spelled(gene)],
    );
    let lower = gene[..2].to_lowercase();
    among(&format!("plot adata color={lower}¦"), &[&spelled(gene)]);
    among(
        &format!("adata[:, [\"{}¦", &gene[..2]),
        &[&format!("{gene}\"")],
    );
    assert!(texts("plot adata color=¦").len() < 60);
}

#[test]
fn other_tools_names() {
    let (typed, found) = offered("sc.tl.lei¦");
    assert_eq!(typed, "sc.tl.lei");
    assert_eq!(found[0].text, "leiden");
    assert!(found[0].description.contains("leiden"));
}

#[test]
fn paths_by_what_is_wanted() {
    let folder = std::env::temp_dir().join(format!("sca-paths-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("filtered")).unwrap();
    std::fs::create_dir_all(folder.join("store.zarr")).unwrap();
    for name in ["a.h5ad", "a.txt.bak", "b.sca"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let at = folder.display();
    exactly(&format!("read \"{at}/a¦"), &[&format!("{at}/a.h5ad\"")]);
    exactly(&format!("read \"{at}/f¦"), &[&format!("{at}/filtered/")]);
    exactly(&format!("read \"{at}/s¦"), &[&format!("{at}/store.zarr\"")]);
    exactly(&format!("use \"{at}/b¦"), &[&format!("{at}/b.sca\"")]);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn nothing_where_nothing_fits() {
    for place in ["x # le¦", "5 ¦", "for ¦", "adata[1] ¦", "\"a\" ¦"] {
        exactly(place, &[]);
    }
}

#[test]
fn long_lists_are_cut_and_counted() {
    let many: Vec<Candidate> = (0..500)
        .map(|i| Candidate::new(format!("g{i}"), ""))
        .collect();
    let cut = shortened(many, "g");
    assert_eq!(cut.len(), LONGEST + 1);
    assert_eq!(cut[LONGEST].text, "g");
    assert_eq!(cut[LONGEST].description, "more: type on");
}

#[test]
fn levels_stand_where_groups_are_chosen() {
    among("violin adata CD3D by=cell_type groups=[N¦", &["NK"]);
    not_among("violin adata CD3D by=cell_type groups=[NK, ¦", &["NK"]);
    among("order adata cell_type levels=[¦", &["NK", "B"]);
    among("label adata by=cell_type map={¦", &["NK: ", "B: "]);
    among("label adata by=cell_type map={N¦", &["NK: "]);
    among("label adata by=cell_type map={\"N¦", &["NK\""]);
    not_among("label adata by=cell_type map={NK: x, ¦", &["NK: "]);
    among("label adata by=cell_type map={NK: x, ¦", &["B: "]);
    among("plot adata color=cell_type palette={¦", &["NK: "]);
    among("adata[cell_type in [¦", &["\"NK\""]);
}
