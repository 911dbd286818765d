//! `write format=10x`: a folder for R and other programs.

use super::Write;
use super::as_stored::{self, Wide};
use crate::command::{Job, Reply, Scene, Val};
use crate::commands::files::export::check_folder;
use crate::data::{
    About, Asked, Chosen, Column, Dataset, FileError, Lazy, Matrix, Names, NumberType, Place,
    Promise, RowsView, State, Table, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io::mtx::write::{Entries, FolderWriter};
use crate::kernels::ticker::Ticker;
use crate::plan::engine::of_file;
use crate::plan::{self, Engine, Fault, Folding, Frame, View, aligned};
use crate::source::Origin;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What the files are made of.
struct Parts {
    folder: PathBuf,
    view: View,
    /// Names of representations.
    obsm: Vec<String>,
    origin: Origin,
}

/// Plans the folder.
///
/// # Errors
/// There is no matrix, or the folder holds other files.
pub fn plan(write: Write, scene: &mut Scene) -> Outcome<Reply> {
    let folder = PathBuf::from(&write.path.0);
    check(scene, &folder, write.overwrite.0)?;
    if write.keep.is_some() {
        let headline = "keep= does not apply to a 10x folder";
        return Err(scene
            .error(
                "keep",
                code::NOT_APPLICABLE,
                headline,
                "applies to .h5ad and .zarr only",
            )
            .help("leave keep= out"));
    }
    let data = write.adata.0;
    let matrix = counts(scene, &data)?;
    let (obs, var) = (Frame::new(&data, Place::Obs), Frame::new(&data, Place::Var));
    let (mut obsm, mut representations) = (Vec::new(), Vec::new());
    for (key, slot) in &data.obsm {
        if matches!(slot.value.promise(), Promise::Dense(_)) {
            representations.push(aligned(slot, Some(&data.cells)));
            obsm.push(key.clone());
        }
    }
    let parts = Parts {
        folder: folder.clone(),
        view: scene.view(&data, &matrix),
        obsm,
        origin: scene.origin(),
    };
    let shown = write.path.0;
    let job = Job::new((obs, var, representations), move |values, engine| {
        parts.put(values, engine).map(|()| Val::None)
    });
    Ok(Reply::Job(Job {
        writes: Some((folder, Some((*data).clone()))),
        said: Some(format!("wrote {shown}")),
        ..job
    }))
}

/// The counts where they are known, else what X holds.
fn counts(scene: &mut Scene, data: &Dataset) -> Outcome<Matrix> {
    let input = scene.input_matrix(data, Asked::default(), About::Counts)?;
    let note = match (&input.chosen, input.matrix.state) {
        (Chosen::X, State::Counts) => return Ok(input.matrix),
        (Chosen::X, state) => format!("X is written although it is {}, not counts", state.word()),
        (chosen, _) => format!("{chosen} is written: R expects counts in a 10x folder"),
    };
    scene.note(Diagnostic::note(note));
    Ok(input.matrix)
}

/// Files that are there are replaced only where they are those of such a folder.
fn check(scene: &Scene, folder: &Path, overwrite: bool) -> Outcome<()> {
    check_folder(scene, "path", &folder.join("matrix.mtx.gz"), overwrite)?;
    let mut entries = std::fs::read_dir(folder).into_iter().flatten();
    if entries.next().is_none() || folder.join("matrix.mtx.gz").exists() {
        return Ok(());
    }
    let headline = format!("{} contains other files", folder.display());
    Err(scene
        .error("path", code::NOT_WRITABLE, headline, "is not empty")
        .help("name a new folder"))
}

impl Parts {
    /// Of obs and var with their names, and the representations.
    fn put(
        &self,
        (obs, var, representations): (Table, Table, Vec<Value>),
        engine: &Engine,
    ) -> Outcome<()> {
        let said = |error: FileError| of_file(error).at(&self.origin);
        let (cells, genes) = (names(&obs), names(&var));
        let mut writer =
            FolderWriter::create(&self.folder, genes.len(), cells.len()).map_err(said)?;
        let barcodes = cells.iter().map(str::to_owned);
        writer.lines("barcodes.tsv.gz", barcodes).map_err(said)?;
        let column = |heading: &str| var.column(heading).cloned();
        let features = features(&genes, column("gene_ids"), column("feature_types"));
        writer.lines("features.tsv.gz", features).map_err(said)?;
        for (name, table) in [("obs.csv", &obs), ("var.csv", &var)] {
            writer.table(name, table).map_err(said)?;
        }
        for (key, value) in self.obsm.iter().zip(&representations) {
            let file = format!("obsm_{}.csv", key.replace(['/', '\\'], "_"));
            writer
                .table(&file, &places(&cells, key, value))
                .map_err(said)?;
        }
        let writer = Arc::new(Mutex::new(Some(writer)));
        let fold = entries(self.view.clone(), writer.clone(), self.origin.clone());
        engine.run(&[fold])?;
        let writer = writer.lock().ok().and_then(|mut writer| writer.take());
        writer.map_or(Ok(()), FolderWriter::finish).map_err(said)
    }
}

/// Names are the first column.
fn names(table: &Table) -> Names {
    match table.columns.first().map(|(_, column)| &**column) {
        Some(Column::Text(names)) => names.clone(),
        _ => Names::default(),
    }
}

/// Identifier, name and kind of each gene.
fn features(
    genes: &Names,
    ids: Option<Arc<Column>>,
    kinds: Option<Arc<Column>>,
) -> impl Iterator<Item = String> + '_ {
    genes.iter().enumerate().map(move |(i, name)| {
        let text = |column: &Option<Arc<Column>>| column.as_ref().map(|column| column.text(i));
        let id = text(&ids).filter(|id| !id.is_empty());
        let kind = text(&kinds).filter(|kind| !kind.is_empty());
        let (id, kind) = (id.as_deref().unwrap_or(name), kind.as_deref());
        format!("{id}\t{name}\t{}", kind.unwrap_or("Gene Expression"))
    })
}

/// A representation as a table with a column for each dimension.
fn places(cells: &Names, key: &str, value: &Value) -> Table {
    let mut table = Table::new().with("cell", Column::Text(cells.clone()));
    for (i, column) in value
        .dense()
        .iter()
        .flat_map(|dense| dense.columns())
        .enumerate()
    {
        let numbers = column.iter().map(|&x| f64::from(x)).collect();
        let name = key.strip_prefix("X_").unwrap_or(key);
        table = table.with(
            format!("{name}_{}", i + 1),
            Column::numbers(numbers, NumberType::F32),
        );
    }
    table
}

/// A fold that writes the matrix.
fn entries(view: View, writer: Arc<Mutex<Option<FolderWriter>>>, origin: Origin) -> Lazy {
    let push = move |entries: &Entries| -> Result<(), Fault> {
        let broken = || Fault::Reported(Diagnostic::error(code::BUG, "the writer broke off"));
        let mut writer = writer.lock().map_err(|_| broken())?;
        match writer.as_mut() {
            Some(writer) => Ok(writer.push(entries)?),
            None => Ok(()),
        }
    };
    let push = Arc::new(push);
    let failed = Arc::new(Mutex::new(None));
    let label = "write";
    let mut view = view;
    view.takes_exact = as_stored::is_wide(&view.matrix);
    let seen = view.clone();
    plan::fold(
        label,
        Some(origin),
        view,
        (),
        Promise::Unknown,
        move |_, ()| {
            let (merging, finishing) = (push.clone(), push.clone());
            let (fails, fault) = (failed.clone(), failed.clone());
            let wide = Wide::of(&seen)?;
            Ok(Folding {
                new: Entries::default,
                add: move |into: &mut Entries, rows: RowsView, cells: &[u32], _: &Ticker| {
                    let exact = match &wide {
                        Some(wide) => wide.exact(rows, cells)?,
                        None => None,
                    };
                    match exact {
                        Some(lines) => into.add_exact(&lines, cells),
                        None => into.add(rows, cells),
                    }
                    Ok(())
                },
                merge: move |into: &mut Entries, next: Entries| {
                    let result = merging(&std::mem::replace(into, next));
                    if let (Err(error), Ok(mut first)) = (result, fails.lock()) {
                        first.get_or_insert(error);
                    }
                },
                finish: move |last: Entries, _: &Ticker| {
                    if let Some(error) = fault.lock().ok().and_then(|mut fault| fault.take()) {
                        return Err(error);
                    }
                    finishing(&last)?;
                    Ok(Value::of(()))
                },
                partial_bytes: 4 << 20,
            }
            .here())
        },
    )
}
