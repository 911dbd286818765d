//! `uns`: a tree of dictionaries, scalars, arrays, records and frames.

use super::arrays::{StoredGraph, compression, not_understood};
use super::column::StoredColumn;
use super::frame::StoredFrame;
use crate::data::{Column, FileError, InFile, Load, Names, Uns, Value, stop};
use crate::io::stored::{DEEPEST, Element, Object, Values};
use indexmap::IndexMap;
use ndarray::ArrayD;
use std::sync::Arc;

/// An entry of `uns`, read when asked for.
#[derive(Debug)]
pub struct StoredUns {
    object: Object,
    current: bool,
    /// Members that are shown elsewhere, see [`StoredUns::without`].
    left_out: &'static [&'static str],
}

impl StoredUns {
    pub fn new(object: Object) -> Self {
        StoredUns {
            current: is_current(&object),
            object,
            left_out: &[],
        }
    }

    /// The same but for some members of the group; it cannot be copied whole then.
    pub fn without(object: Object, left_out: &'static [&'static str]) -> Self {
        StoredUns {
            object,
            current: false,
            left_out,
        }
    }
}

impl Load for StoredUns {
    fn load(&self) -> Result<Value, FileError> {
        let mut value = read(&self.object)?.unwrap_or_else(Uns::map);
        if let Uns::Map(map) = &mut value {
            map.retain(|key, _| !self.left_out.contains(&key.as_str()));
        }
        Ok(Value::Uns(Arc::new(value)))
    }

    fn in_file(&self) -> Option<InFile> {
        self.object.place().filter(|_| self.current)
    }
}

/// Whether an entry and everything in it says what it is, and nothing is `null`: then a file of
/// today can have a copy that older readers understand too.
fn is_current(object: &Object) -> bool {
    if is_too_deep(object) {
        return false;
    }
    match object.encoding().as_str() {
        "" | "null" => false,
        // Until 0.2.0 its categories were found by references, which no copy keeps.
        "dataframe" => object
            .text("encoding-version")
            .is_some_and(|v| v != "0.1.0"),
        "dict" => object.children().is_ok_and(|names| {
            names
                .iter()
                .all(|name| matches!(object.child(name), Ok(Some(child)) if is_current(&child)))
        }),
        _ => true,
    }
}

/// An entry with everything in it; `None` for a `null`.
///
/// # Errors
/// It cannot be read. What can be read but not understood is kept as stored.
pub fn read(object: &Object) -> Result<Option<Uns>, FileError> {
    stop::check(object.file())?;
    if is_too_deep(object) {
        let problem = format!("lies more than {DEEPEST} groups deep");
        return Err(object
            .fault(problem)
            .remedy("write the file again without it"));
    }
    if let Some(values) = object.values() {
        let scalar = values.shape.is_empty();
        return match object.encoding().as_str() {
            "null" => Ok(None),
            _ if scalar => single(object, values).map(Some),
            _ => array(object, values).map(Some),
        };
    }
    if !object.is_group() {
        return stored(object).map(Some);
    }
    Ok(Some(match object.encoding().as_str() {
        "null" => return Ok(None),
        "" | "dict" => match compression(object) {
            Some(graph) => read_graph(object, graph)?,
            None => read_map(object)?,
        },
        "csr_matrix" | "csc_matrix" => match compression(object) {
            Some(graph) => read_graph(object, graph)?,
            None => stored(object)?,
        },
        "dataframe" => read_frame(object)?,
        _ => stored(object)?,
    }))
}

/// Each level of groups costs stack.
fn is_too_deep(object: &Object) -> bool {
    object.path().matches('/').count() > DEEPEST
}

/// What is left in its file.
fn stored(object: &Object) -> Result<Uns, FileError> {
    object
        .place()
        .map(Uns::Stored)
        .ok_or_else(|| not_understood(object))
}

fn read_map(object: &Object) -> Result<Uns, FileError> {
    let mut map = IndexMap::new();
    for name in object.children()? {
        if let Some(value) = read(&object.need(&name)?)? {
            map.insert(name, value);
        }
    }
    Ok(Uns::Map(map))
}

fn read_graph(object: &Object, graph: (bool, [usize; 2])) -> Result<Uns, FileError> {
    let (by_column, shape) = graph;
    let graph = StoredGraph {
        object: object.clone(),
        shape,
        by_column,
        current: true,
    };
    Ok(Uns::Graph(Arc::new(graph.read()?)))
}

fn read_frame(object: &Object) -> Result<Uns, FileError> {
    let frame = StoredFrame::open(object.clone())?;
    let index = match &frame.index {
        Some(index) => index.names()?,
        None => Names::default(),
    };
    let columns = frame
        .columns
        .into_iter()
        .map(|(name, column)| Ok((name, column.read()?)))
        .collect::<Result<_, FileError>>()?;
    Ok(Uns::Frame(Arc::new(index), columns))
}

fn single(object: &Object, values: &Values) -> Result<Uns, FileError> {
    let unreadable = |reason| object.unreadable(reason);
    Ok(match &values.element {
        Element::Text => {
            let texts = values.texts().map_err(unreadable)?;
            Uns::Text(texts.get(0).to_owned())
        }
        Element::Truth(_) => Uns::Truth(values.truths().map_err(unreadable)?[0]),
        Element::Number(number) if number.float => {
            Uns::Number(values.read::<f64>(None).map_err(unreadable)?[0])
        }
        Element::Number(_) => Uns::Whole(values.read::<i64>(None).map_err(unreadable)?[0]),
        _ => stored(object)?,
    })
}

fn array(object: &Object, values: &Values) -> Result<Uns, FileError> {
    let unreadable = |reason| object.unreadable(reason);
    // Before 0.7 there were no scalars, only arrays of one; a reader wants the one.
    if values.shape == [1] && object.encoding().is_empty() {
        return single(object, values);
    }
    let shaped = |error: ndarray::ShapeError| object.fault(error.to_string());
    Ok(match &values.element {
        Element::Text if values.shape.len() == 1 => {
            Uns::Texts(Arc::new(values.texts().map_err(unreadable)?))
        }
        Element::Truth(_) if values.shape.len() == 1 => {
            Uns::Truths(values.truths().map_err(unreadable)?)
        }
        Element::Number(number) if number.float && number.size <= 4 => {
            let numbers = values.read::<f32>(None).map_err(unreadable)?;
            Uns::Array32(ArrayD::from_shape_vec(values.shape.clone(), numbers).map_err(shaped)?)
        }
        Element::Number(number) if !number.float && values.shape.len() == 1 => {
            Uns::Wholes(values.read::<i64>(None).map_err(unreadable)?)
        }
        Element::Number(_) => {
            let numbers = values.read::<f64>(None).map_err(unreadable)?;
            Uns::Array(ArrayD::from_shape_vec(values.shape.clone(), numbers).map_err(shaped)?)
        }
        Element::Record(fields) if values.shape.len() == 1 => records(object, fields)?,
        _ => stored(object)?,
    })
}

/// A record array; kept as stored if a field is neither number, text nor truth.
fn records(object: &Object, fields: &[String]) -> Result<Uns, FileError> {
    let mut columns: Vec<(String, Column)> = Vec::new();
    for name in fields {
        match StoredColumn::of_field(object, name) {
            Ok(column) => columns.push((name.clone(), column.read()?)),
            Err(_) => return stored(object),
        }
    }
    Ok(Uns::Records(columns))
}
