//! Draws some of the counted molecules, so that cells (or the whole matrix) have no more than a
//! target. Each cell has its own stream of random numbers.

use crate::kernels::Rows;
use crate::kernels::random::generators::Stream;
use crate::math;

/// Larger counts are not gone through molecule by molecule: how many are taken is drawn at once.
const ONE_BY_ONE: u64 = 1 << 16;
/// Above this, f64 has not every whole number.
const LARGEST: f32 = (1u64 << 53) as f32;
/// Of more molecules, the share that is kept is the rate to six digits.
const CERTAIN: u64 = 1 << 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DownsampleParams {
    /// Draw molecules with replacement.
    pub replace: bool,
    pub seed: u64,
}

/// Brings each row down to the target of its cell, in place; rows below it stay as they are.
/// Counts must be whole numbers (a fraction is cut off). `cells[i]` is the position of row `i`
/// among all cells, and `target` is asked by that position.
pub fn downsample(
    rows: &mut Rows,
    cells: &[u32],
    target: impl Fn(u32) -> u64,
    params: &DownsampleParams,
) {
    let starts = rows.proper_indptr().into_owned();
    let values = rows.data_mut();
    for (i, &cell) in cells.iter().enumerate() {
        let counts = &mut values[starts[i]..starts[i + 1]];
        let total = counts
            .iter()
            .fold(0u64, |total, &x| total.saturating_add(molecules(x)));
        let target = target(cell);
        if total <= target {
            continue;
        }
        let mut stream = Stream::new(params.seed, u64::from(cell));
        if params.replace {
            draw_with_replacement(counts, target, &mut stream);
        } else {
            draw(counts, total, target, &mut stream);
        }
    }
}

/// The molecules of a count.
fn molecules(count: f32) -> u64 {
    count.min(LARGEST) as u64
}

/// Goes over all molecules and takes each with the probability that leaves all subsets equally
/// likely (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
fn draw(counts: &mut [f32], total: u64, target: u64, stream: &mut Stream) {
    let (mut left, mut needed) = (total, target);
    for x in counts {
        let count = molecules(*x);
        let mut taken = 0;
        if count > ONE_BY_ONE {
            taken = hypergeometric(count, left - count, needed, stream);
            (left, needed) = (left - count, needed - taken);
        } else {
            for _ in 0..count {
                if stream.below(left) < needed {
                    taken += 1;
                    needed -= 1;
                }
                left -= 1;
            }
        }
        *x = taken as f32;
    }
}

fn draw_with_replacement(counts: &mut [f32], target: u64, stream: &mut Stream) {
    let mut ends = Vec::with_capacity(counts.len());
    let mut total = 0;
    for x in counts.iter_mut() {
        total += molecules(*x);
        ends.push(total);
    }
    let mut drawn = vec![0u64; counts.len()];
    for _ in 0..target {
        let molecule = stream.below(total);
        drawn[ends.partition_point(|&end| end <= molecule)] += 1;
    }
    let pairs = counts.iter_mut().zip(drawn);
    pairs.for_each(|(count, drawn)| *count = drawn as f32);
}

/// How many molecules each cell keeps when `target` are drawn from the whole matrix; `totals`
/// are whole numbers by cell. The sum is `target`, or all if there are fewer.
pub fn targets_of_total(totals: &[u64], target: u64, params: &DownsampleParams) -> Vec<u64> {
    let whole = |sum: u64, &total: &u64| sum.saturating_add(total);
    let mut left = totals.iter().fold(0, whole);
    let mut needed = target.min(left);
    let share = |(cell, &total): (usize, &u64)| {
        let mut stream = Stream::new(params.seed, cell as u64 | 1 << 63);
        left = left.saturating_sub(total);
        let taken = hypergeometric(total, left, needed, &mut stream);
        needed -= taken;
        taken
    };
    totals.iter().enumerate().map(share).collect()
}

/// Keeps each counted molecule with probability `rate`, in place.
pub fn thin(rows: &mut Rows, cells: &[u32], rate: f64, seed: u64) {
    let starts = rows.proper_indptr().into_owned();
    let values = rows.data_mut();
    for (i, &cell) in cells.iter().enumerate() {
        let mut stream = Stream::new(seed, u64::from(cell));
        for x in &mut values[starts[i]..starts[i + 1]] {
            let count = molecules(*x);
            *x = if count > ONE_BY_ONE {
                binomial(count, rate, &mut stream) as f32
            } else {
                (0..count).filter(|_| stream.uniform() < rate).count() as f32
            };
        }
    }
}

/// How many of `n` draws without replacement from `good` + `bad` are good: inversion of the
/// distribution, starting at its mode and going outward on both sides.
fn hypergeometric(good: u64, bad: u64, n: u64, stream: &mut Stream) -> u64 {
    let (least, most) = (n.saturating_sub(bad), n.min(good));
    let (g, b, d) = (good as f64, bad as f64, n as f64);
    let mode = ((d + 1.0) * (g + 1.0) / (g + b + 2.0)).floor() as u64;
    let mode = mode.clamp(least, most);
    let at_mode =
        math::exp(ln_choose(g, mode as f64) + ln_choose(b, d - mode as f64) - ln_choose(g + b, d));
    // The ratio of the probability of k + 1 to that of k.
    let ratio = |k: f64| (g - k) * (d - k) / ((k + 1.0) * (b - d + k + 1.0));
    inverted((least, mode, most), at_mode, ratio, stream)
}

/// How many of `n` molecules are kept, each with probability `rate`: inversion, too.
fn binomial(n: u64, rate: f64, stream: &mut Stream) -> u64 {
    let trials = n as f64;
    if n > CERTAIN || rate <= 0.0 || rate >= 1.0 {
        return (trials * rate.clamp(0.0, 1.0)).round() as u64;
    }
    let mode = (((trials + 1.0) * rate).floor() as u64).min(n);
    let k = mode as f64;
    let odds = rate / (1.0 - rate);
    let at_mode = ln_choose(trials, k) + k * math::ln(rate) + (trials - k) * math::ln(1.0 - rate);
    let ratio = |k: f64| (trials - k) / (k + 1.0) * odds;
    inverted((0, mode, n), math::exp(at_mode), ratio, stream)
}

/// A draw of the distribution with this mode and bounds; `ratio(k)` is the probability of k + 1 over
/// that of k.
fn inverted(
    (least, mode, most): (u64, u64, u64),
    at_mode: f64,
    ratio: impl Fn(f64) -> f64,
    stream: &mut Stream,
) -> u64 {
    let mut rest = stream.uniform() - at_mode;
    let (mut low, mut high) = ((mode, at_mode), (mode, at_mode));
    while rest >= 0.0 {
        if high.0 < most {
            high = (high.0 + 1, high.1 * ratio(high.0 as f64));
            rest -= high.1;
            if rest < 0.0 {
                return high.0;
            }
        }
        if low.0 > least {
            low = (low.0 - 1, low.1 / ratio(low.0 as f64 - 1.0));
            rest -= low.1;
            if rest < 0.0 {
                return low.0;
            }
        }
        // All counts are placed, or what is left is rounding.
        if (low.0 == least && high.0 == most) || low.1.max(high.1) < 1e-18 {
            break;
        }
    }
    mode
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Stirling's series; small factorials directly.
fn ln_factorial(n: f64) -> f64 {
    if n < 16.0 {
        return (2..=n as u64).map(|k| math::ln(k as f64)).sum();
    }
    let inverse = 1.0 / n;
    let square = inverse * inverse;
    let series =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (n + 0.5) * math::ln(n) - n + 0.5 * math::ln(std::f64::consts::TAU) + series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let counts = vec![50.0, 30.0, 20.0, 3.0, 0.0];
        Rows::new((2, 3), vec![0, 3, 5], vec![0, 1, 2, 0, 2], counts)
    }

    fn downsampled(replace: bool) -> Vec<f32> {
        let mut rows = rows();
        let params = DownsampleParams { replace, seed: 3 };
        downsample(&mut rows, &[0, 1], |_| 40, &params);
        rows.data().to_vec()
    }

    #[test]
    fn cells_above_the_target_are_brought_down_to_it() {
        for replace in [false, true] {
            let counts = downsampled(replace);
            assert_eq!(counts[..3].iter().sum::<f32>(), 40.0);
            assert_eq!(counts[3..], [3.0, 0.0]);
        }
        let counts = downsampled(false);
        assert!(
            counts
                .iter()
                .zip(rows().data())
                .all(|(drawn, all)| drawn <= all)
        );
        assert_eq!(counts, downsampled(false));
    }

    #[test]
    fn a_cell_does_not_depend_on_its_block() {
        let mut second = rows().slice_outer(1..2).to_owned();
        let mut both = rows();
        downsample(&mut both, &[0, 1], |_| 1, &Default::default());
        downsample(&mut second, &[1], |_| 1, &Default::default());
        assert_eq!(both.data()[3..], *second.data());
    }

    #[test]
    fn thinning_keeps_a_part() {
        let mut rows = Rows::new((1, 1), vec![0, 1], vec![0], vec![10_000.0]);
        thin(&mut rows, &[4], 0.3, 1);
        assert!((rows.data()[0] - 3000.0).abs() < 200.0, "{:?}", rows.data());
        thin(&mut rows, &[4], 0.0, 1);
        assert_eq!(rows.data(), [0.0]);
    }

    #[test]
    fn large_counts_take_no_longer() {
        let counts = vec![3e38, 1e9, 3e9, 7.0];
        let starts = vec![0, 1, 4];
        let rows = || Rows::new((2, 3), starts.clone(), vec![0, 0, 1, 2], counts.clone());
        let mut drawn = rows();
        downsample(&mut drawn, &[0, 1], |_| 1000, &Default::default());
        let of_second = &drawn.data()[1..];
        assert_eq!((drawn.data()[0], of_second.iter().sum()), (1000.0, 1000.0));
        assert!((of_second[0] - 250.0).abs() < 70.0, "{of_second:?}");
        let mut kept = rows();
        thin(&mut kept, &[0, 1], 0.25, 1);
        let near = |found: f32, expected: f32| (found / expected - 1.0).abs() < 1e-3;
        assert!(near(kept.data()[1], 0.25e9) && near(kept.data()[2], 0.75e9));
        let shares = targets_of_total(&[u64::MAX, 1000], 10, &Default::default());
        assert_eq!(shares, [10, 0]);
    }

    #[test]
    fn large_counts_are_drawn_as_small_ones_are() {
        let stream = |seed| Stream::new(seed, 0);
        let kept: Vec<f64> = (0..400)
            .map(|seed| binomial(100_000, 0.2, &mut stream(seed)) as f64)
            .collect();
        let mean = kept.iter().sum::<f64>() / 400.0;
        let variance = kept.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 399.0;
        // 20,000 on average, with a variance of 16,000.
        assert!((mean - 20_000.0).abs() < 25.0, "{mean}");
        assert!((variance / 16_000.0 - 1.0).abs() < 0.3, "{variance}");
    }

    #[test]
    fn shares_of_a_total() {
        let totals = [1000, 0, 3000, 6000];
        let mut sums = [0u64; 4];
        for seed in 0..200 {
            let params = DownsampleParams {
                replace: false,
                seed,
            };
            let shares = targets_of_total(&totals, 500, &params);
            assert_eq!(shares.iter().sum::<u64>(), 500);
            sums.iter_mut()
                .zip(shares)
                .for_each(|(sum, share)| *sum += share);
        }
        // Expected: 200 · 50 = 10,000, with a standard deviation of 92.
        assert!(sums[0].abs_diff(10_000) < 400 && sums[1] == 0, "{sums:?}");
        assert!(sums[3].abs_diff(60_000) < 800, "{sums:?}");
        assert_eq!(targets_of_total(&[3, 4], 99, &Default::default()), [3, 4]);
    }

    #[test]
    fn hypergeometric_draws_have_the_right_moments() {
        // scipy.stats.hypergeom(100, 30, 20): mean 6, variance 3.3939
        let draws =
            (0..20_000).map(|key| hypergeometric(30, 70, 20, &mut Stream::new(1, key)) as f64);
        let draws: Vec<f64> = draws.collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(
            (mean - 6.0).abs() < 0.05 && (variance - 3.3939).abs() < 0.15,
            "{mean} {variance}"
        );
        let large = hypergeometric(1 << 40, 1 << 40, 1 << 20, &mut Stream::new(0, 0));
        assert!(large.abs_diff(1 << 19) < 4000, "{large}");
    }
}
