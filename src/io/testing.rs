//! What the tests of readers and writers share.

use crate::data::{Dataset, FileError, Lazy, Maker, Matrix, Rows, Value};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

static SAID: Once = Once::new();

/// A file of the published data; `None`, said once, where they are not (CONTRIBUTING.md says how to get them).
pub fn data(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("SCA_TEST_DATA").map(PathBuf::from);
    let promised = named.is_some();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = named.unwrap_or(beside).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(!promised, "{} is missing", path.display());
    SAID.call_once(|| {
        let said =
            "note: tests of published files are left out: set SCA_TEST_DATA, see CONTRIBUTING.md";
        let _ = writeln!(std::io::stderr(), "{said}");
    });
    None
}

/// A folder of its own for a test, removed afterwards unless `SCA_TEST_KEEP` says where to keep it.
pub struct Folder(PathBuf);

pub fn folder(name: &str) -> Folder {
    let kept = std::env::var_os("SCA_TEST_KEEP").map(PathBuf::from);
    let parent = kept
        .unwrap_or_else(|| std::env::temp_dir().join(format!("sca-test-{}", std::process::id())));
    let folder = parent.join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::env::var_os("SCA_TEST_KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.0);
            // Goes when the last test's folder has gone.
            let _ = self.0.parent().map(std::fs::remove_dir);
        }
    }
}

/// The value of a slot, read now.
pub fn load(lazy: &Lazy) -> Result<Value, FileError> {
    match (lazy.get(), lazy.maker()) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(Maker::File(load))) => load.load(),
        _ => panic!("nobody promised this value"),
    }
}

/// All cells of a matrix as its source has them.
pub fn all_rows(matrix: &Matrix) -> Result<Rows, FileError> {
    matrix.blocks.read(0..matrix.blocks.n_cells())
}

/// Every slot by name, with its value.
pub fn everything(dataset: &Dataset) -> Result<Vec<(String, Value)>, FileError> {
    use crate::data::Place::*;
    let mut found = vec![
        ("obs_names".to_owned(), load(&dataset.obs_names.value)?),
        ("var_names".to_owned(), load(&dataset.var_names.value)?),
    ];
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        for (key, slot) in dataset.slots(place).unwrap() {
            let value = load(&slot.value)?;
            found.push((format!("{}.{key}", place.word()), value));
        }
    }
    for (key, slot) in dataset
        .raw
        .iter()
        .flat_map(|raw| raw.var.iter().chain(&raw.varm))
    {
        found.push((format!("raw.var.{key}"), load(&slot.value)?));
    }
    Ok(found)
}

/// Whether two values are the same; NaN is NaN.
pub fn same(a: &Value, b: &Value) -> bool {
    let (a, b) = (format!("{:?}", Shown(a)), format!("{:?}", Shown(b)));
    if let Some(at) = a.bytes().zip(b.bytes()).position(|(a, b)| a != b) {
        let from = a.floor_char_boundary(at.saturating_sub(60));
        eprintln!("{:.160}\n{:.160}", &a[from..], &b[from..]);
    }
    a == b
}

/// Shows what [`Value`] itself only names.
pub struct Shown<'a>(pub &'a Value);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.0 {
            Value::Column(column) => match &**column {
                // What is stored as a number of records may come back wider.
                crate::data::Column::Text(names) => f.debug_list().entries(names.iter()).finish(),
                column => write!(f, "{column:?}"),
            },
            Value::Names(names) => f.debug_list().entries(names.iter()).finish(),
            Value::Dense(dense) => write!(f, "{dense:?}"),
            Value::Graph(graph) => write!(f, "{graph:?}"),
            Value::Uns(uns) => write!(f, "{uns:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}
