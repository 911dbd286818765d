//! `loadings`: the genes that weigh most in each principal component.

use crate::command::params::{Count, Data, Many, PathOut};
use crate::command::spec::{Need, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{Figure, Panel, Ranks, Scale};
use crate::data::{Names, Place, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;

params! {
    Loadings {
        /// The dataset.
        adata: Data,
        /// Components, counted from 1.
        #[also("dims")]
        components: Many<Count> = [1, 2, 3],
        /// Number of genes per component: half with the highest loadings, half with the lowest.
        #[also("n_points", "nfeatures")]
        top: Count = 30,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Loadings {
    const SPEC: Spec = Spec {
        name: "loadings",
        summary: "Draw the genes with the largest loadings of each principal component.",
        reads: &[Need {
            want: Want::Slot(Place::Varm, Key::Is("PCs")),
            what: "principal components",
            made_by: "pca",
        }],
        like: &["sc.pl.pca_loadings", "VizDimLoadings", "DimHeatmap"],
        examples: &[
            "pca adata n=10; loadings adata",
            "pca adata n=10; loadings adata components=[1, 4] top=20 out=\"loadings.png\"",
        ],
        holds: "one number per gene and component",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let needs = (
            scene.value(&data, Place::Varm, "PCs")?,
            scene.gene_names(&data),
        );
        let origin = scene.origin();
        draw(
            scene,
            needs,
            self.out,
            (self.sheet, self.axes),
            move |(weights, names)| {
                let components = self.components.0.iter().map(|component| component.0);
                let panels = components
                    .map(|component| panel(&weights, &names, component, self.top.0))
                    .collect::<Outcome<_>>()
                    .map_err(|error| error.at(&origin))?;
                Ok(Figure {
                    panels,
                    columns: self.columns.map(|columns| columns.0),
                    ..Figure::default()
                })
            },
        )
    }
}

/// The extreme genes of a component, counted from 1: of `varm.PCs` and the names of the genes.
pub fn panel(loadings: &Value, names: &Names, component: usize, top: usize) -> Outcome<Panel> {
    let Some(loadings) = loadings.dense() else {
        return Err(Diagnostic::error(
            code::UNEXPECTED_CONTENT,
            "varm.PCs is not a matrix",
        ));
    };
    if component > loadings.ncols() {
        let n = loadings.ncols();
        return Err(Diagnostic::error(
            code::UNEXPECTED_CONTENT,
            format!("varm.PCs has {n} components, not {component}"),
        ));
    }
    let weights = loadings.column(component - 1).mapv(f64::from).to_vec();
    Ok(Panel::new(extremes(names, &weights, top)).titled(format!("PC{component}")))
}

/// The genes with the highest and those with the lowest weights; genes without one are left out.
fn extremes(names: &Names, weights: &[f64], n: usize) -> Ranks {
    let weighs = |&gene: &usize| weights[gene].is_finite() && weights[gene] != 0.0;
    let mut order: Vec<usize> = (0..weights.len()).filter(weighs).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let gap_after = (order.len() > n).then_some(n.div_ceil(2));
    if let Some(high) = gap_after {
        order.drain(high..order.len() - (n - high));
    }
    Ranks {
        names: order
            .iter()
            .map(|&gene| names.get(gene).to_owned())
            .collect(),
        scores: order.iter().map(|&gene| weights[gene]).collect(),
        x_label: "ranking".to_owned(),
        y_scale: Scale::new("loading"),
        gap_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_drawn() {
        let names: Names = ["a", "b", "c", "d", "e", "f"].iter().collect();
        let weights = [0.1, -0.5, 0.0, 0.9, 0.2, f64::NAN];
        let drawn = extremes(&names, &weights, 3);
        assert_eq!(drawn.names, ["d", "e", "b"]);
        assert_eq!(drawn.gap_after, Some(2));
        let all = extremes(&names, &weights, 9);
        assert_eq!((all.names.len(), all.gap_after), (4, None));
    }
}
