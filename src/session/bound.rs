//! What a name stands for.

use crate::command::Val;

/// A value, and the entry of the journal that bound it; 0 for none.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub value: Val,
    pub by: usize,
}
