//! Groups as Seurat's users name them, without the column they are in: `idents = c("B", "NK")`.

use crate::command::value::quoted;
use crate::data::{Column, ColumnType, Dataset, Promise};
use crate::eval::Interpreter;
use crate::lang::ast::{Expr, ExprKind};
use crate::lang::words::is_plain;

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
    pub(in crate::eval) fn groups_with(&self, wanted: &[&str]) -> String {
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
