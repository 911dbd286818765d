//! `spatial`: cells or spots at their positions in the tissue, over its image.

use crate::command::params::{ColorKey, Count, Data, Flag, GroupKey, Many, ObsmKey, PathOut, Text};
use crate::command::spec::{Need, SHOWN_COLOR, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::Groups;
use crate::commands::plotting::paper::{AxisTitles, Page};
use crate::commands::plotting::picture::{Drawn, draw};
use crate::commands::plotting::plot::{noted_places, places_of};
use crate::commands::plotting::points::{PointLook, SortCells};
use crate::commands::plotting::split::{conditions, split};
use crate::commands::plotting::tissue::Tissue;
use crate::data::Place;
use crate::data::figure::{Figure, Kind, Slide};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::params;
use std::sync::Arc;

params! {
    Spatial {
        /// The dataset.
        adata: Data,
        /// Columns of obs and genes, one panel each.
        #[also("colour", "features", "group.by")]
        color: Option<Many<ColorKey>>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        use Tissue as tissue,
        /// Positions in obsm.
        basis: ObsmKey = "spatial",
        use PointLook as look,
        /// Column of obs with samples or conditions, one panel each: samples, named as in uns.spatial, over their own images.
        #[also("library_key", "split.by")]
        split: Option<GroupKey>,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Draw cells with high values on top, or with high absolute values.
        #[also("sort_order")]
        sort: SortCells = SortCells::High,
        /// Draw a frame around the panel.
        #[also("frameon")]
        frame: Flag = true,
        use GeneValues as values,
        /// Title of the figure, or a list with one per panel.
        title: Option<Many<Text>>,
        use AxisTitles as axes,
        use Page as page,
    }
}

impl Command for Spatial {
    const SPEC: Spec = Spec {
        name: "spatial",
        summary: "Draw spots or cells at their positions in the tissue, over its image.",
        keywords: "Visium tissue image histology spots slide spatial transcriptomics",
        about: "y points down, and spots have their true size. `read` of a Space Ranger folder takes the image and the\nsize of the spots; .h5ad files keep them in uns.spatial, as in scanpy. Without an image, give the size by\nspot_size.",
        reads: &[
            Need {
                want: Want::Slot(Place::Obsm, Key::Param("basis")),
                what: "positions in the tissue",
                made_by: "",
            },
            SHOWN_COLOR,
        ],
        without: &[
            (
                "crop_coord",
                "choose spots by their positions: spatial adata[array_row < 40]",
            ),
            (
                "edges",
                "plot draws the edges of a neighbor graph: plot adata basis=spatial edges=true",
            ),
        ],
        like: &[
            "sc.pl.spatial",
            "sq.pl.spatial_scatter",
            "SpatialDimPlot",
            "SpatialFeaturePlot",
        ],
        examples: &[
            "s = demo visium cells=900; spatial s color=cell_type out=\"tissue.png\"",
            "s = demo visium cells=900; spatial s color=[CD3D, LYZ] image_alpha=0.5 gray=true vmax=\"p99\"",
            "a = demo(visium, cells=400); b = demo(visium, cells=300, seed=2); both = concat({control: a, treated: b}, label=sample); spatial both color=cell_type split=sample",
        ],
        holds: "two coordinates and one value per cell, and the image",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut drawn = Drawn::new(&self.adata.0);
        let mut look = self.look.resolved(scene)?;
        look.keys = self.color.as_ref().map(Many::texts).unwrap_or_default();
        look.sort = self.sort.into();
        look.frame = self.frame.0;
        look.titles = self.title.as_ref().map(Many::texts).unwrap_or_default();
        look.columns = self.columns.map(|columns| columns.0);
        let values = look.needs(scene, &mut drawn, &self.values)?;
        let basis = self.basis.0;
        let places = noted_places(scene, &drawn.data, &basis, &[(0, 1)])?;
        let at = self
            .tissue
            .check(scene, &drawn.data, self.split.is_some())?;
        let by = conditions(scene, &drawn.data, self.split.as_ref())?;
        let spatial = drawn.data.uns.contains_key("spatial");
        let spatial = spatial.then(|| scene.value(&drawn.data, Place::Uns, "spatial"));
        let spatial = spatial.transpose()?;
        let (needs, origin) = ((values, places, spatial, by), scene.origin());
        let (paper, tissue) = ((self.page, self.axes), self.tissue);
        let reply = draw(scene, needs, self.out, paper, move |values| {
            let (values, places, spatial, by) = values;
            let located = |error: Box<Diagnostic>| error.at(&origin);
            let mut points = places_of(&basis, &places, (0, 1)).map_err(located)?;
            let spatial = spatial.as_ref();
            let Some(by) = by else {
                points.slide = Some(Arc::new(tissue.slide(spatial, &at)?));
                return Ok(look.figure(look.panels(&values, &points).map_err(located)?));
            };
            let panels = look.panels(&values, &points).map_err(located)?;
            let mut figure = split(look.figure(panels), &by);
            for (level, name) in by.levels.iter().enumerate() {
                let own = tissue.of_group(spatial, name);
                let alone = own.sample.is_some() && tissue.sample.is_none();
                over(&mut figure, &by, (level, alone), own.slide(spatial, &at)?);
            }
            Ok(figure)
        })?;
        Ok(drawn.leaves(reply))
    }
}

/// Puts the panels of a group over a slide, with its own spots `alone` if it is a sample: the places of
/// others are not on it.
fn over(figure: &mut Figure, by: &Groups, (level, alone): (usize, bool), slide: Slide) {
    let slide = Arc::new(slide);
    let own = |values: &[f32]| -> Arc<Vec<f32>> {
        let spots = values.iter().zip(by.codes.iter());
        let own = spots.map(|(&at, &code)| if code as usize == level { at } else { f32::NAN });
        Arc::new(own.collect())
    };
    for panel in &mut figure.panels {
        if let Kind::Points(points) = &mut panel.kind
            && points.part.as_ref().map(|part| part.level) == Some(level as i32)
        {
            if alone {
                (points.x, points.y) = (own(&points.x), own(&points.y));
            }
            points.slide = Some(slide.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::{Color, Panel, Points, Rgb};

    #[test]
    fn each_sample_has_its_own_spots_and_slide() {
        let by = Groups {
            codes: [0, 1, 1].into(),
            levels: Arc::new(["A", "B"].iter().collect()),
        };
        let places = Arc::new(vec![1.0, 2.0, 3.0]);
        let points = Points::scatter(places.clone(), places, Color::Same(Rgb::BLACK));
        let mut figure = split(Figure::default().with(Panel::new(points)), &by);
        let slide = |diameter| Slide {
            diameter: Some(diameter),
            image: None,
            whole: false,
        };
        over(&mut figure, &by, (0, true), slide(5.0));
        let mut conditions = figure.clone();
        over(&mut figure, &by, (1, true), slide(6.0));
        over(&mut conditions, &by, (1, false), slide(6.0));
        let seen = |figure: &Figure| -> Vec<(usize, f64)> {
            let seen = |panel: &Panel| match &panel.kind {
                Kind::Points(points) => {
                    let spots = points.x.iter().filter(|x| x.is_finite()).count();
                    Some((spots, points.slide.as_ref()?.diameter?))
                }
                _ => None,
            };
            figure.panels.iter().filter_map(seen).collect()
        };
        assert_eq!(seen(&figure), [(1, 5.0), (2, 6.0)]);
        assert_eq!(seen(&conditions), [(1, 5.0), (3, 6.0)]);
    }
}
