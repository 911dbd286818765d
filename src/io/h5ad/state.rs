//! What the numbers of a matrix are, from what the file says and from a sample of them.
//!
//! Our own record, `uns/sca/state`, is believed. Else whole numbers of at least zero are counts;
//! scanpy leaves `uns/log1p` when it took the logarithm of X.

use crate::data::{Blocks, Dataset, FileError, SlotName, State, Uns};
use crate::io::stored::Object;
use indexmap::IndexMap;

/// The states of a dataset's matrices, to be written as `uns/sca/state`. `raw.X` is that of raw.
pub fn record(dataset: &Dataset) -> Uns {
    let x = dataset
        .x
        .iter()
        .map(|x| (SlotName::x().to_string(), x.state));
    let layers = dataset.layers.iter();
    let layers = layers.map(|(key, layer)| (format!("layers.{key}"), layer.state));
    let raw = dataset.raw.iter().map(|raw| (RAW.to_owned(), raw.x.state));
    let states = x.chain(layers).chain(raw);
    Uns::Map(
        states
            .map(|(name, state)| (name, state.word().into()))
            .collect(),
    )
}

/// The name of raw's matrix in the record.
pub const RAW: &str = "raw.X";

/// What a file says about the states of its matrices.
#[derive(Debug, Default)]
pub struct States {
    recorded: IndexMap<String, State>,
    log1p: bool,
}

impl States {
    pub fn of(uns: Option<&Object>) -> Result<Self, FileError> {
        let mut states = States::default();
        let Some(uns) = uns else {
            return Ok(states);
        };
        states.log1p = uns.child("log1p")?.is_some();
        let record = uns.child("sca")?.map(|sca| sca.child("state"));
        if let Some(Uns::Map(map)) = match record.transpose()?.flatten() {
            Some(record) => Some(super::uns::read(&record)?),
            None => None,
        } {
            let entries = map.into_iter().filter_map(|(name, value)| match value {
                Uns::Text(word) => Some((name, State::from_word(&word)?)),
                _ => None,
            });
            states.recorded = entries.collect();
        }
        Ok(states)
    }

    /// The state of a matrix, by its name in the record.
    pub fn state(&self, name: &str, blocks: &dyn Blocks) -> Result<State, FileError> {
        if let Some(state) = self.recorded.get(name) {
            return Ok(*state);
        }
        let sample = blocks.sample()?;
        let is_counts = crate::io::is_counts(&sample);
        let of_x = name == "X" || name == RAW;
        Ok(if is_counts && !sample.is_empty() {
            State::Counts
        } else if sample.is_empty() {
            if name == "layers.counts" {
                State::Counts
            } else {
                State::Unknown
            }
        } else if of_x && self.log1p {
            // Centered afterwards, if there are values below zero.
            match sample.iter().any(|&value| value < 0.0) {
                true => State::Scaled,
                false => State::Log,
            }
        } else {
            State::Unknown
        })
    }
}
