//! Arguments that are not parameters of the command: similar ones, and what to use instead.

use crate::command::slot_keys::slot_key;
use crate::command::spec::Group;
use crate::command::{Args, Entry, Kind, Write, scanpy, suggest};
use crate::data::Place;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::argument_names::synonym;
use crate::eval::answers::translated::WITHOUT;
use crate::lang::ast::{Arg, Call, Expr, ExprKind, Name, Style};
use crate::source::Span;

/// What else is meant: a label, and the line with the span that it replaces.
type Meant = (String, Span, String);

impl Interpreter<'_> {
    /// Why a value of another tool's cannot be given to our parameter.
    pub(in crate::eval) fn does_not_go(
        &self,
        entry: &Entry,
        name: &str,
        value: &Expr,
    ) -> Option<String> {
        let param = entry.param(name).or_else(|| synonym(entry, name))?;
        let (Kind::Choice(words), ExprKind::Text(typed)) = (param.kind, &value.kind) else {
            return None;
        };
        let typed = typed.plain()?;
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let ours = scanpy::same_word(typed).unwrap_or(typed);
        if words.contains(&ours) || suggest::did_you_mean_word(typed, &words).is_some() {
            return None;
        }
        Some(match param.default.map(|default| default()) {
            Some(default) => format!("is left out: {}={default} is the default", param.name),
            None => WITHOUT.to_owned(),
        })
    }

    pub(in crate::eval) fn no_param(
        &self,
        entry: &Entry,
        call: &Call,
        name: &Name,
    ) -> Box<Diagnostic> {
        let headline = format!("`{}` has no parameter `{}`", entry.spec.name, name.text);
        if let Some(said) = scanpy::instead(entry, &name.text) {
            let label = if name.text.contains('.') {
                "is a Seurat name"
            } else {
                "is a Scanpy name"
            };
            return self
                .error(code::NO_SUCH_PARAMETER, headline, name.span, label)
                .help(said);
        }
        if let Some((label, span, line)) = self.sets_as_arguments(entry, call) {
            let error = self.error(code::NO_SUCH_PARAMETER, headline, name.span, label);
            return error.help(self.in_line(span, &line)).fix(span, line);
        }
        let names = entry.params.iter().map(|param| param.name);
        let others = entry.params.iter().flat_map(|param| param.also.iter());
        let known: Vec<&str> = names.chain(others.copied()).collect();
        let near = suggest::nearest(&name.text, &known);
        let meant = || self.of_other_command(entry, call, name);
        if let Some((label, span, line)) = near.is_empty().then(meant).flatten() {
            let error = self.error(code::NO_SUCH_PARAMETER, headline, name.span, label);
            return error.help(self.in_line(span, &line)).fix(span, line);
        }
        let label = match near.first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => "is not one of its parameters".to_owned(),
        };
        let diagnostic = self.error(code::NO_SUCH_PARAMETER, headline, name.span, label);
        match near.first() {
            Some(near) => diagnostic.fix(name.span, near.clone()),
            None => diagnostic.help(parameters(entry)),
        }
    }

    /// `annotate x T=[CD3D]`, which is `annotate x {T: [CD3D]}`.
    fn sets_as_arguments(&self, entry: &Entry, call: &Call) -> Option<Meant> {
        let takes = |kind: Kind| matches!(kind, Kind::Sets | Kind::Record);
        let param = entry
            .params
            .iter()
            .find(|it| it.required() && takes(it.kind) && call.named(it.name).is_none())?;
        let is_set = |arg: &&Arg| {
            let unknown = arg
                .name
                .as_ref()
                .is_some_and(|it| entry.param(&it.text).is_none());
            let of_sets = matches!(param.kind, Kind::Sets);
            unknown && (!of_sets || matches!(arg.value.kind, ExprKind::List(_)))
        };
        let given: Vec<&Arg> = call.args.iter().filter(is_set).collect();
        let unknown = |arg: &&Arg| {
            arg.name
                .as_ref()
                .is_some_and(|it| entry.param(&it.text).is_none())
        };
        let has_record = |arg: &Arg| matches!(arg.value.kind, ExprKind::Record(_));
        if given.is_empty()
            || given.len() < call.args.iter().filter(unknown).count()
            || call.positional().any(has_record)
        {
            return None;
        }
        let text = &self.source.text;
        let pairs = given.iter().filter_map(|arg| {
            let name = arg.name.as_ref()?;
            Some(format!(
                "{}: {}",
                name.span.text(text),
                arg.value.span.text(text)
            ))
        });
        let record = format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "));
        // A record of gene sets may follow the dataset without its name.
        let record = match (param.kind, entry.params.get(1)) {
            (Kind::Sets, Some(second)) if second.name == param.name => record,
            _ => format!("{}={record}", param.name),
        };
        let rest = call.args.iter().filter(|arg| !is_set(arg));
        let mut rest: Vec<&str> = rest.map(|arg| arg.span.text(text)).collect();
        let behind = call
            .args
            .iter()
            .take_while(|arg| arg.name.is_none())
            .count();
        rest.insert(behind.min(rest.len()), &record);
        let (first, last) = (call.args.first()?, call.args.last()?);
        let apart = if call.style == Style::Call { ", " } else { " " };
        let label = format!("belongs into `{}`", param.name);
        Some((label, first.span.to(last.span), rest.join(apart)))
    }

    /// A parameter of a command that comes before this one, or after it: `leiden x k=10`, `umap x color=leiden`.
    fn of_other_command(&self, entry: &Entry, call: &Call, name: &Name) -> Option<Meant> {
        let has = |of: &'static str| {
            let other = self.registry.get(of)?;
            let misses = entry.param(&name.text).is_none();
            other.param(&name.text).filter(|_| misses).map(|_| other)
        };
        let first = call
            .positional()
            .next()
            .map(|arg| arg.span.text(&self.source.text));
        let current = self.session.current().map(|(name, _)| name);
        let subject = first.or(current)?;
        if let Some((confused, label)) = entry.spec.confused_with {
            let other = has(confused)?;
            let given = call.args.iter().filter(|arg| {
                arg.name
                    .as_ref()
                    .is_some_and(|it| other.param(&it.text).is_some())
            });
            let line = self.with_arguments(&format!("{confused} {subject}"), given);
            return Some((label.to_owned(), call.span, line));
        }
        let of = |other: &Entry| {
            let theirs = |arg: &&Arg| {
                arg.name.as_ref().is_some_and(|it| {
                    entry.param(&it.text).is_none() && other.param(&it.text).is_some()
                })
            };
            let own = call
                .args
                .iter()
                .filter(|arg| arg.name.is_some() && !theirs(arg));
            let line = format!("{} {subject}", other.spec.name);
            let line = self.with_arguments(&line, call.args.iter().filter(theirs));
            (
                line,
                self.with_arguments(&format!("{} {subject}", entry.spec.name), own),
            )
        };
        if !self.stands_alone(call) {
            return None;
        }
        let makers = entry.spec.reads.iter().map(|need| need.made_by);
        if let Some(maker) = makers.filter(|name| !name.is_empty()).find_map(has) {
            let (before, own) = of(maker);
            let label = format!("is a parameter of `{}`", maker.spec.name);
            return Some((label, call.span, format!("{before}; {own}")));
        }
        let plot = has("plot").filter(|_| entry.group == Group::Structure)?;
        let (mut drawn, own) = of(plot);
        if let (Some(key), None) = (unusual_embedding(entry, plot), call.named("basis")) {
            drawn += &format!(" basis={}", key.trim_start_matches("X_"));
        }
        let label = "is a parameter of `plot`, which draws it".to_owned();
        Some((label, call.span, format!("{own}; {drawn}")))
    }

    /// A line with arguments as they were typed.
    fn with_arguments<'c>(&self, line: &str, given: impl Iterator<Item = &'c Arg>) -> String {
        let mut line = line.to_owned();
        for arg in given {
            line += &format!(" {}", arg.span.text(&self.source.text));
        }
        line
    }

    /// Whether nothing else stands in the line of a call.
    fn stands_alone(&self, call: &Call) -> bool {
        self.in_line(call.span, "").is_empty()
    }

    pub(in crate::eval) fn too_many(
        &self,
        entry: &Entry,
        call: &Call,
        span: Span,
    ) -> Box<Diagnostic> {
        // `profile compute adata`: a statement where a value stands.
        let first = call
            .args
            .first()
            .map(|arg| arg.span.text(&self.source.text));
        let command = first.filter(|word| self.registry.get(word).is_some());
        self.error(
            code::TOO_MANY_ARGUMENTS,
            format!("`{}` takes no more arguments", entry.spec.name),
            span,
            "too many arguments",
        )
        .help(match (entry.params, command) {
            ([], _) => format!("{} takes none", entry.spec.name),
            ([_], Some(command)) => format!(
                "`{command}` is a command, and `{name}` takes a value: {name} {}",
                span.text(&self.source.text),
                name = entry.spec.name
            ),
            _ => parameters(entry),
        })
    }
}

/// The embedding that a command writes, unless it is the one that `plot` draws by default.
fn unusual_embedding(entry: &Entry, plot: &Entry) -> Option<String> {
    let args = Args::default();
    let mut written = entry.spec.writes.iter().filter_map(|write| match write {
        Write::Slot(Place::Obsm, key) => Some(slot_key(entry, &args, *key)),
        _ => None,
    });
    let usual = plot.param("basis")?.default?().to_string();
    written.find(|key| !usual.contains(key))
}

/// The parameters of a command by name, and what explains them.
fn parameters(entry: &Entry) -> String {
    let name = entry.spec.name;
    let names: Vec<&str> = entry.params.iter().map(|param| param.name).collect();
    format!(
        "{name} takes {}; `help {name}` explains them",
        suggest::listed(&names)
    )
}
