//! Genes a figure shows: those that were asked for, or the best markers of each group.

use crate::command::Scene;
use crate::command::known::{markers_key, markers_of};
use crate::command::params::GeneNames;
use crate::commands::inputs::stored_markers::StoredMarkers;
use crate::commands::plotting::group_rows::GroupRows;
use crate::commands::plotting::number_columns::numbers_of_cells;
use crate::commands::plotting::picture::{gene_list, numbers};
use crate::data::figure::Bracket;
use crate::data::{Dataset, Lazy, Names, Place, Selection, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Private, Promised};
use std::collections::HashMap;
use std::sync::Arc;

/// Genes in the order drawn.
#[derive(Debug, Clone)]
pub struct DrawnGenes {
    /// Those of genes, and of columns of obs.
    pub names: Arc<Names>,
    pub brackets: Vec<Bracket>,
    /// The values of the names that are columns of obs, a number for each cell.
    columns: HashMap<String, Vec<f32>>,
}

/// Where the values of a name are.
pub enum Source<'a> {
    /// At this position among the genes that were read.
    Gene(usize),
    /// A number for each cell.
    Column(&'a [f32]),
}

impl DrawnGenes {
    /// Where the values of each name are, in the order drawn; `found` are the genes that were read.
    pub fn sources<'a>(&'a self, found: &'a Names) -> impl Iterator<Item = Source<'a>> {
        let source = |name: &str| match self.columns.get(name) {
            Some(column) => Some(Source::Column(column)),
            None => found.position(name).map(Source::Gene),
        };
        self.names.iter().filter_map(source)
    }
}

/// Which of the markers are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Top {
    /// How many of each group.
    pub n: usize,
    pub min_logfoldchange: Option<f64>,
}

/// The genes asked for, or the `top` first markers of each group of `rows`, the groups of `by`.
/// Genes in groups that are named like the rows have the order of the rows.
pub fn drawn_genes(
    scene: &Scene,
    data: &Dataset,
    asked: Option<&GeneNames>,
    top: Top,
    (rows, by): (&Promised<GroupRows>, &str),
) -> Outcome<Promised<DrawnGenes>> {
    let key = markers_of(data, by).unwrap_or_else(|| markers_key(data, by));
    let found = match asked {
        Some(_) => None,
        None => Some(scene.value(data, Place::Uns, &key)?),
    };
    let (keys, columns) = columns(scene, data, asked)?;
    let needs = (rows.clone(), scene.gene_names(data), found, columns);
    let asked = asked.cloned();
    let origin = scene.origin();
    Ok(scene.step(needs, Private::new(), move |values, cx| {
        let (rows, there, found, columns) = values;
        let columns = keys.iter().zip(&columns);
        let columns = columns
            .filter(|(key, _)| there.position(key).is_none())
            .filter_map(|(key, value)| Some((key.clone(), numbers(value.column()?))));
        let columns: HashMap<String, Vec<f32>> = columns.collect();
        let genes = match (&asked, found.as_ref().and_then(Value::uns)) {
            (Some(asked), _) => asked.0.clone(),
            (None, Some(uns)) => markers(uns, &key, top).map_err(|error| error.at(&origin))?,
            (None, None) => Vec::new(),
        };
        let is_there = |name: &String| there.position(name).is_some() || columns.contains_key(name);
        let (genes, gone) = without_gone(genes, is_there);
        if genes.is_empty() && !gone.is_empty() {
            let headline = format!("none of {} is among the remaining genes", gone.join(", "));
            return Err(Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, headline)
                .at(&origin)
                .into());
        }
        let (names, brackets) = gene_list(&by_rows(genes, &rows, asked.is_none()));
        cx.remark(left_out(&gone));
        Ok(DrawnGenes {
            names: Arc::new(names),
            brackets,
            columns,
        })
    }))
}

/// The columns of obs among the names asked for: their keys, and their numbers.
fn columns(
    scene: &Scene,
    data: &Dataset,
    asked: Option<&GeneNames>,
) -> Outcome<(Vec<String>, Vec<Lazy>)> {
    let genes = match data.var_names.value.get() {
        Some(value) => value.names().cloned(),
        None => None,
    };
    let mut keys: Vec<String> = Vec::new();
    let names = asked.into_iter().flat_map(GeneNames::names);
    for name in names.filter(|name| data.obs.contains_key(*name)) {
        let is_gene = genes.as_ref().is_some_and(|it| it.position(name).is_some());
        if !is_gene && !keys.contains(name) {
            keys.push(name.clone());
        }
    }
    let values = keys.iter();
    let values = values.map(|key| numbers_of_cells(scene, data, key, "genes"));
    let values = values.collect::<Outcome<Vec<Lazy>>>()?;
    Ok((keys, values))
}

/// What is said of genes that are gone.
fn left_out(gone: &[String]) -> Option<Box<Diagnostic>> {
    let names = gone.join(", ");
    let headline = match gone {
        [] => return None,
        [_] => format!("gene {names} is not among the remaining genes and is left out"),
        _ => format!("genes {names} are not among the remaining genes and are left out"),
    };
    Some(Diagnostic::warning(code::LEFT_OUT_OF_FIGURE, headline))
}

/// The lists without the genes that are missing, and the missing ones.
fn without_gone(
    genes: Vec<Titled>,
    is_there: impl Fn(&String) -> bool,
) -> (Vec<Titled>, Vec<String>) {
    let mut gone = Vec::new();
    let mut kept = Vec::new();
    for (title, names) in genes {
        let (found, missing): (Vec<String>, Vec<String>) = names.into_iter().partition(&is_there);
        gone.extend(missing);
        if !found.is_empty() {
            kept.push((title, found));
        }
    }
    (kept, gone)
}

type Titled = (Option<String>, Vec<String>);

/// The first genes of each group.
fn markers(uns: &Uns, key: &str, top: Top) -> Outcome<Vec<Titled>> {
    let Some(stored) = StoredMarkers::of(uns) else {
        return Err(Diagnostic::error(
            code::UNEXPECTED_CONTENT,
            format!("uns.{key} does not hold gene names"),
        )
        .help("`markers` creates it, like sc.tl.rank_genes_groups"));
    };
    let genes = |(group, names): (&str, &Names)| {
        let mut changes = None;
        if let Some(least) = top.min_logfoldchange {
            let found = stored.numbers("logfoldchanges", group).ok_or_else(|| {
                Diagnostic::error(
                    code::UNEXPECTED_CONTENT,
                    "the markers have no logfoldchanges",
                )
                .help("leave out min_logfoldchange=")
            })?;
            changes = Some((found, least));
        }
        let is_high = |at: usize| match &changes {
            Some((found, least)) => found.get(at).is_some_and(|change| change >= least),
            None => true,
        };
        let high = names.iter().enumerate().filter(|(at, _)| is_high(*at));
        let genes = high.take(top.n).map(|(_, name)| name.to_owned());
        Ok((Some(group.to_owned()), genes.collect()))
    };
    stored.genes().map(genes).collect()
}

/// Lists of genes in the order of the rows, if rows are what all of them are named by. Markers of
/// groups that are not drawn are left out.
fn by_rows(genes: Vec<Titled>, rows: &GroupRows, of_markers: bool) -> Vec<Titled> {
    let levels = &rows.groups.levels;
    let place = |title: &Option<String>| levels.position(title.as_deref()?);
    let found = genes.iter().filter(|(title, _)| place(title).is_some());
    let n_found = found.count();
    let placed = if of_markers {
        n_found > 0
    } else {
        rows.tree.is_some() && n_found == genes.len()
    };
    if !placed {
        return genes;
    }
    let mut placed: Vec<(usize, Titled)> = genes
        .into_iter()
        .filter_map(|(title, names)| Some((place(&title)?, (title, names))))
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, genes)| genes).collect()
}

/// Positions of the genes among those of the dataset, each once.
pub fn positions(
    scene: &Scene,
    data: &Dataset,
    genes: &Promised<DrawnGenes>,
) -> Promised<Selection> {
    let needs = (scene.gene_names(data), genes.clone());
    scene.step(needs, Private::new(), move |(names, genes), _| {
        let mut keep = Selection::new();
        for at in genes.names.iter().filter_map(|name| names.position(name)) {
            if !keep.contains(&(at as u32)) {
                keep.push(at as u32);
            }
        }
        Ok(keep)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Groups;

    fn rows(levels: &[&str]) -> GroupRows {
        GroupRows {
            label: String::new(),
            groups: Groups::new(Arc::default(), Arc::new(levels.iter().collect())),
            order: (0..levels.len()).collect(),
            tree: None,
        }
    }

    fn titled(titles: &[&str]) -> Vec<Titled> {
        let titled = |title: &&str| (Some((*title).to_owned()), Vec::new());
        titles.iter().map(titled).collect()
    }

    #[test]
    fn lists_named_by_groups_stand_as_the_groups() {
        let sorted = |titles: &[&str], levels: &[&str], of_markers| {
            let genes = by_rows(titled(titles), &rows(levels), of_markers);
            let titles = genes.into_iter().filter_map(|(title, _)| title);
            titles.collect::<Vec<String>>()
        };
        let levels = ["c", "b", "a"];
        assert_eq!(sorted(&["a", "b", "c"], &levels, true), ["c", "b", "a"]);
        assert_eq!(sorted(&["a", "b", "c"], &["c", "a"], true), ["c", "a"]);
        assert_eq!(sorted(&["T", "U"], &levels, true), ["T", "U"]);
        assert_eq!(sorted(&["a", "b"], &levels, false), ["a", "b"]);
    }
}
