//! 10x folders: a matrix, its features and its barcodes, each plain or compressed.

use super::triplets::Triplets;
use crate::data::{Column, FileError, Lazy, Names, Value};
use crate::io::text::{Pieces, lines};
use crate::io::{Opened, tenx};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The three files of a 10x folder.
pub struct Folder {
    path: PathBuf,
    matrix: PathBuf,
    features: PathBuf,
    barcodes: PathBuf,
}

impl Folder {
    /// The three files, whose names may begin with something that they share, such as `GSM1_`.
    pub fn at(folder: &Path, matrix: Option<&Path>) -> Option<Self> {
        let names: Vec<String> = std::fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let prefixes = names.iter().filter_map(|name| {
            let stem = name.strip_suffix(".gz").unwrap_or(name);
            stem.strip_suffix("matrix.mtx").map(|prefix| (prefix, name))
        });
        let (prefix, matrix) = prefixes
            .filter(|(_, name)| matrix.is_none_or(|path| path.ends_with(name.as_str())))
            .min()?;
        let find = |stems: &[&str]| {
            let candidates = stems.iter().flat_map(|stem| {
                ["tsv", "tsv.gz", "txt", "txt.gz"].map(|end| format!("{prefix}{stem}.{end}"))
            });
            let mut found = candidates.filter(|name| names.contains(name));
            found.next().map(|name| folder.join(name))
        };
        Some(Folder {
            path: folder.to_owned(),
            matrix: folder.join(matrix),
            features: find(&["features", "genes"])?,
            barcodes: find(&["barcodes", "cells"])?,
        })
    }

    pub fn open(self) -> Result<Opened, FileError> {
        let (triplets, texts) = rayon::join(
            || Triplets::read(&self.matrix),
            || Ok((Fields::read(&self.features)?, Fields::read(&self.barcodes)?)),
        );
        let (triplets, (features, barcodes)) = (triplets?, texts?);
        let (n_features, n_barcodes) = (features.rows.len(), barcodes.rows.len());
        // Genes × cells as a rule; some programs write it the other way round.
        let turned = match triplets.shape {
            [a, b] if a == n_features && b == n_barcodes => true,
            [a, b] if a == n_barcodes && b == n_features => false,
            [a, b] => {
                let problem = format!(
                    "is {a} × {b}, but there are {n_features} features and {n_barcodes} barcodes"
                );
                return Err(FileError::new(&self.matrix, problem)
                    .remedy("check that the three files belong together"));
            }
        };
        let blocks = triplets.blocks(&self.matrix, turned)?;
        let (names, var) = features.describe();
        let cells: Names = barcodes.rows.iter().map(|fields| &fields[0]).collect();
        let obs = Lazy::ready(Value::Names(Arc::new(cells)));
        Ok(tenx::dataset(&self.path, Arc::new(blocks), obs, names, var))
    }
}

/// What a folder lacks to be one of 10x.
pub fn incomplete(folder: &Path) -> FileError {
    let has = |part: &str| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().contains(part))
        })
    };
    let missing: Vec<&str> = [
        ("matrix.mtx", has("matrix.mtx")),
        (
            "features.tsv (or genes.tsv)",
            has("features.") || has("genes."),
        ),
        ("barcodes.tsv", has("barcodes.")),
    ]
    .into_iter()
    .filter_map(|(name, found)| (!found).then_some(name))
    .collect();
    let problem = match missing.len() {
        0 => "its matrix, features and barcodes do not share the beginning of their names".into(),
        _ => format!("has no {}, as a 10x folder does", missing.join(", no ")),
    };
    FileError::new(folder, problem).remedy(
        "name a folder with matrix.mtx, features.tsv and barcodes.tsv, each plain or .gz, or a file",
    )
}

/// The tab-separated lines of features or barcodes.
struct Fields {
    rows: Vec<Vec<String>>,
}

impl Fields {
    fn read(path: &Path) -> Result<Self, FileError> {
        let text = Pieces::open(path)?.all()?;
        let split = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            line.split('\t')
                .map(|field| field.trim().to_owned())
                .collect()
        };
        let rows = lines(&text).map(split).collect();
        Ok(Fields { rows })
    }

    /// Names for people and the columns of `var`: ids, and types since Cell Ranger 3.
    fn describe(&self) -> (Names, IndexMap<String, Column>) {
        let field = |i: usize| -> Names {
            let fields = self.rows.iter();
            fields
                .map(|row| row.get(i).map_or("", String::as_str))
                .collect()
        };
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut var = IndexMap::new();
        if widest < 2 {
            return (field(0), var);
        }
        var.insert("gene_ids".to_owned(), Column::Text(field(0)));
        if widest > 2 {
            let types = Column::Text(field(2)).to_category();
            var.insert("feature_types".to_owned(), Column::Category(types));
        }
        (field(1), var)
    }
}
