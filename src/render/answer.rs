//! Single values: numbers, texts, lists, columns.

use super::harmless::{lines, shown};
use super::number::{counted, number};
use super::screen::Screen;
use super::table;
use crate::data::Column;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// What an expression gave.
#[derive(Debug, Clone)]
pub enum Answer {
    Nothing,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Answer>),
    Record(Vec<(String, Answer)>),
    Column(Arc<Column>),
    /// Not computed yet: what it will be, as `category, one per cell`, and the expression to compute.
    Pending(String, String),
}

impl Answer {
    /// For the user; a column is cut to the screen's width.
    pub fn draw(&self, screen: &Screen) -> String {
        match self {
            Answer::Text(text) => format!("{}\n", lines(text)),
            Answer::Column(column) => draw_column(column, screen),
            Answer::Pending(what, expression) => {
                format!("pending: {what}; `compute {expression}` shows it\n")
            }
            answer => format!("{}\n", answer.inline()),
        }
    }

    /// On one line, as the language writes it.
    fn inline(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Answer::Nothing => "none".to_owned(),
            Answer::Bool(truth) => truth.to_string(),
            Answer::Number(value) => number(*value),
            Answer::Text(text) => format!("{text:?}"),
            Answer::List(list) => {
                format!("[{}]", joined(list.iter().map(Answer::inline).collect()))
            }
            Answer::Record(fields) => {
                let field =
                    |(name, value): &(String, Answer)| format!("{name:?}: {}", value.inline());
                format!("{{{}}}", joined(fields.iter().map(field).collect()))
            }
            Answer::Column(column) => counted(column.len() as u64, "value"),
            Answer::Pending(what, _) => format!("pending: {what}"),
        }
    }

    /// Off a terminal: numbers in full, a column with one value per line.
    pub fn plain(&self) -> String {
        match self {
            Answer::Number(value) => format!("{value}\n"),
            Answer::Column(column) => (0..column.len())
                .map(|i| format!("{}\n", shown(&column.text(i))))
                .collect(),
            answer => answer.draw(&Screen::PIPE),
        }
    }

    pub fn to_json(&self) -> Value {
        match self {
            Answer::Nothing => Value::Null,
            Answer::Bool(truth) => json!(truth),
            Answer::Number(value) => table::number(*value),
            Answer::Text(text) => json!(text),
            Answer::List(list) => list.iter().map(Answer::to_json).collect(),
            Answer::Record(fields) => {
                let field = |(name, value): &(String, Answer)| (name.clone(), value.to_json());
                Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
            }
            Answer::Column(column) => table::values(column),
            Answer::Pending(what, _) => json!({ "pending": what }),
        }
    }
}

/// How many values of which kind, and the first of them.
fn draw_column(column: &Column, screen: &Screen) -> String {
    let kind = match column {
        Column::Number(_) => "number",
        Column::Bool(_) => "boolean",
        Column::Text(_) => "text",
        Column::Category(_) => "category value",
    };
    let head = counted(column.len() as u64, kind);
    let mut line = format!("{head}  ");
    for (i, text) in table::texts(column, column.len().min(200))
        .iter()
        .enumerate()
    {
        let last = i + 1 == column.len();
        let room = screen
            .width
            .saturating_sub(line.width() + 1 + if last { 0 } else { 2 });
        if text.width() > room {
            break;
        }
        line.push_str(&format!(" {text}"));
        if last {
            return line + "\n";
        }
    }
    format!("{line} …\n").replace("   …", "  …")
}

#[cfg(test)]
mod tests {
    use super::super::screen::Depth;
    use super::*;
    use crate::data::NumberType;

    #[test]
    fn as_the_language_writes_them() {
        let list = Answer::List(vec![
            Answer::Number(2638.0),
            Answer::Text("CD3D".to_owned()),
            Answer::Nothing,
        ]);
        let screen = Screen::of(80, 24, Depth::None);
        assert_eq!(list.draw(&screen), "[2,638, \"CD3D\", none]\n");
        assert_eq!(list.to_json(), json!([2638, "CD3D", null]));
        let record = Answer::Record(vec![("a".to_owned(), Answer::Bool(true))]);
        assert_eq!(record.draw(&screen), "{\"a\": true}\n");
        assert_eq!(Answer::Number(0.1 + 0.2).plain(), "0.30000000000000004\n");
        assert_eq!(Answer::Text("a b".to_owned()).draw(&screen), "a b\n");
    }

    #[test]
    fn columns_show_their_beginning() {
        let numbers = |n: usize| {
            let values = (0..n).map(|i| i as f64 / 2.0).collect();
            Answer::Column(Arc::new(Column::numbers(values, NumberType::F64)))
        };
        let screen = Screen::of(40, 24, Depth::None);
        assert_eq!(numbers(3).draw(&screen), "3 numbers   0.0 0.5 1.0\n");
        assert_eq!(
            numbers(2000).draw(&screen),
            "2,000 numbers   0.0 0.5 1.0 1.5 2.0 …\n"
        );
        assert_eq!(numbers(0).draw(&screen), "0 numbers  …\n");
        assert_eq!(numbers(2).plain(), "0\n0.5\n");
    }
}
