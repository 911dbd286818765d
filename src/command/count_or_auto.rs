//! A number that a command can choose by itself: `t=3`, `t=auto`.

use super::params::{Arg, Count, Kind};
use super::value::Val;

/// The word for it.
const AUTO: &str = "auto";

/// A number that was given, or is to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountOrAuto {
    Count(usize),
    Auto,
}

impl Arg for CountOrAuto {
    const KIND: Kind = Kind::CountOrAuto;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::Text(text) => (text == AUTO).then_some(CountOrAuto::Auto),
            value => Count::from_val(value).map(|count| CountOrAuto::Count(count.0)),
        }
    }

    fn to_val(&self) -> Val {
        match self {
            CountOrAuto::Count(count) => Val::Number(*count as f64),
            CountOrAuto::Auto => Val::text(AUTO),
        }
    }
}

impl From<usize> for CountOrAuto {
    fn from(count: usize) -> Self {
        CountOrAuto::Count(count)
    }
}
