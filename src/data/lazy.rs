//! A value that is known, stored in a file, or promised by the engine.

use super::arrays::{Graph, Selection};
use super::column::{Category, Column, ColumnType, Numbers};
use super::file::{FileError, InFile};
use super::names::Names;
use super::table::Table;
use super::uns::Uns;
use ndarray::Array2;
use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What a slot can hold. Cheap to clone.
#[derive(Clone)]
pub enum Value {
    Column(Arc<Column>),
    Names(Arc<Names>),
    /// cells × components, or genes × components.
    Dense(Arc<Array2<f32>>),
    Graph(Arc<Graph>),
    Uns(Arc<Uns>),
    Selection(Arc<Selection>),
    Table(Arc<Table>),
    /// Vectors of intermediate results: sums, factors, means.
    Numbers(Arc<Vec<f64>>),
    /// An intermediate result that only its maker and its user know.
    Private(Arc<dyn Any + Send + Sync>),
}

impl Value {
    pub fn keep(&self) -> Option<&Arc<Selection>> {
        match self {
            Value::Selection(keep) => Some(keep),
            _ => None,
        }
    }

    pub fn column(&self) -> Option<&Arc<Column>> {
        match self {
            Value::Column(column) => Some(column),
            _ => None,
        }
    }

    /// The numbers of a column of numbers.
    pub fn column_numbers(&self) -> Option<&Numbers> {
        self.column()?.as_numbers()
    }

    /// The category of a column with levels.
    pub fn column_category(&self) -> Option<&Category> {
        self.column()?.as_category()
    }

    pub fn names(&self) -> Option<&Arc<Names>> {
        match self {
            Value::Names(names) => Some(names),
            _ => None,
        }
    }

    pub fn dense(&self) -> Option<&Arc<Array2<f32>>> {
        match self {
            Value::Dense(dense) => Some(dense),
            _ => None,
        }
    }

    pub fn graph(&self) -> Option<&Arc<Graph>> {
        match self {
            Value::Graph(graph) => Some(graph),
            _ => None,
        }
    }

    pub fn uns(&self) -> Option<&Arc<Uns>> {
        match self {
            Value::Uns(uns) => Some(uns),
            _ => None,
        }
    }

    pub fn table(&self) -> Option<&Arc<Table>> {
        match self {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub fn numbers(&self) -> Option<&Arc<Vec<f64>>> {
        match self {
            Value::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// A value, of the variant for its type.
    pub fn of<T: Any + Send + Sync>(value: T) -> Value {
        Value::shared(Arc::new(value))
    }

    /// The same of one that others hold, too.
    pub fn shared<T: Any + Send + Sync>(value: Arc<T>) -> Value {
        let mut any: Arc<dyn Any + Send + Sync> = value;
        macro_rules! try_each {
            ($($variant:ident)*) => {$(
                match any.downcast() {
                    Ok(value) => return Value::$variant(value),
                    Err(other) => any = other,
                }
            )*};
        }
        try_each!(Column Names Dense Graph Uns Selection Table Numbers);
        Value::Private(any)
    }

    /// The value, if it is a `T`.
    pub fn typed<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let any: Arc<dyn Any + Send + Sync> = match self {
            Value::Column(it) => it.clone(),
            Value::Names(it) => it.clone(),
            Value::Dense(it) => it.clone(),
            Value::Graph(it) => it.clone(),
            Value::Uns(it) => it.clone(),
            Value::Selection(it) => it.clone(),
            Value::Table(it) => it.clone(),
            Value::Numbers(it) => it.clone(),
            Value::Private(it) => it.clone(),
        };
        any.downcast().ok()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Value::Column(_) => "Column",
            Value::Names(_) => "Names",
            Value::Dense(_) => "Dense",
            Value::Graph(_) => "Graph",
            Value::Uns(_) => "Uns",
            Value::Selection(_) => "Keep",
            Value::Table(_) => "Table",
            Value::Numbers(_) => "Numbers",
            Value::Private(_) => "Private",
        })
    }
}

/// What is known of a value before it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Promise {
    Column(ColumnType),
    /// Columns of a dense array, where known.
    Dense(Option<usize>),
    Graph,
    Uns,
    Table,
    #[default]
    Unknown,
}

/// Told how far a long reading is.
pub trait Progress: Sync {
    /// `total` units are ahead.
    fn begin(&self, total: u64);
    /// `n` units more are done; false if there should be no more.
    fn advance(&self, n: u64) -> bool;
}

/// A value in a file, read on demand.
pub trait Load: Send + Sync {
    fn load(&self) -> Result<Value, FileError>;
    /// The same with the type and all digits it is stored with, for a file that is written.
    fn load_exact(&self) -> Result<Value, FileError> {
        self.load()
    }
    /// Looks for what is damaged in a value that is copied unread.
    fn check(&self) -> Result<(), FileError> {
        Ok(())
    }
    /// What is read, where that takes long: `read matrix.csv`.
    fn label(&self) -> Option<String> {
        None
    }
    /// Reads what takes long; the error of a reading that was told to stop is of no interest.
    fn load_watched(&self, _: &dyn Progress) -> Result<Value, FileError> {
        self.load()
    }
    /// Where it can be copied from unread; `None` for what a file of today stores otherwise.
    fn in_file(&self) -> Option<InFile>;
}

/// A value of a file as it is stored.
struct Exact(Arc<dyn Load>);

impl Load for Exact {
    fn load(&self) -> Result<Value, FileError> {
        self.0.load_exact()
    }

    fn in_file(&self) -> Option<InFile> {
        self.0.in_file()
    }
}

/// Who fills a [`Lazy`].
#[derive(Clone)]
pub enum Maker {
    File(Arc<dyn Load>),
    /// A node of the plan; only `plan` looks inside.
    Node(Arc<dyn Any + Send + Sync>),
}

/// A shared place for one value. Clones see it filled.
#[derive(Clone)]
pub struct Lazy {
    cell: Arc<OnceLock<Value>>,
    maker: Option<Maker>,
    promise: Promise,
    /// The column that this one picks rows of: its levels are known before the rows are.
    whole: Option<Arc<Lazy>>,
    /// The same values with all digits, for a file that is written, where a step makes both.
    exact: Option<Arc<Lazy>>,
    /// Numbers that are measured or computed, whatever they turn out to be: no labels of groups.
    measured: bool,
}

impl Lazy {
    /// A value that is there.
    pub fn ready(value: Value) -> Self {
        let promise = match &value {
            Value::Column(column) => Promise::Column(column.column_type()),
            Value::Dense(dense) => Promise::Dense(Some(dense.ncols())),
            Value::Graph(_) => Promise::Graph,
            Value::Uns(_) => Promise::Uns,
            Value::Table(_) => Promise::Table,
            _ => Promise::Unknown,
        };
        Lazy::made_by(None, Arc::new(OnceLock::from(value)), promise)
    }

    fn made_by(maker: Option<Maker>, cell: Arc<OnceLock<Value>>, promise: Promise) -> Self {
        Lazy {
            cell,
            maker,
            promise,
            whole: None,
            exact: None,
            measured: false,
        }
    }

    pub fn from_file(load: impl Load + 'static, promise: Promise) -> Self {
        let maker = Maker::File(Arc::new(load));
        Lazy::made_by(Some(maker), Arc::default(), promise)
    }

    /// A value that `node` will put into `cell`. Called by `plan` alone.
    pub fn promised(
        cell: Arc<OnceLock<Value>>,
        node: Arc<dyn Any + Send + Sync>,
        promise: Promise,
    ) -> Self {
        Lazy::made_by(Some(Maker::Node(node)), cell, promise)
    }

    /// The value, if it is known.
    pub fn get(&self) -> Option<&Value> {
        self.cell.get()
    }

    /// The value, if it is known, or in a file and quickly read; `None` for what a
    /// step will make, and for what takes long to read.
    ///
    /// # Errors
    /// The file is damaged there.
    pub fn known(&self) -> Result<Option<&Value>, FileError> {
        if let (None, Some(Maker::File(load))) = (self.get(), &self.maker)
            && load.label().is_none()
        {
            self.fill(load.load()?);
        }
        Ok(self.get())
    }

    /// A column with the levels that this one has or will have, as far as they are known: itself,
    /// or the column that it picks rows of.
    ///
    /// # Errors
    /// The file is damaged there.
    pub fn known_levels(&self) -> Result<Option<&Arc<Column>>, FileError> {
        let value = match (self.known()?, &self.whole) {
            (None, Some(whole)) => return whole.known_levels(),
            (value, _) => value,
        };
        Ok(value.and_then(Value::column))
    }

    /// The same value, known to pick rows of a column.
    pub fn picked_from(mut self, whole: &Lazy) -> Self {
        self.whole = Some(Arc::new(whole.clone()));
        self
    }

    /// Puts the value there; a second time changes nothing.
    pub fn fill(&self, value: Value) {
        let _ = self.cell.set(value);
    }

    /// Not there, and not merely waiting to be read from a file.
    pub fn is_pending(&self) -> bool {
        self.get().is_none() && matches!(self.maker, Some(Maker::Node(_)))
    }

    pub fn maker(&self) -> Option<&Maker> {
        self.maker.as_ref()
    }

    pub fn promise(&self) -> Promise {
        self.promise
    }

    pub fn promising(mut self, promise: Promise) -> Self {
        self.promise = promise;
        self
    }

    /// Where it lies unchanged in a file, if it does.
    pub fn in_file(&self) -> Option<InFile> {
        match &self.maker {
            Some(Maker::File(load)) => load.in_file(),
            _ => None,
        }
    }

    /// The value for a file that is written; see [`Load::load_exact`].
    pub fn exact(&self) -> Lazy {
        match &self.maker {
            Some(Maker::File(load)) => Lazy::from_file(Exact(load.clone()), self.promise),
            _ => self.exact.as_deref().unwrap_or(self).clone(),
        }
    }

    /// The same value with other digits for written files; see [`Lazy::exact`].
    pub fn written_as(mut self, exact: Lazy) -> Self {
        self.exact = Some(Arc::new(exact));
        self
    }

    /// The same value, whose numbers are known not to be labels of groups.
    pub fn measured(mut self) -> Self {
        self.measured = true;
        self
    }

    /// Whether its numbers are known not to be labels of groups, before they are computed.
    pub fn is_measured(&self) -> bool {
        self.measured || self.whole.as_ref().is_some_and(|whole| whole.is_measured())
    }

    /// Looks for damage in what is copied unread; see [`Load::check`].
    pub fn check(&self) -> Result<(), FileError> {
        match &self.maker {
            Some(Maker::File(load)) if self.get().is_none() => load.check(),
            _ => Ok(()),
        }
    }

    /// Tells places apart as long as they live.
    pub fn place(&self) -> *const () {
        Arc::as_ptr(&self.cell).cast()
    }

    /// The same place, not merely an equal value.
    pub fn same(&self, other: &Lazy) -> bool {
        Arc::ptr_eq(&self.cell, &other.cell)
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.get() {
            Some(value) => write!(f, "Lazy({value:?})"),
            None => write!(f, "Lazy({:?}, pending)", self.promise),
        }
    }
}
