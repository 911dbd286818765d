//! `hvg`: the genes that vary most between cells.

mod dispersions;
mod ranked;

use crate::command::input_matrix::InputMatrix;
use crate::command::params::{
    Bound, Count, Data, Endless, Flag, Fraction, GroupKey, LayerKey, Number,
};
use crate::command::references;
use crate::command::spec::{COUNTS, LOGS, Need, Sometimes, Want, When};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::counts::checked;
use crate::commands::inputs::groups::{Groups, groups, names_and_sizes};
use crate::data::{
    About, Asked, Column, ColumnType, Dataset, Lazy, NumberType, Place, Promise, SlotName, Uns,
    Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Private, Promised};
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
        /// Number of genes to select; with cut-offs or n=none, all genes within the cut-offs (not for flavors that rank).
        #[also("n_top_genes", "nfeatures")]
        n: Option<Count> = Some(Count(2000)),
        /// How variability is measured.
        flavor: Flavor = Flavor::Seurat,
        /// Column of obs with batches; genes are selected in each batch and merged.
        #[also("by", "batch_key")]
        batch: Option<GroupKey>,
        /// Minimum mean, if genes are selected by cut-offs.
        min_mean: Number = 0.0125,
        /// Maximum mean, if genes are selected by cut-offs; inf for any.
        max_mean: Bound = 3.0,
        /// Minimum normalized dispersion, if genes are selected by cut-offs.
        min_disp: Number = 0.5,
        /// Maximum normalized dispersion, if genes are selected by cut-offs; by default any.
        max_disp: Option<Bound>,
        /// Number of bins of mean expression, for seurat.
        #[also("n_bins")]
        bins: Count = 20,
        /// Fraction of genes in each local fit, for seurat_v3.
        span: Fraction = 0.3,
        /// Overdispersion, for pearson_residuals; inf for a Poisson model.
        theta: Endless = 100.0,
        /// Clip residuals to ± this value, for pearson_residuals; inf for not at all; by default the square root of the number of cells.
        clip: Option<Endless>,
        /// Leave out genes that no cell expresses when genes are binned by mean; always so with batch=.
        #[also("filter_unexpressed_genes")]
        expressed: Flag = false,
        /// Layer to use; by default X for log values, layers.counts for counts.
        layer: Option<LayerKey>,
    }
}

/// Parameters that select genes where no number of them is given.
const CUTOFFS: &[&str] = &["min_mean", "max_mean", "min_disp", "max_disp"];

impl Command for Hvg {
    const SPEC: Spec = Spec {
        name: "hvg",
        summary: "Select highly variable genes.",
        keywords: "feature selection variable features highly variable genes dispersion",
        about: "Flavors for counts use layers.counts, which `normalize` keeps, or X if it holds counts.",
        reads: &[
            Need {
                want: Want::If(&Sometimes {
                    when: When::Is("flavor", &["seurat", "cell_ranger"]),
                    want: Want::Logs,
                    with: &[],
                }),
                ..LOGS
            },
            Need {
                want: Want::If(&Sometimes {
                    when: When::Is(
                        "flavor",
                        &["seurat_v3", "seurat_v3_paper", "pearson_residuals"],
                    ),
                    want: Want::Counts,
                    with: &[],
                }),
                ..COUNTS
            },
        ],
        writes: &[
            Write::Slot(Place::Var, Key::Is("highly_variable")),
            Write::Slot(Place::Var, Key::Is("means")),
            Write::Slot(Place::Var, Key::Pattern("dispersions")),
            Write::Slot(Place::Var, Key::Pattern("dispersions_norm")),
            Write::Slot(Place::Var, Key::Pattern("variances")),
            Write::Slot(Place::Var, Key::Pattern("variances_norm")),
            Write::Slot(Place::Var, Key::Pattern("residual_variances")),
            Write::Slot(Place::Var, Key::Pattern("highly_variable_<measure>")),
            Write::Slot(Place::Uns, Key::Is("hvg")),
        ],
        without: &[
            (
                "subset",
                "filter_genes adata (highly_variable) keeps only these genes; pca uses only these in any case",
            ),
            (
                "check_values",
                "counts are recognized by what X is known to hold",
            ),
        ],
        unless: &[("n", CUTOFFS)],
        like: &[
            "sc.pp.highly_variable_genes",
            "sc.experimental.pp.highly_variable_genes",
            "FindVariableFeatures",
        ],
        examples: &[
            "hvg adata n=500",
            "hvg adata n=500 flavor=seurat_v3",
            "hvg adata min_mean=0.0125 max_mean=3 min_disp=0.5",
        ],
        cite: &[
            &references::SEURAT,
            &references::SEURAT_V3,
            &references::CELL_RANGER,
            &references::PEARSON_RESIDUALS,
        ],
        method: "[n|The {n} most highly variable genes][!n|Highly variable genes] were selected[batch| within batches ({batch}) and combined] by [flavor=seurat|their normalized dispersion <SEURAT>][flavor=cell_ranger|their normalized dispersion as in Cell Ranger <CELL_RANGER>][flavor=seurat_v3|the variance of standardized counts <SEURAT_V3>][flavor=seurat_v3_paper|the variance of standardized counts <SEURAT_V3>][flavor=pearson_residuals|the variance of analytic Pearson residuals <PEARSON_RESIDUALS>].",
        holds: "a few numbers per gene and batch",
        tells: &["n"],
        ..Spec::NEW
    };

    fn plan(mut self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        self.number_or_cutoffs(scene);
        let batches = self
            .batch
            .as_ref()
            .map(|batch| batches(scene, &data, &batch.0))
            .transpose()?;
        let columns = match self.flavor {
            Flavor::Seurat | Flavor::CellRanger => self.by_dispersion(scene, &data, batches)?,
            Flavor::SeuratV3 | Flavor::SeuratV3Paper => {
                self.by_standardized(scene, &data, batches)?
            }
            Flavor::PearsonResiduals => self.by_residuals(scene, &data, batches)?,
        };
        let from = self.input_matrix(scene, &data)?.from();
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
        Ok(Reply::Dataset(
            data,
            vec![SlotName::new(Place::Var, "highly_variable")],
        ))
    }
}

impl Hvg {
    fn ranks(&self) -> bool {
        !matches!(self.flavor, Flavor::Seurat | Flavor::CellRanger)
    }

    /// Cut-offs that are given without a number of genes select; beside one they do nothing.
    fn number_or_cutoffs(&mut self, scene: &mut Scene) {
        let given = CUTOFFS
            .iter()
            .any(|cutoff| scene.args.get(cutoff).is_some());
        if given && scene.args.get("n").is_none() && !self.ranks() {
            self.n = None;
        }
        let usual = (self.min_mean.0, self.max_mean.0, self.min_disp.0) == (0.0125, 3.0, 0.5);
        if let (Some(n), true) = (&self.n, !usual || self.max_disp.is_some()) {
            let headline = format!("the top {} genes are selected; cut-offs are ignored", n.0);
            let note = Diagnostic::note(headline);
            scene.note(if self.ranks() {
                note.help("flavor=seurat and flavor=cell_ranger select by cut-offs")
            } else {
                note.help("leave out n= to select by them")
            });
        }
    }

    /// Log values or counts, as the flavor has it.
    fn input_matrix(&self, scene: &Scene, data: &Dataset) -> Outcome<InputMatrix> {
        let asked = Asked::layer(self.layer.as_deref());
        match self.flavor {
            Flavor::Seurat | Flavor::CellRanger => scene.input_matrix(data, asked, About::Logs),
            _ => checked(scene, scene.input_matrix(data, asked, About::Counts)?),
        }
    }
}

/// The batches of a column in which something can vary, and a note on the others.
fn batches(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Promised<Groups>> {
    let groups = groups(scene, data, key)?;
    let (key, origin) = (key.to_owned(), scene.origin());
    let of = key.clone();
    let remark = move |small: &[(String, usize)]| {
        let (batch, have) = match small.len() {
            0 => return None,
            1 => ("batch", "has"),
            _ => ("batches", "have"),
        };
        let names = names_and_sizes(small);
        Some(Diagnostic::note(format!(
            "{batch} {names} of obs.{of} {have} no variance and cannot contribute to the selection"
        )))
    };
    Ok(scene.step(groups, Private::new(), move |groups, cx| {
        let (groups, small) = groups.of_at_least(2);
        if groups.levels.is_empty() && !small.is_empty() {
            let said = Diagnostic::error(
                code::GROUPS_TOO_SMALL,
                format!("no batch of obs.{key} has at least 2 cells"),
            );
            let help = "leave out batch=, or name a column with larger batches";
            return Err(said.at(&origin).help(help).into());
        }
        cx.remark(remark(&small));
        Ok(groups)
    }))
}

/// The note on a selection that has fewer genes than were asked for and than there are.
fn fewer(selected: &[bool], asked: usize) -> Option<Box<Diagnostic>> {
    let found = selected.iter().filter(|&&selected| selected).count();
    (found < asked.min(selected.len())).then(|| {
        Diagnostic::note(format!(
            "{found} genes are selected, not {asked}: the others do not vary"
        ))
    })
}

fn flavor_word(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Seurat => "seurat",
        Flavor::CellRanger => "cell_ranger",
        Flavor::SeuratV3 | Flavor::SeuratV3Paper => "seurat_v3",
        Flavor::PearsonResiduals => "pearson_residuals",
    }
}

/// Columns of var by their names.
type Columns = Vec<(&'static str, Lazy)>;

fn promise(name: &str) -> Promise {
    Promise::Column(match name {
        "highly_variable" | "highly_variable_intersection" => ColumnType::Bool,
        _ => ColumnType::Number,
    })
}

fn numbers(values: Vec<f64>) -> Value {
    Value::Column(Arc::new(Column::numbers(values, NumberType::F64)))
}

fn truths(values: Vec<bool>) -> Value {
    Value::Column(Arc::new(Column::Bool(values)))
}

fn whole_numbers(values: Vec<u32>) -> Value {
    let values = values.into_iter().map(f64::from).collect();
    Value::Column(Arc::new(Column::numbers(values, NumberType::I64)))
}
