//! Warnings of results that are older than what they were made from, where a command reads them.

use crate::command::known::markers_of;
use crate::command::slot_keys::{first_key, slot_key};
use crate::command::{Args, Entry, Key, Kind, Need, Val, Want};
use crate::data::history::StepKind;
use crate::data::recorded::RECORDED_AS;
use crate::data::{Dataset, Place, SlotName};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::command::ways::applies;
use crate::eval::{Interpreter, Output};
use crate::lang::{mentions::mentions, parse};
use crate::source::{Source, Span};
use std::cmp::Reverse;

/// A slot that was warned of: its name, what it is older than, the cells it belongs to.
#[derive(PartialEq)]
pub(in crate::eval) struct Told {
    name: SlotName,
    origin: SlotName,
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
        self.say_stale(data, &name, span);
    }

    /// Warns of stale slots that a command has read, at the argument that names one or its dataset. Those
    /// that are older for one reason are told once, by what has the longest way to it.
    pub(in crate::eval) fn warn_older(&mut self, args: &Args, mut older: Vec<(Dataset, SlotName)>) {
        older.sort_by_cached_key(|(data, name)| {
            Reverse(data.stale_path(name).map_or(0, |path| path.len()))
        });
        for (data, name) in older {
            let cells = data.cells.outermost().id();
            let origin = data.stale(&name);
            let same = |told: &Told| told.cells == cells && Some(&told.origin) == origin.as_ref();
            if !self.running.told.iter().any(same) {
                let span = self.span_of_slot(args, &data, &name);
                self.say_stale(&data, &name, span);
            }
        }
    }

    /// The argument that names a slot, or else its dataset.
    fn span_of_slot(&self, args: &Args, data: &Dataset, name: &SlotName) -> Span {
        let mut given = args.given.values();
        let of_this = given.find(|given| match &given.value {
            Val::Dataset(held, _) => held.history.same(&data.history),
            _ => false,
        });
        let named = args.span_of_text(&name.key);
        match of_this {
            Some(given) if named == args.span => given.span,
            _ => named,
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
            self.say_stale(data, name, span);
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
    fn say_stale(&mut self, data: &Dataset, name: &SlotName, span: Span) {
        let Some(path) = data.stale_path(name) else {
            return;
        };
        let Some(origin) = path.last() else {
            return;
        };
        let told = Told {
            name: name.clone(),
            origin: origin.clone(),
            cells: data.cells.outermost().id(),
        };
        if self.running.told.contains(&told) {
            return;
        }
        self.running.told.push(told);
        let made = match data.stamp(name).map_or(0, |stamp| stamp.step) {
            // In an earlier session.
            0 => format!("{name} was made before {origin} changed"),
            made => format!("{name} was made at step {made}; {origin} has changed since"),
        };
        let headline = format!("{name} is older than {origin}");
        let note = Diagnostic::warning(code::STALE_SLOT, headline).label(span, made);
        let note = match self.renewed(data, &path) {
            Some(help) => note.help(help),
            None => note,
        };
        self.say(Output::Note(*note.in_source(&self.source)));
    }

    /// The statements that make again what is stale on the way from a slot to what has changed.
    fn renewed(&self, data: &Dataset, path: &[SlotName]) -> Option<String> {
        let variable = self.variable_of(data);
        let mut lines: Vec<String> = Vec::new();
        let mut last = None;
        // Without what has changed itself.
        for slot in path.iter().rev().skip(1) {
            let (entry, line) = self.made_by(data, slot, &variable)?;
            let line = match entry {
                Some(entry) => without_defaults(entry, line),
                None => {
                    self.add_variables_of(&line, usize::MAX, &mut lines)?;
                    line
                }
            };
            // One step may have made several of them.
            if !lines.contains(&line) {
                lines.push(line);
            }
            last = entry;
        }
        let names_groups = last.is_some_and(names_groups);
        let line = if names_groups { lines.pop() } else { None };
        Some(match (line, lines.join("; ")) {
            (None, lines) => lines,
            (Some(line), before) if before.is_empty() => format!(
                "the groups may have other numbers now: look at their markers, then name them, as in {line}"
            ),
            (Some(line), before) => format!(
                "{before}; then look at the markers of the groups, and name them, as in {line}"
            ),
        })
    }

    /// Adds the statements that bind the variables of a line which were made of slots: as they are, they hold what the
    /// slots held before. `None` if one of them goes on from itself.
    fn add_variables_of(&self, line: &str, before: usize, lines: &mut Vec<String>) -> Option<()> {
        let parsed = parse(&Source::new("", line));
        for word in parsed.statements.iter().flat_map(|it| mentions(it).words) {
            if self.session.made_of(&word).is_empty() {
                continue;
            }
            let made_by = self.session.made_by(&word)?;
            if made_by >= before {
                return None;
            }
            let entries = self.session.journal.entries();
            let entry = entries.iter().find(|entry| entry.number == made_by)?;
            self.add_variables_of(&entry.text, made_by, lines)?;
            if !lines.contains(&entry.text) {
                lines.push(entry.text.clone());
            }
        }
        Some(())
    }

    /// The statement that made a slot, in this session or in an earlier one, with its command, if it is one;
    /// else the command that makes such ones.
    fn made_by(
        &self,
        data: &Dataset,
        slot: &SlotName,
        variable: &str,
    ) -> Option<(Option<&'static Entry>, String)> {
        let stamp = data.stamp(slot)?;
        if stamp.step > 0 {
            let steps = data.history.steps();
            let step = steps.iter().find(|step| step.number == stamp.step)?;
            let command = match &step.kind {
                StepKind::Command(command) => self.registry.get(command),
                StepKind::Selection | StepKind::Assignment => None,
            };
            return Some((command, step.statement.of(variable)));
        }
        let Some(at) = stamp.recorded.checked_sub(1) else {
            let entry = self.maker_of(slot.place, &slot.key)?;
            return Some((Some(entry), format!("{} {variable}", entry.spec.name)));
        };
        let recorded = data.recorded_history();
        let text = recorded.get(at)?;
        // An assignment may name variables that are no longer there.
        let (command, arguments) = text.split_once(' ')?;
        let entry = self.registry.get(command)?;
        let arguments = arguments.strip_prefix(RECORDED_AS)?;
        let is_whole = arguments.is_empty() || arguments.starts_with(' ');
        is_whole.then(|| (Some(entry), format!("{command} {variable}{arguments}")))
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
