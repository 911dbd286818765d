//! Signs and words that stand where another one is meant: `=` for `==`, a comma for a space,
//! a reserved word for a name. Part of the explanations in `explain`.

use super::excerpt::replace;
use super::explain::Stop;
use super::lexeme::{Kind, Lexeme, closing};
use super::words::is_plain;
use crate::diagnostic::{Diagnostic, Fix, code};
use crate::source::Span;

type Answer = Option<Box<Diagnostic>>;

impl Stop<'_> {
    pub fn said(
        &self,
        at: Option<Lexeme>,
        code: &'static str,
        headline: &str,
        label: &str,
    ) -> Answer {
        Some(Diagnostic::error(code, headline).label(at?.span, label))
    }

    // ---- words ----

    /// `adata.obs.in` and `use = 3`.
    pub fn reserved_as_name(&self) -> Answer {
        let keyword = |at| self.get(at).filter(|it: &Lexeme| it.kind == Kind::Keyword);
        let text = |at: usize| self.text(self.get(at));
        let given = (0..=self.at).find_map(|at| keyword(at).filter(|_| text(at + 1) == "="));
        let named = keyword(self.at).filter(|_| {
            let before = self.text(self.before());
            before == "." || ["for", "def", "param"].contains(&before) && text(self.at) != "in"
        });
        let here = given.or(named)?;
        let word = self.excerpt.at(here.span);
        let headline = format!("`{word}` is a reserved word");
        let diagnostic = Diagnostic::error(code::RESERVED_WORD, headline)
            .label(here.span, "as a name it needs backticks");
        let edit = replace(here.span, format!("`{word}`"));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }

    pub fn reserved_word(&self) -> Answer {
        let here = self.here().filter(|it| it.kind == Kind::Keyword)?;
        let word = self.excerpt.at(here.span);
        let label = match word {
            "and" | "or" | "in" | "not" | "as" => "does not fit here",
            "true" | "false" | "none" => "is a value and must stand alone",
            _ => "begins a statement",
        };
        let headline = format!("`{word}` is a reserved word");
        let diagnostic = Diagnostic::error(code::RESERVED_WORD, headline).label(here.span, label);
        // `show markers for cluster 1`: words and nothing else.
        let is_word = |it: &Lexeme| matches!(it.kind, Kind::Keyword | Kind::Name | Kind::Number);
        if self.at > 0 && self.lexemes.len() > 3 && self.lexemes.iter().all(is_word) {
            return Some(diagnostic.help(format!("help \"{}\"", self.excerpt.read().trim())));
        }
        // `filter adata if total_counts > 100`
        let rest = Span::new(here.span.end, self.excerpt.span.end);
        if word == "if" && self.text(self.get(0)) == "filter" && self.bracket().is_none() {
            let condition = self.excerpt.at(rest).trim().trim_matches(['(', ')']);
            let span = here.span.to(rest);
            let edit = replace(span, format!("({condition})"));
            return Some(self.excerpt.mend(diagnostic, &[edit]));
        }
        Some(match word {
            "if" | "else" => diagnostic.help("when(condition, value, otherwise)"),
            _ => diagnostic,
        })
    }

    // ---- signs ----

    /// `label adata leiden 0=T 1=B`: names of groups stand in a record.
    pub fn numbered_pairs(&self) -> Answer {
        self.here().filter(|it| self.excerpt.at(it.span) == "=")?;
        let first = self.at.checked_sub(1).filter(|&at| at > 1)?;
        if self.bracket().is_some() {
            return None;
        }
        let (mut at, mut last) = (first, None);
        let mut pairs = Vec::new();
        while let (Some(key), Some(value)) = (self.get(at), self.get(at + 2)) {
            let is_value = matches!(
                value.kind,
                Kind::Name | Kind::Quoted | Kind::Text | Kind::Raw
            );
            if key.kind != Kind::Number || self.text(self.get(at + 1)) != "=" || !is_value {
                break;
            }
            let (key, name) = (self.excerpt.at(key.span), self.excerpt.at(value.span));
            pairs.push(format!("{key}: {name}"));
            last = Some(value.span);
            at += 3;
            at += usize::from(self.text(self.get(at)) == ",");
        }
        let span = self.get(first)?.span.to(last?);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "names of groups stand in a record")
            .label(span, "is not a parameter");
        let edit = replace(span, format!("{{{}}}", pairs.join(", ")));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }

    /// `adata[leiden = "3"]`.
    pub fn single_equals(&self) -> Answer {
        let here = self.here().filter(|it| self.excerpt.at(it.span) == "=")?;
        let condition = ["if", "else"].contains(&self.text(self.get(0)));
        let nested = self.bracket().is_some() && !self.in_call();
        if !condition && !nested && self.before().is_some_and(|it| it.kind == Kind::Name) {
            return None;
        }
        let is_text = |it: &Lexeme| matches!(it.kind, Kind::Text | Kind::Raw);
        if let Some(name) = self
            .before()
            .filter(|it| !condition && !nested && is_text(it))
        {
            // `leiden adata "res"=0.5`.
            let bare = self.excerpt.at(name.span).trim_matches(['"', '\'']);
            if is_plain(bare) {
                let headline = "names of parameters have no quotes";
                let diagnostic = Diagnostic::error(code::PUNCTUATION, headline)
                    .label(name.span, "leave the quotes out");
                return Some(self.excerpt.mend(diagnostic, &[replace(name.span, bare)]));
            }
        }
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "`=` assigns a value, `==` compares")
            .label(here.span, "use `==` to compare");
        Some(self.excerpt.mend(diagnostic, &[replace(here.span, "==")]))
    }

    /// `adata[a | b]`, where `or` is meant; `f(a | g, b)`, where parentheses are missing.
    pub fn pipe_in_brackets(&self) -> Answer {
        let here = self.here().filter(|it| self.excerpt.at(it.span) == "|")?;
        let open = self.text(self.get(self.bracket()?));
        let inside = self.segment();
        let compared = inside.iter().any(|it| {
            let text = self.excerpt.at(it.span);
            ["==", "!=", "<", "<=", ">", ">=", "not", "in", "~"].contains(&text)
        });
        if compared || open == "[" {
            let diagnostic =
                Diagnostic::error(code::FOREIGN_OPERATOR, "`|` passes data along to a command")
                    .label(here.span, "use `or`");
            return Some(self.excerpt.mend(diagnostic, &[replace(here.span, "or")]));
        }
        self.in_parentheses("a pipeline in brackets needs parentheses")
    }

    /// `{CD4 T: [IL7R], B: [MS4A1]}`.
    pub fn blank_in_key(&self) -> Answer {
        let is_brace = |at: &usize| self.text(self.get(*at)) == "{";
        let before = self.at.checked_sub(1).filter(is_brace);
        let open = before.or_else(|| self.bracket().filter(is_brace))?;
        let end = self.closing(open)?;
        let (mut keys, mut first, mut at) = (Vec::new(), open + 1, open + 1);
        while at < end {
            match self.text(self.get(at)) {
                ":" if first < at => {
                    keys.push(self.lexemes[first].span.to(self.lexemes[at - 1].span));
                    first = end;
                }
                "," => first = at + 1,
                _ => {}
            }
            at = self.skipped(at);
        }
        keys.retain(|&key| {
            let text = self.excerpt.at(key);
            text.contains(' ') && !text.contains(['"', '\'', '`'])
        });
        let edits: Vec<Fix> = keys
            .iter()
            .map(|&key| replace(key, format!("\"{}\"", self.excerpt.at(key))))
            .collect();
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "text with blanks needs quotes")
            .label(*keys.first()?, "is one name");
        Some(self.excerpt.mend(diagnostic, &edits))
    }

    /// `adata . obs`.
    pub fn spaced_dot(&self) -> Answer {
        let here = self.here().filter(|it| self.excerpt.at(it.span) == ".")?;
        let before = self.before().filter(|it| self.ends_operand(*it))?;
        let name = self.get(self.at + 1).filter(|it| it.kind == Kind::Name)?;
        let span = Span::new(before.span.end, name.span.start);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "no spaces around a dot")
            .label(here.span, "join it to the names on both sides");
        Some(self.excerpt.mend(diagnostic, &[replace(span, ".")]))
    }

    /// `"{x["a"]}"`: the second quote ends the text.
    pub fn quote_in_hole(&self) -> Answer {
        let text = self.before().filter(|it| it.kind == Kind::Text)?;
        let second = self.lexemes[self.at..]
            .iter()
            .find(|it| it.kind == Kind::Text);
        let written = self.excerpt.at(text.span);
        let hole = written.rfind('{')?;
        if !self.glued(self.at) || written[hole..].contains('}') {
            return None;
        }
        let last = Span::new(text.span.end - 1, text.span.end);
        let mut edits = vec![replace(last, "'")];
        edits.extend(second.map(|it| replace(Span::new(it.span.start, it.span.start + 1), "'")));
        let diagnostic = Diagnostic::error(
            code::SPECIAL_CHARACTER,
            "text within { } needs single quotes",
        )
        .label(last, "ends the text here");
        Some(self.excerpt.mend(diagnostic, &edits))
    }

    // ---- headers of blocks, and names of commands ----

    /// `for x { … }` and `def f { … }`.
    pub fn unfinished_header(&self) -> Answer {
        let text = |at: usize| self.text(self.get(at));
        let named = self.get(1).filter(|it| it.kind == Kind::Name)?;
        match (text(0), text(2)) {
            ("for", after) if after != "in" => Some(
                Diagnostic::error(
                    code::INCOMPLETE_BLOCK,
                    "`for` needs `in` and what to loop over",
                )
                .label(named.span, "has nothing to loop over")
                .help(format!("for {} in … {{ … }}", text(1))),
            ),
            ("def", after) if after != "(" => {
                let end = Span::new(named.span.end, named.span.end);
                let diagnostic =
                    Diagnostic::error(code::INCOMPLETE_BLOCK, "`def` needs parameters in ( )")
                        .label(named.span, "( ) if there are none");
                Some(self.excerpt.mend(diagnostic, &[replace(end, "()")]))
            }
            _ => None,
        }
    }

    /// `for x in read "a.csv" { … }`.
    pub fn command_in_header(&self) -> Answer {
        self.side_by_side()?;
        let start = match self.text(self.get(0)) {
            "if" => 1,
            "for" => 3,
            "else" => 2,
            _ => return None,
        };
        let span = self.get(start)?.span.to(self.lexemes.last()?.span);
        let diagnostic = Diagnostic::error(
            code::INCOMPLETE_BLOCK,
            "a command before a block needs parentheses",
        )
        .label(span, "put it in parentheses");
        let edit = replace(span, format!("({})", self.excerpt.at(span)));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }

    /// `sc.pp.log1p adata`.
    pub fn dotted_command(&self) -> Answer {
        let (name, _) = self.side_by_side()?;
        let path = self.at >= 3
            && self.bracket().is_none()
            && (1..self.at).all(|at| self.glued(at))
            && (0..self.at).all(|at| match self.lexemes[at].kind {
                Kind::Name => at % 2 == 0,
                _ => self.text(self.get(at)) == ".",
            });
        if !path {
            return None;
        }
        let package = Span::new(self.excerpt.span.start, name.span.start);
        let diagnostic = Diagnostic::error(code::DOT_EXPECTED, "a command is a single name");
        Some(match self.text(self.get(0)) {
            "sc" | "scanpy" | "tl" | "pp" | "pl" => {
                let diagnostic = diagnostic.label(package, "not needed");
                self.excerpt.mend(diagnostic, &[replace(package, "")])
            }
            _ => diagnostic.label(package.to(name.span), "is a field"),
        })
    }

    // ---- missing ones ----

    /// `[1 2]`, and `f(markers adata by=leiden)`, where parentheses are missing.
    pub fn missing_comma(&self) -> Answer {
        let (before, here) = self.side_by_side()?;
        let open = self.text(self.get(self.bracket()?));
        let command = self.segment().first() == Some(&before)
            && before.kind == Kind::Name
            && open == "("
            && self.text(self.get(self.at + 1)) != "="
            && self
                .segment()
                .iter()
                .any(|it| self.excerpt.at(it.span) == "=");
        if command {
            return self.in_parentheses("a command in brackets needs parentheses");
        }
        if let Some(words) = self.words_of_a_value(open) {
            let quoted = format!("\"{}\"", self.excerpt.at(words));
            let diagnostic = Diagnostic::error(code::PUNCTUATION, "text with blanks needs quotes")
                .label(words, "is several words");
            return Some(self.excerpt.mend(diagnostic, &[replace(words, quoted)]));
        }
        let end = Span::new(before.span.end, before.span.end);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "a comma is missing")
            .label(here.span, "needs a comma before it");
        Some(self.excerpt.mend(diagnostic, &[replace(end, ",")]))
    }

    /// `{0: CD4 naive, 1: B}`: the words after a key, where nothing else is before the next comma.
    fn words_of_a_value(&self, open: &str) -> Option<Span> {
        let [_, colon, words @ ..] = self.segment() else {
            return None;
        };
        let is_value = open == "{" && self.excerpt.at(colon.span) == ":";
        let is_word = |it: &Lexeme| {
            let word = matches!(it.kind, Kind::Name | Kind::Number | Kind::Muddle);
            word || matches!(self.excerpt.at(it.span), "+" | "-" | "/")
        };
        let all = is_value && words.len() > 1 && words.iter().all(is_word);
        all.then(|| words[0].span.to(words[words.len() - 1].span))
    }

    fn in_parentheses(&self, headline: &str) -> Answer {
        let inside = self.segment();
        let span = inside.first()?.span.to(inside.last()?.span);
        let diagnostic =
            Diagnostic::error(code::PUNCTUATION, headline).label(span, "put it in parentheses");
        let edit = replace(span, format!("({})", self.excerpt.at(span)));
        Some(self.excerpt.mend(diagnostic, &[edit]))
    }

    /// What lies between the commas, or brackets, round the place where reading stopped.
    fn segment(&self) -> &[Lexeme] {
        let Some(open) = self.bracket() else {
            return &[];
        };
        let end = self.closing(open).unwrap_or(self.lexemes.len());
        let mut depth = 0;
        let mut start = open + 1;
        for at in open + 1..end {
            match self.lexemes[at].kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                _ if depth > 0 || self.text(self.get(at)) != "," => {}
                _ if at < self.at => start = at + 1,
                _ => return &self.lexemes[start..at],
            }
        }
        &self.lexemes[start..end]
    }

    /// The bracket that closes the one at `open`.
    pub fn closing(&self, open: usize) -> Option<usize> {
        closing(self.lexemes, open)
    }
}
