//! Gene-set scores, doublet scores, aggregation and spatial statistics.

use std::collections::HashMap;
use std::sync::Arc;

use sca::kernels::methods::aggregate;
use sca::kernels::methods::autocorrelation::autocorrelation;
use sca::kernels::methods::score::{GeneSet, Phase, ScoreParams, Scores, control_genes, phase};
use sca::kernels::methods::scrublet::{self, ScrubletParams};
use sca::kernels::stats::sums::{GeneSums, GroupSums, Of};
use sca::kernels::ticker::Ticker;

use crate::read::{self, H5ad, all_cells, close};

fn logged() -> Option<(H5ad, Vec<String>)> {
    let input = read::reference("log_normalized.h5ad")?;
    let names = input.names("var/_index");
    Some((input, names))
}

#[test]
fn scores_and_phases() {
    let Some((input, names)) = logged() else {
        return;
    };
    let Some(expected) = read::reference_csv("scores.csv") else {
        return;
    };
    let Some(cycle) = read::data_lines("cell_cycle/regev_lab_cell_cycle_genes.txt") else {
        return;
    };
    let rows = input.rows("X", names.len());
    let mut sums = GroupSums::all_cells(names.len(), Of::Value);
    sums.add(rows.view(), &all_cells(&rows));
    let means = sums.all().means();
    let pool: Vec<u32> = (0..names.len() as u32).collect();
    let place: HashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
    let set = |genes: &[String], ctrl_size: usize| {
        let genes: Vec<u32> = genes
            .iter()
            .filter_map(|g| place.get(g.as_str()).copied())
            .collect();
        let params = ScoreParams {
            ctrl_size,
            ..Default::default()
        };
        let controls = control_genes(&genes, &pool, &means, &params).unwrap();
        GeneSet { genes, controls }
    };
    let measured = |genes: &[String]| {
        genes
            .iter()
            .filter(|g| place.contains_key(g.as_str()))
            .count()
    };
    let (s, g2m) = cycle.split_at(43);
    let ctrl_size = measured(s).min(measured(g2m));
    let t = ["CD3D", "CD3E", "IL7R"].map(String::from);
    let sets = [set(s, ctrl_size), set(g2m, ctrl_size), set(&t, 50)];
    let mut scores = Scores::new(names.len(), &sets);
    scores.add(rows.view(), &all_cells(&rows));
    let scores = scores.finish();
    for (score, column) in scores.iter().zip([1, 2, 4]) {
        let of = |line: &Vec<String>| line[column].parse::<f64>().unwrap();
        let expected: Vec<f64> = expected[1..].iter().map(of).collect();
        close("score", score, &expected, 1e-6, 1e-6);
    }
    for (cell, line) in expected[1..].iter().enumerate() {
        let found = match phase(scores[0][cell], scores[1][cell]) {
            Phase::G1 => "G1",
            Phase::S => "S",
            Phase::G2M => "G2M",
        };
        assert_eq!(found, line[3]);
    }
}

#[test]
fn doublets() {
    let Some(reference) = read::reference("scrublet.h5ad") else {
        return;
    };
    let params = ScrubletParams::default();
    let parents = scrublet::parents(2700, &params);
    let flat: Vec<f64> = parents
        .iter()
        .flat_map(|p| [f64::from(p.0), f64::from(p.1)])
        .collect();
    assert_eq!(flat, reference.column("uns/doublet_parents"));
    let simulated = reference.column("uns/doublet_scores_sim");
    let observed = reference.column("obs/doublet_score");
    // Every score is that of some number of simulated neighbors.
    let k = scrublet::n_neighbors(2700, 5400, &params);
    let possible: Vec<f64> = (0..=k)
        .map(|n| scrublet::score(n, k, 2.0, &params).score)
        .collect();
    for score in observed.iter().chain(&simulated) {
        assert!(
            possible.iter().any(|p| (p / score - 1.0).abs() < 1e-12),
            "{score}"
        );
    }
    let threshold = scrublet::threshold(&simulated).unwrap();
    assert_eq!(threshold, 0.249_943_946_037_371_6);
    let called: Vec<f64> = observed
        .iter()
        .map(|s| f64::from(u8::from(*s > threshold)))
        .collect();
    assert_eq!(called, reference.column("obs/predicted_doublet"));
}

#[test]
fn aggregated() {
    let Some((input, names)) = logged() else {
        return;
    };
    let Some(expected) = read::reference("aggregate.h5ad") else {
        return;
    };
    let rows = input.rows("X", names.len());
    let groups = Arc::from(input.codes("obs/cell_type"));
    let mut sums = GroupSums::by_group(names.len(), Of::Value, groups, 8);
    sums.add(rows.view(), &all_cells(&rows));
    let groups = sums.each_group();
    let check = |layer: &str, of: &dyn Fn(&GeneSums) -> Vec<f64>| {
        let found: Vec<f64> = groups.iter().flat_map(of).collect();
        close(
            layer,
            &found,
            &expected.column(&format!("layers/{layer}")),
            1e-4,
            1e-6,
        );
    };
    check("mean", &GeneSums::means);
    check("sum", &|g| g.sum.clone());
    check("count_nonzero", &|g| {
        g.n_nonzero.iter().map(|&n| f64::from(n)).collect()
    });
    check("var", &|g| aggregate::variances(g, 1));
}

#[test]
fn autocorrelations() {
    let Some((input, names)) = logged() else {
        return;
    };
    let Some(graph) = read::reference("graph.h5ad") else {
        return;
    };
    let Some(expected) = read::reference_csv("autocorrelation.csv") else {
        return;
    };
    let rows = input.rows("X", names.len());
    let weights = graph.rows("obsp/connectivities", rows.rows());
    let by_gene = rows.transpose_view().to_csr();
    let found = autocorrelation(weights.view(), by_gene.view(), &Ticker::new()).unwrap();
    for line in &expected[1..] {
        let gene = names.iter().position(|name| *name == line[0]).unwrap();
        let pair = [found[gene].morans_i, found[gene].gearys_c];
        let of = [line[1].parse().unwrap(), line[2].parse().unwrap()];
        close(&line[0], &pair, &of, 1e-5, 1e-6);
    }
}
