//! Groups × genes: a table for each function, promised.

use super::combined::no_group;
use super::group_numbers::{Func, numbers_of};
use super::packed_tables::{FillPacked, packed_ranges};
use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, fit, that_fit};
use crate::commands::passes::gene_sums::by_ranges;
use crate::commands::passes::panels;
use crate::data::{Dataset, Lazy, Matrix, Promise, RowStep, State, Uns, Value};
use crate::kernels::methods::aggregate::medians;
use crate::kernels::stats::rank::rank_sum::Panel;
use crate::kernels::stats::sums::GroupSums;
use crate::kernels::ticker::Ticker;
use crate::kernels::transfer::{Packing, Transfer, Unpacking};
use crate::plan::{Carried, Fault, Needs, Promised, filled_matrix, promised_matrix};
use ndarray::{Array2, ArrayView1, s};
use std::sync::Arc;

/// Groups × genes of one function.
pub enum Table {
    /// A promised array.
    Dense(Lazy),
    /// What fills rows.
    Packed(Arc<dyn RowStep>),
}

/// A table as a matrix on the axes of `grouped`.
pub fn layer_of(
    scene: &Scene,
    data: &Dataset,
    grouped: &Dataset,
    table: Table,
    state: State,
) -> Matrix {
    let (cells, genes) = (&grouped.cells, &grouped.genes);
    let mut matrix = match table {
        Table::Dense(values) => promised_matrix(&scene.label, values, cells, genes, state),
        Table::Packed(step) => filled_matrix(&scene.label, step, cells, genes, state),
    };
    // What it was made of stays in the other dataset.
    matrix.stamp = scene.stamp(data, &[]);
    matrix
}

/// Bytes of a number, while it is put in its place.
const NUMBER: usize = 16;

/// A table for each function. If dense ones would take half of the memory, they are
/// packed; medians, which need all values of a gene, never are.
pub fn tables(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, at_most): (&Promised<Groups>, Option<usize>),
    funcs: &[Func],
) -> Vec<Table> {
    let of_sums = funcs.iter().copied().filter(|&func| func != Func::Median);
    let of_sums: Vec<Func> = of_sums.collect();
    let bytes = NUMBER * of_sums.len() * data.genes.at_most();
    let many = at_most.filter(|&n| fit(n, bytes, scene.settings.memory).is_err());
    let mut summed: Vec<Table> = match many {
        Some(n) => {
            let ranges = packed_ranges(scene, data, matrix, (groups, n), &of_sums);
            let step = |place| Arc::new(FillPacked::new(&ranges, place));
            (0..of_sums.len())
                .map(|place| Table::Packed(step(place)))
                .collect()
        }
        None => {
            let ranges = dense_ranges(scene, data, matrix, (groups, at_most), &of_sums);
            let table = |place| {
                let needs = (groups.clone(), ranges.clone());
                dense(scene, needs, move |ranges| side_by_side(ranges, place))
            };
            (0..of_sums.len()).map(table).collect()
        }
    };
    let mut next = summed.drain(..);
    let mut tables = Vec::new();
    for &func in funcs {
        tables.extend(match func {
            Func::Median => Some(median_table(scene, data, matrix, (groups, at_most))),
            _ => next.next(),
        });
    }
    tables
}

fn median_table(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, at_most): (&Promised<Groups>, Option<usize>),
) -> Table {
    let groups = that_fit(scene, data, groups, |_| NUMBER);
    let work = |panel: Panel, groups: &Groups, ticker: &Ticker| {
        let sizes: Vec<u64> = groups.sizes().iter().map(|&n| n as u64).collect();
        Ok(medians(panel, &sizes, ticker)?)
    };
    let panels = panels::by_panel(scene, data, matrix, (&groups, at_most), work, Lists);
    dense(scene, (groups, panels), medians_of)
}

/// What is made of some parts, as f64: f32 has no room for every sum of counts.
fn dense<T: Send + Sync + 'static>(
    scene: &Scene,
    needs: (Promised<Groups>, impl Needs<Values = Vec<Arc<T>>>),
    make: impl Fn(&[Arc<T>]) -> Array2<f64> + Send + Sync + 'static,
) -> Table {
    let origin = scene.origin();
    let table = scene.step(needs, Promise::Uns, move |(groups, parts), _| {
        if groups.levels.is_empty() {
            return Err(no_group(&origin).into());
        }
        Ok(Value::Uns(Arc::new(Uns::Array(make(&parts).into_dyn()))))
    });
    Table::Dense(table)
}

/// Medians of each gene in each group, of some genes at a time, as workers send them.
struct Lists;

impl Carried<Vec<Vec<Vec<f32>>>> for Lists {
    fn pack(&self, panel: &Vec<Vec<Vec<f32>>>, to: &mut Packing) -> Result<(), Fault> {
        to.size(panel.len());
        panel.iter().for_each(|groups| groups.pack(to));
        Ok(())
    }

    fn unpack(&self, from: &mut Unpacking) -> Result<Vec<Vec<Vec<f32>>>, Fault> {
        let n = from.size()?;
        let groups = |_| {
            let mut groups = Vec::new();
            groups.unpack(from)?;
            Ok(groups)
        };
        (0..n).map(groups).collect()
    }
}

/// Groups × genes of a range, for each function but the median.
type Tables = Vec<Array2<f64>>;

fn dense_ranges(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, at_most): (&Promised<Groups>, Option<usize>),
    funcs: &[Func],
) -> Vec<Promised<Vec<Tables>>> {
    if funcs.is_empty() {
        return Vec::new();
    }
    let (funcs, kept) = (funcs.to_vec(), NUMBER * funcs.len());
    by_ranges(scene, data, matrix, (groups, at_most, kept), move |sums| {
        let table = |&func: &Func| table_of(sums, func);
        funcs.iter().map(table).collect()
    })
}

fn table_of(sums: &GroupSums, func: Func) -> Array2<f64> {
    let mut table = Array2::zeros((sums.n_groups(), sums.n_genes()));
    for (group, mut row) in table.outer_iter_mut().enumerate() {
        row.assign(&ArrayView1::from(&numbers_of(&sums.group(group), func)));
    }
    table
}

/// The tables of all ranges in one.
fn side_by_side(ranges: &[Arc<Vec<Tables>>], place: usize) -> Array2<f64> {
    let ranges = || ranges.iter().flat_map(|some| some.iter());
    let n_groups = ranges().next().map_or(0, |tables| tables[place].nrows());
    let n_genes = ranges().map(|tables| tables[place].ncols()).sum();
    let mut all = Array2::zeros((n_groups, n_genes));
    let mut first = 0;
    for tables in ranges() {
        let table = &tables[place];
        let end = first + table.ncols();
        all.slice_mut(s![.., first..end]).assign(table);
        first = end;
    }
    all
}

fn medians_of(panels: &[Arc<Vec<Vec<Vec<f32>>>>]) -> Array2<f64> {
    let parts = || panels.iter().flat_map(|panel| panel.iter());
    let n_groups = parts().next().map_or(0, Vec::len);
    let n_genes = parts().map(|genes| genes.first().map_or(0, Vec::len)).sum();
    let mut table = Array2::zeros((n_groups, n_genes));
    let mut first = 0;
    for some_genes in parts() {
        for (group, medians) in some_genes.iter().enumerate() {
            for (gene, &median) in medians.iter().enumerate() {
                table[[group, first + gene]] = f64::from(median);
            }
        }
        first += some_genes.first().map_or(0, Vec::len);
    }
    table
}
