//! Scaling to unit variance, with an optional bound, as a map of the non-zero values alone.

use crate::kernels::transfer::{Packing, Sent, Torn, Unpacking};

/// z = (x − mean) / sd for each gene, cut off at ±`max_value`, as scanpy's `pp.scale`.
///
/// The value of a zero is the same in all cells, so a scaled matrix is a sparse one plus a
/// constant row, and its covariance is that of the sparse one.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardize {
    mean: Vec<f64>,
    sd: Vec<f64>,
    max_value: f64,
}

impl Standardize {
    /// `mean` and `sd` (n − 1) of each gene used; an `sd` of 0 counts as 1.
    pub fn new(mean: Vec<f64>, sd: Vec<f64>, max_value: Option<f64>) -> Self {
        let sd = sd
            .into_iter()
            .map(|sd| if sd == 0.0 { 1.0 } else { sd })
            .collect();
        Standardize {
            mean,
            sd,
            max_value: max_value.unwrap_or(f64::INFINITY),
        }
    }

    /// The scaled value of a zero of gene `j`.
    pub fn of_zero(&self, j: usize) -> f64 {
        self.scaled(j, 0.0)
    }

    fn scaled(&self, j: usize, x: f64) -> f64 {
        ((x - self.mean[j]) / self.sd[j]).clamp(-self.max_value, self.max_value)
    }

    /// How far the scaled value of `x` lies from that of a zero.
    pub fn shifted(&self, j: usize, x: f32) -> f32 {
        (self.scaled(j, f64::from(x)) - self.of_zero(j)) as f32
    }
}

impl Sent for Standardize {
    fn pack(&self, to: &mut Packing) {
        to.list(&self.mean);
        to.list(&self.sd);
        to.number(self.max_value);
    }

    fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
        Ok(Standardize {
            mean: from.list()?,
            sd: from.list()?,
            max_value: from.number()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_on_both_sides() {
        let scale = Standardize::new(vec![2.0, 5.0], vec![0.5, 0.0], Some(3.0));
        assert_eq!(scale.of_zero(0), -3.0);
        assert_eq!(scale.shifted(0, 2.5), 4.0);
        assert_eq!(scale.shifted(0, 99.0), 6.0);
        assert_eq!(scale.shifted(0, 0.0), 0.0);
        assert_eq!((scale.of_zero(1), scale.shifted(1, 6.0)), (-3.0, 4.0));
    }
}
