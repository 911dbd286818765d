//! Which batches cells belong to. Cells with the same levels of all batch variables are one
//! *combination*; whatever is summed over cells is summed by combination first.

use std::collections::BTreeMap;

pub(super) struct Design {
    /// Combination of each cell.
    pub combination: Vec<u32>,
    /// The levels that make up each combination, one of each variable, numbered through all of them.
    pub levels: Vec<Vec<usize>>,
    /// Cells of each level.
    pub sizes: Vec<f64>,
    /// The variable of each level.
    pub variable: Vec<usize>,
}

impl Design {
    /// `batches` are labels of all cells; `order` says which cell comes in which place.
    pub fn new(batches: &[&[u32]], order: &[usize]) -> Self {
        let mut numbers: Vec<BTreeMap<u32, usize>> = Vec::new();
        let mut count = 0;
        let mut variable = Vec::new();
        for (place, labels) in batches.iter().enumerate() {
            let mut levels: BTreeMap<u32, usize> = labels.iter().map(|&l| (l, 0)).collect();
            for level in levels.values_mut() {
                *level = count;
                count += 1;
                variable.push(place);
            }
            numbers.push(levels);
        }
        let mut sizes = vec![0.0; count];
        let mut known: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        let mut combination = Vec::with_capacity(order.len());
        for &cell in order {
            let levels = batches.iter().zip(&numbers);
            let levels: Vec<usize> = levels
                .map(|(labels, number)| number[&labels[cell]])
                .collect();
            for &level in &levels {
                sizes[level] += 1.0;
            }
            let next = known.len() as u32;
            combination.push(*known.entry(levels).or_insert(next));
        }
        let mut levels = vec![Vec::new(); known.len()];
        for (of_one, number) in known {
            levels[number as usize] = of_one;
        }
        Self {
            combination,
            levels,
            sizes,
            variable,
        }
    }

    /// Sums by combination (combinations × width) to sums by level.
    pub fn by_level(&self, by_combination: &[f64], width: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.sizes.len() * width];
        for (levels, row) in self.levels.iter().zip(by_combination.chunks(width)) {
            for &level in levels {
                let sum = &mut sums[level * width..(level + 1) * width];
                sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_of_two_variables() {
        let design = Design::new(&[&[5, 5, 9], &[0, 1, 1]], &[2, 0, 1]);
        assert_eq!(design.combination, [0, 1, 2]);
        assert_eq!(design.levels, [vec![1, 3], vec![0, 2], vec![0, 3]]);
        assert_eq!(design.sizes, [2.0, 1.0, 1.0, 2.0]);
        assert_eq!(design.variable, [0, 0, 1, 1]);
        assert_eq!(design.by_level(&[1.0, 2.0, 4.0], 1), [6.0, 1.0, 2.0, 5.0]);
    }
}
