//! From the tree to what is printed. Names, numbers and texts are copied as they were typed.

use super::comments::Comments;
use super::doc::{Brackets, Chain, Doc, Item, text};
use crate::lang::ast::*;
use crate::source::Span;

/// What is known of names, which the tree does not tell.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The canonical name of a command's parameter, if another one was typed.
    pub rename: &'a dyn Fn(&str, &str) -> Option<String>,
    /// Whether a name is a function on values, which has the call form only.
    pub is_function: &'a dyn Fn(&str) -> bool,
}

pub struct Tree<'a> {
    pub source: &'a str,
    pub comments: Comments<'a>,
    pub known: Option<Known<'a>>,
    /// Whether parameters get their canonical names.
    pub renames: bool,
}

impl Tree<'_> {
    fn typed(&self, span: Span) -> Doc {
        text(span.text(self.source))
    }

    fn broken_after(&self, start: usize, end: usize) -> bool {
        Span::new(start, end).text(self.source).contains('\n')
    }

    /// A call that is a whole statement or a stage: always in the command form.
    pub fn command(&mut self, call: &Call) -> Doc {
        match call.name() {
            Some(name) if self.is_function(call, &name.text) => self.call(call),
            Some(name) if !call.args.is_empty() => self.command_form(name.span, call),
            Some(name) => self.typed(name.span),
            None => self.call(call),
        }
    }

    fn is_function(&self, call: &Call, name: &str) -> bool {
        let is_function = |known: Known| (known.is_function)(name);
        call.style == Style::Call && self.known.is_some_and(is_function)
    }

    fn command_form(&mut self, name: Span, call: &Call) -> Doc {
        let mut docs = vec![self.typed(name)];
        for arg in &call.args {
            docs.push(text(" "));
            docs.push(self.arg(call, arg, true));
        }
        Doc::Join(docs)
    }

    fn call(&mut self, call: &Call) -> Doc {
        if let (Style::Command, Some(name)) = (call.style, call.name()) {
            return self.command_form(name.span, call);
        }
        let callee = self.value(&call.callee, true);
        let span = Span::new(call.callee.span.end, call.span.end);
        let spans: Vec<Span> = call.args.iter().map(|arg| arg.span).collect();
        let args = self.brackets(("(", ")"), span, &spans, |tree, at| {
            tree.arg(call, &call.args[at], false)
        });
        Doc::Join(vec![callee, args])
    }

    fn arg(&mut self, call: &Call, arg: &Arg, command: bool) -> Doc {
        let value = if stands_alone(&arg.value, command) {
            self.value(&arg.value, !command)
        } else {
            self.parentheses(arg.span, &arg.value)
        };
        let Some(name) = &arg.name else {
            return value;
        };
        let known = self.known.filter(|_| self.renames).zip(call.name());
        let renamed = known.and_then(|(known, command)| (known.rename)(&command.text, &name.text));
        let name = match renamed {
            Some(canonical) => text(canonical),
            None => self.typed(name.span),
        };
        Doc::Join(vec![name, text("="), value])
    }

    /// `(value)` in place of the bytes under the span.
    fn parentheses(&mut self, span: Span, value: &Expr) -> Doc {
        let doc = self.brackets(("(", ")"), span, &[value.span], |tree, _| {
            tree.value(value, true)
        });
        match doc {
            Doc::Brackets(it) => Doc::Brackets(Brackets {
                comma: false,
                forced: false,
                ..it
            }),
            doc => doc,
        }
    }

    /// Any value. `inside` of brackets a line break is harmless.
    pub fn value(&mut self, expr: &Expr, inside: bool) -> Doc {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Name(_)
            | ExprKind::Word { .. } => self.typed(span),
            ExprKind::List(items) => {
                let spans: Vec<Span> = items.iter().map(|it| it.span).collect();
                self.brackets(("[", "]"), span, &spans, |tree, at| {
                    tree.value(&items[at], true)
                })
            }
            ExprKind::Record(entries) => {
                let spans: Vec<Span> = entries.iter().map(entry_span).collect();
                self.brackets(("{", "}"), span, &spans, |tree, at| {
                    tree.entry(&entries[at])
                })
            }
            ExprKind::Field(inner, name) => {
                let dot = text(".");
                Doc::Join(vec![self.value(inner, inside), dot, self.typed(name.span)])
            }
            ExprKind::Index(inner, places) => self.index(span, inner, places),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Pipe { head, stages } => self.pipe(Some(head), stages),
            ExprKind::Paren(inner) => self.parentheses(span, inner),
            _ => self.operators(expr, inside),
        }
    }

    fn index(&mut self, span: Span, inner: &Expr, places: &[Selector]) -> Doc {
        let spans: Vec<Span> = places.iter().map(selector_span).collect();
        let bracket = Span::new(inner.span.end, span.end);
        let inner = self.value(inner, true);
        let places = self.brackets(("[", "]"), bracket, &spans, |tree, at| match &places[at] {
            Selector::Every(_) => text(":"),
            Selector::Expr(it) => tree.value(it, true),
        });
        Doc::Join(vec![inner, places])
    }

    fn entry(&mut self, entry: &Entry) -> Doc {
        let key = match &entry.key {
            Key::Word(name) => name.span,
            Key::Text(it) => it.span,
        };
        Doc::Join(vec![
            self.typed(key),
            text(": "),
            self.value(&entry.value, true),
        ])
    }

    fn operators(&mut self, expr: &Expr, inside: bool) -> Doc {
        let docs = match &expr.kind {
            ExprKind::Unary(Unary::Not, inner) => vec![text("not "), self.value(inner, inside)],
            ExprKind::Unary(_, inner) => vec![text("-"), self.value(inner, inside)],
            ExprKind::Range(a, b) => {
                vec![self.value(a, inside), text(".."), self.value(b, inside)]
            }
            ExprKind::Chain(first, rest) => {
                let mut docs = vec![self.value(first, inside)];
                for (operator, operand) in rest {
                    docs.push(text(format!(" {} ", operator.symbol())));
                    docs.push(self.value(operand, inside));
                }
                docs
            }
            ExprKind::Binary(operator, ..) if inside && is_junction(*operator) => {
                return self.junction(*operator, expr);
            }
            ExprKind::Binary(operator, a, b) => vec![
                self.value(a, inside),
                text(format!(" {} ", operator.symbol())),
                self.value(b, inside),
            ],
            _ => vec![self.typed(expr.span)],
        };
        Doc::Join(docs)
    }

    /// `a and b and c`, which may be broken before each `and`.
    fn junction(&mut self, operator: Binary, expr: &Expr) -> Doc {
        let mut operands = Vec::new();
        let mut left = expr;
        while let ExprKind::Binary(same, a, b) = &left.kind
            && *same == operator
        {
            operands.push(&**b);
            left = a;
        }
        operands.push(left);
        operands.reverse();
        let spans: Vec<Span> = operands.iter().map(|it| it.span).collect();
        let items = self.items(&spans, expr.span.start, |tree, at| {
            tree.value(operands[at], true)
        });
        Doc::Chain(Chain {
            mark: operator.symbol(),
            hang: 0,
            items,
            forced: false,
        })
    }

    /// A pipeline, or, without a head, what goes on from the last result.
    pub fn pipe(&mut self, head: Option<&Expr>, stages: &[Call]) -> Doc {
        let mut spans: Vec<Span> = head.iter().map(|it| it.span).collect();
        spans.extend(stages.iter().map(|it| it.span));
        let heads = usize::from(head.is_some());
        let forced = spans
            .windows(2)
            .any(|pair| self.broken_after(pair[0].end, pair[1].start));
        let items = self.items(&spans, spans[0].start, |tree, at| match head {
            Some(head) if at == 0 => tree.value(head, false),
            _ => tree.command(&stages[at - heads]),
        });
        Doc::Chain(Chain {
            mark: "|",
            hang: 2,
            items,
            forced,
        })
    }

    /// Items between brackets, the brackets being the first and last byte of the span.
    pub fn brackets(
        &mut self,
        (open, close): (&'static str, &'static str),
        span: Span,
        spans: &[Span],
        build: impl FnMut(&mut Self, usize) -> Doc,
    ) -> Doc {
        let mut items = self.items(spans, span.start, build);
        let end = spans.last().map_or(span.start, |last| last.end);
        if let Some(last) = items.last_mut() {
            last.after = self.comments.trailing(Span::new(end, span.end));
        }
        let forced = spans
            .first()
            .is_some_and(|first| self.broken_after(span.start, first.start));
        Doc::Brackets(Brackets {
            open,
            close,
            comma: true,
            items,
            tail: self.comments.texts(Span::new(end, span.end)),
            forced,
        })
    }

    /// Each item with the comments round it, from `start` to the end of the last one's line.
    fn items(
        &mut self,
        spans: &[Span],
        start: usize,
        mut build: impl FnMut(&mut Self, usize) -> Doc,
    ) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut end = start;
        for (at, span) in spans.iter().enumerate() {
            if let Some(last) = items.last_mut() {
                last.after = self.comments.trailing(Span::new(end, span.start));
            }
            let before = self.comments.texts(Span::new(end, span.start));
            let doc = build(self, at);
            let after = None;
            items.push(Item { before, doc, after });
            end = span.end;
        }
        items
    }
}

fn is_junction(operator: Binary) -> bool {
    matches!(operator, Binary::And | Binary::Or)
}

/// Whether an argument needs no parentheses: in the command form an operand, in the call form
/// anything but a command or a pipeline.
fn stands_alone(value: &Expr, command: bool) -> bool {
    match &value.kind {
        ExprKind::Pipe { .. } => false,
        ExprKind::Call(call) => call.style == Style::Call,
        ExprKind::Unary(Unary::Negative, inner) => {
            !command || matches!(inner.kind, ExprKind::Number(_))
        }
        ExprKind::Unary(..) | ExprKind::Binary(..) | ExprKind::Chain(..) | ExprKind::Range(..) => {
            !command
        }
        _ => true,
    }
}

fn entry_span(entry: &Entry) -> Span {
    match &entry.key {
        Key::Word(name) => name.span.to(entry.value.span),
        Key::Text(text) => text.span.to(entry.value.span),
    }
}

fn selector_span(selector: &Selector) -> Span {
    match selector {
        Selector::Every(span) => *span,
        Selector::Expr(expr) => expr.span,
    }
}
