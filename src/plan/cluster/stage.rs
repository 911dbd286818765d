//! What a worker receives for a pass: statements to plan, which folds it is, the values they wait for.

use super::check;
use crate::data::{Blocks, FileError, Lazy, Maker};
use crate::kernels::transfer::{Packing, Torn, Unpacking};
use crate::plan::node::Node;
use crate::plan::schedule::needs;
use crate::plan::values::{self, SentTypes};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a pass, packed, at most: Dask hands them on in one message.
const MOST: usize = 2 << 30;

/// A pass, packed.
#[derive(Clone)]
pub struct Stage {
    /// Tells stages apart.
    pub id: u64,
    pub bytes: Arc<Vec<u8>>,
    /// Cells of the source.
    pub cells: usize,
}

/// What plans are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Of the program that runs it.
    pub version: String,
    pub folder: PathBuf,
    pub seed: u64,
    pub memory: u64,
    /// Whether there was a cluster before the first statement: some commands plan otherwise then.
    pub spread: bool,
    /// Statements that were run so far, and the one that runs.
    pub statements: Vec<String>,
}

/// A pass as a worker reads it.
pub(super) struct Told {
    pub script: Script,
    /// Paths with what they were when the stage was packed.
    pub files: Vec<(PathBuf, [u64; 2])>,
    /// Whether a later pass reads the same source.
    pub again: bool,
    /// How it is cut: a pass into chunks of a number of cells, a result into a number of parts.
    pub cut: usize,
    pub folds: Vec<u64>,
    /// Of all needs of the folds, in their order; `None` of those that are in a file.
    pub values: Vec<Option<Vec<u8>>>,
}

impl Stage {
    /// Packs a pass; `None` if it has folds without a key, or values that cannot be sent or are too large.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn pack(
        script: &Script,
        nodes: &[Arc<Node>],
        blocks: &dyn Blocks,
        (cut, again): (usize, bool),
        types: SentTypes,
    ) -> Result<Option<Self>, FileError> {
        let mut to = Packing::default();
        to.text(&script.version);
        pack_path(&script.folder, &mut to);
        to.list(&[script.seed, script.memory, script.spread.into()]);
        to.size(script.statements.len());
        script.statements.iter().for_each(|text| to.text(text));
        let files = blocks.files();
        to.size(files.len());
        for file in &files {
            let print = check::print(file);
            let print = print.map_err(|error| FileError::new(file, error.to_string()))?;
            pack_path(file, &mut to);
            to.list(&print);
        }
        to.number(again);
        to.size(cut);
        let keys: Option<Vec<u64>> = nodes.iter().map(|node| node.fold_key).collect();
        let Some(keys) = keys else {
            return Ok(None);
        };
        to.list(&keys);
        let needs: Vec<Lazy> = nodes.iter().flat_map(|node| needs(node)).collect();
        to.size(needs.len());
        for need in &needs {
            if !pack_need(need, types, &mut to) {
                return Ok(None);
            }
        }
        if to.0.len() > MOST {
            return Ok(None);
        }
        let mut hasher = DefaultHasher::new();
        to.0.hash(&mut hasher);
        Ok(Some(Stage {
            id: hasher.finish(),
            bytes: Arc::new(to.0),
            cells: blocks.n_cells(),
        }))
    }
}

fn pack_need(need: &Lazy, types: SentTypes, to: &mut Packing) -> bool {
    let in_file = matches!(need.maker(), Some(Maker::File(_)));
    to.number(in_file);
    if in_file {
        return true;
    }
    let mut value = Packing::default();
    let packed = need
        .get()
        .is_some_and(|found| values::pack(found, types, &mut value));
    to.list(&value.0);
    packed
}

fn pack_path(path: &Path, to: &mut Packing) {
    to.list(path.as_os_str().as_encoded_bytes());
}

fn unpack_path(from: &mut Unpacking) -> Result<PathBuf, Torn> {
    Ok(PathBuf::from(from.text()?))
}

impl Told {
    /// # Errors
    /// The bytes are damaged.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Torn> {
        let mut from = Unpacking(bytes);
        let (version, folder) = (from.text()?, unpack_path(&mut from)?);
        let [seed, memory, spread] = from.list::<u64>()?[..] else {
            return Err(Torn);
        };
        let n = from.size()?;
        let statements = (0..n).map(|_| from.text()).collect::<Result<_, Torn>>()?;
        let n = from.size()?;
        let file = |from: &mut Unpacking| {
            let path = unpack_path(from)?;
            let print = from.list::<u64>()?.try_into().map_err(|_| Torn)?;
            Ok((path, print))
        };
        let files = (0..n)
            .map(|_| file(&mut from))
            .collect::<Result<_, Torn>>()?;
        let (again, cut, folds) = (from.number()?, from.size()?, from.list()?);
        let n = from.size()?;
        let value = |from: &mut Unpacking| {
            if from.number::<bool>()? {
                Ok(None)
            } else {
                from.list().map(Some)
            }
        };
        let values = (0..n)
            .map(|_| value(&mut from))
            .collect::<Result<_, Torn>>()?;
        from.end()?;
        Ok(Told {
            script: Script {
                version,
                folder,
                seed,
                memory,
                spread: spread != 0,
                statements,
            },
            files,
            again,
            cut,
            folds,
            values,
        })
    }

    /// The first file that is not what it was.
    pub fn other_file(&self) -> Option<String> {
        self.files.iter().find_map(|(path, print)| {
            let shown = path.display();
            match check::print(path) {
                Ok(found) if found == *print => None,
                Ok(_) => Some(format!("{shown} is another file there")),
                Err(error) => Some(format!("{shown}: {error}")),
            }
        })
    }
}

/// A range of grains as the body of a request.
pub fn range_body(range: &Range<usize>) -> Vec<u8> {
    let mut to = Packing::default();
    to.size(range.start);
    to.size(range.end);
    to.0
}
