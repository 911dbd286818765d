//! `ingest`: labels and embedding coordinates for new cells, from a reference.

use crate::command::params::{Count, Data, Integer, Many, NewName, Text};
use crate::command::references;
use crate::command::spec::{LOGS, Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::comparing::label_transfer::{Reference, Transferred, transferred};
use crate::commands::comparing::query::{Prepared, prepared, unlike};
use crate::commands::inputs::groups::{Groups, in_use};
use crate::commands::inputs::missing;
use crate::commands::passes::gene_sums::group_sums;
use crate::data::matrix::{Scaled, Scaling};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Names, Place, Promise, RowsView, Selection, SlotName, Uns,
    Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::pca::{Pca, Standardize, project};
use crate::kernels::stats::sums::Of;
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Fault, Folding, Private, View};
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
        seed: Option<Integer>,
    }
}

impl Command for Ingest {
    const SPEC: Spec = Spec {
        name: "ingest",
        summary: "Map new cells onto a reference: transfer labels and embeddings.",
        keywords: "label transfer reference mapping annotation query projection",
        about: "New cells are projected onto the principal components of the reference, using its means. Their nearest reference cells vote on the label, and <label>_confidence is the fraction that agrees. Genes are matched by name, in any order. Counts are normalized and log-transformed as in the reference, and scaled if its components were; if the file does not record the reference's total, it must have log values of all genes (in raw). If the components were computed from other values, such as residuals, the query must hold the same. If the reference has an embedding, new cells are placed in it.",
        reads: &[Need {
            want: Want::Shown,
            ..LOGS
        }],
        writes: &[
            Write::Slot(Place::Obsm, Key::Is("X_pca")),
            Write::Slot(Place::Obsm, Key::Pattern("X_umap")),
            Write::Slot(Place::Obs, Key::Pattern("<prefix><label>")),
            Write::Slot(Place::X, Key::Pattern("")),
            Write::Slot(Place::Layers, Key::Pattern("counts")),
            Write::Slot(Place::Uns, Key::Pattern("log1p")),
        ],
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
        cite: &[&references::SCANPY],
        method: "Labels ({labels}) were transferred from a reference dataset by nearest neighbors in its principal component space <SCANPY>.",
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
        let of_reference = of_reference(scene, &reference, &labels)?;
        let needs = (projected.clone(), of_reference, prepared.totals);
        let of_label = [ColumnType::Category, ColumnType::Number].map(Promise::Column);
        let promises = (
            vec![of_label; labels.len()],
            vec![Promise::Dense(Some(2)); usize::from(has_layout)],
        );
        let seed = scene.seed(&self.seed);
        let (k, origin) = (self.k.map(|k| k.0), scene.origin());
        let named = labels.clone();
        let (columns, layout) = scene.step(needs, promises, move |needs, cx| {
            let (projected, reference, totals) = needs;
            let unlike = match totals {
                Some([ours, theirs]) => unlike(&ours, &theirs),
                None => None,
            };
            cx.remark(unlike.or_else(|| unlabeled(&reference.2, &named)));
            let reference = read_reference(reference, k, seed);
            let found = transferred(&projected, &reference, &origin, cx)?;
            Ok(by_slot(found))
        });
        let from = [SlotName::x()];
        scene.put(&mut data, Place::Obsm, "X_pca", projected, &from);
        let mut written = Vec::new();
        for (label, [column, confidence]) in labels.iter().zip(columns) {
            let name = format!("{}{label}", self.prefix.0);
            let sure = format!("{name}_confidence");
            scene.put(&mut data, Place::Obs, &name, column, &from);
            scene.put(&mut data, Place::Obs, &sure, confidence.measured(), &from);
            written.push(SlotName::new(Place::Obs, name));
        }
        for layout in layout {
            scene.put(&mut data, Place::Obsm, "X_umap", layout, &from);
            written.push(SlotName::new(Place::Obsm, "X_umap"));
        }
        Ok(Reply::Dataset(data, written))
    }
}

/// What is taken from the reference: components, layout, labels, records of how they were made.
type OfReference = (Lazy, Option<Lazy>, Vec<Lazy>, Vec<Lazy>);

fn of_reference(scene: &Scene, reference: &Dataset, labels: &[String]) -> Outcome<OfReference> {
    let obsm = |key| scene.value(reference, Place::Obsm, key);
    let layout = reference.key_of(Place::Obsm, "X_umap").is_some();
    let labels = labels.iter();
    let labels = labels.map(|label| scene.value(reference, Place::Obs, label));
    let records = ["neighbors", "umap"].into_iter();
    let records = records.filter(|record| reference.uns.contains_key(*record));
    let records = records.map(|record| scene.value(reference, Place::Uns, record));
    Ok((
        obsm("X_pca")?,
        layout.then(|| obsm("X_umap")).transpose()?,
        labels.collect::<Outcome<_>>()?,
        records.collect::<Outcome<_>>()?,
    ))
}

/// The note on cells of the reference without a label, which cannot vote.
fn unlabeled(columns: &[Value], labels: &[String]) -> Option<Box<Diagnostic>> {
    let notes = columns.iter().zip(labels).filter_map(|(column, label)| {
        let column = column.column()?;
        let of = format!("obs.{label} of the reference");
        missing::note(
            missing::missing_in(column),
            column.len(),
            &of,
            "do not vote",
        )
    });
    notes.into_iter().next()
}

/// What the reference must have.
fn check(scene: &Scene, reference: &Dataset, labels: &[String]) -> Outcome<()> {
    for label in labels {
        if !reference.obs.contains_key(label) {
            let known = reference.obs.keys();
            return Err(scene
                .error(
                    "labels",
                    code::NO_SUCH_COLUMN,
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
                code::MISSING_PREREQUISITE,
                "the reference has no principal components",
                "lacks varm.PCs",
            )
            .help("run `neighbors` (or `umap`) on it first"));
    }
    Ok(())
}

/// The query on the reference's components.
fn projection(scene: &Scene, of: &Prepared, reference: &Dataset) -> Outcome<Lazy> {
    let loadings = scene.value(reference, Place::Varm, "PCs")?;
    let names = [scene.gene_names(reference), scene.gene_names(&of.data)];
    let origin = scene.origin();
    let needs = (loadings.clone(), names);
    let both = [Private::new(), Private::new()];
    let [in_reference, in_query] = scene.step(needs, both, move |(loadings, names), _| {
        shared(&loadings, names, &origin)
    });
    let mut of_components = reference.clone();
    of_components.genes = reference.genes.select(in_reference.lazy().clone());
    let means = group_sums(scene, &of_components, &of.reference, Of::Value, None);
    let scaled = of.scaling.as_ref();
    let scaled = scaled.map(|scaling| [scaling.mean.clone(), scaling.sd.clone()]);
    let record = if reference.uns.contains_key("pca") {
        Some(scene.value(reference, Place::Uns, "pca")?)
    } else {
        None
    };
    let scaling = of.scaling.clone();
    let shape = of.shape.clone();
    let needs = (loadings, in_reference, means, scaled, record, shape);
    let components = scene.step(needs, Private::new(), move |needs, _| {
        let (loadings, genes, sums, scaled, record, shape) = needs;
        let mut means = sums.all().means();
        let record = record.as_ref().and_then(Value::uns);
        let center = record.and_then(|uns| uns.get("params/zero_center"));
        if matches!(center, Some(Uns::Bool(false))) {
            means.fill(0.0);
        }
        let scaling = with_shape(scaling.clone(), shape.as_deref());
        let scaled = scaling.as_ref().zip(scaled);
        Ok(of_shared_genes(&loadings, &genes, means, scaled))
    });
    let genes = of.data.genes.select(in_query.lazy().clone());
    let view = View::new(&of.query, &of.data.cells, &genes);
    let projected = scene.fold(view, components, Promise::Dense(None), |extent, pca| {
        let shape = (extent.cells, pca.components.ncols());
        Ok(Folding {
            new: Vec::new,
            add: move |values: &mut Vec<f32>, rows: RowsView, _: &[u32], _: &Ticker| {
                values.extend(project(&pca, rows));
                Ok(())
            },
            merge: |into: &mut Vec<f32>, next: Vec<f32>| into.extend(next),
            finish: move |values: Vec<f32>, _: &Ticker| {
                let projected = Array2::from_shape_vec(shape, values).expect("a row for each cell");
                Ok(Value::Dense(Arc::new(projected)))
            },
            partial_bytes: 1 << 20,
        }
        .by_cell())
    });
    Ok(projected)
}

/// A scaling that is centered and clipped as the values of the reference tell, where they do.
fn with_shape(scaling: Option<Scaling>, shape: Option<&Scaled>) -> Option<Scaling> {
    let mut scaling = scaling?;
    if let Some(shape) = shape {
        (scaling.zero_center, scaling.max_value) = (shape.zero_center, shape.max_value);
    }
    Some(scaling)
}

/// The reference's components, of the genes that the query has, too.
fn of_shared_genes(
    loadings: &Value,
    genes: &Selection,
    means: Vec<f64>,
    scaled: Option<(&Scaling, [Value; 2])>,
) -> Pca {
    let rows: Vec<usize> = genes.iter().map(|&gene| gene as usize).collect();
    let loadings = loadings.dense().map(|it| it.select(Axis(0), &rows));
    let loadings = loadings.unwrap_or_default().mapv(f64::from);
    let Some((scaling, [mean, sd])) = scaled else {
        return Pca::stored(loadings, means);
    };
    let picked = |value: &Value| match value.column_numbers() {
        Some(numbers) => rows.iter().map(|&gene| numbers.values[gene]).collect(),
        None => vec![0.0; rows.len()],
    };
    let (mut center, sd) = (picked(&mean), picked(&sd));
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
///
/// Positions among the genes of the reference, and of the query.
fn shared(
    loadings: &Value,
    [theirs, ours]: [Arc<Names>; 2],
    origin: &Origin,
) -> Result<[Selection; 2], Fault> {
    let Some(loadings) = loadings.dense() else {
        let text = "varm.PCs of the reference is not numeric";
        return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, text)
            .at(origin)
            .into());
    };
    let folded: HashMap<String, u32> = ours.iter().map(str::to_lowercase).zip(0..).collect();
    let (mut query, mut reference, mut used) = (Selection::new(), Selection::new(), 0);
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
        return Err(Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, text)
            .at(origin)
            .help("do both use the same kind of gene names (symbols or IDs)?")
            .into());
    }
    Ok([reference, query])
}

/// The reference, of the values of [`OfReference`].
fn read_reference(
    (components, layout, labels, records): (Value, Option<Value>, Vec<Value>, Vec<Value>),
    k: Option<usize>,
    seed: u64,
) -> Reference {
    let labels = labels
        .iter()
        .filter_map(|value| value.column())
        .map(|column| in_use(&column.to_category()))
        .collect();
    let record = |path: &str| {
        let mut records = records.iter().filter_map(Value::uns);
        records.find_map(|uns| match uns.get(path) {
            Some(Uns::Integer(n)) => Some(*n as f64),
            Some(Uns::Number(x)) => Some(*x),
            _ => None,
        })
    };
    let curve = record("params/a").zip(record("params/b"));
    Reference {
        components,
        layout,
        labels,
        k: k.or(record("params/n_neighbors").map(|n| n as usize))
            .unwrap_or(15),
        curve,
        seed,
    }
}

/// A column and its confidence for each label, then the layout.
fn by_slot(found: Transferred) -> (Vec<[Value; 2]>, Vec<Value>) {
    let mut columns = Vec::new();
    for (Groups { codes, levels }, confidence) in found.labels {
        let codes = codes.iter().map(|&code| code as i32).collect();
        let column = Column::category(codes, Names::clone(&levels));
        let column = Value::Column(Arc::new(column));
        let sure = Column::numbers(confidence, crate::data::NumberType::F64);
        columns.push([column, Value::Column(Arc::new(sure))]);
    }
    let layout = found.layout.map(|layout| Value::Dense(Arc::new(layout)));
    (columns, layout.into_iter().collect())
}
