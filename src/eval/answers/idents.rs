//! Groups given without their column, as Seurat users write them: `idents = c("B", "NK")`.

use crate::command::Val;
use crate::command::value::quoted;
use crate::data::{Column, ColumnType, Dataset, Promise};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::column_names::our_name;
use crate::lang::ast::{Call, Expr, ExprKind, Name};
use crate::lang::words::spelled;
use crate::source::Span;

impl Interpreter<'_> {
    /// `adata.obs["leiden"].cat.rename_categories(["T", "B"])`.
    pub(in crate::eval) fn renamed_levels(
        &self,
        base: &Expr,
        method: &Name,
        call: &Call,
    ) -> Option<(String, Span)> {
        let column = match &base.kind {
            ExprKind::Field(column, cat) if cat.text == "cat" => column,
            _ => return None,
        };
        let first = call
            .args
            .first()
            .filter(|_| method.text == "rename_categories")?;
        let (root, key) = self.column_given(column)?;
        let typed = |expr: &Expr| expr.span.text(&self.source.text).to_owned();
        let map = match &first.value.kind {
            ExprKind::List(names) => {
                let named = names.iter().enumerate();
                let named = named.map(|(level, name)| format!("\"{level}\": {}", typed(name)));
                format!("{{{}}}", named.collect::<Vec<_>>().join(", "))
            }
            ExprKind::Record(_) => typed(&first.value),
            _ => return None,
        };
        Some((format!("label {root} by={key} map={map}"), first.span))
    }

    /// The items of `c(a, b)` and `[a, b]`, or the one value.
    pub(in crate::eval) fn listed_items(&self, value: &Expr, text: String) -> Vec<String> {
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
    pub(in crate::eval) fn of_idents(&self, value: &Expr) -> String {
        let items = self.quoted_items(value);
        let groups: Vec<&str> = items.iter().map(String::as_str).collect();
        let by = self.groups_with(&groups);
        match &items[..] {
            [one] => format!("{by} == {one}"),
            all => format!("{by} in [{}]", all.join(", ")),
        }
    }

    /// The items as texts in quotes.
    pub(in crate::eval) fn quoted_items(&self, value: &Expr) -> Vec<String> {
        let text = value.span.text(&self.source.text).to_owned();
        let items = self.listed_items(value, text);
        let as_text = |item: String| quoted(item.trim_matches(['"', '\'']));
        items.into_iter().map(as_text).collect()
    }

    /// What is said where several columns have the groups: which one is used, and which others there are.
    pub(in crate::eval) fn other_columns_of(&self, value: &Expr) -> Option<String> {
        let items = self.quoted_items(value);
        let groups: Vec<&str> = items.iter().map(String::as_str).collect();
        match &self.columns_with(&groups)[..] {
            [] | [_] => None,
            [used, others @ ..] => Some(format!(
                "is taken from {used}; {} has it, too",
                others.join(", ")
            )),
        }
    }

    /// `Idents(x) <- "cell_type"` and `names(ids) <- levels(x)`, by which groups are chosen and named in Seurat:
    /// a figure of those groups, and the names as `label` takes them.
    pub(in crate::eval) fn assigned_groups(
        &self,
        name: &Name,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let text = &self.source.text;
        let behind = &text[call.span.end..];
        let end = behind.find(['\n', ';']).unwrap_or(behind.len());
        let value = behind[..end].trim_start();
        let value = value.strip_prefix("<-").or(value.strip_prefix('='))?.trim();
        let (line, label) = match name.text.as_str() {
            _ if value.starts_with('=') => return None,
            "Idents" => {
                let subject = self.subject_text(call)?;
                let column = column_of(value);
                let column = column.unwrap_or_else(|| self.color_of_groups(Some(&subject)));
                let line = format!("plot {subject} color={}", spelled(&column));
                (line, "each command is told its groups, with by= or color=")
            }
            "names" | "levels" => {
                let given = self.as_operand(&call.positional().next()?.value);
                let Some(Val::List(names)) = self.session.get(&given) else {
                    return None;
                };
                let of = value
                    .strip_prefix("levels(")
                    .and_then(|it| it.strip_suffix(')'));
                let of = of.filter(|it| matches!(self.session.get(it), Some(Val::Dataset(..))));
                let subject = of.or_else(|| self.session.current().map(|(name, _)| name))?;
                let by = self.color_of_groups(Some(subject));
                let pairs = names.iter().enumerate();
                let pairs = pairs.map(|(level, name)| format!("\"{level}\": {name}"));
                let pairs = pairs.collect::<Vec<_>>().join(", ");
                (
                    format!("label {subject} by={by} map={{{pairs}}}"),
                    "the names of groups are given to label",
                )
            }
            _ => return None,
        };
        let span = Span::new(
            call.span.start,
            call.span.end + behind[..end].trim_end().len(),
        );
        let headline = format!("no command `{}`", name.text);
        let error = self.error(code::FOREIGN_CALL, headline, name.span, label);
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// The column of groups of the current dataset that has all of these, in quotes; `leiden` where
    /// none is known to.
    pub(in crate::eval) fn groups_with(&self, wanted: &[&str]) -> String {
        let mut columns = self.columns_with(wanted).into_iter();
        columns.next().unwrap_or_else(|| "leiden".to_owned())
    }

    /// All such columns, in their order.
    pub(in crate::eval) fn columns_with(&self, wanted: &[&str]) -> Vec<String> {
        let Some((_, data)) = self.session.current() else {
            return Vec::new();
        };
        let keys = data.obs.keys();
        let keys = keys.filter(|key| has_groups(data, key, wanted));
        keys.map(|key| spelled(key)).collect()
    }
}

/// The column that is assigned: `"cell_type"`, `x$cell_type`, `x@meta.data$cell_type`, `x.obs.cell_type`.
fn column_of(value: &str) -> Option<String> {
    let quoted = value.strip_prefix(['"', '\'']);
    let column = match quoted {
        Some(inner) => inner.strip_suffix(['"', '\''])?,
        None => value.rsplit_once(['$', '.'])?.1,
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    (!column.is_empty() && column.chars().all(is_name)).then(|| our_name(column).to_owned())
}

/// Whether a column of obs has all of these groups, which are in quotes; as far as that is known.
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
