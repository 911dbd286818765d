//! The syntax tree: what was typed, without its spelling. Every node knows its bytes.
//!
//! `leiden adata res=0.6` and `leiden(adata, res=0.6)` are one node, [`Call`]; they differ only
//! in its [`Style`], which matters to the formatter alone. The tree knows no command and no
//! variable: what a bare [`Name`] means is decided by the checker.
//!
//! Its height is bounded by [`MAX_HEIGHT`], so code that walks it may recurse.

use crate::source::Span;

/// No tree is higher than this; the parser refuses what would be.
pub const MAX_HEIGHT: usize = 500;

/// A name as it is meant: `` `HLA-DRA` `` has the text `HLA-DRA` and is `quoted`.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub span: Span,
    pub text: String,
    pub quoted: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub span: Span,
    pub kind: StatementKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `param mt = "MT-" "prefix of mitochondrial genes"`; without a default it is required.
    Param {
        name: Name,
        default: Option<Expr>,
        doc: Option<Text>,
    },
    /// `use "lab.sca" as lab`.
    Use { path: Text, alias: Option<Name> },
    /// `def standard(data, res=0.6) { … }`.
    Def {
        name: Name,
        formals: Vec<Formal>,
        body: Block,
    },
    /// `for r in [0.2, 0.5] { … }`.
    For { name: Name, list: Expr, body: Block },
    /// `if a { … } else if b { … } else { … }`.
    If {
        branches: Vec<Branch>,
        otherwise: Option<Block>,
    },
    /// `return`, with or without a value.
    Return(Option<Expr>),
    /// `x = …`, or `x.obs.group = …`: the target is the path of names, never empty.
    Assign { target: Vec<Name>, value: Expr },
    /// A command, a pipeline, or a value to print.
    Expr(Expr),
    /// `| leiden` at the prompt: goes on from the last result. Never empty.
    Resume(Vec<Call>),
}

/// The statements between `{` and `}`; the span holds both braces.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub span: Span,
    pub statements: Vec<Statement>,
}

/// A parameter of a `def`.
#[derive(Debug, Clone, PartialEq)]
pub struct Formal {
    pub name: Name,
    pub default: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    pub condition: Expr,
    pub body: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Number(f64),
    Text(Text),
    Bool(bool),
    None,
    List(Vec<Expr>),
    Record(Vec<Entry>),
    Name(Name),
    /// Text without blanks that is not a name: `HLA-DRA`, `figs/umap.png`, `7SK`. Where it could be
    /// read as an expression, `n-1`, that is its `reading`.
    Word {
        text: String,
        reading: Option<Box<Expr>>,
    },
    /// `adata.obs`.
    Field(Box<Expr>, Name),
    /// `adata[cells, genes]`, adjacent bracket.
    Index(Box<Expr>, Vec<Selector>),
    Call(Call),
    /// `head | stage | stage`; the stages are never none.
    Pipe {
        head: Box<Expr>,
        stages: Vec<Call>,
    },
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `200 < n < 6000`: two or more comparisons that share their middle operands.
    Chain(Box<Expr>, Vec<(Binary, Expr)>),
    /// `0..10`, the end excluded.
    Range(Box<Expr>, Box<Expr>),
    /// `( … )`. Kept, because `(leiden)` is the variable and `leiden` may be a column; but
    /// around a whole argument it is kept only if a bare name is inside, since there it is
    /// the command form's way to hold an operator.
    Paren(Box<Expr>),
}

/// `name arg key=value` or `name(arg, key=value)`. A pipeline's stage has it without the head.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub span: Span,
    /// A [`ExprKind::Name`], or something else in the call form: `sc.tl.leiden(adata)`.
    pub callee: Box<Expr>,
    pub args: Vec<Arg>,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `leiden adata res=0.6`, or a bare name as a pipeline's stage.
    Command,
    /// `leiden(adata, res=0.6)`.
    Call,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    pub span: Span,
    pub name: Option<Name>,
    pub value: Expr,
}

/// A place in `x[ … , … ]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Selector {
    /// `:`, all of them.
    Every(Span),
    Expr(Expr),
}

/// `"0": "CD4 T"` in a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Key,
    pub value: Expr,
}

/// A bare word or a number as a key stands for itself, never for a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Word(Name),
    Text(Text),
}

/// `"{sample}.h5ad"` or `'^MT-\d'`; the span holds the quotes.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub span: Span,
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// As meant: escapes are resolved.
    Plain(String),
    /// `{expr}`, to be filled in.
    Hole(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Not,
    Negative,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    /// `name ~ "^MT-"`: the regular expression is found in the text.
    Matches,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Call {
    /// The command's or function's name, unless something else is called.
    pub fn name(&self) -> Option<&Name> {
        match &self.callee.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The arguments without a name, in order.
    pub fn positional(&self) -> impl Iterator<Item = &Arg> {
        self.args.iter().filter(|arg| arg.name.is_none())
    }

    /// The argument given as `name=value`.
    pub fn named(&self, name: &str) -> Option<&Arg> {
        self.args
            .iter()
            .find(|arg| arg.name.as_ref().is_some_and(|known| known.text == name))
    }
}

impl Expr {
    /// Without the parentheses round it.
    pub fn inner(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inside) = &expr.kind {
            expr = inside;
        }
        expr
    }

    /// A name that is alone, without parentheses.
    pub fn bare_name(&self) -> Option<&Name> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// A number as written, with its sign.
    pub fn literal_number(&self) -> Option<f64> {
        match &self.kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Unary(Unary::Negative, inner) => inner.literal_number().map(|x| -x),
            ExprKind::Paren(inner) => inner.literal_number(),
            _ => None,
        }
    }
}

impl Text {
    /// The text, if nothing in it is to be filled in.
    pub fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Plain(text)] => Some(text),
            _ => None,
        }
    }
}

impl Binary {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Or => "or",
            Binary::And => "and",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
            Binary::Less => "<",
            Binary::LessEqual => "<=",
            Binary::Greater => ">",
            Binary::GreaterEqual => ">=",
            Binary::In => "in",
            Binary::NotIn => "not in",
            Binary::Matches => "~",
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Power => "**",
        }
    }

    /// `==`, `<` and the like, which may be chained.
    pub fn compares(self) -> bool {
        use Binary::*;
        matches!(
            self,
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
        )
    }
}

/// What is before a block.
#[derive(Debug, Clone, PartialEq)]
pub enum Header {
    Def { name: Name, formals: Vec<Formal> },
    For { name: Name, list: Expr },
    If(Expr),
    ElseIf(Expr),
    Else,
}
