//! Robust locally linear regression (Cleveland, J. Am. Stat. Assoc. 74, 829, 1979), with the
//! shortcuts and constants of Cleveland's program, which R's `lowess` keeps: fits are made at points
//! a hundredth of the range apart, and values between them lie on lines.

use crate::kernels::stats::quantile::median;

/// The smooth curve at each point, for a share `span` of the points in each fit; `rounds` of
/// weights take the force from outliers.
pub fn lowess(x: &[f64], y: &[f64], span: f64, rounds: usize) -> Vec<f64> {
    let n = x.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    let xs: Vec<f64> = order.iter().map(|&i| x[i]).collect();
    let ys: Vec<f64> = order.iter().map(|&i| y[i]).collect();
    let mut fitted = ys.clone();
    if n >= 2 {
        let width = ((span * n as f64 + 1e-7) as usize).clamp(2, n);
        let mut weights = vec![1.0; n];
        for round in 0..=rounds {
            fitted = curve(&xs, &ys, width, &weights);
            if round == rounds || !reweigh(&ys, &fitted, &mut weights) {
                break;
            }
        }
    }
    let mut placed = vec![0.0; n];
    for (at, &i) in order.iter().enumerate() {
        placed[i] = fitted[at];
    }
    placed
}

/// Bisquare weights of the residuals; false if there is nothing left to weigh.
fn reweigh(y: &[f64], fitted: &[f64], weights: &mut [f64]) -> bool {
    let residuals: Vec<f64> = y.iter().zip(fitted).map(|(y, f)| (y - f).abs()).collect();
    let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
    let reach = 6.0 * median(residuals.clone()).unwrap_or(0.0);
    if reach < 1e-7 * mean {
        return false;
    }
    for (weight, &r) in weights.iter_mut().zip(&residuals) {
        *weight = match r {
            r if r <= 0.001 * reach => 1.0,
            r if r <= 0.999 * reach => (1.0 - (r / reach).powi(2)).powi(2),
            _ => 0.0,
        };
    }
    true
}

/// One round, for ascending x.
fn curve(x: &[f64], y: &[f64], width: usize, weights: &[f64]) -> Vec<f64> {
    let n = x.len();
    let delta = 0.01 * (x[n - 1] - x[0]);
    let mut fitted = vec![0.0; n];
    let (mut left, mut right) = (0, width - 1);
    let mut last: Option<usize> = None;
    let mut at = 0;
    loop {
        // The nearest points move to the right with the place.
        while right < n - 1 && x[at] - x[left] > x[right + 1] - x[at] {
            left += 1;
            right += 1;
        }
        fitted[at] = local(x, y, weights, x[at], left, right).unwrap_or(y[at]);
        if let Some(last) = last.filter(|&last| last + 1 < at) {
            let step = x[at] - x[last];
            for between in last + 1..at {
                let share = (x[between] - x[last]) / step;
                fitted[between] = share * fitted[at] + (1.0 - share) * fitted[last];
            }
        }
        // Equal points have equal values; the next fit is as far as `delta` goes.
        let mut done = at;
        let reach = x[at] + delta;
        let mut next = at + 1;
        while next < n && x[next] <= reach {
            if x[next] == x[done] {
                fitted[next] = fitted[done];
                done = next;
            }
            next += 1;
        }
        last = Some(done);
        at = (done + 1).max(next - 1);
        if done + 1 >= n {
            return fitted;
        }
    }
}

/// The weighted line through the points from `left` on, at `place`; nothing if none has weight.
fn local(
    x: &[f64],
    y: &[f64],
    weights: &[f64],
    place: f64,
    left: usize,
    right: usize,
) -> Option<f64> {
    let range = x[x.len() - 1] - x[0];
    let reach = (place - x[left]).max(x[right] - place);
    let (near, far) = (0.001 * reach, 0.999 * reach);
    let mut weighted = Vec::new();
    for j in left..x.len() {
        let distance = (x[j] - place).abs();
        if distance > far {
            // Points that tie with the last of the neighborhood may follow it.
            if x[j] > place {
                break;
            }
            continue;
        }
        let tricube = if distance > near {
            (1.0 - (distance / reach).powi(3)).powi(3)
        } else {
            1.0
        };
        weighted.push((j, tricube * weights[j]));
    }
    let total: f64 = weighted.iter().map(|(_, w)| w).sum();
    if total <= 0.0 {
        return None;
    }
    weighted.iter_mut().for_each(|(_, w)| *w /= total);
    if reach > 0.0 {
        let center: f64 = weighted.iter().map(|&(j, w)| w * x[j]).sum();
        let spread: f64 = weighted
            .iter()
            .map(|&(j, w)| w * (x[j] - center).powi(2))
            .sum();
        if spread.sqrt() > 0.001 * range {
            let slope = (place - center) / spread;
            weighted
                .iter_mut()
                .for_each(|(j, w)| *w *= slope * (x[*j] - center) + 1.0);
        }
    }
    Some(weighted.iter().map(|&(j, w)| w * y[j]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_r_has_it() {
        // R: lowess(x, y, f = 0.4, iter = 3)$y
        let x = [1.2, 2.3, 2.9, 3.5, 4.1, 5.7, 6.6, 7.1, 7.15, 8.8, 9.9, 12.4];
        let y = [1.0, 3.0, 2.5, 4.0, 3.1, 9.0, 4.8, 5.2, 5.9, 6.1, 7.0, 6.5];
        let expected = [
            1.118_395_505_451_543_5,
            2.913_343_828_786_917_6,
            2.5,
            2.8,
            3.1,
            9.0,
            4.8,
            4.8,
            4.8,
            6.1,
            6.222_222_222_222_253,
            6.5,
        ];
        let fitted = lowess(&x, &y, 0.4, 3);
        for (a, b) in fitted.iter().zip(expected) {
            assert!((a - b).abs() < 1e-10, "{fitted:?}");
        }
    }

    #[test]
    fn equal_points_and_few() {
        assert_eq!(lowess(&[1.0], &[3.0], 0.4, 3), [3.0]);
        let same = lowess(&[2.0, 2.0, 2.0], &[1.0, 2.0, 6.0], 1.0, 0);
        assert!(same.iter().all(|y| (y - 3.0).abs() < 1e-12), "{same:?}");
    }
}
