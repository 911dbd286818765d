//! What the variances of all genes say of one: they are taken to be drawn from scaled F around a
//! prior variance, whose degrees of freedom d₀ and scale s₀² are found from the moments of log s²
//! (Smyth, Stat. Appl. Genet. Mol. Biol. 3:3, 2004, section 6.2).
//!
//! The prior variance may follow the mean of the genes, as a natural spline: rare genes vary more
//! (Sartor et al., BMC Bioinformatics 7:538, 2006; Law et al., Genome Biol. 15:R29, 2014).

use super::fit::{Prior, fit};
use super::robust::robust;

/// How the prior variance is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PriorParams {
    /// It follows the mean of the genes.
    pub trend: bool,
    /// Genes whose variances are far out have no say in it, and less use of it.
    pub robust: bool,
}

/// The priors of genes with these variances, of `df` degrees of freedom each, and means.
pub fn prior(variances: &[f64], df: f64, means: &[f64], params: PriorParams) -> Prior {
    let means = params.trend.then_some(means);
    if params.robust {
        robust(variances, df, means)
    } else {
        let fit = fit(variances, df, means);
        Prior {
            df: vec![fit.df; variances.len()],
            variance: fit.scale,
        }
    }
}
