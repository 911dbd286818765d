//! Where statements begin and end, and whether the text is finished: one pass over the lexemes.
//!
//! What does not end a statement (comments, line breaks inside of brackets, before or after `|`,
//! after an operator) is blanked byte for byte. So the grammar has one meaning for a line break,
//! and every span still points into what was typed. Statements are cut here rather than by the
//! grammar, so that a wrong one spoils no other.

mod recover;

use super::Completeness;
use super::lexeme::{Kind, Lexeme, has_colon, lex, next_significant};
use crate::source::Span;

/// Brackets and blocks within each other; deeper text is refused, since parsing recurses.
pub const MAX_NESTING: usize = 200;

/// How often a bracket left open is assumed to end before its text does. Bounds the work.
const MAX_RESUMES: usize = 8;

/// A text whose statements have been found.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// As long as what was typed, with everything blanked that does not matter to the grammar.
    pub text: String,
    pub comments: Vec<Comment>,
    pub completeness: Completeness,
    /// In order; together they hold all that is not blank, a comment or a separator.
    pub pieces: Vec<Piece>,
}

/// From `#` to the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
}

/// What lies between two ends of statements.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub span: Span,
    pub kind: PieceKind,
    /// No line break and no `;` parts it from the piece before.
    pub glued: bool,
    /// Why the piece need not be tried.
    pub problem: Option<Problem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    Statement,
    /// `for … in …`, without the `{` at the offset that follows it.
    Header {
        open: usize,
    },
    /// The `}` of a block.
    Close,
}

/// A mistake in quotes or brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    Unclosed {
        open: usize,
    },
    /// The bracket closes one further out.
    Mismatch {
        open: usize,
        close: usize,
    },
    /// Nothing of the bracket's kind is open, but something else is.
    Swapped {
        open: usize,
        close: usize,
    },
    Unopened {
        close: usize,
    },
    Quote {
        open: usize,
    },
    TooDeep {
        open: usize,
    },
}

/// Finds the statements of a text. Takes time in proportion to its length.
pub fn layout(text: &str) -> Layout {
    scan(text, MAX_RESUMES)
}

/// The same for a text that is being typed: what is open stays open up to its end.
pub fn layout_as_typed(text: &str) -> Layout {
    scan(text, 0)
}

fn scan(text: &str, resumes: usize) -> Layout {
    let lexemes = lex(text);
    let mut scan = Scan {
        text,
        next: next_significant(&lexemes),
        lexemes: &lexemes,
        open: Vec::new(),
        current: None,
        separated: true,
        pieces: Vec::new(),
        blanks: Vec::new(),
        comments: Vec::new(),
        resumes,
        unclosed: None,
    };
    scan.run();
    scan.finish()
}

struct Scan<'a> {
    text: &'a str,
    lexemes: &'a [Lexeme],
    next: Vec<Option<usize>>,
    /// Blocks at the bottom, the current statement's brackets on top of them.
    open: Vec<Bracket>,
    current: Option<Current>,
    separated: bool,
    pieces: Vec<Piece>,
    blanks: Vec<Span>,
    comments: Vec<Comment>,
    /// How many more brackets may be assumed to end before the text does.
    resumes: usize,
    /// The bracket that was open when the end of the text was first reached.
    unclosed: Option<usize>,
}

#[derive(Clone, Copy)]
struct Bracket {
    at: usize,
    char: char,
    block: bool,
}

/// The statement that is being read, by indices of lexemes.
struct Current {
    first: usize,
    last: usize,
    glued: bool,
    problem: Option<Problem>,
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        let mut at = 0;
        loop {
            while at < self.lexemes.len() {
                self.step(at);
                at += 1;
            }
            match self.resume() {
                Some(behind) => at = behind,
                None => break,
            }
        }
    }

    fn step(&mut self, at: usize) {
        let lexeme = self.lexemes[at];
        match lexeme.kind {
            Kind::Gap => {}
            Kind::Continuation => self.blanks.push(lexeme.span),
            Kind::Comment => {
                self.comments.push(Comment { span: lexeme.span });
                self.blanks.push(lexeme.span);
            }
            Kind::Break => self.line_break(at),
            Kind::Open => self.open(at),
            Kind::Close => self.close(at),
            Kind::Unclosed => {
                let open = lexeme.span.start;
                self.extend(at).blame(Problem::Quote { open });
            }
            _ if !self.in_bracket() && lexeme.is(self.text, ";") => self.end_statement(),
            _ => {
                self.extend(at);
            }
        }
    }

    /// Adds a lexeme to the current statement, or begins one with it.
    fn extend(&mut self, at: usize) -> &mut Current {
        let glued = !std::mem::take(&mut self.separated);
        let current = self.current.get_or_insert(Current {
            first: at,
            last: at,
            glued,
            problem: None,
        });
        current.last = at;
        current
    }

    fn in_bracket(&self) -> bool {
        self.open.last().is_some_and(|bracket| !bracket.block)
    }

    fn line_break(&mut self, at: usize) {
        let Some(current) = &self.current else {
            self.separated = true;
            return;
        };
        let quote = matches!(current.problem, Some(Problem::Quote { .. }));
        if !quote && (self.in_bracket() || self.goes_on(current, at)) {
            self.blanks.push(self.lexemes[at].span);
        } else {
            // A quote left open has swallowed the brackets after it.
            self.open.retain(|bracket| bracket.block);
            self.end_statement();
        }
    }

    fn goes_on(&self, current: &Current, at: usize) -> bool {
        let next = self.next[at].map(|next| self.lexemes[next]);
        self.unfinished(current)
            || next.is_some_and(|next| next.is_pipe(self.text))
            || self.is_header(current) && next.is_some_and(|next| next.is(self.text, "{"))
    }

    /// The last lexeme needs an operand; a keyword after a dot does not, it is a mistake.
    fn unfinished(&self, current: &Current) -> bool {
        let last = self.lexemes[current.last];
        let before = &self.text[..last.span.start];
        let field = before.ends_with('.') && last.kind == Kind::Keyword;
        // `mt=MT-` and `read runs/`: part of the word before it.
        let of_word = matches!(last.text(self.text), "-" | "/")
            && before.ends_with(|c| c == '.' || super::names::continues_name(c));
        last.unfinished(self.text) && !field && !of_word
    }

    fn is_header(&self, current: &Current) -> bool {
        let first = self.lexemes[current.first];
        first.kind == Kind::Keyword && ["if", "for", "def", "else"].contains(&first.text(self.text))
    }

    fn open(&mut self, at: usize) {
        let lexeme = self.lexemes[at];
        let char = self.text[lexeme.span.start..].chars().next().unwrap_or('(');
        let header = self.current.as_ref().filter(|current| {
            char == '{'
                && !self.in_bracket()
                && self.is_header(current)
                && !self.unfinished(current)
        });
        let block = header.is_some() && self.open.len() < MAX_NESTING;
        if block {
            let open = lexeme.span.start;
            self.end_piece(PieceKind::Header { open });
            self.separated = true;
        } else {
            let too_deep = self.open.len() >= MAX_NESTING;
            let current = self.extend(at);
            if too_deep {
                let open = lexeme.span.start;
                current.blame(Problem::TooDeep { open });
            }
        }
        self.open.push(Bracket { at, char, block });
    }

    fn close(&mut self, at: usize) {
        let opening = match self.text.as_bytes()[self.lexemes[at].span.start] {
            b')' => '(',
            b']' => '[',
            _ => '{',
        };
        match self.open.iter().rposition(|open| open.char == opening) {
            Some(found) if !self.open[found].block => self.close_bracket(found, at),
            Some(found) => self.close_block(found, at),
            None => self.close_nothing(at),
        }
    }

    fn close_nothing(&mut self, at: usize) {
        let close = self.offset(at);
        let problem = match self.open.pop_if(|bracket| !bracket.block) {
            Some(bracket) => {
                let open = self.offset(bracket.at);
                Problem::Swapped { open, close }
            }
            None => Problem::Unopened { close },
        };
        self.extend(at).blame(problem);
    }

    /// Closes the bracket `found` of the current statement, and what is open inside of it.
    fn close_bracket(&mut self, found: usize, at: usize) {
        let inner = self.open.get(found + 1).map(|inner| self.offset(inner.at));
        let close = self.lexemes[at].span.start;
        let current = self.extend(at);
        if let Some(open) = inner {
            current.blame(Problem::Mismatch { open, close });
        }
        self.open.truncate(found);
    }

    fn close_block(&mut self, found: usize, at: usize) {
        if let Some(inner) = self.open.get(found + 1) {
            let open = self.offset(inner.at);
            // Something is open, so there is a statement it belongs to.
            if let Some(current) = &mut self.current {
                current.blame(Problem::Unclosed { open });
            }
        }
        self.end_statement();
        self.open.truncate(found);
        self.extend(at);
        self.end_piece(PieceKind::Close);
    }

    fn end_statement(&mut self) {
        self.end_piece(PieceKind::Statement);
        self.separated = true;
    }

    fn end_piece(&mut self, kind: PieceKind) {
        if let Some(current) = self.current.take() {
            self.pieces.push(Piece {
                span: self.lexemes[current.first]
                    .span
                    .to(self.lexemes[current.last].span),
                kind,
                glued: current.glued,
                problem: current.problem,
            });
        }
    }

    fn offset(&self, at: usize) -> usize {
        self.lexemes[at].span.start
    }

    fn finish(mut self) -> Layout {
        let completeness = self.completeness();
        let open = self.open.iter().find(|bracket| !bracket.block);
        if let (Some(bracket), Some(current)) = (open, &mut self.current) {
            let open = self.lexemes[bracket.at].span.start;
            current.blame(Problem::Unclosed { open });
        }
        self.end_statement();
        Layout {
            text: blanked(self.text, &self.blanks),
            comments: self.comments,
            completeness,
            pieces: self.pieces,
        }
    }

    fn completeness(&self) -> Completeness {
        if let Some(at) = self.unclosed {
            let start = self.offset(at);
            let char = self.text[start..].chars().next().unwrap_or('(');
            return Completeness::Open(char, start);
        }
        let quote = self.lexemes.iter().find(|it| it.kind == Kind::Unclosed);
        if let Some(quote) = quote {
            return Completeness::Quote(quote.span.start);
        }
        let last = self.lexemes.last();
        if let Some(last) = last.filter(|last| last.kind == Kind::Continuation) {
            return Completeness::Dangling(last.span);
        }
        match &self.current {
            Some(current) if self.unfinished(current) => {
                Completeness::Dangling(self.lexemes[current.last].span)
            }
            Some(current) if self.is_header(current) && current.problem.is_none() => {
                let header = &self.lexemes[current.first..=current.last];
                // `for x in y: show x` of Python, which no block will follow.
                if has_colon(header, self.text) {
                    return Completeness::Complete;
                }
                Completeness::Dangling(header[0].span)
            }
            _ => Completeness::Complete,
        }
    }
}

impl Current {
    /// The first problem of a statement is the one that is reported.
    fn blame(&mut self, problem: Problem) {
        self.problem.get_or_insert(problem);
    }
}

/// The text with spaces for every byte of the spans.
fn blanked(text: &str, blanks: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for blank in blanks {
        bytes[blank.start..blank.end].fill(b' ');
    }
    // Spans are those of whole lexemes, so no character is cut in two.
    String::from_utf8(bytes).unwrap_or_else(|_| " ".repeat(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a text, blanks within them closed up.
    fn pieces(text: &str) -> Vec<String> {
        let layout = layout(text);
        assert_eq!(layout.text.len(), text.len());
        let words = |piece: &Piece| {
            let words: Vec<_> = piece.span.text(&layout.text).split_whitespace().collect();
            words.join(" ")
        };
        layout.pieces.iter().map(words).collect()
    }

    #[test]
    fn where_statements_end() {
        let cases: [(&str, &[&str]); 12] = [
            ("a; b\nc", &["a", "b", "c"]),
            ("x = [1, # one\n 2]\ny", &["x = [1, 2]", "y"]),
            ("a\n\n# c\n  | b |\n c\nd", &["a | b | c", "d"]),
            ("a = \n b and\r\n c \\\r\n d\r\ne", &["a = b and c d", "e"]),
            ("\"a # b\" # c\n'#' `#`", &["\"a # b\"", "'#' `#`"]),
            ("if a { b; c } d", &["if a", "b", "c", "}", "d"]),
            (
                "if a\n{\nb\n}\nelse\n{ c }",
                &["if a", "b", "}", "else", "c", "}"],
            ),
            ("for x in {a: 1} { b }", &["for x in {a: 1}", "b", "}"]),
            ("f {a: 1,\nb: 2}\nc", &["f {a: 1, b: 2}", "c"]),
            ("def f(a={}) {\n a }", &["def f(a={})", "a", "}"]),
            ("x = (1\n  + 2\ny = 3", &["x = (1 + 2", "y = 3"]),
            ("read(\"x)\ny", &["read(\"x)", "y"]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn whether_more_is_to_come() {
        use Completeness::*;
        let cases = [
            ("", Complete),
            ("leiden adata", Complete),
            ("# if {", Complete),
            ("f(a, [1", Open('[', 5)),
            ("if a {\n b\n", Open('{', 5)),
            ("a |", Dangling(Span::new(2, 3))),
            ("a # b\n  and # c\n", Dangling(Span::new(8, 11))),
            ("a \\", Dangling(Span::new(2, 3))),
            ("for x in y", Dangling(Span::new(0, 3))),
            ("for x in y: show x", Complete),
            ("for x in a[0:2]", Dangling(Span::new(0, 3))),
            ("for x in y\n\n", Complete),
            ("read \"x", Quote(5)),
            ("f(a]", Complete),
            ("a.in", Complete),
        ];
        for (text, expected) in cases {
            assert_eq!(layout(text).completeness, expected, "{text:?}");
        }
    }

    #[test]
    fn comments_are_kept_apart() {
        let text = "# a\r\nb # c\n  # d";
        let comments = layout(text).comments;
        let shown: Vec<_> = comments.iter().map(|it| it.span.text(text)).collect();
        assert_eq!(shown, ["# a", "# c", "# d"]);
    }
}
