//! The numbers of a column as one number: functions of the language, and columns of `summarize`.

use super::quantile::median;
use crate::math;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    Count,
    Sum,
    Mean,
    Median,
    Min,
    Max,
    /// With n - 1.
    Var,
    Std,
    /// 1 if any number is not 0.
    Any,
    /// 1 if no number is 0.
    All,
}

impl Reduction {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Reduction::Count,
            "sum" => Reduction::Sum,
            "mean" => Reduction::Mean,
            "median" => Reduction::Median,
            "min" => Reduction::Min,
            "max" => Reduction::Max,
            "var" => Reduction::Var,
            "std" => Reduction::Std,
            "any" => Reduction::Any,
            "all" => Reduction::All,
            _ => return None,
        })
    }

    /// Of the numbers that are there, which leaves out NaN. NaN where there are too few.
    pub fn of(self, values: &[f64]) -> f64 {
        let values: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        let n = values.len() as f64;
        match self {
            Reduction::Count => n,
            // The sum of nothing is -0.0 to the standard library.
            Reduction::Sum => values.iter().sum::<f64>() + 0.0,
            Reduction::Mean => math::mean(&values),
            Reduction::Median => median(values).unwrap_or(f64::NAN),
            Reduction::Min => values.into_iter().fold(f64::NAN, f64::min),
            Reduction::Max => values.into_iter().fold(f64::NAN, f64::max),
            Reduction::Var if values.len() < 2 => f64::NAN,
            Reduction::Var => {
                let mean = math::mean(&values);
                values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)
            }
            Reduction::Std => Reduction::Var.of(&values).sqrt(),
            Reduction::Any => f64::from(values.iter().any(|&x| x != 0.0)),
            Reduction::All => f64::from(values.iter().all(|&x| x != 0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let of = |function: Reduction| function.of(&[3.0, 1.0, f64::NAN, 2.0, 6.0]);
        assert_eq!(of(Reduction::Count), 4.0);
        assert_eq!(of(Reduction::Sum), 12.0);
        assert_eq!(of(Reduction::Mean), 3.0);
        assert_eq!(of(Reduction::Median), 2.5);
        assert_eq!((of(Reduction::Min), of(Reduction::Max)), (1.0, 6.0));
        assert!((of(Reduction::Var) - 14.0 / 3.0).abs() < 1e-12);
        assert!((of(Reduction::Std) - (14.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((of(Reduction::Any), of(Reduction::All)), (1.0, 1.0));
    }

    #[test]
    fn of_nothing() {
        let of = |function: Reduction| function.of(&[f64::NAN]);
        assert_eq!((of(Reduction::Count), of(Reduction::Sum)), (0.0, 0.0));
        for function in [
            Reduction::Mean,
            Reduction::Median,
            Reduction::Min,
            Reduction::Std,
        ] {
            assert!(of(function).is_nan(), "{function:?}");
        }
        assert_eq!((of(Reduction::Any), of(Reduction::All)), (0.0, 1.0));
    }
}
