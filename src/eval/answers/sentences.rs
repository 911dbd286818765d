//! Lines in plain English: `please cluster my cells`, `remove cells with less than 200 genes`. They get the
//! statement that does it, or help on a word in them.

use crate::command::{help, suggest};
use crate::diagnostic::{Diagnostic, Severity, code};
use crate::eval::Interpreter;
use crate::eval::answers::of_datasets::groups;
use crate::lang::ast::{Call, ExprKind, Name, Style};
use crate::lang::words::spelled;
use crate::source::Span;

/// Words of sentences that no statement has in its arguments. `for` is one but at the beginning.
#[rustfmt::skip]
const OF_SENTENCES: [&str; 54] = [
    "an", "the", "me", "my", "we", "our", "us", "you", "your", "to", "of", "with", "without", "than", "from",
    "is", "are", "was", "do", "does", "did", "how", "what", "what's", "which", "who", "why", "where", "can", "could",
    "should", "would", "want", "need", "please", "that", "these", "this", "those", "few", "fewer", "many", "most",
    "each", "every", "per", "based", "using", "into", "about", "it", "them", "there", "have",
];

/// What takes cells or genes out, and what leaves them. `filter` may be either.
const DROPS: [&str; 7] = [
    "remove",
    "drop",
    "exclude",
    "discard",
    "delete",
    "throw",
    "eliminate",
];
const KEEPS: [&str; 6] = ["keep", "select", "retain", "subset", "take", "only"];

/// How a number limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Less,
    More,
    AtLeast,
    AtMost,
}

/// The words of a sentence, in lower case.
struct Words(Vec<String>);

impl Words {
    /// A line without signs, one of whose words only sentences have. A variable may have any name.
    fn of(line: &str, is_variable: impl Fn(&str) -> bool) -> Option<Words> {
        let typed: Vec<&str> = line.split_whitespace().collect();
        let plain = |word: &&str| word.trim_end_matches(['.', ',', '?', '!']).to_lowercase();
        let words: Vec<String> = typed.iter().map(plain).collect();
        let is_word = |word: &String| {
            let is_number = word.trim_end_matches('%').replace(',', "").parse::<f64>();
            let of_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'');
            is_number.is_ok() || !word.is_empty() && word.chars().all(of_word)
        };
        let behind = words.iter().skip(1);
        let tells = |word: &String| OF_SENTENCES.contains(&word.as_str()) && !is_variable(word);
        let is_sentence = words.iter().any(tells) || behind.clone().any(|word| word == "for");
        (words.len() > 2 && is_sentence && words.iter().all(is_word)).then_some(Words(words))
    }

    fn has(&self, any: &[&str]) -> bool {
        self.0.iter().any(|word| any.contains(&word.as_str()))
    }

    /// The first of some words, and where it stands.
    fn first(&self, any: &[&str]) -> Option<(usize, &str)> {
        let mut words = self.0.iter().map(String::as_str).enumerate();
        words.find(|(_, word)| any.contains(word))
    }

    fn number(&self) -> Option<(usize, f64)> {
        let mut words = self.0.iter().enumerate();
        words.find_map(|(at, word)| {
            let digits = word.trim_end_matches('%').replace(',', "");
            let number: f64 = digits.parse().ok()?;
            number.is_finite().then_some((at, number))
        })
    }

    fn limit(&self) -> Option<Limit> {
        let pairs = self.0.windows(2);
        let at = pairs
            .filter(|pair| pair[0] == "at")
            .find_map(|pair| match &*pair[1] {
                "least" => Some(Limit::AtLeast),
                "most" => Some(Limit::AtMost),
                _ => None,
            });
        at.or_else(|| match () {
            () if self.has(&["less", "fewer", "below", "under", "lower"]) => Some(Limit::Less),
            () if self.has(&["more", "over", "above", "higher", "greater"]) => Some(Limit::More),
            () => None,
        })
    }

    /// The comparison that holds for what stays.
    fn stays(&self, of_percent: bool) -> Option<&'static str> {
        let limit = self.limit()?;
        let drops = self.has(&DROPS) || self.has(&["out"]);
        let filters = !drops && !self.has(&KEEPS);
        // Cells are filtered for many genes, and out for few; of much mitochondrial RNA only the latter is meant.
        let drops = match limit {
            Limit::Less if filters => true,
            Limit::More if filters && !of_percent => return None,
            Limit::More if filters => true,
            _ => drops,
        };
        Some(match (limit, drops) {
            (Limit::Less, true) | (Limit::AtLeast, false) => ">=",
            (Limit::More, true) | (Limit::AtMost, false) => "<=",
            (Limit::Less, false) | (Limit::AtLeast, true) => "<",
            (Limit::More, false) | (Limit::AtMost, true) => ">",
        })
    }
}

impl Interpreter<'_> {
    /// The answer to a line of several words none of which is known, if there is help on one.
    pub(in crate::eval) fn plain_english(
        &self,
        name: &Name,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let word = |expr: &crate::lang::ast::Expr| match &expr.kind {
            ExprKind::Name(name) => Some(name.text.clone()),
            ExprKind::Word { .. } => Some(expr.span.text(&self.source.text).to_owned()),
            _ => None,
        };
        if call.args.iter().any(|arg| arg.name.is_some()) {
            return None;
        }
        let words = call
            .args
            .iter()
            .map(|arg| word(&arg.value).unwrap_or_default());
        let mut words: Vec<String> = words.collect();
        let unknown = |word: &&String| !word.is_empty() && self.session.get(word).is_none();
        if call.style != Style::Command || words.iter().filter(unknown).count() < 2 {
            return None;
        }
        words.insert(0, name.text.clone());
        let (subject, _) = help::subject_of(self.registry, &words)?;
        Some(self.with_help_on(&subject, name))
    }

    /// The answer to a word of the field that is no command, such as `cluster` and `integrate`.
    pub(in crate::eval) fn word_of_the_field(&self, name: &Name) -> Option<Box<Diagnostic>> {
        let variables = self.session.vars().map(|(name, _)| name);
        let is_misspelled = !suggest::nearest(&name.text, variables).is_empty()
            || self.registry.get(&name.text.to_lowercase()).is_some();
        if is_misspelled || self.stands_for_dataset(name) {
            return None;
        }
        let (subject, exact) = help::subject_of(self.registry, std::slice::from_ref(&name.text))?;
        let near = suggest::nearest(&name.text, self.registry.names());
        (exact || near.is_empty()).then(|| self.with_help_on(&subject, name))
    }

    /// What is wrong with a line, or, if the line is a sentence, that it is one: what its words would be as a
    /// statement says nothing.
    pub fn or_sentence(&self, diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
        let source = diagnostic.source.as_ref().unwrap_or(&self.source);
        let (Some(label), Severity::Error) = (diagnostic.labels.first(), diagnostic.severity)
        else {
            return diagnostic;
        };
        let text = &source.text;
        let Some(before) = text.get(..label.span.start) else {
            return diagnostic;
        };
        let start = before.rfind(['\n', ';']).map_or(0, |at| at + 1);
        let line = text[start..].split(['\n', ';']).next().unwrap_or_default();
        let is_variable = |word: &str| self.session.get(word).is_some();
        let Some(words) = Words::of(line, is_variable) else {
            return diagnostic;
        };
        let start = start + line.len() - line.trim_start().len();
        let span = Span::new(start, start + line.trim().len());
        let error = Diagnostic::error(code::UNEXPECTED_INPUT, "this is a sentence")
            .label(span, "a statement is a command with its arguments")
            .in_source(source);
        match self.meant_by(&words) {
            Some(meant) => error.help(span.line_with(text, &meant)).fix(span, meant),
            None => match help::subject_of(self.registry, &words.0) {
                Some((subject, _)) => error.help(format!("help {subject}")),
                None if words.has(&DROPS) || words.has(&KEEPS) => error.help("help filter"),
                None => error.help("help"),
            },
        }
    }

    /// The statement that a sentence asks for, where its words leave no doubt.
    fn meant_by(&self, words: &Words) -> Option<String> {
        let (name, data) = self.session.current()?;
        self.limited(words, name, data)
            .or_else(|| self.markers_of_cluster(words, name, data))
    }

    /// `remove cells with less than 200 genes`, `keep genes in at least 3 cells`.
    fn limited(&self, words: &Words, name: &str, data: &crate::data::Dataset) -> Option<String> {
        let (verb, _) = words
            .first(&["filter"])
            .or_else(|| words.first(&DROPS))
            .or_else(|| words.first(&KEEPS))?;
        let (of, subject) = words.first(&["cells", "barcodes", "nuclei", "genes", "features"])?;
        let (at, number) = words.number()?;
        if of < verb || at < of {
            return None;
        }
        let has_behind = |any: &[&str]| {
            let mut behind = words.0[of + 1..].iter();
            behind.any(|word| any.contains(&word.as_str()))
        };
        let of_mt = has_behind(&["mitochondrial", "mitochondria", "mito", "mt", "mtdna"]);
        let stays = words.stays(of_mt)?;
        if matches!(subject, "genes" | "features") {
            let in_cells = has_behind(&["cells", "barcodes", "nuclei"]) && stays == ">=";
            return in_cells.then(|| format!("filter_genes {name} min_cells={number}"));
        }
        let of_genes = has_behind(&["genes", "features"]);
        let of_counts = has_behind(&["counts", "umis", "umi", "reads", "transcripts", "molecules"]);
        let columns: &[&str] = match () {
            () if of_mt => &["pct_counts_mt"],
            () if of_genes => &["n_genes_by_counts", "n_genes"],
            () if of_counts => &["total_counts", "n_counts"],
            () => return None,
        };
        let there = columns.iter().find(|key| data.obs.contains_key(**key));
        if let Some(column) = there {
            return Some(format!("filter {name} ({column} {stays} {number})"));
        }
        let of = if of_genes { "genes" } else { "counts" };
        match stays {
            _ if of_mt => Some(format!(
                "qc {name} mt=\"MT-\"; filter {name} (pct_counts_mt {stays} {number})"
            )),
            ">=" => Some(format!("filter {name} min_{of}={number}")),
            "<=" => Some(format!("filter {name} max_{of}={number}")),
            _ => None,
        }
    }

    /// `show me the markers for cluster 1`, `which genes are markers of each cluster`.
    fn markers_of_cluster(
        &self,
        words: &Words,
        name: &str,
        data: &crate::data::Dataset,
    ) -> Option<String> {
        words.first(&["marker", "markers"])?;
        let (of, _) = words.first(&["cluster", "clusters", "group", "groups"])?;
        let key = groups(data)?;
        let level = words
            .0
            .get(of + 1)
            .filter(|word| word.parse::<u32>().is_ok());
        let groups = level.map_or(String::new(), |level| format!(" groups=[\"{level}\"]"));
        Some(format!("markers {name} by={}{groups}", spelled(&key)))
    }

    fn with_help_on(&self, subject: &str, name: &Name) -> Box<Diagnostic> {
        let headline = format!("no command `{}`", name.text);
        let label = "is not a command";
        let error = self.error(code::UNKNOWN_NAME, headline, name.span, label);
        error.help(format!("help {subject}"))
    }
}
