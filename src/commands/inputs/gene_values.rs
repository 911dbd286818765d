//! Which values of genes a command looks at: those of X, of a layer, or of raw, which has genes
//! of its own.

use crate::command::Scene;
use crate::command::input_matrix::InputMatrix;
use crate::command::params::{Flag, LayerKey};
use crate::data::{About, Asked, Dataset, State};
use crate::diagnostic::Outcome;
use crate::params;

params! {
    /// Which values are looked at.
    #[derive(Debug, Clone)]
    GeneValues {
        /// Layer to use instead of X; layer=X uses X itself, also after `scale`.
        layer: Option<LayerKey>,
        /// Use values and genes of raw instead of X.
        #[also("use_raw")]
        raw: Flag = false,
    }
}

impl GeneValues {
    fn asked(&self) -> Asked<'_> {
        Asked {
            layer: self.layer.as_deref(),
            raw: self.raw.0,
            may_raw: true,
        }
    }

    /// Whether a matrix was named.
    pub fn is_named(&self) -> bool {
        self.asked().is_named()
    }

    /// The matrix that was named; else log values, as far as they are known.
    pub fn logs(&self, scene: &Scene, data: &Dataset) -> Outcome<InputMatrix> {
        scene.input_matrix(data, self.asked(), About::Logs)
    }

    /// The matrix that was named; else X as it is.
    pub fn given(&self, scene: &Scene, data: &Dataset) -> Outcome<InputMatrix> {
        scene.input_matrix(data, self.asked(), About::Given)
    }

    /// The matrix that was named; else counts, as far as they are known.
    pub fn counts(&self, scene: &Scene, data: &Dataset) -> Outcome<InputMatrix> {
        let input = scene.input_matrix(data, self.asked(), About::Counts)?;
        super::counts::checked(scene, input)
    }
}

/// What a label in a figure says of values that are neither counts nor their logarithms.
pub fn label_of(state: State) -> Option<&'static str> {
    state.is_past_log().then(|| match state {
        State::Transformed => "square root",
        state => state.word(),
    })
}

/// A name with what its values are, where they are not what a reader expects: `CD3D (scaled)`.
pub fn labeled(name: &str, state: State) -> String {
    match label_of(state) {
        Some(word) => format!("{name} ({word})"),
        None => name.to_owned(),
    }
}
