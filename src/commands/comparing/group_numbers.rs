//! What the values of a gene in a group of cells come to.

use crate::data::State;
use crate::kernels::methods::aggregate::variances;
use crate::kernels::stats::sums::GeneSums;
use crate::words;

words! {
    /// Statistic of a gene in a group.
    Func {
        /// sum
        Sum = "sum",
        /// mean, including zeros
        Mean = "mean",
        /// variance, including zeros
        Var = "var",
        /// median, including zeros
        Median = "median",
        /// number of cells with nonzero values
        CountNonzero = "count_nonzero",
    }
}

impl Func {
    /// What numbers of this kind are, made from values in a state.
    pub fn state(self, of: State) -> State {
        match (self, of) {
            (Func::Sum | Func::CountNonzero, State::Counts) => State::Counts,
            (Func::CountNonzero, _) => State::Counts,
            (Func::Mean | Func::Median, State::Counts) => State::Unknown,
            (Func::Mean | Func::Median, of) => of,
            _ => State::Unknown,
        }
    }
}

/// A number for each gene of a group.
pub fn numbers_of(sums: &GeneSums, func: Func) -> Vec<f64> {
    match func {
        Func::Mean => sums.means(),
        Func::Var => variances(sums, 1),
        Func::CountNonzero => sums.n_nonzero.iter().map(|&n| f64::from(n)).collect(),
        Func::Sum | Func::Median => sums.sum.clone(),
    }
}
