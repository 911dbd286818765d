//! Formulas such as `~ condition + donor`, and the design matrix of a linear model.

use crate::command::suggest::spelled;
use crate::command::{NamedGroups, Scene};
use crate::commands::inputs::missing::missing_in;
use crate::data::{Column, Dataset, Lazy, Place};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::Fault;
use crate::source::Origin;
use ndarray::Array2;
use std::sync::Arc;

/// A column of obs in a formula.
pub struct Term {
    pub name: String,
    pub value: Lazy,
}

/// Samples × effects, and what the effects are.
pub struct Design {
    pub matrix: Array2<f64>,
    /// The intercept, then levels and columns of numbers.
    pub effects: Vec<String>,
    /// The place of the term that each comes from; none for the intercept.
    pub term_of: Vec<Option<usize>>,
    /// Effects of the term that is tested.
    pub tested: Vec<usize>,
}

/// The terms of a formula.
pub fn formula(scene: &Scene, data: &Dataset, text: &str) -> Outcome<Vec<Term>> {
    let wrong = |label: &str| {
        scene
            .error(
                "formula",
                code::INVALID_VALUE,
                format!("`{text}` is not a formula"),
                label,
            )
            .help("formula=\"~ condition + donor\"")
    };
    let right = text.trim();
    let right = right
        .strip_prefix('~')
        .ok_or_else(|| instead_of_formula(data, right, wrong("must begin with ~")))?;
    let names: Vec<&str> = right.split('+').map(str::trim).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(wrong("needs columns of obs joined by +"));
    }
    names
        .into_iter()
        .map(|name| {
            if !data.obs.contains_key(name) {
                let known = data.obs.keys();
                return Err(scene
                    .error(
                        "formula",
                        code::NO_SUCH_COLUMN,
                        format!("no column `{name}`"),
                        "is not in obs",
                    )
                    .help(crate::command::suggest::nearest_or_list(name, known, "obs")));
            }
            Ok(Term {
                name: name.to_owned(),
                value: scene.value(data, Place::Obs, name)?,
            })
        })
        .collect()
}

/// The error of a column in place of a formula: of samples it is the formula's, of cells the groups of `markers`.
fn instead_of_formula(data: &Dataset, typed: &str, error: Box<Diagnostic>) -> Box<Diagnostic> {
    let word = typed.trim_matches(['"', '\'']);
    match (
        data.obs.contains_key(word),
        data.obs.contains_key("n_cells"),
    ) {
        (false, _) => error,
        (true, false) => error.help(format!("markers adata by={word}")),
        (true, true) => error.help(format!("de adata formula=\"~ {word}\"")),
    }
}

/// The design of some terms, the first level of each category left out; of the tested term,
/// `reference` in its stead.
pub fn model(
    terms: &[Term],
    columns: &[Arc<Column>],
    test: usize,
    reference: Option<&NamedGroups>,
    origin: &Origin,
) -> Result<Design, Fault> {
    let n = columns.first().map_or(0, |column| column.len());
    let mut effects = vec!["intercept".to_owned()];
    let mut values: Vec<Vec<f64>> = vec![vec![1.0; n]];
    let mut tested = Vec::new();
    let mut term_of = vec![None];
    for (i, (term, column)) in terms.iter().zip(columns).enumerate() {
        let before = effects.len();
        without_value(column, &term.name, origin)?;
        match &**column {
            Column::Number(numbers) => {
                effects.push(term.name.clone());
                values.push(numbers.values.clone());
            }
            column => {
                let reference = reference.filter(|_| i == test);
                for (level, indicator) in levels(column, &term.name, reference, origin)? {
                    effects.push(level);
                    values.push(indicator);
                }
            }
        }
        term_of.resize(effects.len(), Some(i));
        if i == test {
            tested = (before..effects.len()).collect();
        }
    }
    Ok(Design {
        matrix: Array2::from_shape_fn((n, values.len()), |(i, j)| values[j][i]),
        effects,
        term_of,
        tested,
    })
}

/// A sample without a value in a column of the formula is refused.
fn without_value(column: &Column, name: &str, origin: &Origin) -> Result<(), Fault> {
    let missing = missing_in(column);
    if missing == 0 {
        return Ok(());
    }
    let (samples, have) = (column.len(), if missing == 1 { "has" } else { "have" });
    let text = format!("{missing} of {samples} samples {have} no value in obs.{name}");
    let said = Diagnostic::error(code::MISSING_VALUES, text).at(origin);
    let name = spelled(name);
    let help = format!("leave such samples out: bulk = bulk[not is_missing({name})]");
    Err(said.help(help).into())
}

/// Which samples are of each level but the reference.
fn levels(
    column: &Column,
    name: &str,
    reference: Option<&NamedGroups>,
    origin: &Origin,
) -> Result<Vec<(String, Vec<f64>)>, Fault> {
    let said = |text: String, help: String| {
        Fault::Reported(
            Diagnostic::error(code::GROUPS_TOO_SMALL, text)
                .at(origin)
                .help(help),
        )
    };
    let category = column.to_category();
    let groups = crate::commands::inputs::groups::in_use(&category);
    if groups.levels.len() < 2 {
        let text = format!("obs.{name} is the same in all samples");
        return Err(said(text, "leave it out of the formula".into()));
    }
    let left_out = match reference {
        None => 0,
        Some(reference) => {
            reference.check(&groups.levels)?;
            let mut places = reference.names.iter();
            (places.find_map(|name| groups.levels.position(name))).unwrap_or(0)
        }
    };
    let others = (0..groups.levels.len()).filter(|&level| level != left_out);
    Ok(others
        .map(|level| {
            let of = |&code: &u32| f64::from(u8::from(code as usize == level));
            (
                groups.levels.get(level).to_owned(),
                groups.codes.iter().map(of).collect(),
            )
        })
        .collect())
}
