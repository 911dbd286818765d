//! `export`: tables as .csv or .tsv.

use crate::command::params::{Anything, Flag, PathOut};
use crate::command::value::quoted;
use crate::command::{Command, Job, LazyColumn, Reply, Scene, Spec, Val};
use crate::data::{Column, Lazy, Place, Table, Value, component_name};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io;
use crate::params;
use crate::plan::engine::of_file;
use crate::plan::{Frame, Needs};
use std::path::{Path, PathBuf};
use std::slice;

params! {
    Export {
        /// A table, a column, or obs or var of a dataset.
        table: Anything,
        /// The .csv or .tsv to write.
        path: PathOut,
        /// Quote text that spreadsheets would interpret as formulas (=, +, -, @).
        safe: Flag = false,
        /// Whether a write-protected file may be replaced.
        overwrite: Flag = false,
    }
}

impl Command for Export {
    const SPEC: Spec = Spec {
        name: "export",
        summary: "Write a table as .csv or .tsv.",
        keywords: "save csv tsv table",
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
            let error = scene.error(
                "path",
                code::UNWRITABLE_FORMAT,
                "`export` writes .csv and .tsv files",
                "has another extension",
            );
            let has_none = path.extension().is_none();
            if has_none && !matches!(self.table.0, Val::Dataset(_, None)) {
                let file = quoted(&format!("{}.csv", self.path.0));
                let span = scene.args.span("path");
                let help = span.line_with(&scene.source.text, &file);
                return Err(error.help(help).fix(span, file));
            }
            return Err(error.help("`write` writes datasets as .h5ad and .zarr"));
        }
        check_folder(scene, "path", &path, self.overwrite.0)?;
        let exported = exported(scene, &self.table.0)?;
        let (file, shown) = (path.clone(), self.path.0);
        let (origin, safe) = (scene.origin(), self.safe.0);
        let job = Job::new(exported, move |table, _| {
            io::csv::write_table(&table, &file, safe)
                .map_err(|error| of_file(error).at(&origin))?;
            Ok(Val::None)
        });
        Ok(Reply::Job(Job {
            writes: Some((path, None)),
            said: Some(format!("wrote {shown}")),
            ..job
        }))
    }
}

/// What becomes a table in the file.
enum Exported {
    Table(Lazy),
    Column(Lazy),
    Frame(Frame),
}

impl Needs for Exported {
    type Values = Table;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        match self {
            Exported::Table(lazy) | Exported::Column(lazy) => lazy.lazies(into),
            Exported::Frame(frame) => frame.lazies(into),
        }
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Table {
        match self {
            Exported::Table(lazy) => match lazy.values(from) {
                Value::Table(table) => Table::clone(&table),
                _ => Table::new(),
            },
            Exported::Column(lazy) => match lazy.values(from) {
                Value::Column(column) => Table::new().with("value", Column::clone(&column)),
                _ => Table::new(),
            },
            Exported::Frame(frame) => frame.values(from),
        }
    }
}

fn exported(scene: &Scene, value: &Val) -> Outcome<Exported> {
    match value {
        Val::Table(table) | Val::Dataset(_, Some(table)) => Ok(Exported::Table(table.clone())),
        Val::Column(LazyColumn { value, .. }) => Ok(Exported::Column(value.clone())),
        Val::Part(data, place @ (Place::Obs | Place::Var)) => {
            Ok(Exported::Frame(Frame::new(data, *place)))
        }
        Val::Dataset(data, None) => Ok(Exported::Frame(Frame::new(data, Place::Obs))),
        other => Err(
            Diagnostic::error(code::INVALID_VALUE, "`export` needs a table")
                .label(
                    scene.args.span("table"),
                    format!("this is {}", other.described()),
                )
                .help(instead(other))
                .in_source(scene.source),
        ),
    }
}

/// How to write what is no table.
fn instead(value: &Val) -> String {
    match value {
        Val::Slot(name, _) if name.place == Place::Obsm => {
            let first = component_name(&name.key, 0);
            format!("adata.obs.{first} = {first}; export adata.obs \"cells.csv\"")
        }
        Val::Matrix(..) => "write adata \"matrix/\" format=\"10x\"".to_owned(),
        _ => "export adata.obs \"cells.csv\"".to_owned(),
    }
}

/// The file must be able to be there: its folder is a folder, or can be made in one.
pub(in crate::commands) fn check_folder(
    scene: &Scene,
    param: &str,
    path: &Path,
    overwrite: bool,
) -> Outcome<()> {
    if path.is_dir() {
        let headline = format!("{} cannot be written", path.display());
        return Err(scene
            .error(param, code::NOT_WRITABLE, headline, "is a folder")
            .help("name a file in it"));
    }
    check_place(scene, param, path, overwrite)
}

/// The same of a folder that may be there.
pub(in crate::commands) fn check_place(
    scene: &Scene,
    param: &str,
    path: &Path,
    overwrite: bool,
) -> Outcome<()> {
    let cannot = |label: String| {
        scene.error(
            param,
            code::NOT_WRITABLE,
            format!("{} cannot be written", path.display()),
            label,
        )
    };
    if path.exists() && !path.is_file() && !path.is_dir() {
        let label = "is a device or a pipe, not a file".to_owned();
        return Err(cannot(label).help("choose another name"));
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
        _ if !overwrite && io::unfinished::is_protected(path) => {
            Err(cannot("is write-protected".to_owned())
                .help("choose another name, or replace it: overwrite=true"))
        }
        _ => Ok(()),
    }
}
