//! Groups as Seurat's users name them, without the column they are in: `idents = c("B", "NK")`.

use crate::command::value::quoted;
use crate::data::{Column, ColumnType, Dataset, Promise};
use crate::eval::Interpreter;
use crate::lang::ast::{Expr, ExprKind};
use crate::lang::words::spelled;

impl Interpreter<'_> {
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

    /// The column of groups of the dataset at hand that has all of these, in quotes; `leiden` where
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
