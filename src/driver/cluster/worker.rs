//! `sca worker`: maps ranges of passes for another sca, which sends frames to standard input and
//! reads answers from standard output. It ends when its input does, however the other one ended.

use crate::command::Registry;
use crate::commands::SENT;
use crate::driver::exit::Exit;
use crate::driver::interrupts;
use crate::eval::{Interpreter, Output};
use crate::plan::cluster::serve::{Desk, serve};
use crate::plan::cluster::stage::Script;
use crate::plan::cluster::{Frame, Kind};
use crate::plan::{Engine, key};
use crate::session::Session;
use crate::source::Source;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// The first argument of a worker.
pub const ARGUMENT: &str = "worker";

/// Version and size of the program: both sides must be the same.
pub fn version() -> String {
    let size = std::env::current_exe().and_then(std::fs::metadata);
    let size = size.map_or(0, |program| program.len());
    format!("{} ({size} bytes)", env!("CARGO_PKG_VERSION"))
}

/// Works until nobody asks any more. `arguments` may say `--threads N`.
pub fn run(registry: Registry, arguments: &[String]) -> Exit {
    let threads = match arguments {
        [option, n] if option == "--threads" => n.parse().ok(),
        _ => None,
    };
    interrupts::leave_to_others();
    let engine = Engine::new(threads);
    let requests = requests(&engine);
    let mut replay = Replay {
        registry,
        engine: &engine,
        session: Session::default(),
        statements: Vec::new(),
    };
    let mut maps = 0;
    let version = version();
    serve(Desk {
        engine: &engine,
        types: SENT,
        version: &version,
        replay: &mut |script, again| replay.follow(script, again),
        next: &mut || {
            let next = requests.recv().ok();
            maps += usize::from(next.as_ref().is_some_and(|it| it.kind == Kind::Map));
            die_once(maps);
            next
        },
        send: &mut |frame| {
            // Nobody there to answer: the reading thread ends the process.
            let _ = frame.write(&mut std::io::stdout().lock());
        },
    });
    Exit::Done
}

/// Tests have one worker of many die in the middle of a pass, the one that makes this file.
fn die_once(maps: usize) {
    if maps == 2
        && let Some(path) = std::env::var_os("SCA_WORKER_DIES")
        && std::fs::File::create_new(path).is_ok()
    {
        std::process::abort();
    }
}

/// Requests as they come; a request to stop is heard while another one is worked on.
fn requests(engine: &Engine) -> Receiver<Frame> {
    let (sender, requests) = channel();
    let ticker = engine.ticker.clone();
    let asked = ticker.clone();
    crate::data::stop::ask(move || asked.is_stopped());
    thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Ok(frame) = Frame::read(&mut input) {
            if frame.kind == Kind::Stop {
                ticker.stop();
            } else if sender.send(frame).is_err() {
                break;
            }
        }
        // Whatever is being worked on, nobody waits for it.
        std::process::exit(0);
    });
    requests
}

/// Statements that were planned.
struct Replay<'a> {
    registry: Registry,
    engine: &'a Engine,
    session: Session,
    statements: Vec<String>,
}

impl Replay<'_> {
    /// Plans what is new in a script, or all of it `again`.
    fn follow(&mut self, script: &Script, again: bool) {
        if again || !script.statements.starts_with(&self.statements) || self.statements.is_empty() {
            key::remember();
            self.session = Session::default();
            self.session.settings.seed = script.seed;
            self.session.settings.memory = script.memory;
            self.session.settings.cluster = script.spread.then(|| ARGUMENT.to_owned());
            self.statements.clear();
        }
        for text in &script.statements[self.statements.len()..] {
            self.session = self.planned(text);
        }
        self.statements.clone_from(&script.statements);
    }

    /// The session after a statement. One that fails here, fails there or is planned otherwise.
    fn planned(&self, text: &str) -> Session {
        let source = Source::new(ARGUMENT, text);
        let parsed = crate::lang::parse(&source);
        let mut nothing = |_: Output| {};
        let session = self.session.clone();
        let mut interpreter = Interpreter::new(session, self.registry, self.engine, &mut nothing);
        interpreter.checking = true;
        for statement in &parsed.statements {
            let _ = interpreter.run(&source, statement);
        }
        // What was written is read as it is, not as it was planned to be.
        interpreter.session.written.retain(|path, _| !path.exists());
        interpreter.session
    }
}
