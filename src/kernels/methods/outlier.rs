//! Cells far from the median, in units of the median absolute deviation: automatic bounds for
//! quality metrics. Germain et al., Genome Biology 2020; Heumos et al., Nature Reviews Genetics
//! 2023.

use crate::kernels::stats::quantile::{median, median_absolute_deviation};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    #[default]
    Both,
    Lower,
    Upper,
}

/// Values below or above these are outliers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub lower: f64,
    pub upper: f64,
}

impl Bounds {
    /// `n_mads` median absolute deviations (without a factor) around the median of the values
    /// that are numbers; everything is inside if there are none.
    pub fn around_median(values: &[f64], n_mads: f64, side: Side) -> Self {
        let numbers: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        let deviation = n_mads * median_absolute_deviation(&numbers).unwrap_or(f64::INFINITY);
        let center = median(numbers).unwrap_or(0.0);
        let bound = |applies: bool, bound: f64, none: f64| if applies { bound } else { none };
        Self {
            lower: bound(side != Side::Upper, center - deviation, f64::NEG_INFINITY),
            upper: bound(side != Side::Lower, center + deviation, f64::INFINITY),
        }
    }

    /// NaN is an outlier.
    pub fn is_outlier(&self, x: f64) -> bool {
        !(self.lower..=self.upper).contains(&x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_by_hand() {
        // Median 4, distances 3 2 0 4 96: deviation 3.
        let values = [1.0, 2.0, 4.0, 8.0, 100.0, f64::NAN];
        let both = Bounds::around_median(&values, 2.0, Side::Both);
        assert_eq!((both.lower, both.upper), (-2.0, 10.0));
        let outliers = values.map(|x| both.is_outlier(x));
        assert_eq!(outliers, [false, false, false, false, true, true]);
        let upper = Bounds::around_median(&values, 1.0, Side::Upper);
        assert!(!upper.is_outlier(-1e9) && upper.is_outlier(7.5));
    }

    #[test]
    fn without_values_nothing_is_outside() {
        assert!(!Bounds::around_median(&[], 3.0, Side::Both).is_outlier(1e300));
    }
}
