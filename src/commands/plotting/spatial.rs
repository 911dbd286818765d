//! `spatial`: cells or spots at their positions in the tissue, over its image.

use crate::command::params::{ColorKey, Count, Data, Flag, Many, ObsmKey, PathOut, Text};
use crate::command::spec::{Need, SHOWN_COLOR, Want};
use crate::command::{Command, Key, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::paper::{AxisTitles, Page};
use crate::commands::plotting::picture::{Drawn, draw};
use crate::commands::plotting::plot::{noted_places, places_of};
use crate::commands::plotting::points::{PointLook, SortCells};
use crate::commands::plotting::tissue::Tissue;
use crate::data::{Place, Value};
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
        examples: &["spatial adata color=cell_type basis=umap spot_size=0.5 out=\"tissue.png\""],
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
        let at = self.tissue.check(scene, &drawn.data)?;
        let spatial = drawn.data.uns.contains_key("spatial");
        let spatial = spatial.then(|| scene.value(&drawn.data, Place::Uns, "spatial"));
        let (needs, origin) = ((values, places, spatial.transpose()?), scene.origin());
        let (paper, tissue) = ((self.page, self.axes), self.tissue);
        let reply = draw(scene, needs, self.out, paper, move |values| {
            let (values, places, spatial): (_, Value, Option<Value>) = values;
            let located = |error: Box<Diagnostic>| error.at(&origin);
            let mut points = places_of(&basis, &places, (0, 1)).map_err(located)?;
            points.slide = Some(Arc::new(tissue.slide(spatial.as_ref(), &at)?));
            Ok(look.figure(look.panels(&values, &points).map_err(located)?))
        })?;
        Ok(drawn.leaves(reply))
    }
}
