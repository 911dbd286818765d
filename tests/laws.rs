//! What must hold whatever the settings: the same bits for lazy and eager evaluation, any number of
//! threads, any memory, staged or not; and undo after a statement is as if it had not been.

mod chains;

use chains::{CHAINS, FOLDS};
use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::{Column, Dataset, Place, SlotName, Value};
use sca::eval::{Interpreter, Output};
use sca::plan::{Engine, aligned};
use sca::session::Session;
use sca::source::Source;
use std::collections::BTreeSet;
use std::sync::Arc;

const SCRIPT: &str = "adata = demo pbmc cells=700 genes=600
qc adata mt=\"MT-\"
filter adata (pct_counts_mt < 12) min_genes=20
filter_genes adata min_cells=3
normalize adata target=1e4
log1p adata
hvg adata n=200
pca adata n=20
neighbors adata k=10
leiden adata res=[0.5, 1]
markers adata by=`leiden_0.5`";

struct Setting {
    threads: usize,
    memory: u64,
    lazy: bool,
    /// Cells that folds see at once.
    block: usize,
    /// Cells that are summed before sums are added; the same in all that is compared.
    chunk: usize,
    /// Passes are cut into ranges drawn from this number.
    cuts: Option<u64>,
}

const PLAIN: Setting = Setting {
    threads: 1,
    memory: 8 << 30,
    lazy: true,
    block: usize::MAX,
    chunk: 65_536,
    cuts: None,
};

fn run(script: &str, setting: &Setting) -> (Session, Engine) {
    let source = Source::new("laws.sca", script);
    let parsed = sca::lang::parse(&source);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let engine = Engine::new(Some(setting.threads));
    engine.set_budget(setting.memory);
    engine.set_block(setting.block);
    engine.set_chunk(setting.chunk);
    if let Some(seed) = setting.cuts {
        engine.rehearse(seed);
    }
    let mut session = Session::default();
    session.settings.lazy = setting.lazy;
    session.settings.memory = setting.memory;
    let mut said = |_: Output| {};
    let mut interpreter = Interpreter::new(session, COMMANDS, &engine, &mut said);
    interpreter.painter = |_, file| {
        std::fs::write(&file.path, "drawn").expect("the folder is there");
        Ok(None)
    };
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            panic!("{}: {error:#?}", statement.span.text(&source.text));
        }
    }
    let session = interpreter.session;
    (session, engine)
}

fn dataset(session: &Session) -> Arc<Dataset> {
    match session.get("adata") {
        Some(Val::Dataset(data, _)) => data.clone(),
        other => panic!("{other:?} is no dataset"),
    }
}

/// Every slot as bits that can be compared.
fn fingerprint(session: &Session, engine: &Engine) -> Vec<(String, Vec<u64>)> {
    let data = dataset(session);
    let mut prints = Vec::new();
    for place in [
        Place::Obs,
        Place::Var,
        Place::Obsm,
        Place::Varm,
        Place::Obsp,
    ] {
        for (key, slot) in data.slots(place).unwrap() {
            let value = engine.value(&aligned(slot, data.axis(place))).unwrap();
            prints.push((SlotName::new(place, key.clone()).to_string(), bits(&value)));
        }
    }
    let uns = engine.value(&data.uns["rank_genes_groups"].value).unwrap();
    let text = format!("{:?}", uns.uns().unwrap());
    prints.push(("uns".into(), text.bytes().map(u64::from).collect()));
    prints
}

fn bits(value: &Value) -> Vec<u64> {
    match value {
        Value::Column(column) => match &**column {
            Column::Number(numbers) => numbers.values.iter().map(|x| x.to_bits()).collect(),
            Column::Bool(truths) => truths.iter().map(|&truth| u64::from(truth)).collect(),
            Column::Category(category) => category.codes.iter().map(|&code| code as u64).collect(),
            Column::Text(names) => names.iter().flat_map(str::bytes).map(u64::from).collect(),
        },
        Value::Dense(dense) => dense.iter().map(|x| u64::from(x.to_bits())).collect(),
        Value::Graph(graph) => {
            let indices = graph.indices().iter().map(|&i| u64::from(i));
            indices
                .chain(graph.data().iter().map(|x| u64::from(x.to_bits())))
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_setting_shows_in_a_result() {
    let plain = PLAIN;
    let (session, engine) = run(SCRIPT, &plain);
    let expected = fingerprint(&session, &engine);
    for setting in [
        Setting {
            threads: 2,
            ..plain
        },
        Setting {
            threads: 7,
            ..plain
        },
        Setting {
            threads: 2,
            memory: 50_000_000,
            ..plain
        },
        Setting {
            threads: 2,
            memory: 1000,
            ..plain
        },
        Setting {
            threads: 2,
            lazy: false,
            ..plain
        },
        Setting { block: 64, ..plain },
        Setting {
            threads: 7,
            block: 8192,
            ..plain
        },
    ] {
        let (session, engine) = run(SCRIPT, &setting);
        let found = fingerprint(&session, &engine);
        let said = format!(
            "{} threads, {} bytes, lazy {}, {} cells at once",
            setting.threads, setting.memory, setting.lazy, setting.block
        );
        for ((name, a), (other, b)) in expected.iter().zip(&found) {
            assert_eq!(name, other);
            assert!(a == b, "{name} differs with {said}");
        }
    }
}

/// A budget of a kilobyte puts the whole staged copy into a cache file.
#[test]
fn a_file_gives_the_same_file_whatever_the_settings() {
    let folder = std::env::temp_dir().join(format!("sca-laws-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let input = folder.join("counts.h5ad");
    let plain = Setting {
        threads: 2,
        ..PLAIN
    };
    let settings = [
        Setting { ..plain },
        Setting {
            threads: 1,
            memory: 1000,
            ..plain
        },
        Setting {
            threads: 7,
            memory: 50_000_000,
            block: 64,
            ..plain
        },
        Setting {
            lazy: false,
            block: 8192,
            ..plain
        },
    ];
    let counts = "demo pbmc cells=2700 genes=2000";
    let made = format!("write ({counts}) \"{}\"", input.display());
    run(&made, &plain);
    let mut files = Vec::new();
    for setting in &settings {
        // The same path each time: it is written down in the file's own record.
        let (out, store) = (folder.join("out.h5ad"), folder.join("out.zarr"));
        let script = format!(
            "adata = read \"{}\"
qc adata mt=\"MT-\"
filter adata (pct_counts_mt < 12) min_genes=100
filter_genes adata min_cells=3
leiden adata res=0.6
markers adata by=leiden
write adata \"{}\"
write adata \"{}\"",
            input.display(),
            out.display(),
            store.display()
        );
        run(&script, setting);
        files.push((std::fs::read(&out).unwrap(), all_files(&store)));
        std::fs::remove_file(&out).unwrap();
        std::fs::remove_dir_all(&store).unwrap();
    }
    std::fs::remove_dir_all(&folder).unwrap();
    for (setting, file) in settings.iter().zip(&files).skip(1) {
        let said = format!("{} threads, {} bytes", setting.threads, setting.memory);
        assert!(*file == files[0], "the file differs with {said}");
    }
}

/// What a folder holds, by the paths of the files in it.
fn all_files(folder: &std::path::Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            files.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    files
}

/// All slots of all commands lie in what is written in the end.
/// Sums of hundreds of groups that a clustering only finds when it is computed: genes are cut into
/// ranges then, and the file is the same.
#[test]
fn groups_that_are_not_known_yet_take_no_more_memory() {
    let folder = std::env::temp_dir().join(format!("sca-laws-groups-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("out.h5ad");
    let script = format!(
        "a = demo(pbmc, cells=1500, genes=2500)
normalize a
log1p a
pca a n=10
neighbors a k=5
leiden a res=300
adata = aggregate(a, by=leiden, func=[sum, mean])
write adata \"{}\"",
        out.display()
    );
    let files = [8 << 30, 130_000_000].map(|memory| {
        let _ = std::fs::remove_file(&out);
        run(
            &script,
            &Setting {
                memory,
                threads: 2,
                ..PLAIN
            },
        );
        std::fs::read(&out).expect("it was written")
    });
    let _ = std::fs::remove_dir_all(&folder);
    assert!(files[0] == files[1], "the files differ");
}

#[test]
fn no_setting_shows_in_what_any_command_writes() {
    let folder = std::env::temp_dir().join(format!("sca-laws-all-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (input, out) = (folder.join("in.h5ad"), folder.join("out.h5ad"));
    let plain = PLAIN;
    let demo = format!(
        "a = demo pbmc cells=400 genes=400\nwrite a \"{}\"",
        input.display()
    );
    run(&demo, &plain);
    let others = [
        Setting {
            threads: 2,
            memory: 50_000_000,
            block: 64,
            ..plain
        },
        // Staged copies go to a cache file.
        Setting {
            threads: 7,
            memory: 1000,
            lazy: false,
            block: 8192,
            ..plain
        },
    ];
    for chain in chains() {
        let script = format!(
            "adata = read \"{}\"\n{chain}\nwrite adata \"{}\"",
            input.display(),
            out.display()
        );
        let written = |setting: &Setting| {
            run(&script, setting);
            let file = std::fs::read(&out).unwrap();
            std::fs::remove_file(&out).unwrap();
            file
        };
        let expected = written(&plain);
        for setting in &others {
            let said = format!("{} threads, {} bytes", setting.threads, setting.memory);
            assert!(
                written(setting) == expected,
                "the file differs with {said} after:\n{chain}"
            );
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn no_cut_of_the_cells_shows_in_a_result() {
    let folder = std::env::temp_dir().join(format!("sca-laws-cuts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (input, out) = (folder.join("in.h5ad"), folder.join("out.h5ad"));
    let plain = Setting {
        chunk: 200,
        ..PLAIN
    };
    let input = input.display();
    run(
        &format!("a = demo pbmc cells=1500 genes=300\nwrite a \"{input}\""),
        &plain,
    );
    for chain in FOLDS {
        let script = format!(
            "adata = read \"{input}\"\n{chain}\nwrite adata \"{}\"",
            out.display()
        );
        let written = |setting: &Setting| {
            run(&script, setting);
            std::fs::read(&out).unwrap()
        };
        let expected = written(&plain);
        for cuts in 0..4 {
            let setting = Setting {
                threads: 1 + cuts as usize % 2,
                cuts: Some(cuts),
                ..plain
            };
            let same = written(&setting) == expected;
            assert!(same, "the file differs with cuts {cuts} after:\n{chain}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Figures go through logarithms, powers and angles, too.
const FIGURES: &str = "qc adata mt=\"MT-\"
leiden adata
umap adata
paga adata by=leiden
markers adata by=leiden
plot adata color=[leiden, CD3D, total_counts] out=\"umap.svg\"
violin adata [total_counts, LYZ] by=leiden log=true out=\"violin.svg\"
scatter adata total_counts n_genes_by_counts log=true out=\"scatter.pdf\"
hvg_plot adata out=\"hvg.svg\"
paga_plot adata out=\"paga.png\"
dotplot adata by=leiden out=\"dots.svg\"
elbow adata out=\"elbow.svg\"";

/// What a processor without AVX and without fused multiply-adds, and a C library for it, make of every
/// chain is what this one makes of it.
#[test]
fn no_processor_shows_in_what_any_command_writes() {
    let folder = std::env::temp_dir().join(format!("sca-laws-processor-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let in_file = |script: &str, processor: &[(&str, &str)]| {
        std::fs::write(folder.join("script.sca"), script).unwrap();
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_sca"))
            .args(["run", "script.sca"])
            .current_dir(&folder)
            .envs(processor.iter().copied())
            .output()
            .unwrap();
        let problem = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{script}\n{problem}");
        let mut written = Vec::new();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name != "in.h5ad" && name != "script.sca" {
                written.push((name, std::fs::read(&path).unwrap()));
                std::fs::remove_file(&path).unwrap();
            }
        }
        written.sort();
        written
    };
    let old = [
        ("SCA_INSTRUCTIONS", "portable"),
        (
            "GLIBC_TUNABLES",
            "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX2_Usable,-AVX,-FMA,-FMA_Usable,-FMA4,-SSE4_1",
        ),
    ];
    let narrower = [("SCA_INSTRUCTIONS", "avx2")];
    let mut processors = vec![&old[..]];
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        processors.push(&narrower);
    }
    let demo = "a = demo pbmc cells=400 genes=400\nwrite a \"made.h5ad\"";
    let made = in_file(demo, &[]);
    assert!(made == in_file(demo, &old), "`demo` makes other cells");
    std::fs::write(folder.join("in.h5ad"), &made[0].1).unwrap();
    for chain in chains().iter().map(String::as_str).chain([FIGURES]) {
        let script = format!("adata = read \"in.h5ad\"\n{chain}\nwrite adata \"out.h5ad\"");
        let here = in_file(&script, &[]);
        for processor in &processors {
            for (here, there) in here.iter().zip(in_file(&script, processor)) {
                assert_eq!(here.0, there.0);
                let name = &here.0;
                assert!(
                    here.1 == there.1,
                    "{name} differs with {processor:?} after:\n{chain}"
                );
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The chains above, and one with the examples of each command that writes into datasets and is in none of them.
fn chains() -> Vec<String> {
    let all = CHAINS.join("\n");
    let words: BTreeSet<&str> = all.split([' ', '(', '\n']).collect();
    let left_out = COMMANDS
        .0
        .iter()
        .filter(|entry| !entry.spec.writes.is_empty() && !words.contains(entry.spec.name));
    let names_file = |example: &&&str| {
        [".csv\"", ".h5ad\""]
            .iter()
            .any(|end| example.contains(end))
    };
    let examples = left_out.map(|entry| {
        let examples = entry.spec.examples.iter();
        let examples: Vec<&str> = examples.filter(|it| !names_file(it)).copied().collect();
        examples.join("\n")
    });
    CHAINS
        .map(str::to_owned)
        .into_iter()
        .chain(examples)
        .collect()
}

#[test]
fn undo_after_a_statement_is_identity() {
    let setting = Setting {
        threads: 2,
        memory: 1 << 30,
        ..PLAIN
    };
    for statement in SCRIPT.lines().skip(1) {
        let before = SCRIPT
            .lines()
            .take_while(|line| *line != statement)
            .collect::<Vec<_>>()
            .join("\n");
        let (session, _) = run(&before, &setting);
        let (after, _) = run(&format!("{before}\n{statement}\nundo adata"), &setting);
        let names = |session: &Session| {
            let data = dataset(session);
            let slots = [
                Place::Obs,
                Place::Var,
                Place::Obsm,
                Place::Varm,
                Place::Obsp,
                Place::Uns,
            ];
            let keys = slots.into_iter().flat_map(|place| {
                data.slots(place)
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
            });
            (
                keys.collect::<Vec<_>>(),
                data.history.len(),
                data.layers.len(),
            )
        };
        assert_eq!(names(&session), names(&after), "{statement}");
    }
}

/// A ticker that stops at the n-th poll, for many n: the session is as before, and goes on.
#[test]
fn an_interrupted_statement_changes_nothing() {
    let source = Source::new("laws.sca", format!("{SCRIPT}\ncompute adata"));
    let parsed = sca::lang::parse(&source);
    for polls in [1, 2, 3, 5, 8, 13, 21, 50, 100] {
        let mut said = |_: Output| {};
        let planning = Engine::new(Some(2));
        let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &planning, &mut said);
        let (last, before) = parsed.statements.split_last().unwrap();
        before
            .iter()
            .for_each(|statement| interpreter.run(&source, statement).unwrap());
        let planned = interpreter.session;
        let mut engine = Engine::new(Some(2));
        engine.ticker = sca::kernels::ticker::Ticker::stopping_at(polls);
        let mut interpreter = Interpreter::new(planned, COMMANDS, &engine, &mut said);
        let steps = dataset(&interpreter.session).history.len();
        let error = interpreter.run(&source, last).expect_err("it was stopped");
        assert_eq!(error.code, "E130");
        assert_eq!(dataset(&interpreter.session).history.len(), steps);
        assert!(!dataset(&interpreter.session).pending().is_empty());
    }
}

/// A session, and the lines that its script has; those of `full=true` are only run.
const SESSIONS: [(&str, &str); 6] = [
    (
        // What was undone, replaced, or only looked at is left out.
        "adata = demo(cells=300, genes=400) | qc mt=\"MT-\"
x = 3
filter adata (total_counts > x)
leiden adata res=1
leiden adata res=0.5
undo
leiden adata res=0.7
count(adata.obs.leiden)
markers adata by=leiden",
        "adata = demo(cells=300, genes=400)
qc adata mt=\"MT-\"
x = 3
filter adata (total_counts > x)
leiden adata res=0.7
markers adata by=leiden
",
    ),
    (
        // Replaced before anything has read it.
        "adata = demo(cells=300, genes=400)
pca adata n=10
neighbors adata k=8
neighbors adata k=10
leiden adata res=2
leiden adata res=1
umap adata epochs=20
markers adata by=leiden",
        "adata = demo(cells=300, genes=400)
pca adata n=10
neighbors adata k=10
leiden adata res=1
umap adata epochs=20
markers adata by=leiden
",
    ),
    (
        // Versions side by side: every statement is needed.
        "adata = demo(cells=200, genes=300)
qc adata
b = adata
undo adata
normalize adata
log1p adata
adata.obs.deep = b.obs.total_counts
markers adata by=cell_type",
        "adata = demo(cells=200, genes=300)
qc adata
b = adata
undo adata
normalize adata
log1p adata
adata.obs.deep = b.obs.total_counts
markers adata by=cell_type
",
    ),
    (
        // Functions, loops, seeds, and what they need.
        "def standard(data, n=50) { return data | normalize | log1p | hvg n=n }
def unused(data) { return data }
set seed=4
adata = demo(cells=200, genes=300)
adata = standard(adata, n=80)
for r in [0.5, 1] { leiden adata res=r key=\"l{r}\" }
markers adata by=`l0.5`",
        "def standard(data, n=50) { return data | normalize | log1p | hvg n=n }
set seed=4
adata = demo(cells=200, genes=300)
adata = standard(adata, n=80)
for r in [0.5, 1] { leiden adata res=r key=\"l{r}\" }
markers adata by=`l0.5`
",
    ),
    (
        // Tables, and lines that go on from the last result.
        "adata = demo(cells=200, genes=300)
normalize adata
log1p adata
| markers by=cell_type
m = last
keep = levels(adata.obs.cell_type)
adata[cell_type in keep]
restore adata step=2
log1p adata
markers adata by=batch
markers adata by=cell_type",
        "adata = demo(cells=200, genes=300)
normalize adata
log1p adata
markers adata by=cell_type
",
    ),
    (
        // A figure of an undone version is left out.
        "adata = demo(cells=200, genes=300)
qc adata
violin adata n_genes_by_counts out=\"$/a.png\"
pca adata n=10
elbow adata out=\"$/gone.png\"
undo
markers adata by=cell_type
export (last | top n=2) \"$/top.csv\"
write adata \"$/out.h5ad\"",
        "adata = demo(cells=200, genes=300)
qc adata
violin adata n_genes_by_counts out=\"$/a.png\"
markers adata by=cell_type
export (last | top n=2) \"$/top.csv\"
write adata \"$/out.h5ad\"
",
    ),
];

/// The text that a statement shows as a script.
fn scripted(session: &Session, statement: &str) -> String {
    let source = Source::new("laws.sca", statement);
    let engine = Engine::new(Some(1));
    let mut text = String::new();
    let mut said = |said: Output| {
        if let Output::Script(script) = said {
            text += &script;
        }
    };
    let mut interpreter = Interpreter::new(session.clone(), COMMANDS, &engine, &mut said);
    for statement in &sca::lang::parse(&source).statements {
        interpreter.run(&source, statement).expect("it is written");
    }
    text
}

#[test]
fn the_script_gives_the_same_bits() {
    let setting = Setting {
        threads: 2,
        ..PLAIN
    };
    let folder = std::env::temp_dir().join(format!("sca-script-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let here = folder.display().to_string();
    for (statements, expected) in SESSIONS {
        let (statements, expected) = (statements.replace('$', &here), expected.replace('$', &here));
        let (session, engine) = run(&statements, &setting);
        let print = fingerprint(&session, &engine);
        let script = scripted(&session, "script");
        assert_eq!(script, expected);
        let full = scripted(&session, "script full=true");
        for script in [script, full] {
            std::fs::remove_dir_all(&folder).unwrap();
            std::fs::create_dir_all(&folder).unwrap();
            let (again, engine) = run(&script, &setting);
            same(&fingerprint(&again, &engine), &print, &script);
        }
    }
    for (name, there) in [("a.png", true), ("gone.png", false), ("top.csv", true)] {
        assert_eq!(folder.join(name).exists(), there, "{name}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Slots may come in another order: what was replaced came earlier once.
fn same(there: &[(String, Vec<u64>)], here: &[(String, Vec<u64>)], script: &str) {
    let sorted = |prints: &[(String, Vec<u64>)]| {
        let mut prints = prints.to_vec();
        prints.sort();
        prints
    };
    let (there, here) = (sorted(there), sorted(here));
    let names = |prints: &[(String, Vec<u64>)]| {
        let names = prints.iter().map(|(name, _)| name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&there), names(&here), "{script}");
    for ((name, there), (_, here)) in there.iter().zip(&here) {
        assert!(there == here, "{name} of\n{script}");
    }
}

#[test]
fn what_was_computed_is_taken_from_files_that_hold_it() {
    let setting = Setting {
        threads: 2,
        ..PLAIN
    };
    let folder = std::env::temp_dir().join(format!("sca-kept-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (kept, written) = (folder.join("kept.h5ad"), folder.join("out.h5ad"));
    for by_hand in [true, false] {
        let mut statements = "adata = demo(cells=200, genes=300)\nqc adata\n\
            filter adata (total_counts > 5)\nleiden adata\nmarkers adata by=leiden\n"
            .to_owned();
        statements += &if by_hand {
            format!("write adata \"{}\"\n", written.display())
        } else {
            "compute adata\n".to_owned()
        };
        statements += "umap adata epochs=10\n";
        let (session, engine) = run(&statements, &setting);
        let entries = session.journal.entries();
        let stored = sca::session::stored::stored;
        let text: String = entries.iter().map(|it| stored(it)).collect();
        let files = if by_hand {
            Vec::new()
        } else {
            let mut said = |_: Output| {};
            let mut now = Interpreter::new(session.clone(), COMMANDS, &engine, &mut said);
            assert!(now.keep_values(&kept).unwrap());
            vec![kept.clone()]
        };
        let fresh = Engine::new(Some(2));
        let mut said = |_: Output| {};
        let mut again = Interpreter::new(Session::default(), COMMANDS, &fresh, &mut said);
        let mut failed = None;
        again.replay("kept", &text, &files, &mut failed);
        assert!(failed.is_none(), "{failed:?}");
        let there = |session: &Session, place: Place, key: &str| {
            let data = dataset(session);
            data.slots(place).unwrap()[key].value.get().is_some()
        };
        for (place, key) in [
            (Place::Obs, "leiden"),
            (Place::Obsm, "X_pca"),
            (Place::Obsp, "connectivities"),
            (Place::Uns, "rank_genes_groups"),
        ] {
            assert!(there(&again.session, place, key), "{key}");
        }
        assert!(!there(&again.session, Place::Obsm, "X_umap"));
        // Tables of uns are kept in the file's form.
        let slots = |session: &Session, engine: &Engine| {
            let mut prints = fingerprint(session, engine);
            prints.retain(|(name, _)| name != "uns");
            prints
        };
        let (there, here) = (slots(&again.session, &fresh), slots(&session, &engine));
        same(&there, &here, &text);
        let _ = std::fs::remove_file(&written);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
