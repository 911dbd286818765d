//! What statements say, on its way to the [`Terminal`]: results to standard output, the rest to
//! standard error.

use super::options::Manner;
use crate::command::{Along, FigureFile, LazyColumn, Settings, Val};
use crate::data::figure::Figure;
use crate::data::{Dataset, FileError, Place, Table, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::Said;
use crate::kernels::ticker::Ticker;
use crate::plan::engine::{Event, Listener};
use crate::plan::{Plan, Report, Stage};
use crate::render::{Answer, ErrorStyle, Format, Graphics, Mode, Snapshot, Terminal, Watch, figure, number};
use crate::session::Session;
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub struct Voice {
    terminal: Terminal,
    statement: usize,
    begun: Instant,
    stage: Arc<Mutex<Option<Event>>>,
    ticker: Ticker,
    watch: Option<Watch>,
}

impl Voice {
    pub fn new(manner: Manner) -> Self {
        let mode = if manner.json { Mode::Json } else { Mode::Human };
        let mut terminal = Terminal::standard(mode);
        terminal.quiet = manner.quiet;
        Voice {
            terminal,
            statement: 0,
            begun: Instant::now(),
            stage: Arc::default(),
            ticker: Ticker::new(),
            watch: None,
        }
    }

    /// Who is told of each stage as it begins.
    pub fn listener(&mut self, ticker: &Ticker) -> Option<Listener> {
        self.ticker = ticker.clone();
        let stage = self.stage.clone();
        Some(Arc::new(move |event: &Event| {
            if let Ok(mut stage) = stage.lock() {
                *stage = Some(event.clone());
            }
        }))
    }

    /// Takes up what was set of how things are shown.
    pub fn manner(&mut self, settings: &Settings) {
        self.terminal.errors = match settings.shown.get("errors").map(String::as_str) {
            Some("plain") => ErrorStyle::Plain,
            _ => ErrorStyle::Drawn,
        };
        if let Some(graphics) = settings.shown.get("graphics").and_then(|word| Graphics::named(word)) {
            self.terminal.graphics = graphics;
        }
    }

    pub fn begin(&mut self) {
        self.statement += 1;
        self.begun = Instant::now();
        self.terminal.refresh();
        self.terminal.statement = Some(self.statement);
        if let Ok(mut stage) = self.stage.lock() {
            *stage = None;
        }
        let (stage, ticker) = (self.stage.clone(), self.ticker.clone());
        self.watch = self.terminal.watch(move || snapshot(&stage, &ticker));
    }

    pub fn end(&mut self, _session: &Session) {
        self.quiet_down();
    }

    /// The progress line goes before anything else is written.
    fn quiet_down(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.finish(true);
        }
    }

    pub fn say(&mut self, said: Said) {
        self.quiet_down();
        match said {
            Said::Status(line) => {
                let time = match self.terminal.err_screen().is_terminal {
                    true => number::duration(self.begun.elapsed()),
                    false => String::new(),
                };
                self.terminal.status(&line, &time);
            }
            Said::Note(note) if note.severity == Severity::Note => self.terminal.status(&note.headline, ""),
            Said::Note(note) => self.diagnostic(&note),
            Said::Value(name, value) => self.value(name.as_deref().unwrap_or("it"), &value),
            Said::Text(text) => self.terminal.text(&text),
            Said::Plan(plan, data) => self.terminal.text(&plan_text(&plan, &data)),
            Said::Profile(reports) => self.terminal.table(&profile_table(&reports)),
        }
    }

    fn value(&mut self, name: &str, value: &Val) {
        match value {
            Val::Dataset(data, None) => self.terminal.dataset(name, data),
            Val::Figure(figure) => self.terminal.figure(figure),
            Val::Part(data, place) => self.terminal.table(&part_table(data, *place)),
            Val::Table(table) | Val::Dataset(_, Some(table)) => {
                match table.get().and_then(|value| value.table().cloned()) {
                    Some(table) => self.terminal.table(&table),
                    None => self.terminal.value(&Answer::Pending("a table".into())),
                }
            }
            other => self.terminal.value(&answer(other)),
        }
    }

    /// A result that is text already.
    pub fn text(&mut self, text: &str) {
        self.terminal.text(text);
    }

    /// A line that is no result.
    pub fn remark(&mut self, line: &str) {
        self.terminal.status(line, "");
    }

    pub fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.quiet_down();
        self.terminal.diagnostic(diagnostic);
    }
}

/// What the engine is doing now.
fn snapshot(stage: &Mutex<Option<Event>>, ticker: &Ticker) -> Snapshot {
    let event = stage.lock().ok().and_then(|stage| stage.clone());
    let (done, total) = ticker.progress();
    let mut snapshot = Snapshot { done, total, unit: "cells", memory: resident(), ..Snapshot::default() };
    if let Some(event) = event {
        (snapshot.step, snapshot.steps, snapshot.label) = (event.stage, event.stages, event.label);
    }
    snapshot
}

/// Bytes of memory that the process holds, where the system says.
fn resident() -> u64 {
    let about = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = about.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

/// Draws a figure into a file, which is replaced only by a finished one.
pub fn paint(picture: &Figure, file: &FigureFile) -> Result<(), FileError> {
    let format = Format::of_path(&file.path.to_string_lossy()).unwrap_or(Format::Png);
    let bytes = figure::file(picture, format, file.dpi);
    let mut unfinished = file.path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let written = std::fs::write(&unfinished, bytes).and_then(|()| std::fs::rename(&unfinished, &file.path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&unfinished);
        FileError::new(&file.path, format!("the figure cannot be written ({error})")).remedy("choose another folder")
    })
}

fn answer(value: &Val) -> Answer {
    match value {
        Val::None | Val::Unknown => Answer::Nothing,
        Val::Truth(truth) => Answer::Truth(*truth),
        Val::Number(number) => Answer::Number(*number),
        Val::Text(text) => Answer::Text(text.clone()),
        Val::List(items) => Answer::List(items.iter().map(answer).collect()),
        Val::Record(fields) => Answer::Record(fields.iter().map(|(key, value)| (key.clone(), answer(value))).collect()),
        Val::Range(from, to) => Answer::Text(format!("{from}..{to}")),
        Val::Column(LazyColumn { value, along, column_type }) => match value.get().and_then(Value::column) {
            Some(column) => Answer::Column(column.clone()),
            None => Answer::Pending(match along {
                Along::Cells(_) => format!("{}, one a cell", column_type.word()),
                Along::Genes(_) => format!("{}, one a gene", column_type.word()),
                Along::One => column_type.word().to_owned(),
            }),
        },
        Val::Matrix(data, name, matrix) => Answer::Text(format!(
            "{name}: {} cells × {} genes, {}",
            number::count(data.cells.at_most() as u64),
            number::count(data.genes.at_most() as u64),
            matrix.state.word()
        )),
        Val::Slot(name, lazy) => match lazy.get() {
            Some(Value::Dense(dense)) => Answer::Text(format!("{name}: {} × {}", dense.nrows(), dense.ncols())),
            Some(Value::Graph(graph)) => Answer::Text(format!("{name}: {} cells, {} weights", graph.rows(), graph.nnz())),
            _ => Answer::Pending(name.to_string()),
        },
        Val::Uns(uns) => Answer::Text(format!("{uns:?}")),
        other => Answer::Text(other.type_word().to_owned()),
    }
}

/// What is known of obs or var: columns that are there, and names of those that are not.
fn part_table(data: &Dataset, place: Place) -> Table {
    let mut table = Table::new();
    for (key, slot) in data.slots(place).into_iter().flatten() {
        let on_axis = match (&slot.rows, data.axis(place)) {
            (Some(made_on), Some(axis)) => made_on.same(axis),
            _ => true,
        };
        match slot.value.get().and_then(Value::column).filter(|_| on_axis) {
            Some(column) => table.columns.push((key.clone(), column.clone())),
            None => table.title = Some(format!("some columns are pending: compute {}", place.word())),
        }
    }
    table
}

/// Passes and steps in the order they will run.
fn plan_text(plan: &Plan, data: &Dataset) -> String {
    let mut text = String::new();
    let mut passes = 0;
    for stage in &plan.stages {
        let (head, nodes) = match stage {
            Stage::Load(_) => continue,
            Stage::Pass(nodes) => {
                passes += 1;
                (format!("pass {passes}"), nodes)
            }
            Stage::Wholes(nodes) => ("step".to_owned(), nodes),
        };
        let mut labels: Vec<&str> =
            nodes.iter().map(|node| node.label.as_str()).filter(|label| *label != "select").collect();
        labels.dedup();
        if labels.is_empty() {
            continue;
        }
        let mut lines: Vec<usize> = nodes.iter().filter_map(|node| Some(node.origin.as_ref()?.line())).collect();
        lines.sort_unstable();
        lines.dedup();
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let place = match lines.len() {
            0 => String::new(),
            1 => format!("   line {}", lines[0]),
            _ => format!("   lines {}", lines.join(", ")),
        };
        text += &format!(" {head:<7} {}{place}\n", labels.join(" · "));
    }
    if text.is_empty() {
        return "nothing is pending\n".to_owned();
    }
    let readings = match passes {
        0 => "the file is not read".to_owned(),
        1 => format!("1 reading of {}", data.from),
        n => format!("{n} readings: {} once, then its compact copy", data.from),
    };
    text + &format!(" {readings}\n")
}

fn profile_table(reports: &[Report]) -> Table {
    use crate::data::{Column, NumberType};
    let labels = reports.iter().map(|report| report.label.as_str()).collect();
    let seconds = reports.iter().map(|report| report.time.as_secs_f64()).collect();
    Table::new().with("step", Column::Text(labels)).with("seconds", Column::numbers(seconds, NumberType::F64))
}

/// At the second Ctrl-C.
pub fn insist() {
    eprintln!("stopping; Ctrl-C once more ends sca");
}
