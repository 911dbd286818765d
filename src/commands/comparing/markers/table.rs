//! What `markers` leaves behind: scanpy's records in uns, and a table.

use super::compared::Compared;
use crate::command::row_filter::Headings;
use crate::data::NumberType::{F32, F64};
use crate::data::uns::Making;
use crate::data::{Column, ColumnType, FrameIndex, Names, Table, Uns};
use crate::math;
use std::sync::Arc;

/// The tests of all groups.
#[derive(Clone)]
pub struct Findings {
    pub names: Arc<Names>,
    /// `rest`, or the group that the others are compared with.
    pub reference: String,
    /// The place of that group in each part.
    pub reference_place: Option<usize>,
    /// How p-values are adjusted, as logarithms.
    pub adjust: fn(&[f64]) -> Vec<f64>,
    /// All genes, some after the others as they were tested; each part has all groups.
    pub parts: Vec<Arc<Vec<Vec<Compared>>>>,
    pub groups: Vec<Found>,
    /// Groups that no test can be made of.
    pub untested: Vec<Untested>,
    /// Iterations of a regression that had not settled after them.
    pub unsettled: Option<usize>,
}

/// A group with too few cells, or one that leaves too few to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untested {
    pub group: String,
    pub cells: u64,
    /// Those it would be compared with.
    pub others: u64,
}

/// A group that was tested.
#[derive(Clone)]
pub struct Found {
    pub group: String,
    /// Its place in each part.
    pub place: usize,
    /// Genes, best first.
    pub order: Vec<u32>,
}

/// One number per gene of a group, in the order of the genes.
type Numbers = fn(&Findings, &Found) -> Vec<f64>;

impl Findings {
    /// The tests of some groups, in the order of their names; the first name that is no group
    /// where there is one.
    pub fn of(&self, wanted: &[String]) -> Result<Findings, String> {
        let of = |name: &String| {
            let found = self.groups.iter().find(|found| found.group == *name);
            found.cloned().ok_or_else(|| name.clone())
        };
        Ok(Findings {
            groups: wanted.iter().map(of).collect::<Result<_, _>>()?,
            ..self.clone()
        })
    }

    fn have_pvals(&self) -> bool {
        self.groups
            .iter()
            .all(|found| !self.log10_pvals(found).is_empty())
    }

    fn gather<'a, I: Iterator<Item = f64>>(
        &'a self,
        place: usize,
        numbers: impl Fn(&'a Compared) -> I,
    ) -> Vec<f64> {
        let parts = self.parts.iter().flat_map(|part| part.iter());
        parts.flat_map(|genes| numbers(&genes[place])).collect()
    }

    /// Of the group at a place of the parts.
    pub fn scores_at(&self, place: usize) -> Vec<f64> {
        self.gather(place, |of| of.test.scores.iter().copied())
    }

    fn scores(&self, found: &Found) -> Vec<f64> {
        self.scores_at(found.place)
    }

    fn log10_pvals(&self, found: &Found) -> Vec<f64> {
        self.gather(found.place, |of| of.test.log10_pvals.iter().copied())
    }

    fn log10_pvals_adj(&self, found: &Found) -> Vec<f64> {
        (self.adjust)(&self.log10_pvals(found))
    }

    fn pvals(&self, found: &Found) -> Vec<f64> {
        powers(self.log10_pvals(found))
    }

    fn pvals_adj(&self, found: &Found) -> Vec<f64> {
        powers(self.log10_pvals_adj(found))
    }

    fn logfoldchanges(&self, found: &Found) -> Vec<f64> {
        self.gather(found.place, |of| of.logfoldchanges.iter().copied())
    }

    fn log2_ratio_of_means(&self, found: &Found) -> Vec<f64> {
        self.gather(found.place, |of| of.log2_ratio_of_means.iter().copied())
    }

    fn pts(&self, found: &Found) -> Vec<f64> {
        self.pts_at(found.place)
    }

    fn pts_at(&self, place: usize) -> Vec<f64> {
        self.gather(place, |of| of.pts.values())
    }

    /// The fractions of every group with values, the one that others are compared with included.
    fn all_pts(&self) -> Uns {
        let tested = self.groups.iter().map(|found| (found.place, &found.group));
        let reference = self.reference_place.map(|place| (place, &self.reference));
        let mut all: Vec<(usize, &String)> = tested.chain(reference).collect();
        all.sort_unstable();
        let of = |(place, group): (usize, &String)| {
            (group.clone(), Column::numbers(self.pts_at(place), F64))
        };
        Uns::Frame(frame_index(&self.names), all.into_iter().map(of).collect())
    }

    fn pts_rest(&self, found: &Found) -> Vec<f64> {
        self.gather(found.place, |of| of.pts_rest.values())
    }
}

fn frame_index(names: &Names) -> Arc<FrameIndex> {
    Arc::new(names.clone().into())
}

fn powers(log10: Vec<f64>) -> Vec<f64> {
    log10.into_iter().map(math::exp10).collect()
}

impl Found {
    fn ranked(&self, values: &[f64]) -> Vec<f64> {
        self.order
            .iter()
            .map(|&gene| values[gene as usize])
            .collect()
    }
}

/// What the tests were of.
pub struct About<'a> {
    pub by: &'a str,
    pub method: &'a str,
    pub adjust: &'a str,
    pub layer: Option<&'a str>,
    pub raw: bool,
}

/// As scanpy stores it: record arrays with a field a group, best genes first. They are as large as
/// the tests themselves, so each is made when it is looked at or written.
pub fn records(found: &Arc<Findings>, about: &About) -> Uns {
    let field = |numbers: Numbers, stored| {
        let found = found.clone();
        Making::new(move || {
            let of = |group: &Found| {
                let ranked = group.ranked(&numbers(&found, group));
                (group.group.clone(), Column::numbers(ranked, stored))
            };
            Uns::Records(found.groups.iter().map(of).collect())
        })
    };
    let frame = |numbers: Numbers| {
        let found = found.clone();
        Making::new(move || {
            let of = |group: &Found| {
                let values = numbers(&found, group);
                (group.group.clone(), Column::numbers(values, F64))
            };
            Uns::Frame(
                frame_index(&found.names),
                found.groups.iter().map(of).collect(),
            )
        })
    };
    let names = || {
        let found = found.clone();
        Making::new(move || {
            let of = |group: &Found| {
                let names = found.names.pick(&group.order);
                (group.group.clone(), Column::Text(names))
            };
            Uns::Records(found.groups.iter().map(of).collect())
        })
    };
    let mut params = Uns::map()
        .with("groupby", about.by)
        .with("reference", found.reference.as_str())
        .with("method", about.method)
        .with("use_raw", about.raw)
        .with("corr_method", about.adjust);
    if let Some(layer) = about.layer {
        params = params.with("layer", layer);
    }
    let mut uns = Uns::map()
        .with("params", params)
        .with("names", names())
        .with("scores", field(Findings::scores, F32));
    if found.have_pvals() {
        uns = uns
            .with("pvals", field(Findings::pvals, F64))
            .with("pvals_adj", field(Findings::pvals_adj, F64))
            .with("logfoldchanges", field(Findings::logfoldchanges, F32));
    }
    let all = found.clone();
    uns = uns.with("pts", Making::new(move || all.all_pts()));
    match found.reference.as_str() {
        "rest" => uns.with("pts_rest", frame(Findings::pts_rest)),
        _ => uns,
    }
}

/// The columns of the table; a regression has no p-values.
pub const COLUMNS: Headings = &[
    ("group", ColumnType::Category),
    ("names", ColumnType::Text),
    ("scores", ColumnType::Number),
    ("logfoldchanges", ColumnType::Number),
    ("pvals", ColumnType::Number),
    ("pvals_adj", ColumnType::Number),
    ("log2_ratio_of_means", ColumnType::Number),
    ("log10_pvals", ColumnType::Number),
    ("log10_pvals_adj", ColumnType::Number),
    ("pts", ColumnType::Number),
    ("pts_rest", ColumnType::Number),
];

/// One row per group and gene, the `top` best genes of each group, best first.
pub fn table(found: &Findings, top: usize) -> Table {
    let levels: Names = found.groups.iter().map(|group| &group.group).collect();
    let codes = (0..).zip(&found.groups);
    let codes = codes.flat_map(|(code, group)| group.order.iter().take(top).map(move |_| code));
    let best = found
        .groups
        .iter()
        .flat_map(|group| group.order.iter().take(top));
    let names = best.map(|&gene| found.names.get(gene as usize)).collect();
    let mut table = Table::new()
        .with("group", Column::category(codes.collect(), levels))
        .with("names", Column::Text(names));
    let numbers: [(&str, Numbers); 9] = [
        ("scores", Findings::scores),
        ("logfoldchanges", Findings::logfoldchanges),
        ("pvals", Findings::pvals),
        ("pvals_adj", Findings::pvals_adj),
        ("log2_ratio_of_means", Findings::log2_ratio_of_means),
        ("log10_pvals", Findings::log10_pvals),
        ("log10_pvals_adj", Findings::log10_pvals_adj),
        ("pts", Findings::pts),
        ("pts_rest", Findings::pts_rest),
    ];
    let n_rows = table.n_rows();
    let have_pvals = found.have_pvals();
    for (heading, numbers) in numbers {
        if have_pvals || !heading.contains("pvals") {
            let mut values = Vec::with_capacity(n_rows);
            for group in &found.groups {
                let all = numbers(found, group);
                let best = group.order.iter().take(top);
                values.extend(best.map(|&gene| all[gene as usize]));
            }
            table = table.with(heading, Column::numbers(values, F64));
        }
    }
    table
}

/// The first `top` rows of each group.
pub fn best(table: &Table, top: usize) -> Table {
    let groups = table.column("group").map(|column| column.to_category());
    let mut seen = vec![0; groups.as_ref().map_or(0, |groups| groups.levels.len())];
    let mut keep = Vec::new();
    for (row, &code) in (0..).zip(groups.iter().flat_map(|groups| &groups.codes)) {
        let Ok(code) = usize::try_from(code) else {
            continue;
        };
        seen[code] += 1;
        if seen[code] <= top {
            keep.push(row);
        }
    }
    table.pick(&keep)
}
