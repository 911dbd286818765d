//! Data frames: `obs`, `var`, and those in `obsm` and `uns`.
//!
//! A group with an array for each column since anndata 0.7, one array of records before.

use super::column::{StoredColumn, StoredNames};
use crate::data::{FileError, Lazy, Names, Promise};
use crate::io::element::Element;
use crate::io::stored::Object;

/// A frame in a file: its index and those of its columns that can be read.
#[derive(Debug)]
pub struct StoredFrame {
    pub object: Object,
    pub index: Option<StoredColumn>,
    /// The name of the index, if it has one.
    pub index_name: Option<String>,
    pub columns: Vec<(String, StoredColumn)>,
    /// What is wrong with the others.
    pub warnings: Vec<FileError>,
}

impl StoredFrame {
    /// # Errors
    /// Neither a group nor an array of records.
    pub fn open(object: Object) -> Result<Self, FileError> {
        let mut frame = StoredFrame {
            object,
            index: None,
            index_name: None,
            columns: Vec::new(),
            warnings: Vec::new(),
        };
        let element = frame.object.values().map(|values| values.element.clone());
        match element {
            None => frame.open_group()?,
            Some(Element::Record(fields)) => frame.open_records(&fields)?,
            Some(_) => return Err(frame.object.fault("is not a data frame")),
        }
        if let Some(n) = frame.index.as_ref().map(StoredColumn::len) {
            frame.keep_length(n);
        }
        Ok(frame)
    }

    fn open_group(&mut self) -> Result<(), FileError> {
        let children = self.object.children()?;
        let index = self
            .object
            .text("_index")
            .or_else(|| {
                let usual = ["_index", "index"];
                let found = usual
                    .iter()
                    .find(|name| children.iter().any(|c| c == *name));
                found.map(|name| (*name).to_owned())
            })
            .ok_or_else(|| {
                self.object
                    .fault("has no index: its attribute _index is missing")
            })?;
        self.index = Some(StoredColumn::open(self.object.need(&index)?)?);
        self.index_name = named(&index);
        let categories = self.object.child("__categories")?;
        let order = self.object.texts("column-order").unwrap_or_else(|| {
            let columns = children.iter();
            columns
                .filter(|name| **name != index && *name != "__categories")
                .cloned()
                .collect()
        });
        for name in order {
            let column = self.object.need(&name).and_then(StoredColumn::open);
            let column = column.and_then(|column| match &categories {
                Some(group) => Ok(match group.child(&name)? {
                    Some(categories) => column.with_categories(&categories),
                    None => column,
                }),
                None => Ok(column),
            });
            self.push(name, column);
        }
        Ok(())
    }

    fn open_records(&mut self, fields: &[String]) -> Result<(), FileError> {
        let index = ["index", "_index"]
            .into_iter()
            .find(|name| fields.iter().any(|field| field == name))
            .map(str::to_owned)
            .or_else(|| self.object.text("_index"))
            .or_else(|| fields.first().cloned())
            .ok_or_else(|| self.object.fault("has no fields"))?;
        self.index = Some(StoredColumn::of_field(&self.object, &index)?);
        self.index_name = named(&index);
        for name in fields.iter().filter(|name| **name != index) {
            let column = StoredColumn::of_field(&self.object, name);
            self.push(name.clone(), column);
        }
        Ok(())
    }

    fn push(&mut self, name: String, column: Result<StoredColumn, FileError>) {
        match column {
            Ok(column) => self.columns.push((name, column)),
            Err(error) => self.warnings.push(error),
        }
    }

    /// Leaves out the columns that have not `n` values.
    fn keep_length(&mut self, n: usize) {
        let (kept, wrong) = std::mem::take(&mut self.columns)
            .into_iter()
            .partition(|(_, column)| column.len() == n);
        self.columns = kept;
        for (name, column) in wrong {
            let problem = format!(
                "its column {name:?} has {} values instead of {n}; it is left out",
                column.len()
            );
            self.warnings.push(self.object.fault(problem));
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.index.as_ref().map_or(0, StoredColumn::len)
    }

    /// The index, read when asked for.
    pub fn lazy_names(&self) -> Lazy {
        match &self.index {
            Some(index) => Lazy::from_file(StoredNames(index.clone()), Promise::Unknown),
            None => Lazy::ready(crate::data::Value::Names(Names::default().into())),
        }
    }

    /// Categories of columns of an array of records lie in `uns`, under `column_categories`.
    /// Returns the names of those that were used.
    pub fn take_categories(&mut self, uns: &Object) -> Result<Vec<String>, FileError> {
        let mut used = Vec::new();
        if self.object.is_group() {
            return Ok(used);
        }
        for (name, column) in &mut self.columns {
            let key = format!("{name}_categories");
            if let Some(categories) = uns.child(&key)? {
                *column = column.clone().with_categories(&categories);
                used.push(key);
            }
        }
        Ok(used)
    }
}

/// anndata calls an index without a name `_index`.
fn named(index: &str) -> Option<String> {
    (index != "_index").then(|| index.to_owned())
}
