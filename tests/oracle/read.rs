//! Reads what the comparisons need of .h5ad files, and compares.

use std::path::Path;

use crate::published;

use hdf5::File;
use hdf5::types::VarLenUnicode;
use sca::kernels::Rows;

pub struct H5ad(File);

/// A reference file; `None` where the reference is absent.
pub fn reference(name: &str) -> Option<H5ad> {
    Some(H5ad(opened(&published::reference(name)?)))
}

pub fn data(name: &str) -> Option<H5ad> {
    Some(H5ad(opened(&published::data(name)?)))
}

/// Lines of a text file in the reference, gunzipped if need be, split at commas.
pub fn reference_csv(name: &str) -> Option<Vec<Vec<String>>> {
    let path = published::reference(name)?;
    let bytes = std::fs::read(&path).unwrap();
    let text = if name.ends_with(".gz") {
        std::io::read_to_string(flate2::read::GzDecoder::new(&bytes[..])).unwrap()
    } else {
        String::from_utf8(bytes).unwrap()
    };
    let split = |line: &str| line.split(',').map(str::to_owned).collect();
    Some(text.lines().map(split).collect())
}

/// Lines of a text file in the data.
pub fn data_lines(name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(published::data(name)?).unwrap();
    Some(text.lines().map(|line| line.trim().to_owned()).collect())
}

/// Locks as sca asks for them: HDF5 refuses a file that is open with other ones at the time.
pub fn opened(path: &Path) -> File {
    let file = File::with_options()
        .with_fapl(|access| access.file_locking(false))
        .open(path);
    file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl H5ad {
    pub fn column(&self, path: &str) -> Vec<f64> {
        let dataset = self.0.dataset(path).expect(path);
        if let Ok(flags) = dataset.read_raw::<bool>() {
            return flags.into_iter().map(|f| f64::from(u8::from(f))).collect();
        }
        dataset.read_raw::<f64>().expect(path)
    }

    pub fn names(&self, path: &str) -> Vec<String> {
        let names = self.0.dataset(path).expect(path);
        let names = names.read_raw::<VarLenUnicode>().expect(path);
        names.iter().map(ToString::to_string).collect()
    }

    pub fn rows(&self, path: &str, n_genes: usize) -> Rows {
        let read = |name: &str| self.0.dataset(&format!("{path}/{name}")).expect(name);
        let indptr: Vec<usize> = read("indptr").read_raw().expect("indptr");
        let genes: Vec<u32> = read("indices").read_raw().expect("indices");
        let values: Vec<f32> = read("data").read_raw().expect("data");
        let shape = (indptr.len() - 1, n_genes);
        Rows::new_from_unsorted(shape, indptr, genes, values).expect("valid rows")
    }

    /// Codes of a categorical column.
    pub fn codes(&self, column: &str) -> Vec<u32> {
        let codes = self.column(&format!("{column}/codes"));
        codes.into_iter().map(|code| code as u32).collect()
    }
}

pub fn all_cells(rows: &Rows) -> Vec<u32> {
    (0..rows.rows() as u32).collect()
}

/// The largest |a − b| ÷ max(|b|, `floor`), NaNs being equal to each other.
pub fn distance(a: &[f64], b: &[f64], floor: f64) -> f64 {
    assert_eq!(a.len(), b.len());
    let apart = |(a, b): (&f64, &f64)| match (a.is_nan(), b.is_nan()) {
        (true, true) => 0.0,
        (false, false) if a == b => 0.0,
        (false, false) => (a - b).abs() / b.abs().max(floor),
        _ => f64::INFINITY,
    };
    a.iter().zip(b).map(apart).fold(0.0, f64::max)
}

#[track_caller]
pub fn close(what: &str, a: &[f64], b: &[f64], relative: f64, absolute: f64) {
    let found = distance(a, b, absolute / relative);
    eprintln!("{what}: {found:.2e}");
    assert!(found <= relative, "{what}: {found:.2e} apart");
}

#[track_caller]
pub fn same_flags(what: &str, a: &[bool], b: &[f64]) {
    let differing = a.iter().zip(b).filter(|(a, b)| **a != (**b != 0.0)).count();
    assert_eq!(differing, 0, "{what}: genes that differ");
}

/// The flagged columns.
pub fn select_genes(rows: &Rows, flags: &[f64]) -> Rows {
    let mut place = vec![None; flags.len()];
    let kept = flags.iter().enumerate().filter(|(_, flag)| **flag != 0.0);
    let n_kept = kept
        .enumerate()
        .map(|(to, (from, _))| place[from] = Some(to as u32))
        .count();
    let (mut indptr, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in rows.outer_iterator() {
        for (gene, &x) in row.iter() {
            if let Some(to) = place[gene] {
                genes.push(to);
                values.push(x);
            }
        }
        indptr.push(genes.len());
    }
    Rows::new((rows.rows(), n_kept), indptr, genes, values)
}
