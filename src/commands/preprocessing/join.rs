//! `join`: columns of a table beside the cells they are about.

use super::joined_features::{self, Wanted};
use crate::command::params::{Anything, Data, Many, Name, NewName};
use crate::command::{Command, Reply, Scene, Spec, Val, suggest};
use crate::data::{Column, Dataset, Numbers, Place, Promise, SlotName, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::plan::Fault;
use crate::plan::engine::of_file;
use crate::source::Origin;
use crate::{io, params, words};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

params! {
    Join {
        /// The dataset whose cells get the columns.
        adata: Data,
        /// A .csv or .tsv with a header line, a table, or a dataset of the same cells, whose genes
        /// or proteins become columns.
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
        missing: Missing = Missing::Keep,
    }
}

words! {
    /// What becomes of cells that the table does not have.
    Missing {
        /// keep them, with missing values
        Keep = "keep",
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
        like: &["adata.obs.join", "AddMetaData"],
        examples: &["join adata \"metadata.csv\" prefix=old_"],
        holds: "the table",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        if let Val::Dataset(other, None) = &self.table.0 {
            return self.features(scene, data, other);
        }
        let (table, from) = match self.table(scene)? {
            Some(found) => found,
            None => return Ok(Reply::Dataset(data, "obs".to_owned())),
        };
        let key = self.key(scene, &table)?;
        let chosen = self.chosen(scene, &table, key, &data)?;
        let (heading, values) = &table.columns[key];
        let by_column = data.obs.contains_key(heading);
        let rows = Rows::new(values, heading, &from).map_err(|it| it.at(&scene.origin()))?;
        let cells = match by_column {
            true => scene.value(&data, Place::Obs, heading)?,
            false => scene.cell_names(&data),
        };
        let keys = match by_column {
            true => format!("obs.{heading}"),
            false => "cells".to_owned(),
        };
        let prefix = self.prefix.as_ref().map_or("", |prefix| prefix.0.as_str());
        let columns: Vec<Arc<Column>> = chosen
            .iter()
            .map(|&i| Arc::new(as_kept(&table.columns[i].1)))
            .collect();
        let promises: Vec<Promise> = columns
            .iter()
            .map(|column| Promise::Column(column.column_type()))
            .collect();
        let joining = Joining {
            rows,
            columns,
            headings: chosen.iter().map(|&i| table.columns[i].0.clone()).collect(),
            strict: self.missing == Missing::Error,
            keys,
            from,
            origin: scene.origin(),
        };
        let joined = scene.whole(vec![cells], &promises, move |needs, _| {
            joining.joined(&needs[0])
        });
        let mut written = Vec::new();
        let source: Vec<SlotName> = by_column
            .then(|| SlotName::new(Place::Obs, heading.clone()))
            .into_iter()
            .collect();
        for (&i, value) in chosen.iter().zip(joined) {
            let name = format!("{prefix}{}", table.columns[i].0);
            scene.put(&mut data, Place::Obs, &name, value, &source);
            written.push(name);
        }
        Ok(Reply::Dataset(data, format!("obs.{}", written.join(", "))))
    }
}

impl Join {
    /// Joins features of another dataset, such as proteins.
    fn features(
        &self,
        scene: &mut Scene,
        mut data: Dataset,
        other: &Arc<Dataset>,
    ) -> Outcome<Reply> {
        let wanted = Wanted {
            columns: self.columns.as_ref().map(Many::texts),
            prefix: self.prefix.as_ref().map_or("", |prefix| prefix.0.as_str()),
            strict: self.missing == Missing::Error,
        };
        let written = joined_features::join(scene, &mut data, other, &wanted)?;
        Ok(Reply::Dataset(data, format!("obs.{}", written.join(", "))))
    }
}

impl Join {
    /// The table and what it is called; `None` if an earlier line of a script that is checked
    /// will write it.
    fn table(&self, scene: &Scene) -> Outcome<Option<(Arc<Table>, String)>> {
        let wrong = |headline: &str, label: &str| {
            scene
                .error("table", "E063", headline, label)
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
            _ => Err(wrong("`table` needs a file or a table", "is neither")),
        }
    }

    /// Which column has the keys.
    fn key(&self, scene: &Scene, table: &Table) -> Outcome<usize> {
        let Some(on) = &self.on else {
            return match table.columns.is_empty() {
                false => Ok(0),
                true => Err(scene.error("table", "E301", "the table has no columns", "is empty")),
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
                        "E032",
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
        match taken.is_empty() {
            true => Ok(chosen),
            false => Err(scene
                .error(
                    "table",
                    "E069",
                    format!(
                        "obs already has columns with these names: {}",
                        taken.join(", ")
                    ),
                    "would replace them",
                )
                .help("choose others (columns=[…]) or add a prefix (prefix=\"meta_\")")),
        }
    }
}

/// A column as obs keeps it: texts that occur again and again are categories.
fn as_kept(column: &Column) -> Column {
    match column {
        Column::Text(texts) => {
            let category = column.to_category();
            match 2 * category.levels.len() <= texts.len() {
                true => Column::Category(category),
                false => column.clone(),
            }
        }
        other => other.clone(),
    }
}

/// Which row of a table each key has.
pub(super) struct Rows {
    of: HashMap<String, u32>,
    first: String,
}

impl Rows {
    pub(super) fn new(keys: &Column, heading: &str, from: &str) -> Outcome<Self> {
        let mut of = HashMap::with_capacity(keys.len());
        for row in 0..keys.len() {
            if let Some(before) = of.insert(keys.text(row), row as u32) {
                let key = keys.text(row);
                // Headings are the first line of a file.
                let headline = format!(
                    "{from}: {heading} is {key:?} in line {} and again in line {}",
                    before + 2,
                    row + 2
                );
                return Err(Diagnostic::error("E301", headline)
                    .help("keys must be unique; on= selects another column"));
            }
        }
        let first = (!keys.is_empty()).then(|| keys.text(0));
        Ok(Rows {
            of,
            first: first.unwrap_or_default(),
        })
    }
}

/// Everything but the cells.
pub(super) struct Joining {
    pub rows: Rows,
    pub columns: Vec<Arc<Column>>,
    pub headings: Vec<String>,
    pub strict: bool,
    /// What is looked up, in words.
    pub keys: String,
    pub from: String,
    pub origin: Origin,
}

impl Joining {
    pub(super) fn joined(&self, cells: &Value) -> Result<Vec<Value>, Fault> {
        let cells: Vec<String> = match cells {
            Value::Names(names) => names.iter().map(str::to_owned).collect(),
            Value::Column(column) => (0..column.len()).map(|i| column.text(i)).collect(),
            _ => Vec::new(),
        };
        let rows: Vec<Option<u32>> = cells
            .iter()
            .map(|cell| self.rows.of.get(cell).copied())
            .collect();
        let missing = rows.iter().filter(|row| row.is_none()).count();
        let without = || {
            rows.iter()
                .position(Option::is_none)
                .map_or("", |i| cells[i].as_str())
        };
        if missing == rows.len() && missing > 0 {
            let fact = format!(
                "{} are named {:?} …, the table has {:?} …",
                self.keys, cells[0], self.rows.first
            );
            return Err(self
                .mistake(format!(
                    "{} has a row for none of {missing} cells",
                    self.from
                ))
                .help(format!("{fact}; on= selects another column"))
                .into());
        }
        if missing > 0 && self.strict {
            let headline = format!(
                "{} has no row for {missing} of {} cells",
                self.from,
                rows.len()
            );
            return Err(self
                .mistake(headline)
                .help(format!(
                    "the first is {:?}; missing=keep leaves their values missing",
                    without()
                ))
                .into());
        }
        let columns = self.columns.iter().zip(&self.headings);
        columns
            .map(|(column, heading)| match picked(column, &rows) {
                Some(column) => Ok(Value::Column(Arc::new(column))),
                None => Err(self
                    .mistake(format!("{} has no row for {missing} of {} cells", self.from, rows.len()))
                    .help(format!(
                        "the first is {:?}, and `{heading}` is boolean and cannot be missing: leave it out (columns=[…])",
                        without()
                    ))
                    .into()),
            })
            .collect()
    }

    fn mistake(&self, headline: String) -> Box<Diagnostic> {
        Diagnostic::error("E301", headline).at(&self.origin)
    }
}

/// The values at some rows; `None` where one is missing and the type cannot say so.
fn picked(column: &Column, rows: &[Option<u32>]) -> Option<Column> {
    let row = |row: &Option<u32>| row.map(|row| row as usize);
    Some(match column {
        Column::Number(numbers) => {
            let values = rows.iter().map(row);
            let missing = rows.contains(&None) && numbers.stored.is_whole();
            Column::Number(Numbers {
                values: values
                    .map(|row| row.map_or(f64::NAN, |row| numbers.values[row]))
                    .collect(),
                stored: numbers.stored,
                nullable: numbers.nullable || missing,
                exact: (numbers.exact.as_ref()).map(|exact| {
                    let rows = rows.iter().map(row);
                    rows.map(|row| row.map_or(0, |row| exact[row])).collect()
                }),
            })
        }
        Column::Truth(truths) => {
            let truths = rows.iter().map(row).map(|row| row.map(|row| truths[row]));
            Column::Truth(truths.collect::<Option<_>>()?)
        }
        Column::Text(texts) => {
            let texts = rows
                .iter()
                .map(row)
                .map(|row| row.map_or("", |row| texts.get(row)));
            Column::Text(texts.collect())
        }
        Column::Category(category) => {
            let mut kept = category.clone();
            let codes = rows
                .iter()
                .map(row)
                .map(|row| row.map_or(-1, |row| category.codes[row]));
            kept.codes = codes.collect();
            Column::Category(kept)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ColumnType, Names, NumberType};

    fn joining(strict: bool, keys: &[&str], column: Column) -> Joining {
        let keys = Column::Text(keys.iter().collect());
        let source = crate::source::Source::new("test", "join adata");
        Joining {
            rows: Rows::new(&keys, "name", "cells.csv").unwrap(),
            columns: vec![Arc::new(column)],
            headings: vec!["age".into()],
            strict,
            keys: "cells".into(),
            from: "cells.csv".into(),
            origin: Origin::new(&source, Default::default()),
        }
    }

    fn names(names: &[&str]) -> Value {
        Value::Names(Arc::new(names.iter().collect::<Names>()))
    }

    #[test]
    fn cells_get_their_rows_and_others_nothing() {
        let ages = Column::numbers(vec![3.0, 5.0], NumberType::I64);
        let joined = joining(false, &["b", "a"], ages)
            .joined(&names(&["a", "x", "b"]))
            .unwrap();
        let column = joined[0].column().unwrap();
        assert_eq!(column.column_type(), ColumnType::Number);
        let Column::Number(numbers) = &**column else {
            panic!()
        };
        assert!(numbers.nullable && numbers.values[1].is_nan());
        assert_eq!((numbers.values[0], numbers.values[2]), (5.0, 3.0));
        let kinds = as_kept(&Column::Text(["t", "u", "t", ""].into_iter().collect()));
        let joined =
            joining(false, &["a", "b", "c", "d"], kinds).joined(&names(&["c", "d", "x", "b"]));
        let joined = joined.unwrap();
        let Column::Category(kinds) = &**joined[0].column().unwrap() else {
            panic!()
        };
        assert_eq!(kinds.codes, [0, -1, -1, 1]);
    }

    #[test]
    fn what_does_not_match_is_told() {
        let truths = || Column::Truth(vec![true, false]);
        let said = |strict, cells: &[&str]| match joining(strict, &["a", "b"], truths())
            .joined(&names(cells))
        {
            Err(Fault::Said(diagnostic)) => diagnostic.headline.clone(),
            _ => "joined".to_owned(),
        };
        assert_eq!(said(true, &["b", "a"]), "joined");
        assert_eq!(
            said(false, &["x", "y"]),
            "cells.csv has a row for none of 2 cells"
        );
        assert_eq!(
            said(true, &["a", "y"]),
            "cells.csv has no row for 1 of 2 cells"
        );
        assert_eq!(
            said(false, &["a", "y"]),
            "cells.csv has no row for 1 of 2 cells"
        );
        let twice = Rows::new(
            &Column::Text(["a", "a"].into_iter().collect()),
            "name",
            "cells.csv",
        );
        let headline = twice.err().unwrap().headline;
        assert_eq!(
            headline,
            "cells.csv: name is \"a\" in line 2 and again in line 3"
        );
    }
}
