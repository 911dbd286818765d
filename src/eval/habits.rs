//! Commands and functions that other tools have under another name: `FindClusters adata`,
//! `rank_genes_groups adata`, `head(x)`, `quit()`. Each is answered with the line that does it here.

use super::Interpreter;
use crate::command::value::number_text;
use crate::command::{Entry, Kind, Val, scanpy, suggest};
use crate::diagnostic::{Diagnostic, code};
use crate::lang::ast::{Arg, Call, ExprKind, Name, Style};
use crate::source::Span;

/// What does here what a word of R, Python or a shell does: the line to type, with `{}` for what
/// the word was given.
#[rustfmt::skip]
const WORDS: &[(&[&str], &str)] = &[
    (&["quit", "q", "bye", "logout"], "exit"),
    (&["print", "cat", "echo", "disp"], "show {}"),
    (&["head"], "{}[0..6]"),
    (&["rm", "del", "remove"], "{} = none"),
    (&["nrow", "ncol", "dim", "shape", "str", "View", "glimpse", "summary", "describe", "info"], "show {}"),
    (&["table", "value_counts"], "count({})"),
    (&["unique"], "levels({})"),
    (&["length", "size"], "len({})"),
    (&["CreateSeuratObject"], "{} | filter min_genes=200 | filter_genes min_cells=3"),
    (&["saveRDS", "SaveH5Seurat", "write_rds", "save_h5ad"], "write {} \"out.h5ad\""),
    (&["write_zarr"], "write {} \"out.zarr\""),
    (&["subset", "subset_cells"], "filter {} (n_genes_by_counts > 200)"),
    (&["seq", "arange", "linspace"], "range(0, 10, 1)"),
    (&["ifelse", "where"], "when(leiden == \"0\", \"T\", \"other\")"),
    (&["man", "doc", "usage"], "help {}"),
    (&["rownames", "row.names", "Features"], "{}.var_names"),
    (&["colnames", "Cells"], "{}.obs_names"),
    (&["Idents"], "{}.obs.leiden"),
    (&["names"], "levels({}.obs.leiden)"),
    (&["ggsave", "savefig"], "plot {} color=leiden out=\"figure.png\""),
    (&["clear", "cls"], ""),
];

/// Functions that read a file.
#[rustfmt::skip]
const READERS: [&str; 6] = ["load", "read_h5ad", "read_zarr", "read_csv", "readRDS", "load_file"];

/// Calls of R that are read as calls here, so that functions may have these names.
const CALLED: [&str; 4] = ["c", "library", "require", "function"];

impl Interpreter<'_> {
    pub(super) fn no_command(&self, name: &Name, call: Option<&Call>) -> Box<Diagnostic> {
        let in_parentheses = call.filter(|call| call.style == Style::Call);
        let foreign = in_parentheses.filter(|_| CALLED.contains(&name.text.as_str()));
        if let Some(call) = foreign
            && let Some(answer) = crate::lang::foreign_call(&self.source.text, call.span)
        {
            return answer.in_source(&self.source);
        }
        let like = self.registry.like(&name.text);
        if let Some(entry) = like.or_else(|| self.registry.like_last(&name.text)) {
            return self.called_otherwise(entry, name, call);
        }
        if let Some(answer) = bare_answer(self, &name.text) {
            let headline = format!("no command `{}`", name.text);
            return self
                .error(code::FOREIGN_CALL, headline, name.span, "is a Scanpy name")
                .help(answer);
        }
        let span = call.map_or(name.span, |call| call.span);
        let headline = match call {
            Some(_) => format!("no command `{}`", name.text),
            None => format!("no variable or command `{}`", name.text),
        };
        match self.habit(name, call, span) {
            Some((line, edit)) => {
                let label = "is not a command here";
                let diagnostic = self
                    .error(code::FOREIGN_CALL, headline, name.span, label)
                    .help(line);
                match edit {
                    Some(edit) => diagnostic.fix(span, edit),
                    None => diagnostic,
                }
            }
            None => self.unknown_name(name, code::UNKNOWN_NAME, headline),
        }
    }

    /// `FindClusters adata resolution=0.6`, answered with `leiden adata res=0.6`.
    fn called_otherwise(&self, entry: &Entry, name: &Name, call: Option<&Call>) -> Box<Diagnostic> {
        let ours = entry.spec.name;
        let headline = format!("`{}` is called `{ours}` here", name.text);
        let label = "is the name in another tool";
        let diagnostic = self.error(code::FOREIGN_CALL, headline, name.span, label);
        let Some(call) = call else {
            let subject = self.session.current().filter(|_| entry.takes_dataset());
            return match subject {
                Some((subject, _)) => diagnostic.help(format!("{ours} {subject}")),
                None => diagnostic.help(format!("help {ours}")),
            };
        };
        let line = self.as_ours(entry, call);
        diagnostic
            .help(self.in_line(call.span, &line))
            .fix(call.span, line)
    }

    /// A call of another tool in the command form, with our parameters' names.
    pub(super) fn as_ours(&self, entry: &Entry, call: &Call) -> String {
        let mut line = entry.spec.name.to_owned();
        for arg in &call.args {
            let param = arg.name.as_ref().and_then(|name| entry.param(&name.text));
            let value = match (param.map(|param| param.kind), &arg.value.kind) {
                // `dims = 1:10` is the number of them.
                (Some(Kind::Integer { .. }), ExprKind::Range(_, end)) => {
                    let end = end.literal_number().map_or(0.0, |end| end - 1.0);
                    number_text(end)
                }
                _ => self.as_operand(arg),
            };
            match &arg.name {
                // What Python has no value for is left out here.
                Some(_) if matches!(arg.value.kind, ExprKind::None) => {}
                Some(name) => {
                    if let Some(param) = entry.param(&name.text) {
                        line += &format!(" {}={value}", param.name);
                    }
                }
                None => line += &format!(" {value}"),
            }
        }
        line
    }

    /// An argument as it stands, in parentheses where the command form needs them.
    fn as_operand(&self, arg: &Arg) -> String {
        let written = arg.value.span.text(&self.source.text);
        let operator = matches!(
            arg.value.kind,
            ExprKind::Unary(..)
                | ExprKind::Binary(..)
                | ExprKind::Chain(..)
                | ExprKind::Range(..)
                | ExprKind::Pipe { .. }
        );
        if operator && arg.value.literal_number().is_none() {
            format!("({written})")
        } else {
            written.to_owned()
        }
    }

    /// What a habit is answered with, and the edit that makes it so.
    fn habit(
        &self,
        name: &Name,
        call: Option<&Call>,
        span: Span,
    ) -> Option<(String, Option<String>)> {
        match name.text.as_str() {
            "ls" | "dir" | "who" | "objects" | "vars" => return Some((self.variables(), None)),
            "pwd" | "cd" | "setwd" => {
                return Some((
                    "paths are relative to the folder sca was started in".into(),
                    None,
                ));
            }
            // `Idents(x) <- "cell_type"` chooses what later commands group by.
            "Idents" if self.is_assigned(span) => {
                return Some(("name the groups in each command, with by=".into(), None));
            }
            _ => {}
        }
        if READERS.contains(&name.text.as_str()) {
            let line = self.reading(call, span);
            return Some((self.in_line(span, &line), Some(line)));
        }
        let (_, ours) = WORDS
            .iter()
            .find(|(words, _)| words.contains(&name.text.as_str()))?;
        if ours.is_empty() {
            return Some(("Ctrl-L clears the screen".to_owned(), None));
        }
        let given = call.and_then(|call| {
            let counts = |arg: &&Arg| arg.name.as_ref().is_some_and(|it| it.text == "counts");
            call.positional()
                .next()
                .or_else(|| call.args.iter().find(counts))
        });
        let given = given.map(|arg| self.as_operand(arg));
        let current = || self.session.current().map(|(name, _)| name.to_owned());
        let given = if ours.contains("{}") {
            given.or_else(current)?
        } else {
            String::new()
        };
        let line = self.habit_line(name, ours, &given);
        Some((self.in_line(span, &line), Some(line)))
    }

    /// `load("x.h5ad")`, with a name for the dataset unless it has one.
    fn reading(&self, call: Option<&Call>, span: Span) -> String {
        let text = |arg: &Arg| matches!(arg.value.kind, ExprKind::Text(_));
        let given = call.and_then(|call| call.positional().find(|arg| text(arg)));
        let file = given.map_or_else(|| "\"file.h5ad\"".to_owned(), |arg| self.as_operand(arg));
        let before = self.source.text[..span.start].trim_end();
        let is_named = before.ends_with('=') || before.ends_with("<-");
        format!("{}read {file}", if is_named { "" } else { "adata = " })
    }

    /// Whether a value is assigned to what stands in `span`.
    fn is_assigned(&self, span: Span) -> bool {
        let behind = self.source.text[span.end..].trim_start();
        behind.starts_with("<-") || behind.starts_with('=') && !behind.starts_with("==")
    }

    fn habit_line(&self, name: &Name, ours: &str, given: &str) -> String {
        let dataset = matches!(self.session.get(given), Some(Val::Dataset(..)));
        match name.text.as_str() {
            // Rows of a dataset are those of obs.
            "head" if dataset => format!("compute {given}[0..6].obs"),
            // A file is given, not a dataset.
            "ggsave" | "savefig" => {
                let subject = self.session.current().map_or("adata", |(name, _)| name);
                format!("plot {subject} color=leiden out={given}")
            }
            _ => ours.replace("{}", given),
        }
    }

    /// The names that are bound, with what they hold.
    fn variables(&self) -> String {
        let bound = self.session.vars();
        let names: Vec<String> = bound
            .map(|(name, value)| format!("{name} ({})", value.type_word()))
            .collect();
        if names.is_empty() {
            "there are no variables".to_owned()
        } else {
            format!("variables: {}", names.join(", "))
        }
    }
}

/// What stands in for a function of Scanpy that was typed without its module.
fn bare_answer(interpreter: &Interpreter, name: &str) -> Option<String> {
    if name.contains('.') {
        return None;
    }
    ["pp", "tl", "pl", "get", "metrics", "datasets"]
        .iter()
        .find_map(|module| scanpy::answer(interpreter.registry, &format!("sc.{module}.{name}")))
        .or_else(|| {
            let read = name.starts_with("read") || name == "concat" || name == "write";
            read.then(|| scanpy::answer(interpreter.registry, &format!("sc.{name}")))?
        })
}

impl Interpreter<'_> {
    /// Another tool's spelling with a module before it, answered with ours.
    pub(super) fn foreign(&self, path: &str, call: Option<&Call>, span: Span) -> Box<Diagnostic> {
        let diagnostic = self.error(code::FOREIGN_CALL, "this is Scanpy's call syntax", span, "");
        let last = path.rsplit('.').next().unwrap_or(path);
        let Some(entry) = self.registry.like(path).or_else(|| self.registry.get(last)) else {
            if let Some(answer) = scanpy::answer(self.registry, path) {
                return diagnostic.help(answer);
            }
            let near = suggest::did_you_mean(last, self.registry.names());
            let headline = format!("no command `{path}`");
            let diagnostic = self.error(
                code::FOREIGN_CALL,
                headline,
                span,
                "is not a command of sca",
            );
            return match near {
                Some(near) => diagnostic.help(near),
                None => diagnostic.help("help scanpy lists the equivalents"),
            };
        };
        let mut line = match call {
            Some(call) => self.as_ours(entry, call),
            None => entry.spec.name.to_owned(),
        };
        // `sc.pl.pca` is a plot of that layout; `plot` alone takes UMAP.
        if path.starts_with("sc.pl.") && ["pca", "tsne", "diffmap"].contains(&last) {
            line += &format!(" basis={last}");
        }
        // A method of a dataset works on it.
        let head = path.rsplit_once('.').map_or("", |(head, _)| head);
        if entry.takes_dataset() && matches!(self.session.get(head), Some(Val::Dataset(..))) {
            let name = entry.spec.name;
            line = format!("{name} {head}{}", &line[name.len()..]);
        }
        diagnostic.help(self.in_line(span, &line)).fix(span, line)
    }
}
