//! `uns`: a tree of dictionaries, scalars, arrays, records and frames.

use super::column::StoredColumn;
use super::frame::StoredFrame;
use super::sparse::{StoredGraph, compression};
use super::unknown_elements::not_understood;
use crate::data::{Column, FileError, FrameIndex, InFile, Load, Names, Uns, Value, stop};
use crate::io::declared::DEEPEST;
use crate::io::element::Element;
use crate::io::h5;
use crate::io::stored::{Object, Values};
use indexmap::IndexMap;
use ndarray::ArrayD;
use std::sync::Arc;

/// An entry of `uns`, read when asked for.
#[derive(Debug)]
pub struct StoredUns {
    object: Object,
    current: bool,
    /// It lies in `obsp` or `varp`.
    square: bool,
    /// Paths of entries that are shown elsewhere or not understood.
    left_out: Vec<String>,
}

impl StoredUns {
    pub fn new(object: Object) -> Self {
        StoredUns {
            current: is_current(&object),
            object,
            square: false,
            left_out: Vec::new(),
        }
    }

    /// The same, with the same cells or genes along both dimensions.
    pub fn square(self) -> Self {
        StoredUns {
            square: true,
            ..self
        }
    }

    /// The same but for some members of the group; it cannot be copied whole then.
    pub fn without(object: Object, left_out: &[&str]) -> Self {
        let path = |name: &&str| format!("{}/{name}", object.path());
        StoredUns {
            current: false,
            square: false,
            left_out: left_out.iter().map(path).collect(),
            object,
        }
    }

    /// What sca does not understand in it and cannot keep unread in its file either: that
    /// is left out, and the rest is read.
    ///
    /// # Errors
    /// All of it is to be left out.
    pub fn leave_out(&mut self) -> Result<Vec<FileError>, FileError> {
        let mut wrong = Vec::new();
        if self.object.place().is_none() {
            look(&self.object, &mut wrong)?;
            let paths = wrong.iter().filter_map(|error| error.object.clone());
            self.left_out.extend(paths);
        }
        Ok(wrong)
    }

    fn read(&self, exact: bool) -> Result<Value, FileError> {
        let reading = Reading {
            exact,
            left_out: &self.left_out,
        };
        let mut value = reading.read(&self.object)?;
        if let Uns::Exact(array) = &mut value {
            Arc::make_mut(array).square = self.square;
        }
        Ok(Value::Uns(Arc::new(value)))
    }
}

impl Load for StoredUns {
    fn load(&self) -> Result<Value, FileError> {
        self.read(false)
    }

    fn load_exact(&self) -> Result<Value, FileError> {
        self.read(true)
    }

    fn in_file(&self) -> Option<InFile> {
        self.object.place().filter(|_| self.current)
    }
}

/// Whether an entry and everything in it says what it is: then a file of today can have a copy.
fn is_current(object: &Object) -> bool {
    if is_too_deep(object) {
        return false;
    }
    match object.encoding().as_str() {
        "" => false,
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

/// Looks for what is not understood in a branch of `uns`, at its metadata alone; an error is about
/// the entry itself.
fn look(object: &Object, wrong: &mut Vec<FileError>) -> Result<(), FileError> {
    if let Some(values) = object.values() {
        let known = match &values.element {
            Element::Number(_) | Element::Bool(_) | Element::Text => true,
            Element::Record(fields) => {
                values.shape.len() == 1
                    && (fields.iter()).all(|name| StoredColumn::of_field(object, name).is_ok())
            }
            Element::Array | Element::Named(_) | Element::Other(_) => object.encoding() == "null",
        };
        return if known {
            Ok(())
        } else {
            Err(not_understood(object))
        };
    }
    match object.encoding().as_str() {
        "null" => Ok(()),
        "" | "dict" if compression(object).is_none() => {
            for name in object.children()? {
                let found = object.need(&name).and_then(|child| look(&child, wrong));
                wrong.extend(found.err());
            }
            Ok(())
        }
        "" | "dict" | "csr_matrix" | "csc_matrix" => match compression(object) {
            Some(_) => Ok(()),
            None => Err(not_understood(object)),
        },
        "dataframe" => {
            wrong.append(&mut StoredFrame::open(object.clone())?.warnings);
            Ok(())
        }
        encoding if is_column(encoding) => StoredColumn::open(object.clone()).map(drop),
        _ => Err(not_understood(object)),
    }
}

/// What of an object of an HDF5 file is not understood, at its metadata alone: only another HDF5 file
/// can have a copy of it.
///
/// # Errors
/// The file cannot be read.
pub fn not_understood_in(place: &InFile) -> Result<Vec<FileError>, FileError> {
    let mut wrong = Vec::new();
    let looked = look(&h5::Object::of(place)?.into(), &mut wrong);
    wrong.extend(looked.err());
    Ok(wrong)
}

fn is_column(encoding: &str) -> bool {
    encoding == "categorical" || encoding.starts_with("nullable-")
}

/// An entry with everything in it, in the types that commands look at.
///
/// # Errors
/// It cannot be read. What can be read but not understood is kept as stored.
pub fn read(object: &Object) -> Result<Uns, FileError> {
    let reading = Reading {
        exact: false,
        left_out: &[],
    };
    reading.read(object)
}

/// How a branch is read.
struct Reading<'a> {
    /// With all digits, for a file that is written.
    exact: bool,
    /// Paths of what is left out.
    left_out: &'a [String],
}

impl Reading<'_> {
    fn read(&self, object: &Object) -> Result<Uns, FileError> {
        stop::check(object.file())?;
        if is_too_deep(object) {
            let problem = format!("is nested more than {DEEPEST} groups deep");
            let fault = object.fault(problem);
            return Err(fault.remedy("rewrite the file without it"));
        }
        if object.encoding() == "null" {
            return Ok(Uns::Null);
        }
        if let Some(values) = object.values() {
            return if values.shape.is_empty() {
                self.single(object, values)
            } else {
                self.array(object, values)
            };
        }
        if !object.is_group() {
            return stored(object);
        }
        match object.encoding().as_str() {
            "" | "dict" => match compression(object) {
                Some(graph) => self.sparse(object, graph),
                None => self.map(object),
            },
            "csr_matrix" | "csc_matrix" => match compression(object) {
                Some(graph) => self.sparse(object, graph),
                None => stored(object),
            },
            "dataframe" => read_frame(object),
            encoding if is_column(encoding) => {
                let column = StoredColumn::open(object.clone())?.read()?;
                Ok(Uns::Column(Arc::new(column)))
            }
            _ => stored(object),
        }
    }

    fn map(&self, object: &Object) -> Result<Uns, FileError> {
        let mut map = IndexMap::new();
        for name in object.children()? {
            let child = object.need(&name);
            let at = format!("{}/{name}", object.path());
            if !self.left_out.contains(&at) {
                map.insert(name, self.read(&child?)?);
            }
        }
        Ok(Uns::Map(map))
    }

    fn sparse(&self, object: &Object, graph: (bool, [usize; 2])) -> Result<Uns, FileError> {
        let (by_column, shape) = graph;
        let graph = StoredGraph {
            object: object.clone(),
            shape,
            by_column,
            square: false,
            current: true,
        };
        Ok(if self.exact {
            Uns::Sparse(Arc::new(graph.exact()?))
        } else {
            Uns::Graph(Arc::new(graph.read()?))
        })
    }

    fn single(&self, object: &Object, values: &Values) -> Result<Uns, FileError> {
        let unreadable = |reason| object.unreadable(reason);
        Ok(match &values.element {
            Element::Text => {
                let texts = values.texts().map_err(unreadable)?;
                Uns::Text(texts.get(0).to_owned())
            }
            Element::Bool(_) => Uns::Bool(values.truths().map_err(unreadable)?[0]),
            Element::Number(number) if self.exact && number.size < 8 => exact(object, values)?,
            Element::Number(number) if number.float => {
                Uns::Number(values.read::<f64>(None).map_err(unreadable)?[0])
            }
            Element::Number(number) if !number.signed && number.size == 8 => exact(object, values)?,
            Element::Number(_) => Uns::Integer(values.read::<i64>(None).map_err(unreadable)?[0]),
            _ => stored(object)?,
        })
    }

    fn array(&self, object: &Object, values: &Values) -> Result<Uns, FileError> {
        let unreadable = |reason| object.unreadable(reason);
        // Before 0.7 there were no scalars, only arrays of one; a reader wants the one.
        if values.shape == [1] && object.encoding().is_empty() {
            return self.single(object, values);
        }
        let shaped = |error: ndarray::ShapeError| object.fault(error.to_string());
        let flat = values.shape.len() == 1;
        Ok(match &values.element {
            Element::Text => {
                let texts = Arc::new(values.texts().map_err(unreadable)?);
                if flat {
                    Uns::Texts(texts)
                } else {
                    Uns::TextArray(values.shape.clone(), texts)
                }
            }
            Element::Bool(_) | Element::Number(_) if self.exact => exact(object, values)?,
            Element::Bool(_) if flat => Uns::Truths(values.truths().map_err(unreadable)?),
            Element::Bool(_) => exact(object, values)?,
            Element::Number(number) if number.float && number.size <= 4 => {
                let numbers = values.read::<f32>(None).map_err(unreadable)?;
                Uns::Array32(ArrayD::from_shape_vec(values.shape.clone(), numbers).map_err(shaped)?)
            }
            Element::Number(number) if !number.float && flat => {
                Uns::Steps(values.read::<i64>(None).map_err(unreadable)?)
            }
            Element::Number(_) => {
                let numbers = values.read::<f64>(None).map_err(unreadable)?;
                Uns::Array(ArrayD::from_shape_vec(values.shape.clone(), numbers).map_err(shaped)?)
            }
            Element::Record(fields) if flat => records(object, fields)?,
            _ => stored(object)?,
        })
    }
}

fn exact(object: &Object, values: &Values) -> Result<Uns, FileError> {
    let exact = values.exact().map_err(|reason| object.unreadable(reason))?;
    Ok(Uns::Exact(Arc::new(exact)))
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

fn read_frame(object: &Object) -> Result<Uns, FileError> {
    let frame = StoredFrame::open(object.clone())?;
    let values = match &frame.index {
        Some(index) => index.read()?,
        None => Column::Text(Names::default()),
    };
    let index = FrameIndex {
        values,
        called: frame.index_name,
    };
    let columns = frame
        .columns
        .into_iter()
        .map(|(name, column)| Ok((name, column.read()?)))
        .collect::<Result<_, FileError>>()?;
    Ok(Uns::Frame(Arc::new(index), columns))
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
