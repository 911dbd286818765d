//! Concatenation of datasets, slot by slot, by anndata's rules.

mod alike;
mod arrays;
mod columns;
mod genes;
mod held;
mod names;
mod other_representations;
mod representations;

use alike::alike;
pub(in crate::commands) use alike::base_word;

use crate::command::Scene;
use crate::data::dataset::Raw;
use crate::data::history::{Statement, Step, StepKind};
use crate::data::{
    Axis, ColumnType, Dataset, Lazy, Matrix, Names, Place, Promise, Selection, Slot, SlotName,
    Stamp, Value,
};
use crate::diagnostic::Outcome;
use crate::plan::joined::{JoinPart, joined};
use crate::plan::{Needs, Private, Promised, Promises};
use crate::words;
use indexmap::{IndexMap, IndexSet};
use std::sync::Arc;

words! {
    /// Which genes and columns there will be.
    Join {
        /// those present in all datasets
        Inner = "inner",
        /// those present in any dataset
        Outer = "outer",
    }
}

words! {
    /// Which columns of var are kept.
    Merge {
        /// none
        None = "none",
        /// those that are the same in all
        Same = "same",
        /// those with one possible value
        Unique = "unique",
        /// the first of each name
        First = "first",
        /// those present in one dataset only
        Only = "only",
    }
}

/// What was asked for.
pub struct Joining {
    pub join: Join,
    pub label: Option<String>,
    pub keys: Vec<String>,
    pub unique: Option<String>,
    pub merge: Merge,
}

/// New roots, and where the parts' genes are among the new ones.
struct Axes {
    all_cells: Axis,
    all_genes: Axis,
    cells: Axis,
    genes: Axis,
    /// By part.
    places: Vec<Arc<[u32]>>,
    names: Arc<Names>,
}

/// What a step makes; there at once, if all it needs is known.
pub fn at_once<N: Needs, P: Promises>(
    scene: &Scene,
    needs: N,
    promises: P,
    make: impl Fn(N::Values) -> P::Values + Send + Sync + 'static,
) -> P::Lazies {
    match ready(&needs) {
        Some(values) => promises.kept(make(values)),
        None => scene.step(needs, promises, move |values, _| Ok(make(values))),
    }
}

/// What a step needs, if all of it is known.
fn ready<N: Needs>(needs: &N) -> Option<N::Values> {
    // A damaged file is reported by the step.
    let known = |need: &Lazy| need.known().ok().flatten().cloned();
    let values: Option<Vec<Value>> = needs.list().iter().map(known).collect();
    Some(needs.values(&mut values?.iter()))
}

impl Joining {
    /// What is done where nothing else is said.
    pub fn of(keys: Vec<String>) -> Self {
        Joining {
            join: Join::Inner,
            label: None,
            keys,
            unique: None,
            merge: Merge::None,
        }
    }

    pub fn dataset(&self, scene: &mut Scene, parts: &[Arc<Dataset>]) -> Outcome<Dataset> {
        let axes = self.axes(scene, parts)?;
        let names: Vec<&str> = parts.iter().map(|part| part.from.as_str()).collect();
        let mut data = Dataset::empty(
            names.join(" + "),
            Lazy::ready(Value::Names(Arc::default())),
            Lazy::ready(Value::Names(axes.names.clone())),
            axes.cells.clone(),
            axes.genes.clone(),
        );
        data.var_names.rows = Some(axes.all_genes.clone());
        data.obs_index = common(parts, |part| part.obs_index.as_ref());
        data.var_index = common(parts, |part| part.var_index.as_ref());
        data.x = self.matrix(scene, parts, &axes, &SlotName::x())?;
        alike::keep_log_record(scene, parts, &mut data);
        if let Some(warning) = alike::different_totals(&self.keys, parts) {
            scene.note(warning);
        }
        self.columns(scene, parts, &mut data);
        data.obs_names.value = self.cell_names(scene, parts, &data)?;
        for key in self.keys_of(parts, |part| part.layers.keys().collect()) {
            let name = SlotName::new(Place::Layers, key.clone());
            if let Some(layer) = self.matrix(scene, parts, &axes, &name)? {
                data.layers.insert(key, layer);
            }
        }
        self.representations(scene, parts, &mut data);
        self.gene_columns(scene, parts, &axes, &mut data);
        data.raw = self.raw(scene, parts, &axes)?;
        data.history = data.history.and(Step {
            number: 0,
            kind: StepKind::command("concat"),
            statement: Statement::plain(format!("concat {}", self.told(scene))),
            planned: false,
            writes: vec![format!("{} datasets", parts.len())],
            at: None,
        });
        Ok(data)
    }

    /// The arguments as they were typed.
    fn told(&self, scene: &Scene) -> String {
        let text = scene.args.span.text(&scene.source.text);
        text.trim_start_matches("concat").trim().to_owned()
    }

    /// Keys that all parts have, or any.
    fn keys_of<'a>(
        &self,
        parts: &'a [Arc<Dataset>],
        keys: impl Fn(&'a Dataset) -> Vec<&'a String>,
    ) -> Vec<String> {
        let sets: Vec<Vec<&String>> = parts.iter().map(|part| keys(part)).collect();
        let all: IndexSet<&String> = sets.iter().flatten().copied().collect();
        let stays = |key: &&String| match self.join {
            Join::Inner => sets.iter().all(|set| set.contains(key)),
            Join::Outer => true,
        };
        all.into_iter().filter(stays).cloned().collect()
    }

    fn axes(&self, scene: &Scene, parts: &[Arc<Dataset>]) -> Outcome<Axes> {
        let mut union: IndexSet<String> = IndexSet::new();
        let mut places = Vec::new();
        for (part, key) in parts.iter().zip(&self.keys) {
            let names = genes::root_names(scene, part, key)?;
            let place = names.iter().map(|name| match union.get_index_of(name) {
                Some(at) => at as u32,
                None => union.insert_full(name.to_owned()).0 as u32,
            });
            places.push(place.collect::<Arc<[u32]>>());
        }
        let names: Arc<Names> = Arc::new(union.iter().collect());
        let n_cells = parts
            .iter()
            .map(|part| part.cells.outermost().at_most())
            .sum();
        let (all_cells, all_genes) = (Axis::root(n_cells), Axis::root(names.len()));
        Ok(Axes {
            cells: all_cells.select(kept_cells(scene, parts).lazy().clone()),
            genes: all_genes.select(
                self.kept_genes(scene, parts, &places, &names)
                    .lazy()
                    .clone(),
            ),
            all_cells,
            all_genes,
            places,
            names,
        })
    }

    fn matrix(
        &self,
        scene: &Scene,
        parts: &[Arc<Dataset>],
        axes: &Axes,
        name: &SlotName,
    ) -> Outcome<Option<Matrix>> {
        let found: Vec<Option<&Matrix>> = parts.iter().map(|part| part.matrix(name)).collect();
        let Some(alike) = alike(scene, &self.keys, parts, name)? else {
            return Ok(None);
        };
        if name.place == Place::X && found.iter().any(Option::is_none) && self.join == Join::Inner {
            return Ok(None);
        }
        let joins: Vec<JoinPart> = parts
            .iter()
            .zip(found.iter().zip(&axes.places))
            .map(|(part, (matrix, places))| JoinPart {
                matrix: matrix.cloned(),
                cells: part.cells.clone(),
                genes: part.genes.clone(),
                places: places.clone(),
                shows_all: self.join == Join::Inner,
            })
            .collect();
        if let Some(all) = held::joined(scene, &joins, axes, alike.state) {
            return Ok(Some(alike.tell(all)));
        }
        let (cells, genes) = (&axes.all_cells, &axes.all_genes);
        let all = joined(&scene.label, &joins, cells, genes, alike.state);
        Ok(Some(alike.tell(all)))
    }

    /// What raw keeps, where all have it.
    fn raw(&self, scene: &Scene, parts: &[Arc<Dataset>], axes: &Axes) -> Outcome<Option<Raw>> {
        let unraw: Option<Vec<Arc<Dataset>>> = parts
            .iter()
            .map(|part| part.raw.as_ref().map(|raw| Arc::new(raw.as_dataset(part))))
            .collect();
        let Some(unraw) = unraw else {
            return Ok(None);
        };
        let own = self.axes(scene, &unraw)?;
        let own = Axes {
            all_cells: axes.all_cells.clone(),
            cells: axes.cells.clone(),
            ..own
        };
        let x = self.matrix(scene, &unraw, &own, &SlotName::x())?;
        Ok(x.map(|x| Raw {
            x,
            genes: own.genes.clone(),
            var_index: common(&unraw, |part| part.var_index.as_ref()),
            var_names: Slot {
                value: Lazy::ready(Value::Names(own.names.clone())),
                rows: Some(own.all_genes.clone()),
                stamp: Stamp::original(),
            },
            var: IndexMap::new(),
            varm: IndexMap::new(),
            shared: Default::default(),
        }))
    }
}

/// What all parts call their names, if they agree.
fn common(parts: &[Arc<Dataset>], called: fn(&Dataset) -> Option<&String>) -> Option<String> {
    let mut all = parts.iter().map(|part| called(part));
    let first = all.next()??;
    all.all(|it| it == Some(first)).then(|| first.clone())
}

fn put(data: &mut Dataset, place: Place, key: &str, value: Lazy) {
    let slot = Slot {
        value,
        rows: data.axis(place).cloned(),
        stamp: Stamp::original(),
    };
    if let Some(slots) = data.slots_mut(place) {
        slots.insert(key.to_owned(), slot);
    }
}

fn type_of(slot: &Slot) -> ColumnType {
    match slot.value.promise() {
        Promise::Column(column_type) => column_type,
        _ => ColumnType::Text,
    }
}

fn selected(keeps: &[Arc<Selection>], n: usize) -> Selection {
    crate::data::axis::compose(keeps.iter().map(|keep| &**keep))
        .unwrap_or_else(|| (0..n as u32).collect())
}

/// Cells of all parts among those of the roots together.
fn kept_cells(scene: &Scene, parts: &[Arc<Dataset>]) -> Promised<Selection> {
    let n_cells: Vec<usize> = parts
        .iter()
        .map(|part| part.cells.outermost().at_most())
        .collect();
    let needs: Vec<_> = parts.iter().map(|part| selections(&part.cells)).collect();
    at_once(scene, needs, Private::new(), move |keeps| {
        let mut first = 0;
        let mut keep = Selection::new();
        for (keeps, &n) in keeps.iter().zip(&n_cells) {
            let present = selected(keeps, n);
            keep.extend(present.iter().map(|&cell| cell + first));
            first += n as u32;
        }
        keep
    })
}

/// All selections that an axis has gone through.
fn selections(axis: &Axis) -> Vec<Promised<Selection>> {
    let selections = axis.selections_from(&axis.outermost()).unwrap_or_default();
    selections.into_iter().map(Promised::of).collect()
}

/// Cells in each part.
fn lengths(scene: &Scene, parts: &[Arc<Dataset>]) -> Promised<Vec<usize>> {
    let names: Vec<Promised<Names>> = parts.iter().map(|part| scene.cell_names(part)).collect();
    at_once(scene, names, Private::new(), |names| {
        names.iter().map(|names| names.len()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_are_called_stays_where_all_parts_agree() {
        let part = |called: Option<&str>| {
            let names = || Lazy::ready(Value::Names(Arc::default()));
            let mut data = Dataset::empty("a", names(), names(), Axis::root(0), Axis::root(0));
            data.obs_index = called.map(str::to_owned);
            Arc::new(data)
        };
        let of = |called: &[Option<&str>]| {
            let parts: Vec<Arc<Dataset>> = called.iter().copied().map(part).collect();
            common(&parts, |part| part.obs_index.as_ref())
        };
        assert_eq!(
            of(&[Some("barcode"), Some("barcode")]).as_deref(),
            Some("barcode")
        );
        assert_eq!(of(&[Some("barcode"), Some("cell")]), None);
        assert_eq!(of(&[None, Some("barcode")]), None);
    }
}
