//! One immutable version of an annotated matrix, in AnnData's shape.

use super::axis::Axis;
use super::file::FileError;
use super::known::Known;
use super::lazy::{Lazy, Value};
use super::matrix::Matrix;
use super::slot::{Place, Slot, SlotName, Stamp};
use indexmap::IndexMap;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// What `raw` keeps: another matrix over the same cells with its own genes.
#[derive(Debug, Clone)]
pub struct Raw {
    pub x: Matrix,
    pub genes: Axis,
    pub var_names: Slot,
    /// What the file calls the gene names; see [`Dataset::obs_index`].
    pub var_index: Option<String>,
    pub var: IndexMap<String, Slot>,
    pub varm: IndexMap<String, Slot>,
    /// Its matrix on the genes of the dataset, once it has been asked for (`genes_of_raw`).
    pub shared: Arc<OnceLock<Matrix>>,
}

impl Raw {
    /// What raw keeps, as a dataset of the same cells with its own genes.
    pub fn as_dataset(&self, of: &Dataset) -> Dataset {
        Dataset {
            x: Some(self.x.clone()),
            genes: self.genes.clone(),
            var_names: self.var_names.clone(),
            var_index: self.var_index.clone(),
            var: self.var.clone(),
            varm: self.varm.clone(),
            varp: IndexMap::new(),
            layers: IndexMap::new(),
            raw: None,
            ..of.clone()
        }
    }

    /// The matrix, genes and annotations of a dataset, to be kept as raw.
    pub fn of(data: &Dataset) -> Option<Raw> {
        Some(Raw {
            x: data.x.clone()?,
            genes: data.genes.clone(),
            var_names: data.var_names.clone(),
            var_index: data.var_index.clone(),
            var: data.var.clone(),
            varm: data.varm.clone(),
            shared: Arc::default(),
        })
    }
}

/// A version of a dataset. Cheap to clone: everything large is shared.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Where it came from, for the user: `pbmc.h5ad`.
    pub from: String,
    pub cells: Axis,
    pub genes: Axis,
    pub obs_names: Slot,
    pub var_names: Slot,
    /// What the file calls the cell names, where it does; a written file calls them so too.
    pub obs_index: Option<String>,
    /// The same of the gene names.
    pub var_index: Option<String>,
    pub x: Option<Matrix>,
    pub layers: IndexMap<String, Matrix>,
    pub obs: IndexMap<String, Slot>,
    pub var: IndexMap<String, Slot>,
    pub obsm: IndexMap<String, Slot>,
    pub varm: IndexMap<String, Slot>,
    pub obsp: IndexMap<String, Slot>,
    pub varp: IndexMap<String, Slot>,
    pub uns: IndexMap<String, Slot>,
    pub raw: Option<Raw>,
    /// Intermediate results that the same command can take up again, by what they were made from.
    pub kept: IndexMap<String, Lazy>,
    pub history: super::history::History,
}

impl Dataset {
    /// A dataset with names and nothing else; its axes are the names' lengths.
    pub fn empty(
        from: impl Into<String>,
        obs_names: Lazy,
        var_names: Lazy,
        cells: Axis,
        genes: Axis,
    ) -> Self {
        let slot = |value, rows: &Axis| Slot {
            value,
            rows: Some(rows.clone()),
            stamp: Stamp::original(),
        };
        Dataset {
            from: from.into(),
            obs_names: slot(obs_names, &cells),
            var_names: slot(var_names, &genes),
            obs_index: None,
            var_index: None,
            cells,
            genes,
            x: None,
            layers: IndexMap::new(),
            obs: IndexMap::new(),
            var: IndexMap::new(),
            obsm: IndexMap::new(),
            varm: IndexMap::new(),
            obsp: IndexMap::new(),
            varp: IndexMap::new(),
            uns: IndexMap::new(),
            raw: None,
            kept: IndexMap::new(),
            history: Default::default(),
        }
    }

    /// The slots of a place that is a map; `X` and `layers` are matrices and have none.
    pub fn slots(&self, place: Place) -> Option<&IndexMap<String, Slot>> {
        match place {
            Place::Obs => Some(&self.obs),
            Place::Var => Some(&self.var),
            Place::Obsm => Some(&self.obsm),
            Place::Varm => Some(&self.varm),
            Place::Obsp => Some(&self.obsp),
            Place::Varp => Some(&self.varp),
            Place::Uns => Some(&self.uns),
            Place::X | Place::Layers => None,
        }
    }

    pub fn slots_mut(&mut self, place: Place) -> Option<&mut IndexMap<String, Slot>> {
        match place {
            Place::Obs => Some(&mut self.obs),
            Place::Var => Some(&mut self.var),
            Place::Obsm => Some(&mut self.obsm),
            Place::Varm => Some(&mut self.varm),
            Place::Obsp => Some(&mut self.obsp),
            Place::Varp => Some(&mut self.varp),
            Place::Uns => Some(&mut self.uns),
            Place::X | Place::Layers => None,
        }
    }

    /// What is known of a slot while a step is planned; on the axes it was made on.
    ///
    /// # Errors
    /// The file it lies in is damaged there.
    pub fn known(&self, name: &SlotName) -> Result<Known<Value>, FileError> {
        Ok(match self.slot(name) {
            None => Known::Absent,
            Some(slot) => match slot.value.known()? {
                Some(value) => Known::Value(value.clone()),
                None => Known::Promised,
            },
        })
    }

    /// The column of obs that a slot, perhaps not made yet, was made from.
    pub fn made_by_groups(&self, name: &SlotName) -> Option<String> {
        let mut from = self.stamp(name)?.from.iter();
        let (name, _) = from.find(|(name, _)| name.place == Place::Obs)?;
        Some(name.key.clone())
    }

    /// A slot by its name, or by the other name that Scanpy has for it.
    pub fn slot(&self, name: &SlotName) -> Option<&Slot> {
        let key = self.key_of(name.place, &name.key)?;
        self.slots(name.place)?.get(&*key)
    }

    /// What a slot is called here: Scanpy 2 writes `obsm.umap` where Scanpy 1 wrote `obsm.X_umap`,
    /// and `varm.pca` for `varm.PCs`. `None` if it is there under neither name.
    pub fn key_of<'a>(&self, place: Place, key: &'a str) -> Option<Cow<'a, str>> {
        let slots = self.slots(place)?;
        if slots.contains_key(key) {
            return Some(Cow::Borrowed(key));
        }
        let other = match (place, key) {
            (Place::Obsm, key) => match key.strip_prefix("X_") {
                Some(bare) => Cow::Borrowed(bare),
                None => Cow::Owned(format!("X_{key}")),
            },
            (Place::Varm, "PCs") => Cow::Borrowed("pca"),
            (Place::Varm, "pca") => Cow::Borrowed("PCs"),
            _ => return None,
        };
        slots.contains_key(&*other).then_some(other)
    }

    /// `X`, or a layer.
    pub fn matrix(&self, name: &SlotName) -> Option<&Matrix> {
        match name.place {
            Place::X if name.is_raw() => self.raw.as_ref().map(|raw| &raw.x),
            Place::X => self.x.as_ref(),
            Place::Layers => self.layers.get(&name.key),
            _ => None,
        }
    }

    /// A matrix instead of `X`, or as a layer.
    pub fn put_matrix(&mut self, layer: Option<&str>, matrix: Matrix) {
        match layer {
            Some(layer) => {
                self.layers.insert(layer.to_owned(), matrix);
            }
            None => self.x = Some(matrix),
        }
    }

    /// The axis of a place's first dimension.
    pub fn axis(&self, place: Place) -> Option<&Axis> {
        match place {
            Place::X | Place::Layers | Place::Obs | Place::Obsm | Place::Obsp => Some(&self.cells),
            Place::Var | Place::Varm | Place::Varp => Some(&self.genes),
            Place::Uns => None,
        }
    }

    /// The making of a slot or matrix that this version holds.
    pub fn stamp(&self, name: &SlotName) -> Option<&Stamp> {
        match self.matrix(name) {
            Some(matrix) => Some(&matrix.stamp),
            None => self.slot(name).map(|slot| &slot.stamp),
        }
    }

    /// The version of a slot, a matrix, the cells or the genes.
    pub fn version(&self, name: &SlotName) -> Option<u64> {
        if name.is_axis() {
            self.axis(name.place).map(Axis::version)
        } else {
            self.stamp(name).map(|stamp| stamp.version)
        }
    }

    /// How many steps are still to be made: those that promised something, and selections.
    pub fn pending_steps(&self) -> usize {
        let pending = self.pending();
        let stamps = pending.iter().filter_map(|name| self.stamp(name));
        let mut steps: Vec<usize> = stamps.map(|stamp| stamp.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.len() + self.cells.pending_selections() + self.genes.pending_selections()
    }

    /// Everything that the engine still owes.
    pub fn pending(&self) -> Vec<SlotName> {
        use Place::*;
        [Obs, Var, Obsm, Varm, Obsp, Varp, Uns]
            .into_iter()
            .flat_map(|place| {
                let slots = self.slots(place).into_iter().flatten();
                slots
                    .filter(|(_, slot)| slot.value.is_pending())
                    .map(move |(key, _)| SlotName::new(place, key.clone()))
            })
            .collect()
    }
}
