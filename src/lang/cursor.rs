//! What is under the cursor, so that completion knows what may be typed there.
//!
//! Works on the text before the cursor, which is nearly always unfinished: its open brackets,
//! from the outermost to the innermost, and the lexemes at each level say where the cursor is.
//! What the names mean is left to callers, who know the session.

mod levels;
mod line;

use super::layout::{PieceKind, layout_as_typed};
use super::lexeme::{Kind, Lexeme, lex};
use crate::source::Span;

/// A place in a text, and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct CursorContext {
    /// What a completion replaces: from the beginning of the word (after its quote) to the
    /// cursor.
    pub span: Span,
    /// The text under the span.
    pub prefix: String,
    /// The quote that is open: `"`, `'` or a backtick.
    pub quote: Option<char>,
    pub place: Expected,
    /// The innermost command or function whose arguments surround the cursor.
    pub command: Option<InCommand>,
    /// Whose columns can be meant: the text before `[`, a pipeline's head, or a command's first
    /// argument.
    pub subject: Option<String>,
    /// Within `[…]` as a list: its other items.
    pub list: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// A comment, a new name, or a place where only an operator fits.
    Nothing,
    /// A command may begin here, or any value unless `piped` by the `|` before it.
    Command { piped: bool },
    /// An argument begins: a value, or the name of a parameter.
    Argument,
    /// After `name=`, see [`InCommand::parameter`].
    Value,
    /// After the dot of `adata.obs.`; the path is `adata.obs`.
    Field { path: String },
    /// A value within `x[…]`: 0 for cells, 1 for genes.
    Index { place: usize },
    /// Compared with a column by `==`, `!=` or `in`.
    Compared { column: String },
    /// A value anywhere else.
    Operand,
    /// A key of the record that is a parameter's value: `map={`.
    Key,
    /// The file of `use`.
    Path,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct InCommand {
    pub name: String,
    /// How many arguments without a name are before the cursor's.
    pub positional: usize,
    /// The names of parameters that are given already, also after the cursor's argument.
    pub given: Vec<String>,
    /// The parameter whose value is being typed.
    pub parameter: Option<String>,
    /// Its first argument comes through a pipe.
    pub piped: bool,
}

/// The word (name, number, keyword or quoted text) that the offset lies in or after.
pub fn word_at(text: &str, offset: usize) -> Option<Span> {
    use Kind::*;
    let word = |it: &&Lexeme| {
        matches!(
            it.kind,
            Name | Quoted | Keyword | Number | Muddle | Text | Raw | Unclosed
        )
    };
    let lexemes = lex(text);
    let inside = lexemes
        .iter()
        .find(|it| it.span.start <= offset && offset < it.span.end);
    let behind = lexemes.iter().find(|it| it.span.end == offset);
    inside
        .filter(word)
        .or(behind.filter(word))
        .map(|it| it.span)
}

/// What may be typed at the cursor, a byte offset into any text.
pub fn context_at(text: &str, cursor: usize) -> CursorContext {
    let cursor = (0..=cursor.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let layout = layout_as_typed(&text[..cursor]);
    let comment = layout.comments.last();
    if comment.is_some_and(|it| it.span.end == cursor) {
        return CursorContext::new(Span::new(cursor, cursor), "", None);
    }
    let current = layout.pieces.last().filter(|it| {
        let behind = &layout.text[it.span.end..];
        it.kind == PieceKind::Statement && !behind.contains(['\n', ';'])
    });
    let start = current.map_or(cursor, |it| it.span.start);
    let mut context = levels::context(&layout.text, start);
    if let Some(command) = &mut context.command {
        command.given.extend(given_behind(&text[cursor..]));
    }
    context
}

/// The parameters that are given after the cursor, in the same command.
fn given_behind(text: &str) -> Vec<String> {
    let ends = |it: &Lexeme| {
        it.kind == Kind::Break || it.kind == Kind::Close || ["|", ";"].contains(&it.text(text))
    };
    let line: Vec<Lexeme> = lex(text).into_iter().take_while(|it| !ends(it)).collect();
    let line: Vec<&Lexeme> = line.iter().filter(|it| it.significant()).collect();
    line.windows(2)
        // What begins at the cursor is the rest of the word there.
        .filter(|pair| pair[0].kind == Kind::Name && pair[0].span.start > 0)
        .filter(|pair| pair[1].is(text, "="))
        .map(|pair| pair[0].text(text).to_string())
        .collect()
}

impl CursorContext {
    fn new(span: Span, text: &str, quote: Option<char>) -> Self {
        CursorContext {
            span,
            prefix: span.text(text).to_string(),
            quote,
            place: Expected::Nothing,
            command: None,
            subject: None,
            list: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The context at the `¦` of a text, in one line.
    fn shown(marked: &str) -> String {
        let cursor = marked.find('¦').unwrap_or(marked.len());
        let text = marked.replacen('¦', "", 1);
        let context = context_at(&text, cursor);
        assert_eq!(context.span.text(&text), context.prefix);
        let mut out = match &context.place {
            Expected::Field { path } => format!("field of {path}"),
            Expected::Index { place } => format!("index {place}"),
            Expected::Compared { column } => format!("compared with {column}"),
            Expected::Command { piped: true } => "stage".to_string(),
            place => format!("{place:?}")
                .split(' ')
                .next()
                .unwrap_or("")
                .to_lowercase(),
        };
        if !context.prefix.is_empty() || context.quote.is_some() {
            let quote = context.quote.map(String::from).unwrap_or_default();
            out += &format!(" {quote}{}", context.prefix);
        }
        if let Some(it) = &context.command {
            let pipe = if it.piped { "| " } else { "" };
            out += &format!("; {pipe}{} {}", it.name, it.positional);
            out += &it
                .given
                .iter()
                .map(|name| format!(" {name}="))
                .collect::<String>();
            out += &it
                .parameter
                .iter()
                .map(|it| format!(" now {it}"))
                .collect::<String>();
        }
        out += &context
            .subject
            .iter()
            .map(|it| format!("; of {it}"))
            .collect::<String>();
        out += &context
            .list
            .iter()
            .map(|it| format!("; list {it:?}"))
            .collect::<String>();
        out
    }

    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(shown(text), *expected, "{text}");
        }
    }

    #[test]
    fn commands_and_their_arguments() {
        check(&[
            ("", "command"),
            ("le¦", "command le"),
            ("a = read \"x\"; ¦", "command"),
            ("umap a\n  # c\nle¦ adata", "command le"),
            ("x = le¦", "command le"),
            ("leiden ¦", "argument; leiden 0"),
            ("leiden ad¦", "argument ad; leiden 0"),
            ("leiden adata ¦", "argument; leiden 1; of adata"),
            (
                "leiden adata res=1 k¦",
                "argument k; leiden 1 res=; of adata",
            ),
            (
                "leiden adata k¦ res=1 | f n=2",
                "argument k; leiden 1 res=; of adata",
            ),
            ("leiden adata res¦=1", "argument res; leiden 1; of adata"),
            (
                "leiden adata res=¦",
                "value; leiden 1 res= now res; of adata",
            ),
            (
                "a.b = hvg x flavor=se¦",
                "value se; hvg 1 flavor= now flavor; of x",
            ),
            (
                "hvg x flavor=\"se¦",
                "value \"se; hvg 1 flavor= now flavor; of x",
            ),
            ("read \"pb¦", "argument \"pb; read 0"),
            ("read \"x\"¦", "nothing; read 1; of \"x\""),
            (
                "plot a color=[b, c¦",
                "value c; plot 1 color= now color; of a; list [\"b\"]",
            ),
            (
                "plot a color=[\"b¦",
                "value \"b; plot 1 color= now color; of a; list []",
            ),
            ("violin a [b, ¦", "argument; violin 1; of a; list [\"b\"]"),
            ("leiden a \\\n  ¦", "argument; leiden 1; of a"),
        ]);
    }

    #[test]
    fn pipelines_and_calls() {
        check(&[
            ("adata | ¦", "stage; of adata"),
            ("adata\n  | no¦", "stage no; of adata"),
            (
                "x = read \"a\" | qc m¦",
                "argument m; | qc 0; of read \"a\"",
            ),
            ("a | qc mt=¦", "value; | qc 0 mt= now mt; of a"),
            ("a | qc | ¦", "stage; of a"),
            ("| ¦", "stage; of it"),
            ("leiden(¦", "argument; leiden 0"),
            ("leiden(adata, ¦", "argument; leiden 1; of adata"),
            (
                "leiden(adata, res=¦)",
                "value; leiden 1 res= now res; of adata",
            ),
            (
                "x = leiden(adata, k=1, r¦, n=2)",
                "argument r; leiden 1 k= n=; of adata",
            ),
            ("a | leiden(¦", "argument; | leiden 0; of a"),
            ("export (mark¦", "command mark; export 0"),
            (
                "export (markers a by=¦",
                "value; markers 1 by= now by; of a",
            ),
            (
                "export (markers a by=b) ¦",
                "argument; export 1; of (markers a by=b)",
            ),
            ("return ¦", "command"),
            ("def f(a, b=¦", "operand"),
            ("def f(a¦", "nothing a"),
        ]);
    }

    #[test]
    fn columns_and_their_values() {
        check(&[
            ("adata.¦", "field of adata"),
            ("adata.obs.le¦", "field of adata.obs le"),
            ("show adata.obs.¦", "field of adata.obs; show 0"),
            ("f(x)[1].¦", "field of f(x)[1]"),
            ("adata[¦", "index 0; of adata"),
            ("adata[pct < 5 and ¦", "index 0; of adata"),
            ("adata[:, hi¦", "index 1 hi; of adata"),
            ("adata[gene.`HLA¦", "field of gene `HLA; of adata"),
            ("adata[a, [\"CD3¦", "index 1 \"CD3; of adata; list []"),
            ("adata[(¦", "index 0; of adata"),
            ("adata[outlier(log1p(¦", "index 0; log1p 0; of adata"),
            ("adata[leiden == ¦", "compared with leiden; of adata"),
            (
                "adata[obs.leiden == \"¦\"]",
                "compared with obs.leiden \"; of adata",
            ),
            (
                "adata[leiden in [\"0\", \"¦",
                "compared with leiden \"; of adata; list [\"\\\"0\\\"\"]",
            ),
            (
                "adata[leiden not in [¦",
                "compared with leiden; of adata; list []",
            ),
            ("filter adata (pct¦", "command pct; filter 1; of adata"),
            ("filter adata (pct < 5 and ¦", "operand; filter 1; of adata"),
            (
                "a | filter (leiden == \"¦",
                "compared with leiden \"; | filter 0; of a",
            ),
            ("x = [\n a,\nb¦", "operand b; list [\"a\"]"),
            (
                "label a map={\"0\": ¦",
                "operand; label 1 map= now map; of a",
            ),
        ]);
    }

    #[test]
    fn the_rest() {
        check(&[
            ("x # le¦", "nothing"),
            ("use \"la¦", "path \"la"),
            ("for ¦", "nothing"),
            ("for x in ¦", "operand"),
            ("for x in y { le¦ }", "command le"),
            ("if adata.¦", "field of adata"),
            ("if x { y } else if ¦", "operand"),
            ("param x = ¦", "operand"),
            ("write a \"{sam¦", "operand sam"),
            ("write a \"{a.¦", "field of a"),
            ("write a \"{a}.¦", "argument \"{a}.; write 1; of a"),
            ("5 + ¦", "operand"),
            ("5 ¦", "nothing"),
            ("x[1] ¦", "nothing"),
        ]);
    }

    #[test]
    fn words() {
        let text = "leiden adata res=0.6 k=\"a b\"";
        let at = |offset| word_at(text, offset).map(|it| it.text(text));
        assert_eq!(at(0), Some("leiden"));
        assert_eq!(at(6), Some("leiden"));
        assert_eq!(at(7), Some("adata"));
        assert_eq!(at(18), Some("0.6"));
        assert_eq!(at(25), Some("\"a b\""));
        assert_eq!(word_at("a + b", 2), None);
        assert_eq!(word_at("", 0), None);
    }
}
