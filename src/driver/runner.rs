//! Statements one after another: each with its own answer, its own error, and a session that a
//! wrong or interrupted one leaves as it was.

use super::exit::Exit;
use super::interrupts::{Interrupts, is_ending};
use super::reporter::Reporter;
use super::{repair, wanted};
use crate::command::Registry;
use crate::commands::SENT;
use crate::diagnostic::code::Status;
use crate::diagnostic::{Diagnostic, Severity, code};
use crate::eval::{Files, Interpreter, Output};
use crate::lang::Parsed;
use crate::lang::ast::Statement;
use crate::plan::Engine;
use crate::plan::cluster::stage::Script;
use crate::plan::engine::stopped;
use crate::session::{Session, clock};
use crate::source::Source;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How a statement ended.
#[derive(Debug)]
pub enum End {
    Done,
    /// `exit` was typed.
    Left,
    /// `edit` was typed.
    Edit,
    Failed(Box<Diagnostic>),
    /// A panic: what it said, and where.
    Bug(String),
}

/// A session, its engine, and where output goes.
pub struct Runner {
    pub session: Session,
    pub registry: Registry,
    pub reporter: Reporter,
    pub interrupts: Interrupts,
    engine: Engine,
    /// What the engine was made for.
    threads: Option<usize>,
    cluster: Option<String>,
}

impl Runner {
    pub fn new(
        session: Session,
        registry: Registry,
        reporter: Reporter,
        interrupts: Interrupts,
    ) -> Self {
        let threads = session.settings.threads;
        let script = Script {
            version: super::cluster::worker::version(),
            folder: std::env::current_dir().unwrap_or_default(),
            seed: session.settings.seed,
            memory: session.settings.memory,
            spread: session.settings.cluster.is_some(),
            statements: Vec::new(),
        };
        let mut runner = Runner {
            engine: Engine::new(threads),
            session,
            registry,
            reporter,
            interrupts,
            threads,
            cluster: None,
        };
        runner.engine.script = script;
        runner.equip();
        runner
    }

    /// The user asked for statements: an earlier Ctrl-C was not meant for them.
    pub fn working(&self) {
        self.interrupts.working();
    }

    fn equip(&mut self) {
        self.engine.ticker = self.interrupts.ticker.clone();
        self.engine.listener = Some(self.reporter.listener(&self.interrupts.ticker));
        self.reporter.follow(&self.session.settings);
        self.engine.strict = true;
        self.engine.sent = SENT;
        self.engine.gauge = Some(super::resources::resident);
        self.engine.release = Some(super::allocator::release);
        self.engine.set_budget(self.session.settings.memory);
    }

    /// Runs one statement and says what it says, but for its error.
    pub fn statement(&mut self, source: &Arc<Source>, statement: &Statement) -> End {
        let session = self.session.clone();
        let text = statement.span.text(&source.text).to_owned();
        self.engine.script.statements.push(text);
        let number = session.journal.next();
        let (registry, engine, reporter) = (self.registry, &self.engine, &mut self.reporter);
        let typed = statement.span.text(&source.text);
        let expression = wanted::expression(statement, source);
        reporter.begin(typed, wanted::all(statement), expression);
        let run = catch_unwind(AssertUnwindSafe(|| {
            let mut said = |said| reporter.say(said);
            let mut interpreter = Interpreter::new(session, registry, engine, &mut said);
            interpreter.painter = super::reporter::paint;
            interpreter.clock = clock::now;
            let outcome = interpreter.run(source, statement);
            let (leaving, editing) = (interpreter.leaving, interpreter.editing);
            (interpreter.session, leaving, editing, outcome)
        }));
        self.interrupts.idle();
        let end = match run {
            Ok((session, leaving, editing, outcome)) => {
                self.session = session;
                match outcome {
                    // Whatever failed then failed because of it.
                    Err(_) if self.interrupts.ticker.is_stopped() => End::Failed(stopped()),
                    Err(diagnostic) => End::Failed(diagnostic),
                    Ok(()) if self.reporter.has_cut() => End::Failed(stopped()),
                    Ok(()) if leaving => End::Left,
                    Ok(()) if editing => End::Edit,
                    Ok(()) => End::Done,
                }
            }
            Err(panic) => End::Bug(panicked(&*panic)),
        };
        let entry = self.session.journal.last();
        if let Some(entry) = entry.filter(|entry| entry.number == number) {
            self.reporter.entered(entry);
        }
        let failed = matches!(end, End::Failed(_) | End::Bug(_));
        self.reporter.end(&self.session, failed);
        let end = self.following_settings(end);
        if !matches!(end, End::Done | End::Left) {
            self.engine.script.statements.pop();
        }
        end
    }

    /// Plans the statements of a stored session again; says how many, and what cannot be.
    pub fn replay(&mut self, name: &str, text: &str, kept: &[PathBuf]) -> (String, End) {
        let run = self.silently(|mut interpreter| {
            let mut failed = None;
            let count = interpreter.replay(name, text, kept, &mut failed);
            (interpreter.session, count, failed)
        });
        let (count, end) = match run {
            Ok((session, count, failed)) => {
                self.session = session;
                (count, failed.map_or(End::Done, End::Failed))
            }
            Err(panic) => (String::new(), End::Bug(panic)),
        };
        self.interrupts.idle();
        (count, self.following_settings(end))
    }

    /// Lets an interpreter with a copy of the session work without printing. The error is what a panic said.
    fn silently<T>(&self, work: impl FnOnce(Interpreter) -> T) -> Result<T, String> {
        let session = self.session.clone();
        let mut nothing = |_| {};
        let interpreter = Interpreter::new(session, self.registry, &self.engine, &mut nothing);
        catch_unwind(AssertUnwindSafe(|| work(interpreter))).map_err(|panic| panicked(&*panic))
    }

    /// Writes what is computed of the current dataset into a file.
    pub fn keep_values(&mut self, path: &Path) {
        // Values that cannot be kept are computed again.
        let _ = self.silently(|mut interpreter| interpreter.keep_values(path));
    }

    /// How a statement ended, after what it has set.
    fn following_settings(&mut self, end: End) -> End {
        match self.follow_settings() {
            Err(trouble) if matches!(end, End::Done) => End::Failed(trouble),
            _ => end,
        }
    }

    /// An engine for as many threads and as much memory as are set now.
    fn follow_settings(&mut self) -> Result<(), Box<Diagnostic>> {
        let settings = &self.session.settings;
        if settings.threads != self.threads {
            self.threads = settings.threads;
            let before = std::mem::replace(&mut self.engine, Engine::new(settings.threads));
            self.engine.workers = before.workers;
            self.engine.script = before.script;
        }
        self.equip();
        self.follow_cluster().map_err(|trouble| {
            Diagnostic::error(code::WORKERS, trouble)
                .help("`set cluster=none` runs everything on this machine")
        })
    }

    /// Workers as they are set now.
    ///
    /// # Errors
    /// Why there are none, in words; the setting is as it was.
    pub fn follow_cluster(&mut self) -> Result<(), String> {
        let wanted = self.session.settings.cluster.clone();
        if wanted == self.cluster {
            return Ok(());
        }
        let threads = self.threads.unwrap_or_else(super::resources::cores);
        let workers = match &wanted {
            Some(setting) => super::cluster::workers(setting, threads).map(Some),
            None => Ok(None),
        };
        match workers {
            Ok(workers) => {
                if let Some(command) = workers.as_ref().and_then(|workers| workers.awaited()) {
                    let note =
                        Diagnostic::note("no worker is there yet: passes wait for the first");
                    self.reporter.say(Output::Note(*note.help(command)));
                }
                self.engine.workers = workers;
                self.cluster = wanted;
                Ok(())
            }
            Err(trouble) => {
                self.session.settings.cluster.clone_from(&self.cluster);
                Err(trouble)
            }
        }
    }

    /// Says how a statement ended, if it ended badly, and what that means to the shell.
    pub fn tell(&mut self, end: &End) -> Exit {
        match end {
            End::Done | End::Left | End::Edit => Exit::Done,
            End::Failed(diagnostic) => {
                self.reporter.diagnostic(diagnostic);
                exit_of(diagnostic)
            }
            End::Bug(panic) => {
                self.reporter.diagnostic(&bug(panic));
                Exit::Bug
            }
        }
    }

    /// Mistakes that can be known without running, and the files that would be read and written.
    pub fn check(
        &mut self,
        source: &Arc<Source>,
        statements: &[Statement],
    ) -> (Vec<Diagnostic>, Files) {
        let checked = self.silently(|interpreter| interpreter.check(source, statements));
        checked.unwrap_or_else(|panic| (vec![*bug(&panic)], Files::default()))
    }

    /// What is wrong with a text: what cannot be read of it, then what the check says.
    pub fn wrong(&mut self, source: &Arc<Source>) -> Vec<Diagnostic> {
        let parsed = crate::lang::parse(source);
        let mut wrong = self.or_sentences(source, parsed.diagnostics);
        wrong.extend(self.check(source, &parsed.statements).0);
        wrong
    }

    /// What cannot be read of a text; of sentences, that they are sentences.
    pub fn or_sentences(
        &mut self,
        source: &Arc<Source>,
        unread: Vec<Diagnostic>,
    ) -> Vec<Diagnostic> {
        let said = unread.clone();
        let answered = self.silently(|interpreter| {
            let answer = |it: Diagnostic| *interpreter.or_sentence(Box::new(it).in_source(source));
            said.into_iter().map(answer).collect()
        });
        answered.unwrap_or(unread)
    }

    /// The mistakes of a script in the order of their places, with repairs that work, and the files that it would read
    /// and write.
    pub fn mistakes(&mut self, source: &Arc<Source>, parsed: &Parsed) -> (Vec<Diagnostic>, Files) {
        let (found, files) = self.check(source, &parsed.statements);
        let unread = self.or_sentences(source, parsed.diagnostics.clone());
        let mut wrong = [unread, found].concat();
        wrong.sort_by_key(|told| told.labels.first().map(|label| label.span.start));
        if let Some(stopped) = wrong.iter().position(|told| told.code == code::STOPPED) {
            wrong = vec![wrong.swap_remove(stopped)];
        }
        (self.repaired(source, wrong), files)
    }

    fn repaired(&mut self, source: &Arc<Source>, mut wrong: Vec<Diagnostic>) -> Vec<Diagnostic> {
        repair::complete_first(&mut |text| self.wrong(text), source, &mut wrong);
        wrong
    }

    /// Runs a text as a script: checked as a whole, stopped at its first error. It was parsed before: until there is
    /// a runner, Ctrl-C ends the program, however long the text is.
    pub fn script(&mut self, source: &Arc<Source>, parsed: Parsed, keep_going: bool) -> Exit {
        let wrong = if keep_going {
            let wrong = self.or_sentences(source, parsed.diagnostics.clone());
            self.repaired(source, wrong)
        } else {
            self.mistakes(source, &parsed).0
        };
        for diagnostic in &wrong {
            self.reporter.diagnostic(diagnostic);
        }
        let mut exit = wrong.first().map_or(Exit::Done, exit_of);
        if !wrong.is_empty() && !keep_going {
            return exit;
        }
        for statement in &parsed.statements {
            let end = self.statement(source, statement);
            exit = exit.worse(self.tell(&end));
            if self.reporter.is_closed() {
                return Exit::Closed;
            }
            if is_ending() || matches!(end, End::Left) || exit == Exit::Interrupted {
                break;
            }
            if exit != Exit::Done && !keep_going {
                break;
            }
        }
        if exit == Exit::Done
            && let Some(note) = wanted::only_planned(&self.session)
        {
            self.reporter.say(Output::Note(*note));
        }
        exit
    }
}

/// `adata = read "pbmc.h5ad"`, for a file given as an argument; `open "work.scas"` for a session; `adata = demo()` for
/// `demo`, unless a file is called so.
pub fn reading(file: &str) -> Arc<Source> {
    let quoted = crate::command::value::quoted(file);
    let session = Path::new(file).extension().is_some_and(|it| it == "scas");
    let text = if file == "demo" && !Path::new(file).exists() {
        "adata = demo()".to_owned()
    } else if session {
        format!("open {quoted}")
    } else {
        format!("adata = read {quoted}")
    };
    Source::new("sca:1", text)
}

/// The status a diagnostic means.
pub fn exit_of(diagnostic: &Diagnostic) -> Exit {
    let status = code::entry(diagnostic.code).map_or(Status::Wrong, |entry| entry.status);
    match status {
        _ if diagnostic.severity != Severity::Error => Exit::Done,
        Status::Fine => Exit::Done,
        Status::Wrong => Exit::Error,
        Status::Usage => Exit::Usage,
        Status::Memory => Exit::Memory,
        Status::Stopped => Exit::Interrupted,
        Status::Bug => Exit::Bug,
    }
}

fn bug(panic: &str) -> Box<Diagnostic> {
    Diagnostic::error(code::BUG, format!("this is a bug in sca: {panic}"))
        .help("the session is as it was before the statement; please report what you typed")
}

/// Where the last panic was, for the report of it.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// From here on panics are reported as bugs of sca, and not by the runtime.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|at| format!("{}:{}", at.file(), at.line()));
        if let Ok(mut last) = PLACE.lock() {
            *last = place;
        }
    }));
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it stopped without giving a reason".to_owned());
    match PLACE.lock().ok().and_then(|mut place| place.take()) {
        Some(place) => format!("{text} ({place})"),
        None => text,
    }
}
