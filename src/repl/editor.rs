//! The line editor. The only file that uses rustyline, so that it can be replaced.

mod assistant;
mod keys;

use super::history_search::Recall;
use crate::command::Registry;
use crate::session::Session;
use assistant::Assistant;
use rustyline::config::{Behavior, BellStyle, Config, Configurer, EditMode};
use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History, SearchDirection};
use rustyline::{CompletionType, Editor};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many statements are kept.
const HISTORY: usize = 10_000;
/// Of a statement in the history that failed.
const FAILED: &str = "   # failed";

/// What the user did at the prompt.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    Text(String),
    /// Ctrl-C: the line is given up.
    Canceled,
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

/// What key bindings and the loop share.
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
        keys::bind(&mut editor, &shared);
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
        let mut recall = Recall::default();
        for entry in entries {
            match entry.strip_suffix(FAILED) {
                Some(failed) => recall.mark_failed(failed),
                None => recall.add(&entry),
            }
        }
        lock(&self.shared).recall = recall;
    }

    /// What completion, hints and colors go by from now on.
    pub fn know(&mut self, session: &Session) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.session = session.clone();
        }
        let keys = session.settings.shown.get("keys").map(String::as_str);
        self.editor.set_edit_mode(match keys {
            Some("vi") => EditMode::Vi,
            _ => EditMode::Emacs,
        });
    }

    /// The line that Alt-Enter puts on an empty prompt.
    pub fn offer_fix(&mut self, line: Option<String>) {
        lock(&self.shared).fix = line;
    }

    /// Waits for a line. `initial` is on the line already.
    pub fn read(&mut self, prompt: &str, initial: &str) -> Input {
        let read = self.editor.readline_with_initial(prompt, (initial, ""));
        let key = lock(&self.shared).key.take();
        match read {
            Ok(text) => Input::Text(text),
            Err(ReadlineError::Interrupted) => match key {
                Some((key, line)) => Input::Key(key, line),
                None => Input::Canceled,
            },
            Err(_) => Input::End,
        }
    }

    /// The statement before the one that was typed last.
    pub fn last_before(&self, typed: &str) -> Option<String> {
        let shared = lock(&self.shared);
        let before = shared.recall.newest(typed.trim());
        before.map(str::to_owned)
    }

    /// The statement that was remembered last has failed. It is written once more with a mark, so
    /// that it is kept even where the work ends the program.
    pub fn mark_failed(&mut self, statement: &str) {
        let statement = statement.trim_end();
        lock(&self.shared).recall.mark_failed(statement);
        let marked = format!("{statement}{FAILED}");
        let kept = self.editor.add_history_entry(marked);
        if let (Ok(true), Some(file)) = (kept, &self.file) {
            let _ = self.editor.append_history(file);
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
    // Standard output may be a file while the user types: then the prompt is on the terminal.
    let behavior = if std::io::stdout().is_terminal() {
        Behavior::Stdio
    } else {
        Behavior::PreferTerm
    };
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .behavior(behavior)
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        // Lists fit on the screen: no question is asked.
        .completion_prompt_limit(usize::MAX)
        .bell_style(BellStyle::None)
        .auto_add_history(false)
        .build();
    Ok(config)
}
