//! Groups as figures draw them: which, in which order and colors, and their dendrogram.

use crate::command::params::{Many, Text};
use crate::command::{NamedGroups, Scene};
use crate::commands::inputs::groups::{as_category, in_use};
use crate::commands::inputs::missing;
use crate::commands::plotting::color_scale::GroupColors;
use crate::commands::plotting::picture::{colored_groups, stored_colors};
use crate::data::figure::{Groups, Merge, Tree};
use crate::data::{Category, Dataset, Names, Place, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Private, Promised};
use std::sync::Arc;

/// Groups in the order drawn.
#[derive(Debug, Clone)]
pub struct GroupRows {
    /// The column they come from.
    pub label: String,
    /// Levels in the order drawn, and the level of each cell.
    pub groups: Groups,
    /// For each of them, its position among the levels of the column that have cells.
    pub order: Vec<usize>,
    /// Leaves are numbered by their place in `groups`.
    pub tree: Option<Tree>,
}

/// How the groups are to be drawn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Drawn<'a> {
    /// Those to draw, in this order.
    pub only: Option<&'a Many<Text>>,
    /// In the order of their dendrogram, which is drawn too.
    pub dendrogram: bool,
    /// In these colors.
    pub palette: Option<&'a GroupColors>,
}

/// The groups of `by`: those that were asked for in that order, else all that have cells.
pub fn group_rows(
    scene: &Scene,
    data: &Dataset,
    by: &str,
    Drawn {
        only,
        dendrogram,
        palette,
    }: Drawn,
) -> Outcome<Promised<GroupRows>> {
    let only = only.map(Many::texts);
    let named = only.clone().unwrap_or_default();
    let named = scene.named_groups(data, by, "groups", named)?;
    let colored = palette.map(GroupColors::groups).unwrap_or_default();
    let colored = scene.named_groups(data, by, "palette", colored)?;
    if dendrogram && only.is_some() {
        return Err(scene
            .error(
                "groups",
                code::NOT_APPLICABLE,
                "a dendrogram shows all groups",
                "selects some of them",
            )
            .help("leave out groups= or dendrogram="));
    }
    let column = missing::noted(scene, data, by, "are not drawn")?;
    let tree = dendrogram.then(|| scene.value(data, Place::Uns, &format!("dendrogram_{by}")));
    let needs = (column, tree.transpose()?, stored_colors(data, by));
    let (by, origin, palette) = (by.to_owned(), scene.origin(), palette.cloned());
    Ok(scene.step(needs, Private::new(), move |values, _| {
        let (column, tree, colors) = values;
        let Some(column) = column.column() else {
            let headline = format!("obs.{by} is not a column");
            return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline).into());
        };
        let tree = tree.as_ref().and_then(Value::uns);
        let colors = colors.as_ref().and_then(Value::uns);
        let category = as_category(column, &by).map_err(|error| error.at(&origin))?;
        let mut groups = colored_groups(column, colors.map(|uns| &**uns));
        colored.check(&groups.levels)?;
        if let Some(palette) = &palette {
            groups = palette.color(groups);
        }
        let found = match tree {
            Some(uns) => by_tree(&category, &by, uns),
            None => chosen(&category, only.is_some().then_some(&named)),
        };
        let (order, tree) = found.map_err(|error| error.at(&origin))?;
        Ok(GroupRows {
            groups: in_order(&groups, &order),
            label: by.clone(),
            order: among_used(&category, &order),
            tree,
        })
    }))
}

type Found = (Vec<usize>, Option<Tree>);

fn chosen(category: &Category, only: Option<&NamedGroups>) -> Outcome<Found> {
    let counts = category.counts();
    let order = match only {
        None => (0..counts.len()).filter(|&i| counts[i] > 0).collect(),
        Some(only) => {
            only.check(&in_use(category).levels)?;
            let places = only.names.iter();
            places
                .filter_map(|name| category.levels.position(name))
                .collect()
        }
    };
    Ok((order, None))
}

/// Positions of levels among those that have cells.
fn among_used(category: &Category, order: &[usize]) -> Vec<usize> {
    let counts = category.counts();
    let before = |&level: &usize| counts[..level].iter().filter(|&&n| n > 0).count();
    order.iter().map(before).collect()
}

/// The levels and their codes in another order; cells of levels left out have none.
fn in_order(groups: &Groups, order: &[usize]) -> Groups {
    let mut place = vec![-1; groups.levels.len()];
    for (to, &from) in order.iter().enumerate() {
        place[from] = to as i32;
    }
    let codes = groups.codes.iter();
    let codes = codes.map(|&code| usize::try_from(code).map_or(-1, |code| place[code]));
    Groups {
        codes: Arc::new(codes.collect()),
        levels: Arc::new(order.iter().map(|&i| groups.levels.get(i)).collect()),
        colors: order.iter().map(|&i| groups.colors[i]).collect(),
    }
}

/// The order, the tree and the correlations that scanpy's record of a dendrogram holds.
fn by_tree(category: &Category, by: &str, uns: &Uns) -> Outcome<Found> {
    let old = || {
        Diagnostic::error(
            code::UNEXPECTED_CONTENT,
            format!("uns.dendrogram_{by} is for other groups"),
        )
        .help(format!("obs.{by} has changed: rerun `dendrogram`"))
    };
    let (Some(names), Some(idx), Some(linkage)) = (
        uns.get("categories_ordered").and_then(texts),
        uns.get("categories_idx_ordered").and_then(numbers),
        uns.get("linkage").and_then(numbers),
    ) else {
        return Err(old());
    };
    let n = names.len();
    if idx.len() != n || linkage.len() != 4 * n.saturating_sub(1) {
        return Err(old());
    }
    let order: Option<Vec<usize>> = names
        .iter()
        .map(|name| category.levels.position(name))
        .collect();
    let order = order.ok_or_else(old)?;
    let counts = category.counts();
    if (0..counts.len()).any(|level| (counts[level] > 0) != order.contains(&level)) {
        return Err(old());
    }
    // Leaf i of the linkage stands where `idx` has i.
    let mut place = vec![u32::MAX; n];
    for (at, &leaf) in idx.iter().enumerate() {
        *place.get_mut(leaf as usize).ok_or_else(old)? = at as u32;
    }
    let node = |x: f64| match x as usize {
        leaf if leaf < n => place[leaf],
        merge => merge as u32,
    };
    let merges = linkage.chunks_exact(4).map(|row| Merge {
        left: node(row[0]),
        right: node(row[1]),
        height: row[2],
    });
    let tree = Tree {
        merges: merges.collect(),
        order: (0..n as u32).collect(),
    };
    Ok((order, Some(tree)))
}

fn texts(uns: &Uns) -> Option<Arc<Names>> {
    match uns {
        Uns::Texts(names) => Some(names.clone()),
        _ => None,
    }
}

fn numbers(uns: &Uns) -> Option<Vec<f64>> {
    match uns {
        Uns::Array(array) => Some(array.iter().copied().collect()),
        Uns::Array32(array) => Some(array.iter().map(|&x| f64::from(x)).collect()),
        Uns::Steps(wholes) => Some(wholes.iter().map(|&x| x as f64).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Origin, Source, Span};
    use ndarray::Array2;

    fn category() -> Category {
        Category {
            codes: vec![0, 1, 2, 2, -1],
            levels: Arc::new(["a", "b", "c", "none"].iter().collect()),
            level_type: Default::default(),
            ordered: false,
        }
    }

    /// a and c are merged first; drawn as b, a, c.
    fn record() -> Uns {
        let linkage = [[0.0, 2.0, 0.5, 2.0], [1.0, 3.0, 1.5, 3.0]].concat();
        let linkage = Array2::from_shape_vec((2, 4), linkage).unwrap();
        let names: Names = ["b", "a", "c"].iter().collect();
        Uns::map()
            .with("categories_ordered", Uns::Texts(Arc::new(names)))
            .with("categories_idx_ordered", Uns::Steps(vec![1, 0, 2]))
            .with("linkage", Uns::Array(linkage.into_dyn()))
    }

    #[test]
    fn the_tree_gives_the_order() {
        let (order, tree) = by_tree(&category(), "x", &record()).unwrap();
        let tree = tree.unwrap();
        assert_eq!(order, [1, 0, 2]);
        let pairs: Vec<_> = tree.merges.iter().map(|m| (m.left, m.right)).collect();
        assert_eq!(pairs, [(1, 2), (0, 3)]);
    }

    #[test]
    fn a_tree_of_other_groups_is_refused() {
        let mut other = category();
        other.levels = Arc::new(["a", "b", "d", "none"].iter().collect());
        assert!(by_tree(&other, "x", &record()).is_err());
        let mut more = category();
        more.codes[4] = 3;
        assert!(by_tree(&more, "x", &record()).is_err());
    }

    #[test]
    fn groups_without_cells_are_left_out() {
        let (order, _) = chosen(&category(), None).unwrap();
        assert_eq!(order, [0, 1, 2]);
        let named = |names: &[&str]| NamedGroups {
            column: "obs.x".into(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            origin: Origin::new(&Source::new("", ""), Span::default()),
        };
        let (order, _) = chosen(&category(), Some(&named(&["c", "a"]))).unwrap();
        let groups = in_order(&Groups::from(&category()), &order);
        assert_eq!(*groups.codes, vec![1, -1, 0, 0, -1]);
        assert!(chosen(&category(), Some(&named(&["e"]))).is_err());
        assert!(chosen(&category(), Some(&named(&["none"]))).is_err());
    }

    #[test]
    fn means_are_found_among_the_groups_that_have_cells() {
        let mut category = category();
        category.codes = vec![3, 1, 1, 3, -1];
        let (order, _) = chosen(&category, None).unwrap();
        assert_eq!(order, [1, 3]);
        assert_eq!(among_used(&category, &order), [0, 1]);
    }
}
