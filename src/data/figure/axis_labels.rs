//! Labels of axes instead of those that a drawing has.

use super::Kind;

impl Kind {
    /// Labels the axes as they are drawn: x below, y beside. What has no such axis stays as it is.
    pub fn label_axes(&mut self, x: Option<&str>, y: Option<&str>) {
        let (x_label, y_label) = match self {
            Kind::Points(it) => (&mut it.x_scale.label, &mut it.y_scale.label),
            Kind::Violins(it) => (&mut it.group_label, &mut it.scale.label),
            Kind::Dots(it) => (&mut it.grid.x_label, &mut it.grid.y_label),
            Kind::Matrix(it) => (&mut it.grid.x_label, &mut it.grid.y_label),
            Kind::StackedViolins(it) => (&mut it.x_label, &mut it.y_label),
            Kind::Bars(it) if it.horizontal => (&mut it.scale.label, &mut it.label_title),
            Kind::Bars(it) => (&mut it.label_title, &mut it.scale.label),
            Kind::Histogram(it) => (&mut it.x_scale.label, &mut it.y_scale.label),
            Kind::Lines(it) => (&mut it.x_scale.label, &mut it.y_scale.label),
            Kind::Boxes(it) => (&mut it.scale.label, &mut it.label_title),
            Kind::Ranks(it) => (&mut it.x_label, &mut it.y_scale.label),
            Kind::HeatMap(_) | Kind::Tracks(_) | Kind::Network(_) | Kind::Dendrogram(_) => return,
        };
        for (label, asked) in [(x_label, x), (y_label, y)] {
            if let Some(asked) = asked {
                asked.clone_into(label);
            }
        }
    }
}
