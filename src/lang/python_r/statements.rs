//! Whole statements of another language: `import scanpy`, `for i in range(3):`, `function(x)`.

use super::Line;
use crate::diagnostic::{Diagnostic, Fix, code};
use crate::lang::excerpt::replace;
use crate::lang::lexeme::{Kind, lex};
use crate::source::Span;

/// Whole statements of another language.
impl Line<'_> {
    pub fn other_statement(&self) -> Option<Box<Diagnostic>> {
        self.import()
            .or_else(|| self.pasted_prompt())
            .or_else(|| self.shell())
            .or_else(|| self.question())
            .or_else(|| self.colon())
            .or_else(|| self.round_for())
            .or_else(|| self.elif())
            .or_else(|| self.lambda())
            .or_else(|| self.while_loop())
    }

    /// A call that R's users type, unless the script defines a function of that name.
    pub fn foreign_call(&self) -> Option<Box<Diagnostic>> {
        self.library().or_else(|| self.function())
    }

    /// `?leiden` and `adata?` in a script; the prompt takes them.
    fn question(&self) -> Option<Box<Diagnostic>> {
        let is_mark = |at: usize| self.text(at) == "?";
        let last = self.lexemes.len().checked_sub(1).filter(|&last| last > 0)?;
        let (mark, from, to) = match (is_mark(0), is_mark(last)) {
            (true, _) => (0, 1, last),
            (false, true) => (last, 0, last - 1),
            (false, false) => return None,
        };
        let is_path = (from..=to).all(|at| {
            let glued = at == from || self.glued(at);
            let part = matches!(self.kind(at), Some(Kind::Name | Kind::Quoted));
            glued && (part || self.text(at) == ".")
        });
        if !is_path {
            return None;
        }
        let topic = self.span(from).to(self.span(to));
        let topic = topic.text(self.excerpt.source);
        let diagnostic = Diagnostic::error(code::FOREIGN_CONSTRUCT, "`?` is written `help` here")
            .label(self.span(mark), "only the prompt takes it");
        let edit = replace(self.excerpt.span, format!("help {topic}"));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }

    fn import(&self) -> Option<Box<Diagnostic>> {
        let python = matches!(self.text(0), "import" | "from") && self.kind(1) == Some(Kind::Name);
        python.then(|| self.no_package(self.text(1)))
    }

    fn library(&self) -> Option<Box<Diagnostic>> {
        let r = matches!(self.text(0), "library" | "require") && self.text(1) == "(";
        r.then(|| self.no_package(self.text(2)))
    }

    fn no_package(&self, package: &str) -> Box<Diagnostic> {
        let package = package.trim_matches(['"', '\'']);
        let help = match package {
            "scanpy" | "anndata" => "help scanpy",
            "Seurat" | "SeuratObject" => "help seurat",
            "matplotlib" | "matplotlib.pyplot" | "seaborn" | "ggplot2" | "patchwork"
            | "cowplot" => "help plotting",
            "pandas" | "dplyr" | "tidyverse" | "tidyr" | "data.table" => "help tables",
            "numpy" | "scipy" | "Matrix" | "math" => "help functions",
            _ => "use \"file.sca\"",
        };
        Diagnostic::error(code::PACKAGE_IMPORT, "no package needs to be loaded")
            .label(self.excerpt.span, "all commands are built in")
            .help(help)
    }

    /// `if x:` of Python.
    fn colon(&self) -> Option<Box<Diagnostic>> {
        let words = ["if", "for", "def", "else", "elif", "while"];
        let places = 0..self.lexemes.len();
        let last = places
            .into_iter()
            .find(|&at| self.text(at) == ":" && self.innermost(at).is_none())
            .filter(|_| words.contains(&self.text(0)))?;
        let end = Span::new(self.span(last).start, self.excerpt.span.end);
        // `if x: y` on one line.
        let body = end.text(self.excerpt.source)[1..].trim();
        let (body, behind) = if body.is_empty() {
            self.body()
        } else {
            (body.to_owned(), end.end)
        };
        let block = format!(" {{ {body} }}");
        let mended = self.excerpt.corrected(&[replace(end, &*block)]);
        let diagnostic = Diagnostic::error(code::MISSING_BRACES, "a block needs { }")
            .label(self.span(last), "begins with { and ends with }")
            .help(mended.replace("elif", "else if"));
        Some(match self.text(0) {
            "for" | "if" => diagnostic.fix(Span::new(end.start, behind), block),
            _ => diagnostic,
        })
    }

    /// What belongs to a header, and where it ends: the indented lines after it, or an example.
    fn body(&self) -> (String, usize) {
        let start = self.excerpt.span.end;
        let rest = &self.excerpt.source[start..];
        let header = rest.split_inclusive('\n').next().map_or(0, str::len);
        let (mut body, mut open, mut end) = (String::new(), 0i32, start + header);
        for line in rest[header..].split_inclusive('\n') {
            if !line.starts_with([' ', '\t']) || line.trim().is_empty() {
                break;
            }
            let lexemes = lex(line);
            let comment = lexemes.iter().find(|it| it.kind == Kind::Comment);
            let text = line[..comment.map_or(line.len(), |it| it.span.start)].trim();
            if !body.is_empty() && !text.is_empty() {
                // A call may go on over several lines.
                body += if open > 0 { " " } else { "; " };
            }
            body += text;
            for lexeme in lexemes {
                open += match lexeme.kind {
                    Kind::Open => 1,
                    Kind::Close => -1,
                    _ => 0,
                };
            }
            end += line.len();
        }
        if !body.is_empty() {
            let trailing = self.excerpt.source[..end].ends_with('\n');
            return (body, end - usize::from(trailing));
        }
        let example = match (self.text(0), self.kind(1)) {
            ("for", Some(Kind::Name)) => format!("show {}", self.text(1)),
            ("def", _) => match self.kind(3) {
                Some(Kind::Name) => format!("return {}", self.text(3)),
                _ => "return 1".to_owned(),
            },
            _ => "show \"yes\"".to_owned(),
        };
        (example, start)
    }

    /// `for (i in x)` of R.
    fn round_for(&self) -> Option<Box<Diagnostic>> {
        let last = self.lexemes.len().checked_sub(1)?;
        if self.text(0) != "for" || self.text(1) != "(" || self.text(last) != ")" {
            return None;
        }
        let space = if self.glued(1) { " " } else { "" };
        let mut edits = vec![replace(self.span(1), space)];
        edits.extend(self.range_to(4, last));
        let behind = self.excerpt.source[self.excerpt.span.end..].trim_start();
        let body = match self.kind(2) {
            Some(Kind::Name) if !behind.starts_with('{') => {
                format!(" {{ show {} }}", self.text(2))
            }
            _ => String::new(),
        };
        edits.push(replace(self.span(last), body));
        let diagnostic = Diagnostic::error(code::INCOMPLETE_BLOCK, "`for` takes no parentheses")
            .label(self.span(1), "the name follows `for` directly");
        Some(self.excerpt.mend(diagnostic, &edits))
    }

    /// `1:3` and `1:n` of R, which end with the second, from a lexeme up to another.
    fn range_to(&self, from: usize, end: usize) -> Option<Fix> {
        let is_value = |at: usize| matches!(self.kind(at), Some(Kind::Number | Kind::Name));
        if self.text(from + 1) != ":" || from + 3 != end || !is_value(from) || !is_value(from + 2) {
            return None;
        }
        let last = self.text(from + 2);
        let behind = last.parse().map_or(format!("({last} + 1)"), |n: u32| {
            n.saturating_add(1).to_string()
        });
        let span = self.span(from).to(self.span(from + 2));
        Some(replace(span, format!("{}..{behind}", self.text(from))))
    }

    fn elif(&self) -> Option<Box<Diagnostic>> {
        if self.text(0) != "elif" || matches!(self.text(1), "" | "=" | "." | "|") {
            return None;
        }
        let diagnostic =
            Diagnostic::error(code::ELSE_WITHOUT_IF, "`elif` is written `else if` here")
                .label(self.span(0), "two words");
        let edits = [replace(self.span(0), "else if")];
        Some(self.excerpt.mend(diagnostic, &edits))
    }

    /// `lambda x: x` of Python.
    fn lambda(&self) -> Option<Box<Diagnostic>> {
        self.anonymous(|at| {
            self.text(at) == "lambda"
                && self.kind(at + 1) == Some(Kind::Name)
                && matches!(self.text(at + 2), ":" | ",")
        })
    }

    /// `function(x) x` of R.
    fn function(&self) -> Option<Box<Diagnostic>> {
        let defined = |at: usize| at > 0 && self.text(at - 1) == "def";
        self.anonymous(|at| self.text(at) == "function" && self.text(at + 1) == "(" && !defined(at))
    }

    fn anonymous(&self, begins: impl Fn(usize) -> bool) -> Option<Box<Diagnostic>> {
        let mut places = 0..self.lexemes.len();
        let at = places.find(|&at| self.kind(at) == Some(Kind::Name) && begins(at))?;
        let named = self.kind(0) == Some(Kind::Name) && at > 1;
        let name = if named { self.text(0) } else { "f" };
        let diagnostic = Diagnostic::error(
            code::FOREIGN_CONSTRUCT,
            "define functions with `def` and a name",
        )
        .label(self.span(at), "has none")
        .help(format!("def {name}(x) {{ return x }}"));
        Some(diagnostic)
    }

    fn while_loop(&self) -> Option<Box<Diagnostic>> {
        if self.text(0) != "while" || matches!(self.text(1), "" | "=" | "." | "|") {
            return None;
        }
        let diagnostic = Diagnostic::error(code::FOREIGN_CONSTRUCT, "there is no `while`")
            .label(self.span(0), "`for` needs a list or a range")
            .help("for i in 0..10 { show i }");
        Some(diagnostic)
    }
}
