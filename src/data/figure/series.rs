//! Drawings over two axes: lines, bars, histograms, boxes, ranks.

use super::{Rgb, Scale};

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineStyle {
    #[default]
    Line,
    Dashed,
    /// Points alone, such as genes in a plot of dispersion against mean.
    Points,
    LineAndPoints,
}

/// One series; points with a coordinate that is missing are left out. Points beyond a range that the
/// axes were given, infinite ones too, are at the edge.
#[derive(Debug, Clone)]
pub struct Line {
    /// In the legend; empty is not listed.
    pub name: String,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub color: Rgb,
    pub style: LineStyle,
    /// Radius of its points in typographic points; by their number if not given.
    pub radius: Option<f64>,
}

impl Line {
    pub fn new(name: impl Into<String>, x: Vec<f64>, y: Vec<f64>, color: Rgb) -> Self {
        Line {
            name: name.into(),
            x,
            y,
            color,
            style: LineStyle::default(),
            radius: None,
        }
    }

    pub fn points(mut self) -> Self {
        self.style = LineStyle::Points;
        self
    }

    pub fn has_points(&self) -> bool {
        matches!(self.style, LineStyle::Points | LineStyle::LineAndPoints)
    }
}

/// Series over common axes, drawn in order.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    pub series: Vec<Line>,
    pub x_scale: Scale,
    pub y_scale: Scale,
    /// Straight lines across: thresholds.
    pub at_x: Vec<f64>,
    pub at_y: Vec<f64>,
    /// Names of some points, written beside them, away from x = 0: name, x, y.
    pub names: Vec<(String, f64, f64)>,
}

/// Bars for names, side by side or stacked.
#[derive(Debug, Clone, Default)]
pub struct Bars {
    pub labels: Vec<String>,
    /// Name, color and one value a label. A single series has no legend.
    pub series: Vec<(String, Rgb, Vec<f64>)>,
    pub stacked: bool,
    pub horizontal: bool,
    pub scale: Scale,
    /// What the labels are, as `leiden`.
    pub label_title: String,
    /// What the series are, above their names.
    pub legend_title: String,
}

/// Counts or densities over equal or unequal intervals.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// One more than heights.
    pub edges: Vec<f64>,
    pub heights: Vec<f64>,
    pub x_scale: Scale,
    pub y_scale: Scale,
    /// Lines across with their values, such as cutoffs.
    pub thresholds: Vec<f64>,
    pub color: Rgb,
}

impl Histogram {
    /// Counts in `bins` equal intervals from the least to the largest finite value.
    pub fn of(values: &[f64], bins: usize) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let least = finite().fold(f64::INFINITY, f64::min);
        let largest = finite().fold(f64::NEG_INFINITY, f64::max);
        let (least, width) = match largest - least {
            range if range > 0.0 => (least, range / bins.max(1) as f64),
            0.0 => (least - 0.5, 1.0 / bins.max(1) as f64),
            _ => (0.0, 1.0 / bins.max(1) as f64),
        };
        let empty = Histogram {
            edges: (0..=bins.max(1))
                .map(|i| least + i as f64 * width)
                .collect(),
            heights: vec![0.0; bins.max(1)],
            x_scale: Scale::default(),
            y_scale: Scale::default(),
            thresholds: Vec::new(),
            color: Rgb(128, 128, 128),
        };
        empty.of_others(values)
    }

    /// Counts of other values, none of them outside, in the same equal intervals.
    pub fn of_others(&self, values: &[f64]) -> Self {
        let (least, width) = (self.edges[0], self.edges[1] - self.edges[0]);
        let mut heights = vec![0.0; self.heights.len()];
        for value in values.iter().filter(|value| value.is_finite()) {
            let bin = ((value - least) / width) as usize;
            heights[bin.min(self.heights.len() - 1)] += 1.0;
        }
        Histogram {
            heights,
            ..self.clone()
        }
    }

    /// Heights whose area is one.
    pub fn density(mut self) -> Self {
        let total: f64 = self.heights.iter().sum();
        if total > 0.0 {
            for (height, edge) in self.heights.iter_mut().zip(self.edges.windows(2)) {
                *height /= total * (edge[1] - edge[0]);
            }
        }
        self
    }
}

/// Quartiles, whiskers and what lies outside of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BoxPlot {
    pub low: f64,
    pub q1: f64,
    pub median: f64,
    pub q3: f64,
    pub high: f64,
    pub outliers: Vec<f32>,
}

impl BoxPlot {
    /// Tukey's box: whiskers to the last value within 1.5 interquartile ranges; quartiles by
    /// linear interpolation. `None` without a value.
    pub fn of(values: &[f32]) -> Option<Self> {
        let mut sorted: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let quantile = |share: f64| {
            let at = share * last as f64;
            let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
            f64::from(below) + (f64::from(above) - f64::from(below)) * at.fract()
        };
        let (q1, q3) = (quantile(0.25), quantile(0.75));
        let reach = 1.5 * (q3 - q1);
        let inside = |&value: &f32| (q1 - reach..=q3 + reach).contains(&f64::from(value));
        Some(BoxPlot {
            low: sorted.iter().copied().find(inside).map_or(q1, f64::from),
            q1,
            median: quantile(0.5),
            q3,
            high: sorted
                .iter()
                .rev()
                .copied()
                .find(inside)
                .map_or(q3, f64::from),
            outliers: sorted.iter().copied().filter(|v| !inside(v)).collect(),
        })
    }
}

/// Lying boxes, one a name, from the top.
#[derive(Debug, Clone, Default)]
pub struct Boxes {
    pub labels: Vec<String>,
    pub boxes: Vec<BoxPlot>,
    pub scale: Scale,
    /// What the labels are; empty for nothing.
    pub label_title: String,
    /// One a label; hues around the circle if empty.
    pub colors: Vec<Rgb>,
}

/// Names standing at their scores: markers of a group, loadings, variance ratios.
#[derive(Debug, Clone, Default)]
pub struct Ranks {
    /// From the first rank.
    pub names: Vec<String>,
    pub scores: Vec<f64>,
    pub x_label: String,
    pub y_scale: Scale,
    /// Ranks are left out after this many: the highest stand left, the lowest right of a gap.
    pub gap_after: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_count_every_finite_value() {
        let histogram = Histogram::of(&[0.0, 1.0, 1.0, 4.0, f64::NAN], 4);
        assert_eq!(histogram.heights, [1.0, 2.0, 0.0, 1.0]);
        assert_eq!(histogram.edges, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(histogram.density().heights, [0.25, 0.5, 0.0, 0.25]);
        assert_eq!(Histogram::of(&[], 3).heights, [0.0; 3]);
        assert_eq!(Histogram::of(&[7.0, 7.0], 1).heights, [2.0]);
    }

    #[test]
    fn whiskers_end_at_values() {
        let summary = BoxPlot::of(&[1.0, 2.0, 3.0, 4.0, 100.0]).unwrap();
        assert_eq!((summary.q1, summary.median, summary.q3), (2.0, 3.0, 4.0));
        assert_eq!((summary.low, summary.high), (1.0, 4.0));
        assert_eq!(summary.outliers, [100.0]);
        assert_eq!(BoxPlot::of(&[f32::NAN]), None);
    }
}
