//! Which hashtag a cell carries, if it carries one: HashSolo (Bernstein et al., Cell Syst. 11, 95
//! (2020)), with the numbers of scanpy's `sc.external.pp.hashsolo`.
//!
//! Counts are taken as log-normal. For each tag there is a distribution of signal, from the cells
//! that have most of it, and one of noise, from those that have least of it; both are updated from
//! those of all tags together. The two highest counts of a cell are then most likely both noise, one
//! signal, or both.

use crate::math;
use ndarray::ArrayView2;

/// Bounds the logarithm of a density from below.
const LEAST_DENSITY: f64 = 1e-15;

/// Prior probabilities.
#[derive(Debug, Clone)]
pub struct HashsoloParams {
    /// Probability of a negative cell, a singlet and a doublet.
    pub priors: [f64; 3],
    /// The lowest tags of each cell, which are noise; two less than there are, if `None`.
    pub noise_tags: Option<usize>,
}

/// What a cell is, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// Of no tag, one, or two.
    pub probabilities: [f64; 3],
    /// The tag with the highest count; the first of several.
    pub tag: usize,
}

impl Call {
    /// 0 for a negative cell, 1 for a singlet, 2 for a doublet.
    pub fn most_likely(&self) -> usize {
        let p = &self.probabilities;
        (1..3).fold(0, |best, next| if p[next] > p[best] { next } else { best })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{tags} hashtags leave none for noise")]
    TooFewTags { tags: usize },
    #[error("{noise} of {tags} hashtags cannot be noise: one at least is signal")]
    NoSignal { noise: usize, tags: usize },
    #[error("the counts of the {0} do not vary")]
    Constant(&'static str),
}

#[derive(Debug, Clone, Copy)]
struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    /// The logarithm of the density, bounded from below.
    fn log_density(self, x: f64) -> f64 {
        let z = (x - self.mean) / self.sd;
        let density = math::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt() / self.sd;
        math::ln(density + LEAST_DENSITY)
    }

    /// Mean and standard deviation, with n.
    fn of(values: &[f64]) -> Normal {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        Normal {
            mean,
            sd: variance.sqrt(),
        }
    }

    /// This one, updated by values; one value, or equal ones, say nothing of the spread.
    fn updated(self, values: &[f64]) -> Normal {
        let n = values.len() as f64;
        let own = 1.0 / (self.sd * self.sd);
        let seen = Normal::of(values);
        let precision = match values.len() {
            2.. if seen.sd > 0.0 => 1.0 / (seen.sd * seen.sd),
            _ => own,
        };
        let all = own + n * precision;
        let mean = match values.len() {
            0 => self.mean,
            _ => (seen.mean * n * precision + self.mean * own) / all,
        };
        let sd = (1.0 / (all / (n + 1.0))).sqrt();
        Normal { mean, sd }
    }
}

/// What each cell is, from its counts of each tag (cells × tags).
///
/// # Errors
/// There are too few tags, or nothing varies among the counts that are noise or signal.
pub fn hashsolo(counts: ArrayView2<f64>, params: &HashsoloParams) -> Result<Vec<Call>, Error> {
    let tags = counts.ncols();
    let noise = params.noise_tags.unwrap_or(tags.saturating_sub(2));
    if noise == 0 || tags < 2 {
        return Err(Error::TooFewTags { tags });
    }
    if noise >= tags {
        return Err(Error::NoSignal { noise, tags });
    }
    let logs = counts.mapv(|x| math::ln(x + 1.0));
    // Tags of each cell by their counts; of equal ones the first comes first, where numpy's order
    // depends on the processor.
    let orders: Vec<Vec<usize>> = logs
        .rows()
        .into_iter()
        .map(|row| {
            let mut order: Vec<usize> = (0..tags).collect();
            order.sort_by(|&a, &b| row[a].total_cmp(&row[b]));
            order
        })
        .collect();
    let [signals, noises] = distributions(logs.view(), &orders, noise)?;
    let call = |(cell, order): (usize, &Vec<usize>)| {
        let (first, second) = (order[tags - 1], order[tags - 2]);
        let (high, low) = (logs[[cell, first]], logs[[cell, second]]);
        let low_is_noise = noises[second].log_density(low);
        let high_is_signal = signals[first].log_density(high);
        let logs = [
            low_is_noise + noises[second].log_density(high),
            low_is_noise + high_is_signal,
            signals[second].log_density(low) + high_is_signal,
        ];
        let mut probabilities = [0.0; 3];
        for (i, probability) in probabilities.iter_mut().enumerate() {
            *probability = math::exp(logs[i]) * params.priors[i];
        }
        let all: f64 = probabilities.iter().sum();
        let row = counts.row(cell);
        Call {
            probabilities: probabilities.map(|it| it / all),
            tag: (1..tags).fold(
                0,
                |best, next| if row[next] > row[best] { next } else { best },
            ),
        }
    };
    Ok(orders.iter().enumerate().map(call).collect())
}

/// Of each tag the distributions of signal and of noise.
fn distributions(
    logs: ArrayView2<f64>,
    orders: &[Vec<usize>],
    noise: usize,
) -> Result<[Vec<Normal>; 2], Error> {
    let tags = logs.ncols();
    let mut signal = vec![Vec::new(); tags];
    let mut rest = vec![Vec::new(); tags];
    let (mut all_signal, mut all_noise) = (Vec::new(), Vec::new());
    for (row, order) in logs.rows().into_iter().zip(orders) {
        let most = order[tags - 1];
        signal[most].push(row[most]);
        all_signal.push(row[most]);
        for &tag in &order[..noise] {
            rest[tag].push(row[tag]);
            all_noise.push(row[tag]);
        }
    }
    let of_all = |values: &[f64], what: &'static str| {
        let normal = Normal::of(values);
        if normal.sd > 0.0 {
            Ok(normal)
        } else {
            Err(Error::Constant(what))
        }
    };
    let of_signal = of_all(&all_signal, "highest hashtags")?;
    let of_noise = of_all(&all_noise, "lowest hashtags")?;
    Ok([
        signal
            .iter()
            .map(|values| of_signal.updated(values))
            .collect(),
        rest.iter().map(|values| of_noise.updated(values)).collect(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    const PARAMS: HashsoloParams = HashsoloParams {
        priors: [0.01, 0.8, 0.19],
        noise_tags: None,
    };

    /// Cells with one tag each, then one with two, then one with none.
    fn counts() -> Array2<f64> {
        let mut counts = Array2::from_shape_fn((32, 4), |(cell, tag)| {
            let noise = ((cell * 7 + tag * 5) % 6) as f64;
            let signal = if cell < 30 && cell % 4 == tag {
                900.0 + 13.0 * cell as f64
            } else {
                0.0
            };
            noise + signal
        });
        counts[[30, 1]] = 1000.0;
        counts[[30, 2]] = 1100.0;
        counts
    }

    #[test]
    fn singlets_doublets_and_negatives_are_told_apart() {
        let calls = hashsolo(counts().view(), &PARAMS).unwrap();
        for (cell, call) in calls[..30].iter().enumerate() {
            assert_eq!(
                (call.most_likely(), call.tag),
                (1, cell % 4),
                "{cell}: {call:?}"
            );
        }
        assert_eq!(calls[30].most_likely(), 2);
        assert_eq!(calls[31].most_likely(), 0);
        for call in &calls {
            let sum: f64 = call.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_is_estimated_from_nothing() {
        let two = Array2::from_shape_fn((6, 2), |(cell, tag)| (cell * tag) as f64);
        let found = hashsolo(two.view(), &PARAMS);
        assert_eq!(found, Err(Error::TooFewTags { tags: 2 }));
        let one = HashsoloParams {
            noise_tags: Some(1),
            ..PARAMS
        };
        assert!(hashsolo(two.view(), &one).is_err());
        let all = HashsoloParams {
            noise_tags: Some(4),
            ..PARAMS
        };
        let found = hashsolo(counts().view(), &all);
        assert_eq!(found, Err(Error::NoSignal { noise: 4, tags: 4 }));
        let same = Array2::from_elem((5, 4), 3.0);
        let found = hashsolo(same.view(), &PARAMS);
        assert_eq!(found, Err(Error::Constant("highest hashtags")));
    }
}
