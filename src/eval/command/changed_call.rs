//! A call with one argument changed, for the help line of an error: everything else stays as typed.

use crate::command::{Args, Entry, Given, Kind, Param, Val};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::of_datasets::groups;
use crate::lang::words::spelled;
use crate::source::Span;

/// What becomes of an argument.
pub(in crate::eval) struct Change {
    param: &'static str,
    /// As it is typed; `None` leaves the argument out.
    value: Option<String>,
}

impl Change {
    pub fn to(param: &'static str, value: impl Into<String>) -> Self {
        let value = Some(value.into());
        Change { param, value }
    }

    /// The call as it is.
    pub const NONE: Change = Change {
        param: "",
        value: None,
    };

    pub fn without(param: &'static str) -> Self {
        Change { param, value: None }
    }
}

impl Interpreter<'_> {
    /// The error with the call as it should have been, after the statement `before` if one is needed.
    /// `subject` is the dataset, for a call that was not typed.
    pub(in crate::eval) fn with_changed_call(
        &self,
        error: Box<Diagnostic>,
        (entry, args, subject): (&Entry, &Args, &str),
        before: Option<String>,
        change: &Change,
    ) -> Box<Diagnostic> {
        let text = &self.source.text;
        let begins = text[..args.span.start].trim_end_matches(' ');
        let is_statement = begins.is_empty() || begins.ends_with(['\n', ';', '{']);
        let edited = self.edited_call(entry, args, change);
        match (edited, before) {
            (Some(call), None) => error
                .help(self.in_line(args.span, &call))
                .fix(args.span, call),
            (Some(call), Some(before)) if is_statement => {
                let both = format!("{before}; {call}");
                error
                    .help(self.in_line(args.span, &both))
                    .fix(args.span, both)
            }
            (_, before) => {
                let call = retold(entry, args, change, subject);
                error.help(match before {
                    Some(before) => format!("{before}; {call}"),
                    None => call,
                })
            }
        }
    }

    /// An error whose help is an argument alone, with the line that has it in place of the argument that
    /// is pointed at.
    pub(in crate::eval) fn with_whole_call(
        &self,
        entry: &Entry,
        args: &Args,
        error: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let (Some(help), Some(label), None) = (&error.help, error.labels.first(), &error.fix)
        else {
            return error;
        };
        let named = help.split_once('=').and_then(|(name, _)| entry.param(name));
        let here = |given: &&Given| given.span == label.span && given.span.start > args.span.start;
        let typed = args.given.values().find(here);
        let all = &self.source.text;
        let begins = typed.and_then(|given| {
            let before = all[..given.span.start]
                .trim_end()
                .strip_suffix('=')?
                .trim_end();
            Some(before.trim_end_matches(is_of_name).len())
        });
        let is_elsewhere = |param: &Param, span: Span| {
            let given = args.given.get(param.name);
            given.is_some_and(|given| given.span != span && given.span.start > args.span.start)
        };
        match (named, begins) {
            // What is given already is changed where it stands.
            (Some(param), Some(_)) if is_one_argument(help) && is_elsewhere(param, label.span) => {
                let value = help[param.name.len() + 1..].to_owned();
                let given = &args.given[param.name];
                let pointed = entry.params.iter().find(|it| {
                    let here = args.given.get(it.name);
                    here.is_some_and(|here| here.span == label.span)
                });
                let change = match pointed {
                    // Both say the same.
                    Some(pointed) if given.span.text(all) == value => Change::without(pointed.name),
                    _ => Change::to(param.name, value),
                };
                self.with_changed_call(error, (entry, args, ""), None, &change)
            }
            (Some(param), Some(start)) if is_one_argument(help) && param.kind != Kind::Record => {
                let (span, text) = (Span::new(start, label.span.end), help.clone());
                let line = self.in_line(span, &text);
                error.help(line).fix(span, text)
            }
            _ => error,
        }
    }

    /// `read ["a.h5ad", "b.h5ad"]` and `concat ["a.h5ad", "b.h5ad"]`: each file is read, and they are joined.
    pub(in crate::eval) fn with_files(
        &self,
        entry: &Entry,
        args: &Args,
        error: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let first = entry
            .params
            .first()
            .and_then(|param| args.given.get(param.name));
        let Some(Given {
            value: Val::List(items),
            ..
        }) = first
        else {
            return error;
        };
        let is_file = |item: &Val| matches!(item, Val::Text(_));
        let mut all = self.registry.0.iter();
        let reads_or_joins = |it: &&Entry| {
            let pair = [it.spec.name, it.spec.joined_by];
            !it.spec.joined_by.is_empty() && pair.contains(&entry.spec.name)
        };
        let Some(reads) = all.find(reads_or_joins).map(|it| it.spec) else {
            return error;
        };
        if items.is_empty() || !items.iter().all(is_file) {
            return error;
        }
        let each = items.iter().map(|item| format!("{}({item})", reads.name));
        let each: Vec<String> = each.collect();
        let line = format!("{} [{}]", reads.joined_by, each.join(", "));
        error
            .help(self.in_line(args.span, &line))
            .fix(args.span, line)
    }

    /// An error of a call that lacks the groups it goes by, with those of a column that the dataset has: the
    /// column of the command's example, if there is one of that name.
    pub(in crate::eval) fn with_groups(
        &self,
        entry: &Entry,
        args: &Args,
        error: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        if error.code != code::MISSING_PARAMETER {
            return error;
        }
        // The first that must be given and is not is what the error is about.
        let lacking = |param: &&Param| param.required() && !args.given.contains_key(param.name);
        let param = entry.params.iter().find(lacking);
        let param = param.filter(|param| param.kind == Kind::Groups);
        let first = entry.params.first().and_then(|param| args.get(param.name));
        let (Some(param), Some(Val::Dataset(data, _))) = (param, first) else {
            return error;
        };
        let example = entry.spec.examples.iter().find_map(|example| {
            let (_, value) = example.split_once(&format!(" {}=", param.name))?;
            value.split([' ', ';']).next()
        });
        // Several columns, `by=[batch, cell_type]`, are not guessed.
        if example.is_some_and(|it| it.starts_with('[')) {
            return error;
        }
        let is_given = |key: &str| {
            let mut given = args.given.values();
            given.any(|given| matches!(&given.value, Val::Text(text) if text == key))
        };
        let there = example.filter(|key| data.obs.contains_key(*key));
        let key = there.map(str::to_owned).or_else(|| groups(data));
        let Some(key) = key.filter(|key| !is_given(key)) else {
            return error;
        };
        let subject = self.variable_of(data);
        let change = Change::to(param.name, spelled(&key));
        self.with_changed_call(error, (entry, args, &subject), None, &change)
    }

    /// The text of a call with an argument changed; `None` for a call that was not typed, such as
    /// that of a prerequisite.
    fn edited_call(&self, entry: &Entry, args: &Args, change: &Change) -> Option<String> {
        let all = &self.source.text;
        let span = Span::new(
            args.span.start,
            args.span.start + args.span.text(all).trim_end().len(),
        );
        let call = span.text(all);
        let names = std::iter::once(&entry.spec.name).chain(entry.spec.also);
        let mut names = names.filter_map(|name| call.strip_prefix(*name));
        let behind = names.find(|rest| rest.is_empty() || rest.starts_with([' ', '(']))?;
        let in_call = |given: &&Given| {
            given.span.start > span.start && given.span.end <= span.end && given.span != args.span
        };
        let given = args.given.get(change.param);
        match (given.filter(in_call), &change.value) {
            (Some(given), Some(value)) => {
                let (from, to) = (
                    &all[span.start..given.span.start],
                    &all[given.span.end..span.end],
                );
                Some(format!("{from}{value}{to}"))
            }
            (Some(given), None) => {
                // With its name and what parts it from the argument before.
                let from = all[span.start..given.span.start]
                    .trim_end()
                    .strip_suffix('=')?;
                let from = from.trim_end().trim_end_matches(is_of_name).trim_end();
                Some(format!(
                    "{}{}",
                    from.trim_end_matches(','),
                    &all[given.span.end..span.end]
                ))
            }
            (None, None) => Some(call.to_owned()),
            (None, Some(value)) => {
                let argument = format!("{}={value}", change.param);
                match behind.starts_with('(').then(|| call.strip_suffix(')')) {
                    Some(Some(open)) if open.ends_with('(') => Some(format!("{open}{argument})")),
                    Some(Some(open)) => Some(format!("{open}, {argument})")),
                    Some(None) => None,
                    None => Some(format!("{call} {argument}")),
                }
            }
        }
    }
}

/// Whether a letter may be part of a parameter's name.
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '`')
}

/// Whether a text is `name=value`, and no other words follow.
fn is_one_argument(text: &str) -> bool {
    let (mut depth, mut quoted) = (0, false);
    text.chars().all(|c| {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' | '(' if !quoted => depth += 1,
            ']' | '}' | ')' if !quoted => depth -= 1,
            _ => {}
        }
        quoted || depth > 0 || !c.is_whitespace()
    })
}

/// The call in the command form, with the arguments that it was given.
fn retold(entry: &Entry, args: &Args, change: &Change, subject: &str) -> String {
    let first = entry.params.first().map(|param| param.name);
    let subject = match &change.value {
        Some(value) if first == Some(change.param) => value,
        _ => subject,
    };
    let mut line = format!("{} {subject}", entry.spec.name);
    for param in &entry.params[usize::from(entry.takes_dataset())..] {
        let value = match args.given.get(param.name) {
            _ if param.name == change.param => change.value.clone(),
            Some(Given {
                typed: Some(typed), ..
            }) => Some(typed.clone()),
            Some(Given {
                value: Val::None, ..
            })
            | None => None,
            Some(given) => Some(given.value.to_string()),
        };
        if let Some(value) = value {
            line += &format!(" {}={value}", param.name);
        }
    }
    line
}
