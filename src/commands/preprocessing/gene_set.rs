//! Sets of genes by name, prefix, regular expression or column of var, as `qc` takes them.

use crate::command::gene_columns::line_that_names;
use crate::command::params::{Arg, Many, Text};
use crate::command::{Scene, Val};
use crate::commands::inputs::truths::truths;
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Names, Place, Promise, Slot, SlotName, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::aligned;
use crate::source::Origin;
use regex::Regex;
use std::sync::Arc;

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
    /// A boolean column of var.
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
                code::INVALID_VALUE,
                format!("`{text}` is not a regular expression"),
                "cannot be parsed",
            )),
        };
        Ok(GeneSet {
            name: name.to_owned(),
            param,
            genes: Genes::Texts(texts.iter().map(pattern).collect::<Outcome<_>>()?),
        })
    }

    /// A boolean for each gene. How many genes are in the set is said now, or where names are still
    /// to be selected, when they are there.
    pub fn flags(self, scene: &mut Scene, data: &Dataset) -> Lazy {
        let texts = match self.genes {
            Genes::Column(column) => return column,
            Genes::Texts(texts) => texts,
        };
        let texts = Texts {
            name: self.name,
            texts,
            origin: scene.origin_of(self.param),
        };
        let told = texts.tell(scene, data);
        let promise = Promise::Column(ColumnType::Bool);
        scene.step(scene.gene_names(data), promise, move |names, cx| {
            cx.remark((!told).then(|| texts.line(&names, None)));
            let flags = Column::Bool(texts.mask(&names));
            Ok(Value::Column(Arc::new(flags)))
        })
    }
}

/// A set by names and patterns.
struct Texts {
    name: String,
    texts: Vec<(String, Regex)>,
    /// Where it was given.
    origin: Origin,
}

impl Texts {
    fn mask(&self, names: &Names) -> Vec<bool> {
        let mut mask = vec![false; names.len()];
        for (text, regex) in &self.texts {
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

    /// Says how many genes are in it, if that is known: of those that are left, or that it is none
    /// of the file's. Whether it was said.
    fn tell(&self, scene: &mut Scene, data: &Dataset) -> bool {
        let left = scene.gene_names(data);
        let left = left.get();
        let none = |names: &Names| !self.mask(names).contains(&true);
        let names = left.or_else(|| scene.known_genes(data).filter(|names| none(names)));
        if let Some(names) = &names {
            let is_of_set = |name: &str| self.texts.iter().any(|(_, regex)| regex.is_match(name));
            scene.note(self.line(names, line_that_names(data, is_of_set)));
        }
        names.is_some()
    }

    /// `in_var` is what to do if genes of the set are named in a column of var.
    fn line(&self, genes: &Names, in_var: Option<String>) -> Box<Diagnostic> {
        let typed: Vec<String> = (self.texts.iter())
            .map(|(text, _)| format!("\"{text}\""))
            .collect();
        let typed = match &typed[..] {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let found = self.mask(genes).into_iter().filter(|flag| *flag).count();
        if found > 0 {
            return Diagnostic::note(format!("{found} genes match {}={typed}", self.name));
        }
        Diagnostic::warning(
            code::NO_MATCH,
            format!("no gene matches {}={typed}", self.name),
        )
        .label(
            self.origin.span,
            format!("pct_counts_{} will be 0 for every cell", self.name),
        )
        .in_source(&self.origin.source)
        .help(match self.texts.first() {
            Some((text, _)) => in_var.unwrap_or_else(|| self.matching(genes, text)),
            None => {
                "list genes, as in [\"MT-ND1\", \"MT-CO1\"], or give a prefix: \"MT-\"".to_owned()
            }
        })
    }
}

/// The sets of a record, or boolean columns of var.
pub fn more_sets(scene: &Scene, data: &Dataset, given: &Val) -> Outcome<Vec<GeneSet>> {
    let wrong = || {
        scene
            .error(
                "sets",
                code::INVALID_VALUE,
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
        let truth = Promise::Column(ColumnType::Bool);
        let slot = data.slot(&name);
        let is_truth = |slot: &&Slot| {
            // A damaged file is reported by the step that reads the column.
            let known = slot.value.known().ok().flatten();
            slot.value.promise() == truth || known.is_some_and(|it| truths(it).is_some())
        };
        match slot.filter(is_truth) {
            Some(slot) => Ok(GeneSet {
                name: key.clone(),
                param: "sets",
                genes: Genes::Column(aligned(slot, Some(&data.genes))),
            }),
            None => Err(scene
                .error(
                    "sets",
                    code::NO_SUCH_COLUMN,
                    format!("no boolean column {name}"),
                    "does not exist",
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

/// Beginnings of the names of mitochondrial genes: in human, mouse, fly, and where R has replaced dashes.
const MITOCHONDRIAL: [&str; 5] = ["MT-", "mt-", "Mt-", "mt:", "MT."];

impl Texts {
    /// The line with a prefix that matches, or what the genes are called.
    fn matching(&self, genes: &Names, pattern: &str) -> String {
        let lower = pattern.to_lowercase();
        let same = genes.iter().find_map(|gene| {
            let start = gene.get(..pattern.len())?;
            (start.to_lowercase() == lower).then(|| start.to_owned())
        });
        let mitochondrial = || {
            let begins = |prefix: &&&str| genes.iter().any(|gene| gene.starts_with(**prefix));
            let found = MITOCHONDRIAL.iter().find(begins);
            found
                .filter(|_| self.name == "mt")
                .map(|it| (*it).to_owned())
        };
        match (same.or_else(mitochondrial), genes.iter().next()) {
            (Some(prefix), _) => {
                let Origin { source, span } = &self.origin;
                let quoted = crate::command::value::quoted(&prefix);
                let line = [
                    &source.text[..span.start],
                    &quoted,
                    &source.text[span.end..],
                ];
                let line = line.concat();
                let line = line.lines().nth(source.line(span.start) - 1);
                line.unwrap_or_default().trim().to_owned()
            }
            (None, Some(gene)) => {
                format!("gene names look like {gene}; give a prefix or the names of these genes")
            }
            (None, None) => "there are no genes".to_owned(),
        }
    }
}
