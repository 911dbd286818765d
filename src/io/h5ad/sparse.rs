//! Sparse matrices, by row or by column, as graphs and as they are stored.

use crate::data::matrix::StoredMatrix;
use crate::data::{Blocks, FileError, Graph, InFile, Load, StoredSparse, Uns, Value};
use crate::io::compressed::Compressed;
use crate::io::stored::Object;
use std::sync::Arc;

/// Whether a group is a sparse matrix: by column (CSC) or by row, and its shape.
pub fn compression(group: &Object) -> Option<(bool, [usize; 2])> {
    let format = match group.encoding() {
        encoding if encoding.is_empty() => group.text("h5sparse_format")?,
        encoding => encoding,
    };
    let by_column = match format.as_str() {
        "csr_matrix" | "csr" => false,
        "csc_matrix" | "csc" => true,
        _ => return None,
    };
    let shape = group
        .wholes("shape")
        .or_else(|| group.wholes("h5sparse_shape"))?;
    match shape[..] {
        [rows, columns] => Some((
            by_column,
            [usize::try_from(rows).ok()?, usize::try_from(columns).ok()?],
        )),
        _ => None,
    }
}

/// A sparse matrix as a graph, always by row.
#[derive(Debug)]
pub struct StoredGraph {
    pub object: Object,
    pub shape: [usize; 2],
    pub by_column: bool,
    /// Rows and columns are the same cells or genes.
    pub square: bool,
    pub current: bool,
}

impl StoredGraph {
    fn open(&self) -> Result<Compressed, FileError> {
        let [rows, columns] = self.shape;
        if self.by_column {
            Compressed::open(self.object.clone(), columns, rows)
        } else {
            Compressed::open(self.object.clone(), rows, columns)
        }
    }

    /// All of it as it is stored.
    pub fn exact(&self) -> Result<StoredSparse, FileError> {
        let lines = self
            .open()?
            .lines(0..self.shape[usize::from(self.by_column)])?;
        let mut exact = StoredSparse {
            shape: self.shape,
            by_column: self.by_column,
            ..lines
        };
        exact.values.square = self.square;
        Ok(exact)
    }

    pub fn read(&self) -> Result<Graph, FileError> {
        let outer = self.shape[usize::from(self.by_column)];
        let stored = self.open()?.read(0..outer)?;
        Ok(if self.by_column {
            stored.transpose_into().to_csr()
        } else {
            stored
        })
    }
}

impl Load for StoredGraph {
    fn load(&self) -> Result<Value, FileError> {
        Ok(Value::Graph(Arc::new(self.read()?)))
    }

    fn load_exact(&self) -> Result<Value, FileError> {
        Ok(Value::Uns(Arc::new(Uns::Sparse(Arc::new(self.exact()?)))))
    }

    fn check(&self) -> Result<(), FileError> {
        self.open()?.check()
    }

    fn in_file(&self) -> Option<InFile> {
        self.object.place().filter(|_| self.current)
    }
}
