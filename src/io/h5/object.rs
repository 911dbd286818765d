//! Groups and arrays of an HDF5 file, by path.

use super::library::{Id, check, text};
use super::open::{H5File, damaged, has_link, link_exists, open_object};
use super::outside;
use super::read::Values;
use crate::data::{FileError, InFile};
use crate::io::chunks::unknown_filter;
use crate::io::declared::DEEPEST;
use crate::io::element::Element;
use crate::io::reason::Reason;
use hdf5::dataset::Layout;
use hdf5::{IndexType, IterationOrder, LocationToken};
use hdf5_sys::h5a::{H5Aexists, H5Aopen};
use hdf5_sys::h5f::{H5Fget_fileno, H5Fget_name};
use hdf5_sys::h5i::{H5I_type_t, H5Iget_file_id, H5Iget_name, H5Iget_type, hid_t};
use hdf5_sys::h5p::H5P_DEFAULT;
use std::ffi::CString;
use std::path::PathBuf;
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
    /// The group that everything is in.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn root(file: &Arc<H5File>) -> Result<Object, FileError> {
        Object::at(file, "/")?.ok_or_else(|| damaged(&file.path, "no root group"))
    }

    /// The object that is in a file.
    ///
    /// # Errors
    /// The file is gone, or no longer has it.
    pub fn of(from: &InFile) -> Result<Object, FileError> {
        let file = H5File::of(from)?;
        Object::at(&file, &from.object)?.ok_or_else(|| {
            FileError::new(&from.file, format!("no longer has {}", from.object))
                .object(&from.object)
                .remedy("the file was changed after it was opened: open it again")
        })
    }

    /// The object at a path; `None` if there is none. A link to another file is followed: the
    /// object is that file's then.
    ///
    /// # Errors
    /// A link is there but what it leads to cannot be opened.
    pub fn at(file: &Arc<H5File>, path: &str) -> Result<Option<Object>, FileError> {
        if path != "/" && !link_exists(file.id(), path) {
            return Ok(None);
        }
        Object::from(file, file.id(), path, path)
    }

    /// The object that `name` leads to from an open group (or the file).
    fn from(
        file: &Arc<H5File>,
        group: hid_t,
        name: &str,
        path: &str,
    ) -> Result<Option<Object>, FileError> {
        let fault = |reason| fault(file, path, format!("cannot be opened ({reason})"));
        let name = CString::new(name).map_err(|_| fault("NUL in a name".to_owned()))?;
        let id = open_object(group, &name).map_err(fault)?;
        if let Some((other, there)) = elsewhere(file, &id).map_err(fault)? {
            // Where its bytes lie says only the file that has them. Open twice, it would keep
            // the settings of the first opening.
            drop(id);
            outside::check(&file.path, &other).map_err(|fault| fault.object(path))?;
            return Object::at(&H5File::open(&other)?, &there);
        }
        // SAFETY: the identifier was just made.
        let kind = match hdf5::sync::sync(|| unsafe { H5Iget_type(id.raw()) }) {
            H5I_type_t::H5I_GROUP => Kind::Group,
            H5I_type_t::H5I_DATASET => {
                outside::check_array(&file.path, &file.file, path, &id)?;
                Kind::Array(Values::of_array(id.clone()).map_err(fault)?)
            }
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
        // From the group: a path from the root would be walked again for each level.
        if !self.is_group() || name.contains('/') {
            return Object::at(&self.file, &self.child_path(name));
        }
        let Ok(link) = CString::new(name) else {
            return Ok(None);
        };
        if !has_link(self.id(), &link) {
            return Ok(None);
        }
        Object::from(&self.file, self.id(), name, &self.child_path(name))
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

    /// Whether all its values, and those of its members, are in its file; those of a virtual array
    /// and of one with external storage do not.
    pub fn is_whole(&self) -> bool {
        self.is_whole_from(0)
    }

    fn is_whole_from(&self, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        if !self.is_group() {
            let array = self.file.file.dataset(&self.path);
            return array.and_then(|array| array.dcpl()).is_ok_and(|creation| {
                creation
                    .get_layout()
                    .is_ok_and(|layout| layout != Layout::Virtual)
                    && creation.get_external().is_ok_and(|files| files.is_empty())
            });
        }
        let children = self.children().unwrap_or_default();
        children.iter().all(|name| {
            let child = self.child(name);
            child
                .ok()
                .flatten()
                .is_none_or(|child| child.is_whole_from(depth + 1))
        })
    }

    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Group)
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

    /// An attribute that holds whole numbers or booleans.
    pub fn wholes(&self, attribute: &str) -> Option<Vec<i64>> {
        let values = self.attribute(attribute)?;
        match values.element {
            Element::Number(_) => values.read::<i64>(None).ok(),
            Element::Bool(_) => {
                let truths = values.truths().ok()?;
                Some(truths.into_iter().map(i64::from).collect())
            }
            _ => None,
        }
    }

    /// Looks at texts of an array, or of all arrays in a group, that the library will read for a copy.
    ///
    /// # Errors
    /// The library hangs or crashes on them.
    pub fn check_texts(&self, depth: usize) -> Result<(), FileError> {
        match &self.kind {
            Kind::Array(values) if values.element == Element::Text => {
                let checked = super::probe::check_texts(&self.id, values.len());
                checked.map_err(|reason| self.unreadable(reason))
            }
            Kind::Group if depth < DEEPEST => self.children()?.iter().try_for_each(|name| {
                let child = self.child(name)?;
                child.map_or(Ok(()), |child| child.check_texts(depth + 1))
            }),
            _ => Ok(()),
        }
    }

    /// What tells an object from all others of its file, whatever path led to it.
    pub fn token(&self) -> Option<LocationToken> {
        let group = self.file.file.group(&self.path);
        group
            .and_then(|group| group.loc_info())
            .ok()
            .map(|about| about.token)
    }

    /// Reads all attributes, for nothing but to see whether the library survives it.
    pub fn look_at_attributes(&self) {
        let names = match &self.kind {
            Kind::Group => self
                .file
                .file
                .group(&self.path)
                .and_then(|it| it.attr_names()),
            Kind::Array(_) => self
                .file
                .file
                .dataset(&self.path)
                .and_then(|it| it.attr_names()),
            Kind::Other => return,
        };
        for name in names.unwrap_or_default() {
            if self.texts(&name).is_none() {
                let _ = self.wholes(&name);
            }
        }
    }

    /// Asks how an array is stored, and where each chunk lies if there are few; says whether its
    /// values lie in other arrays or files.
    pub fn look_at_chunks(&self) -> bool {
        const FEW: usize = 4096;
        let Ok(array) = self.file.file.dataset(&self.path) else {
            return false;
        };
        let Ok(creation) = array.dcpl() else {
            return false;
        };
        let layout = creation.get_layout();
        let chunk = creation.get_chunk().ok().flatten().unwrap_or_default();
        let sides = array.shape().into_iter().zip(chunk.iter().copied());
        let chunks = sides
            .map(|(n, chunk)| n.div_ceil(chunk.max(1)))
            .try_fold(1_usize, usize::checked_mul);
        if !chunk.is_empty() && chunks.is_some_and(|n| n <= FEW) {
            let _ = array.chunks_visit(|_| 0);
        }
        layout.is_ok_and(|layout| layout == Layout::Virtual)
            || creation.get_external().is_ok_and(|files| !files.is_empty())
    }

    /// Something is wrong with this object.
    pub fn fault(&self, problem: impl Into<String>) -> FileError {
        fault(&self.file, &self.path, problem)
    }

    /// The library failed to read this object.
    pub fn unreadable(&self, reason: impl Into<Reason>) -> FileError {
        let reason = if self.has_unknown_filter() {
            unknown_filter()
        } else {
            reason.into()
        };
        reason.explain(self.fault("cannot be read"))
    }

    /// Whether an array was stored with a filter that neither the library nor we have.
    fn has_unknown_filter(&self) -> bool {
        let Kind::Array(_) = self.kind else {
            return false;
        };
        let array = self.file.file.dataset(&self.path);
        let filters = array.map(|array| array.filters()).unwrap_or_default();
        filters.iter().any(|filter| !filter.is_available())
    }

    pub fn place(&self) -> InFile {
        self.file.place(&self.path)
    }

    pub(super) fn child_path(&self, name: &str) -> String {
        if self.path == "/" {
            format!("/{name}")
        } else {
            format!("{}/{name}", self.path)
        }
    }
}

/// The file an object lies in and its path there, if a link leads out of `file`.
fn elsewhere(file: &H5File, id: &Id) -> Result<Option<(PathBuf, String)>, String> {
    // SAFETY: both identifiers are open.
    let home = Id::made_by(|| unsafe { H5Iget_file_id(id.raw()) })?;
    let number = |file: hdf5_sys::h5i::hid_t| {
        let mut number = 0;
        check(|| unsafe { H5Fget_fileno(file, &raw mut number) }).map(|_| number)
    };
    if number(home.raw())? == number(file.id())? {
        return Ok(None);
    }
    let (home, object) = (home.raw(), id.raw());
    // SAFETY: the library writes at most `room` bytes and says how many there are.
    let other = text(|to, room| unsafe { H5Fget_name(home, to, room) })?;
    let path = text(|to, room| unsafe { H5Iget_name(object, to, room) })?;
    Ok(Some((PathBuf::from(other), path)))
}

fn fault(file: &H5File, path: &str, problem: impl Into<String>) -> FileError {
    if file.is_changed() {
        // Whatever was found is a consequence.
        let fault = FileError::new(&file.path, "was changed after it was read").object(path);
        return fault.remedy("read it again");
    }
    FileError::new(&file.path, problem).object(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::stored;
    use hdf5::globals::{H5P_DATASET_CREATE, H5T_NATIVE_INT8};
    use hdf5_sys::h5d::{H5Dcreate2, H5Dwrite_chunk};
    use hdf5_sys::h5p::{H5Pcreate, H5Pset_chunk, H5Pset_filter};
    use hdf5_sys::h5s::H5Screate_simple;
    use hdf5_sys::h5z::H5Z_FLAG_OPTIONAL;
    use std::ptr::null;

    /// A file with eight values in a chunk that an unregistered filter claims to have packed.
    fn packed_by_nobody(path: &std::path::Path) {
        const UNREGISTERED: i32 = 40_000;
        let file = hdf5::File::create(path).unwrap();
        let (n, start) = ([8_u64], [0_u64]);
        let bytes = [0_u8; 4];
        // SAFETY: all arrays have the one dimension that is named, and the chunk has 4 bytes.
        unsafe {
            let space = Id::made_by(|| H5Screate_simple(1, n.as_ptr(), null())).unwrap();
            let made = Id::made_by(|| H5Pcreate(*H5P_DATASET_CREATE)).unwrap();
            check(|| H5Pset_chunk(made.raw(), 1, n.as_ptr())).unwrap();
            check(|| H5Pset_filter(made.raw(), UNREGISTERED, H5Z_FLAG_OPTIONAL, 0, null()))
                .unwrap();
            let (name, kind) = (c"x".as_ptr(), *H5T_NATIVE_INT8);
            let (space, made) = (space.raw(), made.raw());
            let array = Id::made_by(|| {
                H5Dcreate2(file.id(), name, kind, space, H5P_DEFAULT, made, H5P_DEFAULT)
            });
            let array = array.unwrap();
            let chunk = bytes.as_ptr().cast();
            check(|| H5Dwrite_chunk(array.raw(), H5P_DEFAULT, 0, start.as_ptr(), 4, chunk))
                .unwrap();
        }
    }

    #[test]
    fn a_filter_that_nobody_has_is_named() {
        let folder = crate::io::testing::folder("h5-filter");
        let path = folder.join("x.h5");
        packed_by_nobody(&path);
        let file = H5File::open(&path).unwrap();
        let object = Object::at(&file, "/x").unwrap().unwrap();
        let Kind::Array(values) = &object.kind else {
            panic!("an array");
        };
        let reason = values.read::<i8>(None).unwrap_err();
        for error in [
            object.unreadable(reason.clone()),
            stored::Object::from(object.clone()).unreadable(reason),
        ] {
            assert!(error.problem.contains("compressed in a way"), "{error:?}");
        }
        // Reasons that have nothing to do with filters stay.
        let root = Object::root(&file).unwrap();
        assert!(root.unreadable("odd").problem.contains("(odd)"));
    }
}
