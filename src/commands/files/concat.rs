//! `concat`: the cells of several datasets in one.

use crate::command::params::{Datasets, Many, NewName, Template, Text};
use crate::command::spec::{Theirs, When};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::files::joining::{Join, Joining, Merge};
use crate::commands::files::read::opened;
use crate::commands::files::{pattern, slides};
use crate::data::{Dataset, Place};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::engine::of_file;
use crate::{io, params};
use std::path::Path;
use std::sync::Arc;

params! {
    Concat {
        /// Datasets: a list, a record with a key for each, or a pattern for the names of files:
        /// "plates/*.h5ad".
        #[also("adatas")]
        datasets: Datasets,
        /// Keep genes and columns present in all datasets, or in any.
        join: Join = Join::Inner,
        /// Column of obs to write, with the source dataset of each cell.
        #[also("batch_key")]
        label: Option<NewName>,
        /// Names of the datasets in it; by default the record's keys, or 0, 1, …
        keys: Option<Many<Text>>,
        /// How to make cell names unique: a template such as "{sample}_{name}" with columns of obs, or a separator between name and key.
        #[also("index_unique")]
        unique: Option<Template>,
        /// Which columns of var are kept.
        merge: Merge = Merge::None,
    }
}

impl Command for Concat {
    const SPEC: Spec = Spec {
        name: "concat",
        summary: "Concatenate datasets along cells.",
        keywords: "merge combine samples integration",
        about: "Genes are matched by name. No data are read or copied: blocks come from the files in turn, so the result may be larger than memory. Values that a dataset lacks are zero in X and layers, and missing in obs and obsm. Graphs (obsp), varm, varp, and uns are dropped, because they apply to one part only; images of tissue (uns.spatial) are kept, and the sample of each part is named by its key.\nA column of var counts as the same if no gene has two values: genes absent from some parts take the value of those that have them, where anndata drops the column.",
        without: &[
            (
                "axis",
                "only cells are concatenated; `join` adds columns to the same cells",
            ),
            (
                "uns_merge",
                "of uns only the images of tissue are kept: the rest applies to one part only",
            ),
            ("fill_value", "genes missing from a part are 0"),
            (
                "pairwise",
                "graphs are dropped: run neighbors on the result",
            ),
            ("force_lazy", "parts are always read lazily"),
        ],
        like: &[
            "ad.concat",
            "anndata.concat",
            "adata.concatenate",
            "merge",
            "cbind",
        ],
        theirs: &[(
            "add.cell.ids",
            Theirs::List("label=sample keys=[{}] unique=\"{sample}_{name}\""),
        )],
        examples: &[
            "b = demo(pbmc, cells=100, genes=600, seed=2); both = concat([adata, b], label=sample, keys=[\"a\", \"b\"], unique=\"-\")",
            "b = demo(pbmc, cells=100, genes=600, seed=2); both = concat({first: adata, second: b}, join=outer, label=sample, unique=\"{sample}_{name}\"); compute count(both.obs.sample)",
        ],
        method: "Datasets were concatenated[join=inner| on the genes that all of them have][join=outer| on all genes].",
        holds: "names of cells and genes, and obs",
        computes_first: Some((
            When::Is("merge", &["same", "unique", "first", "only"]),
            Place::Var,
        )),
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let (keys, parts) = match &self.datasets.0 {
            Val::Text(path) => match files(scene, Path::new(path))? {
                Some(found) => found,
                None => return Ok(Reply::Value(Val::Unknown)),
            },
            given => datasets(scene, given)?,
        };
        let keys = match &self.keys {
            Some(given) if given.0.len() != parts.len() => {
                let (n, given) = (parts.len(), given.0.len());
                return Err(scene.error(
                    "keys",
                    code::INVALID_VALUE,
                    format!("{given} keys for {n} datasets"),
                    "needs one for each",
                ));
            }
            Some(given) => given.texts(),
            None => keys,
        };
        if keys
            .iter()
            .enumerate()
            .any(|(i, key)| keys[..i].contains(key))
        {
            return Err(scene.error(
                "keys",
                code::INVALID_VALUE,
                "two datasets have the same key",
                "not unique",
            ));
        }
        let names = keys.clone();
        let joining = Joining {
            join: self.join,
            label: self.label.map(|label| label.0),
            keys,
            unique: self.unique.map(|unique| unique.0),
            merge: self.merge,
        };
        let mut data = joining.dataset(scene, &parts)?;
        slides::keep(scene, &mut data, &parts, &names)?;
        Ok(Reply::Value(Val::Dataset(Arc::new(data), None)))
    }
}

/// The datasets of all files that a pattern stands for; `None` if an earlier line of a script
/// that is checked will write some of them.
fn files(scene: &mut Scene, pattern: &Path) -> Outcome<Option<Parts>> {
    let mut written = scene.written.keys();
    if scene.checking && written.any(|path| pattern::matches(pattern, path)) {
        return Ok(None);
    }
    let files = pattern::files(pattern).map_err(|error| {
        of_file(error)
            .label(scene.args.span("datasets"), "")
            .in_source(scene.source)
    })?;
    let mut parts = Vec::new();
    for file in &files {
        let data = opened(scene, file, &io::Hints::default())?;
        parts.push(Arc::new(data));
    }
    Ok(Some((pattern::names(&files), parts)))
}

/// Keys and datasets.
type Parts = (Vec<String>, Vec<Arc<Dataset>>);

/// The datasets and what they are called if nothing else is said.
fn datasets(scene: &Scene, value: &Val) -> Outcome<Parts> {
    let pairs: Vec<(String, &Val)> = match value {
        Val::List(items) => (0..)
            .zip(items)
            .map(|(i, item): (usize, _)| (i.to_string(), item))
            .collect(),
        Val::Record(fields) => fields
            .iter()
            .map(|(key, item)| (key.clone(), item))
            .collect(),
        _ => Vec::new(),
    };
    let mut keys = Vec::new();
    let mut parts = Vec::new();
    for (key, item) in pairs {
        let Val::Dataset(data, _) = item else {
            let what = format!("`{key}` is {}", item.described());
            return Err(scene.error(
                "datasets",
                code::DATASET_EXPECTED,
                "`concat` needs datasets",
                what,
            ));
        };
        keys.push(key);
        parts.push(data.clone());
    }
    if parts.is_empty() {
        return Err(
            Diagnostic::error(code::DATASET_EXPECTED, "`concat` needs datasets")
                .label(scene.args.span("datasets"), "needs a list of datasets")
                .help("concat [a, b], or concat {control: a, treated: b} label=sample")
                .in_source(scene.source),
        );
    }
    Ok((keys, parts))
}
