//! The papers that methods come from, for help, `methods` and its BibTeX file.

mod papers;

pub use papers::*;

/// A paper or a book.
#[derive(Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name in templates of [`Spec::method`](super::Spec::method) and in BibTeX.
    pub key: &'static str,
    /// As help cites it.
    pub short: &'static str,
    /// As BibTeX lists them: `Traag, V. A. and Waltman, L.`
    pub authors: &'static str,
    pub title: &'static str,
    /// The journal; `arXiv` for preprints, the publisher for a book.
    pub journal: &'static str,
    pub volume: &'static str,
    pub pages: &'static str,
    pub year: u16,
    pub doi: &'static str,
}

impl Reference {
    /// As a journal lists it.
    pub fn listed(&self) -> String {
        let journal = match self.journal {
            "arXiv" => format!("arXiv:{}", self.pages),
            journal => {
                let volume = Some(self.volume).filter(|it| !it.is_empty());
                let pages = Some(self.pages).filter(|it| !it.is_empty());
                let pages = pages.map(|it| it.replace('-', "–"));
                let parts = volume.map(str::to_owned).into_iter().chain(pages);
                let parts: Vec<String> = parts.collect();
                format!("{journal} {}", parts.join(", ")).trim_end().to_owned()
            }
        };
        let (title, year) = (self.title, self.year);
        format!("{}. {title}. {journal} ({year})", self.authors_listed())
    }

    /// `Traag, V. A., Waltman, L. & van Eck, N. J.`; of many only the first.
    fn authors_listed(&self) -> String {
        let names: Vec<String> = self.authors.split(" and ").map(initials).collect();
        let listed = match &names[..] {
            [first, .., last] if names.len() > 5 || last == "others" => format!("{first} et al"),
            [before @ .., last] if !before.is_empty() => {
                format!("{} & {last}", before.join(", "))
            }
            names => names.concat(),
        };
        listed.trim_end_matches('.').to_owned()
    }

    /// As BibTeX has it.
    pub fn bibtex(&self) -> String {
        let kind = match self.journal {
            "arXiv" => "misc",
            "Wiley" => "book",
            _ => "article",
        };
        let pages = self.pages.replace('-', "--");
        let fields = match kind {
            "misc" => vec![("eprint", pages), ("archiveprefix", "arXiv".to_owned())],
            "book" => vec![("publisher", self.journal.to_owned())],
            _ => vec![
                ("journal", self.journal.to_owned()),
                ("volume", self.volume.to_owned()),
                ("pages", pages),
            ],
        };
        let first = [
            ("author", self.authors.to_owned()),
            ("title", format!("{{{}}}", self.title)),
        ];
        let last = [
            ("year", self.year.to_string()),
            ("doi", self.doi.to_owned()),
        ];
        let all = first.into_iter().chain(fields).chain(last);
        let lines = all
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("  {name} = {{{value}}},\n"));
        let key = self.key.to_lowercase();
        format!("@{kind}{{{key},\n{}}}\n", lines.collect::<String>())
    }
}

/// `Wolf, Fabian A.` as `Wolf, F. A.`
fn initials(name: &str) -> String {
    let Some((family, given)) = name.split_once(", ") else {
        return name.to_owned();
    };
    let short = |part: &str| {
        let letters = part.split('-').filter_map(|it| it.chars().next());
        let letters: Vec<String> = letters.map(|it| format!("{it}.")).collect();
        letters.join("-")
    };
    let given: Vec<String> = given.split(' ').map(short).collect();
    format!("{family}, {}", given.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_as_lists_and_bibtex_have_them() {
        assert_eq!(
            LEIDEN.listed(),
            "Traag, V. A., Waltman, L. & van Eck, N. J. From Louvain to Leiden: guaranteeing \
             well-connected communities. Sci. Rep. 9, 5233 (2019)"
        );
        assert!(HARMONY.listed().starts_with("Korsunsky, I. et al. Fast"));
        assert!(UMAP.listed().ends_with("dimension reduction. arXiv:1802.03426 (2018)"));
        assert!(HALKO_2011.listed().contains("SIAM Rev. 53, 217–288 (2011)"));
        let bibtex = LEIDEN.bibtex();
        assert!(bibtex.starts_with("@article{leiden,\n  author = {Traag, V. A. and Waltman"));
        assert!(bibtex.contains("\n  doi = {10.1038/s41598-019-41695-z},\n}\n"));
        assert!(UMAP.bibtex().starts_with("@misc{umap,"));
    }
}
