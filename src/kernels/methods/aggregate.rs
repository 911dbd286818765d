//! Cells summed up by group (pseudobulk): sum, mean, variance and number of non-zeros come from
//! [`crate::kernels::stats::sums::GroupSums`]; medians need the values of a gene side by side.

use rayon::prelude::*;

use crate::kernels::stats::rank::rank_sum::Panel;
use crate::kernels::stats::sums::GeneSums;
use crate::kernels::ticker::{Stopped, Ticker};

/// Variances with `dof` taken from the number of cells; NaN where nothing is left.
pub fn variances(sums: &GeneSums, dof: u64) -> Vec<f64> {
    let divisor = match sums.n_cells.checked_sub(dof) {
        None | Some(0) => f64::NAN,
        Some(n) => n as f64,
    };
    sums.deviations.iter().map(|d| d / divisor).collect()
}

/// The median of every gene in every group, zeros included: `medians[group][gene]`; NaN for a
/// group without cells. `sizes`: cells per group. Values of no group are left out.
pub fn medians(panel: Panel<'_>, sizes: &[u64], ticker: &Ticker) -> Result<Vec<Vec<f32>>, Stopped> {
    let n_genes = panel.indptr.len().saturating_sub(1);
    let by_gene: Vec<Vec<f32>> = (0..n_genes)
        .into_par_iter()
        .map(|gene| {
            ticker.check()?;
            let mut values = vec![Vec::new(); sizes.len()];
            for entry in panel.indptr[gene]..panel.indptr[gene + 1] {
                if let Some(of_group) = values.get_mut(panel.groups[entry] as usize) {
                    of_group.push(panel.values[entry]);
                }
            }
            Ok(values
                .iter_mut()
                .zip(sizes)
                .map(|(values, &n)| median(values, n))
                .collect())
        })
        .collect::<Result<_, Stopped>>()?;
    let of_group = |group: usize| by_gene.iter().map(|gene| gene[group]).collect();
    Ok((0..sizes.len()).map(of_group).collect())
}

/// The median of `n` values, of which those not stored are zeros.
fn median(stored: &mut [f32], n: u64) -> f32 {
    if n == 0 {
        return f32::NAN;
    }
    stored.sort_unstable_by(f32::total_cmp);
    let n_below = stored.partition_point(|&x| x < 0.0) as u64;
    let n_zeros = n - stored.len() as u64;
    let at = |place: u64| match place {
        _ if place < n_below => stored[place as usize],
        _ if place < n_below + n_zeros => 0.0,
        _ => stored[(place - n_zeros) as usize],
    };
    let (lower, upper) = (at((n - 1) / 2), at(n / 2));
    if lower == upper {
        lower
    } else {
        0.5 * (lower + upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::stats::rank::rank_sum::NO_GROUP;

    #[test]
    fn medians_include_zeros() {
        let panel = Panel {
            indptr: &[0, 5, 7],
            values: &[3.0, -1.0, 5.0, 2.0, 9.0, 1.0, 4.0],
            groups: &[0, 0, 0, 1, NO_GROUP, 1, 1],
        };
        // Group 0 has 4 cells: −1 0 3 5 and zeros; group 1 has 3: 0 0 2 and 0 1 4; group 2 none.
        let medians = medians(panel, &[4, 3, 0], &Ticker::new()).unwrap();
        assert_eq!(medians[0], [1.5, 0.0]);
        assert_eq!(medians[1], [0.0, 1.0]);
        assert!(medians[2][0].is_nan());
    }

    #[test]
    fn variances_lose_degrees_of_freedom() {
        let sums = GeneSums {
            n_cells: 2,
            sum: vec![3.0],
            squares: vec![5.0],
            deviations: vec![0.5],
            n_nonzero: vec![2],
        };
        assert_eq!(variances(&sums, 1), [0.5]);
        assert_eq!(variances(&sums, 0), [0.25]);
        assert!(variances(&sums, 2)[0].is_nan() && variances(&sums, 3)[0].is_nan());
    }

    #[test]
    fn stops_when_asked() {
        let panel = Panel {
            indptr: &[0, 0],
            values: &[],
            groups: &[],
        };
        assert!(medians(panel, &[1], &Ticker::stopping_at(1)).is_err());
    }
}
