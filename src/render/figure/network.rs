//! Nodes and edges: abstracted graphs and clustering trees.

use super::axes::draw_frame;
use super::labels;
use super::layout::{Drawing, Margins};
use super::legend::{ColorBar, Entries};
use super::ruler::{Ruler, extent};
use super::scene::{Path, Rect, Scene, Stroke};
use super::text::{self, LABEL, Label, SMALL};
use crate::data::figure::{Edge, Frame, Network, Node, Rgb, Scale};
use crate::math;

const BODY: (f64, f64) = (290.0, 260.0);
/// Nodes that have room in a body of that size.
const USUAL: f64 = 16.0;
/// Room for a node in a row of others: for its disc, and at most for its name.
const STEP: (f64, f64) = (36.0, 74.0);
/// Names of nodes may cover this share of the body: nodes crowd together, and edges are between them.
const CROWDED: f64 = 0.1;
/// Radius of a node of median size, and the limits.
const RADIUS: f64 = 9.0;
const RADII: (f64, f64) = (4.0, 22.0);
const WIDEST: f64 = 5.0;
const WIDEST_ARROW: f64 = 2.4;
const INK: Rgb = Rgb(70, 70, 70);

pub struct NetworkDrawing<'a> {
    network: &'a Network,
    median: f64,
    /// What is at each node: its name, or a number where the names are too many.
    names: Vec<String>,
    /// The names of numbers.
    entries: Entries,
}

impl<'a> NetworkDrawing<'a> {
    pub fn new(network: &'a Network) -> Self {
        let mut sizes: Vec<f64> = network.nodes.iter().map(|node| node.size).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let median = sizes
            .get(sizes.len() / 2)
            .copied()
            .unwrap_or(1.0)
            .max(1e-12);
        let names = || network.nodes.iter().map(|node| node.name.as_str());
        let free = network.rows.is_empty() && !network.hide_names;
        let numbered = free && labels::too_many(names(), body_of(network.nodes.len()), CROWDED);
        let mut drawing = NetworkDrawing {
            network,
            median,
            names: names().map(str::to_owned).collect(),
            entries: Entries::default(),
        };
        if numbered {
            let nodes = network.nodes.iter().zip(1..);
            let entries = nodes.map(|(node, at)| (format!("{at}   {}", node.name), node.color));
            drawing.entries = entries.collect::<Vec<_>>().into();
            let numbers = (1..=network.nodes.len()).map(|at: usize| at.to_string());
            drawing.names = numbers.collect();
        }
        drawing
    }

    fn radius(&self, node: &Node) -> f64 {
        // The area grows with the root of the size, so that small groups are still seen.
        (RADIUS * math::powf((node.size / self.median).max(0.0), 0.25)).clamp(RADII.0, RADII.1)
    }

    fn places(&self, body: Rect) -> Vec<(f64, f64)> {
        let scale = Scale::default();
        let nodes = &self.network.nodes;
        // Margins in the body's own measure, so that no disc and no name crosses the frame.
        let (name, lines) = if self.network.hide_names {
            (0.0, 0)
        } else {
            self.names_room()
        };
        let aside = 26f64.max(name.min(STEP.1) / 2.0 + 2.0);
        let below = 24.0 + lines.saturating_sub(1) as f64 * SMALL * text::LINE;
        let inner = Rect::new(
            body.x + aside,
            body.y + 24.0,
            body.width - 2.0 * aside,
            body.height - 24.0 - below,
        );
        let x = extent(&scale, nodes.iter().map(|node| node.x), 0.0);
        let rows = self.network.rows.iter().map(|(y, _)| *y);
        let y = extent(&scale, nodes.iter().map(|node| node.y).chain(rows), 0.0);
        let across = Ruler::new(&scale, x, inner.x, inner.right());
        let up = Ruler::new(&scale, y, inner.bottom(), inner.y);
        nodes
            .iter()
            .map(|node| (across.at(node.x), up.at(node.y)))
            .collect()
    }

    fn draw_edge(&self, scene: &mut Scene, edge: &Edge, places: &[(f64, f64)]) {
        let (Some(&from), Some(&to)) = (places.get(edge.from), places.get(edge.to)) else {
            return;
        };
        let weight = edge.weight.clamp(0.0, 1.0);
        // Arrows of small weight are paler, too: a tree has many of them.
        let (widest, ink) = if edge.arrow {
            (
                WIDEST_ARROW,
                INK.mix(Rgb::WHITE, 0.25 + 0.5 * (1.0 - weight)),
            )
        } else {
            (WIDEST, INK)
        };
        let stroke = Stroke::new(ink, (widest * weight).max(0.4));
        let stroke = if edge.dashed { stroke.dashed() } else { stroke };
        if !edge.arrow {
            scene.shape(Path::line(from, to), None, Some(stroke));
            return;
        }
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = math::hypot(dx, dy).max(1e-9);
        let (dx, dy) = (dx / length, dy / length);
        let head = 4.0 + 1.8 * stroke.width;
        let tip_at = (length - self.radius(&self.network.nodes[edge.to]) - 1.0).max(head);
        let at = |along: f64, aside: f64| {
            (
                from.0 + dx * along - dy * aside,
                from.1 + dy * along + dx * aside,
            )
        };
        scene.shape(
            Path::line(from, at(tip_at - head * 0.8, 0.0)),
            None,
            Some(stroke),
        );
        let corners = [
            at(tip_at, 0.0),
            at(tip_at - head, head * 0.45),
            at(tip_at - head, -head * 0.45),
        ];
        scene.fill(Path::polygon(corners), ink);
    }

    /// Whether the name of a node is within its disc.
    fn names_inside(&self, node: &Node, name: &str) -> bool {
        text::width(name, SMALL, true) <= 2.0 * self.radius(node) - 3.0
    }

    /// Widest row: how many nodes.
    fn widest_row(&self) -> usize {
        let of_row = |(y, _): &(f64, String)| {
            let nodes = self.network.nodes.iter();
            nodes.filter(|node| node.y == *y).count()
        };
        self.network.rows.iter().map(of_row).max().unwrap_or(0)
    }

    /// The lines of a name below its disc; in rows they are as wide as there is room.
    fn name_below(&self, name: &str, room: f64) -> String {
        if self.network.rows.is_empty() {
            return text::wrapped(name, SMALL, true, labels::LINE_SHARE * BODY.0);
        }
        let lines = text::wrapped(name, SMALL, true, room);
        let lines: Vec<String> = lines
            .split('\n')
            .map(|line| text::cut(line, SMALL, true, room))
            .collect();
        lines.join("\n")
    }

    /// Room that names below discs take: width of the widest, lines of the longest.
    fn names_room(&self) -> (f64, usize) {
        let named = self.network.nodes.iter().zip(&self.names);
        let below = named.filter(|(node, name)| !self.names_inside(node, name));
        below.fold((0.0, 0), |(widest, lines), (_, name)| {
            let name = self.name_below(name, STEP.1 - 4.0);
            let bounds = text::bounds(&name, SMALL, true, 0.0, 0.0);
            let own = name.split('\n').count();
            (bounds.width.max(widest), own.max(lines))
        })
    }

    fn draw_names(&self, scene: &mut Scene, body: Rect, places: &[(f64, f64)]) {
        let room = match self.widest_row() {
            0 => body.width,
            n => (body.width / n as f64 - 4.0).max(12.0),
        };
        let mut below = Vec::new();
        let named = self.network.nodes.iter().zip(&self.names);
        for ((node, name), &(x, y)) in named.zip(places) {
            if self.names_inside(node, name) {
                let is_light = node.color.lightness() > 0.5;
                let ink = if is_light || !node.pie.is_empty() {
                    Rgb::BLACK
                } else {
                    Rgb::WHITE
                };
                let label = Label::new(name).size(SMALL).bold().color(ink);
                let label = if node.pie.is_empty() {
                    label
                } else {
                    label.halo()
                };
                label.middle().centered_at(scene, x, y);
            } else {
                // Below the discs, which stay in sight.
                let name = self.name_below(name, room);
                let lines = (name.split('\n').count() - 1) as f64;
                let first = y + self.radius(node) + SMALL * 0.75;
                below.push((name, x, first + lines * SMALL * text::LINE / 2.0));
            }
        }
        let discs = self.network.nodes.iter().zip(places);
        let discs: Vec<Rect> = discs
            .map(|(node, &(x, y))| {
                // The square within the disc: names may touch its rim.
                let half = self.radius(node) * 0.7;
                Rect::new(x - half, y - half, 2.0 * half, 2.0 * half)
            })
            .collect();
        let names: Vec<(&str, f64, f64)> = below
            .iter()
            .map(|(name, x, y)| (name.as_str(), *x, *y))
            .collect();
        let style = labels::Style {
            size: SMALL,
            bold: true,
        };
        labels::draw(scene, body, &names, &discs, style);
    }

    fn draw_node(&self, scene: &mut Scene, node: &Node, (x, y): (f64, f64)) {
        let radius = self.radius(node);
        let whole: f64 = node.pie.iter().map(|(share, _)| share).sum();
        let mut from = 0.0;
        for (share, color) in node.pie.iter().filter(|_| whole > 0.0) {
            let to = from + share / whole;
            scene.fill(Path::wedge(x, y, radius, from, to), *color);
            from = to;
        }
        let fill = if node.pie.is_empty() {
            Some(node.color)
        } else {
            None
        };
        let rim = Stroke::new(node.color.mix(Rgb::BLACK, 0.45), 0.8);
        scene.disc(x, y, radius, fill, Some(rim));
    }
}

impl NetworkDrawing<'_> {
    /// Room that names of rows take, and that their title does.
    fn rows_room(&self) -> f64 {
        let rows = self.network.rows.iter().map(|(_, name)| name.as_str());
        if self.network.rows.is_empty() {
            0.0
        } else {
            text::widest(rows, SMALL) + 6.0
        }
    }

    /// Room that a bar of colors takes beside a body of this height.
    fn bar_room(&self, height: f64) -> f64 {
        let bar = self.network.color_bar.as_ref();
        bar.map_or(0.0, |bar| ColorBar(bar).width(height))
    }

    fn title_room(&self) -> f64 {
        if self.network.row_title.is_empty() {
            0.0
        } else {
            LABEL * text::CAPITAL + 7.0
        }
    }
}

impl Drawing for NetworkDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        let rows = self.network.rows.len();
        if rows == 0 {
            return body_of(self.network.nodes.len());
        }
        // Discs of a row are next to each other, with their names below them.
        let (name, lines) = if self.network.hide_names {
            (0.0, 0)
        } else {
            self.names_room()
        };
        let across = (name + 4.0).clamp(STEP.0, STEP.1);
        let down = 44.0 + lines as f64 * SMALL * text::LINE;
        (
            BODY.0.max(self.widest_row() as f64 * across),
            BODY.1.max(rows as f64 * down),
        )
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let entries = self.entries.margins(body.1);
        Margins {
            left: self.rows_room() + self.title_room(),
            right: self.bar_room(body.1) + entries.right,
            ..entries
        }
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let places = self.places(body);
        for edge in &self.network.edges {
            self.draw_edge(scene, edge, &places);
        }
        for (node, &place) in self.network.nodes.iter().zip(&places) {
            self.draw_node(scene, node, place);
        }
        if !self.network.hide_names {
            self.draw_names(scene, body, &places);
        }
        for (y, name) in &self.network.rows {
            let same = self.network.nodes.iter().position(|node| node.y == *y);
            if let Some(&(_, at)) = same.and_then(|i| places.get(i)) {
                Label::new(name)
                    .size(SMALL)
                    .end()
                    .centered_at(scene, body.x - 5.0, at);
            }
        }
        let at = body.x - self.rows_room() - 4.0 - LABEL * text::CAPITAL / 2.0;
        Label::new(&self.network.row_title)
            .turned(90.0)
            .middle()
            .centered_at(scene, at, body.center().1);
        let frame = if self.network.frameless {
            Frame::Hidden
        } else {
            Frame::Closed
        };
        draw_frame(scene, body, frame);
        if let Some(bar) = &self.network.color_bar {
            ColorBar(bar).draw(scene, body);
        }
        let beside = Rect {
            width: body.width + self.bar_room(body.height),
            ..body
        };
        self.entries.draw(scene, beside);
    }
}

/// The body of that many nodes, if they are in no rows.
fn body_of(nodes: usize) -> (f64, f64) {
    let more = (nodes as f64 / USUAL).sqrt().clamp(1.0, 3.0);
    (BODY.0 * more, BODY.1 * more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_names_that_would_cover_the_nodes() {
        let network = |n: usize, name: &str| Network {
            nodes: (0..n)
                .map(|i| {
                    let at = (i * 7 % n) as f64;
                    Node::new(format!("{name} {i}"), i as f64, at, 10.0, INK)
                })
                .collect(),
            ..Network::default()
        };
        let many = network(60, "oligodendrocyte precursor cell");
        let drawing = NetworkDrawing::new(&many);
        assert_eq!(drawing.names[1], "2");
        let listed = drawing.entries.list[1].name.replace('\n', " ");
        assert_eq!(listed, "2   oligodendrocyte precursor cell 1");
        let few = network(8, "oligodendrocyte precursor cell");
        let drawing = NetworkDrawing::new(&few);
        assert_eq!(drawing.names[1], "oligodendrocyte precursor cell 1");
        assert!(drawing.entries.list.is_empty());
    }
}
