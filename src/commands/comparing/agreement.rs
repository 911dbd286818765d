//! `agreement`: how well two labelings of the cells agree, as one number.

use crate::command::params::{Data, GroupKey};
use crate::command::references;
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::inputs::groups::{Groups, groups};
use crate::data::{Column, NumberType, Promise, Table, Value};
use crate::diagnostic::Outcome;
use crate::kernels::methods::agreement::{adjusted_rand_index, normalized_mutual_information};
use crate::kernels::stats::sums::NO_GROUP;
use crate::params;
use std::sync::Arc;

params! {
    Agreement {
        /// The dataset.
        adata: Data,
        /// Column of obs with one labeling.
        a: GroupKey,
        /// Column of obs with the other.
        b: GroupKey,
    }
}

impl Command for Agreement {
    const SPEC: Spec = Spec {
        name: "agreement",
        summary: "Compare two clusterings (adjusted Rand index, normalized mutual information).",
        keywords: "ARI NMI adjusted Rand index cluster comparison",
        about: "Reports the adjusted Rand index (1 for identical partitions, about 0 for unrelated ones), the normalized mutual information (1 and 0), and the fraction of cells with the same label. Cells with a missing label are left out.",
        like: &[
            "sklearn.metrics.adjusted_rand_score",
            "sklearn.metrics.normalized_mutual_info_score",
            "adjustedRandIndex",
        ],
        examples: &["compute (agreement adata cell_type batch)"],
        cite: &[&references::HUBERT_1985],
        holds: "one label per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = &self.adata.0;
        let needs = (
            groups(scene, data, &self.a.0)?,
            groups(scene, data, &self.b.0)?,
        );
        let table = scene.light_step(needs, Promise::Table, |(a, b), _| {
            Ok(Value::Table(Arc::new(compared(&a, &b))))
        });
        Ok(Reply::Value(Val::Table(table)))
    }
}

fn compared(a: &Groups, b: &Groups) -> Table {
    let pairs = a.codes.iter().zip(b.codes.iter());
    let labeled = pairs.filter(|&(&a, &b)| a != NO_GROUP && b != NO_GROUP);
    let (x, y): (Vec<u32>, Vec<u32>) = labeled.unzip();
    let same = x
        .iter()
        .zip(&y)
        .filter(|&(&x, &y)| a.levels.get(x as usize) == b.levels.get(y as usize));
    let same = same.count() as f64 / x.len() as f64;
    let number = |x: f64| Column::numbers(vec![x], NumberType::F64);
    Table::new()
        .with(
            "cells",
            Column::numbers(vec![x.len() as f64], NumberType::I64),
        )
        .with("ari", number(adjusted_rand_index(&x, &y)))
        .with("nmi", number(normalized_mutual_information(&x, &y)))
        .with("same", number(same))
}
