//! 10x Genomics' .h5: one group `matrix` since Cell Ranger 3, one group for each genome before.
//!
//! The matrix is stored by cell, so it is read as it lies. All features are opened, antibodies and
//! other modalities too; `feature_types` tells them apart for `features.rs`.

use super::compressed::Compressed;
use super::h5ad::{StoredColumn, StoredNames};
use super::judged::judged;
use super::memory::InMemory;
use super::paths::file_name;
use super::stored::Object;
use super::{Hints, Opened};
use crate::data::{
    Axis, Blocks, Column, Dataset, FileError, Lazy, Matrix, Names, Promise, Rows, Slot, Stamp,
    State, Value,
};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;

/// Opens a 10x .h5 of either layout.
///
/// # Errors
/// Neither layout, or a part is missing or damaged.
pub fn open(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let root = Object::of_hdf5(path)?;
    match root.child("matrix")? {
        Some(group) => open_matrix(path, &group),
        None => open_genomes(path, &root, hints.genome.as_deref()),
    }
}

/// A genome that was asked for is not among those that are there.
pub(super) fn no_genome(path: &Path, genome: &str, there: &[String]) -> FileError {
    FileError::new(path, format!("has no genome {genome:?}")).remedy(if there.is_empty() {
        "it names none: leave genome= out".to_owned()
    } else {
        format!("it has {}", there.join(", "))
    })
}

/// Whether a file's groups are those of the older layout: their names are those of genomes.
pub fn genomes(root: &Object) -> Result<Vec<Object>, FileError> {
    let mut found = Vec::new();
    for name in root.children()? {
        let group = root.need(&name)?;
        if group.is_group() && group.child("barcodes")?.is_some() && group.child("genes")?.is_some()
        {
            found.push(group);
        }
    }
    Ok(found)
}

fn open_matrix(path: &Path, group: &Object) -> Result<Opened, FileError> {
    let (blocks, barcodes) = matrix(group)?;
    let features = group.need("features")?;
    let names = column(&features, "name", blocks.n_genes())?.names()?;
    let mut var = IndexMap::new();
    var.insert(
        "gene_ids".to_owned(),
        column(&features, "id", blocks.n_genes())?.read()?,
    );
    for (key, name) in [("feature_types", "feature_type"), ("genome", "genome")] {
        if features.child(name)?.is_some() {
            let column = column(&features, name, blocks.n_genes())?.read()?;
            var.insert(key.to_owned(), Column::Category(column.to_category()));
        }
    }
    for name in features.children()? {
        let known = ["id", "name", "feature_type", "genome"].contains(&name.as_str());
        // Tags that only some features have: the pattern and the sequence of an antibody's label.
        if let (false, Ok(tag)) = (known, column(&features, &name, blocks.n_genes())) {
            var.insert(name, tag.read()?);
        }
    }
    let obs_names = Lazy::from_file(StoredNames(barcodes), Promise::Unknown);
    Ok(dataset(path, Arc::new(blocks), obs_names, names, var))
}

/// The matrix of a group, and its barcodes.
fn matrix(group: &Object) -> Result<(Compressed, StoredColumn), FileError> {
    let (shape, values) = group.need_array("shape")?;
    let lengths: Vec<u64> = values
        .read(None)
        .map_err(|reason| shape.unreadable(reason))?;
    let &[n_genes, n_cells] = &lengths[..] else {
        return Err(shape.fault("does not have two lengths"));
    };
    let (n_genes, n_cells) = (n_genes as usize, n_cells as usize);
    let barcodes = column(group, "barcodes", n_cells)?;
    Ok((Compressed::open(group.clone(), n_cells, n_genes)?, barcodes))
}

/// A column of `n` values.
fn column(group: &Object, name: &str, n: usize) -> Result<StoredColumn, FileError> {
    let object = group.need(name)?;
    let column = StoredColumn::open(object.clone())?;
    if column.len() == n {
        return Ok(column);
    }
    Err(object.fault(format!("has {} entries instead of {n}", column.len())))
}

/// One genome of the older layout.
struct Genome {
    name: String,
    blocks: Compressed,
    barcodes: StoredColumn,
    ids: Names,
    names: Names,
}

fn genome(group: &Object) -> Result<Genome, FileError> {
    let (blocks, barcodes) = matrix(group)?;
    let ids = column(group, "genes", blocks.n_genes())?.names()?;
    let names = match group.child("gene_names")? {
        Some(_) => column(group, "gene_names", blocks.n_genes())?.names()?,
        None => ids.clone(),
    };
    Ok(Genome {
        name: group.name().to_owned(),
        blocks,
        barcodes,
        ids,
        names,
    })
}

fn open_genomes(path: &Path, root: &Object, wanted: Option<&str>) -> Result<Opened, FileError> {
    let mut groups = genomes(root)?;
    if let Some(name) = wanted {
        let there: Vec<String> = groups.iter().map(|group| group.name().to_owned()).collect();
        groups.retain(|group| group.name() == name);
        if groups.is_empty() {
            return Err(no_genome(path, name, &there));
        }
    }
    let genomes: Vec<Genome> = groups.iter().map(genome).collect::<Result<_, _>>()?;
    if genomes.is_empty() {
        let fault = FileError::new(path, "is not a 10x .h5, .h5ad, or loom file");
        return Err(fault.remedy("convert it to .h5ad with the program that wrote it"));
    }
    let ids = genomes
        .iter()
        .flat_map(|genome| genome.ids.iter())
        .collect();
    let names = genomes
        .iter()
        .flat_map(|genome| genome.names.iter())
        .collect();
    let codes = genomes
        .iter()
        .zip(0..)
        .flat_map(|(genome, code)| std::iter::repeat_n(code, genome.ids.len()));
    let codes: Vec<i32> = codes.collect();
    let n = codes.len();
    let levels = genomes.iter().map(|genome| genome.name.as_str()).collect();
    let var = IndexMap::from([
        ("gene_ids".to_owned(), Column::Text(ids)),
        (
            "feature_types".to_owned(),
            Column::category(vec![0; n], ["Gene Expression"].into_iter().collect()),
        ),
        ("genome".to_owned(), Column::category(codes, levels)),
    ]);
    if genomes.len() > 1 {
        let (rows, cells) = side_by_side(&genomes, n)?;
        let blocks = InMemory::new(rows, genomes[0].blocks.stored());
        let cells = Lazy::ready(Value::Names(Arc::new(cells)));
        return Ok(dataset(path, Arc::new(blocks), cells, names, var));
    }
    let Some(Genome {
        blocks, barcodes, ..
    }) = genomes.into_iter().next()
    else {
        unreachable!("there is one genome")
    };
    let obs_names = Lazy::from_file(StoredNames(barcodes), Promise::Unknown);
    Ok(dataset(path, Arc::new(blocks), obs_names, names, var))
}

/// Several genomes as one matrix: all cells that occur, the genes of one genome after the other's.
fn side_by_side(genomes: &[Genome], n_genes: usize) -> Result<(Rows, Names), FileError> {
    let mut cells: IndexMap<String, Vec<(usize, usize)>> = IndexMap::new();
    let mut blocks = Vec::new();
    let mut before = 0;
    for (at, genome) in genomes.iter().enumerate() {
        for (row, barcode) in genome.barcodes.names()?.iter().enumerate() {
            cells.entry(barcode.to_owned()).or_default().push((at, row));
        }
        blocks.push((before, genome.blocks.read(0..genome.blocks.n_cells())?));
        before += genome.ids.len();
    }
    let (mut indptr, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for parts in cells.values() {
        for &(at, row) in parts {
            let (before, rows) = &blocks[at];
            let range = rows.indptr().outer_inds_sz(row);
            let indices = rows.indices()[range.clone()].iter();
            genes.extend(indices.map(|&gene| gene + *before as u32));
            values.extend_from_slice(&rows.data()[range]);
        }
        indptr.push(genes.len());
    }
    let shape = (cells.len(), n_genes);
    Ok((
        Rows::new(shape, indptr, genes, values),
        cells.keys().collect(),
    ))
}

/// A dataset of counts with columns in `var`.
pub(super) fn dataset(
    path: &Path,
    blocks: Arc<dyn Blocks>,
    obs_names: Lazy,
    var_names: Names,
    var: IndexMap<String, Column>,
) -> Opened {
    let (cells, genes) = (Axis::root(blocks.n_cells()), Axis::root(blocks.n_genes()));
    let var_names = Lazy::ready(Value::Names(Arc::new(var_names)));
    let from = file_name(path);
    let mut dataset = Dataset::empty(from, obs_names, var_names, cells.clone(), genes.clone());
    let state = match blocks.sample() {
        Ok(sample) => judged(&sample, ""),
        Err(_) => State::Unknown,
    };
    dataset.x = Some(Matrix::of(blocks, cells, genes.clone(), state));
    dataset.var = var
        .into_iter()
        .map(|(name, column)| (name, ready(column, &genes)))
        .collect();
    Opened::new(dataset, Vec::new())
}

pub(super) fn ready(column: Column, rows: &Axis) -> Slot {
    Slot {
        value: Lazy::ready(Value::Column(Arc::new(column))),
        rows: Some(rows.clone()),
        stamp: Stamp::original(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Features;
    use crate::io::testing::{all_rows, data, load};

    fn opened(name: &str) -> Option<Opened> {
        data(name).map(|path| crate::io::read(&path).unwrap_or_else(|error| panic!("{error:?}")))
    }

    fn levels(slot: &Slot) -> Vec<String> {
        match load(&slot.value)
            .unwrap()
            .column()
            .map(|column| (**column).clone())
        {
            Some(Column::Category(category)) => category.levels.iter().map(str::to_owned).collect(),
            _ => panic!("not a category"),
        }
    }

    #[test]
    fn both_layouts_of_one_matrix_agree() {
        let (Some(v3), Some(v2)) = (
            opened("pbmc3k/pbmc3k_10x_v3_layout.h5"),
            opened("pbmc3k/pbmc3k_10x_v2_legacy_layout.h5"),
        ) else {
            return;
        };
        let (v3, v2) = (v3.dataset, v2.dataset);
        let rows = |dataset: &Dataset| all_rows(dataset.x.as_ref().unwrap()).unwrap();
        assert_eq!(rows(&v3).shape(), (2700, 32738));
        assert_eq!(rows(&v3), rows(&v2));
        assert_eq!(v3.x.as_ref().unwrap().state, State::Counts);
        let names = |slot: &Slot| load(&slot.value).unwrap().names().unwrap().clone();
        assert_eq!(names(&v3.obs_names), names(&v2.obs_names));
        assert_eq!(names(&v3.var_names), names(&v2.var_names));
    }

    #[test]
    fn genes_are_taken_and_the_rest_is_told() {
        let Some(path) = data("tenx/1K_pbmc_citeseq.h5") else {
            return;
        };
        let shape = |features: Features| {
            let hints = Hints {
                features,
                ..Hints::default()
            };
            let opened = crate::io::read_with(&path, &hints).unwrap();
            let dataset = opened.dataset;
            (dataset.cells.len(), dataset.genes.len(), opened.notes.len())
        };
        assert_eq!(shape(Features::Genes), (Some(892), Some(36601), 1));
        assert_eq!(shape(Features::All), (Some(892), Some(36611), 0));
        let proteins = Features::Kinds(vec!["Antibody Capture".into()]);
        assert_eq!(shape(proteins), (Some(892), Some(10), 0));
    }

    #[test]
    fn one_of_several_genomes_is_taken() {
        let Some(path) = data("tenx/1.2.0/multiple_genomes.h5") else {
            return;
        };
        let of = |genome: &str| {
            let hints = Hints {
                genome: Some(genome.to_owned()),
                ..Hints::default()
            };
            crate::io::read_with(&path, &hints)
        };
        let all = open(&path, &Hints::default()).unwrap().dataset;
        let n: usize = levels(&all.var["genome"])
            .iter()
            .map(|genome| of(genome).unwrap().dataset.genes.len().unwrap())
            .sum();
        assert_eq!(Some(n), all.genes.len());
        assert!(of("mars").unwrap_err().remedy.unwrap().contains("it has "));
    }

    #[test]
    fn several_genomes_come_side_by_side() {
        let Some(Opened { dataset, .. }) = opened("tenx/1.2.0/multiple_genomes.h5") else {
            return;
        };
        assert_eq!(levels(&dataset.var["genome"]).len(), 2);
        let rows = all_rows(dataset.x.as_ref().unwrap()).unwrap();
        assert_eq!(Some(rows.rows()), dataset.cells.len());
        assert_eq!(Some(rows.cols()), dataset.genes.len());
    }
}
