//! Bare words as arguments. A word stands for itself: `prefix=pred_`, `groups=[B, NK]`,
//! `color=HLA-DRA`, `out=figs/umap.png`. A variable of that name takes precedence, unless the word
//! means something at this place already: then both are named in an error. In quotes it is always
//! the word.
//!
//! This is the only place that decides so, for names, words, levels, genes, columns and paths.

use crate::command::{Kind, Param, Val, suggest};
use crate::data::{Dataset, Place};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::names::Context;
use crate::lang::ast::{self, Expr, ExprKind, Name, Unary};
use crate::lang::hyphens;
use crate::source::Span;
use std::sync::Arc;

/// What is before a dot where it is no part of a word: `gene.CD3D`, `obs.leiden`.
const ROOTS: [&str; 9] = [
    "gene", "obs", "var", "layers", "uns", "obsm", "varm", "obsp", "raw",
];

/// How an argument is read.
pub(in crate::eval) enum Read {
    Word(Name),
    Value(Val),
}

impl Interpreter<'_> {
    /// The argument as a bare word, if it can be one: a name, `HLA-DRA`, `umap.png`.
    pub(in crate::eval) fn bare_word(&self, expr: &Expr) -> Option<Name> {
        let text = match &expr.kind {
            ExprKind::Name(name) => name.text.clone(),
            ExprKind::Word { text, .. } => text.clone(),
            ExprKind::Field(..) => {
                let root = root(expr)?;
                let value = self.session.get(&root.text);
                let dataset = matches!(value, Some(Val::Dataset(..)));
                let taken = ROOTS.contains(&root.text.as_str()) || value.is_some() && !dataset;
                // `adata.png` is a file, `adata.obs` is not.
                if taken || dataset && self.is_part(expr) {
                    return None;
                }
                expr.span.text(&self.source.text).to_owned()
            }
            _ => return None,
        };
        Some(Name {
            span: expr.span,
            text,
            quoted: false,
        })
    }

    /// Whether a path of names leads into a dataset.
    fn is_part(&self, path: &Expr) -> bool {
        match &path.kind {
            ExprKind::Field(base, name) if base.bare_name().is_some() => {
                crate::eval::parts::fields::is_part(&name.text)
            }
            ExprKind::Field(base, _) => self.is_part(base),
            _ => false,
        }
    }

    /// The word that an argument is, or its value. `there` tells whether a word means something
    /// at this place, and `what` says what it then is: `a column of obs`.
    pub(in crate::eval) fn word_or_value(
        &mut self,
        expr: &Expr,
        what: &str,
        there: impl Fn(&str) -> bool,
    ) -> Outcome<Read> {
        let Some(name) = self.bare_word(expr) else {
            return self.expr(expr).map(Read::Value);
        };
        match (there(&name.text), self.session.get(&name.text).cloned()) {
            (true, Some(_)) => Err(self.two_meanings(&name, what)),
            (false, Some(value)) => Ok(Read::Value(value)),
            (false, None) => Ok(match self.last_value(&name) {
                Some(it @ Val::List(_)) => Read::Value(it),
                _ => Read::Word(name),
            }),
            (true, None) => Ok(Read::Word(name)),
        }
    }

    pub(in crate::eval) fn two_meanings(&self, name: &Name, what: &str) -> Box<Diagnostic> {
        let text = &name.text;
        let short = what.split(" of ").next().unwrap_or(what);
        let short = short.trim_start_matches("a ").trim_start_matches("an ");
        self.error(
            code::AMBIGUOUS_WORD,
            format!("`{text}` is both {what} and a variable"),
            name.span,
            "ambiguous",
        )
        .help(format!(
            "\"{text}\" is the {short}, ({text}) is the variable"
        ))
    }

    /// `clusters.csv` and `meta/clusters.tsv.gz`, where a table may be meant.
    pub(in crate::eval) fn table_file(&self, expr: &Expr) -> Option<String> {
        let path = self.bare_word(expr)?.text;
        let text = path.trim_end_matches(".gz").trim_end_matches(".bz2");
        let (_, ending) = text.rsplit_once('.')?;
        (expr.bare_name().is_none() && ["csv", "tsv", "txt"].contains(&ending)).then_some(path)
    }

    /// A text: a word, a level, a title. Numbers are taken as they are typed.
    pub(in crate::eval) fn text_argument(&mut self, param: &Param, expr: &Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Bool(_) if param.kind == Kind::Text => {
                return Ok(Val::text(expr.span.text(&self.source.text)));
            }
            ExprKind::Unary(Unary::Negative, inner)
                if param.kind == Kind::Text && matches!(inner.kind, ExprKind::Number(_)) =>
            {
                return Ok(Val::text(expr.span.text(&self.source.text)));
            }
            _ => {}
        }
        if matches!(param.kind, Kind::PathIn | Kind::PathOut) {
            self.path_of_variable(expr)?;
            if let (ExprKind::Field(..), Some(Val::Table(_) | Val::Dataset(..))) = (
                &expr.kind,
                root(expr).and_then(|root| self.session.get(&root.text)),
            ) {
                // `best.csv` is a file, also where `best` is a table.
                return Ok(Val::text(expr.span.text(&self.source.text)));
            }
        }
        let value = match self.word_or_value(expr, "a word", |_| false)? {
            Read::Word(name) => return Ok(Val::Text(name.text)),
            Read::Value(value) => self.settled(value)?,
        };
        Ok(match value {
            Val::Number(number) if param.kind == Kind::Text => {
                Val::Text(crate::command::value::number_text(number))
            }
            // What no text can be made of does not stand for one: the word is meant.
            Val::Dataset(..) | Val::Table(_) | Val::Figure(_) if param.kind == Kind::Text => {
                match expr.bare_name() {
                    Some(name) => Val::text(&name.text),
                    None => value,
                }
            }
            value => value,
        })
    }

    /// Refuses `out=folder/umap.png` where `folder` is a variable: one of two files is meant.
    fn path_of_variable(&self, expr: &Expr) -> Outcome<()> {
        let ExprKind::Word { text, .. } = &expr.kind else {
            return Ok(());
        };
        let Some((first, rest)) = text.split_once('/') else {
            return Ok(());
        };
        match self.session.get(first) {
            Some(Val::Text(_) | Val::Unknown) => Err(self
                .error(
                    code::AMBIGUOUS_WORD,
                    format!("`{first}` is both the beginning of a path and a variable"),
                    expr.span,
                    "ambiguous",
                )
                .help(format!(
                    "\"{{{first}}}/{rest}\" fills in the variable, \"{text}\" is the literal path"
                ))),
            _ => Ok(()),
        }
    }

    /// A record whose values are words: `{0: B, 1: NK}`, `{T: [CD3D, CD3E]}`; or what else the
    /// argument is.
    pub(in crate::eval) fn words_within(&mut self, expr: &Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Record(entries) => {
                let mut fields = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = match &entry.key {
                        ast::Key::Word(name) => name.text.clone(),
                        ast::Key::Text(text) => self.text(text)?,
                    };
                    fields.push((key, self.words_within(&entry.value)?));
                }
                Ok(Val::Record(fields))
            }
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.words_within(item));
                Ok(Val::List(items.collect::<Outcome<_>>()?))
            }
            _ => match self.word_or_value(expr, "a word", |_| false)? {
                Read::Word(name) => Ok(Val::Text(name.text)),
                Read::Value(value) => self.settled(value),
            },
        }
    }

    /// A word where a number, a dataset or the like belongs.
    pub(in crate::eval) fn misplaced_word(&self, param: &Param, expr: &Expr) -> Outcome<()> {
        let ExprKind::Word { text, reading } = &expr.kind else {
            return self.unknown_word(param, expr);
        };
        let known = reading.as_deref().is_some_and(|it| self.computable(it));
        Err(if known {
            self.error(
                code::OPERATOR_IN_ARGUMENTS,
                "operators in arguments need parentheses",
                expr.span,
                "put it in parentheses",
            )
            .help(self.in_line(expr.span, &format!("({text})")))
            .fix(expr.span, format!("({text})"))
        } else {
            self.error(
                code::INVALID_VALUE,
                format!("`{}` needs {}", param.name, param.kind.words()),
                expr.span,
                "this is a word",
            )
        })
    }

    /// `theta=inf`, where a number may have no end and no variable has that name.
    pub(in crate::eval) fn is_infinity(&self, param: &Param, expr: &Expr) -> bool {
        let endless =
            matches!(param.kind, Kind::Number { at_most, .. } if at_most == f64::INFINITY);
        let name = expr.bare_name().map(|name| name.text.as_str());
        endless
            && name.is_some_and(|it| matches!(it, "inf" | "Inf") && self.session.get(it).is_none())
    }

    /// `leiden adata res=high`, where no variable has that name nor one that is near.
    fn unknown_word(&self, param: &Param, expr: &Expr) -> Outcome<()> {
        let takes = matches!(
            param.kind,
            Kind::Number { .. } | Kind::Integer { .. } | Kind::Bool
        );
        let Some(name) = expr.bare_name().filter(|_| takes) else {
            return Ok(());
        };
        let is_value = self.session.get(&name.text).is_some()
            || self.session.functions.contains_key(&name.text)
            || self.registry.get(&name.text).is_some();
        let near = suggest::nearest(&name.text, self.session.vars().map(|(name, _)| name));
        if is_value || !near.is_empty() || !self.running.contexts.is_empty() {
            return Ok(());
        }
        if let Some(error) = self.size_in_two_words(name.span) {
            return Err(error);
        }
        let headline = format!("`{}` needs {}", param.name, param.kind.words());
        let error = self.error(code::INVALID_VALUE, headline, expr.span, "this is a word");
        Err(match param.default.map(|default| default().to_string()) {
            Some(default) => error.help(self.in_line(expr.span, &default)),
            None => error,
        })
    }

    /// `set memory=4 GB`, which needs quotes.
    fn size_in_two_words(&self, unit: Span) -> Option<Box<Diagnostic>> {
        let text = &self.source.text;
        let units = ["kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib"];
        let before = text[..unit.start].trim_end();
        let start = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let is_number = start.len() < before.len() && start.ends_with('=');
        if !is_number || !units.contains(&unit.text(text).to_lowercase().as_str()) {
            return None;
        }
        let span = Span::new(start.len(), unit.end);
        let quoted = format!("\"{}\"", span.text(text));
        let headline = "text with blanks needs quotes";
        let error = self.error(code::PUNCTUATION, headline, span, "is one size");
        Some(error.help(self.in_line(span, &quoted)).fix(span, quoted))
    }

    /// Whether all names between operators are variables, or columns where they are
    /// looked for.
    pub(in crate::eval) fn computable(&self, expr: &Expr) -> bool {
        let context = self.running.contexts.last();
        let mut all = true;
        leaves(expr, &mut |name| {
            let column = context.is_some_and(|it| {
                ROOTS.contains(&name.text.as_str()) || self.known_in(&it.data, it.side, &name.text)
            });
            all &= column || self.session.get(&name.text).is_some();
        });
        all
    }

    /// An expression in which bare words are columns of a dataset, or genes, `HLA-DRA` among them.
    pub(in crate::eval) fn in_context(
        &mut self,
        data: &Arc<Dataset>,
        side: Place,
        expr: &Expr,
    ) -> Outcome<Val> {
        let mut ambiguous = None;
        let mut unknown: Option<Name> = None;
        let source = self.source.clone();
        let joined = hyphens::joined(expr, &source.text, &mut |text, reading| {
            let mut parts = true;
            leaves(reading, &mut |name| {
                parts &=
                    self.known_in(data, side, &name.text) || self.session.get(&name.text).is_some();
            });
            let name = || Name {
                span: reading.span,
                text: text.to_owned(),
                quoted: true,
            };
            let whole = self.known_in(data, side, text);
            if whole && parts {
                ambiguous = Some(name());
            }
            let longest = unknown.as_ref().is_none_or(|it| it.text.len() < text.len());
            if !whole && !parts && longest {
                unknown = Some(name());
            }
            whole
        });
        if let Some(name) = ambiguous {
            return Err(self.name_or_difference(&name));
        }
        self.running.contexts.push(Context {
            data: data.clone(),
            side,
        });
        let value = self.expr(&joined);
        self.running.contexts.pop();
        match (value, unknown) {
            // Half of a name is not what was looked for.
            (Err(wrong), Some(name)) if is_within(&wrong, &name) => {
                Err(self.no_column(data, side, &name))
            }
            (value, _) => value,
        }
    }

    fn name_or_difference(&self, name: &Name) -> Box<Diagnostic> {
        let spaced = name.text.replace('-', " - ");
        self.error(
            code::AMBIGUOUS_WORD,
            format!("`{}` is both a name and a difference", name.text),
            name.span,
            "ambiguous",
        )
        .help(format!(
            "in backticks it is the name, with spaces, {spaced}, the difference"
        ))
    }
}

fn is_within(wrong: &Diagnostic, name: &Name) -> bool {
    let first = wrong.labels.first();
    wrong.code == code::NO_SUCH_COLUMN
        && first.is_some_and(|it| it.span.start >= name.span.start && it.span.end <= name.span.end)
}

/// The name before the first dot of a path of names.
fn root(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Field(inner, _) => root(inner),
        _ => None,
    }
}

/// The names between operators.
fn leaves<'e>(expr: &'e Expr, see: &mut dyn FnMut(&'e Name)) {
    match &expr.kind {
        ExprKind::Name(name) => see(name),
        ExprKind::Field(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => {
            leaves(inner, see);
        }
        ExprKind::Binary(_, a, b) | ExprKind::Range(a, b) => {
            leaves(a, see);
            leaves(b, see);
        }
        _ => {}
    }
}
