//! Draws some of `n` cells (or genes).

use crate::kernels::random::generators::Stream;
use crate::math;

#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SampleError {
    #[error("cannot draw {k} of {n} without replacement")]
    TooMany { k: usize, n: usize },
    #[error("weight {weight} of {place} is not a number of at least 0")]
    Weight { place: usize, weight: f64 },
}

/// `k` positions below `n`, in the order drawn.
pub fn sample(n: usize, k: usize, replace: bool, seed: u64) -> Result<Vec<usize>, SampleError> {
    let mut stream = Stream::new(seed, 0);
    if replace {
        if n == 0 && k > 0 {
            return Err(SampleError::TooMany { k, n });
        }
        return Ok((0..k).map(|_| stream.below(n as u64) as usize).collect());
    }
    if k > n {
        return Err(SampleError::TooMany { k, n });
    }
    let mut places: Vec<usize> = (0..n).collect();
    for i in 0..k {
        places.swap(i, i + stream.below((n - i) as u64) as usize);
    }
    places.truncate(k);
    Ok(places)
}

/// The same with unequal weights. Without replacement, each draw is among what is left, in
/// proportion to the weights (Efraimidis & Spirakis, Information Processing Letters 2006).
pub fn weighted_sample(
    weights: &[f64],
    k: usize,
    replace: bool,
    seed: u64,
) -> Result<Vec<usize>, SampleError> {
    let bad = |weight: &f64| !weight.is_finite() || *weight < 0.0;
    if let Some(place) = weights.iter().position(bad) {
        let weight = weights[place];
        return Err(SampleError::Weight { place, weight });
    }
    let positive: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] > 0.0).collect();
    let n = positive.len();
    if k > n && (!replace || n == 0) {
        return Err(SampleError::TooMany { k, n });
    }
    let mut stream = Stream::new(seed, 1);
    if replace {
        let ends: Vec<f64> = positive
            .iter()
            .scan(0.0, |sum, &i| {
                *sum += weights[i];
                Some(*sum)
            })
            .collect();
        let total = ends.last().copied().unwrap_or(0.0);
        let draw = |_| {
            let at = stream.uniform() * total;
            positive[ends.partition_point(|&end| end <= at).min(n - 1)]
        };
        return Ok((0..k).map(draw).collect());
    }
    // The first of exponential waiting times comes from i with probability weight ÷ total.
    let wait = |&i: &usize| (-math::ln(1.0 - stream.uniform()) / weights[i], i);
    let mut waits: Vec<(f64, usize)> = positive.iter().map(wait).collect();
    waits.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(waits.into_iter().take(k).map(|(_, i)| i).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_replacement_all_differ() {
        let mut drawn = sample(100, 60, false, 5).unwrap();
        assert_eq!(drawn, sample(100, 60, false, 5).unwrap());
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 60);
        assert_eq!(
            sample(2, 3, false, 0),
            Err(SampleError::TooMany { k: 3, n: 2 })
        );
        assert_eq!(sample(0, 0, false, 0), Ok(vec![]));
    }

    #[test]
    fn with_replacement_any_number() {
        let drawn = sample(3, 3000, true, 0).unwrap();
        let ones = drawn.iter().filter(|i| **i == 1).count();
        assert!(ones.abs_diff(1000) < 120, "{ones}");
        assert!(sample(0, 1, true, 0).is_err());
    }

    #[test]
    fn weights_count() {
        for replace in [false, true] {
            let first = |seed| weighted_sample(&[1.0, 0.0, 3.0], 1, replace, seed).unwrap()[0];
            let twos = (0..4000).filter(|&seed| first(seed) == 2).count();
            assert!(twos.abs_diff(3000) < 130, "{twos}");
        }
        assert_eq!(
            weighted_sample(&[1.0, 0.0], 2, false, 0),
            Err(SampleError::TooMany { k: 2, n: 1 })
        );
        let error = weighted_sample(&[1.0, f64::NAN], 1, false, 0);
        assert!(matches!(error, Err(SampleError::Weight { place: 1, .. })));
    }
}
