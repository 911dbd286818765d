//! Where commands that count look: `X` while it holds counts, else the counts that were kept.

use crate::command::Scene;
use crate::data::{Dataset, Matrix, State};
use crate::diagnostic::Outcome;

/// The layer that was asked for; else `layers.counts`, which `normalize` leaves behind; else `X`.
/// `who` wants them, as the error says: `scrublet`.
pub fn counts(
    scene: &Scene,
    data: &Dataset,
    layer: Option<&str>,
    param: &str,
    who: &str,
) -> Outcome<Matrix> {
    let matrix = match (layer, data.layers.get("counts")) {
        (None, Some(_)) => scene.matrix(data, Some("counts"))?,
        _ => scene.matrix(data, layer)?,
    };
    if matches!(matrix.state, State::Counts | State::Unknown) {
        return Ok(matrix);
    }
    let place = layer.map_or("X".to_owned(), |layer| format!("layers.{layer}"));
    Err(scene
        .error(
            param,
            "E102",
            format!("{who} needs counts"),
            format!("{place} is {}", matrix.state.word()),
        )
        .help("give the layer that holds them: layer=\"counts\""))
}
