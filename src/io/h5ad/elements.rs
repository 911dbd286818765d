//! The elements of a file or store, encoded as anndata 0.12 encodes them.

use super::numbers::stored_exactly;
use crate::data::{
    Category, Column, ElementType, FileError, FrameIndex, Graph, LevelType, Names, NumberType,
    Numbers, StoredArray, StoredSparse, Table, Uns, Value,
};
use crate::io::packing::{CHUNK, Compression};
use crate::io::target::Target;
use ndarray::{ArrayBase, Data, IxDyn};

/// Writes values into a file.
pub struct Elements<'a> {
    pub file: &'a Target,
    pub compression: Compression,
}

/// The length of a value along its first dimension, where it has one.
pub fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Column(column) => Some(column.len()),
        Value::Names(names) => Some(names.len()),
        Value::Dense(dense) => Some(dense.nrows()),
        Value::Graph(graph) => Some(graph.rows()),
        Value::Uns(uns) => match &**uns {
            Uns::Frame(index, _) => Some(index.values.len()),
            Uns::Exact(array) => array.shape.first().copied(),
            Uns::Sparse(sparse) => Some(sparse.shape[0]),
            Uns::Records(columns) => columns.first().map(|(_, column)| column.len()),
            Uns::Graph(rows) => Some(rows.rows()),
            Uns::Array(array) => array.shape().first().copied(),
            Uns::Array32(array) => array.shape().first().copied(),
            _ => None,
        },
        _ => None,
    }
}

impl Elements<'_> {
    pub fn value(&self, path: &str, value: &Value) -> Result<(), FileError> {
        self.named(path)?;
        match value {
            Value::Column(column) => self.column(path, column),
            Value::Names(names) => self.texts(path, names),
            Value::Dense(dense) => self.dense(path, &dense.view().into_dyn()),
            Value::Graph(graph) => self.graph(path, graph),
            Value::Uns(uns) => self.uns(path, uns),
            Value::Table(table) => self.table(path, table),
            Value::Numbers(numbers) => {
                self.array(path, &[numbers.len()], numbers.as_slice(), NumberType::F64)
            }
            Value::Selection(_) | Value::Private(_) => {
                Err(self.file.fault(path, "it is an intermediate result"))
            }
        }
    }

    fn array<T: crate::io::h5::Native>(
        &self,
        path: &str,
        shape: &[usize],
        values: &[T],
        stored: NumberType,
    ) -> Result<(), FileError> {
        self.file.numbers(path, shape, values, stored)?;
        self.file.encoding(path, "array", "0.2.0")
    }

    /// Texts, with a mask beside them if they came from where missing ones are kept apart.
    pub fn texts(&self, path: &str, names: &Names) -> Result<(), FileError> {
        let Some(missing) = names.missing() else {
            self.file.texts(path, &[names.len()], names.iter())?;
            return self.file.encoding(path, "string-array", "0.2.0");
        };
        self.file.group(path)?;
        let values = format!("{path}/values");
        self.file.texts(&values, &[names.len()], names.iter())?;
        self.file.encoding(&values, "string-array", "0.2.0")?;
        self.truths(&format!("{path}/mask"), &missing.mask)?;
        if let Some(called) = &missing.called {
            self.file.text_attribute(path, "na-value", called)?;
        }
        self.file.encoding(path, "nullable-string-array", "0.1.0")
    }

    /// An array as it was stored elsewhere.
    fn exact(&self, path: &str, array: &StoredArray) -> Result<(), FileError> {
        self.file.stored(path, array)?;
        match array.shape[..] {
            [] => self.file.encoding(path, "numeric-scalar", "0.2.0"),
            _ => self.file.encoding(path, "array", "0.2.0"),
        }
    }

    fn truths(&self, path: &str, truths: &[bool]) -> Result<(), FileError> {
        self.file.truths(path, &[truths.len()], truths)?;
        self.file.encoding(path, "array", "0.2.0")
    }

    fn dense<T, S>(&self, path: &str, dense: &ArrayBase<S, IxDyn>) -> Result<(), FileError>
    where
        T: crate::io::h5::Native + Stored,
        S: Data<Elem = T>,
    {
        let dense = dense.as_standard_layout();
        let values = dense.as_slice().unwrap_or(&[]);
        self.array(path, dense.shape(), values, T::STORED)
    }

    pub fn column(&self, path: &str, column: &Column) -> Result<(), FileError> {
        self.named(path)?;
        match column {
            Column::Number(numbers) => self.numbers(path, numbers),
            Column::Bool(truths) => self.truths(path, truths),
            Column::Text(names) => self.texts(path, names),
            Column::Category(category) => self.category(path, category),
        }
    }

    fn numbers(&self, path: &str, numbers: &Numbers) -> Result<(), FileError> {
        let values = &numbers.values;
        let stored = stored_exactly(numbers);
        if !stored.is_whole() {
            return self.array(path, &[values.len()], values, stored);
        }
        if !numbers.nullable {
            let fits = values.iter().all(|value| value.fract() == 0.0);
            return match &numbers.exact {
                Some(exact) if fits => self.wide(path, exact, stored),
                _ if fits => self.array(path, &[values.len()], values, stored),
                _ => self.array(path, &[values.len()], values, NumberType::F64),
            };
        }
        self.file.group(path)?;
        let missing: Vec<bool> = values.iter().map(|value| value.is_nan()).collect();
        let present: Vec<f64> = values
            .iter()
            .map(|&value| if value.is_nan() { 1.0 } else { value })
            .collect();
        let place = format!("{path}/values");
        match &numbers.exact {
            Some(exact) => self.wide(&place, exact, stored)?,
            None => self.array(&place, &[values.len()], &present, stored)?,
        }
        self.truths(&format!("{path}/mask"), &missing)?;
        self.file.encoding(path, "nullable-integer", "0.1.0")
    }

    /// Integers that f64 does not hold.
    fn wide(&self, path: &str, exact: &[i128], stored: NumberType) -> Result<(), FileError> {
        let shape = [exact.len()];
        if stored == NumberType::U64 {
            let values: Vec<u64> = exact.iter().map(|&x| x as u64).collect();
            return self.array(path, &shape, &values, stored);
        }
        let values: Vec<i64> = exact.iter().map(|&x| x as i64).collect();
        self.array(path, &shape, &values, stored)
    }

    /// Booleans some of which are missing.
    fn masked_truths(&self, path: &str, category: &Category) -> Result<(), FileError> {
        self.file.group(path)?;
        let of_true = category.levels.position("True").map(|at| at as i32);
        let is_true = |&code: &i32| Some(code) == of_true;
        let truths: Vec<bool> = category.codes.iter().map(is_true).collect();
        let missing: Vec<bool> = category.codes.iter().map(|&code| code < 0).collect();
        self.truths(&format!("{path}/values"), &truths)?;
        self.truths(&format!("{path}/mask"), &missing)?;
        self.file.encoding(path, "nullable-boolean", "0.1.0")
    }

    /// Levels as what they were in the file they come from, as far as they can be.
    fn levels(&self, path: &str, category: &Category) -> Result<(), FileError> {
        let levels = &category.levels;
        let as_number = |level: &str| level.parse::<f64>().ok();
        match category.level_type {
            LevelType::Number(stored) => {
                let whole = stored.is_whole();
                let exact: Option<Vec<i128>> = levels.iter().map(|x| x.parse().ok()).collect();
                let numbers: Option<Vec<f64>> = levels.iter().map(as_number).collect();
                match (exact, numbers) {
                    (Some(exact), _) if whole => self.wide(path, &exact, stored),
                    (_, Some(numbers)) if !whole => {
                        self.array(path, &[numbers.len()], &numbers, stored)
                    }
                    _ => self.texts(path, levels),
                }
            }
            LevelType::Bool if levels.iter().all(|x| matches!(x, "True" | "False")) => {
                let truths: Vec<bool> = levels.iter().map(|level| level == "True").collect();
                self.truths(path, &truths)
            }
            _ => self.texts(path, levels),
        }
    }

    fn category(&self, path: &str, category: &Category) -> Result<(), FileError> {
        if category.level_type == LevelType::MaskedTruth {
            return self.masked_truths(path, category);
        }
        let stored = match category.levels.len() {
            0..=127 => NumberType::I8,
            128..=32767 => NumberType::I16,
            _ => NumberType::I32,
        };
        self.file.group(path)?;
        let codes = &category.codes;
        self.array(&format!("{path}/codes"), &[codes.len()], codes, stored)?;
        self.levels(&format!("{path}/categories"), category)?;
        self.file.encoding(path, "categorical", "0.2.0")?;
        self.file.truth_attribute(path, "ordered", category.ordered)
    }

    /// An array of one dimension, compressed.
    fn packed(&self, path: &str, element: ElementType, bytes: &[u8]) -> Result<(), FileError> {
        let mut array = self.file.array(path, 0, element, self.compression)?;
        for piece in bytes.chunks(CHUNK) {
            array.push(self.file, piece.to_vec())?;
        }
        array.finish(self.file)
    }

    fn sparse(&self, path: &str, sparse: &StoredSparse) -> Result<(), FileError> {
        self.file.group(path)?;
        let values = &sparse.values;
        self.packed(&format!("{path}/data"), values.element, &values.bytes)?;
        let indices = sparse.indices.iter().flatten();
        let indices: Vec<u8> = indices.flat_map(|index| index.to_le_bytes()).collect();
        let whole = ElementType::Number(NumberType::I32);
        self.packed(&format!("{path}/indices"), whole, &indices)?;
        let form = if sparse.by_column {
            "csc_matrix"
        } else {
            "csr_matrix"
        };
        self.compressed(path, &sparse.ends, form, sparse.shape)
    }

    /// Ends of the lines of a sparse matrix, and what it is.
    fn compressed(
        &self,
        path: &str,
        ends: &[u64],
        form: &str,
        shape: [usize; 2],
    ) -> Result<(), FileError> {
        let stored = if ends.last().is_none_or(|&end| end <= i32::MAX as u64) {
            NumberType::I32
        } else {
            NumberType::I64
        };
        self.file
            .numbers(&format!("{path}/indptr"), &[ends.len()], ends, stored)?;
        self.file.encoding(path, form, "0.1.0")?;
        self.file
            .wholes_attribute(path, "shape", &shape.map(|n| n as i64))
    }

    fn graph(&self, path: &str, graph: &Graph) -> Result<(), FileError> {
        self.file.group(path)?;
        let part = |name: &str, stored, bytes: &[u8]| {
            self.packed(
                &format!("{path}/{name}"),
                ElementType::Number(stored),
                bytes,
            )
        };
        let data: Vec<u8> = graph
            .data()
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        part("data", NumberType::F32, &data)?;
        let indices: Vec<u8> = graph
            .indices()
            .iter()
            .flat_map(|index| index.to_le_bytes())
            .collect();
        part("indices", NumberType::I32, &indices)?;
        let indptr = graph.proper_indptr();
        let indptr: Vec<u64> = indptr.iter().map(|&end| end as u64).collect();
        self.compressed(path, &indptr, "csr_matrix", [graph.rows(), graph.cols()])
    }

    pub fn uns(&self, path: &str, uns: &Uns) -> Result<(), FileError> {
        self.named(path)?;
        match uns {
            Uns::Map(map) => {
                self.file.group(path)?;
                self.file.encoding(path, "dict", "0.1.0")?;
                map.iter()
                    .try_for_each(|(key, value)| self.uns(&format!("{path}/{key}"), value))
            }
            Uns::Null => {
                self.file.null(path)?;
                self.file.encoding(path, "null", "0.1.0")
            }
            Uns::Text(text) => {
                self.file.texts(path, &[], std::iter::once(text.as_str()))?;
                self.file.encoding(path, "string", "0.2.0")
            }
            Uns::Number(number) => {
                self.file.numbers(path, &[], &[*number], NumberType::F64)?;
                self.file.encoding(path, "numeric-scalar", "0.2.0")
            }
            Uns::Integer(whole) => {
                self.file.numbers(path, &[], &[*whole], NumberType::I64)?;
                self.file.encoding(path, "numeric-scalar", "0.2.0")
            }
            Uns::Bool(truth) => {
                self.file.truths(path, &[], &[*truth])?;
                self.file.encoding(path, "numeric-scalar", "0.2.0")
            }
            Uns::Texts(texts) => self.texts(path, texts),
            Uns::TextArray(shape, texts) => {
                self.file.texts(path, shape, texts.iter())?;
                self.file.encoding(path, "string-array", "0.2.0")
            }
            Uns::Column(column) => self.column(path, column),
            Uns::Exact(array) => self.exact(path, array),
            Uns::Sparse(sparse) => self.sparse(path, sparse),
            Uns::Array(array) => self.dense(path, array),
            Uns::Array32(array) => self.dense(path, array),
            Uns::Truths(truths) => self.truths(path, truths),
            Uns::Steps(wholes) => self.array(path, &[wholes.len()], wholes, NumberType::I64),
            Uns::Records(columns) => self.records(path, columns),
            Uns::Frame(index, columns) => {
                let columns = columns.iter().map(|(name, column)| (name.as_str(), column));
                self.frame(path, index, columns)
            }
            Uns::Graph(graph) => self.graph(path, graph),
            Uns::Stored(from) => self.file.copy(from, path).map(drop),
            Uns::Made(making) => self.uns(path, &making.make()?),
        }
    }

    fn table(&self, path: &str, table: &Table) -> Result<(), FileError> {
        let index: Names = (0..table.n_rows()).map(|i| i.to_string()).collect();
        let columns = table.columns.iter();
        let columns = columns.map(|(name, column)| (name.as_str(), &**column));
        self.frame(path, &index.into(), columns)
    }

    fn frame<'a>(
        &self,
        path: &str,
        index: &FrameIndex,
        columns: impl Iterator<Item = (&'a str, &'a Column)>,
    ) -> Result<(), FileError> {
        self.file.group(path)?;
        let mut order = Vec::new();
        for (name, column) in columns {
            self.column(&format!("{path}/{name}"), column)?;
            order.push(name.to_owned());
        }
        let called = index.called.as_deref();
        self.frame_index(path, &index.values, called, &order)
    }

    /// What makes a group of columns a frame.
    pub fn frame_index(
        &self,
        path: &str,
        index: &Column,
        called: Option<&str>,
        order: &[String],
    ) -> Result<(), FileError> {
        let free = |name: &&str| !order.iter().any(|column| column == name);
        let called = called.filter(|name| !name.is_empty() && !name.contains('/'));
        let names = called.into_iter().chain(["_index", "index", "__index"]);
        let name = names.into_iter().find(free);
        let name = name.ok_or_else(|| {
            self.file.fault(
                path,
                "no name is left for the index; rename the column _index",
            )
        })?;
        self.column(&format!("{path}/{name}"), index)?;
        self.file.encoding(path, "dataframe", "0.2.0")?;
        self.file.text_attribute(path, "_index", name)?;
        self.file.texts_attribute(path, "column-order", order)
    }
}

/// The type that numbers in memory are stored as.
trait Stored {
    const STORED: NumberType;
}

impl Stored for f32 {
    const STORED: NumberType = NumberType::F32;
}

impl Stored for f64 {
    const STORED: NumberType = NumberType::F64;
}
