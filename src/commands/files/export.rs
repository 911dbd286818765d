//! `export`: tables as .csv or .tsv.

use crate::command::params::{Anything, Flag, PathOut};
use crate::command::{Command, Job, LazyColumn, Reply, Scene, Spec, Val};
use crate::data::{Column, Dataset, Lazy, Place, Table, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::io;
use crate::params;
use crate::plan::Frame;
use crate::plan::engine::of_file;
use std::path::{Path, PathBuf};

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
            return Err(scene
                .error(
                    "path",
                    "E202",
                    "`export` writes .csv and .tsv files",
                    "has another extension",
                )
                .help("`write` writes datasets as .h5ad"));
        }
        check_folder(scene, "path", &path, self.overwrite.0)?;
        let (targets, table) = table(scene, &self.table.0)?;
        let (file, shown) = (path.clone(), self.path.0);
        let (origin, safe) = (scene.origin(), self.safe.0);
        Ok(Reply::Job(Job {
            targets,
            finish: Box::new(move |values, _| {
                io::csv::write_table(&table(values), &file, safe)
                    .map_err(|error| of_file(error).at(&origin))?;
                Ok(Val::None)
            }),
            writes: Some((path, None)),
            figure: None,
            said: Some(format!("wrote {shown}")),
        }))
    }
}

type Finish = Box<dyn Fn(&[Value]) -> Table + Send + Sync>;

/// What must be computed, and the table that is made of it.
fn table(scene: &Scene, value: &Val) -> Outcome<(Vec<Lazy>, Finish)> {
    let frame = |data: &Dataset, place| {
        let frame = Frame::new(data, place);
        let targets = frame.targets.clone();
        let finish: Finish = Box::new(move |values| frame.table(values));
        Ok((targets, finish))
    };
    match value {
        Val::Table(table) | Val::Dataset(_, Some(table)) => {
            let finish = |values: &[Value]| match values {
                [Value::Table(table)] => (**table).clone(),
                _ => Table::new(),
            };
            Ok((vec![table.clone()], Box::new(finish)))
        }
        Val::Column(LazyColumn { value, .. }) => {
            let finish = |values: &[Value]| {
                let columns = values.iter().filter_map(Value::column);
                columns.fold(Table::new(), |table, column| {
                    table.with("value", Column::clone(column))
                })
            };
            Ok((vec![value.clone()], Box::new(finish)))
        }
        Val::Part(data, place @ (Place::Obs | Place::Var)) => frame(data, *place),
        Val::Dataset(data, None) => frame(data, Place::Obs),
        other => Err(Diagnostic::error("E063", "`export` needs a table")
            .label(
                scene.args.span("table"),
                format!("this is a {}", other.type_word()),
            )
            .help("export adata.obs \"cells.csv\"")
            .in_source(scene.source)),
    }
}

/// The file must be able to be there: its folder is a folder, or can be made in one.
pub(in crate::commands) fn check_folder(
    scene: &Scene,
    param: &str,
    path: &Path,
    overwrite: bool,
) -> Outcome<()> {
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
    if path.exists() && !path.is_file() {
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
