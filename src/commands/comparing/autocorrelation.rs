//! `autocorrelation`: genes whose values are similar in neighboring cells (Moran's I, Geary's C).

mod of_columns;

use crate::command::params::{Data, GeneNames, LayerKey, Many, ObsKey, ObsmKey};
use crate::command::references;
use crate::command::{Command, Key, Reply, Scene, Spec, Val, Write};
use crate::commands::inputs::highly_variable::highly_variable;
use crate::commands::inputs::neighbor_graph::{GRAPH, NeighborGraph};
use crate::commands::passes::gene_major::rows_of_genes;
use crate::data::Graph;
use crate::data::{
    About, Asked, Column, ColumnType, Dataset, Matrix, Names, NumberType, Place, Promise,
    Selection, SlotName, Table, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::Rows;
use crate::kernels::methods::autocorrelation::{Autocorrelation as Found, autocorrelation};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Fault, Private, Promised, View, gene};
use crate::source::Origin;
use std::sync::Arc;

params! {
    Autocorrelation {
        /// The dataset.
        adata: Data,
        /// Genes to use; by default the highly variable ones, or all.
        #[also("var_names")]
        genes: Option<GeneNames>,
        /// Columns of obs to use instead of genes.
        obs: Option<Many<ObsKey>>,
        /// A representation in obsm to use instead of genes.
        obsm: Option<ObsmKey>,
        use NeighborGraph as on,
        /// Layer to use instead of X.
        layer: Option<LayerKey>,
    }
}

impl Command for Autocorrelation {
    const SPEC: Spec = Spec {
        name: "autocorrelation",
        summary: "Compute the spatial autocorrelation of genes on the neighbor graph (Moran's I, Geary's C).",
        keywords: "Moran Geary spatial",
        about: "Moran's I ranges from about 0 (no pattern) up to 1; Geary's C from about 1 (no pattern) down to 0. Results are written to var.morans_i and var.gearys_c; the table lists the genes with the strongest autocorrelation first. For columns of obs or obsm, only the table is returned.",
        reads: &[GRAPH],
        writes: &[
            Write::Slot(Place::Var, Key::Is("morans_i")),
            Write::Slot(Place::Var, Key::Is("gearys_c")),
        ],
        without: &[
            ("vals", "genes=, obs= or obsm= select what is looked at"),
            ("use_graph", "graph= names the graph in obsp"),
        ],
        like: &[
            "sc.metrics.morans_i",
            "sc.metrics.gearys_c",
            "sq.gr.spatial_autocorr",
        ],
        examples: &[
            "compute (autocorrelation adata genes=[\"CD3D\", \"LYZ\"])",
            "qc adata; compute (autocorrelation adata obs=[total_counts])",
            "neighbors adata k=30 key=wide; compute (autocorrelation adata obsm=X_pca graph=wide)",
        ],
        cite: &[&references::MORAN_1950, &references::GEARY_1954],
        method: "Autocorrelation on the neighbor graph was measured by Moran's I and Geary's C <MORAN_1950> <GEARY_1954>.",
        holds: "the neighbor graph and the values of the genes",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let key = self.on.key();
        let graph = scene.value(&data, Place::Obsp, &key)?;
        if self.obs.is_some() || self.obsm.is_some() {
            let keys = self.obs.as_ref().map(Many::texts).unwrap_or_default();
            let obsm = self.obsm.as_deref();
            if self.genes.is_some() {
                let headline = "genes= cannot be combined with obs= or obsm=";
                let error = scene.error(
                    "genes",
                    code::NOT_APPLICABLE,
                    headline,
                    "given together with columns",
                );
                return Err(error.help("leave out genes=, or obs= and obsm="));
            }
            let table = of_columns::table(scene, &data, (graph, key), &keys, obsm)?;
            return Ok(Reply::Value(Val::Table(table)));
        }
        let asked = Asked::layer(self.layer.as_deref());
        let input = scene.input_matrix(&data, asked, About::Given)?;
        let (mut from, matrix) = (input.from(), input.matrix);
        let keep = kept(scene, &data, self.genes)?;
        let values = gene_major(scene, &data, &matrix, &keep);
        let names = scene.gene_names(&data);
        let promises = [
            Promise::Column(ColumnType::Number),
            Promise::Column(ColumnType::Number),
            Promise::Table,
        ];
        let origin = scene.origin();
        let needs = (graph, values, keep, names);
        let of = key.clone();
        let [moran, geary, table] = scene.step(needs, promises, move |needs, ticker| {
            let (graph, values, keep, names) = needs;
            let graph = graph_of(&graph, &of, &origin)?;
            results(graph, &values, &keep, &names, ticker)
        });
        from.push(SlotName::new(Place::Obsp, key));
        scene.put(&mut data, Place::Var, "morans_i", moran, &from);
        scene.put(&mut data, Place::Var, "gearys_c", geary, &from);
        let written = ["morans_i", "gearys_c"].map(|key| SlotName::new(Place::Var, key));
        Ok(Reply::Table(data, table, written.to_vec()))
    }
}

/// Positions of the genes that are looked at, ascending.
fn kept(scene: &Scene, data: &Dataset, genes: Option<GeneNames>) -> Outcome<Promised<Selection>> {
    let variable = genes.is_none() && data.var.contains_key("highly_variable");
    let flags = variable.then(|| scene.value(data, Place::Var, "highly_variable"));
    let needs = (scene.gene_names(data), flags.transpose()?);
    let wanted: Option<Vec<String>> = genes.map(|genes| genes.names().cloned().collect());
    let origin = scene.origin();
    Ok(scene.step(needs, Private::new(), move |(names, flags), _| {
        let keep: Selection = match (&wanted, &flags) {
            (Some(wanted), _) => {
                return gene::positions(&names, wanted).map_err(|error| error.at(&origin).into());
            }
            (None, Some(flags)) => highly_variable(flags)?,
            (None, None) => (0..names.len() as u32).collect(),
        };
        Ok(keep)
    }))
}

/// Genes × cells of the kept genes.
fn gene_major(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    keep: &Promised<Selection>,
) -> Promised<Rows> {
    let genes = data.genes.select(keep.lazy().clone());
    let view = View::new(matrix, &data.cells, &genes);
    scene.fold(view, (), Private::new(), |extent, ()| {
        Ok(rows_of_genes(extent, |genes, _| Ok(genes)))
    })
}

fn results(
    graph: &Graph,
    genes: &Rows,
    keep: &Selection,
    names: &Names,
    ticker: &Ticker,
) -> Result<[Value; 3], Fault> {
    let found = autocorrelation(graph.view(), genes.view(), ticker)?;
    let column = |of: fn(&Found) -> f64| {
        let mut values = vec![f64::NAN; names.len()];
        for (&gene, found) in keep.iter().zip(&found) {
            values[gene as usize] = of(found);
        }
        Value::Column(Arc::new(Column::numbers(values, NumberType::F64)))
    };
    let table = table(&names.pick(keep), &found);
    Ok([
        column(|found| found.morans_i),
        column(|found| found.gearys_c),
        Value::Table(Arc::new(table)),
    ])
}

fn graph_of<'a>(value: &'a Value, key: &str, origin: &Origin) -> Result<&'a Arc<Graph>, Fault> {
    value.graph().ok_or_else(|| {
        let text = format!("obsp.{key} is not a graph");
        Diagnostic::error(code::UNEXPECTED_CONTENT, text)
            .at(origin)
            .into()
    })
}

/// The clearest patterns first; what does not vary comes last.
fn table(names: &Names, found: &[Found]) -> Table {
    let mut order: Vec<u32> = (0..found.len() as u32).collect();
    let rank = |&i: &u32| {
        let moran = found[i as usize].morans_i;
        if moran.is_nan() {
            f64::NEG_INFINITY
        } else {
            moran
        }
    };
    order.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let number = |of: fn(&Found) -> f64| {
        let values = order.iter().map(|&i| of(&found[i as usize])).collect();
        Column::numbers(values, NumberType::F64)
    };
    Table::new()
        .with("names", Column::Text(names.pick(&order)))
        .with("morans_i", number(|found| found.morans_i))
        .with("gearys_c", number(|found| found.gearys_c))
}
