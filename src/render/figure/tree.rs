//! Dendrograms, by themselves or beside a grid.

use super::axes::{self, Side};
use super::layout::{Drawing, Margins};
use super::scene::{Path, Rect, Scene};
use crate::data::figure::{Dendrogram, Frame, Rgb, Tree};

const LINE: f64 = 1.0;

/// Places of leaves that are at even steps, as shares.
pub fn even(leaves: usize) -> Vec<f64> {
    (0..leaves)
        .map(|i| (i as f64 + 0.5) / leaves as f64)
        .collect()
}

/// Place (as a share) and height of every leaf and merge; `None` for a tree that is no tree.
/// `places` are those of the leaves in the order drawn.
pub fn nodes(tree: &Tree, places: &[f64]) -> Option<Vec<(f64, f64)>> {
    let mut nodes = vec![(f64::NAN, 0.0); places.len()];
    for (&place, &leaf) in places.iter().zip(&tree.order) {
        *nodes.get_mut(leaf as usize)? = (place, 0.0);
    }
    for merge in &tree.merges {
        let (left, _) = *nodes.get(merge.left as usize)?;
        let (right, _) = *nodes.get(merge.right as usize)?;
        nodes.push(((left + right) / 2.0, merge.height));
    }
    nodes
        .iter()
        .all(|(place, _)| place.is_finite())
        .then_some(nodes)
}

/// Draws a tree whose leaves are at the left edge (`sideways`) or at the bottom.
pub fn draw(scene: &mut Scene, tree: &Tree, area: Rect, places: &[f64], sideways: bool) {
    let Some(nodes) = nodes(tree, places) else {
        return;
    };
    let highest = nodes
        .iter()
        .map(|node| node.1)
        .fold(0.0, f64::max)
        .max(1e-300);
    let place = |(share, height): (f64, f64)| {
        if sideways {
            (
                area.x + area.width * height / highest,
                area.y + area.height * share,
            )
        } else {
            (
                area.x + area.width * share,
                area.bottom() - area.height * height / highest,
            )
        }
    };
    for merge in &tree.merges {
        let (left, right) = (nodes[merge.left as usize], nodes[merge.right as usize]);
        let corners = [left, (left.0, merge.height), (right.0, merge.height), right];
        scene.stroke(Path::through(corners.map(place)), Rgb(60, 60, 60), LINE);
    }
}

pub struct TreeDrawing<'a>(pub &'a Dendrogram);

impl TreeDrawing<'_> {
    fn names(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        let labels = &self.0.labels;
        let name = |leaf: &u32| {
            if (*leaf as usize) < labels.len() {
                labels.get(*leaf as usize)
            } else {
                ""
            }
        };
        self.0.tree.order.iter().map(name)
    }

    fn sides(&self, body: (f64, f64)) -> (Side, Side) {
        let plain = |side: Side| Side {
            plain: true,
            ..side
        };
        if self.0.sideways {
            let left = Side::names_beside(self.names().rev(), body.1, "");
            (plain(left), Side::default())
        } else {
            (
                Side::default(),
                plain(Side::names_below(self.names(), body.0, "")),
            )
        }
    }
}

impl Drawing for TreeDrawing<'_> {
    fn body(&self) -> (f64, f64) {
        let length = (26.0 * self.0.labels.len() as f64).clamp(160.0, 1600.0);
        if self.0.sideways {
            (190.0, length)
        } else {
            (length.max(250.0), 190.0)
        }
    }

    fn margins(&self, body: (f64, f64)) -> Margins {
        let (left, bottom) = self.sides(body);
        axes::margins(&left, &bottom, body)
    }

    fn draw(&self, scene: &mut Scene, body: Rect) {
        let (left, bottom) = self.sides((body.width, body.height));
        draw(
            scene,
            &self.0.tree,
            body,
            &even(self.0.labels.len()),
            self.0.sideways,
        );
        axes::draw(scene, body, Frame::Hidden, &left, &bottom);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Merge;

    #[test]
    fn merges_stand_over_their_branches() {
        let merge = |left, right, height| Merge {
            left,
            right,
            height,
        };
        let tree = Tree {
            merges: vec![merge(2, 0, 1.0), merge(3, 1, 2.0)],
            order: vec![1, 2, 0],
        };
        let nodes = nodes(&tree, &even(3)).unwrap();
        assert_eq!(nodes[1].0, 1.0 / 6.0);
        assert!((nodes[3].0 - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(nodes[4].1, 2.0);
        let broken = Tree {
            merges: vec![merge(7, 0, 1.0)],
            order: vec![0, 1],
        };
        assert_eq!(super::nodes(&broken, &even(2)), None);
    }
}
