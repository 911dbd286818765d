//! `aggregate`: cells summed up by group, as a dataset with a row per group.

use crate::command::params::{Count, Data, GroupKey, Many};
use crate::command::{Arg, Command, Reply, Scene, Spec, Val};
use crate::commands::comparing::combined::combined;
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::{Groups, that_fit};
use crate::commands::passes::gene_sums::{base_of, by_ranges};
use crate::commands::passes::panels;
use crate::data::{Dataset, Lazy, Matrix, Place, Promise, SlotName, State, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::aggregate::{medians, variances};
use crate::kernels::stats::rank::rank_sum::Panel;
use crate::kernels::stats::sums::GroupSums;
use crate::kernels::ticker::Ticker;
use crate::plan::{Promised, promised_matrix};
use crate::{params, words};
use ndarray::{Array2, ArrayView1, s};
use std::sync::Arc;

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
    fn word(self) -> String {
        match self.to_val() {
            Val::Text(word) => word,
            other => other.to_string(),
        }
    }

    /// What numbers of this kind are, made from values in a state.
    fn state(self, of: State) -> State {
        match (self, of) {
            (Func::Sum | Func::CountNonzero, State::Counts) => State::Counts,
            (Func::CountNonzero, _) => State::Counts,
            (Func::Mean | Func::Median, State::Counts) => State::Unknown,
            (Func::Mean | Func::Median, of) => of,
            _ => State::Unknown,
        }
    }
}

params! {
    Aggregate {
        /// The dataset.
        adata: Data,
        /// Column of obs to group by, or several for their combinations.
        #[also("groupby", "group.by")]
        by: Many<GroupKey>,
        /// Statistics of each gene in each group; each becomes a layer.
        func: Many<Func> = [Func::Sum],
        use GeneValues as values,
        /// Minimum number of cells per group.
        min_cells: Count = 1,
    }
}

impl Command for Aggregate {
    const SPEC: Spec = Spec {
        name: "aggregate",
        summary: "Aggregate cells by group into a dataset with one row per group.",
        keywords: "average expression pseudobulk mean",
        about: "Writes one layer per function: sum, mean, var (with n - 1), median, count_nonzero. As in scanpy, the result has no X; `pseudobulk` stores sums of counts in X.",
        without: &[
            (
                "axis",
                "only cells are aggregated; `summarize` summarizes columns in a table",
            ),
            (
                "mask",
                "filter first, or subset the cells: adata[batch == \"a\"]",
            ),
            ("dof", "variances are divided by n − 1"),
            ("obsm", "only X and layers can be aggregated"),
            ("varm", "only X and layers can be aggregated"),
        ],
        like: &[
            "sc.get.aggregate",
            "AggregateExpression",
            "AverageExpression",
        ],
        examples: &[
            "means = aggregate(adata, by=cell_type, func=[mean, count_nonzero])",
            "compute aggregate(adata, by=[cell_type, batch], func=[sum, var, median])",
        ],
        method: "Expression was aggregated by {by} ({func}).",
        holds: "a few numbers per gene and group; for medians, the values of some genes at a time",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let looked = self.values.given(scene, &data)?;
        let (data, matrix) = (looked.data.clone(), looked.matrix.clone());
        if self.func.0.contains(&Func::Sum) && !self.values.is_named() {
            tell_sums(scene, matrix.state);
        }
        let keys = self.by.texts();
        let mut grouped = combined(scene, &data, &keys, self.min_cells.0)?;
        let makings = makings(scene, &data, &matrix, grouped.counted(), &self.func.0);
        let base = match matrix.state {
            State::Log => Some(base_of(scene, &data, &matrix)?),
            _ => None,
        };
        for (func, values) in self.func.0.iter().zip(makings) {
            let mut layer = layer_of(
                scene,
                &data,
                &grouped.data,
                values,
                func.state(matrix.state),
                &looked.from(),
            );
            layer.log_base = base.filter(|_| layer.state == State::Log);
            grouped.data.layers.insert(func.word(), layer);
        }
        let layer = |func: &Func| SlotName::new(Place::Layers, func.word());
        let written = self.func.0.iter().map(layer).collect();
        Ok(Reply::Dataset(grouped.data, written))
    }
}

/// Sums of something else than counts are seldom what is wanted.
fn tell_sums(scene: &mut Scene, state: State) {
    let is_counts = matches!(state, State::Counts | State::Unknown);
    let headline = format!("X holds {}, and these are summed", state.values());
    if !is_counts {
        let help = "`pseudobulk` sums counts; layer=X says that X is meant";
        scene.note(Diagnostic::note(headline).help(help));
    }
}

/// A matrix of promised values on the axes of `grouped`.
pub(in crate::commands) fn layer_of(
    scene: &Scene,
    data: &Dataset,
    grouped: &Dataset,
    values: Lazy,
    state: State,
    from: &[SlotName],
) -> Matrix {
    let (cells, genes) = (&grouped.cells, &grouped.genes);
    let mut matrix = promised_matrix(&scene.label, values, cells, genes, state);
    matrix.stamp = scene.stamp(data, from);
    matrix
}

/// Bytes of a number, while it is put in its place.
const NUMBER: usize = 16;

/// Groups × genes for each function.
pub(in crate::commands) fn makings(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, at_most): (&Promised<Groups>, Option<usize>),
    funcs: &[Func],
) -> Vec<Lazy> {
    let (summed, ranges) = tables(scene, data, matrix, (groups, at_most), funcs);
    let mut makings = Vec::new();
    for &func in funcs {
        let (mut panels, mut of_sums) = (Vec::new(), Vec::new());
        match func {
            Func::Median => {
                let groups = that_fit(scene, data, groups, |_| NUMBER);
                let work = |panel: Panel, groups: &Groups, ticker: &Ticker| {
                    let sizes: Vec<u64> = groups.sizes().iter().map(|&n| n as u64).collect();
                    Ok(medians(panel, &sizes, ticker)?)
                };
                panels = panels::by_panel(scene, data, matrix, &groups, work);
            }
            _ => of_sums = ranges.clone(),
        }
        let needs = (groups.clone(), panels, of_sums);
        let origin = scene.origin();
        let place = summed.iter().position(|&it| it == func);
        makings.push(
            scene.step(needs, Promise::Uns, move |(groups, panels, ranges), _| {
                if groups.levels.is_empty() {
                    return Err(Diagnostic::error(
                        code::GROUPS_TOO_SMALL,
                        "no group has enough cells",
                    )
                    .at(&origin)
                    .help("lower min_cells, or group by fewer columns")
                    .into());
                }
                // f32 has no room for every sum of counts.
                let dense = match place {
                    None => medians_of(&panels),
                    Some(place) => side_by_side(&ranges, place),
                };
                Ok(Value::Uns(Arc::new(Uns::Array(dense.into_dyn()))))
            }),
        );
    }
    makings
}

/// Groups × genes of a range, for each function but the median.
type Tables = Vec<Array2<f64>>;

/// Promises the tables of all ranges, and says of which functions they are.
fn tables(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, at_most): (&Promised<Groups>, Option<usize>),
    funcs: &[Func],
) -> (Vec<Func>, Vec<Promised<Vec<Tables>>>) {
    let of_sums = funcs.iter().copied().filter(|&func| func != Func::Median);
    let summed: Vec<Func> = of_sums.collect();
    if summed.is_empty() {
        return (summed, Vec::new());
    }
    let (of, kept) = (summed.clone(), NUMBER * summed.len());
    let ranges = by_ranges(scene, data, matrix, (groups, at_most, kept), move |sums| {
        of.iter()
            .map(|&func| table_of(sums, func))
            .collect::<Tables>()
    });
    (summed, ranges)
}

fn table_of(sums: &GroupSums, func: Func) -> Array2<f64> {
    let mut table = Array2::zeros((sums.n_groups(), sums.n_genes()));
    for (group, mut row) in table.outer_iter_mut().enumerate() {
        let sums = sums.group(group);
        let numbers = match func {
            Func::Mean => sums.means(),
            Func::Var => variances(&sums, 1),
            Func::CountNonzero => sums.n_nonzero.iter().map(|&n| f64::from(n)).collect(),
            Func::Sum | Func::Median => sums.sum,
        };
        row.assign(&ArrayView1::from(&numbers));
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
