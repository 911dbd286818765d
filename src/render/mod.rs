//! The only place that writes to a terminal, or to a file meant for people.
//!
//! Everything goes through a [`Terminal`]: results to standard output, what accompanies them to
//! standard error; fitted to the screen on a terminal, complete in a pipe, for a program as one
//! JSON object per line.

pub mod answer;
mod captured;
pub mod dataset;
pub mod diagnostic;
pub mod figure;
pub mod harmless;
pub mod inks;
pub mod number;
mod page;
pub mod programs;
mod progress;
mod prose;
pub mod screen;
mod snippet;
pub mod table;
pub mod terminal;

pub use answer::Answer;
pub use captured::Captured;
pub use figure::Format;
pub use progress::{Snapshot, Watch};
pub use screen::{Depth, Screen};
pub use terminal::Graphics;

use crate::data::figure::Figure;
use crate::data::{Dataset, Table, stop};
use crate::diagnostic::Diagnostic;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthStr;

/// Version of the JSON objects.
const JSON_VERSION: u32 = 1;
/// Where the right part of a status line ends, if the screen is as wide.
const STATUS_WIDTH: usize = 86;

/// For whom output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Human,
    Json,
}

/// How errors are shown to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorStyle {
    #[default]
    Drawn,
    /// In sentences, for screen readers.
    Plain,
}

/// A stream to write to, and what is known of it.
struct Stream {
    screen: Screen,
    sink: Box<dyn Write + Send>,
}

/// All output of the program.
pub struct Terminal {
    out: Stream,
    err: Stream,
    pub mode: Mode,
    pub errors: ErrorStyle,
    pub graphics: Graphics,
    /// Long tables go through the pager; at the prompt only.
    pub paging: bool,
    /// A program with its arguments instead of `less`: what `PAGER` says.
    pub pager: Option<String>,
    /// No status lines.
    pub quiet: bool,
    /// Number of the statement that speaks, for JSON.
    pub statement: Option<usize>,
    /// An end was asked for while a figure was drawn, which was not shown.
    pub cut: bool,
    /// How long the user has looked at the pager.
    pub paged_for: Duration,
    closed: bool,
}

impl Terminal {
    /// Standard output and standard error.
    pub fn standard(mode: Mode) -> Self {
        let out = Stream {
            screen: Screen::stdout(),
            sink: Box::new(io::stdout()),
        };
        let err = Stream {
            screen: Screen::stderr(),
            sink: Box::new(io::stderr()),
        };
        let graphics = if out.screen.is_terminal {
            Graphics::detect(|name| std::env::var(name).ok())
        } else {
            Graphics::None
        };
        Terminal::of(out, err, mode, graphics)
    }

    /// Output into memory: what was written to standard output and standard error.
    pub fn captured(screen: Screen, mode: Mode) -> (Self, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        let stream = |captured: &Captured| Stream {
            screen,
            sink: Box::new(captured.clone()),
        };
        let terminal = Terminal::of(stream(&out), stream(&err), mode, Graphics::Text);
        (terminal, out, err)
    }

    fn of(out: Stream, err: Stream, mode: Mode, graphics: Graphics) -> Self {
        Terminal {
            out,
            err,
            mode,
            errors: ErrorStyle::default(),
            graphics,
            paging: false,
            pager: None,
            quiet: false,
            cut: false,
            paged_for: Duration::ZERO,
            statement: None,
            closed: false,
        }
    }

    pub fn out_screen(&self) -> Screen {
        self.out.screen
    }

    pub fn err_screen(&self) -> Screen {
        self.err.screen
    }

    /// The terminal's size may have changed since the last statement.
    pub fn refresh(&mut self) {
        if self.out.screen.is_terminal {
            self.out.screen = Screen::stdout();
        }
        if self.err.screen.is_terminal {
            self.err.screen = Screen::stderr();
        }
    }

    /// The reader of the output is gone, so work can end.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn write(&mut self, text: &str) {
        let color = self.out.screen.has_color();
        self.write_raw(&harmless::guarded(text, color));
    }

    /// What was drawn in codes of the terminal's own.
    fn write_raw(&mut self, text: &str) {
        let written = self.out.sink.write_all(text.as_bytes());
        let written = written.and_then(|()| self.out.sink.flush());
        self.noticed(written);
    }

    /// Work ends if the output cannot be written; a reader that left early
    /// needs no explanation.
    fn noticed(&mut self, written: io::Result<()>) {
        let Err(error) = written else {
            return;
        };
        if !self.closed && error.kind() != io::ErrorKind::BrokenPipe {
            self.write_err(&format!(
                "sca: standard output cannot be written: {error}\n"
            ));
        }
        self.closed = true;
    }

    fn write_err(&mut self, text: &str) {
        let text = harmless::guarded(text, self.err.screen.has_color());
        // If even standard error is gone, there is no place left to say so.
        let _ = self.err.sink.write_all(text.as_bytes());
        let _ = self.err.sink.flush();
    }

    /// One object on one line of standard output.
    fn json(&mut self, kind: &str, fields: Value) {
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(kind));
        object.insert("version".to_owned(), json!(JSON_VERSION));
        if let Some(statement) = self.statement {
            object.insert("statement".to_owned(), json!(statement));
        }
        match fields {
            Value::Object(fields) => object.extend(fields),
            value => {
                object.insert("value".to_owned(), value);
            }
        }
        let line = harmless::json(Value::Object(object).to_string());
        self.write_raw(&format!("{line}\n"));
    }

    pub fn value(&mut self, answer: &Answer) {
        match (self.mode, self.out.screen.is_terminal) {
            (Mode::Json, _) => self.json("value", json!({ "value": answer.to_json() })),
            (Mode::Human, true) => self.write(&answer.draw(&self.out.screen)),
            (Mode::Human, false) => self.write(&answer.plain()),
        }
    }

    /// Text of several lines: help, explanations. Lines are broken to fit the screen.
    pub fn text(&mut self, text: &str) {
        let text = &*harmless::lines(text);
        if self.mode == Mode::Human && self.out.screen.is_terminal {
            self.as_it_stands(&prose::fitted(text, self.out.screen.width));
        } else {
            self.as_it_stands(text);
        }
    }

    /// Text whose lines must not be broken, as those of a script.
    pub fn as_it_stands(&mut self, text: &str) {
        match self.mode {
            Mode::Json => self.json("text", json!({ "text": text })),
            Mode::Human => self.paged(&format!("{}\n", text.trim_end_matches('\n'))),
        }
    }

    /// Through the pager, if output is a terminal and smaller than the text.
    fn paged(&mut self, text: &str) {
        let screen = self.out.screen;
        let large = text.lines().count() + 1 >= screen.height
            || text.lines().any(|line| line.width() > screen.width);
        let text = &*harmless::guarded(text, screen.has_color());
        let leafing = self.paging && screen.is_terminal && large;
        let begun = Instant::now();
        let paged = leafing && page::page(text, self.pager.as_deref());
        self.paged_for += begun.elapsed();
        if !paged {
            self.write(text);
        }
    }

    /// As much of a table as fits, or all of it if the output is not a terminal.
    pub fn table(&mut self, table: &Table) {
        if self.written_whole(table) {
            return;
        }
        let drawn = table::fitted(table, &self.out.screen);
        self.write(&drawn.text);
    }

    /// All of a table: through the pager if it is larger than the screen.
    pub fn whole_table(&mut self, table: &Table) {
        if self.written_whole(table) {
            return;
        }
        let text = table::whole(table, &self.out.screen);
        self.paged(&text);
    }

    /// Writes a table for a program or a pipe.
    fn written_whole(&mut self, table: &Table) -> bool {
        match (self.mode, self.out.screen.is_terminal) {
            (Mode::Json, _) => self.json("table", table::to_json(table)),
            (Mode::Human, false) => {
                let mut out = io::BufWriter::new(&mut self.out.sink);
                let written = table::write_tabs(table, &mut out).and_then(|()| out.flush());
                drop(out);
                self.noticed(written);
            }
            (Mode::Human, true) => return false,
        }
        true
    }

    pub fn dataset(&mut self, name: &str, dataset: &Dataset) {
        match self.mode {
            Mode::Json => self.json("dataset", dataset::to_json(name, dataset)),
            Mode::Human => {
                let text = dataset::draw(name, dataset, &self.out.screen);
                self.write(&text);
            }
        }
    }

    /// Shows a figure, if this is a terminal.
    pub fn figure(&mut self, figure: &Figure) {
        match self.mode {
            Mode::Json => {
                let titles = figure.panels.iter().map(|panel| panel.title.as_deref());
                let titles: Vec<_> = titles.collect();
                self.json("figure", json!({ "title": figure.title, "panels": titles }));
            }
            Mode::Human => {
                let text = terminal::draw(figure, &self.out.screen, self.graphics);
                self.cut = stop::is_asked();
                if !self.cut {
                    self.write_raw(&text);
                }
            }
        }
    }

    /// Errors, warnings, notes: to standard error, or as an object among the results.
    pub fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        match (self.mode, self.errors) {
            (Mode::Json, _) => {
                let mut object = diagnostic::to_json(diagnostic);
                let kind = object["type"].take();
                self.json(kind.as_str().unwrap_or("error"), without(object, "type"));
            }
            (Mode::Human, ErrorStyle::Plain) => self.write_err(&diagnostic::narrate(diagnostic)),
            (Mode::Human, ErrorStyle::Drawn) => {
                let text = diagnostic::draw(diagnostic, &self.err.screen);
                self.write_err(&text);
            }
        }
    }

    /// One line on standard error: what was done, and at its right how long it took.
    pub fn status(&mut self, text: &str, right: &str) {
        if self.quiet || self.mode == Mode::Json {
            return;
        }
        let text = &*harmless::shown(text);
        let room = self.err.screen.width.saturating_sub(6);
        let mut lines = vec![text.to_owned()];
        if self.err.screen.is_terminal && text.width() > room {
            lines = prose::wrapped(text, room);
        }
        let last = lines.pop().unwrap_or_default();
        let before: String = lines.iter().map(|line| format!("     {line}\n")).collect();
        let mut line = format!("{before}     {last}");
        if !right.is_empty() {
            let end = STATUS_WIDTH.min(self.err.screen.width.saturating_sub(1));
            let room = end.saturating_sub(5 + last.width() + right.width()).max(2);
            line.push_str(&" ".repeat(room));
            line.push_str(right);
        }
        line.push('\n');
        self.write_err(&line);
    }

    /// A line that is no result.
    pub fn remark(&mut self, line: &str) {
        let screen = self.err.screen;
        let text = if screen.is_terminal {
            prose::fitted(line, screen.width)
        } else {
            format!("{line}\n")
        };
        self.write_err(&text);
    }

    /// After Ctrl-C: the terminal has written `^C`, and what is said next begins in its place.
    pub fn over_echo(&mut self) {
        if self.err.screen.is_terminal {
            let _ = self.err.sink.write_all(b"\r");
        }
    }

    /// Watches a computation until the watch is finished or dropped.
    pub fn watch(&self, look: impl Fn() -> Snapshot + Send + 'static) -> Option<Watch> {
        let shown = !self.quiet && self.mode == Mode::Human;
        shown.then(|| Watch::begin(self.err.screen, look))
    }
}

fn without(object: Value, key: &str) -> Value {
    match object {
        Value::Object(mut fields) => {
            fields.remove(key);
            Value::Object(fields)
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::{Bars, Scale};
    use crate::data::{Column, NumberType};
    use crate::diagnostic::code;

    fn table() -> Table {
        let values = vec![1.5, 1000.0];
        Table::new().with("x", Column::numbers(values, NumberType::F64))
    }

    fn figure() -> Figure {
        Figure::of(Bars {
            labels: vec!["a".to_owned()],
            series: vec![("n".to_owned(), crate::data::figure::Rgb(1, 2, 3), vec![2.0])],
            scale: Scale::new("cells"),
            ..Bars::default()
        })
    }

    #[test]
    fn results_and_remarks_go_their_own_ways() {
        let screen = Screen::of(80, 24, Depth::None);
        let (mut terminal, out, err) = Terminal::captured(screen, Mode::Human);
        terminal.value(&Answer::Number(2638.0));
        terminal.status("adata: 2,700 cells", "21 ms");
        terminal.diagnostic(&Diagnostic::warning(code::NAME_NEEDS_BACKTICKS, "careful"));
        assert_eq!(out.take(), "2,638\n");
        let said = err.take();
        let (status, warning) = said.split_once('\n').unwrap();
        assert_eq!(status.width(), 79);
        assert!(status.starts_with("     adata: 2,700 cells  ") && status.ends_with("21 ms"));
        assert_eq!(warning, " ! careful  E007\n");
        terminal.quiet = true;
        terminal.status("more", "");
        assert_eq!(err.take(), "");
    }

    #[test]
    fn pipes_get_everything_without_frames() {
        let (mut terminal, out, _) = Terminal::captured(Screen::PIPE, Mode::Human);
        terminal.table(&table());
        terminal.whole_table(&table());
        assert_eq!(out.take(), "x\n1.5\n1000\nx\n1.5\n1000\n");
    }

    #[test]
    fn programs_get_an_object_a_line() {
        let (mut terminal, out, err) = Terminal::captured(Screen::PIPE, Mode::Json);
        terminal.statement = Some(3);
        terminal.table(&table());
        terminal.value(&Answer::Bool(true));
        terminal.diagnostic(&Diagnostic::error(code::UNCLOSED_BRACKET, "no"));
        terminal.figure(&figure());
        terminal.text("help");
        terminal.status("nobody reads this", "");
        let written = out.take();
        let objects: Vec<Value> = written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let kinds: Vec<&str> = objects
            .iter()
            .map(|o| o["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["table", "value", "error", "figure", "text"]);
        assert!(
            objects
                .iter()
                .all(|o| o["statement"] == 3 && o["version"] == 1)
        );
        assert_eq!(objects[0]["columns"][0]["values"], json!([1.5, 1000]));
        assert_eq!(objects[2]["code"], code::UNCLOSED_BRACKET);
        assert_eq!(err.take(), "");
    }

    #[test]
    fn figures_are_shown() {
        let screen = Screen::of(60, 24, Depth::None);
        let (mut terminal, out, err) = Terminal::captured(screen, Mode::Human);
        terminal.figure(&figure());
        assert!(out.take().starts_with("a 2 ███"));
        assert_eq!(err.take(), "");
    }
}
