//! New cells brought to the scale of a reference: the same total per cell, the same logarithm, the same
//! scaling. Where the reference does not record its totals, they are inferred from its log values:
//! without the logarithm, its cells add up to one number.

use crate::command::Scene;
use crate::command::transformed::keep_counts;
use crate::commands::files::joining::base_word;
use crate::commands::passes::gene_sums::base_of;
use crate::commands::preprocessing::{log1p, normalize};
use crate::data::matrix::{Scaled, Scaling};
use crate::data::{
    About, Asked, Chosen, Dataset, Depth, Known, Lazy, Matrix, Place, RowsView, SlotName, State,
    Uns, Value,
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
    /// Whether its values were centered and clipped, where only they tell.
    pub shape: Option<Promised<Scaled>>,
    /// Totals of query and reference, if both can be known: a number each, or NaN.
    pub totals: Option<[Lazy; 2]>,
}

/// What becomes of the query before it is projected.
///
/// # Errors
/// The query cannot be brought to what the components of the reference are of: these are of counts,
/// or of residuals and the like, or the total of the reference's cells is not known.
pub fn prepared(scene: &mut Scene, query: &Dataset, reference: &Dataset) -> Outcome<Prepared> {
    let theirs = scene.matrix(reference, layer_of(scene, reference)?.as_deref())?;
    if matches!(theirs.state, State::Counts | State::Normalized) {
        return Err(too_early(scene, theirs.state));
    }
    let same = query.x.as_ref().filter(|x| x.state == theirs.state);
    if let (true, Some(x)) = (theirs.state.is_past_log(), same) {
        return Ok(as_it_is(query, x, theirs));
    }
    let (scaling, shape) = match theirs.state {
        State::Scaled => {
            let (scaling, shape) = scaling(scene, reference, &theirs)?;
            (Some(scaling), shape)
        }
        _ => (None, None),
    };
    let logs = match theirs.state {
        State::Log => None,
        _ => Chosen::of(reference, Asked::default(), About::Logs).matrix(reference),
    };
    let logs = logs.cloned().unwrap_or(theirs.clone());
    let base = base_of(scene, reference, &logs)?;
    let input = scene.input_matrix(query, Asked::default(), About::Logs)?;
    let mut data = query.clone();
    let mut totals = None;
    let ours = match input.matrix.state {
        _ if is_beyond(theirs.state) => {
            return Err(unreachable_state(scene, theirs.state, input.matrix.state));
        }
        State::Counts | State::Normalized => {
            let depth = match logs.depth.clone() {
                Some(depth) => depth,
                None => Depth::Median(known_total(scene, reference, &logs)?),
            };
            brought_on(scene, &mut data, input.matrix, depth, base)
        }
        State::Log => {
            check_base(scene, base_of(scene, query, &input.matrix)?, base)?;
            let of_query = total(scene, query, &input.matrix)?;
            totals = Some([of_query, total(scene, reference, &logs)?]);
            input.matrix
        }
        _ => input.matrix,
    };
    let corrected = theirs.state == State::Corrected;
    if corrected {
        scene.note(Diagnostic::note(
            "the components of the reference are of corrected values; the query is not corrected",
        ));
    }
    Ok(Prepared {
        data,
        query: ours,
        // What a regression leaves has lost the means of the genes.
        reference: if corrected { logs } else { theirs },
        scaling,
        shape,
        totals,
    })
}

/// The layer that the components of the reference were found in; `None` for X.
fn layer_of(scene: &Scene, reference: &Dataset) -> Outcome<Option<String>> {
    let key = reference.key_of(Place::Obsm, "X_pca");
    let made = key.and_then(|key| reference.stamp(&SlotName::new(Place::Obsm, key)));
    let mut from = made.iter().flat_map(|stamp| &stamp.from);
    let matrix = from.find(|(name, _)| matches!(name.place, Place::X | Place::Layers));
    if let Some((name, version)) = matrix {
        let is_it = |matrix: &Matrix| matrix.stamp.version == *version;
        if reference.matrix(name).is_some_and(is_it) {
            return Ok((name.place == Place::Layers).then(|| name.key.clone()));
        }
        // X has gone on, and what it was may be kept.
        let kept = reference.layers.iter().find(|(_, layer)| is_it(layer));
        return match kept {
            Some((key, _)) => Ok(Some(key.clone())),
            None => Err(outdated(scene, name)),
        };
    }
    // Made elsewhere: scanpy's record says so.
    Ok(match scene.known_record(reference, "pca")? {
        Known::Value(uns) => match uns.get("params/layer") {
            Some(Uns::Text(layer)) => Some(layer.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn outdated(scene: &Scene, name: &SlotName) -> Box<Diagnostic> {
    let headline = format!("the components of the reference are older than its {name}");
    let label = format!("what they were made of is no longer in {name}");
    scene
        .error("reference", code::WRONG_STATE, headline, label)
        .help("run `pca` and `neighbors` on the reference again")
}

/// A query that was processed as the reference was is projected as it is.
fn as_it_is(query: &Dataset, x: &Matrix, theirs: Matrix) -> Prepared {
    Prepared {
        data: query.clone(),
        query: x.clone(),
        reference: theirs,
        scaling: None,
        shape: None,
        totals: None,
    }
}

/// Whether values of this state are made of all cells together, or of other things than log values.
fn is_beyond(state: State) -> bool {
    matches!(
        state,
        State::Residuals | State::LogRatios | State::Transformed | State::Smoothed
    )
}

fn unreachable_state(scene: &Scene, theirs: State, ours: State) -> Box<Diagnostic> {
    let (of, holds) = (theirs.values(), ours.values());
    let headline = format!("the components of the reference are of {of}; the query holds {holds}");
    scene
        .error("reference", code::WRONG_STATE, headline, format!("X holds {of}"))
        .help("process the query as the reference was, or run `pca` and `neighbors` on log values of the reference")
}

/// The total of the reference's cells, from its log values of all genes: raw's, or else X's.
fn known_total(scene: &Scene, reference: &Dataset, logs: &Matrix) -> Outcome<Lazy> {
    let mut found = Vec::new();
    if let Some(raw) = reference
        .raw
        .as_ref()
        .filter(|raw| raw.x.state == State::Log)
    {
        found.push(total(scene, &raw.as_dataset(reference), &raw.x)?);
    }
    if matches!(logs.state, State::Log | State::Unknown) {
        found.push(total(scene, reference, logs)?);
    }
    let origin = scene.origin_of("reference");
    let known = scene.step(found, Private::new(), move |totals: Vec<Value>, _| {
        let mut numbers = totals.iter().filter_map(|total| total.numbers()?.first().copied());
        let known = numbers.find(|total| total.is_finite());
        known.map(|total| vec![total]).ok_or_else(|| {
            let headline = "the total that the reference's cells were normalized to is unknown";
            let said = Diagnostic::error(code::WRONG_STATE, headline).at(&origin);
            let help = "its log values lack genes, or are not in the file: process the query as the reference was, as in normalize query target=1e4; log1p query";
            said.help(help).into()
        })
    });
    let known: Promised<Vec<f64>> = known;
    Ok(known.lazy().clone())
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

/// How the reference was scaled: as its last step has it, or as its var and its record tell. What
/// another program scaled has no record; its values tell.
fn scaling(
    scene: &Scene,
    reference: &Dataset,
    matrix: &Matrix,
) -> Outcome<(Scaling, Option<Promised<Scaled>>)> {
    if let Some((_, scaling)) = scene.unscaled(reference, matrix) {
        return Ok((scaling, None));
    }
    let column = |key| scene.value(reference, Place::Var, key);
    let of_this = ["mean", "std"].into_iter().all(|key| {
        let made = reference.stamp(&SlotName::new(Place::Var, key));
        made.is_some_and(|made| {
            let mut from = made.from.iter();
            made.from.is_empty() || from.any(|(_, version)| *version == matrix.stamp.version)
        })
    });
    if !of_this {
        return Err(scene
            .error(
                "reference",
                code::WRONG_STATE,
                "the values of the reference are scaled, and the scaling is unknown",
                "lacks their var.mean and var.std",
            )
            .help("run `pca` on its log values, or `scale` and `pca` in sca"));
    }
    let scaled = matrix.scaled;
    let shape = match scaled {
        Some(_) => None,
        None => Some(shape_of(scene, reference, matrix)),
    };
    let scaling = Scaling {
        mean: column("mean")?,
        sd: column("std")?,
        zero_center: scaled.is_none_or(|scaled| scaled.zero_center),
        max_value: scaled.and_then(|scaled| scaled.max_value),
    };
    Ok((scaling, shape))
}

/// Whether scaled values were centered and clipped, as they tell: only centered ones are below zero,
/// and genes share their largest value, or it is a whole number, where they were clipped to it.
fn shape_of(scene: &Scene, reference: &Dataset, matrix: &Matrix) -> Promised<Scaled> {
    let view = scene.view(reference, matrix);
    scene.fold(view, (), Private::new(), |_, ()| {
        Ok(Folding {
            new: Extremes::default,
            add: |extremes: &mut Extremes, rows: RowsView, _: &[u32], _: &Ticker| {
                for row in rows.outer_iterator() {
                    for (gene, &x) in row.iter() {
                        extremes.add(x, gene);
                    }
                }
                Ok(())
            },
            merge: Extremes::merge,
            finish: |extremes: Extremes, _: &Ticker| Ok(extremes.scaled()),
            partial_bytes: 64,
        }
        .here_in_any_order())
    })
}

/// The largest of all values, and whether several genes have it.
#[derive(Default)]
struct Extremes {
    below_zero: bool,
    largest: Option<(f32, usize)>,
    shared: bool,
}

impl Extremes {
    fn add(&mut self, x: f32, gene: usize) {
        self.below_zero |= x < 0.0;
        match self.largest {
            Some((largest, of)) if x == largest => self.shared |= of != gene,
            Some((largest, _)) if x < largest || x.is_nan() => {}
            _ => (self.largest, self.shared) = (Some((x, gene)), false),
        }
    }

    fn merge(&mut self, next: Extremes) {
        self.below_zero |= next.below_zero;
        if let Some((x, gene)) = next.largest {
            self.add(x, gene);
            self.shared |= next.shared && self.largest.is_some_and(|(largest, _)| largest == x);
        }
    }

    fn scaled(&self) -> Scaled {
        let clipped = |x: f32| x > 0.0 && (self.shared || x.fract() == 0.0);
        let largest = self.largest.map(|(x, _)| x).filter(|&x| clipped(x));
        Scaled {
            zero_center: self.below_zero,
            max_value: largest.map(f64::from),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_tell_how_they_were_scaled() {
        let scaled = |values: &[&[f32]]| {
            let mut parts = values.iter().map(|row| {
                let mut extremes = Extremes::default();
                let genes = row.iter().enumerate();
                genes.for_each(|(gene, &x)| extremes.add(x, gene));
                extremes
            });
            let mut all = parts.next().unwrap_or_default();
            parts.for_each(|part| all.merge(part));
            all.scaled()
        };
        let of = |zero_center, max_value| Scaled {
            zero_center,
            max_value,
        };
        assert_eq!(scaled(&[&[-1.0, 2.3], &[0.5, 1.0]]), of(true, None));
        assert_eq!(scaled(&[&[-1.0, 2.5], &[2.5, 1.0]]), of(true, Some(2.5)));
        assert_eq!(scaled(&[&[0.1, 2.5], &[0.0, 2.5]]), of(false, None));
        assert_eq!(scaled(&[&[-1.0, 10.0], &[0.0, 0.1]]), of(true, Some(10.0)));
        assert_eq!(scaled(&[&[2.5, 2.5], &[0.0, 3.7]]), of(false, None));
        assert_eq!(scaled(&[]), of(false, None));
    }
}
