//! `script`: the fewest statements that reproduce the present datasets, figures and files.

use crate::command::{ScriptRequest, Subject, Val};
use crate::data::Dataset;
use crate::data::history::{self, StepKind};
use crate::diagnostic::Outcome;
use crate::eval::parts::functions::is_function;
use crate::eval::{Interpreter, Output};
use crate::lang::ast::{Call, Expr, ExprKind, Statement, StatementKind, Style};
use crate::lang::format::{Known, format};
use crate::lang::words::{is_plain, spelled};
use crate::session::journal::{Done, Entry};
use crate::source::{Source, Span};
use std::sync::Arc;

/// One statement of the script.
struct Line {
    /// The variable that is assigned, if any.
    target: Option<String>,
    /// The command, and the variable it works on.
    command: Option<(String, String)>,
    text: String,
}

impl Line {
    fn typed(text: impl Into<String>) -> Self {
        Line {
            target: None,
            command: None,
            text: text.into(),
        }
    }
}

impl Interpreter<'_> {
    pub(in crate::eval) fn write_script(
        &mut self,
        request: ScriptRequest,
        span: Span,
    ) -> Outcome<()> {
        let (subject, path) = self.sorted_out(request.of, request.out);
        let script = match &subject {
            Subject::Of(data) => self.steps_of("adata", data),
            Subject::AtHand => {
                let is_dataset = |value: &Val| matches!(value, Val::Dataset(_, None));
                let vars = self.session.vars().filter(|(_, value)| is_dataset(value));
                let roots: Vec<usize> = vars
                    .filter_map(|(name, _)| self.session.made_by(name))
                    .collect();
                self.script_of(&roots, None, request.full)
            }
            Subject::Named(_) => {
                let (name, _) = self.one_dataset(&subject, span)?;
                let root = self.session.made_by(&name);
                let roots: Vec<usize> = root.into_iter().collect();
                self.script_of(&roots, Some(&name), request.full)
            }
        };
        self.text_out(script, Output::Script, path, span)
    }

    fn script_of(&self, roots: &[usize], of: Option<&str>, full: bool) -> String {
        let entries = named_at_once(self.session.journal.needed(roots, of));
        let lines: Vec<String> = entries
            .iter()
            .flat_map(|entry| self.lines(entry, full))
            .collect();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let seed = self.seed_line(&entries);
        let source = Source::new("script", seed + &text);
        let known = Known {
            rename: &|_, _| None,
            is_function: &is_function,
        };
        format(&source, Some(known)).unwrap_or_else(|_| source.text.clone())
    }

    /// The seed of the command line, which no statement has set.
    fn seed_line(&self, entries: &[Arc<Entry>]) -> String {
        match self.session.settings.from.get("seed") {
            Some(from) if from == "--seed" && !entries.is_empty() => {
                format!("set seed={}\n", self.session.settings.seed)
            }
            _ => String::new(),
        }
    }

    fn lines(&self, entry: &Entry, full: bool) -> Vec<String> {
        let source = Source::new("", entry.text.clone());
        let parsed = crate::lang::parse(&source);
        let lines = match &parsed.statements[..] {
            [statement] if parsed.diagnostics.is_empty() => {
                self.taken_apart(&source.text, statement, entry.dataset)
            }
            _ => vec![Line::typed(&entry.text)],
        };
        if full {
            pinned(lines, &entry.steps)
        } else {
            lines.into_iter().map(|line| line.text).collect()
        }
    }

    /// A pipeline as statements, one a stage, where that is the same.
    fn taken_apart(&self, text: &str, statement: &Statement, dataset: bool) -> Vec<Line> {
        let whole = |target: Option<&str>, expr: &Expr| Line {
            target: target.map(str::to_owned),
            command: command_of(expr),
            text: statement.span.text(text).to_owned(),
        };
        match &statement.kind {
            StatementKind::Expr(expr) => match &expr.kind {
                ExprKind::Pipe { head, stages } if self.all_apart(stages) => {
                    match head.bare_name() {
                        Some(name) => stages
                            .iter()
                            .map(|it| stage(text, &name.text, it))
                            .collect(),
                        None => vec![whole(None, expr)],
                    }
                }
                _ => vec![whole(None, expr)],
            },
            StatementKind::Assign { target, value } if target.len() == 1 && dataset => {
                let name = &target[0].text;
                match &value.kind {
                    ExprKind::Pipe { head, stages } if self.all_apart(stages) => {
                        let first = Line {
                            target: Some(name.clone()),
                            command: command_of(head),
                            text: format!("{} = {}", spelled(name), head.span.text(text)),
                        };
                        let rest = stages.iter().map(|it| stage(text, name, it));
                        std::iter::once(first).chain(rest).collect()
                    }
                    _ => vec![whole(Some(name), value)],
                }
            }
            _ => vec![Line::typed(statement.span.text(text))],
        }
    }

    /// Whether each stage is a command that goes on from a dataset.
    fn all_apart(&self, stages: &[Call]) -> bool {
        stages.iter().all(|stage| {
            stage.name().is_some_and(|name| {
                let entry = self.registry.get(&name.text);
                let own = self.session.functions.contains_key(&name.text);
                !own && entry.is_some_and(|entry| entry.takes_dataset())
            })
        })
    }

    /// The steps of a dataset without a name, with all defaults.
    fn steps_of(&self, name: &str, data: &Dataset) -> String {
        let mut script = String::new();
        for step in data.history.steps() {
            let statement = step.statement.of(name);
            let makes = step.number == 1 || step.kind == StepKind::Selection;
            script += &if makes {
                format!("{name} = {statement}\n")
            } else {
                format!("{statement}\n")
            };
        }
        script
    }
}

/// The entries with a value named by the statement that makes it, where it was named by the next one:
/// `read "x.h5ad"` and `adata = last`.
fn named_at_once(entries: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
    let readers = |number: usize| {
        let reads = |entry: &&Arc<Entry>| entry.reads.iter().any(|(_, by)| *by == number);
        entries.iter().filter(reads).count()
    };
    let mut named: Vec<Arc<Entry>> = Vec::with_capacity(entries.len());
    for entry in &entries {
        let target = entry.text.strip_suffix(" = last").filter(|it| is_plain(it));
        let is_made_by = |made: &Entry| entry.reads.iter().any(|(_, by)| *by == made.number);
        let made = target.and(named.last()).filter(|made| {
            is_made_by(made) && !made.acts() && readers(made.number) == 1 && is_value(made)
        });
        match (target, made.cloned()) {
            (Some(target), Some(made)) => {
                named.pop();
                named.push(Arc::new(Entry {
                    text: format!("{target} = {}", made.text),
                    steps: made.steps.clone(),
                    ..(**entry).clone()
                }));
            }
            _ => named.push(entry.clone()),
        }
    }
    named
}

/// Whether the text of an entry is an expression alone.
fn is_value(entry: &Entry) -> bool {
    let parsed = crate::lang::parse(&Source::new("", entry.text.clone()));
    matches!(&parsed.statements[..],
        [statement] if matches!(statement.kind, StatementKind::Expr(_)))
}

/// The command of an expression and the variable it starts from.
fn command_of(expr: &Expr) -> Option<(String, String)> {
    let ExprKind::Call(call) = &expr.kind else {
        return None;
    };
    let first = call
        .positional()
        .next()
        .and_then(|arg| arg.value.bare_name());
    let subject = first.map_or(String::new(), |name| name.text.clone());
    Some((call.name()?.text.clone(), subject))
}

/// A stage of a pipeline as a statement of its own.
fn stage(text: &str, subject: &str, call: &Call) -> Line {
    let callee = call.callee.span.text(text);
    let name = spelled(subject);
    let args: Vec<&str> = call.args.iter().map(|arg| arg.span.text(text)).collect();
    let text = match call.style {
        Style::Call if args.is_empty() => format!("{callee}({name})"),
        Style::Call => format!("{callee}({name}, {})", args.join(", ")),
        Style::Command => format!("{callee} {name} {}", args.join(" ")),
    };
    Line {
        target: None,
        command: call.name().map(|it| (it.text.clone(), subject.to_owned())),
        text: text.trim_end().to_owned(),
    }
}

/// The lines with all defaults, and with the steps that were planned for them.
fn pinned(lines: Vec<Line>, steps: &[Done]) -> Vec<String> {
    let mut steps = steps.iter().peekable();
    let mut pinned = Vec::new();
    for line in lines {
        let Some((command, subject)) = &line.command else {
            pinned.push(line.text);
            continue;
        };
        let in_place = subject.is_empty() || line.target.is_some();
        let named = |statement: &history::Statement| statement.of(&spelled(subject));
        // What is assigned elsewhere leaves its dataset as it is: its steps cannot be alone.
        while let Some(step) = steps.next_if(|step| step.planned && !in_place) {
            pinned.extend(step.statement.as_ref().map(named));
        }
        while steps.next_if(|step| step.planned).is_some() {}
        let same = steps.next_if(|step| &step.command == command);
        let statement = same.and_then(|step| step.statement.as_ref()).map(named);
        pinned.push(match (statement, &line.target) {
            (Some(statement), Some(target)) => format!("{} = {statement}", spelled(target)),
            (Some(statement), None) => statement,
            (None, _) => line.text,
        });
    }
    pinned
}
