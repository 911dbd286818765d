//! A statement up to the cursor as brackets within brackets, each with the lexemes at its level.

use crate::lang::lexeme::{Kind, Lexeme, lex};
use crate::source::Span;

/// Where the value in `"{x` begins, if the text ends within it.
pub fn open_hole(text: &str, start: usize) -> Option<usize> {
    let last = *lex(&text[start..]).last()?;
    let quote = &text[start..][last.span.start..];
    let hole = quote.rfind('{')?;
    let open = last.kind == Kind::Unclosed && quote.starts_with('"');
    let escaped = quote[..hole].ends_with('\\');
    (open && !escaped && !quote[hole..].contains('}')).then_some(start + last.span.start + hole + 1)
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Round {
    Statement,
    /// `{ … }` in a text.
    Hole,
    /// `( … )` with nothing before it.
    Group,
    Call,
    Index,
    List,
    Record,
}

/// A statement up to the cursor, without the word that is being typed.
pub struct Line<'a> {
    pub text: &'a str,
    pub round: Round,
    pub lexemes: Vec<Lexeme>,
    /// The word, without its quote.
    pub word: Span,
    pub quote: Option<char>,
    /// The cursor touches the end of a value that cannot go on.
    pub finished: bool,
}

impl<'a> Line<'a> {
    pub fn new(text: &'a str, start: usize, round: Round) -> Self {
        let mut lexemes = lex(&text[start..]);
        for it in &mut lexemes {
            it.span = Span::new(start + it.span.start, start + it.span.end);
        }
        let mut line = Line {
            text,
            round,
            lexemes,
            word: Span::new(text.len(), text.len()),
            quote: None,
            finished: false,
        };
        line.take_word();
        line.lexemes.retain(|it| it.significant());
        line
    }

    fn take_word(&mut self) {
        use Kind::*;
        let Some(last) = self.lexemes.last().copied() else {
            return;
        };
        match last.kind {
            Name | Keyword | Number | Muddle => self.word = last.span,
            Unclosed => {
                self.quote = last.text(self.text).chars().next();
                self.word = Span::new(last.span.start + 1, last.span.end);
            }
            _ => {
                self.finished = matches!(last.kind, Text | Raw | Quoted | Close);
                return;
            }
        }
        self.lexemes.pop();
    }

    /// The open brackets, each with its first lexeme inside.
    pub fn levels(&self) -> Vec<(Round, usize)> {
        let mut levels = vec![(self.round, 0)];
        for (at, lexeme) in self.lexemes.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| self.lexemes[before]);
            let owned = before.is_some_and(|it| it.span.end == lexeme.span.start && ends_value(it));
            match (lexeme.text(self.text), lexeme.kind) {
                ("(", Kind::Open) if owned => levels.push((Round::Call, at + 1)),
                ("(", Kind::Open) => levels.push((Round::Group, at + 1)),
                ("[", Kind::Open) if owned => levels.push((Round::Index, at + 1)),
                ("[", Kind::Open) => levels.push((Round::List, at + 1)),
                (_, Kind::Open) => levels.push((Round::Record, at + 1)),
                (_, Kind::Close) if levels.len() > 1 => drop(levels.pop()),
                _ => {}
            }
        }
        levels
    }

    /// The lexemes of one level; what is in closed brackets counts as one of them.
    pub fn items(&self, first: usize, end: usize) -> Vec<Lexeme> {
        let mut items: Vec<Lexeme> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for lexeme in &self.lexemes[first..end] {
            match lexeme.kind {
                Kind::Open => open.push(lexeme.span.start),
                Kind::Close => {
                    let start = open.pop().unwrap_or(lexeme.span.start);
                    if open.is_empty() {
                        let span = Span::new(start, lexeme.span.end);
                        let kind = Kind::Close;
                        items.push(Lexeme { span, kind });
                    }
                }
                _ if open.is_empty() => items.push(*lexeme),
                _ => {}
            }
        }
        items
    }

    pub fn spanned(&self, items: &[Lexeme]) -> String {
        match (items.first(), items.last()) {
            (Some(first), Some(last)) => first.span.to(last.span).text(self.text).to_string(),
            _ => String::new(),
        }
    }

    /// Two lexemes side by side that belong to one value: `adata.obs["x"]` is one.
    fn joined(&self, before: Lexeme, behind: Lexeme) -> bool {
        let part = |it: Lexeme| ends_value(it) || it.is(self.text, ".");
        before.span.end == behind.span.start && part(before) && part(behind)
    }

    /// Where the value that ends with the last item begins.
    pub fn unit_start(&self, items: &[Lexeme]) -> usize {
        let last = items.len().saturating_sub(1);
        let split = (0..last)
            .rev()
            .find(|&at| !self.joined(items[at], items[at + 1]));
        split.map_or(0, |at| at + 1)
    }

    /// After the value that begins with the item.
    pub fn unit_end(&self, items: &[Lexeme], start: usize) -> usize {
        let split = (start..items.len().saturating_sub(1))
            .find(|&at| !self.joined(items[at], items[at + 1]));
        split.map_or(items.len(), |at| at + 1)
    }

    pub fn is(&self, item: Option<&Lexeme>, wanted: &str) -> bool {
        item.is_some_and(|it| it.is(self.text, wanted))
    }
}

pub fn is_name(lexeme: Lexeme) -> bool {
    matches!(lexeme.kind, Kind::Name | Kind::Quoted)
}

fn ends_value(lexeme: Lexeme) -> bool {
    use Kind::*;
    matches!(lexeme.kind, Name | Quoted | Text | Raw | Number | Close)
}
