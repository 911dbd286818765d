//! Where commands that count look: `X` while it holds counts, else the counts that are known.

use crate::command::Scene;
use crate::command::input_matrix::InputMatrix;
use crate::data::{About, Asked, Dataset, Matrix, State};
use crate::diagnostic::{Outcome, code};

/// The layer that was asked for; else `X`, if it holds counts; else counts that were kept, as
/// `normalize` keeps layers.counts.
///
/// # Errors
/// What is there is known to be something else.
pub fn counts(scene: &Scene, data: &Dataset, layer: Option<&str>) -> Outcome<Matrix> {
    let input = scene.input_matrix(data, Asked::layer(layer), About::Counts)?;
    Ok(checked(scene, input)?.matrix)
}

/// The same, if it may be counts. A declared need of counts has said so before, with a way out.
pub fn checked(scene: &Scene, input: InputMatrix) -> Outcome<InputMatrix> {
    if matches!(input.matrix.state, State::Counts | State::Unknown) {
        return Ok(input);
    }
    let what = input.matrix.state.values();
    let headline = format!("{} holds {what}, not counts", input.chosen);
    Err(scene
        .error("layer", code::WRONG_STATE, headline, "needs counts")
        .help("name the layer with counts, as in layer=\"counts\""))
}
