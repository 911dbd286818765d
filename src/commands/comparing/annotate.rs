//! `annotate`: name clusters by known marker genes.

use crate::command::params::{Data, GroupKey, NewName, Number, Sets};
use crate::command::references;
use crate::command::spec::{LOGS, Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::comparing::gene_lists::{GeneLists, Unmeasured, gene_lists};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::passes::gene_sums::group_sums;
use crate::data::quantity;
use crate::data::{
    Column, ColumnType, Names, NumberType, Place, Promise, Selection, SlotName, Table, Value,
};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::methods::type_scores::{stands_out, type_scores};
use crate::kernels::stats::sums::{GeneSums, GroupSums, NO_GROUP, Of};
use crate::params;
use crate::plan::{Fault, Private};
use ndarray::Array2;
use std::sync::Arc;

params! {
    Annotate {
        /// The dataset.
        adata: Data,
        /// Markers of cell types: a record of lists, or a table with types and genes.
        #[also("known")]
        markers: Sets,
        /// Column of obs with the clusters.
        #[also("groupby")]
        by: GroupKey = "leiden",
        /// Minimum score for a type to be assigned.
        least: Number = 0.0,
        /// Label of clusters without a clear type.
        otherwise: NewName = "unknown",
        /// Column of obs to write.
        #[also("key_added")]
        key: NewName = "cell_type",
        use GeneValues as values,
    }
}

impl Command for Annotate {
    const SPEC: Spec = Spec {
        name: "annotate",
        summary: "Annotate clusters with cell types by known marker genes.",
        keywords: "annotation cell types cell type assignment labels",
        about: "Each cluster is assigned the type whose markers are highest in it: gene means are standardized over the clusters and averaged over the genes of a type. A type whose markers are closer to their lowest level, or higher only within chance, does not stand out and is passed over; if none stands out, the cluster is called unknown. The table has the best type and the runner-up with their scores, also of clusters that are called unknown; check close calls yourself.",
        reads: &[
            LOGS,
            Need {
                want: Want::Slot(Place::Obs, Key::Param("by")),
                what: "clusters",
                made_by: "leiden",
            },
        ],
        writes: &[Write::Slot(Place::Obs, Key::Param("key"))],
        like: &["pegasus.annotate", "annotate_cluster"],
        examples: &[
            "compute (annotate adata {T: [\"CD3D\", \"CD3E\"], B: [\"MS4A1\", \"CD79A\"], Mono: [\"LYZ\", \"CST3\"]})",
            "annotate adata {T: [\"CD3D\"], B: [\"MS4A1\"]} by=cell_type key=\"rough_type\"",
        ],
        cite: &[&references::LEE_2008],
        method: "Cell types were assigned to the groups in {by} by the mean scores of their marker genes <LEE_2008>.",
        holds: "one mean per marker gene and cluster",
        tells: &["by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let input = self.values.logs(scene, &data)?;
        let lists = gene_lists(scene, "markers", &self.markers.0)?;
        let groups = groups(scene, &data, &self.by.0)?;
        let unmeasured = Unmeasured::told(scene, &input.data, "markers", &lists)?;
        let needs = (scene.gene_names(&input.data), lists.clone());
        let keep = scene.step(needs, Private::new(), |(names, lists), _| {
            let genes = lists.0.iter().flat_map(|(_, genes)| genes);
            let mut keep: Selection = genes
                .filter_map(|gene| names.position(gene).map(|at| at as u32))
                .collect();
            keep.sort_unstable();
            keep.dedup();
            Ok(keep)
        });
        let mut some = input.data.clone();
        some.genes = some.genes.select(keep.lazy().clone());
        let names = scene.gene_names(&some);
        let sums = group_sums(scene, &some, &input.matrix, Of::Value, Some(groups.clone()));
        let promises = [Promise::Column(ColumnType::Category), Promise::Table];
        let (least, otherwise) = (self.least.0, self.otherwise.0);
        let needs = (groups, lists, names, sums);
        let [column, table] =
            scene.step(needs, promises, move |(groups, lists, names, sums), cx| {
                if names.is_empty() {
                    return Err(Fault::Reported(unmeasured.none_at_all(&lists, &names)));
                }
                cx.remark(unmeasured.remark(&lists, &names));
                let [column, table] = named(&groups, &lists, &names, &sums, (least, &otherwise));
                cx.remark(unassigned(&column, &otherwise));
                Ok([column, table])
            });
        let mut from = input.from();
        from.push(SlotName::new(Place::Obs, self.by.0.clone()));
        scene.put(&mut data, Place::Obs, &self.key.0, column, &from);
        Ok(Reply::Table(
            data,
            table,
            vec![SlotName::new(Place::Obs, self.key.0)],
        ))
    }
}

/// The column and the table.
fn named(
    groups: &Groups,
    lists: &GeneLists,
    names: &Names,
    sums: &GroupSums,
    (least, otherwise): (f64, &str),
) -> [Value; 2] {
    let each = sums.each_group();
    let shaped = |of: &dyn Fn(&GeneSums) -> Vec<f64>| {
        let rows: Vec<Vec<f64>> = each.iter().map(of).collect();
        Array2::from_shape_fn((rows.len(), names.len()), |(i, j)| rows[i][j])
    };
    let means = shaped(&|sums| sums.means());
    // Of a single cell nothing is known of its spread: it is taken for that of counts.
    let errors = shaped(&|sums| match sums.n_cells {
        0 | 1 => sums.means(),
        n => sums.variances().iter().map(|x| x / n as f64).collect(),
    });
    let positions = |genes: &Vec<String>| -> Vec<usize> {
        let found = genes.iter().filter_map(|gene| names.position(gene));
        found.collect()
    };
    let types: Vec<Vec<usize>> = lists.0.iter().map(|(_, genes)| positions(genes)).collect();
    let scores = type_scores(means.view(), &types);
    let mut levels: Vec<&str> = lists.0.iter().map(|(name, _)| name.as_str()).collect();
    // The last one, unless a type is called so.
    let otherwise = levels
        .iter()
        .position(|level| *level == otherwise)
        .unwrap_or_else(|| {
            levels.push(otherwise);
            levels.len() - 1
        });
    let stands_out = |of: usize, group: usize| {
        let (means, errors) = (means.view(), errors.view());
        stands_out(means, errors, &types[of], scores.column(of), group)
    };
    let mut best: Vec<Vec<(usize, f64)>> =
        scores.outer_iter().map(|row| ranked(row.iter())).collect();
    let chosen: Vec<i32> = best
        .iter_mut()
        .enumerate()
        .map(|(group, ranked)| {
            let fits = |of, score| score >= least && stands_out(of, group);
            first_that(ranked, fits).unwrap_or(otherwise) as i32
        })
        .collect();
    let codes = groups.codes.iter().map(|&group| match group {
        NO_GROUP => -1,
        group => chosen[group as usize],
    });
    let column = of_those_assigned(codes.collect(), &levels);
    let table = table(groups, &levels, &chosen, &best, &types);
    [
        Value::Column(Arc::new(column)),
        Value::Table(Arc::new(table)),
    ]
}

/// The note on cells that were not assigned a type.
fn unassigned(column: &Value, otherwise: &str) -> Option<Box<Diagnostic>> {
    let category = column.column_category()?;
    let level = i32::try_from(category.levels.position(otherwise)?).ok()?;
    let n = category.codes.iter().filter(|&&code| code == level).count();
    let (some, all) = (
        quantity::count(n as u64),
        quantity::count(category.codes.len() as u64),
    );
    let line = format!("annotate: {some} of {all} cells are {otherwise}");
    (n > 0).then(|| Diagnostic::note(line))
}

/// The first type that fits, which is moved to the front.
fn first_that(ranked: &mut [(usize, f64)], fits: impl Fn(usize, f64) -> bool) -> Option<usize> {
    let at = ranked.iter().position(|&(of, score)| fits(of, score))?;
    ranked[..=at].rotate_right(1);
    Some(ranked[0].0)
}

/// The column, without the types that no cell is of.
fn of_those_assigned(codes: Vec<i32>, levels: &[&str]) -> Column {
    let is_used = |level: &usize| codes.contains(&(*level as i32));
    let used: Vec<usize> = (0..levels.len()).filter(is_used).collect();
    let place = |code: &i32| {
        let level = usize::try_from(*code).ok();
        level
            .and_then(|level| used.binary_search(&level).ok())
            .map_or(-1, |at| at as i32)
    };
    let names = used.iter().map(|&level| levels[level]).collect();
    Column::category(codes.iter().map(place).collect(), names)
}

/// Types by descending score, those without genes left out; ties in the order given.
fn ranked<'a>(scores: impl Iterator<Item = &'a f64>) -> Vec<(usize, f64)> {
    let mut ranked: Vec<(usize, f64)> = scores
        .copied()
        .enumerate()
        .filter(|(_, score)| !score.is_nan())
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

fn table(
    groups: &Groups,
    levels: &[&str],
    chosen: &[i32],
    best: &[Vec<(usize, f64)>],
    types: &[Vec<usize>],
) -> Table {
    let name = |place: usize| -> Names {
        let at = |ranked: &Vec<(usize, f64)>| ranked.get(place).map_or("", |(of, _)| levels[*of]);
        best.iter().map(at).collect()
    };
    let score = |place: usize| {
        let at =
            |ranked: &Vec<(usize, f64)>| ranked.get(place).map_or(f64::NAN, |(_, score)| *score);
        Column::numbers(best.iter().map(at).collect(), NumberType::F64)
    };
    let genes = best.iter().map(|ranked| {
        ranked
            .first()
            .map_or(0.0, |(of, _)| types[*of].len() as f64)
    });
    let cells = groups.sizes().into_iter().map(|n| n as f64).collect();
    Table::new()
        .with("group", Column::Text((*groups.levels).clone()))
        .with("cells", Column::numbers(cells, NumberType::I64))
        .with(
            "name",
            Column::Text(chosen.iter().map(|&of| levels[of as usize]).collect()),
        )
        .with("best", Column::Text(name(0)))
        .with("score", score(0))
        .with("genes", Column::numbers(genes.collect(), NumberType::I64))
        .with("runner_up", Column::Text(name(1)))
        .with("runner_up_score", score(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_higher_within_chance_leaves_the_group_to_the_next() {
        let mut ranked = [(7, 1.9), (4, 0.8), (5, 0.7)];
        assert_eq!(first_that(&mut ranked, |of, _| of != 7), Some(4));
        assert_eq!(ranked, [(4, 0.8), (7, 1.9), (5, 0.7)]);
        assert_eq!(first_that(&mut ranked, |_, score| score > 2.0), None);
        assert_eq!(ranked, [(4, 0.8), (7, 1.9), (5, 0.7)]);
    }

    #[test]
    fn the_best_type_is_told_of_a_cluster_that_is_called_unknown() {
        let groups = Groups {
            codes: [0, 1, 1, 2].into(),
            levels: Arc::new(["0", "1", "2"].iter().collect()),
        };
        // The first is a B cell; the second would be one, but by too little; nothing is known of the third.
        let best = [
            vec![(1, 1.5), (0, -0.5)],
            vec![(1, 0.1), (0, 0.0)],
            Vec::new(),
        ];
        let types = [vec![0], vec![1, 2]];
        let table = table(&groups, &["T", "B", "unknown"], &[1, 2, 2], &best, &types);
        let of = |heading: &str| -> Vec<String> {
            let (_, column) = table.columns.iter().find(|(it, _)| it == heading).unwrap();
            (0..3).map(|row| column.text(row)).collect()
        };
        assert_eq!(of("name"), ["B", "unknown", "unknown"]);
        assert_eq!(of("best"), ["B", "B", ""]);
        assert_eq!(of("runner_up"), ["T", "T", ""]);
        assert_eq!(of("genes"), ["2", "2", "0"]);
    }
}
