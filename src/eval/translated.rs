//! Calls of other tools in our form: `FindMarkers(x, ident.1="B", min.pct=0.1)` is
//! `markers x groups="B" where=(pts > 0.1)`. An argument without a counterpart is named in the
//! answer; none is left out in silence.

use super::Interpreter;
use super::additions::Addition;
use crate::command::value::{number_text, quoted};
use crate::command::{Entry, Kind, Param, scanpy};
use crate::data::{Column, ColumnType, Dataset, Promise};
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{Arg, Call, Expr, ExprKind, Key};
use crate::lang::words::is_plain;
use crate::source::Span;

/// What an argument is that a line does without.
pub(super) struct LeftOut {
    pub span: Span,
    pub typed: String,
    pub why: String,
}

/// A call in our form.
pub(super) struct Translated {
    pub line: String,
    pub left_out: Vec<LeftOut>,
}

/// Arguments by their places, where those of another tool are not in our order.
const PLACES: &[(&str, &[&str])] = &[
    ("FindMarkers", &["object", "ident.1", "ident.2"]),
    ("subset", &["x", "subset"]),
    ("merge", &["x", "y"]),
    ("cbind", &["x", "y"]),
];

/// What is said of an argument that nothing here is like.
const WITHOUT: &str = "has no counterpart here and is left out";

/// What other tools call the dataset.
const OBJECT: [&str; 4] = ["object", "x", "data", "seurat"];

impl Translated {
    /// The command alone.
    pub fn bare(entry: &Entry) -> Translated {
        Translated::plain(entry.spec.name.to_owned())
    }

    /// A line that has nothing left out so far.
    pub fn plain(line: String) -> Translated {
        Translated {
            line,
            left_out: Vec::new(),
        }
    }

    /// Notes the arguments of a call that are not among those used.
    pub fn leave_out(&mut self, text: &str, call: &Call, used: &[Span]) {
        for arg in &call.args {
            let of = arg.name.as_ref().map_or(arg.span, |name| name.span);
            if !used.contains(&arg.span) {
                self.left_out.push(LeftOut {
                    span: arg.span,
                    typed: of.text(text).trim_matches('`').to_owned(),
                    why: WITHOUT.to_owned(),
                });
            }
        }
    }

    /// The answer with what is left out at its place.
    pub fn told(&self, mut diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
        for left in &self.left_out {
            diagnostic = diagnostic.leaving_out(left.span, &left.typed, &left.why);
        }
        diagnostic
    }
}

/// A line that is being put together.
#[derive(Default)]
struct Parts {
    /// Arguments in their order, the dataset first.
    arguments: Vec<String>,
    /// Conditions on cells, or on rows of the table.
    conditions: Vec<String>,
    /// Names of groups and what they become.
    pairs: Vec<String>,
    datasets: Vec<String>,
    left_out: Vec<LeftOut>,
    inverted: bool,
    positive: bool,
    threshold: Option<String>,
}

impl Interpreter<'_> {
    /// A call of another tool, which calls the command `theirs`, in the command form with our
    /// parameters' names.
    pub(super) fn as_ours(&self, entry: &Entry, theirs: &str, call: &Call) -> Translated {
        let mut parts = Parts::default();
        let places = PLACES.iter().find(|(name, _)| *name == theirs);
        let mut place = 0;
        for arg in &call.args {
            let by_place = places.and_then(|(_, names)| names.get(place)).copied();
            place += usize::from(arg.name.is_none());
            match arg.name.as_ref().map(|it| &*it.text).or(by_place) {
                // What Python has no value for.
                Some(_) if matches!(arg.value.kind, ExprKind::None) => {}
                Some(object) if OBJECT.contains(&object) && arg.name.is_none() && !joins(entry) => {
                    self.add_by_place(entry, call, arg, &mut parts);
                }
                Some(name) => self.add_named(entry, call, (name, arg), &mut parts),
                None => self.add_by_place(entry, call, arg, &mut parts),
            }
        }
        self.finished(entry, parts)
    }

    fn add_by_place(&self, entry: &Entry, call: &Call, arg: &Arg, parts: &mut Parts) {
        let text = self.as_operand(&arg.value);
        if joins(entry) {
            parts.datasets.extend(self.listed_items(&arg.value, text));
            return;
        }
        if let (true, ExprKind::Record(entries)) = (renames(entry), &arg.value.kind) {
            for entry in entries {
                let key = match &entry.key {
                    Key::Word(name) => Some(&*name.text),
                    Key::Text(text) => text.plain(),
                };
                let value = self.as_operand(&entry.value);
                parts
                    .pairs
                    .push(format!("{}: {value}", quoted(key.unwrap_or_default())));
            }
            return;
        }
        // A record is what a parameter for one takes, wherever it stands.
        let is_record = matches!(arg.value.kind, ExprKind::Record(_));
        let takes = |param: &&Param| {
            matches!(param.kind, Kind::Record | Kind::Sets) && call.named(param.name).is_none()
        };
        match entry.params.iter().find(takes).filter(|_| is_record) {
            Some(param) => parts.arguments.push(format!("{}={text}", param.name)),
            None => parts.arguments.push(text),
        }
    }

    fn add_named(&self, entry: &Entry, call: &Call, (name, arg): (&str, &Arg), parts: &mut Parts) {
        let text = self.as_operand(&arg.value);
        if joins(entry) && matches!(name, "x" | "y") {
            parts.datasets.extend(self.listed_items(&arg.value, text));
        } else if entry.takes_dataset() && OBJECT.contains(&name) && !has_place(call) {
            parts.arguments.insert(0, text);
        } else if self.add_by_rule(entry, (name, &arg.value), parts) {
        } else if let Some(param) = entry.param(name) {
            let text = self.value_of(param, &arg.value, text);
            parts.arguments.push(format!("{}={text}", param.name));
        } else if renames(entry) {
            let text = match &arg.value.kind {
                ExprKind::Name(_) | ExprKind::Word { .. } => quoted(&text),
                _ => text,
            };
            parts.pairs.push(format!("{}: {text}", quoted(name)));
        } else {
            let why = match scanpy::instead(entry, name) {
                Some(instead) => format!("is left out: {instead}"),
                None => WITHOUT.to_owned(),
            };
            parts.left_out.push(LeftOut {
                span: arg.span,
                typed: name.to_owned(),
                why,
            });
        }
    }

    /// Arguments that another parameter stands for, or a condition.
    fn add_by_rule(&self, entry: &Entry, (name, value): (&str, &Expr), parts: &mut Parts) -> bool {
        let text = value.span.text(&self.source.text);
        let is_true = matches!(value.kind, ExprKind::Bool(true));
        match (entry.spec.name, name) {
            ("markers", "min.pct") => parts.conditions.push(format!("pts > {text}")),
            ("markers", "logfc.threshold") => parts.threshold = Some(text.to_owned()),
            ("markers", "only.pos") => parts.positive = is_true,
            ("filter", "idents") => parts.conditions.push(self.of_idents(value)),
            ("filter", "invert") => parts.inverted = is_true,
            ("filter", "subset") => parts.conditions.push(text.to_owned()),
            ("plot", "label") if is_true => parts.arguments.push("legend=on_data".to_owned()),
            ("plot", "label") => {}
            ("concat", "add.cell.ids") => {
                let keys = self.listed_items(value, text.to_owned()).join(", ");
                parts.arguments.push(format!(
                    "label=sample keys=[{keys}] unique=\"{{sample}}_{{name}}\""
                ));
            }
            _ => return false,
        }
        true
    }

    fn finished(&self, entry: &Entry, mut parts: Parts) -> Translated {
        let mut line = entry.spec.name.to_owned();
        if joins(entry) && !parts.datasets.is_empty() {
            line += &match &parts.datasets[..] {
                [list] if list.starts_with('[') || list.starts_with('{') => format!(" {list}"),
                all => format!(" [{}]", all.join(", ")),
            };
        }
        if !parts.pairs.is_empty() {
            let groups = parts.pairs.iter().map(|pair| pair.split(": ").next());
            let groups: Vec<&str> = groups.flatten().collect();
            let by = self.groups_with(&groups);
            let pairs = parts.pairs.join(", ");
            parts.arguments.push(format!("by={by} map={{{pairs}}}"));
        }
        match (&parts.threshold, parts.positive) {
            (Some(least), true) => parts.conditions.push(format!("logfoldchanges > {least}")),
            (Some(least), false) => {
                parts
                    .conditions
                    .push(format!("abs(logfoldchanges) > {least}"));
            }
            (None, true) => parts.conditions.push("logfoldchanges > 0".to_owned()),
            (None, false) => {}
        }
        if !parts.conditions.is_empty() {
            let all = parts.conditions.join(" and ");
            let all = if parts.inverted {
                format!("(not ({all}))")
            } else {
                format!("({all})")
            };
            let is_table = entry.param("where").is_some();
            parts
                .arguments
                .push(format!("{}{all}", if is_table { "where=" } else { "" }));
        }
        for argument in &parts.arguments {
            line += &format!(" {argument}");
        }
        Translated {
            line,
            left_out: parts.left_out,
        }
    }

    /// The value as our parameter takes it.
    fn value_of(&self, param: &Param, value: &Expr, text: String) -> String {
        match (param.kind, &value.kind) {
            // `dims = 1:10` is the number of them.
            (Kind::Integer { .. }, ExprKind::Range(..)) if !param.many => {
                match first_numbers(value) {
                    Some(n) => number_text(n),
                    None => text,
                }
            }
            // `max.cutoff = "q99"`.
            (Kind::Limit, ExprKind::Text(_)) => text.replacen("\"q", "\"p", 1),
            _ => text,
        }
    }

    /// The items of `c(a, b)` and `[a, b]`, or the one value.
    fn listed_items(&self, value: &Expr, text: String) -> Vec<String> {
        let each = |items: &mut dyn Iterator<Item = &Expr>| {
            let items = items.map(|it| it.span.text(&self.source.text).to_owned());
            items.collect()
        };
        match &value.kind {
            ExprKind::Call(call) if call.name().is_some_and(|name| name.text == "c") => {
                each(&mut call.args.iter().map(|arg| &arg.value))
            }
            ExprKind::List(items) => each(&mut items.iter()),
            _ => vec![text],
        }
    }

    /// `idents = "B"` as a condition on the column that has such a group.
    fn of_idents(&self, value: &Expr) -> String {
        let text = value.span.text(&self.source.text).to_owned();
        let as_text = |item: String| {
            let bare = item.trim_matches(['"', '\'']).to_owned();
            quoted(&bare)
        };
        let items: Vec<String> = self
            .listed_items(value, text)
            .into_iter()
            .map(as_text)
            .collect();
        let groups: Vec<&str> = items.iter().map(String::as_str).collect();
        let by = self.groups_with(&groups);
        match &items[..] {
            [one] => format!("{by} == {one}"),
            all => format!("{by} in [{}]", all.join(", ")),
        }
    }

    /// The column of groups of the dataset at hand that has all of these, in quotes; `leiden` where
    /// none is known to.
    fn groups_with(&self, wanted: &[&str]) -> String {
        let data = self.session.current().map(|(_, data)| data);
        let found = data.and_then(|data| {
            let mut keys = data.obs.keys();
            keys.find(|key| has_groups(data, key, wanted))
        });
        match found {
            Some(key) if is_plain(key) => key.clone(),
            Some(key) => format!("`{key}`"),
            None => "leiden".to_owned(),
        }
    }

    /// An argument as it stands, in parentheses where the command form needs them.
    pub(super) fn as_operand(&self, value: &Expr) -> String {
        let written = value.span.text(&self.source.text);
        let operator = matches!(
            value.kind,
            ExprKind::Unary(..)
                | ExprKind::Binary(..)
                | ExprKind::Chain(..)
                | ExprKind::Range(..)
                | ExprKind::Pipe { .. }
        );
        if operator && value.literal_number().is_none() {
            format!("({written})")
        } else {
            written.to_owned()
        }
    }

    /// The answer to a call of another tool: the line, with what was added to a figure.
    pub(super) fn translation(
        &self,
        entry: &Entry,
        theirs: &str,
        call: &Call,
    ) -> (Span, Translated) {
        let mut ours = self.as_ours(entry, theirs, call);
        let additions = self.additions(call.span);
        let end = additions.last().map_or(call.span, |it| it.span);
        for Addition { span, typed } in additions {
            match super::additions::argument(entry, &typed).as_deref() {
                // `label = TRUE` of Seurat has put the names into the figure.
                Some("legend=none") if ours.line.contains(" legend=") => {}
                Some(argument) => ours.line += &format!(" {argument}"),
                None => ours.left_out.push(LeftOut {
                    span,
                    typed,
                    why: WITHOUT.to_owned(),
                }),
            }
        }
        (call.span.to(end), ours)
    }
}

/// The number of the first ones that a range stands for: `1..11` and `0..10` are ten.
pub(super) fn first_numbers(range: &Expr) -> Option<f64> {
    let ExprKind::Range(from, to) = &range.inner().kind else {
        return None;
    };
    let (from, to) = (from.literal_number()?, to.literal_number()?);
    (from == 0.0 || from == 1.0).then_some(to - from)
}

/// Whether a command puts several datasets together.
fn joins(entry: &Entry) -> bool {
    entry.spec.name == "concat"
}

/// Whether a command gives groups other names.
fn renames(entry: &Entry) -> bool {
    entry.spec.name == "label"
}

/// Whether a call has an argument without a name.
fn has_place(call: &Call) -> bool {
    call.positional().next().is_some()
}

/// Whether a column of obs has all of these groups, which stand in quotes; as far as that is known.
fn has_groups(data: &Dataset, key: &str, wanted: &[&str]) -> bool {
    let Some(slot) = data.obs.get(key) else {
        return false;
    };
    let groups = matches!(
        slot.value.promise(),
        Promise::Column(ColumnType::Category | ColumnType::Text)
    );
    let known = slot.value.known().ok().flatten();
    match known.and_then(|value| value.column()).map(|it| &**it) {
        Some(Column::Category(category)) if groups => wanted.iter().all(|group| {
            let group = group.trim_matches('"');
            category.levels.position(group).is_some()
        }),
        _ => false,
    }
}
