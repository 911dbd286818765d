//! The curve 1 / (1 + a·d²ᵇ) that says how likely two points of the plane are neighbors: fitted
//! to one that is 1 up to `min_dist` and falls exponentially beyond (McInnes et al., arXiv
//! 1802.03426, section 4.2).

use crate::math;

/// Points of the fit, evenly over 0 ..= 3 · spread.
const POINTS: usize = 300;

/// More steps than any fit has needed by far.
const STEPS: usize = 500;

/// a and b by least squares (Levenberg & Marquardt) from (1, 1); `None` unless `spread` > 0,
/// `min_dist` ≥ 0 and the fit comes to an end.
pub fn find_ab(min_dist: f64, spread: f64) -> Option<(f64, f64)> {
    if !(spread > 0.0 && spread.is_finite() && min_dist >= 0.0 && min_dist.is_finite()) {
        return None;
    }
    let points: Vec<(f64, f64)> = (0..POINTS)
        .map(|i| 3.0 * spread * i as f64 / (POINTS - 1) as f64)
        .map(|x| (x, math::exp(-(x - min_dist).max(0.0) / spread)))
        .collect();
    let (mut a, mut b, mut damping) = (1.0, 1.0, 1e-3);
    let mut normal = Normal::at(&points, a, b);
    for _ in 0..STEPS {
        let (da, db) = normal.step(damping);
        let next = Normal::at(&points, a + da, b + db);
        // Not-a-number is no gain either.
        if next.loss <= normal.loss {
            (a, b, normal) = (a + da, b + db, next);
            damping *= 0.3;
            if da.abs() <= 1e-12 * a.abs() && db.abs() <= 1e-12 * b.abs() {
                break;
            }
        } else if damping > 1e12 {
            break;
        } else {
            damping *= 4.0;
        }
    }
    (a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite()).then_some((a, b))
}

/// Squared residuals, their gradient and JᵀJ, with respect to (a, b).
struct Normal {
    loss: f64,
    gradient: [f64; 2],
    aa: f64,
    ab: f64,
    bb: f64,
}

impl Normal {
    fn at(points: &[(f64, f64)], a: f64, b: f64) -> Self {
        let mut sums = Normal {
            loss: 0.0,
            gradient: [0.0; 2],
            aa: 0.0,
            ab: 0.0,
            bb: 0.0,
        };
        for &(x, target) in points {
            let power = math::powf(x, 2.0 * b);
            let value = 1.0 / (1.0 + a * power);
            let rest = target - value;
            let by_a = -power * value * value;
            let by_b = if x > 0.0 {
                2.0 * a * math::ln(x) * by_a
            } else {
                0.0
            };
            sums.loss += rest * rest;
            sums.gradient[0] += by_a * rest;
            sums.gradient[1] += by_b * rest;
            sums.aa += by_a * by_a;
            sums.ab += by_a * by_b;
            sums.bb += by_b * by_b;
        }
        sums
    }

    fn step(&self, damping: f64) -> (f64, f64) {
        let (aa, bb) = (self.aa * (1.0 + damping), self.bb * (1.0 + damping));
        let determinant = aa * bb - self.ab * self.ab;
        let [ga, gb] = self.gradient;
        (
            (bb * ga - self.ab * gb) / determinant,
            (aa * gb - self.ab * ga) / determinant,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::find_ab;

    #[test]
    fn scanpys_fits() {
        for (min_dist, a, b) in [
            (0.5, 0.583_030_020_3, 1.334_166_992_5),
            (0.1, 1.576_943_46, 0.895_060_88),
            (0.3, 0.992_175_62, 1.112_253_38),
        ] {
            let (found_a, found_b) = find_ab(min_dist, 1.0).unwrap();
            assert!((found_a - a).abs() < 1e-6 && (found_b - b).abs() < 1e-6);
        }
    }

    #[test]
    fn extremes_end() {
        for (min_dist, spread) in [
            (0.0, 1.0),
            (0.99, 1.0),
            (0.0, 100.0),
            (5.0, 0.01),
            (3.0, 1.0),
        ] {
            let fit = find_ab(min_dist, spread);
            assert!(fit.is_none_or(|(a, b)| a > 0.0 && b > 0.0));
        }
        assert!(find_ab(0.0, 1.0).is_some() && find_ab(0.99, 1.0).is_some());
        for (min_dist, spread) in [(0.5, 0.0), (-1.0, 1.0), (f64::NAN, 1.0)] {
            assert_eq!(find_ab(min_dist, spread), None);
        }
    }
}
