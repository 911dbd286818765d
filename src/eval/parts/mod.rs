//! Parts of datasets as values: columns, cells and genes by position or name, tables, uns; what functions make of
//! them, and assigning to them.

pub(super) mod assign;
pub(super) mod axes;
pub(super) mod booleans;
pub(super) mod column_parts;
pub(super) mod columns;
pub(super) mod fields;
pub(super) mod functions;
pub(super) mod integers;
pub(super) mod levels;
pub(super) mod negation;
pub(super) mod ordered;
pub(super) mod positions;
pub(super) mod reached;
pub(super) mod row_names;
pub(super) mod rows;
pub(super) mod select;
pub(super) mod sizes;
pub(super) mod summaries;
pub(super) mod tables;
pub(super) mod uns;
