//! Columns of obs as numbers that a fit can use: numbers as they are, a category as one column
//! of 0 and 1 for each level but the first. A fit whose answer the columns leave open is refused
//! here, before the values of any gene are read.

use crate::command::Scene;
use crate::command::suggest::spelled;
use crate::commands::inputs::groups::{Groups, in_use};
use crate::commands::inputs::missing;
use crate::data::{Column, Dataset, Lazy, Place, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::linalg::covariates::Covariates;
use crate::plan::{Fault, Private, Promised};
use crate::source::Origin;

/// What a fit explains genes by.
struct Explaining {
    covariates: Covariates,
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

/// The columns; `batches` are those of the model's batch.
/// Refused are columns with cells that have no value, and those that follow from the others.
pub fn promised(
    scene: &Scene,
    data: &Dataset,
    model: Model,
    batches: Option<Promised<Groups>>,
) -> Outcome<Promised<Covariates>> {
    let values = model.keys.iter();
    let values = values.map(|key| scene.value(data, Place::Obs, key));
    let values = values.collect::<Outcome<Vec<Lazy>>>()?;
    let origin = scene.origin();
    let constant = |constant: &[String]| {
        let are = match constant {
            [] => return None,
            [one] => format!("obs.{one} is the same in all cells and explains nothing"),
            many => format!(
                "obs.{} are the same in all cells and explain nothing",
                many.join(", obs.")
            ),
        };
        Some(Diagnostic::note(are))
    };
    let needs = (values, batches);
    Ok(
        scene.step(needs, Private::new(), move |(columns, batches), cx| {
            let found = explaining(&columns, batches.as_deref(), &model, &origin)?;
            cx.remark(constant(&found.constant));
            Ok(found.covariates)
        }),
    )
}

fn explaining(
    columns: &[Value],
    batches: Option<&Groups>,
    model: &Model,
    origin: &Origin,
) -> Result<Explaining, Fault> {
    let (mut found, mut key_of) = (Vec::new(), Vec::new());
    let mut n_cells = batches.map_or(0, |batches| batches.codes.len());
    for (place, (value, key)) in columns.iter().zip(&model.keys).enumerate() {
        let Some(column) = value.column() else {
            let text = format!("obs.{key} is not a column");
            return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, text)
                .at(origin)
                .into());
        };
        n_cells = column.len();
        let numbers = numbers(column, key, origin)?;
        key_of.extend(numbers.iter().map(|_| place));
        found.extend(numbers);
    }
    let covariates = Covariates::new(n_cells, &found);
    let groups = batches.map(|batches| &batches.codes[..]);
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
        covariates,
    })
}

/// One vector for a column of numbers, one for each level but the first of a category, by cell.
fn numbers(column: &Column, key: &str, origin: &Origin) -> Result<Vec<Vec<f64>>, Fault> {
    missing::refuse(missing::missing_in(column), column.len(), key, origin)?;
    match column {
        Column::Number(numbers) => {
            if numbers.values.iter().any(|x| x.is_infinite()) {
                let said =
                    Diagnostic::error(code::NOT_FINITE, format!("obs.{key} has infinite values"));
                let key = spelled(key);
                let help = format!("leave such cells out: filter adata (abs({key}) < 1e300)");
                return Err(said.at(origin).help(help).into());
            }
            Ok(vec![numbers.values.clone()])
        }
        other => {
            if let Some(numbers) = other.to_numbers() {
                return Ok(vec![numbers]);
            }
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
    let mut others: Vec<String> = model.keys.iter().map(|key| spelled(key)).collect();
    others.remove(place);
    let batch = model.batch.as_deref().map(spelled).unwrap_or_default();
    let help = format!(
        "their effects cannot be separated; leave it out: {}",
        (model.without)(&batch, &others)
    );
    Fault::Reported(
        Diagnostic::error(code::CONFOUNDED, headline)
            .at(origin)
            .help(help),
    )
}
