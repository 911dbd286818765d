//! Operators and keywords that differ in other languages: `=<`, `is "B"`, `{0=B}`, `> m.csv`, `read
//! x.h5ad as adata`.

use super::{Found, Line};
use crate::diagnostic::{Diagnostic, code};
use crate::lang::excerpt::replace;
use crate::lang::lexeme::Kind;
use crate::source::Span;

/// Signs that compare numbers.
const COMPARISONS: [&str; 4] = ["<", "<=", ">", ">="];

/// Whether a column, by its name, has values between 0 and 1.
fn is_share(name: &str) -> bool {
    ["frac", "share", "ratio", "score", "prob", "proportion"]
        .iter()
        .any(|part| name.contains(part))
}

impl Line<'_> {
    /// `1:10` of R, which ends with 10.
    pub(super) fn inclusive_range(&self, at: usize) -> Option<Found> {
        let number =
            |at: usize| self.kind(at) == Some(Kind::Number) && !self.text(at).contains('.');
        let glued = self.text(at) == ":" && self.glued(at) && self.glued(at + 1);
        if !glued || !number(at - 1) || !number(at + 1) {
            return None;
        }
        // `a[0:10]` is Python's, and `{0: 1}` a record.
        if self
            .innermost(at)
            .is_some_and(|open| self.text(open) != "(")
        {
            return None;
        }
        let last: u64 = self.text(at + 1).replace('_', "").parse().ok()?;
        let range = format!("{}..{}", self.text(at - 1), last + 1);
        let span = self.span(at - 1).to(self.span(at + 1));
        Some(Found {
            diagnostic: Diagnostic::error(code::FOREIGN_RANGE, "a range is written with `..` here")
                .label(span, "the end of a range is excluded"),
            edits: vec![replace(span, self.as_argument(at - 1, range))],
        })
    }

    /// In parentheses where it is in the command form.
    fn as_argument(&self, at: usize, range: String) -> String {
        let command = self.innermost(at).is_none() && at > 0;
        let bound = at >= 2 && self.text(at - 1) == "=" && at == 2;
        if command && !bound {
            format!("({range})")
        } else {
            range
        }
    }

    /// `x[, cells]` of R, whose objects have a row for each gene.
    pub(super) fn genes_first(&self, at: usize) -> Option<Found> {
        let is_index = self.text(at) == "[" && self.glued(at);
        if !is_index || self.text(at + 1) != "," || self.kind(at + 2)? == Kind::Close {
            return None;
        }
        let both = self.span(at).to(self.span(at + 1));
        let headline = "cells are selected first here, then genes";
        let error = Diagnostic::error(code::FOREIGN_CONSTRUCT, headline);
        let comma = Span::new(self.span(at + 1).start, self.span(at + 2).start);
        // A name in quotes is hardly that of one cell.
        let is_gene = self.kind(at + 2)? == Kind::Text && self.text(at + 3) == "]";
        let genes = if is_gene { ":, " } else { "" };
        Some(Found {
            diagnostic: error.label(both, "is R syntax"),
            edits: vec![replace(comma, genes)],
        })
    }

    /// `a =< 5` and `a => 5`.
    pub(super) fn turned_comparison(&self, at: usize) -> Option<Found> {
        let meant = match (self.text(at), self.text(at + 1)) {
            ("=", "<") => "<=",
            ("=", ">") => ">=",
            _ => return None,
        };
        if !self.glued(at + 1) {
            return None;
        }
        let span = self.span(at).to(self.span(at + 1));
        let headline = format!("`{}` is written `{meant}` here", self.span_text(span));
        Some(Found {
            diagnostic: Diagnostic::error(code::FOREIGN_OPERATOR, headline)
                .label(span, "the other way round"),
            edits: vec![replace(span, meant)],
        })
    }

    /// `(cell_type is "B")` and `(cell_type is not "B")`.
    pub(super) fn is_compared(&self, at: usize) -> Option<Found> {
        let before = at.checked_sub(1).and_then(|it| self.kind(it))?;
        let operand = matches!(before, Kind::Name | Kind::Quoted | Kind::Close);
        let not = self.text(at + 1) == "not";
        let value = self.kind(if not { at + 2 } else { at + 1 });
        let value = matches!(value, Some(Kind::Text | Kind::Raw | Kind::Number));
        if self.text(at) != "is" || !operand || !value || self.innermost(at).is_none() {
            return None;
        }
        let span = self.span(at).to(self.span(if not { at + 1 } else { at }));
        let meant = if not { "!=" } else { "==" };
        let headline = format!("`{}` is written `{meant}` here", self.span_text(span));
        Some(Found {
            diagnostic: Diagnostic::error(code::FOREIGN_OPERATOR, headline)
                .label(span, "compares values"),
            edits: vec![replace(span, meant)],
        })
    }

    /// `{0=B, 1=NK}`.
    pub(super) fn record_with_equals(&self, at: usize) -> Option<Found> {
        let open = self.innermost(at).filter(|&open| self.text(open) == "{")?;
        let begins = at == open + 2 || at > 1 && self.text(at - 2) == ",";
        if self.text(at) != "=" || !begins {
            return None;
        }
        let span = Span::new(self.span(at - 1).end, self.span(at + 1).start);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "records use a colon")
            .label(self.span(at), "use `:`");
        Some(Found {
            diagnostic,
            edits: vec![replace(span, ": ")],
        })
    }

    /// `markers adata by=leiden > m.csv` of a shell.
    pub(super) fn redirection(&self, at: usize) -> Option<Found> {
        if self.text(at) != ">" || self.innermost(at).is_some() || at == 0 || self.glued(at) {
            return None;
        }
        let file = Span::new(self.span(at).end, self.excerpt.span.end);
        let file = self.span_text(file).trim().trim_matches(['"', '\'']);
        let ends = |endings: &[&str]| endings.iter().any(|it| file.ends_with(it));
        let (is_table, is_figure) = (ends(&[".csv", ".tsv"]), ends(&[".png", ".svg", ".pdf"]));
        if is_figure && !file.contains([' ', '"']) {
            let end = Span::new(self.span(at - 1).end, self.excerpt.span.end);
            let headline = "a figure takes its file as an argument";
            let diagnostic = Diagnostic::error(code::FOREIGN_CONSTRUCT, headline)
                .label(self.span(at), "compares numbers here");
            return Some(Found {
                diagnostic,
                edits: vec![replace(end, format!(" out=\"{file}\""))],
            });
        }
        if !is_table || file.contains([' ', '"']) {
            return None;
        }
        if self.text(0) == "export" {
            return Some(self.redirected_export(at, file));
        }
        let first = usize::from(matches!(self.text(0), "compute" | "show" | "print"));
        let start = Span::new(self.span(0).start, self.span(first).start);
        let end = Span::new(self.span(at - 1).end, self.excerpt.span.end);
        let diagnostic = Diagnostic::error(code::FOREIGN_CONSTRUCT, "`export` writes tables")
            .label(self.span(at), "compares numbers here");
        Some(Found {
            diagnostic,
            edits: vec![
                replace(start, "export ("),
                replace(end, format!(") \"{file}\"")),
            ],
        })
    }

    /// `export(adata.obs) > "m.csv"`: the file is an argument.
    fn redirected_export(&self, at: usize, file: &str) -> Found {
        let end = Span::new(self.span(at - 1).end, self.excerpt.span.end);
        let mut edits = vec![replace(end, format!(" \"{file}\""))];
        if self.text(1) == "(" && self.glued(1) {
            let before = Span::new(self.span(1).start, self.span(1).start);
            edits.insert(0, replace(before, " "));
        }
        let headline = "`export` takes the file as an argument";
        let diagnostic = Diagnostic::error(code::FOREIGN_CONSTRUCT, headline)
            .label(self.span(at), "compares numbers here");
        Found { diagnostic, edits }
    }

    /// `vmax=99%`, a percentile; `pct_counts_mt < 5%`, where the column is in percent; `train=80%`.
    pub(super) fn percent(&self, at: usize) -> Option<Found> {
        let is_number = at > 1 && self.kind(at - 1) == Some(Kind::Number) && self.glued(at);
        let goes_on = matches!(
            self.kind(at + 1),
            Some(Kind::Number | Kind::Text | Kind::Open | Kind::Muddle)
        );
        let number: f64 = self
            .text(at.checked_sub(1)?)
            .replace('_', "")
            .parse()
            .ok()?;
        if self.text(at) != "%" || !is_number || goes_on {
            return None;
        }
        let of = at.checked_sub(3).map_or("", |at| self.text(at));
        let sets = self.text(at - 2) == "=";
        let of_column = at > 2
            && self.kind(at - 3) == Some(Kind::Name)
            && (at == 3 || self.text(at - 4) != ".");
        let (meant, label) = match of {
            "vmin" | "vmax" | "vcenter" if sets => {
                (format!("\"p{number}\""), "a percentile is a text")
            }
            _ if of.starts_with("pct") || of.contains("percent") => {
                (format!("{number}"), "the column is in percent")
            }
            // Of a column that is no share, the smallest or largest cells are meant.
            _ if of_column && COMPARISONS.contains(&self.text(at - 2)) && !is_share(of) => {
                let part = number / 100.0;
                (format!("quantile({of}, {part})"), "is a quantile here")
            }
            _ => (format!("{}", number / 100.0), "is a fraction here"),
        };
        let span = self.span(at - 1).to(self.span(at));
        let headline = "numbers have no percent sign";
        Some(Found {
            diagnostic: Diagnostic::error(code::PUNCTUATION, headline).label(span, label),
            edits: vec![replace(span, meant)],
        })
    }

    /// `read x.h5ad as adata`.
    pub(super) fn read_as(&self, at: usize) -> Option<Found> {
        let last = at + 2 == self.lexemes.len() && self.kind(at + 1) == Some(Kind::Name);
        if self.text(at) != "as" || !last || self.text(0) == "use" || at < 2 {
            return None;
        }
        let start = Span::new(self.excerpt.span.start, self.excerpt.span.start);
        let behind = Span::new(self.span(at - 1).end, self.span(at + 1).end);
        let name = self.text(at + 1);
        let diagnostic = Diagnostic::error(
            code::FOREIGN_ASSIGNMENT,
            "the name comes before its value here",
        )
        .label(self.span(at), "`=` assigns a value to a name");
        Some(Found {
            diagnostic,
            edits: vec![replace(start, format!("{name} = ")), replace(behind, "")],
        })
    }

    /// `qc adata mt=^MT-`: a regular expression without quotes.
    pub(super) fn bare_pattern(&self, at: usize) -> Option<Found> {
        let behind_sign = at > 0 && matches!(self.text(at - 1), "=" | "~");
        if self.text(at) != "^" || !behind_sign || !self.glued(at + 1) {
            return None;
        }
        let start = self.span(at).start;
        let rest = &self.excerpt.source[start..self.excerpt.span.end];
        let end = rest.find([' ', ',', ')', '|']).unwrap_or(rest.len());
        let span = Span::new(start, start + end);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "a regular expression needs quotes")
            .label(span, "put it in quotes");
        let quoted = format!("\"{}\"", self.span_text(span));
        Some(Found {
            diagnostic,
            edits: vec![replace(span, quoted)],
        })
    }

    fn span_text(&self, span: Span) -> &str {
        span.text(self.excerpt.source)
    }
}
