//! Folders of matrices: which one to read, and which belong together as layers.

use super::name_files::{Listing, layer, sample};
use crate::data::FileError;
use crate::io::Hints;
use crate::io::paths::file_name;
use std::path::{Path, PathBuf};

/// A matrix, or several of the same molecules.
#[derive(Debug)]
pub struct Picked {
    /// What X is.
    pub matrix: PathBuf,
    /// Spliced, unspliced and ambiguous molecules, with the names of their layers.
    pub layers: Vec<(&'static str, PathBuf)>,
    /// Other matrices of the folder, to be told of.
    pub others: Vec<String>,
}

/// Matrices whose names say that they are of one sample.
struct Group {
    sample: String,
    matrices: Vec<PathBuf>,
}

impl Group {
    /// Spliced molecules are X where there are layers, as in scVelo.
    fn picked(&self, others: Vec<String>) -> Picked {
        let layers: Vec<(&'static str, PathBuf)> = self
            .matrices
            .iter()
            .filter_map(|path| Some((layer(path)?.1, path.clone())))
            .collect();
        let spliced = layers.iter().find(|(key, _)| *key == "spliced");
        Picked {
            matrix: spliced.map_or_else(|| self.matrices[0].clone(), |(_, path)| path.clone()),
            layers: match layers.len() {
                0 | 1 => Vec::new(),
                _ => layers,
            },
            others,
        }
    }
}

/// The matrix of a folder, or of one of its samples.
///
/// # Errors
/// There is none, or there are several; no such sample.
pub fn pick(folder: &Path, listing: &Listing, hints: &Hints) -> Result<Picked, FileError> {
    let groups = groups(listing);
    if groups.is_empty() {
        return Err(incomplete(folder, listing));
    }
    if let Some(wanted) = &hints.sample {
        return of_sample(folder, &groups, wanted);
    }
    if let [group] = &groups[..] {
        return Ok(group.picked(Vec::new()));
    }
    // matrix.mtx beside, say, STARsolo's UniqueAndMult-EM.mtx.
    let plain = groups.iter().position(|group| group.sample.is_empty());
    match plain {
        Some(at) if !any_own_names(&groups, listing) => {
            let others = groups.iter().enumerate().filter(|(i, _)| *i != at);
            let others = others.flat_map(|(_, group)| &group.matrices);
            Ok(groups[at].picked(others.map(|path| file_name(path)).collect()))
        }
        _ => Err(several(folder, &groups)),
    }
}

/// Whether a matrix with a sample's name has names of its own.
fn any_own_names(groups: &[Group], listing: &Listing) -> bool {
    let of_sample = groups.iter().filter(|group| !group.sample.is_empty());
    of_sample
        .flat_map(|group| &group.matrices)
        .any(|matrix| listing.has_own_cells(matrix))
}

fn groups(listing: &Listing) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for matrix in &listing.matrices {
        let sample = sample(matrix);
        let is_layer = layer(matrix).is_some();
        let together = groups.iter_mut().find(|group| {
            is_layer && group.sample == sample && layer(&group.matrices[0]).is_some()
        });
        match together {
            Some(group) => group.matrices.push(matrix.clone()),
            None => groups.push(Group {
                sample,
                matrices: vec![matrix.clone()],
            }),
        }
    }
    groups
}

fn of_sample(folder: &Path, groups: &[Group], wanted: &str) -> Result<Picked, FileError> {
    let trimmed = wanted.trim_matches(['_', '.', '-', ' ']);
    let exact = |group: &&Group| group.sample == trimmed || is_file(group, wanted);
    let begins =
        |group: &&Group| group.sample.starts_with(trimmed) || group.sample.ends_with(trimmed);
    let mut found: Vec<&Group> = groups.iter().filter(exact).collect();
    if found.is_empty() && !trimmed.is_empty() {
        found = groups.iter().filter(begins).collect();
    }
    match found[..] {
        [group] => Ok(group.picked(Vec::new())),
        [] => {
            let problem = format!("has no sample {wanted:?}");
            Err(FileError::new(folder, problem).remedy(format!("it has {}", list(groups))))
        }
        _ => {
            let problem = format!("has several samples that match {wanted:?}");
            Err(FileError::new(folder, problem).remedy(format!("it has {}", list(groups))))
        }
    }
}

fn is_file(group: &Group, wanted: &str) -> bool {
    group.matrices.iter().any(|path| file_name(path) == wanted)
}

/// What the samples are called; by their files where they have no names.
fn list(groups: &[Group]) -> String {
    let names = groups.iter().map(|group| {
        if group.sample.is_empty() {
            file_name(&group.matrices[0])
        } else {
            group.sample.clone()
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

fn several(folder: &Path, groups: &[Group]) -> FileError {
    let problem = format!("holds {} matrices: {}", groups.len(), list(groups));
    let first = groups.iter().find(|group| !group.sample.is_empty());
    let first = first.map_or(String::new(), |group| group.sample.clone());
    FileError::new(folder, problem).remedy(format!(
        "read one: read {folder:?} sample={first:?}; concat puts several together"
    ))
}

/// The folder with the matrix of a sample, where each sample has a folder of its own: of several, that of
/// the cells that were called. `None` if there are no matrices inside.
///
/// # Errors
/// No folder of that name has a matrix, or several have one.
pub fn of_sample_inside(folder: &Path, wanted: &str) -> Result<Option<PathBuf>, FileError> {
    let inside = folders_inside(folder);
    if inside.is_empty() {
        return Ok(None);
    }
    let within = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
    let is_of_it = |path: &&PathBuf| within(path).iter().any(|part| part == wanted);
    let found: Vec<&PathBuf> = inside.iter().filter(is_of_it).collect();
    let is_called = |path: &&&PathBuf| file_name(path).contains("filtered");
    let called: Vec<&PathBuf> = found.iter().filter(is_called).copied().collect();
    match (&found[..], &called[..]) {
        ([one], _) | (_, [one]) => Ok(Some((*one).clone())),
        (found, _) => {
            let problem = match found {
                [] => format!("has no sample {wanted:?}"),
                _ => format!("has several matrices of the sample {wanted:?}"),
            };
            let names = inside.iter().map(|path| within(path).display().to_string());
            let remedy = format!("it has {}", names.collect::<Vec<_>>().join(", "));
            Err(FileError::new(folder, problem).remedy(remedy))
        }
    }
}

/// What a folder lacks to be one of 10x, or where its matrices are.
pub fn incomplete(folder: &Path, listing: &Listing) -> FileError {
    let inside = folders_inside(folder);
    if listing.matrices.is_empty() && !inside.is_empty() {
        let within = |path: &PathBuf| {
            path.strip_prefix(folder)
                .unwrap_or(path)
                .display()
                .to_string()
        };
        let names: Vec<String> = inside.iter().map(within).collect();
        let problem = match names.len() {
            1 => format!("has its matrix in a folder: {}", names[0]),
            n => format!("has matrices in {n} folders: {}", names.join(", ")),
        };
        return FileError::new(folder, problem).remedy(format!("read {:?}", inside[0]));
    }
    let [features, cells] = listing.roles();
    let missing: Vec<&str> = [
        ("matrix.mtx", !listing.matrices.is_empty()),
        ("features.tsv (or genes.tsv)", features),
        ("barcodes.tsv", cells),
    ]
    .into_iter()
    .filter_map(|(name, found)| (!found).then_some(name))
    .collect();
    let problem = match missing.len() {
        0 => "its matrix, features, and barcodes do not share a name prefix".into(),
        _ => format!("has no {}, as a 10x folder does", missing.join(", no ")),
    };
    FileError::new(folder, problem).remedy(
        "give a folder with matrix.mtx, features.tsv, and barcodes.tsv, each plain or .gz, or a file",
    )
}

/// Folders in a folder that have matrices, as Cell Ranger's and STARsolo's output has (`Solo.out/Gene/filtered`);
/// those of cells that were called come first.
fn folders_inside(folder: &Path) -> Vec<PathBuf> {
    const LEVELS: usize = 3;
    const MOST: usize = 200;
    let (mut found, mut level) = (Vec::new(), vec![folder.to_owned()]);
    for _ in 0..LEVELS {
        let mut next: Vec<PathBuf> = level.iter().flat_map(|folder| folders_of(folder)).collect();
        next.truncate(MOST);
        let (with, without): (Vec<PathBuf>, Vec<PathBuf>) = next
            .into_iter()
            .partition(|path| !Listing::of(path).matrices.is_empty());
        found.extend(with);
        level = without;
    }
    found.sort_by_key(|path| (!file_name(path).contains("filtered"), path.clone()));
    found.truncate(8);
    found
}

fn folders_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_may_have_folders_of_their_own() {
        let root = std::env::temp_dir().join(format!("sca-samples-{}", std::process::id()));
        for inside in [
            "s1",
            "s2/raw_feature_bc_matrix",
            "s2/filtered_feature_bc_matrix",
            "s3/a",
            "s3/b",
        ] {
            let folder = root.join(inside);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("matrix.mtx"), "").unwrap();
        }
        let of = |sample: &str| {
            let found = of_sample_inside(&root, sample);
            let found =
                found.map(|found| found.map(|it| it.strip_prefix(&root).unwrap().to_owned()));
            found.map_err(|error| error.to_string())
        };
        assert_eq!(of("s1"), Ok(Some("s1".into())));
        assert_eq!(of("s2"), Ok(Some("s2/filtered_feature_bc_matrix".into())));
        assert!(of("s3").unwrap_err().contains("several matrices"));
        assert!(of("s4").unwrap_err().contains("no sample"));
        assert!(matches!(of_sample_inside(&root.join("s1"), "s1"), Ok(None)));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
