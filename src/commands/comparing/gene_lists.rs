//! Known marker genes of cell types: a record of lists, or a table with a row a type and gene.

use crate::command::{Scene, Val};
use crate::data::{Lazy, Promise, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::plan::Fault;
use std::sync::Arc;

/// Types and their genes, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneLists(pub Vec<(String, Vec<String>)>);

/// The lists that an argument gives, as [`GeneLists`].
pub fn gene_lists(scene: &Scene, param: &str, value: &Val) -> Outcome<Lazy> {
    match value {
        Val::Record(fields) => {
            let lists: Option<Vec<(String, Vec<String>)>> = fields
                .iter()
                .map(|(name, value)| Some((name.clone(), texts(value)?)))
                .collect();
            lists
                .map(|lists| Lazy::ready(Value::Inner(Arc::new(GeneLists(lists)))))
                .ok_or_else(|| wants(scene, param, value))
        }
        Val::Table(table) | Val::Dataset(_, Some(table)) => {
            let origin = scene.origin();
            Ok(scene.one(vec![table.clone()], Promise::Unknown, move |needs, _| {
                let lists = needs[0].table().and_then(|table| of_table(table));
                let lists = lists.ok_or_else(|| {
                    Fault::Said(
                        Diagnostic::error("E034", "the table has no types and genes")
                            .at(&origin)
                            .help("needs a column of types (cell_type, group) and one of genes (gene, names)"),
                    )
                })?;
                Ok(Value::Inner(Arc::new(lists)))
            }))
        }
        other => Err(wants(scene, param, other)),
    }
}

fn wants(scene: &Scene, param: &str, value: &Val) -> Box<Diagnostic> {
    let what = format!("this is a {}", value.type_word());
    scene
        .error(
            param,
            "E063",
            format!("`{param}` needs lists of genes"),
            what,
        )
        .help(format!(
            "{param}={{T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\"]}}, or a table with types and genes"
        ))
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
    for row in 0..table.n_rows() {
        let (name, gene) = (types.text(row), genes.text(row));
        match lists.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => list.push(gene),
            None => lists.push((name, vec![gene])),
        }
    }
    Some(GeneLists(lists))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, Names};

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
