//! What statements say, on its way to the terminal: results, status lines with the time taken,
//! progress while one waits, errors.

use super::answer::{self, Asked};
use super::explain;
use crate::command::{FigureFile, Settings};
use crate::data::figure::Figure;
use crate::data::{FileError, stop};
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::{Files, Output};
use crate::io::unfinished;
use crate::kernels::ticker::Ticker;
use crate::plan::Event;
use crate::plan::engine::Listener;
use crate::render::number::duration;
use crate::render::terminal::Graphics;
use crate::render::{Format, Mode, Snapshot, Terminal, Watch, figure};
use crate::session::Session;
use crate::session::journal::Entry;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much is reported, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    pub json: bool,
    pub quiet: bool,
    pub verbose: bool,
}

/// A statement without a status line that takes less is not worth a time.
const AT_ONCE: Duration = Duration::from_millis(2);
/// After this long, the user is assumed to have turned away from the terminal.
const RINGS: Duration = Duration::from_secs(10);
/// Off a terminal, and for a statement that failed, times below this are not reported, so that logs of short scripts stay
/// the same.
const LONG: Duration = Duration::from_secs(1);

pub struct Reporter {
    terminal: Terminal,
    manner: Manner,
    statement: usize,
    begun: Instant,
    /// The last status line, until it is known how long the statement took.
    status: Option<String>,
    /// The statement shows a table in full.
    whole: bool,
    /// The expression whose value the statement shows.
    expression: Option<String>,
    progress: Arc<Mutex<Progress>>,
    ticker: Ticker,
    watch: Option<Watch>,
    /// The status line is about what the statement planned or bound.
    planned: bool,
    /// What its steps wrote, for the JSON output.
    writes: Vec<String>,
    /// The time of the statement was shown with what it has done.
    timed: bool,
    /// The bell rings at the end of long work at the prompt.
    rings: bool,
    at_prompt: bool,
}

/// What the engine is doing, and when it began.
#[derive(Default)]
struct Progress {
    statement: String,
    stages: Vec<(Event, Instant)>,
}

impl Reporter {
    pub fn new(manner: Manner) -> Self {
        let mode = if manner.json { Mode::Json } else { Mode::Human };
        let mut terminal = Terminal::standard(mode);
        terminal.quiet = manner.quiet;
        Reporter {
            terminal,
            manner,
            statement: 0,
            begun: Instant::now(),
            status: None,
            whole: false,
            expression: None,
            progress: Arc::default(),
            ticker: Ticker::new(),
            watch: None,
            planned: false,
            writes: Vec::new(),
            timed: false,
            rings: false,
            at_prompt: false,
        }
    }

    /// The output is a terminal, so long tables go through the pager.
    pub fn at_prompt(&mut self) {
        self.terminal.paging = true;
        let pager = std::env::var("PAGER").ok();
        self.terminal.pager = pager.filter(|it| !it.trim().is_empty());
        self.at_prompt = true;
    }

    /// Whoever read the results has gone.
    pub fn is_closed(&self) -> bool {
        self.terminal.is_closed()
    }

    /// The stages that an engine reports.
    pub fn listener(&mut self, ticker: &Ticker) -> Listener {
        self.ticker = ticker.clone();
        let progress = self.progress.clone();
        Arc::new(move |event: &Event| {
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.stages.push((event.clone(), Instant::now()));
        })
    }

    /// Settings that change how things are shown.
    pub fn follow(&mut self, settings: &Settings) {
        use crate::render::ErrorStyle::{Drawn, Plain};
        let word = |name: &str| settings.shown.get(name).map(String::as_str);
        self.rings = self.at_prompt && word("notify") != Some("false");
        let plain = word("errors") == Some("plain");
        self.terminal.errors = if plain { Plain } else { Drawn };
        let named = word("graphics").and_then(Graphics::named);
        self.terminal.graphics = match named {
            Some(graphics) => graphics,
            None if self.terminal.out_screen().is_terminal => {
                Graphics::detect(|name| std::env::var(name).ok())
            }
            None => Graphics::None,
        };
    }

    /// A statement begins: `whole` if it shows tables in full, and the expression that it shows.
    pub fn begin(&mut self, statement: &str, whole: bool, expression: Option<String>) {
        self.statement += 1;
        self.terminal.statement = Some(self.statement);
        self.terminal.refresh();
        self.begun = Instant::now();
        self.terminal.paged_for = Duration::ZERO;
        self.whole = whole;
        self.expression = expression;
        self.planned = false;
        self.writes.clear();
        self.timed = false;
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.statement = statement.lines().next().unwrap_or_default().to_owned();
        progress.stages.clear();
        drop(progress);
        self.watch();
    }

    fn watch(&mut self) {
        let (progress, ticker) = (self.progress.clone(), self.ticker.clone());
        self.watch = self.terminal.watch(move || snapshot(&progress, &ticker));
    }

    /// Whether a figure was not shown because an end was asked for; forgotten then.
    pub fn has_cut(&mut self) -> bool {
        std::mem::take(&mut self.terminal.cut)
    }

    /// The statement was run, and entered into the journal.
    pub fn entered(&mut self, entry: &Entry) {
        let writes = std::mem::take(&mut self.writes);
        self.terminal
            .entered(&entry.text, &entry.binds, &writes, &entry.files);
    }

    /// The statement has ended; `failed`: with an error, which is not said yet.
    pub fn end(&mut self, session: &Session, failed: bool) {
        // The timer restarts whenever something is printed.
        if let Some(watch) = self.watch.take() {
            watch.finish(true);
        }
        if self.ticker.is_stopped() {
            self.terminal.over_echo();
        }
        let took = self.took();
        if self.manner.verbose {
            self.stages();
        }
        if let Some(status) = self.status.take() {
            let of_dataset = session.current().is_some_and(|(name, _)| {
                status
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(':'))
            });
            let right = if (self.planned || of_dataset) && owes(session) {
                "planned".to_owned()
            } else if self.is_worth(took) || self.terminal.err_screen().is_terminal {
                duration(took)
            } else {
                String::new()
            };
            self.terminal.status(&status, &right);
        } else if self.is_worth(took) && !self.timed && (!failed || took >= LONG) {
            self.terminal.status("", &duration(took));
        }
        if self.rings && is_rung_after(took, self.terminal.err_screen().is_terminal) {
            eprint!("\x07");
        }
    }

    /// How long the statement has run, without the time spent in the pager.
    fn took(&self) -> Duration {
        self.begun.elapsed().saturating_sub(self.terminal.paged_for)
    }

    fn is_worth(&self, took: Duration) -> bool {
        let person = self.terminal.err_screen().is_terminal;
        took >= if person { AT_ONCE } else { LONG }
    }

    /// Each stage with its time.
    fn stages(&mut self) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let stages = std::mem::take(&mut progress.stages);
        drop(progress);
        let ends = stages.iter().skip(1).map(|(_, begun)| *begun);
        let ends: Vec<Instant> = ends.chain([Instant::now()]).collect();
        for ((event, begun), end) in stages.iter().zip(ends) {
            let time = duration(end.saturating_duration_since(*begun));
            let text = format!("{}/{} {}", event.stage, event.stages, event.label);
            self.terminal.status(&text, &time);
        }
    }

    /// Hides the progress bar while something is printed; it comes back if the wait goes on.
    fn aside(&mut self) {
        if let Some(watch) = self.watch.take() {
            drop(watch);
            if let Some(status) = self.status.take() {
                self.terminal.status(&status, "");
            }
        }
    }

    pub fn say(&mut self, said: Output) {
        self.aside();
        match said {
            Output::Status(line) => self.status = Some(line),
            Output::Step(written) => {
                self.terminal.step(&written);
                self.planned = true;
                for slot in &written.writes {
                    if !self.writes.contains(slot) {
                        self.writes.push(slot.clone());
                    }
                }
                self.status = written.line.or(self.status.take());
            }
            Output::Done(line, file) => {
                if let Some(file) = file {
                    self.terminal.file(&file);
                }
                let took = self.took();
                self.timed = true;
                let right = if self.is_worth(took) {
                    duration(took)
                } else {
                    String::new()
                };
                self.terminal.status(&line, &right);
            }
            Output::Note(note) if self.manner.quiet && note.severity == Severity::Note => {}
            Output::Note(note) => self.terminal.diagnostic(&note),
            Output::Value(name, value) => {
                let asked = Asked {
                    name: name.as_deref(),
                    expression: self.expression.as_deref(),
                    whole: self.whole,
                };
                answer::show(&mut self.terminal, &value, asked);
            }
            Output::Text(text) => self.terminal.text(&text),
            Output::Script(text) => self.terminal.as_it_stands(&text),
            Output::Plan(plan, cost, budget) => {
                self.terminal
                    .text(&explain::explained(&plan, &cost, budget));
            }
            Output::Profile(reports) => self.terminal.text(&explain::profiled(&reports)),
        }
        self.watch();
    }

    /// The files that a checked script reads and writes, for programs.
    pub fn files(&mut self, script: &str, files: &Files) {
        if self.manner.json {
            let names = |files: &BTreeSet<String>| files.iter().cloned().collect();
            let (inputs, outputs) = (names(&files.inputs), names(&files.outputs));
            self.terminal.script_files(script, inputs, outputs);
        }
    }

    /// A result that is text already.
    pub fn text(&mut self, text: &str) {
        self.terminal.text(text);
    }

    /// A line that is no result.
    pub fn remark(&mut self, line: &str) {
        if !self.manner.quiet {
            self.terminal.remark(line);
        }
    }

    pub fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.aside();
        self.terminal.diagnostic(diagnostic);
    }
}

/// Whether the dataset that was spoken of waits for work.
fn owes(session: &Session) -> bool {
    session
        .current()
        .is_some_and(|(_, data)| data.pending_steps() > 0)
}

fn snapshot(progress: &Mutex<Progress>, ticker: &Ticker) -> Snapshot {
    let progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = super::resources::resident();
    match progress.stages.last() {
        Some((event, _)) => {
            let (done, total) = ticker.progress();
            Snapshot {
                step: event.stage,
                steps: event.stages,
                label: event.label.clone(),
                done,
                total,
                memory,
                ..Snapshot::default()
            }
        }
        None => Snapshot {
            label: progress.statement.clone(),
            memory,
            ..Snapshot::default()
        },
    }
}

/// Draws a figure into a file, which is replaced only by a finished one; a note on letters that the font
/// lacks.
pub fn paint(drawn: &Figure, file: &FigureFile) -> Result<Option<Box<Diagnostic>>, FileError> {
    let path = &file.path;
    let format = Format::of_path(&path.to_string_lossy()).unwrap_or(Format::Png);
    let bytes = figure::file(drawn, format, file.dpi);
    stop::check(std::path::Path::new(path))?;
    unfinished::write(path, &bytes)?;
    let missing = match format {
        Format::Svg => String::new(),
        Format::Png | Format::Pdf => figure::missing_letters(drawn),
    };
    let note = format!(
        "the font of figures lacks {missing}: drawn as boxes; a viewer of .svg has its own fonts"
    );
    Ok((!missing.is_empty()).then(|| Diagnostic::note(note)))
}

/// At the second Ctrl-C.
pub fn insist() {
    eprintln!("\r     stopping; press Ctrl-C again to end sca");
}

/// Whether the bell rings after work that took so long.
fn is_rung_after(took: Duration, at_terminal: bool) -> bool {
    at_terminal && took >= RINGS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bell_rings_after_long_work_at_a_terminal() {
        assert!(is_rung_after(Duration::from_secs(10), true));
        assert!(!is_rung_after(Duration::from_millis(9_999), true));
        assert!(!is_rung_after(Duration::from_secs(60), false));
    }
}
