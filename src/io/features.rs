//! Which features of a file become genes of the dataset: those of gene expression, unless others
//! are asked for. Antibodies, guides and peaks are counted in other ways, and a total or a
//! component of both is one of neither.

use super::tenx::no_genome;
use super::unique::unique_genes;
use super::{Hints, Opened};
use crate::data::lazy::Maker;
use crate::data::{Column, FileError, Lazy, Selection, Slot, Value};
use std::path::Path;
use std::sync::Arc;

/// Kinds of features to take, as `feature_types` of 10x and of var calls them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Features {
    /// Genes, and a note on what else there is.
    #[default]
    Genes,
    All,
    Kinds(Vec<String>),
}

/// What 10x and others call gene expression, in lower case.
const GENES: [&str; 6] = ["gene expression", "gex", "rna", "mrna", "gene", "genes"];

/// Other things that are counted, in lower case; a part of the word is enough.
const OTHERS: [&str; 13] = [
    "antibody",
    "protein",
    "adt",
    "antigen",
    "crispr",
    "guide",
    "multiplexing",
    "hashing",
    "hto",
    "peak",
    "atac",
    "custom",
    "cmo",
];

/// The opened dataset with the features that are wanted, under names that can be told apart.
///
/// # Errors
/// None is of a kind that was asked for; none is a gene and there are several other kinds.
pub fn choose(mut opened: Opened, path: &Path, hints: &Hints) -> Result<Opened, FileError> {
    // Chosen already, as for the counts in a folder of Space Ranger.
    if opened.dataset.genes.parent().is_some() {
        return Ok(opened);
    }
    let names = opened.dataset.var_names.value.get();
    let Some(names) = names.and_then(|value| value.names().cloned()) else {
        return Ok(opened);
    };
    let kinds = Kinds::of(opened.dataset.var.get("feature_types"));
    // Whoever wrote it with sca has chosen before.
    let chosen_before = opened.dataset.uns.contains_key("sca");
    let wanted = match hints.features {
        Features::Genes if chosen_before => None,
        _ => wanted(&kinds, path, hints, &mut opened.notes)?,
    };
    let mut keep = wanted.map(|wanted| kinds.positions(&wanted));
    if let Some(genome) = &hints.genome {
        let genomes = Kinds::of(opened.dataset.var.get("genome"));
        keep = Some(of_genome(&genomes, path, genome, keep)?);
    }
    let names = match &keep {
        Some(keep) => names.pick(keep),
        None => (*names).clone(),
    };
    let names = unique_genes(names, path, &mut opened.warnings);
    let dataset = &mut opened.dataset;
    if let Some(keep) = keep {
        dataset.genes = dataset.genes.select(selection(keep));
        if let Some(raw) = &mut dataset.raw {
            let kinds = Kinds::of(raw.var.get("feature_types"));
            if let Ok(Some(wanted)) = wanted_of_raw(&kinds, path, hints) {
                raw.genes = raw.genes.select(selection(kinds.positions(&wanted)));
            }
        }
    }
    dataset.var_names.value = Lazy::ready(Value::Names(Arc::new(names)));
    dataset.var_names.rows = Some(dataset.genes.clone());
    Ok(opened)
}

/// Those features of one genome.
fn of_genome(
    genomes: &Kinds,
    path: &Path,
    genome: &str,
    keep: Option<Selection>,
) -> Result<Selection, FileError> {
    let Some(code) = genomes.levels.iter().position(|(level, _)| level == genome) else {
        let there: Vec<String> = genomes
            .levels
            .iter()
            .map(|(level, _)| level.clone())
            .collect();
        return Err(no_genome(path, genome, &there));
    };
    let mut keep = keep.unwrap_or_else(|| (0..genomes.codes.len() as u32).collect());
    keep.retain(|&feature| genomes.codes[feature as usize] == code);
    Ok(keep)
}

fn selection(keep: Selection) -> Lazy {
    Lazy::ready(Value::Selection(Arc::new(keep)))
}

fn wanted_of_raw(
    kinds: &Kinds,
    path: &Path,
    hints: &Hints,
) -> Result<Option<Vec<bool>>, FileError> {
    wanted(kinds, path, hints, &mut Vec::new())
}

/// Which kinds are taken, one flag each; `None` for all features.
fn wanted(
    kinds: &Kinds,
    path: &Path,
    hints: &Hints,
    notes: &mut Vec<FileError>,
) -> Result<Option<Vec<bool>>, FileError> {
    let asked = match &hints.features {
        Features::All => return Ok(None),
        Features::Kinds(asked) => asked,
        Features::Genes => return genes(kinds, path, notes),
    };
    for kind in asked {
        if !kinds.levels.iter().any(|(level, _)| same(level, kind)) {
            let problem = format!("has no features of type {kind:?}");
            let remedy = if kinds.levels.is_empty() {
                "it has no feature types (var.feature_types): leave out features=".to_owned()
            } else {
                format!("it has {}", kinds.list(|_| true))
            };
            return Err(FileError::new(path, problem).remedy(remedy));
        }
    }
    let is_asked = |level: &str| asked.iter().any(|kind| same(level, kind));
    Ok(Some(kinds.flags(is_asked)))
}

/// Genes alone, where there is anything else.
fn genes(
    kinds: &Kinds,
    path: &Path,
    notes: &mut Vec<FileError>,
) -> Result<Option<Vec<bool>>, FileError> {
    let others = kinds.list(|level| !is_genes(level));
    let first = kinds.levels.iter().find(|(level, _)| !is_genes(level));
    let Some((first, _)) = first else {
        return Ok(None);
    };
    if kinds.levels.iter().any(|(level, _)| is_genes(level)) {
        let note = FileError::new(path, format!("only genes are read; it also has {others}"));
        notes.push(note.remedy(format!(
            "read {path:?} features={first:?} reads those, features=all reads everything"
        )));
        return Ok(Some(kinds.flags(is_genes)));
    }
    // Words that are no kinds of measurements, such as protein_coding and lncRNA, say nothing.
    if !kinds.levels.iter().any(|(level, _)| is_other(level)) {
        return Ok(None);
    }
    if kinds.levels.len() > 1 {
        let problem = format!("has no gene expression, but {others}");
        return Err(FileError::new(path, problem).remedy(format!(
            "name the features to read: read {path:?} features={first:?}, or features=all"
        )));
    }
    notes.push(FileError::new(
        path,
        format!("has no gene expression: reading {others}"),
    ));
    Ok(None)
}

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

fn is_genes(kind: &str) -> bool {
    GENES.contains(&&kind.trim().to_lowercase()[..])
}

fn is_other(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    kind != "protein_coding" && OTHERS.iter().any(|other| kind.contains(other))
}

/// The kinds that the features of a file are of.
#[derive(Default)]
struct Kinds {
    /// Each with how many features it has.
    levels: Vec<(String, usize)>,
    /// Of each feature.
    codes: Vec<usize>,
}

impl Kinds {
    fn of(slot: Option<&Slot>) -> Self {
        let Some(column) = slot.and_then(column) else {
            return Kinds::default();
        };
        let mut kinds = Kinds::default();
        for i in 0..column.len() {
            let kind = column.text(i);
            let found = kinds.levels.iter().position(|(level, _)| *level == kind);
            let code = found.unwrap_or_else(|| {
                kinds.levels.push((kind, 0));
                kinds.levels.len() - 1
            });
            kinds.levels[code].1 += 1;
            kinds.codes.push(code);
        }
        kinds
    }

    fn flags(&self, is: impl Fn(&str) -> bool) -> Vec<bool> {
        self.levels.iter().map(|(level, _)| is(level)).collect()
    }

    fn positions(&self, wanted: &[bool]) -> Selection {
        let features = self.codes.iter().zip(0..);
        features
            .filter(|(code, _)| wanted[**code])
            .map(|(_, i)| i)
            .collect()
    }

    /// `10 features of "Antibody Capture" and 3 of "Custom"`.
    fn list(&self, is: impl Fn(&str) -> bool) -> String {
        let kinds = self.levels.iter().filter(|(level, _)| is(level));
        let kinds: Vec<String> = kinds
            .map(|(level, n)| match n {
                1 => format!("1 feature of {level:?}"),
                n => format!("{n} features of {level:?}"),
            })
            .collect();
        kinds.join(", ")
    }
}

/// The column, read now: few bytes a feature.
fn column(slot: &Slot) -> Option<Arc<Column>> {
    now(slot).ok()??.column().cloned()
}

/// What the file holds in a slot; `None` if it is not known yet.
///
/// # Errors
/// The file is damaged there.
pub(super) fn now(slot: &Slot) -> Result<Option<Value>, FileError> {
    match (slot.value.get(), slot.value.maker()) {
        (Some(value), _) => Ok(Some(value.clone())),
        (None, Some(Maker::File(load))) => load.load().map(Some),
        (None, _) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Axis, Dataset, Names, Stamp};
    use indexmap::IndexMap;

    fn opened(names: &[&str], kinds: &[&str]) -> Opened {
        let n = names.len();
        let names: Names = names.iter().collect();
        let (cells, genes) = (Axis::root(1), Axis::root(n));
        let cell = Lazy::ready(Value::Names(Arc::new(["c"].into_iter().collect())));
        let names = Lazy::ready(Value::Names(Arc::new(names)));
        let mut dataset = Dataset::empty("x", cell, names, cells, genes.clone());
        let column = Column::Text(kinds.iter().collect());
        dataset.var = IndexMap::from([(
            "feature_types".to_owned(),
            Slot {
                value: Lazy::ready(Value::Column(Arc::new(column))),
                rows: Some(genes),
                stamp: Stamp::original(),
            },
        )]);
        Opened::new(dataset, Vec::new())
    }

    fn chosen(opened: Opened, features: Features) -> Result<(Vec<String>, usize), FileError> {
        let hints = Hints {
            features,
            ..Hints::default()
        };
        let opened = choose(opened, Path::new("x.h5"), &hints)?;
        let names = opened.dataset.var_names.value.get().unwrap();
        let names = names.names().unwrap().iter().map(str::to_owned).collect();
        Ok((names, opened.notes.len()))
    }

    #[test]
    fn genes_alone_unless_more_is_asked_for() {
        let mixed = || {
            let kinds = [
                "Gene Expression",
                "Antibody Capture",
                "Gene Expression",
                "Peaks",
            ];
            opened(&["CD4", "CD4", "CD4", "chr1"], &kinds)
        };
        let texts = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        // Proteins are not numbered because of genes.
        let genes = chosen(mixed(), Features::Genes).unwrap();
        assert_eq!(genes, (texts(&["CD4", "CD4-1"]), 1));
        let kinds = Features::Kinds(vec!["antibody capture".into()]);
        assert_eq!(chosen(mixed(), kinds).unwrap(), (texts(&["CD4"]), 0));
        assert_eq!(chosen(mixed(), Features::All).unwrap().0.len(), 4);
        let none = chosen(mixed(), Features::Kinds(vec!["CRISPR".into()])).unwrap_err();
        assert!(none.remedy.unwrap().contains("Antibody Capture"));
    }

    #[test]
    fn files_without_genes_are_read_or_refused() {
        let one = opened(&["a", "b"], &["Antibody Capture"; 2]);
        assert_eq!(chosen(one, Features::Genes).unwrap().1, 1);
        let two = opened(&["a", "b"], &["Antibody Capture", "Peaks"]);
        assert!(chosen(two, Features::Genes).is_err());
        let words = opened(&["a", "b"], &["protein_coding", "lncRNA"]);
        assert_eq!(chosen(words, Features::Genes).unwrap().1, 0);
    }
}
