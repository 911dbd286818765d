//! Where two sequences stop to rise together: Kendall's rank correlation of both halves.

use crate::kernels::ticker::{Stopped, Ticker};
use rayon::prelude::*;

/// The least length of a half.
pub const LEAST: usize = 5;

/// Elements of one task.
const BLOCK: usize = 64;

/// The position at which Kendall's τ of everything up to it (included) exceeds that of everything
/// after it the most. `None` where one half would be shorter than [`LEAST`].
pub fn split(a: &[f64], b: &[f64], ticker: &Ticker) -> Result<Option<usize>, Stopped> {
    let n = a.len();
    if n < 2 * LEAST + 2 {
        return Ok(None);
    }
    // Of each element: concordant less discordant pairs with those before, and with those after.
    let positions: Vec<usize> = (0..n).collect();
    let blocks: Vec<Vec<(i64, i64)>> = positions
        .par_chunks(BLOCK)
        .map(|some| {
            ticker.check()?;
            let pairs = some.iter().map(|&i| {
                let of = |range: std::ops::Range<usize>| {
                    concordance(&a[range.clone()], &b[range], a[i], b[i])
                };
                (of(0..i), of(i + 1..n))
            });
            Ok(pairs.collect())
        })
        .collect::<Result<_, Stopped>>()?;
    let concordances = blocks.concat();
    let mut before: i64 = concordances[..LEAST].iter().map(|pair| pair.0).sum();
    let mut behind: i64 = concordances[LEAST..].iter().map(|pair| pair.1).sum();
    let tau = |sum: i64, n: usize| sum as f64 / (n * (n - 1) / 2) as f64;
    let mut best = (LEAST, f64::NEG_INFINITY);
    for (i, pair) in concordances
        .iter()
        .enumerate()
        .take(n - LEAST - 1)
        .skip(LEAST)
    {
        before += pair.0;
        behind -= pair.1;
        let difference = tau(before, i + 1) - tau(behind, n - i - 1);
        if difference > best.1 {
            best = (i, difference);
        }
    }
    Ok(Some(best.0))
}

fn concordance(a: &[f64], b: &[f64], x: f64, y: f64) -> i64 {
    let sign = |one: f64, other: f64| i64::from(one > other) - i64::from(one < other);
    let pairs = a.iter().zip(b);
    pairs.map(|(&a, &b)| sign(a, x) * sign(b, y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_is_where_the_sequences_part() {
        // Both fall for 20 steps; then one rises and the other goes on falling.
        let a: Vec<f64> = (0..50).map(|i: i32| f64::from((20 - i).abs())).collect();
        let b: Vec<f64> = (0..50).map(|i| f64::from(60 - i)).collect();
        let found = split(&a, &b, &Ticker::new()).unwrap().unwrap();
        assert!((19..=21).contains(&found), "{found}");
    }

    #[test]
    fn short_sequences_have_none() {
        assert_eq!(split(&[0.0; 11], &[0.0; 11], &Ticker::new()), Ok(None));
        assert!(
            split(&[0.0; 12], &[0.0; 12], &Ticker::new())
                .unwrap()
                .is_some()
        );
        assert_eq!(
            split(&[0.0; 12], &[0.0; 12], &Ticker::stopping_at(1)),
            Err(Stopped)
        );
    }
}
