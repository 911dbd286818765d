//! `marker_overlap`: which known markers are among those found.

use super::gene_lists::{GeneLists, gene_lists};
use crate::command::params::{Anything, Count, Data, NewName};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Val};
use crate::data::{Column, Names, NumberType, Place, Promise, Table, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::overlap::{Measure as Counted, overlap};
use crate::plan::Fault;
use crate::{params, words};
use std::sync::Arc;

words! {
    /// What is counted.
    Measure {
        /// genes in both lists
        Count = "overlap_count",
        /// the same, as a share of the shorter list
        Coefficient = "overlap_coef",
        /// the same, as a share of all genes in either list
        Jaccard = "jaccard",
    }
}

params! {
    MarkerOverlap {
        /// The dataset, with markers found.
        adata: Data,
        /// Known markers: a record of lists, or a table with types and genes.
        #[also("reference_markers", "markers")]
        known: Anything,
        /// What is counted.
        method: Measure = Measure::Count,
        /// Best markers of each group that are looked at.
        #[also("top_n_markers")]
        top: Count = 100,
        /// Name of the markers in uns.
        key: NewName = "rank_genes_groups",
    }
}

impl Command for MarkerOverlap {
    const SPEC: Spec = Spec {
        name: "marker_overlap",
        group: Group::Comparing,
        summary: "Count the known markers among those found.",
        about: "A table with a row for each known type and a column for each group.",
        reads: &[Need {
            want: Want::Slot(Place::Uns, Key::Param("key")),
            what: "markers",
            made_by: "markers",
        }],
        like: &["sc.tl.marker_gene_overlap"],
        examples: &[
            "markers adata by=cell_type; compute (marker_overlap adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\", \"CD79A\"]} top=20)",
        ],
        holds: "the markers",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = &self.adata.0;
        let found = scene.value(data, Place::Uns, &self.key.0)?;
        let lists = gene_lists(scene, "known", &self.known.0)?;
        let measure = match self.method {
            Measure::Count => Counted::Count,
            Measure::Coefficient => Counted::Coefficient,
            Measure::Jaccard => Counted::Jaccard,
        };
        let (top, origin, key) = (self.top.0, scene.origin(), self.key.0);
        let table = scene.one(vec![found, lists], Promise::Table, move |needs, _| {
            let Some(lists) = needs[1].inner::<GeneLists>() else {
                unreachable!("lists are of one type");
            };
            let uns = needs[0].uns().cloned();
            let Some(groups) = uns.as_ref().and_then(|uns| ranked(uns)) else {
                return Err(Fault::Said(
                    Diagnostic::error("E301", format!("uns.{key} holds no markers"))
                        .at(&origin)
                        .help("run `markers` to make it anew"),
                ));
            };
            Ok(Value::Table(Arc::new(counted(
                groups, &lists, top, measure,
            ))))
        });
        Ok(Reply::Value(Val::Table(table)))
    }
}

/// The ranked genes of each group.
fn ranked(uns: &Uns) -> Option<Vec<(&String, &Names)>> {
    let Some(Uns::Records(fields)) = uns.get("names") else {
        return None;
    };
    fields
        .iter()
        .map(|(group, column)| match column {
            Column::Text(names) => Some((group, names)),
            _ => None,
        })
        .collect()
}

fn counted(groups: Vec<(&String, &Names)>, lists: &GeneLists, top: usize, of: Counted) -> Table {
    let known: Names = lists.0.iter().map(|(name, _)| name).collect();
    let stored = match of {
        Counted::Count => NumberType::I64,
        _ => NumberType::F64,
    };
    groups.into_iter().fold(
        Table::new().with("known", Column::Text(known)),
        |table, (group, names)| {
            let in_group = lists.0.iter().map(|(_, genes)| {
                overlap(names.iter().take(top), genes.iter().map(String::as_str), of)
            });
            table.with(group, Column::numbers(in_group.collect(), stored))
        },
    )
}
