//! A Methods section: the sentence that each command declares, filled in with its parameters, and
//! numbered references.

use super::references::{ALL, Reference};
use crate::data::quantity;

/// The value of a parameter as it is typed; `None` where it is left out, false or none.
pub type Values<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Papers in the order they are cited.
#[derive(Debug, Default)]
pub struct Bibliography(Vec<&'static Reference>);

impl Bibliography {
    /// The number of a paper, which is added if it is cited for the first time.
    fn number(&mut self, key: &str) -> Option<usize> {
        let reference = ALL.iter().find(|it| it.key == key)?;
        let known = self.0.iter().position(|it| it.key == key);
        Some(
            1 + known.unwrap_or_else(|| {
                self.0.push(reference);
                self.0.len() - 1
            }),
        )
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `1. Traag, V. A., …`, a line each.
    pub fn listed(&self) -> String {
        let lines = self.0.iter().enumerate();
        let lines = lines.map(|(i, it)| format!("{}. {}.\n", i + 1, it.listed()));
        lines.collect()
    }

    pub fn bibtex(&self) -> String {
        let entries: Vec<String> = self.0.iter().map(|it| it.bibtex()).collect();
        entries.join("\n")
    }
}

/// A sentence of [`Spec::method`](super::Spec::method) with these values.
pub fn sentence(template: &str, values: Values, papers: &mut Bibliography) -> String {
    let mut text = String::new();
    let mut cited: Vec<usize> = Vec::new();
    fill(template, values, papers, &mut text, &mut cited);
    close_citations(&mut text, &mut cited);
    let text = text.replace("; )", ")").replace(" ()", "");
    text.replace(" .", ".").replace(" ,", ",")
}

/// Fills one level of a template; what is in brackets by itself.
fn fill(
    template: &str,
    values: Values,
    papers: &mut Bibliography,
    text: &mut String,
    cited: &mut Vec<usize>,
) {
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[', '<']) {
        let before = &rest[..at];
        // Papers that follow each other share a pair of brackets.
        let between = before.trim().is_empty() && !cited.is_empty() && rest[at..].starts_with('<');
        if !before.is_empty() && !between {
            close_citations(text, cited);
            text.push_str(before);
        }
        let end = closing(&rest[at..]).map_or(rest.len(), |end| at + end);
        let inside = rest.get(at + 1..end).unwrap_or_default();
        match rest.as_bytes()[at] {
            b'{' => {
                close_citations(text, cited);
                let value = values(inside).unwrap_or_default();
                text.push_str(&spoken(&value));
            }
            b'<' => cited.extend(papers.number(inside)),
            _ => {
                if let Some((condition, inside)) = inside.split_once('|')
                    && holds(condition, values)
                {
                    fill(inside, values, papers, text, cited);
                }
            }
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    if !rest.is_empty() {
        close_citations(text, cited);
        text.push_str(rest);
    }
}

fn close_citations(text: &mut String, cited: &mut Vec<usize>) {
    if cited.is_empty() {
        return;
    }
    let numbers: Vec<String> = cited.drain(..).map(|it| it.to_string()).collect();
    let gap = if text.ends_with(' ') { "" } else { " " };
    text.push_str(&format!("{gap}[{}]", numbers.join(", ")));
}

/// Where the bracket that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' | '<' => depth += 1,
            '}' | ']' | '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// `res`, `!res`, `method=umap`, `!method=umap`.
fn holds(condition: &str, values: Values) -> bool {
    let (wanted, condition) = match condition.strip_prefix('!') {
        Some(condition) => (false, condition),
        None => (true, condition),
    };
    let is = match condition.split_once('=') {
        Some((name, word)) => values(name).is_some_and(|value| value.trim_matches('"') == word),
        None => values(condition).is_some(),
    };
    is == wanted
}

/// A value as a sentence says it: without quotes and brackets, whole numbers with separators.
fn spoken(value: &str) -> String {
    let representation = match value.trim_matches('"') {
        "X" => Some("expression values".to_owned()),
        "X_pca" => Some("principal components".to_owned()),
        "X_pca_harmony" => Some("principal components corrected with Harmony".to_owned()),
        other => other.strip_prefix("X_").map(str::to_owned),
    };
    if let Some(representation) = representation {
        return if representation.contains(' ') {
            format!("the {representation}")
        } else {
            representation
        };
    }
    if let Ok(whole) = value.parse::<u64>() {
        return quantity::count(whole);
    }
    let listed = value.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let plain = listed.unwrap_or(value);
    let is_expression = plain.contains([' ', '=', '<', '>']) && listed.is_none();
    if !is_expression {
        return plain.replace('"', "");
    }
    // The quotes of its levels stay.
    plain
        .trim_start_matches('(')
        .trim_end_matches(')')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(template: &str, given: &[(&str, &str)]) -> (String, String) {
        let values = |name: &str| {
            let found = given.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut papers = Bibliography::default();
        let text = sentence(template, &values, &mut papers);
        let keys: Vec<&str> = papers.0.iter().map(|it| it.key).collect();
        (text, keys.join(" "))
    }

    #[test]
    fn templates_are_filled_in() {
        let template = "[n|The {n} genes][!n|Genes] by [f=a|A <SEURAT>][f=b|B] <UMAP> <TSNE>.";
        let (text, keys) = said(template, &[("n", "2000"), ("f", "\"a\"")]);
        assert_eq!(text, "The 2,000 genes by A [1, 2, 3].");
        assert_eq!(keys, "SEURAT UMAP TSNE");
        let (text, _) = said(template, &[("f", "b")]);
        assert_eq!(text, "Genes by B [1, 2].");
    }

    #[test]
    fn lists_of_conditions_end_where_they_should() {
        let template = "Cells were filtered ([keep|{keep}; ][min|at least {min}; ]).";
        let (text, _) = said(template, &[("keep", "(mt < 5 and b == \"x\")")]);
        assert_eq!(text, "Cells were filtered (mt < 5 and b == \"x\").");
        let (text, _) = said(template, &[("min", "3")]);
        assert_eq!(text, "Cells were filtered (at least 3).");
        assert_eq!(said(template, &[]).0, "Cells were filtered.");
    }

    #[test]
    fn values_are_spoken() {
        assert_eq!(spoken("\"X_pca\""), "the principal components");
        assert_eq!(spoken("\"X_umap\""), "umap");
        assert_eq!(spoken("[\"a\", \"b\"]"), "a, b");
        assert_eq!(spoken("1000000"), "1,000,000");
        assert_eq!(spoken("0.6"), "0.6");
    }
}
