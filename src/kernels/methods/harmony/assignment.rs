//! The arithmetic of soft clusters: one cell's memberships, and sums of rows weighted by them.

use crate::math;

/// Cells whose products are summed in f32 before the sum goes to f64.
const RUN: usize = 128;

/// Memberships below this are lost in the rounding of what they would be added to.
const NEGLIGIBLE: f32 = 1e-8;

/// How a block's cells find their clusters.
pub(super) struct Assignment {
    pub sigma: f32,
    pub components: usize,
    pub clusters: usize,
    /// Components × clusters.
    pub centers: Vec<f32>,
    /// Combinations × clusters, added to the logarithm of the membership.
    pub penalty: Vec<f32>,
}

impl Assignment {
    /// Sets the memberships of some cells and adds them up by combination × cluster. Returns the
    /// cells' part of the objective.
    pub fn run(
        &self,
        membership: &mut [f32],
        directions: &[f32],
        combinations: &[u32],
        sums: &mut [f64],
    ) -> f64 {
        let rows = membership.chunks_exact_mut(self.clusters);
        let rows = rows.zip(directions.chunks_exact(self.components));
        let mut objective = 0.0;
        for ((row, direction), &combination) in rows.zip(combinations) {
            let start = combination as usize * self.clusters;
            objective += self.assign(row, direction, combination as usize);
            let sums = &mut sums[start..start + self.clusters];
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, m)| *sum += f64::from(*m));
        }
        objective
    }

    /// Memberships of a cell: exp(−2(1 − cosine)/sigma + penalty), scaled to the sum 1. Returns its
    /// mean distance from the centers minus sigma × the entropy of its memberships.
    fn assign(&self, membership: &mut [f32], direction: &[f32], combination: usize) -> f64 {
        let clusters = self.clusters;
        let penalty = &self.penalty[combination * clusters..(combination + 1) * clusters];
        let slope = 2.0 / self.sigma;
        for (m, p) in membership.iter_mut().zip(penalty) {
            *m = p - slope;
        }
        for (&x, centers) in direction.iter().zip(self.centers.chunks_exact(clusters)) {
            let x = slope * x;
            for (m, c) in membership.iter_mut().zip(centers) {
                *m += x * c;
            }
        }
        let most = membership
            .iter()
            .fold(f32::MIN, |a, &b| if b > a { b } else { a });
        for m in membership.iter_mut() {
            *m = exp(*m - most);
        }
        let sum = membership.iter().map(|&m| f64::from(m)).sum::<f64>();
        let scale = (1.0 / sum) as f32;
        let mut penalized = 0.0;
        for (m, p) in membership.iter_mut().zip(penalty) {
            *m *= scale;
            penalized += *m * p;
        }
        f64::from(self.sigma) * (f64::from(penalized) - f64::from(most) - math::ln(sum))
    }
}

/// Clusters × width: the sum of `rows`, weighted by the membership in each cluster. Both hold as many
/// rows as there are cells.
pub(super) fn weighted_sums(
    membership: &[f32],
    clusters: usize,
    rows: &[f32],
    width: usize,
) -> Vec<f64> {
    let mut total = vec![0.0f64; clusters * width];
    let mut run = vec![0.0f32; total.len()];
    let runs = membership
        .chunks(RUN * clusters)
        .zip(rows.chunks(RUN * width));
    for (membership, rows) in runs {
        for (weights, row) in membership
            .chunks_exact(clusters)
            .zip(rows.chunks_exact(width))
        {
            for (&weight, sum) in weights.iter().zip(run.chunks_exact_mut(width)) {
                if weight > NEGLIGIBLE {
                    sum.iter_mut().zip(row).for_each(|(s, x)| *s += weight * x);
                }
            }
        }
        for (t, r) in total.iter_mut().zip(&mut run) {
            *t += f64::from(std::mem::take(r));
        }
    }
    total
}

/// e^x for x ≤ 0, to 2e-6: the system's own differs in the last bit between processors.
/// 2^(n + f) with |f| ≤ 1/2: the exponent bits are n, 2^f is its Taylor series.
fn exp(x: f32) -> f32 {
    // Adding and subtracting 1.5·2^23 rounds to the nearest integer, which stays in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let t = x.max(-87.0) * std::f32::consts::LOG2_E;
    let shifted = t + ROUND;
    let f = (t - (shifted - ROUND)) * std::f32::consts::LN_2;
    let series =
        1.0 + f * (1.0 + f * (0.5 + f * (1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0)))));
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    series * f32::from_bits(n.wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential() {
        for i in 0..8000 {
            let x = -0.01 * i as f32;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 1e-5, "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn memberships_sum_to_one_and_follow_the_penalty() {
        let assignment = Assignment {
            sigma: 0.5,
            components: 2,
            clusters: 2,
            centers: vec![1.0, 0.0, 0.0, 1.0],
            penalty: vec![0.0, 0.0, 0.0, 3.0],
        };
        let direction = [std::f32::consts::FRAC_1_SQRT_2; 2];
        let mut m = [0.0; 2];
        let objective = assignment.assign(&mut m, &direction, 0);
        assert!((m[0] - 0.5).abs() < 1e-6 && (m[1] - 0.5).abs() < 1e-6);
        let expected = 2.0 * (1.0 - 0.5f64.sqrt()) + 0.5 * 0.5f64.ln();
        assert!((objective - expected).abs() < 1e-5);
        assignment.assign(&mut m, &direction, 1);
        assert!((m[1] / m[0] - 3f32.exp()).abs() < 1e-3);
    }

    #[test]
    fn sums_of_rows() {
        let sums = weighted_sums(&[0.5, 0.5, 1.0, 0.0], 2, &[2.0, 3.0], 1);
        assert_eq!(sums, [4.0, 1.0]);
    }
}
