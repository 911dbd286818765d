//! The code of CONTRIBUTING.md, as a command of the program: it compiles, and its examples run.

use sca::command::{Entry, Group, Registry, Val, entry};
use sca::commands::COMMANDS;
use sca::data::history::StepKind;
use sca::eval::{Interpreter, Output};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;

#[path = "tidy/declarations.rs"]
mod declarations;

mod kernel {
    include!(concat!(env!("OUT_DIR"), "/kernel.rs"));
}

mod command {
    include!(concat!(env!("OUT_DIR"), "/command.rs"));
}

#[test]
fn the_template_is_a_command() {
    let new = entry::<command::Spread>(Group::Structure);
    let lacks = declarations::complaints(&new);
    assert!(lacks.is_empty(), "{lacks:?}");
    let examples = new.spec.examples;
    let copy = |entry: &Entry| Entry { ..*entry };
    let table: Vec<Entry> = COMMANDS.0.iter().map(copy).chain([new]).collect();
    let registry = Registry(table.leak());
    let engine = Engine::new(Some(2));
    for example in examples {
        let text = format!("adata = demo pbmc cells=100 genes=200\n{example}");
        let source = Source::new("template", text);
        let parsed = sca::lang::parse(&source);
        let mut said = |_: Output| {};
        let mut interpreter = Interpreter::new(Session::default(), registry, &engine, &mut said);
        for statement in &parsed.statements {
            interpreter.run(&source, statement).unwrap();
        }
        let Some(Val::Dataset(data, _)) = interpreter.session.get("adata") else {
            panic!("{example}");
        };
        let step = data.history.last().unwrap();
        assert_eq!(step.kind, StepKind::command("spread"));
        let [written] = &step.writes[..] else {
            panic!("{example}: {:?}", step.writes);
        };
        let column = data.obs[written.strip_prefix("obs.").unwrap()]
            .value
            .clone();
        assert_eq!(engine.value(&column).unwrap().column().unwrap().len(), 100);
    }
}
