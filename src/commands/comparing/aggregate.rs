//! `aggregate`: cells summed up by group, as a dataset with a row a group.

use crate::command::params::{Count, Data, GroupKey, Many};
use crate::command::{Arg, Command, Reply, Scene, Spec, Val};
use crate::commands::comparing::combined::combined;
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::{Groups, that_fit};
use crate::commands::passes::gene_sums::group_sums;
use crate::commands::passes::panels;
use crate::data::{Dataset, Lazy, Matrix, Promise, SlotName, State, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::methods::aggregate::{medians, variances};
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::plan::promised_matrix;
use crate::{params, words};
use ndarray::Array2;
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
        holds: "a few numbers per gene and group; for medians, the values of some genes at a time",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let looked = self.values.given(scene, &data)?;
        let (data, matrix) = (looked.data.clone(), looked.matrix.clone());
        let keys = self.by.texts();
        let mut grouped = combined(scene, &data, &keys, self.min_cells.0)?;
        let makings = makings(scene, &data, &matrix, &grouped.groups, &self.func.0);
        for (func, values) in self.func.0.iter().zip(makings) {
            let layer = layer_of(
                scene,
                &data,
                &grouped.data,
                values,
                func.state(matrix.state),
                &looked.from(),
            );
            grouped.data.layers.insert(func.word(), layer);
        }
        let said: Vec<String> = self.func.0.iter().map(|func| func.word()).collect();
        let said = format!("layers {} by {}", said.join(", "), keys.join(", "));
        Ok(Reply::Dataset(grouped.data, said))
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

/// Bytes of a median, while it is put in its place.
const MEDIAN: usize = 16;

/// Groups × genes for each function.
pub(in crate::commands) fn makings(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Lazy,
    funcs: &[Func],
) -> Vec<Lazy> {
    let sums = group_sums(scene, data, matrix, Of::Value, Some(groups.clone()));
    let mut makings = Vec::new();
    for &func in funcs {
        let needs = match func {
            Func::Median => {
                let groups = that_fit(scene, data, groups, MEDIAN);
                panels::by_panel(scene, data, matrix, &groups, |panel, groups, ticker| {
                    let sizes: Vec<u64> = groups.sizes().iter().map(|&n| n as u64).collect();
                    Ok(medians(panel, &sizes, ticker)?)
                })
            }
            _ => vec![sums.clone()],
        };
        let needs = [vec![groups.clone()], needs].concat();
        let origin = scene.origin();
        makings.push(scene.one(needs, Promise::Uns, move |needs, _| {
            let groups = needs[0].inner::<Groups>();
            if groups.is_none_or(|groups| groups.levels.is_empty()) {
                return Err(Diagnostic::error("E305", "no group has enough cells")
                    .at(&origin)
                    .help("lower min_cells, or group by fewer columns")
                    .into());
            }
            let rows = match func {
                Func::Median => median_rows(&needs[1..]),
                _ => sum_rows(&needs[1], func),
            };
            let n_genes = rows.first().map_or(0, Vec::len);
            // f32 has no room for every sum of counts.
            let dense = Array2::from_shape_fn((rows.len(), n_genes), |(i, j)| rows[i][j]);
            Ok(Value::Uns(Arc::new(Uns::Array(dense.into_dyn()))))
        }));
    }
    makings
}

fn sum_rows(value: &Value, func: Func) -> Vec<Vec<f64>> {
    let Some(sums) = value.inner::<GroupSums>() else {
        unreachable!("sums are of one type");
    };
    let row = |sums: crate::kernels::stats::sums::GeneSums| -> Vec<f64> {
        match func {
            Func::Mean => sums.means(),
            Func::Var => variances(&sums, 1),
            Func::CountNonzero => sums.n_nonzero.iter().map(|&n| f64::from(n)).collect(),
            Func::Sum | Func::Median => sums.sum,
        }
    };
    sums.each_group().into_iter().map(row).collect()
}

fn median_rows(values: &[Value]) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for panel in panels::results::<Vec<Vec<f32>>>(values) {
        for some_genes in panel.iter() {
            rows.resize(some_genes.len(), Vec::new());
            for (row, values) in rows.iter_mut().zip(some_genes) {
                row.extend(values.iter().copied().map(f64::from));
            }
        }
    }
    rows
}
