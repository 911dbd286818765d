//! Whether the genes are the rows or the columns of a matrix, and their names: the numbers of names
//! in the files tell.

use super::name_files::{Candidate, Listing, Role};
use super::names::{NameFile, Named};
use crate::data::{Column, FileError, Names};
use crate::io::Hints;
use crate::io::paths::file_name;
use indexmap::IndexMap;
use std::path::Path;

/// Both sides of a matrix.
#[derive(Debug)]
pub struct Sides {
    /// Whether rows are genes.
    pub turned: bool,
    pub features: Option<Named>,
    pub cells: Option<Named>,
    pub warnings: Vec<FileError>,
}

/// The files of names beside a matrix, read.
struct Files {
    features: Vec<NameFile>,
    cells: Vec<NameFile>,
}

impl Files {
    fn read(listing: &Listing, matrix: &Path) -> Result<Self, FileError> {
        let of = |role| {
            let candidates = listing.beside(matrix, role);
            candidates
                .into_iter()
                .map(read_candidate)
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Files {
            features: of(Role::Features)?,
            cells: of(Role::Cells)?,
        })
    }

    /// The likeliest files for sides of these lengths; without a line of headings, if there are
    /// such.
    fn fitting(&self, n_features: usize, n_cells: usize) -> [Option<&NameFile>; 2] {
        let find = |files: &'_ [NameFile], n: usize| {
            let exact = files.iter().position(|file| file.n_lines() == n);
            exact.or_else(|| files.iter().position(|file| file.fits(n)))
        };
        [
            find(&self.features, n_features).map(|at| &self.features[at]),
            find(&self.cells, n_cells).map(|at| &self.cells[at]),
        ]
    }

    /// Identifiers beside names for people, as kallisto's `genes.txt` beside `genes.names.txt`.
    fn identifiers(&self, names: &NameFile, n: usize) -> Option<Names> {
        let called = file_name(&names.path).to_lowercase();
        let other = self.features.iter().find(|file| {
            let name = file_name(&file.path).to_lowercase();
            called.contains("names") && called.replace(".names", "") == name
        })?;
        Some(other.cells(n)?.names)
    }
}

fn read_candidate(candidate: &Candidate) -> Result<NameFile, FileError> {
    NameFile::read(&candidate.path)
}

impl Sides {
    /// The names for a matrix of this shape.
    ///
    /// # Errors
    /// Names do not fit, or fit either way round.
    pub fn find(
        listing: &Listing,
        matrix: &Path,
        shape: [usize; 2],
        hints: &Hints,
    ) -> Result<Self, FileError> {
        let files = Files::read(listing, matrix)?;
        let turned = direction(&files, matrix, shape, hints)?;
        let [n_features, n_cells] = lengths(shape, turned);
        let [features, cells] = files.fitting(n_features, n_cells);
        let mut named = features.and_then(|file| file.features(n_features));
        if let (Some(named), Some(file)) = (&mut named, features)
            && let Some(ids) = files.identifiers(file, n_features)
        {
            let ids = Column::Text(ids);
            named.columns.insert("gene_ids".to_owned(), ids);
        }
        let sides = Sides {
            turned,
            features: named,
            cells: cells.and_then(|file| file.cells(n_cells)),
            warnings: Vec::new(),
        };
        Ok(sides.with_warnings(matrix, hints))
    }

    fn with_warnings(mut self, matrix: &Path, hints: &Hints) -> Self {
        let missing = match (&self.features, &self.cells) {
            (Some(_), Some(_)) => return self,
            (Some(_), None) => "found no cell names next to it: cells are numbered",
            (None, Some(_)) => "found no gene names next to it: genes are numbered",
            (None, None) if hints.genes_in_rows.is_some() => {
                "found no names next to it: cells and genes are numbered"
            }
            (None, None) => {
                "found no names next to it: rows are read as cells, and cells and genes are numbered"
            }
        };
        let remedy =
            "put features.tsv and barcodes.tsv into its folder; genes=\"rows\" if rows are genes";
        self.warnings
            .push(FileError::new(matrix, missing).remedy(remedy));
        self
    }

    /// Names of genes and columns of var, numbers where there are none.
    pub fn genes(&mut self, n: usize) -> (Names, IndexMap<String, Column>) {
        split(self.features.take(), n)
    }

    /// Names of cells and columns of obs.
    pub fn cells(&mut self, n: usize) -> (Names, IndexMap<String, Column>) {
        split(self.cells.take(), n)
    }
}

fn split(named: Option<Named>, n: usize) -> (Names, IndexMap<String, Column>) {
    match named {
        Some(Named { names, columns }) => (names, columns),
        None => ((0..n).map(|i| i.to_string()).collect(), IndexMap::new()),
    }
}

/// Numbers of features and of cells.
fn lengths([rows, columns]: [usize; 2], turned: bool) -> [usize; 2] {
    if turned {
        [rows, columns]
    } else {
        [columns, rows]
    }
}

/// Whether rows are genes.
fn direction(
    files: &Files,
    matrix: &Path,
    shape: [usize; 2],
    hints: &Hints,
) -> Result<bool, FileError> {
    if let Some(genes_in_rows) = hints.genes_in_rows {
        return Ok(genes_in_rows);
    }
    let fit = |turned: bool| {
        let [n_features, n_cells] = lengths(shape, turned);
        let [features, cells] = files.fitting(n_features, n_cells);
        let exact = |file: Option<&NameFile>, n: usize| match file {
            None => 0,
            // A line of headings is likely where it is the only way.
            Some(file) if file.n_lines() == n => 3,
            Some(_) => 2,
        };
        exact(features, n_features) + exact(cells, n_cells)
    };
    let (rows_are_genes, rows_are_cells) = (fit(true), fit(false));
    let none = files.features.is_empty() && files.cells.is_empty();
    match rows_are_genes.cmp(&rows_are_cells) {
        _ if none => Ok(false),
        // One side alone fits, though there are names for both.
        _ if rows_are_genes.max(rows_are_cells) < 4 && both(files) => {
            Err(misfit(files, matrix, shape))
        }
        std::cmp::Ordering::Greater => Ok(true),
        std::cmp::Ordering::Less => Ok(false),
        std::cmp::Ordering::Equal if rows_are_genes == 0 => Err(misfit(files, matrix, shape)),
        std::cmp::Ordering::Equal => as_usual(matrix).ok_or_else(|| {
            let [rows, columns] = shape;
            let problem =
                format!("is {rows} × {columns}, and the names next to it fit both orientations");
            FileError::new(matrix, problem).remedy(format!(
                "say where the genes are: read {matrix:?} genes=\"rows\", or genes=\"columns\""
            ))
        }),
    }
}

fn both(files: &Files) -> bool {
    !files.features.is_empty() && !files.cells.is_empty()
}

/// What is known of programs: Cell Ranger's and STARsolo's rows are genes, kallisto's, alevin's and
/// Parse's are cells.
fn as_usual(matrix: &Path) -> Option<bool> {
    let name = file_name(matrix).to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if begins(&["cells_x_genes", "quants_mat", "count_matrix", "dge"]) {
        return Some(false);
    }
    let velocity = super::name_files::layer(matrix).is_some();
    (velocity || name.contains("matrix.mtx") || name.contains("uniqueandmult")).then_some(true)
}

fn misfit(files: &Files, matrix: &Path, [rows, columns]: [usize; 2]) -> FileError {
    let count = |files: &[NameFile], what: &str| -> Option<String> {
        let file = files.first()?;
        Some(format!(
            "{} {what} in {}",
            file.n_lines(),
            file_name(&file.path)
        ))
    };
    let found = [
        count(&files.features, "features"),
        count(&files.cells, "barcodes"),
    ];
    let found: Vec<String> = found.into_iter().flatten().collect();
    let problem = format!(
        "is {rows} × {columns}, but there are {}",
        found.join(" and ")
    );
    FileError::new(matrix, problem).remedy(
        "check that the files belong together; genes=\"rows\" or genes=\"columns\" reads the matrix with the names that fit",
    )
}
