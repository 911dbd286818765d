//! Commas where there should be none, or where a list needs brackets. Part of the explanations in `explain`.

use super::excerpt::replace;
use super::explain::Stop;
use super::lexeme::{Kind, Lexeme};
use crate::diagnostic::{Diagnostic, Fix, code};
use crate::source::Span;
use std::ops::Range;

type Answer = Option<Box<Diagnostic>>;

impl Stop<'_> {
    /// `leiden adata, res=0.6` and `(1, 2)`.
    pub fn needless_comma(&self) -> Answer {
        let here = self.here().filter(|it| self.excerpt.at(it.span) == ",");
        let here = here?;
        let Some(open) = self.bracket() else {
            return self.comma_of_statement(here);
        };
        let closing = self.closing(open)?;
        let brackets = [(open, "["), (closing, "]")];
        let edits: Vec<Fix> = brackets
            .iter()
            .filter_map(|(at, sign)| Some(replace(self.get(*at)?.span, *sign)))
            .collect();
        let plain = self.text(self.get(open)) == "(" && !self.in_call();
        // `(a < 5, b > 2)`
        let inside = self.lexemes.get(open + 1..closing)?;
        let compares = |it: &Lexeme| {
            ["<", "<=", ">", ">=", "==", "!=", "in"].contains(&self.excerpt.at(it.span))
        };
        if plain && inside.iter().filter(|it| compares(it)).count() > 1 {
            let mut depth = 0;
            let commas = inside.iter().filter(|it| {
                match it.kind {
                    Kind::Open => depth += 1,
                    Kind::Close => depth -= 1,
                    _ => {}
                }
                depth == 0 && self.excerpt.at(it.span) == ","
            });
            let edits: Vec<Fix> = commas.map(|it| replace(it.span, " and")).collect();
            let headline = "conditions are joined by `and`";
            let diagnostic =
                Diagnostic::error(code::FOREIGN_OPERATOR, headline).label(here.span, "use `and`");
            return Some(self.excerpt.mend(diagnostic, &edits));
        }
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "lists use [ ]")
            .label(here.span, "parentheses hold one value");
        plain.then(|| self.excerpt.mend(diagnostic, &edits))
    }

    fn comma_of_statement(&self, here: Lexeme) -> Answer {
        if self.at == 1 && self.get(0)?.kind == Kind::Name {
            let headline = "assign one name at a time";
            return self.said(
                Some(here),
                code::INVALID_TARGET,
                headline,
                "starts a second name",
            );
        }
        let lists = self.lists();
        let mut depth = 0;
        let mut edits = Vec::new();
        for (at, lexeme) in self.lexemes.iter().enumerate() {
            match lexeme.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                _ if depth == 0 && self.excerpt.at(lexeme.span) == "," => {
                    if let Some(decimal) = self.decimal_comma(at) {
                        edits.push(decimal);
                        continue;
                    }
                    if let Some(list) = lists.iter().find(|list| list.contains(&at)) {
                        edits.extend(self.in_brackets(list, at));
                        continue;
                    }
                    let spaced = self.excerpt.source[lexeme.span.end..].starts_with([' ', '\t']);
                    edits.push(replace(lexeme.span, if spaced { "" } else { " " }));
                }
                _ => {}
            }
        }
        edits.sort_by_key(|edit| edit.span.start);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "separate arguments with spaces")
            .label(here.span, "commas are used only within brackets");
        Some(self.excerpt.mend(diagnostic, &edits))
    }

    /// `n=2,000` and `n=1,000,000`: the comma goes.
    fn thousands(&self, comma: usize) -> Option<Fix> {
        let digits = |at: usize| {
            let number = self.get(at).filter(|it| it.kind == Kind::Number)?;
            let text = self.excerpt.at(number.span);
            text.bytes().all(|b| b.is_ascii_digit()).then_some(text)
        };
        let parts = |at: usize| {
            let glued = self.text(self.get(at)) == "," && self.glued(at) && self.glued(at + 1);
            glued && digits(at + 1).is_some_and(|text| text.len() == 3)
        };
        let (mut first, mut last) = (comma, comma);
        while first >= 2 && parts(first - 2) {
            first -= 2;
        }
        while parts(last + 2) {
            last += 2;
        }
        let leading = digits(first.checked_sub(1)?)?;
        let is_value = self.text(self.get(first.checked_sub(2)?)) == "=";
        let whole = leading.len() <= 3 && !leading.starts_with('0') && !self.glued(last + 2);
        (parts(comma) && is_value && whole).then(|| replace(self.lexemes[comma].span, ""))
    }

    /// `res=0,6`, without blanks: a decimal point.
    fn decimal_comma(&self, comma: usize) -> Option<Fix> {
        if let Some(thousands) = self.thousands(comma) {
            return Some(thousands);
        }
        let number = |at: usize| self.get(at).is_some_and(|it| it.kind == Kind::Number);
        let before = comma.checked_sub(1)?;
        let alone = !self.glued(comma + 2) && self.text(self.get(before.checked_sub(1)?)) == "=";
        let glued = self.glued(comma) && self.glued(comma + 1);
        (alone && glued && number(before) && number(comma + 1))
            .then(|| replace(self.lexemes[comma].span, "."))
    }

    /// Values that follow each other with commas between: those of one parameter, as in
    /// `color=leiden, CD3D`, calls, as in `figure plot(a), violin(a, CD3D)`, and any without blanks.
    fn lists(&self) -> Vec<Range<usize>> {
        let mut lists = Vec::new();
        let mut at = 1;
        while at < self.lexemes.len() {
            let of_parameter = self.text(self.get(at - 1)) == "=";
            let is_listed = |&(end, is_call): &(usize, bool)| {
                let is_tight = self.glued(end) && self.glued(end + 1);
                of_parameter || is_call || is_tight
            };
            let Some((mut end, _)) = self.value(at).filter(is_listed) else {
                at = self.skipped(at);
                continue;
            };
            let first = at;
            let mut values = 1;
            while self.text(self.get(end)) == "," {
                let is_tight = self.glued(end) && self.glued(end + 1);
                let next = self.value(end + 1);
                let next = next.filter(|&(_, is_call)| of_parameter || is_call || is_tight);
                let Some((last, _)) = next else {
                    break;
                };
                (end, values) = (last, values + 1);
            }
            if values > 1 {
                lists.push(first..end);
            }
            at = end;
        }
        lists
    }

    /// Where the value that begins here ends, and whether it is a call; none if it is the name of a parameter.
    fn value(&self, start: usize) -> Option<(usize, bool)> {
        let begins = [Kind::Name, Kind::Quoted, Kind::Number, Kind::Text];
        let here = self.get(start).filter(|it| begins.contains(&it.kind))?;
        let mut at = start + 1;
        while at < self.lexemes.len()
            && self.glued(at)
            && ![",", "="].contains(&self.text(self.get(at)))
        {
            at = self.skipped(at);
        }
        let is_named = self.text(self.get(at)) == "=";
        let is_call = here.kind == Kind::Name && self.text(self.get(at - 1)) == ")";
        (!is_named).then_some((at, is_call))
    }

    /// What follows: after the closing bracket, if one opens here.
    pub fn skipped(&self, at: usize) -> usize {
        match self.lexemes[at].kind {
            Kind::Open => self
                .closing(at)
                .map_or(self.lexemes.len(), |closing| closing + 1),
            _ => at + 1,
        }
    }

    /// Brackets around the list, at its first comma, and a blank after each.
    fn in_brackets(&self, list: &Range<usize>, comma: usize) -> Vec<Fix> {
        let mut edits = vec![replace(self.lexemes[comma].span, ",")];
        if self.glued(comma + 1) {
            edits = vec![replace(self.lexemes[comma].span, ", ")];
        }
        let mut before = list.start;
        while before < comma && self.text(self.get(before)) != "," {
            before = self.skipped(before);
        }
        if before == comma {
            let (start, end) = (
                self.lexemes[list.start].span.start,
                self.lexemes[list.end - 1].span.end,
            );
            edits.insert(0, replace(Span::new(start, start), "["));
            edits.push(replace(Span::new(end, end), "]"));
        }
        edits
    }
}
