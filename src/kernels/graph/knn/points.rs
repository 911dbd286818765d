//! Points made ready for comparison: coordinates for fast f32 scores, originals for exact distances.

use super::{Error, Metric, metric};
use crate::kernels::linalg::gemm::{self, Packed};
use ndarray::{
    Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, CowArray, Ix2, s,
};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Rows that scores are computed from.
pub trait Coordinates: Sync {
    fn count(&self) -> usize;
    fn dimensions(&self) -> usize;
    /// Rows that follow each other.
    fn range(&self, rows: Range<usize>) -> CowArray<'_, f32, Ix2>;
    fn pick(&self, rows: &[u32]) -> Array2<f32>;
}

impl Coordinates for Array2<f32> {
    fn count(&self) -> usize {
        self.nrows()
    }

    fn dimensions(&self) -> usize {
        self.ncols()
    }

    fn range(&self, rows: Range<usize>) -> CowArray<'_, f32, Ix2> {
        self.slice(s![rows, ..]).into()
    }

    fn pick(&self, rows: &[u32]) -> Array2<f32> {
        let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
        self.select(Axis(0), &rows)
    }
}

/// Points of one metric. A *score* orders the points around a query as the distance does, up to
/// f32 rounding: half the squared distance less half the query's own square (euclidean), minus
/// the cosine (cosine, correlation), or the distance (manhattan).
///
/// |x − y|² = |x|² + |y|² − 2 x·y: what the query alone contributes is the same for all, and without it a
/// tile of scores is one matrix product, started from the halves of |y|². The price is that digits cancel
/// where points are far from the origin, so euclidean points are centered first, which changes no distance.
/// Coordinates are made of the originals whenever they are wanted: a copy of millions would be as large as
/// everything else.
pub struct Points<'a> {
    metric: Metric,
    /// Row after row.
    original: Cow<'a, [f32]>,
    count: usize,
    /// What is subtracted from each dimension.
    center: Vec<f64>,
    /// Mean over the dimensions (0 for the cosine), and length; empty for other metrics.
    moments: Vec<(f64, f64)>,
}

/// Centered (euclidean), of unit length (cosine, correlation) or the originals.
impl Coordinates for Points<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn dimensions(&self) -> usize {
        self.center.len()
    }

    fn range(&self, rows: Range<usize>) -> CowArray<'_, f32, Ix2> {
        let mut all = Array2::zeros((rows.len(), self.dimensions()));
        for (row, to) in rows.zip(all.rows_mut()) {
            self.write(row, to);
        }
        all.into()
    }

    fn pick(&self, rows: &[u32]) -> Array2<f32> {
        let mut all = Array2::zeros((rows.len(), self.dimensions()));
        for (&row, to) in rows.iter().zip(all.rows_mut()) {
            self.write(row as usize, to);
        }
        all
    }
}

impl<'a> Points<'a> {
    /// Points × dimensions.
    pub fn new(x: ArrayView2<'a, f32>, metric: Metric) -> Result<Self, Error> {
        let center = match metric {
            Metric::Euclidean => means(x),
            _ => vec![0.0; x.ncols()],
        };
        Self::around(x, metric, center)
    }

    /// Points to be compared with `others`.
    pub fn with_center_of(others: &Points<'_>, x: ArrayView2<'a, f32>) -> Result<Self, Error> {
        Self::around(x, others.metric, others.center.clone())
    }

    fn around(x: ArrayView2<'a, f32>, metric: Metric, center: Vec<f64>) -> Result<Self, Error> {
        let bad = |row: &ndarray::ArrayView1<'_, f32>| row.iter().any(|x| !x.is_finite());
        if let Some(cell) = x.rows().into_iter().position(|row| bad(&row)) {
            return Err(Error::NotFinite { cell });
        }
        let original = match x.to_slice() {
            Some(all) => Cow::Borrowed(all),
            None => Cow::Owned(x.iter().copied().collect()),
        };
        let mut points = Points {
            metric,
            original,
            count: x.nrows(),
            center,
            moments: Vec::new(),
        };
        if matches!(metric, Metric::Cosine | Metric::Correlation) {
            let all = (0..points.count).into_par_iter();
            points.moments = all.map(|i| points.moments_of(i)).collect();
        }
        Ok(points)
    }

    /// Some of the points, in the order asked for.
    pub fn select(&self, which: &[usize]) -> Points<'static> {
        let original = which
            .iter()
            .flat_map(|&i| self.original(i))
            .copied()
            .collect();
        Points {
            metric: self.metric,
            original: Cow::Owned(original),
            count: which.len(),
            center: self.center.clone(),
            moments: which
                .iter()
                .filter_map(|&i| self.moments.get(i).copied())
                .collect(),
        }
    }

    pub fn metric(&self) -> Metric {
        self.metric
    }

    fn original(&self, i: usize) -> &[f32] {
        let d = self.dimensions();
        &self.original[i * d..][..d]
    }

    fn moments_of(&self, i: usize) -> (f64, f64) {
        let row = self.original(i);
        let mean = match self.metric {
            Metric::Correlation => {
                row.iter().map(|&x| f64::from(x)).sum::<f64>() / row.len() as f64
            }
            _ => 0.0,
        };
        (mean, metric::centered_dot(row, mean, row, mean).sqrt())
    }

    fn write(&self, i: usize, mut to: ArrayViewMut1<'_, f32>) {
        let original = self.original(i);
        let to = to.iter_mut().zip(original);
        match self.metric {
            Metric::Euclidean => to
                .zip(&self.center)
                .for_each(|((to, &x), center)| *to = (f64::from(x) - center) as f32),
            Metric::Manhattan => to.for_each(|(to, &x)| *to = x),
            Metric::Cosine | Metric::Correlation => match self.moments[i] {
                (_, 0.0) => to.for_each(|(to, _)| *to = 0.0),
                (mean, length) => {
                    to.for_each(|(to, &x)| *to = ((f64::from(x) - mean) / length) as f32);
                }
            },
        }
    }

    /// The distance of point `i` from point `j` of `others`, in f64.
    pub fn distance(&self, i: usize, others: &Points<'_>, j: usize) -> f64 {
        let (a, b) = (self.original(i), others.original(j));
        match self.metric {
            Metric::Euclidean => metric::squared_euclidean(a, b).sqrt(),
            Metric::Manhattan => metric::manhattan(a, b),
            Metric::Cosine | Metric::Correlation => {
                let ((a_mean, a_length), (b_mean, b_length)) = (self.moments[i], others.moments[j]);
                let lengths = a_length * b_length;
                if lengths == 0.0 {
                    return 1.0;
                }
                let product = match self.metric {
                    Metric::Cosine => metric::dot(a, b),
                    _ => metric::centered_dot(a, a_mean, b, b_mean),
                };
                (1.0 - product / lengths).clamp(0.0, 2.0)
            }
        }
    }

    /// A distance as what scores approximate, less the part that only depends on the query `i`.
    pub fn score_of(&self, i: usize, distance: f64) -> f64 {
        match self.metric {
            Metric::Euclidean => 0.5 * (distance * distance - self.coordinate_square(i)),
            Metric::Manhattan => distance,
            Metric::Cosine | Metric::Correlation => distance - 1.0,
        }
    }

    fn coordinate_square(&self, i: usize) -> f64 {
        let mut coordinates = Array1::zeros(self.dimensions());
        self.write(i, coordinates.view_mut());
        coordinates
            .iter()
            .map(|&x: &f32| f64::from(x) * f64::from(x))
            .sum()
    }

    /// How far a score of query `i` may be off, by rounding in f32, if no point is further from
    /// the origin than `longest`.
    pub fn score_error(&self, i: usize, longest: f64) -> f64 {
        let rounding = f64::from(f32::EPSILON) * (self.dimensions() as f64 + 8.0);
        let own = self.coordinate_square(i).sqrt();
        rounding
            * match self.metric {
                Metric::Euclidean => longest * (own + longest),
                Metric::Manhattan => (self.dimensions() as f64).sqrt() * (own + longest),
                Metric::Cosine | Metric::Correlation => 2.0,
            }
    }

    /// The largest distance of a point from the origin.
    pub fn longest(&self) -> f64 {
        (0..self.count)
            .into_par_iter()
            .map(|i| self.coordinate_square(i))
            .reduce(|| 0.0, f64::max)
            .sqrt()
    }
}

fn means(x: ArrayView2<'_, f32>) -> Vec<f64> {
    let mut sums = vec![0.0; x.ncols()];
    for row in x.rows() {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let n = x.nrows().max(1) as f64;
    sums.into_iter().map(|sum| sum / n).collect()
}

/// Consecutive points, packed to be compared with many queries.
pub struct Stripe {
    metric: Metric,
    /// Minus the coordinates, dimensions × points.
    packed: Packed<f32>,
    /// The part of the score that does not depend on the query.
    own: Vec<f32>,
    /// Their coordinates where they are not multiplied.
    coordinates: Array2<f32>,
}

/// The part of a score that only depends on the point.
pub fn own_score(point: ArrayView1<'_, f32>, metric: Metric) -> f32 {
    match metric {
        Metric::Euclidean => {
            let square: f64 = point.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            (0.5 * square) as f32
        }
        _ => 0.0,
    }
}

impl Stripe {
    /// `coordinates` as those of [`Points`].
    pub fn new(coordinates: ArrayView2<'_, f32>, metric: Metric) -> Self {
        let products = metric != Metric::Manhattan;
        let packed = if products {
            coordinates.mapv(|x| -x)
        } else {
            Array2::zeros((0, 0))
        };
        Stripe {
            metric,
            packed: Packed::new(packed.t()),
            own: coordinates
                .rows()
                .into_iter()
                .map(|row| own_score(row, metric))
                .collect(),
            coordinates: if products {
                Array2::zeros((0, 0))
            } else {
                coordinates.to_owned()
            },
        }
    }

    pub fn count(&self) -> usize {
        self.own.len()
    }

    /// Writes the scores of all points of the stripe for each of `queries` (coordinates) into the
    /// leading columns of `scores`.
    pub fn score(&self, queries: ArrayView2<'_, f32>, scores: &mut ArrayViewMut2<'_, f32>) {
        let mut scores = scores.slice_mut(s![..queries.nrows(), ..self.count()]);
        if self.metric == Metric::Manhattan {
            for (query, mut scores) in queries.rows().into_iter().zip(scores.rows_mut()) {
                for (point, score) in self.coordinates.rows().into_iter().zip(&mut scores) {
                    *score = query.iter().zip(point).map(|(a, b)| (a - b).abs()).sum();
                }
            }
            return;
        }
        for mut row in scores.rows_mut() {
            row.as_slice_mut()
                .expect("contiguous rows")
                .copy_from_slice(&self.own);
        }
        gemm::add_product_serial(queries, &self.packed, scores);
    }
}
