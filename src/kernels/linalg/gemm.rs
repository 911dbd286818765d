//! Dense matrix products `C += A · B` in f32 and f64 whose bits depend on nothing but the operands.
//!
//! Each element of C is one chain of fused multiply-adds over ascending depth, whatever the
//! processor, the number of threads or the blocking, and it starts from what C held: products of
//! consecutive stretches of depth, added to the same C, give the bits of one long product.
//! B is packed once into panels as wide as a tile; row blocks of C are shared among threads.

mod tile;

pub use tile::{Element, Path};

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use rayon::prelude::*;

/// Depth of the stretch whose panels stay in the first-level cache.
const DEPTH_BLOCK: usize = 192;

/// Elements from which packing is worth sharing.
const PACK_ON_ALL_THREADS: usize = 1 << 16;

/// Rows of C that one task computes.
const ROW_BLOCK: usize = 96;

/// The right operand of a product, stored as panels of consecutive columns.
pub struct Packed<T> {
    path: Path,
    depth: usize,
    columns: usize,
    /// Panel after panel; in each, `depth` rows of the tile's width, zeros beyond the last column.
    panels: Vec<T>,
}

impl<T: Element> Packed<T> {
    /// Packs `b`, depth × columns.
    pub fn new(b: ArrayView2<'_, T>) -> Self {
        Self::for_path(Path::best(), b)
    }

    fn for_path(path: Path, b: ArrayView2<'_, T>) -> Self {
        let (depth, columns) = b.dim();
        let (_, width) = T::tile_shape(path);
        let mut panels = vec![T::default(); columns.div_ceil(width) * width * depth];
        let pack = |(panel, to): (usize, &mut [T])| {
            let first = panel * width;
            let last = columns.min(first + width);
            pack_columns(b.slice(s![.., first..last]), to, width);
        };
        if panels.len() > PACK_ON_ALL_THREADS {
            let panels = panels.par_chunks_mut(width * depth);
            panels.enumerate().for_each(pack);
        } else if depth > 0 {
            let panels = panels.chunks_mut(width * depth);
            panels.enumerate().for_each(pack);
        }
        Packed {
            path,
            depth,
            columns,
            panels,
        }
    }

    /// Columns of the packed matrix.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Writes a panel: its rows one after the other, `width` apart.
fn pack_columns<T: Element>(b: ArrayView2<'_, T>, to: &mut [T], width: usize) {
    for (row, to) in b.rows().into_iter().zip(to.chunks_exact_mut(width)) {
        for (to, &from) in to.iter_mut().zip(row) {
            *to = from;
        }
    }
}

/// `C += A · B` on the calling thread. `a` is rows × depth of any strides, `c` rows × columns.
///
/// # Panics
/// If the shapes do not fit, or the rows of `c` are not contiguous.
pub fn add_product_serial<T: Element>(
    a: ArrayView2<'_, T>,
    b: &Packed<T>,
    c: ArrayViewMut2<'_, T>,
) {
    let all = b.columns;
    add_leading_columns(a, b, c, all);
}

/// As [`add_product_serial`], but only tiles that begin left of column `wanted` are computed.
fn add_leading_columns<T: Element>(
    a: ArrayView2<'_, T>,
    b: &Packed<T>,
    mut c: ArrayViewMut2<'_, T>,
    wanted: usize,
) {
    assert_eq!(
        (a.nrows(), a.ncols(), b.columns),
        (c.nrows(), b.depth, c.ncols())
    );
    if a.is_empty() || b.columns == 0 {
        return;
    }
    let (height, width) = T::tile_shape(b.path);
    let row_block = ROW_BLOCK.min(a.nrows()).next_multiple_of(height);
    let packed_rows = row_block * DEPTH_BLOCK.min(b.depth);
    T::with_scratch(packed_rows + height * width, |scratch| {
        let (left, corner) = scratch.split_at_mut(packed_rows);
        for start in (0..b.depth).step_by(DEPTH_BLOCK) {
            let depth = DEPTH_BLOCK.min(b.depth - start);
            for top in (0..a.nrows()).step_by(row_block) {
                let bottom = a.nrows().min(top + row_block);
                pack_rows(a.slice(s![top..bottom, start..start + depth]), left, height);
                for panel in 0..wanted.div_ceil(width) {
                    let right = &b.panels[(panel * b.depth + start) * width..][..depth * width];
                    let first = panel * width;
                    let last = b.columns.min(first + width);
                    let block = c.slice_mut(s![top..bottom, first..last]);
                    add_panel(b.path, left, right, block, corner);
                }
            }
        }
    });
}

/// Writes groups of `height` rows, each group by columns, zeros below the last row.
fn pack_rows<T: Element>(a: ArrayView2<'_, T>, to: &mut [T], height: usize) {
    let (rows, depth) = a.dim();
    for (group, to) in (0..rows)
        .step_by(height)
        .zip(to.chunks_exact_mut(height * depth))
    {
        let part = a.slice(s![group..rows.min(group + height), ..]);
        if part.nrows() < height {
            to.fill(T::default());
        }
        if part.strides()[0] == 1 {
            for (column, to) in part.columns().into_iter().zip(to.chunks_exact_mut(height)) {
                column.iter().zip(to).for_each(|(&x, to)| *to = x);
            }
            continue;
        }
        for (i, row) in part.rows().into_iter().enumerate() {
            for (k, &x) in row.iter().enumerate() {
                to[k * height + i] = x;
            }
        }
    }
}

/// Adds the product of the packed rows `left` with one panel to `c`, at most a tile wide.
fn add_panel<T: Element>(
    path: Path,
    left: &[T],
    right: &[T],
    mut c: ArrayViewMut2<'_, T>,
    corner: &mut [T],
) {
    let (height, width) = T::tile_shape(path);
    let depth = right.len() / width;
    let (rows, columns) = c.dim();
    assert!(
        columns <= 1 || c.strides()[1] == 1,
        "rows of C are contiguous"
    );
    let stride = if rows > 1 {
        c.strides()[0]
    } else {
        width as isize
    };
    for top in (0..rows).step_by(height) {
        let a = &left[top * depth..][..height * depth];
        if rows - top >= height && columns == width && stride >= width as isize {
            // SAFETY: `path` comes from `Path::available`; the slices `a` and `right` have the
            // extents by construction; the tile lies wholly in `c`, whose rows are contiguous.
            unsafe {
                let to = c.as_mut_ptr().offset(top as isize * stride);
                T::add_tile(path, depth, a.as_ptr(), right.as_ptr(), to, stride as usize);
            }
        } else {
            let mut edge = c.slice_mut(s![top..rows.min(top + height), ..]);
            for (row, kept) in edge.rows().into_iter().zip(corner.chunks_exact_mut(width)) {
                row.iter().zip(kept).for_each(|(&from, to)| *to = from);
            }
            // SAFETY: as above, with `corner`, which is one tile long, for the target.
            unsafe {
                T::add_tile(
                    path,
                    depth,
                    a.as_ptr(),
                    right.as_ptr(),
                    corner.as_mut_ptr(),
                    width,
                )
            };
            for (mut row, kept) in edge.rows_mut().into_iter().zip(corner.chunks_exact(width)) {
                row.iter_mut().zip(kept).for_each(|(to, &from)| *to = from);
            }
        }
    }
}

/// `C += A · B` on all threads; `c` in standard layout.
///
/// # Panics
/// If the shapes do not fit.
pub fn add_product<T: Element>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, c: &mut Array2<T>) {
    let packed = Packed::new(b);
    for_row_blocks(c, |first, block| {
        let last = first + block.nrows();
        add_product_serial(a.slice(s![first..last, ..]), &packed, block);
    });
}

/// `A · B` on all threads.
pub fn product<T: Element>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>) -> Array2<T> {
    let mut c = Array2::from_elem((a.nrows(), b.ncols()), T::default());
    add_product(a, b, &mut c);
    c
}

/// `C += Xᵀ · X` on all threads, of which at least the lower triangle is computed.
///
/// # Panics
/// If `c` is not square of the width of `x`.
pub fn add_gram<T: Element>(x: ArrayView2<'_, T>, c: &mut Array2<T>) {
    let packed = Packed::new(x);
    for_row_blocks(c, |first, block| {
        let last = first + block.nrows();
        add_leading_columns(
            x.slice(s![.., first..last]).reversed_axes(),
            &packed,
            block,
            last,
        );
    });
}

/// Calls `work(first row, rows)` for each block of rows of `c`, on all threads.
fn for_row_blocks<T: Element>(
    c: &mut Array2<T>,
    work: impl Fn(usize, ArrayViewMut2<'_, T>) + Sync,
) {
    let columns = c.ncols();
    if columns == 0 {
        return;
    }
    let all = c.as_slice_mut().expect("C is in standard layout");
    all.par_chunks_mut(ROW_BLOCK * columns)
        .enumerate()
        .for_each(|(i, rows)| {
            let shape = (rows.len() / columns, columns);
            let block = ArrayViewMut2::from_shape(shape, rows).expect("whole rows");
            work(i * ROW_BLOCK, block);
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of mixed sign and size, the same for the same arguments.
    fn numbers(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Array2::from_shape_simple_fn((rows, columns), || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1u32 << 20) - 8.0
        })
    }

    fn chains(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
            (0..a.ncols()).fold(0.0, |sum, k| a[[i, k]].mul_add(b[[k, j]], sum))
        })
    }

    #[test]
    fn all_paths_give_the_bits_of_the_plain_chain() {
        for (m, k, n) in [
            (1, 1, 1),
            (13, 5, 33),
            (97, 200, 65),
            (40, 385, 16),
            (3, 0, 4),
            (0, 3, 4),
        ] {
            let (a, b) = (numbers(m, k, 1), numbers(k, n, 2));
            let expected = chains(&a, &b);
            for path in Path::available() {
                let mut c = Array2::zeros((m, n));
                let packed = Packed::for_path(path, b.view());
                add_product_serial(a.view(), &packed, c.view_mut());
                assert_eq!(c, expected, "{path:?} {m}x{k}x{n}");
            }
        }
    }

    #[test]
    fn all_paths_agree_in_single_precision() {
        let (a, b) = (
            numbers(50, 300, 3).mapv(|x| x as f32),
            numbers(300, 70, 4).mapv(|x| x as f32),
        );
        let run = |path| {
            let mut c = Array2::zeros((50, 70));
            add_product_serial(a.view(), &Packed::for_path(path, b.view()), c.view_mut());
            c
        };
        let expected = run(Path::Portable);
        assert!(expected.iter().all(|x: &f32| x.is_finite() && *x != 0.0));
        for path in Path::available() {
            assert_eq!(run(path), expected, "{path:?}");
        }
    }

    #[test]
    fn strides_do_not_matter() {
        let (a, b) = (numbers(20, 30, 5), numbers(40, 30, 6));
        let c = product(a.view(), b.t());
        assert_eq!(c, chains(&a, &b.t().to_owned()));
        let mut wide = Array2::zeros((20, 50));
        let packed = Packed::new(b.t());
        add_product_serial(a.view(), &packed, wide.slice_mut(s![.., 5..45]));
        assert_eq!(wide.slice(s![.., 5..45]), c);
        assert_eq!(wide.column(4).sum() + wide.column(45).sum(), 0.0);
    }

    #[test]
    fn gram_of_pieces_has_the_bits_of_the_whole() {
        let x = numbers(500, 210, 7);
        let (mut whole, mut pieces) = (Array2::zeros((210, 210)), Array2::zeros((210, 210)));
        add_gram(x.view(), &mut whole);
        for (from, to) in [(0, 1), (1, 300), (300, 500)] {
            add_gram(x.slice(s![from..to, ..]), &mut pieces);
        }
        let expected = chains(&x.t().to_owned(), &x);
        for i in 0..210 {
            for j in 0..=i {
                assert_eq!(whole[[i, j]], expected[[i, j]]);
                assert_eq!(pieces[[i, j]], expected[[i, j]]);
            }
        }
    }
}
