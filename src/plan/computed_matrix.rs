//! Matrices that no file holds and that are not made yet: groups × genes, smoothed values. Their
//! source has empty rows, and a row step, which may wait for values, fills them.

use crate::data::matrix::{Apply, MatrixStep, cut_grains};
use crate::data::{
    Axis, Blocks, FileError, InFile, Lazy, Matrix, NumberType, Promise, RowStep, Rows, State, Uns,
    Value,
};
use ndarray::Array2;
use std::ops::Range;
use std::sync::Arc;

/// A matrix of promised values: `values` is a dense array, cells × genes on exactly these axes; of
/// f32, or of f64 in the shape of uns, which a written file gets with all its digits.
pub fn promised_matrix(
    label: &str,
    values: Lazy,
    cells: &Axis,
    genes: &Axis,
    state: State,
) -> Matrix {
    let step = Fill { needs: [values] };
    filled_matrix(label, Arc::new(step), cells, genes, state)
}

/// A matrix whose rows a step fills, on these axes.
pub fn filled_matrix(
    label: &str,
    step: Arc<dyn RowStep>,
    cells: &Axis,
    genes: &Axis,
    state: State,
) -> Matrix {
    let (all_cells, all_genes) = (cells.outermost(), genes.outermost());
    let blocks = Arc::new(Empty {
        cells: all_cells.at_most(),
        genes: all_genes.at_most(),
    });
    let step = MatrixStep {
        label: label.to_owned(),
        key: super::key::next(label),
        cells: cells.clone(),
        genes: genes.clone(),
        step,
        scaling: None,
    };
    let mut matrix = Matrix::of(blocks, all_cells, all_genes, state);
    matrix.steps.push(step);
    matrix
}

/// The values, of either precision.
enum Values {
    Single(Arc<Array2<f32>>),
    Double(Arc<Uns>),
}

impl Values {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Dense(dense) => Some(Values::Single(dense.clone())),
            Value::Uns(uns) if matches!(**uns, Uns::Array(_)) => Some(Values::Double(uns.clone())),
            _ => None,
        }
    }

    fn at(&self, cell: usize, gene: usize) -> f32 {
        match self {
            Values::Single(values) => values[[cell, gene]],
            Values::Double(values) => match &**values {
                Uns::Array(values) => values[[cell, gene]] as f32,
                _ => unreachable!("an array was asked for"),
            },
        }
    }
}

/// Rows without values.
#[derive(Debug)]
struct Empty {
    cells: usize,
    genes: usize,
}

impl Blocks for Empty {
    fn n_cells(&self) -> usize {
        self.cells
    }

    fn n_genes(&self) -> usize {
        self.genes
    }

    fn n_values(&self) -> Option<u64> {
        Some(self.cells as u64 * self.genes as u64)
    }

    fn grains(&self) -> Result<Arc<[usize]>, FileError> {
        Ok(cut_grains(std::iter::repeat_n(
            self.genes as u64,
            self.cells,
        )))
    }

    fn read(&self, cells: Range<usize>) -> Result<Rows, FileError> {
        Ok(Rows::zero((cells.len(), self.genes)))
    }

    fn stored(&self) -> NumberType {
        NumberType::F32
    }

    fn sample(&self) -> Result<Vec<f32>, FileError> {
        Ok(Vec::new())
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

struct Fill {
    needs: [Lazy; 1],
}

impl RowStep for Fill {
    fn needs(&self) -> &[Lazy] {
        &self.needs
    }

    fn held(&self) -> Option<&Lazy> {
        let [values] = &self.needs;
        (values.promise() == Promise::Uns).then_some(values)
    }

    fn prepare(&self, needs: &[Value], genes: &[u32]) -> Apply {
        let values = needs.first().and_then(Values::of);
        let genes = genes.to_vec();
        Box::new(move |rows, cells| {
            let Some(values) = &values else {
                return;
            };
            let (mut starts, mut at, mut filled) = (vec![0], Vec::new(), Vec::new());
            for &cell in cells {
                for (place, &gene) in (0u32..).zip(&genes) {
                    let x = values.at(cell as usize, gene as usize);
                    if x != 0.0 {
                        at.push(place);
                        filled.push(x);
                    }
                }
                starts.push(at.len());
            }
            *rows = Rows::new((cells.len(), genes.len()), starts, at, filled);
        })
    }

    fn keeps_zeros(&self) -> bool {
        false
    }
}
