//! What R and Python hands type: recognized by its lexemes, answered with the corrected line.
//!
//! Only what has no meaning in the language is answered here, so that nothing is accepted twice
//! and nothing right is refused. All idioms of a statement are mended at once; the first one
//! gives the headline.

mod assignments;
mod calls;
mod shell;
mod signs;
mod statements;

use super::excerpt::{Excerpt, replace};
use super::lexeme::{Kind, Lexeme, closing, lex};
use crate::diagnostic::{Diagnostic, Fix, Outcome, code};
use crate::source::Span;
use std::cell::OnceCell;

/// An operator of another language, and the one that is meant.
struct Idiom {
    written: &'static str,
    meant: &'static str,
    code: &'static str,
    label: &'static str,
}

const fn idiom(
    written: &'static str,
    meant: &'static str,
    code: &'static str,
    label: &'static str,
) -> Idiom {
    Idiom {
        written,
        meant,
        code,
        label,
    }
}

const OPERATORS: [Idiom; 11] = [
    idiom("|>", "|", code::R_PIPE, "a bare `|` passes data along"),
    idiom("%>%", "|", code::R_PIPE, "a bare `|` passes data along"),
    idiom("&", "and", code::FOREIGN_OPERATOR, "use `and`"),
    idiom("&&", "and", code::FOREIGN_OPERATOR, "use `and`"),
    idiom("||", "or", code::FOREIGN_OPERATOR, "use `or`"),
    idiom("!", "not", code::FOREIGN_OPERATOR, "use `not`"),
    idiom("%in%", "in", code::FOREIGN_OPERATOR, "use `in`"),
    idiom(
        "===",
        "==",
        code::FOREIGN_OPERATOR,
        "use two signs to compare",
    ),
    idiom("^", "**", code::FOREIGN_OPERATOR, "use `**` for powers"),
    idiom("$", ".", code::DOT_EXPECTED, "use a dot to access parts"),
    idiom("@", ".", code::DOT_EXPECTED, "use a dot to access parts"),
];

const WORDS: [(&str, &str); 6] = [
    ("True", "true"),
    ("TRUE", "true"),
    ("False", "false"),
    ("FALSE", "false"),
    ("None", "none"),
    ("NULL", "none"),
];

/// What word processors and web pages make of plain characters.
const TYPESET: [(char, &str, &str); 13] = [
    ('“', "\"", "a typographic quote"),
    ('”', "\"", "a typographic quote"),
    ('„', "\"", "a typographic quote"),
    ('«', "\"", "a typographic quote"),
    ('»', "\"", "a typographic quote"),
    ('‘', "'", "a typographic quote"),
    ('’', "'", "a typographic quote"),
    ('–', "-", "a dash, not a minus sign"),
    ('−', "-", "a typographic minus sign"),
    ('\u{a0}', " ", "a nonstandard space"),
    ('≤', "<=", "written with two signs"),
    ('≥', ">=", "written with two signs"),
    ('≠', "!=", "written with two signs"),
];

/// An idiom that was found: what to say, and how to mend it.
struct Found {
    diagnostic: Box<Diagnostic>,
    edits: Vec<Fix>,
}

/// Refuses a statement that is written in another language. What is said of a mere call, `c(1, 2)`
/// or `library(Seurat)`, is returned instead: it may call a function of the user's own, which is
/// known where it is evaluated, so the answer is for what the grammar cannot read.
pub fn check(excerpt: &Excerpt) -> Outcome<Option<Box<Diagnostic>>> {
    let lexemes = excerpt.lexemes();
    let line = Line::of(excerpt, &lexemes);
    if let Some(diagnostic) = line.other_statement() {
        return Err(diagnostic);
    }
    let mut found = line.idioms();
    let call = line.foreign_call();
    match (found.is_empty(), call) {
        (true, None) => return Ok(line.lists()),
        (true, call) => return Ok(call),
        (false, Some(call)) => return Err(call),
        (false, None) => {}
    }
    if !line.defines_c() {
        found.extend((0..lexemes.len()).filter_map(|at| line.combined(at)));
    }
    Err(line.mended(found))
}

/// What is said of a call of R's `c`, `library` or `function` where no such function is defined.
pub fn called(source: &str, call: Span) -> Option<Box<Diagnostic>> {
    let start = source[..call.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = source[call.end..].find('\n');
    let end = rest.map_or(source.len(), |at| call.end + at);
    let of = |span: Span| Excerpt {
        source,
        text: source,
        span,
    };
    let (line, call) = (of(Span::new(start, end)), of(call));
    let (of_line, of_call) = (line.lexemes(), call.lexemes());
    let foreign = Line::of(&call, &of_call).foreign_call();
    foreign.or_else(|| Line::of(&line, &of_line).lists())
}

struct Line<'a> {
    excerpt: &'a Excerpt<'a>,
    lexemes: &'a [Lexeme],
    /// The bracket that is open at each lexeme.
    enclosing: OnceCell<Vec<Option<usize>>>,
    /// The first operand that stands directly after another one.
    second_operand: OnceCell<Option<usize>>,
}

impl<'a> Line<'a> {
    fn of(excerpt: &'a Excerpt<'a>, lexemes: &'a [Lexeme]) -> Self {
        Line {
            excerpt,
            lexemes,
            enclosing: OnceCell::new(),
            second_operand: OnceCell::new(),
        }
    }

    fn text(&self, at: usize) -> &'a str {
        self.lexemes
            .get(at)
            .map_or("", |it| it.text(self.excerpt.source))
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.lexemes.get(at).map(|it| it.kind)
    }

    fn span(&self, at: usize) -> Span {
        self.lexemes.get(at).map_or(self.excerpt.span, |it| it.span)
    }

    /// Nothing lies between the lexeme and the one before it.
    fn glued(&self, at: usize) -> bool {
        at > 0 && self.span(at - 1).end == self.span(at).start
    }

    /// All idioms; within what one of them replaces as a whole there are no others.
    fn idioms(&self) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut behind = 0;
        for at in 0..self.lexemes.len() {
            let span = self.span(at);
            let Some(idiom) = (span.start >= behind).then(|| self.idiom(at)).flatten() else {
                continue;
            };
            let here = |edit: &&Fix| edit.span.start <= span.start;
            let ends = idiom.edits.iter().filter(here).map(|edit| edit.span.end);
            behind = ends.max().unwrap_or(0);
            found.push(idiom);
        }
        found
    }

    fn idiom(&self, at: usize) -> Option<Found> {
        match self.kind(at)? {
            Kind::Operator => self
                .assignment(at)
                .or_else(|| self.right_assignment(at))
                .or_else(|| self.package(at))
                .or_else(|| self.dotted_parameter(at))
                .or_else(|| self.named_by_text(at))
                .or_else(|| self.dashed(at))
                .or_else(|| self.slot(at))
                .or_else(|| self.inverted_mask(at))
                .or_else(|| self.inclusive_range(at))
                .or_else(|| self.colon_for_equals(at))
                .or_else(|| self.turned_comparison(at))
                .or_else(|| self.record_with_equals(at))
                .or_else(|| self.redirection(at))
                .or_else(|| self.percent(at))
                .or_else(|| self.bare_pattern(at))
                .or_else(|| self.operator(at)),
            Kind::Name => self
                .word(at)
                .or_else(|| self.text_prefix(at))
                .or_else(|| self.is_compared(at)),
            Kind::Keyword => self.read_as(at),
            Kind::Open => self.slot(at).or_else(|| self.genes_first(at)),
            Kind::Other => self.typeset(at),
            _ => None,
        }
    }

    fn operator(&self, at: usize) -> Option<Found> {
        let idiom = OPERATORS.iter().find(|it| it.written == self.text(at))?;
        let has_operands = at > 0 && at + 1 < self.lexemes.len();
        if !has_operands && idiom.written != "!" {
            return None;
        }
        Some(self.replaced(at, idiom.meant, idiom.code, idiom.label))
    }

    /// `~mask` of pandas.
    fn inverted_mask(&self, at: usize) -> Option<Found> {
        let prefix = at == 0
            || self.kind(at - 1) == Some(Kind::Open)
            || self.lexemes[at - 1].unfinished(self.excerpt.source);
        // `~/data` is a folder.
        let home = self.text(at + 1) == "/" && self.glued(at + 1);
        (self.text(at) == "~" && prefix && !home)
            .then(|| self.replaced(at, "not", code::FOREIGN_OPERATOR, "use `not`"))
    }

    /// The bracket that is open where a lexeme stands.
    fn innermost(&self, at: usize) -> Option<usize> {
        let enclosing = self.enclosing.get_or_init(|| {
            let mut open = Vec::new();
            let each = self.lexemes.iter().enumerate().map(|(index, lexeme)| {
                let outside = open.last().copied();
                match lexeme.kind {
                    Kind::Open => open.push(index),
                    Kind::Close => drop(open.pop()),
                    _ => {}
                }
                outside
            });
            each.collect()
        });
        enclosing.get(at).copied().flatten()
    }

    /// Where the bracket that a lexeme opens is closed.
    fn closing(&self, open: usize) -> Option<usize> {
        closing(self.lexemes, open)
    }

    /// All idioms of a statement mended at once, with the headline of the first.
    fn mended(&self, mut found: Vec<Found>) -> Box<Diagnostic> {
        found.sort_by_key(|it| it.edits.first().map(|edit| edit.span.start));
        let mut edits: Vec<Fix> = found.iter().flat_map(|it| it.edits.clone()).collect();
        edits.sort_by_key(|edit| edit.span.start);
        let first = found.swap_remove(0).diagnostic;
        self.excerpt.mend(first, &edits)
    }

    /// The lists of R in it.
    fn lists(&self) -> Option<Box<Diagnostic>> {
        let lists = (0..self.lexemes.len()).filter_map(|at| self.combined(at));
        let lists: Vec<Found> = lists.collect();
        (!lists.is_empty()).then(|| self.mended(lists))
    }

    /// Whether the text defines a function `c` of its own.
    fn defines_c(&self) -> bool {
        let lexemes = lex(self.excerpt.source);
        let words = lexemes.iter().filter(|lexeme| lexeme.significant());
        let words: Vec<&str> = words.map(|it| it.text(self.excerpt.source)).collect();
        words.windows(2).any(|pair| pair == ["def", "c"])
    }

    fn word(&self, at: usize) -> Option<Found> {
        let (_, meant) = WORDS
            .iter()
            .find(|(written, _)| *written == self.text(at))?;
        let is_value = self.text(at + 1) != "=" && (at == 0 || self.text(at - 1) != ".");
        is_value.then(|| self.replaced(at, meant, code::CAPITALIZED_CONSTANT, "all lower case"))
    }

    /// One lexeme for another; words keep a blank on either side.
    fn replaced(&self, at: usize, meant: &str, code: &'static str, label: &str) -> Found {
        let written = self.text(at);
        let headline = format!("`{written}` is written `{meant}` here");
        let word = meant.starts_with(char::is_alphabetic);
        let apart = |missing: bool| if word && missing { " " } else { "" };
        let opens = |before: usize| {
            self.kind(before) == Some(Kind::Open) || matches!(self.text(before), "=" | ",")
        };
        let before = apart(self.glued(at) && !opens(at - 1));
        let closes = matches!(self.text(at + 1), ")" | "]" | "}" | "," | "");
        let behind = apart(self.glued(at + 1) && !closes);
        Found {
            diagnostic: Diagnostic::error(code, headline).label(self.span(at), label),
            edits: vec![replace(self.span(at), format!("{before}{meant}{behind}"))],
        }
    }

    /// `Seurat::FindClusters`.
    fn package(&self, at: usize) -> Option<Found> {
        if self.text(at) != "::" || at == 0 {
            return None;
        }
        let span = self.span(at - 1).to(self.span(at));
        let diagnostic = Diagnostic::error(code::DOT_EXPECTED, "commands have no package prefix")
            .label(span, "not needed");
        Some(Found {
            diagnostic,
            edits: vec![replace(span, "")],
        })
    }

    /// `f"…"` and `r"…"` of Python.
    fn text_prefix(&self, at: usize) -> Option<Found> {
        let quoted = matches!(self.kind(at + 1), Some(Kind::Text | Kind::Raw));
        let prefix = self.text(at);
        if !quoted || !self.glued(at + 1) || !["f", "F", "r", "R", "b", "u"].contains(&prefix) {
            return None;
        }
        let text = self.text(at + 1);
        let inside = &text[1..text.len() - 1];
        let raw = prefix.eq_ignore_ascii_case("r");
        let label = if raw {
            "in single quotes everything is literal"
        } else {
            "{ } in double quotes is always filled in"
        };
        let mark = if raw && !inside.contains('\'') {
            '\''
        } else {
            '"'
        };
        let span = self.span(at).to(self.span(at + 1));
        Some(Found {
            diagnostic: Diagnostic::error(
                code::FOREIGN_CONSTRUCT,
                format!("text takes no `{prefix}` prefix"),
            )
            .label(self.span(at), label),
            edits: vec![replace(span, format!("{mark}{inside}{mark}"))],
        })
    }

    fn typeset(&self, at: usize) -> Option<Found> {
        let written = self.text(at);
        let (_, plain, label) = TYPESET
            .iter()
            .find(|(char, ..)| written.starts_with(*char))?;
        let headline = match *plain {
            " " => "this is not a plain space".to_string(),
            plain => format!("`{written}` is written `{plain}` here"),
        };
        Some(Found {
            diagnostic: Diagnostic::error(code::LOOK_ALIKE_CHARACTER, headline)
                .label(self.span(at), *label),
            edits: vec![replace(self.span(at), *plain)],
        })
    }
}
