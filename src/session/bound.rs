//! What a name stands for.

use crate::command::Val;
use crate::data::SlotName;
use std::sync::Arc;

/// A value, and the entry of the journal that bound it; 0 for none.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub value: Val,
    pub by: usize,
    /// The slots that a column, number or list was made of, with their versions.
    pub from: Arc<[(SlotName, u64)]>,
}
