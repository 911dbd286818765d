//! Centered log ratios for `normalize method=clr`.

use crate::command::Scene;
use crate::data::matrix::Apply;
use crate::data::{Dataset, Lazy, Matrix, Promise, RowStep, Rows, RowsView, State, Value};
use crate::kernels::methods::clr::{CellLogs, FeatureLogs, by_cell, by_feature, centers};
use crate::kernels::ticker::Ticker;
use crate::plan::Folding;
use crate::words;
use std::sync::Arc;

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
    let needs = [match per {
        Per::Cell => cell_centers(scene, data, matrix),
        Per::Feature => feature_centers(scene, data, matrix),
    }];
    scene.step(data, matrix, Center { needs, per }, State::Log)
}

fn cell_centers(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Lazy {
    let view = scene.view(data, matrix);
    let mut values = scene.fold(view, Vec::new(), &[Promise::Unknown], |extent, _| {
        Ok(Folding {
            new: CellLogs::default,
            add: |logs: &mut CellLogs, rows: RowsView, cells: &[u32], _: &Ticker| {
                logs.add(rows, cells);
                Ok(())
            },
            merge: CellLogs::merge,
            finish: move |logs: CellLogs, _: &Ticker| {
                let centers = centers(&logs.finish(), extent.genes);
                Ok(vec![Value::Numbers(Arc::new(centers))])
            },
            partial_bytes: 16 * 1024,
        }
        .exact())
    });
    values.remove(0)
}

fn feature_centers(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Lazy {
    let view = scene.view(data, matrix);
    let mut values = scene.fold(view, Vec::new(), &[Promise::Unknown], |extent, _| {
        Ok(Folding {
            new: move || FeatureLogs::new(extent.genes),
            add: |logs: &mut FeatureLogs, rows: RowsView, _: &[u32], _: &Ticker| {
                logs.add(rows);
                Ok(())
            },
            merge: FeatureLogs::merge,
            finish: move |logs: FeatureLogs, _: &Ticker| {
                let centers = centers(&logs.finish(), extent.cells);
                Ok(vec![Value::Numbers(Arc::new(centers))])
            },
            partial_bytes: extent.genes as u64 * 8,
        }
        .exact())
    });
    values.remove(0)
}

/// The row step.
struct Center {
    needs: [Lazy; 1],
    per: Per,
}

impl RowStep for Center {
    fn needs(&self) -> &[Lazy] {
        &self.needs
    }

    fn prepare(&self, needs: &[Value], genes: &[u32]) -> Apply {
        let centers = needs[0].numbers().cloned().unwrap_or_default();
        let genes = genes.to_vec();
        let per = self.per;
        Box::new(move |rows: &mut Rows, cells| match per {
            Per::Cell => by_cell(rows, cells, &centers),
            Per::Feature => by_feature(rows, &genes, &centers),
        })
    }
}
