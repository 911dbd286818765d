//! Values of the language as `render` shows them. Nothing is computed for it; what lies in a
//! file is read.

use crate::command::value::number_text;
use crate::command::{Along, LazyColumn, Val, suggest};
use crate::data::{Axis, Column, Dataset, Lazy, Maker, Place, Slot, Table, Uns, Value};
use crate::lang::words::is_plain;
use crate::plan::aligned;
use crate::render::number::{count, counted};
use crate::render::{Answer, Terminal};
use std::sync::Arc;

/// The name that `compute` shows for a value without one.
const LAST: &str = "last";
/// What a dataset without a name is called.
const NAMELESS: &str = "it";

/// How a value is asked for, and how much of it is wanted.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The variable that it is bound to.
    pub name: Option<&'a str>,
    /// The expression that gives it.
    pub expression: Option<&'a str>,
    /// Tables are shown uncut.
    pub whole: bool,
}

/// Shows a value.
pub fn show(terminal: &mut Terminal, value: &Val, asked: Asked) {
    let whole = asked.whole;
    let expression = asked.expression.or(asked.name).unwrap_or(LAST);
    match value {
        Val::Dataset(_, Some(table)) | Val::Table(table) => {
            lazy_table(terminal, table, whole, expression);
        }
        Val::Dataset(data, _) => {
            let called = asked.expression.filter(|it| is_plain(it));
            terminal.dataset(asked.name.or(called).unwrap_or(NAMELESS), data);
        }
        Val::Part(data, place @ (Place::Obs | Place::Var)) => {
            let (table, pending) = part(data, *place);
            if whole {
                terminal.whole_table(&table);
            } else {
                terminal.table(&table);
            }
            if !pending.is_empty() {
                let pending = suggest::listed(&pending);
                let line = format!("not computed yet: {pending}; `compute {expression}` shows all");
                terminal.status(&line, "");
            }
        }
        Val::Figure(figure) => terminal.figure(figure),
        value => terminal.value(&match answer(value) {
            Answer::Pending(what, _) => Answer::Pending(what, expression.to_owned()),
            answer => answer,
        }),
    }
}

fn lazy_table(terminal: &mut Terminal, table: &Lazy, whole: bool, expression: &str) {
    match at_hand(table) {
        Some(Value::Table(table)) if whole => terminal.whole_table(&table),
        Some(Value::Table(table)) => terminal.table(&table),
        _ => terminal.value(&Answer::Pending("table".to_owned(), expression.to_owned())),
    }
}

/// The value, if it is known, or in a file that can be read.
fn at_hand(lazy: &Lazy) -> Option<Value> {
    if let (None, Some(Maker::File(load))) = (lazy.get(), lazy.maker()) {
        lazy.fill(load.load().ok()?);
    }
    lazy.get().cloned()
}

/// A slot on the present cells or genes, if it and what was selected are at hand.
fn present(slot: &Slot, axis: Option<&Axis>) -> Option<Value> {
    at_hand(&slot.value);
    at_hand(&aligned(slot, axis))
}

fn answer(value: &Val) -> Answer {
    match value {
        Val::None => Answer::Nothing,
        Val::Bool(truth) => Answer::Bool(*truth),
        Val::Number(number) => Answer::Number(*number),
        Val::Text(text) => Answer::Text(text.clone()),
        Val::List(items) => Answer::List(items.iter().map(answer).collect()),
        Val::Record(fields) => Answer::Record(
            fields
                .iter()
                .map(|(key, value)| (key.clone(), answer(value)))
                .collect(),
        ),
        Val::Range(from, to) => {
            Answer::Text(format!("{}..{}", number_text(*from), number_text(*to)))
        }
        Val::Column(column) => of_column(column),
        Val::Matrix(data, name, matrix) => Answer::Text(format!(
            "{name}: {} × {}, {}",
            axis(&data.cells, "cell"),
            axis(&data.genes, "gene"),
            matrix.state.word()
        )),
        Val::Slot(name, lazy) => of_slot(&name.to_string(), lazy),
        Val::Part(data, place) => Answer::List(keys(data, *place)),
        Val::Uns(uns) => of_uns(uns),
        Val::Dataset(data, _) => Answer::Text(data.from.clone()),
        Val::Table(_) => pending("table"),
        Val::Rows(_) => pending("condition"),
        Val::Figure(_) => Answer::Text("figure".to_owned()),
        Val::Unknown => pending("value"),
    }
}

/// What is not computed yet.
fn pending(what: &str) -> Answer {
    Answer::Pending(what.to_owned(), LAST.to_owned())
}

fn axis(axis: &Axis, thing: &str) -> String {
    match axis.len() {
        Some(len) => counted(len as u64, thing),
        None => format!("at most {}", counted(axis.at_most() as u64, thing)),
    }
}

fn of_column(column: &LazyColumn) -> Answer {
    let one = matches!(column.along, Along::One);
    match at_hand(&column.value) {
        Some(Value::Column(values)) if one && values.len() == 1 => single(&values),
        Some(Value::Column(values)) => Answer::Column(values),
        Some(Value::Names(names)) => Answer::Column(Arc::new(Column::Text((*names).clone()))),
        _ => {
            let kind = column.column_type.word();
            pending(&match &column.along {
                Along::Cells(_) => format!("{kind}, one per cell"),
                Along::Genes(_) => format!("{kind}, one per gene"),
                Along::One => kind.to_owned(),
            })
        }
    }
}

fn single(column: &Column) -> Answer {
    match column {
        column if column.single_exact().is_some() => Answer::Text(column.text(0)),
        Column::Number(numbers) => Answer::Number(numbers.values[0]),
        Column::Bool(values) => Answer::Bool(values[0]),
        other => Answer::Text(other.text(0)),
    }
}

fn of_slot(name: &str, lazy: &Lazy) -> Answer {
    Answer::Text(match at_hand(lazy) {
        Some(Value::Dense(dense)) => {
            let (rows, columns) = dense.dim();
            format!("{name}: {} × {columns}", count(rows as u64))
        }
        Some(Value::Graph(graph)) => {
            let edges = counted(graph.nnz() as u64, "entry").replace("entrys", "entries");
            format!(
                "{name}: graph of {} nodes, {edges}",
                count(graph.rows() as u64)
            )
        }
        Some(_) => name.to_owned(),
        None => return pending(name),
    })
}

fn keys(data: &Dataset, place: Place) -> Vec<Answer> {
    let keys: Vec<&String> = match place {
        Place::Layers => data.layers.keys().collect(),
        place => data
            .slots(place)
            .into_iter()
            .flat_map(|it| it.keys())
            .collect(),
    };
    keys.into_iter().cloned().map(Answer::Text).collect()
}

fn of_uns(uns: &Uns) -> Answer {
    let table = |columns: &[(String, Column)]| {
        let fields = columns
            .iter()
            .map(|(key, column)| (key.clone(), Answer::Column(Arc::new(column.clone()))));
        Answer::Record(fields.collect())
    };
    match uns {
        Uns::Null => Answer::Nothing,
        Uns::Map(map) => Answer::Record(
            map.iter()
                .map(|(key, value)| (key.clone(), of_uns(value)))
                .collect(),
        ),
        Uns::Text(text) => Answer::Text(text.clone()),
        Uns::Number(number) => Answer::Number(*number),
        Uns::Integer(number) => Answer::Number(*number as f64),
        Uns::Bool(truth) => Answer::Bool(*truth),
        Uns::Texts(names) => Answer::List(
            names
                .iter()
                .map(|name| Answer::Text(name.to_owned()))
                .collect(),
        ),
        Uns::Array(array) if array.len() <= 20 => numbers(array.iter().copied()),
        Uns::Array32(array) if array.len() <= 20 => numbers(array.iter().map(|&x| x.into())),
        Uns::Array(array) => shape(array.shape()),
        Uns::Array32(array) => shape(array.shape()),
        Uns::Steps(values) => numbers(values.iter().map(|&x| x as f64)),
        Uns::Truths(truths) => {
            Answer::List(truths.iter().map(|&truth| Answer::Bool(truth)).collect())
        }
        Uns::Records(columns) | Uns::Frame(_, columns) => table(columns),
        Uns::Column(column) => Answer::Column(column.clone()),
        Uns::TextArray(dimensions, _) => shape(dimensions),
        Uns::Exact(array) if array.shape.is_empty() => {
            Answer::Number(array.numbers().next().unwrap_or(f64::NAN))
        }
        Uns::Exact(array) if array.bytes.len() <= 160 => numbers(array.numbers()),
        Uns::Exact(array) => shape(&array.shape),
        Uns::Sparse(sparse) => shape(&sparse.shape),
        Uns::Graph(graph) => shape(&[graph.rows(), graph.cols()]),
        Uns::Made(making) => match making.make() {
            Ok(made) => of_uns(&made),
            Err(error) => Answer::Text(error.to_string()),
        },
        Uns::Stored(_) => Answer::Text("stored in the file".to_owned()),
    }
}

fn numbers(values: impl Iterator<Item = f64>) -> Answer {
    Answer::List(values.map(Answer::Number).collect())
}

fn shape(shape: &[usize]) -> Answer {
    let sides: Vec<String> = shape.iter().map(|&side| count(side as u64)).collect();
    Answer::Text(format!("array of {}", sides.join(" × ")))
}

/// The columns of obs or var that are there, and the names of those still to be computed.
fn part(data: &Dataset, place: Place) -> (Table, Vec<String>) {
    let (names, heading) = match place {
        Place::Var => (&data.var_names, "gene"),
        _ => (&data.obs_names, "cell"),
    };
    let mut table = Table::new();
    if let Some(Value::Names(names)) = present(names, data.axis(place)) {
        table = table.with(heading, Column::Text((*names).clone()));
    }
    let mut pending = Vec::new();
    for (key, slot) in data.slots(place).into_iter().flatten() {
        match present(slot, data.axis(place)) {
            Some(Value::Column(column)) => table.columns.push((key.clone(), column)),
            _ => pending.push(key.clone()),
        }
    }
    (table, pending)
}
