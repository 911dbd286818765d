//! Pipelines of dplyr: `m %>% group_by(cluster) %>% top_n(n = 2, wt = avg_log2FC)` keeps rows of each group.

use crate::eval::Interpreter;
use crate::eval::answers::additions::end_of_call;
use crate::lang::lexeme::{Kind, Lexeme, lex};
use crate::source::Span;

/// Functions that keep some rows of each group.
const KEEPING: [&str; 5] = ["top_n", "slice_head", "slice_max", "slice_min", "head"];

/// Columns of Seurat's tables of markers, and those of `markers`.
const COLUMNS: &[(&str, &str)] = &[
    ("avg_log2FC", "logfoldchanges"),
    ("avg_logFC", "logfoldchanges"),
    ("p_val_adj", "pvals_adj"),
    ("p_val", "pvals"),
    ("pct.1", "pts"),
    ("pct.2", "pts_rest"),
    ("cluster", "group"),
    ("gene", "names"),
];

impl Interpreter<'_> {
    /// The line for what is grouped at `call`, of what `head` begins with, and where it ends.
    pub(in crate::eval) fn of_groups(&self, head: &str, call: Span) -> Option<(String, usize)> {
        let text = &self.source.text;
        let line = text[call.end..].lines().next().unwrap_or_default();
        let lexemes = lex(line);
        let words: Vec<Lexeme> = lexemes.into_iter().filter(|it| it.significant()).collect();
        let (mut ours, mut at, mut end) = (head.to_owned(), 0, None);
        while words.get(at).is_some_and(|it| it.is(line, "|")) {
            let Some(last) = end_of_call(&words, line, at + 1) else {
                break;
            };
            let name = words[at + 1].text(line);
            let inside = Span::new(words[at + 2].span.end, words[last].span.start).text(line);
            match name {
                "filter" => ours = format!("{ours}[{}]", renamed(inside)),
                "ungroup" => {}
                name if KEEPING.contains(&name) => {
                    ours += &format!(" | top n={} each=group", rows_in(inside));
                }
                _ => break,
            }
            end = Some(call.end + words[last].span.end);
            at = last + 1;
        }
        Some((ours, end?))
    }
}

/// The number that a call has for `n`, or its first; one row without any.
fn rows_in(arguments: &str) -> String {
    let lexemes = lex(arguments);
    let words: Vec<&Lexeme> = lexemes.iter().filter(|it| it.significant()).collect();
    let is_number = |word: &&&Lexeme| word.kind == Kind::Number;
    let named = words.windows(3).find(|three| {
        three[0].is(arguments, "n") && three[1].is(arguments, "=") && three[2].kind == Kind::Number
    });
    let number = named.map(|three| three[2]);
    let number = number.or_else(|| words.iter().find(is_number).copied());
    number.map_or("1", |it| it.text(arguments)).to_owned()
}

/// A condition with the columns as `markers` calls them.
fn renamed(condition: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut ours = String::new();
    let mut rest = condition;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length.max(first.len_utf8()));
        let known = COLUMNS.iter().find(|(theirs, _)| *theirs == word);
        ours += known.map_or(word, |(_, ours)| ours);
        rest = behind;
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_seurat_are_renamed() {
        assert_eq!(renamed("avg_log2FC > 1"), "logfoldchanges > 1");
        assert_eq!(
            renamed("p_val_adj<0.05, pct.1>0.2"),
            "pvals_adj<0.05, pts>0.2"
        );
        assert_eq!(rows_in("n = 2, wt = avg_log2FC"), "2");
        assert_eq!(rows_in("order_by = x, n = 5"), "5");
        assert_eq!(rows_in(""), "1");
    }
}
