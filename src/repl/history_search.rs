//! Up and Down: earlier statements that begin like the line, and back to what was typed.

use std::collections::HashSet;

/// Statements of this and earlier sessions, oldest first, and where Up has come to.
#[derive(Debug, Default)]
pub struct Recall {
    entries: Vec<String>,
    /// Statements that failed when they were last run.
    failed: HashSet<String>,
    search: Option<Search>,
}

#[derive(Debug)]
struct Search {
    typed: String,
    /// What Up has shown so far, the newest first; each once.
    shown: Vec<usize>,
}

impl Recall {
    pub fn add(&mut self, entry: &str) {
        self.failed.remove(entry);
        self.entries.push(entry.to_owned());
        self.search = None;
    }

    pub fn mark_failed(&mut self, entry: &str) {
        self.failed.insert(entry.to_owned());
    }

    pub fn has_failed(&self, entry: &str) -> bool {
        self.failed.contains(entry)
    }

    /// The newest statement that is not this one.
    pub fn newest(&self, but: &str) -> Option<&str> {
        let mut newest = self.entries.iter().rev().map(String::as_str);
        newest.find(|entry| *entry != but)
    }

    /// Whether `line` is what Up or Down has put there.
    pub fn is_showing(&self, line: &str) -> bool {
        self.search
            .as_ref()
            .is_some_and(|search| self.line(search) == line && !search.shown.is_empty())
    }

    fn line<'a>(&'a self, search: &'a Search) -> &'a str {
        search
            .shown
            .last()
            .map_or(&search.typed, |&at| &self.entries[at])
    }

    /// The next older statement with the same beginning; `None` if there is none.
    pub fn up(&mut self, line: &str) -> Option<&str> {
        if !self.is_showing(line) {
            self.search = Some(Search {
                typed: line.to_owned(),
                shown: Vec::new(),
            });
        }
        let search = self.search.as_mut()?;
        let seen: HashSet<&str> = search
            .shown
            .iter()
            .map(|&at| self.entries[at].as_str())
            .collect();
        let before = search.shown.last().copied().unwrap_or(self.entries.len());
        let older = (0..before).rev().find(|&at| {
            let entry = self.entries[at].as_str();
            entry.starts_with(&search.typed) && entry != search.typed && !seen.contains(entry)
        })?;
        search.shown.push(older);
        Some(&self.entries[older])
    }

    /// The next newer one, and in the end what was typed; `None` if Up was not pressed.
    pub fn down(&mut self, line: &str) -> Option<&str> {
        if !self.is_showing(line) {
            return None;
        }
        let search = self.search.as_mut()?;
        search.shown.pop();
        let search = self.search.as_ref()?;
        Some(self.line(search))
    }

    /// The newest statement that begins with `line` and says more, and did not fail.
    pub fn like(&self, line: &str) -> Option<&str> {
        let newest = self.entries.iter().rev().map(String::as_str);
        let mut alike = newest.filter(|it| it.len() > line.len() && it.starts_with(line));
        alike.find(|entry| !self.has_failed(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recall() -> Recall {
        let entries = ["qc adata", "leiden adata", "qc adata", "leiden b", "umap b"];
        let mut recall = Recall::default();
        entries.iter().for_each(|entry| recall.add(entry));
        recall
    }

    #[test]
    fn up_finds_the_same_beginning_each_once() {
        let mut recall = recall();
        assert_eq!(recall.up("leiden"), Some("leiden b"));
        assert_eq!(recall.up("leiden b"), Some("leiden adata"));
        assert_eq!(recall.up("leiden adata"), None);
        assert_eq!(recall.down("leiden adata"), Some("leiden b"));
        assert_eq!(recall.down("leiden b"), Some("leiden"));
        assert_eq!(recall.down("leiden"), None);
    }

    #[test]
    fn an_empty_line_goes_through_all() {
        let mut recall = recall();
        let mut line = String::new();
        let mut shown = Vec::new();
        while let Some(entry) = recall.up(&line) {
            line = entry.to_owned();
            shown.push(line.clone());
        }
        assert_eq!(shown, ["umap b", "leiden b", "qc adata", "leiden adata"]);
    }

    #[test]
    fn an_edited_line_is_a_new_beginning() {
        let mut recall = recall();
        assert_eq!(recall.up(""), Some("umap b"));
        assert!(!recall.is_showing("leiden a"));
        assert_eq!(recall.up("leiden a"), Some("leiden adata"));
        recall.add("leiden a res=2");
        assert_eq!(recall.up("leiden a"), Some("leiden a res=2"));
        assert_eq!(recall.like("qc"), Some("qc adata"));
        assert_eq!(recall.like("umap b"), None);
    }
}
