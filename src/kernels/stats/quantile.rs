//! Order statistics: medians, percentiles, ranks.

/// The mean of the two middle values; `None` of nothing. NaNs count as largest.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp);
    Some(match lower {
        Some(lower) if !odd => 0.5 * (lower + upper),
        _ => upper,
    })
}

/// The median distance from the median, without any factor; `None` of nothing.
pub fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    let center = median(values.to_vec())?;
    median(values.iter().map(|x| (x - center).abs()).collect())
}

/// The percentile `q` (0 to 100) of ascending values; as [`quantile_of_sorted`].
pub fn percentile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    quantile_of_sorted(sorted, q / 100.0)
}

/// The quantile `q` (0 to 1) of ascending values, linear between neighbors (numpy's default); NaN
/// of nothing.
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = q * last as f64;
    let below = place.floor();
    let (a, b) = (
        sorted[below as usize],
        sorted[(below as usize + 1).min(last)],
    );
    let t = place - below;
    // Both forms are exact at their end.
    if t < 0.5 {
        a + (b - a) * t
    } else {
        b - (b - a) * (1.0 - t)
    }
}

/// Ranks from 1; equal values share the mean of theirs.
pub fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = start as f64 + 0.5 * (tied.len() + 1) as f64;
        tied.iter().for_each(|&i| ranks[i] = mean);
        start += tied.len();
    }
    ranks
}

/// Positions in the order that sorts the values down; equal ones stay in place, NaNs come last.
pub fn descending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| descending_nan_last(values[i], values[j]));
    order
}

/// Compares so that larger values come first and NaNs last. −0 equals 0.
pub fn descending_nan_last(a: f64, b: f64) -> std::cmp::Ordering {
    b.partial_cmp(&a)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
        let mad = median_absolute_deviation(&[1.0, 2.0, 4.0, 8.0, 100.0]);
        assert_eq!(mad, Some(3.0));
    }

    #[test]
    fn tied_values_share_their_ranks() {
        assert_eq!(
            mean_ranks(&[2.0, -1.0, 2.0, 5.0, 2.0]),
            [3.0, 1.0, 3.0, 5.0, 3.0]
        );
        assert!(mean_ranks(&[]).is_empty());
    }

    #[test]
    fn percentiles_as_numpy() {
        // numpy.percentile([1, 2, 4, 8], [0, 10, 50, 95, 100])
        let of = |q| percentile_of_sorted(&[1.0, 2.0, 4.0, 8.0], q);
        assert_eq!([of(0.0), of(50.0), of(100.0)], [1.0, 3.0, 8.0]);
        assert!((of(10.0) - 1.3).abs() < 1e-12 && (of(95.0) - 7.4).abs() < 1e-12);
        assert!(percentile_of_sorted(&[], 50.0).is_nan());
    }

    #[test]
    fn descending_is_stable_with_nan_last() {
        let order = descending(&[1.0, f64::NAN, 3.0, 1.0, f64::INFINITY]);
        assert_eq!(order, [4, 2, 0, 3, 1]);
    }
}
