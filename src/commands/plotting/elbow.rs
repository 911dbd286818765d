//! `elbow`: how much of the variance each principal component holds. Nothing marks an elbow: rules
//! that find one stop at the first components, where rare cell types are still to come.

use crate::command::params::{Count, Data, Flag, PathOut};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, Line, LineStyle, Lines, Scale, category_colors};
use crate::data::{Place, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;

params! {
    Elbow {
        /// The dataset.
        adata: Data,
        /// Number of components; by default all.
        #[also("n_pcs", "ndims")]
        n: Option<Count>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Logarithmic scale.
        log: Flag = false,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Elbow {
    const SPEC: Spec = Spec {
        name: "elbow",
        summary: "Draw the explained variance ratio of the principal components (elbow plot).",
        keywords: "scree plot explained variance number of components",
        about: "No line marks an elbow: where the curve flattens, components may still separate rare cell types, so\nkeep rather more components than fewer; results change little once there are enough.",
        reads: &[Need {
            want: Want::Slot(Place::Uns, Key::Is("pca")),
            what: "principal components",
            made_by: "pca",
        }],
        like: &["sc.pl.pca_variance_ratio", "ElbowPlot"],
        examples: &[
            "pca adata n=20; elbow adata",
            "pca adata n=20; elbow adata n=15 log=true out=\"elbow.png\"",
        ],
        holds: "one number per component",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let record = scene.value(&data, Place::Uns, "pca")?;
        let origin = scene.origin();
        let paper = (self.sheet, self.axes);
        draw(scene, record, self.out, paper, move |record| {
            let ratios = shares(&record).map_err(|error| error.at(&origin))?;
            let n = self.n.map_or(ratios.len(), |n| n.0.min(ratios.len()));
            Ok(Figure::of(line(&ratios[..n], self.log.0)))
        })
    }
}

/// The share of variance of each component, as `pca` keeps them in uns.
pub fn shares(uns: &Value) -> Outcome<Vec<f64>> {
    match uns.uns().and_then(|uns| uns.get("variance_ratio")) {
        Some(Uns::Array(array)) => Ok(array.iter().copied().collect()),
        Some(Uns::Array32(array)) => Ok(array.iter().map(|&x| f64::from(x)).collect()),
        _ => Err(
            Diagnostic::error(code::UNEXPECTED_CONTENT, "uns.pca has no variance_ratio")
                .help("`pca` creates it"),
        ),
    }
}

/// Shares against the number of the component.
pub fn line(ratios: &[f64], log: bool) -> Lines {
    let numbers = (1..=ratios.len()).map(|i| i as f64).collect();
    let mut line = Line::new("", numbers, ratios.to_vec(), category_colors(1)[0]);
    line.style = LineStyle::LineAndPoints;
    let scale = Scale::new("variance ratio");
    Lines {
        series: vec![line],
        x_scale: Scale::new("principal component"),
        y_scale: if log { scale.log() } else { scale },
        ..Lines::default()
    }
}
