//! Compact copies of sources for passes after the first.

use super::node::{Fault, Node};
use super::pass::Watch;
use crate::data::Blocks;
use std::sync::Arc;

/// The copies that exist, by the source they stand for.
#[derive(Default)]
pub struct Staged {}

impl Staged {
    /// Reads `blocks` or the copy of it.
    pub(super) fn read<T>(
        &self,
        blocks: &Arc<dyn Blocks>,
        pass: impl FnOnce(&dyn Blocks, Option<&dyn Watch>) -> Result<T, (Option<Arc<Node>>, Fault)>,
    ) -> Result<T, (Option<Arc<Node>>, Fault)> {
        pass(&**blocks, None)
    }
}
