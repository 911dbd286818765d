//! Text cut into its smallest pieces: words, numbers, quotes, operators, brackets.
//!
//! Coarser than the grammar and without an opinion: every byte of any text belongs to exactly
//! one lexeme. It serves those who must work on unfinished text: the layout, highlighting,
//! completion, and the explanation of mistakes.

use super::names::{continues_name, starts_name};
use super::words::KEYWORDS;
use crate::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Blanks, and a byte order mark at the very beginning.
    Gap,
    /// One line feed.
    Break,
    /// A backslash at the end of a line, up to and with the line feed.
    Continuation,
    Comment,
    Name,
    /// `` `HLA-DRA` ``.
    Quoted,
    Keyword,
    Number,
    /// Begins with a digit and goes on like a name: `7SK`.
    Muddle,
    /// `"…"`.
    Text,
    /// `'…'`.
    Raw,
    /// A quote of any sort that its line does not close.
    Unclosed,
    /// Everything between operands, `,` `;` `.` and `:` included.
    Operator,
    Open,
    Close,
    /// What the language has no use for.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    pub span: Span,
    pub kind: Kind,
}

/// Longest first where one begins another. Some are only known in order to be explained.
const OPERATORS: [&str; 41] = [
    "%>%", "%in%", "|>", "||", "|", "&&", "&", "===", "==", "!=", "<=", ">=", "<-", "->", ":=",
    "::", "+=", "-=", "*=", "/=", "**", "..", "//", "=", "<", ">", "+", "-", "*", "/", "^", "~",
    "!", ".", ",", ";", ":", "%", "@", "$", "?",
];

/// Operators after which a statement goes on in the next line.
const UNFINISHED: [&str; 30] = [
    "%>%", "%in%", "|>", "||", "|", "&&", "&", "===", "==", "!=", "<=", ">=", "<-", ":=", "+=",
    "-=", "*=", "/=", "**", "..", "=", "<", ">", "+", "-", "*", "/", "^", "~", ",",
];

impl Lexeme {
    pub fn text(self, text: &str) -> &str {
        self.span.text(text)
    }

    pub fn is(self, text: &str, wanted: &str) -> bool {
        self.text(text) == wanted
    }

    /// Anything that a statement is made of.
    pub fn significant(self) -> bool {
        use Kind::*;
        !matches!(self.kind, Gap | Break | Continuation | Comment)
    }

    /// An operand must follow, be it in the next line.
    pub fn unfinished(self, text: &str) -> bool {
        let written = self.text(text);
        match self.kind {
            Kind::Operator => UNFINISHED.contains(&written),
            Kind::Keyword => ["and", "or", "not", "in", "as"].contains(&written),
            _ => false,
        }
    }

    /// Passes data along, in this language or in R.
    pub fn is_pipe(self, text: &str) -> bool {
        self.kind == Kind::Operator && ["|", "|>", "||", "%>%"].contains(&self.text(text))
    }
}

/// Cuts a text; the lexemes follow each other without a hole.
pub fn lex(text: &str) -> Vec<Lexeme> {
    let mut lexemes = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let (kind, length) = first(&text[start..], start == 0);
        let span = Span::new(start, start + length);
        lexemes.push(Lexeme { span, kind });
        start = span.end;
    }
    lexemes
}

/// The bracket that closes the one at `open`.
pub fn closing(lexemes: &[Lexeme], open: usize) -> Option<usize> {
    let mut depth = 0;
    (open..lexemes.len()).find(|&at| {
        match lexemes[at].kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Whether a colon is outside of brackets.
pub fn has_colon(lexemes: &[Lexeme], text: &str) -> bool {
    let mut open = 0usize;
    lexemes.iter().any(|it| {
        match it.kind {
            Kind::Open => open += 1,
            Kind::Close => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0 && it.kind == Kind::Operator && it.span.text(text) == ":"
    })
}

/// For each lexeme the index of the first significant one after it.
pub fn next_significant(lexemes: &[Lexeme]) -> Vec<Option<usize>> {
    let mut next = vec![None; lexemes.len()];
    let mut known = None;
    for at in (0..lexemes.len()).rev() {
        next[at] = known;
        if lexemes[at].significant() {
            known = Some(at);
        }
    }
    next
}

/// The kind and the length of the lexeme that a text, not empty, begins with.
fn first(rest: &str, at_beginning: bool) -> (Kind, usize) {
    let Some(char) = rest.chars().next() else {
        return (Kind::Other, 0);
    };
    match char {
        '\n' => (Kind::Break, 1),
        ' ' | '\t' | '\r' => (Kind::Gap, prefix(rest, |c| matches!(c, ' ' | '\t' | '\r'))),
        '\u{feff}' if at_beginning => (Kind::Gap, char.len_utf8()),
        '#' => (Kind::Comment, comment(rest)),
        '\\' => continuation(rest),
        '"' | '\'' | '`' => quote(rest, char),
        '(' | '[' | '{' => (Kind::Open, 1),
        ')' | ']' | '}' => (Kind::Close, 1),
        '0'..='9' => number(rest),
        _ if starts_name(char) => word(rest),
        _ => operator(rest).unwrap_or((Kind::Other, char.len_utf8())),
    }
}

/// Length of the longest beginning whose characters all satisfy `accept`.
fn prefix(rest: &str, accept: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !accept(c)).unwrap_or(rest.len())
}

fn comment(rest: &str) -> usize {
    let line = &rest[..prefix(rest, |c| c != '\n')];
    line.trim_end_matches('\r').len()
}

fn continuation(rest: &str) -> (Kind, usize) {
    let end = 1 + prefix(&rest[1..], |c| matches!(c, ' ' | '\t' | '\r'));
    match rest.as_bytes().get(end) {
        None => (Kind::Continuation, end),
        Some(b'\n') => (Kind::Continuation, end + 1),
        Some(_) => (Kind::Other, 1),
    }
}

fn quote(rest: &str, mark: char) -> (Kind, usize) {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        if char == '\n' {
            return (Kind::Unclosed, rest[..at].trim_end_matches('\r').len());
        }
        if char == mark && !escaped {
            let kind = match mark {
                '"' => Kind::Text,
                '\'' => Kind::Raw,
                _ => Kind::Quoted,
            };
            return (kind, at + 1);
        }
        escaped = mark == '"' && char == '\\' && !escaped;
    }
    (Kind::Unclosed, rest.len())
}

fn word(rest: &str) -> (Kind, usize) {
    let length = prefix(rest, continues_name);
    if KEYWORDS.contains(&&rest[..length]) {
        (Kind::Keyword, length)
    } else {
        (Kind::Name, length)
    }
}

fn number(rest: &str) -> (Kind, usize) {
    let digits = |from: usize| from + prefix(&rest[from..], |c| c.is_ascii_digit() || c == '_');
    let digit_at = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut end = digits(0);
    if rest[end..].starts_with('.') && digit_at(end + 1) {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        if digit_at(end + 1 + sign) {
            end = end + 1 + sign + prefix(&rest[end + 1 + sign..], |c| c.is_ascii_digit());
        }
    }
    match prefix(&rest[end..], continues_name) {
        0 => (Kind::Number, end),
        more => (Kind::Muddle, end + more),
    }
}

fn operator(rest: &str) -> Option<(Kind, usize)> {
    OPERATORS
        .iter()
        .find(|operator| rest.starts_with(**operator))
        .map(|operator| (Kind::Operator, operator.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        lex(text)
            .into_iter()
            .filter(|lexeme| lexeme.kind != Kind::Gap)
            .map(|lexeme| (lexeme.kind, lexeme.text(text)))
            .collect()
    }

    #[test]
    fn words_numbers_and_what_lies_between() {
        use Kind::*;
        let cases: [(&str, &[(Kind, &str)]); 12] = [
            ("inhba in", &[(Name, "inhba"), (Keyword, "in")]),
            (
                "1e4 2_000 0.6",
                &[(Number, "1e4"), (Number, "2_000"), (Number, "0.6")],
            ),
            ("0..10", &[(Number, "0"), (Operator, ".."), (Number, "10")]),
            ("1.", &[(Number, "1"), (Operator, ".")]),
            ("7SK 10x", &[(Muddle, "7SK"), (Muddle, "10x")]),
            ("1e", &[(Muddle, "1e")]),
            (r#""a\"b" 'c\'"#, &[(Text, r#""a\"b""#), (Raw, r"'c\'")]),
            (
                "\"a # b\r\nc",
                &[(Unclosed, "\"a # b"), (Break, "\n"), (Name, "c")],
            ),
            ("x # y\r\n", &[(Name, "x"), (Comment, "# y"), (Break, "\n")]),
            (
                "a \\ \r\n b",
                &[(Name, "a"), (Continuation, "\\ \r\n"), (Name, "b")],
            ),
            ("a |> b", &[(Name, "a"), (Operator, "|>"), (Name, "b")]),
            ("\u{feff}größe“", &[(Name, "größe"), (Other, "“")]),
        ];
        for (text, expected) in cases {
            assert_eq!(kinds(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn lexemes_tile_any_text(text in "\\PC*|[a1 .\"'`\\\\\n\r#({e+|<-]*") {
            let mut end = 0;
            for lexeme in lex(&text) {
                prop_assert_eq!(lexeme.span.start, end);
                prop_assert!(lexeme.span.end > end && text.is_char_boundary(lexeme.span.end));
                end = lexeme.span.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
