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

/// Of two lists; a gene given twice counts once. An empty list has nothing in common with any.
pub fn overlap<'a>(
    a: impl IntoIterator<Item = &'a str>,
    b: impl IntoIterator<Item = &'a str>,
    measure: Measure,
) -> f64 {
    let (a, b): (HashSet<&str>, HashSet<&str>) = (a.into_iter().collect(), b.into_iter().collect());
    let both = a.intersection(&b).count() as f64;
    match measure {
        Measure::Count => both,
        Measure::Coefficient => both / a.len().min(b.len()).max(1) as f64,
        Measure::Jaccard => both / a.union(&b).count().max(1) as f64,
    }
}

/// How many genes there are in a list, for shares of it: at least one, since none of an empty list is in
/// another.
pub fn distinct<'a>(list: impl IntoIterator<Item = &'a str>) -> f64 {
    let genes: HashSet<&str> = list.into_iter().collect();
    genes.len().max(1) as f64
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
        assert_eq!(overlap([], ["x"], Measure::Coefficient), 0.0);
        assert_eq!(overlap([], [], Measure::Jaccard), 0.0);
        assert_eq!((distinct(a), distinct([])), (2.0, 1.0));
    }
}
