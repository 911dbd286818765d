//! Statements and expressions against a session.
//!
//! Evaluating plans; it does no work on data, except where a value leaves the session (`compute`,
//! a figure, a file) or decides what happens next (`if`, `for`). *Checking* is evaluating with
//! `checking` set: the same code plans the whole script on schemas, decisions on data take every
//! branch, and nothing is computed or written. So a script that checks is a script that plans.
//!
//! A statement works on a clone of the session; a failed one changes nothing.

mod answers;
mod blocks;
mod call;
mod command;
mod expr;
mod follow_ups;
mod function_call;
mod materialize;
mod names;
mod parts;
mod session;
mod statement;
mod way_back;

use self::follow_ups::Unmade;
use crate::command::{FigureFile, Kind, Registry, Val};
use crate::data::figure::Figure;
use crate::data::{FileError, SlotName, Written};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::lang::ast::Statement;
use crate::plan::{Cost, Engine, Plan, Report};
use crate::session::Session;
use crate::source::{Source, Span};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

pub use parts::functions::{FUNCTIONS, is_function};

/// What a statement has to say. `render` turns it into words and pictures.
pub enum Output {
    /// One line on what was bound or set: `adata: 2,700 cells × 32,738 genes, counts`.
    Status(String),
    /// What a step wrote: `qc → obs.total_counts, …`.
    Step(Written),
    /// One line on what was done, `wrote out.h5ad`, and the file that has it.
    Done(String, Option<PathBuf>),
    /// A remark or warning.
    Note(Diagnostic),
    Value(Option<String>, Val),
    /// Text in paragraphs and lists: help, what was done.
    Text(String),
    /// Statements, as they stand.
    Script(String),
    /// A plan, its cost, and the bytes the process may use.
    Plan(Plan, Cost, u64),
    /// The stages that ran, with their times.
    Profile(Vec<Report>),
}

/// Draws a figure into a file; a note on what it could not draw.
pub type Painter = fn(&Figure, &FigureFile) -> Result<Option<Box<Diagnostic>>, FileError>;

/// Evaluates statements; `said` is called with everything as it happens.
pub struct Interpreter<'a> {
    pub session: Session,
    pub registry: Registry,
    pub engine: &'a Engine,
    pub said: &'a mut dyn FnMut(Output),
    pub checking: bool,
    /// Planning a kept session again: what it drew, wrote and said is there already.
    pub replaying: bool,
    /// Seconds since 1970, where the history should say when things were done.
    pub clock: fn() -> Option<i64>,
    /// The same for a statement that was run before.
    at: Option<i64>,
    /// Draws figures into files: handed in, since only `render` draws.
    pub painter: Painter,
    /// Set by `exit`.
    pub leaving: bool,
    /// Set by `edit`.
    pub editing: bool,
    source: Arc<Source>,
    /// Files that commands read and write.
    files: Files,
    running: Running,
}

/// What is known while a statement runs; each begins with an empty one.
#[derive(Default)]
struct Running {
    /// Datasets whose columns bare words may mean, innermost last.
    contexts: Vec<names::Context>,
    /// Variables that were used inside a condition, with their values: for the history.
    substitutions: Vec<(Span, String)>,
    /// The `not` that a part of a condition stands under, unless another one takes it back.
    negated: Option<Span>,
    /// Comparisons of which each must hold for a cell or gene to be kept.
    must_hold: Vec<Span>,
    /// While checking: within a branch that may never be run.
    undecided: bool,
    /// Functions that call each other.
    depth: usize,
    /// Within the arguments of a command.
    within: bool,
    /// While checking: statements of this one's blocks that were looked at.
    looked_at: usize,
    /// It has shown a value: `last` is that one.
    shown: bool,
    /// What it has done so far, for the journal.
    doing: session::journal::Doing,
    /// Slots that it was warned of, as older than what they were made from.
    told: Vec<command::stale::Told>,
    /// Slots that expressions have read, with the makings that they read.
    reads: Vec<(SlotName, u64)>,
    /// A command that draws stands where a value does: it gives the figure instead of showing it.
    figure_is_value: bool,
}

/// Files by their names as they were typed, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    pub inputs: BTreeSet<String>,
    pub outputs: BTreeSet<String>,
}

impl Files {
    /// Notes the file that a parameter names. What an earlier statement writes is no input.
    fn note(&mut self, kind: Kind, path: &str) {
        match kind {
            Kind::PathIn if !self.outputs.contains(path) => {
                self.inputs.insert(path.to_owned());
            }
            Kind::PathOut => {
                self.outputs.insert(path.to_owned());
            }
            _ => {}
        }
    }
}

/// Statements that checking a single one goes through, in loops and functions. From then on a loop
/// is gone through once and a function gives an unknown value: nested loops multiply.
const MOST_CHECKED: usize = 20_000;

/// Why the statements of a block ended early.
enum Flow {
    Next,
    Return(Val),
}

impl<'a> Interpreter<'a> {
    pub fn new(
        session: Session,
        registry: Registry,
        engine: &'a Engine,
        said: &'a mut dyn FnMut(Output),
    ) -> Self {
        Interpreter {
            session,
            registry,
            engine,
            said,
            checking: false,
            replaying: false,
            clock: || None,
            at: None,
            painter: |_, file| Err(FileError::new(&file.path, "there is no painter here")),
            leaving: false,
            editing: false,
            source: Source::new("", ""),
            files: Files::default(),
            running: Running::default(),
        }
    }

    /// Runs one statement. On an error the session is as it was.
    pub fn run(&mut self, source: &Arc<Source>, statement: &Statement) -> Outcome<()> {
        let before = self.session.clone();
        self.source = Arc::clone(source);
        self.running = Running::default();
        self.session.begin();
        let ran = self.statement(statement);
        self.say_remarks();
        match ran {
            Ok(_) => {
                if !self.checking && !self.leaving {
                    self.enter(statement, &before);
                }
                Ok(())
            }
            Err(diagnostic) => {
                self.session = before;
                let told = self.with_way_back(diagnostic.in_source(source));
                Err(Box::new(self.with_own_names(*told)))
            }
        }
    }

    /// What steps have remarked since it was last asked for.
    fn say_remarks(&mut self) {
        self.say_remarks_but(|_| false);
    }

    /// The same without those that are said otherwise.
    fn say_remarks_but(&mut self, said: impl Fn(&Diagnostic) -> bool) {
        // `200 < n < 6000` asks for the same missing values twice.
        let mut headlines = Vec::new();
        for remark in self.engine.remarks().into_iter().filter(|it| !said(it)) {
            if !headlines.contains(&remark.headline) {
                headlines.push(remark.headline.clone());
                self.say(Output::Note(remark));
            }
        }
    }

    /// Checks statements without running them: all mistakes that can be known, one a statement and not those that follow from an earlier one, and
    /// the files that they would read and write, as far as their names are known.
    pub fn check(
        &self,
        source: &Arc<Source>,
        statements: &[Statement],
    ) -> (Vec<Diagnostic>, Files) {
        let mut nothing = |_: Output| {};
        let mut checker = Interpreter::new(
            self.session.clone(),
            self.registry,
            self.engine,
            &mut nothing,
        );
        checker.checking = true;
        let mut found = Vec::new();
        let mut unmade = Unmade::default();
        for statement in statements {
            if let Err(diagnostic) = checker.run(source, statement) {
                let stopped = diagnostic.code == code::STOPPED;
                if !unmade.explains(&diagnostic) {
                    found.push(*diagnostic);
                }
                if stopped {
                    break;
                }
                unmade.note(self.registry, statement);
                checker.assume(statement);
            }
        }
        (found, checker.files)
    }

    /// Whether enough was checked of this statement: [`MOST_CHECKED`].
    fn checked_enough(&self) -> bool {
        self.checking && self.running.looked_at > MOST_CHECKED
    }

    fn say(&mut self, said: Output) {
        if !self.only_plans() {
            let said = match said {
                Output::Note(note) => Output::Note(self.with_own_names(note)),
                said => said,
            };
            (self.said)(said);
        }
    }

    /// Whether nothing is to be said, computed for a person, drawn or written.
    fn only_plans(&self) -> bool {
        self.checking || self.replaying
    }

    /// The line with something else in place of a span: what should have been typed.
    fn in_line(&self, span: Span, instead: &str) -> String {
        span.line_with(&self.source.text, instead)
    }

    fn error(
        &self,
        code: &'static str,
        headline: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Box<Diagnostic> {
        Diagnostic::error(code, headline)
            .label(span, label)
            .in_source(&self.source)
    }
}
