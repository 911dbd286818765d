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

impl Interpreter<'_> {
    /// Warns if what a need is met by is stale; says which slot it is.
    pub(in crate::eval) fn warn_stale(
        &mut self,
        entry: &Entry,
        args: &Args,
        need: &Need,
        data: &Dataset,
        span: Span,
    ) -> Option<SlotName> {
        let (when, Want::Slot(place, key)) = need.want.taken_apart() else {
            return None;
        };
        if !applies(when, entry, args, data) {
            return None;
        }
        let key = match key {
            Key::MarkersOf(by) => markers_of(data, &first_key(entry, args, by)),
            key => Some(slot_key(entry, args, key)),
        };
        let name = SlotName::new(place, key.unwrap_or_default());
        self.say_stale(data, &name, span, need.made_by)
            .then_some(name)
    }

    /// Warns of stale columns of obs that arguments name, but for those that were `told`.
    pub(in crate::eval) fn warn_stale_columns(
        &mut self,
        entry: &Entry,
        args: &Args,
        data: &Dataset,
        told: &[SlotName],
    ) {
        let mut told = told.to_vec();
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
                // Rows of cells go with filters; columns are not made again for each.
                let filtered = data.stale(&name).is_some_and(|origin| origin.is_axis());
                if !filtered && !told.contains(&name) && self.say_stale(data, &name, given.span, "")
                {
                    told.push(name);
                }
            }
        }
    }

    /// Whether a slot is stale, which is said.
    fn say_stale(&mut self, data: &Dataset, name: &SlotName, span: Span, made_by: &str) -> bool {
        let Some(origin) = data.stale(name) else {
            return false;
        };
        let made = data.stamp(name).map_or(0, |stamp| stamp.step);
        let made = match made {
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
        true
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
