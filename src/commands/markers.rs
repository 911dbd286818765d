//! `markers`: genes that tell groups of cells apart.

use super::groups::{Groups, groups};
use super::hvg::{group_sums, log_base};
use super::marker_table::{Findings, Found, records, table};
use crate::command::params::{Count, Data, Flag, GroupKey, LayerKey, NewName, Text};
use crate::command::spec::{LOG_X, Need, Want};
use crate::command::{Command, Group, Key, Reply, Scene, Spec, Write};
use crate::data::{Dataset, Keep, Lazy, Matrix, Place, Promise, RowsView, SlotName, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::rank::adjust::{benjamini_hochberg, bonferroni};
use crate::kernels::rank::fold_change::{of_mean_logs, of_means};
use crate::kernels::rank::rank_sum::{Against, Panel, RankSumTest, Sizes, rank_sum};
use crate::kernels::rank::t_test::{Variance, t_test};
use crate::kernels::rank::{RankError, Test};
use crate::kernels::sums::{GeneSums, GroupSums, NO_GROUP, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{Fault, Fold, Folding, View};
use crate::{params, words};
use std::sync::Arc;

words! {
    /// How groups are compared.
    Method {
        /// rank-sum test
        Wilcoxon = "wilcoxon",
        /// Welch's t-test
        TTest = "t-test",
        /// t-test that overestimates the variance of the rest
        TTestOverestimVar = "t-test_overestim_var",
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

params! {
    Markers {
        /// The dataset.
        adata: Data,
        /// Column of obs with the groups.
        by: GroupKey = "leiden",
        /// How groups are compared.
        method: Method = Method::Wilcoxon,
        /// What each group is compared with: all other cells, or one group.
        reference: Text = "rest",
        /// Genes of each group in the table, best first; all, if left out.
        top: Option<Count>,
        /// Correct the rank-sum test for ties.
        ties: Flag = true,
        /// How p-values are adjusted for the number of genes.
        adjust: Adjust = Adjust::BenjaminiHochberg,
        /// Rank by the size of scores, whatever their sign.
        rankby_abs: Flag = false,
        /// Look at a layer instead of X.
        layer: Option<LayerKey>,
        /// Name of the result in uns.
        key: NewName = "rank_genes_groups",
    }
}

impl Command for Markers {
    const SPEC: Spec = Spec {
        name: "markers",
        group: Group::Comparing,
        summary: "Rank the genes that tell groups of cells apart.",
        about: "Every gene is tested in every group. The table is shown by `compute`; the result is kept in uns.",
        reads: &[
            LOG_X,
            Need {
                want: Want::Slot(Place::Obs, Key::Param("by")),
                what: "groups",
                made_by: "leiden",
            },
        ],
        writes: &[Write::Slot(Place::Uns, Key::Param("key"))],
        aliases: &[
            ("groupby", "by"),
            ("group.by", "by"),
            ("test.use", "method"),
            ("n_genes", "top"),
            ("tie_correct", "ties"),
            ("corr_method", "adjust"),
            ("key_added", "key"),
        ],
        like: &[
            "sc.tl.rank_genes_groups",
            "sc.get.rank_genes_groups_df",
            "FindAllMarkers",
            "FindMarkers",
        ],
        examples: &[
            "markers adata by=cell_type",
            "export (markers adata by=cell_type top=20) \"markers.csv\"",
            "compute (markers adata by=cell_type method=\"t-test\" top=5)",
        ],
        cite: &["Soneson & Robinson, Nat. Methods 15, 255 (2018)"],
        holds: "the values of some genes at a time, and a few numbers a gene and group",
        tells: &["by", "method"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let by = self.by.0.clone();
        let matrix = scene.matrix(&data, self.layer.as_ref().map(|layer| layer.0.as_str()))?;
        let groups = groups(scene, &data, &by)?;
        self.check_reference(scene, &data)?;
        let origins = [SlotName::x(), SlotName::new(Place::Obs, by.clone())];
        let kept = self.kept_as(&data, &origins);
        let found = match data.kept.get(&kept) {
            Some(found) => found.clone(),
            None => self.found(scene, &data, &matrix, groups),
        };
        data.kept.insert(kept, found.clone());
        let (uns, table) = self.results(scene, found);
        scene.put(&mut data, Place::Uns, &self.key.0, uns, &origins);
        Ok(Reply::Table(data, table, format!("uns.{}", self.key.0)))
    }
}

impl Markers {
    /// What the tests depend on, in a word: the same tests are not made twice.
    fn kept_as(&self, data: &Dataset, origins: &[SlotName]) -> String {
        let versions: Vec<u64> = origins
            .iter()
            .filter_map(|name| Some(data.stamp(name)?.version))
            .collect();
        let layer = self.layer.as_ref().map_or("", |layer| layer.0.as_str());
        format!(
            "markers {versions:?} {} {} {layer} {} {:?} {} {} {:?} {}",
            data.cells.id(),
            data.genes.id(),
            self.by.0,
            self.method,
            self.reference.0,
            self.ties.0,
            self.adjust,
            self.rankby_abs.0
        )
    }

    /// Tests of every gene in every group, as [`Findings`].
    fn found(&self, scene: &Scene, data: &Dataset, matrix: &Matrix, groups: Lazy) -> Lazy {
        let sums = group_sums(scene, data, matrix, Of::Value, Some(groups.clone()));
        let ln_base = log_base(data).ln();
        let unlogged = match matrix.before_log() {
            Some(before) => group_sums(scene, data, &before, Of::Value, Some(groups.clone())),
            None => group_sums(
                scene,
                data,
                matrix,
                Of::Expm1 { ln_base },
                Some(groups.clone()),
            ),
        };
        let mut needs = vec![groups.clone(), sums, unlogged, scene.gene_names(data)];
        if self.method == Method::Wilcoxon {
            needs.extend(rank_sums(scene, data, matrix, &groups, &self.reference.0));
        }
        let how = How {
            method: self.method,
            reference: self.reference.0.clone(),
            ties: self.ties.0,
            adjust: self.adjust,
            by_size: self.rankby_abs.0,
            ln_base,
        };
        scene.one(needs, Promise::Unknown, move |needs, _| {
            Ok(Value::Inner(Arc::new(findings(needs, &how)?)))
        })
    }

    /// The reference must be a group, as far as that is known.
    fn check_reference(&self, scene: &Scene, data: &Dataset) -> Outcome<()> {
        let slot = data.obs.get(&self.by.0);
        let levels = slot.and_then(|slot| {
            slot.value
                .get()?
                .column()
                .map(|column| column.to_category().levels)
        });
        match levels {
            Some(levels)
                if self.reference.0 != "rest" && levels.position(&self.reference.0).is_none() =>
            {
                Err(scene
                    .error(
                        "reference",
                        "E064",
                        format!("obs.{} has no group `{}`", self.by.0, self.reference.0),
                        "is not a group",
                    )
                    .help(crate::command::suggest::listing("it", levels.iter())))
            }
            _ => Ok(()),
        }
    }

    fn results(&self, scene: &Scene, found: Lazy) -> (Lazy, Lazy) {
        let top = self.top.as_ref().map(|top| top.0);
        let (by, method) = (self.by.0.clone(), self.method);
        let adjust = self.adjust;
        let values = scene.whole(
            vec![found],
            &[Promise::Uns, Promise::Table],
            move |needs, _| {
                let Some(found) = needs[0].inner::<Findings>() else {
                    unreachable!("findings are of one type");
                };
                let uns = records(&found, &by, word(method), adjust_word(adjust));
                Ok(vec![
                    Value::Uns(Arc::new(uns)),
                    Value::Table(Arc::new(table(&found, top))),
                ])
            },
        );
        (values[0].clone(), values[1].clone())
    }
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Wilcoxon => "wilcoxon",
        Method::TTest => "t-test",
        Method::TTestOverestimVar => "t-test_overestim_var",
    }
}

fn adjust_word(adjust: Adjust) -> &'static str {
    match adjust {
        Adjust::BenjaminiHochberg => "benjamini-hochberg",
        Adjust::Bonferroni => "bonferroni",
    }
}

/// What was asked for.
struct How {
    method: Method,
    reference: String,
    ties: bool,
    adjust: Adjust,
    by_size: bool,
    ln_base: f64,
}

/// Bytes of the genes that are ranked at once.
const PANEL_BYTES: u64 = 256 << 20;

/// Rank-sum tests, panel of genes after panel, each in a pass of its own: a list of
/// `Vec<RankSumTest>`, by panel, in the order of the genes.
fn rank_sums(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    groups: &Lazy,
    reference: &str,
) -> Vec<Lazy> {
    let bytes = matrix.blocks.n_values().unwrap_or(0) * 6;
    let room = PANEL_BYTES.min(scene.settings.memory / 8).max(1 << 20);
    let n_panels = bytes.div_ceil(room).max(1) as usize;
    let names = scene.gene_names(data);
    let mut panels: Vec<Lazy> = Vec::new();
    for panel in 0..n_panels {
        let keep = scene.one(vec![names.clone()], Promise::Unknown, move |needs, _| {
            let n = needs[0].names().map_or(0, |names| names.len());
            let bound = |i: usize| (n * i / n_panels) as u32;
            Ok(Value::Keep(Arc::new(
                (bound(panel)..bound(panel + 1)).collect::<Keep>(),
            )))
        });
        let view = View::new(matrix, &data.cells, &data.genes.select(keep));
        // A panel waits for the one before: otherwise they would share a pass, and memory.
        let mut needs = vec![groups.clone()];
        needs.extend(panels.last().cloned());
        let reference = reference.to_owned();
        let tests = scene.fold(view, needs, &[Promise::Unknown], move |extent, needs| {
            let Some(groups) = needs[0].inner::<Groups>() else {
                unreachable!("groups are of one type");
            };
            panel_fold(extent.genes, groups, &reference)
        });
        panels.push(tests[0].clone());
    }
    panels
}

/// Blocks of some genes, each turned so that a gene's values lie together.
struct Turned {
    indptr: Vec<u32>,
    values: Vec<f32>,
    groups: Vec<u16>,
}

fn turned(rows: RowsView, cells: &[u32], groups: &[u32]) -> Turned {
    let mut indptr = vec![0u32; rows.cols() + 1];
    rows.indices()
        .iter()
        .for_each(|&gene| indptr[gene as usize + 1] += 1);
    for gene in 0..rows.cols() {
        indptr[gene + 1] += indptr[gene];
    }
    let mut next = indptr.clone();
    let (mut values, mut of) = (vec![0.0; rows.nnz()], vec![0; rows.nnz()]);
    for (row, &cell) in rows.outer_iterator().zip(cells) {
        let group = groups[cell as usize] as u16;
        for (gene, &x) in row.iter() {
            let at = &mut next[gene];
            values[*at as usize] = x;
            of[*at as usize] = group;
            *at += 1;
        }
    }
    Turned {
        indptr,
        values,
        groups: of,
    }
}

fn panel_fold(
    n_genes: usize,
    groups: Arc<Groups>,
    reference: &str,
) -> Result<Box<dyn Fold>, Fault> {
    let sizes = Sizes {
        groups: groups.sizes().iter().map(|&n| n as u64).collect(),
        ungrouped: groups
            .codes
            .iter()
            .filter(|&&code| code == NO_GROUP)
            .count() as u64,
    };
    let against = match groups.levels.position(reference) {
        Some(group) => Against::Group(group as u16),
        None => Against::Rest,
    };
    let levels = groups.clone();
    Ok(Box::new(Folding {
        new: Vec::new,
        add: move |blocks: &mut Vec<Turned>, rows: RowsView, cells: &[u32], _: &Ticker| {
            blocks.push(turned(rows, cells, &groups.codes));
            Ok(())
        },
        merge: |into: &mut Vec<Turned>, next: Vec<Turned>| into.extend(next),
        finish: move |blocks: Vec<Turned>, ticker: &Ticker| {
            let tests = ranked(&blocks, n_genes, &sizes, against, ticker)
                .map_err(|error| fault(error, &levels))?;
            Ok(vec![Value::Inner(Arc::new(tests))])
        },
        partial_bytes: 12 << 20,
    }))
}

/// Genes that are gathered and ranked together, so that the gathered copy stays small.
const GENES_AT_ONCE: usize = 512;

fn ranked(
    blocks: &[Turned],
    n_genes: usize,
    sizes: &Sizes,
    against: Against,
    ticker: &Ticker,
) -> Result<Vec<RankSumTest>, RankError> {
    let mut all: Vec<RankSumTest> = sizes
        .groups
        .iter()
        .map(|_| RankSumTest::default())
        .collect();
    for start in (0..n_genes).step_by(GENES_AT_ONCE) {
        let end = (start + GENES_AT_ONCE).min(n_genes);
        let mut indptr = vec![0];
        let (mut values, mut groups) = (Vec::new(), Vec::new());
        for gene in start..end {
            for block in blocks {
                let at = block.indptr[gene] as usize..block.indptr[gene + 1] as usize;
                values.extend_from_slice(&block.values[at.clone()]);
                groups.extend_from_slice(&block.groups[at]);
            }
            indptr.push(values.len());
        }
        let panel = Panel {
            indptr: &indptr,
            values: &values,
            groups: &groups,
        };
        for (all, some) in all.iter_mut().zip(rank_sum(panel, sizes, against, ticker)?) {
            append(&mut all.plain, some.plain);
            append(&mut all.tie_corrected, some.tie_corrected);
        }
    }
    Ok(all)
}

fn append(all: &mut Test, some: Test) {
    all.scores.extend(some.scores);
    all.log10_pvals.extend(some.log10_pvals);
}

fn fault(error: RankError, groups: &Groups) -> Fault {
    match error {
        RankError::Stopped(stopped) => stopped.into(),
        RankError::GroupTooSmall { group, n_cells } => Fault::Said(
            Diagnostic::error(
                "E305",
                format!("group {} has {n_cells} cells", groups.levels.get(group)),
            )
            .help("a test needs at least 2: leave such groups out, as in adata[leiden != \"9\"]"),
        ),
        error => Fault::Said(
            Diagnostic::error("E305", error.to_string())
                .help("group by a column with at least two groups"),
        ),
    }
}

/// Tests, adjusted p-values and fold changes of every group.
fn findings(needs: &[Value], how: &How) -> Result<Findings, Fault> {
    let (Some(groups), Some(sums), Some(unlogged)) = (
        needs[0].inner::<Groups>(),
        needs[1].inner::<GroupSums>(),
        needs[2].inner::<GroupSums>(),
    ) else {
        unreachable!("inner values are of one type each");
    };
    if groups.levels.len() < 2 {
        return Err(fault(
            RankError::TooFewGroups {
                n_groups: groups.levels.len(),
            },
            &groups,
        ));
    }
    let names = needs[3].names().cloned().unwrap_or_default();
    let reference = groups.levels.position(&how.reference);
    let (inside, outside) = sides(&sums, reference);
    let (inside_raw, outside_raw) = sides(&unlogged, reference);
    let panels: Vec<Arc<Vec<RankSumTest>>> = needs[4..]
        .iter()
        .filter_map(|value| value.inner())
        .collect();
    let mut found = Vec::new();
    for group in (0..groups.levels.len()).filter(|&group| Some(group) != reference) {
        let (cells, others) = (&inside[group], &outside[group]);
        let test = match how.method {
            Method::Wilcoxon => joined(&panels, group, how.ties),
            Method::TTest => t_test(group, cells, others, Variance::Welch)
                .map_err(|error| fault(error, &groups))?,
            Method::TTestOverestimVar => t_test(group, cells, others, Variance::Overestimated)
                .map_err(|error| fault(error, &groups))?,
        };
        let adjusted = match how.adjust {
            Adjust::BenjaminiHochberg => benjamini_hochberg(&test.log10_pvals),
            Adjust::Bonferroni => bonferroni(&test.log10_pvals),
        };
        found.push(Found {
            group: groups.levels.get(group).to_owned(),
            order: order(&test.scores, how.by_size),
            log10_pvals_adj: adjusted,
            logfoldchanges: of_mean_logs(&cells.means(), &others.means(), how.ln_base),
            log2_ratio_of_means: of_means(&inside_raw[group].means(), &outside_raw[group].means()),
            pts: cells.fractions_nonzero(),
            pts_rest: others.fractions_nonzero(),
            test,
        });
    }
    Ok(Findings {
        names,
        reference: how.reference.clone(),
        groups: found,
    })
}

/// The moments of each group, and of what it is compared with.
fn sides(sums: &GroupSums, reference: Option<usize>) -> (Vec<GeneSums>, Vec<GeneSums>) {
    let inside = sums.each_group();
    let outside = match reference {
        None => sums.each_rest(),
        Some(reference) => vec![inside[reference].clone(); inside.len()],
    };
    (inside, outside)
}

/// The tests of one group from all panels.
fn joined(panels: &[Arc<Vec<RankSumTest>>], group: usize, ties: bool) -> Test {
    let mut all = Test::default();
    for panel in panels {
        let test = &panel[group];
        append(
            &mut all,
            if ties {
                test.tie_corrected.clone()
            } else {
                test.plain.clone()
            },
        );
    }
    all
}

/// Genes by descending score; equal ones in their own order.
fn order(scores: &[f64], by_size: bool) -> Vec<u32> {
    let key = |gene: u32| {
        let score = scores[gene as usize];
        if by_size { score.abs() } else { score }
    };
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
    order
}
