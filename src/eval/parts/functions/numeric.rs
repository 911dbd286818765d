//! Functions of numbers: one by one, or of all of a column.

use crate::kernels::stats::reduction::Reduction;
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
    Reduction::named(name).map(|function| function.of(values))
}

/// The values that are there, ascending.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}
