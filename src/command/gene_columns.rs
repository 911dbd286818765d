//! Genes that are not found by their names, but in a column of var: the line that reads the file by it.

use super::value::quoted;
use crate::data::{Column, Dataset};
use crate::lang::words::spelled;

/// The column of var in which genes that are looked for are found, and the line that names genes by it.
pub fn line_that_names(data: &Dataset, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
    let found = data.var.iter().find(|(_, slot)| {
        // A damaged file is reported by the step that reads the column.
        let known = slot.value.known().ok().flatten();
        match known
            .and_then(|value| value.column())
            .map(|column| &**column)
        {
            Some(Column::Category(category)) => category.levels.iter().any(&is_wanted),
            Some(Column::Text(texts)) => texts.iter().any(&is_wanted),
            _ => false,
        }
    });
    let (key, _) = found?;
    Some(format!("var.{key} has it: {}", line(data, "adata", key)))
}

/// The statement that reads a dataset with genes named by a column of var.
pub fn line(data: &Dataset, name: &str, key: &str) -> String {
    let steps = data.history.steps();
    let first = steps.first().map(|step| step.statement.of(name));
    let read = first.filter(|line| line.starts_with("read "));
    let read = read.unwrap_or_else(|| format!("read {}", quoted(&data.from)));
    format!("{name} = {read} var_names={}", spelled(key))
}
