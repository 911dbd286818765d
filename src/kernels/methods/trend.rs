//! Smooth courses of values along an ordering of cells.
//!
//! Locally linear regression with tricube weights on a fixed share of the cells (Cleveland, J. Am.
//! Stat. Assoc. 74, 829, 1979), evaluated at points that lie as dense as the cells do; and running
//! means over neighbors in the order.

/// A course: where, the value there, and the standard deviation of the cells around it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trend {
    pub at: Vec<f64>,
    pub value: Vec<f64>,
    pub deviation: Vec<f64>,
}

/// Cells that a local fit needs at least.
const FEWEST: usize = 10;

/// The course of `values` along `times` at `points` places; `span` is the share of the cells that
/// each place sees. Cells with a time or value that is not finite are left out.
pub fn trend(times: &[f64], values: &[f64], points: usize, span: f64) -> Trend {
    let mut cells: Vec<(f64, f64)> = times
        .iter()
        .zip(values)
        .filter(|(time, value)| time.is_finite() && value.is_finite())
        .map(|(&time, &value)| (time, value))
        .collect();
    cells.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = cells.len();
    let mut trend = Trend::default();
    if n < FEWEST || cells[0].0 == cells[n - 1].0 {
        return trend;
    }
    let width = ((span * n as f64).round() as usize).clamp(FEWEST, n);
    let mut first = 0;
    for point in 0..points {
        let share = point as f64 / (points.max(2) - 1) as f64;
        // Places are at quantiles: where there are no cells there is no course.
        let at = share * (n - 1) as f64;
        let (low, high) = (cells[at.floor() as usize].0, cells[at.ceil() as usize].0);
        let x = low + (high - low) * at.fract();
        if trend.at.last().is_some_and(|&before| before >= x) {
            continue;
        }
        // The window of the nearest cells moves to the right with the places.
        while first + width < n && cells[first + width].0 - x < x - cells[first].0 {
            first += 1;
        }
        let (value, deviation) = local(&cells[first..first + width], x);
        trend.at.push(x);
        trend.value.push(value);
        trend.deviation.push(deviation);
    }
    trend
}

/// The locally linear fit at `x`, and the weighted deviation of the cells from it.
fn local(cells: &[(f64, f64)], x: f64) -> (f64, f64) {
    let reach = (x - cells[0].0).max(cells[cells.len() - 1].0 - x) * 1.000_001;
    let weight = |time: f64| {
        let share = if reach > 0.0 {
            (time - x).abs() / reach
        } else {
            0.0
        };
        (1.0 - share.powi(3)).max(0.0).powi(3)
    };
    let (mut w, mut wx, mut wxx, mut wy, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(time, value) in cells {
        let (weight, d) = (weight(time), time - x);
        w += weight;
        wx += weight * d;
        wxx += weight * d * d;
        wy += weight * value;
        wxy += weight * d * value;
    }
    let determinant = w * wxx - wx * wx;
    let (value, slope) = if determinant > 1e-12 * w * wxx {
        (
            (wxx * wy - wx * wxy) / determinant,
            (w * wxy - wx * wy) / determinant,
        )
    } else {
        (wy / w, 0.0)
    };
    // Where cells are far between, a line must not run out of what they show.
    let low = cells
        .iter()
        .map(|cell| cell.1)
        .fold(f64::INFINITY, f64::min);
    let high = cells
        .iter()
        .map(|cell| cell.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let value = value.clamp(low, high);
    let squares = cells.iter().map(|&(time, y)| {
        let residual = y - value - slope * (time - x);
        weight(time) * residual * residual
    });
    (value, (squares.sum::<f64>() / w).sqrt())
}

/// Means over `width` neighbors in the order given, fewer at the ends.
pub fn running_means(values: &[f64], width: usize) -> Vec<f64> {
    let (before, after) = (width.saturating_sub(1) / 2, width / 2);
    let mut sums = vec![0.0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    (0..values.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(before), (i + after + 1).min(values.len()));
            (sums[to] - sums[from]) / (to - from) as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_own_trend() {
        let times: Vec<f64> = (0..200).map(|i| f64::from(i) / 199.0).collect();
        let values: Vec<f64> = times.iter().map(|t| 3.0 * t + 1.0).collect();
        let found = trend(&times, &values, 50, 0.3);
        assert_eq!(found.at.len(), 50);
        for (at, value) in found.at.iter().zip(&found.value) {
            assert!((value - 3.0 * at - 1.0).abs() < 1e-9);
        }
        assert!(found.deviation.iter().all(|d| d.abs() < 1e-6));
    }

    #[test]
    fn noise_is_smoothed_and_the_order_does_not_matter() {
        let mut cells: Vec<(f64, f64)> =
            (0..500).map(|i| (f64::from(i), f64::from(i % 2))).collect();
        cells.reverse();
        let (times, values): (Vec<f64>, Vec<f64>) = cells.into_iter().unzip();
        let found = trend(&times, &values, 20, 0.3);
        assert!(
            found.value.iter().all(|v| (v - 0.5).abs() < 0.02),
            "{found:?}"
        );
        assert!(found.deviation.iter().all(|d| (d - 0.5).abs() < 0.02));
    }

    #[test]
    fn without_cells_there_is_no_course() {
        assert_eq!(trend(&[], &[], 10, 0.3), Trend::default());
        assert_eq!(trend(&[1.0; 19], &[1.0; 19], 10, 0.3), Trend::default());
        // Two heaps with nothing between them: no overshooting.
        let times: Vec<f64> = (0..40)
            .map(|i| f64::from(i % 20) * 1e-3 + f64::from(i / 20))
            .collect();
        let values: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        let found = trend(&times, &values, 50, 0.2);
        assert!(found.value.iter().all(|v| (0.0..=1.0).contains(v)));
        let infinite = [f64::INFINITY; 20];
        assert_eq!(trend(&infinite, &[1.0; 20], 10, 0.3), Trend::default());
    }

    #[test]
    fn running_means_shrink_at_the_ends() {
        assert_eq!(
            running_means(&[1.0, 2.0, 3.0, 10.0], 3),
            [1.5, 2.0, 5.0, 6.5]
        );
        assert_eq!(running_means(&[1.0, 2.0], 1), [1.0, 2.0]);
        assert!(running_means(&[], 3).is_empty());
    }
}
