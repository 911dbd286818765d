//! Dense matrices: products, eigenpairs, least squares, minimization.

pub mod covariates;
pub mod dense;
pub mod eigen;
pub mod gemm;
pub mod lbfgs;
