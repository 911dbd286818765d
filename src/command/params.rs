//! From a parameter list to a typed struct: [`params!`], [`words!`] and the types that can
//! stand in a list. A type is a range: a value outside of it is refused before anything is planned.

use super::registry::Args;
use super::value::{Along, LazyColumn, Val};
use crate::data::{Dataset, Lazy};
use crate::diagnostic::Outcome;
use std::sync::Arc;

/// What a parameter accepts. Evaluation, checking, completion and help are `match`es on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Data,
    Number {
        at_least: f64,
        above: f64,
        at_most: f64,
    },
    Whole {
        at_least: u64,
    },
    Truth,
    Text,
    /// A colour map by matplotlib's name.
    Colormap,
    /// An end of a colour scale: a number, or a percentile.
    Limit,
    /// A file or folder that is read.
    PathIn,
    /// A file that is written.
    PathOut,
    /// One of fixed words, each with a line on what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// A column of obs.
    Obs,
    /// A column of obs that can form groups.
    Groups,
    /// A column of var.
    Var,
    /// A representation of cells: a key of obsm.
    Obsm,
    /// A graph of cells: a key of obsp.
    Obsp,
    Layer,
    /// The name of something new.
    NewName,
    /// A truth for each cell: an expression over obs and genes.
    Cells,
    /// One cell: its number, its name, or an expression over obs and genes that is largest there.
    Cell,
    /// A truth for each gene: an expression over var.
    Genes,
    /// Gene names: a list, a record of lists, or a truth column of var.
    GeneNames,
    /// The same, of which some may be missing: published lists seldom fit a dataset wholly.
    GeneSets,
    /// Columns of obs or genes, to colour by or to show.
    Colors,
    /// Further named arguments, each a function of a column: `mt=median(pct_counts_mt)`.
    Summaries,
    /// A text whose holes are filled by the command: `"{sample}_{name}"`.
    Template,
    Table,
    /// A truth for each row of the command's table, whose columns are these.
    Rows(super::rows::Headings),
    Record,
    Name,
    Any,
}

impl Kind {
    /// In words, for help and errors.
    pub fn words(&self) -> String {
        match self {
            Kind::Data => "a dataset".into(),
            Kind::Number {
                at_least,
                above,
                at_most,
            } => number_words(*at_least, *above, *at_most),
            Kind::Whole { at_least: 0 } => "a whole number".into(),
            Kind::Whole { at_least } => format!("a whole number, {at_least} or more"),
            Kind::Truth => "true or false".into(),
            Kind::Text => "a text".into(),
            Kind::Colormap => "a colour map".into(),
            Kind::Limit => "a number, or a percentile as \"p99\"".into(),
            Kind::PathIn => "a file or folder".into(),
            Kind::PathOut => "a file to write".into(),
            Kind::Choice(words) => words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join(" | "),
            Kind::Obs => "a column of obs".into(),
            Kind::Groups => "a column of obs with groups".into(),
            Kind::Var => "a column of var".into(),
            Kind::Obsm => "a representation in obsm".into(),
            Kind::Obsp => "a graph in obsp".into(),
            Kind::Layer => "a layer".into(),
            Kind::NewName => "a new name".into(),
            Kind::Cells => "a condition on cells, in parentheses".into(),
            Kind::Cell => {
                "a cell: its number, its name, or what it has most of, in parentheses".into()
            }
            Kind::Genes => "a condition on genes, in parentheses".into(),
            Kind::GeneNames | Kind::GeneSets => "genes".into(),
            Kind::Colors => "columns of obs or genes".into(),
            Kind::Summaries => "name=function(column), as many as wanted".into(),
            Kind::Template => "a text with {columns} in it".into(),
            Kind::Table => "a table".into(),
            Kind::Rows(_) => "a condition on rows of the table, in parentheses".into(),
            Kind::Record => "a record".into(),
            Kind::Name => "a word".into(),
            Kind::Any => "any value".into(),
        }
    }
}

fn number_words(at_least: f64, above: f64, at_most: f64) -> String {
    let low = if above.is_finite() {
        format!(" above {above}")
    } else if at_least.is_finite() {
        format!(", {at_least} or more")
    } else {
        String::new()
    };
    let high = if at_most.is_finite() {
        format!(", at most {at_most}")
    } else {
        String::new()
    };
    format!("a number{low}{high}")
}

/// A parameter, as everyone reads it.
#[derive(Debug)]
pub struct Param {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: Kind,
    /// Several of it may be given as a list.
    pub many: bool,
    /// It may be left out, or be `none`.
    pub optional: bool,
    /// The value when it is left out.
    pub default: Option<fn() -> Val>,
}

impl Param {
    pub fn required(&self) -> bool {
        self.default.is_none() && !self.optional
    }
}

/// A Rust type that can stand in a parameter list.
pub trait Arg: Sized {
    const KIND: Kind;
    const MANY: bool = false;
    const OPTIONAL: bool = false;
    /// `None` if the value is of another type or out of range.
    fn from_val(value: &Val) -> Option<Self>;
    fn to_val(&self) -> Val;
}

/// A parameter list. Made by [`params!`].
pub trait Params: Sized {
    const PARAMS: &'static [Param];
    fn bind(args: &Args) -> Outcome<Self>;
}

/// A field's name as it is typed: `r#where` is `where`.
pub const fn bare(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(name) => name,
            Err(_) => field,
        },
        _ => field,
    }
}

/// Declares a command's parameters: doc, type, default. The struct, [`Params`] and everything
/// derived from it follow.
#[macro_export]
macro_rules! params {
    ($(#[$about:meta])* $name:ident {
        $($(#[doc = $doc:literal])+ $field:ident: $ty:ty $(= $default:expr)?,)*
    }) => {
        $(#[$about])*
        pub struct $name { $($(#[doc = $doc])+ pub $field: $ty,)* }

        impl $crate::command::Params for $name {
            const PARAMS: &'static [$crate::command::Param] = &[$($crate::command::Param {
                name: $crate::command::params::bare(stringify!($field)),
                doc: concat!($($doc,)+),
                kind: <$ty as $crate::command::Arg>::KIND,
                many: <$ty as $crate::command::Arg>::MANY,
                optional: <$ty as $crate::command::Arg>::OPTIONAL,
                default: $crate::params!(@value $ty $(, $default)?),
            },)*];

            #[allow(unused_variables)]
            fn bind(args: &$crate::command::Args) -> $crate::diagnostic::Outcome<Self> {
                Ok($name { $($field: args.bind::<$ty>(
                    $crate::command::params::bare(stringify!($field)),
                    $crate::params!(@default $ty $(, $default)?),
                )?,)* })
            }
        }
    };
    (@value $ty:ty) => { None };
    (@value $ty:ty, $default:expr) => {
        Some(|| $crate::command::Arg::to_val(&<$ty>::from($default)))
    };
    (@default $ty:ty) => { None };
    (@default $ty:ty, $default:expr) => { Some(|| <$ty>::from($default)) };
}

/// Declares a parameter with a fixed set of words, each with a line on what it means.
#[macro_export]
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $(#[doc = $doc:literal] $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $(#[doc = $doc] $variant,)+ }

        impl $crate::command::Arg for $name {
            const KIND: $crate::command::Kind =
                $crate::command::Kind::Choice(&[$(($word, $doc),)+]);
            fn from_val(value: &$crate::command::Val) -> Option<Self> {
                match value {
                    $($crate::command::Val::Text(word) if word == $word => Some($name::$variant),)+
                    _ => None,
                }
            }
            fn to_val(&self) -> $crate::command::Val {
                match self { $($name::$variant => $crate::command::Val::text($word),)+ }
            }
        }
    };
}

impl<T: Arg> Arg for Option<T> {
    const KIND: Kind = T::KIND;
    const MANY: bool = T::MANY;
    const OPTIONAL: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::None => Some(None),
            value => T::from_val(value).map(Some),
        }
    }

    fn to_val(&self) -> Val {
        self.as_ref().map_or(Val::None, T::to_val)
    }
}

/// One of `T`, or a list of them.
#[derive(Debug, Clone)]
pub struct Many<T>(pub Vec<T>);

impl<T: Arg> Arg for Many<T> {
    const KIND: Kind = T::KIND;
    const MANY: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::List(items) => items
                .iter()
                .map(T::from_val)
                .collect::<Option<_>>()
                .map(Many),
            value => Some(Many(vec![T::from_val(value)?])),
        }
    }

    fn to_val(&self) -> Val {
        match &self.0[..] {
            [one] => one.to_val(),
            many => Val::List(many.iter().map(T::to_val).collect()),
        }
    }
}

impl<T, U: Into<T>, const N: usize> From<[U; N]> for Many<T> {
    fn from(items: [U; N]) -> Self {
        Many(items.into_iter().map(Into::into).collect())
    }
}

macro_rules! arg {
    ($($(#[$doc:meta])* $name:ident($inner:ty): $kind:expr, $pattern:pat => $made:expr, $back:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub $inner);

        impl Arg for $name {
            const KIND: Kind = $kind;
            fn from_val(value: &Val) -> Option<Self> {
                match value { $pattern => $made.map($name), _ => None }
            }
            fn to_val(&self) -> Val {
                let back: fn(&$inner) -> Val = $back;
                back(&self.0)
            }
        }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self { $name(inner) }
        }
    )+};
}

const ANY_NUMBER: Kind = Kind::Number {
    at_least: f64::NEG_INFINITY,
    above: f64::NEG_INFINITY,
    at_most: f64::INFINITY,
};

fn whole(number: f64, at_least: usize) -> Option<usize> {
    (number.fract() == 0.0 && number >= at_least as f64 && number < 1e15).then_some(number as usize)
}

arg! {
    /// A dataset of the session.
    Data(Arc<Dataset>): Kind::Data,
        Val::Dataset(data, _) => Some(data.clone()), |data| Val::Dataset(data.clone(), None);
    /// Any number.
    Number(f64): ANY_NUMBER,
        Val::Number(x) => Some(*x), |x| Val::Number(*x);
    /// A number above zero.
    Positive(f64): Kind::Number { at_least: f64::NEG_INFINITY, above: 0.0, at_most: f64::INFINITY },
        Val::Number(x) => (*x > 0.0).then_some(*x), |x| Val::Number(*x);
    /// A number that is not negative.
    NotNegative(f64): Kind::Number { at_least: 0.0, above: f64::NEG_INFINITY, at_most: f64::INFINITY },
        Val::Number(x) => (*x >= 0.0).then_some(*x), |x| Val::Number(*x);
    /// A share between 0 and 1.
    Fraction(f64): Kind::Number { at_least: 0.0, above: f64::NEG_INFINITY, at_most: 1.0 },
        Val::Number(x) => (0.0..=1.0).contains(x).then_some(*x), |x| Val::Number(*x);
    /// A whole number above zero.
    Count(usize): Kind::Whole { at_least: 1 },
        Val::Number(x) => whole(*x, 1), |n| Val::Number(*n as f64);
    /// A whole number, zero included.
    Whole(usize): Kind::Whole { at_least: 0 },
        Val::Number(x) => whole(*x, 0), |n| Val::Number(*n as f64);
    /// Yes or no.
    Flag(bool): Kind::Truth,
        Val::Truth(truth) => Some(*truth), |truth| Val::Truth(*truth);
    /// Any text.
    Text(String): Kind::Text,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A colour map by matplotlib's name.
    MapName(String): Kind::Colormap,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A text whose holes the command fills.
    Template(String): Kind::Template,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A file or folder to read.
    PathIn(String): Kind::PathIn,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A file to write.
    PathOut(String): Kind::PathOut,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A column of obs.
    ObsKey(String): Kind::Obs,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A column of obs that can form groups.
    GroupKey(String): Kind::Groups,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A column of var.
    VarKey(String): Kind::Var,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A representation of cells in obsm.
    ObsmKey(String): Kind::Obsm,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A graph of cells in obsp.
    GraphKey(String): Kind::Obsp,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A layer.
    LayerKey(String): Kind::Layer,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// The name of something new.
    NewName(String): Kind::NewName,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A word that means something to the command: a variable, a topic.
    Name(String): Kind::Name,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A truth for each cell.
    CellMask(LazyColumn): Kind::Cells,
        Val::Column(column) => matches!(column.along, Along::Cells(_)).then(|| column.clone()),
        |column| Val::Column(column.clone());
    /// A truth for each gene.
    GeneMask(LazyColumn): Kind::Genes,
        Val::Column(column) => matches!(column.along, Along::Genes(_)).then(|| column.clone()),
        |column| Val::Column(column.clone());
    /// A column of obs or a gene, by name.
    ColorKey(String): Kind::Colors,
        Val::Text(text) => Some(text.clone()), |text| Val::text(text);
    /// A table.
    TableArg(Lazy): Kind::Table,
        Val::Table(table) | Val::Dataset(_, Some(table)) => Some(table.clone()),
        |table| Val::Table(table.clone());
    /// Names and what they become.
    Pairs(Vec<(String, Val)>): Kind::Record,
        Val::Record(fields) => Some(fields.clone()), |fields| Val::Record(fields.clone());
}

/// One cell of a dataset.
#[derive(Clone, Debug)]
pub enum CellArg {
    /// Counted from 0.
    Position(usize),
    Named(String),
    /// Where a number is largest, or one of those where a truth is true.
    Where(LazyColumn),
}

impl Arg for CellArg {
    const KIND: Kind = Kind::Cell;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::Number(x) => whole(*x, 0).map(CellArg::Position),
            Val::Text(name) => Some(CellArg::Named(name.clone())),
            Val::Column(column) => {
                matches!(column.along, Along::Cells(_)).then(|| CellArg::Where(column.clone()))
            }
            _ => None,
        }
    }

    fn to_val(&self) -> Val {
        match self {
            CellArg::Position(at) => Val::Number(*at as f64),
            CellArg::Named(name) => Val::text(name),
            CellArg::Where(column) => Val::Column(column.clone()),
        }
    }
}

/// Whatever it is.
#[derive(Clone, Debug)]
pub struct Anything(pub Val);

impl Arg for Anything {
    const KIND: Kind = Kind::Any;

    fn from_val(value: &Val) -> Option<Self> {
        Some(Anything(value.clone()))
    }

    fn to_val(&self) -> Val {
        self.0.clone()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(text.to_owned())
    }
}

impl From<&str> for MapName {
    fn from(text: &str) -> Self {
        MapName(text.to_owned())
    }
}

impl From<&str> for NewName {
    fn from(text: &str) -> Self {
        NewName(text.to_owned())
    }
}

impl From<&str> for ObsmKey {
    fn from(text: &str) -> Self {
        ObsmKey(text.to_owned())
    }
}

impl From<&str> for ObsKey {
    fn from(text: &str) -> Self {
        ObsKey(text.to_owned())
    }
}

impl From<&str> for GraphKey {
    fn from(text: &str) -> Self {
        GraphKey(text.to_owned())
    }
}

impl From<&str> for GroupKey {
    fn from(text: &str) -> Self {
        GroupKey(text.to_owned())
    }
}

/// Functions of columns: name, function, and the column where it wants one.
#[derive(Debug, Clone, Default)]
pub struct Summaries(pub Vec<(String, String, Option<LazyColumn>)>);

impl Arg for Summaries {
    const KIND: Kind = Kind::Summaries;

    fn from_val(value: &Val) -> Option<Self> {
        let Val::Record(fields) = value else {
            return None;
        };
        let summary = |(name, value): &(String, Val)| {
            let Val::List(items) = value else {
                return None;
            };
            match &items[..] {
                [Val::Text(function), Val::Column(column)] => {
                    Some((name.clone(), function.clone(), Some(column.clone())))
                }
                [Val::Text(function), Val::None] => Some((name.clone(), function.clone(), None)),
                _ => None,
            }
        };
        fields
            .iter()
            .map(summary)
            .collect::<Option<_>>()
            .map(Summaries)
    }

    fn to_val(&self) -> Val {
        Val::None
    }
}

/// Genes by name, in groups that may have titles.
#[derive(Debug, Clone, Default)]
pub struct GeneNames(pub Vec<(Option<String>, Vec<String>)>);

impl GeneNames {
    /// All names in order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|(_, names)| names)
    }
}

impl Arg for GeneNames {
    const KIND: Kind = Kind::GeneNames;
    const MANY: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        let names = |value: &Val| {
            Many::<Text>::from_val(value)
                .map(|many| many.0.into_iter().map(|text| text.0).collect())
        };
        match value {
            Val::Record(fields) => fields
                .iter()
                .map(|(group, value)| Some((Some(group.clone()), names(value)?)))
                .collect::<Option<_>>()
                .map(GeneNames),
            value => Some(GeneNames(vec![(None, names(value)?)])),
        }
    }

    fn to_val(&self) -> Val {
        let list = |names: &[String]| Val::List(names.iter().map(Val::text).collect());
        match &self.0[..] {
            [(None, names)] => list(names),
            groups => Val::Record(
                groups
                    .iter()
                    .map(|(group, names)| (group.clone().unwrap_or_default(), list(names)))
                    .collect(),
            ),
        }
    }
}

/// Genes by name of which some may not be measured; with titles, several sets.
#[derive(Debug, Clone, Default)]
pub struct GeneSets(pub GeneNames);

impl Arg for GeneSets {
    const KIND: Kind = Kind::GeneSets;
    const MANY: bool = true;

    fn from_val(value: &Val) -> Option<Self> {
        GeneNames::from_val(value).map(GeneSets)
    }

    fn to_val(&self) -> Val {
        self.0.to_val()
    }
}
