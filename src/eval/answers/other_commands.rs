//! A file's ending says which command is meant: `save adata "a.h5ad"` is `write`, `open "a.h5ad"`
//! is `read`, `write m "markers.csv"` is `export`.

use crate::command::{Entry, Val};
use crate::data::figure;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Arg, Call, Expr, ExprKind};
use crate::lang::words::spelled;

/// Commands that read a file or go on from one.
const READING: [&str; 2] = ["open", "read"];
/// Commands that write one.
const WRITING: [&str; 3] = ["save", "write", "export"];

/// Endings of datasets that are read and written.
const DATASETS: [&str; 3] = ["h5ad", "zarr", "h5"];
const TABLES: [&str; 2] = ["csv", "tsv"];
const SESSION: &str = "scas";
const SCRIPT: &str = "sca";

impl Interpreter<'_> {
    /// The answer to a command that is given another one's file.
    pub(in crate::eval) fn other_command(
        &self,
        entry: &Entry,
        call: &Call,
        headed: bool,
    ) -> Option<Box<Diagnostic>> {
        let ours = entry.spec.name;
        let reads = READING.contains(&ours);
        let first = call.args.first().and_then(|arg| arg.value.bare_name());
        let of_session = first.is_some_and(|name| name.text == "session");
        if headed || of_session || !reads && !WRITING.contains(&ours) {
            return None;
        }
        let file = call
            .args
            .iter()
            .map(|arg| &arg.value)
            .find(|it| is_file(it))?;
        let typed = file.span.text(&self.source.text);
        let ending = ending(typed)?;
        let (meant, line) =
            self.command_for(&ending, reads, &self.subject_of(call, file), typed)?;
        if meant == ours {
            return self.file_as_part(call, file, (typed, !reads));
        }
        let headline = format!(
            "`{ours}` does not {} .{ending} files",
            if reads { "read" } else { "write" }
        );
        let label = format!("`{meant}` does");
        let error = self.error(code::UNWRITABLE_FORMAT, headline, file.span, label);
        let line = if self.stands_in_assignment(call) {
            line.split_once("= ")
                .map_or(line.as_str(), |(_, read)| read)
                .to_owned()
        } else {
            line
        };
        Some(
            error
                .help(self.in_line(call.span, &line))
                .fix(call.span, line),
        )
    }

    /// The command that reads or writes files with an ending, and its line.
    fn command_for(
        &self,
        ending: &str,
        reads: bool,
        subject: &str,
        typed: &str,
    ) -> Option<(&'static str, String)> {
        let is = |endings: &[&str]| endings.contains(&ending);
        let of_dataset = matches!(self.session.get(subject), Some(Val::Dataset(_, None)));
        Some(match (reads, ending) {
            (true, SESSION) => ("open", format!("open {typed}")),
            (false, SCRIPT) => ("script", format!("script out={typed}")),
            (false, SESSION) => ("save", format!("save session {typed}")),
            (true, _) if is(&DATASETS) => ("read", format!("adata = read {typed}")),
            (false, _) if is(&DATASETS) => ("write", format!("write {subject} {typed}")),
            (true, _) if is(&TABLES) => ("read", format!("m = read {typed}")),
            (false, _) if is(&TABLES) && of_dataset => {
                ("export", format!("export {subject}.obs {typed}"))
            }
            (false, _) if is(&TABLES) => ("export", format!("export {subject} {typed}")),
            (false, _) if is(&figure::FILES) => {
                let color = self.color_of(subject);
                ("plot", format!("plot {subject} color={color} out={typed}"))
            }
            _ => return None,
        })
    }

    /// `write adata.h5ad` and `write adata to "a.h5ad"`: the dataset and its file.
    fn file_as_part(
        &self,
        call: &Call,
        file: &Expr,
        (typed, writes): (&str, bool),
    ) -> Option<Box<Diagnostic>> {
        let is_linking = |arg: &&Arg| {
            let word = arg.value.bare_name().filter(|_| arg.name.is_none());
            word.is_some_and(|word| ["to", "into", "as"].contains(&word.text.as_str()))
        };
        let (span, line, label) = match (call.args.iter().find(is_linking), &call.args[..]) {
            (Some(word), _) => {
                let label = format!("`{}` is not needed", word.span.text(&self.source.text));
                (word.span.to(file.span), typed.to_owned(), label)
            }
            (None, [only]) if only.value.span == file.span => {
                let (root, _) = typed.split_once('.')?;
                let current = self.session.current().map(|(name, _)| name.to_owned());
                let bare = writes && !typed.starts_with(['"', '\'']);
                let (data, label) = match self.session.get(root) {
                    Some(_) => (root.to_owned(), format!("is read as a part of {root}")),
                    None => (
                        current.filter(|_| bare)?,
                        "the dataset comes first".to_owned(),
                    ),
                };
                let line = if writes {
                    format!("{data} \"{typed}\"")
                } else {
                    format!("\"{typed}\"")
                };
                (file.span, line, label)
            }
            _ => return None,
        };
        let headline = if writes {
            "the file follows what is written"
        } else {
            "a file that is called like a variable needs quotes"
        };
        let error = self.error(code::PUNCTUATION, headline, span, label);
        let help = self.in_line(span, &line);
        Some(error.help(help).fix(span, line))
    }

    /// What a command works on: its first argument, or the current dataset.
    fn subject_of(&self, call: &Call, file: &Expr) -> String {
        let first = call.positional().next().map(|arg| &arg.value);
        let first = first.filter(|it| it.span != file.span);
        // `save figure umap.png`
        let first = first.filter(|it| {
            let word = it.bare_name();
            word.is_none_or(|word| self.session.get(&word.text).is_some())
        });
        let named = first.map(|it| it.span.text(&self.source.text).to_owned());
        let current = || self.session.current().map(|(name, _)| name.to_owned());
        named.or_else(current).unwrap_or_else(|| "adata".to_owned())
    }

    fn color_of(&self, subject: &str) -> String {
        match self.session.get(subject) {
            Some(Val::Dataset(data, _)) => spelled(
                &crate::eval::answers::of_datasets::groups(data)
                    .unwrap_or_else(|| "leiden".to_owned()),
            ),
            _ => "leiden".to_owned(),
        }
    }

    fn stands_in_assignment(&self, call: &Call) -> bool {
        let before = self.source.text[..call.span.start].trim_end();
        before.ends_with('=') && !before.ends_with("==")
    }
}

/// A text or a path as a bare word.
fn is_file(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Text(_) | ExprKind::Word { .. } | ExprKind::Field(..)
    )
}

/// The ending of a file's name as typed, without compression.
fn ending(typed: &str) -> Option<String> {
    let name = typed.trim_matches(['"', '\'']).trim_end_matches('/');
    let name = name.trim_end_matches(".gz").trim_end_matches(".bz2");
    let (_, ending) = name.rsplit_once('.')?;
    Some(ending.to_lowercase())
}
