//! How much two lists of genes have in common: as scanpy's `marker_gene_overlap` counts it.

use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// |A ∩ B|
    Count,
    /// |A ∩ B| / min(|A|, |B|) (Szymkiewicz & Simpson)
    Coefficient,
    /// |A ∩ B| / |A ∪ B| (Jaccard)
    Jaccard,
}

/// Of two lists; a gene given twice counts once. NaN where there is nothing to divide by.
pub fn overlap<'a>(
    a: impl IntoIterator<Item = &'a str>,
    b: impl IntoIterator<Item = &'a str>,
    measure: Measure,
) -> f64 {
    let (a, b): (HashSet<&str>, HashSet<&str>) = (a.into_iter().collect(), b.into_iter().collect());
    let both = a.intersection(&b).count() as f64;
    match measure {
        Measure::Count => both,
        Measure::Coefficient => both / a.len().min(b.len()) as f64,
        Measure::Jaccard => both / a.union(&b).count() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (a, b) = (["x", "y", "y"], ["y", "z", "w"]);
        let of = |measure| overlap(a, b, measure);
        assert_eq!(of(Measure::Count), 1.0);
        assert_eq!(of(Measure::Coefficient), 0.5);
        assert!((of(Measure::Jaccard) - 0.25).abs() < 1e-15);
        assert!(overlap([], ["x"], Measure::Coefficient).is_nan());
        assert!(overlap([], [], Measure::Jaccard).is_nan());
    }
}
