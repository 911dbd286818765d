//! The record of how a file was made: `uns/sca`.

use crate::data::{Dataset, Names, Uns};
use crate::io::h5ad::{made_record, state_record};
use std::sync::Arc;

/// What each matrix holds, and the history.
pub fn record(data: &Dataset) -> Uns {
    let steps: Names = data.recorded_steps().into_iter().collect();
    let known = state_record(data).into_iter();
    let start = Uns::map().with("version", env!("CARGO_PKG_VERSION"));
    let stated = known.fold(start, |record, (part, of_each)| match &of_each {
        Uns::Map(map) if map.is_empty() => record,
        _ => record.with(part, of_each),
    });
    stated
        .with("made", made_record(data))
        .with("history", Uns::Texts(Arc::new(steps)))
}
