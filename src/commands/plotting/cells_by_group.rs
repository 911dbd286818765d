//! Figures of genes in single cells, the cells of a group together: what `heatmap` and `tracks` share.

use crate::command::params::{GroupKey, Palette};
use crate::command::{Reply, Scene};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::gene_values::promise;
use crate::commands::plotting::genes_by_group::{GatheredValues, GenesByGroup};
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::{Drawn, draw};
use crate::data::figure::Figure;
use crate::data::{Dataset, Value};
use crate::diagnostic::Outcome;
use std::sync::Arc;

/// What is drawn, and on what.
pub struct CellsByGroup<'a> {
    pub data: &'a Arc<Dataset>,
    pub shown: GenesByGroup,
    pub values: GeneValues,
    pub palette: Option<Palette>,
    pub sheet: Sheet,
}

impl CellsByGroup<'_> {
    /// Draws what `make` makes of the values and of the label of their axis.
    pub fn draw(
        self,
        scene: &mut Scene,
        make: impl FnOnce(GatheredValues<Value>, Option<&'static str>) -> Outcome<Figure> + 'static,
    ) -> Outcome<Reply> {
        let mut drawn = Drawn::new(self.data);
        let palette = GroupColors::new(scene, self.palette.as_ref())?;
        if let [GroupKey(by)] = &self.shown.by.0[..] {
            drawn.colors(scene, by, palette.as_ref())?;
        }
        let gathered = promise(
            scene,
            &drawn.data,
            &self.shown,
            &self.values,
            palette.as_ref(),
        )?;
        let (needs, label) = (gathered.needs, gathered.label);
        let reply = draw(scene, needs, self.shown.out, self.sheet, move |values| {
            make(values, label)
        })?;
        Ok(drawn.leaves(reply))
    }
}
