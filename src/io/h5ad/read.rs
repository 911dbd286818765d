//! Opening an .h5ad: names, types and shapes of everything; values stay in the file.

use super::arrays;
use super::frame::StoredFrame;
use super::matrix::open_matrix;
use super::origins;
use super::provenance;
use super::sparse::compression;
use super::state::{RAW, States};
use super::uns::StoredUns;
use crate::data::dataset::Raw;
use crate::data::{
    Axis, Dataset, FileError, Lazy, Matrix, Names, Place, Promise, Slot, Stamp, State, Value,
};
use crate::io::Opened;
use crate::io::element::Element;
use crate::io::stored::Object;
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;

/// Opens an .h5ad file of any version.
///
/// # Errors
/// The file cannot be opened, has no `obs` or `var`, or its `X` is damaged. Anything else that is
/// wrong is a warning, and the part concerned is left out.
pub fn open(path: &Path) -> Result<Opened, FileError> {
    open_root(Object::of_hdf5(path)?)
}

/// The same of a dataset that lies at the root of something else that holds groups and arrays.
///
/// # Errors
/// As [`open`].
pub fn open_root(root: Object) -> Result<Opened, FileError> {
    let mut opening = Opening {
        uns: root.child("uns")?,
        root,
        warnings: Vec::new(),
        hidden: Vec::new(),
        states: States::default(),
    };
    opening.states = States::of(opening.uns.as_ref())?;
    let dataset = opening.dataset()?;
    Ok(Opened::new(dataset, opening.warnings))
}

struct Opening {
    root: Object,
    uns: Option<Object>,
    warnings: Vec<FileError>,
    /// Keys of `uns` that were shown as something else.
    hidden: Vec<String>,
    states: States,
}

type Slots = IndexMap<String, Slot>;

impl Opening {
    fn dataset(&mut self) -> Result<Dataset, FileError> {
        let obs = self.frame("obs")?;
        let var = self.frame("var")?;
        let cells = Axis::root(obs.len());
        let genes = Axis::root(var.len());
        let var_names = self.gene_names(&var)?;
        let from = crate::io::paths::file_name(self.root.file());
        let mut dataset = Dataset::empty(
            from,
            obs.lazy_names(),
            Lazy::ready(Value::Names(var_names)),
            cells.clone(),
            genes.clone(),
        );
        dataset.obs_index = obs.index_name.clone();
        dataset.var_index = var.index_name.clone();
        dataset.obs = self.columns(obs, &cells);
        dataset.var = self.columns(var, &genes);
        let in_var = |key: &&str| dataset.var.contains_key(*key);
        self.states.scaled = ["mean", "std"].iter().all(in_var);
        dataset.x = self.x(&cells, &genes)?;
        let past_log = dataset.x.as_ref().map(|x| x.state.is_past_log());
        self.states.past_log = past_log.unwrap_or(false);
        self.layers(&mut dataset)?;
        for (place, axis) in [(Place::Obsm, &cells), (Place::Varm, &genes)] {
            let group = self.root.child(place.word());
            *slots(&mut dataset, place) = self.arrays(group, axis, false);
        }
        for (place, axis) in [(Place::Obsp, &cells), (Place::Varp, &genes)] {
            let group = self.root.child(place.word());
            *slots(&mut dataset, place) = self.arrays(group, axis, true);
        }
        self.adopt_neighbors(&mut dataset);
        dataset.raw = match self.raw(&cells) {
            Ok(raw) => raw,
            Err(error) => self.warn(error, "raw is left out"),
        };
        dataset.uns.extend(self.uns_slots());
        if let Err(error) = provenance::restore(&mut dataset, &self.root, self.uns.as_ref()) {
            self.warn::<()>(error, "the sources of the results are not known");
        }
        origins::tell(&mut dataset, &self.root, self.uns.as_ref());
        Ok(dataset)
    }

    /// Remembers what is wrong, and goes on without.
    fn warn<T: Default>(&mut self, error: FileError, consequence: &str) -> T {
        let problem = if error.problem.ends_with(consequence) {
            error.problem.clone()
        } else {
            format!("{}; {consequence}", error.problem)
        };
        self.warnings.push(FileError { problem, ..error });
        T::default()
    }

    fn frame(&mut self, name: &str) -> Result<StoredFrame, FileError> {
        let object = self.root.child(name)?.ok_or_else(|| {
            let problem = format!("has no {name}, so it is not an AnnData file");
            let fault = FileError::new(self.root.file(), problem);
            fault.remedy(
                "check which program wrote it; sca recognizes .h5ad, .zarr, 10x .h5, and .loom by their contents",
            )
        })?;
        let mut frame = StoredFrame::open(object)?;
        if let Some(uns) = &self.uns {
            self.hidden.extend(frame.take_categories(uns)?);
        }
        self.warnings.append(&mut frame.warnings);
        Ok(frame)
    }

    /// Gene names are wanted by nearly every command; they are read at once.
    fn gene_names(&self, var: &StoredFrame) -> Result<Arc<Names>, FileError> {
        let names = match &var.index {
            Some(index) => index.names()?,
            None => Names::default(),
        };
        Ok(Arc::new(names))
    }

    fn columns(&mut self, frame: StoredFrame, axis: &Axis) -> Slots {
        let mut slots = Slots::new();
        for (name, column) in frame.columns {
            match column.lazy() {
                Ok(lazy) => {
                    slots.insert(name, slot(lazy, Some(axis)));
                }
                Err(error) => self.warn(error, "the column is left out"),
            }
        }
        slots
    }

    fn x(&mut self, cells: &Axis, genes: &Axis) -> Result<Option<Matrix>, FileError> {
        match self.root.child("X")? {
            Some(object) if object.encoding() != "null" => {
                self.matrix(object, "X", cells, genes).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn matrix(
        &self,
        object: Object,
        name: &str,
        cells: &Axis,
        genes: &Axis,
    ) -> Result<Matrix, FileError> {
        let blocks = open_matrix(object, cells.at_most(), genes.at_most())?;
        let (cells, genes) = (cells.clone(), genes.clone());
        let mut matrix = Matrix::of(blocks, cells, genes, State::Unknown);
        self.states.tell(name, &mut matrix)?;
        Ok(matrix)
    }

    fn layers(&mut self, dataset: &mut Dataset) -> Result<(), FileError> {
        let Some(group) = self.root.child("layers")? else {
            return Ok(());
        };
        for key in group.children()? {
            let name = format!("layers.{key}");
            let layer = group
                .need(&key)
                .and_then(|object| self.matrix(object, &name, &dataset.cells, &dataset.genes));
            match layer {
                Ok(layer) => {
                    dataset.layers.insert(key, layer);
                }
                Err(error) => self.warn(error, "the layer is left out"),
            }
        }
        Ok(())
    }

    /// A group with the names of its members, or an array of records with those of its fields.
    fn listed(
        &mut self,
        group: Result<Option<Object>, FileError>,
    ) -> Option<(Object, Vec<String>)> {
        let listed = |group: Object| {
            let names = match group.values().map(|values| &values.element) {
                Some(Element::Record(fields)) => fields.clone(),
                Some(_) => Vec::new(),
                None => group.children()?,
            };
            Ok((group, names))
        };
        match group.and_then(|group| group.map(listed).transpose()) {
            Ok(found) => found,
            Err(error) => {
                self.warnings.push(error);
                None
            }
        }
    }

    /// Elements of `obsm`, `varm`, `obsp` or `varp`.
    fn arrays(
        &mut self,
        group: Result<Option<Object>, FileError>,
        axis: &Axis,
        square: bool,
    ) -> Slots {
        let mut slots = Slots::new();
        let Some((group, names)) = self.listed(group) else {
            return slots;
        };
        for name in names {
            let lazy = if group.is_group() {
                group
                    .need(&name)
                    .and_then(|object| arrays::open(object, axis.at_most(), square))
            } else {
                arrays::open_field(&group, &name, axis.at_most())
            };
            match lazy {
                Ok(lazy) => {
                    slots.insert(name, slot(lazy, Some(axis)));
                }
                Err(error) => self.warnings.push(error),
            }
        }
        slots
    }

    /// Before anndata 0.7 the graphs of cells lay in `uns/neighbors`.
    fn adopt_neighbors(&mut self, dataset: &mut Dataset) {
        let neighbors = self.uns.as_ref().map(|uns| uns.child("neighbors"));
        let Some(Ok(Some(neighbors))) = neighbors else {
            return;
        };
        for key in GRAPHS {
            let Ok(Some(object)) = neighbors.child(key) else {
                continue;
            };
            if dataset.obsp.contains_key(key) || compression(&object).is_none() {
                continue;
            }
            match arrays::open(object, dataset.cells.at_most(), true) {
                Ok(lazy) => {
                    let cells = dataset.cells.clone();
                    dataset
                        .obsp
                        .insert(key.to_owned(), slot(lazy, Some(&cells)));
                }
                Err(error) => self.warnings.push(error),
            }
            if !self.hidden.iter().any(|name| name == "neighbors") {
                self.hidden.push("neighbors".to_owned());
                let rest = StoredUns::without(neighbors.clone(), &GRAPHS);
                let rest = slot(Lazy::from_file(rest, Promise::Uns), None);
                dataset.uns.insert("neighbors".to_owned(), rest);
            }
        }
    }

    fn raw(&mut self, cells: &Axis) -> Result<Option<Raw>, FileError> {
        let part = |name: &str| match self.root.child("raw")? {
            Some(raw) => raw.child(name),
            None => self.root.child(&format!("raw.{name}")),
        };
        let (Some(x), Some(var), varm) = (part("X")?, part("var")?, part("varm")) else {
            return Ok(None);
        };
        let var = StoredFrame::open(var)?;
        let genes = Axis::root(var.len());
        let x = self.matrix(x, RAW, cells, &genes)?;
        Ok(Some(Raw {
            x,
            var_names: slot(var.lazy_names(), Some(&genes)),
            var_index: var.index_name.clone(),
            varm: self.arrays(varm, &genes, false),
            var: self.columns(var, &genes),
            genes,
            shared: Default::default(),
        }))
    }

    fn uns_slots(&mut self) -> Slots {
        let mut slots = Slots::new();
        let Some((uns, names)) = self.listed(Ok(self.uns.clone())) else {
            return slots;
        };
        for name in names {
            if self.hidden.contains(&name) {
                continue;
            }
            match uns.need(&name) {
                Ok(object) => {
                    let mut entry = StoredUns::new(object);
                    match entry.leave_out() {
                        Ok(wrong) => {
                            for error in wrong {
                                self.warn::<()>(error, "it is left out");
                            }
                            let lazy = Lazy::from_file(entry, Promise::Uns);
                            slots.insert(name, slot(lazy, None));
                        }
                        Err(error) => self.warn(error, "it is left out"),
                    }
                }
                Err(error) => self.warnings.push(error),
            }
        }
        slots
    }
}

/// What scanpy calls the graphs of cells.
const GRAPHS: [&str; 2] = ["connectivities", "distances"];

fn slot(value: Lazy, rows: Option<&Axis>) -> Slot {
    Slot {
        value,
        rows: rows.cloned(),
        stamp: Stamp::original(),
    }
}

fn slots(dataset: &mut Dataset, place: Place) -> &mut Slots {
    dataset
        .slots_mut(place)
        .unwrap_or_else(|| unreachable!("X and layers are no slots"))
}

#[cfg(test)]
mod tests;
