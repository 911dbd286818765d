//! Names of the values of a dataset, and the versions of them.

use super::axis::{Axis, next_version};
use super::lazy::Lazy;
use std::fmt;

/// The parts of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    X,
    Layers,
    Obs,
    Var,
    Obsm,
    Varm,
    Obsp,
    Varp,
    Uns,
}

impl Place {
    /// As it is written in the language and in the file.
    pub fn word(self) -> &'static str {
        match self {
            Place::X => "X",
            Place::Layers => "layers",
            Place::Obs => "obs",
            Place::Var => "var",
            Place::Obsm => "obsm",
            Place::Varm => "varm",
            Place::Obsp => "obsp",
            Place::Varp => "varp",
            Place::Uns => "uns",
        }
    }

    pub fn from_word(word: &str) -> Option<Place> {
        use Place::*;
        [X, Layers, Obs, Var, Obsm, Varm, Obsp, Varp, Uns]
            .into_iter()
            .find(|place| place.word() == word)
    }
}

/// `obsm.X_pca`, `obs.leiden`, `X`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotName {
    pub place: Place,
    /// Empty for `X`; the matrix of raw is in the place of X, too.
    pub key: String,
}

impl SlotName {
    pub fn new(place: Place, key: impl Into<String>) -> Self {
        SlotName {
            place,
            key: key.into(),
        }
    }

    pub fn x() -> Self {
        SlotName::new(Place::X, "")
    }

    /// The matrix of raw, as what results were made of.
    pub fn raw() -> Self {
        SlotName::new(Place::X, RAW)
    }

    pub(super) fn is_raw(&self) -> bool {
        self.place == Place::X && self.key == RAW
    }

    /// The cells themselves, as what a summary over cells was made of.
    pub fn cells() -> Self {
        SlotName::new(Place::Obs, AXIS)
    }

    /// The genes themselves.
    pub fn genes() -> Self {
        SlotName::new(Place::Var, AXIS)
    }

    /// Whether it names the cells or the genes.
    pub fn is_axis(&self) -> bool {
        self.key == AXIS
    }

    /// The name that [`Display`](fmt::Display) writes.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "cells" => Some(SlotName::cells()),
            "genes" => Some(SlotName::genes()),
            RAW => Some(SlotName::raw()),
            text => {
                let (place, key) = text.split_once('.').unwrap_or((text, ""));
                Some(SlotName::new(Place::from_word(place)?, key))
            }
        }
    }
}

/// A key that no column has: h5py and zarr refuse it.
const AXIS: &str = "\0";
const RAW: &str = "raw";

impl fmt::Display for SlotName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.place {
            Place::X if self.is_raw() => f.write_str(RAW),
            Place::X => f.write_str("X"),
            Place::Obs if self.is_axis() => f.write_str("cells"),
            Place::Var if self.is_axis() => f.write_str("genes"),
            place => write!(f, "{}.{}", place.word(), self.key),
        }
    }
}

/// The version of a slot, and the versions of other slots that it was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// Unique in the process; 0 is what came with the file.
    pub version: u64,
    /// The step of the dataset's history that made it; 0 for what was read.
    pub step: usize,
    /// The step of an earlier session that made what was read, counted from 1 in the history that the
    /// file has recorded; 0 if none is known.
    pub recorded: usize,
    pub from: Vec<(SlotName, u64)>,
}

impl Stamp {
    /// Of what came with the file.
    pub fn original() -> Self {
        Stamp {
            version: 0,
            step: 0,
            recorded: 0,
            from: Vec::new(),
        }
    }

    /// Of a matrix as its source has it. Each is a making of its own: X that is kept as a layer is
    /// told from the layers of the file.
    pub fn first() -> Self {
        Stamp::new(0, Vec::new())
    }

    pub fn new(step: usize, from: Vec<(SlotName, u64)>) -> Self {
        Stamp {
            version: next_version(),
            step,
            recorded: 0,
            from,
        }
    }
}

/// A value of a dataset, with the axes it was made on.
///
/// `rows` is the axis along the first dimension (cells for `obs`, `obsm`, `obsp`; genes for
/// `var`, `varm`, `varp`); `obsp` and `varp` have it along both. `uns` has none.
#[derive(Debug, Clone)]
pub struct Slot {
    pub value: Lazy,
    pub rows: Option<Axis>,
    pub stamp: Stamp,
}
