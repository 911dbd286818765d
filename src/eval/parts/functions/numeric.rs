//! Functions of numbers: one by one, or of all of a column.

use crate::math;

/// Columns to columns.
pub fn elementwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "exp" => math::exp,
        "floor" => f64::floor,
        "log" => math::ln,
        "log10" => math::log10,
        "log1p" => math::ln_1p,
        "log2" => math::log2,
        "round" => f64::round,
        "sqrt" => f64::sqrt,
        _ => return None,
    })
}

/// Columns to one number; missing values are left out.
pub fn reduction(name: &str, values: &[f64]) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    let n = present.len() as f64;
    // The sum of nothing is -0.0 to the standard library.
    let sum = present.iter().sum::<f64>() + 0.0;
    let mean = math::mean(&present);
    let variance = || present.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some(match name {
        "sum" => sum,
        "mean" => mean,
        "min" => present.iter().copied().fold(f64::NAN, f64::min),
        "max" => present.iter().copied().fold(f64::NAN, f64::max),
        "median" => quantile(present, 0.5),
        "var" => variance(),
        "std" => variance().sqrt(),
        "any" => f64::from(present.iter().any(|&x| x != 0.0)),
        "all" => f64::from(present.iter().all(|&x| x != 0.0)),
        _ => return None,
    })
}

/// Linear interpolation between the neighbors, as numpy's default.
pub fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
