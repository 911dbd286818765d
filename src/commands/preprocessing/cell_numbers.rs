//! Columns of obs as numbers that a fit can use: numbers as they are, a category as one column
//! of 0 and 1 for each level but the first. A fit whose answer the columns leave open is refused
//! here, before the values of any gene are read.

use crate::command::Scene;
use crate::commands::inputs::groups::{Groups, in_use};
use crate::commands::inputs::missing;
use crate::data::{Column, Dataset, Lazy, Place, Promise, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::linalg::covariates::Covariates;
use crate::plan::Fault;
use crate::source::Origin;
use std::sync::Arc;

/// What a fit explains genes by.
struct Explaining {
    covariates: Arc<Covariates>,
    /// Columns of obs that are the same in all cells.
    constant: Vec<String>,
}

/// What the columns must be told from, and what to type where they cannot.
pub struct Model {
    pub keys: Vec<String>,
    /// A column of batches whose effects are fitted beside them.
    pub batch: Option<String>,
    /// The statement without a column: the others are given.
    pub without: fn(batch: &str, others: &[String]) -> String,
}

/// The columns as [`Covariates`], read by [`covariates`]; `batches` are those of the model's batch.
/// Refused are columns with cells that have no value, and those that follow from the others.
pub fn promised(
    scene: &Scene,
    data: &Dataset,
    model: Model,
    batches: Option<Lazy>,
) -> Outcome<Lazy> {
    let values = model.keys.iter();
    let values = values.map(|key| scene.value(data, Place::Obs, key));
    let mut needs = values.collect::<Outcome<Vec<Lazy>>>()?;
    needs.extend(batches);
    let origin = scene.origin();
    let remark = |_: &[Value], made: &[Value]| {
        let found = made[0].inner::<Explaining>()?;
        let are = match &found.constant[..] {
            [] => return None,
            [one] => format!("obs.{one} is the same in all cells and explains nothing"),
            many => format!(
                "obs.{} are the same in all cells and explain nothing",
                many.join(", obs.")
            ),
        };
        Some(Diagnostic::note(are))
    };
    let make = move |needs: &[Value], _: &_| {
        let found = explaining(needs, &model, &origin)?;
        Ok(vec![Value::Inner(Arc::new(found))])
    };
    let mut values = scene.whole_with_remark(needs, &[Promise::Unknown], remark, make);
    Ok(values.remove(0))
}

/// From the value of [`promised`].
pub fn covariates(value: &Value) -> Arc<Covariates> {
    match value.inner::<Explaining>() {
        Some(found) => Arc::clone(&found.covariates),
        None => unreachable!("covariates are of one type"),
    }
}

fn explaining(needs: &[Value], model: &Model, origin: &Origin) -> Result<Explaining, Fault> {
    let (columns, batches) = needs.split_at(model.keys.len());
    let batches = batches.first().and_then(|value| value.inner::<Groups>());
    let (mut found, mut key_of) = (Vec::new(), Vec::new());
    let mut n_cells = batches.as_ref().map_or(0, |batches| batches.codes.len());
    for (place, (value, key)) in columns.iter().zip(&model.keys).enumerate() {
        let Some(column) = value.column() else {
            let text = format!("obs.{key} is not a column");
            return Err(Diagnostic::error("E301", text).at(origin).into());
        };
        n_cells = column.len();
        let numbers = numbers(column, key, origin)?;
        key_of.extend(numbers.iter().map(|_| place));
        found.extend(numbers);
    }
    let covariates = Covariates::new(n_cells, &found);
    let groups = batches.as_deref().map(|batches| &batches.codes[..]);
    if let Some(column) = covariates.confounded(groups) {
        return Err(confounded(model, key_of[column], origin));
    }
    let varies = |place: usize| {
        let mut own = key_of.iter().zip(covariates.columns());
        own.any(|(&of, column)| of == place && column.iter().any(|&x| x != 0.0))
    };
    let places = 0..model.keys.len();
    let constant = places.filter(|&place| !varies(place));
    Ok(Explaining {
        constant: constant.map(|place| model.keys[place].clone()).collect(),
        covariates: Arc::new(covariates),
    })
}

/// One vector for a column of numbers, one for each level but the first of a category, by cell.
fn numbers(column: &Column, key: &str, origin: &Origin) -> Result<Vec<Vec<f64>>, Fault> {
    missing::refuse(missing::missing_in(column), column.len(), key, origin)?;
    match column {
        Column::Number(numbers) => {
            if numbers.values.iter().any(|x| x.is_infinite()) {
                let said = Diagnostic::error("E303", format!("obs.{key} has infinite values"));
                let help = format!("leave such cells out: filter adata (abs({key}) < 1e300)");
                return Err(said.at(origin).help(help).into());
            }
            Ok(vec![numbers.values.clone()])
        }
        Column::Truth(truths) => Ok(vec![truths.iter().map(|&t| f64::from(t)).collect()]),
        other => {
            let groups = in_use(&other.to_category());
            let level = |level: u32| {
                let codes = groups.codes.iter();
                codes.map(|&code| f64::from(code == level)).collect()
            };
            Ok((1..groups.levels.len() as u32).map(level).collect())
        }
    }
}

/// A column that follows from the batches and the columns before it.
fn confounded(model: &Model, place: usize, origin: &Origin) -> Fault {
    let key = &model.keys[place];
    let before = model.batch.iter().chain(&model.keys[..place]);
    let before: Vec<String> = before.map(|key| format!("obs.{key}")).collect();
    let before = match &before[..] {
        [] => "itself".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let headline = format!("obs.{key} is confounded with {before}");
    let mut others = model.keys.clone();
    others.remove(place);
    let batch = model.batch.as_deref().unwrap_or_default();
    let help = format!(
        "their effects cannot be separated; leave it out: {}",
        (model.without)(batch, &others)
    );
    Fault::Said(Diagnostic::error("E306", headline).at(origin).help(help))
}
