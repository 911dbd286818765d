//! What the colors of dot plots and matrix plots stand for: expression, or what `markers` found.

use crate::command::known::{MARKERS, markers_of};
use crate::command::spec::{Need, Sometimes, Want, When};
use crate::command::{Key, Scene};
use crate::commands::inputs::stored_markers::StoredMarkers;
use crate::commands::plotting::genes_by_group::{GenesByGroup, standardize, titled};
use crate::commands::plotting::group_means::{GroupMeans, Standard};
use crate::data::figure::MEAN_EXPRESSION;
use crate::data::{Dataset, Lazy, Place, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::math;
use crate::words;
use std::collections::HashMap;

words! {
    /// What colors show.
    ColorValues {
        /// mean expression
        Expression = "expression",
        /// fold changes of `markers`, on the log2 scale
        FoldChanges = "logfoldchanges",
        /// scores of `markers`
        Scores = "scores",
        /// −log10 of the adjusted p-values of `markers`
        PValues = "log10_pvals_adj",
    }
}

/// Markers, where their numbers are drawn.
pub const DRAWN_MARKERS: Need = Need {
    want: Want::If(&Sometimes {
        when: When::Is("values", &["logfoldchanges", "scores", "log10_pvals_adj"]),
        want: Want::Slot(Place::Uns, Key::MarkersOf("by")),
        with: &["by"],
    }),
    what: "markers, whose numbers are drawn",
    made_by: "markers",
};

impl ColorValues {
    /// The title of the color scale; `label` says which values expression was computed from.
    pub fn title(self, label: Option<&str>, scaled: Option<Standard>) -> Option<String> {
        let (title, label) = match self {
            ColorValues::Expression => (MEAN_EXPRESSION, label),
            ColorValues::FoldChanges => ("Log2 fold change", None),
            ColorValues::Scores => ("Score", None),
            ColorValues::PValues => ("−log10 of\nadjusted p-value", None),
        };
        titled(title, label, scaled.map(Standard::within))
    }

    /// The record of the markers, where it is needed.
    pub fn promise(
        self,
        scene: &Scene,
        data: &Dataset,
        shown: &GenesByGroup,
    ) -> Outcome<Option<Lazy>> {
        if self == ColorValues::Expression {
            return Ok(None);
        }
        let keys = shown.by.texts();
        let [by] = &keys[..] else {
            let headline = "markers are of the groups of one column";
            let error = scene.error(
                "values",
                code::NOT_APPLICABLE,
                headline,
                "of several columns",
            );
            return Err(error.help(format!("by={}", keys[0])));
        };
        let key = markers_of(data, by).unwrap_or_else(|| MARKERS.to_owned());
        scene.value(data, Place::Uns, &key).map(Some)
    }

    /// Puts what `markers` found into the place of means; a group that was not tested has none.
    pub fn replace(
        self,
        found: &mut GroupMeans,
        record: Option<&Value>,
        standard: Option<Standard>,
    ) -> Outcome<()> {
        let Some(record) = record else { return Ok(()) };
        let stored = record.uns().and_then(|uns| StoredMarkers::of(uns));
        let field = match self {
            ColorValues::Expression => return Ok(()),
            ColorValues::PValues => "pvals_adj",
            other => other.word(),
        };
        let missing = || {
            let headline = format!("the markers have no {field}");
            Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
                .help("`markers` with method=wilcoxon or a t-test finds them")
        };
        let stored = stored.ok_or_else(missing)?;
        let n = found.grid.genes.len();
        for (row, group) in found.groups.levels.iter().enumerate() {
            let values = &mut found.means[row * n..(row + 1) * n];
            values.fill(f32::NAN);
            let Some((_, genes)) = stored.genes().find(|(name, _)| *name == group) else {
                continue;
            };
            let numbers = stored.numbers(field, group).ok_or_else(missing)?;
            let of_gene: HashMap<&str, f64> = genes.iter().zip(numbers.iter().copied()).collect();
            for (value, gene) in values.iter_mut().zip(found.grid.genes.iter()) {
                if let Some(&number) = of_gene.get(gene) {
                    *value = self.shown(number) as f32;
                }
            }
        }
        if let Some(standard) = standard {
            standardize(&mut found.means, n, standard == Standard::Var);
        }
        Ok(())
    }

    fn shown(self, number: f64) -> f64 {
        match self {
            // A p-value of 0 is below what a number can hold.
            ColorValues::PValues => -math::log10(number.max(f64::MIN_POSITIVE)),
            _ => number,
        }
    }
}
