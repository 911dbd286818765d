//! Groups of cells by a column of obs: what several commands go by.

use crate::command::suggest::groups_of_numbers;
use crate::command::{NamedGroups, Scene};
use crate::commands::inputs::memory::at_most_half;
use crate::commands::inputs::missing;
use crate::data::quantity;
use crate::data::{Category, Column, Dataset, Names, Place, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::stats::sums::NO_GROUP;
use crate::kernels::transfer::{Packing, Sent, Torn, Unpacking};
use crate::plan::values::{pack_names, unpack_names};
use crate::plan::{Private, Promised, Shared};
use std::sync::Arc;

/// A group for each cell.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Index into `levels`; [`NO_GROUP`] where the column has no value.
    pub codes: Arc<[u32]>,
    pub levels: Arc<Names>,
}

impl Groups {
    /// Cells in each group.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.levels.len()];
        for &code in self.codes.iter().filter(|&&code| code != NO_GROUP) {
            sizes[code as usize] += 1;
        }
        sizes
    }

    /// Cells that belong to none.
    pub fn ungrouped(&self) -> usize {
        self.codes.iter().filter(|&&code| code == NO_GROUP).count()
    }

    /// Without the groups that have fewer than `least` cells, whose cells then belong to none; and
    /// the names and sizes of those that went.
    pub fn of_at_least(&self, least: usize) -> (Groups, Vec<(String, usize)>) {
        let sizes = self.sizes();
        let (mut kept, mut small) = (Vec::new(), Vec::new());
        for (level, &n) in (0..).zip(&sizes) {
            if n < least {
                small.push((self.levels.get(level as usize).to_owned(), n));
            } else {
                kept.push(level);
            }
        }
        (self.picked(&kept), small)
    }

    /// Without the groups whose names are not among those, whose cells then belong to none.
    pub fn of(&self, is_one: impl Fn(&str) -> bool) -> Groups {
        let levels = 0..self.levels.len() as u32;
        let kept = levels.filter(|&level| is_one(self.levels.get(level as usize)));
        self.picked(&kept.collect::<Vec<u32>>())
    }

    /// The groups in the order of their names.
    pub fn by_name(&self) -> Groups {
        let mut levels: Vec<u32> = (0..self.levels.len() as u32).collect();
        levels.sort_by_key(|&level| self.levels.get(level as usize));
        self.picked(&levels)
    }

    /// Some of the groups, in this order; cells of others belong to none.
    fn picked(&self, levels: &[u32]) -> Groups {
        let mut place = vec![NO_GROUP; self.levels.len()];
        for (at, &level) in (0..).zip(levels) {
            place[level as usize] = at;
        }
        let code = |&code: &u32| place.get(code as usize).copied().unwrap_or(NO_GROUP);
        Groups {
            codes: self.codes.iter().map(code).collect(),
            levels: Arc::new(self.levels.pick(levels)),
        }
    }
}

impl Sent for Groups {
    fn pack(&self, to: &mut Packing) {
        to.list(&self.codes);
        pack_names(&self.levels, to);
    }

    fn unpack(from: &mut Unpacking) -> Result<Self, Torn> {
        let (codes, levels): (Vec<u32>, _) = (from.list()?, Arc::new(unpack_names(from)?));
        let known = |code: &u32| *code == NO_GROUP || (*code as usize) < levels.len();
        if !codes.iter().all(known) {
            return Err(Torn);
        }
        Ok(Groups {
            codes: codes.into(),
            levels,
        })
    }
}

/// `b2 (1 cell), b7 (1 cell)`, for the message about groups.
pub fn names_and_sizes(groups: &[(String, usize)]) -> String {
    let one = |(name, n): &(String, usize)| match n {
        1 => format!("{name} (1 cell)"),
        n => format!("{name} ({} cells)", quantity::count(*n as u64)),
    };
    match groups {
        [first @ .., _] if first.len() > 5 => {
            let named: Vec<String> = groups[..5].iter().map(one).collect();
            format!("{} and {} more", named.join(", "), groups.len() - 5)
        }
        _ => groups.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

/// The groups of a column, as [`Groups`]; a note says how many cells belong to none.
pub fn groups(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Promised<Groups>> {
    groups_with(scene, data, key, Vec::new())
}

/// The same, where arguments name some of the groups.
pub fn groups_with(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    named: Vec<NamedGroups>,
) -> Outcome<Promised<Groups>> {
    let column = scene.value(data, Place::Obs, key)?;
    let key = key.to_owned();
    Ok(scene.light_step(column, Private::new(), move |column, cx| {
        let groups = of_value(&column, &key)?;
        named.iter().try_for_each(|it| it.check(&groups.levels))?;
        let (cells, of) = (groups.codes.len(), format!("obs.{key}"));
        cx.remark(missing::note(
            groups.ungrouped(),
            cells,
            &of,
            "belong to no group",
        ));
        Ok(groups)
    }))
}

/// The same without a note, for commands that say what they do with cells of no group.
pub fn groups_unnoted(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Promised<Groups>> {
    let column = scene.value(data, Place::Obs, key)?;
    let key = key.to_owned();
    Ok(scene.light_step(column, Private::new(), move |column, _| {
        Ok(of_value(&column, &key)?)
    }))
}

/// The groups of a column in which every cell has one; others are refused.
pub fn groups_of_all(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Promised<Groups>> {
    let column = scene.value(data, Place::Obs, key)?;
    let (key, origin) = (key.to_owned(), scene.origin());
    Ok(scene.light_step(column, Private::new(), move |column, _| {
        let groups = of_value(&column, &key)?;
        missing::refuse(groups.ungrouped(), groups.codes.len(), &key, &origin)?;
        Ok(groups)
    }))
}

/// Groups as they are, unless results of a number of bytes for every gene in every group (`each` of the number
/// of groups) would take more than half of the memory setting: how many groups there are is known only now.
pub fn that_fit(
    scene: &Scene,
    data: &Dataset,
    groups: &Promised<Groups>,
    each: impl Fn(usize) -> usize + Send + Sync + 'static,
) -> Promised<Groups> {
    let memory = scene.settings.memory;
    let needs = (groups.clone(), scene.gene_names(data));
    scene.step(needs, Shared::new(), move |(groups, genes), _| {
        let n_groups = groups.levels.len();
        fit(n_groups, each(n_groups) * genes.len(), memory)?;
        Ok(groups)
    })
}

/// Whether results of `each` bytes for every group leave half of the memory to everything else.
///
/// # Errors
/// They do not: [`code::MEMORY`].
pub fn fit(n_groups: usize, each: usize, memory: u64) -> Outcome<()> {
    let bytes = n_groups as u64 * each as u64;
    let what = || format!("results of {n_groups} groups");
    let instead = "group by a column with fewer levels (a lower res=), keep fewer genes";
    at_most_half(bytes, memory, what, instead)
}

/// The same of several columns.
pub fn each_of_all(
    scene: &Scene,
    data: &Dataset,
    keys: &[String],
) -> Outcome<Vec<Promised<Groups>>> {
    let keys = keys.iter();
    keys.map(|key| groups_of_all(scene, data, key)).collect()
}

fn of_value(value: &Value, key: &str) -> Outcome<Groups> {
    Ok(in_use(&category_of(value, key)?))
}

/// A slot of obs that cells are grouped by, as a category.
///
/// # Errors
/// It is no column, or its numbers are no labels.
pub fn category_of(value: &Value, key: &str) -> Outcome<Category> {
    let Some(column) = value.column() else {
        let headline = format!("obs.{key} is not a column");
        return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline));
    };
    as_category(column, key)
}

/// A column that cells are grouped by, as a category. Numbers are labels if they are whole and few.
pub fn as_category(column: &Column, key: &str) -> Outcome<Category> {
    match column {
        Column::Number(numbers) if !numbers.are_labels() => {
            let (headline, help) = groups_of_numbers(key);
            Err(Diagnostic::error(code::NOT_GROUP_LABELS, headline).help(help))
        }
        column => Ok(column.to_category()),
    }
}

/// The groups that have cells: those that a filter emptied are none.
pub fn in_use(category: &Category) -> Groups {
    let mut place = vec![NO_GROUP; category.levels.len()];
    let used: Vec<u32> = (0..)
        .zip(category.counts())
        .filter(|(_, cells)| *cells > 0)
        .map(|(code, _)| code)
        .collect();
    for (to, &code) in (0..).zip(&used) {
        place[code as usize] = to;
    }
    let code = |&code: &i32| usize::try_from(code).map_or(NO_GROUP, |code| place[code]);
    Groups {
        codes: category.codes.iter().map(code).collect(),
        levels: Arc::new(category.levels.pick(&used)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_left_out() {
        let category = Column::Text(["a", "b", "a", "", "c", "c"].iter().collect()).to_category();
        let (groups, small) = in_use(&category).of_at_least(2);
        assert_eq!(groups.codes[..], [0, NO_GROUP, 0, NO_GROUP, 1, 1]);
        assert_eq!(groups.levels.iter().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(names_and_sizes(&small), "b (1 cell)");
        assert_eq!(groups.ungrouped(), 2);
    }
}
