//! What was done, statement by statement: what each of them read, bound and wrote, so that
//! `script` can leave out everything that the present state does not depend on.
//!
//! A binding is known by the number of the entry that made it. Going back with `undo` brings the
//! earlier number back, and so the statements that were undone are no longer reached.

use super::persistent::Stack;
use crate::data::history::Statement;
use crate::data::{Place, SlotName};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// A statement that was run.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Counted from one.
    pub number: usize,
    /// As it was typed.
    pub text: String,
    /// Seconds since 1970.
    pub at: Option<i64>,
    /// Variables and functions that it mentions, with the entries that made them.
    pub reads: Vec<(String, usize)>,
    /// Variables and functions that it made or changed.
    pub binds: Vec<String>,
    /// It left a value to be shown: the next `it`.
    pub shows: bool,
    /// Files that it wrote.
    pub files: Vec<PathBuf>,
    /// Words that may be the names of files that it read.
    pub paths: Vec<String>,
    /// It changed a setting that results depend on.
    pub sets: bool,
    /// The one name that it bound is a dataset.
    pub dataset: bool,
    /// Slots that it changed in the dataset whose name it bound again; `None` if it did anything
    /// else.
    pub changes: Option<Vec<SlotName>>,
    /// Words by which it may read a slot; `None` if it may read any.
    pub words: Option<BTreeSet<String>>,
    /// Its steps with all defaults.
    pub steps: Vec<Done>,
}

/// A step of a statement.
#[derive(Debug, Clone)]
pub struct Done {
    pub command: String,
    /// With every default that matters; `None` if it has arguments that only the statement itself
    /// can say.
    pub statement: Option<Statement>,
    pub planned: bool,
    /// It gave a table.
    pub table: bool,
    /// Slots that it changed; `None` if it did anything else.
    pub changes: Option<Vec<SlotName>>,
}

impl Entry {
    /// Whether anything would be missing without it.
    pub fn acts(&self) -> bool {
        !self.binds.is_empty() || !self.files.is_empty() || self.sets
    }

    /// Whether it may read one of these slots.
    fn may_read(&self, slots: &BTreeSet<SlotName>) -> bool {
        let Some(words) = &self.words else {
            return true;
        };
        slots.iter().any(|slot| {
            words.iter().any(|word| {
                let alike = word.len() > 2 && slot.key.contains(word.as_str());
                word == &slot.key || alike || word.contains(&slot.key) || word == slot.place.word()
            })
        })
    }
}

/// All entries; a clone costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    entries: Stack<Arc<Entry>>,
    len: usize,
    /// Entries with a version that `undo` or `restore` took back.
    undone: BTreeSet<usize>,
}

impl Journal {
    /// The number that the next entry will have.
    pub fn next(&self) -> usize {
        self.len + 1
    }

    pub fn push(&mut self, mut entry: Entry) {
        entry.number = self.next();
        self.len += 1;
        self.entries.push(Arc::new(entry));
    }

    pub fn last(&self) -> Option<&Arc<Entry>> {
        self.entries.iter().next()
    }

    /// The entries after one, oldest first; `None` if it is not in this journal.
    pub fn since(&self, known: &Arc<Entry>) -> Option<Vec<Arc<Entry>>> {
        let mut since = Vec::new();
        for entry in self.entries.iter() {
            if Arc::ptr_eq(entry, known) {
                since.reverse();
                return Some(since);
            }
            since.push(entry.clone());
        }
        None
    }

    /// Oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        let mut entries: Vec<_> = self.entries.iter().cloned().collect();
        entries.reverse();
        entries
    }

    pub fn mark_undone(&mut self, number: usize) {
        self.undone.insert(number);
    }

    pub fn mark_redone(&mut self, number: usize) {
        self.undone.remove(&number);
    }

    /// The fewest entries that make the bindings `roots`, and the files that were written on the
    /// way to them; with `of`, only files of what bears that name. Undone entries, and those whose
    /// results later ones replace unread, are left out.
    pub fn needed(&self, roots: &[usize], of: Option<&str>) -> Vec<Arc<Entry>> {
        let all = self.entries();
        let mut wanted: BTreeSet<usize> = BTreeSet::new();
        close(&all, roots.iter().copied(), &mut wanted);
        let files = last_files(&all);
        for entry in &all {
            let is_of = of.is_none_or(|name| entry.reads.iter().any(|(read, _)| read == name));
            if entry.files.is_empty() || !is_of || !files.contains(&entry.number) {
                continue;
            }
            let mut reached = wanted.clone();
            close(&all, [entry.number], &mut reached);
            if reached
                .difference(&wanted)
                .all(|it| !self.undone.contains(it))
            {
                wanted = reached;
            }
        }
        let last = wanted.last().copied().unwrap_or(0);
        let sets = all.iter().filter(|it| it.sets && it.number < last);
        wanted.extend(sets.map(|it| it.number).collect::<Vec<_>>());
        let chosen: Vec<_> = all
            .iter()
            .filter(|it| wanted.contains(&it.number))
            .cloned()
            .collect();
        if is_the_same_again(&chosen) {
            return without_replaced(chosen);
        }
        // Versions of one name are used side by side: only all statements tell how.
        all.into_iter().filter(|it| it.acts() || it.shows).collect()
    }
}

/// Adds entries and all that they read.
fn close(all: &[Arc<Entry>], from: impl IntoIterator<Item = usize>, wanted: &mut BTreeSet<usize>) {
    let mut open: Vec<usize> = from.into_iter().collect();
    while let Some(number) = open.pop() {
        let Some(entry) = number.checked_sub(1).and_then(|at| all.get(at)) else {
            continue;
        };
        if wanted.insert(number) {
            open.extend(entry.reads.iter().map(|(_, by)| *by));
        }
    }
}

/// Entries that wrote a file that no later one wrote again.
fn last_files(all: &[Arc<Entry>]) -> BTreeSet<usize> {
    let mut last: HashMap<&PathBuf, usize> = HashMap::new();
    for entry in all {
        for file in &entry.files {
            last.insert(file, entry.number);
        }
    }
    last.into_values().collect()
}

/// Whether entries, run one after another without those between, read what they read then.
fn is_the_same_again(entries: &[Arc<Entry>]) -> bool {
    let mut bound: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        let same = |(name, by): &(String, usize)| bound.get(name.as_str()).unwrap_or(&0) == by;
        if !entry.reads.iter().all(same) {
            return false;
        }
        // Files are known by their names as variables are.
        let files = entry.files.iter().filter_map(|file| file.to_str());
        for name in entry.binds.iter().map(String::as_str).chain(files) {
            bound.insert(name, entry.number);
        }
        if entry.shows {
            bound.insert("it", entry.number);
        }
    }
    true
}

/// Whether the next entry of the same dataset does an entry's last step again and makes the same
/// slots: what was planned for the first is planned for the second then.
fn is_done_again(entries: &[Arc<Entry>], at: usize) -> bool {
    let entry = &entries[at];
    let Some((last, planned)) = entry.steps.split_last() else {
        return false;
    };
    let made: BTreeSet<SlotName> = last.changes.iter().flatten().cloned().collect();
    let alone = entry.files.is_empty() && !entry.sets && entry.binds.len() == 1 && !last.planned;
    if made.is_empty() || !alone || !planned.iter().all(|step| step.planned) {
        return false;
    }
    for later in &entries[at + 1..] {
        let reads = later
            .reads
            .iter()
            .any(|(name, by)| *by == entry.number && name != &entry.binds[0]);
        if later.binds != entry.binds {
            if reads || later.reads.iter().any(|(_, by)| *by == entry.number) {
                return false;
            }
            continue;
        }
        let again: BTreeSet<SlotName> = later.changes.iter().flatten().cloned().collect();
        let same = matches!(&later.steps[..], [step] if step.command == last.command);
        return same && !reads && made.is_subset(&again) && !later.may_read(&made);
    }
    false
}

/// Whether a later entry draws the same kind of figure into the same file and gives the same groups
/// their colors, which are all that the figure leaves in the dataset, before anything reads them.
fn is_drawn_again(entries: &[Arc<Entry>], at: usize) -> bool {
    let entry = &entries[at];
    let changes = entry.changes.as_deref().unwrap_or_default();
    let groups: Option<Vec<&str>> = changes
        .iter()
        .map(|slot| match slot.place {
            Place::Uns => slot.key.strip_suffix("_colors"),
            _ => None,
        })
        .collect();
    let (Some(groups), false, false) = (groups, entry.files.is_empty(), entry.sets) else {
        return false;
    };
    let command = |entry: &Entry| entry.steps.last().map(|step| step.command.clone());
    let made: BTreeSet<SlotName> = changes.iter().cloned().collect();
    for later in &entries[at + 1..] {
        let names = |group: &&str| later.words.as_ref().is_some_and(|it| it.contains(*group));
        let over = entry.files.iter().all(|file| later.files.contains(file));
        if over {
            return command(entry) == command(later) && groups.iter().all(names);
        }
        let it = ("it".to_owned(), entry.number);
        if later.may_read(&made) || later.reads.contains(&it) {
            return false;
        }
    }
    false
}

/// Leaves out entries all of whose results are made again later, before anything could read them.
fn without_replaced(entries: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
    let replaced = |at: usize| {
        let entry = &entries[at];
        let Some(changes) = entry.changes.as_ref().filter(|it| !it.is_empty()) else {
            return is_done_again(&entries, at);
        };
        if is_drawn_again(&entries, at) {
            return true;
        }
        if !entry.files.is_empty() || entry.sets {
            return false;
        }
        let made: BTreeSet<SlotName> = changes.iter().cloned().collect();
        let mut left = made.clone();
        for later in &entries[at + 1..] {
            let reads_it = later
                .reads
                .iter()
                .any(|read| read == &("it".to_owned(), entry.number));
            if reads_it || later.may_read(&made) {
                return false;
            }
            if later.binds == entry.binds {
                for slot in later.changes.iter().flatten() {
                    left.remove(slot);
                }
            }
            if left.is_empty() {
                return true;
            }
        }
        false
    };
    let kept: Vec<bool> = (0..entries.len()).map(|at| !replaced(at)).collect();
    let pairs = entries.into_iter().zip(kept);
    pairs.filter(|(_, kept)| *kept).map(|(it, _)| it).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str, reads: &[(&str, usize)], binds: &[&str]) -> Entry {
        Entry {
            text: text.to_owned(),
            reads: reads
                .iter()
                .map(|(name, by)| ((*name).to_owned(), *by))
                .collect(),
            binds: binds.iter().map(|name| (*name).to_owned()).collect(),
            words: Some(BTreeSet::new()),
            ..Entry::default()
        }
    }

    fn texts(journal: &Journal, roots: &[usize]) -> String {
        let needed = journal.needed(roots, None);
        let texts: Vec<_> = needed.iter().map(|it| it.text.as_str()).collect();
        texts.join(" ")
    }

    fn of(entries: Vec<Entry>) -> Journal {
        let mut journal = Journal::default();
        entries.into_iter().for_each(|it| journal.push(it));
        journal
    }

    #[test]
    fn what_nothing_depends_on_is_left_out() {
        let mut journal = of(vec![
            entry("read", &[], &["a"]),
            entry("other", &[], &["x"]),
            entry("qc", &[("a", 1)], &["a"]),
            entry("undone", &[("a", 3)], &["a"]),
            entry("leiden", &[("a", 3)], &["a"]),
        ]);
        journal.mark_undone(4);
        assert_eq!(texts(&journal, &[5]), "read qc leiden");
    }

    #[test]
    fn versions_side_by_side_need_every_statement() {
        let journal = of(vec![
            entry("read", &[], &["a"]),
            entry("qc", &[("a", 1)], &["a"]),
            entry("copy", &[("a", 2)], &["b"]),
            entry("undo", &[], &["a"]),
            entry("log", &[("a", 1)], &["a"]),
        ]);
        assert_eq!(texts(&journal, &[3, 5]), "read qc copy undo log");
    }

    #[test]
    fn results_that_are_replaced_unread_are_left_out() {
        let slot = |key: &str| SlotName::new(Place::Obs, key);
        let changing = |text: &str, by: usize, words: &[&str]| Entry {
            changes: Some(vec![slot("leiden")]),
            words: Some(words.iter().map(|it| (*it).to_owned()).collect()),
            ..entry(text, &[("a", by)], &["a"])
        };
        let mut journal = of(vec![
            entry("read", &[], &["a"]),
            changing("one", 1, &[]),
            changing("two", 2, &[]),
        ]);
        assert_eq!(texts(&journal, &[3]), "read two");
        journal.push(changing("three", 3, &["leiden"]));
        assert_eq!(texts(&journal, &[4]), "read two three");
    }

    #[test]
    fn a_figure_that_is_drawn_over_is_left_out() {
        let drawing = |text: &str, by: usize, words: &[&str], colors: &[&str]| Entry {
            changes: Some(
                colors
                    .iter()
                    .map(|key| SlotName::new(Place::Uns, *key))
                    .collect(),
            ),
            words: Some(words.iter().map(|it| (*it).to_owned()).collect()),
            files: vec!["a.png".into()],
            ..entry(
                text,
                &[("a", by)],
                if colors.is_empty() { &[] } else { &["a"] },
            )
        };
        let mut journal = of(vec![
            entry("read", &[], &["a"]),
            drawing("one", 1, &["CD3D", "leiden"], &["leiden_colors"]),
            drawing("two", 2, &["LYZ", "leiden"], &[]),
        ]);
        assert_eq!(texts(&journal, &[2]), "read two");
        // Other groups have other colors, and only the first figure gave these theirs.
        journal.push(drawing("three", 2, &["LYZ", "batch"], &["batch_colors"]));
        assert_eq!(texts(&journal, &[4]), "read one three");
    }
}
