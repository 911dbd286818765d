//! Principal components of log-normalized expression, streamed.
//!
//! Up to about [`GRAM_GENES`] genes the covariance matrix is gathered in one pass ([`Gram`]) and
//! its leading eigenvectors are found exactly; beyond, Lanczos passes over staged blocks
//! ([`staged`]). A second pass projects the cells ([`Projection`]). Centering and scaling are
//! folded into the products: nothing dense is made of sparse data. Conventions (number of
//! components, sign, variance) are scanpy's `pp.pca`.

mod gram;
mod project;
mod standardize;

pub mod staged;

pub use gram::Gram;
pub use project::{Projection, project};
pub use standardize::Standardize;

use crate::kernels::linalg::eigen::{self, Eigenpairs};
use crate::kernels::ticker::{Stopped, Ticker};
use crate::kernels::transfer::{Packing, Sent, Torn, Unpacking};
use ndarray::Array2;

/// Genes up to which the covariance matrix is formed.
pub const GRAM_GENES: usize = 4000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{cells} cells × {genes} genes: components need at least 2 of each")]
    TooSmall { cells: usize, genes: usize },
    #[error("the expression values contain NaN or infinity")]
    NotFinite,
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<eigen::Error> for Error {
    fn from(error: eigen::Error) -> Self {
        match error {
            eigen::Error::NotFinite => Error::NotFinite,
            eigen::Error::Stopped(stopped) => Error::Stopped(stopped),
        }
    }
}

/// The most components there can be: one less than the smaller side.
pub fn most_components(cells: usize, genes: usize) -> usize {
    cells.min(genes).saturating_sub(1)
}

/// Leading principal components of the genes used.
#[derive(Debug, Clone)]
pub struct Pca {
    /// Loadings, genes × components, each column of length 1, its largest entry positive.
    pub components: Array2<f64>,
    /// Variance along each component, descending.
    pub variance: Vec<f64>,
    /// The same as a share of the variance of all genes used.
    pub variance_ratio: Vec<f64>,
    /// Mean of each gene as the components see it (after scaling).
    pub mean: Vec<f64>,
    /// How values are scaled before they are projected.
    pub(crate) standardize: Option<Standardize>,
    /// What is subtracted from each projection of the non-zero values: their mean, projected; of
    /// components that are not centered, what scaled zeros add to it.
    pub(crate) center: Vec<f64>,
}

/// Which components are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// At most [`most_components`] are found.
    pub n_components: usize,
    /// Whether the mean of each gene is taken away. Without, components are the right singular
    /// vectors of the values themselves, in the order of the singular values.
    pub center: bool,
}

impl Wanted {
    pub fn centered(n_components: usize) -> Self {
        Wanted {
            n_components,
            center: true,
        }
    }
}

/// What is known of the genes when the eigenvectors have been found.
struct Moments {
    cells: usize,
    /// Whether the eigenvectors are those of the covariance, not of the second moments.
    center: bool,
    /// Mean of each gene's stored values after [`Standardize::shifted`], zeros included.
    mean: Vec<f64>,
    /// Variances of all genes together.
    total_variance: f64,
    standardize: Option<Standardize>,
}

fn lanczos(n_components: usize) -> eigen::Params {
    // Twelve vectors at once are one tile high: the matrix is read once for all of them.
    eigen::Params {
        block: 12,
        ..eigen::Params::largest(n_components)
    }
}

impl Pca {
    /// Components that were found before: loadings and the means of the same genes. Variances
    /// are not known.
    pub fn stored(components: Array2<f64>, mean: Vec<f64>) -> Self {
        let components = components.as_standard_layout().into_owned();
        Pca {
            center: components.t().dot(&ndarray::aview1(&mean)).to_vec(),
            components,
            variance: Vec::new(),
            variance_ratio: Vec::new(),
            mean,
            standardize: None,
        }
    }

    /// The same of values that are to be scaled first; `mean` is that of scaled values.
    pub fn stored_scaled(
        components: Array2<f64>,
        mean: Vec<f64>,
        standardize: Standardize,
    ) -> Self {
        // What is projected is how far values lie from those of zeros.
        let zeros = of_zeros(Some(&standardize), mean.len());
        let from_zero = mean.iter().zip(zeros).map(|(mean, zero)| mean - zero);
        Pca {
            mean: mean.clone(),
            standardize: Some(standardize),
            ..Pca::stored(components, from_zero.collect())
        }
    }

    fn new(pairs: Eigenpairs, moments: Moments) -> Self {
        let mut components = pairs.vectors;
        components.columns_mut().into_iter().for_each(|mut column| {
            let largest = column.iter().fold(
                0.0,
                |most: f64, &x| if x.abs() > most.abs() { x } else { most },
            );
            if largest < 0.0 {
                column.mapv_inplace(|x| -x);
            }
        });
        let along = |row: &[f64]| components.t().dot(&ndarray::aview1(row)).to_vec();
        let shift = of_zeros(moments.standardize.as_ref(), moments.mean.len());
        let mean: Vec<f64> = moments
            .mean
            .iter()
            .zip(&shift)
            .map(|(m, z)| m + z)
            .collect();
        let (center, variance, total) = if moments.center {
            let variance = pairs.values.iter().map(|x| x.max(0.0)).collect();
            (along(&moments.mean), variance, moments.total_variance)
        } else {
            // The values themselves are projected; their variance, over n, is what scikit-learn's
            // truncated decomposition gives.
            let share = (moments.cells - 1) as f64 / moments.cells as f64;
            let spread = |(value, mean): (&f64, &f64)| (value * share - mean * mean).max(0.0);
            let variance: Vec<f64> = pairs.values.iter().zip(&along(&mean)).map(spread).collect();
            let center = along(&shift).into_iter().map(|x| -x).collect();
            (center, variance, moments.total_variance * share)
        };
        let share = |x: &f64| if total > 0.0 { x / total } else { 0.0 };
        Pca {
            variance_ratio: variance.iter().map(share).collect(),
            variance,
            components,
            mean,
            standardize: moments.standardize,
            center,
        }
    }
}

/// What cells are projected on.
impl Sent for Pca {
    fn pack(&self, to: &mut Packing) {
        to.size(self.components.nrows());
        to.size(self.components.ncols());
        to.list(&self.components.iter().copied().collect::<Vec<f64>>());
        for list in [
            &self.variance,
            &self.variance_ratio,
            &self.mean,
            &self.center,
        ] {
            to.list(list);
        }
        to.number(self.standardize.is_some());
        if let Some(standardize) = &self.standardize {
            standardize.pack(to);
        }
    }

    fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
        let shape = (from.size()?, from.size()?);
        let components = Array2::from_shape_vec(shape, from.list()?).map_err(|_| Torn)?;
        Ok(Pca {
            components,
            variance: from.list()?,
            variance_ratio: from.list()?,
            mean: from.list()?,
            center: from.list()?,
            standardize: if from.number::<bool>()? {
                Some(Standardize::unpack(from)?)
            } else {
                None
            },
        })
    }
}

/// What zeros of each gene are after scaling.
fn of_zeros(standardize: Option<&Standardize>, genes: usize) -> Vec<f64> {
    let of_zero = |gene| standardize.map_or(0.0, |scale| scale.of_zero(gene));
    (0..genes).map(of_zero).collect()
}

/// Components of the `gram` of all cells; at most [`most_components`].
pub fn components(gram: Gram, wanted: Wanted, ticker: &Ticker) -> Result<Pca, Error> {
    let most = most_components(gram.cells(), gram.genes());
    let (covariance, moments) = gram.finish(wanted.center)?;
    let wanted = lanczos(wanted.n_components.min(most));
    let operator = eigen::Dense::new(covariance.view());
    drop(covariance);
    let pairs = eigen::eigenpairs(&operator, None, &wanted, ticker)?;
    Ok(Pca::new(pairs, moments))
}
