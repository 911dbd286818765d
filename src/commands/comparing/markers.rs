//! `markers`: genes that tell groups of cells apart.

mod compared;
mod findings;
mod group_sizes;
mod regression;
mod stored;
mod table;

use crate::command::input_matrix::InputMatrix;
use crate::command::params::{Count, Data, Flag, GroupKey, Many, NewName, Text};
use crate::command::references;
use crate::command::spec::{GROUPS, LOGS, Theirs};
use crate::command::{Command, Key, NamedGroups, Reply, Scene, Spec, Write};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::{fit, groups_with};
use crate::data::{Dataset, Lazy, Place, Promise, SlotName, State, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Fault, Promised, Shared};
use crate::{params, rows, words};
use std::sync::Arc;
use stored::{About, stored, without_a_name};
pub(in crate::commands) use table::best;
use table::{COLUMNS, Findings, table};

words! {
    /// How groups are compared.
    Method {
        /// rank-sum test
        Wilcoxon = "wilcoxon",
        /// Welch's t-test
        TTest = "t-test",
        /// t-test that overestimates the variance of the rest
        TTestOverestimVar = "t-test_overestim_var",
        /// coefficients of a logistic regression on all genes
        Logreg = "logreg",
    }
}

words! {
    /// How p-values are adjusted for the number of genes.
    Adjust {
        /// Benjamini & Hochberg
        BenjaminiHochberg = "benjamini-hochberg",
        /// Bonferroni
        Bonferroni = "bonferroni",
    }
}

rows! {
    /// Which rows of the table stay.
    MarkerRows of COLUMNS
}

params! {
    Markers {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups.
        #[also("groupby", "group.by")]
        by: GroupKey = "leiden",
        /// How groups are compared.
        #[also("test.use")]
        method: Method = Method::Wilcoxon,
        /// What to compare each group with: all other cells, or one group.
        #[also("ident.2")]
        reference: Text = "rest",
        /// Groups to test, each compared with the same reference; by default all groups that are large enough. logreg compares these groups alone.
        #[also("ident.1")]
        groups: Option<Many<Text>>,
        /// Rows of the table to keep, as in where=(pts > 0.25 and logfoldchanges > 1).
        r#where: Option<MarkerRows>,
        /// Number of genes per group in the table, best first; by default all.
        #[also("n_genes", "n")]
        top: Option<Count>,
        /// Correct the rank-sum test for ties.
        #[also("tie_correct")]
        ties: Flag = true,
        /// How p-values are adjusted for the number of genes.
        #[also("corr_method")]
        adjust: Adjust = Adjust::BenjaminiHochberg,
        /// Rank by absolute scores.
        rankby_abs: Flag = false,
        use GeneValues as values,
        /// Name of the result in uns.
        #[also("key_added")]
        key: NewName = "rank_genes_groups",
    }
}

impl Command for Markers {
    const SPEC: Spec = Spec {
        name: "markers",
        summary: "Rank marker genes of groups by differential expression between cells.",
        keywords: "differential expression compare comparison condition conditions DE DEG marker genes wilcoxon t-test logistic regression",
        about: "Tests every gene in every group. `compute` shows the table; the result is stored in uns.\nThe table has p-values and their base-10 logarithms, which reach below 1e-308; fold changes of mean log values (as in scanpy) and of mean counts; and the fraction of cells expressing the gene inside and outside the group.\nWith more than about 900 groups, which Scanpy's record arrays cannot hold, scores, names, and p-values in uns are dictionaries from the group to an array.",
        reads: &[LOGS, GROUPS],
        writes: &[Write::Slot(Place::Uns, Key::Param("key"))],
        without: &[
            (
                "mask_var",
                "filter_genes first, or keep rows of the table: where=(pts > 0.1)",
            ),
            ("pts", "the fractions are always computed"),
            (
                "mean_in_log_space",
                "the table has both: logfoldchanges of mean log values, log2_ratio_of_means of mean counts",
            ),
            (
                "kwds",
                "the regularization strength is scikit-learn's default",
            ),
        ],
        like: &[
            "sc.tl.rank_genes_groups",
            "sc.tl.filter_rank_genes_groups",
            "sc.get.rank_genes_groups_df",
            "FindAllMarkers",
            "FindMarkers",
        ],
        theirs: &[
            ("min.pct", Theirs::Condition("pts > {}")),
            ("logfc.threshold", Theirs::Beyond("logfoldchanges")),
            ("only.pos", Theirs::Above("logfoldchanges")),
            (
                "features",
                Theirs::Instead("filter_genes selects genes first"),
            ),
        ],
        examples: &[
            "markers adata by=cell_type",
            "export (markers adata by=cell_type top=20) \"markers.csv\"",
            "compute (markers adata by=cell_type method=\"t-test\" top=5)",
            "compute (markers adata by=cell_type where=(pts > 0.25 and logfoldchanges > 1) top=3)",
            "markers adata by=cell_type method=logreg",
            "markers adata by=cell_type groups=[\"B\", \"NK\"] reference=\"CD4 T\"",
        ],
        cite: &[&references::SONESON_2018, &references::BENJAMINI_1995],
        method: "Marker genes of the groups in {by} were identified with [method=wilcoxon|the Wilcoxon rank-sum test][method=t-test|Welch's t-test][method=t-test_overestim_var|a t-test with overestimated variance][method=logreg|logistic regression][!reference=rest| against {reference}][!method=logreg|, and p-values were adjusted with the [adjust=benjamini-hochberg|Benjamini–Hochberg procedure <BENJAMINI_1995>][adjust=bonferroni|Bonferroni correction]].",
        holds: "the values of some genes at a time, and 60 bytes per gene and group, most of which go to a cache file beyond an eighth of the memory; for t-tests, 88 bytes per gene and group; X twice for logreg",
        tells: &["by", "method"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let by = self.by.0.clone();
        let input = self.values.logs(scene, &data)?;
        if input.matrix.state == State::Smoothed {
            let headline = "smoothed cells are not independent: p-values are far too small";
            let help = "leave out layer= to test the log values";
            scene.note(Diagnostic::note(headline).help(help));
        }
        let chosen = self.chosen_groups(scene, &data)?;
        let mut groups = groups_with(scene, &data, &by, self.reference_group(scene, &data)?)?;
        if let (Method::Logreg, Some(chosen)) = (self.method, &chosen) {
            groups = regression::named(scene, groups, chosen.clone(), &self.reference.0);
        }
        let mut origins = input.from();
        origins.push(SlotName::new(Place::Obs, by.clone()));
        let kept = self.kept_as(&input, &origins);
        let found = match data.kept.get(&kept) {
            Some(found) => Promised::of(found.clone()),
            None => findings::found(&self, scene, &input.data, &input.matrix, groups)?,
        };
        data.kept.insert(kept, found.lazy().clone());
        let rows = match (&self.top, &self.r#where) {
            (Some(top), None) => groups_of(scene, &data, &by)?.map(|groups| top.0 * groups),
            _ => pairs(scene, &input.data, &by)?,
        };
        let (uns, table) = self.results(scene, found, chosen, rows);
        scene.put(&mut data, Place::Uns, &self.key.0, uns, &origins);
        Ok(Reply::Table(
            data,
            table,
            vec![SlotName::new(Place::Uns, self.key.0)],
        ))
    }
}

impl Markers {
    /// What the tests depend on, in a word: the same tests are not made twice.
    fn kept_as(&self, input: &InputMatrix, origins: &[SlotName]) -> String {
        let (data, chosen) = (&input.data, &input.chosen);
        let versions: Vec<u64> = origins
            .iter()
            .filter_map(|name| Some(data.stamp(name)?.version))
            .collect();
        format!(
            "markers {versions:?} {} {} {chosen} {} {:?} {} {:?} {} {:?} {}",
            data.cells.id(),
            data.genes.id(),
            self.by.0,
            self.method,
            self.reference.0,
            self.regressed(),
            self.ties.0,
            self.adjust,
            self.rankby_abs.0
        )
    }

    /// The group that others are compared with, which must be one.
    fn reference_group(&self, scene: &Scene, data: &Dataset) -> Outcome<Vec<NamedGroups>> {
        let reference = &self.reference.0;
        if reference == "rest" {
            return Ok(Vec::new());
        }
        if self.method == Method::Logreg && self.groups.is_none() {
            let headline = "a regression compares all groups at once";
            let label = "is one of them";
            let error = scene.error("reference", code::NOT_APPLICABLE, headline, label);
            return Err(
                error.help("leave it out, or name the groups to compare with it by groups=")
            );
        }
        let names = vec![reference.clone()];
        Ok(vec![scene.named_groups(
            data,
            &self.by.0,
            "reference",
            names,
        )?])
    }

    /// The groups that genes are wanted for, if not all.
    fn chosen_groups(&self, scene: &Scene, data: &Dataset) -> Outcome<Option<NamedGroups>> {
        let Some(groups) = &self.groups else {
            return Ok(None);
        };
        let names = groups.texts();
        if let [only] = &self.regressed()[..] {
            let headline = format!("a regression compares groups, and {only} is only one");
            let help = "name more groups or a reference; without groups=, all are compared";
            let error = scene.error("groups", code::NOT_APPLICABLE, headline, "is one group");
            return Err(error.help(help));
        }
        if names.iter().all(|name| *name == self.reference.0) {
            let headline = format!(
                "group `{}` cannot be compared with itself",
                self.reference.0
            );
            return Err(scene
                .error("groups", code::NOT_APPLICABLE, headline, "is the reference")
                .help("name other groups, or leave groups= out for all of them"));
        }
        let named = scene.named_groups(data, &self.by.0, "groups", names)?;
        Ok(Some(named))
    }

    /// The groups that a regression takes, in the order of their names, if some are named.
    fn regressed(&self) -> Vec<String> {
        let (Method::Logreg, Some(groups)) = (self.method, &self.groups) else {
            return Vec::new();
        };
        let mut names = groups.texts();
        if self.reference.0 != "rest" {
            names.push(self.reference.0.clone());
        }
        names.sort();
        names.dedup();
        names
    }

    /// The tests of the groups that were asked for, without the one they are compared with.
    fn chosen(
        &self,
        scene: &Scene,
        found: Promised<Findings>,
        chosen: Option<NamedGroups>,
    ) -> Promised<Findings> {
        let (by, all) = (self.by.0.clone(), chosen.is_none());
        let some = move |found: Arc<Findings>| -> Result<Arc<Findings>, Fault> {
            let Some(chosen) = &chosen else {
                return Ok(found);
            };
            let mut names = chosen.names.clone();
            names.retain(|name| found.reference_place.is_none() || *name != found.reference);
            let some = found.of(&names).map_err(|name| {
                match found.untested.iter().find(|small| small.group == name) {
                    Some(small) => group_sizes::too_small(small, &by),
                    None => {
                        let headline =
                            format!("{} has no group `{name}` to compare", chosen.column);
                        Diagnostic::error(code::NO_SUCH_LEVEL, headline)
                            .at(&chosen.origin)
                            .into()
                    }
                }
            })?;
            Ok(Arc::new(some))
        };
        scene.step(found, Shared::new(), move |found, cx| {
            let found = some(found)?;
            cx.remark(findings::remark(&found, all));
            Ok(found)
        })
    }

    /// What goes into uns, and the table, with the number of rows if that is known: two steps, since a file
    /// does not need the table.
    fn results(
        &self,
        scene: &Scene,
        found: Promised<Findings>,
        chosen: Option<NamedGroups>,
        rows: Option<usize>,
    ) -> (Lazy, Lazy) {
        let found = self.chosen(scene, found, chosen);
        let (by, method, adjust) = (self.by.0.clone(), self.method.word(), self.adjust.word());
        let layer = self.values.layer.as_ref().map(|layer| layer.0.clone());
        let raw = self.values.raw.0;
        let uns = scene.step(found.clone(), Promise::Uns, move |found, _| {
            let about = About {
                by: &by,
                method,
                adjust,
                layer: layer.as_deref(),
                raw,
            };
            if let Some(group) = without_a_name(&found) {
                return Err(unnamed(group, about.by).into());
            }
            Ok(Value::Uns(Arc::new(stored(&found, &about))))
        });
        let top = self.top.as_ref().map(|top| top.0);
        let test = self.r#where.as_ref().map(|rows| rows.0.clone());
        let (origin, memory) = (scene.origin(), scene.settings.memory);
        let shown = scene.step(found, Promise::Table, move |found, cx| {
            let rows = top.filter(|_| test.is_none()).unwrap_or(usize::MAX);
            fit(
                found.groups.len(),
                ROW * rows.min(found.names.len()),
                memory,
            )?;
            let mut shown = match (&test, top) {
                (None, Some(top)) => table(&found, top)?,
                _ => table(&found, usize::MAX)?,
            };
            if let Some(test) = &test {
                let rows = test.rows(&shown, &mut |note| cx.remark(note));
                let rows = rows.map_err(|problem| {
                    Diagnostic::error(code::INCOMPATIBLE_OPERANDS, problem).at(&origin)
                })?;
                shown = best(&shown.pick(&rows), top.unwrap_or(usize::MAX));
            }
            Ok(Value::Table(Arc::new(shown)))
        });
        if let Some(rows) = rows {
            scene.holds(&shown, 0, ROW * rows);
        }
        (uns, shown)
    }
}

/// Why the tests of a group cannot be kept.
fn unnamed(group: &str, by: &str) -> Box<Diagnostic> {
    let headline = format!("no file can name group {group:?} of obs.{by}");
    let help = format!("rename it: label adata by={by} to={by} map={{{group:?}: \"other\"}}");
    Diagnostic::error(code::UNSTORABLE_NAME, headline).help(help)
}

/// Bytes of a row of the table.
const ROW: usize = 100;

/// How many groups a column has, if it is known. Steps look again when it is.
fn groups_of(scene: &Scene, data: &Dataset, by: &str) -> Outcome<Option<usize>> {
    let column = scene.known_column(data, by)?.value();
    Ok(column.map(|column| column.to_category().levels.len()))
}

/// Tests of a gene in a group that there are at most, if the groups are known.
fn pairs(scene: &Scene, data: &Dataset, by: &str) -> Outcome<Option<usize>> {
    let groups = groups_of(scene, data, by)?;
    Ok(groups.map(|groups| data.genes.at_most() * groups))
}
