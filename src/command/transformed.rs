//! The matrix that a command transforms: `X`, or the layer that was named. The result takes its place, and
//! what `X` held before stays as a layer.

use super::reply::Reply;
use super::scene::Scene;
use crate::data::{Dataset, Matrix, Place, SlotName, State};
use crate::diagnostic::Outcome;

/// What is kept of `X`, as a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// The counts, as layers.counts.
    Counts,
    /// The log values, under this name.
    Logs(&'static str),
}

/// A matrix to transform, and the dataset that gets the result.
pub struct Transformed<'l> {
    pub data: Dataset,
    pub matrix: Matrix,
    /// `None` is `X`.
    pub layer: Option<&'l str>,
}

impl<'l> Transformed<'l> {
    /// # Errors
    /// The dataset does not have the matrix.
    pub fn new(scene: &Scene, data: &Dataset, layer: Option<&'l str>) -> Outcome<Self> {
        let layer = written_layer(data, layer);
        Ok(Transformed {
            matrix: scene.matrix(data, layer)?,
            data: data.clone(),
            layer,
        })
    }

    pub fn slot(&self) -> SlotName {
        slot_of(self.layer)
    }

    /// Puts the result into the dataset.
    pub fn put(&mut self, result: Matrix, kept: Kept) {
        self.data.put_matrix(self.layer, result);
        match kept {
            Kept::Counts if self.layer.is_none() => {
                keep_counts(&mut self.data, self.matrix.clone());
            }
            Kept::Logs(key) if self.layer.is_none() => {
                keep_logs(&mut self.data, key, self.matrix.clone());
            }
            _ => {}
        }
    }

    pub fn reply(self) -> Reply {
        let slot = self.slot();
        Reply::Dataset(self.data, vec![slot])
    }
}

/// The layer that a command transforms; `None` for X, also if it is named `X`.
pub fn written_layer<'l>(data: &Dataset, layer: Option<&'l str>) -> Option<&'l str> {
    layer.filter(|key| *key != "X" || data.layers.contains_key("X"))
}

/// The slot of a layer, or of X.
pub fn slot_of(layer: Option<&str>) -> SlotName {
    match layer {
        Some(layer) => SlotName::new(Place::Layers, layer),
        None => SlotName::x(),
    }
}

/// Suffix of a kept layer where the file has a layer of that name.
const OF_X: &str = "_of_X";

/// Keeps the log values of X; values of unknown state count as such. A layer of the file is never
/// replaced: if it holds log values, these are taken for those of X.
pub fn keep_logs(data: &mut Dataset, key: &str, matrix: Matrix) {
    if !matches!(matrix.state, State::Log | State::Unknown) {
        return;
    }
    let of_file = |key: &str| data.layers.get(key).filter(|layer| layer.stamp.step == 0);
    if of_file(key).is_some_and(|layer| layer.state == State::Log) {
        return;
    }
    let mut name = key.to_owned();
    while of_file(&name).is_some() {
        name += OF_X;
    }
    let state = State::Log;
    data.layers.insert(name, Matrix { state, ..matrix });
}

/// Keeps the counts of X as layers.counts, unless the file has something else there. Normalized values
/// are not kept.
pub fn keep_counts(data: &mut Dataset, counts: Matrix) {
    if counts.state == State::Normalized {
        return;
    }
    let mut name = "counts".to_owned();
    while let Some(layer) = data.layers.get(&name) {
        if layer.state == State::Counts || layer.state == counts.state {
            return;
        }
        name += OF_X;
    }
    data.layers.insert(name, counts);
}
