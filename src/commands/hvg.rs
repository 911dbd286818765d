//! `hvg`: the genes that vary most between cells.

use super::groups::{Groups, groups};
use crate::command::params::{Count, Data, Fraction, GroupKey, LayerKey, Number, Positive};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Write};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, NumberType, Place, Promise, RowsView, SlotName,
    State, Uns, Value,
};
use crate::diagnostic::Outcome;
use crate::kernels::hvg::dispersion::{
    self, Cutoffs, DispersionParams, Dispersions, Flavor as Binning, Select,
};
use crate::kernels::hvg::pearson::{BatchSums, Residuals};
use crate::kernels::hvg::seurat_v3::{Clipped, Expected};
use crate::kernels::hvg::{RankOrder, Ranking, rank_genes};
use crate::kernels::normalize::Totals;
use crate::kernels::pearson::PearsonParams;
use crate::kernels::sums::{GeneSums, GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{AnyOrder, Fold, Folding};
use crate::{params, words};
use std::sync::Arc;

words! {
    /// How variability is measured.
    Flavor {
        /// dispersion within bins of equal width; of log values
        Seurat = "seurat",
        /// dispersion within bins of equal size; of log values
        CellRanger = "cell_ranger",
        /// variance of standardized counts; ranked by median rank over batches
        SeuratV3 = "seurat_v3",
        /// the same, ranked by the number of batches first
        SeuratV3Paper = "seurat_v3_paper",
        /// variance of Pearson residuals of counts
        PearsonResiduals = "pearson_residuals",
    }
}

params! {
    Hvg {
        /// The dataset.
        adata: Data,
        /// Genes to select; by cut-offs, if none (not for flavours that rank).
        n: Option<Count> = Some(Count(2000)),
        /// How variability is measured.
        flavor: Flavor = Flavor::Seurat,
        /// Batches within which genes are ranked before the ranks are joined.
        batch: Option<GroupKey>,
        /// Lowest mean, with n=none.
        min_mean: Number = 0.0125,
        /// Highest mean, with n=none.
        max_mean: Number = 3.0,
        /// Lowest normalized dispersion, with n=none.
        min_disp: Number = 0.5,
        /// Bins of means, for seurat.
        bins: Count = 20,
        /// Share of genes in a local fit, for seurat_v3.
        span: Fraction = 0.3,
        /// Overdispersion, for pearson_residuals.
        theta: Positive = 100.0,
        /// Layer to look at; X for log values, layers.counts for counts, if left out.
        layer: Option<LayerKey>,
    }
}

impl Command for Hvg {
    const SPEC: Spec = Spec {
        name: "hvg",
        group: Group::Preparing,
        summary: "Mark the genes that vary most between cells.",
        about: "The flavours of counts read layers.counts, which `normalize` keeps.",
        reads: &[Need {
            want: Want::X(&[State::Log]),
            what: "log values",
            made_by: "log1p",
        }],
        writes: &[
            Write::Slot(Place::Var, Key::Is("highly_variable")),
            Write::Slot(Place::Var, Key::Is("means")),
            Write::Slot(Place::Uns, Key::Is("hvg")),
        ],
        aliases: &[
            ("n_top_genes", "n"),
            ("nfeatures", "n"),
            ("batch_key", "batch"),
            ("n_bins", "bins"),
        ],
        like: &[
            "sc.pp.highly_variable_genes",
            "sc.experimental.pp.highly_variable_genes",
            "FindVariableFeatures",
        ],
        examples: &["hvg adata n=500", "hvg adata n=500 flavor=seurat_v3"],
        cite: &[
            "Satija et al., Nat. Biotechnol. 33, 495 (2015)",
            "Stuart et al., Cell 177, 1888 (2019)",
        ],
        holds: "a few numbers a gene and batch",
        tells: &["n"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let batches = self
            .batch
            .as_ref()
            .map(|batch| groups(scene, &data, &batch.0))
            .transpose()?;
        let columns = match self.flavor {
            Flavor::Seurat | Flavor::CellRanger => self.by_dispersion(scene, &data, batches)?,
            Flavor::SeuratV3 | Flavor::SeuratV3Paper => {
                self.by_standardized(scene, &data, batches)?
            }
            Flavor::PearsonResiduals => self.by_residuals(scene, &data, batches)?,
        };
        let from = [SlotName::x()];
        for (name, value) in columns {
            scene.put(&mut data, Place::Var, name, value, &from);
        }
        let flavor = Uns::map().with("flavor", flavor_word(self.flavor));
        scene.put(
            &mut data,
            Place::Uns,
            "hvg",
            Lazy::ready(Value::Uns(Arc::new(flavor))),
            &from,
        );
        Ok(Reply::Dataset(data, "var.highly_variable".to_owned()))
    }
}

fn flavor_word(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Seurat => "seurat",
        Flavor::CellRanger => "cell_ranger",
        Flavor::SeuratV3 | Flavor::SeuratV3Paper => "seurat_v3",
        Flavor::PearsonResiduals => "pearson_residuals",
    }
}

type Columns = Vec<(&'static str, Lazy)>;

impl Hvg {
    /// One pass for the moments, and bins of means.
    fn by_dispersion(
        &self,
        scene: &Scene,
        data: &Dataset,
        batches: Option<Lazy>,
    ) -> Outcome<Columns> {
        let matrix = scene.matrix(data, self.layer.as_ref().map(|layer| layer.0.as_str()))?;
        let seurat = self.flavor == Flavor::Seurat;
        let (matrix, of) = match matrix.before_log() {
            Some(before) if seurat => (before, Of::Value),
            _ if seurat => (
                matrix,
                Of::Expm1 {
                    ln_base: log_base(data).ln(),
                },
            ),
            _ => (matrix, Of::Value),
        };
        let params = DispersionParams {
            flavor: if seurat {
                Binning::Seurat
            } else {
                Binning::CellRanger
            },
            select: match &self.n {
                Some(n) => Select::Top(n.0),
                None => Select::Cutoffs(Cutoffs {
                    min_mean: self.min_mean.0,
                    max_mean: self.max_mean.0,
                    min_disp: self.min_disp.0,
                    max_disp: f64::INFINITY,
                }),
            },
            n_bins: self.bins.0,
        };
        let batched = batches.is_some();
        let sums = group_sums(scene, data, &matrix, of, batches);
        let mut names = vec![
            "highly_variable",
            "means",
            "dispersions",
            "dispersions_norm",
        ];
        if batched {
            names.extend(["highly_variable_nbatches", "highly_variable_intersection"]);
        }
        let promises: Vec<Promise> = names.iter().map(|name| promise(name)).collect();
        let gene_names = scene.gene_names(data);
        let values = scene.whole(vec![sums, gene_names], &promises, move |needs, _| {
            let sums = batch_sums(&needs[0]);
            let found = if batched {
                let rank = needs[1].names().map(|names| name_rank(names));
                dispersion::select_by_batch(&sums, &params, rank.as_deref())
            } else {
                dispersion::select(&sums[0], &params)
            };
            Ok(dispersion_columns(found, batched))
        });
        Ok(names.into_iter().zip(values).collect())
    }

    /// Moments, a fit, and a second pass over clipped counts.
    fn by_standardized(
        &self,
        scene: &Scene,
        data: &Dataset,
        batches: Option<Lazy>,
    ) -> Outcome<Columns> {
        let counts = self.counts(scene, data)?;
        let sums = group_sums(scene, data, &counts, Of::Value, batches.clone());
        let span = self.span.0;
        let mut needs = vec![sums.clone()];
        needs.extend(batches);
        let scores = scene.fold(
            scene.view(data, &counts),
            needs,
            &[Promise::Unknown],
            move |extent, needs| {
                let expected: Arc<[Expected]> = batch_sums(&needs[0])
                    .iter()
                    .map(|sums| Expected::new(sums, span))
                    .collect();
                let groups = needs
                    .get(1)
                    .and_then(|value| value.inner::<Groups>())
                    .map(|groups| groups.codes.clone());
                Ok(Box::new(AnyOrder(Folding {
                    new: move || Clipped::new(expected.clone(), groups.clone()),
                    add: |clipped: &mut Clipped, rows: RowsView, cells: &[u32], _: &Ticker| {
                        clipped.add(rows, cells);
                        Ok(())
                    },
                    merge: Clipped::merge,
                    finish: |clipped: Clipped, _: &Ticker| {
                        Ok(vec![Value::Inner(Arc::new(clipped.finish()))])
                    },
                    partial_bytes: extent.genes as u64 * 48,
                })) as Box<dyn Fold>)
            },
        );
        let order = match self.flavor {
            Flavor::SeuratV3Paper => RankOrder::Batches,
            _ => RankOrder::MedianRank,
        };
        self.ranked(
            scene,
            scores[0].clone(),
            Some(sums),
            order,
            "variances_norm",
        )
    }

    /// Sums, and a second pass over residuals.
    fn by_residuals(
        &self,
        scene: &Scene,
        data: &Dataset,
        batches: Option<Lazy>,
    ) -> Outcome<Columns> {
        let counts = self.counts(scene, data)?;
        let sums = group_sums(scene, data, &counts, Of::Value, batches.clone());
        let totals = totals(scene, data, &counts);
        let params = PearsonParams {
            theta: self.theta.0,
            clip: None,
        };
        let mut needs = vec![sums, totals];
        needs.extend(batches);
        let scores = scene.fold(
            scene.view(data, &counts),
            needs,
            &[Promise::Unknown],
            move |extent, needs| {
                let sums: Vec<BatchSums> = batch_sums(&needs[0])
                    .into_iter()
                    .map(|sums| BatchSums {
                        genes: sums.sum,
                        n_cells: sums.n_cells,
                    })
                    .collect();
                let totals = needs[1]
                    .numbers()
                    .map(|totals| (**totals).clone())
                    .unwrap_or_default();
                let groups = needs
                    .get(2)
                    .and_then(|value| value.inner::<Groups>())
                    .map(|groups| groups.codes.to_vec());
                // The empty accumulator is made once: its tables are shared by all that are cloned.
                let empty = Residuals::new(&sums, totals, groups, &params);
                Ok(Box::new(Folding {
                    new: move || empty.clone(),
                    add: |residuals: &mut Residuals, rows: RowsView, cells: &[u32], _: &Ticker| {
                        residuals.add(rows, cells);
                        Ok(())
                    },
                    merge: Residuals::merge,
                    finish: |residuals: Residuals, ticker: &Ticker| {
                        Ok(vec![Value::Inner(Arc::new(residuals.finish(ticker)?))])
                    },
                    partial_bytes: extent.genes as u64 * 64,
                }) as Box<dyn Fold>)
            },
        );
        self.ranked(
            scene,
            scores[0].clone(),
            None,
            RankOrder::Batches,
            "residual_variances",
        )
    }

    fn counts(&self, scene: &Scene, data: &Dataset) -> Outcome<Matrix> {
        let layer = self.layer.as_ref().map(|layer| layer.0.as_str());
        let who = format!("flavor {}", flavor_word(self.flavor));
        super::counts::counts(scene, data, layer, "flavor", &who)
    }

    fn ranked(
        &self,
        scene: &Scene,
        scores: Lazy,
        sums: Option<Lazy>,
        order: RankOrder,
        score: &'static str,
    ) -> Outcome<Columns> {
        let Some(n) = self.n.as_ref().map(|n| n.0) else {
            return Err(scene.error(
                "n",
                "E062",
                "this flavour ranks genes and needs a number of them",
                "is none",
            ));
        };
        let mut names = vec![
            "highly_variable",
            "highly_variable_rank",
            "highly_variable_nbatches",
            "highly_variable_intersection",
            score,
        ];
        if sums.is_some() {
            names.extend(["means", "variances"]);
        }
        let promises: Vec<Promise> = names.iter().map(|name| promise(name)).collect();
        let mut needs = vec![scores];
        needs.extend(sums);
        let values = scene.whole(needs, &promises, move |needs, _| {
            let scores = needs[0]
                .inner::<Vec<Vec<f64>>>()
                .map(|scores| (*scores).clone())
                .unwrap_or_default();
            let ranking = rank_genes(&scores, n, order);
            let mut columns = ranking_columns(ranking);
            if let Some(all) = needs
                .get(1)
                .and_then(|value| value.inner::<GroupSums>())
                .map(|sums| sums.all())
            {
                columns.push(numbers(all.means()));
                columns.push(numbers(all.variances()));
            }
            Ok(columns)
        });
        Ok(names.into_iter().zip(values).collect())
    }
}

fn promise(name: &str) -> Promise {
    Promise::Column(match name {
        "highly_variable" | "highly_variable_intersection" => ColumnType::Truth,
        _ => ColumnType::Number,
    })
}

fn numbers(values: Vec<f64>) -> Value {
    Value::Column(Arc::new(Column::numbers(values, NumberType::F64)))
}

fn truths(values: Vec<bool>) -> Value {
    Value::Column(Arc::new(Column::Truth(values)))
}

fn whole_numbers(values: Vec<u32>) -> Value {
    let values = values.into_iter().map(f64::from).collect();
    Value::Column(Arc::new(Column::numbers(values, NumberType::I64)))
}

fn dispersion_columns(found: Dispersions, batched: bool) -> Vec<Value> {
    let norm = found
        .dispersions_norm
        .iter()
        .map(|&x| f64::from(x as f32))
        .collect();
    let mut columns = vec![
        truths(found.highly_variable),
        numbers(found.means),
        numbers(found.dispersions),
        Value::Column(Arc::new(Column::numbers(norm, NumberType::F32))),
    ];
    if batched {
        columns.push(whole_numbers(found.n_batches));
        columns.push(truths(found.intersection));
    }
    columns
}

fn ranking_columns(ranking: Ranking) -> Vec<Value> {
    vec![
        truths(ranking.highly_variable),
        numbers(ranking.median_rank),
        whole_numbers(ranking.n_batches),
        truths(ranking.intersection),
        numbers(ranking.mean_score),
    ]
}

/// Place of each gene among the sorted names.
fn name_rank(names: &crate::data::Names) -> Vec<u32> {
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    order.sort_by(|&a, &b| names.get(a as usize).cmp(names.get(b as usize)));
    let mut rank = vec![0; order.len()];
    for (place, gene) in order.into_iter().enumerate() {
        rank[gene as usize] = place as u32;
    }
    rank
}

/// Base of the logarithm that X has gone through; e where nothing is said.
pub(super) fn log_base(data: &Dataset) -> f64 {
    let log1p = data
        .uns
        .get("log1p")
        .and_then(|slot| slot.value.get()?.uns().cloned());
    match log1p.as_ref().and_then(|uns| uns.get("base")) {
        Some(Uns::Number(base)) => *base,
        _ => std::f64::consts::E,
    }
}

fn batch_sums(value: &Value) -> Vec<GeneSums> {
    value
        .inner::<GroupSums>()
        .map(|sums| sums.each_group())
        .unwrap_or_default()
}

/// Moments of each gene in each batch, as a [`GroupSums`].
pub(super) fn group_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    of: Of,
    batches: Option<Lazy>,
) -> Lazy {
    let needs = batches.into_iter().collect();
    let mut values = scene.fold(
        scene.view(data, matrix),
        needs,
        &[Promise::Unknown],
        move |extent, needs| {
            let groups = needs.first().and_then(|value| value.inner::<Groups>());
            let n_groups = groups.as_ref().map_or(1, |groups| groups.levels.len());
            let codes = groups.map(|groups| groups.codes.clone());
            Ok(Box::new(AnyOrder(Folding {
                new: move || match &codes {
                    Some(codes) => GroupSums::by_group(extent.genes, of, codes.clone(), n_groups),
                    None => GroupSums::all_cells(extent.genes, of),
                },
                add: |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                    sums.add(rows, cells);
                    Ok(())
                },
                merge: GroupSums::merge,
                finish: |sums: GroupSums, _: &Ticker| Ok(vec![Value::Inner(Arc::new(sums))]),
                partial_bytes: (extent.genes * n_groups) as u64 * 64,
            })) as Box<dyn Fold>)
        },
    );
    values.remove(0)
}

/// Counts of each cell.
pub(super) fn totals(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Lazy {
    let mut values = scene.fold(
        scene.view(data, matrix),
        Vec::new(),
        &[Promise::Unknown],
        |_, _| {
            Ok(Box::new(AnyOrder(Folding {
                new: || Totals::new(None),
                add: |totals: &mut Totals, rows: RowsView, cells: &[u32], _: &Ticker| {
                    totals.add(rows, cells);
                    Ok(())
                },
                merge: Totals::merge,
                finish: |totals: Totals, _: &Ticker| {
                    Ok(vec![Value::Numbers(Arc::new(totals.finish()))])
                },
                partial_bytes: 16 * 1024,
            })) as Box<dyn Fold>)
        },
    );
    values.remove(0)
}
