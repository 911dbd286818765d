//! What `markers` leaves behind: scanpy's records in uns, and a table.

use crate::data::{Column, Names, NumberType, Table, Uns};
use crate::kernels::rank::Test;
use std::sync::Arc;

/// The tests of all groups.
#[derive(Debug)]
pub struct Findings {
    pub names: Arc<Names>,
    /// `rest`, or the group that the others are compared with.
    pub reference: String,
    pub groups: Vec<Found>,
}

/// The tests of one group; one value a gene in the order of the genes.
#[derive(Debug)]
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

/// As scanpy stores it: record arrays with a field a group, best genes first.
pub fn records(found: &Findings, by: &str, method: &str, adjust: &str) -> Uns {
    let fields = |column: &dyn Fn(&Found) -> Column| {
        Uns::Records(
            found
                .groups
                .iter()
                .map(|group| (group.group.clone(), column(group)))
                .collect(),
        )
    };
    let f32s = |values: Vec<f64>| Column::numbers(values, NumberType::F32);
    let f64s = |values: Vec<f64>| Column::numbers(values, NumberType::F64);
    let frame = |column: fn(&Found) -> &Vec<f64>| {
        let columns = found
            .groups
            .iter()
            .map(|group| (group.group.clone(), f64s(column(group).clone())));
        Uns::Frame(found.names.clone(), columns.collect())
    };
    let params = Uns::map()
        .with("groupby", by)
        .with("reference", found.reference.as_str())
        .with("method", method)
        .with("use_raw", false)
        .with("corr_method", adjust);
    let uns = Uns::map()
        .with("params", params)
        .with(
            "names",
            fields(&|group| Column::Text(found.names.pick(&group.order))),
        )
        .with(
            "scores",
            fields(&|group| f32s(group.ranked(&group.test.scores))),
        )
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
        )
        .with("pts", frame(|group| &group.pts));
    match found.reference.as_str() {
        "rest" => uns.with("pts_rest", frame(|group| &group.pts_rest)),
        _ => uns,
    }
}

/// One row a group and gene, best genes first, `top` of each group.
pub fn table(found: &Findings, top: Option<usize>) -> Table {
    let mut groups: Vec<&str> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut numbers: [Vec<f64>; 8] = Default::default();
    for group in &found.groups {
        for &gene in &group.order[..top.unwrap_or(usize::MAX).min(group.order.len())] {
            let i = gene as usize;
            groups.push(&group.group);
            names.push(found.names.get(i));
            let row = [
                group.test.scores[i],
                group.logfoldchanges[i],
                group.log2_ratio_of_means[i],
                10f64.powf(group.test.log10_pvals[i]),
                10f64.powf(group.log10_pvals_adj[i]),
                group.log10_pvals_adj[i],
                group.pts[i],
                group.pts_rest[i],
            ];
            numbers
                .iter_mut()
                .zip(row)
                .for_each(|(column, x)| column.push(x));
        }
    }
    let levels: Names = found.groups.iter().map(|group| &group.group).collect();
    let codes = groups
        .iter()
        .map(|group| levels.position(group).map_or(-1, |code| code as i32))
        .collect();
    let headings = [
        "scores",
        "logfoldchanges",
        "log2_ratio_of_means",
        "pvals",
        "pvals_adj",
        "log10_pvals_adj",
        "pts",
        "pts_rest",
    ];
    headings.into_iter().zip(numbers).fold(
        Table::new()
            .with("group", Column::category(codes, levels))
            .with("names", Column::Text(names.iter().collect())),
        |table, (heading, values)| table.with(heading, Column::numbers(values, NumberType::F64)),
    )
}
