//! Quality control and preparation, as a person types it, against scanpy from the same input.

use crate::steps::{close, correlation, data, reference, run};
use sca::data::{Place, Uns};

/// Scores correlate at least 0.999, and the same cells are called.
#[test]
fn doublets() {
    let (Some(raw), Some(expected)) = (data("pbmc3k/pbmc3k_raw.h5ad"), reference("scrublet.h5ad"))
    else {
        return;
    };
    let ours = run(&format!("adata = read \"{raw}\"; scrublet adata"));
    let theirs = run(&format!("adata = read \"{expected}\""));
    let (a, b) = (
        ours.numbers(Place::Obs, "doublet_score"),
        theirs.numbers(Place::Obs, "doublet_score"),
    );
    let found = correlation(&a, &b);
    assert!(found >= 0.999, "scores correlate {found}");
    let uns = ours.value(Place::Uns, "scrublet");
    let uns = uns.uns().unwrap();
    let numbers = |uns: Option<&Uns>| match uns {
        Some(Uns::Array(array)) => array.iter().copied().collect::<Vec<f64>>(),
        Some(Uns::Steps(wholes)) => wholes.iter().map(|&n| n as f64).collect(),
        other => panic!("{other:?}"),
    };
    let of_theirs = |key: &str| numbers(theirs.value(Place::Uns, key).uns().map(|uns| &**uns));
    let (a, b) = (
        numbers(uns.get("doublet_scores_sim")),
        of_theirs("doublet_scores_sim"),
    );
    let found = correlation(&a, &b);
    assert!(found >= 0.999, "simulated scores correlate {found}");
    let parents = numbers(uns.get("doublet_parents"));
    close("parents", &parents, &of_theirs("doublet_parents"), 0.0);
    let Some(Uns::Number(threshold)) = uns.get("threshold") else {
        panic!("no threshold");
    };
    assert!((threshold - 0.249_943_946).abs() < 2e-3, "{threshold}");
    close(
        "calls",
        &ours.numbers(Place::Obs, "predicted_doublet"),
        &theirs.numbers(Place::Obs, "predicted_doublet"),
        0.0,
    );
}

/// Scores within 1e-6, the same phases: with the measured genes of the lists given, and with the
/// lists that are built in.
#[test]
fn gene_scores_and_phases() {
    let (Some(logs), Some(csv)) = (reference("log_normalized.h5ad"), reference("scores.csv"))
    else {
        return;
    };
    let ours = run(&format!(
        "adata = read \"{logs}\"; cell_cycle adata; score adata [\"CD3D\", \"CD3E\", \"IL7R\"] key=\"t_score\""
    ));
    let csv = std::fs::read_to_string(csv).unwrap();
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    for key in ["S_score", "G2M_score", "t_score"] {
        let at = lines[0].iter().position(|heading| *heading == key).unwrap();
        let expected: Vec<f64> = lines[1..].iter().map(|l| l[at].parse().unwrap()).collect();
        let found = ours.numbers(Place::Obs, key);
        assert_eq!(found.len(), expected.len());
        for (i, (a, b)) in found.iter().zip(&expected).enumerate() {
            assert!((a - b).abs() < 1e-6, "{key}[{i}]: {a} instead of {b}");
        }
    }
    let at = lines[0]
        .iter()
        .position(|heading| *heading == "phase")
        .unwrap();
    let phases = ours.column(Place::Obs, "phase");
    for (cell, line) in lines[1..].iter().enumerate() {
        assert_eq!(phases.text(cell), line[at], "cell {cell}");
    }
}

/// The first 200 cells of X, dense and row by row, of a script that leaves the 2,000 genes.
fn first_cells(script: &str) -> Option<Vec<f64>> {
    let logs = reference("log_normalized.h5ad")?;
    let written = std::env::temp_dir().join(format!(
        "sca-oracle-{}-{}.h5ad",
        std::process::id(),
        script.len()
    ));
    run(&format!(
        "adata = read \"{logs}\"\nhvg adata n=2000\nfilter_genes adata (highly_variable)\n{script}\nwrite adata \"{}\"",
        written.display()
    ));
    let blocks = sca::io::read(&written).unwrap().dataset.x.unwrap().blocks;
    let rows = blocks.read(0..200).unwrap();
    std::fs::remove_file(&written).unwrap();
    Some(rows.to_dense().iter().map(|&x| f64::from(x)).collect())
}

fn transformed(layer: &str) -> Option<Vec<f64>> {
    let expected = sca::io::read(reference("transforms_first_200_cells.h5ad")?.as_ref()).unwrap();
    let rows = expected.dataset.layers[layer].blocks.read(0..200).unwrap();
    Some(rows.to_dense().iter().map(|&x| f64::from(x)).collect())
}

/// Absolute 1e-4.
fn check(layer: &str, script: &str) {
    let (Some(found), Some(expected)) = (first_cells(script), transformed(layer)) else {
        return;
    };
    assert_eq!(found.len(), expected.len(), "{layer}");
    for (i, (a, b)) in found.iter().zip(&expected).enumerate() {
        let (cell, gene) = (i / 2000, i % 2000);
        let near = (a - b).abs() <= 1e-4;
        assert!(near, "{layer}: cell {cell} gene {gene}: {a} instead of {b}");
    }
}

#[test]
fn regressed() {
    check("regressed", "regress adata [total_counts, pct_counts_mt]");
}

#[test]
fn batches_corrected() {
    check("combat", "combat adata batch=batch");
}

#[test]
fn pearson_residuals() {
    check("pearson_residuals", "pearson_residuals adata");
}

#[test]
fn scaled() {
    check("scaled_max10", "scale adata max_value=10");
}

/// Row sums with the median as the target, and with the dominating genes left out of the total.
#[test]
fn totals_after_normalization() {
    let (Some(logs), Some(csv)) = (
        reference("log_normalized.h5ad"),
        reference("normalize_row_sums.csv"),
    ) else {
        return;
    };
    let csv = std::fs::read_to_string(csv).unwrap();
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    for (column, arguments) in [
        ("median_target_total", ""),
        ("exclude_total", "target=1e4 exclude_highly_expressed=true"),
    ] {
        // Normalized counts are no counts to `qc`, unless a person says that they are.
        let written = scratch(column);
        let ours = run(&format!(
            "adata = read \"{logs}\"; normalize adata layer=\"counts\" {arguments}; \
             write adata \"{written}\" keep=[X, layers]; \
             adata = read \"{written}\" layers={{counts: \"counts\"}}; qc adata layer=\"counts\""
        ));
        std::fs::remove_file(&written).unwrap();
        let at = lines[0]
            .iter()
            .position(|heading| *heading == column)
            .unwrap();
        let expected: Vec<f64> = lines[1..].iter().map(|l| l[at].parse().unwrap()).collect();
        close(
            column,
            &ours.numbers(Place::Obs, "total_counts"),
            &expected,
            1e-5,
        );
    }
}

/// A file to write, for a test of this name.
fn scratch(name: &str) -> String {
    let file = format!("sca-oracle-{name}-{}.h5ad", std::process::id());
    std::env::temp_dir().join(file).display().to_string()
}

/// Logarithms to base 2 are natural ones divided by ln 2.
#[test]
fn logarithms_of_another_base() {
    let Some(raw) = data("pbmc3k/pbmc3k_raw.h5ad") else {
        return;
    };
    let mean = |base: &str| {
        let written = scratch("logarithms");
        let ran = run(&format!(
            "adata = read \"{raw}\"; normalize adata target=1e4; log1p adata {base}; \
             write adata \"{written}\" keep=[X]; adata = read \"{written}\" X=counts; qc adata"
        ));
        std::fs::remove_file(&written).unwrap();
        ran.numbers(Place::Obs, "total_counts")
    };
    let (natural, binary) = (mean(""), mean("base=2"));
    let expected: Vec<f64> = natural.iter().map(|x| x / std::f64::consts::LN_2).collect();
    close("base 2", &binary, &expected, 1e-5);
}

/// Totals are those asked for, no count grows, and a cell's molecules do not depend on which genes
/// are looked at.
#[test]
fn fewer_molecules() {
    let Some(raw) = data("pbmc3k/pbmc3k_raw.h5ad") else {
        return;
    };
    let read = format!("adata = read \"{raw}\"");
    let before = run(&format!("{read}; qc adata"));
    let each = run(&format!(
        "{read}; downsample adata counts_per_cell=1000; qc adata"
    ));
    let expected: Vec<f64> = before
        .numbers(Place::Obs, "total_counts")
        .iter()
        .map(|total| total.min(1000.0))
        .collect();
    close(
        "totals",
        &each.numbers(Place::Obs, "total_counts"),
        &expected,
        0.0,
    );
    let all = run(&format!(
        "{read}; downsample adata total_counts=1e6; qc adata"
    ));
    let sum: f64 = all.numbers(Place::Obs, "total_counts").iter().sum();
    assert_eq!(sum, 1e6);
    let of_gene = |script: &str| {
        let ran = run(&format!("{read}; {script}"));
        let names = ran.genes();
        let at = names.iter().position(|name| name == "LYZ").unwrap();
        ran.numbers(Place::Var, "total_counts")[at]
    };
    let alone = of_gene(
        "downsample adata counts_per_cell=1000; adata = adata[:, [\"LYZ\", \"CD3D\"]]; qc adata",
    );
    assert_eq!(
        alone,
        of_gene("downsample adata counts_per_cell=1000; qc adata")
    );
}

/// Cells drawn with replacement bring their values along as often as they are drawn.
#[test]
fn cells_drawn_again() {
    let Some(raw) = data("pbmc3k/pbmc3k_raw.h5ad") else {
        return;
    };
    let ran = run(&format!(
        "adata = read \"{raw}\"; qc adata; adata.obs.before = total_counts; sample adata n=4000 replace=true; qc adata"
    ));
    let (before, after) = (
        ran.numbers(Place::Obs, "before"),
        ran.numbers(Place::Obs, "total_counts"),
    );
    assert_eq!(before.len(), 4000);
    close("totals", &after, &before, 0.0);
}

/// The 2,000 genes that scanpy 1.11.5 takes by batch, a bit per gene, for flavours of which the
/// reference has no such run.
/// How many genes are selected by both, for each line of a flavour and the reference's selection in
/// hexadecimal digits.
fn genes_in_common(lines: &str, script: &str) -> Vec<(String, usize)> {
    let common = |line: &str| {
        let (flavor, digits) = line.split_once(' ').unwrap();
        let digits = digits.chars().map(|c| c.to_digit(16).unwrap());
        let bits = digits.flat_map(|digit| (0..4).rev().map(move |at| digit >> at & 1 == 1));
        let ours = run(&script.replace("FLAVOR", flavor));
        let found = ours.numbers(Place::Var, "highly_variable");
        assert_eq!(found.iter().sum::<f64>(), 2000.0);
        let both = found.iter().zip(bits).filter(|&(&a, b)| a == 1.0 && b);
        (flavor.to_owned(), both.count())
    };
    lines.lines().map(common).collect()
}

#[test]
fn variable_genes_by_batch() {
    let Some(logs) = reference("log_normalized.h5ad") else {
        return;
    };
    let script = format!("adata = read \"{logs}\"; hvg adata n=2000 flavor=FLAVOR batch=batch");
    for (flavor, common) in genes_in_common(include_str!("hvg_batches.txt"), &script) {
        // Residuals are clipped by the cells of their own batch here, by those of the first there.
        let least = if flavor == "pearson_residuals" {
            1998
        } else {
            2000
        };
        assert!(common >= least, "{flavor}: {common} genes in common");
    }
}

/// Batches of 1,000 cells in which a third of the genes have a variance in common with others:
/// the reference was made with the earlier of such genes first, as a stable sort leaves them.
#[test]
fn variable_counts_by_condition() {
    let Some(path) = data("integration/kang_ctrl_stim_2000.h5ad") else {
        return;
    };
    let script = format!("adata = read \"{path}\"; hvg adata n=2000 flavor=FLAVOR batch=stim");
    for (flavor, common) in genes_in_common(include_str!("hvg_conditions.txt"), &script) {
        assert_eq!(common, 2000, "{flavor}");
    }
}
