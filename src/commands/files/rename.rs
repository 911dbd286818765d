//! `rename`: a new name for a column, a representation, or a layer.

use crate::command::params::{Data, Name, NewName};
use crate::command::{Command, Reply, Scene, Spec};
use crate::data::{Dataset, Place, SlotName};
use crate::diagnostic::{Outcome, code};
use crate::{params, words};
use indexmap::IndexMap;

words! {
    /// Where it is.
    Part {
        /// columns of cells
        Obs = "obs",
        /// columns of genes
        Var = "var",
        /// layers
        Layers = "layers",
        /// representations of cells
        Obsm = "obsm",
        /// loadings of genes
        Varm = "varm",
        /// graphs of cells
        Obsp = "obsp",
        /// unstructured results
        Uns = "uns",
    }
}

params! {
    Rename {
        /// The dataset.
        adata: Data,
        /// Current name.
        from: Name,
        /// New name.
        to: NewName,
        /// Part of the dataset.
        part: Part = Part::Obs,
    }
}

impl Command for Rename {
    const SPEC: Spec = Spec {
        name: "rename",
        summary: "Rename a column, a layer or an embedding.",
        keywords: "columns",
        like: &["adata.obs.rename", "RenameAssays"],
        examples: &[
            "rename adata cell_type to=label",
            "pca adata; rename adata X_pca to=X_first part=obsm",
        ],
        holds: "nothing: only names change",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data: Dataset = (*self.adata.0).clone();
        let (from, to) = (&self.from.0, &self.to.0);
        let place = match self.part {
            Part::Obs => Place::Obs,
            Part::Var => Place::Var,
            Part::Layers => Place::Layers,
            Part::Obsm => Place::Obsm,
            Part::Varm => Place::Varm,
            Part::Obsp => Place::Obsp,
            Part::Uns => Place::Uns,
        };
        let done = match place {
            Place::Layers => renamed(&mut data.layers, from, to),
            place => data
                .slots_mut(place)
                .map_or(Done::Missing, |slots| renamed(slots, from, to)),
        };
        let word = place.word();
        match done {
            Done::Renamed => {
                let written = vec![SlotName::new(place, to.clone())];
                Ok(Reply::Dataset(data, written))
            }
            Done::Taken => Err(scene
                .error(
                    "to",
                    code::COLUMN_EXISTS,
                    format!("{word}.{to} already exists"),
                    "is taken",
                )
                .help("choose another name")),
            Done::Missing => {
                let keys: Vec<&String> = match place {
                    Place::Layers => data.layers.keys().collect(),
                    place => data
                        .slots(place)
                        .into_iter()
                        .flat_map(|slots| slots.keys())
                        .collect(),
                };
                Err(scene
                    .error(
                        "from",
                        code::NO_SUCH_SLOT,
                        format!("no {word}.{from}"),
                        "does not exist",
                    )
                    .help(crate::command::suggest::nearest_or_list(from, keys, word)))
            }
        }
    }
}

enum Done {
    Renamed,
    Taken,
    Missing,
}

/// The entry keeps its place among the others.
fn renamed<T>(slots: &mut IndexMap<String, T>, from: &str, to: &str) -> Done {
    if !slots.contains_key(from) {
        return Done::Missing;
    }
    if from != to && slots.contains_key(to) {
        return Done::Taken;
    }
    *slots = std::mem::take(slots)
        .into_iter()
        .map(|(key, value)| (if key == from { to.to_owned() } else { key }, value))
        .collect();
    Done::Renamed
}
