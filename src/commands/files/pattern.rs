//! File patterns: `plates/*.h5ad`. `*` matches any characters and `?` one, within a name; matches are
//! sorted by name.

use crate::data::FileError;
use crate::io::remote::is_remote;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Whether a path stands for several: it has `*` or `?` in it, and no file is called so.
pub fn is_pattern(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains(['*', '?']) && !is_remote(path) && !path.exists()
}

/// What there is that the pattern matches, in the order of the names.
///
/// # Errors
/// Nothing matches, or a folder cannot be read.
pub fn files(pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let mut next = Vec::new();
        for folder in found {
            match component {
                Component::Normal(name) if name.to_string_lossy().contains(['*', '?']) => {
                    next.extend(within(&folder, &name.to_string_lossy())?);
                }
                other => {
                    let path = folder.join(other);
                    if path.as_os_str().is_empty() || path.exists() {
                        next.push(path);
                    }
                }
            }
        }
        found = next;
    }
    if found.is_empty() {
        Err(FileError::new(pattern, "matches no file"))
    } else {
        Ok(found)
    }
}

/// Whether a path is one of those that a pattern stands for.
pub fn matches(pattern: &Path, path: &Path) -> bool {
    let (mut of, mut names) = (pattern.components(), path.components());
    loop {
        match (of.next(), names.next()) {
            (None, None) => return true,
            (Some(of), Some(name)) => {
                let text = |it: Component| it.as_os_str().to_string_lossy().into_owned();
                if !alike(text(of).as_bytes(), text(name).as_bytes()) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// A name for each file: its own without the ending, or, where these are not all different, that
/// of its folder; else the whole path.
pub fn names(files: &[PathBuf]) -> Vec<String> {
    let all = |name: fn(&PathBuf) -> Option<String>| -> Option<Vec<String>> {
        let names: Vec<String> = files.iter().map(name).collect::<Option<_>>()?;
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        (sorted.len() == files.len()).then_some(names)
    };
    let folder = |file: &PathBuf| text(file.parent()?.file_name());
    let whole = |file: &PathBuf| Some(file.display().to_string());
    let named = all(|file| stem(file)).or_else(|| all(folder));
    named.or_else(|| all(whole)).unwrap_or_default()
}

fn text(name: Option<&OsStr>) -> Option<String> {
    name.map(|name| name.to_string_lossy().into_owned())
}

fn stem(file: &Path) -> Option<String> {
    if file.is_dir() && file.extension().is_none_or(|ending| ending != "zarr") {
        return text(file.file_name());
    }
    let mut stem = text(file.file_stem())?;
    let packed = file.extension().is_some_and(|it| it == "gz" || it == "bz2");
    if let (true, Some((before, _))) = (packed, stem.rsplit_once('.')) {
        stem = before.to_owned();
    }
    Some(stem)
}

/// The entries of a folder that match, in order; hidden ones only where the pattern is hidden.
fn within(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, FileError> {
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if !here.is_dir() {
        return Ok(Vec::new());
    }
    let wrong = |error: std::io::Error| FileError::new(here, error.to_string());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(here).map_err(wrong)? {
        let name = entry.map_err(wrong)?.file_name();
        let shown = name.to_string_lossy();
        let hidden = shown.starts_with('.') && !pattern.starts_with('.');
        if !hidden && alike(pattern.as_bytes(), shown.as_bytes()) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Whether a name is what a pattern says: linear in both, by going back to the last `*` only.
fn alike(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, n) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        let like = |pattern: &str, name: &str| alike(pattern.as_bytes(), name.as_bytes());
        assert!(like("*.h5ad", "a.h5ad") && like("p?_*", "p1_x") && like("*", ""));
        assert!(like("a*b*c", "a-b-b-c") && !like("a*b", "a-b-c") && !like("?", ""));
        assert!(matches(Path::new("x/*.h5ad"), Path::new("x/a.h5ad")));
        assert!(!matches(Path::new("x/*.h5ad"), Path::new("x/y/a.h5ad")));
    }

    #[test]
    fn files_are_called_after_what_differs() {
        let of = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            names(&paths)
        };
        assert_eq!(of(&["x/a.h5ad", "x/b.csv.gz"]), ["a", "b"]);
        assert_eq!(of(&["s1/out.h5", "s2/out.h5"]), ["s1", "s2"]);
        assert_eq!(of(&["a/x/o.h5", "b/x/o.h5"]), ["a/x/o.h5", "b/x/o.h5"]);
    }
}
