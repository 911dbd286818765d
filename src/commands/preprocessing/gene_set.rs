//! Sets of genes by name, prefix, regular expression or column of var, as `qc` takes them.

use crate::command::params::{Arg, Many, Text};
use crate::command::{Scene, Val};
use crate::data::{Column, ColumnType, Dataset, Lazy, Names, Place, Promise, SlotName, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::plan::aligned;
use regex::Regex;

/// A named set of genes.
pub struct GeneSet {
    pub name: String,
    /// Where it was given.
    param: &'static str,
    genes: Genes,
}

enum Genes {
    /// Each is a gene's name, or else a prefix or a regular expression.
    Texts(Vec<(String, Regex)>),
    /// A truth column of var.
    Column(Lazy),
}

impl GeneSet {
    pub fn of_texts(
        scene: &Scene,
        param: &'static str,
        name: &str,
        texts: &[Text],
    ) -> Outcome<Self> {
        let pattern = |Text(text): &Text| match pattern_of(text) {
            Some(regex) => Ok((text.clone(), regex)),
            None => Err(scene.error(
                param,
                "E063",
                format!("`{text}` is not a regular expression"),
                "cannot be read as one",
            )),
        };
        Ok(GeneSet {
            name: name.to_owned(),
            param,
            genes: Genes::Texts(texts.iter().map(pattern).collect::<Outcome<_>>()?),
        })
    }

    /// What must be there before [`GeneSet::mask`].
    pub fn column(&self) -> Option<Lazy> {
        match &self.genes {
            Genes::Column(column) => Some(column.clone()),
            Genes::Texts(_) => None,
        }
    }

    /// One flag a gene; takes the next of `columns` if the set is one.
    pub fn mask<'a>(
        &self,
        names: &Names,
        columns: &mut impl Iterator<Item = &'a Value>,
    ) -> Vec<bool> {
        let texts = match &self.genes {
            Genes::Texts(texts) => texts,
            Genes::Column(_) => {
                let column = columns.next().and_then(|value| value.column());
                return match column.map(|column| &**column) {
                    Some(Column::Truth(truths)) => truths.clone(),
                    _ => vec![false; names.len()],
                };
            }
        };
        let mut mask = vec![false; names.len()];
        for (text, regex) in texts {
            match names.position(text) {
                Some(at) => mask[at] = true,
                None => {
                    for (flag, name) in mask.iter_mut().zip(names.iter()) {
                        *flag |= regex.is_match(name);
                    }
                }
            }
        }
        mask
    }

    /// Says how many genes are in it, as far as names are known.
    pub fn tell(&self, scene: &mut Scene, data: &Dataset) {
        let (Genes::Texts(texts), Some(genes)) = (&self.genes, scene.known_genes(data)) else {
            return;
        };
        let typed: Vec<String> = texts
            .iter()
            .map(|(text, _)| format!("\"{text}\""))
            .collect();
        let typed = match &typed[..] {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let mask = self.mask(&genes, &mut std::iter::empty());
        let line = match mask.iter().filter(|flag| **flag).count() {
            0 => Diagnostic::warning("W120", format!("no gene matches {}={typed}", self.name))
                .label(scene.args.span(self.param), "matches nothing")
                .help(match texts.first() {
                    Some((text, _)) => like_those(&genes, text),
                    None => {
                        "name genes, as in [\"MT-ND1\", \"MT-CO1\"], or how they begin: \"MT-\""
                            .to_owned()
                    }
                }),
            n => Diagnostic::note(format!("{n} genes match {}={typed}", self.name)),
        };
        scene.note(line);
    }
}

/// The sets of a record, or boolean columns of var.
pub fn more_sets(scene: &Scene, data: &Dataset, given: &Val) -> Outcome<Vec<GeneSet>> {
    let wrong = || {
        scene
            .error(
                "sets",
                "E063",
                "`sets` needs a record of gene sets, or boolean columns of var",
                "is neither",
            )
            .help("sets={stress: [\"FOS\", \"JUN\"], hsp: \"^HSP\"}")
    };
    if let Val::Record(fields) = given {
        let set = |(name, value): &(String, Val)| {
            let Many(texts) = Many::<Text>::from_val(value).ok_or_else(wrong)?;
            GeneSet::of_texts(scene, "sets", name, &texts)
        };
        return fields.iter().map(set).collect();
    }
    let Many(keys) = Many::<Text>::from_val(given).ok_or_else(wrong)?;
    let set = |Text(key): &Text| {
        let name = SlotName::new(Place::Var, key.as_str());
        let truth = Promise::Column(ColumnType::Truth);
        let slot = data.slot(&name);
        match slot.filter(|slot| slot.value.promise() == truth) {
            Some(slot) => Ok(GeneSet {
                name: key.clone(),
                param: "sets",
                genes: Genes::Column(aligned(slot, Some(&data.genes))),
            }),
            None => Err(scene
                .error(
                    "sets",
                    "E032",
                    format!("no boolean column {name}"),
                    "is not there",
                )
                .help(format!("sets={{{key}: \"^{}\"}}", key.to_uppercase()))),
        }
    };
    keys.iter().map(set).collect()
}

/// A plain text is a prefix; anything with the signs of a regular expression is one.
fn pattern_of(text: &str) -> Option<Regex> {
    let is_regex = text.contains(['^', '$', '[', '(', '|', '\\', '*', '+', '?']);
    if is_regex {
        Regex::new(text).ok()
    } else {
        Regex::new(&format!("^{}", regex::escape(text))).ok()
    }
}

/// `genes are written like mt-Nd1 here`, if another case would match.
fn like_those(genes: &Names, pattern: &str) -> String {
    let lower = pattern.to_lowercase();
    let found = genes
        .iter()
        .find(|gene| gene.to_lowercase().starts_with(&lower));
    match found {
        Some(gene) => format!(
            "genes are written like {gene} here: \"{}\"",
            &gene[..pattern.len()]
        ),
        None => "mitochondrial genes begin with MT- in human and mt- in mouse".to_owned(),
    }
}
