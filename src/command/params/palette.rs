//! Colors of groups, as typed.

use super::types::{Many, Text};
use super::{Arg, Kind};
use crate::command::value::Val;

/// Colors of groups.
#[derive(Debug, Clone, PartialEq)]
pub enum Palette {
    /// Colors in the order of the groups, or a palette by its name.
    List(Vec<String>),
    /// Groups and their colors; others keep theirs.
    Groups(Vec<(String, String)>),
}

impl Arg for Palette {
    const KIND: Kind = Kind::Palette;

    fn from_val(value: &Val) -> Option<Self> {
        let Val::Record(fields) = value else {
            let many = Many::<Text>::from_val(value)?;
            return Some(Palette::List(many.texts())).filter(|_| !many.0.is_empty());
        };
        let pair = |(group, color): &(String, Val)| match color {
            Val::Text(color) => Some((group.clone(), color.clone())),
            _ => None,
        };
        let pairs: Option<Vec<_>> = fields.iter().map(pair).collect();
        pairs.map(Palette::Groups)
    }

    fn to_val(&self) -> Val {
        match self {
            Palette::List(colors) => match &colors[..] {
                [one] => Val::text(one),
                many => Val::List(many.iter().map(Val::text).collect()),
            },
            Palette::Groups(pairs) => {
                let fields = pairs.iter();
                let fields = fields.map(|(group, color)| (group.clone(), Val::text(color)));
                Val::Record(fields.collect())
            }
        }
    }
}
