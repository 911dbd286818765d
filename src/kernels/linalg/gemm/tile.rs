//! The innermost loop of a matrix product: one small tile of C kept in registers.
//!
//! Three versions of the same arithmetic, chosen when the program runs: AVX-512, AVX2 with FMA,
//! and plain Rust. Every element of C is the chain `c = fma(a, b, c)` over ascending depth in all
//! of them, so they agree bit for bit; only the number of elements computed side by side differs.
//! The layout (packed panels, C in registers) is that of Goto and van de Geijn, "Anatomy of
//! high-performance matrix multiplication", ACM TOMS 2008.

use crate::kernels::fused::Fused;
use crate::kernels::processor::{Instructions, has};
use std::cell::Cell;
use std::sync::OnceLock;

/// Which version of the tile this machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    Avx512,
    Avx2,
    Portable,
}

impl Path {
    /// The widest this processor can do.
    pub fn best() -> Path {
        static BEST: OnceLock<Path> = OnceLock::new();
        *BEST.get_or_init(|| Path::available()[0])
    }

    /// All this processor can do, the widest first.
    pub fn available() -> Vec<Path> {
        let mut paths = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if has(Instructions::Avx512) {
                paths.push(Path::Avx512);
            }
            if has(Instructions::Avx2) {
                paths.push(Path::Avx2);
            }
        }
        paths.push(Path::Portable);
        paths
    }
}

/// Vectors that lie side by side in a tile's row.
const WIDTH: usize = 2;

/// The numbers a product can be made of: f32 and f64.
pub trait Element: Copy + Default + Send + Sync + 'static {
    /// Rows and columns of a tile.
    fn tile_shape(path: Path) -> (usize, usize);

    /// Calls `work` with `length` numbers of any values that this thread keeps for the purpose.
    fn with_scratch(length: usize, work: impl FnOnce(&mut [Self]));

    /// Adds `a · b` to the tile at `c`.
    ///
    /// # Safety
    /// With `(rows, columns)` the tile's shape: `path` is available here, `a` has `depth · rows`
    /// readable elements, `b` `depth · columns`, and `c` `rows` rows of `columns` writable
    /// elements, `stride` apart.
    unsafe fn add_tile(
        path: Path,
        depth: usize,
        a: *const Self,
        b: *const Self,
        c: *mut Self,
        stride: usize,
    );
}

/// A register: several numbers side by side.
trait Vector: Copy {
    type Scalar: Copy;
    const LANES: usize;
    unsafe fn splat(x: Self::Scalar) -> Self;
    unsafe fn load(from: *const Self::Scalar) -> Self;
    unsafe fn store(self, to: *mut Self::Scalar);
    /// `self · b + sum`, rounded once.
    unsafe fn fused(self, b: Self, sum: Self) -> Self;
}

#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize>(
    depth: usize,
    mut a: *const V::Scalar,
    mut b: *const V::Scalar,
    c: *mut V::Scalar,
    stride: usize,
) {
    // SAFETY: the caller vouches for the extents (see `Element::add_tile`).
    unsafe {
        let at = |i: usize, j: usize| c.add(i * stride + j * V::LANES);
        let mut sums: [[V; WIDTH]; ROWS] =
            std::array::from_fn(|i| std::array::from_fn(|j| V::load(at(i, j))));
        for _ in 0..depth {
            let right: [V; WIDTH] = std::array::from_fn(|j| V::load(b.add(j * V::LANES)));
            for (i, sum) in sums.iter_mut().enumerate() {
                let left = V::splat(*a.add(i));
                for j in 0..WIDTH {
                    sum[j] = left.fused(right[j], sum[j]);
                }
            }
            a = a.add(ROWS);
            b = b.add(WIDTH * V::LANES);
        }
        for (i, sum) in sums.iter().enumerate() {
            for (j, &sum) in sum.iter().enumerate() {
                sum.store(at(i, j));
            }
        }
    }
}

/// What the compiler makes vectors of by itself where it may; without an instruction that fuses.
macro_rules! portable_vector {
    ($scalar:ty, $lanes:literal) => {
        impl Vector for [$scalar; $lanes] {
            type Scalar = $scalar;
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn splat(x: $scalar) -> Self {
                [x; $lanes]
            }
            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller has that many elements there; arrays of them need no more alignment.
                unsafe { *from.cast() }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: as for `load`.
                unsafe { *to.cast() = self }
            }
            #[inline(always)]
            unsafe fn fused(self, b: Self, sum: Self) -> Self {
                std::array::from_fn(|i| self[i].fused(false, b[i], sum[i]))
            }
        }
    };
}

portable_vector!(f32, 4);
portable_vector!(f64, 2);

#[cfg(target_arch = "x86_64")]
macro_rules! x86_vector {
    ($vector:ident, $scalar:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $fused:ident) => {
        impl Vector for std::arch::x86_64::$vector {
            type Scalar = $scalar;
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn splat(x: $scalar) -> Self {
                // SAFETY: only called below `Element::add_tile`, whose caller has checked the processor.
                unsafe { std::arch::x86_64::$splat(x) }
            }
            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: as above, and the caller has that many elements there.
                unsafe { std::arch::x86_64::$load(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: as for `load`.
                unsafe { std::arch::x86_64::$store(to, self) }
            }
            #[inline(always)]
            unsafe fn fused(self, b: Self, sum: Self) -> Self {
                // SAFETY: as for `splat`.
                unsafe { std::arch::x86_64::$fused(self, b, sum) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
x86_vector!(
    __m512,
    f32,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_fmadd_ps
);
#[cfg(target_arch = "x86_64")]
x86_vector!(
    __m512d,
    f64,
    8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_fmadd_pd
);
#[cfg(target_arch = "x86_64")]
x86_vector!(
    __m256,
    f32,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_fmadd_ps
);
#[cfg(target_arch = "x86_64")]
x86_vector!(
    __m256d,
    f64,
    4,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_fmadd_pd
);

/// Rows of a tile: as many as the registers hold, two vectors wide, with some left for A and B.
const ROWS_512: usize = 12;
const ROWS_256: usize = 6;
const ROWS_PORTABLE: usize = 4;

macro_rules! element {
    ($scalar:ty, $wide:ident, $half:ident, $portable:ty) => {
        impl Element for $scalar {
            fn tile_shape(path: Path) -> (usize, usize) {
                match path {
                    #[cfg(target_arch = "x86_64")]
                    Path::Avx512 => (ROWS_512, WIDTH * std::arch::x86_64::$wide::LANES),
                    #[cfg(target_arch = "x86_64")]
                    Path::Avx2 => (ROWS_256, WIDTH * std::arch::x86_64::$half::LANES),
                    _ => (ROWS_PORTABLE, WIDTH * <$portable>::LANES),
                }
            }

            fn with_scratch(length: usize, work: impl FnOnce(&mut [Self])) {
                thread_local!(static SCRATCH: Cell<Vec<$scalar>> = const { Cell::new(Vec::new()) });
                let mut scratch = SCRATCH.take();
                if scratch.len() < length {
                    scratch.resize(length, 0.0);
                }
                work(&mut scratch[..length]);
                SCRATCH.set(scratch);
            }

            #[inline]
            unsafe fn add_tile(
                path: Path,
                depth: usize,
                a: *const Self,
                b: *const Self,
                c: *mut Self,
                stride: usize,
            ) {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f")]
                unsafe fn wide(
                    depth: usize,
                    a: *const $scalar,
                    b: *const $scalar,
                    c: *mut $scalar,
                    stride: usize,
                ) {
                    // SAFETY: the extents are the caller's promise.
                    unsafe { tile::<std::arch::x86_64::$wide, ROWS_512>(depth, a, b, c, stride) }
                }

                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx2,fma")]
                unsafe fn half(
                    depth: usize,
                    a: *const $scalar,
                    b: *const $scalar,
                    c: *mut $scalar,
                    stride: usize,
                ) {
                    // SAFETY: the extents are the caller's promise.
                    unsafe { tile::<std::arch::x86_64::$half, ROWS_256>(depth, a, b, c, stride) }
                }

                // SAFETY: the caller promises that `path` is available, and the extents.
                unsafe {
                    match path {
                        #[cfg(target_arch = "x86_64")]
                        Path::Avx512 => wide(depth, a, b, c, stride),
                        #[cfg(target_arch = "x86_64")]
                        Path::Avx2 => half(depth, a, b, c, stride),
                        _ => tile::<$portable, ROWS_PORTABLE>(depth, a, b, c, stride),
                    }
                }
            }
        }
    };
}

element!(f32, __m512, __m256, [f32; 4]);
element!(f64, __m512d, __m256d, [f64; 2]);
