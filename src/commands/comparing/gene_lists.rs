//! Known marker genes of cell types: a record of lists, or a table with a row a type and gene.

use crate::command::value::quoted;
use crate::command::{Scene, Val, suggest};
use crate::data::{Dataset, Names, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome, Severity, code};
use crate::plan::{Private, Promised};
use crate::source::Origin;
use std::collections::HashMap;

/// Types and their genes, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneLists(pub Vec<(String, Vec<String>)>);

/// The lists that an argument gives.
pub fn gene_lists(scene: &Scene, param: &str, value: &Val) -> Outcome<Promised<GeneLists>> {
    match value {
        Val::Record(fields) => {
            let lists: Option<Vec<(String, Vec<String>)>> = fields
                .iter()
                .map(|(name, value)| Some((name.clone(), texts(value)?)))
                .collect();
            lists
                .map(|lists| Promised::ready(GeneLists(lists)))
                .ok_or_else(|| wants(scene, param, value))
        }
        Val::Table(table) | Val::Dataset(_, Some(table)) => {
            let origin = scene.origin_of(param);
            if let Some(table) = table.get().and_then(Value::table) {
                let lists = of_table(table).ok_or_else(|| no_lists(&origin))?;
                return Ok(Promised::ready(lists));
            }
            Ok(scene.step(table.clone(), Private::new(), move |table, _| {
                let lists = table.table().and_then(|table| of_table(table));
                Ok(lists.ok_or_else(|| no_lists(&origin))?)
            }))
        }
        other => Err(wants(scene, param, other)),
    }
}

fn no_lists(origin: &Origin) -> Box<Diagnostic> {
    Diagnostic::error(
        code::NO_SUCH_FIELD,
        "the table has no columns of types and genes",
    )
    .at(origin)
    .help("needs a column of types (cell_type, group) and one of genes (gene, names)")
}

/// The note on lists with genes that are not measured, which is given once: when the
/// command is planned, if lists and names are known then, else by the step.
pub struct Unmeasured {
    said: Option<String>,
    origin: Origin,
}

impl Unmeasured {
    /// Says it as far as it is known.
    ///
    /// # Errors
    /// None of the genes is measured.
    pub fn told(
        scene: &mut Scene,
        data: &Dataset,
        param: &str,
        lists: &Promised<GeneLists>,
    ) -> Outcome<Self> {
        let mut unmeasured = Unmeasured {
            said: None,
            origin: scene.origin_of(param),
        };
        if let (Some(lists), Some(names)) = (lists.get(), scene.known_genes(data)) {
            if !lists.genes().any(|gene| names.position(gene).is_some()) {
                return Err(unmeasured.none_at_all(&lists, &names));
            }
            if let Some(remark) = unmeasured.remark(&lists, &names) {
                unmeasured.said = Some(remark.headline.clone());
                scene.note(remark);
            }
        }
        Ok(unmeasured)
    }

    /// What there is to say, unless it has been said.
    pub fn remark(&self, lists: &GeneLists, names: &Names) -> Option<Box<Diagnostic>> {
        let remark = lists.unmeasured(names)?;
        let is_new = self.said.as_ref() != Some(&remark.headline);
        is_new.then(|| match remark.severity {
            Severity::Note => remark,
            _ => remark.at(&self.origin),
        })
    }

    pub fn none_at_all(&self, lists: &GeneLists, names: &Names) -> Box<Diagnostic> {
        let genes: Vec<&str> = lists.genes().map(String::as_str).collect();
        let listed = suggest::listed(&genes);
        let headline = format!("none of the genes in the lists is measured: {listed}");
        let error = Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, headline);
        let near = lists.genes().next();
        let near = near.and_then(|gene| suggest::did_you_mean(gene, names.iter()));
        error.at(&self.origin).help(near.unwrap_or_else(|| {
            "gene names must match those in the file: compute adata.var_names".to_owned()
        }))
    }
}

impl GeneLists {
    fn genes(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|(_, genes)| genes)
    }

    /// A warning about types without a measured gene, else a note on single genes.
    fn unmeasured(&self, names: &Names) -> Option<Box<Diagnostic>> {
        let missing = |gene: &&String| names.position(gene).is_none();
        let empty = |(_, genes): &&(String, Vec<String>)| genes.iter().all(|gene| missing(&gene));
        let empty: Vec<&str> = (self.0.iter().filter(empty))
            .map(|(name, _)| name.as_str())
            .collect();
        let genes: Vec<&String> = self.genes().filter(missing).collect();
        let first = genes.first()?;
        let listed: Vec<&str> = genes.iter().take(8).map(|gene| gene.as_str()).collect();
        let more = if genes.len() > 8 { " …" } else { "" };
        let listed = format!("{}{more}", listed.join(", "));
        if empty.is_empty() {
            let n = self.genes().count();
            let headline = format!("{} of {n} genes are not measured: {listed}", genes.len());
            return Some(Diagnostic::note(headline));
        }
        let empty: Vec<String> = empty.iter().map(|name| format!("`{name}`")).collect();
        let headline = format!("no gene of {} is measured: {listed}", empty.join(", "));
        let warning = Diagnostic::warning(code::UNMEASURED_TYPES, headline);
        Some(match suggest::did_you_mean(first, names.iter()) {
            Some(near) => warning.help(near),
            None => {
                warning.help("gene names must match those in the file: compute adata.var_names")
            }
        })
    }
}

fn wants(scene: &Scene, param: &str, value: &Val) -> Box<Diagnostic> {
    let what = format!("this is {}", value.described());
    let help = match value {
        Val::Text(file) if file.contains('.') => {
            format!("{param}=(read {}) reads the lists of a file", quoted(file))
        }
        _ => format!(
            "{param}={{T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]}}, or a table with types and genes"
        ),
    };
    let headline = format!("`{param}` needs lists of genes");
    scene
        .error(param, code::INVALID_VALUE, headline, what)
        .help(help)
}

fn texts(value: &Val) -> Option<Vec<String>> {
    match value {
        Val::Text(text) => Some(vec![text.clone()]),
        Val::List(items) => items
            .iter()
            .map(|item| match item {
                Val::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// Headings under which types and genes are found, the likeliest first.
const TYPES: &[&str] = &["cell_type", "celltype", "type", "group", "cluster", "label"];
const GENES: &[&str] = &[
    "gene",
    "genes",
    "names",
    "marker",
    "markers",
    "symbol",
    "gene_symbol",
];

fn of_table(table: &Table) -> Option<GeneLists> {
    let column = |known: &[&str]| {
        let mut found = known.iter().filter_map(|name| {
            let is = |heading: &str| heading.eq_ignore_ascii_case(name);
            table.columns.iter().find(|(heading, _)| is(heading))
        });
        found.next().map(|(_, column)| column)
    };
    let (types, genes) = (column(TYPES)?, column(GENES)?);
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in 0..table.n_rows() {
        let (name, gene) = (types.text(row), genes.text(row));
        match places.get(&name) {
            Some(&place) => lists[place].1.push(gene),
            None => {
                places.insert(name.clone(), lists.len());
                lists.push((name, vec![gene]));
            }
        }
    }
    Some(GeneLists(lists))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;

    #[test]
    fn a_table_becomes_lists() {
        let column = |texts: &[&str]| Column::Text(texts.iter().collect::<Names>());
        let table = Table::new()
            .with("Gene", column(&["CD3D", "MS4A1", "IL7R"]))
            .with("cell_type", column(&["T", "B", "T"]));
        let expected = vec![
            ("T".into(), vec!["CD3D".into(), "IL7R".into()]),
            ("B".into(), vec!["MS4A1".into()]),
        ];
        assert_eq!(of_table(&table), Some(GeneLists(expected)));
        assert_eq!(of_table(&Table::new().with("gene", column(&["A"]))), None);
    }
}
