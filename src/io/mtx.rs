//! Matrix Market files, plain or as 10x folders with their features and barcodes.

mod folder;
mod triplets;

use super::{Opened, tenx};
use crate::data::{FileError, Lazy, Names, Value};
use folder::{Folder, incomplete};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;
use triplets::Triplets;

/// Opens a .mtx file. With features and barcodes beside it, it is a 10x folder; alone, its rows
/// are cells and its columns genes, numbered.
pub fn open(path: &Path) -> Result<Opened, FileError> {
    if let Some(folder) = path
        .parent()
        .and_then(|folder| Folder::at(folder, Some(path)))
    {
        return folder.open();
    }
    let triplets = Triplets::read(path)?;
    let numbers = |n: usize| (0..n).map(|i| i.to_string()).collect::<Names>();
    let (obs, var) = (numbers(triplets.shape[0]), numbers(triplets.shape[1]));
    let blocks = triplets.blocks(path, false)?;
    let obs = Lazy::ready(Value::Names(Arc::new(obs)));
    Ok(tenx::dataset(
        path,
        Arc::new(blocks),
        obs,
        var,
        IndexMap::new(),
    ))
}

/// Opens a folder as Cell Ranger and others write it; each file may be compressed or not.
///
/// # Errors
/// A file is missing, or the three do not fit together.
pub fn open_folder(folder: &Path) -> Result<Opened, FileError> {
    match Folder::at(folder, None) {
        Some(found) => found.open(),
        None => Err(incomplete(folder)),
    }
}

/// Whether a folder has a matrix, a list of features and a list of barcodes.
pub fn is_folder(folder: &Path) -> bool {
    Folder::at(folder, None).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Rows, State};
    use crate::io::testing::{all_rows, data, folder, load};

    #[test]
    fn folders_of_every_version_open() {
        for (name, shape) in [
            ("tenx/1.2.0/filtered_gene_bc_matrices/hg19_chr21", (12, 343)),
            ("tenx/3.0.0/filtered_feature_bc_matrix", (1107, 507)),
            ("tenx/int-ids", (5, 6)),
            ("pbmc3k/hg19", (2700, 32738)),
        ] {
            let Some(path) = data(name) else { return };
            let opened = open_folder(&path).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let x = opened.dataset.x.as_ref().unwrap();
            assert_eq!((x.blocks.n_cells(), x.blocks.n_genes()), shape, "{name}");
            assert_eq!(x.state, State::Counts);
            assert!(opened.dataset.var.contains_key("gene_ids"));
        }
    }

    #[test]
    fn the_folder_and_the_h5_are_the_same_matrix() {
        let (Some(folder), Some(h5)) =
            (data("pbmc3k/hg19"), data("pbmc3k/pbmc3k_10x_v3_layout.h5"))
        else {
            return;
        };
        let (a, b) = (
            open_folder(&folder).unwrap().dataset,
            tenx::open(&h5).unwrap().dataset,
        );
        let rows = |x: &crate::data::Dataset| all_rows(x.x.as_ref().unwrap()).unwrap();
        assert_eq!(rows(&a), rows(&b));
        let cells =
            |x: &crate::data::Dataset| load(&x.obs_names.value).unwrap().names().unwrap().clone();
        assert_eq!(cells(&a), cells(&b));
    }

    fn error(text: &str) -> String {
        let folder = folder("mtx-error");
        let path = folder.join("alone.mtx");
        std::fs::write(&path, text).unwrap();
        open(&path).unwrap_err().problem
    }

    #[test]
    fn a_plain_matrix_keeps_its_direction() {
        let folder = folder("mtx");
        let path = folder.join("alone.mtx");
        let text =
            "%%MatrixMarket matrix coordinate real general\n% x\n2 3 3\n2 3 0.5\n1 1 2\n2 1 -1e2\n";
        std::fs::write(&path, text).unwrap();
        let opened = open(&path).unwrap();
        let rows = all_rows(opened.dataset.x.as_ref().unwrap()).unwrap();
        let expected = Rows::new((2, 3), vec![0, 1, 3], vec![0, 0, 2], vec![2.0, -100.0, 0.5]);
        assert_eq!(rows, expected);
    }

    #[test]
    fn mistakes_are_told() {
        let head = "%%MatrixMarket matrix coordinate integer general\n2 2 1\n";
        assert!(error("hello").contains("not a Matrix Market file"));
        assert!(error(&format!("{head}3 1 1\n")).contains("\"3 1 1\""));
        assert!(error(&format!("{head}0 1 1\n")).contains("\"0 1 1\""));
        assert!(error(&format!("{head}1 1 1\n2 2 2\n")).contains("promises 1 values but has 2"));
        assert!(error("%%MatrixMarket matrix array real general\n").contains("another kind"));
        assert!(error("%%MatrixMarket matrix coordinate real general\n").contains("no line"));
        // Refused before room is made for it.
        let large = head.replace("2 2 1", "4000000000 4000000000 1");
        assert!(error(&large).contains("too many for the memory"));
    }

    #[test]
    fn a_folder_says_what_it_lacks() {
        let folder = folder("mtx-folder");
        std::fs::write(folder.join("barcodes.tsv"), "A\n").unwrap();
        let error = open_folder(&folder).unwrap_err();
        let expected = "has no matrix.mtx, no features.tsv (or genes.tsv), as a 10x folder does";
        assert_eq!(error.problem, expected);
    }
}
