//! The types that can be in a parameter list. A type is a range: a value outside of it is
//! refused before anything is planned.

use super::{Arg, Kind};
use crate::command::reply::Subject;
use crate::command::tables;
use crate::command::value::{Along, LazyColumn, Val};
use crate::data::{Dataset, Lazy};
use std::ops::Deref;
use std::sync::Arc;

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

impl<T: Deref<Target = str>> Many<T> {
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|text| text.to_string()).collect()
    }
}

impl<T, U: Into<T>, const N: usize> From<[U; N]> for Many<T> {
    fn from(items: [U; N]) -> Self {
        Many(items.into_iter().map(Into::into).collect())
    }
}

/// Types that wrap one value: its range, the values that are in it, and the way back.
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

/// Types that are a text: a name, a path, a key.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $kind:expr;)+) => {
        arg! {$(
            $(#[$doc])*
            $name(String): $kind,
                Val::Text(text) => Some(text.clone()), |text| Val::text(text);
        )+}
        $(
            impl From<&str> for $name {
                fn from(text: &str) -> Self { $name(text.to_owned()) }
            }

            impl Deref for $name {
                type Target = str;
                fn deref(&self) -> &str { &self.0 }
            }
        )+
    };
}

const ANY_NUMBER: Kind = Kind::Number {
    at_least: f64::NEG_INFINITY,
    above: f64::NEG_INFINITY,
    at_most: f64::MAX,
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
    Positive(f64): Kind::Number { at_least: f64::NEG_INFINITY, above: 0.0, at_most: f64::MAX },
        Val::Number(x) => (*x > 0.0).then_some(*x), |x| Val::Number(*x);
    /// A number above zero, or `inf`.
    Endless(f64): Kind::Number { at_least: f64::NEG_INFINITY, above: 0.0, at_most: f64::INFINITY },
        Val::Number(x) => (*x > 0.0).then_some(*x), |x| Val::Number(*x);
    /// A number that others stay below, or `inf`.
    Bound(f64): Kind::Number { at_least: f64::NEG_INFINITY, above: f64::NEG_INFINITY, at_most: f64::INFINITY },
        Val::Number(x) => Some(*x), |x| Val::Number(*x);
    /// A number that is not negative.
    NotNegative(f64): Kind::Number { at_least: 0.0, above: f64::NEG_INFINITY, at_most: f64::MAX },
        Val::Number(x) => (*x >= 0.0).then_some(*x), |x| Val::Number(*x);
    /// A share between 0 and 1.
    Fraction(f64): Kind::Number { at_least: 0.0, above: f64::NEG_INFINITY, at_most: 1.0 },
        Val::Number(x) => (0.0..=1.0).contains(x).then_some(*x), |x| Val::Number(*x);
    /// A whole number above zero.
    Count(usize): Kind::Integer { at_least: 1 },
        Val::Number(x) => whole(*x, 1), |n| Val::Number(*n as f64);
    /// A whole number, zero included.
    Integer(usize): Kind::Integer { at_least: 0 },
        Val::Number(x) => whole(*x, 0), |n| Val::Number(*n as f64);
    /// Yes or no.
    Flag(bool): Kind::Bool,
        Val::Bool(truth) => Some(*truth), |truth| Val::Bool(*truth);
    /// A boolean for each cell.
    CellMask(LazyColumn): Kind::Cells,
        Val::Column(column) => matches!(column.along, Along::Cells(_)).then(|| column.clone()),
        |column| Val::Column(column.clone());
    /// A boolean for each gene.
    GeneMask(LazyColumn): Kind::Genes,
        Val::Column(column) => matches!(column.along, Along::Genes(_)).then(|| column.clone()),
        |column| Val::Column(column.clone());
    /// Names and what they become.
    Pairs(Vec<(String, Val)>): Kind::Record,
        Val::Record(fields) => Some(fields.clone()), |fields| Val::Record(fields.clone());
}

texts! {
    /// Any text.
    Text: Kind::Text;
    /// A color map by matplotlib's name.
    MapName: Kind::Colormap;
    /// A text whose holes the command fills.
    Template: Kind::Template;
    /// A file or folder to read.
    PathIn: Kind::PathIn;
    /// A file to write.
    PathOut: Kind::PathOut;
    /// A column of obs.
    ObsKey: Kind::Obs;
    /// A column of obs that can form groups.
    GroupKey: Kind::Groups;
    /// A column of var.
    VarKey: Kind::Var;
    /// A representation of cells in obsm.
    ObsmKey: Kind::Obsm;
    /// A graph of cells in obsp.
    GraphKey: Kind::Obsp;
    /// A layer.
    LayerKey: Kind::Layer;
    /// The name of something new.
    NewName: Kind::NewName;
    /// A word that means something to the command: a variable, a topic.
    Name: Kind::Name;
    /// A column of obs or a gene, by name.
    ColorKey: Kind::Colors;
}

/// One cell of a dataset.
#[derive(Clone, Debug)]
pub enum CellArg {
    /// Counted from 0.
    Position(usize),
    Named(String),
    /// Where a number is largest, or one of those where a boolean is true.
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

/// Types that are a value as it was given; the command looks at it.
macro_rules! values {
    ($($(#[$doc:meta])* $name:ident: $kind:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub struct $name(pub Val);

            impl Arg for $name {
                const KIND: Kind = $kind;
                fn from_val(value: &Val) -> Option<Self> {
                    Some($name(value.clone()))
                }
                fn to_val(&self) -> Val {
                    self.0.clone()
                }
            }
        )+
    };
}

values! {
    /// Whatever it is.
    Anything: Kind::Any;
    /// Several datasets.
    Datasets: Kind::Datasets;
    /// Several figures.
    Figures: Kind::Figures;
}

/// A table, or what can be read as one; and what its columns are called, where that is known
/// before it is computed.
#[derive(Clone, Debug)]
pub struct TableArg(pub Lazy, pub Option<Vec<String>>);

impl Arg for TableArg {
    const KIND: Kind = Kind::Table;

    fn from_val(value: &Val) -> Option<Self> {
        tables::of(value).map(|table| TableArg(table, tables::headings(value)))
    }

    fn to_val(&self) -> Val {
        Val::Table(self.0.clone())
    }
}

impl Arg for Subject {
    const KIND: Kind = Kind::Subject;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::Text(name) => Some(Subject::Named(name.clone())),
            Val::Dataset(data, _) => Some(Subject::Of(data.clone())),
            _ => None,
        }
    }

    fn to_val(&self) -> Val {
        match self {
            Subject::AtHand => Val::None,
            Subject::Named(name) => Val::text(name),
            Subject::Of(data) => Val::Dataset(data.clone(), None),
        }
    }
}

/// Gene sets by name, or what else the command takes in their place.
#[derive(Clone, Debug)]
pub struct Sets(pub Val);

impl Arg for Sets {
    const KIND: Kind = Kind::Sets;

    fn from_val(value: &Val) -> Option<Self> {
        Some(Sets(value.clone()))
    }

    fn to_val(&self) -> Val {
        self.0.clone()
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
