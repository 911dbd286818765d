//! The matrix that a command reads: X, a layer, raw with genes of its own, or the log values or counts
//! that were kept where X holds something else.

use super::scene::Scene;
use crate::data::matrix::{Scaling, Sound};
use crate::data::{
    About, Asked, Chosen, Dataset, Lazy, Matrix, Place, Slot, SlotName, Stamp, State,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan;
use std::sync::Arc;

/// A matrix, and the dataset with its cells and genes.
pub struct InputMatrix {
    pub matrix: Matrix,
    /// The dataset itself, or raw as one.
    pub data: Dataset,
    pub chosen: Chosen,
}

impl InputMatrix {
    /// The slot of the matrix, as the source of results.
    pub fn from(&self) -> Vec<SlotName> {
        vec![self.chosen.slot()]
    }
}

impl Scene<'_> {
    /// `X`, or the layer that was named. Folds over it refuse impossible values.
    pub fn matrix(&self, data: &Dataset, layer: Option<&str>) -> Outcome<Matrix> {
        let input = self.input_matrix(data, Asked::layer(layer), About::Given)?;
        Ok(input.matrix)
    }

    /// The matrix that was named, or the one that suits the command.
    pub fn input_matrix(&self, data: &Dataset, asked: Asked, about: About) -> Outcome<InputMatrix> {
        let chosen = Chosen::of(data, asked, about);
        let matrix = chosen.matrix(data).cloned();
        let matrix = matrix.ok_or_else(|| self.nothing_there(data, &chosen))?;
        // A layer of smoothed values may be older than its graph.
        if let Chosen::Layer(key) = &chosen {
            self.note_older(data, SlotName::new(Place::Layers, key));
        }
        let slot = match &chosen {
            Chosen::Raw | Chosen::OfRaw => "raw.X".to_owned(),
            chosen => chosen.to_string(),
        };
        let data = match (&chosen, &data.raw) {
            (Chosen::Raw, Some(raw)) => raw.as_dataset(data),
            _ => data.clone(),
        };
        Ok(InputMatrix {
            matrix: self.sound(&data, matrix, slot),
            data,
            chosen,
        })
    }

    /// The matrix before it was scaled, and how: means and deviations of the dataset's genes.
    pub fn unscaled(&self, data: &Dataset, matrix: &Matrix) -> Option<(Matrix, Scaling)> {
        let rows = matrix.steps.last()?.genes.clone();
        let (before, scaling) = matrix.unscaled()?;
        let of_genes = |value: &Lazy| {
            let slot = Slot {
                value: value.clone(),
                rows: Some(rows.clone()),
                stamp: Stamp::original(),
            };
            plan::aligned(&slot, Some(&data.genes))
        };
        let (mean, sd) = (of_genes(&scaling.mean), of_genes(&scaling.sd));
        Some((
            before,
            Scaling {
                mean,
                sd,
                ..scaling
            },
        ))
    }

    fn sound(&self, data: &Dataset, mut matrix: Matrix, slot: String) -> Matrix {
        let signed = match matrix.state {
            State::Counts | State::Normalized => false,
            State::Unknown => self.takes_negative,
            _ => true,
        };
        // What was looked at before keeps its name: counts that were X lie in layers.counts.
        let known = matrix.sound.as_ref().map(|sound| sound.negative);
        if matrix.steps.is_empty() && known.is_none_or(|negative| negative && !signed) {
            matrix.sound = Some(Arc::new(Sound {
                what: format!("{slot} of {}", data.from),
                negative: signed,
                obs_names: data.obs_names.clone(),
                var_names: data.var_names.clone(),
            }));
        }
        matrix
    }

    fn nothing_there(&self, data: &Dataset, chosen: &Chosen) -> Box<Diagnostic> {
        let from = &data.from;
        match chosen {
            Chosen::Layer(layer) => self
                .error(
                    "layer",
                    code::NO_SUCH_SLOT,
                    format!("no layers.{layer}"),
                    "does not exist",
                )
                .help(super::suggest::listing("layers", data.layers.keys())),
            Chosen::Raw | Chosen::OfRaw => self
                .error(
                    "raw",
                    code::NO_X,
                    format!("{from} has no raw"),
                    "does not exist",
                )
                .help("leave out raw=true to use the values of X"),
            Chosen::X => {
                let error = Diagnostic::error(code::NO_X, format!("{from} has no X"))
                    .label(self.args.span, "needs gene expression values")
                    .in_source(self.source);
                match data.layers.keys().next() {
                    Some(layer) => error.help(format!("name a layer: layer={layer}")),
                    None => error,
                }
            }
        }
    }
}
