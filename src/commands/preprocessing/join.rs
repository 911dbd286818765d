//! `join`: columns of a table, added to the cells they describe.

use super::joined_cells;
use super::joined_features::{self, Wanted};
use super::joined_rows::{Joining, Rows, as_kept, joined_type, with_levels};
use crate::command::params::{Anything, Data, Many, Name, NewName};
use crate::command::{Command, Key, Reply, Scene, Spec, Val, Write, suggest};
use crate::data::{Column, Dataset, Lazy, Place, Promise, SlotName, Table, Value};
use crate::diagnostic::{Outcome, code};
use crate::plan::engine::of_file;
use crate::{io, params, words};
use std::path::Path;
use std::sync::Arc;

params! {
    Join {
        /// The dataset whose cells get the columns.
        adata: Data,
        /// A .csv or .tsv with a header line, a table, obs of another dataset, or a dataset of the
        /// same cells, whose genes or proteins become columns.
        table: Anything,
        /// Column of the table with cell names, or with the values of the obs column of the same
        /// name; by default the first column.
        #[also("by", "left_on")]
        on: Option<Name>,
        /// Columns to add; by default all.
        columns: Option<Many<Name>>,
        /// Prefix for the names of the columns.
        prefix: Option<NewName>,
        /// What to do with cells that are not in the table.
        missing: Missing = Missing::Selection,
    }
}

words! {
    /// What becomes of cells that the table does not have.
    Missing {
        /// keep them, with missing values
        Selection = "keep",
        /// report an error
        Error = "error",
    }
}

impl Command for Join {
    const SPEC: Spec = Spec {
        name: "join",
        summary: "Join the columns of a table to obs.",
        keywords: "metadata merge",
        about: "Cells keep their number and order; table rows that match no cell are ignored. \
                Text becomes categorical.\nProteins measured along with the genes come from a \
                separate dataset: p = read \"cite.h5\" features=\"Antibody Capture\"; normalize \
                p method=clr; join adata p prefix=adt_. Joined columns are drawn like any \
                other: plot adata color=adt_CD3, violin adata adt_CD3.",
        writes: &[Write::Slot(Place::Obs, Key::Pattern("<prefix><column>"))],
        like: &["adata.obs.join", "AddMetaData"],
        examples: &["join adata \"metadata.csv\" prefix=old_"],
        method: "Columns of a table were joined to the annotation of the cells.",
        holds: "the table",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        match &self.table.0 {
            Val::Dataset(other, None) => return self.features(scene, data, other),
            Val::Part(other, Place::Obs) => return self.columns_of(scene, data, other),
            _ => {}
        }
        let (table, from) = match self.table(scene)? {
            Some(found) => found,
            None => return Ok(Reply::Value(Val::Unknown)),
        };
        let key = self.key(scene, &table)?;
        let chosen = self.chosen(scene, &table, key, &data)?;
        let (heading, values) = &table.columns[key];
        let by_column = data.obs.contains_key(heading);
        let rows = Rows::new(values, heading, &from).map_err(|it| it.at(&scene.origin()))?;
        let cells = if by_column {
            scene.value(&data, Place::Obs, heading)?
        } else {
            scene.cell_names(&data).lazy().clone()
        };
        let keys = if by_column {
            format!("obs.{heading}")
        } else {
            "cells".to_owned()
        };
        let prefix = self.prefix.as_ref().map_or("", |prefix| prefix.0.as_str());
        let strict = self.missing == Missing::Error;
        let columns: Vec<Arc<Column>> = chosen
            .iter()
            .map(|&i| Arc::new(as_kept(&table.columns[i].1, strict)))
            .collect();
        let promises: Vec<Promise> = columns
            .iter()
            .map(|column| Promise::Column(joined_type(column.column_type(), strict)))
            .collect();
        let wholes = columns.clone();
        let joining = Joining {
            rows,
            columns,
            strict,
            keys,
            from,
            origin: scene.origin(),
        };
        let joined = scene.step(cells, promises, move |cells, _| joining.joined(&cells));
        let mut written = Vec::new();
        let source: Vec<SlotName> = by_column
            .then(|| SlotName::new(Place::Obs, heading.clone()))
            .into_iter()
            .collect();
        for ((&i, value), whole) in chosen.iter().zip(joined).zip(wholes) {
            let value = with_levels(value, &Lazy::ready(Value::Column(whole)));
            let name = format!("{prefix}{}", table.columns[i].0);
            scene.put(&mut data, Place::Obs, &name, value, &source);
            written.push(name);
        }
        Ok(Reply::Dataset(data, slots_of(written)))
    }
}

/// Columns of obs by their names.
fn slots_of(names: Vec<String>) -> Vec<SlotName> {
    let names = names.into_iter();
    names.map(|name| SlotName::new(Place::Obs, name)).collect()
}

impl Join {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            columns: self.columns.as_ref().map(Many::texts),
            prefix: self.prefix.as_ref().map_or("", |prefix| prefix.0.as_str()),
            strict: self.missing == Missing::Error,
        }
    }

    /// Joins features of another dataset, such as proteins.
    fn features(
        &self,
        scene: &mut Scene,
        mut data: Dataset,
        other: &Arc<Dataset>,
    ) -> Outcome<Reply> {
        let written = joined_features::join(scene, &mut data, other, &self.wanted())?;
        Ok(Reply::Dataset(data, slots_of(written)))
    }

    /// Joins columns of another dataset's obs.
    fn columns_of(
        &self,
        scene: &mut Scene,
        mut data: Dataset,
        other: &Arc<Dataset>,
    ) -> Outcome<Reply> {
        let on = self.on.as_ref().map(|on| on.0.as_str());
        let written = joined_cells::join(scene, &mut data, other, on, &self.wanted())?;
        Ok(Reply::Dataset(data, slots_of(written)))
    }

    /// The table and what it is called; `None` if an earlier line of a script that is checked
    /// will write it.
    fn table(&self, scene: &Scene) -> Outcome<Option<(Arc<Table>, String)>> {
        let wrong = |headline: &str, label: &str| {
            scene
                .error("table", code::INVALID_VALUE, headline, label)
                .help("join adata \"metadata.csv\"")
        };
        match &self.table.0 {
            Val::Text(path) => {
                if scene.checking && scene.written.contains_key(Path::new(path)) {
                    return Ok(None);
                }
                let table = io::csv::read_table(Path::new(path)).map_err(|error| {
                    of_file(error)
                        .label(scene.args.span("table"), "")
                        .in_source(scene.source)
                })?;
                Ok(Some((Arc::new(table), path.clone())))
            }
            Val::Table(lazy) | Val::Dataset(_, Some(lazy)) => match lazy.get() {
                Some(Value::Table(table)) => Ok(Some((table.clone(), "the table".to_owned()))),
                _ => Err(wrong("the table is not computed yet", "compute it first")),
            },
            Val::Unknown => Ok(None),
            Val::Part(..) => Err(wrong("`join` adds columns of cells", "is not obs")),
            _ => Err(wrong("`table` needs a file or a table", "is neither")),
        }
    }

    /// Which column has the keys.
    fn key(&self, scene: &Scene, table: &Table) -> Outcome<usize> {
        let Some(on) = &self.on else {
            return if table.columns.is_empty() {
                Err(scene.error(
                    "table",
                    code::UNEXPECTED_CONTENT,
                    "the table has no columns",
                    "is empty",
                ))
            } else {
                Ok(0)
            };
        };
        self.position(scene, "on", table, &on.0)
    }

    fn position(&self, scene: &Scene, param: &str, table: &Table, name: &str) -> Outcome<usize> {
        let headings = || table.columns.iter().map(|(heading, _)| heading);
        headings()
            .position(|heading| heading == name)
            .ok_or_else(|| {
                scene
                    .error(
                        param,
                        code::NO_SUCH_COLUMN,
                        format!("the table has no column `{name}`"),
                        "does not exist",
                    )
                    .help(suggest::nearest_or_list(name, headings(), "the table"))
            })
    }

    /// Which columns are taken; none may be in obs already.
    fn chosen(
        &self,
        scene: &Scene,
        table: &Table,
        key: usize,
        data: &Dataset,
    ) -> Outcome<Vec<usize>> {
        let chosen: Vec<usize> = match &self.columns {
            None => (0..table.columns.len()).filter(|&i| i != key).collect(),
            Some(names) => names
                .0
                .iter()
                .map(|name| self.position(scene, "columns", table, &name.0))
                .collect::<Outcome<_>>()?,
        };
        let prefix = self.prefix.as_ref().map_or("", |prefix| prefix.0.as_str());
        let names = chosen.iter().map(|&i| &table.columns[i].0);
        let taken: Vec<String> = names
            .filter(|name| data.obs.contains_key(&format!("{prefix}{name}")))
            .map(|name| format!("{prefix}{name}"))
            .collect();
        if taken.is_empty() {
            Ok(chosen)
        } else {
            Err(scene
                .error(
                    "table",
                    code::COLUMN_EXISTS,
                    format!(
                        "obs already has columns with these names: {}",
                        taken.join(", ")
                    ),
                    "would replace them",
                )
                .help("choose others (columns=[…]) or add a prefix (prefix=\"meta_\")"))
        }
    }
}
