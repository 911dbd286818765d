//! The distances that can be asked for, computed in f64.

/// How far two points lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    #[default]
    Euclidean,
    /// 1 − cosine of the angle; 1 to a point at the origin.
    Cosine,
    /// 1 − Pearson correlation over the dimensions; 1 to a constant point.
    Correlation,
    Manhattan,
}

impl Metric {
    /// How far the coordinates of two points lie apart, by their distance. Between unit vectors |x − y|² = 2 − 2 cos.
    pub fn between_coordinates(self, distance: f64) -> f64 {
        match self {
            Metric::Euclidean | Metric::Manhattan => distance,
            Metric::Cosine | Metric::Correlation => (2.0 * distance).sqrt(),
        }
    }
}

const LANES: usize = 8;

/// Folds pairs of coordinates in eight interleaved sums: vectors, but in one order.
#[inline(always)]
fn fold(a: &[f32], b: &[f32], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (a8, b8) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a8.remainder().iter().zip(b8.remainder());
    let rest = rest.fold(0.0, |sum, (&a, &b)| sum + term(f64::from(a), f64::from(b)));
    for (a, b) in a8.zip(b8) {
        for i in 0..LANES {
            sums[i] += term(f64::from(a[i]), f64::from(b[i]));
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

pub fn squared_euclidean(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| (a - b) * (a - b))
}

pub fn manhattan(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| (a - b).abs())
}

pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| a * b)
}

/// Σ (a − mean a)(b − mean b).
pub fn centered_dot(a: &[f32], a_mean: f64, b: &[f32], b_mean: f64) -> f64 {
    fold(a, b, |a, b| (a - a_mean) * (b - b_mean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_cover_lanes_and_rest() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        let b: Vec<f32> = (0..19).map(|i| (i % 3) as f32).collect();
        let expected = |term: fn(f64, f64) -> f64| -> f64 {
            a.iter()
                .zip(&b)
                .map(|(&a, &b)| term(f64::from(a), f64::from(b)))
                .sum()
        };
        assert_eq!(dot(&a, &b), expected(|a, b| a * b));
        assert_eq!(manhattan(&a, &b), expected(|a, b| (a - b).abs()));
        assert_eq!(
            squared_euclidean(&a, &b),
            expected(|a, b| (a - b) * (a - b))
        );
        assert_eq!(
            centered_dot(&a, 9.0, &b, 1.0),
            expected(|a, b| (a - 9.0) * (b - 1.0))
        );
    }
}
