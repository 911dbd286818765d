//! From a text to its statements: puts blocks together and gathers what is wrong.

use super::ast::*;
use super::excerpt::Excerpt;
use super::layout::{Layout, Piece, PieceKind, layout};
use super::{Parsed, mistakes, parse as grammar, python_r, unclosed};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::source::{Source, Span};
use std::sync::Arc;

/// Reads a text as statements. Never fails: wrong statements are left out and reported in
/// `diagnostics`, at most one each; the others are read all the same, also inside of blocks.
pub fn parse(source: &Arc<Source>) -> Parsed {
    let layout = layout(&source.text);
    let mut builder = Builder {
        source,
        layout: &layout,
        next: 0,
        diagnostics: Vec::new(),
        functions: 0,
        blocks: 0,
        unclosed: false,
    };
    let statements = builder.statements();
    let mut diagnostics = builder.diagnostics;
    diagnostics.sort_by_key(|told| told.labels.first().map(|label| label.span.start));
    Parsed {
        statements,
        diagnostics,
        comments: layout.comments,
        completeness: layout.completeness,
    }
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    layout: &'a Layout,
    /// The piece to be read next.
    next: usize,
    diagnostics: Vec<Diagnostic>,
    /// How many bodies of functions, and blocks of any kind, surround the next piece.
    functions: usize,
    blocks: usize,
    /// A block without an end was reported.
    unclosed: bool,
}

impl<'a> Builder<'a> {
    /// The statements up to the end of the text or of the block.
    fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while let Some(piece) = self.layout.pieces.get(self.next) {
            match piece.kind {
                PieceKind::Close => break,
                PieceKind::Statement => {
                    self.next += 1;
                    let read = self.plain(piece);
                    if read
                        .as_ref()
                        .is_err_and(|wrong| wrong.code == code::MISSING_BRACES)
                    {
                        self.skip_body(piece);
                    }
                    statements.extend(self.kept(read));
                }
                PieceKind::Header { open } => {
                    self.next += 1;
                    statements.extend(self.compound(piece, open));
                }
            }
        }
        statements
    }

    /// Python's body of a header without braces: the repair of the header has it.
    fn skip_body(&mut self, header: &Piece) {
        let text = &self.source.text;
        let line = |piece: &Piece| text[..piece.span.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = |line: usize| {
            let rest = &text[line..];
            rest.len() - rest.trim_start_matches([' ', '\t']).len()
        };
        let begins = line(header);
        while let Some(piece) = self.layout.pieces.get(self.next) {
            let at = line(piece);
            let is_body = matches!(piece.kind, PieceKind::Statement);
            if !is_body || at == begins || indent(at) <= indent(begins) {
                break;
            }
            self.next += 1;
        }
    }

    fn kept<T>(&mut self, read: Outcome<T>) -> Option<T> {
        read.map_err(|error| self.diagnostics.push(*error.in_source(self.source)))
            .ok()
    }

    fn excerpt(&self, piece: &Piece) -> Excerpt<'a> {
        Excerpt {
            source: &self.source.text,
            text: &self.layout.text,
            span: piece.span,
        }
    }

    fn plain(&self, piece: &Piece) -> Outcome<Statement> {
        let (excerpt, foreign) = self.checked(piece)?;
        mistakes::no_block(&excerpt)?;
        let kind = grammar::statement(&excerpt).map_err(|wrong| foreign.unwrap_or(wrong))?;
        let first = self.next == 1;
        mistakes::place(
            &excerpt,
            &kind,
            (self.functions > 0, self.blocks > 0, first),
        )?;
        Ok(Statement {
            span: piece.span,
            kind,
        })
    }

    /// The piece, unless something is wrong that needs no grammar to be seen; and the message about
    /// it if the grammar cannot read it.
    fn checked(&self, piece: &Piece) -> Outcome<(Excerpt<'a>, Option<Box<Diagnostic>>)> {
        let excerpt = self.excerpt(piece);
        if let Some(problem) = piece.problem {
            return Err(unclosed::bracket(&excerpt, problem));
        }
        // `next` is already after the piece.
        let before = self
            .next
            .checked_sub(2)
            .and_then(|at| self.layout.pieces.get(at));
        if let Some(before) = before.filter(|_| piece.glued && !self.is_else(piece)) {
            return Err(mistakes::glued(before.span, piece.span));
        }
        let foreign = python_r::check(&excerpt)?;
        Ok((excerpt, foreign))
    }

    fn header(&self, piece: &Piece) -> Outcome<Header> {
        let (excerpt, foreign) = self.checked(piece)?;
        match grammar::header(&excerpt).map_err(|wrong| foreign.unwrap_or(wrong))? {
            Header::Def { .. } if self.blocks > 0 => Err(mistakes::inner_def(piece.span)),
            header => Ok(header),
        }
    }

    /// A statement with blocks. Its parts are all read, even if one of them is wrong.
    fn compound(&mut self, piece: &Piece, open: usize) -> Option<Statement> {
        let read = self.header(piece);
        let header = self.kept(read);
        let is_def = piece.span.text(&self.layout.text).starts_with("def");
        let body = self.block(open, is_def);
        let span = piece.span.to(body.span);
        let kind = match header {
            None => {
                // What follows belongs to it and is read for its own mistakes.
                self.branches(Vec::new());
                return None;
            }
            Some(Header::Def { name, formals }) => StatementKind::Def {
                name,
                formals,
                body,
            },
            Some(Header::For { name, list }) => StatementKind::For { name, list, body },
            Some(Header::If(condition)) => {
                let first = Branch { condition, body };
                return self.branches(vec![first]).map(|(kind, end)| Statement {
                    span: span.to(end),
                    kind,
                });
            }
            Some(Header::ElseIf(_) | Header::Else) => {
                let error = mistakes::lone_else(piece.span);
                self.diagnostics.push(*error.in_source(self.source));
                return None;
            }
        };
        Some(Statement { span, kind })
    }

    /// The `else if` and `else` that follow, added to the first branches; nothing if one of
    /// their headers is wrong. With the span of the last block.
    fn branches(&mut self, mut branches: Vec<Branch>) -> Option<(StatementKind, Span)> {
        let mut sound = true;
        let mut otherwise = None;
        let mut end = branches.last().map(|it| it.body.span).unwrap_or_default();
        while otherwise.is_none()
            && let Some((piece, open)) = self.next_else()
        {
            self.next += 1;
            let read = self.header(piece);
            let header = self.kept(read);
            let body = self.block(open, false);
            end = body.span;
            match header {
                Some(Header::ElseIf(condition)) => branches.push(Branch { condition, body }),
                Some(_) => otherwise = Some(body),
                None => sound = false,
            }
        }
        let kind = StatementKind::If {
            branches,
            otherwise,
        };
        sound.then_some((kind, end))
    }

    fn next_else(&self) -> Option<(&'a Piece, usize)> {
        let piece = self.layout.pieces.get(self.next)?;
        match piece.kind {
            PieceKind::Header { open } if self.is_else(piece) => Some((piece, open)),
            _ => None,
        }
    }

    fn is_else(&self, piece: &Piece) -> bool {
        let text = piece.span.text(&self.source.text);
        text.strip_prefix("else")
            .is_some_and(|rest| !rest.starts_with(super::names::continues_name))
    }

    /// The statements up to the block's end, and that end.
    fn block(&mut self, open: usize, function: bool) -> Block {
        self.blocks += 1;
        self.functions += usize::from(function);
        let statements = self.statements();
        self.blocks -= 1;
        self.functions -= usize::from(function);
        let end = match self.layout.pieces.get(self.next) {
            Some(close) => {
                self.next += 1;
                close.span.end
            }
            None => {
                // Of nested blocks the innermost is reported.
                if !std::mem::replace(&mut self.unclosed, true) {
                    let error = unclosed::open_block(open);
                    self.diagnostics.push(*error.in_source(self.source));
                }
                self.layout.text.len()
            }
        };
        Block {
            span: Span::new(open, end),
            statements,
        }
    }
}
