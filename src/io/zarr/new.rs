//! A zarr store that is written: its groups, arrays and attributes, in a folder of its own beside the one that it will be.
//!
//! Metadata are written last, and all of them once more at the root (consolidated), as zarr does for anndata: a
//! store on a web server is opened with one request.

use super::Version;
use super::store;
use crate::data::{FileError, stop};
use crate::io::packing::Compression;
use crate::io::temporary::cannot_write;
use crate::io::unfinished_folder::UnfinishedFolder;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that is being made. Dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct NewStore {
    folder: UnfinishedFolder,
    /// The name it will have, for messages.
    path: PathBuf,
    version: Version,
    /// Of everything but matrices, whose sinks have their own.
    compression: Compression,
    /// By their keys: paths without the slash before them.
    nodes: Mutex<BTreeMap<String, NewNode>>,
}

/// A group or an array.
#[derive(Debug, Default)]
struct NewNode {
    attributes: Map<String, Value>,
    /// What the metadata of an array say.
    array: Option<Value>,
}

impl NewStore {
    /// Begins a store that will be at `path`.
    ///
    /// # Errors
    /// Its folder does not exist or cannot be written to.
    pub fn create(
        path: &Path,
        version: Version,
        compression: Compression,
    ) -> Result<Self, FileError> {
        let root = (String::new(), NewNode::default());
        Ok(NewStore {
            folder: UnfinishedFolder::create(path)?,
            path: path.to_owned(),
            version,
            compression,
            nodes: Mutex::new(BTreeMap::from([root])),
        })
    }

    pub fn version(&self) -> Version {
        self.version
    }

    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Writes the metadata, and puts the store in its place.
    ///
    /// # Errors
    /// The disk is full. What was there is untouched then.
    pub fn finish(self) -> Result<(), FileError> {
        self.check()?;
        let wrong = |key: &str, error: &std::io::Error| self.wrong(&format!("/{key}"), error);
        let nodes = self.nodes();
        for (key, node) in nodes.iter() {
            let files = match self.version {
                Version::V2 => node.v2(),
                Version::V3 if key.is_empty() => vec![("zarr.json", root_v3(&nodes))],
                Version::V3 => vec![("zarr.json", node.v3())],
            };
            for (name, metadata) in files {
                write_json(&self.place(key).join(name), &metadata)
                    .map_err(|error| wrong(key, &error))?;
            }
        }
        if self.version == Version::V2 {
            let all = consolidated_v2(&nodes);
            write_json(&self.folder.path().join(".zmetadata"), &all)
                .map_err(|error| wrong("", &error))?;
        }
        drop(nodes);
        let target = self.folder.target().to_owned();
        if let Some(replaced) = self.folder.finish()? {
            store::replaced(&target, replaced);
        }
        Ok(())
    }

    /// The folder of a node.
    pub fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<String, NewNode>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A group; one that is there already is left as it is.
    ///
    /// # Errors
    /// A name cannot be that of a folder.
    pub fn group(&self, path: &str) -> Result<(), FileError> {
        self.add(path).map(drop)
    }

    /// Makes a node and the groups it lies in; whether it is new.
    fn add(&self, path: &str) -> Result<bool, FileError> {
        self.check()?;
        let key = path.trim_start_matches('/');
        let mut nodes = self.nodes();
        let mut new = false;
        let ends = key.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([key.len()]) {
            let part = &key[..end];
            new = !nodes.contains_key(part);
            if !new {
                continue;
            }
            let name = part.rsplit('/').next().unwrap_or(part);
            if let Some(reason) = unfit(name) {
                return Err(self.fault(path, reason));
            }
            fs::create_dir(self.place(part)).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => self.fault(
                    path,
                    "the file system does not tell its name from another one",
                ),
                _ => self.wrong(path, &error),
            })?;
            nodes.insert(part.to_owned(), NewNode::default());
        }
        Ok(new)
    }

    /// Makes a node that will be an array.
    ///
    /// # Errors
    /// As [`NewStore::group`], or there is something of that name.
    pub(super) fn new_array(&self, path: &str) -> Result<(), FileError> {
        if self.add(path)? {
            return Ok(());
        }
        Err(self.fault(path, "there is something of this name already"))
    }

    /// What the metadata of a node say, as an array.
    pub fn describe(&self, path: &str, metadata: Value) {
        if let Some(node) = self.nodes().get_mut(path.trim_start_matches('/')) {
            node.array = Some(metadata);
        }
    }

    /// # Errors
    /// There is no such group or array.
    pub fn attribute(&self, path: &str, name: &str, value: Value) -> Result<(), FileError> {
        match self.nodes().get_mut(path.trim_start_matches('/')) {
            Some(node) => {
                node.attributes.insert(name.to_owned(), value);
                Ok(())
            }
            None => Err(self.fault(path, "it is not there")),
        }
    }

    /// Whether an end was asked for.
    pub fn check(&self) -> Result<(), FileError> {
        stop::check(&self.path)
    }

    pub fn fault(&self, path: &str, reason: &str) -> FileError {
        FileError::new(&self.path, format!("{path} cannot be written ({reason})")).object(path)
    }

    /// A file of a node cannot be written.
    pub fn wrong(&self, path: &str, error: &std::io::Error) -> FileError {
        cannot_write(&self.path, error).object(path)
    }
}

/// Why a name cannot be that of a node: it would lead elsewhere, or be taken for metadata.
fn unfit(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("zarr has no empty names"),
        name if name.chars().all(|c| c == '.') => Some("zarr has no names of periods only"),
        "zarr.json" | ".zarray" | ".zgroup" | ".zattrs" | ".zmetadata" => {
            Some("zarr keeps this name for itself")
        }
        name if name.contains(['\0', '\\']) => {
            Some("a name with a backslash or NUL cannot be that of a folder")
        }
        _ => None,
    }
}

impl NewNode {
    /// The content of `zarr.json`.
    fn v3(&self) -> Value {
        let mut metadata = self
            .array
            .clone()
            .unwrap_or_else(|| json!({"zarr_format": 3, "node_type": "group"}));
        metadata["attributes"] = Value::Object(self.attributes.clone());
        metadata
    }

    /// The files of version 2, and what they say.
    fn v2(&self) -> Vec<(&'static str, Value)> {
        let attributes = Value::Object(self.attributes.clone());
        vec![
            match &self.array {
                Some(array) => (".zarray", array.clone()),
                None => (".zgroup", json!({"zarr_format": 2})),
            },
            (".zattrs", attributes),
        ]
    }
}

/// The root of version 3, with all other nodes.
fn root_v3(nodes: &BTreeMap<String, NewNode>) -> Value {
    let inline =
        |metadata: Value| json!({"kind": "inline", "must_understand": false, "metadata": metadata});
    let others = nodes.iter().filter(|(key, _)| !key.is_empty());
    let all: Map<String, Value> = others
        .map(|(key, node)| {
            let mut metadata = node.v3();
            if node.array.is_none() {
                metadata["consolidated_metadata"] = inline(json!({}));
            }
            (key.clone(), metadata)
        })
        .collect();
    let mut root = nodes.get("").map_or(Value::Null, NewNode::v3);
    root["consolidated_metadata"] = inline(Value::Object(all));
    root
}

/// The content of `.zmetadata`.
fn consolidated_v2(nodes: &BTreeMap<String, NewNode>) -> Value {
    let mut all = Map::new();
    for (key, node) in nodes {
        for (name, metadata) in node.v2() {
            let slash = if key.is_empty() { "" } else { "/" };
            all.insert(format!("{key}{slash}{name}"), metadata);
        }
    }
    json!({"zarr_consolidated_format": 1, "metadata": all})
}

fn write_json(path: &Path, value: &Value) -> std::io::Result<()> {
    let bytes = serde_json::to_vec_pretty(value)?;
    fs::write(path, bytes)
}
