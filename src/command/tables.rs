//! Values that are tables: tables themselves, `adata.obs` and `adata.var`, the table that came
//! with a dataset, and what of uns has rows and columns.

use super::value::Val;
use crate::data::Graph;
use crate::data::{Column, Dataset, Lazy, Names, NumberType, Place, Promise, Table, Uns, Value};
use crate::diagnostic::Outcome;
use crate::plan::{Frame, Needs, light_step};
use ndarray::Ix2;
use std::sync::Arc;

/// The largest graph of uns that is shown as a table, by its nodes: PAGA's has one a group.
const LARGEST_GRAPH: usize = 1000;

/// The value as a table, there or promised; `None` if it is none.
pub fn of(value: &Val) -> Option<Lazy> {
    match value {
        Val::Table(table) | Val::Dataset(_, Some(table)) => Some(table.clone()),
        Val::Part(data, place @ (Place::Obs | Place::Var)) => Some(frame(data, *place)),
        Val::Uns(uns) => of_uns(uns).map(ready),
        _ => None,
    }
}

/// What the columns of a value that is a table are called, where that is known before it is computed.
pub fn headings(value: &Val) -> Option<Vec<String>> {
    match value {
        Val::Part(data, place @ (Place::Obs | Place::Var)) => {
            Some(Frame::new(data, *place).headings().to_vec())
        }
        _ => None,
    }
}

fn ready(table: Table) -> Lazy {
    Lazy::ready(Value::Table(Arc::new(table)))
}

/// obs or var: there if all of it is, promised otherwise.
fn frame(data: &Dataset, place: Place) -> Lazy {
    let frame = Frame::new(data, place);
    let there = frame
        .list()
        .iter()
        .map(|need| need.get().cloned())
        .collect();
    if let Some(values) = there {
        let values: Vec<Value> = values;
        return ready(frame.values(&mut values.iter()));
    }
    light_step(place.word(), None, frame, Promise::Table, |table, _| {
        Ok(Value::of(table))
    })
}

/// Records, frames, matrices and small graphs of uns; `None` for everything else.
pub fn of_uns(uns: &Uns) -> Option<Table> {
    let columns = |columns: &[(String, Column)]| {
        let columns = columns.iter();
        let columns = columns.map(|(name, column)| (name.clone(), Arc::new(column.clone())));
        Table {
            columns: columns.collect(),
            title: None,
        }
    };
    Some(match uns {
        Uns::Records(fields) => columns(fields),
        Uns::Frame(index, fields) => {
            let mut table = columns(fields);
            let called = index.called.clone().unwrap_or_else(|| "index".to_owned());
            let names = Arc::new(index.values.clone());
            table.columns.insert(0, (called, names));
            table
        }
        Uns::Array(array) => {
            let matrix = array.view().into_dimensionality::<Ix2>().ok()?;
            of_columns(matrix.columns().into_iter().map(|it| it.to_vec()))
        }
        Uns::Array32(array) => {
            let matrix = array.view().into_dimensionality::<Ix2>().ok()?;
            let wide =
                |column: ndarray::ArrayView1<f32>| column.iter().map(|&x| x.into()).collect();
            of_columns(matrix.columns().into_iter().map(wide))
        }
        Uns::Exact(array) if array.shape.len() == 2 => {
            let numbers: Vec<f64> = array.numbers().collect();
            let width = array.shape[1];
            of_columns(
                (0..width).map(|at| numbers.iter().skip(at).step_by(width).copied().collect()),
            )
        }
        Uns::Graph(graph) if graph.rows() <= LARGEST_GRAPH => of_graph(graph),
        Uns::Made(making) => return of_uns(&making.make().ok()?),
        _ => return None,
    })
}

/// A row for each node: its number, then the weight of its edge to each other node.
fn of_graph(graph: &Graph) -> Table {
    let mut columns = vec![vec![0.0; graph.rows()]; graph.cols()];
    for (weight, (row, column)) in graph.iter() {
        columns[column as usize][row as usize] = f64::from(*weight);
    }
    let nodes: Names = (0..graph.rows()).map(|node| node.to_string()).collect();
    let mut table = of_columns(columns.into_iter());
    table
        .columns
        .insert(0, ("node".to_owned(), Arc::new(Column::Text(nodes))));
    table
}

fn of_columns(columns: impl Iterator<Item = Vec<f64>>) -> Table {
    let named = columns.enumerate().map(|(at, values)| {
        let column = Column::numbers(values, NumberType::F64);
        (at.to_string(), Arc::new(column))
    });
    Table {
        columns: named.collect(),
        title: None,
    }
}

/// What is made of a table: at once where the table is there, promised where it is not.
pub fn made_of(
    table: &Lazy,
    label: &'static str,
    make: impl Fn(&Table) -> Outcome<Table> + Send + Sync + 'static,
) -> Outcome<Lazy> {
    if let Some(Value::Table(table)) = table.get() {
        return make(table).map(ready);
    }
    let table = table.clone();
    Ok(light_step(
        label,
        None,
        table,
        Promise::Table,
        move |value, _| match &value {
            Value::Table(table) => Ok(Value::of(make(table)?)),
            _ => Ok(value),
        },
    ))
}
