//! `normalize`: scale each cell to the same total count.

use crate::command::params::{Data, Flag, Fraction, LayerKey, NewName, Positive};
use crate::command::references;
use crate::command::spec::{Need, Want};
use crate::command::transformed::{Kept, Transformed};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::preprocessing::centered::{Per, centered};
use crate::data::matrix::Apply;
use crate::data::{
    Column, ColumnType, Dataset, Depth, Lazy, Matrix, NumberType, Place, Promise, RowStep, Rows,
    RowsView, State, Value,
};
use crate::diagnostic::{Outcome, code};
use crate::kernels::methods::normalize::{HighlyExpressed, Totals, divide, size_factors};
use crate::kernels::ticker::Ticker;
use crate::plan::{Edges, Folding, Private, Promised};
use crate::{params, words};
use std::sync::Arc;

params! {
    Normalize {
        /// The dataset.
        adata: Data,
        /// Method: same total count per cell (RNA), or centered log ratios (antibodies).
        #[also("normalization.method")]
        method: Method = Method::Total,
        /// Total count of each cell after normalization; by default the median of the cells with counts.
        #[also("target_sum", "scale.factor")]
        target: Option<Positive>,
        /// Exclude genes that dominate a cell from its total.
        exclude_highly_expressed: Flag = false,
        /// Fraction of a cell's counts above which a gene dominates it.
        max_fraction: Fraction = 0.05,
        /// Column of obs to write with the size factors.
        #[also("key_added")]
        key: Option<NewName>,
        /// How log ratios are centered.
        per: Per = Per::Cell,
        /// Normalize a layer instead of X.
        layer: Option<LayerKey>,
    }
}

words! {
    /// How counts are normalized.
    Method {
        /// each cell is scaled to the same total
        Total = "total",
        /// log(1 + x / g), g the geometric mean of 1 + x: Seurat's CLR
        Clr = "clr",
    }
}

impl Command for Normalize {
    const SPEC: Spec = Spec {
        name: "normalize",
        summary: "Normalize the counts of each cell to the same total.",
        keywords: "normalization size factors library size depth CPM CP10K CLR",
        about: "Counts are kept in layers.counts at no cost.",
        reads: &[Need {
            want: Want::X(&[State::Counts]),
            what: "counts",
            made_by: "",
        }],
        writes: &[
            Write::X(State::Normalized),
            Write::X(State::LogRatios),
            Write::Slot(Place::Layers, Key::Is("counts")),
            Write::Slot(Place::Obs, Key::Pattern("<key>")),
        ],
        without: &[(
            "obsm",
            "proteins in obsm: read FILE features=\"Antibody Capture\" makes them the matrix, then normalize method=clr",
        )],
        like: &["sc.pp.normalize_total", "NormalizeData"],
        examples: &[
            "normalize adata target=1e4",
            "normalize adata",
            "normalize adata method=clr per=feature",
        ],
        cite: &[&references::CITE_SEQ],
        method: "[method=total|Counts were normalized to [target|a total of {target}][!target|the median total count] per cell[exclude_highly_expressed|, where genes with more than {max_fraction} of the counts of a cell did not count toward the total]][method=clr|Counts were transformed to centered log ratios per {per} <CITE_SEQ>].",
        holds: "one number per cell",
        tells: &["target"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut to = Transformed::new(scene, &self.adata.0, self.layer.as_deref())?;
        if self.method == Method::Clr {
            return self.log_ratios(scene, to);
        }
        let excluded = self
            .exclude_highly_expressed
            .0
            .then(|| highly_expressed(scene, &to.data, &to.matrix, self.max_fraction.0));
        let target = self.target.map(|target| Depth::Of(target.0));
        let (normalized, factors) = normalized(scene, &to.data, &to.matrix, excluded, target);
        if let Some(NewName(key)) = &self.key {
            let from = [to.slot()];
            let factors = factors.measured();
            scene.put(&mut to.data, Place::Obs, key, factors, &from);
        }
        to.put(normalized, Kept::Counts);
        Ok(to.reply())
    }
}

impl Normalize {
    fn log_ratios(&self, scene: &Scene, mut to: Transformed) -> Outcome<Reply> {
        let unused = [
            ("target", self.target.is_some()),
            ("exclude_highly_expressed", self.exclude_highly_expressed.0),
            ("key", self.key.is_some()),
        ];
        if let Some((param, _)) = unused.iter().find(|(_, given)| *given) {
            let headline = format!("method=clr has no `{param}`");
            return Err(scene
                .error(
                    param,
                    code::NOT_APPLICABLE,
                    headline,
                    "applies to method=total only",
                )
                .help("normalize adata method=clr"));
        }
        let ratios = centered(scene, &to.data, &to.matrix, self.per);
        to.put(ratios, Kept::Counts);
        Ok(to.reply())
    }
}

/// One flag per gene: it dominates some cell.
fn highly_expressed(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    max_fraction: f64,
) -> Promised<Vec<bool>> {
    scene.fold(
        scene.view(data, matrix),
        (),
        Private::new(),
        move |extent, ()| {
            Ok(Folding {
                new: move || HighlyExpressed::new(extent.genes, max_fraction),
                add: |found: &mut HighlyExpressed, rows: RowsView, _: &[u32], _: &Ticker| {
                    found.add(rows);
                    Ok(())
                },
                merge: HighlyExpressed::merge,
                finish: |found: HighlyExpressed, _: &Ticker| Ok(found.finish()),
                partial_bytes: extent.genes as u64,
            }
            .exact())
        },
    )
}

/// The matrix with the same total in each cell, `depth` or the median of what is there, and what
/// each cell is divided by, a column of obs.
pub(in crate::commands) fn normalized(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    excluded: Option<Promised<Vec<bool>>>,
    depth: Option<Depth>,
) -> (Matrix, Lazy) {
    let whole = excluded.is_none();
    let (factors, target) = factors(scene, data, matrix, excluded, depth.clone());
    let needs = Edges::new(factors.clone());
    let mut normalized = scene.row_step(data, matrix, Divide { needs }, State::Normalized);
    // Where genes were left out of the totals, cells do not add up to the same.
    normalized.depth = depth
        .or(Some(Depth::Median(target.lazy().clone())))
        .filter(|_| whole);
    (normalized, factors)
}

/// What each cell is divided by, a column of obs, and the total that cells have then.
fn factors(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    excluded: Option<Promised<Vec<bool>>>,
    depth: Option<Depth>,
) -> (Lazy, Promised<Vec<f64>>) {
    let (given, median) = match depth {
        Some(Depth::Of(target)) => (Some(target), None),
        Some(Depth::Median(target)) => (None, Some(Promised::<Vec<f64>>::of(target))),
        None => (None, None),
    };
    scene.fold(
        scene.view(data, matrix),
        (excluded, median),
        (Promise::Column(ColumnType::Number), Private::new()),
        move |extent, (excluded, median)| {
            let excluded: Option<Arc<[bool]>> = excluded.map(|flags| flags.as_slice().into());
            let median = median.and_then(|median| median.first().copied());
            let target = given.or(median.filter(|target| target.is_finite()));
            Ok(Folding {
                new: move || Totals::new(excluded.clone()),
                add: |totals: &mut Totals, rows: RowsView, cells: &[u32], _: &Ticker| {
                    totals.add(rows, cells);
                    Ok(())
                },
                merge: Totals::merge,
                finish: move |totals: Totals, _: &Ticker| {
                    let found = size_factors(&totals.finish(), target);
                    debug_assert_eq!(found.factors.len(), extent.cells);
                    let factors = Column::numbers(found.factors, NumberType::F64);
                    Ok((Value::of(factors), vec![found.target_sum]))
                },
                partial_bytes: 16 * 1024,
            }
            .exact())
        },
    )
}

/// The row step: each cell is divided by its factor.
struct Divide {
    needs: Edges<Lazy>,
}

impl RowStep for Divide {
    fn needs(&self) -> &[Lazy] {
        self.needs.lazies()
    }

    fn prepare(&self, values: &[Value], _: &[u32]) -> Apply {
        let factors = self.needs.values(values);
        let factors = factors
            .column_numbers()
            .map_or(Vec::new(), |factors| factors.values.clone());
        Box::new(move |rows: &mut Rows, cells| divide(rows, cells, &factors))
    }
}
