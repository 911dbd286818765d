//! What the numbers of a matrix are, from what the file says and from a sample of them.
//!
//! Our own record, `uns/sca/state`, is trusted unless values contradict it. Else whole numbers of
//! at least zero are counts; scanpy leaves `uns/log1p` when it took the logarithm of X,
//! `var.mean` and `var.std` when it scaled X, and `uns/pearson_residuals_normalization`. Where X has
//! gone on, raw is where scanpy's users keep the log values: fractions in it are taken for such.

use crate::data::matrix::{LARGEST_LOG, Scaled};
use crate::data::{Blocks, Dataset, Depth, FileError, Matrix, SlotName, State, Uns};
use crate::io::judged::{is_counts, judged, may_be_logs};
use crate::io::stored::Object;
use indexmap::IndexMap;

/// What is known of a dataset's matrices, by their names, to be written in `uns/sca`: their
/// states, the bases of logarithms, the totals of cells, how they were scaled. `raw.X` is that of raw.
pub fn record(dataset: &Dataset) -> [(&'static str, Uns); 4] {
    let x = dataset.x.iter().map(|x| (SlotName::x().to_string(), x));
    let layers = dataset.layers.iter();
    let layers = layers.map(|(key, layer)| (format!("layers.{key}"), layer));
    let raw = dataset.raw.iter().map(|raw| (RAW.to_owned(), &raw.x));
    let all: Vec<(String, &Matrix)> = x.chain(layers).chain(raw).collect();
    let map = |of: &dyn Fn(&Matrix) -> Option<Uns>| {
        let entries = all.iter();
        Uns::Map(
            entries
                .filter_map(|(name, matrix)| Some((name.clone(), of(matrix)?)))
                .collect(),
        )
    };
    [
        ("state", map(&|matrix| Some(matrix.state.word().into()))),
        ("log_base", map(&|matrix| Some(matrix.log_base?.into()))),
        (
            "depth",
            map(&|matrix| Some(matrix.depth.as_ref()?.known()?.into())),
        ),
        ("scaled", map(&|matrix| Some(scaled_record(matrix.scaled?)))),
    ]
}

fn scaled_record(scaled: Scaled) -> Uns {
    let record = Uns::map().with(ZERO_CENTER, Uns::Bool(scaled.zero_center));
    match scaled.max_value {
        Some(max) => record.with(MAX_VALUE, max),
        None => record,
    }
}

/// As the parameters of `scale` are called.
const ZERO_CENTER: &str = "zero_center";
const MAX_VALUE: &str = "max_value";

/// The name of raw's matrix in the record.
pub const RAW: &str = "raw.X";

/// What a file says about its matrices.
#[derive(Debug, Default)]
pub struct States {
    recorded: IndexMap<String, State>,
    bases: IndexMap<String, f64>,
    depths: IndexMap<String, f64>,
    scalings: IndexMap<String, Scaled>,
    /// Scanpy took the logarithm of X.
    log1p: bool,
    /// Scanpy made residuals of X.
    residuals: bool,
    /// var has the mean and std that scanpy leaves when it scales X.
    pub scaled: bool,
    /// X holds what log values become.
    pub past_log: bool,
}

impl States {
    pub fn of(uns: Option<&Object>) -> Result<Self, FileError> {
        let mut states = States::default();
        let Some(uns) = uns else {
            return Ok(states);
        };
        states.log1p = uns.child("log1p")?.is_some();
        let residuals = "pearson_residuals_normalization";
        states.residuals = uns.child(residuals)?.is_some();
        let Some(sca) = uns.child("sca")? else {
            return Ok(states);
        };
        let word = |value: &Uns| match value {
            Uns::Text(word) => State::from_word(word),
            _ => None,
        };
        states.recorded = entries(&sca, "state", word)?;
        states.bases = entries(&sca, "log_base", number)?;
        states.depths = entries(&sca, "depth", number)?;
        states.scalings = entries(&sca, "scaled", scaled)?;
        Ok(states)
    }

    /// Says of a matrix what it holds, by its name in the record.
    pub fn tell(&self, name: &str, matrix: &mut Matrix) -> Result<(), FileError> {
        matrix.state = self.state(name, &*matrix.blocks)?;
        matrix.log_base = self.bases.get(name).copied();
        matrix.depth = self.depths.get(name).map(|&depth| Depth::Of(depth));
        let scaled = self.scalings.get(name).copied();
        matrix.scaled = scaled.filter(|_| matrix.state == State::Scaled);
        Ok(())
    }

    fn state(&self, name: &str, blocks: &dyn Blocks) -> Result<State, FileError> {
        let sample = blocks.sample()?;
        let below_zero = sample.iter().any(|&x| x < 0.0);
        if let Some(state) = self.recorded.get(name) {
            // Another program may have changed the values and kept the record.
            let contradicted = match state {
                State::Counts => !is_counts(&sample),
                State::Normalized => below_zero,
                State::Log => sample.iter().any(|&x| x > LARGEST_LOG),
                _ => false,
            };
            if !contradicted {
                return Ok(*state);
            }
        }
        let of_x = name == "X" || name == RAW;
        Ok(match judged(&sample, name) {
            State::Unknown if sample.is_empty() && name == "layers.counts" => State::Counts,
            State::Unknown if of_x && self.log1p && !sample.is_empty() => State::Log,
            State::Unknown if name == RAW && self.past_log && may_be_logs(&sample) => State::Log,
            State::Corrected if of_x && self.residuals => State::Residuals,
            State::Corrected if name == "X" && self.scaled => State::Scaled,
            state => state,
        })
    }
}

fn number(value: &Uns) -> Option<f64> {
    match value {
        Uns::Number(number) => Some(*number),
        Uns::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn scaled(value: &Uns) -> Option<Scaled> {
    let Some(Uns::Bool(zero_center)) = value.get(ZERO_CENTER) else {
        return None;
    };
    Some(Scaled {
        zero_center: *zero_center,
        max_value: value.get(MAX_VALUE).and_then(number),
    })
}

/// A part of sca's record: something of each matrix by its name.
fn entries<T>(
    sca: &Object,
    part: &str,
    read: impl Fn(&Uns) -> Option<T>,
) -> Result<IndexMap<String, T>, FileError> {
    let found = match sca.child(part)? {
        Some(part) => Some(super::uns::read(&part)?),
        None => None,
    };
    let Some(Uns::Map(map)) = found else {
        return Ok(IndexMap::new());
    };
    let entries = map.into_iter();
    Ok(entries
        .filter_map(|(name, value)| Some((name, read(&value)?)))
        .collect())
}
