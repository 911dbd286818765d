//! The prompt: reads statements, runs them, and reports the results.
//!
//! [`editor`] owns the keyboard, [`kept`] the file that a session survives in; [`complete`], [`hint`] and [`paint`] are pure functions of the
//! text, the session and the table of commands.

pub mod complete;
pub mod editor;
pub mod hint;
mod history_search;
pub mod kept;
pub mod paint;
pub mod prompt;
mod symbols;
mod unsaved;

use crate::diagnostic::Diagnostic;
use crate::driver::exit::Exit;
use crate::driver::folders;
use crate::driver::interrupts::is_ending;
use crate::driver::repair;
use crate::driver::runner::{End, Runner, reading};
use crate::lang::Completeness;
use crate::lang::words::is_plain;
use crate::source::Source;
use editor::{Input, Key, LineEditor};
use kept::Kept;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;

/// Reads and runs until the person leaves. `file` is read into `adata` first, or else the session
/// that was cut off is resumed, if that is wanted.
pub fn run(mut runner: Runner, file: Option<&str>, resume: bool) -> Exit {
    let mut editor = match LineEditor::new(runner.registry, history_file()) {
        Ok(editor) => editor,
        Err(error) => {
            runner.reporter.remark(&format!("no prompt here: {error}"));
            return Exit::Usage;
        }
    };
    runner.reporter.at_prompt();
    runner.reporter.remark(&banner());
    let kept = if resume {
        resumed(&mut runner)
    } else {
        let offer = kept::offer();
        offer.iter().for_each(|line| runner.reporter.remark(line));
        Kept::new(&runner.session, false)
    };
    let mut repl = Repl {
        kept,
        runner,
        warned: false,
        number: 0,
    };
    if let Some(file) = file {
        repl.read_file(file, &mut editor);
    }
    let exit = repl.attend(&mut editor);
    if exit == Exit::Done {
        repl.kept.forget();
    }
    exit
}

/// Continues the session that was cut off.
fn resumed(runner: &mut Runner) -> Kept {
    let before = kept::resume(runner).1;
    let kept = Kept::new(&runner.session, true);
    if let Some(path) = before.filter(|_| kept.has_file()) {
        kept.take_over(&path);
    }
    kept
}

fn banner() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("sca {version}   ? help   Tab completes   Ctrl-C stops   exit leaves")
}

fn history_file() -> Option<PathBuf> {
    Some(folders::state()?.join("history"))
}

struct Repl {
    runner: Runner,
    kept: Kept,
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
        self.runner.reporter.remark(&source.text);
        editor.remember(&source.text);
        for statement in &crate::lang::parse(&source).statements {
            let begun = Instant::now();
            let end = self.runner.statement(&source, statement);
            self.runner.tell(&end);
            self.kept.keep_all(&mut self.runner, begun.elapsed());
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
                // The terminal was closed: the user did not leave, so the session is kept.
                Input::End if !std::io::stdin().is_terminal() => return Exit::Interrupted,
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
        match given_up(text) {
            Some((before, "edit")) => {
                return Next::Prompt(edited(before).unwrap_or_else(|| before.to_owned()));
            }
            Some(_) => return Next::Prompt(String::new()),
            None if text.trim().is_empty() => return Next::Prompt(String::new()),
            None => {}
        }
        // The words of the offer, typed here instead of in the shell.
        if text.trim() == "sca --resume" {
            if self.runner.session.journal.last().is_some() {
                let first = "this session has begun: exit leaves it, then sca --resume";
                self.runner.reporter.remark(first);
            } else {
                self.kept = resumed(&mut self.runner);
            }
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
        let unread = self.runner.or_sentences(&source, parsed.diagnostics);
        let wrong = unread.into_iter().next();
        let wrong_at = wrong.as_ref().map_or(usize::MAX, start);
        editor.offer_fix(None);
        for statement in &parsed.statements {
            if statement.span.start > wrong_at {
                break;
            }
            let begun = Instant::now();
            let mut end = self.runner.statement(&source, statement);
            let fix = match &mut end {
                End::Failed(wrong) => {
                    repair::complete(&mut |text| self.runner.wrong(text), &source, wrong)
                }
                _ => None,
            };
            self.runner.tell(&end);
            self.kept.keep_all(&mut self.runner, begun.elapsed());
            self.warned &= matches!(end, End::Left);
            match end {
                End::Done => {}
                End::Edit => {
                    let last = editor.last_before(text).unwrap_or_default();
                    return Next::Prompt(edited(&last).unwrap_or(last));
                }
                End::Left if self.may_leave() => return Next::Leave,
                End::Left | End::Bug(_) => return Next::Prompt(String::new()),
                End::Failed(_) => {
                    editor.mark_failed(statement.span.text(text));
                    let is_last =
                        parsed.statements.last().map(|it| it.span) == Some(statement.span);
                    editor.offer_fix(fix.filter(|_| is_last));
                    return Next::Prompt(if is_last {
                        String::new()
                    } else {
                        source.text[statement.span.start..].trim_end().to_owned()
                    });
                }
            }
        }
        if let Some(mut diagnostic) = wrong {
            let fix = repair::complete(
                &mut |text| self.runner.wrong(text),
                &source,
                &mut diagnostic,
            );
            self.runner.reporter.diagnostic(&diagnostic);
            editor.mark_failed(text);
            editor.offer_fix(fix);
        }
        Next::Prompt(String::new())
    }

    /// Whether nothing would be lost; asks once.
    fn may_leave(&mut self) -> bool {
        let lost = unsaved::lost(&self.runner.session);
        if lost.is_empty() || self.warned {
            return true;
        }
        self.warned = true;
        let names = lost.join(", ");
        self.runner.reporter.remark(&format!(
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

/// An unfinished statement after which `exit`, `quit` or `edit` was typed, and that word.
fn given_up(text: &str) -> Option<(&str, &str)> {
    let (before, last) = text.rsplit_once('\n')?;
    let open = crate::lang::layout::layout(before).completeness;
    let is_open = matches!(open, Completeness::Open(..) | Completeness::Dangling(_));
    let word = last.trim();
    (is_open && matches!(word, "exit" | "quit" | "edit")).then_some((before, word))
}

/// `?leiden`, `leiden?` and `?` as the statement they mean.
fn question(text: &str) -> Option<String> {
    let text = text.trim();
    let word = text.strip_prefix('?').or_else(|| text.strip_suffix('?'))?;
    let word = word.trim_matches('?').trim();
    // `what is leiden?` is one, too.
    let is_topic = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ' | '\'');
    word.chars()
        .all(is_topic)
        .then(|| format!("help {}", topic(word)).trim_end().to_owned())
}

/// A topic as an argument of `help`.
fn topic(word: &str) -> String {
    if word.is_empty() || is_plain(word) {
        word.to_owned()
    } else {
        crate::command::value::quoted(word)
    }
}

/// What was typed as entries of the history: a pasted block is one entry per statement.
fn units(text: &str) -> Vec<&str> {
    let source = Source::new("", text);
    let parsed = crate::lang::parse(&source);
    let spans: Vec<_> = parsed.statements.iter().map(|it| it.span).collect();
    let apart = |pair: &[crate::source::Span]| text[pair[0].end..pair[1].start].contains('\n');
    let is_block = parsed.diagnostics.is_empty() && spans.len() > 1 && spans.windows(2).all(apart);
    if is_block {
        spans.iter().map(|span| span.text(text)).collect()
    } else {
        vec![text.trim_end()]
    }
}

/// The line as `$EDITOR` leaves it.
fn edited(line: &str) -> Option<String> {
    let editor = std::env::var("VISUAL")
        .or_else(|_| std::env::var("EDITOR"))
        .unwrap_or_else(|_| "vi".to_owned());
    let folder = std::env::temp_dir();
    let named = |unique: &str| folder.join(format!("sca-{unique}.sca"));
    let (path, mut file) = crate::io::temporary::new_file(named).ok()?;
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
        assert_eq!(
            question("what are the markers of cluster 1?").as_deref(),
            Some("help \"what are the markers of cluster 1\"")
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
        assert_eq!(
            repair::fixed(&source, &wrong).as_deref(),
            Some("leiden adata")
        );
        let elsewhere = wrong.in_source(&Source::new("lab.sca", ""));
        assert_eq!(repair::fixed(&source, &elsewhere), None);
    }
}
