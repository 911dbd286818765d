//! Collections that are cheap to clone and to change: a statement works on a clone of the session,
//! and a script may have bound forty thousand names before it.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Parts of a [`Bindings`]: a clone counts up so many references, a change copies one part.
const PARTS: usize = 64;

/// Names and values, in the order the names were bound first.
#[derive(Debug, Clone)]
pub struct Bindings<V> {
    parts: Vec<Arc<HashMap<String, (u64, V)>>>,
    next: u64,
}

impl<V> Default for Bindings<V> {
    fn default() -> Self {
        Bindings {
            parts: std::iter::repeat_with(Arc::default).take(PARTS).collect(),
            next: 0,
        }
    }
}

impl<V: Clone> Bindings<V> {
    pub fn get(&self, name: &str) -> Option<&V> {
        self.parts[part_of(name)].get(name).map(|(_, value)| value)
    }

    fn part_mut(&mut self, name: &str) -> &mut HashMap<String, (u64, V)> {
        Arc::make_mut(&mut self.parts[part_of(name)])
    }

    /// Binds a name, which keeps its place; gives what it was bound to.
    pub fn insert(&mut self, name: &str, value: V) -> Option<V> {
        let next = self.next;
        let part = self.part_mut(name);
        if let Some((_, there)) = part.get_mut(name) {
            return Some(std::mem::replace(there, value));
        }
        part.insert(name.to_owned(), (next, value));
        self.next += 1;
        None
    }

    pub fn remove(&mut self, name: &str) -> Option<V> {
        self.get(name)?;
        self.part_mut(name).remove(name).map(|(_, value)| value)
    }

    /// The value of a name, to be changed; made first if there is none.
    pub fn entry(&mut self, name: &str) -> &mut V
    where
        V: Default,
    {
        let next = self.next;
        self.next += 1;
        let part = self.part_mut(name);
        &mut part
            .entry(name.to_owned())
            .or_insert_with(|| (next, V::default()))
            .1
    }

    /// Changes the value of a name, if it is bound.
    pub fn entry_of(&mut self, name: &str, change: impl FnOnce(&mut V)) {
        if self.get(name).is_some()
            && let Some((_, value)) = self.part_mut(name).get_mut(name)
        {
            change(value);
        }
    }

    /// All names and values in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &V)> {
        let mut all: Vec<(&String, &(u64, V))> =
            self.parts.iter().flat_map(|part| part.iter()).collect();
        all.sort_unstable_by_key(|(_, (place, _))| *place);
        all.into_iter().map(|(name, (_, value))| (name, value))
    }

    pub fn clear(&mut self) {
        *self = Bindings::default();
    }
}

fn part_of(name: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish() as usize % PARTS
}

/// Values on top of each other; what lies below is shared with clones.
#[derive(Debug, Clone)]
pub struct Stack<T>(Option<Arc<Layer<T>>>);

#[derive(Debug)]
struct Layer<T> {
    value: T,
    below: Stack<T>,
}

impl<T> Default for Stack<T> {
    fn default() -> Self {
        Stack(None)
    }
}

impl<T: Clone> Stack<T> {
    pub fn push(&mut self, value: T) {
        let below = std::mem::take(self);
        self.0 = Some(Arc::new(Layer { value, below }));
    }

    pub fn pop(&mut self) -> Option<T> {
        let top = self.0.take()?;
        self.0.clone_from(&top.below.0);
        Some(top.value.clone())
    }

    /// From the top down.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let mut at = self;
        std::iter::from_fn(move || {
            let layer = at.0.as_ref()?;
            at = &layer.below;
            Some(&layer.value)
        })
    }
}

/// One layer after the other: each would be dropped within the one above.
impl<T> Drop for Stack<T> {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut layer) = next.and_then(Arc::into_inner) {
            next = layer.below.0.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_clones_their_values() {
        let mut bindings = Bindings::default();
        for name in ["b", "a", "c"] {
            assert_eq!(bindings.insert(name, 1), None);
        }
        let before = bindings.clone();
        assert_eq!(bindings.insert("b", 2), Some(1));
        *bindings.entry("d") += 5;
        assert_eq!(bindings.remove("a"), Some(1));
        assert_eq!(bindings.remove("a"), None);
        let all = |of: &Bindings<i32>| -> Vec<(String, i32)> {
            of.iter()
                .map(|(name, value)| (name.clone(), *value))
                .collect()
        };
        let pair = |name: &str, value| (name.to_owned(), value);
        assert_eq!(all(&bindings), [pair("b", 2), pair("c", 1), pair("d", 5)]);
        assert_eq!(all(&before), [pair("b", 1), pair("a", 1), pair("c", 1)]);
    }

    #[test]
    fn stacks_share_what_lies_below() {
        let mut stack = Stack::default();
        (0..1_000_000).for_each(|i| stack.push(i));
        let mut other = stack.clone();
        assert_eq!(other.pop(), Some(999_999));
        other.push(7);
        assert_eq!(stack.pop(), Some(999_999));
        assert_eq!(other.iter().take(2).collect::<Vec<_>>(), [&7, &999_998]);
        drop(stack);
        assert_eq!(other.iter().count(), 1_000_000);
    }
}
