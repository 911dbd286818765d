//! What each piece of a text is, for colors at the prompt and elsewhere; also of unfinished
//! text.
//!
//! It needs no tree: that a name is a command shows from what is next to it. A law in the
//! tests holds it against the tree wherever there is one.

use super::layout::layout;
use super::lexeme::{Kind, Lexeme, lex};
use crate::source::Span;
use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What is called: a command or a function.
    Command,
    /// The name in `name=value`.
    Parameter,
    /// Any other name.
    Name,
    Number,
    Text,
    /// `{…}` within a text.
    Hole,
    Comment,
    Keyword,
    Operator,
    Bracket,
    /// What the language does not have, or a bracket that closes nothing.
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub span: Span,
    pub class: Class,
}

/// The tokens of any text, in order and apart from each other; only blanks lie between them.
pub fn tokens(text: &str) -> Vec<Token> {
    let lexemes = lex(text);
    let significant: Vec<Lexeme> = lexemes
        .iter()
        .copied()
        .filter(|it| it.significant())
        .collect();
    let pieces = layout(text).pieces;
    let mut reader = Reader {
        text,
        lexemes: &significant,
        starts: pieces.iter().map(|it| it.span.start).collect(),
        open: Vec::new(),
        at: 0,
        stage: true,
        piped: false,
    };
    let mut tokens = Vec::new();
    for lexeme in lexemes {
        match lexeme.kind {
            Kind::Gap | Kind::Break => {}
            Kind::Comment => tokens.push(token(lexeme.span, Class::Comment)),
            Kind::Continuation => {
                let mark = Span::new(lexeme.span.start, lexeme.span.start + 1);
                tokens.push(token(mark, Class::Operator));
            }
            _ => reader.read(&mut tokens),
        }
    }
    tokens
}

fn token(span: Span, class: Class) -> Token {
    Token { span, class }
}

/// Operators that are only known in order to be explained.
const FOREIGN: [&str; 20] = [
    "%>%", "%in%", "|>", "||", "&&", "&", "===", "->", ":=", "::", "+=", "-=", "*=", "/=", "^",
    "!", "%", "@", "$", "//",
];

struct Reader<'a> {
    text: &'a str,
    lexemes: &'a [Lexeme],
    /// Where statements begin, and blocks end.
    starts: HashSet<usize>,
    /// Open brackets; true for those of a call.
    open: Vec<bool>,
    at: usize,
    /// A command may begin here; `piped`, because a `|` is before.
    stage: bool,
    piped: bool,
}

impl Reader<'_> {
    fn read(&mut self, tokens: &mut Vec<Token>) {
        let lexeme = self.lexemes[self.at];
        if self.starts.contains(&lexeme.span.start) {
            self.stage = true;
            self.piped = false;
        }
        match lexeme.kind {
            Kind::Text => self.texts(lexeme.span, tokens),
            Kind::Unclosed if !self.written(self.at).starts_with('`') => {
                self.texts(lexeme.span, tokens);
            }
            _ => tokens.push(token(lexeme.span, self.class(lexeme))),
        }
        self.follow(lexeme);
        self.at += 1;
    }

    fn written(&self, at: usize) -> &str {
        self.lexemes.get(at).map_or("", |it| it.text(self.text))
    }

    /// Nothing lies between the lexeme and the one before it.
    fn glued(&self, at: usize) -> bool {
        match (
            at.checked_sub(1).and_then(|it| self.lexemes.get(it)),
            self.lexemes.get(at),
        ) {
            (Some(before), Some(it)) => before.span.end == it.span.start,
            _ => false,
        }
    }

    fn class(&self, lexeme: Lexeme) -> Class {
        match lexeme.kind {
            Kind::Name | Kind::Quoted => self.name(),
            Kind::Unclosed => Class::Name,
            Kind::Keyword => Class::Keyword,
            Kind::Number => Class::Number,
            Kind::Raw => Class::Text,
            Kind::Operator if FOREIGN.contains(&self.written(self.at)) => Class::Error,
            Kind::Operator => Class::Operator,
            Kind::Close if self.open.is_empty() => Class::Error,
            Kind::Open | Kind::Close => Class::Bracket,
            _ => Class::Error,
        }
    }

    fn name(&self) -> Class {
        let before = self.at.checked_sub(1).map_or("", |at| self.written(at));
        let field = before == ".";
        let next = self.at + 1;
        let called = self.written(next) == "(" && self.glued(next);
        let first = self.lexemes.get(self.at).map_or(0, |it| it.span.start);
        let begins = self.starts.contains(&first);
        if called && !field || self.stage && (self.has_argument() || self.ends_stage()) {
            Class::Command
        } else if before == "param"
            || self.written(next) == "=" && !begins && !field && !self.is_target()
        {
            Class::Parameter
        } else {
            Class::Name
        }
    }

    /// An argument follows, parted by white space.
    fn has_argument(&self) -> bool {
        let next = self.at + 1;
        let apart = !self.glued(next);
        let lexeme = self.lexemes.get(next).filter(|_| apart);
        let Some(lexeme) = lexeme.filter(|it| !self.starts.contains(&it.span.start)) else {
            return false;
        };
        let minus = self.written(next) == "-" && self.glued(next + 1);
        let number = self.lexemes.get(next + 1).map(|it| it.kind) == Some(Kind::Number);
        match lexeme.kind {
            Kind::Keyword => ["true", "false", "none"].contains(&self.written(next)),
            Kind::Operator => minus && number,
            kind => kind != Kind::Close,
        }
    }

    /// A name alone after a `|` is called too.
    fn ends_stage(&self) -> bool {
        let next = self.at + 1;
        self.piped && (!self.glued(next) || matches!(self.written(next), "|" | ")" | ";" | ""))
    }

    /// Part of `name.name =` at the beginning of a statement.
    fn is_target(&self) -> bool {
        let mut at = self.at;
        while at >= 2 && self.written(at - 1) == "." {
            at -= 2;
        }
        let start = self.lexemes.get(at).map_or(0, |it| it.span.start);
        self.starts.contains(&start)
    }

    /// Notes what the lexeme means for those after it.
    fn follow(&mut self, lexeme: Lexeme) {
        let written = lexeme.text(self.text);
        let was_target = self.at > 0 && written == "=" && self.target_before();
        self.stage = was_target || written == "|" || written == "return";
        self.piped = written == "|";
        match lexeme.kind {
            Kind::Open => {
                let call = written == "(" && self.glued(self.at) && self.operand_before();
                self.open.push(call);
                self.stage = written == "(" && !call;
            }
            Kind::Close => drop(self.open.pop()),
            _ => {}
        }
    }

    fn target_before(&self) -> bool {
        let mut at = self.at - 1;
        while at >= 2 && self.written(at - 1) == "." {
            at -= 2;
        }
        self.starts.contains(&self.lexemes[at].span.start)
    }

    fn operand_before(&self) -> bool {
        let before = self.at.checked_sub(1).map(|at| self.lexemes[at].kind);
        matches!(
            before,
            Some(Kind::Name | Kind::Quoted | Kind::Close | Kind::Text | Kind::Raw)
        )
    }

    /// A text and the holes in it.
    fn texts(&self, span: Span, tokens: &mut Vec<Token>) {
        let written = span.text(self.text);
        let (mut start, mut depth, mut escaped) = (0, 0, false);
        for (at, char) in written.char_indices() {
            match char {
                '{' if !escaped => {
                    if depth == 0 && at > start {
                        let plain = Span::new(span.start + start, span.start + at);
                        tokens.push(token(plain, Class::Text));
                        start = at;
                    }
                    depth += 1;
                }
                '}' if !escaped && depth > 0 => {
                    depth -= 1;
                    if depth == 0 {
                        let hole = Span::new(span.start + start, span.start + at + 1);
                        tokens.push(token(hole, Class::Hole));
                        start = at + 1;
                    }
                }
                _ => {}
            }
            escaped = char == '\\' && !escaped;
        }
        if start < written.len() {
            let class = if depth > 0 { Class::Hole } else { Class::Text };
            tokens.push(token(Span::new(span.start + start, span.end), class));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each token as its text and the first letters of its class.
    fn shown(text: &str) -> String {
        let tokens = tokens(text);
        let shown: Vec<String> = tokens
            .iter()
            .map(|it| format!("{}:{:.3}", it.span.text(text), format!("{:?}", it.class)))
            .collect();
        shown.join(" ")
    }

    #[test]
    fn commands_and_parameters_show_from_what_stands_beside_them() {
        let cases = [
            (
                "adata = read \"a.h5ad\" | pca # x",
                "adata:Nam =:Ope read:Com \"a.h5ad\":Tex |:Ope pca:Com # x:Com",
            ),
            (
                "a.obs.x = f(b, k=1) - 2",
                "a:Nam .:Ope obs:Nam .:Ope x:Nam =:Ope f:Com (:Bra b:Nam ,:Ope k:Par =:Ope \
                 1:Num ):Bra -:Ope 2:Num",
            ),
            (
                "for r in x { leiden r k=r }",
                "for:Key r:Nam in:Key x:Nam {:Bra leiden:Com r:Nam k:Par =:Ope r:Nam }:Bra",
            ),
            (
                "export (markers a by=b) x -1",
                "export:Com (:Bra markers:Com a:Nam by:Par =:Ope b:Nam ):Bra x:Nam -:Ope 1:Num",
            ),
            ("x -1; x - 1", "x:Com -:Ope 1:Num ;:Ope x:Nam -:Ope 1:Num"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn unfinished_and_wrong_text_has_colors_too() {
        let cases = [
            ("leiden adata res=", "leiden:Com adata:Nam res:Par =:Ope"),
            ("read \"a_{b", "read:Com \"a_:Tex {b:Hol"),
            ("\"{a} b\"", "\":Tex {a}:Hol  b\":Tex"),
            ("a |> 7SK)", "a:Nam |>:Err 7SK:Err ):Err"),
            ("x[`a", "x:Nam [:Bra `a:Nam"),
            ("a \\\n b", "a:Com \\:Ope b:Nam"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
