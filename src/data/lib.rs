//! What values are: immutable, shared, and some of them only promised.
//!
//! A [`Dataset`] is one version of an annotated matrix in AnnData's shape. Its slots hold
//! [`Lazy`] values: there, lying in a file, or to be made by the engine. Slots remember the
//! [`Axis`] they were made on, so that filtering cells or genes costs nothing and everything
//! stays aligned: a slot is brought onto the dataset's axes when it is looked at.
//!
//! ```
//! use sca_data::{Column, NumberType, Table};
//!
//! let scores = Column::numbers(vec![1.0, 2.5, f64::NAN], NumberType::F64);
//! let table = Table::new().with("score", scores);
//! assert_eq!(table.n_rows(), 3);
//! ```

extern crate self as data;

pub mod arrays;
pub mod axis;
mod changes;
pub mod chosen;
pub mod column;
mod components;
pub mod dataset;
pub mod figure;
pub mod file;
pub mod genes_of_raw;
pub mod half;
pub mod history;
mod known;
pub mod lazy;
pub mod matrix;
pub mod names;
pub mod number;
mod numeric;
pub mod quantity;
pub mod recorded;
mod scaled;
pub mod slot;
mod staleness;
pub mod stop;
pub mod stored_array;
pub mod stored_sparse;
pub mod table;
pub mod uns;

pub use arrays::{Graph, Selection};
pub use axis::Axis;
pub use changes::Written;
pub use chosen::{About, Asked, Chosen};
pub use column::{Category, Column, ColumnType, LARGEST_EXACT, LevelType, NumberType, Numbers};
pub use components::component_name;
pub use dataset::Dataset;
pub use file::{FileError, FileFault, InFile};
pub use known::Known;
pub use lazy::{Lazy, Load, Maker, Progress, Promise, Value};
pub use matrix::{Blocks, Depth, Matrix, MatrixStep, RowStep, Rows, RowsView, State};
pub use names::Names;
pub use slot::{Place, Slot, SlotName, Stamp};
pub use stored_array::{ElementType, StoredArray};
pub use stored_sparse::StoredSparse;
pub use table::Table;
pub use uns::{FrameIndex, Uns};
