//! `elbow`: how much of the variance each principal component holds.

use crate::command::params::{Count, Data, Flag, PathOut};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::plotting::picture::{Sheet, draw};
use crate::data::figure::{Figure, Line, LineStyle, Lines, Scale, category_colors};
use crate::data::{Place, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome};
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
        use Sheet as sheet,
    }
}

impl Command for Elbow {
    const SPEC: Spec = Spec {
        name: "elbow",
        summary: "Draw the explained variance ratio of the principal components (elbow plot).",
        keywords: "scree plot explained variance number of components",
        about: "Beyond the elbow, components are mostly noise. The marked elbow is the point furthest\nbelow the straight line from the first component to the last.",
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
        let targets = vec![scene.value(&data, Place::Uns, "pca")?];
        let origin = scene.origin();
        draw(scene, targets, self.out, self.sheet, move |values| {
            let ratios = shares(&values[0]).map_err(|error| error.at(&origin))?;
            let n = self.n.map_or(ratios.len(), |n| n.0.min(ratios.len()));
            let (drawing, found) = line(&ratios[..n], self.log.0);
            Ok(Figure {
                title: found,
                ..Figure::of(drawing)
            })
        })
    }
}

/// The share of variance of each component, as `pca` keeps them in uns.
pub fn shares(uns: &Value) -> Outcome<Vec<f64>> {
    match uns.uns().and_then(|uns| uns.get("variance_ratio")) {
        Some(Uns::Array(array)) => Ok(array.iter().copied().collect()),
        Some(Uns::Array32(array)) => Ok(array.iter().map(|&x| f64::from(x)).collect()),
        _ => {
            Err(Diagnostic::error("E301", "uns.pca has no variance_ratio").help("`pca` creates it"))
        }
    }
}

/// Shares against the number of the component, the elbow marked; and what is to be said of it.
pub fn line(ratios: &[f64], log: bool) -> (Lines, Option<String>) {
    let numbers = (1..=ratios.len()).map(|i| i as f64).collect();
    let mut line = Line::new("", numbers, ratios.to_vec(), category_colors(1)[0]);
    line.style = LineStyle::LineAndPoints;
    let scale = Scale::new("variance ratio");
    let bend = bend(ratios).map(|at| at + 1);
    let drawing = Lines {
        at_x: bend.iter().map(|&at| at as f64).collect(),
        series: vec![line],
        x_scale: Scale::new("principal component"),
        y_scale: if log { scale.log() } else { scale },
        ..Lines::default()
    };
    let said = bend.map(|at| {
        let share: f64 = ratios[..at].iter().sum();
        format!("elbow at {at}: {:.1} % of the variance", 100.0 * share)
    });
    (drawing, said)
}

/// The place furthest below the straight line from the first value to the last (Satopaa et al., ICDCS
/// Workshops 166, 2011); `None` for fewer than three.
fn bend(values: &[f64]) -> Option<usize> {
    let last = values.len().checked_sub(1).filter(|&last| last >= 2)?;
    let slope = (values[last] - values[0]) / last as f64;
    let below = |i: usize| values[0] + slope * i as f64 - values[i];
    (1..last).max_by(|&a, &b| below(a).total_cmp(&below(b)).then(b.cmp(&a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elbow_is_where_the_line_bends() {
        assert_eq!(bend(&[10.0, 5.0, 1.0, 0.9, 0.8, 0.7]), Some(2));
        assert_eq!(bend(&[3.0, 2.0]), None);
        assert_eq!(bend(&[3.0, 2.0, 1.0]), Some(1));
    }
}
