//! Calls of other tools in our form: `FindMarkers(x, ident.1="B", min.pct=0.1)` is
//! `markers x groups="B" where=(pts > 0.1)`. An argument without a counterpart is named in the
//! answer; none is left out in silence.

use crate::command::spec::Theirs;
use crate::command::value::{number_text, quoted};
use crate::command::{Entry, Kind, Param, scanpy};
use crate::diagnostic::Diagnostic;
use crate::eval::Interpreter;
use crate::eval::answers::argument_names::{OBJECT, PLACES, synonym};
use crate::lang::ast::{Arg, Call, Expr, ExprKind, Key};
use crate::source::Span;

/// What an argument is that a line does without.
pub(in crate::eval) struct LeftOut {
    pub span: Span,
    pub typed: String,
    pub why: String,
}

/// A call in our form.
pub(in crate::eval) struct Translated {
    pub line: String,
    /// Where what the line stands for begins, if that is before the call.
    pub from: Option<usize>,
    pub left_out: Vec<LeftOut>,
    /// What is said of arguments beside that, at their places.
    pub remarks: Vec<(Span, String)>,
}

/// What is said of an argument that nothing here is like.
pub(in crate::eval) const WITHOUT: &str = "has no counterpart here and is left out";

impl Translated {
    /// The command alone.
    pub fn bare(entry: &Entry) -> Translated {
        Translated::plain(entry.spec.name.to_owned())
    }

    /// A line that has nothing left out so far.
    pub fn plain(line: String) -> Translated {
        Translated {
            line,
            from: None,
            left_out: Vec::new(),
            remarks: Vec::new(),
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

    /// The error with the line in place of `span`, and what is left out.
    pub fn answering(
        &self,
        interpreter: &Interpreter,
        span: Span,
        error: Box<Diagnostic>,
    ) -> Box<Diagnostic> {
        let help = interpreter.in_line(span, &self.line);
        self.told(error.help(help).fix(span, &self.line))
    }

    /// The answer with what is left out at its place.
    pub fn told(&self, mut diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
        for left in &self.left_out {
            diagnostic = diagnostic.leaving_out(left.span, &left.typed, &left.why);
        }
        for (span, remark) in &self.remarks {
            diagnostic = diagnostic.label(*span, remark);
        }
        diagnostic
    }
}

/// A line that is being put together.
#[derive(Default)]
pub(in crate::eval) struct Parts {
    /// Arguments in their order, the dataset first.
    pub arguments: Vec<String>,
    /// Conditions on cells, or on rows of the table.
    conditions: Vec<String>,
    /// Names of groups and what they become, as they are typed.
    pub pairs: Vec<(String, String)>,
    datasets: Vec<String>,
    pub left_out: Vec<LeftOut>,
    remarks: Vec<(Span, String)>,
    inverted: bool,
    /// The column of the table whose numbers are above 0.
    above: Option<&'static str>,
    /// The column whose numbers are at least so far from 0.
    beyond: Option<(&'static str, String)>,
}

impl Parts {
    fn leave_out(&mut self, (name, arg): (&str, &Arg), instead: Option<&str>) {
        self.left_out.push(LeftOut {
            span: arg.span,
            typed: name.to_owned(),
            why: match instead {
                Some(instead) => format!("is left out: {instead}"),
                None => WITHOUT.to_owned(),
            },
        });
    }
}

impl Interpreter<'_> {
    /// A call of another tool, which calls the command `theirs`, in the command form with our
    /// parameters' names.
    pub(in crate::eval) fn as_ours(&self, entry: &Entry, theirs: &str, call: &Call) -> Translated {
        let mut parts = Parts::default();
        let places = PLACES.iter().find(|(name, _)| *name == theirs);
        let of_columns = self.columns_given(call.positional().map(|arg| &arg.value));
        if let Some((data, keys)) = of_columns.filter(|_| entry.takes_dataset()) {
            parts.arguments.push(data);
            parts.arguments.extend(keys);
            for arg in call.args.iter().filter(|arg| arg.name.is_some()) {
                let name = arg.name.as_ref().map_or("", |name| &name.text);
                self.add_named(entry, call, (name, arg), &mut parts);
            }
            return self.finished(entry, parts);
        }
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
        let renames = renames(entry).is_some();
        if let (true, ExprKind::Record(entries)) = (renames, &arg.value.kind) {
            for entry in entries {
                let key = match &entry.key {
                    Key::Word(name) => Some(&*name.text),
                    Key::Text(text) => text.plain(),
                };
                let value = self.as_operand(&entry.value);
                parts.pairs.push((quoted(key.unwrap_or_default()), value));
            }
            return;
        }
        // New names in the order of the levels.
        if let (true, ExprKind::List(items)) = (renames, &arg.value.kind) {
            for (level, item) in items.iter().enumerate() {
                let name = self.as_operand(item);
                parts.pairs.push((quoted(&level.to_string()), name));
            }
            return;
        }
        if renames && self.adds_unknown_names(arg, parts) {
            return;
        }
        // A record is what a parameter for one takes, wherever it stands.
        let is_record = matches!(arg.value.kind, ExprKind::Record(_));
        let takes = |param: &&Param| {
            matches!(param.kind, Kind::Record | Kind::Sets) && call.named(param.name).is_none()
        };
        let record = entry.params.iter().find(takes).filter(|_| is_record);
        // Groups are named: whether they are given decides what else the line needs.
        let here = entry.params.get(parts.arguments.len());
        let groups = here.filter(|it| it.kind == Kind::Groups);
        match record.or(groups) {
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
        } else if let Some(theirs) = declared(entry, name, &text) {
            self.add_declared(theirs, (name, arg), parts);
        } else if let Some(why) = self.does_not_go(entry, name, &arg.value) {
            parts.left_out.push(LeftOut {
                span: arg.span,
                typed: name.to_owned(),
                why,
            });
        } else if let Some(param) = entry.param(name).or_else(|| synonym(entry, name)) {
            let text = self.value_of(param, &arg.value, text);
            parts.arguments.push(format!("{}={text}", param.name));
        } else if renames(entry).is_some() {
            let text = match &arg.value.kind {
                ExprKind::Name(_) | ExprKind::Word { .. } => quoted(&text),
                _ => text,
            };
            parts.pairs.push((quoted(name), text));
        } else {
            parts.leave_out((name, arg), scanpy::instead(entry, name));
        }
    }

    /// An argument that the command has declared.
    fn add_declared(&self, theirs: Theirs, (name, arg): (&str, &Arg), parts: &mut Parts) {
        let value = &arg.value;
        let text = value.span.text(&self.source.text);
        let is_true = matches!(value.kind, ExprKind::Bool(true));
        match theirs {
            Theirs::Condition(form) => parts.conditions.push(form.replace("{}", text)),
            Theirs::Beyond(column) => parts.beyond = Some((column, text.to_owned())),
            Theirs::Above(column) => parts.above = is_true.then_some(column),
            Theirs::Groups => {
                parts.conditions.push(self.of_idents(value));
                let others = self.other_columns_of(value);
                parts.remarks.extend(others.map(|it| (value.span, it)));
            }
            Theirs::Inverted => parts.inverted = is_true,
            Theirs::List(form) => {
                let items = self.listed_items(value, text.to_owned()).join(", ");
                parts.arguments.push(form.replace("{}", &items));
            }
            Theirs::When { is, then, .. } if is_value(value, is) => {
                parts.arguments.push(then.to_owned());
            }
            Theirs::When { otherwise: "", .. } => {}
            Theirs::When {
                otherwise: instead, ..
            }
            | Theirs::IfText(_, instead)
            | Theirs::Instead(instead) => parts.leave_out((name, arg), Some(instead)),
        }
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
            let groups: Vec<&str> = parts.pairs.iter().map(|(group, _)| &**group).collect();
            // `rename_categories("leiden", [...])` names the column.
            let by = match parts.arguments.pop_if(|it| it.starts_with(['"', '\''])) {
                Some(column) => column,
                None => self.groups_with(&groups),
            };
            let pairs = parts.pairs.iter();
            let pairs: Vec<String> = pairs
                .map(|(group, name)| format!("{group}: {name}"))
                .collect();
            let names = renames(entry).map_or("map", |param| param.name);
            let pairs = pairs.join(", ");
            parts.arguments.push(format!("by={by} {names}={{{pairs}}}"));
        }
        parts.conditions.extend(match (&parts.beyond, parts.above) {
            (Some((column, least)), Some(above)) if *column == above => {
                Some(format!("{column} > {least}"))
            }
            (Some((column, least)), _) => Some(format!("abs({column}) > {least}")),
            (None, Some(column)) => Some(format!("{column} > 0")),
            (None, None) => None,
        });
        if !parts.conditions.is_empty() {
            let all = parts.conditions.join(" and ");
            let all = if parts.inverted {
                format!("(not ({all}))")
            } else {
                format!("({all})")
            };
            let is_of_rows = |param: &&Param| matches!(param.kind, Kind::Rows(_));
            parts
                .arguments
                .push(match entry.params.iter().find(is_of_rows) {
                    Some(rows) => format!("{}={all}", rows.name),
                    None => all,
                });
        }
        for argument in &parts.arguments {
            line += &format!(" {argument}");
        }
        Translated {
            line,
            from: None,
            left_out: parts.left_out,
            remarks: parts.remarks,
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
            // `normalize="index"` of pandas.
            (Kind::Bool, ExprKind::Text(_)) => "true".to_owned(),
            _ => text,
        }
    }

    /// An argument as it stands, in parentheses where the command form needs them.
    pub(in crate::eval) fn as_operand(&self, value: &Expr) -> String {
        // `new.ids` of R is `new_ids` here.
        if let (ExprKind::Field(..), Some((span, name))) =
            (&value.kind, self.dotted_variable(value.span.start))
            && span == value.span
        {
            return name;
        }
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
}

/// The number of the first ones that a range stands for: `1..11` and `0..10` are ten.
pub(in crate::eval) fn first_numbers(range: &Expr) -> Option<f64> {
    let ExprKind::Range(from, to) = &range.inner().kind else {
        return None;
    };
    let (from, to) = (from.literal_number()?, to.literal_number()?);
    (from == 0.0 || from == 1.0).then_some(to - from)
}

/// What a command has declared of an argument of another tool's, with this text as its value.
fn declared(entry: &Entry, name: &str, text: &str) -> Option<Theirs> {
    let mut declared = entry.spec.theirs.iter();
    let (_, is) = declared.find(|(theirs, _)| *theirs == name)?;
    match is {
        Theirs::IfText(part, _) if !text.contains(part) => None,
        is => Some(*is),
    }
}

/// Whether a value is what a declaration spells so: `true`, or a number.
fn is_value(value: &Expr, spelled: &str) -> bool {
    match value.kind {
        ExprKind::Bool(truth) => truth.to_string() == spelled,
        _ => value.literal_number().map(number_text).as_deref() == Some(spelled),
    }
}

/// Whether a command puts several datasets together.
fn joins(entry: &Entry) -> bool {
    let first = entry.params.first();
    first.is_some_and(|param| param.kind == Kind::Datasets)
}

/// The parameter for the names that a command gives groups in place of theirs.
fn renames(entry: &Entry) -> Option<&Param> {
    let mut params = entry.params.iter();
    params.find(|param| param.kind == Kind::Record && param.required())
}

/// Whether a call has an argument without a name.
fn has_place(call: &Call) -> bool {
    call.positional().next().is_some()
}
