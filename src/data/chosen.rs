//! Which matrix of a dataset a command uses: the one that is named; else X; or, if X holds something
//! else than the command needs, the log values or counts that were kept.

use super::dataset::Dataset;
use super::genes_of_raw::shared;
use super::matrix::{Matrix, State};
use super::slot::{Place, SlotName};
use std::fmt;

/// What a statement says of the matrix that it is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// A key of layers; `X` is X itself, whatever it holds.
    pub layer: Option<&'a str>,
    pub raw: bool,
    /// Whether the command can look at raw, which has genes of its own.
    pub may_raw: bool,
}

impl<'a> Asked<'a> {
    pub fn layer(layer: Option<&'a str>) -> Self {
        Asked {
            layer,
            ..Asked::default()
        }
    }

    /// Whether a matrix was named.
    pub fn is_named(&self) -> bool {
        self.raw || self.layer.is_some()
    }
}

/// What a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// X, whatever it holds.
    Given,
    /// Log values, as far as they are known.
    Logs,
    /// Counts, as far as they are known.
    Counts,
}

/// A matrix of a dataset, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    X,
    Layer(String),
    /// Raw with its own genes.
    Raw,
    /// What raw holds for the genes of the dataset.
    OfRaw,
}

impl Chosen {
    pub fn of(data: &Dataset, asked: Asked, about: About) -> Chosen {
        match asked.layer {
            _ if asked.raw => Chosen::Raw,
            Some("X") if !data.layers.contains_key("X") => Chosen::X,
            Some(layer) => Chosen::Layer(layer.to_owned()),
            None => match about {
                About::Given => Chosen::X,
                About::Logs => logs(data, asked.may_raw),
                About::Counts => counts(data, asked.may_raw),
            },
        }
    }

    /// The matrix, if it is known.
    pub fn matrix<'d>(&self, data: &'d Dataset) -> Option<&'d Matrix> {
        match self {
            Chosen::X => data.x.as_ref(),
            Chosen::Layer(key) => data.layers.get(key),
            Chosen::Raw => data.raw.as_ref().map(|raw| &raw.x),
            Chosen::OfRaw => shared(data),
        }
    }

    pub fn state(&self, data: &Dataset) -> Option<State> {
        self.matrix(data).map(|matrix| matrix.state)
    }

    pub fn slot(&self) -> SlotName {
        match self {
            Chosen::X => SlotName::x(),
            Chosen::Layer(key) => SlotName::new(Place::Layers, key.clone()),
            Chosen::Raw | Chosen::OfRaw => SlotName::raw(),
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Chosen::X => f.write_str("X"),
            Chosen::Layer(key) => write!(f, "layers.{key}"),
            Chosen::Raw | Chosen::OfRaw => f.write_str("raw"),
        }
    }
}

/// A layer in some state; of several, one that a step has kept.
fn layer_in(data: &Dataset, state: State, kept: &[&str]) -> Option<Chosen> {
    let holds = |key: &str| data.layers.get(key).is_some_and(|it| it.state == state);
    let key = kept.iter().copied().find(|key| holds(key));
    let any = || {
        data.layers
            .keys()
            .map(String::as_str)
            .find(|key| holds(key))
    };
    key.or_else(any).map(|key| Chosen::Layer(key.to_owned()))
}

/// Raw, if it is in a state: with its own genes for who may look at these, else with those of the
/// dataset.
fn raw_in(data: &Dataset, state: State, may_raw: bool) -> Option<Chosen> {
    let raw = data.raw.as_ref()?;
    if raw.x.state != state {
        return None;
    }
    if may_raw {
        return Some(Chosen::Raw);
    }
    shared(data).map(|_| Chosen::OfRaw)
}

/// What `scale` and `regress` keep, and `combat`; after these, their names where a layer of the
/// file has the first.
const KEPT_LOGS: [&str; 4] = ["log", "uncorrected", "log_of_X", "uncorrected_of_X"];

/// What `normalize` keeps.
const KEPT_COUNTS: [&str; 2] = ["counts", "counts_of_X"];

fn logs(data: &Dataset, may_raw: bool) -> Chosen {
    if data.x.as_ref().is_none_or(|x| !x.state.is_past_log()) {
        return Chosen::X;
    }
    let layer = layer_in(data, State::Log, &KEPT_LOGS);
    layer
        .or_else(|| raw_in(data, State::Log, may_raw))
        .unwrap_or(Chosen::X)
}

fn counts(data: &Dataset, may_raw: bool) -> Chosen {
    let state = data.x.as_ref().map(|x| x.state);
    if state == Some(State::Counts) {
        return Chosen::X;
    }
    // Counts that were corrected, of ambient RNA say, are fractions.
    let named = data.layers.get("counts");
    let named = named.is_some_and(|it| it.state == State::Unknown);
    match layer_in(data, State::Counts, &KEPT_COUNTS) {
        Some(layer) => layer,
        None if state == Some(State::Unknown) => Chosen::X,
        None if named => Chosen::Layer("counts".to_owned()),
        None => raw_in(data, State::Counts, may_raw).unwrap_or(Chosen::X),
    }
}
