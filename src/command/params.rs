//! From a parameter list to a typed struct: `params!`, `words!`, and how parameters are described to
//! help and completion. Lists that several commands share can be included.

mod genes;
mod kind;
mod palette;
mod types;

pub use genes::{GeneNames, GeneSets, GenesOrColumns};
pub use kind::{Headings, Kind};
pub use palette::Palette;
pub use types::{
    Anything, Bound, CellArg, CellMask, ColorKey, Count, Data, Datasets, Endless, Figures, Flag,
    Fraction, GeneMask, GraphKey, GroupKey, Integer, LayerKey, Many, MapName, Name, NewName,
    NotNegative, Number, ObsKey, ObsmKey, Pairs, PathIn, PathOut, Positive, Sets, Summaries,
    TableArg, Template, Text, VarKey,
};

use super::args::Args;
use super::value::Val;
use crate::diagnostic::{Diagnostic, Outcome, code};

/// A parameter, as everyone reads it.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    /// Other spellings, Scanpy's and Seurat's: `resolution` of `res`.
    pub also: &'static [&'static str],
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

/// A Rust type that can be in a parameter list.
pub trait Arg: Sized {
    const KIND: Kind;
    const MANY: bool = false;
    const OPTIONAL: bool = false;
    /// `None` if the value is of another type or out of range.
    fn from_val(value: &Val) -> Option<Self>;
    fn to_val(&self) -> Val;
}

/// A parameter list. Made by `params!`.
pub trait Params: Sized {
    const PARAMS: &'static [Param];
    fn bind(args: &Args) -> Outcome<Self>;
}

/// Where tables come from, for who has a dataset.
const TABLES: &str =
    "`markers` and `de` make tables, as in m = markers adata by=leiden; adata.obs is a table, too";

/// The value of a parameter as its type, or its default.
pub fn bind<T: Arg>(args: &Args, name: &'static str, default: Option<fn() -> T>) -> Outcome<T> {
    let Some(given) = args.given.get(name) else {
        return match default {
            Some(default) => Ok(default()),
            None => T::from_val(&Val::None)
                .filter(|_| T::OPTIONAL)
                .ok_or_else(|| {
                    Diagnostic::error(code::MISSING_PARAMETER, format!("`{name}` is missing"))
                        .label(args.span, format!("needs {}", T::KIND.words()))
                }),
        };
    };
    // `none` is a word where it is one of the choices.
    let word = match (&given.value, T::KIND) {
        (Val::None, Kind::Choice(words)) => words.iter().find(|word| word.0 == "none"),
        _ => None,
    };
    let word = word.map(|word| Val::text(word.0));
    T::from_val(word.as_ref().unwrap_or(&given.value)).ok_or_else(|| {
        let what = match &given.value {
            Val::Number(_) | Val::Text(_) | Val::Bool(_) => given.value.to_string(),
            other => other.described(),
        };
        let headline = format!("`{name}` needs {}", T::KIND.words());
        let error = Diagnostic::error(code::INVALID_VALUE, headline);
        let label = if given.by_place {
            format!("this is {what}, taken as `{name}` by its place")
        } else {
            format!("this is {what}")
        };
        let error = error.label(given.span, label);
        match (&given.value, T::KIND) {
            (Val::Dataset(..), Kind::Table) => error.help(TABLES),
            // `vmax="99%"`
            (Val::Text(text), Kind::Limit) if percentile(text).is_some() => {
                let percentile = percentile(text).unwrap_or_default();
                error.fix(given.span, format!("\"p{percentile}\""))
            }
            // `res="0.5"`
            (Val::Text(text), _) if is_number_for::<T>(text) => error.fix(given.span, text.trim()),
            _ => error,
        }
    })
}

/// The number of `99%`, `q99` and `99th`.
fn percentile(text: &str) -> Option<&str> {
    let text = text.trim();
    let number = text
        .strip_suffix('%')
        .or_else(|| text.strip_suffix("th"))
        .or_else(|| text.strip_prefix('q'))?;
    number.parse::<f64>().is_ok().then_some(number)
}

/// Whether a text is a number that would do.
fn is_number_for<T: Arg>(text: &str) -> bool {
    let number = text.trim().parse().ok();
    number.is_some_and(|number| T::from_val(&Val::Number(number)).is_some())
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

/// How many parameters some lists have together.
pub const fn total(lists: &[&[Param]]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < lists.len() {
        n += lists[i].len();
        i += 1;
    }
    n
}

/// Some lists as one of `N`, their [`total`].
pub const fn joined<const N: usize>(lists: &[&[Param]]) -> [Param; N] {
    let nothing = Param {
        name: "",
        also: &[],
        doc: "",
        kind: Kind::Any,
        many: false,
        optional: true,
        default: None,
    };
    let mut all = [nothing; N];
    let (mut n, mut i) = (0, 0);
    while i < lists.len() {
        let mut j = 0;
        while j < lists[i].len() {
            all[n] = lists[i][j];
            n += 1;
            j += 1;
        }
        i += 1;
    }
    all
}

/// Declares a command's parameters: doc, other spellings, type, default. The struct, [`Params`]
/// and everything derived from it follow. `use List as field,` includes the parameters of another
/// list, which this one holds in a field:
///
/// ```ignore
/// params! {
///     Heatmap {
///         /// The dataset.
///         adata: Data,
///         use GenesByGroup as shown,
///         /// Colors, by matplotlib's names.
///         #[also("color_map")]
///         cmap: MapName = "viridis",
///     }
/// }
/// ```
#[macro_export]
macro_rules! params {
    ($(#[$about:meta])* $name:ident {
        $(
            $(use $list:path as $part:ident)?
            $(
                $(#[doc = $doc:literal])+
                $(#[expect($($expected:tt)+)])?
                $(#[also($($also:literal),+)])?
                $field:ident: $ty:ty $(= $default:expr)?
            )?
        ,)*
    }) => {
        $(#[$about])*
        pub struct $name {
            $($(pub $part: $list,)? $($(#[doc = $doc])+ $(#[expect($($expected)+)])? pub $field: $ty,)?)*
        }

        impl $crate::command::Params for $name {
            const PARAMS: &'static [$crate::command::Param] = {
                const LISTS: &[&[$crate::command::Param]] = &[$(
                    $(<$list as $crate::command::Params>::PARAMS)?
                    $(&[$crate::command::Param {
                        name: $crate::command::params::bare(stringify!($field)),
                        also: &[$($($also),+)?],
                        doc: concat!($($doc,)+),
                        kind: <$ty as $crate::command::Arg>::KIND,
                        many: <$ty as $crate::command::Arg>::MANY,
                        optional: <$ty as $crate::command::Arg>::OPTIONAL,
                        default: $crate::params!(@value $ty $(, $default)?),
                    }])?
                ,)*];
                &$crate::command::params::joined::<{ $crate::command::params::total(LISTS) }>(LISTS)
            };

            #[allow(unused_variables)]
            fn bind(args: &$crate::command::Args) -> $crate::diagnostic::Outcome<Self> {
                Ok($name { $(
                    $($part: <$list as $crate::command::Params>::bind(args)?,)?
                    $($field: $crate::command::params::bind::<$ty>(
                        args,
                        $crate::command::params::bare(stringify!($field)),
                        $crate::params!(@default $ty $(, $default)?),
                    )?,)?
                )* })
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

        impl $name {
            /// As it is typed.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

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
                $crate::command::Val::text(self.word())
            }
        }
    };
}
