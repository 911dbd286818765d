//! Groups, arrays and attributes as anndata stores them, in either format: HDF5 or zarr.
//!
//! What reads anndata's layout sees these and nothing of the format. What only one format can do,
//! such as being copied from file to file, is asked of its [`Home`].

use super::element::Element;
use super::reason::Reason;
use super::{h5, zarr};
use crate::data::{ElementType, FileError, InFile, Names, NumberType, StoredArray, half};
use std::ops::Range;
use std::path::Path;

/// A group, an array, or something else, of a file or store.
#[derive(Debug, Clone)]
pub struct Object {
    pub home: Home,
    values: Option<Values>,
}

/// The object in its format.
#[derive(Debug, Clone)]
pub enum Home {
    Hdf5(h5::Object),
    Zarr(zarr::Node),
}

/// An array, or one field of an array of records.
#[derive(Debug, Clone)]
pub struct Values {
    pub element: Element,
    /// Empty for a single value. A field of arrays has their length as a last dimension.
    pub shape: Vec<usize>,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Hdf5(h5::Values),
    Zarr(zarr::Values),
}

impl Object {
    /// The root of an HDF5 file.
    ///
    /// # Errors
    /// As [`h5::H5File::open`].
    pub fn of_hdf5(path: &Path) -> Result<Self, FileError> {
        Ok(h5::Object::root(&h5::H5File::open(path)?)?.into())
    }

    /// The root of a zarr store, a folder or a .zip.
    ///
    /// # Errors
    /// As [`zarr::Node::root`].
    pub fn of_zarr(path: &Path) -> Result<Self, FileError> {
        Ok(zarr::Node::root(path)?.into())
    }

    /// What is said of values that are neither numbers nor strings nor booleans.
    pub fn holds(&self, what: &str) -> FileError {
        self.fault(format!(
            "holds {what}, which sca does not read; it is left out"
        ))
        .remedy("to keep it, turn it into numbers or strings in Python, and write the file again")
    }

    /// The member of a group; `None` if there is none.
    pub fn child(&self, name: &str) -> Result<Option<Object>, FileError> {
        Ok(match &self.home {
            Home::Hdf5(object) => object.child(name)?.map(Object::from),
            Home::Zarr(node) => node.child(name)?.map(Object::from),
        })
    }

    /// The member of a group that has to be there.
    pub fn need(&self, name: &str) -> Result<Object, FileError> {
        self.child(name)?
            .ok_or_else(|| self.fault(format!("has no {name:?}")))
    }

    /// The member of a group that has to be an array.
    pub fn need_array(&self, name: &str) -> Result<(Object, Values), FileError> {
        let object = self.need(name)?;
        match object.values().cloned() {
            Some(values) => Ok((object, values)),
            None => Err(object.fault("is not an array")),
        }
    }

    /// Names of the members of a group, sorted.
    pub fn children(&self) -> Result<Vec<String>, FileError> {
        match &self.home {
            Home::Hdf5(object) => object.children(),
            Home::Zarr(node) => node.children(),
        }
    }

    /// The values of an array.
    pub fn values(&self) -> Option<&Values> {
        self.values.as_ref()
    }

    pub fn is_group(&self) -> bool {
        match &self.home {
            Home::Hdf5(object) => object.is_group(),
            Home::Zarr(node) => node.array().is_none(),
        }
    }

    /// The name in its group.
    pub fn name(&self) -> &str {
        self.path().rsplit('/').next().unwrap_or("")
    }

    /// From the root: `/obs/leiden`.
    pub fn path(&self) -> &str {
        match &self.home {
            Home::Hdf5(object) => &object.path,
            Home::Zarr(node) => &node.path,
        }
    }

    /// The file or store it lies in.
    pub fn file(&self) -> &Path {
        match &self.home {
            Home::Hdf5(object) => &object.file.path,
            Home::Zarr(node) => node.file(),
        }
    }

    /// An attribute that holds one text; `None` if it is absent or anything else.
    pub fn text(&self, attribute: &str) -> Option<String> {
        let texts = self.texts(attribute)?;
        (texts.len() == 1).then(|| texts.into_iter().next().unwrap_or_default())
    }

    /// An attribute that holds texts.
    pub fn texts(&self, attribute: &str) -> Option<Vec<String>> {
        match &self.home {
            Home::Hdf5(object) => object.texts(attribute),
            Home::Zarr(node) => node.texts(attribute),
        }
    }

    /// An attribute that holds whole numbers or booleans.
    pub fn wholes(&self, attribute: &str) -> Option<Vec<i64>> {
        match &self.home {
            Home::Hdf5(object) => object.wholes(attribute),
            Home::Zarr(node) => node.wholes(attribute),
        }
    }

    /// `encoding-type`, empty where there is none.
    pub fn encoding(&self) -> String {
        self.text("encoding-type").unwrap_or_default()
    }

    /// Where it lies, for whom can copy it from there: only HDF5 goes to HDF5 as it is.
    pub fn place(&self) -> Option<InFile> {
        match &self.home {
            Home::Hdf5(object) => Some(object.place()),
            Home::Zarr(_) => None,
        }
    }

    /// The same, if all its values are in its file.
    pub fn place_of_whole(&self) -> Option<InFile> {
        match &self.home {
            Home::Hdf5(object) => object.is_whole().then(|| object.place()),
            Home::Zarr(_) => None,
        }
    }

    /// Bytes of the file, where one file has everything.
    pub fn length(&self) -> u64 {
        match &self.home {
            Home::Hdf5(object) => object.file.length,
            Home::Zarr(node) => node.length(),
        }
    }

    /// Something is wrong with this object.
    pub fn fault(&self, problem: impl Into<String>) -> FileError {
        match &self.home {
            Home::Hdf5(object) => object.fault(problem),
            Home::Zarr(node) => node.fault(problem),
        }
    }

    /// Its values cannot be had.
    pub fn unreadable(&self, reason: impl Into<Reason>) -> FileError {
        match &self.home {
            Home::Hdf5(object) => object.unreadable(reason),
            Home::Zarr(node) => reason.into().explain(node.fault("cannot be read")),
        }
    }
}

impl From<h5::Object> for Object {
    fn from(object: h5::Object) -> Self {
        let values = object.values().map(|values| Values {
            element: values.element.clone(),
            shape: values.shape.clone(),
            source: Source::Hdf5(values.clone()),
        });
        Object {
            home: Home::Hdf5(object),
            values,
        }
    }
}

impl From<zarr::Node> for Object {
    fn from(node: zarr::Node) -> Self {
        let values = node.array().map(|array| zarr::Values::of(array).into());
        Object {
            home: Home::Zarr(node),
            values,
        }
    }
}

impl From<zarr::Values> for Values {
    fn from(values: zarr::Values) -> Self {
        Values {
            element: values.element(),
            shape: values.shape(),
            source: Source::Zarr(values),
        }
    }
}

impl Values {
    /// One field of an array of records, as an array of its own.
    pub fn field(&self, name: &str) -> Option<Values> {
        match &self.source {
            Source::Hdf5(values) => values.field(name).map(|values| Values {
                element: values.element.clone(),
                shape: values.shape.clone(),
                source: Source::Hdf5(values),
            }),
            Source::Zarr(values) => values.field(name).map(Values::from),
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape
            .iter()
            .try_fold(1_usize, |product, &n| product.checked_mul(n))
            .unwrap_or(usize::MAX)
    }

    /// The values as numbers, in row order; of a range along the first dimension, or all. Booleans
    /// are 0 and 1.
    pub fn read<T: h5::Native>(&self, rows: Option<Range<usize>>) -> Result<Vec<T>, Reason> {
        match &self.source {
            Source::Hdf5(values) => values.read(rows),
            Source::Zarr(values) => values.read(rows),
        }
    }

    /// What an element is, as it is written again; `None` for what is neither number nor truth.
    pub fn element_type(&self) -> Option<ElementType> {
        match &self.element {
            Element::Bool(_) => Some(ElementType::Bool),
            Element::Number(number) => Some(ElementType::Number(number.stored())),
            _ => None,
        }
    }

    /// All numbers or booleans as they are stored.
    pub fn exact(&self) -> Result<StoredArray, Reason> {
        let element = self.element_type();
        let element = element.ok_or("its values are not numbers")?;
        let bytes = match element {
            ElementType::Bool => self.truths()?.into_iter().map(u8::from).collect(),
            ElementType::Number(NumberType::F64) => {
                bytes_of(&self.read::<f64>(None)?, f64::to_le_bytes, 8)
            }
            ElementType::Number(NumberType::F32) => {
                bytes_of(&self.read::<f32>(None)?, f32::to_le_bytes, 4)
            }
            ElementType::Number(NumberType::F16) => {
                let bytes = |number| half::bits(number).to_le_bytes();
                bytes_of(&self.read::<f32>(None)?, bytes, 2)
            }
            ElementType::Number(NumberType::U64) => {
                bytes_of(&self.read::<u64>(None)?, u64::to_le_bytes, 8)
            }
            ElementType::Number(number) => {
                bytes_of(&self.read::<i64>(None)?, i64::to_le_bytes, number.size())
            }
        };
        Ok(StoredArray {
            shape: self.shape.clone(),
            element,
            bytes,
            square: false,
        })
    }

    /// The values as booleans.
    pub fn truths(&self) -> Result<Vec<bool>, Reason> {
        match &self.source {
            Source::Hdf5(values) => values.truths(),
            Source::Zarr(values) => Ok(values.read::<i64>(None)?.iter().map(|&v| v != 0).collect()),
        }
    }

    /// The values as texts. Bytes that are no UTF-8 are replaced, not refused.
    pub fn texts(&self) -> Result<Names, Reason> {
        match &self.source {
            Source::Hdf5(values) => values.texts(),
            Source::Zarr(values) => values.texts(),
        }
    }
}

/// The lowest `size` bytes of each value, little endian: a number of that many bytes again.
pub fn bytes_of<T: Copy, const N: usize>(
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
    size: usize,
) -> Vec<u8> {
    let mut all = Vec::with_capacity(values.len() * size);
    for &value in values {
        all.extend_from_slice(&bytes(value)[..size]);
    }
    all
}
