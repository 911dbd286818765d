//! Remote stores: on S3, on Google Cloud Storage, on a web server. What their URLs mean, and what is said where
//! they cannot be read.
//!
//! [`Objects`] is all that is asked of them. In builds with the feature `remote`, `objects` has it by the crate
//! `object_store`; without, a URL is an error that says how to get it.

#[cfg(feature = "remote")]
mod objects;

use super::paths::plain_name;
use super::reason::Reason;
use crate::data::{FileError, FileFault};
use std::fmt::Debug;
use std::io::{self, Result as IoResult};
use std::ops::Range;
use std::path::Path;

/// Keys to bytes.
pub trait Objects: Debug + Send + Sync {
    /// The bytes of a key, or some of them; `None` if there is no such key. Not those of another version than the one
    /// with the tag `version`.
    fn get(&self, key: &str, wanted: Wanted, version: Option<&str>) -> IoResult<Option<Object>>;

    /// All bytes of some keys, asked for at the same time.
    fn get_all(&self, keys: &[String]) -> Vec<IoResult<Option<Object>>> {
        let get = |key: &String| self.get(key, Wanted::All, None);
        keys.iter().map(get).collect()
    }

    /// Names of what lies in a folder.
    fn list(&self, folder: &str) -> IoResult<Vec<String>>;
}

/// Which bytes of an object.
#[derive(Debug, Clone)]
pub enum Wanted {
    All,
    Part(Range<u64>),
    /// So many at its end, or all if it has fewer.
    Last(u64),
}

#[derive(Debug, Clone, Default)]
pub struct Object {
    pub bytes: Vec<u8>,
    /// Bytes of the whole object.
    pub size: u64,
    /// The server's tag of this version of it.
    pub version: Option<String>,
}

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "remote"), allow(dead_code))]
pub enum Location {
    S3 {
        bucket: String,
        folder: String,
    },
    Google {
        bucket: String,
        folder: String,
    },
    /// By its URL, without a slash at its end.
    Web(String),
}

/// Whether a path is a URL.
pub fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(|text| {
        text.split_once("://").is_some_and(|(scheme, _)| {
            scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric())
        })
    })
}

/// A URL where a file is written.
pub fn refuse_to_write(path: &Path) -> Option<FileError> {
    let name = super::paths::file_name(path);
    is_remote(path).then(|| {
        FileError::new(path, "sca writes to this machine only").remedy(format!(
            "give a path on this machine, such as {name:?}, and upload what was written with \
             aws s3 cp --recursive, gcloud storage cp -r or rclone"
        ))
    })
}

/// The objects of a store.
///
/// # Errors
/// No URL of a store; a bucket that does not answer; a build without the feature.
pub fn connect(path: &Path) -> Result<Box<dyn Objects>, FileError> {
    let location = Location::of(path)?;
    #[cfg(feature = "remote")]
    return objects::connect(&location).map_err(|error| unopened(path, error));
    #[cfg(not(feature = "remote"))]
    {
        let _ = location;
        Err(remote(path, "this build of sca does not read from URLs").remedy(
            "install the release of one file or the conda package, build with cargo build --release --features remote, or \
             download the store and read the folder",
        ))
    }
}

fn remote(path: &Path, problem: impl Into<String>) -> FileError {
    FileError::new(path, problem).of(FileFault::Remote)
}

impl Location {
    /// # Errors
    /// A URL of something else, or with parts that sca has no use for.
    fn of(path: &Path) -> Result<Self, FileError> {
        let text = path.to_string_lossy();
        let (scheme, rest) = text.split_once("://").unwrap_or(("", &text));
        let rest = rest.trim_end_matches('/');
        let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if scheme == "file" {
            let here = text.trim_start_matches("file://");
            return Err(remote(path, "is on this machine").remedy(format!("read {here:?}")));
        }
        if host.is_empty() {
            return Err(remote(path, "names no store").remedy("read \"s3://bucket/x.zarr\""));
        }
        if host.contains('@') {
            let problem = "has a user name in it, which would be kept in the history";
            return Err(remote(path, problem)
                .remedy("leave out what stands before @; download a store that needs a password"));
        }
        if rest.contains(['?', '#']) {
            return Err(
                remote(path, "has more behind its path, which a store cannot have")
                    .remedy("leave out what follows ? or #"),
            );
        }
        if rest.contains('*') {
            return Err(
                remote(path, "is a pattern: remote stores are read one by one")
                    .remedy("read each of them, and then concat"),
            );
        }
        check_name(path)?;
        let (bucket, folder) = (host.to_owned(), folder.to_owned());
        match scheme {
            "s3" => Ok(Location::S3 { bucket, folder }),
            "gs" => Ok(Location::Google { bucket, folder }),
            "http" | "https" => Ok(Location::Web(format!("{scheme}://{rest}"))),
            _ => Err(
                remote(path, format!("sca does not know {scheme}://")).remedy(
                    "it reads s3://, gs://, https:// and http://; or download the store and read the folder",
                ),
            ),
        }
    }
}

/// Only stores are read chunk by chunk.
fn check_name(path: &Path) -> Result<(), FileError> {
    let name = plain_name(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let files = [
        "h5ad", "h5", "h5mu", "hdf5", "loom", "mtx", "csv", "tsv", "txt", "zip", "rds",
    ];
    if !files.contains(&ending) {
        return Ok(());
    }
    let text = path.to_string_lossy();
    let by = match text.split_once("://") {
        Some(("s3", _)) => format!("aws s3 cp {text} ."),
        Some(("gs", _)) => format!("gcloud storage cp {text} ."),
        _ => format!("curl -LO {text}"),
    };
    Err(FileError::new(path, "only zarr stores are read from a URL")
        .of(FileFault::UnknownFormat)
        .remedy(format!(
            "in a shell: {by}, then read {:?}",
            super::paths::file_name(path)
        )))
}

/// The error of a store that cannot be opened. Where nothing else is known of it, it was not to be had.
pub fn unopened(path: &Path, error: io::Error) -> FileError {
    let error = Reason::from(error).explain(FileError::new(path, "cannot be opened"));
    let fault = match error.fault {
        FileFault::Broken => FileFault::Remote,
        fault => fault,
    };
    error
        .of(fault)
        .remedy("check the URL and the environment variables (AWS_*, GOOGLE_*)")
}

/// An object is not the one that it was.
pub fn changed(key: &str) -> Reason {
    Reason::alone(format!("{key} has changed since the store was opened"))
        .of(FileFault::Remote)
        .remedy("read it again")
}

/// Whether a fault may be gone when one tries again: it is not kept.
pub fn may_pass(error: &FileError) -> bool {
    matches!(error.fault, FileFault::Stopped | FileFault::Remote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_stores() {
        let of = |url: &str| Location::of(Path::new(url));
        let (bucket, folder) = ("b".to_owned(), "a/x.zarr".to_owned());
        assert_eq!(of("s3://b/a/x.zarr/"), Ok(Location::S3 { bucket, folder }));
        let (bucket, folder) = ("b".to_owned(), String::new());
        assert_eq!(of("gs://b"), Ok(Location::Google { bucket, folder }));
        let web = "https://host:80/a%20b/x.zarr".to_owned();
        assert_eq!(of("https://host:80/a%20b/x.zarr/"), Ok(Location::Web(web)));
        for wrong in [
            "s3://",
            "az://b/x.zarr",
            "file:///a/x.zarr",
            "https://me:secret@host/x.zarr",
            "https://host/x.zarr?token=1",
            "s3://b/*.zarr",
            "https://host/x.h5ad",
        ] {
            assert!(of(wrong).unwrap_err().remedy.is_some(), "{wrong}");
        }
    }

    #[test]
    fn what_is_a_url() {
        let is = |text: &str| is_remote(Path::new(text));
        assert!(is("s3://b/x.zarr") && is("az://b"));
        assert!(!is("a/x.zarr") && !is("c:/x.zarr") && !is("a b://x") && !is("://x"));
    }
}
