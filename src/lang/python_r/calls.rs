//! Arguments and parts of datasets as R and shells write them: `min.pct = 0.1`, `'0' = 'B'`,
//! `c(a = "x")`, `--res 0.5`, `adata@meta.data`.

use super::{Found, Line};
use crate::diagnostic::{Diagnostic, Fix, code};
use crate::lang::excerpt::replace;
use crate::lang::lexeme::Kind;
use crate::source::Span;

/// Functions of R and Python that make a list or a record of their arguments.
const COLLECT: [&str; 4] = ["c", "list", "dict", "tuple"];

/// Statements with more lexemes are not calls that someone typed.
const LONGEST: usize = 10_000;

/// Slots of Seurat's objects, longest first, and the parts of a dataset that hold the same.
#[rustfmt::skip]
const SLOTS: &[(&str, &str)] = &[
    ("@assays$RNA@meta.features", ".var"),
    ("@assays$RNA@scale.data", ".X"),
    ("@assays$RNA@counts", ".layers.counts"),
    ("@assays$RNA@data", ".X"),
    ("@assays$RNA$scale.data", ".X"),
    ("@assays$RNA$counts", ".layers.counts"),
    ("@assays$RNA$data", ".X"),
    ("[[\"RNA\"]]@scale.data", ".X"),
    ("[[\"RNA\"]]@counts", ".layers.counts"),
    ("[[\"RNA\"]]@data", ".X"),
    ("[[\"RNA\"]]$scale.data", ".X"),
    ("[[\"RNA\"]]$counts", ".layers.counts"),
    ("[[\"RNA\"]]$data", ".X"),
    ("$RNA@scale.data", ".X"),
    ("$RNA@counts", ".layers.counts"),
    ("$RNA@data", ".X"),
    ("@assays$RNA", ".X"),
    ("@assays", ".layers"),
    ("@meta.data", ".obs"),
    ("@active.ident", ".obs.leiden"),
    ("@reductions", ".obsm"),
    ("@graphs", ".obsp"),
    ("@misc", ".uns"),
];

impl Line<'_> {
    /// `f(min.cells = 3)` and `plot adata group.by=batch` of R: the name goes in backticks, and
    /// the command says what it is called here.
    pub(super) fn dotted_parameter(&self, at: usize) -> Option<Found> {
        if self.text(at) != "=" || !self.is_argument(at) {
            return None;
        }
        let part = |it: usize| match self.kind(it) {
            Some(Kind::Name | Kind::Keyword | Kind::Number) => true,
            _ => self.text(it) == ".",
        };
        let mut first = at;
        while first > 0 && part(first - 1) && (first == at || self.glued(first)) {
            first -= 1;
        }
        // `return.seurat` begins with a reserved word.
        let begins = matches!(self.kind(first), Some(Kind::Name | Kind::Keyword));
        if first + 2 >= at || !begins || first == 0 {
            return None;
        }
        let name = self.span(first).to(self.span(at - 1));
        let text = format!("`{}`", name.text(self.excerpt.source));
        Some(Found {
            diagnostic: Diagnostic::error(
                code::FOREIGN_CONSTRUCT,
                "names of parameters have no dots here",
            )
            .label(name, "is R syntax"),
            edits: vec![replace(name, text)],
        })
    }

    /// Whether the `=` is between a name and a value of a call, or of a command's arguments.
    fn is_argument(&self, at: usize) -> bool {
        match self.innermost(at) {
            Some(open) => self.text(open) == "(",
            None => self.in_command_form(at),
        }
    }

    /// Whether two operands stand side by side before a place, or a stage of a pipeline begins
    /// with the operand: arguments of a command.
    fn in_command_form(&self, at: usize) -> bool {
        let operand = |it: usize| {
            matches!(
                self.kind(it),
                Some(Kind::Name | Kind::Text | Kind::Raw | Kind::Number | Kind::Close)
            )
        };
        let begins = |it: usize| operand(it) && self.kind(it) != Some(Kind::Close);
        let second = self.second_operand.get_or_init(|| {
            let mut pairs = 1..self.lexemes.len();
            pairs.find(|&it| operand(it - 1) && begins(it) && !self.glued(it))
        });
        second.is_some_and(|second| second < at)
    }

    /// `RenameIdents(x, '0' = 'B', '1' = 'T')`: arguments whose names are texts are a record.
    pub(super) fn named_by_text(&self, at: usize) -> Option<Found> {
        let named = |name: usize| {
            matches!(self.kind(name), Some(Kind::Text | Kind::Raw)) && self.text(name + 1) == "="
        };
        let name = at.checked_sub(1).filter(|&name| named(name))?;
        let open = self.innermost(at)?;
        let long = self.lexemes.len() > LONGEST;
        if self.text(open) != "(" || self.collects(open) || long {
            return None;
        }
        let arguments = self.arguments(open)?;
        let first = arguments.iter().position(|(from, _)| *from == name)?;
        // The first of several says it for all.
        if first > 0 && named(arguments[first - 1].0) {
            return None;
        }
        let run: Vec<(usize, usize)> = arguments[first..]
            .iter()
            .copied()
            .take_while(|(from, _)| named(*from))
            .collect();
        let (_, last) = *run.last()?;
        let (start, end) = (self.span(name).start, self.span(last).end);
        let mut edits = vec![replace(Span::new(start, start), "{")];
        edits.extend(run.iter().map(|(from, _)| self.colon_for(from + 1)));
        edits.push(replace(Span::new(end, end), "}"));
        let diagnostic = Diagnostic::error(
            code::FOREIGN_CONSTRUCT,
            "names and what they become are a record",
        )
        .label(self.span(name).to(self.span(last)), "is R syntax");
        Some(Found { diagnostic, edits })
    }

    /// A colon in place of `=`, with one blank after it.
    fn colon_for(&self, equals: usize) -> Fix {
        let (before, behind) = (self.span(equals - 1).end, self.span(equals + 1).start);
        replace(Span::new(before, behind), ": ")
    }

    /// The arguments between the parentheses that open at a place: the first and last lexeme of each.
    fn arguments(&self, open: usize) -> Option<Vec<(usize, usize)>> {
        let close = self.closing(open)?;
        let mut arguments = Vec::new();
        let mut from = open + 1;
        for at in open + 1..=close {
            let ends = at == close || self.text(at) == "," && self.innermost(at) == Some(open);
            if ends && at > from {
                arguments.push((from, at - 1));
            }
            if ends {
                from = at + 1;
            }
        }
        Some(arguments)
    }

    /// Whether the parenthesis at a place is that of `c(…)`, `list(…)` or `dict(…)`.
    fn collects(&self, open: usize) -> bool {
        open > 0 && COLLECT.contains(&self.text(open - 1)) && self.glued(open)
    }

    /// `c("CD3D", "LYZ")` of R is a list, `c(a = "x")` and `dict(a="x")` are records; `list(x)` is
    /// `x`.
    pub(super) fn combined(&self, at: usize) -> Option<Found> {
        let field = at > 0 && matches!(self.text(at - 1), "." | "def" | "$" | "@");
        let long = self.lexemes.len() > LONGEST;
        if self.kind(at) != Some(Kind::Name) || !self.collects(at + 1) || field || long {
            return None;
        }
        let close = self.closing(at + 1)?;
        let arguments = self.arguments(at + 1)?;
        let open = self.span(at).to(self.span(at + 1));
        let named = |(from, _): &(usize, usize)| self.text(from + 1) == "=";
        let n_named = arguments.iter().filter(|it| named(it)).count();
        let (headline, marks) = match (n_named, &arguments[..]) {
            (0, [_]) if self.text(at) != "c" => ("a list is a value of its own", ["", ""]),
            (0, _) => ("lists use [ ]", ["[", "]"]),
            (named, all) if named == all.len() => ("records use { }", ["{", "}"]),
            _ => return None,
        };
        let mut edits = vec![replace(open, marks[0])];
        if n_named > 0 {
            edits.extend(arguments.iter().map(|(from, _)| self.colon_for(from + 1)));
        }
        edits.push(replace(self.span(close), marks[1]));
        let label = match self.text(at) {
            "c" | "list" => "is R syntax",
            _ => "is Python syntax",
        };
        Some(Found {
            diagnostic: Diagnostic::error(code::FOREIGN_CONSTRUCT, headline).label(open, label),
            edits,
        })
    }

    /// `leiden adata --res 0.5` of a shell.
    pub(super) fn dashed(&self, at: usize) -> Option<Found> {
        let is_dash = |at: usize| self.text(at) == "-";
        let opens = is_dash(at) && !self.glued(at) && at > 0 && self.innermost(at).is_none();
        // `a or -b` is arithmetic.
        let behind_operand = opens
            && matches!(
                self.kind(at - 1),
                Some(Kind::Name | Kind::Text | Kind::Raw | Kind::Number | Kind::Close)
            );
        if !behind_operand {
            return None;
        }
        let twice = is_dash(at + 1) && self.glued(at + 1);
        let mut last = if twice { at + 2 } else { at + 1 };
        if self.kind(last) != Some(Kind::Name) || !self.glued(last) {
            return None;
        }
        while is_dash(last + 1)
            && self.glued(last + 1)
            && self.glued(last + 2)
            && self.kind(last + 2) == Some(Kind::Name)
        {
            last += 2;
        }
        let option = self.span(at).to(self.span(last));
        let typed = option.text(self.excerpt.source);
        let name = typed.trim_start_matches('-').replace('-', "_");
        let edit = match (self.kind(last + 1), self.text(last + 1)) {
            (Some(Kind::Operator), "=") => replace(option, name),
            // `adata -r` is a difference.
            (None, _) | (Some(Kind::Operator), _) if !twice => return None,
            (None, _) | (_, "|") if self.in_command_form(at) => {
                replace(option, format!("{name}=true"))
            }
            (Some(Kind::Operator), sign) if is_dash(last + 1) && self.text(last + 2) == sign => {
                replace(option, format!("{name}=true"))
            }
            (Some(Kind::Operator) | None, _) => return None,
            _ if self.glued(last + 1) => return None,
            (Some(Kind::Keyword), word) if !["true", "false", "none"].contains(&word) => {
                return None;
            }
            (Some(Kind::Close), _) => return None,
            _ => {
                let value = self.span(last + 1).start;
                replace(Span::new(option.start, value), format!("{name}="))
            }
        };
        let diagnostic =
            Diagnostic::error(code::FOREIGN_CONSTRUCT, "parameters have no dashes here")
                .label(option, "is an option of a shell");
        Some(Found {
            diagnostic,
            edits: vec![edit],
        })
    }

    /// `leiden adata res: 0.5`, as records are written.
    pub(super) fn colon_for_equals(&self, at: usize) -> Option<Found> {
        let name = at
            .checked_sub(1)
            .filter(|&it| self.kind(it) == Some(Kind::Name))?;
        let value = matches!(
            self.kind(at + 1),
            Some(Kind::Name | Kind::Number | Kind::Text | Kind::Raw | Kind::Open | Kind::Keyword)
        );
        let opens = self.text(at) == ":" && self.innermost(at).is_none() && self.glued(at);
        if !opens || !value || name == 0 || self.glued(name) || !self.in_command_form(at) {
            return None;
        }
        let span = Span::new(self.span(at).start, self.span(at + 1).start);
        let diagnostic = Diagnostic::error(code::PUNCTUATION, "parameters take `=`, not a colon")
            .label(self.span(at), "use `=`");
        Some(Found {
            diagnostic,
            edits: vec![replace(span, "=")],
        })
    }

    /// `adata@meta.data` and `adata@reductions$umap` of Seurat.
    pub(super) fn slot(&self, at: usize) -> Option<Found> {
        let start = self.span(at).start;
        if at == 0 || !self.glued(at) || !matches!(self.text(at), "@" | "$" | "[") {
            return None;
        }
        let behind = &self.excerpt.source[start..self.excerpt.span.end];
        let whole = |length: usize| !behind[length..].starts_with(continues);
        let known = SLOTS
            .iter()
            .find(|(theirs, _)| behind.starts_with(theirs) && whole(theirs.len()));
        let (length, ours) = match (embedding(behind), known) {
            (Some(found), _) => found,
            (None, Some((theirs, ours))) => (theirs.len(), (*ours).to_owned()),
            (None, None) => return None,
        };
        let span = Span::new(start, start + length);
        let headline = format!("`{}` is `{ours}` here", span.text(self.excerpt.source));
        Some(Found {
            diagnostic: Diagnostic::error(code::DOT_EXPECTED, headline)
                .label(span, "is a slot of a Seurat object"),
            edits: vec![replace(span, ours)],
        })
    }
}

fn continues(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// `@reductions$umap@cell.embeddings` and `[["umap"]]@cell.embeddings`: its length, and the
/// embedding's place here.
fn embedding(text: &str) -> Option<(usize, String)> {
    const BEHIND: &str = "@cell.embeddings";
    let (name, end) = if let Some(rest) = text.strip_prefix("@reductions$") {
        let name = &rest[..rest.find(|c| !continues(c)).unwrap_or(rest.len())];
        let end = "@reductions$".len() + name.len();
        let more = text[end..].starts_with(BEHIND);
        (name, end + if more { BEHIND.len() } else { 0 })
    } else {
        let rest = text.strip_prefix("[[\"")?;
        let (name, rest) = rest.split_once("\"]]")?;
        rest.strip_prefix(BEHIND)?;
        (name, text.len() - rest.len() + BEHIND.len())
    };
    (!name.is_empty()).then(|| (end, format!(".obsm.X_{name}")))
}
