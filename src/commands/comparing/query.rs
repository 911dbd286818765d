//! New cells brought to where the cells of a reference are: the same total in each cell, the same
//! logarithm, the same scaling. What the reference's record does not tell of its totals, its own
//! log values do: without the logarithm, the cells add up to one number.

use crate::command::Scene;
use crate::command::looked::keep_counts;
use crate::commands::files::joining::base_word;
use crate::commands::passes::gene_sums::base_of;
use crate::commands::preprocessing::{log1p, normalize};
use crate::data::matrix::Scaling;
use crate::data::{
    About, Asked, Chosen, Dataset, Depth, Lazy, Matrix, Place, RowsView, State, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::normalize::{Totals, common_total};
use crate::kernels::ticker::Ticker;
use crate::math;
use crate::plan::{Folding, Private, Promised};
use std::sync::Arc;

/// A query and a reference whose values can be compared.
pub struct Prepared {
    /// The query, with log values in X.
    pub data: Dataset,
    pub query: Matrix,
    /// The matrix that the reference's components were found in.
    pub reference: Matrix,
    /// How the query is to be scaled, where the components are of scaled values.
    pub scaling: Option<Scaling>,
    /// Totals of query and reference, if both can be known: a number each, or NaN.
    pub totals: Option<[Lazy; 2]>,
}

/// What becomes of the query before it is projected.
pub fn prepared(scene: &mut Scene, query: &Dataset, reference: &Dataset) -> Outcome<Prepared> {
    let theirs = scene.matrix(reference, None)?;
    let logs = Chosen::of(reference, Asked::default(), About::Logs);
    let logs = logs.matrix(reference).cloned().unwrap_or(theirs.clone());
    let scaling = match theirs.state {
        State::Scaled => Some(scaling(scene, reference, &theirs)?),
        State::Counts | State::Normalized => return Err(too_early(scene, theirs.state)),
        _ => None,
    };
    let base = base_of(scene, reference, &logs)?;
    let looked = scene.looked(query, Asked::default(), About::Logs)?;
    let mut data = query.clone();
    let mut totals = None;
    let ours = match looked.matrix.state {
        State::Counts | State::Normalized => {
            let depth = Depth::Median(total(scene, reference, &logs)?);
            let depth = logs.depth.clone().unwrap_or(depth);
            brought_on(scene, &mut data, looked.matrix, depth, base)
        }
        State::Log => {
            check_base(scene, base_of(scene, query, &looked.matrix)?, base)?;
            let of_query = total(scene, query, &looked.matrix)?;
            totals = Some([of_query, total(scene, reference, &logs)?]);
            looked.matrix
        }
        _ => looked.matrix,
    };
    Ok(Prepared {
        data,
        query: ours,
        reference: theirs,
        scaling,
        totals,
    })
}

fn too_early(scene: &Scene, state: State) -> Box<Diagnostic> {
    scene
        .error(
            "reference",
            code::WRONG_STATE,
            format!("X of the reference holds {}", state.values()),
            "components must be computed from log values",
        )
        .help("run `log1p` and `pca` on it")
}

/// Counts as the reference's were made into log values. The counts stay, as `normalize` keeps them.
fn brought_on(
    scene: &mut Scene,
    data: &mut Dataset,
    matrix: Matrix,
    depth: Depth,
    base: f64,
) -> Matrix {
    // Not the number: whether it is known already depends on what was computed before.
    let to = "the target of the reference";
    let natural = base == std::f64::consts::E;
    let based = if natural {
        String::new()
    } else {
        format!(" base={base}")
    };
    let normalized = match matrix.state {
        State::Normalized => matrix,
        _ => {
            keep_counts(data, matrix.clone());
            normalize::normalized(scene, data, &matrix, None, Some(depth)).0
        }
    };
    let based_on = (!natural).then_some(base);
    let logs = log1p::logs(scene, data, &normalized, based_on);
    log1p::put_record(scene, data, based_on);
    data.x = Some(logs.clone());
    scene.note(Diagnostic::note(format!(
        "ingest needs log values like those of the reference: planned normalize ({to}), log1p{based}"
    )));
    logs
}

fn check_base(scene: &Scene, ours: f64, theirs: f64) -> Outcome<()> {
    if (ours - theirs).abs() <= 1e-9 * theirs {
        return Ok(());
    }
    let headline = format!(
        "the query holds logarithms to base {}, the reference to base {}",
        base_word(ours),
        base_word(theirs)
    );
    Err(scene
        .error(
            "adata",
            code::WRONG_STATE,
            headline,
            "was made with another base",
        )
        .help("pass counts to ingest: it normalizes them like the reference"))
}

/// The total of the cells of a matrix of log values: a number, NaN where they differ.
fn total(scene: &Scene, data: &Dataset, logs: &Matrix) -> Outcome<Lazy> {
    match &logs.depth {
        Some(Depth::Of(total)) => return Ok(Lazy::ready(Value::Numbers(Arc::new(vec![*total])))),
        Some(Depth::Median(total)) => return Ok(total.clone()),
        None => {}
    }
    let ln_base = math::ln(base_of(scene, data, logs)?);
    let view = scene.view(data, logs);
    let total: Promised<Vec<f64>> = scene.fold(view, (), Private::new(), move |_, ()| {
        Ok(Folding {
            new: || Totals::new(None),
            add: move |totals: &mut Totals, rows: RowsView, cells: &[u32], _: &Ticker| {
                totals.add_logs(rows, cells, ln_base);
                Ok(())
            },
            merge: Totals::merge,
            finish: |totals: Totals, _: &Ticker| Ok(vec![common_total(totals.finish())]),
            partial_bytes: 16 * 1024,
        }
        .exact())
    });
    Ok(total.lazy().clone())
}

/// How the reference was scaled: as its last step has it, or as its var tells.
fn scaling(scene: &Scene, reference: &Dataset, matrix: &Matrix) -> Outcome<Scaling> {
    if let Some((_, scaling)) = scene.unscaled(reference, matrix) {
        return Ok(scaling);
    }
    let column = |key| scene.value(reference, Place::Var, key);
    if !reference.var.contains_key("mean") || !reference.var.contains_key("std") {
        return Err(scene
            .error(
                "reference",
                code::WRONG_STATE,
                "X of the reference is scaled, and the scaling is unknown",
                "lacks var.mean and var.std",
            )
            .help("run `pca` on its log values, or `scale` and `pca` in sca"));
    }
    Ok(Scaling {
        mean: column("mean")?,
        sd: column("std")?,
        zero_center: true,
        max_value: None,
    })
}

/// A warning, if query and reference were brought to different totals.
pub fn unlike(ours: &Value, theirs: &Value) -> Option<Box<Diagnostic>> {
    let number = |value: &Value| value.numbers()?.first().copied();
    let (ours, theirs) = (number(ours)?, number(theirs)?);
    // NaN is unlike nothing.
    if (ours - theirs).abs() <= 0.01 * theirs || ours.is_nan() || theirs.is_nan() {
        return None;
    }
    let headline = format!(
        "cells of the query have {ours:.0} counts in total, those of the reference {theirs:.0}"
    );
    Some(
        Diagnostic::warning(code::DIFFERENT_TOTALS, headline)
            .help("pass counts to ingest: it normalizes them to the reference's total"),
    )
}
