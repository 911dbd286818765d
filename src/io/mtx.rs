//! Matrix Market files, plain or as folders with names of features and cells, as Cell Ranger,
//! STARsolo, kallisto, alevin-fry, Parse and others write them.

mod folder;
mod name_files;
mod names;
mod orientation;
mod triplets;
pub mod write;

use super::paths::file_name;
use super::{Hints, Opened, tenx};
use crate::data::{Blocks, FileError, Lazy, Matrix, Names, State, Value};
use folder::Picked;
use name_files::Listing;
use orientation::Sides;
use std::path::Path;
use std::sync::Arc;
use triplets::Triplets;

/// Opens a .mtx file with the names beside it, whose numbers tell which side are genes; alone, its
/// rows are cells and its columns genes, numbered.
///
/// # Errors
/// The file is damaged; names do not fit, or fit both ways round.
pub fn open(path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let triplets = Triplets::read(path)?;
    let sides = Sides::find(&Listing::of(folder), path, triplets.shape, hints)?;
    dataset(path, path, triplets, sides)
}

/// Opens a folder as Cell Ranger and others write it; each file may be compressed or not.
///
/// # Errors
/// A file is missing, they do not fit together, or there are several samples.
pub fn open_folder(folder: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let listing = Listing::of(folder);
    if let (true, Some(sample)) = (listing.matrices.is_empty(), &hints.sample)
        && let Some(inside) = folder::of_sample_inside(folder, sample)?
    {
        let hints = Hints {
            sample: None,
            ..hints.clone()
        };
        return open_folder(&inside, &hints);
    }
    let picked = folder::pick(folder, &listing, hints)?;
    let (triplets, others) = rayon::join(
        || Triplets::read(&picked.matrix),
        || layers_beside_x(&picked),
    );
    let (triplets, others) = (triplets?, others?);
    let shape = triplets.shape;
    let sides = Sides::find(&listing, &picked.matrix, shape, hints)?;
    if sides.features.is_none() || sides.cells.is_none() {
        return Err(folder::incomplete(folder, &listing));
    }
    let turned = sides.turned;
    let mut opened = dataset(folder, &picked.matrix, triplets, sides)?;
    if !picked.others.is_empty() {
        let note = format!(
            "reading {}; the folder also has {}",
            file_name(&picked.matrix),
            picked.others.join(", ")
        );
        let other = folder.join(&picked.others[0]);
        opened
            .notes
            .push(FileError::new(folder, note).remedy(format!("read {other:?}")));
    }
    for (key, path, triplets) in others {
        if triplets.shape != shape {
            let ([a, b], [c, d]) = (triplets.shape, shape);
            let problem = format!(
                "is {a} × {b}, but {} is {c} × {d}",
                file_name(&picked.matrix)
            );
            return Err(FileError::new(path, problem)
                .remedy("read each separately: their cells or genes differ"));
        }
        let blocks = Arc::new(triplets.blocks(path, turned)?);
        put_layer(&mut opened, key, blocks);
    }
    if let (false, Some(x)) = (picked.layers.is_empty(), opened.dataset.x.clone()) {
        opened.dataset.layers.insert("spliced".to_owned(), x);
        tell_layers(&mut opened, folder);
    }
    Ok(opened)
}

/// The matrices of the layers but for spliced, which is X as well.
fn layers_beside_x(picked: &Picked) -> Result<Vec<(&'static str, &Path, Triplets)>, FileError> {
    let others = picked
        .layers
        .iter()
        .filter(|(_, path)| *path != picked.matrix);
    others
        .map(|(key, path)| Ok((*key, path.as_path(), Triplets::read(path)?)))
        .collect()
}

fn put_layer(opened: &mut Opened, key: &str, blocks: Arc<dyn Blocks>) {
    let dataset = &mut opened.dataset;
    let (cells, genes) = (dataset.cells.clone(), dataset.genes.clone());
    let state = dataset.x.as_ref().map_or(State::Unknown, |x| x.state);
    let layer = Matrix::of(blocks, cells, genes, state);
    dataset.layers.insert(key.to_owned(), layer);
}

fn tell_layers(opened: &mut Opened, path: &Path) {
    let keys: Vec<&str> = opened.dataset.layers.keys().map(String::as_str).collect();
    let note = format!(
        "molecules are counted separately: layers {}",
        keys.join(", ")
    );
    opened.notes.push(FileError::new(path, note));
}

/// A dataset of a matrix and its names.
fn dataset(
    from: &Path,
    matrix: &Path,
    triplets: Triplets,
    mut sides: Sides,
) -> Result<Opened, FileError> {
    let [n_genes, n_cells] = if sides.turned {
        triplets.shape
    } else {
        [triplets.shape[1], triplets.shape[0]]
    };
    let turned = sides.turned;
    let (genes, mut var) = sides.genes(n_genes);
    let (cells, obs) = sides.cells(n_cells);
    let mut warnings = std::mem::take(&mut sides.warnings);
    let cells = super::unique::unique_cells(cells, from, &mut warnings);
    let cells = Lazy::ready(Value::Names(Arc::new(cells)));
    let mut opened = match of_thirds(&genes) {
        None => {
            let blocks = Arc::new(triplets.blocks(matrix, turned)?);
            tenx::dataset(from, blocks, cells, genes, var)
        }
        Some(n) => {
            let part = |which: &[usize]| -> Result<Arc<dyn Blocks>, FileError> {
                Ok(Arc::new(
                    triplets.thirds(n, which, turned).blocks(matrix, turned)?,
                ))
            };
            let all: Vec<u32> = (0..n as u32).collect();
            var.values_mut()
                .for_each(|column| *column = column.pick(&all));
            // As alevin-fry's own readers count expression.
            let mut opened = tenx::dataset(from, part(&[0, 2])?, cells, genes.pick(&all), var);
            for (key, which) in [("spliced", 0), ("unspliced", 1), ("ambiguous", 2)] {
                put_layer(&mut opened, key, part(&[which])?);
            }
            tell_layers(&mut opened, from);
            opened
        }
    };
    let axis = opened.dataset.cells.clone();
    let columns = obs.into_iter();
    opened.dataset.obs = columns
        .map(|(name, column)| (name, tenx::ready(column, &axis)))
        .collect();
    opened.warnings.append(&mut warnings);
    Ok(opened)
}

/// Of alevin-fry's matrices that count every gene three times, as `G`, `G-U` and `G-A`: how many
/// genes there are.
fn of_thirds(genes: &Names) -> Option<usize> {
    let n = genes.len() / 3;
    let is = |i: usize, end: &str, part: usize| {
        genes.get(part * n + i).strip_suffix(end) == Some(genes.get(i))
    };
    let whole = n > 0 && genes.len() == 3 * n;
    (whole && (0..n).all(|i| is(i, "-U", 1) && is(i, "-A", 2))).then_some(n)
}

/// Whether a folder has a matrix.
pub fn is_folder(folder: &Path) -> bool {
    !Listing::of(folder).matrices.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Rows, State};
    use crate::io::testing::{Folder, all_rows, data, folder, load};

    #[test]
    fn folders_of_every_version_open() {
        for (name, shape) in [
            ("tenx/1.2.0/filtered_gene_bc_matrices/hg19_chr21", (12, 343)),
            ("tenx/3.0.0/filtered_feature_bc_matrix", (1107, 507)),
            ("tenx/int-ids", (5, 6)),
            ("pbmc3k/hg19", (2700, 32738)),
        ] {
            let Some(path) = data(name) else { return };
            let opened = open_folder(&path, &Hints::default())
                .unwrap_or_else(|error| panic!("{name}: {error:?}"));
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
            open_folder(&folder, &Hints::default()).unwrap().dataset,
            tenx::open(&h5, &Hints::default()).unwrap().dataset,
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
        open(&path, &Hints::default()).unwrap_err().problem
    }

    #[test]
    fn a_plain_matrix_keeps_its_direction() {
        let folder = folder("mtx");
        let path = folder.join("alone.mtx");
        let text =
            "%%MatrixMarket matrix coordinate real general\n% x\n2 3 3\n2 3 0.5\n1 1 2\n2 1 -1e2\n";
        std::fs::write(&path, text).unwrap();
        let opened = open(&path, &Hints::default()).unwrap();
        let rows = all_rows(opened.dataset.x.as_ref().unwrap()).unwrap();
        let expected = Rows::new((2, 3), vec![0, 1, 3], vec![0, 0, 2], vec![2.0, -100.0, 0.5]);
        assert_eq!(rows, expected);
    }

    /// Files of a folder of its own.
    fn files(name: &str, files: &[(&str, &str)]) -> Folder {
        let folder = folder(name);
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
        folder
    }

    fn names(opened: &Opened) -> (Vec<String>, Vec<String>) {
        let list = |lazy: &Lazy| -> Vec<String> {
            let value = load(lazy).unwrap();
            value.names().unwrap().iter().map(str::to_owned).collect()
        };
        let dataset = &opened.dataset;
        (
            list(&dataset.obs_names.value),
            list(&dataset.var_names.value),
        )
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Two genes of three cells.
    const GENES_IN_ROWS: &str =
        "%%MatrixMarket matrix coordinate integer general\n2 3 2\n1 1 5\n2 3 7\n";
    const CELLS_IN_ROWS: &str =
        "%%MatrixMarket matrix coordinate integer general\n3 2 2\n1 1 5\n3 2 7\n";

    #[test]
    fn numbers_of_names_tell_which_side_is_which() {
        for (at, list, matrix) in [
            (
                0,
                &[
                    ("spliced.mtx", GENES_IN_ROWS),
                    ("features.tsv", "A\nB\n"),
                    ("barcodes.tsv", "x\ny\nz\n"),
                ][..],
                "spliced.mtx",
            ),
            (
                1,
                &[
                    ("cells_x_genes.mtx", CELLS_IN_ROWS),
                    ("cells_x_genes.genes.txt", "A\nB\n"),
                    ("cells_x_genes.barcodes.txt", "x\ny\nz\n"),
                ],
                "cells_x_genes.mtx",
            ),
            (
                2,
                &[
                    ("G_gene_counts.mtx", GENES_IN_ROWS),
                    ("G_gene_names.txt", "\"A\"\n\"B\"\n"),
                    ("G_cell_names.txt", "\"x\"\n\"y\"\n\"z\"\n"),
                ],
                "G_gene_counts.mtx",
            ),
            (
                3,
                &[
                    ("count_matrix.mtx", CELLS_IN_ROWS),
                    ("all_genes.csv", "gene_id,gene_name\ni,A\nj,B\n"),
                    ("cell_metadata.csv", "bc,sample\nx,s\ny,s\nz,t\n"),
                ],
                "count_matrix.mtx",
            ),
        ] {
            let folder = files(&format!("mtx-names-{at}"), list);
            let opened = open(&folder.join(matrix), &Hints::default()).unwrap();
            let expected = (texts(&["x", "y", "z"]), texts(&["A", "B"]));
            assert_eq!(names(&opened), expected, "{matrix}");
            assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
            let rows = all_rows(opened.dataset.x.as_ref().unwrap()).unwrap();
            assert_eq!(rows.get(2, 1), Some(&7.0), "{matrix}");
        }
    }

    #[test]
    fn names_that_fit_both_ways_or_not_at_all_are_no_guess() {
        let square = "%%MatrixMarket matrix coordinate integer general\n2 2 1\n2 1 5\n";
        let folder = files(
            "mtx-square",
            &[
                ("counts.mtx", square),
                ("genes.txt", "A\nB\n"),
                ("cells.txt", "x\ny\n"),
            ],
        );
        let path = folder.join("counts.mtx");
        let error = open(&path, &Hints::default()).unwrap_err();
        assert!(error.problem.contains("both orientations"), "{error:?}");
        let rows = |genes_in_rows| {
            let hints = Hints {
                genes_in_rows: Some(genes_in_rows),
                ..Hints::default()
            };
            all_rows(open(&path, &hints).unwrap().dataset.x.as_ref().unwrap()).unwrap()
        };
        assert_eq!(rows(true).get(0, 1), Some(&5.0));
        assert_eq!(rows(false).get(1, 0), Some(&5.0));
        std::fs::write(folder.join("genes.txt"), "A\nB\nC\nD\n").unwrap();
        assert!(
            open(&path, &Hints::default())
                .unwrap_err()
                .problem
                .contains("4 features")
        );
        let alone = files("mtx-alone", &[("counts.mtx", square)]);
        let opened = open(&alone.join("counts.mtx"), &Hints::default()).unwrap();
        assert_eq!(opened.warnings.len(), 1);
    }

    #[test]
    fn samples_of_a_folder_are_listed_and_one_is_taken() {
        let folder = files(
            "mtx-samples",
            &[
                ("GSM1_a_matrix.mtx", GENES_IN_ROWS),
                ("GSM2_b_matrix.mtx", GENES_IN_ROWS),
                ("GSM1_a_barcodes.tsv", "x\ny\nz\n"),
                ("GSM2_b_barcodes.tsv", "u\nv\nw\n"),
                ("GSE_features.tsv", "A\nB\n"),
            ],
        );
        let error = open_folder(&folder, &Hints::default()).unwrap_err();
        assert!(error.problem.contains("GSM1_a, GSM2_b"), "{error:?}");
        for sample in ["GSM2_b", "GSM2", "GSM2_b_"] {
            let hints = Hints {
                sample: Some(sample.to_owned()),
                ..Hints::default()
            };
            let opened = open_folder(&folder, &hints).unwrap();
            assert_eq!(
                names(&opened),
                (texts(&["u", "v", "w"]), texts(&["A", "B"]))
            );
        }
        let hints = Hints {
            sample: Some("GSM".to_owned()),
            ..Hints::default()
        };
        assert!(open_folder(&folder, &hints).is_err());
    }

    #[test]
    fn molecules_counted_apart_are_layers() {
        let folder = files(
            "mtx-velocity",
            &[
                ("spliced.mtx", GENES_IN_ROWS),
                ("unspliced.mtx", GENES_IN_ROWS),
                ("ambiguous.mtx", GENES_IN_ROWS),
                ("features.tsv", "i\tA\nj\tB\n"),
                ("barcodes.tsv", "x\ny\nz\n"),
            ],
        );
        let opened = open_folder(&folder, &Hints::default()).unwrap();
        let mut keys: Vec<&str> = opened.dataset.layers.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["ambiguous", "spliced", "unspliced"]);
        assert_eq!(opened.notes.len(), 1);
        // alevin-fry has all three in one matrix, cells in rows: X is spliced and ambiguous.
        let thirds =
            "%%MatrixMarket matrix coordinate integer general\n2 3 4\n1 1 5\n1 3 1\n1 2 9\n2 3 2\n";
        let folder = files(
            "mtx-alevin",
            &[
                ("quants_mat.mtx", thirds),
                ("quants_mat_cols.txt", "A\nA-U\nA-A\n"),
                ("quants_mat_rows.txt", "x\ny\n"),
            ],
        );
        let opened = open_folder(&folder, &Hints::default()).unwrap();
        assert_eq!(names(&opened).1, ["A"]);
        let x = all_rows(opened.dataset.x.as_ref().unwrap()).unwrap();
        assert_eq!((x.get(0, 0), x.get(1, 0)), (Some(&6.0), Some(&2.0)));
        let unspliced = all_rows(&opened.dataset.layers["unspliced"]).unwrap();
        assert_eq!((unspliced.get(0, 0), unspliced.nnz()), (Some(&9.0), 1));
    }

    #[test]
    fn names_that_repeat_in_a_folder_are_numbered() {
        let folder = files(
            "mtx-repeats",
            &[
                ("matrix.mtx", GENES_IN_ROWS),
                ("genes.tsv", "i\tA\nj\tA\n"),
                ("barcodes.tsv", "x\nx\nz\n"),
            ],
        );
        let opened = crate::io::read(&folder).unwrap();
        assert_eq!(
            names(&opened),
            (texts(&["x", "x-1", "z"]), texts(&["A", "A-1"]))
        );
        assert_eq!(opened.warnings.len(), 2);
    }

    #[test]
    fn mistakes_are_told() {
        let head = "%%MatrixMarket matrix coordinate integer general\n2 2 1\n";
        assert!(error("hello").contains("not a Matrix Market file"));
        assert!(error(&format!("{head}3 1 1\n")).contains("\"3 1 1\""));
        assert!(error(&format!("{head}0 1 1\n")).contains("\"0 1 1\""));
        assert!(error(&format!("{head}1 1 1\n2 2 2\n")).contains("declares 1 values but has 2"));
        assert!(
            error("%%MatrixMarket matrix array real general\n").contains("but not \"coordinate")
        );
        assert!(error("%%MatrixMarket matrix coordinate real general\n").contains("no size line"));
        // Refused before room is made for it.
        let large = head.replace("2 2 1", "4000000000 4000000000 1");
        assert!(error(&large).contains("too many for the available memory"));
    }

    #[test]
    fn a_folder_says_what_it_lacks() {
        let folder = folder("mtx-folder");
        std::fs::write(folder.join("barcodes.tsv"), "A\n").unwrap();
        let error = open_folder(&folder, &Hints::default()).unwrap_err();
        let expected = "has no matrix.mtx, no features.tsv (or genes.tsv), as a 10x folder does";
        assert_eq!(error.problem, expected);
    }
}
