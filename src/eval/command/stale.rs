//! Warnings of results that are older than what they were made from, where a command reads them.

use crate::command::known::markers_of;
use crate::command::{Args, Entry, Key, Kind, Need, Val, Want};
use crate::data::history::StepKind;
use crate::data::{Dataset, Place, SlotName};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::command::slot_keys::{first_key, slot_key};
use crate::eval::command::ways::applies;
use crate::eval::{Interpreter, Output};
use crate::source::Span;

/// A slot that was warned of: its name, the step that made it, the cells it belongs to.
#[derive(PartialEq)]
pub(in crate::eval) struct Told {
    name: SlotName,
    step: usize,
    cells: usize,
}

impl Interpreter<'_> {
    /// Warns if what a need is met by is stale.
    pub(in crate::eval) fn warn_stale(
        &mut self,
        entry: &Entry,
        args: &Args,
        need: &Need,
        data: &Dataset,
        span: Span,
    ) {
        let (when, Want::Slot(place, key)) = need.want.taken_apart() else {
            return;
        };
        if !applies(when, entry, args, data) {
            return;
        }
        let key = match key {
            Key::MarkersOf(by) => markers_of(data, &first_key(entry, args, by)),
            key => Some(slot_key(entry, args, key)),
        };
        let name = SlotName::new(place, key.unwrap_or_default());
        self.say_stale(data, &name, span, need.made_by);
    }

    /// Warns of a stale slot that a command has read, at the argument that names it or its dataset.
    pub(in crate::eval) fn warn_older(&mut self, args: &Args, data: &Dataset, name: &SlotName) {
        let mut given = args.given.values();
        let of_this = given.find(|given| match &given.value {
            Val::Dataset(held, _) => held.history.same(&data.history),
            _ => false,
        });
        let named = args.span_of_text(&name.key);
        let span = match of_this {
            Some(given) if named == args.span => given.span,
            _ => named,
        };
        // What one step made is made again by one.
        let step = data.stamp(name).map_or(0, |stamp| stamp.step);
        let cells = data.cells.outermost().id();
        let mut told = self.told.iter();
        if step == 0 || !told.any(|told| told.step == step && told.cells == cells) {
            self.say_stale(data, name, span, "");
        }
    }

    /// Warns of a stale column that an expression reads.
    pub(in crate::eval) fn warn_stale_column(
        &mut self,
        data: &Dataset,
        name: &SlotName,
        span: Span,
    ) {
        // Rows of cells go with filters; columns are not made again for each.
        if data.stale(name).is_some_and(|origin| !origin.is_axis()) {
            self.say_stale(data, name, span, "");
        }
    }

    /// Warns of stale columns of obs that arguments name.
    pub(in crate::eval) fn warn_stale_columns(
        &mut self,
        entry: &Entry,
        args: &Args,
        data: &Dataset,
    ) {
        for param in entry.params {
            let is_column = matches!(param.kind, Kind::Obs | Kind::Groups | Kind::Colors);
            let Some(given) = args.given.get(param.name).filter(|_| is_column) else {
                continue;
            };
            let items = match &given.value {
                Val::List(items) => &items[..],
                one => std::slice::from_ref(one),
            };
            let keys = items.iter().filter_map(|item| match item {
                Val::Text(key) => Some(SlotName::new(Place::Obs, key)),
                _ => None,
            });
            for name in keys {
                self.warn_stale_column(data, &name, given.span);
            }
        }
    }

    /// Says of a slot that it is stale, if it is: once in a statement.
    fn say_stale(&mut self, data: &Dataset, name: &SlotName, span: Span, made_by: &str) {
        let Some(origin) = data.stale(name) else {
            return;
        };
        let step = data.stamp(name).map_or(0, |stamp| stamp.step);
        let told = Told {
            name: name.clone(),
            step,
            cells: data.cells.outermost().id(),
        };
        if self.told.contains(&told) {
            return;
        }
        self.told.push(told);
        let made = match step {
            // In an earlier session.
            0 => format!("{name} was made before {origin} changed"),
            made => format!("{name} was made at step {made}; {origin} has changed since"),
        };
        let headline = format!("{name} is older than {origin}");
        let note = Diagnostic::warning(code::STALE_SLOT, headline).label(span, made);
        let note = match self.renewed(data, name, made_by) {
            Some(help) => note.help(help),
            None => note,
        };
        self.say(Output::Note(*note.in_source(&self.source)));
    }

    /// The statement that made a slot, or else the command that makes such ones.
    fn renewed(&self, data: &Dataset, slot: &SlotName, made_by: &str) -> Option<String> {
        let variable = self.variable_of(data);
        let made = data.stamp(slot).map_or(0, |stamp| stamp.step);
        let steps = data.history.steps();
        let step = steps.iter().find(|step| made > 0 && step.number == made);
        let Some(step) = step else {
            return (!made_by.is_empty()).then(|| format!("{made_by} {variable}"));
        };
        let line = step.statement.of(&variable);
        let entry = match &step.kind {
            StepKind::Command(command) => self.registry.get(command),
            StepKind::Selection | StepKind::Assignment => None,
        };
        Some(match entry {
            Some(entry) if names_groups(entry) => format!(
                "the groups may have other numbers now: look at their markers, then name them, as in {}",
                without_defaults(entry, line)
            ),
            Some(entry) => without_defaults(entry, line),
            None => line,
        })
    }
}

/// Whether a command gives groups the names that a person has found for them.
fn names_groups(entry: &Entry) -> bool {
    entry
        .params
        .iter()
        .any(|param| param.kind == Kind::Record && param.required())
}

/// A recorded statement, which spells every default out, as a person would type it.
fn without_defaults(entry: &Entry, mut line: String) -> String {
    for param in entry.params {
        let default = param.default.map(|default| default().to_string());
        let Some(spelled) = default.map(|it| format!(" {}={it}", param.name)) else {
            continue;
        };
        if let Some(at) = line.find(&spelled) {
            let behind = at + spelled.len();
            if line[behind..].is_empty() || line[behind..].starts_with(' ') {
                line.replace_range(at..behind, "");
            }
        }
    }
    line
}
