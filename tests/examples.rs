//! Every example of every command runs on `demo pbmc`, and leaves the slots that its command promises.

use sca::command::{Key, Val, Want, Write};
use sca::commands::COMMANDS;
use sca::data::history::StepKind;
use sca::data::{Dataset, Place, Promise, SlotName, Value, Written};
use sca::eval::{Interpreter, Output};
use sca::plan::{Engine, aligned};
use sca::session::Session;
use sca::source::Source;
use std::collections::BTreeSet;

/// Runs statements in a session where `adata` is a small dataset; gives the session, and what each
/// step says that it wrote.
fn run(engine: &Engine, text: &str) -> (Session, Vec<Written>) {
    let source = Source::new(
        "example",
        format!("adata = demo pbmc cells=300 genes=500\n{text}"),
    );
    let parsed = sca::lang::parse(&source);
    assert!(
        parsed.diagnostics.is_empty(),
        "{text}: {:#?}",
        parsed.diagnostics
    );
    let mut steps = Vec::new();
    let mut said = |said: Output| {
        if let Output::Step(written) = said {
            steps.push(written);
        }
    };
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, engine, &mut said);
    interpreter.painter = |_, _| Ok(None);
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            panic!("{text}: {error:#?}");
        }
    }
    let session = interpreter.session;
    (session, steps)
}

#[test]
fn examples_run_and_promises_are_kept() {
    let folder = std::env::temp_dir().join(format!("sca-examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::env::set_current_dir(&folder).unwrap();
    let engine = Engine::new(Some(2));
    run(&engine, "write adata \"pbmc.h5ad\"");
    run(&engine, "export adata.obs \"metadata.csv\"");
    let mut undeclared = BTreeSet::new();
    for entry in COMMANDS.0 {
        for example in entry.spec.examples {
            let (session, steps) = run(&engine, example);
            for step in steps {
                let unwritten = unwritten_results(&step).into_iter();
                undeclared.extend(unwritten.map(|it| format!("{example}: {it}")));
            }
            let datasets = session.vars().filter_map(|(_, value)| match value {
                Val::Dataset(data, _) => Some(data),
                _ => None,
            });
            for data in datasets {
                let found = undeclared_writes(data).into_iter();
                undeclared.extend(found.map(|it| format!("{example}: {it}")));
            }
            let Some(Val::Dataset(data, _)) = session.get("adata") else {
                continue;
            };
            let last = data.history.last().map(|step| &step.kind);
            if last != Some(&StepKind::command(entry.spec.name)) {
                continue;
            }
            undeclared.extend(
                undeclared_state(data, entry.spec.writes).map(|it| format!("{example}: {it}")),
            );
            for write in entry.spec.writes {
                if let Write::Slot(place, Key::Is(key)) = write {
                    let name = SlotName::new(*place, *key);
                    let there = data.slot(&name).is_some() || data.matrix(&name).is_some();
                    assert!(there, "{example} leaves no {name}");
                }
            }
            engine.run(&[]).unwrap();
        }
    }
    std::env::set_current_dir(std::env::temp_dir()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let undeclared: Vec<String> = undeclared.into_iter().collect();
    assert!(
        undeclared.is_empty(),
        "not declared:\n{}",
        undeclared.join("\n")
    );
}

/// A representation that is not there is made first, even where its maker reads one, too.
#[test]
fn any_representation_can_be_asked_for() {
    let engine = Engine::new(Some(2));
    let mut asked = 0;
    for entry in COMMANDS.0 {
        let wants = entry
            .spec
            .reads
            .iter()
            .map(|need| need.want.taken_apart().1);
        for want in wants {
            let Want::Slot(Place::Obsm, Key::Param(name)) = want else {
                continue;
            };
            let (named, begins) = (format!("{name}="), format!("{} ", entry.spec.name));
            let takes_it = |example: &&&str| {
                let last = example.rsplit("; ").next();
                last.is_some_and(|last| last.starts_with(&begins)) && !example.contains(&named)
            };
            let Some(example) = entry.spec.examples.iter().find(takes_it) else {
                continue;
            };
            for key in ["X_tsne", "X_umap", "X_diffmap", "X_draw_graph_fa"] {
                run(&engine, &format!("{example} {name}={key}"));
                asked += 1;
            }
        }
    }
    assert!(asked > 20);
}

/// Commands whose result is a dataset of its own, or has whatever names it is told.
const FREE: [&str; 7] = [
    "aggregate",
    "concat",
    "demo",
    "pseudobulk",
    "read",
    "rename",
    "restore",
];

/// What X holds after a step that wrote it, where its command declares other states.
fn undeclared_state(data: &Dataset, declared: &[Write]) -> Option<String> {
    let state = data.x.as_ref()?.state;
    let wrote = data.history.last()?.writes.iter().any(|slot| slot == "X");
    let mut states = declared.iter().filter_map(|write| match write {
        Write::X(state) => Some(*state),
        _ => None,
    });
    let found = states.any(|declared| declared == state);
    (wrote && !found).then(|| format!("X holds {}", state.values()))
}

/// What a status line names although the step did not write it.
fn unwritten_results(step: &Written) -> Vec<String> {
    let results = step.results.iter();
    let unwritten = results.filter(|result| !step.writes.contains(result));
    unwritten
        .map(|result| format!("{} names {result}, which it did not write", step.command))
        .collect()
}

/// What the steps of a dataset wrote beyond what their commands declare.
fn undeclared_writes(data: &Dataset) -> Vec<String> {
    let mut undeclared = Vec::new();
    for step in data.history.steps() {
        let (declared, free) = match &step.kind {
            StepKind::Command(name) => {
                let declared = COMMANDS
                    .get(name)
                    .map_or(&[][..], |entry| entry.spec.writes);
                (declared, FREE.contains(&name.as_str()))
            }
            StepKind::Selection => (&[][..], false),
            StepKind::Assignment => (&[][..], true),
        };
        for written in step.writes.iter().filter(|_| !free) {
            if !declared.iter().any(|write| declares(*write, written)) {
                undeclared.push(format!("{} writes {written}", step.kind));
            }
        }
    }
    undeclared
}

fn declares(write: Write, written: &str) -> bool {
    let (place, key) = written.split_once('.').unwrap_or((written, ""));
    match write {
        // Or the layer that is named.
        Write::X(_) => matches!(place, "X" | "layers"),
        Write::Cells => written == "cells",
        Write::Genes => written == "genes",
        Write::Slot(at, _) if at.word() != place => false,
        Write::Slot(_, declared) => match declared {
            Key::Is(name) => name == key,
            Key::Pattern(pattern) => fits(pattern, key),
            Key::Around(before, _, after) => key.starts_with(before) && key.ends_with(after),
            Key::Param(_) | Key::ParamOr(..) | Key::MarkersOf(_) => true,
        },
    }
}

/// Whether a name is of the form, in which `<…>` stands for some characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('<') else {
        return pattern == name;
    };
    let rest = rest.split_once('>').map_or("", |(_, rest)| rest);
    name.strip_prefix(before).is_some_and(|name| {
        let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
        ends.into_iter().any(|end| fits(rest, &name[end..]))
    })
}

/// What a slot is planned as is what it becomes: type, columns, a row for each cell or gene.
#[test]
fn slots_become_what_they_are_planned_as() {
    let folder = std::env::temp_dir().join(format!("sca-planned-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    let engine = Engine::new(Some(2));
    let (pbmc, metadata) = (file("pbmc.h5ad"), file("metadata.csv"));
    run(
        &engine,
        &format!("write adata \"{pbmc}\"; export adata.obs \"{metadata}\""),
    );
    let mut wrong = Vec::new();
    for example in COMMANDS.0.iter().flat_map(|entry| entry.spec.examples) {
        if example.contains("out=") || example.starts_with("write") || example.starts_with("export")
        {
            continue;
        }
        let example = example.replace("\"pbmc.h5ad\"", &format!("\"{pbmc}\""));
        let example = example.replace("\"metadata.csv\"", &format!("\"{metadata}\""));
        let (session, _) = run(&engine, &example);
        for (_, value) in session.vars() {
            if let Val::Dataset(data, _) = value {
                let found = not_as_planned(&engine, data);
                wrong.extend(found.into_iter().map(|slot| format!("{example}: {slot}")));
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn not_as_planned(engine: &Engine, data: &Dataset) -> Vec<String> {
    use Place::*;
    let mut wrong = Vec::new();
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        let names = match place {
            Obs | Obsm | Obsp => Some((&data.obs_names, &data.cells)),
            Var | Varm | Varp => Some((&data.var_names, &data.genes)),
            _ => None,
        };
        let names = names.map(|(slot, axis)| engine.value(&aligned(slot, Some(axis))).unwrap());
        let rows = names.map(|names| names.names().unwrap().len());
        for (key, slot) in data.slots(place).unwrap() {
            let lazy = aligned(slot, data.axis(place));
            let (promise, of_slot) = (lazy.promise(), slot.value.promise());
            let value = engine.value(&lazy).unwrap();
            let (fits, len) = match (&value, promise) {
                (Value::Column(column), Promise::Column(planned)) => {
                    (column.column_type() == planned, Some(column.len()))
                }
                (Value::Dense(dense), Promise::Dense(columns)) => {
                    let fits = columns.is_none_or(|columns| columns == dense.ncols());
                    (fits, Some(dense.nrows()))
                }
                (Value::Graph(graph), Promise::Graph) => (true, Some(graph.rows())),
                (Value::Uns(_), Promise::Uns) => (place == Uns, None),
                _ => (false, None),
            };
            if !fits || promise != of_slot || len.is_some() && len != rows {
                let name = SlotName::new(place, key.clone());
                wrong.push(format!(
                    "{name} is planned as {promise:?}, and is {value:?}, {len:?} of {rows:?}"
                ));
            }
        }
    }
    wrong
}

/// `help` says of each command what it holds in memory.
#[test]
fn every_command_says_what_it_holds() {
    for entry in COMMANDS.0 {
        let holds = entry.spec.holds;
        let named = entry.spec.name;
        assert!(!holds.is_empty(), "{named} does not say what it holds");
        assert!(!holds.ends_with('.'), "{named}: {holds}");
        let help = sca::command::help::topic(COMMANDS, Some(named), None, &[]);
        let help = help.expect("there is help on every command");
        let said = help.contains(&format!("\n  memory  {holds}\n"));
        assert_eq!(said, holds != "nothing", "{help}");
    }
}
