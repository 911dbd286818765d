//! The canonical form of a text: one statement per line, commands in the command form, long
//! pipelines one stage a line, comments where they were.
//!
//! Formatting changes no meaning (the tree stays the same, which is checked) and formatting
//! twice is formatting once.

mod comments;
mod doc;
mod tree;

pub use tree::Known;

use super::ast::*;
use super::outline::outline;
use super::parse;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::source::{Source, Span};
use comments::Comments;
use doc::{Doc, WIDTH, render, text};
use std::sync::Arc;
use tree::Tree;

/// Formats a text without mistakes; of another one the first mistake is the error.
pub fn format(source: &Arc<Source>, known: Option<Known>) -> Outcome<String> {
    let parsed = parse(source);
    if let Some(mistake) = parsed.diagnostics.into_iter().next() {
        return Err(Box::new(mistake));
    }
    let print = |renames| {
        let comments = Comments::new(&source.text, &parsed.comments);
        let tree = Tree {
            source: &source.text,
            comments,
            known,
            renames,
        };
        Format { tree }.whole(&parsed.statements)
    };
    let plain = print(false);
    let again = parse(&Source::new(source.name.clone(), plain.clone()));
    let same = outline(&again.statements) == outline(&parsed.statements)
        && again.diagnostics.is_empty()
        && again.comments.len() == parsed.comments.len();
    if !same {
        return Err(
            Diagnostic::error(code::UNEXPECTED_INPUT, "this cannot be formatted")
                .label(Span::new(0, source.text.len()), "would change its meaning")
                .in_source(source),
        );
    }
    Ok(match known {
        Some(_) => print(true),
        None => plain,
    })
}

struct Format<'a> {
    tree: Tree<'a>,
}

impl Format<'_> {
    fn whole(&mut self, statements: &[Statement]) -> String {
        let whole = Span::new(0, self.tree.source.len());
        let lines = self.statements(statements, 0, whole);
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// The statements of a region, with its comments, as lines.
    fn statements(&mut self, list: &[Statement], indent: usize, region: Span) -> Vec<String> {
        let mut lines = Vec::new();
        let mut end = region.start;
        for statement in list {
            let before = Span::new(end, statement.span.start);
            end = self.comment_lines(&mut lines, before, indent);
            let body = self.statement(statement, indent);
            self.blank(&mut lines, end, statement.span.start);
            // Comments that no part of the statement could keep go before it.
            for comment in self.tree.comments.texts(statement.span) {
                lines.push(" ".repeat(indent) + &comment);
            }
            end = statement.span.end;
            let after = self.after(end, region.end);
            if let Some(after) = self.tree.comments.trailing(after) {
                end = self.line_end(end);
                lines.push(format!("{body}  {after}"));
            } else {
                lines.push(body);
            }
        }
        self.comment_lines(&mut lines, Span::new(end, region.end), indent);
        lines
    }

    /// Comments on lines of their own; where the last one ends.
    fn comment_lines(&mut self, lines: &mut Vec<String>, span: Span, indent: usize) -> usize {
        let mut end = span.start;
        for comment in self.tree.comments.take(span) {
            self.blank(lines, end, comment.start);
            lines.push(" ".repeat(indent) + &self.tree.comments.text(comment));
            end = comment.end;
        }
        end
    }

    /// One blank line where there were some, but not at the beginning.
    fn blank(&self, lines: &mut Vec<String>, from: usize, to: usize) {
        let breaks = Span::new(from, to)
            .text(self.tree.source)
            .matches('\n')
            .count();
        if breaks > 1 && !lines.is_empty() {
            lines.push(String::new());
        }
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = &self.tree.source[from..];
        from + rest.find('\n').unwrap_or(rest.len())
    }

    /// From the end of a statement up to the next thing on its line.
    fn after(&self, from: usize, to: usize) -> Span {
        let line = self.line_end(from).min(to);
        let rest = Span::new(from, line).text(self.tree.source);
        let comment = rest
            .trim_start_matches([' ', '\t', ';', '\r'])
            .starts_with('#');
        Span::new(from, if comment { line } else { from })
    }

    /// A statement, its first line indented too.
    fn statement(&mut self, statement: &Statement, indent: usize) -> String {
        match &statement.kind {
            StatementKind::Def {
                name,
                formals,
                body,
            } => {
                let header = self.def(name, formals, body.span.start);
                self.compound(vec![(header, body)], indent)
            }
            StatementKind::For { name, list, body } => {
                let name = name.span.text(self.tree.source);
                let list = self.tree.value(list, false);
                let header = Doc::Join(vec![text(format!("for {name} in ")), list]);
                self.compound(vec![(header, body)], indent)
            }
            StatementKind::If {
                branches,
                otherwise,
            } => {
                let mut parts = Vec::new();
                for (at, branch) in branches.iter().enumerate() {
                    let word = if at > 0 { "else if " } else { "if " };
                    let condition = self.tree.value(&branch.condition, false);
                    let header = Doc::Join(vec![text(word), condition]);
                    parts.push((header, &branch.body));
                }
                parts.extend(otherwise.iter().map(|body| (text("else"), body)));
                self.compound(parts, indent)
            }
            kind => render(&self.plain(kind), indent),
        }
    }

    /// A statement without blocks.
    fn plain(&mut self, kind: &StatementKind) -> Doc {
        let source = self.tree.source;
        let typed = |span: Span| span.text(source).to_string();
        match kind {
            StatementKind::Param { name, default, doc } => {
                let mut docs = vec![text(format!("param {}", typed(name.span)))];
                if let Some(default) = default {
                    docs.push(text(" = "));
                    docs.push(self.tree.value(default, false));
                }
                docs.extend(doc.iter().map(|it| text(format!(" {}", typed(it.span)))));
                Doc::Join(docs)
            }
            StatementKind::Use { path, alias } => {
                let alias = alias.as_ref().map(|it| format!(" as {}", typed(it.span)));
                text(format!(
                    "use {}{}",
                    typed(path.span),
                    alias.unwrap_or_default()
                ))
            }
            StatementKind::Return(None) => text("return"),
            StatementKind::Return(Some(value)) => {
                Doc::Join(vec![text("return "), self.tree.value(value, false)])
            }
            StatementKind::Assign { target, value } => {
                let names: Vec<String> = target.iter().map(|it| typed(it.span)).collect();
                let target = text(format!("{} = ", names.join(".")));
                Doc::Join(vec![target, self.tree.value(value, false)])
            }
            StatementKind::Expr(value) => match &value.kind {
                ExprKind::Call(call) if !call.args.is_empty() => self.tree.command(call),
                _ => self.tree.value(value, false),
            },
            StatementKind::Resume(stages) => {
                Doc::Join(vec![text("| "), self.tree.pipe(None, stages)])
            }
            // Those with blocks are printed by `statement`.
            _ => text(""),
        }
    }

    fn def(&mut self, name: &Name, formals: &[Formal], end: usize) -> Doc {
        let named = text(format!("def {}", name.span.text(self.tree.source)));
        let span = Span::new(name.span.end, end);
        let spans: Vec<Span> = formals.iter().map(formal_span).collect();
        let formals = self.tree.brackets(("(", ")"), span, &spans, |tree, at| {
            let name = text(formals[at].name.span.text(tree.source));
            match &formals[at].default {
                Some(default) => Doc::Join(vec![name, text("="), tree.value(default, true)]),
                None => name,
            }
        });
        Doc::Join(vec![named, formals])
    }

    /// Headers and their blocks.
    fn compound(&mut self, parts: Vec<(Doc, &Block)>, indent: usize) -> String {
        if let Some(line) = self.one_line(&parts, indent) {
            return line;
        }
        let margin = " ".repeat(indent);
        let mut out = margin.clone();
        for (at, (header, body)) in parts.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            out.push_str(render(header, indent).trim_start());
            out.push_str(&self.block(body, indent));
        }
        out
    }

    /// ` { … }` over several lines.
    fn block(&mut self, body: &Block, indent: usize) -> String {
        let inner = Span::new(body.span.start + 1, body.span.end - 1);
        let comment = self
            .tree
            .comments
            .trailing(self.after(inner.start, inner.end));
        let comment = comment.map(|it| format!("  {it}")).unwrap_or_default();
        let lines = self.statements(&body.statements, indent + 2, inner);
        if lines.is_empty() && comment.is_empty() {
            return " {}".to_string();
        }
        let margin = " ".repeat(indent);
        format!(
            " {{{comment}\n{}{margin}}}",
            lines.join("\n") + if lines.is_empty() { "" } else { "\n" }
        )
    }

    /// Blocks of one plain statement each that were typed on one line and fit there.
    fn one_line(&mut self, parts: &[(Doc, &Block)], indent: usize) -> Option<String> {
        let mut out = " ".repeat(indent);
        for (at, (header, body)) in parts.iter().enumerate() {
            let [only] = body.statements.as_slice() else {
                return None;
            };
            if has_block(only) || body.span.text(self.tree.source).contains('\n') {
                return None;
            }
            let gap = if at > 0 { " " } else { "" };
            let header = render(header, 0);
            let body = render(&self.plain(&only.kind), 0);
            out.push_str(&format!("{gap}{header} {{ {body} }}"));
        }
        let fits = !out.contains('\n') && out.chars().count() <= WIDTH;
        fits.then_some(out)
    }
}

fn has_block(statement: &Statement) -> bool {
    use StatementKind::*;
    matches!(statement.kind, Def { .. } | For { .. } | If { .. })
}

fn formal_span(formal: &Formal) -> Span {
    match &formal.default {
        Some(default) => formal.name.span.to(default.span),
        None => formal.name.span,
    }
}
