//! Zarr stores, versions 2 and 3, as anndata writes them: a folder of small files, or a .zip of one.
//!
//! The layout of groups and arrays is that of an .h5ad, and `io::h5ad` reads both; here is what
//! differs: metadata in JSON, a file for each chunk, the codecs. Written from the
//! specifications (zarr-specs, versions 2.0 and 3.1). The crates that read zarr know no
//! arrays of records, which anndata writes for `rank_genes_groups`.

mod array;
mod chunk_files;
mod codec;
mod crc32c;
mod growing;
mod kind;
mod new;
mod new_kind;
mod new_values;
mod pack;
mod remote;
mod shards;
mod store;
#[cfg(test)]
mod tests;
mod values;

pub use array::Array;
pub use growing::GrowingArray;
pub use new::NewStore;
pub use values::Values;

use crate::data::{FileError, FileFault};
use crate::io::reason::Reason;
use crate::io::remote::is_remote;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use store::Store;

/// A group or an array of a store.
#[derive(Debug, Clone)]
pub struct Node {
    store: Arc<Store>,
    version: Version,
    /// From the root: `/obs/leiden`.
    pub path: String,
    attributes: Arc<Value>,
    array: Option<Arc<Array>>,
}

/// Versions of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V3,
}

/// Whether a folder is a store: it says so, or is called so.
pub fn is_store(folder: &Path) -> bool {
    let says = [".zgroup", ".zattrs", ".zmetadata", "zarr.json", ".zarray"];
    says.iter().any(|name| folder.join(name).exists())
        || folder
            .extension()
            .is_some_and(|extension| extension == "zarr")
}

impl Node {
    /// The root of a store.
    ///
    /// # Errors
    /// Not there, no store, damaged, or a single array.
    pub fn root(path: &Path) -> Result<Self, FileError> {
        let store = Arc::new(Store::open(path)?);
        for version in [Version::V3, Version::V2] {
            if let Some(node) = Node::at(&store, version, "/")? {
                return match node.array {
                    None => Ok(node),
                    Some(_) => Err(FileError::new(path, "is a single array, not a dataset")
                        .remedy("read the folder that contains it")),
                };
            }
        }
        Err(if is_remote(path) {
            FileError::new(path, "has no metadata of a zarr store")
                .of(FileFault::Remote)
                .remedy("check the URL: zarr.json or .zgroup lies directly below it")
        } else if path.is_dir() {
            FileError::new(path, "has no metadata of a zarr store")
                .remedy("copy all of it again, including files whose names begin with a dot")
        } else {
            FileError::new(path, "contains no zarr store").remedy("unpack it and read the contents")
        })
    }

    fn at(store: &Arc<Store>, version: Version, path: &str) -> Result<Option<Node>, FileError> {
        let key = path.trim_start_matches('/');
        let json = |name: &str| match key {
            "" => read(store, path, name),
            key => read(store, path, &format!("{key}/{name}")),
        };
        let wrong = |reason: Reason| {
            reason.explain(FileError::new(&store.path, "cannot be read").object(path))
        };
        let node = |attributes: Value, array: Option<Array>| Node {
            store: Arc::clone(store),
            version,
            path: path.to_owned(),
            attributes: Arc::new(attributes),
            array: array.map(Arc::new),
        };
        let (store, key) = (Arc::clone(store), key.to_owned());
        match version {
            Version::V3 => {
                let Some(mut metadata) = json("zarr.json")? else {
                    return Ok(None);
                };
                let array = match metadata["node_type"].as_str() {
                    Some("array") => Some(Array::v3(store, key, &metadata).map_err(wrong)?),
                    Some("group") => None,
                    _ => return Err(wrong(Reason::alone("is neither a group nor an array"))),
                };
                Ok(Some(node(metadata["attributes"].take(), array)))
            }
            Version::V2 => {
                let attributes = json(".zattrs")?;
                let array = match json(".zarray")? {
                    Some(metadata) => Some(Array::v2(store, key, &metadata).map_err(wrong)?),
                    None => None,
                };
                let is_group = array.is_none() && json(".zgroup")?.is_some();
                if array.is_none() && attributes.is_none() && !is_group {
                    return Ok(None);
                }
                let node = node(attributes.unwrap_or_default(), array);
                let encoding = node.texts("encoding-type").unwrap_or_default().join("");
                // Texts that may be missing are called an array, too, and are a group.
                if node.array.is_none() && !is_group && encoding.ends_with("array") {
                    return Err(node
                        .fault("has no .zarray")
                        .remedy("copy or download it again"));
                }
                Ok(Some(node))
            }
        }
    }

    pub fn child(&self, name: &str) -> Result<Option<Node>, FileError> {
        Node::at(&self.store, self.version, &self.child_path(name))
    }

    fn child_path(&self, name: &str) -> String {
        let slash = if self.path == "/" { "" } else { "/" };
        format!("{}{slash}{name}", self.path)
    }

    /// Names of the members of a group, sorted.
    pub fn children(&self) -> Result<Vec<String>, FileError> {
        if self.array.is_some() {
            return Ok(Vec::new());
        }
        let listed = self.store.list(self.path.trim_start_matches('/'));
        let mut names =
            listed.map_err(|error| Reason::from(error).explain(self.fault("cannot be listed")))?;
        let keys: &[&str] = match self.version {
            Version::V2 => &[".zgroup", ".zarray", ".zattrs"],
            Version::V3 => &["zarr.json"],
        };
        names.retain(|name| {
            let path = self.child_path(name);
            let path = path.trim_start_matches('/');
            keys.iter()
                .any(|key| self.store.has(&format!("{path}/{key}")))
        });
        Ok(names)
    }

    pub fn array(&self) -> Option<&Arc<Array>> {
        self.array.as_ref()
    }

    pub fn file(&self) -> &Path {
        &self.store.path
    }

    /// Bytes of the store, as far as they are known at once.
    pub fn length(&self) -> u64 {
        self.store.length()
    }

    /// An attribute that holds one text or several.
    pub fn texts(&self, attribute: &str) -> Option<Vec<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match &self.attributes[attribute] {
            Value::Array(values) => values.iter().map(text).collect(),
            value => text(value).map(|text| vec![text]),
        }
    }

    /// An attribute that holds whole numbers or booleans.
    pub fn wholes(&self, attribute: &str) -> Option<Vec<i64>> {
        let whole = |value: &Value| value.as_i64().or(value.as_bool().map(i64::from));
        match &self.attributes[attribute] {
            Value::Array(values) => values.iter().map(whole).collect(),
            value => whole(value).map(|whole| vec![whole]),
        }
    }

    /// Something is wrong with this object.
    pub fn fault(&self, problem: impl Into<String>) -> FileError {
        FileError::new(&self.store.path, problem).object(&self.path)
    }
}

/// A key that holds JSON; `None` if there is none.
fn read(store: &Store, path: &str, key: &str) -> Result<Option<Value>, FileError> {
    let wrong = |problem: String| FileError::new(&store.path, problem).object(path);
    let mut bytes = Vec::new();
    let found = store.get(key, &mut bytes);
    let found =
        found.map_err(|error| Reason::from(error).explain(wrong(format!("{key} cannot be read"))));
    if !found? {
        return Ok(None);
    }
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| {
        wrong(format!("{key} is damaged ({error})")).remedy("copy or download it again")
    })
}
