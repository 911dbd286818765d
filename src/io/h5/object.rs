//! Groups and arrays of an HDF5 file, by path.

use super::element::Element;
use super::library::{Id, check};
use super::open::{H5File, link_exists, open_object};
use super::read::Values;
use crate::data::{FileError, InFile};
use hdf5::{IndexType, IterationOrder};
use hdf5_sys::h5a::{H5Aexists, H5Aopen};
use hdf5_sys::h5i::{H5I_type_t, H5Iget_type};
use hdf5_sys::h5p::H5P_DEFAULT;
use std::ffi::CString;
use std::sync::Arc;

/// A group, an array, or something else, of a file.
#[derive(Debug, Clone)]
pub struct Object {
    pub file: Arc<H5File>,
    /// From the root: `/obs/leiden`.
    pub path: String,
    id: Id,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Group,
    Array(Values),
    /// A datatype on its own.
    Other,
}

impl Object {
    /// The object at a path; `None` if there is none.
    ///
    /// # Errors
    /// A link is there but what it leads to cannot be opened.
    pub fn at(file: &Arc<H5File>, path: &str) -> Result<Option<Object>, FileError> {
        if path != "/" && !link_exists(file.id(), path) {
            return Ok(None);
        }
        let fault = |reason| fault(file, path, format!("cannot be opened ({reason})"));
        let name = CString::new(path).map_err(|_| fault("NUL in a name".to_owned()))?;
        let id = open_object(file, &name).map_err(fault)?;
        // SAFETY: the identifier was just made.
        let kind = match hdf5::sync::sync(|| unsafe { H5Iget_type(id.raw()) }) {
            H5I_type_t::H5I_GROUP => Kind::Group,
            H5I_type_t::H5I_DATASET => Kind::Array(Values::of_array(id.clone()).map_err(fault)?),
            _ => Kind::Other,
        };
        Ok(Some(Object {
            file: Arc::clone(file),
            path: path.to_owned(),
            id,
            kind,
        }))
    }

    /// The member of a group; `None` if there is none.
    pub fn child(&self, name: &str) -> Result<Option<Object>, FileError> {
        Object::at(&self.file, &self.child_path(name))
    }

    /// The member of a group that has to be there.
    pub fn need(&self, name: &str) -> Result<Object, FileError> {
        self.child(name)?
            .ok_or_else(|| self.fault(format!("has no {name:?}")))
    }

    /// The member of a group that has to be an array.
    pub fn need_array(&self, name: &str) -> Result<(Object, Values), FileError> {
        let object = self.need(name)?;
        match &object.kind {
            Kind::Array(values) => {
                let values = values.clone();
                Ok((object, values))
            }
            _ => Err(object.fault("is not an array")),
        }
    }

    /// Names of the members of a group, sorted.
    pub fn children(&self) -> Result<Vec<String>, FileError> {
        if !matches!(self.kind, Kind::Group) {
            return Ok(Vec::new());
        }
        // The root is the file itself; its handle will do for any group by path.
        let group = self.file.file.group(&self.path);
        group
            .and_then(|group| group.member_names_by(IndexType::Name, IterationOrder::Increasing))
            .map_err(|error| self.fault(format!("cannot be listed ({error})")))
    }

    /// The values of an array.
    pub fn values(&self) -> Option<&Values> {
        match &self.kind {
            Kind::Array(values) => Some(values),
            _ => None,
        }
    }

    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Group)
    }

    /// The name in its group.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or("")
    }

    pub fn id(&self) -> hdf5_sys::h5i::hid_t {
        self.id.raw()
    }

    fn attribute(&self, name: &str) -> Option<Values> {
        let name = CString::new(name).ok()?;
        let id = self.id.raw();
        // SAFETY: the object is open and the name ends in NUL.
        check(|| unsafe { H5Aexists(id, name.as_ptr()) })
            .ok()
            .filter(|&answer| answer > 0)?;
        let id = Id::made_by(|| unsafe { H5Aopen(id, name.as_ptr(), H5P_DEFAULT) }).ok()?;
        Values::of_attribute(id).ok()
    }

    /// An attribute that holds one text; `None` if it is absent or anything else.
    pub fn text(&self, attribute: &str) -> Option<String> {
        let texts = self.texts(attribute)?;
        (texts.len() == 1).then(|| texts.into_iter().next().unwrap_or_default())
    }

    /// An attribute that holds texts.
    pub fn texts(&self, attribute: &str) -> Option<Vec<String>> {
        let values = self.attribute(attribute)?;
        if values.len() == 0 {
            return Some(Vec::new());
        }
        (values.element == Element::Text)
            .then(|| values.texts().ok())
            .flatten()
            .map(|names| names.iter().map(str::to_owned).collect())
    }

    /// An attribute that holds whole numbers or truths.
    pub fn wholes(&self, attribute: &str) -> Option<Vec<i64>> {
        let values = self.attribute(attribute)?;
        match values.element {
            Element::Number(_) => values.read::<i64>(None).ok(),
            Element::Truth(_) => {
                let truths = values.truths().ok()?;
                Some(truths.into_iter().map(i64::from).collect())
            }
            _ => None,
        }
    }

    /// `encoding-type`, empty where there is none.
    pub fn encoding(&self) -> String {
        self.text("encoding-type").unwrap_or_default()
    }

    /// Something is wrong with this object.
    pub fn fault(&self, problem: impl Into<String>) -> FileError {
        fault(&self.file, &self.path, problem)
    }

    /// The library failed to read this object.
    pub fn unreadable(&self, reason: String) -> FileError {
        crate::io::chunks::explain(self.fault(format!("cannot be read ({reason})")), &reason)
    }

    pub fn place(&self) -> InFile {
        self.file.place(&self.path)
    }

    fn child_path(&self, name: &str) -> String {
        if self.path == "/" {
            format!("/{name}")
        } else {
            format!("{}/{name}", self.path)
        }
    }
}

fn fault(file: &H5File, path: &str, problem: impl Into<String>) -> FileError {
    if file.is_changed() {
        // Whatever was found is a consequence.
        let fault = FileError::new(&file.path, "was changed after it was read").object(path);
        return fault.remedy("read it again");
    }
    FileError::new(&file.path, problem).object(path)
}
