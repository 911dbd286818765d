//! `export`: tables as .csv or .tsv.

use crate::command::params::{Anything, Flag, PathOut};
use crate::command::{Command, Group, Job, LazyColumn, Reply, Scene, Spec, Val};
use crate::data::{Column, Dataset, Lazy, Place, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::io;
use crate::params;
use crate::plan::aligned;
use crate::plan::engine::of_file;
use std::path::{Path, PathBuf};
use std::sync::Arc;

params! {
    Export {
        /// A table, a column, or obs or var of a dataset.
        table: Anything,
        /// The .csv or .tsv to write.
        path: PathOut,
        /// Put a quote before texts that spreadsheets would take for formulas (=, +, -, @).
        safe: Flag = false,
    }
}

impl Command for Export {
    const SPEC: Spec = Spec {
        name: "export",
        group: Group::Files,
        summary: "Write a table as .csv or .tsv.",
        like: &["adata.obs.to_csv", "write.csv"],
        examples: &[
            "export adata.obs \"cells.csv\"",
            "export count(adata.obs.cell_type) \"types.tsv\"",
        ],
        holds: "the table",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let path = PathBuf::from(&self.path.0);
        if !path
            .extension()
            .is_some_and(|ending| ending == "csv" || ending == "tsv")
        {
            return Err(scene
                .error(
                    "path",
                    "E202",
                    "`export` makes .csv and .tsv files",
                    "has another ending",
                )
                .help("datasets go to .h5ad with `write`"));
        }
        check_folder(scene, "path", &path)?;
        let (targets, headings) = columns(scene, &self.table.0)?;
        let (file, shown) = (path.clone(), self.path.0);
        let (origin, safe) = (scene.origin(), self.safe.0);
        Ok(Reply::Job(Job {
            targets,
            finish: Box::new(move |values, _| {
                let table = table(values, &headings);
                io::csv::write_table(&table, &file, safe)
                    .map_err(|error| of_file(error).at(&origin))?;
                Ok(Val::None)
            }),
            writes: Some((path, None)),
            figure: None,
            said: Some(format!("wrote {shown}")),
        }))
    }
}

/// What must be computed, and what its columns are called; no headings for a whole table.
fn columns(scene: &Scene, value: &Val) -> Outcome<(Vec<Lazy>, Vec<String>)> {
    Ok(match value {
        Val::Table(table) | Val::Dataset(_, Some(table)) => (vec![table.clone()], Vec::new()),
        Val::Column(LazyColumn { value, .. }) => (vec![value.clone()], vec!["value".into()]),
        Val::Part(data, place @ (Place::Obs | Place::Var)) => frame(data, *place),
        Val::Dataset(data, None) => frame(data, Place::Obs),
        other => {
            return Err(Diagnostic::error("E063", "`export` wants a table")
                .label(
                    scene.args.span("table"),
                    format!("this is a {}", other.type_word()),
                )
                .help("export adata.obs \"cells.csv\"")
                .in_source(scene.source));
        }
    })
}

/// All columns of obs or var, names first.
pub(super) fn frame(data: &Dataset, place: Place) -> (Vec<Lazy>, Vec<String>) {
    let axis = data.axis(place);
    let names = if place == Place::Var {
        &data.var_names
    } else {
        &data.obs_names
    };
    let mut targets = vec![aligned(names, axis)];
    let mut headings = vec![if place == Place::Var {
        "gene".to_owned()
    } else {
        "cell".to_owned()
    }];
    for (key, slot) in data.slots(place).into_iter().flatten() {
        targets.push(aligned(slot, axis));
        headings.push(key.clone());
    }
    (targets, headings)
}

pub(super) fn table(values: &[Value], headings: &[String]) -> Table {
    if let [Value::Table(table)] = values {
        return (**table).clone();
    }
    let columns = values.iter().zip(headings).filter_map(|(value, heading)| {
        let column = match value {
            Value::Column(column) => column.clone(),
            Value::Names(names) => Arc::new(Column::Text((**names).clone())),
            _ => return None,
        };
        Some((heading.clone(), column))
    });
    Table {
        columns: columns.collect(),
        title: None,
    }
}

/// The file must be able to be there: its folder is a folder, or can be made in one.
pub(in crate::commands) fn check_folder(scene: &Scene, param: &str, path: &Path) -> Outcome<()> {
    let cannot = |label: String| {
        scene.error(
            param,
            "E203",
            format!("{} cannot be written", path.display()),
            label,
        )
    };
    if path.is_dir() {
        return Err(cannot("is a folder".to_owned()).help("name a file in it"));
    }
    let folders = path
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.as_os_str().is_empty());
    match folders.into_iter().find(|folder| folder.exists()) {
        Some(found) if !found.is_dir() => Err(cannot(format!(
            "{} is a file, not a folder",
            found.display()
        ))
        .help("choose another folder")),
        Some(found)
            if found
                .metadata()
                .is_ok_and(|about| about.permissions().readonly()) =>
        {
            Err(
                cannot(format!("no permission to write in {}", found.display()))
                    .help("choose another folder"),
            )
        }
        _ => Ok(()),
    }
}
