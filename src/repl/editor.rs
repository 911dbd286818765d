//! The line editor. The only file that names rustyline, so that another could take its place.

use super::recall::Recall;
use super::{complete, hint, paint};
use crate::command::Registry;
use crate::lang::Completeness;
use crate::lang::layout::layout;
use crate::lang::lexeme::{Kind, lex};
use crate::session::Session;
use rustyline::completion::{Candidate, Completer};
use rustyline::config::{Behavior, BellStyle, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::{FileHistory, History, SearchDirection};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Context, Editor, Event, EventContext,
    EventHandler, Helper, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};
use std::borrow::Cow;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use unicode_width::UnicodeWidthStr;

/// How many statements are kept.
const HISTORY: usize = 10_000;
/// Longer lists are shown after a question only.
const LONG_LIST: usize = 120;

/// What a person did at the prompt.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    Text(String),
    /// Ctrl-C: the line is given up.
    Cancelled,
    /// Ctrl-D on an empty line, or the terminal is gone.
    End,
    /// A key that asks for something, and the line as it stands.
    Key(Key, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// F1: help on the word under the cursor.
    Help(String),
    /// Ctrl-X Ctrl-E: the line in `$EDITOR`.
    Edit,
}

pub struct LineEditor {
    editor: Editor<Assistant, FileHistory>,
    shared: Arc<Mutex<Shared>>,
    file: Option<PathBuf>,
}

/// What key bindings and the loop tell each other.
#[derive(Default)]
struct Shared {
    recall: Recall,
    /// What was asked for by a key, and the line as it was then.
    key: Option<(Key, String)>,
    fix: Option<String>,
}

impl LineEditor {
    /// An editor that keeps its history in `file`, if it can.
    pub fn new(registry: Registry, file: Option<PathBuf>) -> rustyline::Result<Self> {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let mut editor = Editor::with_config(config()?)?;
        editor.set_helper(Some(Assistant {
            registry,
            session: Session::default(),
            shared: shared.clone(),
        }));
        bind(&mut editor, &shared);
        let mut editor = LineEditor {
            editor,
            shared,
            file,
        };
        editor.load();
        Ok(editor)
    }

    fn load(&mut self) {
        let Some(file) = &self.file else { return };
        if let Some(folder) = file.parent() {
            // Without a place for it there is a history all the same, until the end.
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = self.editor.load_history(file);
        let history = self.editor.history();
        let entry = |at| history.get(at, SearchDirection::Forward).ok().flatten();
        let entries = (0..history.len())
            .filter_map(entry)
            .map(|found| found.entry.into_owned());
        lock(&self.shared).recall = Recall::new(entries.collect());
    }

    /// What completion, hints and colours go by from now on.
    pub fn know(&mut self, session: &Session) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.session = session.clone();
        }
    }

    /// The line that Alt-Enter puts on an empty prompt.
    pub fn offer_fix(&mut self, line: Option<String>) {
        lock(&self.shared).fix = line;
    }

    /// Waits for a person. `initial` is on the line already.
    pub fn read(&mut self, prompt: &str, initial: &str) -> Input {
        let read = self.editor.readline_with_initial(prompt, (initial, ""));
        let key = lock(&self.shared).key.take();
        match read {
            Ok(text) => Input::Text(text),
            Err(ReadlineError::Interrupted) => match key {
                Some((key, line)) => Input::Key(key, line),
                None => Input::Cancelled,
            },
            Err(_) => Input::End,
        }
    }

    /// Keeps a statement in the history, at once and for good.
    pub fn remember(&mut self, statement: &str) {
        let kept = self.editor.add_history_entry(statement);
        if !matches!(kept, Ok(true)) {
            return;
        }
        lock(&self.shared).recall.add(statement);
        if let Some(file) = &self.file {
            // A history that cannot be written is no reason to stop.
            let _ = self.editor.append_history(file);
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn config() -> rustyline::Result<Config> {
    // Standard output may be a file while a person types: then the prompt is on the terminal.
    let behavior = match std::io::stdout().is_terminal() {
        true => Behavior::Stdio,
        false => Behavior::PreferTerm,
    };
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .behavior(behavior)
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .completion_prompt_limit(LONG_LIST)
        .bell_style(BellStyle::None)
        .auto_add_history(false)
        .build();
    Ok(config)
}

fn bind(editor: &mut Editor<Assistant, FileHistory>, shared: &Arc<Mutex<Shared>>) {
    let plain = |code| Event::from(KeyEvent(code, Modifiers::NONE));
    let keys = [
        (plain(KeyCode::Up), Press::Up),
        (plain(KeyCode::Down), Press::Down),
        (plain(KeyCode::F(1)), Press::Help),
        (
            Event::from(KeyEvent(KeyCode::Enter, Modifiers::ALT)),
            Press::Fix,
        ),
        (
            Event::from(KeyEvent(KeyCode::Right, Modifiers::ALT)),
            Press::HintWord,
        ),
        (Event::from(KeyEvent::alt('f')), Press::HintWord),
        (
            Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]),
            Press::Edit,
        ),
    ];
    for (event, press) in keys {
        let handler = Handler {
            press,
            shared: shared.clone(),
        };
        editor.bind_sequence(event, EventHandler::Conditional(Box::new(handler)));
    }
}

#[derive(Clone, Copy)]
enum Press {
    Up,
    Down,
    Help,
    Fix,
    HintWord,
    Edit,
}

struct Handler {
    press: Press,
    shared: Arc<Mutex<Shared>>,
}

impl ConditionalEventHandler for Handler {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let (line, at) = (context.line(), context.pos());
        let mut shared = lock(&self.shared);
        match self.press {
            Press::Up => up(&mut shared.recall, line, at),
            Press::Down => down(&mut shared.recall, line, at),
            Press::Help => {
                let word = word_at(line, at).to_owned();
                shared.key = Some((Key::Help(word), line.to_owned()));
                Some(Cmd::Interrupt)
            }
            Press::Edit => {
                shared.key = Some((Key::Edit, line.to_owned()));
                Some(Cmd::Interrupt)
            }
            Press::Fix => match shared.fix.take().filter(|_| line.trim().is_empty()) {
                Some(fix) => Some(replaced(&fix)),
                None => Some(Cmd::Newline),
            },
            Press::HintWord => {
                let hint = context.hint_text().filter(|_| at == line.len())?;
                Some(Cmd::Insert(1, first_word(hint).to_owned()))
            }
        }
    }
}

fn replaced(line: &str) -> Cmd {
    Cmd::Replace(Movement::WholeBuffer, Some(line.to_owned()))
}

/// Moves inside of a text of several lines, unless it is one that Up brought.
fn up(recall: &mut Recall, line: &str, at: usize) -> Option<Cmd> {
    if line[..at].contains('\n') && !recall.is_showing(line) {
        return Some(Cmd::LineUpOrPreviousHistory(1));
    }
    Some(recall.up(line).map_or(Cmd::Noop, replaced))
}

fn down(recall: &mut Recall, line: &str, at: usize) -> Option<Cmd> {
    if line[at..].contains('\n') && !recall.is_showing(line) {
        return Some(Cmd::LineDownOrNextHistory(1));
    }
    Some(recall.down(line).map_or(Cmd::Noop, replaced))
}

/// The name at a place, or before it.
fn word_at(line: &str, at: usize) -> &str {
    let around = |span: crate::source::Span| span.start <= at && at <= span.end;
    let found = lex(line)
        .into_iter()
        .filter(|lexeme| lexeme.kind == Kind::Name && around(lexeme.span))
        .map(|lexeme| lexeme.span.text(line))
        .next();
    found.unwrap_or("")
}

/// Blanks, then a word and what is glued to it.
fn first_word(hint: &str) -> &str {
    let word = hint.len() - hint.trim_start().len();
    let end = hint[word..]
        .find(|c: char| c.is_whitespace() || c == '=' || c == '.')
        .map_or(hint.len(), |end| word + end.max(1));
    &hint[..end]
}

/// Completion, hints, colours and the end of a statement, by what the session knows.
struct Assistant {
    registry: Registry,
    session: Session,
    shared: Arc<Mutex<Shared>>,
}

impl Helper for Assistant {}

/// Assistance that fails is no reason to lose the line.
fn guarded<T>(assist: impl FnOnce() -> T, otherwise: T) -> T {
    catch_unwind(AssertUnwindSafe(assist)).unwrap_or(otherwise)
}

struct Listed {
    text: String,
    display: String,
}

impl Candidate for Listed {
    fn display(&self) -> &str {
        &self.display
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

impl Completer for Assistant {
    type Candidate = Listed;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Listed>)> {
        let found = || complete::complete(line, at, &self.session, self.registry);
        let (start, candidates) = guarded(found, (at, Vec::new()));
        let width = candidates.iter().map(|it| it.display.width()).max();
        let listed = candidates.into_iter().map(|candidate| Listed {
            display: set(&candidate, width.unwrap_or(0)),
            text: candidate.text,
        });
        Ok((start, listed.collect()))
    }
}

/// A name, its description behind all names.
fn set(candidate: &complete::Candidate, width: usize) -> String {
    if candidate.description.is_empty() {
        return candidate.display.clone();
    }
    let gap = " ".repeat(width - candidate.display.width() + GAP.len());
    format!("{}{gap}{}", candidate.display, candidate.description)
}

/// Between a name and its description; occurs in no name.
const GAP: &str = "   ";

impl rustyline::hint::Hint for hint::Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.taken.then_some(&self.shown)
    }
}

impl Hinter for Assistant {
    type Hint = hint::Hint;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<hint::Hint> {
        if at < line.len() || line.trim().is_empty() {
            return None;
        }
        let shared = lock(&self.shared);
        let like = shared.recall.like(line).map(|entry| &entry[at..]);
        // A grey block of several lines would hide more than it tells.
        if let Some(rest) = like.filter(|rest| !rest.contains('\n')) {
            return Some(hint::Hint {
                shown: rest.to_owned(),
                taken: true,
            });
        }
        guarded(|| hint::hint(line, &self.session, self.registry), None)
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, at: usize) -> Cow<'l, str> {
        let painted = || Cow::Owned(paint::paint(line, at, &self.session, self.registry));
        guarded(painted, Cow::Borrowed(line))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(paint::prompt(prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint::faint(hint))
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        match candidate.split_once(GAP) {
            Some((name, rest)) => Cow::Owned(format!("{name}{GAP}{}", paint::faint(rest))),
            None => Cow::Borrowed(candidate),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let finished = guarded(|| is_finished(context.input()), true);
        Ok(match finished {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// Whether Enter runs the text. An empty last line ends the waiting for what is missing.
fn is_finished(text: &str) -> bool {
    let waiting = matches!(
        layout(text).completeness,
        Completeness::Open(..) | Completeness::Dangling(_)
    );
    let given_up = text
        .rsplit_once('\n')
        .is_some_and(|(_, last)| last.trim().is_empty());
    !waiting || given_up
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_knows_an_unfinished_statement() {
        for open in ["adata[", "qc adata |", "x =", "if a {\n  qc adata", "a \\"] {
            assert!(!is_finished(open), "{open}");
            assert!(is_finished(&format!("{open}\n  ")), "{open}");
        }
        for done in ["", "adata", "qc adata # [", "f(\n1)", "x = \"a"] {
            assert!(is_finished(done), "{done}");
        }
    }

    #[test]
    fn words_for_keys() {
        assert_eq!(word_at("leiden adata", 3), "leiden");
        assert_eq!(word_at("leiden adata", 6), "leiden");
        assert_eq!(word_at("leiden adata", 12), "adata");
        assert_eq!(word_at("  ", 1), "");
        assert_eq!(first_word(" res=0.6"), " res");
        assert_eq!(first_word("=0.6 k"), "=");
        assert_eq!(first_word("a"), "a");
    }

    #[test]
    fn descriptions_stand_behind_names() {
        let candidate = complete::Candidate {
            text: "k=".into(),
            display: "k=".into(),
            description: "neighbours".into(),
        };
        assert_eq!(set(&candidate, 4), "k=     neighbours");
    }
}
