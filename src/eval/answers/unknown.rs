//! Unknown names: similar ones, and where else the name exists.

use crate::command::{Val, suggest};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Call, Name, Style};
use crate::lang::words::spelled;
use crate::source::Span;

/// What people say before the name of a method.
const VERBS: [&str; 11] = [
    "run",
    "calculate",
    "calc",
    "do",
    "make",
    "perform",
    "apply",
    "get",
    "use",
    "call",
    "start",
];

impl Interpreter<'_> {
    /// "did you mean" among variables, functions and commands.
    pub(in crate::eval) fn known_names(&self) -> Vec<String> {
        let vars = self.session.vars().map(|(name, _)| name.clone());
        let functions = self.session.functions.keys().cloned();
        let commands = self.registry.names().map(str::to_owned);
        vars.chain(functions).chain(commands).collect()
    }

    pub(in crate::eval) fn unknown_name(
        &self,
        name: &Name,
        code: &'static str,
        headline: String,
    ) -> Box<Diagnostic> {
        if let Some(error) = self.variable_as_command(name) {
            return error;
        }
        let has_parts = self.source.text[name.span.end..].starts_with('.');
        if has_parts {
            let error = self.error(code, &headline, name.span, "is not known");
            if let Ok(error) = self.as_dotted_variable(error, name.span.start) {
                return error;
            }
        }
        let dataset = self.stands_for_dataset(name).then(|| self.no_dataset(name));
        if let Some(error) = dataset.flatten() {
            return error;
        }
        if let Some(error) = self.dataset_or_column(name, code, &headline) {
            return error;
        }
        if let Some(error) = self.lists_of_seurat(name, code, &headline) {
            return error;
        }
        let near = if has_parts {
            // Commands and functions have none.
            suggest::nearest(&name.text, self.session.vars().map(|(name, _)| name))
        } else {
            suggest::nearest(&name.text, self.known_names())
        };
        let label = match &near[..] {
            [] => "is not known".to_owned(),
            near => {
                let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
                format!("did you mean {}?", quoted.join(" or "))
            }
        };
        let diagnostic = self.error(code, headline, name.span, label);
        if let Some(near) = near.first() {
            return diagnostic.fix(name.span, near.clone());
        }
        match self.gene_of_some(&name.text) {
            Some(place) => match self.quoted_genes(name.span) {
                Some(line) => diagnostic.help(line),
                None => diagnostic.help(format!(
                    "it is a gene: {place} has its values, \"{}\" is its name",
                    name.text
                )),
            },
            None => diagnostic,
        }
    }

    /// `cc.genes$s.genes` of Seurat: `cell_cycle` has these lists.
    fn lists_of_seurat(
        &self,
        name: &Name,
        code: &'static str,
        headline: &str,
    ) -> Option<Box<Diagnostic>> {
        let text = &self.source.text;
        if name.text != "cc" || !text[name.span.end..].starts_with(".genes") {
            return None;
        }
        let subject = self.session.current().map_or("adata", |(name, _)| name);
        let error = self.error(code, headline, name.span, "`cell_cycle` has these lists");
        let start = text[..name.span.start]
            .rfind(['\n', ';'])
            .map_or(0, |at| at + 1);
        let end = text[start..]
            .find(['\n', ';'])
            .map_or(text.len(), |at| start + at);
        let (span, line) = (Span::new(start, end), format!("cell_cycle {subject}"));
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// `adata` of a dataset that has no name yet, and `mean(total_counts)`, whose column is that of the dataset at hand.
    fn dataset_or_column(
        &self,
        name: &Name,
        code: &'static str,
        headline: &str,
    ) -> Option<Box<Diagnostic>> {
        let alone = self.is_statement(name);
        // Behind a command there are arguments.
        let behind = self.source.text[name.span.end..].trim_start_matches(' ');
        let is_value = !behind.starts_with(|c: char| c.is_alphanumeric() || "\"'`_([{".contains(c));
        let (label, line) = match self.session.current() {
            None if alone && name.text == "adata" && self.last_is_dataset() => {
                ("the dataset has no name yet", "adata = last".to_owned())
            }
            Some((data, at_hand)) if is_value && at_hand.obs.contains_key(&name.text) => {
                let column = format!("{data}.obs.{}", spelled(&name.text));
                ("is a column of the dataset", column)
            }
            _ => return None,
        };
        let error = self.error(code, headline, name.span, label);
        let help = self.in_line(name.span, &line);
        Some(error.help(help).fix(name.span, line))
    }

    /// Whether nothing else stands in the statement.
    fn is_statement(&self, name: &Name) -> bool {
        let text = &self.source.text;
        let before = text[..name.span.start].trim_end_matches(' ');
        let behind = text[name.span.end..].trim_start_matches(' ');
        let begins = before.is_empty() || before.ends_with(['\n', ';']);
        begins && (behind.is_empty() || behind.starts_with(['\n', ';']))
    }

    /// The answer to words around the command that is meant: `run leiden`, `log adata`.
    pub(in crate::eval) fn command_meant(
        &self,
        name: &Name,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        self.word_before_command(name, call)
            .or_else(|| self.logarithms_of_dataset(name, call))
    }

    /// `log adata` and `log(adata)`: a command does it to all values.
    fn logarithms_of_dataset(&self, name: &Name, call: &Call) -> Option<Box<Diagnostic>> {
        let of = call.positional().next()?.value.bare_name()?;
        let entry = self.registry.get("log1p")?;
        let is_dataset = matches!(self.session.get(&of.text), Some(Val::Dataset(_, None)));
        if !is_dataset || !["log", "log2", "log10", "ln"].contains(&name.text.as_str()) {
            return None;
        }
        let command = entry.spec.name;
        let headline = format!("`{}` is a function of numbers", name.text);
        let label = format!("`{command}` takes logarithms of a dataset");
        let error = self.error(code::FOREIGN_CALL, headline, name.span, label);
        let help = self.in_line(name.span, command);
        Some(error.help(help).fix(name.span, command))
    }

    /// `run leiden` and `calculate qc adata`: a word before the command, which does without.
    fn word_before_command(&self, name: &Name, call: &Call) -> Option<Box<Diagnostic>> {
        let first = call.args.first().filter(|arg| arg.name.is_none())?;
        let command = first.value.bare_name()?;
        self.registry.get(&command.text)?;
        if call.style != Style::Command || !VERBS.contains(&name.text.to_lowercase().as_str()) {
            return None;
        }
        let headline = format!("no command `{}`", name.text);
        let error = self.error(code::UNKNOWN_NAME, headline, name.span, "leave it out");
        let span = Span::new(name.span.start, command.span.start);
        Some(error.help(self.in_line(span, "")).fix(span, ""))
    }

    /// `count adata.obs.leiden`, which is `count(adata.obs.leiden)`.
    pub(in crate::eval) fn function_as_command(
        &self,
        name: &Name,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let function = name.text.as_str();
        let is_function =
            crate::eval::is_function(function) || self.session.functions.contains_key(function);
        if !is_function || call.style != Style::Command {
            return None;
        }
        let args = call.args.iter().map(|arg| arg.span.text(&self.source.text));
        let line = format!("{function}({})", args.collect::<Vec<_>>().join(", "));
        let headline = format!("`{function}` is a function");
        let label = "its arguments stand in parentheses";
        let error = self.error(code::FOREIGN_CALL, headline, name.span, label);
        Some(
            error
                .help(self.in_line(call.span, &line))
                .fix(call.span, line),
        )
    }

    /// `adata leiden`, which is `leiden adata`.
    fn variable_as_command(&self, name: &Name) -> Option<Box<Diagnostic>> {
        self.session.get(&name.text)?;
        let headline = format!("`{}` is a variable, not a command", name.text);
        let label = "the command comes first";
        let error = self.error(code::NOT_CALLABLE, headline, name.span, label);
        let behind = &self.source.text[name.span.end..];
        let word = behind.trim_start();
        let length = word.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let command = &word[..length.unwrap_or(word.len())];
        if self.registry.get(command).is_none() {
            return Some(error.help(format!("help {}", name.text)));
        }
        let end = name.span.end + behind.len() - word.len() + command.len();
        let span = Span::new(name.span.start, end);
        let line = format!("{command} {}", name.text);
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// The line with the genes of a list in quotes, if the name is in a list.
    fn quoted_genes(&self, name: Span) -> Option<String> {
        let text = &self.source.text;
        let before = text[..name.start].trim_end();
        let behind = text[name.end..].trim_start();
        if !before.ends_with(['[', ',']) || !behind.starts_with([']', ',']) {
            return None;
        }
        let open = before.rfind('[')? + 1;
        let close = name.end + text[name.end..].find(']')?;
        let quoted = |item: &str| {
            let word = item.trim().trim_matches('`');
            let is_gene = self.session.get(word).is_none() && self.gene_of_some(word).is_some();
            if is_gene {
                format!("\"{word}\"")
            } else {
                item.trim().to_owned()
            }
        };
        let items: Vec<String> = text[open..close].split(',').map(quoted).collect();
        Some(self.in_line(Span::new(open, close), &items.join(", ")))
    }

    /// Where the values of a gene are, if a variable holds a dataset that has it: `adata.X.CD3D`.
    fn gene_of_some(&self, gene: &str) -> Option<String> {
        let mut variables = self.session.vars();
        let (variable, _) = variables.find(
            |(_, value)| matches!(value, Val::Dataset(data, _) if crate::eval::names::is_gene(data, gene)),
        )?;
        Some(format!("{variable}.X.{}", spelled(gene)))
    }
}
