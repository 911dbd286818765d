//! Formulas such as `~ condition + donor`, and the design matrix of a linear model.

use crate::command::{NamedGroups, Scene};
use crate::data::{Column, Dataset, Lazy, Place};
use crate::diagnostic::{Diagnostic, Outcome};
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
    /// Effects of the term that is tested.
    pub tested: Vec<usize>,
}

/// The terms of a formula.
pub fn formula(scene: &Scene, data: &Dataset, text: &str) -> Outcome<Vec<Term>> {
    let wrong = |label: &str| {
        scene
            .error("formula", "E063", format!("`{text}` is no formula"), label)
            .help("formula=\"~ condition + donor\"")
    };
    let right = text.trim();
    let right = right
        .strip_prefix('~')
        .ok_or_else(|| wrong("begins with ~"))?;
    let names: Vec<&str> = right.split('+').map(str::trim).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(wrong("wants columns of obs with + between them"));
    }
    names
        .into_iter()
        .map(|name| {
            if !data.obs.contains_key(name) {
                let known = data.obs.keys();
                return Err(scene
                    .error(
                        "formula",
                        "E032",
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
    for (i, (term, column)) in terms.iter().zip(columns).enumerate() {
        let before = effects.len();
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
        if i == test {
            tested = (before..effects.len()).collect();
        }
    }
    if values.iter().flatten().any(|x| x.is_nan()) {
        return Err(
            Diagnostic::error("E303", "a column of the formula has missing numbers")
                .at(origin)
                .into(),
        );
    }
    Ok(Design {
        matrix: Array2::from_shape_fn((n, values.len()), |(i, j)| values[j][i]),
        effects,
        tested,
    })
}

/// Which samples are of each level but the reference.
fn levels(
    column: &Column,
    name: &str,
    reference: Option<&NamedGroups>,
    origin: &Origin,
) -> Result<Vec<(String, Vec<f64>)>, Fault> {
    let said = |text: String, help: String| {
        Fault::Said(Diagnostic::error("E305", text).at(origin).help(help))
    };
    let category = column.to_category();
    if category.codes.contains(&-1) {
        let text = format!("some samples have no obs.{name}");
        return Err(said(text, "leave them out first".into()));
    }
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
