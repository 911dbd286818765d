//! What the matrices of a file hold, as stated by the arguments of `read` if the file does not say.

use crate::command::params::Pairs;
use crate::command::{Arg, Scene, suggest};
use crate::data::{Dataset, Matrix, State};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::words;

words! {
    /// What a matrix holds.
    Holds {
        /// counts of molecules
        Counts = "counts",
        /// counts scaled to the same total in each cell
        Normalized = "normalized",
        /// logarithms of normalized counts
        Log = "log",
        /// square roots
        Transformed = "transformed",
        /// log values corrected for batches or covariates
        Corrected = "corrected",
        /// residuals of a model of counts
        Residuals = "residuals",
        /// centered log ratios
        LogRatios = "clr",
        /// each gene with mean 0 and variance 1
        Scaled = "scaled",
    }
}

impl Holds {
    fn state(self) -> State {
        match self {
            Holds::Counts => State::Counts,
            Holds::Normalized => State::Normalized,
            Holds::Log => State::Log,
            Holds::Transformed => State::Transformed,
            Holds::Corrected => State::Corrected,
            Holds::Residuals => State::Residuals,
            Holds::LogRatios => State::LogRatios,
            Holds::Scaled => State::Scaled,
        }
    }
}

/// What was said.
pub struct Stated<'s> {
    pub x: Option<Holds>,
    pub raw: Option<Holds>,
    pub layers: Option<&'s Pairs>,
    pub base: Option<f64>,
}

impl Stated<'_> {
    /// What the user says of the matrices.
    pub fn apply(&self, scene: &Scene, data: &mut Dataset) -> Outcome<()> {
        let base = self.base;
        let tell = |matrix: &mut Matrix, holds: Option<Holds>| {
            matrix.state = holds.map_or(matrix.state, Holds::state);
            if matrix.state == State::Log {
                matrix.log_base = base.or(matrix.log_base);
            }
        };
        match (&mut data.x, self.x) {
            (Some(x), holds) => tell(x, holds),
            (None, Some(_)) => return Err(absent(scene, "X", &data.from, "X")),
            (None, None) => {}
        }
        match (&mut data.raw, self.raw) {
            (Some(raw), holds) => tell(&mut raw.x, holds),
            (None, Some(_)) => return Err(absent(scene, "raw", &data.from, "raw")),
            (None, None) => {}
        }
        for (key, holds) in self.of_layers(scene)? {
            let Some(layer) = data.layers.get_mut(&key) else {
                let known = suggest::listing("layers", data.layers.keys());
                return Err(
                    absent(scene, "layers", &data.from, &format!("layers.{key}")).help(known),
                );
            };
            tell(layer, Some(holds));
        }
        Ok(())
    }

    fn of_layers(&self, scene: &Scene) -> Outcome<Vec<(String, Holds)>> {
        let wrong = || {
            scene
                .error(
                    "layers",
                    code::INVALID_VALUE,
                    "`layers` needs a record of what each layer holds",
                    "is something else",
                )
                .help("layers={lognorm: \"log\", spliced: \"counts\"}")
        };
        let given = self.layers.into_iter().flat_map(|layers| &layers.0);
        given
            .map(|(key, holds)| Ok((key.clone(), Holds::from_val(holds).ok_or_else(wrong)?)))
            .collect()
    }

    /// The same as it is typed.
    pub fn typed(&self) -> String {
        let word = |name: &str, holds: Option<Holds>| match holds {
            Some(holds) => format!(" {name}={}", holds.to_val()),
            None => String::new(),
        };
        let layers = self.layers;
        let layers = layers.map_or(String::new(), |given| format!(" layers={}", given.to_val()));
        let base = self.base;
        let base = base.map_or(String::new(), |base| format!(" base={base}"));
        format!(
            "{}{}{layers}{base}",
            word("X", self.x),
            word("raw", self.raw)
        )
    }
}

fn absent(scene: &Scene, param: &str, from: &str, what: &str) -> Box<Diagnostic> {
    scene.error(
        param,
        code::NO_X,
        format!("{from} has no {what}"),
        "does not exist",
    )
}
