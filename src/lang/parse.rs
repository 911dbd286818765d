//! One statement to its tree: pest reads by `grammar/sca.pest`, this file converts.
//!
//! The only file that knows pest and its rules. Blocks are put together elsewhere, since each
//! statement in them is read by itself.

use super::ast::*;
use super::excerpt::Excerpt;
use super::layout::MAX_NESTING;
use super::mistakes::{self, Given};
use super::text;
use crate::diagnostic::Outcome;
use crate::source::Span;
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/sca.pest"]
struct Grammar;

type Node<'i> = Pair<'i, Rule>;

/// What stands before a block.
#[derive(Debug, Clone, PartialEq)]
pub enum Header {
    Def { name: Name, formals: Vec<Formal> },
    For { name: Name, list: Expr },
    If(Expr),
    ElseIf(Expr),
    Else,
}

/// Whether a name may begin with the character.
pub fn starts_name(char: char) -> bool {
    char == '_' || pest::unicode::XID_START(char)
}

/// Whether a name may go on with the character.
pub fn continues_name(char: char) -> bool {
    pest::unicode::XID_CONTINUE(char)
}

/// Reads a statement that has no block.
pub fn statement(excerpt: &Excerpt) -> Outcome<StatementKind> {
    let mut reader = Reader::new(excerpt);
    let node = reader.read(Rule::statement)?;
    reader.statement(node)
}

/// Reads what stands before a block.
pub fn header(excerpt: &Excerpt) -> Outcome<Header> {
    let mut reader = Reader::new(excerpt);
    let node = reader.read(Rule::header)?;
    reader.header(node)
}

/// Loosest first, as in the language's description.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::kw_or))
        .op(left(Rule::kw_and))
        .op(Op::prefix(Rule::kw_not))
        .op(left(Rule::compare) | left(Rule::matches) | left(Rule::kw_in) | left(Rule::not_in))
        .op(left(Rule::range))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div))
        .op(Op::prefix(Rule::negation))
        .op(Op::infix(Rule::pow, Assoc::Right))
});

struct Reader<'a> {
    excerpt: &'a Excerpt<'a>,
    /// Where the text that pest reads begins within the whole text.
    base: usize,
    /// Upper bound of the height of the tree from the root to here.
    height: usize,
}

impl<'a> Reader<'a> {
    fn new(excerpt: &'a Excerpt<'a>) -> Self {
        Reader {
            excerpt,
            base: excerpt.span.start,
            height: 0,
        }
    }

    fn read(&self, rule: Rule) -> Outcome<Node<'a>> {
        let mut nodes = Grammar::parse(rule, self.excerpt.read())
            .map_err(|error| self.explain(error, self.excerpt))?;
        // A silent rule gives its one alternative, then the end of input.
        nodes.next().ok_or_else(mistakes::nothing)
    }

    fn explain(&self, error: Error<Rule>, excerpt: &Excerpt) -> Box<crate::diagnostic::Diagnostic> {
        let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
        match error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                let mut expected: Vec<_> =
                    positives.iter().filter_map(|rule| word(*rule)).collect();
                expected.dedup();
                mistakes::explain(excerpt, excerpt.span.start + at, &expected)
            }
            // The stack is nearly used up.
            ErrorVariant::CustomError { .. } => mistakes::too_deep(excerpt.span),
        }
    }

    fn span(&self, node: &Node) -> Span {
        let span = node.as_span();
        Span::new(self.base + span.start(), self.base + span.end())
    }

    /// Notes that the tree grows by `steps` on the way down to `node`.
    fn climb(&mut self, steps: usize, node: &Node) -> Outcome<()> {
        self.height += steps;
        match self.height > MAX_HEIGHT {
            true => Err(mistakes::too_deep(self.span(node))),
            false => Ok(()),
        }
    }

    fn statement(&mut self, node: Node) -> Outcome<StatementKind> {
        let rule = node.as_rule();
        if rule == Rule::pipeline {
            return Ok(StatementKind::Expr(self.pipeline(node)?));
        }
        let whole = self.span(&node);
        let mut inner = words(node);
        Ok(match rule {
            Rule::param => self.param(inner)?,
            Rule::import => StatementKind::Use {
                path: self.text_of(inner.next(), whole)?,
                alias: inner.next().map(|name| self.name(&name)),
            },
            Rule::give => {
                StatementKind::Return(inner.next().map(|it| self.pipeline(it)).transpose()?)
            }
            Rule::assign => {
                let target = self.expr_of(inner.next(), whole)?;
                StatementKind::Assign {
                    target: mistakes::target(self.excerpt, target)?,
                    value: self.expr_of(inner.next(), whole)?,
                }
            }
            _ => StatementKind::Resume(inner.map(|it| self.stage(it)).collect::<Outcome<_>>()?),
        })
    }

    fn param<'i>(&mut self, inner: impl Iterator<Item = Node<'i>>) -> Outcome<StatementKind> {
        let (mut name, mut default, mut doc) = (None, None, None);
        for node in inner {
            match node.as_rule() {
                Rule::name => name = Some(self.name(&node)),
                Rule::default => {
                    let whole = self.span(&node);
                    default = Some(self.expr_of(node.into_inner().next(), whole)?);
                }
                _ => doc = Some(self.text(&node)?),
            }
        }
        let name = name.ok_or_else(mistakes::nothing)?;
        Ok(StatementKind::Param { name, default, doc })
    }

    fn header(&mut self, node: Node) -> Outcome<Header> {
        let rule = node.as_rule();
        let whole = self.span(&node);
        let mut inner = words(node);
        let first = inner.next();
        Ok(match rule {
            Rule::branch => Header::If(self.expr_of(first, whole)?),
            Rule::otherwise => match first {
                Some(branch) => Header::ElseIf(self.expr_of(words(branch).next(), whole)?),
                None => Header::Else,
            },
            Rule::repeat => Header::For {
                name: self.name_of(first)?,
                list: self.expr_of(inner.find(|it| it.as_rule() == Rule::expr), whole)?,
            },
            _ => {
                let name = self.name_of(first)?;
                let formals = inner
                    .map(|it| self.formal(it))
                    .collect::<Outcome<Vec<_>>>()?;
                mistakes::twice(formals.iter().map(|formal| &formal.name))?;
                Header::Def { name, formals }
            }
        })
    }

    fn formal(&mut self, node: Node) -> Outcome<Formal> {
        let mut inner = node.into_inner();
        Ok(Formal {
            name: self.name_of(inner.next())?,
            default: inner.next().map(|it| self.expr(it)).transpose()?,
        })
    }

    // ---- pipelines and commands ----

    fn pipeline(&mut self, node: Node) -> Outcome<Expr> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let head = self.expr_of(inner.next(), span)?;
        let stages: Vec<Call> = inner.map(|it| self.stage(it)).collect::<Outcome<_>>()?;
        Ok(match stages.is_empty() {
            true => head,
            false => Expr {
                span,
                kind: ExprKind::Pipe {
                    head: Box::new(head),
                    stages,
                },
            },
        })
    }

    fn stage(&mut self, node: Node) -> Outcome<Call> {
        let expr = self.expr(node)?;
        match expr.kind {
            ExprKind::Call(call) => Ok(call),
            ExprKind::Name(_) => Ok(Call {
                span: expr.span,
                callee: Box::new(expr),
                args: Vec::new(),
                style: Style::Command,
            }),
            _ => Err(mistakes::no_stage(self.excerpt, &expr)),
        }
    }

    fn command(&mut self, node: Node) -> Outcome<Expr> {
        let span = self.span(&node);
        let given: Vec<Given> = node
            .clone()
            .into_inner()
            .skip(1)
            .map(|it| self.given(it))
            .collect();
        if given.iter().any(|it| it.stray) {
            return Err(mistakes::stray(self.excerpt, &given));
        }
        let mut inner = node.into_inner();
        let callee = self.name_expr(inner.next())?;
        let args = inner.map(|it| self.argument(it)).collect::<Outcome<_>>()?;
        self.call(span, callee, args, Style::Command)
    }

    fn given(&self, node: Node) -> Given {
        let stray = matches!(node.as_rule(), Rule::stray | Rule::denied);
        let mut value = self.span(&node);
        if let Some(inner) = node.into_inner().next()
            && inner.as_rule() == Rule::keyword
            && let Some(operand) = inner.into_inner().nth(1)
        {
            value = self.span(&operand);
        }
        Given { span: value, stray }
    }

    fn call(&self, span: Span, callee: Expr, args: Vec<Arg>, style: Style) -> Outcome<Expr> {
        mistakes::twice(args.iter().filter_map(|arg| arg.name.as_ref()))?;
        let callee = Box::new(callee);
        Ok(Expr {
            span,
            kind: ExprKind::Call(Call {
                span,
                callee,
                args,
                style,
            }),
        })
    }

    /// An argument of either form.
    fn argument(&mut self, node: Node) -> Outcome<Arg> {
        let span = self.span(&node);
        let inner = node.into_inner().next().ok_or_else(mistakes::nothing)?;
        let (name, value) = match inner.as_rule() {
            Rule::keyword | Rule::named => {
                let mut inner = inner.into_inner();
                let name = self.name_of(inner.next())?;
                (Some(name), self.expr_of(inner.next(), span)?)
            }
            _ => (None, self.expr(inner)?),
        };
        let value = unwrapped(value);
        Ok(Arg { span, name, value })
    }

    // ---- expressions ----

    fn expr_of(&mut self, node: Option<Node>, whole: Span) -> Outcome<Expr> {
        match node {
            Some(node) => self.expr(node),
            None => Err(mistakes::missing(whole)),
        }
    }

    /// Whatever has a value.
    fn expr(&mut self, node: Node) -> Outcome<Expr> {
        match node.as_rule() {
            Rule::expr => self.operators(node),
            Rule::pipeline => self.pipeline(node),
            Rule::command => self.command(node),
            Rule::postfix => self.postfix(node),
            Rule::negative => {
                let span = self.span(&node);
                let number = self.expr_of(node.into_inner().next(), span)?;
                Ok(unary(Unary::Negative, span, number))
            }
            _ => self.primary(node),
        }
    }

    fn operators(&mut self, node: Node) -> Outcome<Expr> {
        let height = self.height;
        let steps = node.clone().into_inner().count();
        self.climb(steps, &node)?;
        let base = self.base;
        let expr = PRATT
            .map_primary(|operand| self.expr(operand))
            .map_prefix(|operator, operand| {
                let start = base + operator.as_span().start();
                let operand = operand?;
                let span = Span::new(start, operand.span.end);
                let operator = match operator.as_rule() {
                    Rule::negation => Unary::Negative,
                    _ => Unary::Not,
                };
                Ok(unary(operator, span, operand))
            })
            .map_infix(|left, operator, right| Ok(infix(left?, &operator, right?)))
            .parse(node.into_inner());
        self.height = height;
        expr
    }

    fn postfix(&mut self, node: Node) -> Outcome<Expr> {
        let height = self.height;
        let steps = node.clone().into_inner().count() - 1;
        self.climb(steps, &node)?;
        let whole = self.span(&node);
        let mut inner = node.into_inner();
        let mut expr = self.expr_of(inner.next(), whole)?;
        for suffix in inner {
            expr = self.suffix(expr, suffix)?;
        }
        self.height = height;
        Ok(expr)
    }

    fn suffix(&mut self, expr: Expr, suffix: Node) -> Outcome<Expr> {
        let span = expr.span.to(self.span(&suffix));
        let rule = suffix.as_rule();
        let mut inner = suffix.into_inner();
        let kind = match rule {
            Rule::field => ExprKind::Field(Box::new(expr), self.name_of(inner.next())?),
            Rule::index => {
                let places = inner.map(|it| self.selector(it)).collect::<Outcome<_>>()?;
                ExprKind::Index(Box::new(expr), places)
            }
            _ => {
                let args = inner.map(|it| self.argument(it)).collect::<Outcome<_>>()?;
                return self.call(span, expr, args, Style::Call);
            }
        };
        Ok(Expr { span, kind })
    }

    fn selector(&mut self, node: Node) -> Outcome<Selector> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        match (inner.next(), inner.next()) {
            (Some(only), None) if only.as_rule() == Rule::every => Ok(Selector::Every(span)),
            (Some(only), None) => Ok(Selector::Expr(self.expr(only)?)),
            _ => Err(mistakes::slice(self.excerpt, span)),
        }
    }

    fn primary(&mut self, node: Node) -> Outcome<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::text | Rule::raw => ExprKind::Text(self.text(&node)?),
            Rule::number => ExprKind::Number(mistakes::number(node.as_str(), span)?),
            Rule::kw_true => ExprKind::Truth(true),
            Rule::kw_false => ExprKind::Truth(false),
            Rule::kw_none => ExprKind::None,
            Rule::name => ExprKind::Name(self.name(&node)),
            Rule::paren => {
                let inner = self.expr_of(node.into_inner().next(), span)?;
                ExprKind::Paren(Box::new(inner))
            }
            Rule::list => {
                let items = node.into_inner().map(|it| self.expr(it));
                ExprKind::List(items.collect::<Outcome<_>>()?)
            }
            _ => {
                let entries = node.into_inner().map(|it| self.entry(it));
                ExprKind::Record(entries.collect::<Outcome<_>>()?)
            }
        };
        Ok(Expr { span, kind })
    }

    fn entry(&mut self, node: Node) -> Outcome<Entry> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let key = inner.next().ok_or_else(mistakes::nothing)?;
        let key = match key.as_rule() {
            Rule::name => Key::Word(self.name(&key)),
            Rule::number => return Err(mistakes::number_key(self.excerpt, self.span(&key))),
            _ => Key::Text(self.text(&key)?),
        };
        let value = self.expr_of(inner.next(), span)?;
        Ok(Entry { key, value })
    }

    // ---- words and texts ----

    fn name_of(&self, node: Option<Node>) -> Outcome<Name> {
        node.map(|node| self.name(&node))
            .ok_or_else(mistakes::nothing)
    }

    fn name_expr(&self, node: Option<Node>) -> Outcome<Expr> {
        let name = self.name_of(node)?;
        Ok(Expr {
            span: name.span,
            kind: ExprKind::Name(name),
        })
    }

    fn name(&self, node: &Node) -> Name {
        let written = node.as_str();
        let inside = written
            .strip_prefix('`')
            .and_then(|it| it.strip_suffix('`'));
        Name {
            span: self.span(node),
            text: inside.unwrap_or(written).to_string(),
            quoted: inside.is_some(),
        }
    }

    fn text_of(&mut self, node: Option<Node>, whole: Span) -> Outcome<Text> {
        match node {
            Some(node) => self.text(&node),
            None => Err(mistakes::missing(whole)),
        }
    }

    fn text(&mut self, node: &Node) -> Outcome<Text> {
        let span = self.span(node);
        if node.as_rule() == Rule::raw {
            let inside = node.as_str().trim_matches('\'').to_string();
            let pieces = match inside.is_empty() {
                true => Vec::new(),
                false => vec![Piece::Plain(inside)],
            };
            return Ok(Text { span, pieces });
        }
        let pieces = text::parts(self.excerpt.source, span)?
            .into_iter()
            .map(|part| match part {
                text::Part::Plain(plain) => Ok(Piece::Plain(plain)),
                text::Part::Hole(hole) => Ok(Piece::Hole(self.hole(hole)?)),
            })
            .collect::<Outcome<_>>()?;
        Ok(Text { span, pieces })
    }

    fn hole(&mut self, span: Span) -> Outcome<Expr> {
        let excerpt = Excerpt {
            span,
            ..*self.excerpt
        };
        let brackets = |c: char| matches!(c, '(' | '[' | '{');
        if excerpt.read().matches(brackets).count() > MAX_NESTING {
            return Err(mistakes::too_deep(span));
        }
        let mut nodes = Grammar::parse(Rule::filling, excerpt.read())
            .map_err(|error| self.explain(error, &excerpt))?;
        let base = std::mem::replace(&mut self.base, span.start);
        let expr = self.expr_of(nodes.next(), span);
        self.base = base;
        expr
    }
}

/// The inner nodes without keywords, except those that are values or operators.
fn words(node: Node) -> impl Iterator<Item = Node> {
    use Rule::*;
    node.into_inner().filter(|node| {
        let rule = node.as_rule();
        !matches!(
            rule,
            kw_param | kw_use | kw_as | kw_return | kw_def | kw_for | kw_if | kw_else
        )
    })
}

/// Parentheses round a whole argument say nothing, except round a name.
fn unwrapped(mut value: Expr) -> Expr {
    loop {
        match value.kind {
            ExprKind::Paren(inner) if inner.bare_name().is_none() => value = *inner,
            _ => return value,
        }
    }
}

fn unary(operator: Unary, span: Span, operand: Expr) -> Expr {
    Expr {
        span,
        kind: ExprKind::Unary(operator, Box::new(operand)),
    }
}

fn infix(left: Expr, operator: &Node, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    let operator = match operator.as_rule() {
        Rule::range => {
            let kind = ExprKind::Range(Box::new(left), Box::new(right));
            return Expr { span, kind };
        }
        Rule::kw_or => Binary::Or,
        Rule::kw_and => Binary::And,
        Rule::kw_in => Binary::In,
        Rule::not_in => Binary::NotIn,
        Rule::matches => Binary::Matches,
        Rule::add => Binary::Add,
        Rule::sub => Binary::Subtract,
        Rule::mul => Binary::Multiply,
        Rule::div => Binary::Divide,
        Rule::pow => Binary::Power,
        _ => comparison(operator.as_str()),
    };
    let kind = match left.kind {
        ExprKind::Binary(first, a, b) if first.compares() && operator.compares() => {
            ExprKind::Chain(a, vec![(first, *b), (operator, right)])
        }
        ExprKind::Chain(first, mut rest) if operator.compares() => {
            rest.push((operator, right));
            ExprKind::Chain(first, rest)
        }
        _ => ExprKind::Binary(operator, Box::new(left), Box::new(right)),
    };
    Expr { span, kind }
}

fn comparison(symbol: &str) -> Binary {
    match symbol {
        "==" => Binary::Equal,
        "!=" => Binary::NotEqual,
        "<=" => Binary::LessEqual,
        ">=" => Binary::GreaterEqual,
        "<" => Binary::Less,
        _ => Binary::Greater,
    }
}

/// What a rule is called in an error; nothing for rules that would not help.
fn word(rule: Rule) -> Option<&'static str> {
    use Rule::*;
    Some(match rule {
        name => "a name",
        postfix | expr | operand | primary | pipeline | stage | command => "a value",
        text | raw => "a text in quotes",
        number => "a number",
        argument | keyword => "an argument",
        kw_in => "`in`",
        _ => return None,
    })
}
