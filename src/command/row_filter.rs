//! Conditions on the rows of a table that is not computed yet: they are checked against the names and
//! types of its columns when they are typed, and applied to the rows later.

pub use super::params::Headings;
use super::params::Kind;
use crate::data::{Column, Table};
use crate::diagnostic::Diagnostic;
use std::fmt;
use std::sync::Arc;

/// Takes the notes on rows that have no value.
pub type Notes<'a> = &'a mut dyn FnMut(Box<Diagnostic>);

/// A column made of a table's columns; the error is a headline.
pub type OfTable = Arc<dyn Fn(&Table, Notes) -> Result<Column, String> + Send + Sync>;

/// A boolean for each row.
#[derive(Clone)]
pub struct RowTest(pub OfTable);

impl RowTest {
    /// The rows that hold it, in their order.
    pub fn rows(&self, table: &Table, notes: Notes) -> Result<Vec<u32>, String> {
        let truths = match (self.0)(table, notes)? {
            Column::Bool(truths) => truths,
            other => {
                return Err(format!(
                    "a {} is not a condition",
                    other.column_type().word()
                ));
            }
        };
        let holds = |i: u32| match &truths[..] {
            [all] => *all,
            truths => truths[i as usize],
        };
        Ok((0..table.n_rows() as u32).filter(|&i| holds(i)).collect())
    }
}

impl fmt::Debug for RowTest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("RowTest")
    }
}

/// Declares a parameter that is a condition on the rows of a table with these columns.
#[macro_export]
macro_rules! rows {
    ($(#[$about:meta])* $name:ident of $headings:expr) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name(pub $crate::command::row_filter::RowTest);

        impl $crate::command::Arg for $name {
            const KIND: $crate::command::Kind = $crate::command::row_filter::kind($headings);
            fn from_val(value: &$crate::command::Val) -> Option<Self> {
                match value {
                    $crate::command::Val::Rows(test) => Some($name(test.clone())),
                    _ => None,
                }
            }
            fn to_val(&self) -> $crate::command::Val {
                $crate::command::Val::Rows(self.0.clone())
            }
        }
    };
}

/// What such a parameter accepts.
pub const fn kind(headings: Headings) -> Kind {
    Kind::Rows(headings)
}
