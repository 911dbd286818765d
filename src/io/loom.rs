//! Loom files: genes × cells, dense, attributes of rows and columns. See loompy's "Loom file
//! format specs".

use super::Opened;
use super::dense::Dense;
use super::h5ad::{StoredColumn, StoredNames, open_array};
use super::judged::judged;
use super::paths::file_name;
use super::stored::Object;
use super::transposed::Transposed;
use crate::data::{
    Axis, Blocks, Dataset, FileError, Lazy, Matrix, Names, Place, Promise, Slot, Stamp, Value,
};
use crate::io::element::Element;
use std::path::Path;
use std::sync::Arc;

/// What attributes with names are called: by loompy, and by loomR, anndata and other writers.
const NAMES_OF_CELLS: [&str; 8] = [
    "CellID",
    "cell_id",
    "obs_names",
    "CellId",
    "cell_names",
    "Barcode",
    "barcode",
    "barcodes",
];
const NAMES_OF_GENES: [&str; 8] = [
    "Gene",
    "gene",
    "var_names",
    "gene_names",
    "GeneName",
    "gene_name",
    "Accession",
    "gene_ids",
];

/// Opens a loom file; `matrix` becomes X, columns become cells.
///
/// # Errors
/// No loom file, or its matrix is damaged. Other parts are left out with a warning.
pub fn open(path: &Path) -> Result<Opened, FileError> {
    let root = Object::of_hdf5(path)?;
    let mut warnings = Vec::new();
    let x = turned(root.need("matrix")?)?;
    let (cells, genes) = (Axis::root(x.n_cells()), Axis::root(x.n_genes()));
    let (row_attrs, col_attrs) = (root.need("row_attrs")?, root.need("col_attrs")?);
    let obs_index = index(&col_attrs, &NAMES_OF_CELLS)?;
    let var_index = index(&row_attrs, &NAMES_OF_GENES)?;
    if obs_index.is_none() {
        warnings.push(numbered(&col_attrs, "cells", NAMES_OF_CELLS[0]));
    }
    if var_index.is_none() {
        warnings.push(numbered(&row_attrs, "genes", NAMES_OF_GENES[0]));
    }
    let obs_names = match &obs_index {
        Some(index) => Lazy::from_file(StoredNames(index.1.clone()), Promise::Unknown),
        None => Lazy::ready(Value::Names(Arc::new(numbers(x.n_cells())))),
    };
    let var_names = match &var_index {
        Some(index) => index.1.names()?,
        None => numbers(x.n_genes()),
    };
    check_names(&var_index, &row_attrs, x.n_genes())?;
    check_names(&obs_index, &col_attrs, x.n_cells())?;
    let mut dataset = Dataset::empty(
        file_name(path),
        obs_names,
        Lazy::ready(Value::Names(Arc::new(var_names))),
        cells.clone(),
        genes.clone(),
    );
    let index_name = |index: &Option<(String, _)>| index.as_ref().map(|(name, _)| name.clone());
    let of_cells = (Place::Obs, Place::Obsm, index_name(&obs_index));
    let of_genes = (Place::Var, Place::Varm, index_name(&var_index));
    attributes(&mut dataset, &col_attrs, of_cells, &mut warnings)?;
    attributes(&mut dataset, &row_attrs, of_genes, &mut warnings)?;
    let matrix = |blocks: Arc<dyn Blocks>, name: &str| {
        let state = judged(&blocks.sample()?, name);
        Ok::<_, FileError>(Matrix::of(blocks, cells.clone(), genes.clone(), state))
    };
    if let Some(layers) = root.child("layers")? {
        for key in layers.children()? {
            match layers
                .need(&key)
                .and_then(turned)
                .and_then(|it| matrix(it, &key))
            {
                Ok(layer) if same_shape(&*layer.blocks, &*x) => {
                    dataset.layers.insert(key, layer);
                }
                Ok(_) => warnings.push(layers.fault(format!("{key} has a different shape"))),
                Err(error) => warnings.push(error),
            }
        }
    }
    dataset.x = Some(matrix(x, "")?);
    Ok(Opened::new(dataset, warnings))
}

fn numbered(attributes: &Object, what: &str, usual: &str) -> FileError {
    attributes.fault(format!(
        "has no {usual} with the names of the {what}: they are numbered"
    ))
}

fn same_shape(a: &dyn Blocks, b: &dyn Blocks) -> bool {
    (a.n_cells(), a.n_genes()) == (b.n_cells(), b.n_genes())
}

fn turned(object: Object) -> Result<Arc<dyn Blocks>, FileError> {
    Ok(Arc::new(Transposed::new(Arc::new(Dense::open(object)?))))
}

fn numbers(n: usize) -> Names {
    (0..n).map(|i| i.to_string()).collect()
}

/// A name for each row (or column) of the matrix, where there are names.
fn check_names(
    index: &Option<(String, StoredColumn)>,
    group: &Object,
    n: usize,
) -> Result<(), FileError> {
    match index {
        Some((name, found)) if found.len() != n => {
            let problem = format!("{name} has {} names, the matrix {n}", found.len());
            Err(group
                .fault(problem)
                .remedy("write the file again, or download it again"))
        }
        _ => Ok(()),
    }
}

/// The first of some attributes that can serve as names.
fn index(group: &Object, usual: &[&str]) -> Result<Option<(String, StoredColumn)>, FileError> {
    for name in usual {
        if let Some(object) = group.child(name)? {
            return Ok(Some(((*name).to_owned(), StoredColumn::open(object)?)));
        }
    }
    Ok(None)
}

/// Attributes with one value each become columns, with several a dense array.
fn attributes(
    dataset: &mut Dataset,
    group: &Object,
    (columns, arrays, index): (Place, Place, Option<String>),
    warnings: &mut Vec<FileError>,
) -> Result<(), FileError> {
    let Some(axis) = dataset.axis(columns).cloned() else {
        return Ok(());
    };
    for name in group
        .children()?
        .into_iter()
        .filter(|name| index.as_ref() != Some(name))
    {
        let object = group.need(&name)?;
        let element = object.values().map(|values| values.element.clone());
        if let (Some(Element::Record(fields)), Some(slots)) = (element, dataset.slots_mut(columns))
        {
            for field in fields {
                match record(&object, &field, axis.at_most()) {
                    Ok(value) => {
                        let rows = Some(axis.clone());
                        let stamp = Stamp::original();
                        slots.insert(format!("{name}.{field}"), Slot { value, rows, stamp });
                    }
                    Err(error) => warnings.push(error),
                }
            }
            continue;
        }
        let is_column = object
            .values()
            .is_some_and(|values| values.shape.len() == 1);
        let (place, lazy) = if is_column {
            (columns, column(object, axis.at_most()))
        } else {
            (arrays, open_array(object, axis.at_most(), false))
        };
        let slots = dataset.slots_mut(place);
        match (lazy, slots) {
            (Ok(value), Some(slots)) => {
                let rows = Some(axis.clone());
                let stamp = Stamp::original();
                slots.insert(name, Slot { value, rows, stamp });
            }
            (Err(error), _) => warnings.push(error),
            (_, None) => {}
        }
    }
    Ok(())
}

/// One field of an attribute of records, as a column.
fn record(object: &Object, field: &str, n: usize) -> Result<Lazy, FileError> {
    of_length(StoredColumn::of_field(object, field)?, object, n)
}

fn column(object: Object, n: usize) -> Result<Lazy, FileError> {
    of_length(StoredColumn::open(object.clone())?, &object, n)
}

fn of_length(column: StoredColumn, object: &Object, n: usize) -> Result<Lazy, FileError> {
    if column.len() == n {
        return column.lazy();
    }
    Err(object.fault(format!(
        "has {} values instead of {n}; it is left out",
        column.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::State;
    use crate::io::testing::{all_rows, data, everything};

    #[test]
    fn cells_become_rows() {
        let Some(path) = data("loom/sympathetic.loom") else {
            return;
        };
        let Opened { dataset, .. } = open(&path).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(
            (dataset.cells.len(), dataset.genes.len()),
            (Some(298), Some(16892))
        );
        let x = dataset.x.as_ref().unwrap();
        assert_eq!(x.state, State::Counts);
        let rows = all_rows(x).unwrap();
        assert_eq!(rows.shape(), (298, 16892));
        assert!(rows.nnz() > 100_000);
        assert!(everything(&dataset).unwrap().len() > 4);
    }
}
