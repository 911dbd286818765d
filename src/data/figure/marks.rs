//! Whether anything of a figure is seen: a figure without a mark is not drawn.

use super::{Expression, Figure, Kind, Lines, Points, Scale, Violins};

impl Figure {
    /// Whether any panel has a mark: a point, a bar, a field with a value.
    pub fn has_marks(&self) -> bool {
        self.panels.iter().any(|panel| panel.kind.has_marks())
    }
}

impl Kind {
    fn has_marks(&self) -> bool {
        let known = |values: &[f32]| values.iter().any(|value| !value.is_nan());
        match self {
            Kind::Points(points) => points.has_marks(),
            Kind::Violins(violins) => violins.has_marks(),
            Kind::Dots(dots) => known(&dots.means),
            Kind::Matrix(matrix) => known(&matrix.values),
            Kind::HeatMap(map) => map.expression.has_marks(),
            Kind::StackedViolins(violins) => violins.expression.has_marks(),
            Kind::Tracks(tracks) => tracks.expression.has_marks(),
            Kind::Bars(bars) => {
                let heights = bars.series.iter().flat_map(|(_, _, heights)| heights);
                heights.into_iter().any(|height| is_seen(*height))
            }
            Kind::Histogram(histogram) => histogram.heights.iter().any(|it| is_seen(*it)),
            Kind::Boxes(boxes) => !boxes.boxes.is_empty(),
            Kind::Lines(lines) => lines.has_marks(),
            Kind::Ranks(ranks) => ranks.scores.iter().any(|score| score.is_finite()),
            Kind::Network(network) => !network.nodes.is_empty(),
            Kind::Dendrogram(dendrogram) => !dendrogram.labels.is_empty(),
        }
    }
}

/// Whether a bar of this height is more than a line.
fn is_seen(height: f64) -> bool {
    height.is_finite() && height != 0.0
}

impl Scale {
    /// Whether a value has a place on the axis.
    fn takes(&self, value: f64) -> bool {
        value.is_finite() && !(self.log && value <= 0.0)
    }
}

impl Points {
    fn has_marks(&self) -> bool {
        let places = self.x.iter().zip(self.y.iter());
        let takes = |scale: &Scale, value: f32| scale.takes(f64::from(value));
        places
            .into_iter()
            .any(|(&x, &y)| takes(&self.x_scale, x) && takes(&self.y_scale, y))
    }
}

impl Violins {
    fn has_marks(&self) -> bool {
        self.values.iter().enumerate().any(|(cell, &value)| {
            let grouped = self
                .groups
                .as_ref()
                .is_none_or(|it| it.level(cell).is_some());
            let split = self
                .split
                .as_ref()
                .is_none_or(|it| it.level(cell).is_some());
            grouped && split && self.scale.takes(f64::from(value))
        })
    }
}

impl Expression {
    fn has_marks(&self) -> bool {
        let genes = self.genes.len();
        (0..self.groups.codes.len()).any(|cell| {
            self.groups.level(cell).is_some()
                && (0..genes).any(|gene| self.value(cell as u32, gene).is_finite())
        })
    }
}

impl Lines {
    fn has_marks(&self) -> bool {
        let places = self
            .series
            .iter()
            .flat_map(|line| line.x.iter().zip(&line.y));
        places
            .into_iter()
            .any(|(&x, &y)| self.x_scale.takes(x) && self.y_scale.takes(y))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bars, Color, Groups, Line, Rgb};
    use super::*;
    use crate::Names;
    use std::sync::Arc;

    #[test]
    fn values_that_are_not_there_leave_no_marks() {
        let points = |x: f32| {
            let (x, y) = (Arc::new(vec![x]), Arc::new(vec![1.0]));
            Figure::of(Points::scatter(x, y, Color::Same(Rgb::BLACK)))
        };
        assert!(points(0.0).has_marks() && !points(f32::NAN).has_marks());
        let levels: Arc<Names> = Arc::new(["a"].into_iter().collect());
        let violins = |code: i32| {
            let groups = Groups::new(Arc::new(vec![code]), Arc::clone(&levels));
            Figure::of(Violins::new("x", Arc::new(vec![2.0]), groups))
        };
        assert!(violins(0).has_marks() && !violins(-1).has_marks());
        let bars = |height: f64| Bars {
            series: vec![("a".to_owned(), Rgb::BLACK, vec![0.0, height])],
            ..Bars::default()
        };
        assert!(Figure::of(bars(1.0)).has_marks() && !Figure::of(bars(0.0)).has_marks());
        let line = |y: f64| Lines {
            series: vec![Line::new("a", vec![1.0], vec![y], Rgb::BLACK)],
            y_scale: Scale::default().log(),
            ..Lines::default()
        };
        assert!(Figure::of(line(1.0)).has_marks() && !Figure::of(line(0.0)).has_marks());
        assert!(!Figure::default().has_marks());
    }
}
