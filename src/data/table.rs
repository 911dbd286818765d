//! A table: the result of commands such as `markers`.

use super::column::Column;
use std::sync::Arc;

/// Named columns of one length.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub columns: Vec<(String, Arc<Column>)>,
    /// One line above the table.
    pub title: Option<String>,
}

impl Table {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(mut self, heading: impl Into<String>, column: Column) -> Self {
        self.columns.push((heading.into(), Arc::new(column)));
        self
    }

    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    pub fn column(&self, heading: &str) -> Option<&Arc<Column>> {
        self.columns
            .iter()
            .find(|(name, _)| name == heading)
            .map(|(_, column)| column)
    }

    /// The rows at `positions`, in that order.
    pub fn pick(&self, positions: &[u32]) -> Table {
        Table {
            columns: self
                .columns
                .iter()
                .map(|(name, column)| (name.clone(), Arc::new(column.pick(positions))))
                .collect(),
            title: self.title.clone(),
        }
    }
}
