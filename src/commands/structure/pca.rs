//! `pca`: principal components of the variable genes.

mod mask;

use crate::command::params::{Count, Data, Flag, GeneMask, LayerKey, NewName};
use crate::command::references;
use crate::command::spec::{LOG_X, Need, Sometimes, Theirs, Want, When};
use crate::command::transformed::{slot_of, written_layer};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::truths::highly_variable;
use crate::commands::passes::panels::copied;
use crate::data::matrix::Scaling;
use crate::data::{Axis, Lazy, Place, Promise, Rows, RowsView, Selection, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::pca::{
    self, GRAM_GENES, Gram, Pca as Found, Standardize, Wanted, project, staged,
};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{After, Fault, Fold, Folding, Private, Promised, View};
use crate::source::Origin;
use ndarray::{Array1, Array2};
use std::borrow::Cow;
use std::sync::Arc;

params! {
    Pca {
        /// The dataset.
        adata: Data,
        /// Number of components; fewer if there are fewer cells or genes.
        #[also("n_comps", "npcs", "n_pcs")]
        n: Count = 50,
        /// Use all genes, not only the highly variable ones.
        all_genes: Flag = false,
        /// Layer to use instead of X.
        layer: Option<LayerKey>,
        /// Name of the result: obsm.X_<key>.
        #[also("key_added")]
        key: NewName = "pca",
        /// Genes to use in place of the highly variable ones, in parentheses: (highly_variable and not mt).
        #[also("mask_var")]
        genes: Option<GeneMask>,
        /// Subtract each gene's mean. Without it, the first component mostly reflects the mean.
        zero_center: Flag = true,
    }
}

impl Command for Pca {
    const SPEC: Spec = Spec {
        name: "pca",
        summary: "Compute a principal component analysis (PCA) of the highly variable genes.",
        keywords: "embedding dimensionality reduction principal components eigenvalues SVD",
        about: "Exact, from the covariance of the genes. The file is read once: the genes in use are cached for the steps that follow.\nCentering and scaling are applied implicitly; no dense matrix is made.",
        reads: &[
            LOG_X,
            Need {
                want: Want::If(&Sometimes {
                    when: When::Without(&["all_genes", "genes"]),
                    want: Want::Slot(Place::Var, Key::Is("highly_variable")),
                    with: &[],
                }),
                what: "variable genes",
                made_by: "hvg",
            },
        ],
        writes: &[
            Write::Slot(Place::Obsm, Key::Around("X_", "key", "")),
            Write::Slot(Place::Varm, Key::Is("PCs")),
            Write::Slot(Place::Uns, Key::Is("pca")),
        ],
        without: &[
            (
                "svd_solver",
                "components are exact: eigenvectors of the covariance of the genes",
            ),
            (
                "return_info",
                "results are always stored in varm.PCs and uns.pca",
            ),
            ("use_highly_variable", "all_genes=true uses all genes"),
            (
                "obsm",
                "pca uses X or a layer; harmony, neighbors and others take a representation with on=",
            ),
            ("dtype", "components are stored as 32-bit numbers"),
        ],
        like: &["sc.pp.pca", "sc.tl.pca", "RunPCA"],
        theirs: &[(
            "features",
            Theirs::Instead("the variable genes are used; genes= selects others"),
        )],
        examples: &[
            "pca adata n=20",
            "filter_genes adata min_cells=3; pca adata genes=(n_cells > 10) zero_center=false",
        ],
        cite: &[&references::HALKO_2011],
        method: "A principal component analysis (PCA) with {n} components was computed on [all_genes|all genes][!all_genes|[genes|selected genes ({genes})][!genes|the highly variable genes]] <HALKO_2011>.",
        holds: "genes × genes of the variable genes, and its result",
        tells: &["n"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let matrix = scene.matrix(&data, self.layer.as_deref())?;
        let (matrix, scaling) = match scene.unscaled(&data, &matrix) {
            Some((before, scaling)) if scaling.zero_center => (before, Some(scaling)),
            _ => (matrix, None),
        };
        let mask = self.mask(scene, &data)?;
        let keep = mask.map(|mask| chosen(scene, mask));
        let genes = keep.as_ref().map_or(data.genes.clone(), |keep| {
            data.genes.select(keep.lazy().clone())
        });
        let view = View::new(&matrix, &data.cells, &genes);
        let wanted = Wanted {
            n_components: self.n.0,
            center: self.zero_center.0,
        };
        let standardize = scaling.map(|scaling| standardize(scene, &scaling, keep.clone()));
        // Read twice: to find the components and to project the cells.
        let (view, copy) = match keep {
            Some(_) => copied(scene, view),
            None => (view, None),
        };
        let found = components(scene, (view.clone(), copy.clone()), standardize, wanted);
        let projected = projection(scene, (view, copy), found.clone());
        let (cells, n_genes) = (data.cells.at_most(), data.genes.at_most());
        let working = if self.all_genes.0 && n_genes > GRAM_GENES {
            8 * matrix.blocks.n_values().unwrap_or(0) as usize
        } else {
            24 * n_genes.min(VARIABLE).pow(2)
        };
        scene.holds(&found, working, 0);
        scene.holds(&projected, 0, 4 * cells * self.n.0);
        let used = Used {
            mask: keep,
            variable: !self.all_genes.0 && self.genes.is_none(),
            center: self.zero_center.0,
            layer: written_layer(&data, self.layer.as_deref()).map(str::to_owned),
        };
        let used_variable = used.variable;
        let [loadings, uns] = tables(scene, &data.genes, found, used);
        let mut from = vec![slot_of(written_layer(&data, self.layer.as_deref()))];
        if used_variable {
            from.push(SlotName::new(Place::Var, "highly_variable"));
        }
        let key = format!("X_{}", self.key.0);
        scene.put(&mut data, Place::Obsm, &key, projected, &from);
        scene.put(&mut data, Place::Varm, "PCs", loadings, &from);
        scene.put(&mut data, Place::Uns, "pca", uns, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Obsm, key)]))
    }
}

/// Genes that are thought to be variable before that is known.
const VARIABLE: usize = 2000;

/// Positions of the genes flagged as highly variable.
fn chosen(scene: &Scene, mask: Lazy) -> Promised<Selection> {
    scene.step(mask, Private::new(), |mask, _| Ok(highly_variable(&mask)?))
}

/// Scaling of the genes in use.
fn standardize(
    scene: &Scene,
    scaling: &Scaling,
    keep: Option<Promised<Selection>>,
) -> Promised<Standardize> {
    let max_value = scaling.max_value;
    let needs = (scaling.mean.clone(), scaling.sd.clone(), keep);
    scene.step(needs, Private::new(), move |(mean, sd, keep), _| {
        let numbers = |value: &Value| {
            let numbers = value.column_numbers();
            numbers.map_or(Vec::new(), |numbers| numbers.values.clone())
        };
        let (mut mean, mut sd) = (numbers(&mean), numbers(&sd));
        if let Some(keep) = keep {
            mean = keep.iter().map(|&i| mean[i as usize]).collect();
            sd = keep.iter().map(|&i| sd[i as usize]).collect();
        }
        Ok(Standardize::new(mean, sd, max_value))
    })
}

/// Blocks of the genes in use, for passes over them.
struct Held {
    genes: usize,
    blocks: Vec<Rows>,
}

impl staged::Blocks for Held {
    fn genes(&self) -> usize {
        self.genes
    }

    fn count(&self) -> usize {
        self.blocks.len()
    }

    fn block(&self, i: usize) -> Cow<'_, Rows> {
        Cow::Borrowed(&self.blocks[i])
    }
}

/// A view, and what must be there before it can be read.
type Waiting = (View, Option<Lazy>);

fn components(
    scene: &Scene,
    (view, copy): Waiting,
    standardize: Option<Promised<Standardize>>,
    wanted: Wanted,
) -> Promised<Found> {
    let origin = scene.origin();
    let needs = (standardize, After(copy));
    scene.fold(
        view,
        needs,
        Private::new(),
        move |extent, (standardize, ())| {
            let standardize = standardize.map(|found| Standardize::clone(&found));
            Ok(if extent.genes <= GRAM_GENES {
                of_products(extent.genes, standardize, wanted, origin.clone())
            } else {
                of_rows(extent.genes, standardize, wanted, origin.clone())
            })
        },
    )
}

/// From the products of genes.
fn of_products(
    n_genes: usize,
    standardize: Option<Standardize>,
    wanted: Wanted,
    origin: Origin,
) -> Box<dyn Fold<Found>> {
    Folding {
        new: move || Gram::new(n_genes, standardize.clone()),
        add: |gram: &mut Gram, rows: RowsView, cells: &[u32], ticker: &Ticker| {
            gram.watch(ticker);
            gram.add(rows, cells);
            Ok(())
        },
        merge: Gram::merge,
        finish: move |gram: Gram, ticker: &Ticker| {
            let found = pca::components(gram, wanted, ticker);
            found.map_err(|error| fault(error, &origin))
        },
        partial_bytes: 8 << 20,
    }
    .by_chunk(Gram::close)
}

/// From all rows, which are gathered: of so many genes there are too many products.
fn of_rows(
    genes: usize,
    standardize: Option<Standardize>,
    wanted: Wanted,
    origin: Origin,
) -> Box<dyn Fold<Found>> {
    Folding {
        new: Vec::new,
        add: |blocks: &mut Vec<Rows>, rows: RowsView, _: &[u32], _: &Ticker| {
            blocks.push(rows.to_owned());
            Ok(())
        },
        merge: |into: &mut Vec<Rows>, next: Vec<Rows>| into.extend(next),
        finish: move |blocks: Vec<Rows>, ticker: &Ticker| {
            let held = Held { genes, blocks };
            let found = staged::components(&held, standardize.clone(), wanted, ticker);
            found.map_err(|error| fault(error, &origin))
        },
        partial_bytes: 8 << 20,
    }
    .here()
}

fn fault(error: pca::Error, origin: &Origin) -> Fault {
    match error {
        pca::Error::Stopped(stopped) => stopped.into(),
        pca::Error::TooSmall { genes: 0, .. } => Fault::Reported(
            Diagnostic::error(code::TOO_FEW, "no genes are left for principal components")
                .at(origin)
                .help("genes that are the same in all cells are never variable: compute count(adata.var.highly_variable)"),
        ),
        pca::Error::TooSmall { .. } => Fault::Reported(
            Diagnostic::error(code::TOO_FEW, error.to_string())
                .at(origin)
                .help("filter less, and check that cells are in rows"),
        ),
        pca::Error::NotFinite => Fault::Reported(
            Diagnostic::error(code::NOT_FINITE, "X has values that are not finite")
                .at(origin)
                .help("the file contains NaN or infinity, or they came from logarithms of negative values"),
        ),
    }
}

fn projection(scene: &Scene, (view, copy): Waiting, found: Promised<Found>) -> Lazy {
    scene.fold(
        view,
        (found, After(copy)),
        Promise::Dense(None),
        |extent, (found, ())| {
            let width = found.components.ncols();
            Ok(Folding {
                new: Vec::new,
                add: move |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
                    values.extend(project(&found, rows));
                    Ok(())
                },
                merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
                finish: move |values: Vec<f32>, _: &Ticker| {
                    let projected = Array2::from_shape_vec((extent.cells, width), values);
                    let projected =
                        projected.unwrap_or_else(|_| Array2::zeros((extent.cells, width)));
                    Ok(Value::Dense(Arc::new(projected)))
                },
                partial_bytes: 1 << 20,
            }
            .by_cell())
        },
    )
}

/// Which genes were used, and how.
struct Used {
    /// Positions; all, if `None`.
    mask: Option<Promised<Selection>>,
    /// They are the highly variable ones.
    variable: bool,
    center: bool,
    /// The layer that was used instead of X.
    layer: Option<String>,
}

/// Loadings on all genes (zero for those not in use), and what uns keeps.
fn tables(scene: &Scene, genes: &Axis, found: Promised<Found>, used: Used) -> [Lazy; 2] {
    let Used {
        mask,
        variable,
        center,
        layer,
    } = used;
    // The number of genes is known once the selections are: the axis itself is a need.
    let axis = genes.parent();
    let axis = axis.map(|(_, keep)| Promised::<Selection>::of(keep.clone()));
    let needs = (found, mask, axis);
    let all = genes.at_most();
    scene.step(
        needs,
        [Promise::Dense(None), Promise::Uns],
        move |(found, keep, axis), _| {
            let n_genes = match (&keep, &axis) {
                (_, Some(axis)) => axis.len(),
                (Some(_), None) => all,
                (None, None) => found.components.nrows().max(all),
            };
            let mut loadings = Array2::zeros((n_genes, found.components.ncols()));
            for (row, loading) in found.components.outer_iter().enumerate() {
                let gene = keep.as_ref().map_or(row, |keep| keep[row] as usize);
                loadings.row_mut(gene).assign(&loading.mapv(|x| x as f32));
            }
            let numbers = |values: &[f64]| Uns::Array(Array1::from(values.to_vec()).into_dyn());
            let mut params = Uns::map()
                .with("zero_center", center)
                .with("use_highly_variable", variable);
            if variable {
                params = params.with("mask_var", "highly_variable");
            }
            if let Some(layer) = &layer {
                params = params.with("layer", layer.as_str());
            }
            let uns = Uns::map()
                .with("params", params)
                .with("variance", numbers(&found.variance))
                .with("variance_ratio", numbers(&found.variance_ratio));
            Ok([Value::of(loadings), Value::of(uns)])
        },
    )
}
