//! Files whose names do not say what they are.

use super::{FileError, csv, text};
use crate::data::FileFault;
use std::path::Path;

/// Bytes that tell a text from anything else.
const HEAD: u64 = 1 << 14;

/// What to do about a file with an ending that is not known, by what it holds.
pub fn ending(path: &Path, ending: &str) -> FileError {
    let problem = match ending {
        "" => "has no extension that identifies it".to_owned(),
        ending => format!("sca does not know the extension .{ending}"),
    };
    let error = FileError::new(path, problem).of(FileFault::UnknownFormat);
    let Ok(head) = text::head(path, HEAD) else {
        return error.remedy(READS);
    };
    if head.starts_with(b"%%MatrixMarket") {
        return error.remedy(format!("it holds a matrix: read {path:?} format=mtx"));
    }
    let is_text = !head.is_empty() && !head.contains(&0);
    let fields = csv::first_lines(path, None)
        .and_then(|lines| lines.into_iter().next())
        .map_or(0, |fields| fields.len());
    if is_text && fields > 1 {
        let first = String::from_utf8_lossy(&head);
        let first = first.lines().next().unwrap_or_default();
        let format = match (first.contains('\t'), first.contains(',')) {
            (true, _) => "tsv",
            (_, true) => "csv",
            _ => "txt",
        };
        error.remedy(format!(
                "it looks like a table: read {path:?} format={format}, with genes=\"rows\" if rows are genes"
            ))
    } else {
        error.remedy(READS)
    }
}

const READS: &str = "sca reads .h5ad, .zarr, 10x .h5, 10x folders, .loom, .mtx, .csv, .tsv, .txt, and .gmt; format= says what a file is";
