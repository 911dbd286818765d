//! One statement to its tree: pest reads by `grammar/sca.pest`, this file converts.
//!
//! The only file that uses pest and its rules. Blocks are put together elsewhere, since each
//! statement in them is read by itself.

mod texts;

use super::ast::*;
use super::excerpt::Excerpt;
use super::{build, mistakes};
use crate::diagnostic::{Diagnostic, Outcome};
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

/// Reads a statement that has no block.
pub fn statement(excerpt: &Excerpt) -> Outcome<StatementKind> {
    let (mut reader, node) = Reader::read(excerpt, Rule::statement)?;
    reader.statement(node)
}

/// Reads what is before a block.
pub fn header(excerpt: &Excerpt) -> Outcome<Header> {
    let (mut reader, node) = Reader::read(excerpt, Rule::header)?;
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
    fn read(excerpt: &'a Excerpt<'a>, rule: Rule) -> Outcome<(Self, Node<'a>)> {
        let nodes = Grammar::parse(rule, excerpt.read());
        let mut nodes = nodes.map_err(|error| explain(error, excerpt))?;
        let reader = Reader {
            excerpt,
            base: excerpt.span.start,
            height: 0,
        };
        // A silent rule gives its one alternative, then the end of input.
        Ok((reader, next(&mut nodes)?))
    }

    /// Without the blanks that pest skips before it finds no further repetition.
    fn span(&self, node: &Node) -> Span {
        let start = self.base + node.as_span().start();
        Span::new(start, start + node.as_str().trim_end().len())
    }

    fn statement(&mut self, node: Node) -> Outcome<StatementKind> {
        let rule = node.as_rule();
        if rule == Rule::pipeline {
            return Ok(StatementKind::Expr(self.pipeline(node)?));
        }
        let mut inner = words(node);
        Ok(match rule {
            Rule::param => {
                let name = self.name(&next(&mut inner)?);
                let (default, doc): (Vec<_>, Vec<_>) =
                    inner.partition(|it| it.as_rule() == Rule::default);
                StatementKind::Param {
                    name,
                    default: default
                        .into_iter()
                        .next()
                        .map(|it| self.inner(it))
                        .transpose()?,
                    doc: doc.first().map(|it| self.text(it)).transpose()?,
                }
            }
            Rule::import => StatementKind::Use {
                path: self.text(&next(&mut inner)?)?,
                alias: inner.next().map(|name| self.name(&name)),
            },
            Rule::give => {
                StatementKind::Return(inner.next().map(|it| self.pipeline(it)).transpose()?)
            }
            Rule::assign => {
                let target = self.expr(next(&mut inner)?)?;
                StatementKind::Assign {
                    target: mistakes::target(self.excerpt, target)?,
                    value: self.expr(next(&mut inner)?)?,
                }
            }
            _ => StatementKind::Resume(inner.map(|it| self.stage(it)).collect::<Outcome<_>>()?),
        })
    }

    fn header(&mut self, node: Node) -> Outcome<Header> {
        let rule = node.as_rule();
        let mut inner = words(node);
        Ok(match rule {
            Rule::branch => Header::If(self.expr(next(&mut inner)?)?),
            Rule::otherwise => match inner.next() {
                Some(branch) => Header::ElseIf(self.expr(next(&mut words(branch))?)?),
                None => Header::Else,
            },
            Rule::repeat => Header::For {
                name: self.name(&next(&mut inner)?),
                list: self.expr(next(&mut inner.skip(1))?)?,
            },
            _ => {
                let name = self.name(&next(&mut inner)?);
                let formals: Vec<_> = inner.map(|it| self.formal(it)).collect::<Outcome<_>>()?;
                mistakes::twice(formals.iter().map(|formal| &formal.name))?;
                Header::Def { name, formals }
            }
        })
    }

    fn formal(&mut self, node: Node) -> Outcome<Formal> {
        let mut inner = node.into_inner();
        Ok(Formal {
            name: self.name(&next(&mut inner)?),
            default: inner.next().map(|it| self.expr(it)).transpose()?,
        })
    }

    fn pipeline(&mut self, node: Node) -> Outcome<Expr> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let head = self.expr(next(&mut inner)?)?;
        let stages: Vec<Call> = inner.map(|it| self.stage(it)).collect::<Outcome<_>>()?;
        Ok(build::pipe(span, head, stages))
    }

    fn stage(&mut self, node: Node) -> Outcome<Call> {
        build::stage(self.expr(node)?).map_err(|expr| mistakes::no_stage(self.excerpt, &expr))
    }

    fn command(&mut self, node: Node) -> Outcome<Expr> {
        let span = self.span(&node);
        let bits = node.clone().into_inner().skip(1);
        let bits: Vec<_> = bits
            .map(|it| (self.span(&it), it.as_rule() != Rule::argument))
            .collect();
        if bits.iter().any(|(_, stray)| *stray) {
            return Err(mistakes::stray(self.excerpt, &bits));
        }
        let mut inner = node.into_inner();
        let name = self.name(&next(&mut inner)?);
        let args = self.arguments(inner)?;
        Ok(build::call(span, build::bare(name), args, Style::Command))
    }

    fn arguments<'i>(&mut self, nodes: impl Iterator<Item = Node<'i>>) -> Outcome<Vec<Arg>> {
        let args: Vec<Arg> = nodes.map(|it| self.argument(it)).collect::<Outcome<_>>()?;
        mistakes::twice(args.iter().filter_map(|arg| arg.name.as_ref()))?;
        Ok(args)
    }

    /// An argument of either form.
    fn argument(&mut self, node: Node) -> Outcome<Arg> {
        let span = self.span(&node);
        let inner = next(&mut node.into_inner())?;
        let (name, value) = match inner.as_rule() {
            Rule::keyword | Rule::named => {
                let mut inner = inner.into_inner();
                let name = self.name(&next(&mut inner)?);
                (Some(name), self.expr(next(&mut inner)?)?)
            }
            _ => (None, self.expr(inner)?),
        };
        let value = build::unwrapped(value);
        Ok(Arg { span, name, value })
    }

    /// Whatever has a value.
    fn expr(&mut self, node: Node) -> Outcome<Expr> {
        let height = self.height;
        self.climb(&node)?;
        let expr = match node.as_rule() {
            Rule::expr => self.operators(node),
            Rule::pipeline => self.pipeline(node),
            Rule::command => self.command(node),
            Rule::postfix => self.postfix(node),
            Rule::negative => {
                let start = self.span(&node).start;
                Ok(build::unary("-", start, self.inner(node)?))
            }
            _ => self.primary(node),
        };
        self.height = height;
        expr
    }

    /// The value of the one node inside.
    fn inner(&mut self, node: Node) -> Outcome<Expr> {
        self.expr(next(&mut node.into_inner())?)
    }

    /// Notes by how much the tree can grow at a node, and refuses what would be too high.
    fn climb(&mut self, node: &Node) -> Outcome<()> {
        let more = node.clone().into_inner().count().saturating_sub(1);
        self.height += match node.as_rule() {
            Rule::expr | Rule::postfix => more,
            Rule::pipeline => more.min(1),
            _ => 1,
        };
        if self.height > MAX_HEIGHT {
            Err(mistakes::too_deep(self.span(node)))
        } else {
            Ok(())
        }
    }

    fn operators(&mut self, node: Node) -> Outcome<Expr> {
        let base = self.base;
        PRATT
            .map_primary(|operand| self.expr(operand))
            .map_prefix(|operator, operand| {
                let start = base + operator.as_span().start();
                Ok(build::unary(operator.as_str(), start, operand?))
            })
            .map_infix(|left, operator, right| Ok(build::infix(left?, operator.as_str(), right?)))
            .parse(node.into_inner())
    }

    fn postfix(&mut self, node: Node) -> Outcome<Expr> {
        let mut inner = node.into_inner();
        let first = self.expr(next(&mut inner)?);
        inner.fold(first, |expr, suffix| self.suffix(expr?, suffix))
    }

    fn suffix(&mut self, expr: Expr, suffix: Node) -> Outcome<Expr> {
        let span = expr.span.to(self.span(&suffix));
        let kind = match suffix.as_rule() {
            Rule::field => {
                let name = next(&mut suffix.into_inner())?;
                ExprKind::Field(Box::new(expr), self.name(&name))
            }
            Rule::index => ExprKind::Index(Box::new(expr), each(suffix, |it| self.selector(it))?),
            _ => {
                return Ok(build::call(
                    span,
                    expr,
                    self.arguments(suffix.into_inner())?,
                    Style::Call,
                ));
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
            (Some(from), Some(open)) if open.as_rule() == Rule::open => {
                let end = self.span(&open).end;
                let from = self.expr(from)?;
                Ok(Selector::Expr(build::open_range(from, end)))
            }
            _ => Err(mistakes::slice(self.excerpt, span)),
        }
    }

    fn primary(&mut self, node: Node) -> Outcome<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::paren => ExprKind::Paren(Box::new(self.inner(node)?)),
            Rule::list => ExprKind::List(each(node, |it| self.expr(it))?),
            Rule::record => ExprKind::Record(each(node, |it| self.entry(it))?),
            _ => self.leaf(node, span)?,
        };
        Ok(Expr { span, kind })
    }

    /// What has nothing within it. Apart from [`Self::primary`], which calls itself: its frame
    /// stays small.
    fn leaf(&mut self, node: Node, span: Span) -> Outcome<ExprKind> {
        Ok(match node.as_rule() {
            Rule::text | Rule::raw => ExprKind::Text(self.text(&node)?),
            Rule::number => ExprKind::Number(mistakes::number(node.as_str(), span)?),
            Rule::kw_true => ExprKind::Bool(true),
            Rule::kw_false => ExprKind::Bool(false),
            Rule::kw_none => ExprKind::None,
            Rule::name => ExprKind::Name(self.name(&node)),
            rule => ExprKind::Word {
                text: node.as_str().to_string(),
                reading: match rule {
                    Rule::word => self.reading(&node)?,
                    _ => None,
                },
            },
        })
    }

    fn entry(&mut self, node: Node) -> Outcome<Entry> {
        let mut inner = node.into_inner();
        let key = next(&mut inner)?;
        let key = match key.as_rule() {
            Rule::key => Key::Word(self.name(&key)),
            _ => Key::Text(self.text(&key)?),
        };
        let value = self.expr(next(&mut inner)?)?;
        Ok(Entry { key, value })
    }

    fn name(&self, node: &Node) -> Name {
        build::name(self.span(node), node.as_str())
    }
}

/// Why pest could not read the excerpt.
fn explain(error: Error<Rule>, excerpt: &Excerpt) -> Box<Diagnostic> {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let ErrorVariant::ParsingError { positives, .. } = error.variant else {
        // The stack is nearly used up.
        return mistakes::too_deep(excerpt.span);
    };
    let mut expected: Vec<_> = positives.iter().filter_map(|rule| word(*rule)).collect();
    expected.dedup();
    mistakes::explain(excerpt, excerpt.span.start + at, &expected)
}

fn each<'i, T>(node: Node<'i>, read: impl FnMut(Node<'i>) -> Outcome<T>) -> Outcome<Vec<T>> {
    node.into_inner().map(read).collect()
}

/// The next node; the grammar says that there is one.
fn next<'i>(nodes: &mut impl Iterator<Item = Node<'i>>) -> Outcome<Node<'i>> {
    nodes.next().ok_or_else(mistakes::nothing)
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

/// What a rule is called in an error; nothing for rules that would not help.
fn word(rule: Rule) -> Option<&'static str> {
    use Rule::*;
    Some(match rule {
        name => "a name",
        postfix | expr | operand | primary | pipeline | stage | command => "a value",
        text | raw => "text in quotes",
        number => "a number",
        argument | keyword | word => "an argument",
        _ => return None,
    })
}
