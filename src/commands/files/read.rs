//! `read`: open a file as a dataset or a table.

use crate::command::params::{Flag, PathIn, Text};
use crate::command::{Command, Group, Reply, Scene, Spec, Val};
use crate::data::history::Step;
use crate::diagnostic::{Outcome, Severity};
use crate::io;
use crate::plan::engine::of_file;
use crate::{params, words};
use std::path::PathBuf;
use std::sync::Arc;

params! {
    Read {
        /// An .h5ad, a .zarr folder or .zip of one, .h5mu, a 10x .h5 or folder, .mtx, .loom, .csv or .tsv.
        path: PathIn,
        /// Where the genes of a .csv or .tsv are.
        genes: GenesIn = GenesIn::Columns,
        /// Whether a .csv or .tsv holds counts; its first lines tell, if left out.
        counts: Option<Flag>,
        /// The dataset to take of a .h5mu or .zarr that holds several: rna, prot, atac.
        modality: Option<Text>,
        /// Whether values may lie in files outside of the file's folder, and a device or a pipe be read: only for files you trust.
        external: Flag = false,
    }
}

words! {
    /// Where genes are in a text file.
    GenesIn {
        /// a column a gene, a line a cell
        Columns = "columns",
        /// a line a gene, a column a cell
        Rows = "rows",
    }
}

impl Command for Read {
    const SPEC: Spec = Spec {
        name: "read",
        group: Group::Files,
        summary: "Open a file as a dataset.",
        about: "Reads names and types; values are read when something asks for them.\nOf a MuData file, one modality: `read \"pbmc.h5mu\" modality=rna`; without it, the modalities are listed.",
        like: &[
            "sc.read_h5ad",
            "sc.read",
            "sc.read_10x_h5",
            "sc.read_10x_mtx",
            "sc.read_csv",
            "sc.read_loom",
            "ad.read_zarr",
            "Read10X",
            "Read10X_h5",
        ],
        examples: &["read \"pbmc.h5ad\""],
        holds: "names of cells and genes",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let path = PathBuf::from(&self.path.0);
        if scene.checking
            && let Some(written) = scene.written.get(&path)
        {
            let value = written
                .clone()
                .map_or(Val::Unknown, |data| Val::Dataset(Arc::new(data), None));
            return Ok(Reply::Value(value));
        }
        if self.external.0 {
            io::allow_outside(&path);
        }
        if io::sheet::is_table(&path) {
            let table = io::csv::read_table(&path).map_err(|error| {
                of_file(error)
                    .label(scene.args.span("path"), "")
                    .in_source(scene.source)
            })?;
            return Ok(Reply::Value(Val::table(table)));
        }
        let hints = io::Hints {
            genes_in_rows: self.genes == GenesIn::Rows,
            counts: self.counts.map(|counts| counts.0),
            modality: self.modality.map(|modality| modality.0),
        };
        let opened = io::read_with(&path, &hints).map_err(|error| {
            let diagnostic = of_file(error);
            match diagnostic.labels.is_empty() {
                true => diagnostic
                    .label(scene.args.span("path"), "")
                    .in_source(scene.source),
                false => diagnostic,
            }
        })?;
        for warning in opened.warnings {
            let mut note = *of_file(warning);
            note.severity = Severity::Warning;
            scene.notes.push(note);
        }
        let mut data = opened.dataset;
        if data.history.is_empty() {
            data.history = data.history.and(Step {
                number: 0,
                command: "read".into(),
                statement: read_statement(&self.path.0, hints.modality.as_deref()),
                planned: false,
                writes: vec![
                    data.x
                        .as_ref()
                        .map_or("no X".into(), |x| format!("X ({})", x.state.word())),
                ],
                cite: &[],
            });
        }
        Ok(Reply::Value(Val::Dataset(Arc::new(data), None)))
    }
}

/// The statement that reads the same again.
fn read_statement(path: &str, modality: Option<&str>) -> String {
    let path = Val::text(path);
    match modality {
        Some(modality) => format!("read {path} modality={}", Val::text(modality)),
        None => format!("read {path}"),
    }
}
