//! What `markers` leaves behind: scanpy's records in uns, and a table.

use crate::command::rows::Headings;
use crate::data::{Column, ColumnType, Names, NumberType, Table, Uns};
use crate::kernels::rank::Test;
use std::sync::Arc;

/// The tests of all groups.
#[derive(Debug, Clone)]
pub struct Findings {
    pub names: Arc<Names>,
    /// `rest`, or the group that the others are compared with.
    pub reference: String,
    pub groups: Vec<Found>,
}

/// The tests of one group; one value a gene in the order of the genes.
#[derive(Debug, Clone)]
pub struct Found {
    pub group: String,
    /// Genes, best first.
    pub order: Vec<u32>,
    pub test: Test,
    pub log10_pvals_adj: Vec<f64>,
    /// log₂ of the ratio of the means of logs, undone: scanpy's.
    pub logfoldchanges: Vec<f64>,
    /// log₂ of the ratio of mean counts.
    pub log2_ratio_of_means: Vec<f64>,
    /// Share of the group's cells with a value.
    pub pts: Vec<f64>,
    pub pts_rest: Vec<f64>,
}

impl Findings {
    /// The tests of some groups, in the order of their names; the first name that is no group
    /// where there is one.
    pub fn of(&self, wanted: &[String]) -> Result<Findings, String> {
        let of = |name: &String| {
            let found = self.groups.iter().find(|found| found.group == *name);
            found.cloned().ok_or_else(|| name.clone())
        };
        Ok(Findings {
            names: self.names.clone(),
            reference: self.reference.clone(),
            groups: wanted.iter().map(of).collect::<Result<_, _>>()?,
        })
    }

    fn have_pvals(&self) -> bool {
        self.groups
            .iter()
            .all(|group| !group.test.log10_pvals.is_empty())
    }
}

impl Found {
    fn ranked(&self, values: &[f64]) -> Vec<f64> {
        self.order
            .iter()
            .map(|&gene| values[gene as usize])
            .collect()
    }

    fn p(&self, log10: &[f64]) -> Vec<f64> {
        self.ranked(log10)
            .into_iter()
            .map(|x| 10f64.powf(x))
            .collect()
    }
}

/// What the tests were of.
pub struct About<'a> {
    pub by: &'a str,
    pub method: &'a str,
    pub adjust: &'a str,
    pub layer: Option<&'a str>,
}

/// As scanpy stores it: record arrays with a field a group, best genes first.
pub fn records(found: &Findings, about: &About) -> Uns {
    let fields = |column: &dyn Fn(&Found) -> Column| {
        let of = |group: &Found| (group.group.clone(), column(group));
        Uns::Records(found.groups.iter().map(of).collect())
    };
    let f32s = |values: Vec<f64>| Column::numbers(values, NumberType::F32);
    let f64s = |values: Vec<f64>| Column::numbers(values, NumberType::F64);
    let frame = |column: fn(&Found) -> &Vec<f64>| {
        let of = |group: &Found| (group.group.clone(), f64s(column(group).clone()));
        Uns::Frame(found.names.clone(), found.groups.iter().map(of).collect())
    };
    let mut params = Uns::map()
        .with("groupby", about.by)
        .with("reference", found.reference.as_str())
        .with("method", about.method)
        .with("use_raw", false)
        .with("corr_method", about.adjust);
    if let Some(layer) = about.layer {
        params = params.with("layer", layer);
    }
    let names = |group: &Found| Column::Text(found.names.pick(&group.order));
    let mut uns = Uns::map()
        .with("params", params)
        .with("names", fields(&names))
        .with(
            "scores",
            fields(&|group| f32s(group.ranked(&group.test.scores))),
        );
    if found.have_pvals() {
        uns = uns
            .with(
                "pvals",
                fields(&|group| f64s(group.p(&group.test.log10_pvals))),
            )
            .with(
                "pvals_adj",
                fields(&|group| f64s(group.p(&group.log10_pvals_adj))),
            )
            .with(
                "logfoldchanges",
                fields(&|group| f32s(group.ranked(&group.logfoldchanges))),
            );
    }
    uns = uns.with("pts", frame(|group| &group.pts));
    match found.reference.as_str() {
        "rest" => uns.with("pts_rest", frame(|group| &group.pts_rest)),
        _ => uns,
    }
}

/// The columns of the table; a regression has no p-values.
pub const COLUMNS: Headings = &[
    ("group", ColumnType::Category),
    ("names", ColumnType::Text),
    ("scores", ColumnType::Number),
    ("logfoldchanges", ColumnType::Number),
    ("log2_ratio_of_means", ColumnType::Number),
    ("pvals", ColumnType::Number),
    ("pvals_adj", ColumnType::Number),
    ("log10_pvals", ColumnType::Number),
    ("log10_pvals_adj", ColumnType::Number),
    ("pts", ColumnType::Number),
    ("pts_rest", ColumnType::Number),
];

/// One row a group and gene, the `top` best genes of each group, best first.
pub fn table(found: &Findings, top: usize) -> Table {
    let levels: Names = found.groups.iter().map(|group| &group.group).collect();
    let codes = (0..).zip(&found.groups);
    let codes = codes.flat_map(|(code, group)| group.order.iter().take(top).map(move |_| code));
    let rows = || {
        found.groups.iter().flat_map(|group| {
            let best = group.order.iter().take(top);
            best.map(move |&i| (group, i as usize))
        })
    };
    let names = rows().map(|(_, i)| found.names.get(i)).collect();
    let mut table = Table::new()
        .with("group", Column::category(codes.collect(), levels))
        .with("names", Column::Text(names));
    let p = |log10: f64| 10f64.powf(log10);
    type Number<'a> = &'a dyn Fn(&Found, usize) -> f64;
    let numbers: [(&str, Number); 9] = [
        ("scores", &|of, i| of.test.scores[i]),
        ("logfoldchanges", &|of, i| of.logfoldchanges[i]),
        ("log2_ratio_of_means", &|of, i| of.log2_ratio_of_means[i]),
        ("pvals", &|of, i| p(of.test.log10_pvals[i])),
        ("pvals_adj", &|of, i| p(of.log10_pvals_adj[i])),
        ("log10_pvals", &|of, i| of.test.log10_pvals[i]),
        ("log10_pvals_adj", &|of, i| of.log10_pvals_adj[i]),
        ("pts", &|of, i| of.pts[i]),
        ("pts_rest", &|of, i| of.pts_rest[i]),
    ];
    for (heading, number) in numbers {
        if found.have_pvals() || !heading.contains("pvals") {
            let values = rows().map(|(group, i)| number(group, i)).collect();
            table = table.with(heading, Column::numbers(values, NumberType::F64));
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
