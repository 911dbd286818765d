//! Densities for violins: Gaussian kernels with Scott's bandwidth (Scott 1992), cut at the
//! least and the largest value.

use crate::math;

/// A density at even steps from the least to the largest value; the highest is 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    pub low: f64,
    pub high: f64,
    pub heights: Vec<f64>,
}

const STEPS: usize = 100;
/// Values are gathered into this many bins first, so that a million cost as much as a thousand.
const BINS: usize = 1024;

/// `None` without a finite value. Equal values give a density of a single step.
pub fn density(values: impl Iterator<Item = f32> + Clone) -> Option<Density> {
    let finite = || values.clone().filter(|v| v.is_finite()).map(f64::from);
    let (mut low, mut high, mut n, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0);
    for value in finite() {
        low = low.min(value);
        high = high.max(value);
        n += 1.0;
        sum += value;
    }
    if n == 0.0 {
        return None;
    }
    let mean = sum / n;
    let variance = finite().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::max(n - 1.0, 1.0);
    let bandwidth = variance.sqrt() * math::powf(n, -0.2);
    let range = high - low;
    if bandwidth <= 0.0 || range <= 0.0 {
        return Some(Density {
            low,
            high,
            heights: vec![1.0],
        });
    }
    let mut bins = vec![0.0; BINS];
    for value in finite() {
        // Shared between the two nearest bins by distance.
        let at = (value - low) / range * (BINS - 1) as f64;
        let below = (at as usize).min(BINS - 2);
        bins[below] += 1.0 - (at - below as f64);
        bins[below + 1] += at - below as f64;
    }
    let mut heights: Vec<f64> = (0..STEPS)
        .map(|i| height(&bins, range, bandwidth, i))
        .collect();
    let highest = heights.iter().copied().fold(0.0, f64::max);
    for height in &mut heights {
        *height /= highest;
    }
    Some(Density { low, high, heights })
}

fn height(bins: &[f64], range: f64, bandwidth: f64, step: usize) -> f64 {
    let at = range * step as f64 / (STEPS - 1) as f64;
    let bin = range / (BINS - 1) as f64;
    let first = ((at - 5.0 * bandwidth) / bin).max(0.0) as usize;
    let last = (((at + 5.0 * bandwidth) / bin).ceil() as usize).min(BINS - 1);
    (first..=last)
        .map(|i| bins[i] * math::exp(-0.5 * ((i as f64 * bin - at) / bandwidth).powi(2)))
        .sum()
}

impl Density {
    /// The value of a step.
    pub fn value(&self, step: usize) -> f64 {
        match self.heights.len() {
            1 => (self.low + self.high) / 2.0,
            n => self.low + (self.high - self.low) * step as f64 / (n - 1) as f64,
        }
    }

    /// The height at a value, by straight lines between steps.
    pub fn at(&self, value: f64) -> f64 {
        let n = self.heights.len();
        if n == 1 || self.high <= self.low {
            return 1.0;
        }
        let at = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) * (n - 1) as f64;
        let below = (at as usize).min(n - 2);
        let share = at - below as f64;
        self.heights[below] * (1.0 - share) + self.heights[below + 1] * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_sum_of_kernels() {
        let values = [0.0f32, 0.5, 0.7, 1.0, 2.0, 2.2, 5.0];
        let density = density(values.iter().copied()).unwrap();
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let sd = (values
            .iter()
            .map(|&v| (f64::from(v) - mean).powi(2))
            .sum::<f64>()
            / (n - 1.0))
            .sqrt();
        let width = sd * n.powf(-0.2);
        let exact = |at: f64| -> f64 {
            values
                .iter()
                .map(|&v| (-0.5 * ((f64::from(v) - at) / width).powi(2)).exp())
                .sum()
        };
        let highest = (0..STEPS)
            .map(|i| exact(density.value(i)))
            .fold(0.0, f64::max);
        for i in 0..STEPS {
            assert!((density.heights[i] - exact(density.value(i)) / highest).abs() < 1e-4);
        }
    }

    #[test]
    fn few_and_equal_values() {
        assert_eq!(density([f32::NAN].into_iter()), None);
        assert_eq!(density([2.0f32].into_iter()).unwrap().heights, [1.0]);
        assert_eq!(density([2.0f32; 9].into_iter()).unwrap().at(2.0), 1.0);
    }
}
