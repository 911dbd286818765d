//! Keys that tell the folds of a plan apart, the same in every process that plans the same statements:
//! the statement, the number of the node within it, and what the fold reads.
//!
//! Two folds with one key differ at most in the values they wait for, and those are sent. What a
//! statement says is known by its text with all arguments, so everything that a fold or a row step
//! captured is.

use super::view::View;
use crate::data::{Axis, Blocks, Matrix};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

thread_local! {
    static STATEMENT: Cell<Option<(u64, u64)>> = const { Cell::new(None) };
    static PLANNED: RefCell<Option<Planned>> = const { RefCell::new(None) };
}

/// Nodes of folds by their keys.
type Planned = HashMap<u64, Arc<dyn Any + Send + Sync>>;

/// A statement that is being planned, until it is dropped.
pub struct Statement {
    before: Option<(u64, u64)>,
}

impl Statement {
    /// `text` has all arguments, `settings` everything else that a plan depends on.
    pub fn begin(text: &str, settings: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        (text, settings).hash(&mut hasher);
        let before = STATEMENT.replace(Some((hasher.finish(), 0)));
        Statement { before }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        STATEMENT.set(self.before);
    }
}

/// The key of a node or row step that is planned now; its label, where no statement plans it.
pub fn next(label: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    match STATEMENT.get() {
        Some((statement, number)) => {
            STATEMENT.set(Some((statement, number + 1)));
            (statement, number).hash(&mut hasher);
        }
        None => label.hash(&mut hasher),
    }
    hasher.finish()
}

/// The key of a fold, from that of its node.
pub(super) fn of_fold(node: u64, view: &View) -> u64 {
    let mut hasher = DefaultHasher::new();
    let matrix = &view.matrix;
    of_source(node, &*matrix.blocks).hash(&mut hasher);
    for step in &matrix.steps {
        step.key.hash(&mut hasher);
    }
    let selections = |axis: &Axis, root: &Axis| axis.selections_from(root).map(|all| all.len());
    selections(&view.cells, &matrix.cells).hash(&mut hasher);
    selections(&view.genes, &matrix.genes).hash(&mut hasher);
    hasher.finish()
}

/// The key of a node that reads a source.
pub(super) fn of_source(node: u64, blocks: &dyn Blocks) -> u64 {
    let mut hasher = DefaultHasher::new();
    node.hash(&mut hasher);
    blocks.files().hash(&mut hasher);
    blocks.in_file().map(|at| at.object).hash(&mut hasher);
    (blocks.n_cells(), blocks.n_genes(), blocks.n_values()).hash(&mut hasher);
    hasher.finish()
}

/// The key of the step that does to each part of a joined matrix what was planned on it.
pub(super) fn of_parts<'a>(label: &str, parts: impl Iterator<Item = &'a Matrix>) -> u64 {
    let mut hasher = DefaultHasher::new();
    next(label).hash(&mut hasher);
    for part in parts {
        let place = part.blocks.in_file().map(|at| (at.file, at.object));
        place.hash(&mut hasher);
        part.steps.len().hash(&mut hasher);
        part.steps
            .iter()
            .for_each(|step| step.key.hash(&mut hasher));
    }
    hasher.finish()
}

/// From now on folds that this thread plans are remembered.
pub fn remember() {
    PLANNED.set(Some(Planned::new()));
}

/// Plans something that no worker will look for, and that is dropped after use.
pub(super) fn aside<T>(plan: impl FnOnce() -> T) -> T {
    let before = PLANNED.take();
    let made = plan();
    PLANNED.set(before);
    made
}

/// A remembered fold.
pub fn planned(key: u64) -> Option<Arc<dyn Any + Send + Sync>> {
    PLANNED.with_borrow(|planned| planned.as_ref()?.get(&key).cloned())
}

pub(super) fn note(key: u64, node: &Arc<dyn Any + Send + Sync>) {
    PLANNED.with_borrow_mut(|planned| {
        if let Some(planned) = planned {
            planned.insert(key, node.clone());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_statements_and_their_nodes_apart() {
        let two = |text| {
            let _statement = Statement::begin(text, 0);
            [next("a"), next("a")]
        };
        let [first, second] = two("qc {}");
        assert_ne!(first, second);
        assert_eq!(two("qc {}"), [first, second]);
        assert_ne!(two("qc {} mt=\"MT-\"")[0], first);
        assert_eq!(next("gene CD3D"), next("gene CD3D"));
    }
}
