//! Opening an .h5ad: names, types and shapes of everything; values stay in the file.

use super::arrays::{self, compression};
use super::frame::StoredFrame;
use super::made;
use super::state::{RAW, States};
use super::uns::StoredUns;
use crate::data::dataset::Raw;
use crate::data::{
    Axis, Blocks, Dataset, FileError, Lazy, Matrix, Names, Place, Promise, Slot, Stamp, State,
    Value,
};
use crate::io::Opened;
use crate::io::compressed::Compressed;
use crate::io::dense::Dense;
use crate::io::stored::{Element, Object};
use crate::io::transposed::Transposed;
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
        let from = crate::io::file_name(self.root.file());
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
        if let Err(error) = made::restore(&mut dataset, &self.root, self.uns.as_ref()) {
            self.warn::<()>(error, "the sources of the results are not known");
        }
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

/// The matrix of a group or array, in whichever way it is stored.
///
/// # Errors
/// It is no matrix, has the wrong shape, or contradicts itself.
fn open_matrix(
    object: Object,
    n_cells: usize,
    n_genes: usize,
) -> Result<Arc<dyn Blocks>, FileError> {
    let current = !object.encoding().is_empty();
    let found = match (object.values(), compression(&object)) {
        (Some(values), _) => match values.shape[..] {
            [rows] => [rows, 1],
            [rows, columns] => [rows, columns],
            _ => return Err(object.fault("is not a matrix")),
        },
        (None, Some((_, shape))) => shape,
        (None, None) => return Err(no_matrix(&object)),
    };
    if found != [n_cells, n_genes] {
        let [rows, columns] = found;
        let problem =
            format!("is {rows} × {columns}, but there are {n_cells} cells and {n_genes} genes");
        return Err(object.fault(problem));
    }
    Ok(match compression(&object) {
        None => {
            let dense = Dense::open(object)?;
            Arc::new(if current { dense.current() } else { dense })
        }
        Some((false, [rows, columns])) => {
            let csr = Compressed::open(object, rows, columns)?;
            Arc::new(if current { csr.current() } else { csr })
        }
        Some((true, [rows, columns])) => {
            let csc = Compressed::open(object, columns, rows)?;
            let csc = if current { csc.current() } else { csc };
            Arc::new(Transposed::new(Arc::new(csc)))
        }
    })
}

fn no_matrix(object: &Object) -> FileError {
    let encoding = object.encoding();
    if encoding.is_empty() {
        object.fault("is missing the attributes that say how it is stored")
    } else {
        object.fault(format!(
            "is stored as {encoding:?}, which sca cannot read as a matrix"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, State, Uns};
    use crate::io::testing::{all_rows, data, everything, load};

    fn opened(name: &str) -> Option<Opened> {
        data(name).map(|path| open(&path).unwrap())
    }

    fn column(slot: &Slot) -> Arc<Column> {
        load(&slot.value).unwrap().column().unwrap().clone()
    }

    #[test]
    fn every_file_of_every_version_opens_and_loads() {
        let Some(folder) = data("formats") else {
            return;
        };
        let mut folders = vec![folder];
        let mut n = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "h5ad")
                {
                    let opened = open(&path).unwrap();
                    let dataset = &opened.dataset;
                    everything(dataset).unwrap_or_else(|error| panic!("{error:?}"));
                    let layers = dataset.layers.values().chain(&dataset.x);
                    for matrix in layers.chain(dataset.raw.iter().map(|raw| &raw.x)) {
                        let rows = all_rows(matrix).unwrap_or_else(|error| panic!("{error:?}"));
                        assert_eq!(rows.rows(), dataset.cells.at_most());
                    }
                    assert_eq!(opened.warnings, [], "{}", path.display());
                    n += 1;
                }
            }
        }
        assert!(n > 25, "{n}");
    }

    #[test]
    fn a_processed_file_has_its_slots() {
        let Some(Opened {
            dataset, warnings, ..
        }) = opened("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad")
        else {
            return;
        };
        assert_eq!(warnings, []);
        assert_eq!(
            (dataset.cells.len(), dataset.genes.len()),
            (Some(700), Some(765))
        );
        let found = everything(&dataset).unwrap();
        assert!(found.len() > 15);
        let Column::Category(louvain) = &*column(&dataset.obs["louvain"]) else {
            panic!("louvain is a category")
        };
        assert_eq!(louvain.levels.len(), 11);
        let scores = load(&dataset.uns["rank_genes_groups"].value).unwrap();
        assert!(matches!(
            scores.uns().unwrap().get("names"),
            Some(Uns::Records(_))
        ));
    }

    #[test]
    fn counts_are_seen_as_counts() {
        let Some(Opened { dataset, .. }) = opened("pbmc3k/pbmc3k_raw.h5ad") else {
            return;
        };
        let x = dataset.x.as_ref().unwrap();
        assert_eq!(x.state, State::Counts);
        let rows = all_rows(x).unwrap();
        assert_eq!((rows.shape(), rows.nnz()), ((2700, 32738), 2_282_976));
        let grains = x.blocks.grains().unwrap();
        assert_eq!((grains[1], grains[10], grains[11]), (256, 2560, 2700));
        let sum: f64 = rows.data().iter().map(|&value| f64::from(value)).sum();
        let by_grain: f64 = grains
            .windows(2)
            .flat_map(|ends| x.blocks.read(ends[0]..ends[1]).unwrap().data().to_vec())
            .map(f64::from)
            .sum();
        assert_eq!(sum, by_grain);
    }

    #[test]
    fn old_graphs_move_to_obsp_and_old_categories_to_their_columns() {
        let Some(Opened { dataset, .. }) = opened("formats/anndata/archives/v0.5.0/adata.h5ad")
        else {
            return;
        };
        assert!(dataset.obsp.contains_key("connectivities"));
        assert!(!dataset.uns.contains_key("louvain_categories"));
        let Column::Category(phase) = &*column(&dataset.obs["phase"]) else {
            panic!("phase is a category")
        };
        assert_eq!(phase.levels.iter().collect::<Vec<_>>(), ["G1", "G2M", "S"]);
        let pca = load(&dataset.obsm["X_pca"].value).unwrap();
        assert_eq!(pca.dense().unwrap().dim(), (700, 50));
        let neighbors = load(&dataset.uns["neighbors"].value).unwrap();
        assert!(neighbors.uns().unwrap().get("connectivities").is_none());
        assert!(neighbors.uns().unwrap().get("params/n_neighbors").is_some());
    }

    #[test]
    fn values_that_may_be_missing() {
        let name = "formats/zellkonverter/krumsiek11_augmented_v0-8.h5ad";
        let Some(Opened { dataset, .. }) = opened(name) else {
            return;
        };
        let Column::Number(whole) = &*column(&dataset.obs["dummy_int2"]) else {
            panic!("a number")
        };
        assert!(whole.nullable && whole.values.iter().any(|value| value.is_nan()));
        let Column::Category(truth) = &*column(&dataset.obs["dummy_bool2"]) else {
            panic!("a category of false, true and missing")
        };
        assert!(truth.codes.contains(&-1) && truth.codes.contains(&1));
    }

    #[test]
    fn what_is_no_such_file_is_said() {
        let missing = open(Path::new("/no/such/file.h5ad")).unwrap_err();
        assert_eq!(missing.problem, "the file does not exist");
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert_eq!(open(&this).unwrap_err().problem, "is not an HDF5 file");
    }
}
