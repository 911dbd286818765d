//! The end of a color scale: a number, or a percentile of the values as `"p99"`.

use super::params::{Arg, Kind};
use super::value::Val;

/// Where a color scale begins or ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    At(f64),
    /// A percentile of the finite values, 0 to 100.
    Percentile(f64),
}

impl Arg for Limit {
    const KIND: Kind = Kind::Limit;

    fn from_val(value: &Val) -> Option<Self> {
        match value {
            Val::Number(number) if number.is_finite() => Some(Limit::At(*number)),
            Val::Text(text) => {
                let share: f64 = text.strip_prefix('p')?.parse().ok()?;
                (0.0..=100.0)
                    .contains(&share)
                    .then_some(Limit::Percentile(share))
            }
            _ => None,
        }
    }

    fn to_val(&self) -> Val {
        match self {
            Limit::At(number) => Val::Number(*number),
            Limit::Percentile(share) => Val::text(format!("p{share}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_percentiles() {
        assert_eq!(
            Limit::from_val(&Val::text("p99")),
            Some(Limit::Percentile(99.0))
        );
        assert_eq!(Limit::from_val(&Val::Number(2.0)), Some(Limit::At(2.0)));
        for wrong in [
            Val::text("99"),
            Val::text("p101"),
            Val::text("p"),
            Val::Number(f64::NAN),
        ] {
            assert_eq!(Limit::from_val(&wrong), None, "{wrong}");
        }
        assert_eq!(Limit::Percentile(2.5).to_val().to_string(), "\"p2.5\"");
    }
}
