//! A copy of a matrix cut by genes, for steps that look at some genes of all cells after others
//! (ranks, medians): one reading of the source cuts each grain into panels of genes and packs
//! them, then each panel is a small source of its own. Without it, every panel would read
//! everything. This is the external transposition of a matrix that fits nowhere, in its textbook
//! form (Knuth, The Art of Computer Programming 3, 5.4.9: matrices on slow memory).

use super::edge::{Needs, Private, Promised};
use super::fault::Fault;
use super::fold::{Fold, Folding};
use super::holds::Holds;
use super::node;
use super::view::View;
use crate::data::{
    Axis, Blocks, FileError, InFile, Lazy, Matrix, NumberType, Rows, RowsView, Selection,
};
use crate::io::packed::{Packed, PackedBlocks, Pile};
use crate::kernels::ticker::Ticker;
use crate::source::Origin;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a packed value.
const PACKED: u64 = 3;

/// A matrix for each of `n_panels` panels of neighboring genes, on the view's cells, and what
/// must be there before they are read. The copy keeps what the source holds: steps are run as
/// panels are read. It waits for `needs`, so that it exists no longer than it must. At most
/// `room` bytes of it lie in memory, the rest in a cache file; it goes with the last panel.
///
/// Steps that want all genes of a cell find only a panel: such matrices must not be cut.
pub fn by_genes(
    label: &str,
    origin: Option<Origin>,
    view: &View,
    needs: impl Needs,
    (n_panels, room): (usize, u64),
) -> (Lazy, Vec<Matrix>) {
    let mut stored = view.matrix.clone();
    stored.steps.clear();
    let number = stored.blocks.stored();
    let whole = View::new(&stored, &view.cells, &view.genes);
    let cut: Promised<Panels> = node::fold(
        label,
        origin.clone(),
        whole,
        needs,
        Private::new(),
        move |extent, _| {
            let cut = Cut {
                bounds: bounds(extent.genes, n_panels),
                pile: Pile::new(room),
                stored: number,
            };
            Ok(cut_fold(Arc::new(cut)))
        },
    );
    let values = view.matrix.blocks.n_values();
    let holds = Holds {
        working: 0,
        kept: values.map_or(room, |n| room.min(n * PACKED)),
    };
    node::holds(&cut, holds);
    let copies = cut;
    let panel = |number: usize| {
        let genes = panel_axis(label, origin.clone(), view, number, &copies);
        let blocks = Panel {
            copies: copies.clone(),
            number,
            most: (view.cells.at_most(), genes.at_most()),
            values: values.map(|n| n / n_panels as u64),
        };
        Matrix {
            blocks: Arc::new(blocks),
            cells: view.cells.clone(),
            genes,
            // Checked when it was cut.
            sound: None,
            ..view.matrix.clone()
        }
    };
    let matrices = (0..n_panels).map(panel).collect();
    (copies.lazy().clone(), matrices)
}

/// First genes of the panels, and after the last.
fn bounds(n_genes: usize, n_panels: usize) -> Vec<u32> {
    (0..=n_panels)
        .map(|i| (n_genes * i / n_panels) as u32)
        .collect()
}

/// The genes of a panel, which are known once the matrix is cut.
fn panel_axis(
    label: &str,
    origin: Option<Origin>,
    view: &View,
    number: usize,
    copies: &Promised<Panels>,
) -> Axis {
    let keep = node::step(
        label,
        origin,
        copies.clone(),
        Private::new(),
        move |panels, _| {
            let bounds = &panels.bounds;
            Ok((bounds[number]..bounds[number + 1]).collect::<Selection>())
        },
    );
    view.genes.select(keep.lazy().clone())
}

/// The matrix, cut.
struct Panels {
    /// First genes of the panels, and after the last.
    bounds: Vec<u32>,
    copies: Vec<PackedBlocks>,
}

/// How a matrix is cut.
struct Cut {
    /// First genes of the panels, and after the last.
    bounds: Vec<u32>,
    pile: Pile,
    stored: NumberType,
}

/// The pieces of some cells, with the position of the first: one for each panel.
type Pieces = (u32, Vec<Packed>);

impl Cut {
    fn pieces(&self, rows: RowsView) -> Result<Vec<Packed>, FileError> {
        // Where each row goes on: genes ascend.
        let starts = rows.proper_indptr();
        let mut next: Vec<usize> = starts[..rows.rows()].to_vec();
        let panel = |ends: &[u32]| {
            let part = |(next, &end): (&usize, &usize)| {
                let rest = &rows.indices()[*next..end];
                *next..*next + rest.partition_point(|&gene| gene < ends[1])
            };
            let parts: Vec<Range<usize>> = next.iter().zip(&starts[1..]).map(part).collect();
            let n = parts.iter().map(ExactSizeIterator::len).sum();
            let (mut genes, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n));
            let mut indptr = vec![0];
            for (next, part) in next.iter_mut().zip(parts) {
                *next = part.end;
                genes.extend(
                    rows.indices()[part.clone()]
                        .iter()
                        .map(|gene| gene - ends[0]),
                );
                values.extend_from_slice(&rows.data()[part]);
                indptr.push(genes.len());
            }
            let n_genes = (ends[1] - ends[0]) as usize;
            let piece = super::subset::rows_of(indptr, genes, values, n_genes);
            self.pile.add(&piece)
        };
        self.bounds.windows(2).map(panel).collect()
    }

    /// One source for each panel.
    fn finish(&self, mut pieces: Vec<Pieces>) -> Vec<PackedBlocks> {
        pieces.sort_unstable_by_key(|(first, _)| *first);
        let mut panels: Vec<Vec<Packed>> = Vec::new();
        panels.resize_with(self.bounds.len() - 1, Vec::new);
        for (_, pieces) in pieces {
            for (panel, piece) in panels.iter_mut().zip(pieces) {
                panel.push(piece);
            }
        }
        let source = |(panel, ends): (Vec<Packed>, &[u32])| {
            let n_genes = (ends[1] - ends[0]) as usize;
            self.pile.source(panel, n_genes, self.stored)
        };
        panels
            .into_iter()
            .zip(self.bounds.windows(2))
            .map(source)
            .collect()
    }
}

fn cut_fold(cut: Arc<Cut>) -> Box<dyn Fold<Panels>> {
    cutting(cut.clone(), move |copies, _| {
        Ok(Panels {
            bounds: cut.bounds.clone(),
            copies,
        })
    })
}

/// A fold that makes a value of each of `n_panels` panels of neighboring genes, one after the other:
/// for a number of panels that is known only when the fold begins. Panels hold the cells as the view
/// shows them, at most `room` bytes of them in memory.
pub fn panel_by_panel<T: Send + 'static>(
    (n_genes, n_panels): (usize, usize),
    room: u64,
    look: impl Fn(&dyn Blocks, &Ticker) -> Result<T, Fault> + Send + Sync + 'static,
) -> Box<dyn Fold<Vec<T>>> {
    let cut = Cut {
        bounds: bounds(n_genes, n_panels),
        pile: Pile::new(room),
        stored: NumberType::F32,
    };
    cutting(Arc::new(cut), move |panels, ticker| {
        panels.iter().map(|panel| look(panel, ticker)).collect()
    })
}

/// A fold that cuts, and makes something of the panels.
fn cutting<R: 'static>(
    cut: Arc<Cut>,
    finish: impl Fn(Vec<PackedBlocks>, &Ticker) -> Result<R, Fault> + Send + Sync + 'static,
) -> Box<dyn Fold<R>> {
    let of = cut.clone();
    // Cells come with their positions: they may come in any order.
    Folding {
        new: Vec::new,
        add: move |pieces: &mut Vec<Pieces>, rows: RowsView, cells: &[u32], _: &Ticker| {
            if let Some(&first) = cells.first() {
                pieces.push((first, of.pieces(rows)?));
            }
            Ok(())
        },
        merge: |into: &mut Vec<Pieces>, next: Vec<Pieces>| into.extend(next),
        finish: move |pieces: Vec<Pieces>, ticker: &Ticker| finish(cut.finish(pieces), ticker),
        partial_bytes: 0,
    }
    .here_in_any_order()
}

/// A panel as a source: there once the matrix is cut.
struct Panel {
    copies: Promised<Panels>,
    number: usize,
    /// Cells and genes at most, before they are known.
    most: (usize, usize),
    values: Option<u64>,
}

impl Panel {
    fn with<T>(&self, look: impl FnOnce(&PackedBlocks) -> T) -> Option<T> {
        Some(look(&self.copies.get()?.copies[self.number]))
    }

    /// For what is requested before it is computed.
    fn early() -> FileError {
        FileError::new("", "a copy is read before it is made")
    }
}

impl Blocks for Panel {
    fn n_cells(&self) -> usize {
        self.with(Blocks::n_cells).unwrap_or(self.most.0)
    }

    fn n_genes(&self) -> usize {
        self.with(Blocks::n_genes).unwrap_or(self.most.1)
    }

    fn n_values(&self) -> Option<u64> {
        self.with(Blocks::n_values).unwrap_or(self.values)
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        self.with(Blocks::grains)
            .unwrap_or_else(|| Err(Panel::early()))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        self.with(|blocks| blocks.read(cells))
            .unwrap_or_else(|| Err(Panel::early()))
    }

    fn stored(&self) -> NumberType {
        self.with(Blocks::stored).unwrap_or(NumberType::F32)
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        self.with(Blocks::sample)
            .unwrap_or_else(|| Err(Panel::early()))
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }

    fn is_panel(&self) -> bool {
        true
    }
}

impl fmt::Debug for Panel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Panel({})", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Promise;
    use crate::data::Stamp;
    use crate::data::matrix::Apply;
    use crate::data::{MatrixStep, RowStep, State, Value};
    use crate::io::memory::InMemory;
    use crate::plan::{After, Engine};
    use ndarray::{Array2, Axis as Side, concatenate, s};

    /// 700 cells × 90 genes, of which about a third are there.
    fn dense() -> Array2<f32> {
        Array2::from_shape_fn((700, 90), |(cell, gene)| {
            let x = (cell * 31 + gene * 17) % 23;
            if x < 8 { x as f32 } else { 0.0 }
        })
    }

    fn matrix() -> Matrix {
        let rows = Rows::csr_from_dense(dense().view(), 0.0);
        let blocks = Arc::new(InMemory::new(rows, NumberType::F32));
        Matrix::of(blocks, Axis::root(700), Axis::root(90), State::Counts)
    }

    fn select(axis: &Axis, keep: impl Iterator<Item = u32>) -> Axis {
        axis.select(Lazy::ready(Value::Selection(Arc::new(keep.collect()))))
    }

    /// Multiplies each gene by its number on the axis that it was planned on.
    struct ByGene;

    impl RowStep for ByGene {
        fn needs(&self) -> &[Lazy] {
            &[]
        }

        fn prepare(&self, _: &[Value], genes: &[u32]) -> Apply {
            let genes = genes.to_vec();
            Box::new(move |rows: &mut Rows, _: &[u32]| {
                let places = rows.indices().to_vec();
                for (x, place) in rows.data_mut().iter_mut().zip(places) {
                    *x *= genes[place as usize] as f32;
                }
            })
        }
    }

    fn by_gene(matrix: &Matrix) -> Matrix {
        let step = MatrixStep {
            label: String::new(),
            key: 0,
            cells: matrix.cells.clone(),
            genes: matrix.genes.clone(),
            step: Arc::new(ByGene),
            scaling: None,
        };
        matrix.then(step, State::Unknown, Stamp::original())
    }

    /// What a fold sees of a matrix.
    fn seen(matrix: &Matrix, needs: Lazy) -> Lazy {
        let view = View::new(matrix, &matrix.cells, &matrix.genes);
        node::fold(
            "look",
            None,
            view,
            After(needs),
            Promise::Unknown,
            |_, ()| {
                Ok(Folding {
                    new: Vec::new,
                    add: |blocks: &mut Vec<Array2<f32>>, rows: RowsView, _: &[u32], _: &Ticker| {
                        blocks.push(rows.to_dense());
                        Ok(())
                    },
                    merge: |into: &mut Vec<Array2<f32>>, next: Vec<Array2<f32>>| into.extend(next),
                    finish: |blocks: Vec<Array2<f32>>, _: &Ticker| {
                        let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
                        let stacked = concatenate(Side(0), &views).unwrap_or_default();
                        Ok(Value::of(stacked))
                    },
                    partial_bytes: 1 << 20,
                }
                .here())
            },
        )
    }

    #[test]
    fn panels_side_by_side_are_the_matrix() {
        let matrix = by_gene(&matrix());
        let cells = select(&matrix.cells, (0..700).step_by(2));
        let genes = select(&matrix.genes, (5..90).rev());
        let whole = View::new(&matrix, &cells, &genes);
        let mut expected = dense();
        for (gene, mut values) in expected.columns_mut().into_iter().enumerate() {
            values *= gene as f32;
        }
        let expected = expected.slice(s![..;2, 5..;-1]).to_owned();
        // In memory, in a file, in both; fewer cells at a time; more panels than genes.
        for (n_panels, room, block) in
            [(1, 1 << 20, 700), (4, 0, 700), (7, 20_000, 64), (99, 0, 64)]
        {
            let engine = Engine::new(Some(2));
            engine.set_block(block);
            let (copy, panels) = by_genes("cut", None, &whole, (), (n_panels, room));
            let wanted: Vec<Lazy> = panels
                .iter()
                .map(|panel| seen(panel, copy.clone()))
                .collect();
            let values = engine.values(&wanted).unwrap();
            let parts: Vec<_> = values
                .iter()
                .map(|value| value.dense().unwrap().view())
                .collect();
            assert_eq!(concatenate(Side(1), &parts).unwrap(), expected);
        }
    }
}
