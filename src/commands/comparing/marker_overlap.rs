//! `marker_overlap`: known markers among the markers that were found.

use crate::command::params::{Count, Data, Fraction, NewName, Sets};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Val};
use crate::commands::comparing::gene_lists::{GeneLists, Unmeasured, gene_lists};
use crate::commands::inputs::stored_markers::StoredMarkers;
use crate::data::{Column, Names, NumberType, Place, Promise, Table, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::overlap::{Measure as Counted, distinct, overlap};
use crate::plan::Fault;
use crate::{params, words};
use std::sync::Arc;

words! {
    /// What is counted.
    Measure {
        /// genes in both lists
        Count = "overlap_count",
        /// the same, as a fraction of the shorter list
        Coefficient = "overlap_coef",
        /// the same, as a fraction of the union of both lists
        Jaccard = "jaccard",
    }
}

words! {
    /// What a count is divided by.
    Share {
        /// genes in the known list
        Reference = "reference",
        /// genes used from the group
        Data = "data",
    }
}

params! {
    MarkerOverlap {
        /// The dataset, with markers found.
        adata: Data,
        /// Known markers: a record of lists, or a table with types and genes.
        #[also("reference_markers", "markers")]
        known: Sets,
        /// What is counted.
        method: Measure = Measure::Count,
        /// Number of top markers per group to use.
        #[also("top_n_markers")]
        top: Count = 100,
        /// Use all genes with positive scores and an adjusted p-value below this.
        #[also("adj_pval_threshold")]
        max_pval: Option<Fraction>,
        /// What to divide the counts by; by default nothing.
        normalize: Option<Share>,
        /// Name of the markers in uns.
        key: NewName = "rank_genes_groups",
    }
}

impl Command for MarkerOverlap {
    const SPEC: Spec = Spec {
        name: "marker_overlap",
        summary: "Count the overlap of marker genes with known gene sets.",
        about: "Returns a table with one row per known type and one column per group.",
        reads: &[Need {
            want: Want::Slot(Place::Uns, Key::Param("key")),
            what: "markers",
            made_by: "markers",
        }],
        without: &[(
            "key_added",
            "the table is the result: found = marker_overlap(adata, known)",
        )],
        like: &["sc.tl.marker_gene_overlap"],
        examples: &[
            "markers adata by=cell_type; compute (marker_overlap adata {T: [\"CD3D\", \"IL7R\"], B: [\"MS4A1\", \"CD79A\"]} top=20)",
            "markers adata by=cell_type; compute (marker_overlap adata {T: [\"CD3D\", \"IL7R\"]} max_pval=0.05 normalize=reference)",
        ],
        holds: "the markers",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = &self.adata.0;
        let found = scene.value(data, Place::Uns, &self.key.0)?;
        let lists = gene_lists(scene, "known", &self.known.0)?;
        let unmeasured = Unmeasured::told(scene, data, "known", &lists)?;
        let measure = match self.method {
            Measure::Count => Counted::Count,
            Measure::Coefficient => Counted::Coefficient,
            Measure::Jaccard => Counted::Jaccard,
        };
        if self.normalize.is_some() && measure != Counted::Count {
            return Err(scene
                .error(
                    "normalize",
                    code::NOT_APPLICABLE,
                    "this coefficient is already normalized",
                    "does not apply to this method",
                )
                .help("leave it out, or method=overlap_count"));
        }
        let (top, share) = (self.top.0, self.normalize);
        let max_pval = self.max_pval.map(|most| most.0);
        let (origin, key) = (scene.origin(), self.key.0);
        let needs = (found, lists, scene.gene_names(data));
        let table = scene.step(needs, Promise::Table, move |(found, lists, names), cx| {
            cx.remark(unmeasured.remark(&lists, &names));
            let uns = found.uns();
            let best = |uns| ranked(uns, top, max_pval);
            let Some(groups) = uns.and_then(|uns| best(uns)) else {
                return Err(Fault::Reported(
                    Diagnostic::error(
                        code::UNEXPECTED_CONTENT,
                        format!("uns.{key} does not hold markers"),
                    )
                    .at(&origin)
                    .help("rerun `markers`"),
                ));
            };
            let table = counted(&groups, &lists, measure, share);
            Ok(Value::Table(Arc::new(table)))
        });
        Ok(Reply::Value(Val::Table(table)))
    }
}

/// The genes of each group that are looked at: those with small p-values, or the best ones.
fn ranked(uns: &Uns, top: usize, max_pval: Option<f64>) -> Option<Vec<(String, Vec<String>)>> {
    let stored = StoredMarkers::of(uns)?;
    let of = |(group, names): (&str, &Names)| {
        let genes: Vec<String> = match max_pval {
            None => names.iter().take(top).map(str::to_owned).collect(),
            Some(most) => {
                let pvals = stored.numbers("pvals_adj", group)?;
                let scores = stored.numbers("scores", group)?;
                let all = names.iter().zip(pvals.iter().zip(&*scores));
                // A gene that the group lacks is significant, too, and marks others.
                let marks = all.filter(|(_, (p, score))| **p < most && **score > 0.0);
                marks.map(|(name, _)| name.to_owned()).collect()
            }
        };
        Some((group.to_owned(), genes))
    };
    stored.genes().map(of).collect()
}

fn counted(
    groups: &[(String, Vec<String>)],
    lists: &GeneLists,
    of: Counted,
    share: Option<Share>,
) -> Table {
    let known: Names = lists.0.iter().map(|(name, _)| name).collect();
    let stored = match (of, share) {
        (Counted::Count, None) => NumberType::I64,
        _ => NumberType::F64,
    };
    let table = Table::new().with("known", Column::Text(known));
    groups.iter().fold(table, |table, (group, names)| {
        let in_group = lists.0.iter().map(|(_, genes)| {
            let (a, b) = (names.iter(), genes.iter());
            let count = overlap(a.map(String::as_str), b.map(String::as_str), of);
            match share {
                None => count,
                Some(Share::Reference) => count / distinct(genes.iter().map(String::as_str)),
                Some(Share::Data) => count / distinct(names.iter().map(String::as_str)),
            }
        });
        table.with(group, Column::numbers(in_group.collect(), stored))
    })
}
