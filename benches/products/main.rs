//! sca's matrix products and eigensolver beside the crates `gemm`, `faer` and `matrixmultiply`, on one
//! thread, in shapes that the kernels use. `openblas.py` measures NumPy's OpenBLAS in the same shapes.
//!
//!     cargo run --release --manifest-path benches/products/Cargo.toml
//!     SCA_INSTRUCTIONS=avx2 cargo run --release --manifest-path benches/products/Cargo.toml
//!
//! Each row gives Gflop/s, best of five, and whether a product over half of the depth and then the other
//! half has the bits of one over the whole: what lets sca cut the cells anywhere.

use faer::Accum;
use faer::linalg::matmul::matmul;
use kernels::linalg::eigen::{self, Dense, Params};
use kernels::linalg::gemm::{self as own, Packed};
use kernels::ticker::Ticker;
use ndarray::{Array2, s};
use sca_kernels as kernels;
use std::time::Instant;

fn main() {
    println!("| product | sca | gemm | faer | matrixmultiply |\n|---|---|---|---|---|");
    products_f32("scores of neighbors, f32, 256 × 50 × 4,096", 256, 50, 4096);
    products_f32("square, f32, 1,024 × 1,024 × 1,024", 1024, 1024, 1024);
    products_f64("square, f64, 1,024 × 1,024 × 1,024", 1024, 1024, 1024);
    products_f64(
        "covariances of genes, f64, 2,000 × 1,024 × 2,000",
        2000,
        1024,
        2000,
    );
    eigenpairs();
}

/// Chance numbers of an even distribution around 0.
fn chance(rows: usize, columns: usize) -> Array2<f64> {
    let mut state = 88172645463325252_u64;
    Array2::from_shape_fn((rows, columns), |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    })
}

/// Best of five, in seconds.
fn seconds(mut work: impl FnMut()) -> f64 {
    let mut time = || {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..5).map(|_| time()).fold(f64::INFINITY, f64::min)
}

macro_rules! products {
    ($name:ident, $number:ty, $matrixmultiply:ident) => {
        fn $name(name: &str, m: usize, k: usize, n: usize) {
            let (a, b) = (
                chance(m, k).mapv(|x| x as $number),
                chance(k, n).mapv(|x| x as $number),
            );
            let half = k / 2;
            let cell = |add: &dyn Fn(usize, usize, &mut Array2<$number>)| {
                let mut c = Array2::zeros((m, n));
                let best = seconds(|| {
                    c.fill(0.0);
                    add(0, k, &mut c);
                });
                let mut parts = Array2::zeros((m, n));
                add(0, half, &mut parts);
                add(half, k, &mut parts);
                let same = if parts == c {
                    "same bits"
                } else {
                    "other bits"
                };
                format!("{:.1}, {same}", 2e-9 * (m * k * n) as f64 / best)
            };
            let sca = cell(&|from, to, c| {
                let packed = Packed::new(b.slice(s![from..to, ..]));
                own::add_product_serial(a.slice(s![.., from..to]), &packed, c.view_mut());
            });
            let gemm = cell(&|from, to, c| {
                let (a, b) = (a.slice(s![.., from..to]), b.slice(s![from..to, ..]));
                // SAFETY: pointers and strides are those of arrays of these shapes.
                unsafe {
                    gemm::gemm(
                        m,
                        n,
                        to - from,
                        c.as_mut_ptr(),
                        1,
                        n as isize,
                        true,
                        a.as_ptr(),
                        1,
                        k as isize,
                        b.as_ptr(),
                        1,
                        n as isize,
                        1.0,
                        1.0,
                        false,
                        false,
                        false,
                        gemm::Parallelism::None,
                    );
                }
            });
            let faer = cell(&|from, to, c| {
                let left = faer::MatRef::from_row_major_slice(a.as_slice().unwrap(), m, k);
                let right = faer::MatRef::from_row_major_slice(b.as_slice().unwrap(), k, n);
                let into = faer::MatMut::from_row_major_slice_mut(c.as_slice_mut().unwrap(), m, n);
                let (left, right) = (
                    left.subcols(from, to - from),
                    right.subrows(from, to - from),
                );
                matmul(into, Accum::Add, left, right, 1.0, faer::Par::Seq);
            });
            let plain = cell(&|from, to, c| {
                let (a, b) = (a.slice(s![.., from..to]), b.slice(s![from..to, ..]));
                // SAFETY: pointers and strides are those of arrays of these shapes.
                unsafe {
                    matrixmultiply::$matrixmultiply(
                        m,
                        to - from,
                        n,
                        1.0,
                        a.as_ptr(),
                        k as isize,
                        1,
                        b.as_ptr(),
                        n as isize,
                        1,
                        1.0,
                        c.as_mut_ptr(),
                        n as isize,
                        1,
                    );
                }
            });
            println!("| {name} | {sca} | {gemm} | {faer} | {plain} |");
        }
    };
}
products!(products_f32, f32, sgemm);
products!(products_f64, f64, dgemm);

/// 50 leading pairs of the covariances of 2,000 genes.
fn eigenpairs() {
    let x = chance(4000, 2000)
        * (0..2000)
            .map(|i| 1.0 + 60.0 / (1.0 + i as f64))
            .collect::<ndarray::Array1<f64>>();
    let matrix = own::product(x.t(), x.view());
    let pool = |n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap()
    };
    let sca = seconds(|| {
        pool(1).install(|| {
            let operator = Dense::new(matrix.view());
            eigen::eigenpairs(&operator, None, &Params::largest(50), &Ticker::default()).unwrap();
        });
    });
    let faer = seconds(|| {
        faer::set_global_parallelism(faer::Par::Seq);
        let matrix = faer::MatRef::from_row_major_slice(matrix.as_slice().unwrap(), 2000, 2000);
        matrix.self_adjoint_eigen(faer::Side::Lower).unwrap();
    });
    println!(
        "| 50 eigenpairs of 2,000 × 2,000, f64, seconds | {sca:.2} | | {faer:.2} (all pairs) | |"
    );
}
