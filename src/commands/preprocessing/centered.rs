//! Centered log ratios for `normalize method=clr`.

use crate::command::Scene;
use crate::data::matrix::Apply;
use crate::data::{Dataset, Lazy, Matrix, RowStep, Rows, RowsView, State, Value};
use crate::kernels::methods::clr::{CellLogs, FeatureLogs, by_cell, by_feature, centers};
use crate::kernels::ticker::Ticker;
use crate::plan::{Edges, Folding, Private, Promised};
use crate::words;

words! {
    /// How log ratios are centered.
    Per {
        /// across the features of each cell, as Seurat's margin=2
        Cell = "cell",
        /// across the cells for each feature, as Seurat's margin=1
        Feature = "feature",
    }
}

/// The matrix as log ratios.
pub fn centered(scene: &Scene, data: &Dataset, matrix: &Matrix, per: Per) -> Matrix {
    let needs = Edges::new(match per {
        Per::Cell => cell_centers(scene, data, matrix),
        Per::Feature => feature_centers(scene, data, matrix),
    });
    scene.row_step(data, matrix, Center { needs, per }, State::LogRatios)
}

fn cell_centers(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Promised<Vec<f64>> {
    let view = scene.view(data, matrix);
    scene.fold(view, (), Private::new(), |extent, ()| {
        Ok(Folding {
            new: CellLogs::default,
            add: |logs: &mut CellLogs, rows: RowsView, cells: &[u32], _: &Ticker| {
                logs.add(rows, cells);
                Ok(())
            },
            merge: CellLogs::merge,
            finish: move |logs: CellLogs, _: &Ticker| Ok(centers(&logs.finish(), extent.genes)),
            partial_bytes: 16 * 1024,
        }
        .exact())
    })
}

fn feature_centers(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Promised<Vec<f64>> {
    let view = scene.view(data, matrix);
    scene.fold(view, (), Private::new(), |extent, ()| {
        Ok(Folding {
            new: move || FeatureLogs::new(extent.genes),
            add: |logs: &mut FeatureLogs, rows: RowsView, _: &[u32], _: &Ticker| {
                logs.add(rows);
                Ok(())
            },
            merge: FeatureLogs::merge,
            finish: move |logs: FeatureLogs, _: &Ticker| Ok(centers(&logs.finish(), extent.cells)),
            partial_bytes: extent.genes as u64 * 8,
        }
        .exact())
    })
}

/// The row step.
struct Center {
    needs: Edges<Promised<Vec<f64>>>,
    per: Per,
}

impl RowStep for Center {
    fn needs(&self) -> &[Lazy] {
        self.needs.lazies()
    }

    fn prepare(&self, values: &[Value], genes: &[u32]) -> Apply {
        let centers = self.needs.values(values);
        let genes = genes.to_vec();
        let per = self.per;
        Box::new(move |rows: &mut Rows, cells| match per {
            Per::Cell => by_cell(rows, cells, &centers),
            Per::Feature => by_feature(rows, &genes, &centers),
        })
    }
}
