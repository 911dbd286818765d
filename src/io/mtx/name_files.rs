//! The files with the names of a matrix: those in its folder whose own names have most in common
//! with it.
//!
//! `GSM1_a_matrix.mtx.gz` goes with `GSM1_a_features.tsv.gz`, `matrix_s1.mtx` with
//! `barcodes_s1.tsv`, `cells_x_genes.mtx` with `cells_x_genes.genes.txt`, `quants_mat.mtx` with
//! `quants_mat_rows.txt`; a `features.tsv` without a sample's name goes with all.

use crate::io::paths::{file_name, plain_name};
use std::path::{Path, PathBuf};

/// What a file of names is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Features,
    Cells,
}

/// A file that may have the names of a side.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub path: PathBuf,
    pub role: Role,
    /// How usual its name is for its role; 0 is what Cell Ranger calls it.
    rank: usize,
    parts: Vec<String>,
}

/// A folder's matrices and files of names.
#[derive(Debug, Default)]
pub struct Listing {
    pub matrices: Vec<PathBuf>,
    names: Vec<Candidate>,
}

/// Words of names of files about features, and how usual they are.
const FEATURES: [(&str, usize); 8] = [
    ("features", 0),
    ("genes", 0),
    ("gene", 1),
    ("feature", 1),
    ("peaks", 2),
    ("cols", 2),
    ("var", 2),
    ("proteins", 2),
];
/// The same of cells.
const CELLS: [(&str, usize); 8] = [
    ("barcodes", 0),
    ("cells", 1),
    ("cell", 1),
    ("barcode", 1),
    ("rows", 2),
    ("obs", 2),
    ("cellids", 2),
    ("samples", 2),
];
/// Words that say nothing of the sample.
const MATRIX: [&str; 9] = [
    "matrix",
    "mtx",
    "count",
    "counts",
    "umi",
    "expression",
    "raw",
    "dge",
    "mat",
];
/// Endings of files of names, without those of compression.
const ENDINGS: [&str; 7] = ["tsv", "txt", "csv", "tab", "lst", "list", "names"];

impl Listing {
    /// The files of a folder; of none, where it cannot be listed.
    pub fn of(folder: &Path) -> Self {
        let here = folder.as_os_str().is_empty();
        let folder = if here { Path::new(".") } else { folder };
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        paths.retain(|path| !path.is_dir());
        paths.sort();
        let mut listing = Listing::default();
        for path in paths {
            let name = plain_name(&path);
            match name.rsplit_once('.') {
                Some((_, "mtx")) => listing.matrices.push(path),
                Some((stem, ending)) if ENDINGS.contains(&ending) => {
                    listing.names.extend(candidate(path.clone(), stem));
                }
                None => listing.names.extend(candidate(path.clone(), &name)),
                _ => {}
            }
        }
        listing
    }

    /// Files that may name a side of a matrix, the likeliest first. Those that have more in common
    /// with another matrix, or name cells of another sample, are none.
    pub fn beside(&self, matrix: &Path, role: Role) -> Vec<&Candidate> {
        let own = parts(&stem(matrix));
        let others: Vec<Vec<String>> = self
            .matrices
            .iter()
            .filter(|other| other.file_name() != matrix.file_name())
            .map(|other| parts(&stem(other)))
            .collect();
        // A matrix that is alone and says nothing of a sample goes with whatever is there.
        let alone = others.is_empty() && !own.iter().any(|part| is_telling(part));
        let mut found: Vec<(usize, &Candidate)> = Vec::new();
        for candidate in &self.names {
            let words = candidate.beside(&own);
            if words.role != Some(role) {
                continue;
            }
            let better = |other: &Vec<String>| candidate.beside(other).shared > words.shared;
            let foreign = role == Role::Cells && words.foreign && !alone;
            if !foreign && !others.iter().any(better) {
                found.push((words.shared, candidate));
            }
        }
        found.sort_by_key(|(shared, candidate)| (usize::MAX - shared, candidate.rank));
        found.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// Whether a file names cells of the sample that a matrix is of.
    pub fn has_own_cells(&self, matrix: &Path) -> bool {
        let own = parts(&stem(matrix));
        let cells = self.beside(matrix, Role::Cells);
        cells
            .iter()
            .any(|candidate| candidate.beside(&own).shared > 0)
    }

    /// Whether any file is named as one of features, and as one of cells.
    pub fn roles(&self) -> [bool; 2] {
        let has = |role| self.names.iter().any(|candidate| candidate.role == role);
        [has(Role::Features), has(Role::Cells)]
    }
}

/// What a name has in common with that of a matrix.
struct Shared {
    shared: usize,
    role: Option<Role>,
    /// It has words of a sample that the matrix has not.
    foreign: bool,
}

impl Candidate {
    fn beside(&self, matrix: &[String]) -> Shared {
        let front = n_same(self.parts.iter().zip(matrix));
        let rest = &self.parts[front..];
        let back = n_same(rest.iter().rev().zip(matrix[front..].iter().rev()));
        let rest = &rest[..rest.len() - back];
        let telling = |parts: &[String]| {
            let parts = parts.iter().filter(|part| is_telling(part));
            parts.count()
        };
        // `cells_x_genes.genes` is about genes; `GSE1_gene_names` is about its `gene`, though the
        // matrix is called `GSE1_gene_counts`.
        let role = role(rest).map_or(Some(self.role), |(role, _)| Some(role));
        Shared {
            shared: telling(&self.parts) - telling(rest),
            role,
            foreign: telling(rest) > 0,
        }
    }
}

/// How many pairs at the beginning are of the same words.
fn n_same<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> usize {
    pairs.take_while(|(a, b)| a == b).count()
}

/// Words that tell a sample, unlike those that tell what a file is about.
fn is_telling(part: &str) -> bool {
    let about = FEATURES.iter().chain(&CELLS).any(|(word, _)| part == *word);
    let names = ["names", "name", "ids", "id", "all", "metadata", "list", "x"].contains(&part);
    !about && !names && !MATRIX.contains(&part)
}

fn candidate(path: PathBuf, stem: &str) -> Option<Candidate> {
    let parts = parts(stem);
    let (role, rank) = role(&parts)?;
    Some(Candidate {
        path,
        role,
        rank,
        parts,
    })
}

/// What the words of a name say; the last one that says anything counts.
fn role(parts: &[String]) -> Option<(Role, usize)> {
    let of = |part: &String| {
        let find = |words: &[(&str, usize)]| {
            words
                .iter()
                .find(|(word, _)| part == word)
                .map(|(_, rank)| *rank)
        };
        let features = find(&FEATURES).map(|rank| (Role::Features, rank));
        features.or_else(|| find(&CELLS).map(|rank| (Role::Cells, rank)))
    };
    // `genes.names` are names for people, `metadata` describes more than is asked for.
    parts.iter().rev().find_map(of)
}

fn parts(stem: &str) -> Vec<String> {
    let parts = stem.split(['_', '.', '-', ' ']);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The name of a matrix without its endings.
fn stem(path: &Path) -> String {
    let name = plain_name(path);
    name.strip_suffix(".mtx").unwrap_or(&name).to_owned()
}

/// What a matrix's name says beside being a matrix: `GSM1_a` of `GSM1_a_matrix.mtx.gz`.
pub fn sample(path: &Path) -> String {
    let name = file_name(path);
    let stem = name.get(..stem(path).len()).unwrap_or(&name);
    let words = ["matrix", "counts", "count"];
    let of_layer = layer(path).map(|(word, _)| word);
    let lower = stem.to_lowercase();
    let found = of_layer.into_iter().chain(words).find_map(|word| {
        let at = lower.rfind(word)?;
        Some(format!(
            "{}{}",
            stem.get(..at)?,
            stem.get(at + word.len()..)?
        ))
    });
    let rest = found.unwrap_or_else(|| stem.to_owned());
    rest.trim_matches(['_', '.', '-', ' ']).to_owned()
}

/// Of a matrix of spliced, unspliced or ambiguous molecules: the word for it in its name, and
/// what the layer is called.
pub fn layer(path: &Path) -> Option<(&'static str, &'static str)> {
    const WORDS: [(&str, &str); 5] = [
        ("unspliced", "unspliced"),
        ("nascent", "unspliced"),
        ("spliced", "spliced"),
        ("mature", "spliced"),
        ("ambiguous", "ambiguous"),
    ];
    let parts = parts(&stem(path));
    WORDS
        .into_iter()
        .find(|(word, _)| parts.iter().any(|part| part == word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    fn beside(files: &[&str], matrix: &str) -> [Option<String>; 2] {
        let folder = folder(&format!("beside-{}", files.concat().len()));
        for file in files {
            std::fs::write(folder.join(file), "").unwrap();
        }
        let listing = Listing::of(&folder);
        [Role::Features, Role::Cells].map(|role| {
            let matrix = folder.join(matrix);
            let found = listing.beside(&matrix, role);
            found.first().map(|it| file_name(&it.path))
        })
    }

    #[test]
    fn names_lie_beside_matrices_of_every_program() {
        for (files, matrix, expected) in [
            (
                &["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"][..],
                "matrix.mtx.gz",
                ["features.tsv.gz", "barcodes.tsv.gz"],
            ),
            (
                &[
                    "spliced.mtx",
                    "unspliced.mtx",
                    "features.tsv",
                    "barcodes.tsv",
                ],
                "spliced.mtx",
                ["features.tsv", "barcodes.tsv"],
            ),
            (
                &[
                    "cells_x_genes.mtx",
                    "cells_x_genes.genes.txt",
                    "cells_x_genes.barcodes.txt",
                ],
                "cells_x_genes.mtx",
                ["cells_x_genes.genes.txt", "cells_x_genes.barcodes.txt"],
            ),
            (
                &[
                    "quants_mat.mtx",
                    "quants_mat_rows.txt",
                    "quants_mat_cols.txt",
                ],
                "quants_mat.mtx",
                ["quants_mat_cols.txt", "quants_mat_rows.txt"],
            ),
            (
                &[
                    "GSE1_gene_counts.mtx",
                    "GSE1_gene_names.txt",
                    "GSE1_cell_names.txt",
                ],
                "GSE1_gene_counts.mtx",
                ["GSE1_gene_names.txt", "GSE1_cell_names.txt"],
            ),
            (
                &["count_matrix.mtx", "all_genes.csv", "cell_metadata.csv"],
                "count_matrix.mtx",
                ["all_genes.csv", "cell_metadata.csv"],
            ),
            (
                &[
                    "matrix_s1.mtx.gz",
                    "features_s1.tsv.gz",
                    "barcodes_s1.tsv.gz",
                ],
                "matrix_s1.mtx.gz",
                ["features_s1.tsv.gz", "barcodes_s1.tsv.gz"],
            ),
            (
                &["gene_sorted-matrix.mtx", "genes.tsv", "barcodes.tsv"],
                "gene_sorted-matrix.mtx",
                ["genes.tsv", "barcodes.tsv"],
            ),
        ] {
            let expected = expected.map(|name| Some(name.to_owned()));
            assert_eq!(beside(files, matrix), expected, "{matrix}");
        }
    }

    #[test]
    fn samples_keep_their_own_and_share_what_has_no_sample() {
        let files = [
            "GSM1_a_matrix.mtx",
            "GSM1_a_barcodes.tsv",
            "GSM2_b_matrix.mtx",
            "GSM2_b_barcodes.tsv",
            "GSE9_features.tsv",
        ];
        let found = beside(&files, "GSM2_b_matrix.mtx");
        assert_eq!(found[0].as_deref(), Some("GSE9_features.tsv"));
        assert_eq!(found[1].as_deref(), Some("GSM2_b_barcodes.tsv"));
        let [_, cells] = beside(&["GSM1_matrix.mtx", "GSM2_barcodes.tsv"], "GSM1_matrix.mtx");
        assert_eq!(cells, None);
        assert_eq!(sample(Path::new("x/GSM1_a_matrix.mtx.gz")), "GSM1_a");
        assert_eq!(sample(Path::new("matrix_s1.mtx")), "s1");
        assert_eq!(sample(Path::new("matrix.mtx")), "");
        assert_eq!(sample(Path::new("s1.unspliced.mtx")), "s1");
    }
}
