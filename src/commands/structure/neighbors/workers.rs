//! Neighbor searches on workers: each is sent the representation of all cells, groups them as the others do, and
//! looks up the cells of some groups.

use super::{How, WIDTH};
use crate::command::Scene;
use crate::commands::inputs::representation::numeric;
use crate::data::{Dataset, Lazy, Value};
use crate::kernels::graph::knn::{self, SomeNeighbors};
use crate::kernels::transfer::{Packing, Torn, Unpacking};
use crate::plan::{self, Carried, Context, Divided, Fault, Parts, Private};
use std::sync::Arc;

/// Where there are workers, neighbors that they look up, each those of some cells.
pub(super) fn searched(
    scene: &Scene,
    data: &Dataset,
    rep: &Lazy,
    how: &Arc<How>,
) -> Option<Parts<SomeNeighbors>> {
    scene.settings.cluster.as_ref()?;
    let blocks = data.x.as_ref().map(|x| x.blocks.clone());
    let blocks = blocks.filter(|blocks| !blocks.files().is_empty())?;
    let (label, origin) = (scene.label.clone(), Some(scene.origin()));
    let of = (label.clone(), origin.clone(), rep.clone(), how.clone());
    let part = move |i: usize, n: usize| {
        let (label, origin, rep, how) = of.clone();
        let found = move |rep: Value, cx: &Context| how.part(&rep, (i, n), cx);
        vec![plan::step(label, origin, rep, Private::new(), found)]
    };
    let here = part(0, 1);
    let (cells, k) = (data.cells.at_most(), how.params.n_neighbors);
    scene.holds(&here, cells * (4 * WIDTH + 16 * k), cells * 8 * k);
    let divided = Divided::new(&blocks, &here, usize::MAX, part, Found);
    Some(Parts::divided(label, origin, rep, divided))
}

impl How {
    /// The neighbors of part `i` of `n` of the cells.
    fn part(
        &self,
        rep: &Value,
        part: (usize, usize),
        cx: &Context,
    ) -> Result<SomeNeighbors, Fault> {
        let rep = numeric(rep, &self.origin)?;
        let (rep, params) = self.asked(rep.view())?;
        knn::part(rep, &params, part, cx).map_err(|error| self.said(error))
    }
}

/// What workers send of neighbors.
struct Found;

impl Carried<SomeNeighbors> for Found {
    fn pack(&self, found: &SomeNeighbors, to: &mut Packing) -> Result<(), Fault> {
        to.list(&found.points);
        to.list(&found.indices);
        to.list(&found.distances);
        Ok(())
    }

    fn unpack(&self, from: &mut Unpacking) -> Result<SomeNeighbors, Fault> {
        let (points, indices, distances): (Vec<_>, Vec<_>, Vec<_>) =
            (from.list()?, from.list()?, from.list()?);
        let fit = indices.len() == distances.len() && indices.len() % points.len().max(1) == 0;
        fit.then_some(SomeNeighbors {
            points,
            indices,
            distances,
        })
        .ok_or_else(|| Torn.into())
    }
}
