//! The prompt: reads statements from a person, runs them, and says what came of it.
//!
//! [`editor`] owns the keyboard; [`complete`], [`hint`] and [`paint`] are pure functions of the
//! text, the session and the table of commands.

pub mod complete;
pub mod editor;
pub mod hint;
mod known;
pub mod paint;
pub mod prompt;
mod recall;
mod unsaved;

use crate::cli::exit::Exit;
use crate::cli::interrupts::is_ending;
use crate::cli::runner::{End, Runner, reading};
use crate::diagnostic::Diagnostic;
use crate::lang::Completeness;
use crate::lang::ast::Statement;
use crate::lang::words::is_plain;
use crate::source::Source;
use editor::{Input, Key, LineEditor};
use std::path::PathBuf;
use std::sync::Arc;

/// Reads and runs until the person leaves. `file` is read into `adata` first.
pub fn run(mut runner: Runner, file: Option<&str>) -> Exit {
    let mut editor = match LineEditor::new(runner.registry, history_file()) {
        Ok(editor) => editor,
        Err(error) => {
            runner.voice.remark(&format!("no prompt here: {error}"));
            return Exit::Usage;
        }
    };
    runner.voice.at_prompt();
    runner.voice.remark(&banner());
    let mut repl = Repl {
        runner,
        warned: false,
        number: 0,
    };
    if let Some(file) = file {
        repl.read_file(file, &mut editor);
    }
    repl.attend(&mut editor)
}

fn banner() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("sca {version}   ? help   Tab completes   Ctrl-C stops   exit leaves")
}

/// `~/.local/state/sca/history`, or where the desktop says such things belong.
fn history_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(folder.join("sca/history"))
}

struct Repl {
    runner: Runner,
    /// Told once that something computed was never written.
    warned: bool,
    /// Of the texts typed so far: what errors call them, `sca:12`.
    number: usize,
}

impl Repl {
    fn read_file(&mut self, file: &str, editor: &mut LineEditor) {
        let source = reading(file);
        self.number += 1;
        self.runner.working();
        self.runner.voice.remark(&source.text);
        editor.remember(&source.text);
        for statement in &crate::lang::parse(&source).statements {
            let end = self.runner.statement(&source, statement);
            self.runner.tell(&end);
        }
    }

    fn attend(&mut self, editor: &mut LineEditor) -> Exit {
        let mut initial = String::new();
        loop {
            if is_ending() {
                return Exit::Interrupted;
            }
            editor.know(&self.runner.session);
            let prompt = prompt::prompt(&self.runner.session);
            self.runner.interrupts.at_prompt(&prompt);
            let input = editor.read(&prompt, &std::mem::take(&mut initial));
            self.runner.interrupts.away();
            match input {
                Input::Canceled => {}
                Input::End => {
                    if self.may_leave() {
                        return Exit::Done;
                    }
                }
                Input::Key(Key::Help(word), line) => {
                    self.block(&format!("help {}", topic(&word)), editor);
                    initial = line;
                }
                Input::Key(Key::Edit, line) => {
                    initial = edited(&line).unwrap_or(line);
                }
                Input::Text(text) => match self.text(&text, editor) {
                    Next::Leave => return Exit::Done,
                    Next::Prompt(rest) => initial = rest,
                },
            }
        }
    }

    fn text(&mut self, text: &str, editor: &mut LineEditor) -> Next {
        if text.trim().is_empty() || is_left(text) {
            return Next::Prompt(String::new());
        }
        match question(text) {
            Some(help) => {
                editor.remember(text);
                self.block(&help, editor)
            }
            None => {
                for statement in units(text) {
                    editor.remember(statement);
                }
                self.block(text, editor)
            }
        }
    }

    /// Runs what was typed, statement by statement, and stops at the first error. What was not
    /// run because of it goes back on the line.
    fn block(&mut self, text: &str, editor: &mut LineEditor) -> Next {
        self.number += 1;
        let source = Source::new(format!("sca:{}", self.number), text);
        self.runner.working();
        let parsed = crate::lang::parse(&source);
        let wrong = parsed.diagnostics.into_iter().next();
        let wrong_at = wrong.as_ref().map_or(usize::MAX, start);
        editor.offer_fix(None);
        for statement in &parsed.statements {
            if statement.span.start > wrong_at {
                break;
            }
            let end = self.runner.statement(&source, statement);
            self.runner.tell(&end);
            match end {
                End::Done => {}
                End::Left if self.may_leave() => return Next::Leave,
                End::Left | End::Bug(_) => return Next::Prompt(String::new()),
                End::Failed(diagnostic) => {
                    return self.stopped(
                        &source,
                        statement,
                        &parsed.statements,
                        &diagnostic,
                        editor,
                    );
                }
            }
        }
        if let Some(diagnostic) = wrong {
            self.runner.voice.diagnostic(&diagnostic);
            editor.offer_fix(fixed(&source, &diagnostic));
        }
        Next::Prompt(String::new())
    }

    /// A wrong statement among several: it and those behind it were not run.
    fn stopped(
        &self,
        source: &Arc<Source>,
        statement: &Statement,
        statements: &[Statement],
        diagnostic: &Diagnostic,
        editor: &mut LineEditor,
    ) -> Next {
        let is_last = statements.last().map(|last| last.span) == Some(statement.span);
        if is_last {
            editor.offer_fix(fixed(source, diagnostic));
            return Next::Prompt(String::new());
        }
        Next::Prompt(source.text[statement.span.start..].trim_end().to_owned())
    }

    /// Whether nothing would be lost; asks once.
    fn may_leave(&mut self) -> bool {
        let lost = unsaved::lost(&self.runner.session);
        if lost.is_empty() || self.warned {
            return true;
        }
        self.warned = true;
        let names = lost.join(", ");
        self.runner.voice.remark(&format!(
            "{names} computed but not written: write {0} \"{0}.h5ad\" saves it; exit again to leave",
            lost[0]
        ));
        false
    }
}

enum Next {
    Leave,
    /// The prompt again, with this on the line.
    Prompt(String),
}

fn start(diagnostic: &Diagnostic) -> usize {
    diagnostic
        .labels
        .first()
        .map_or(0, |label| label.span.start)
}

/// An unfinished statement that was given up with `exit` or `quit`.
fn is_left(text: &str) -> bool {
    let Some((before, last)) = text.rsplit_once('\n') else {
        return false;
    };
    let open = crate::lang::layout::layout(before).completeness;
    matches!(last.trim(), "exit" | "quit")
        && matches!(open, Completeness::Open(..) | Completeness::Dangling(_))
}

/// `?leiden`, `leiden?` and `?` as the statement they mean.
fn question(text: &str) -> Option<String> {
    let text = text.trim();
    let word = text.strip_prefix('?').or_else(|| text.strip_suffix('?'))?;
    let word = word.trim_matches('?').trim();
    let is_topic = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    word.chars()
        .all(is_topic)
        .then(|| format!("help {}", topic(word)).trim_end().to_owned())
}

/// A topic as an argument of `help`.
fn topic(word: &str) -> String {
    match word.is_empty() || is_plain(word) {
        true => word.to_owned(),
        false => crate::command::value::quoted(word),
    }
}

/// What was typed as entries of the history: a pasted block is one entry a statement.
fn units(text: &str) -> Vec<&str> {
    let source = Source::new("", text);
    let parsed = crate::lang::parse(&source);
    let spans: Vec<_> = parsed.statements.iter().map(|it| it.span).collect();
    let apart = |pair: &[crate::source::Span]| text[pair[0].end..pair[1].start].contains('\n');
    let is_block = parsed.diagnostics.is_empty() && spans.len() > 1 && spans.windows(2).all(apart);
    match is_block {
        true => spans.iter().map(|span| span.text(text)).collect(),
        false => vec![text.trim_end()],
    }
}

/// The text with a diagnostic's edit applied.
fn fixed(source: &Source, diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let ours = diagnostic
        .source
        .as_ref()
        .is_none_or(|of| of.name == source.name);
    let mut text = source.text.clone();
    (ours && text.get(fix.span.start..fix.span.end).is_some()).then(|| {
        text.replace_range(fix.span.start..fix.span.end, &fix.text);
        text
    })
}

/// The line as `$EDITOR` leaves it.
fn edited(line: &str) -> Option<String> {
    let editor = std::env::var("VISUAL")
        .or_else(|_| std::env::var("EDITOR"))
        .unwrap_or_else(|_| "vi".to_owned());
    let folder = std::env::temp_dir();
    let named = |unique: &str| folder.join(format!("sca-{unique}.sca"));
    let (path, mut file) = crate::io::unfinished::new_file(named).ok()?;
    std::io::Write::write_all(&mut file, line.as_bytes()).ok()?;
    drop(file);
    let mut words = editor.split_whitespace();
    let done = std::process::Command::new(words.next()?)
        .args(words)
        .arg(&path)
        .status();
    let text = std::fs::read_to_string(&path).ok();
    let _ = std::fs::remove_file(&path);
    done.ok()?
        .success()
        .then(|| text.unwrap_or_default().trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::code;
    use crate::source::Span;

    #[test]
    fn questions_become_help() {
        assert_eq!(question("?leiden").as_deref(), Some("help leiden"));
        assert_eq!(question("leiden?").as_deref(), Some("help leiden"));
        assert_eq!(question(" ? ").as_deref(), Some("help"));
        assert_eq!(
            question("sc.tl.leiden?").as_deref(),
            Some("help \"sc.tl.leiden\"")
        );
        assert_eq!(question("leiden adata"), None);
        assert_eq!(question("x = \"really?\" ?"), None);
    }

    #[test]
    fn a_pasted_block_is_an_entry_a_statement() {
        assert_eq!(units("a\nb = [1,\n2]\n"), ["a", "b = [1,\n2]"]);
        assert_eq!(units("a; b"), ["a; b"]);
        assert_eq!(units("a\nb ]"), ["a\nb ]"]);
    }

    #[test]
    fn a_fix_is_applied_to_the_line() {
        let source = Source::new("sca:3", "lieden adata");
        let wrong = Diagnostic::error(code::UNKNOWN_NAME, "").fix(Span::new(0, 6), "leiden");
        assert_eq!(fixed(&source, &wrong).as_deref(), Some("leiden adata"));
        let elsewhere = wrong.in_source(&Source::new("lab.sca", ""));
        assert_eq!(fixed(&source, &elsewhere), None);
    }
}
