//! `de`'s statistics against limma 3.54 and edgeR 3.40: `limma.txt` is what `limma.R` wrote.

use ndarray::{Array2, Axis};
use sca::kernels::stats::moderated::{PriorParams, log2_cpm, moderated, worth_testing};
use sca::kernels::stats::tmm;
use std::collections::BTreeMap;

/// The lines of a case by their first words, those of a fit with `trend plain` before them.
struct Case {
    name: String,
    shape: Vec<usize>,
    lines: BTreeMap<String, Vec<f64>>,
}

impl Case {
    fn of(&self, key: &str) -> &[f64] {
        self.lines.get(key).map_or(&[], Vec::as_slice)
    }

    fn matrix(&self, key: &str, rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_vec((rows, columns), self.of(key).to_vec()).unwrap()
    }

    fn design(&self) -> Array2<f64> {
        self.matrix("design", self.shape[0], self.shape[2])
    }
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut fit = String::new();
    for line in include_str!("limma.txt").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = match words[0] {
            "case" => 2,
            "counts" if words.len() == 4 => 1,
            "fit" => {
                fit = words[1..].join(" ");
                continue;
            }
            key => {
                let numbers = words[1..].iter().map(|word| match *word {
                    "Inf" => f64::INFINITY,
                    word => word.parse().unwrap(),
                });
                let key = match key {
                    "t" | "p" | "df" | "s2" => format!("{fit} {key}"),
                    key => key.to_owned(),
                };
                let case = cases.last_mut().unwrap();
                case.lines.insert(key, numbers.collect());
                continue;
            }
        };
        cases.push(Case {
            name: words[start - 1].to_owned(),
            shape: words[start..].iter().map(|n| n.parse().unwrap()).collect(),
            lines: BTreeMap::new(),
        });
    }
    cases
}

/// Every fit of a case is limma's; `y` is samples × genes.
fn fits(case: &Case, y: &Array2<f64>) {
    for (words, trend, robust, tolerance) in [
        ("common plain", false, false, 1e-8),
        ("trend plain", true, false, 1e-8),
        // limma looks for d₀ to 1e-8 of d₀/(1 + d₀) and integrates by the same nodes.
        ("common robust", false, true, 1e-5),
        ("trend robust", true, true, 1e-5),
    ] {
        if case.of(&format!("{words} t")).is_empty() {
            continue;
        }
        let params = PriorParams { trend, robust };
        let fit = moderated(y.view(), case.design().view(), params).unwrap();
        let found = [
            ("t", &fit.t[1]),
            ("p", &fit.log10_pvals[1]),
            ("df", &fit.prior.df),
            ("s2", &fit.prior.variance),
        ];
        for (key, values) in found {
            let expected = case.of(&format!("{words} {key}"));
            assert_eq!(values.len(), expected.len());
            for (gene, (a, b)) in values.iter().zip(expected).enumerate() {
                let near = a == b || (a - b).abs() <= tolerance * b.abs().max(1e-3);
                assert!(
                    near,
                    "{} {words} {key} of gene {gene}: {a}, not {b}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn moderated_tests_are_those_of_limma() {
    let mut infinite = 0;
    for case in cases().iter().filter(|case| case.name != "counts") {
        let y = case.matrix("y", case.shape[1], case.shape[0]);
        fits(case, &y.reversed_axes());
        let df = case.of("trend plain df");
        infinite += usize::from(df.iter().all(|df| df.is_infinite()));
    }
    assert!(infinite > 0, "an infinite prior is among the cases");
}

#[test]
fn counts_become_the_same_tests() {
    let cases = cases();
    let case = cases.iter().find(|case| case.name == "counts").unwrap();
    let (samples, genes) = (case.shape[0], case.shape[1]);
    let counts = case.matrix("counts", genes, samples).reversed_axes();
    let sizes = |counts: &Array2<f64>| counts.sum_axis(Axis(1)).to_vec();
    let keep = worth_testing(counts.view(), &sizes(&counts), case.design().view(), 10.0).unwrap();
    let expected: Vec<bool> = case.of("keep").iter().map(|&x| x == 1.0).collect();
    assert_eq!(keep, expected);
    let kept: Vec<usize> = (0..genes).filter(|&gene| keep[gene]).collect();
    let counts = counts.select(Axis(1), &kept);
    let mut sizes = sizes(&counts);
    let factors = tmm::factors(counts.view(), &sizes);
    for (a, b) in factors.iter().zip(case.of("factors")) {
        assert!((a - b).abs() < 1e-9, "{factors:?}");
    }
    sizes
        .iter_mut()
        .zip(factors)
        .for_each(|(size, f)| *size *= f);
    let logs = log2_cpm(counts.view(), &sizes, 2.0);
    let expected = case.matrix("logs", kept.len(), samples);
    for (a, b) in logs.iter().zip(expected.t().iter()) {
        assert!((a - b).abs() < 1e-9);
    }
    fits(case, &logs);
}
