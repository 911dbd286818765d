//! Names and assignments as R and Python write them: `x <- 1`, `x += 1`, `pbmc.data`.

use super::{Found, Line};
use crate::diagnostic::{Diagnostic, Fix, code};
use crate::lang::excerpt::replace;
use crate::lang::lexeme::Kind;
use crate::source::Span;

impl Line<'_> {
    /// `x <- 1`, `x := 1` and `x += 1`, where `x` is all that is before.
    pub(super) fn assignment(&self, at: usize) -> Option<Found> {
        let written = self.text(at);
        let updates = ["+=", "-=", "*=", "/="].contains(&written);
        if at == 0 || !updates && written != "<-" && written != ":=" || !self.is_target(at) {
            return None;
        }
        let headline = if updates {
            format!("there is no `{written}`")
        } else {
            format!("`{written}` is written `=` here")
        };
        let diagnostic = Diagnostic::error(code::FOREIGN_ASSIGNMENT, headline)
            .label(self.span(at), "`=` assigns a value to a name");
        let mut edits = vec![replace(self.span(at), "=")];
        if written == "<-" {
            edits.extend(self.dotted_name(at));
            // `x[["percent.mt"]] <- f(x)`: here the command itself adds its columns.
            let target = self.span(0).to(self.span(at + 1));
            let adds = target.text(self.excerpt.source).contains("[[") && self.text(at + 2) == "(";
            if adds {
                edits = vec![replace(target, self.text(at + 1))];
            }
        }
        if updates {
            let target = self.span(0).to(self.span(at - 1)).text(self.excerpt.source);
            edits[0].text = format!("= {target} {}", &written[..1]);
            if self.lexemes.len() > at + 2 {
                let (start, end) = (self.span(at + 1).start, self.excerpt.span.end);
                edits.push(replace(Span::new(start, start), "("));
                edits.push(replace(Span::new(end, end), ")"));
            }
        }
        Some(Found { diagnostic, edits })
    }

    /// In R `pbmc.data` is a name: a dot is part of it.
    fn dotted_name(&self, end: usize) -> Option<Fix> {
        let target = self.span(0).to(self.span(end - 1));
        let text = target.text(self.excerpt.source);
        let part = text
            .split('.')
            .nth(1)
            .filter(|_| !text.contains(['[', '$', '@']))?;
        let of_dataset = ["X", "layers", "obs", "raw", "uns", "var"].contains(&part.trim());
        (!of_dataset).then(|| replace(target, text.replace('.', "_")))
    }

    /// `read("x") -> adata`.
    pub(super) fn right_assignment(&self, at: usize) -> Option<Found> {
        let name = self.lexemes.last()?;
        if at == 0
            || self.text(at) != "->"
            || at + 2 != self.lexemes.len()
            || name.kind != Kind::Name
        {
            return None;
        }
        let start = Span::new(self.excerpt.span.start, self.excerpt.span.start);
        let arrow = Span::new(self.span(at - 1).end, name.span.end);
        let target = name.text(self.excerpt.source);
        Some(Found {
            diagnostic: Diagnostic::error(
                code::FOREIGN_ASSIGNMENT,
                "the name comes before its value here",
            )
            .label(self.span(at), "`=` assigns a value to a name"),
            edits: vec![replace(start, format!("{target} = ")), replace(arrow, "")],
        })
    }

    /// Everything before the lexeme is `name.name`, perhaps with `["name"]`.
    pub(super) fn is_target(&self, at: usize) -> bool {
        self.kind(0) == Some(Kind::Name)
            && (1..at).all(|it| {
                let kind = self.kind(it);
                self.glued(it)
                    && (matches!(self.text(it), "." | "$" | "@" | "[" | "]")
                        || matches!(kind, Some(Kind::Name | Kind::Quoted | Kind::Text)))
            })
    }
}
