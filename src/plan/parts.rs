//! Promised results in parts, which the step that waits for them gets as a list, wherever they were
//! computed.

use super::divided::Divided;
use super::edge::{Needs, Private, Promised};
use super::node::{self, Node};
use crate::data::{Lazy, Value};
use crate::source::Origin;
use std::any::Any;
use std::marker::PhantomData;
use std::slice;
use std::sync::Arc;

/// Results of all parts in their order.
pub(super) struct Made(Vec<Value>);

/// Keeps the promise of a divided node.
pub(super) fn fill(node: &Node, results: Vec<Value>) {
    node.fill(vec![Value::of(Made(results))]);
}

/// Promised results in parts, which arrive as a list.
pub enum Parts<T> {
    /// One by one, by this process.
    Here(Vec<Promised<T>>),
    Divided(Whole<T>),
}

/// All results of a divided node.
pub struct Whole<T> {
    made: Promised<Made>,
    of: PhantomData<fn() -> T>,
}

impl<T: Any + Send + Sync> Parts<T> {
    /// Plans results that workers make, which wait for `needs`.
    pub fn divided(
        label: impl Into<String>,
        origin: Option<Origin>,
        needs: &impl Needs,
        divided: Divided,
    ) -> Self {
        Parts::Divided(Whole {
            made: node::divided(label, origin, needs, Private::new(), divided),
            of: PhantomData,
        })
    }
}

impl<T: Any + Send + Sync> Needs for Parts<T> {
    type Values = Vec<Arc<T>>;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        match self {
            Parts::Here(parts) => parts.lazies(into),
            Parts::Divided(whole) => whole.made.lazies(into),
        }
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Vec<Arc<T>> {
        match self {
            Parts::Here(parts) => parts.values(from),
            Parts::Divided(whole) => {
                let made = whole.made.values(from);
                made.0.iter().filter_map(Value::typed).collect()
            }
        }
    }
}
