//! Elements that sca does not understand: left in their file and copied from there, if possible.

use crate::data::{FileError, InFile, Lazy, Load, Promise, Uns, Value};
use crate::io::element::Element;
use crate::io::stored::Object;
use std::sync::Arc;

/// Left in the file, to be copied whole.
#[derive(Debug)]
struct Kept(InFile);

impl Load for Kept {
    fn load(&self) -> Result<Value, FileError> {
        Ok(Value::Uns(Arc::new(Uns::Stored(self.0.clone()))))
    }

    fn in_file(&self) -> Option<InFile> {
        Some(self.0.clone())
    }
}

/// A value that stays in its file.
///
/// # Errors
/// It cannot be copied from there.
pub fn kept(object: &Object) -> Result<Lazy, FileError> {
    let place = object.place().ok_or_else(|| not_understood(object))?;
    Ok(Lazy::from_file(Kept(place), Promise::Unknown))
}

/// What sca does not understand, where it cannot be kept as it is.
pub fn not_understood(object: &Object) -> FileError {
    let encoding = object.encoding();
    if let Some(Element::Other(what)) = object.values().map(|values| &values.element) {
        return object.holds(what);
    }
    if encoding == "awkward-array" {
        return object.holds("ragged arrays");
    }
    object.fault(match encoding.as_str() {
        "" => "is stored in a way that sca does not support".to_owned(),
        encoding => format!("is stored as {encoding:?} in a way that sca does not support"),
    })
}
