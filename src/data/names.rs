//! Many short texts in one buffer: cell names, gene names, text columns.
//!
//! A million cell names take 20 MB here instead of 50 as separate strings.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::OnceLock;

/// An immutable list of texts.
#[derive(Debug, Default)]
pub struct Names {
    text: String,
    /// Where each name ends in `text`.
    ends: Vec<usize>,
    index: OnceLock<Index>,
    /// Which are missing, where a file keeps that apart; a missing text is empty here.
    missing: Option<Box<Missing>>,
}

/// What pandas' texts that may be missing have beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub mask: Vec<bool>,
    /// What a missing text is called in Python: `NA` or `NaN`; older files do not say.
    pub called: Option<String>,
}

/// Positions by hash, open addressing: no copy of a name, 8 bytes each.
#[derive(Debug)]
struct Index {
    /// Position plus one of a name that hashes here or shortly before; 0 is free. Half are.
    slots: Box<[u32]>,
    /// The first name that occurs twice.
    duplicate: Option<u32>,
}

impl Index {
    fn of(names: &Names) -> Self {
        let mut slots = vec![0; (2 * names.len()).next_power_of_two()].into_boxed_slice();
        let mut duplicate = None;
        for (i, name) in names.iter().enumerate() {
            let mut at = hash(name) & (slots.len() - 1);
            loop {
                match slots[at] {
                    0 => break slots[at] = i as u32 + 1,
                    other if names.get(other as usize - 1) == name => {
                        break duplicate = duplicate.or(Some(i as u32));
                    }
                    _ => at = (at + 1) & (slots.len() - 1),
                }
            }
        }
        Index { slots, duplicate }
    }
}

fn hash(name: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish() as usize
}

impl Names {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The `i`-th name.
    pub fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The same, some of which may be missing.
    pub fn with_missing(mut self, missing: Missing) -> Names {
        debug_assert_eq!(missing.mask.len(), self.len());
        self.missing = Some(Box::new(missing));
        self
    }

    /// Which are missing; `None` where the file they come from had no place for that.
    pub fn missing(&self) -> Option<&Missing> {
        self.missing.as_deref()
    }

    /// Position of a name, the first where it occurs twice. Builds an index on first use.
    pub fn position(&self, name: &str) -> Option<usize> {
        let slots = &self.index().slots;
        let mut at = hash(name) & (slots.len() - 1);
        loop {
            match slots[at] {
                0 => return None,
                i if self.get(i as usize - 1) == name => return Some(i as usize - 1),
                _ => at = (at + 1) & (slots.len() - 1),
            }
        }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }

    /// The names at `positions`, in that order.
    pub fn pick(&self, positions: &[u32]) -> Names {
        let mut picked: Names = positions.iter().map(|&i| self.get(i as usize)).collect();
        picked.missing = self.missing.as_ref().map(|missing| {
            let mask = positions.iter().map(|&i| missing.mask[i as usize]);
            Box::new(Missing {
                mask: mask.collect(),
                called: missing.called.clone(),
            })
        });
        picked
    }

    /// A name that occurs twice.
    pub fn duplicate(&self) -> Option<&str> {
        self.index().duplicate.map(|i| self.get(i as usize))
    }

    /// Names made unique as anndata does: `A`, `A-1`, `A-2`, skipping those that are taken.
    pub fn made_unique(&self) -> Names {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut taken: std::collections::HashSet<String> = self.iter().map(str::to_owned).collect();
        let mut unique = Names::default();
        for name in self.iter() {
            let count = seen.entry(name).and_modify(|n| *n += 1).or_insert(0);
            if *count == 0 {
                unique.push(name);
                continue;
            }
            let mut candidate = format!("{name}-{count}");
            while !taken.insert(candidate.clone()) {
                *count += 1;
                candidate = format!("{name}-{count}");
            }
            unique.push(&candidate);
        }
        unique.missing = self.missing.clone();
        unique
    }

    fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }
}

impl<S: AsRef<str>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let names = names.into_iter();
        let mut list = Names::default();
        list.ends.reserve_exact(names.size_hint().0);
        for name in names {
            list.push(name.as_ref());
        }
        // There may be millions, kept for long.
        list.text.shrink_to_fit();
        list.ends.shrink_to_fit();
        list
    }
}

impl Clone for Names {
    fn clone(&self) -> Self {
        Names {
            text: self.text.clone(),
            ends: self.ends.clone(),
            index: OnceLock::new(),
            missing: self.missing.clone(),
        }
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_get_numbers_that_are_free() {
        let names: Names = ["A", "B", "A", "A-1", "A"].into_iter().collect();
        assert_eq!(names.duplicate(), Some("A"));
        let unique = names.made_unique();
        assert_eq!(
            unique.iter().collect::<Vec<_>>(),
            ["A", "B", "A-2", "A-1", "A-3"]
        );
        assert_eq!(unique.duplicate(), None);
        assert_eq!(names.position("A"), Some(0));
        assert_eq!(names.position("C"), None);
        assert_eq!(Names::default().position("A"), None);
        assert_eq!(names.pick(&[1, 3]).iter().collect::<Vec<_>>(), ["B", "A-1"]);
    }
}
