//! `sca worker`: maps ranges of passes for another sca, which sends frames to standard input and
//! reads answers from standard output. It ends when its input does, however the coordinator ended. Tasks
//! that lie in files are the same frames: see the module `folder` beside this one.

use super::folder::worker::{Place, Requests, Task};
use crate::command::Registry;
use crate::commands::SENT;
use crate::driver::exit::Exit;
use crate::driver::{interrupts, resources};
use crate::eval::{Interpreter, Output};
use crate::plan::cluster::serve::{Service, serve};
use crate::plan::cluster::stage::Script;
use crate::plan::cluster::{Frame, Kind};
use crate::plan::{Engine, key};
use crate::session::Session;
use crate::source::Source;
use std::cell::RefCell;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// The first argument of a worker.
pub const ARGUMENT: &str = "worker";

const USAGE: &str = "\
usage: sca worker --tasks FOLDER [--threads N]
       sca worker --task FILE --out FILE [--threads N]
  --tasks FOLDER      take tasks from a folder until sca, run with --cluster folder:FOLDER, ends
  --task FILE         do one task of such a folder
  --out FILE          where its part goes: the same name, with .part in place of .task
  --threads N         number of threads
";

/// Version and size of the program: both sides must be the same.
pub fn version() -> String {
    let size = std::env::current_exe().and_then(std::fs::metadata);
    let size = size.map_or(0, |program| program.len());
    format!("{} ({size} bytes)", env!("CARGO_PKG_VERSION"))
}

/// What follows `worker`.
#[derive(Default)]
struct Asked<'a> {
    threads: Option<usize>,
    tasks: Option<&'a str>,
    task: Option<&'a str>,
    out: Option<&'a str>,
}

fn asked(arguments: &[String]) -> Option<Asked<'_>> {
    let mut asked = Asked::default();
    for pair in arguments.chunks(2) {
        let [option, value] = pair else { return None };
        match option.as_str() {
            "--threads" => asked.threads = Some(value.parse().ok().filter(|n| *n > 0)?),
            "--tasks" => asked.tasks = Some(value),
            "--task" => asked.task = Some(value),
            "--out" => asked.out = Some(value),
            _ => return None,
        }
    }
    let alone = asked.task.is_some();
    (alone == asked.out.is_some() && !(alone && asked.tasks.is_some())).then_some(asked)
}

/// Works until there are no more requests.
pub fn run(registry: Registry, arguments: &[String]) -> Exit {
    let Some(asked) = asked(arguments) else {
        eprint!("{USAGE}");
        return Exit::Usage;
    };
    let engine = Engine::new(asked.threads.or_else(resources::threads));
    let stopped = engine.ticker.clone();
    crate::data::stop::ask(move || stopped.is_stopped());
    match (asked.tasks, asked.task, asked.out) {
        (Some(folder), ..) => {
            let place = match Place::new(Path::new(folder), engine.ticker.clone()) {
                Ok(place) => place,
                Err(error) => return told(&format!("{folder}: {error}")),
            };
            let leaving = place.clone();
            interrupts::before_end(move || leaving.leave());
            let taking = place.clone();
            let trouble = work(registry, &engine, Some(&place), &mut || taking.take());
            place.leave();
            trouble.map_or(Exit::Done, |trouble| told(&trouble))
        }
        (None, Some(file), Some(out)) => {
            let mut task = absolute(file).zip(absolute(out));
            let mut task = || {
                let (file, out) = task.take()?;
                Some(Task::alone(&file, &out))
            };
            let trouble = work(registry, &engine, None, &mut task);
            trouble.map_or(Exit::Done, |trouble| told(&trouble))
        }
        _ => {
            interrupts::leave_to_others();
            let requests = requests(&engine);
            answer(
                registry,
                &engine,
                &mut || requests.recv().ok(),
                &mut |frame| {
                    // The coordinator is gone: the reading thread ends the process.
                    let _ = frame.write(&mut std::io::stdout().lock());
                },
            );
            Exit::Done
        }
    }
}

/// Scripts have working folders of their own.
fn absolute(path: &str) -> Option<std::path::PathBuf> {
    std::path::absolute(path).ok()
}

fn told(trouble: &str) -> Exit {
    eprintln!("sca worker: {trouble}");
    Exit::Error
}

/// Does the given tasks; the error says why the last one has no totals.
fn work(
    registry: Registry,
    engine: &Engine,
    place: Option<&Place>,
    take: &mut dyn FnMut() -> Option<Task>,
) -> Option<String> {
    let ticker = engine.ticker.clone();
    let requests = RefCell::new(Requests::new(version(), ticker, place.cloned(), take));
    answer(
        registry,
        engine,
        &mut || requests.borrow_mut().next(),
        &mut |frame| requests.borrow_mut().send(&frame),
    );
    requests.into_inner().trouble
}

/// Answers requests, wherever they come from.
fn answer(
    registry: Registry,
    engine: &Engine,
    next: &mut dyn FnMut() -> Option<Frame>,
    send: &mut dyn FnMut(Frame),
) {
    let mut replay = Replay {
        registry,
        engine,
        session: Session::default(),
        statements: Vec::new(),
    };
    let mut maps = 0;
    serve(Service {
        engine,
        types: SENT,
        version: &version(),
        replay: &mut |script, again| replay.follow(script, again),
        next: &mut || {
            let next = next();
            maps += usize::from(next.as_ref().is_some_and(|it| it.kind == Kind::Map));
            die_once(maps);
            next
        },
        send,
    });
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
    thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Ok(frame) = Frame::read(&mut input) {
            if frame.kind == Kind::Stop {
                ticker.stop();
            } else if sender.send(frame).is_err() {
                break;
            }
        }
        // Work in progress is not needed any more.
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
