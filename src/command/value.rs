//! Values of the language, as commands and expressions see them.

use crate::data::figure::Figure;
use crate::data::{Axis, ColumnType, Dataset, Lazy, Matrix, SlotName, Table, Uns};
use std::fmt;
use std::sync::Arc;

/// What a column has one value of.
#[derive(Debug, Clone)]
pub enum Along {
    Cells(Axis),
    Genes(Axis),
    /// A single value that may still be promised.
    One,
}

/// A column, there or promised.
#[derive(Debug, Clone)]
pub struct LazyColumn {
    pub value: Lazy,
    pub along: Along,
    pub column_type: ColumnType,
}

impl LazyColumn {
    /// A single integer that f64 does not hold, if the column is one and there.
    pub fn single_exact(&self) -> Option<i128> {
        let column = self.value.get()?.column()?;
        let one = matches!(self.along, Along::One);
        one.then(|| column.single_exact()).flatten()
    }
}

#[derive(Debug, Clone)]
pub enum Val {
    None,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Val>),
    Record(Vec<(String, Val)>),
    /// Numbers from the first up to the second, excluded.
    Range(f64, f64),
    /// A dataset, and the table that the command that made it has to show, if any.
    Dataset(Arc<Dataset>, Option<Lazy>),
    Column(LazyColumn),
    Matrix(Arc<Dataset>, SlotName, Box<Matrix>),
    /// Something else of a dataset: `obsm`, `obsp`, `varm`.
    Slot(SlotName, Lazy),
    /// `adata.obs` and the like, as a whole.
    Part(Arc<Dataset>, crate::data::Place),
    Uns(Arc<Uns>),
    Table(Lazy),
    /// A condition on the rows of a table.
    Rows(super::row_filter::RowTest),
    Figure(Arc<Figure>),
    /// While checking: a value that is known only when the script runs.
    Unknown,
}

impl Val {
    pub fn text(text: impl Into<String>) -> Val {
        Val::Text(text.into())
    }

    pub fn table(table: Table) -> Val {
        Val::Table(Lazy::ready(crate::data::Value::Table(Arc::new(table))))
    }

    /// A single value that is promised.
    pub fn promised(value: Lazy, column_type: ColumnType) -> Val {
        Val::Column(LazyColumn {
            value,
            along: Along::One,
            column_type,
        })
    }

    /// Its type in a sentence: `a number`, `text`, `none`.
    pub fn described(&self) -> String {
        match (self, self.type_word()) {
            (Val::None | Val::Unknown | Val::Text(_), word) => word.to_owned(),
            (_, word @ ("text" | "unknown")) => word.to_owned(),
            (_, word) => format!("a {word}"),
        }
    }

    /// The word for its type in messages and in `type x`.
    pub fn type_word(&self) -> &'static str {
        match self {
            Val::None => "none",
            Val::Bool(_) => "boolean",
            Val::Number(_) => "number",
            Val::Text(_) => "text",
            Val::List(_) => "list",
            Val::Record(_) => "record",
            Val::Range(..) => "range",
            Val::Dataset(_, None) => "dataset",
            Val::Dataset(..) => "table",
            Val::Column(LazyColumn {
                along: Along::One,
                column_type,
                ..
            }) => column_type.word(),
            Val::Column(_) => "column",
            Val::Matrix(..) => "matrix",
            Val::Slot(name, _) if name.place == crate::data::Place::Obsp => "graph",
            Val::Slot(..) => "matrix",
            Val::Part(..) => "part of a dataset",
            Val::Uns(_) => "record",
            Val::Table(_) => "table",
            Val::Rows(_) => "condition",
            Val::Figure(_) => "figure",
            Val::Unknown => "unknown",
        }
    }
}

/// As it would be typed: `"CD3D"`, `[0.5, 1]`, `1e4`.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Val::None => f.write_str("none"),
            Val::Bool(truth) => write!(f, "{truth}"),
            Val::Number(number) => write!(f, "{}", number_text(*number)),
            Val::Text(text) => write!(f, "{}", quoted(text)),
            Val::List(items) => {
                let items: Vec<String> = items.iter().map(Val::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Val::Record(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(key, value)| format!("{}: {value}", quoted(key)))
                    .collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
            Val::Range(from, to) => write!(f, "{}..{}", number_text(*from), number_text(*to)),
            Val::Dataset(data, None) => f.write_str(&data.from),
            // An integer that f64 does not hold.
            Val::Column(column) if column.single_exact().is_some() => {
                write!(f, "{}", column.single_exact().unwrap_or_default())
            }
            other => f.write_str(other.type_word()),
        }
    }
}

/// A number as the user would type it.
pub fn number_text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-4..1e15).contains(&size) {
        format!("{number}")
    } else {
        format!("{number:e}")
    }
}

/// A text in quotes, with what needs escaping escaped.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' | '{' | '}' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
