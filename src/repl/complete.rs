//! Completions at the cursor, each with a description: required parameters first, then values,
//! columns, variables.

mod compared;
mod levels;
mod paths;
mod values;

use super::symbols::Symbols;
use crate::command::{Entry, Kind, Param, Registry, Val};
use crate::eval::FUNCTIONS;
use crate::lang::cursor::{CursorContext, Expected, InCommand, context_at};
use crate::lang::words::spelled;
use crate::render::harmless::{is_order, shown};
use crate::session::Session;
use std::path::Path;

/// No list is longer; where something is left out, its end says so.
const LONGEST: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is put on the line.
    pub text: String,
    /// What is shown in the list.
    pub display: String,
    pub description: String,
}

impl Candidate {
    fn new(text: impl Into<String>, description: impl Into<String>) -> Self {
        let text = text.into();
        Candidate {
            display: text.clone(),
            text,
            description: description.into(),
        }
    }

    /// A name as it must be spelled in the language.
    fn name(name: &str, description: impl Into<String>) -> Self {
        Candidate {
            text: spelled(name),
            display: name.to_owned(),
            description: description.into(),
        }
    }
}

/// Where the completed text begins, and what may replace what is between there and the cursor.
pub fn complete(
    text: &str,
    cursor: usize,
    session: &Session,
    registry: Registry,
) -> (usize, Vec<Candidate>) {
    let context = context_at(text, cursor);
    let known = Symbols { session, registry };
    let mut start = context.span.start;
    let mut found = match &context.place {
        Expected::Nothing => Vec::new(),
        Expected::Path => paths::matching(&context.prefix, Some("sca")),
        Expected::Field { path } => {
            let theirs = others_names(&known, path, &context.prefix);
            if !theirs.is_empty() {
                start -= path.len() + 1;
            }
            [values::fields(&known, path, &context), theirs].concat()
        }
        Expected::Key => levels::level_keys(&known, &context, text),
        Expected::Compared { column } => compared::levels(&known, column, &context),
        Expected::Command { piped } => begins(&known, &context, *piped),
        Expected::Argument => argument(&known, &context, text),
        Expected::Value => values::of(&known, &context, text),
        Expected::Index { .. } | Expected::Operand => values::of(&known, &context, text),
    };
    if let Some(quote) = context.quote {
        for candidate in &mut found {
            within_quotes(candidate, quote, &text[cursor..]);
        }
    }
    if start == context.span.start {
        found = those_with(&context.prefix, found);
    }
    (start, shortened(found, &text[start..cursor]))
}

/// Candidates that begin as what was typed; if there are none, whatever its letters' case.
fn those_with(prefix: &str, found: Vec<Candidate>) -> Vec<Candidate> {
    let begins = |candidate: &Candidate, prefix: &str| {
        candidate.text.starts_with(prefix) || candidate.display.starts_with(prefix)
    };
    if found.iter().any(|it| begins(it, prefix)) {
        let with = found.into_iter().filter(|it| begins(it, prefix));
        return with.collect();
    }
    let lower = prefix.to_lowercase();
    let alike = found
        .into_iter()
        .filter(|it| it.display.to_lowercase().starts_with(&lower));
    alike.collect()
}

fn shortened(mut found: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    // On the line a control character would be obeyed by the terminal.
    found.retain(|candidate| !candidate.text.contains(is_order));
    for candidate in &mut found {
        candidate.display = shown(&candidate.display).into_owned();
        candidate.description = shown(&candidate.description).into_owned();
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|candidate| seen.insert(candidate.text.clone()));
    if found.len() > LONGEST {
        found.truncate(LONGEST);
        found.push(Candidate {
            text: typed.to_owned(),
            display: "…".to_owned(),
            description: "more: type on".to_owned(),
        });
    }
    found
}

/// A name between the quote that is open and one that closes it.
fn within_quotes(candidate: &mut Candidate, quote: char, behind: &str) {
    let open = candidate.text.ends_with(std::path::is_separator);
    candidate.text = candidate.display.clone();
    if !open && !behind.starts_with(quote) {
        candidate.text.push(quote);
    }
}

/// Where a command or a value may begin.
fn begins(known: &Symbols, context: &CursorContext, piped: bool) -> Vec<Candidate> {
    if context.command.is_some() && !piped {
        let within = values::of(known, context, "");
        // `export (mark¦`: the value may be a command's as well.
        return [within, commands(known, false)].concat();
    }
    let mut found = commands(known, piped);
    if !piped {
        found.extend(values::variables(known, |_| true));
        found.extend(functions());
        let words = ["def", "for", "if", "param", "return", "use"];
        found.extend(words.map(|word| Candidate::new(word, "")));
    }
    found
}

/// Commands and the functions of the script; after a `|` those that take a dataset.
fn commands(known: &Symbols, piped: bool) -> Vec<Candidate> {
    let takes = |entry: &&Entry| {
        let first = entry.params.first().map(|param| param.kind);
        !piped
            || first
                .is_some_and(|kind| kind.takes_any() || matches!(kind, Kind::Data | Kind::Table))
    };
    let commands = known.registry.0.iter().filter(takes);
    let commands = commands.map(|entry| Candidate::new(entry.spec.name, entry.spec.summary));
    let functions = known.session.functions.iter();
    let functions = functions.map(|(name, function)| {
        let formals: Vec<&str> = function
            .formals
            .iter()
            .map(|it| it.name.text.as_str())
            .collect();
        Candidate::new(name, format!("function of {}", formals.join(", ")))
    });
    functions.chain(commands).collect()
}

fn functions() -> impl Iterator<Item = Candidate> {
    FUNCTIONS.iter().map(|(name, usage, about)| Candidate {
        text: format!("{name}("),
        display: (*usage).to_owned(),
        description: (*about).to_owned(),
    })
}

/// After a command: what it requires, values for the next parameter, other parameters.
fn argument(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let Some(command) = &context.command else {
        return values::of(known, context, text);
    };
    if context.quote.is_some() {
        return values::of(known, context, text);
    }
    let Some(entry) = known.entry(&command.name) else {
        return [formals(known, command), values::of(known, context, text)].concat();
    };
    let next = known.parameter(command);
    let values = match next {
        Some(_) => values::of(known, context, text),
        None => Vec::new(),
    };
    let free: Vec<&Param> = entry
        .params
        .iter()
        .skip(usize::from(command.piped) + command.positional)
        .filter(|param| !known.is_given(entry, command, param))
        .collect();
    let is_next = |param: &Param| next.is_some_and(|next| next.name == param.name);
    let (required, optional): (Vec<&Param>, Vec<&Param>) =
        free.into_iter().partition(|param| param.required());
    let required = required.into_iter().filter(|param| !is_next(param));
    let mut found: Vec<Candidate> = required.map(parameter).collect();
    found.extend(values);
    found.extend(optional.into_iter().map(parameter));
    if !context.prefix.is_empty() {
        found.extend(aliases(known, entry, command));
    }
    found
}

fn parameter(param: &Param) -> Candidate {
    let about = param.doc.trim().trim_end_matches('.');
    let default = param.default.map(|default| default().to_string());
    let note = match default {
        _ if param.required() => " (required)".to_owned(),
        Some(default) if default != "none" => format!(" = {default}"),
        _ => String::new(),
    };
    Candidate::new(format!("{}=", param.name), format!("{about}{note}"))
}

/// Other tools' spellings of parameters; ours is what is put on the line.
fn aliases<'a>(
    known: &'a Symbols,
    entry: &'a Entry,
    command: &'a InCommand,
) -> impl Iterator<Item = Candidate> + 'a {
    let params = entry.params.iter();
    let free = params.filter(|param| !known.is_given(entry, command, param));
    free.flat_map(|param| {
        param.also.iter().map(|alias| Candidate {
            text: format!("{}=", param.name),
            display: (*alias).to_owned(),
            description: format!("is called {} here", param.name),
        })
    })
}

/// Parameters of a function of the script.
fn formals(known: &Symbols, command: &InCommand) -> Vec<Candidate> {
    let Some(function) = known.session.functions.get(&command.name) else {
        return Vec::new();
    };
    let headed = usize::from(command.piped) + command.positional;
    let free = function.formals.iter().skip(headed);
    free.filter(|formal| !command.given.contains(&formal.name.text))
        .map(|formal| Candidate::new(format!("{}=", formal.name.text), ""))
        .collect()
}

/// `sc.pp.ne¦` → `neighbors`.
fn others_names(known: &Symbols, path: &str, prefix: &str) -> Vec<Candidate> {
    let typed = format!("{path}.{prefix}");
    let entries = known.registry.0.iter();
    let found = entries.flat_map(|entry| {
        let names = entry.spec.like.iter();
        names
            .filter(|name| name.starts_with(&typed))
            .map(|name| Candidate {
                text: entry.spec.name.to_owned(),
                display: (*name).to_owned(),
                description: format!("is called {} here", entry.spec.name),
            })
    });
    found.collect()
}

/// A value in a few words.
fn about(value: &Val) -> String {
    match value {
        Val::Dataset(data, _) => {
            let cells = crate::render::number::count(data.cells.at_most() as u64);
            let genes = crate::render::number::count(data.genes.at_most() as u64);
            format!("dataset, {cells} cells × {genes} genes")
        }
        Val::Number(_) | Val::Bool(_) | Val::Text(_) => value.to_string(),
        value => value.type_word().to_owned(),
    }
}

/// Whether a path is one of the files a parameter wants.
fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::session;
