//! The results of the tests of `markers`, as a table.

use super::compared::{Number, Part};
use crate::command::row_filter::Headings;
use crate::data::NumberType::F64;
use crate::data::{Column, ColumnType, FileError, Names, Table};
use crate::io::spill::Kept;
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
    /// Whether the tests have p-values.
    pub have_pvals: bool,
    /// All genes, some after the others as they were tested; each part has all groups.
    pub parts: Vec<Arc<Vec<Part>>>,
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
    pub order: Arc<Kept>,
}

/// One number per gene of a group, in the order of the genes.
pub type Numbers = fn(&Findings, &Found) -> Result<Vec<f64>, FileError>;

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

    /// One number per gene of the group at a place of the parts.
    pub fn gather(&self, place: usize, number: Number) -> Result<Vec<f64>, FileError> {
        let mut all = Vec::with_capacity(self.names.len());
        for part in self.parts.iter().flat_map(|part| part.iter()) {
            part.append_numbers(place, number, &mut all)?;
        }
        Ok(all)
    }

    pub fn scores(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        self.gather(found.place, Number::Score)
    }

    fn log10_pvals(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        self.gather(found.place, Number::Log10Pval)
    }

    fn log10_pvals_adj(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        Ok((self.adjust)(&self.log10_pvals(found)?))
    }

    pub fn pvals(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        Ok(powers(self.log10_pvals(found)?))
    }

    pub fn pvals_adj(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        Ok(powers(self.log10_pvals_adj(found)?))
    }

    pub fn logfoldchanges(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        self.gather(found.place, Number::Logfoldchange)
    }

    fn log2_ratio_of_means(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        self.gather(found.place, Number::Log2RatioOfMeans)
    }

    fn pts(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        self.gather(found.place, Number::Pts)
    }

    fn pts_rest(&self, found: &Found) -> Result<Vec<f64>, FileError> {
        self.gather(found.place, Number::PtsRest)
    }

    /// The groups that were tested, and their places.
    pub fn tested(&self) -> Vec<(String, usize)> {
        let groups = self.groups.iter();
        groups.map(|it| (it.group.clone(), it.place)).collect()
    }

    /// The groups with fractions: those tested, and the one that others are compared with.
    pub fn with_fractions(&self) -> Vec<(String, usize)> {
        let reference = self.reference_place.map(|it| (self.reference.clone(), it));
        let mut all: Vec<_> = self.tested().into_iter().chain(reference).collect();
        all.sort_by_key(|(_, place)| *place);
        all
    }
}

fn powers(log10: Vec<f64>) -> Vec<f64> {
    log10.into_iter().map(math::exp10).collect()
}

impl Found {
    /// Genes, best first, the first `top` of them.
    pub fn best(&self, genes: usize, top: usize) -> Result<Vec<u32>, FileError> {
        let bytes = self.order.read(0..4 * top.min(genes))?;
        let (order, _) = bytes.as_chunks::<4>();
        Ok(order.iter().map(|&gene| u32::from_le_bytes(gene)).collect())
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
///
/// # Errors
/// The cache file with the tests cannot be read.
pub fn table(found: &Findings, top: usize) -> Result<Table, FileError> {
    let levels: Names = found.groups.iter().map(|group| &group.group).collect();
    let genes = found.names.len();
    let best: Vec<Vec<u32>> = found
        .groups
        .iter()
        .map(|group| group.best(genes, top))
        .collect::<Result<_, _>>()?;
    let codes = (0..).zip(&best);
    let codes = codes.flat_map(|(code, best)| best.iter().map(move |_| code));
    let names = best.iter().flatten();
    let names = names.map(|&gene| found.names.get(gene as usize)).collect();
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
    for (heading, numbers) in numbers {
        if found.have_pvals || !heading.contains("pvals") {
            let mut values = Vec::with_capacity(n_rows);
            for (group, best) in found.groups.iter().zip(&best) {
                let all = numbers(found, group)?;
                values.extend(best.iter().map(|&gene| all[gene as usize]));
            }
            table = table.with(heading, Column::numbers(values, F64));
        }
    }
    Ok(table)
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
