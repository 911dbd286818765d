//! From counts to scores: observed and simulated cells among the components of the observed
//! ones, and who is near whom.

use super::{AT_ONCE, DoubletScore, ScrubletParams, n_neighbors, parents, score, simulate};
use crate::kernels::graph::knn;
use crate::kernels::methods::downsample::thin;
use crate::kernels::methods::hvg::dispersion::{self, DispersionParams};
use crate::kernels::methods::log1p::log1p;
use crate::kernels::methods::normalize::divide;
use crate::kernels::methods::pca::{
    self, GRAM_GENES, Gram, Pca, Standardize, Wanted, project, staged,
};
use crate::kernels::stats::sums::{GeneSums, GroupSums, Of};
use crate::kernels::ticker::{Stopped, Ticker};
use crate::kernels::{Rows, RowsView};
use ndarray::{Array2, Axis, concatenate};
use rayon::prelude::*;

/// Counts of a cell after scaling.
const TOTAL: f64 = 1e6;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{cells} cells × {genes} variable genes are too few to detect doublets")]
    TooSmall { cells: usize, genes: usize },
    #[error("the counts contain NaN or infinity")]
    NotFinite,
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What is found of some cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Doublets {
    /// Which cells each simulated doublet is made of, by row.
    pub parents: Vec<(u32, u32)>,
    pub observed: Vec<DoubletScore>,
    pub simulated: Vec<DoubletScore>,
    /// Neighbors of a cell among observed ones, before simulated ones are counted in.
    pub n_neighbors: usize,
}

/// Genes that vary, of those with `seen[gene]`: `normalized` are moments of counts scaled to a
/// common total. Ascending.
pub fn variable_genes(seen: &[bool], normalized: &GeneSums) -> Vec<u32> {
    let genes: Vec<u32> = (0..)
        .zip(seen)
        .filter(|(_, seen)| **seen)
        .map(|(gene, _)| gene)
        .collect();
    let pick = |values: &[f64]| genes.iter().map(|&gene| values[gene as usize]).collect();
    let sums = GeneSums {
        n_cells: normalized.n_cells,
        sum: pick(&normalized.sum),
        squares: pick(&normalized.squares),
        deviations: pick(&normalized.deviations),
        n_nonzero: genes
            .iter()
            .map(|&gene| normalized.n_nonzero[gene as usize])
            .collect(),
    };
    let found = dispersion::select(&sums, &DispersionParams::default());
    let chosen = genes.iter().zip(found.highly_variable);
    chosen.filter(|(_, v)| *v).map(|(gene, _)| *gene).collect()
}

/// Doublet scores of cells by the `counts` of their variable genes, cells × genes; `factors` divide
/// the counts of each cell. Logarithms are scanpy's: of divided counts of the cells, and of the
/// plain sums of the simulated doublets.
pub fn doublets(
    counts: RowsView<'_>,
    factors: &[f64],
    params: &ScrubletParams,
    ticker: &Ticker,
) -> Result<Doublets, Error> {
    let n_observed = counts.rows();
    let (cells, genes) = (n_observed, counts.cols());
    if pca::most_components(cells, genes) == 0 {
        return Err(Error::TooSmall { cells, genes });
    }
    let parents = parents(n_observed, params);
    let mut simulated = simulate(counts, &parents, ticker)?;
    if params.umi_subsampling < 1.0 {
        let cells: Vec<u32> = (0..simulated.rows() as u32).collect();
        let seed = u64::from(params.seed);
        thin(&mut simulated, &cells, params.umi_subsampling, seed);
    }
    let mut observed = counts.to_owned();
    if params.log_transform {
        let cells: Vec<u32> = (0..n_observed as u32).collect();
        divide(&mut observed, &cells, factors);
    }
    let observed = prepared(observed, params, ticker)?;
    let simulated = prepared(simulated, params, ticker)?;
    let found = components(&observed, params, ticker)?;
    let coordinates = concatenate![
        Axis(0),
        projected(&found, &observed, ticker)?,
        projected(&found, &simulated, ticker)?
    ];
    let k = n_neighbors(n_observed, parents.len(), params);
    let near = neighbors(&coordinates, k, params, ticker)?;
    let ratio = parents.len() as f64 / n_observed as f64;
    let n_points = coordinates.nrows();
    let scored = |cell: usize| {
        let others = near.row(cell);
        let simulated = others.iter().filter(|&&c| c as usize >= n_observed).count();
        // The cell takes one of the places, and counts as neither.
        score(simulated, others.len() + 1, ratio, params)
    };
    Ok(Doublets {
        observed: (0..n_observed).map(scored).collect(),
        simulated: (n_observed..n_points).map(scored).collect(),
        parents,
        n_neighbors: n_neighbors(n_observed, 0, params),
    })
}

/// Each cell scaled to the same total.
fn prepared(mut rows: Rows, params: &ScrubletParams, ticker: &Ticker) -> Result<Rows, Stopped> {
    let starts = rows.proper_indptr().into_owned();
    let values = rows.data_mut();
    for (n, ends) in starts.windows(2).enumerate() {
        if n % AT_ONCE == 0 {
            ticker.check()?;
        }
        let row = &mut values[ends[0]..ends[1]];
        if params.log_transform {
            log1p(row, None);
        }
        let total: f64 = row.iter().copied().map(f64::from).sum();
        if total > 0.0 {
            row.iter_mut()
                .for_each(|x| *x = (f64::from(*x) / total * TOTAL) as f32);
        }
    }
    Ok(rows)
}

/// The components of the observed cells.
fn components(rows: &Rows, params: &ScrubletParams, ticker: &Ticker) -> Result<Pca, Error> {
    let cells: Vec<u32> = (0..rows.rows() as u32).collect();
    let standardize = if params.normalize_variance {
        let mut sums = GroupSums::all_cells(rows.cols(), Of::Value);
        for from in (0..rows.rows()).step_by(AT_ONCE) {
            ticker.check()?;
            let to = (from + AT_ONCE).min(rows.rows());
            sums.add(rows.slice_outer(from..to), &cells[from..to]);
        }
        let all = sums.all();
        let sd = all.variances().into_iter().map(f64::sqrt).collect();
        let mean = if params.mean_center {
            all.means()
        } else {
            vec![0.0; rows.cols()]
        };
        Some(Standardize::new(mean, sd, None))
    } else {
        None
    };
    let wanted = Wanted {
        n_components: params.n_components,
        center: params.mean_center,
    };
    let found = if rows.cols() <= GRAM_GENES {
        let mut gram = Gram::new(rows.cols(), standardize);
        gram.watch(ticker);
        for from in (0..rows.rows()).step_by(AT_ONCE) {
            ticker.check()?;
            let to = (from + AT_ONCE).min(rows.rows());
            gram.add(rows.slice_outer(from..to), &cells[from..to]);
        }
        pca::components(gram, wanted, ticker)
    } else {
        let blocks: Vec<Rows> = (0..rows.rows())
            .step_by(AT_ONCE)
            .map(|from| {
                let to = (from + AT_ONCE).min(rows.rows());
                rows.slice_outer(from..to).to_owned()
            })
            .collect();
        staged::components(&blocks, standardize, wanted, ticker)
    };
    found.map_err(|error| match error {
        pca::Error::TooSmall { cells, genes } => Error::TooSmall { cells, genes },
        pca::Error::NotFinite => Error::NotFinite,
        pca::Error::Stopped(stopped) => Error::Stopped(stopped),
    })
}

/// Cells × components.
fn projected(found: &Pca, rows: &Rows, ticker: &Ticker) -> Result<Array2<f32>, Error> {
    let starts: Vec<usize> = (0..rows.rows()).step_by(AT_ONCE).collect();
    let parts: Vec<Array2<f32>> = starts
        .into_par_iter()
        .map(|from| {
            ticker.check()?;
            let to = (from + AT_ONCE).min(rows.rows());
            Ok(project(found, rows.slice_outer(from..to)))
        })
        .collect::<Result<_, Stopped>>()?;
    let mut all = Array2::zeros((rows.rows(), found.components.ncols()));
    for (part, from) in parts.iter().zip((0..).step_by(AT_ONCE)) {
        all.slice_mut(ndarray::s![from..from + part.nrows(), ..])
            .assign(part);
    }
    Ok(all)
}

/// Of each point the `k` − 1 nearest others.
fn neighbors(
    coordinates: &Array2<f32>,
    k: usize,
    params: &ScrubletParams,
    ticker: &Ticker,
) -> Result<Array2<u32>, Error> {
    let wanted = knn::Params {
        n_neighbors: knn::possible_neighbors(k.max(2), coordinates.nrows()),
        metric: params.metric,
        ..knn::Params::default()
    };
    match knn::neighbors(coordinates.view(), &wanted, ticker) {
        Ok(found) => Ok(found.indices),
        Err(knn::Error::Stopped(stopped)) => Err(stopped.into()),
        Err(_) => Err(Error::NotFinite),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::random::generators::Stream;

    /// Two types of cells, each with genes of its own; the last ten cells are one of each.
    fn cells() -> Rows {
        let mut stream = Stream::new(1, 1);
        let mut draw = |mean: f64| ((mean + mean.sqrt() * stream.normal()).round()).max(0.0);
        let (mut indptr, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
        for cell in 0..210 {
            for gene in 0..40u32 {
                let of_a = gene < 20;
                let mean = match cell {
                    200.. => 20.0,
                    cell if (cell % 2 == 0) == of_a => 20.0,
                    _ => 1.0,
                };
                let x = draw(mean);
                if x > 0.0 {
                    genes.push(gene);
                    values.push(x as f32);
                }
            }
            indptr.push(genes.len());
        }
        Rows::new((210, 40), indptr, genes, values)
    }

    #[test]
    fn doublets_of_two_types_have_the_highest_scores() {
        let found = doublets(
            cells().view(),
            &[1.0; 210],
            &Default::default(),
            &Ticker::new(),
        )
        .unwrap();
        assert_eq!((found.observed.len(), found.simulated.len()), (210, 420));
        let score = |cell: &DoubletScore| cell.score;
        let mean =
            |cells: &[DoubletScore]| cells.iter().map(score).sum::<f64>() / cells.len() as f64;
        let (single, double) = (mean(&found.observed[..200]), mean(&found.observed[200..]));
        assert!(double > 2.0 * single, "{double} {single}");
    }

    #[test]
    fn what_is_too_small_says_so() {
        let one = Rows::new((1, 2), vec![0, 2], vec![0, 1], vec![1.0, 2.0]);
        let found = doublets(one.view(), &[1.0], &Default::default(), &Ticker::new());
        assert_eq!(found, Err(Error::TooSmall { cells: 1, genes: 2 }));
        let stopping = Ticker::stopping_at(1);
        let stopped = doublets(cells().view(), &[1.0; 210], &Default::default(), &stopping);
        assert_eq!(stopped, Err(Error::Stopped(Stopped)));
    }

    #[test]
    fn unseen_genes_are_not_chosen() {
        let rows = cells();
        let places: Vec<u32> = (0..210).collect();
        let mut sums = GroupSums::all_cells(40, Of::Value);
        sums.add(rows.view(), &places);
        let mut seen = vec![true; 40];
        let all = variable_genes(&seen, &sums.all());
        seen[all[0] as usize] = false;
        assert!(!variable_genes(&seen, &sums.all()).contains(&all[0]));
    }
}
