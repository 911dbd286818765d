//! Every example of every command runs on `demo pbmc`, and leaves the slots that its command promises.

use sca::command::{Key, Val, Write};
use sca::commands::COMMANDS;
use sca::data::SlotName;
use sca::eval::{Interpreter, Said};
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;

/// Runs statements in a session where `adata` is a small dataset; gives the session.
fn run(engine: &Engine, text: &str) -> Session {
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
    let mut said = |_: Said| {};
    let mut interpreter = Interpreter::new(Session::default(), COMMANDS, engine, &mut said);
    interpreter.painter = |_, _| Ok(());
    for statement in &parsed.statements {
        if let Err(error) = interpreter.run(&source, statement) {
            panic!("{text}: {error:#?}");
        }
    }
    interpreter.session
}

#[test]
fn examples_run_and_promises_are_kept() {
    let folder = std::env::temp_dir().join(format!("sca-examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::env::set_current_dir(&folder).unwrap();
    let engine = Engine::new(Some(2));
    run(&engine, "write adata \"pbmc.h5ad\"");
    run(&engine, "export adata.obs \"metadata.csv\"");
    for entry in COMMANDS.0 {
        for example in entry.spec.examples {
            let session = run(&engine, example);
            let Some(Val::Dataset(data, _)) = session.get("adata") else {
                continue;
            };
            let last = data.history.last().map(|step| step.command.as_str());
            if last != Some(entry.spec.name) {
                continue;
            }
            for write in entry.spec.writes {
                if let Write::Slot(place, Key::Is(key)) = write {
                    let name = SlotName::new(*place, *key);
                    assert!(data.slot(&name).is_some(), "{example} leaves no {name}");
                }
            }
            engine.run(&[]).unwrap();
        }
    }
    std::env::set_current_dir(std::env::temp_dir()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
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
        assert!(help.contains(&format!("\n  holds   {holds}\n")), "{help}");
    }
}
