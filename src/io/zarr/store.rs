//! Where the keys of a zarr store lead: to the files of a folder, to the entries of a .zip, or to objects elsewhere.

use super::remote::Remote;
use crate::data::FileError;
use crate::io::positioned::read_exact_at;
use crate::io::remote::{self, is_remote};
use crate::io::unfinished_folder::Replaced;
use libdeflater::Decompressor;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read, Result};
use std::ops::Bound::{Excluded, Unbounded};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Keys to bytes. Keys have no slash at their start.
#[derive(Debug)]
pub struct Store {
    /// As the user named it.
    pub path: PathBuf,
    lies: Lies,
}

#[derive(Debug)]
enum Lies {
    Folder(Arc<Folder>),
    Zip(Zip),
    Remote(Remote),
}

/// The folder of a store that is open: another store may take its path while this one is read.
#[derive(Debug)]
struct Folder(Mutex<Place>);

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Where another one did, what keeps this one from being deleted.
    _replaced: Option<Arc<Replaced>>,
}

static OPEN: Mutex<Vec<Weak<Folder>>> = Mutex::new(Vec::new());

/// A new store has taken the place of one at `target`: who reads the old one goes on with it, and it is deleted
/// when there are no more.
pub fn replaced(target: &Path, old: Replaced) {
    let old = Arc::new(old);
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    for folder in open.iter().filter_map(Weak::upgrade) {
        let mut place = folder.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A dataset may lie further in.
        if let Ok(within) = place.path.strip_prefix(target) {
            *place = Place {
                path: old.path().join(within),
                _replaced: Some(Arc::clone(&old)),
            };
        }
    }
}

impl Folder {
    fn open(path: &Path) -> Arc<Folder> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = Arc::new(Folder(Mutex::new(Place {
            path,
            _replaced: None,
        })));
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&folder));
        folder
    }

    fn at(&self, key: &str) -> PathBuf {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        place.path.join(key)
    }
}

#[derive(Debug)]
struct Zip {
    file: File,
    entries: BTreeMap<String, Entry>,
}

/// Where the bytes of an entry lie in a .zip.
#[derive(Debug, Clone, Copy)]
struct Entry {
    at: u64,
    stored: u64,
    size: u64,
    deflated: bool,
}

impl Store {
    /// # Errors
    /// Neither a folder nor a .zip nor a URL that can be read.
    pub fn open(path: &Path) -> std::result::Result<Self, FileError> {
        let lies = if is_remote(path) {
            let opened = Remote::open(remote::connect(path)?);
            Lies::Remote(opened.map_err(|error| remote::unopened(path, error))?)
        } else if path.is_dir() {
            Lies::Folder(Folder::open(path))
        } else {
            Lies::Zip(Zip::open(path)?)
        };
        Ok(Store {
            path: path.to_owned(),
            lies,
        })
    }

    /// Bytes of a .zip; unknown for the others.
    pub fn length(&self) -> u64 {
        match &self.lies {
            Lies::Folder(_) | Lies::Remote(_) => u64::MAX,
            Lies::Zip(zip) => zip.file.metadata().map_or(u64::MAX, |about| about.len()),
        }
    }

    pub fn has(&self, key: &str) -> bool {
        match &self.lies {
            Lies::Zip(zip) => zip.entries.contains_key(key),
            Lies::Folder(folder) => folder.at(key).is_file(),
            Lies::Remote(remote) => remote.has(key),
        }
    }

    /// All bytes of a key, in place of what `to` held; false if there is no such key.
    pub fn get(&self, key: &str, to: &mut Vec<u8>) -> Result<bool> {
        self.get_before(key, &[], to)
    }

    /// The same where those of `following` will be wanted, too.
    pub fn get_before(&self, key: &str, following: &[String], to: &mut Vec<u8>) -> Result<bool> {
        to.clear();
        let folder = match &self.lies {
            Lies::Folder(folder) => folder,
            Lies::Remote(remote) => return remote.get(key, following, to),
            Lies::Zip(zip) => {
                return match zip.entries.get(key) {
                    Some(entry) => zip.get(*entry, to).map(|()| true),
                    None => Ok(false),
                };
            }
        };
        match plain(&folder.at(key)) {
            Ok(mut file) => file.read_to_end(to).map(|_| true),
            Err(error) if is_absence(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Some bytes of a key: from `at` on, or the last ones; `to` says how many. False if there is no
    /// such key.
    pub fn get_part(&self, key: &str, at: Part, to: &mut [u8]) -> Result<bool> {
        let folder = match &self.lies {
            Lies::Folder(folder) => folder,
            Lies::Zip(zip) => return zip.get_part(key, at, to),
            Lies::Remote(remote) => {
                return match at {
                    Part::At(start) => remote.get_at(key, start, start, to),
                    Part::End => remote.get_end(key, to),
                };
            }
        };
        let file = match plain(&folder.at(key)) {
            Err(error) if is_absence(&error) => return Ok(false),
            file => file?,
        };
        let start = at
            .start(file.metadata()?.len(), to.len())
            .ok_or(ErrorKind::UnexpectedEof)?;
        read_exact_at(&file, to, start).map(|()| true)
    }

    /// The same from `start` on, where what follows up to `until` will be wanted, too.
    pub fn get_run(&self, key: &str, start: u64, until: u64, to: &mut [u8]) -> Result<bool> {
        match &self.lies {
            Lies::Remote(remote) => remote.get_at(key, start, until, to),
            _ => self.get_part(key, Part::At(start), to),
        }
    }

    /// Names of what lies in a folder of the store, sorted.
    pub fn list(&self, folder: &str) -> Result<Vec<String>> {
        let place = match &self.lies {
            Lies::Folder(place) => place.at(folder),
            Lies::Zip(zip) => return Ok(zip.list(folder)),
            Lies::Remote(remote) => return remote.list(folder),
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(place)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Which bytes of a key.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    At(u64),
    End,
}

impl Part {
    /// Where `n` bytes begin, given the total.
    fn start(self, length: u64, n: usize) -> Option<u64> {
        match self {
            Part::At(at) => Some(at),
            Part::End => length.checked_sub(n as u64),
        }
    }
}

/// Opens a file of a store: opening a pipe would wait for a writer.
fn plain(path: &Path) -> Result<File> {
    if path.metadata()?.is_file() {
        File::open(path)
    } else {
        Err(Error::new(ErrorKind::InvalidData, "not a file"))
    }
}

/// A name with a file in its path is as absent as one without.
fn is_absence(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

impl Zip {
    fn open(path: &Path) -> std::result::Result<Self, FileError> {
        let file = crate::io::paths::plain_file(path)?;
        let wrong = |reason: String| {
            FileError::new(path, format!("cannot be read as a .zip ({reason})"))
                .remedy("copy or download it again, or unpack it and read the folder")
        };
        let mut archive = zip::ZipArchive::new(&file).map_err(|error| wrong(error.to_string()))?;
        let mut entries = BTreeMap::new();
        for i in 0..archive.len() {
            // Raw: what compressed it does not matter yet.
            let entry = archive.by_index_raw(i);
            let entry = entry.map_err(|error| wrong(error.to_string()))?;
            let name = entry.name().map_err(|error| wrong(error.to_string()))?;
            let name = name.trim_start_matches("./").to_owned();
            let deflated = match entry.compression() {
                zip::CompressionMethod::STORE => false,
                zip::CompressionMethod::DEFLATE => true,
                other => return Err(wrong(format!("{name} is compressed with {other}"))),
            };
            let Some(at) = entry.data_start() else {
                return Err(wrong(format!("{name} lies nowhere")));
            };
            let place = Entry {
                at,
                stored: entry.compressed_size(),
                size: entry.size(),
                deflated,
            };
            entries.insert(name, place);
        }
        drop(archive);
        Ok(Zip {
            entries: without_folder(entries),
            file,
        })
    }

    fn get_part(&self, key: &str, at: Part, to: &mut [u8]) -> Result<bool> {
        let Some(entry) = self.entries.get(key) else {
            return Ok(false);
        };
        let start = at
            .start(entry.size, to.len())
            .ok_or(ErrorKind::UnexpectedEof)?;
        if entry.deflated {
            let mut whole = Vec::new();
            self.get(*entry, &mut whole)?;
            let part = whole.get(start as usize..).and_then(|x| x.get(..to.len()));
            to.copy_from_slice(part.ok_or(ErrorKind::UnexpectedEof)?);
        } else {
            read_exact_at(&self.file, to, entry.at.saturating_add(start))?;
        }
        Ok(true)
    }

    fn get(&self, entry: Entry, to: &mut Vec<u8>) -> Result<()> {
        let wrong = |reason: &str| Error::new(ErrorKind::InvalidData, reason.to_owned());
        let stored = usize::try_from(entry.stored).map_err(|_| wrong("too large"))?;
        let length = self.file.metadata()?.len();
        if entry
            .at
            .checked_add(entry.stored)
            .is_none_or(|end| end > length)
        {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        to.resize(stored, 0);
        read_exact_at(&self.file, to, entry.at)?;
        if entry.deflated {
            let packed = std::mem::take(to);
            // Deflate makes no more than a thousand bytes of one.
            let size = usize::try_from(entry.size).ok();
            let size = size.filter(|&size| size / 1100 <= stored);
            to.resize(size.ok_or_else(|| wrong("impossible size"))?, 0);
            let unpacked = Decompressor::new().deflate_decompress(&packed, to);
            if unpacked != Ok(to.len()) {
                return Err(wrong("damaged entry of the .zip"));
            }
        }
        Ok(())
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let prefix = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let mut names: Vec<String> = Vec::new();
        let from = (Excluded(prefix.clone()), Unbounded);
        for key in self.entries.range(from).map(|(key, _)| key) {
            let Some(rest) = key.strip_prefix(&prefix) else {
                break;
            };
            let name = rest.split('/').next().unwrap_or(rest);
            if names.last().is_none_or(|last| last != name) {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Archives made of a folder rather than of what is in it have its name before every key.
fn without_folder(entries: BTreeMap<String, Entry>) -> BTreeMap<String, Entry> {
    let is_root = |key: &str| matches!(key, ".zgroup" | "zarr.json");
    if entries.keys().any(|key| is_root(key)) {
        return entries;
    }
    let folder = entries.keys().find_map(|key| {
        let (folder, rest) = key.split_once('/')?;
        is_root(rest).then(|| format!("{folder}/"))
    });
    match folder {
        Some(folder) => entries
            .into_iter()
            .filter_map(|(key, entry)| Some((key.strip_prefix(&folder)?.to_owned(), entry)))
            .collect(),
        None => entries,
    }
}
