//! Sparse matrices as stored in a file, by row or by column, and blocks of lines of large ones.

use super::stored_array::{ElementType, StoredArray};
use std::ops::Range;

/// A sparse or dense matrix of any type of number, in lines: rows, or columns where it is CSC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSparse {
    pub shape: [usize; 2],
    /// Lines are columns.
    pub by_column: bool,
    /// Values up to the end of each line, from 0 on.
    pub ends: Vec<u64>,
    /// Where in its line each value is; `None` where every line has every value.
    pub indices: Option<Vec<u32>>,
    /// Values, one after the other: of one dimension.
    pub values: StoredArray,
}

/// Which places of lines are kept, and where they are then.
#[derive(Debug)]
pub struct Across {
    /// Of each place, the new ones.
    starts: Vec<u32>,
    places: Vec<u32>,
    kept: Vec<u32>,
}

impl Across {
    /// `keep` ascends and may name a place twice; lines have `n` places.
    pub fn new(keep: &[u32], n: usize) -> Self {
        let mut starts = vec![0; n + 1];
        keep.iter()
            .for_each(|&place| starts[place as usize + 1] += 1);
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let mut places: Vec<u32> = (0..keep.len() as u32).collect();
        places.sort_by_key(|&at| keep[at as usize]);
        Across {
            starts,
            places,
            kept: keep.to_vec(),
        }
    }

    fn places(&self, of: u32) -> &[u32] {
        match self.starts.get(of as usize + 1) {
            Some(&end) => &self.places[self.starts[of as usize] as usize..end as usize],
            None => &[],
        }
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

/// A line as it is stored: places, unless it has all, and the bytes of its elements.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub indices: Option<&'a [u32]>,
    pub bytes: &'a [u8],
}

/// Brings a line in the order of its places, where it is not.
fn ascending(indices: &mut [u32], bytes: &mut [u8], size: usize) {
    if indices.is_sorted() {
        return;
    }
    let elements = bytes.chunks_exact(size).map(<[u8]>::to_vec);
    let mut pairs: Vec<(u32, Vec<u8>)> = indices.iter().copied().zip(elements).collect();
    pairs.sort_by_key(|(index, _)| *index);
    for (i, (index, element)) in pairs.into_iter().enumerate() {
        indices[i] = index;
        bytes[i * size..(i + 1) * size].copy_from_slice(&element);
    }
}

impl StoredSparse {
    /// No lines yet, of `places` places each.
    pub fn empty(element: ElementType, places: usize, dense: bool) -> Self {
        StoredSparse {
            shape: [0, places],
            by_column: false,
            ends: vec![0],
            indices: (!dense).then(Vec::new),
            values: StoredArray {
                shape: vec![0],
                element,
                bytes: Vec::new(),
                square: false,
            },
        }
    }

    /// Appends a row: `places[i]` is where its element `i` goes, or `None` where it is left out.
    /// Elements of a dense row that have no place are zero; a sparse one keeps no zeros of a dense.
    pub fn push_row(&mut self, row: Row, places: impl Fn(usize) -> Option<u32>) {
        let (size, width) = (self.values.element.size(), self.shape[1]);
        let elements = row.bytes.chunks_exact(size).enumerate();
        let column = |at: usize| row.indices.map_or(at, |indices| indices[at] as usize);
        let to = &mut self.values.bytes;
        match &mut self.indices {
            None => {
                let start = to.len();
                to.resize(start + width * size, 0);
                for (at, element) in elements {
                    if let Some(place) = places(column(at)) {
                        let at = start + place as usize * size;
                        to[at..at + size].copy_from_slice(element);
                    }
                }
            }
            Some(indices) => {
                let start = indices.len();
                for (at, element) in elements {
                    let is_zero = || element.iter().all(|&byte| byte == 0);
                    if row.indices.is_none() && is_zero() {
                        continue;
                    }
                    if let Some(place) = places(column(at)) {
                        indices.push(place);
                        to.extend_from_slice(element);
                    }
                }
                ascending(&mut indices[start..], &mut to[start * size..], size);
            }
        }
        self.shape[0] += 1;
        self.ends.push((to.len() / size) as u64);
        self.values.shape = vec![to.len() / size];
    }

    /// A line of a matrix.
    pub fn row(&self, line: usize) -> Row<'_> {
        let range = self.line(line);
        let size = self.values.element.size();
        Row {
            indices: self.indices.as_ref().map(|all| &all[range.clone()]),
            bytes: &self.values.bytes[range.start * size..range.end * size],
        }
    }

    /// The same matrix with elements of a type that holds those of both.
    pub fn cast(self, to: ElementType) -> Self {
        StoredSparse {
            values: self.values.cast(to),
            ..self
        }
    }

    /// The same matrix with its rows and columns in the other arrangement.
    pub fn turned(&self) -> StoredSparse {
        let [rows, columns] = self.shape;
        let n = if self.by_column { rows } else { columns };
        let size = self.values.element.size();
        let mut lines: Vec<(Vec<u32>, Vec<u8>)> = vec![Default::default(); n];
        for line in 0..self.n_lines() {
            let row = self.row(line);
            for (at, element) in row.bytes.chunks_exact(size).enumerate() {
                let to = row.indices.map_or(at, |indices| indices[at] as usize);
                lines[to].0.push(line as u32);
                lines[to].1.extend_from_slice(element);
            }
        }
        let mut turned = StoredSparse {
            shape: self.shape,
            by_column: !self.by_column,
            ends: vec![0],
            indices: self.indices.as_ref().map(|_| Vec::new()),
            values: StoredArray {
                bytes: Vec::with_capacity(self.values.bytes.len()),
                ..self.values.clone()
            },
        };
        for (indices, bytes) in lines {
            turned.values.bytes.extend(bytes);
            turned.ends.push((turned.values.bytes.len() / size) as u64);
            if let Some(all) = &mut turned.indices {
                all.extend(indices);
            }
        }
        turned
    }

    /// Number of lines.
    pub fn n_lines(&self) -> usize {
        self.ends.len() - 1
    }

    fn line(&self, line: usize) -> Range<usize> {
        self.ends[line] as usize..self.ends[line + 1] as usize
    }

    /// The kept rows, and of a square matrix the same columns.
    pub fn pick(&self, keep: &[u32]) -> StoredSparse {
        let [rows, columns] = self.shape;
        let square = self.values.square;
        let across = (square || self.by_column)
            .then(|| Across::new(keep, if self.by_column { rows } else { columns }));
        let lines: Vec<u32> = if square || !self.by_column {
            keep.to_vec()
        } else {
            (0..columns as u32).collect()
        };
        let mut picked = self.pick_lines(&lines, across.as_ref());
        picked.shape = [keep.len(), if square { keep.len() } else { columns }];
        picked
    }

    /// Some lines, and of them the places that `across` keeps.
    pub fn pick_lines(&self, lines: &[u32], across: Option<&Across>) -> StoredSparse {
        let mut picked = StoredSparse {
            ends: vec![0],
            indices: self.indices.as_ref().map(|_| Vec::new()),
            values: StoredArray {
                shape: Vec::new(),
                bytes: Vec::new(),
                element: self.values.element,
                square: self.values.square,
            },
            shape: self.shape,
            by_column: self.by_column,
        };
        let size = self.values.element.size();
        for &line in lines {
            let range = self.line(line as usize);
            picked.take(self, range, across, size);
            let n = picked.values.bytes.len() / size;
            picked.ends.push(n as u64);
        }
        picked.values.shape = vec![picked.values.bytes.len() / size];
        let along = across.map_or(self.shape[usize::from(!self.by_column)], Across::len);
        picked.shape = if self.by_column {
            [along, lines.len()]
        } else {
            [lines.len(), along]
        };
        picked
    }

    fn take(&mut self, from: &Self, range: Range<usize>, across: Option<&Across>, size: usize) {
        let bytes = |range: Range<usize>| &from.values.bytes[range.start * size..range.end * size];
        let to = &mut self.values.bytes;
        match (&from.indices, &mut self.indices, across) {
            (Some(indices), Some(kept), None) => {
                kept.extend_from_slice(&indices[range.clone()]);
                to.extend_from_slice(bytes(range));
            }
            (Some(indices), Some(kept), Some(across)) => {
                for at in range {
                    for &place in across.places(indices[at]) {
                        kept.push(place);
                        to.extend_from_slice(bytes(at..at + 1));
                    }
                }
            }
            (_, _, None) => to.extend_from_slice(bytes(range)),
            (_, _, Some(across)) => {
                for &place in &across.kept {
                    let at = range.start + place as usize;
                    to.extend_from_slice(bytes(at..at + 1));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ElementType, NumberType};

    fn matrix(by_column: bool, square: bool) -> StoredSparse {
        // 1 0 2
        // 0 3 0
        // 4 0 5 by row; its transpose by column.
        StoredSparse {
            shape: [3, 3],
            by_column,
            ends: vec![0, 2, 3, 5],
            indices: Some(vec![0, 2, 1, 0, 2]),
            values: StoredArray {
                shape: vec![5],
                element: ElementType::Number(NumberType::U8),
                bytes: vec![1, 2, 3, 4, 5],
                square,
            },
        }
    }

    #[test]
    fn rows_are_picked_in_both_arrangements() {
        let rows = matrix(false, false).pick(&[0, 2, 2]);
        assert_eq!((rows.shape, rows.ends), ([3, 3], vec![0, 2, 4, 6]));
        assert_eq!(rows.values.bytes, [1, 2, 4, 5, 4, 5]);
        let columns = matrix(true, false).pick(&[2]);
        assert_eq!((columns.shape, columns.ends), ([1, 3], vec![0, 1, 1, 2]));
        assert_eq!(
            (columns.indices, columns.values.bytes),
            (Some(vec![0, 0]), vec![2, 5])
        );
        for by_column in [false, true] {
            let part = matrix(by_column, true).pick(&[0, 2]);
            assert_eq!((part.shape, part.ends), ([2, 2], vec![0, 2, 4]));
            assert_eq!(
                (part.indices, part.values.bytes),
                (Some(vec![0, 1, 0, 1]), vec![1, 2, 4, 5])
            );
        }
    }

    #[test]
    fn rows_are_placed_sorted_and_hidden() {
        let source = matrix(false, false);
        let places = |column: usize| [Some(3), Some(1), None].get(column).copied().flatten();
        let mut sparse = StoredSparse::empty(source.values.element, 4, false);
        let mut dense = StoredSparse::empty(source.values.element, 4, true);
        for line in 0..3 {
            sparse.push_row(source.row(line), places);
            dense.push_row(source.row(line), places);
        }
        assert_eq!(sparse.indices, Some(vec![3, 1, 3]));
        assert_eq!(
            (sparse.ends, sparse.values.bytes),
            (vec![0, 1, 2, 3], vec![1, 3, 4])
        );
        assert_eq!(dense.values.bytes, [0, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0, 4]);
        let mut turned = StoredSparse::empty(source.values.element, 3, false);
        turned.push_row(source.row(0), |column| Some(2 - column as u32));
        assert_eq!(
            (turned.indices, turned.values.bytes),
            (Some(vec![0, 2]), vec![2, 1])
        );
        let mut of_dense = StoredSparse::empty(dense.values.element, 4, false);
        of_dense.push_row(dense.row(1), |column| Some(column as u32));
        assert_eq!(
            (of_dense.indices, of_dense.values.bytes),
            (Some(vec![1]), vec![3])
        );
    }

    #[test]
    fn a_dense_line_has_every_place() {
        let mut dense = matrix(false, false);
        (dense.indices, dense.ends) = (None, vec![0, 3, 6]);
        dense.values.bytes = vec![1, 2, 3, 4, 5, 6];
        let part = dense.pick_lines(&[1], Some(&Across::new(&[0, 2], 3)));
        assert_eq!((part.shape, part.values.bytes), ([1, 2], vec![4, 6]));
    }
}
