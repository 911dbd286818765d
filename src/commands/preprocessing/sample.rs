//! `sample`: a random subset of the cells or genes.

use crate::command::params::{Count, Data, Flag, GroupKey, Integer, ObsKey, Positive, VarKey};
use crate::command::{Command, Reply, Scene, Spec, Write};
use crate::commands::inputs::missing;
use crate::data::{Category, Place, Selection, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::sample::{SampleError, sample, weighted_sample};
use crate::plan::{Fault, Private};
use crate::source::Origin;
use crate::{params, words};

words! {
    /// What is drawn.
    Drawn {
        /// cells
        Cells = "cells",
        /// genes
        Genes = "genes",
    }
}

params! {
    Sample {
        /// The dataset.
        adata: Data,
        /// Number to draw.
        #[also("n_obs")]
        n: Option<Count>,
        /// Fraction to draw; above 1 only with replacement.
        #[also("frac")]
        fraction: Option<Positive>,
        /// Column of obs with groups, to draw from each: n cells, or all of a smaller group.
        #[also("groupby", "group.by")]
        by: Option<GroupKey>,
        /// What to draw.
        axis: Drawn = Drawn::Cells,
        /// Draw with replacement.
        replace: Flag = false,
        /// Column of obs with sampling weights of cells; by default equal.
        #[also("p")]
        weights: Option<ObsKey>,
        /// Column of var with sampling weights of genes.
        gene_weights: Option<VarKey>,
        /// Random seed; by default the session's seed.
        #[also("rng", "random_state")]
        seed: Option<Integer>,
    }
}

impl Command for Sample {
    const SPEC: Spec = Spec {
        name: "sample",
        summary: "Subsample cells or genes at random.",
        keywords: "subsampling sketching downsample random subset",
        about: "The order of the dataset is kept. Costs nothing until computed.",
        writes: &[Write::Cells, Write::Genes],
        like: &["sc.pp.sample", "sc.pp.subsample"],
        examples: &[
            "sample adata n=100",
            "sample adata n=20 by=cell_type",
            "sample adata fraction=0.5 axis=genes",
        ],
        method: "[n|{n}][fraction|A fraction of {fraction} of the] {axis}[by| of each group of {by}] were drawn at random.",
        holds: "one position per cell",
        tells: &["n", "fraction"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = (*self.adata.0).clone();
        let wanted = self.wanted(scene)?;
        let of_genes = self.axis == Drawn::Genes;
        let (axis, place, names) = if of_genes {
            (&data.genes, Place::Var, scene.gene_names(&data))
        } else {
            (&data.cells, Place::Obs, scene.cell_names(&data))
        };
        let weights = if of_genes {
            self.gene_weights.as_ref().map(|key| &key.0)
        } else {
            self.weights.as_ref().map(|key| &key.0)
        };
        let weighted_by = weights.filter(|_| !of_genes).cloned();
        let weights = weights.map(|key| scene.value(&data, place, key));
        let groups = self.by.as_ref();
        let groups = groups.map(|key| missing::noted(scene, &data, &key.0, "are not drawn"));
        let needs = (names, weights.transpose()?, groups.transpose()?);
        let draw = Draw {
            wanted,
            replace: self.replace.0,
            weighted_by,
            seed: scene.seed(&self.seed),
            origin: scene.origin(),
        };
        let keep = scene.step(
            needs,
            Private::new(),
            move |(names, weights, groups), _| match groups.as_ref().and_then(Value::column) {
                Some(column) => draw.of_each(&column.to_category()),
                None => draw.make(names.len(), weights.as_ref()),
            },
        );
        let selected = axis.select(keep.lazy().clone());
        let mut next = data.clone();
        if of_genes {
            next.genes = selected
        } else {
            next.cells = selected
        }
        Ok(Reply::Dataset(next, Vec::new()))
    }
}

impl Sample {
    /// How many, if what was asked for goes together.
    fn wanted(&self, scene: &Scene) -> Outcome<Wanted> {
        let wanted = match (&self.n, &self.fraction) {
            (Some(n), None) => Wanted::Number(n.0),
            (None, Some(fraction)) => Wanted::Share(fraction.0),
            _ => {
                return Err(Diagnostic::error(
                    code::MISSING_PARAMETER,
                    "`sample` needs n or fraction",
                )
                .label(scene.args.span, "gives neither, or both")
                .help("sample adata n=1000"));
            }
        };
        let of_genes = self.axis == Drawn::Genes;
        if of_genes && self.replace.0 {
            return Err(scene
                .error(
                    "replace",
                    code::NOT_APPLICABLE,
                    "genes are drawn without replacement",
                    "applies to cells only",
                )
                .help("sample adata n=500 axis=genes"));
        }
        if self.by.is_some() && (of_genes || self.weights.is_some()) {
            return Err(scene
                .error(
                    "by",
                    code::NOT_APPLICABLE,
                    "cells of each group are drawn without weights",
                    "does not go with axis=genes or weights=",
                )
                .help("sample adata n=100 by=cell_type"));
        }
        Ok(wanted)
    }
}

enum Wanted {
    Number(usize),
    Share(f64),
}

/// What was asked for.
struct Draw {
    wanted: Wanted,
    replace: bool,
    /// Column of obs with the weights of cells.
    weighted_by: Option<String>,
    seed: u64,
    origin: Origin,
}

impl Draw {
    /// Positions, ascending; with replacement some of them again.
    fn make(&self, n: usize, weights: Option<&Value>) -> Result<Selection, Fault> {
        let k = match self.wanted {
            Wanted::Number(k) => k,
            Wanted::Share(share) => (share * n as f64) as usize,
        };
        let weights = match weights.and_then(Value::column) {
            Some(column) => match column.to_numbers() {
                None => return Err(self.said("the weights are not numeric".to_owned())),
                weights => weights,
            },
            None => None,
        };
        if let (Some(weights), Some(key)) = (&weights, &self.weighted_by) {
            let missing = weights.iter().filter(|weight| weight.is_nan()).count();
            missing::refuse(missing, n, key, &self.origin)?;
        }
        let drawn = match weights {
            Some(weights) => weighted_sample(&weights, k, self.replace, self.seed),
            None => sample(n, k, self.replace, self.seed),
        };
        let mut keep: Selection = drawn
            .map_err(|error| self.fault(error))?
            .into_iter()
            .map(|position| position as u32)
            .collect();
        keep.sort_unstable();
        Ok(keep)
    }

    /// Positions of cells of each group, ascending.
    fn of_each(&self, groups: &Category) -> Result<Selection, Fault> {
        let mut cells: Vec<Vec<u32>> = vec![Vec::new(); groups.levels.len()];
        for (cell, &code) in (0..).zip(&groups.codes) {
            if let Some(of_group) = usize::try_from(code)
                .ok()
                .and_then(|code| cells.get_mut(code))
            {
                of_group.push(cell);
            }
        }
        let mut keep = Selection::new();
        for (cells, seed) in cells.iter().zip(self.seed..) {
            let k = match self.wanted {
                Wanted::Number(k) if self.replace && !cells.is_empty() => k,
                Wanted::Number(k) => k.min(cells.len()),
                Wanted::Share(share) => (share * cells.len() as f64) as usize,
            };
            let drawn = sample(cells.len(), k, self.replace, seed);
            let drawn = drawn.map_err(|error| self.fault(error))?;
            keep.extend(drawn.into_iter().map(|at| cells[at]));
        }
        keep.sort_unstable();
        Ok(keep)
    }

    fn fault(&self, error: SampleError) -> Fault {
        let said = Diagnostic::error(code::TOO_FEW, error.to_string()).at(&self.origin);
        Fault::Reported(match error {
            SampleError::TooMany { n, .. } if !self.replace => said.help(format!(
                "n={n} takes all of them; replace=true draws with replacement"
            )),
            _ => said,
        })
    }

    fn said(&self, problem: String) -> Fault {
        Fault::Reported(Diagnostic::error(code::NOT_NUMERIC, problem).at(&self.origin))
    }
}
