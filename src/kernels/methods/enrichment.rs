//! Over-representation of a set among chosen genes: the upper tail of the hypergeometric distribution,
//! which is Fisher's exact test with one side.

use crate::kernels::math;

/// Genes of the background, of the set, of those chosen, and of those in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub background: usize,
    pub set: usize,
    pub chosen: usize,
    pub both: usize,
}

/// A term that is smaller than the largest by this factor (natural logarithm) ends the sum.
const NEGLIGIBLE: f64 = 50.0;

impl Counts {
    /// log₁₀ of the probability that so many or more are in both by chance.
    pub fn log10_p(self) -> f64 {
        let most = self.set.min(self.chosen);
        let least = (self.set + self.chosen).saturating_sub(self.background);
        if self.both <= least || most == 0 {
            return 0.0;
        }
        let others = self.background - self.set;
        let mut term = ln_choose(self.set, self.both) + ln_choose(others, self.chosen - self.both)
            - ln_choose(self.background, self.chosen);
        let (mut largest, mut sum) = (term, 1.0);
        for k in self.both..most {
            // The ratio of a term to the one before.
            let up = (self.set - k) as f64 * (self.chosen - k) as f64;
            let down = (k + 1) as f64 * (others + k + 1 - self.chosen) as f64;
            term += math::ln(up / down);
            if term > largest {
                sum = sum * math::exp(largest - term) + 1.0;
                largest = term;
            } else {
                sum += math::exp(term - largest);
            }
            if up < down && largest - term > NEGLIGIBLE {
                break;
            }
        }
        ((largest + math::ln(sum)) / std::f64::consts::LN_10).min(0.0)
    }

    /// How many times more are in both than by chance; NaN where none could be.
    pub fn fold(self) -> f64 {
        let expected = self.set as f64 * self.chosen as f64 / self.background as f64;
        self.both as f64 / expected
    }
}

fn ln_choose(n: usize, k: usize) -> f64 {
    let ln = |x: usize| math::ln_gamma(x as f64 + 1.0);
    ln(n) - ln(k) - ln(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(background: usize, set: usize, chosen: usize, both: usize) -> Counts {
        Counts {
            background,
            set,
            chosen,
            both,
        }
    }

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.hypergeom.sf(both - 1, background, set, chosen)
        for (of, expected) in [
            (counts(13_714, 200, 300, 25), -11.770337904619627),
            (counts(13_714, 200, 300, 2), -0.028857837943524943),
            (counts(2_000, 50, 100, 1), -0.03360603446732727),
            (counts(20_000, 1_500, 2_000, 700), -331.636803742345),
            (counts(100, 60, 70, 45), -0.8763446046594758),
            (counts(20_000, 30, 25, 20), -55.428271329234846),
            (counts(30_000, 5_000, 6_000, 900), -1.837402864687245e-05),
        ] {
            let found = of.log10_p();
            assert!(
                (found - expected).abs() < 1e-9 * (1.0 + expected.abs()),
                "{of:?}: {found}"
            );
        }
    }

    #[test]
    fn by_hand() {
        // Of 4 genes two are chosen: both of the set's two in one of six ways, at least one in five.
        assert!((counts(4, 2, 2, 2).log10_p() - math::log10(1.0 / 6.0)).abs() < 1e-14);
        assert!((counts(4, 2, 2, 1).log10_p() - math::log10(5.0 / 6.0)).abs() < 1e-14);
        assert_eq!(counts(4, 2, 2, 0).log10_p(), 0.0);
        assert_eq!(counts(4, 2, 2, 2).fold(), 2.0);
        assert_eq!(counts(4, 4, 2, 2).log10_p(), 0.0);
        assert!(counts(4, 0, 2, 0).fold().is_nan());
    }
}
