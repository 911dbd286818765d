//! A text in a .zip, where it is the only file.

use crate::data::FileError;
use crate::io::paths::cannot_open;
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Where an entry lies and how it is packed.
struct Entry {
    at: u64,
    bytes: u64,
    method: zip::CompressionMethod,
    encrypted: bool,
}

/// The one file in a .zip; what file managers add to it does not count.
///
/// # Errors
/// Several files, a damaged archive, or one that is encrypted or packed in a rare way.
pub fn open(path: &Path, mut file: File) -> Result<Box<dyn Read + Send>, FileError> {
    let entry = only_entry(path, &file)?;
    file.seek(SeekFrom::Start(entry.at))
        .map_err(|error| cannot_open(path, &error))?;
    let bytes = file.take(entry.bytes);
    match entry.method {
        _ if entry.encrypted => {
            Err(FileError::new(path, "is encrypted").remedy("unpack it with its password"))
        }
        zip::CompressionMethod::STORE => Ok(Box::new(bytes)),
        zip::CompressionMethod::DEFLATE => Ok(Box::new(DeflateDecoder::new(bytes))),
        other => {
            let problem = format!("is compressed with {other}, which sca does not support");
            Err(FileError::new(path, problem).remedy("unpack it first"))
        }
    }
}

fn only_entry(path: &Path, file: &File) -> Result<Entry, FileError> {
    let wrong = |reason: String| {
        FileError::new(path, format!("cannot be read as a .zip ({reason})"))
            .remedy("copy or download it again")
    };
    let mut archive = zip::ZipArchive::new(file).map_err(|error| wrong(error.to_string()))?;
    let mut found = Vec::new();
    for i in 0..archive.len() {
        let entry = archive
            .by_index_raw(i)
            .map_err(|error| wrong(error.to_string()))?;
        let name = entry.name().map_err(|error| wrong(error.to_string()))?;
        if name.ends_with('/') || name.starts_with("__MACOSX/") || name.ends_with(".DS_Store") {
            continue;
        }
        let place = Entry {
            at: entry
                .data_start()
                .ok_or_else(|| wrong(format!("{name} lies nowhere")))?,
            bytes: entry.compressed_size(),
            method: entry.compression(),
            encrypted: entry.encrypted(),
        };
        found.push((name.to_string(), place));
    }
    if found.len() == 1 {
        return Ok(found.remove(0).1);
    }
    let names: Vec<&str> = found.iter().take(4).map(|(name, _)| &name[..]).collect();
    let problem = match found.len() {
        0 => "is an empty archive".to_owned(),
        n => format!("holds {n} files: {} …", names.join(", ")),
    };
    Err(FileError::new(path, problem).remedy("unpack it and read the contents"))
}
