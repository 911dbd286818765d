//! A layer of some genes whose values need other cells: smoothed and imputed values. The genes are made a
//! panel at a time, dense, since hardly any value is 0, and kept; readers of the layer get the genes they
//! need.
//!
//! It is a layer and no matrix in obsm, because that is where figures, conditions and other tools find genes
//! by their names: `violin adata LYZ layer=magic`. The genes that are left out are 0 there, and take nothing.

use super::gene_major::rows_of_genes;
use super::panels;
use crate::command::Scene;
use crate::command::params::GeneNames;
use crate::commands::inputs::memory::at_most_half;
use crate::data::matrix::Apply;
use crate::data::{Dataset, Lazy, Matrix, RowStep, Rows, RowsView, Selection, State, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::ticker::Ticker;
use crate::plan::{After, Edges, Fault, Private, Promised, filled_matrix, gene};
use ndarray::Array2;
use std::any::Any;
use std::sync::Arc;

/// Bytes of a value.
const VALUE: usize = 4;

/// Makes values of some genes: from a fit and their values, genes × cells, to cells × genes.
pub trait Make<F>:
    Fn(&F, RowsView<'_>, &Ticker) -> Result<Array2<f32>, Fault> + Send + Sync + 'static
{
}

impl<F, M> Make<F> for M where
    M: Fn(&F, RowsView<'_>, &Ticker) -> Result<Array2<f32>, Fault> + Send + Sync + 'static
{
}

/// Which genes a layer has values for, and what these are.
pub struct LayerGenes {
    /// Positions, ascending.
    positions: Promised<Selection>,
    at_most: usize,
    /// Some were asked for, and the others are 0.
    some: bool,
    state: State,
}

impl LayerGenes {
    /// The genes that were asked for, by default all. Says that others are 0 in the layer `key`, and
    /// refuses values that would take more than half of the memory.
    pub fn new(
        scene: &mut Scene,
        data: &Dataset,
        asked: Option<&GeneNames>,
        (key, state): (&str, State),
    ) -> Self {
        if asked.is_some() {
            let headline = format!("genes that are not named are 0 in layers.{key}");
            scene.note(Diagnostic::note(headline));
        }
        let wanted: Option<Vec<String>> = asked.map(|genes| genes.names().cloned().collect());
        let at_most = wanted
            .as_ref()
            .map_or(data.genes.at_most(), |names| names.len());
        let (origin, memory) = (scene.origin(), scene.settings.memory);
        let needs = (scene.gene_names(data), scene.cell_names(data));
        let positions = scene.step(needs, Private::new(), move |(names, cells), _| {
            let positions = match &wanted {
                Some(wanted) => gene::positions(&names, wanted),
                None => Ok((0..names.len() as u32).collect()),
            };
            let fits = |genes: &Selection| fit(cells.len(), genes.len(), state, memory);
            let fitting = positions.and_then(|genes| fits(&genes).map(|()| genes));
            fitting.map_err(|error| error.at(&origin).into())
        });
        LayerGenes {
            positions,
            at_most,
            some: asked.is_some(),
            state,
        }
    }

    /// The dataset with `most` of the genes, spread evenly over them; fewer if there are so many cells
    /// that their values would be more than `values`.
    pub fn some(&self, scene: &Scene, data: &Dataset, (most, values): (usize, usize)) -> Dataset {
        let needs = (self.positions.clone(), scene.cell_names(data));
        let some = scene.step(needs, Private::new(), move |(all, cells), _| {
            let most = most
                .min(values / cells.len().max(1))
                .clamp(1, all.len().max(1));
            let n = most.min(all.len());
            Ok((0..n)
                .map(|i| all[i * all.len() / n])
                .collect::<Selection>())
        });
        let mut part = data.clone();
        let some = some.lazy().clone();
        part.genes = data.genes.select_at_most(some, self.at_most.min(most));
        part
    }

    /// The layer, of the genes of `matrix`. `make` sees each gene once, in panels that depend on the memory,
    /// so it treats every gene by itself.
    pub fn layer<F: Any + Send + Sync>(
        &self,
        scene: &Scene,
        data: &Dataset,
        matrix: &Matrix,
        fit: &Promised<F>,
        make: impl Make<F>,
    ) -> Matrix {
        let panels = self.panels(scene, data, matrix, fit, make);
        let step = Arc::new(LookedUp {
            needs: Edges::new((panels, self.positions.clone())),
            some: self.some,
        });
        filled_matrix(&scene.label, step, &data.cells, &data.genes, self.state)
    }

    /// Cells × genes of each panel, one after the other.
    fn panels<F: Any + Send + Sync>(
        &self,
        scene: &Scene,
        data: &Dataset,
        matrix: &Matrix,
        fit: &Promised<F>,
        make: impl Make<F>,
    ) -> Vec<Promised<Array2<f32>>> {
        let memory = scene.settings.memory;
        let room = panels::room(memory);
        let bytes = (data.cells.at_most() * self.at_most * VALUE) as u64;
        // Values before and after a step.
        let n_panels = (2 * bytes)
            .div_ceil(room)
            .clamp(1, self.at_most.max(1) as u64);
        let mut part = data.clone();
        let positions = self.positions.lazy().clone();
        part.genes = data.genes.select_at_most(positions, self.at_most);
        let kept = bytes.min(memory / 2) / n_panels;
        let make = Arc::new(make);
        let mut panels: Vec<Promised<Array2<f32>>> = Vec::new();
        for (view, copy) in panels::views(scene, &part, matrix, fit, (n_panels as usize, room)) {
            // A panel waits for the one before: otherwise they would share a pass, and memory.
            let before = (panels.last().map(|panel| panel.lazy().clone()), copy);
            let needs = (fit.clone(), After(before));
            let make = make.clone();
            let made = scene.fold(view, needs, Private::new(), move |extent, (fit, ())| {
                let make = make.clone();
                Ok(rows_of_genes(extent, move |genes, ticker| {
                    make(&fit, genes.view(), ticker)
                }))
            });
            scene.holds(&made, room.min(2 * bytes) as usize, kept as usize);
            panels.push(made);
        }
        panels
    }
}

/// Whether a layer leaves half of the memory to everything else.
fn fit(n_cells: usize, n_genes: usize, state: State, memory: u64) -> Outcome<()> {
    let bytes = (n_cells * n_genes * VALUE) as u64;
    let what = || format!("{} of {n_cells} cells × {n_genes} genes", state.values());
    let instead =
        "name fewer genes (genes=[CD3D, LYZ]), keep fewer (filter_genes adata (highly_variable))";
    at_most_half(bytes, memory, what, instead)
}

/// Fills rows with the values of the genes that are needed.
struct LookedUp {
    /// The panels, and which genes these have.
    needs: Edges<(Vec<Promised<Array2<f32>>>, Promised<Selection>)>,
    some: bool,
}

impl RowStep for LookedUp {
    fn needs(&self) -> &[Lazy] {
        self.needs.lazies()
    }

    fn prepare(&self, values: &[Value], genes: &[u32]) -> Apply {
        let (panels, kept) = self.needs.values(values);
        // Where each gene that was made lies: panels have the genes in their order.
        let columns: Vec<(usize, usize)> = (0..panels.len())
            .flat_map(|panel| (0..panels[panel].ncols()).map(move |column| (panel, column)))
            .collect();
        let place = |(place, gene): (u32, &u32)| {
            let at = kept.binary_search(gene).ok()?;
            Some((place, columns[at]))
        };
        let places: Vec<_> = (0..).zip(genes).filter_map(place).collect();
        let n_genes = genes.len();
        Box::new(move |rows: &mut Rows, cells| {
            let (mut starts, mut at, mut filled) = (vec![0], Vec::new(), Vec::new());
            for &cell in cells {
                for &(place, (panel, column)) in &places {
                    let x = panels[panel][[cell as usize, column]];
                    if x != 0.0 {
                        at.push(place);
                        filled.push(x);
                    }
                }
                starts.push(at.len());
            }
            *rows = Rows::new((cells.len(), n_genes), starts, at, filled);
        })
    }

    /// A file has some genes compressed by row, and all of them as an array.
    fn keeps_zeros(&self) -> bool {
        self.some
    }
}
