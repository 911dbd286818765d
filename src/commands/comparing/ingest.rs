//! `ingest`: labels and places of new cells from a reference.

use crate::command::params::{Count, Data, Many, NewName, Text, Whole};
use crate::command::spec::{LOGS, Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::comparing::label_transfer::{Reference, Transferred, transferred};
use crate::commands::comparing::query::{Prepared, prepared, unlike};
use crate::commands::inputs::groups::{Groups, in_use};
use crate::commands::passes::gene_sums::group_sums;
use crate::data::matrix::Scaling;
use crate::data::{
    Column, ColumnType, Dataset, Keep, Lazy, Names, Place, Promise, RowsView, SlotName, Uns, Value,
};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::methods::pca::{Pca, Standardize, project};
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Fault, Folding, View};
use crate::source::Origin;
use ndarray::{Array2, Axis};
use std::collections::HashMap;
use std::sync::Arc;

params! {
    Ingest {
        /// The new cells.
        adata: Data,
        /// Cells with known labels, with pca, neighbors and umap done.
        #[also("adata_ref", "ref")]
        reference: Data,
        /// Columns of the reference's obs to transfer.
        #[also("obs", "refdata")]
        labels: Many<NewName>,
        /// Number of reference neighbors that vote; by default as in the graph of the reference.
        k: Option<Count>,
        /// Prefix for the names of the new columns.
        prefix: Text = "",
        /// Random seed; by default the session's seed.
        seed: Option<Whole>,
    }
}

impl Command for Ingest {
    const SPEC: Spec = Spec {
        name: "ingest",
        summary: "Map new cells onto a reference: transfer labels and embeddings.",
        keywords: "label transfer reference mapping annotation query projection",
        about: "New cells are projected onto the principal components of the reference, using its means. Their nearest reference cells vote on the label, and <label>_confidence is the fraction that agrees. Genes are matched by name, in any order. Counts are normalized and log-transformed as in the reference, and scaled if its components were. If the reference has an embedding, new cells are placed in it.",
        reads: &[Need {
            want: Want::Shown,
            ..LOGS
        }],
        writes: &[Write::Slot(Place::Obsm, Key::Is("X_pca"))],
        without: &[
            (
                "embedding_method",
                "always components, and the embedding if the reference has one",
            ),
            ("labeling_method", "nearest neighbors vote"),
            (
                "neighbors_key",
                "k= is the number of neighbors; they are found in PCA space",
            ),
        ],
        like: &["sc.tl.ingest", "MapQuery", "TransferData"],
        examples: &[
            "umap adata; query = demo(pbmc, cells=100, genes=500, seed=5); ingest query adata labels=cell_type prefix=\"found_\"; compute (confusion query cell_type found_cell_type)",
        ],
        cite: &["Wolf, Angerer & Theis, Genome Biol. 19, 15 (2018)"],
        holds: "components of both, and the neighbors of the new cells",
        tells: &["labels"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let reference = self.reference.0.clone();
        let labels = self.labels.texts();
        check(scene, &reference, &labels)?;
        let prepared = prepared(scene, &self.adata.0, &reference)?;
        let projected = projection(scene, &prepared, &reference)?;
        let mut data = prepared.data.clone();
        let has_layout = reference.key_of(Place::Obsm, "X_umap").is_some();
        let mut needs = vec![projected.clone()];
        needs.extend(of_reference(scene, &reference, &labels, has_layout)?);
        let mut promises = Vec::new();
        for _ in &labels {
            promises.push(Promise::Column(ColumnType::Category));
            promises.push(Promise::Column(ColumnType::Number));
        }
        if has_layout {
            promises.push(Promise::Dense(Some(2)));
        }
        let seed = scene.seed(&self.seed);
        let (k, origin, n_labels) = (self.k.map(|k| k.0), scene.origin(), labels.len());
        let n_values = needs.len();
        needs.extend(prepared.totals.into_iter().flatten());
        let remark = move |needs: &[Value], _: &[Value]| match &needs[n_values..] {
            [ours, theirs] => unlike(ours, theirs),
            _ => None,
        };
        let values = scene.whole_with_remark(needs, &promises, remark, move |needs, ticker| {
            let reference = read_reference(&needs[1..n_values], n_labels, has_layout, k, seed);
            let found = transferred(&needs[0], &reference, &origin, ticker)?;
            Ok(written(found))
        });
        let from = [SlotName::x()];
        scene.put(&mut data, Place::Obsm, "X_pca", projected, &from);
        let mut said = Vec::new();
        for (i, label) in labels.iter().enumerate() {
            let name = format!("{}{label}", self.prefix.0);
            let sure = format!("{name}_confidence");
            scene.put(&mut data, Place::Obs, &name, values[2 * i].clone(), &from);
            scene.put(
                &mut data,
                Place::Obs,
                &sure,
                values[2 * i + 1].clone(),
                &from,
            );
            said.push(format!("obs.{name}"));
        }
        if has_layout {
            let layout = values[2 * labels.len()].clone();
            scene.put(&mut data, Place::Obsm, "X_umap", layout, &from);
            said.push("obsm.X_umap".into());
        }
        Ok(Reply::Dataset(data, said.join(", ")))
    }
}

/// What is taken from the reference: components, layout, labels, records of how they were made.
fn of_reference(
    scene: &Scene,
    reference: &Dataset,
    labels: &[String],
    has_layout: bool,
) -> Outcome<Vec<Lazy>> {
    let mut needs = vec![scene.value(reference, Place::Obsm, "X_pca")?];
    if has_layout {
        needs.push(scene.value(reference, Place::Obsm, "X_umap")?);
    }
    for label in labels {
        needs.push(scene.value(reference, Place::Obs, label)?);
    }
    for record in ["neighbors", "umap"] {
        if reference.uns.contains_key(record) {
            needs.push(scene.value(reference, Place::Uns, record)?);
        }
    }
    Ok(needs)
}

/// What the reference must have.
fn check(scene: &Scene, reference: &Dataset, labels: &[String]) -> Outcome<()> {
    for label in labels {
        if !reference.obs.contains_key(label) {
            let known = reference.obs.keys();
            return Err(scene
                .error(
                    "labels",
                    "E032",
                    format!("no column `{label}`"),
                    "is not in the reference's obs",
                )
                .help(crate::command::suggest::nearest_or_list(
                    label, known, "obs",
                )));
        }
    }
    let has = |place, key| reference.key_of(place, key).is_some();
    if !has(Place::Varm, "PCs") || !has(Place::Obsm, "X_pca") {
        return Err(scene
            .error(
                "reference",
                "E100",
                "the reference has no principal components",
                "lacks varm.PCs",
            )
            .help("run `neighbors` (or `umap`) on it first"));
    }
    Ok(())
}

/// Genes that both have and the components use.
struct Shared {
    /// Positions among the genes of the query, and of the reference.
    query: Keep,
    reference: Keep,
    /// Genes that the components use.
    used: usize,
}

/// The query on the reference's components.
fn projection(scene: &Scene, of: &Prepared, reference: &Dataset) -> Outcome<Lazy> {
    let loadings = scene.value(reference, Place::Varm, "PCs")?;
    let needs = vec![
        loadings.clone(),
        scene.gene_names(reference),
        scene.gene_names(&of.data),
    ];
    let origin = scene.origin();
    let shared = scene.whole(needs, &[Promise::Unknown; 3], move |needs, _| {
        let shared = shared(needs, &origin)?;
        let query = Value::Keep(Arc::new(shared.query.clone()));
        let reference = Value::Keep(Arc::new(shared.reference.clone()));
        Ok(vec![Value::Inner(Arc::new(shared)), query, reference])
    });
    let mut of_components = reference.clone();
    of_components.genes = reference.genes.select(shared[2].clone());
    let means = group_sums(scene, &of_components, &of.reference, Of::Value, None);
    let mut needs = vec![loadings, shared[0].clone(), means];
    if let Some(scaling) = &of.scaling {
        needs.extend([scaling.mean.clone(), scaling.sd.clone()]);
    }
    if reference.uns.contains_key("pca") {
        needs.push(scene.value(reference, Place::Uns, "pca")?);
    }
    let scaling = of.scaling.clone();
    let components = scene.one(needs, Promise::Unknown, move |needs, _| {
        let found = of_shared_genes(needs, scaling.as_ref());
        Ok(Value::Inner(Arc::new(found)))
    });
    let genes = of.data.genes.select(shared[1].clone());
    let view = View::new(&of.query, &of.data.cells, &genes);
    let mut values = scene.fold(
        view,
        vec![components],
        &[Promise::Dense(None)],
        |extent, needs| {
            let Some(pca) = needs[0].inner::<Pca>() else {
                unreachable!("components are of one type");
            };
            let shape = (extent.cells, pca.components.ncols());
            Ok(Folding {
                new: Vec::new,
                add: move |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
                    values.extend(project(&pca, rows));
                    Ok(())
                },
                merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
                finish: move |values: Vec<f32>, _: &Ticker| {
                    let projected =
                        Array2::from_shape_vec(shape, values).expect("a row for each cell");
                    Ok(vec![Value::Dense(Arc::new(projected))])
                },
                partial_bytes: 1 << 20,
            }
            .by_cell())
        },
    );
    Ok(values.remove(0))
}

/// The reference's components, of the genes that the query has, too.
fn of_shared_genes(needs: &[Value], scaling: Option<&Scaling>) -> Pca {
    let (Some(loadings), Some(shared), Some(sums)) = (
        needs[0].dense(),
        needs[1].inner::<Shared>(),
        needs[2].inner::<GroupSums>(),
    ) else {
        unreachable!("inner values are of one type each");
    };
    let mut means = sums.all().means();
    let record = needs.last().and_then(Value::uns);
    let center = record.and_then(|uns| uns.get("params/zero_center"));
    if matches!(center, Some(Uns::Truth(false))) {
        means.fill(0.0);
    }
    let rows: Vec<usize> = shared.reference.iter().map(|&gene| gene as usize).collect();
    let loadings = loadings.select(Axis(0), &rows).mapv(f64::from);
    let Some(scaling) = scaling else {
        return Pca::stored(loadings, means);
    };
    let picked = |value: &Value| match value.column().map(|column| &**column) {
        Some(Column::Number(numbers)) => rows.iter().map(|&gene| numbers.values[gene]).collect(),
        _ => vec![0.0; rows.len()],
    };
    let (mut center, sd) = (picked(&needs[3]), picked(&needs[4]));
    if !scaling.zero_center {
        center.fill(0.0);
    }
    Pca::stored_scaled(
        loadings,
        means,
        Standardize::new(center, sd, scaling.max_value),
    )
}

/// Genes by name; by name without regard to case where the query has no such gene.
fn shared(needs: &[Value], origin: &Origin) -> Result<Shared, Fault> {
    let (Some(loadings), Some(theirs), Some(ours)) =
        (needs[0].dense(), needs[1].names(), needs[2].names())
    else {
        let text = "varm.PCs of the reference is not numeric";
        return Err(Diagnostic::error("E301", text).at(origin).into());
    };
    let folded: HashMap<String, u32> = ours.iter().map(str::to_lowercase).zip(0..).collect();
    let (mut query, mut reference, mut used) = (Keep::new(), Keep::new(), 0);
    for (gene, (name, row)) in (0..).zip(theirs.iter().zip(loadings.outer_iter())) {
        if row.iter().all(|&x| x == 0.0) {
            continue;
        }
        used += 1;
        let found = ours.position(name).map(|at| at as u32);
        if let Some(at) = found.or_else(|| folded.get(&name.to_lowercase()).copied()) {
            query.push(at);
            reference.push(gene);
        }
    }
    if 2 * query.len() < used {
        let text = format!(
            "the new cells have {} of the {used} genes that the components use",
            query.len()
        );
        return Err(Diagnostic::error("E036", text)
            .at(origin)
            .help("do both use the same kind of gene names (symbols or IDs)?")
            .into());
    }
    let shared = Shared {
        query,
        reference,
        used,
    };
    debug_assert!(shared.reference.len() <= shared.used);
    Ok(shared)
}

/// Components, layout, labels and records of the reference, in the order of `plan`.
fn read_reference(
    values: &[Value],
    n_labels: usize,
    has_layout: bool,
    k: Option<usize>,
    seed: u64,
) -> Reference {
    let rest = 1 + usize::from(has_layout);
    let labels = values[rest..rest + n_labels]
        .iter()
        .filter_map(|value| value.column())
        .map(|column| in_use(&column.to_category()))
        .collect();
    let record = |path: &str| {
        let mut records = values[rest + n_labels..]
            .iter()
            .filter_map(|value| value.uns());
        records.find_map(|uns| match uns.get(path) {
            Some(Uns::Whole(n)) => Some(*n as f64),
            Some(Uns::Number(x)) => Some(*x),
            _ => None,
        })
    };
    let curve = record("params/a").zip(record("params/b"));
    Reference {
        components: values[0].clone(),
        layout: has_layout.then(|| values[1].clone()),
        labels,
        k: k.or(record("params/n_neighbors").map(|n| n as usize))
            .unwrap_or(15),
        curve,
        seed,
    }
}

/// A column and its confidence for each label, then the layout.
fn written(found: Transferred) -> Vec<Value> {
    let mut values = Vec::new();
    for (Groups { codes, levels }, confidence) in found.labels {
        let codes = codes.iter().map(|&code| code as i32).collect();
        let column = Column::category(codes, Names::clone(&levels));
        values.push(Value::Column(Arc::new(column)));
        let sure = Column::numbers(confidence, crate::data::NumberType::F64);
        values.push(Value::Column(Arc::new(sure)));
    }
    values.extend(found.layout.map(|layout| Value::Dense(Arc::new(layout))));
    values
}
