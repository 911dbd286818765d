//! `save session` and `open`: the statements of a session, kept and planned again.

use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::{Interpreter, Output};
use crate::io::unfinished;
use crate::session::{Session, stored};
use crate::source::{Source, Span};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The text of a session; `None` for other files, which are read only at their beginning.
fn session_text(path: &Path) -> io::Result<Option<String>> {
    const HEADING: u64 = 1024;
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEADING).read_to_end(&mut bytes)?;
    if !stored::is_session(&String::from_utf8_lossy(&bytes)) {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok())
}

/// How files of sessions end.
pub const EXTENSION: &str = "scas";

impl Interpreter<'_> {
    pub(in crate::eval) fn save_session(&mut self, path: &Path, span: Span) -> Outcome<()> {
        if path.extension().is_none_or(|it| it != EXTENSION) {
            let headline = format!("sessions are saved as .{EXTENSION} files");
            let help =
                "save session \"work.scas\"; write saves a dataset: write adata \"out.h5ad\"";
            return Err(self
                .error(
                    code::UNWRITABLE_FORMAT,
                    headline,
                    span,
                    "has another extension",
                )
                .help(help));
        }
        if self.only_plans() {
            self.session.written.insert(path.to_owned(), None);
            return Ok(());
        }
        let folder = std::env::current_dir().ok();
        let entries = self.session.journal.entries();
        let statements = entries.iter().map(|entry| stored::stored(entry));
        let text = stored::heading(folder.as_deref()) + &statements.collect::<String>();
        let folders = self.new_folders(path, span)?;
        unfinished::write_private(path, text.as_bytes()).map_err(|error| {
            let headline = format!("{} cannot be written", path.display());
            self.error(code::NOT_WRITABLE, headline, span, error.problem)
        })?;
        self.say(Output::Done(
            folders.keep(format!("saved {}", path.display())),
            Some(path.to_owned()),
        ));
        Ok(())
    }

    pub(in crate::eval) fn open_session(&mut self, path: &Path, span: Span) -> Outcome<()> {
        if self.checking && self.session.written.contains_key(path) {
            return Ok(());
        }
        let wrong = |headline: String, label: String| {
            self.error(code::UNREADABLE_SESSION, headline, span, label)
        };
        let text = session_text(path).map_err(|error| {
            wrong(
                format!("{} cannot be read", path.display()),
                error.to_string(),
            )
        })?;
        let Some(text) = text else {
            let error = wrong(
                format!("{} is not a session", path.display()),
                "does not begin like one".to_owned(),
            );
            let name = crate::command::value::quoted(&path.display().to_string());
            return Err(error.help(format!("adata = read {name}")));
        };
        if self.checking {
            return Ok(());
        }
        let name = path.display().to_string();
        let mut failed = None;
        let count = self.replay(&name, &text, &[], &mut failed);
        if let Some(diagnostic) = failed {
            return Err(diagnostic);
        }
        self.say(Output::Done(format!("{name}: {count}"), None));
        Ok(())
    }

    /// Plans the statements of a stored session again, in place of this one; says how many. What
    /// cannot be planned any more ends it, and is reported by `failed`. What was computed is taken from
    /// the files that it wrote and from the `kept` ones.
    pub fn replay(
        &mut self,
        name: &str,
        text: &str,
        kept: &[PathBuf],
        failed: &mut Option<Box<Diagnostic>>,
    ) -> String {
        if let Some(folder) = stored::folder(text) {
            // Elsewhere the files are not found, which is reported.
            let _ = std::env::set_current_dir(folder);
        }
        let source = Source::new(name, text);
        // An unfinished last line was not run.
        let parsed = crate::lang::parse(&source);
        let mut nothing = |_: Output| {};
        let mut fresh = Session::default();
        fresh.settings = self.session.settings.clone();
        let mut again = Interpreter::new(fresh, self.registry, self.engine, &mut nothing);
        again.replaying = true;
        let mut done = 0;
        for statement in &parsed.statements {
            again.at = stored::time(text, statement.span.start);
            if let Err(diagnostic) = again.run(&source, statement) {
                *failed = Some(diagnostic);
                break;
            }
            done += 1;
        }
        let wrote = again.session.journal.entries();
        let wrote = wrote.iter().flat_map(|entry| entry.files.clone());
        let is_dataset = |it: &PathBuf| it.extension().is_some_and(|ending| ending == "h5ad");
        let files: Vec<PathBuf> = wrote.filter(is_dataset).chain(kept.to_vec()).collect();
        again.take_kept(&files);
        self.session = again.session;
        self.running.doing.replaced = true;
        match done {
            1 => "1 statement planned again".to_owned(),
            n => format!("{n} statements planned again"),
        }
    }
}
