//! `density`: how densely cells lie in an embedding.

use crate::command::params::{Data, GroupKey, NewName, ObsmKey, Text};
use crate::command::references;
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::plotting::plot;
use crate::data::{Column, ColumnType, NumberType, Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::density::density;
use crate::params;
use std::sync::Arc;

params! {
    Density {
        /// The dataset.
        adata: Data,
        /// Column of obs with groups, to compute the density within each; by default over all cells.
        #[also("groupby")]
        by: Option<GroupKey>,
        /// Embedding in obsm: umap, tsne …
        basis: ObsmKey = "X_umap",
        /// Which columns of the embedding; those of diffmap are counted without the trivial first.
        components: Text = "1,2",
        /// Column of obs to write; by default <basis>_density_<by>.
        #[also("key_added")]
        key: Option<NewName>,
    }
}

/// `umap_density_cell_type`, as scanpy calls it.
pub(in crate::commands) fn column_name(basis: &str, by: Option<&str>) -> String {
    let basis = basis.trim_start_matches("X_");
    match by {
        Some(by) => format!("{basis}_density_{by}"),
        None => format!("{basis}_density"),
    }
}

/// Where components are in an embedding: the first column of a diffusion map is trivial, and
/// scanpy's functions for densities do not count it.
pub(in crate::commands) fn columns_of(basis: &str, (x, y): (usize, usize)) -> (usize, usize) {
    let trivial = usize::from(basis.trim_start_matches("X_") == "diffmap");
    (x + trivial, y + trivial)
}

impl Command for Density {
    const SPEC: Spec = Spec {
        name: "density",
        summary: "Compute the density of cells in an embedding, overall or per group.",
        about: "Gaussian kernel density, scaled from 0 to 1 in each group. `density_plot` draws it.",
        reads: &[Need {
            want: Want::Slot(Place::Obsm, Key::Param("basis")),
            what: "an embedding",
            made_by: "umap",
        }],
        writes: &[
            Write::Slot(Place::Obs, Key::Param("key")),
            Write::Slot(Place::Uns, Key::Around("", "key", "_params")),
        ],
        like: &["sc.tl.embedding_density"],
        examples: &["density adata by=cell_type", "density adata"],
        cite: &[&references::SCOTT_1992],
        method: "The density of cells in {basis} was estimated with Gaussian kernels[by| for each group of {by}] <SCOTT_1992>.",
        holds: "two coordinates and one number per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let by = self.by.as_ref().map(|by| by.0.clone());
        let places = scene.value(&data, Place::Obsm, &self.basis.0)?;
        let mut grouped = None;
        let mut from = vec![SlotName::new(Place::Obsm, self.basis.0.clone())];
        if let Some(by) = &by {
            grouped = Some(groups(scene, &data, by)?);
            from.push(SlotName::new(Place::Obs, by.clone()));
        }
        let key = match self.key {
            Some(NewName(key)) => key,
            None => column_name(&self.basis.0, by.as_deref()),
        };
        let basis = self.basis.0;
        let asked = plot::pair(scene, &self.components.0)?;
        let (x, y) = columns_of(&basis, asked);
        let promises = [Promise::Column(ColumnType::Number), Promise::Uns];
        let needs = (places, grouped);
        let [density, record] = scene.step(needs, promises, move |(places, groups), ticker| {
            let least = x.max(y) + 1;
            let Some(places) = places.dense().filter(|dense| dense.ncols() >= least) else {
                let headline = format!("obsm.{basis} has less than {least} columns");
                return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline).into());
            };
            let members = match groups {
                Some(groups) => members(&groups),
                None => vec![(0..places.nrows()).collect()],
            };
            let mut values = vec![f64::NAN; places.nrows()];
            for cells in members {
                let at = |axis: usize, cell: usize| f64::from(places[[cell, axis]]);
                let points: Vec<[f64; 2]> = cells
                    .iter()
                    .map(|&cell| [at(x, cell), at(y, cell)])
                    .collect();
                for (cell, value) in cells.into_iter().zip(density(&points, ticker)?) {
                    values[cell] = value;
                }
            }
            let components = [asked.0, asked.1].map(|at| (at + 1).to_string());
            let components = Uns::Texts(Arc::new(components.into_iter().collect()));
            let mut record = Uns::map().with("components", components);
            if let Some(by) = &by {
                record = record.with("covariate", by.as_str());
            }
            Ok([
                Value::Column(Arc::new(Column::numbers(values, NumberType::F64))),
                Value::Uns(Arc::new(record)),
            ])
        });
        let params = format!("{key}_params");
        scene.put(&mut data, Place::Obs, &key, density.measured(), &from);
        scene.put(&mut data, Place::Uns, &params, record, &from);
        Ok(Reply::Dataset(data, vec![SlotName::new(Place::Obs, key)]))
    }
}

/// The cells of each group.
fn members(groups: &Groups) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); groups.levels.len()];
    for (cell, &code) in groups.codes.iter().enumerate() {
        if let Some(group) = members.get_mut(code as usize) {
            group.push(cell);
        }
    }
    members
}
