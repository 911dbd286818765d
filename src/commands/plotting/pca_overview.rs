//! `pca_overview`: what the principal components hold, in one figure: how much each, the cells
//! along them, and the genes that weigh most.

use crate::command::params::{ColorKey, Count, Data, Flag, Many, PathOut};
use crate::command::spec::{Need, SHOWN_COLOR, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::{Drawn, draw};
use crate::commands::plotting::points::{Look, LookValues, PointLook, PointSize};
use crate::commands::{plotting::elbow, plotting::loadings, plotting::plot};
use crate::data::figure::{Figure, Kind, Legend, Panel};
use crate::data::{Names, Place, Value};
use crate::diagnostic::Outcome;
use crate::params;
use std::sync::Arc;

params! {
    PcaOverview {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes to color the cells by, one set of panels each.
        #[also("colour", "group.by")]
        color: Option<Many<ColorKey>>,
        /// Components for which to draw loadings and cells.
        #[also("dims")]
        components: Many<Count> = [1, 2, 3],
        /// Number of components in the variance plot; by default all.
        #[also("n_pcs", "ndims")]
        n: Option<Count>,
        /// Number of genes per component: half with the highest loadings, half with the lowest.
        #[also("n_points", "nfeatures")]
        top: Count = 30,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Logarithmic scale of the explained variance.
        log: Flag = false,
        use PointLook as look,
        use PointSize as dots,
        use GeneValues as values,
        use Sheet as sheet,
    }
}

impl Command for PcaOverview {
    const SPEC: Spec = Spec {
        name: "pca_overview",
        summary: "Draw an overview of a PCA: explained variance, cells, and loadings.",
        about: "Top: the explained variance and the cells along consecutive components.\nBottom: the genes with the largest loadings. `elbow`, `plot basis=pca` and `loadings` draw each alone.",
        reads: &[
            Need {
                want: Want::Slot(Place::Varm, Key::Is("PCs")),
                what: "principal components",
                made_by: "pca",
            },
            SHOWN_COLOR,
        ],
        like: &["sc.pl.pca_overview"],
        examples: &[
            "pca adata n=20; pca_overview adata color=cell_type",
            "pca adata n=20; pca_overview adata color=CD3D components=[1, 2] top=20 out=\"components.png\"",
        ],
        holds: "two coordinates and one value per cell, one number per gene and component",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let mut look = Look {
            keys: self.color.as_ref().map(Many::texts).unwrap_or_default(),
            size: self.dots.area(),
            ..self.look.resolved(scene)?
        };
        let components = (
            scene.value(&drawn.data, Place::Uns, "pca")?,
            scene.value(&drawn.data, Place::Obsm, "X_pca")?,
            scene.value(&drawn.data, Place::Varm, "PCs")?,
            scene.gene_names(&drawn.data),
        );
        let needs = (components, look.needs(scene, &mut drawn, &self.values)?);
        let (out, sheet) = (self.out.clone(), self.sheet.clone());
        let origin = scene.origin();
        let reply = draw(scene, needs, out, sheet, move |values| {
            let panels = self.panels(&look, values);
            Ok(Figure {
                panels: panels.map_err(|error| error.at(&origin))?,
                columns: Some(self.components.0.len().max(2)),
                ..Figure::default()
            })
        })?;
        Ok(drawn.leaves(reply))
    }
}

/// The record, the places of the cells, the weights of the genes, and their names.
type Components = (Value, Value, Value, Arc<Names>);

impl PcaOverview {
    /// Shares and the cells in the first colors, the genes below them, and then the other colors.
    fn panels(
        &self,
        look: &Look,
        ((uns, places, weights, names), values): (Components, Vec<LookValues>),
    ) -> Outcome<Vec<Panel>> {
        let ratios = elbow::shares(&uns)?;
        let n = self
            .n
            .as_ref()
            .map_or(ratios.len(), |n| n.0.min(ratios.len()));
        let mut panels = vec![Panel::new(elbow::line(&ratios[..n], self.log.0))];
        let components: Vec<usize> = self.components.0.iter().map(|number| number.0).collect();
        let mut others = Vec::new();
        let pairs = components.len().saturating_sub(1);
        for (at, pair) in components.windows(2).enumerate() {
            let points = plot::places_of("X_pca", &places, (pair[0] - 1, pair[1] - 1))?;
            let mut colored = look.panels(&values, &points)?.into_iter();
            let mut first = colored.next();
            if at + 1 < pairs {
                first.iter_mut().for_each(without_legend);
            }
            panels.extend(first);
            others.push(colored);
        }
        for &component in &components {
            panels.push(loadings::panel(&weights, &names, component, self.top.0)?);
        }
        for _ in 1..look.keys.len() {
            panels.extend(others.iter_mut().filter_map(Iterator::next));
        }
        Ok(panels)
    }
}

/// Takes the names of groups from a panel: the last of those that show the same colors has them.
fn without_legend(panel: &mut Panel) {
    if let Kind::Points(points) = &mut panel.kind
        && points.legend == Legend::RightMargin
    {
        points.legend = Legend::Hidden;
    }
}
