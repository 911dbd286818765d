//! Collections that are cheap to clone and to change: a statement works on a clone of the session,
//! and a script may have bound forty thousand names before it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Bits of a name's hash that choose a branch, and branches of a node.
const BITS: u32 = 4;
const BRANCHES: usize = 1 << BITS;
/// Names in a leaf before it becomes a node.
const LEAF: usize = 8;

/// Names and values, in the order the names were bound first: a tree by the bits of their hashes, of
/// which a clone shares everything and a change copies the way to one leaf (Bagwell, Ideal Hash Trees,
/// 2001).
#[derive(Debug, Clone)]
pub struct Bindings<V> {
    root: Arc<Node<V>>,
    next: u64,
}

#[derive(Debug, Clone)]
enum Node<V> {
    Leaf(Vec<Bound<V>>),
    Branches([Arc<Node<V>>; BRANCHES]),
}

/// A name, when it was bound first, and its value.
#[derive(Debug, Clone)]
struct Bound<V> {
    name: String,
    place: u64,
    value: V,
}

impl<V> Default for Node<V> {
    fn default() -> Self {
        Node::Leaf(Vec::new())
    }
}

impl<V> Default for Bindings<V> {
    fn default() -> Self {
        Bindings {
            root: Arc::default(),
            next: 0,
        }
    }
}

impl<V: Clone> Bindings<V> {
    pub fn get(&self, name: &str) -> Option<&V> {
        let (mut node, mut bits) = (&self.root, hash(name));
        while let Node::Branches(branches) = &**node {
            node = &branches[bits as usize % BRANCHES];
            bits >>= BITS;
        }
        let Node::Leaf(bound) = &**node else {
            return None;
        };
        let found = bound.iter().find(|bound| bound.name == name);
        found.map(|bound| &bound.value)
    }

    /// Binds a name, which keeps its place; gives what it was bound to.
    pub fn insert(&mut self, name: &str, value: V) -> Option<V> {
        let next = self.next;
        let leaf = leaf(&mut self.root, name);
        if let Some(there) = leaf.iter_mut().find(|bound| bound.name == name) {
            return Some(std::mem::replace(&mut there.value, value));
        }
        leaf.push(Bound {
            name: name.to_owned(),
            place: next,
            value,
        });
        self.next += 1;
        None
    }

    pub fn remove(&mut self, name: &str) -> Option<V> {
        self.get(name)?;
        let leaf = leaf(&mut self.root, name);
        let at = leaf.iter().position(|bound| bound.name == name)?;
        Some(leaf.swap_remove(at).value)
    }

    /// The value of a name, to be changed; made first if there is none.
    pub fn entry(&mut self, name: &str) -> &mut V
    where
        V: Default,
    {
        let next = self.next;
        self.next += 1;
        let leaf = leaf(&mut self.root, name);
        let at = leaf.iter().position(|bound| bound.name == name);
        let at = at.unwrap_or_else(|| {
            leaf.push(Bound {
                name: name.to_owned(),
                place: next,
                value: V::default(),
            });
            leaf.len() - 1
        });
        &mut leaf[at].value
    }

    /// Changes the value of a name, if it is bound.
    pub fn entry_of(&mut self, name: &str, change: impl FnOnce(&mut V)) {
        if self.get(name).is_none() {
            return;
        }
        let leaf = leaf(&mut self.root, name);
        if let Some(bound) = leaf.iter_mut().find(|bound| bound.name == name) {
            change(&mut bound.value);
        }
    }

    /// All names and values in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &V)> {
        let (mut all, mut waiting) = (Vec::new(), vec![&self.root]);
        while let Some(node) = waiting.pop() {
            match &**node {
                Node::Leaf(bound) => all.extend(bound),
                Node::Branches(branches) => waiting.extend(branches),
            }
        }
        all.sort_unstable_by_key(|bound| bound.place);
        all.into_iter().map(|bound| (&bound.name, &bound.value))
    }

    pub fn clear(&mut self) {
        *self = Bindings::default();
    }
}

/// The leaf of a name, on an unshared path; with room for one more name.
fn leaf<'a, V: Clone>(root: &'a mut Arc<Node<V>>, name: &str) -> &'a mut Vec<Bound<V>> {
    let (mut node, mut bits, mut depth) = (Arc::make_mut(root), hash(name), 0);
    loop {
        // After the last bits all names are equal.
        if depth < u64::BITS {
            divide(node, depth);
        }
        match node {
            Node::Leaf(bound) => return bound,
            Node::Branches(branches) => {
                node = Arc::make_mut(&mut branches[bits as usize % BRANCHES]);
                bits >>= BITS;
                depth += BITS;
            }
        }
    }
}

/// Makes branches of a leaf that is full; `depth` bits of the hashes led to it.
fn divide<V>(node: &mut Node<V>, depth: u32) {
    let full = match node {
        Node::Leaf(bound) if bound.len() >= LEAF => std::mem::take(bound),
        _ => return,
    };
    let mut leaves: [Vec<Bound<V>>; BRANCHES] = Default::default();
    for bound in full {
        let branch = (hash(&bound.name) >> depth) as usize % BRANCHES;
        leaves[branch].push(bound);
    }
    *node = Node::Branches(leaves.map(|bound| Arc::new(Node::Leaf(bound))));
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
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
    fn many_names_are_found_and_removed() {
        let mut bindings = Bindings::default();
        let name = |i: usize| format!("x{i}");
        for i in 0..3000 {
            bindings.insert(&name(i), i);
        }
        let before = bindings.clone();
        for i in (0..3000).step_by(3) {
            assert_eq!(bindings.remove(&name(i)), Some(i));
        }
        for i in 0..3000 {
            assert_eq!(before.get(&name(i)), Some(&i));
            assert_eq!(bindings.get(&name(i)).is_some(), i % 3 != 0);
        }
        let left: Vec<usize> = bindings.iter().map(|(_, i)| *i).collect();
        assert!(left.is_sorted() && left.len() == 2000);
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
