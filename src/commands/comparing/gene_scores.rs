//! Scores of sets of genes against control genes of similar expression, a column of obs for
//! each: what `score` and `cell_cycle` have in common. One pass for the means of all genes, one
//! for the cells, over the genes that are in use.

use crate::command::{Scene, suggest};
use crate::commands::passes::gene_sums::group_sums;
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, Names, NumberType, Promise, RowsView, Selection,
    Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::score::{GeneSet, ScoreError, ScoreParams, Scores, control_genes};
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::plan::{Fault, Folding, Private, Promised, View};
use crate::source::Origin;
use std::sync::Arc;

/// What is scored, and how.
pub struct Wanted {
    /// The genes of each set among the names of a dataset: positions of those that are measured.
    pub sets: Box<dyn Fn(&Names) -> Vec<Vec<u32>> + Send + Sync>,
    pub n_sets: usize,
    /// Genes that controls are drawn from; all, if `None`.
    pub pool: Option<Vec<String>>,
    pub params: ScoreParams,
    /// Control genes of a bin: as many as the smallest set has genes, instead of `params`.
    pub like_smallest: bool,
}

/// One promised column for each set.
pub fn scores(scene: &Scene, data: &Dataset, matrix: &Matrix, wanted: Wanted) -> Vec<Lazy> {
    let n_sets = wanted.n_sets;
    let sums = group_sums(scene, data, matrix, Of::Value, None);
    let (keep, sets) = chosen(scene, scene.gene_names(data), sums, wanted);
    let genes = data.genes.select(keep.lazy().clone());
    let view = View::new(matrix, &data.cells, &genes);
    let promises = vec![Promise::Column(ColumnType::Number); n_sets];
    scene.fold(view, (keep, sets), promises, |extent, (keep, sets)| {
        let place = |gene: &u32| keep.binary_search(gene).ok().map(|at| at as u32);
        let places = |genes: &[u32]| genes.iter().filter_map(place).collect();
        let sets: Vec<GeneSet> = sets
            .iter()
            .map(|set| GeneSet {
                genes: places(&set.genes),
                controls: places(&set.controls),
            })
            .collect();
        Ok(Folding {
            new: move || Scores::new(extent.genes, &sets),
            add: |scores: &mut Scores, rows: RowsView, cells: &[u32], _: &Ticker| {
                scores.add(rows, cells);
                Ok(())
            },
            merge: Scores::merge,
            finish: |scores: Scores, _: &Ticker| {
                let column = |values| Column::numbers(values, NumberType::F64);
                let columns = scores.finish().into_iter();
                Ok(columns
                    .map(|x| Value::Column(Arc::new(column(x))))
                    .collect())
            },
            partial_bytes: 16 * 1024,
        }
        .exact())
    })
}

/// The genes in use, and the sets with their controls.
fn chosen(
    scene: &Scene,
    names: Promised<Names>,
    sums: Promised<GroupSums>,
    wanted: Wanted,
) -> (Promised<Selection>, Promised<Vec<GeneSet>>) {
    let origin = scene.origin();
    scene.step(
        (names, sums),
        (Private::new(), Private::new()),
        move |(names, sums), _| {
            let means = sums.all().means();
            let pool: Vec<u32> = match &wanted.pool {
                Some(pool) => positions(&names, pool),
                None => (0..names.len() as u32).collect(),
            };
            let means: Vec<f64> = pool.iter().map(|&gene| means[gene as usize]).collect();
            let sets = (wanted.sets)(&names);
            let mut params = wanted.params;
            if wanted.like_smallest {
                params.ctrl_size = sets.iter().map(Vec::len).min().unwrap_or(params.ctrl_size);
            }
            let sets: Vec<GeneSet> = sets
                .into_iter()
                .map(|genes| {
                    let controls = control_genes(&genes, &pool, &means, &params)?;
                    Ok(GeneSet { genes, controls })
                })
                .collect::<Result<_, ScoreError>>()
                .map_err(|error| fault(error, &names, &origin))?;
            let mut keep: Selection = sets
                .iter()
                .flat_map(|set| set.genes.iter().chain(&set.controls))
                .copied()
                .collect();
            keep.sort_unstable();
            keep.dedup();
            Ok((keep, sets))
        },
    )
}

/// Where the measured ones of `genes` are, each once, in their order.
pub fn positions(names: &Names, genes: &[String]) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for gene in genes {
        if let Some(at) = names.position(gene).map(|at| at as u32)
            && !found.contains(&at)
        {
            found.push(at);
        }
    }
    found
}

fn fault(error: ScoreError, names: &Names, origin: &Origin) -> Fault {
    let first: Vec<&str> = names.iter().take(3).collect();
    let help = match error {
        ScoreError::NoGenes => format!("gene names look like {} in this dataset", first.join(", ")),
        ScoreError::NoControls => {
            "score before filtering genes, or use a smaller gene set".to_owned()
        }
        ScoreError::TooFewBins { .. } => "bins=25".to_owned(),
    };
    Fault::Reported(
        Diagnostic::error(code::UNSCORABLE_GENES, error.to_string())
            .at(origin)
            .help(help),
    )
}

/// Says which genes of a set are not measured, as far as names are known: an error where none is.
pub fn tell_missing(
    scene: &mut Scene,
    param: &str,
    data: &Dataset,
    genes: &[String],
) -> Outcome<()> {
    let Some(names) = scene.known_genes(data) else {
        return Ok(());
    };
    let missing: Vec<&str> = genes
        .iter()
        .map(String::as_str)
        .filter(|gene| names.position(gene).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let n = genes.len();
    let listed = suggest::listed(&missing);
    if missing.len() == n {
        let near = suggest::nearest(missing[0], names.iter());
        let error = scene.error(
            param,
            code::NO_SUCH_GENE_OR_CELL,
            format!("none of the {n} genes is measured: {listed}"),
            format!("{} has none of them", data.from),
        );
        return Err(match near.first() {
            Some(near) => error.help(format!("did you mean {near}?")),
            None => error,
        });
    }
    let note = Diagnostic::note(format!(
        "{} of {n} genes are not measured: {listed}",
        missing.len()
    ));
    let in_raw = missing.iter().filter(|gene| raw_has(data, gene)).count();
    scene.note(match in_raw {
        0 => note,
        n => note.help(format!("raw has {n} of them: raw=true")),
    });
    Ok(())
}

/// Whether raw has a gene, as far as its names are known.
fn raw_has(data: &Dataset, gene: &str) -> bool {
    let names = data
        .raw
        .as_ref()
        .and_then(|raw| raw.var_names.value.known().ok()?);
    let names = names.and_then(Value::names);
    names.is_some_and(|names| names.position(gene).is_some())
}
