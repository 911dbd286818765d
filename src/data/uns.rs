//! The unstructured part of a dataset: a tree of small things.

use super::arrays::Graph;
use super::column::Column;
use super::file::{FileError, InFile};
use super::names::Names;
use super::stored_array::StoredArray;
use super::stored_sparse::StoredSparse;
use indexmap::IndexMap;
use ndarray::ArrayD;
use std::fmt;
use std::sync::{Arc, OnceLock};

#[derive(Debug, Clone)]
pub enum Uns {
    /// An explicit nothing: Python's None.
    Null,
    Map(IndexMap<String, Uns>),
    Text(String),
    Number(f64),
    Integer(i64),
    Bool(bool),
    Texts(Arc<Names>),
    /// Numbers of any shape.
    Array(ArrayD<f64>),
    /// The same, to be stored as f32.
    Array32(ArrayD<f32>),
    /// Numbers stored as whole ones.
    Steps(Vec<i64>),
    Truths(Vec<bool>),
    /// A record array: named fields of one length, such as `rank_genes_groups/scores`.
    Records(Vec<(String, Column)>),
    /// Texts of several dimensions, in row order, and their shape.
    TextArray(Vec<usize>, Arc<Names>),
    /// A categorical, or values some of which may be missing.
    Column(Arc<Column>),
    /// A data frame: index and columns.
    Frame(Arc<FrameIndex>, Vec<(String, Column)>),
    Graph(Arc<Graph>),
    /// An array as it is stored.
    Exact(Arc<StoredArray>),
    /// A sparse matrix as it is stored.
    Sparse(Arc<StoredSparse>),
    /// Left in the file it came from, to be copied whole.
    Stored(InFile),
    /// Made from something smaller whenever it is looked at.
    Made(Making),
}

/// Names of the rows of a data frame, or numbers where a file has those.
#[derive(Debug, Clone)]
pub struct FrameIndex {
    pub values: Column,
    /// The name of the index, if it has one.
    pub called: Option<String>,
}

impl From<Names> for FrameIndex {
    fn from(names: Names) -> Self {
        FrameIndex {
            values: Column::Text(names),
            called: None,
        }
    }
}

/// How a branch is made that would be large.
#[derive(Clone)]
pub struct Making(Arc<Made>);

struct Made {
    make: Box<dyn Fn() -> Result<Uns, FileError> + Send + Sync>,
    /// Once it was looked at from within the tree; nothing where it could not be made.
    seen: OnceLock<Option<Uns>>,
}

impl Making {
    pub fn new(make: impl Fn() -> Result<Uns, FileError> + Send + Sync + 'static) -> Self {
        Making(Arc::new(Made {
            make: Box::new(make),
            seen: OnceLock::new(),
        }))
    }

    /// The branch, to be let go of again.
    ///
    /// # Errors
    /// What it is made from is in a file that cannot be read.
    pub fn make(&self) -> Result<Uns, FileError> {
        (self.0.make)()
    }
}

impl fmt::Debug for Making {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.make().fmt(f)
    }
}

impl Uns {
    /// An empty map.
    pub fn map() -> Self {
        Uns::Map(IndexMap::new())
    }

    /// This map with one entry more.
    pub fn with(self, key: &str, value: impl Into<Uns>) -> Self {
        let mut map = match self {
            Uns::Map(map) => map,
            _ => IndexMap::new(),
        };
        map.insert(key.to_owned(), value.into());
        Uns::Map(map)
    }

    /// What is there, made if necessary.
    fn seen(&self) -> Option<&Uns> {
        match self {
            Uns::Made(making) => making.0.seen.get_or_init(|| making.make().ok()).as_ref(),
            there => Some(there),
        }
    }

    /// The entry at a path such as `params/method`.
    pub fn get(&self, path: &str) -> Option<&Uns> {
        path.split('/').try_fold(self, |at, key| match at {
            Uns::Map(map) => map.get(key).and_then(Uns::seen),
            _ => None,
        })
    }
}

impl From<Making> for Uns {
    fn from(making: Making) -> Self {
        Uns::Made(making)
    }
}

impl From<&str> for Uns {
    fn from(text: &str) -> Self {
        Uns::Text(text.to_owned())
    }
}

impl From<&String> for Uns {
    fn from(text: &String) -> Self {
        Uns::Text(text.clone())
    }
}

impl From<String> for Uns {
    fn from(text: String) -> Self {
        Uns::Text(text)
    }
}

impl From<f64> for Uns {
    fn from(number: f64) -> Self {
        Uns::Number(number)
    }
}

impl From<i64> for Uns {
    fn from(number: i64) -> Self {
        Uns::Integer(number)
    }
}

impl From<usize> for Uns {
    fn from(number: usize) -> Self {
        Uns::Integer(number as i64)
    }
}

impl From<bool> for Uns {
    fn from(truth: bool) -> Self {
        Uns::Bool(truth)
    }
}
