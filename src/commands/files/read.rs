//! `read`: open a file as a dataset, a table, or gene sets.

mod holds;

use super::joining::Joining;
use super::pattern::{self, is_pattern};
use crate::command::params::{Flag, Many, NewName, Pairs, PathIn, Positive, Template, Text};
use crate::command::{Arg, Command, Reply, Scene, Spec, Val};
use crate::data::history::{History, Statement, Step, StepKind};
use crate::data::{Dataset, FileError};
use crate::diagnostic::{Diagnostic, Outcome, Severity, code};
use crate::io;
use crate::plan::engine::of_file;
use crate::{params, words};
use holds::{Holds, Stated};
use std::path::{Path, PathBuf};
use std::sync::Arc;

params! {
    #[allow(non_snake_case)]
    Read {
        /// An .h5ad, a .zarr (a folder, a .zip, or a URL: s3://, gs://, https://), .h5mu, a 10x .h5 or folder, .mtx, .loom,
        /// .csv, .tsv, or .txt; text files may be .gz, .bz2, or .zip. A .gmt is read as a record of gene sets. A pattern such
        /// as "plates/*.h5ad" reads several files into one dataset.
        #[also("data.dir", "filename")]
        path: PathIn,
        /// Whether genes are rows or columns in a text file; by default detected from the names, or
        /// else columns.
        genes: Option<GenesIn>,
        /// Feature types to read, as in "Antibody Capture", a list of types, or all; by default
        /// genes.
        features: Option<Many<Text>>,
        /// Column of var that names the genes, such as feature_name or gene_ids; by default the names that the
        /// file gives them, which become a column.
        #[also("gene_symbols")]
        var_names: Option<Text>,
        /// Which sample of a folder, by the prefix of its file names.
        sample: Option<Text>,
        /// Which genome of a 10x .h5; by default all.
        genome: Option<Text>,
        /// Whether a .csv, .tsv, or .txt holds counts; by default detected from its first lines.
        counts: Option<Flag>,
        /// What X holds, if the file does not say so or sca detects it wrongly.
        X: Option<Holds>,
        /// What raw holds.
        raw: Option<Holds>,
        /// What layers hold: {lognorm: "log", spliced: "counts"}.
        layers: Option<Pairs>,
        /// Base of the logarithms, if the file does not record it.
        base: Option<Positive>,
        /// Whether the first column of a .csv, .tsv, or .txt holds names; by default detected from
        /// its first lines.
        #[also("first_column_names", "row.names")]
        row_names: Option<Flag>,
        /// File format, if the name does not show it.
        format: Option<FormatIn>,
        /// The dataset to read from a .h5mu or .zarr that holds several: rna, prot, atac.
        modality: Option<Text>,
        /// Column of obs to write, with the file of each cell, where a pattern names several.
        label: Option<NewName>,
        /// How to make the cell names of several files unique, as in `concat`.
        unique: Option<Template>,
        /// Whether to follow links to files in other folders and to read devices and pipes; only for files that you trust.
        external: Flag = false,
    }
}

words! {
    /// Where genes are in a text file.
    GenesIn {
        /// genes in columns, cells in rows
        Columns = "columns",
        /// genes in rows, cells in columns
        Rows = "rows",
    }
}

words! {
    /// What a file is.
    FormatIn {
        /// anndata's HDF5
        H5ad = "h5ad",
        /// anndata's zarr store
        Zarr = "zarr",
        /// an .h5 or a folder of Cell Ranger
        Tenx = "10x",
        /// loompy's HDF5
        Loom = "loom",
        /// Matrix Market
        Mtx = "mtx",
        /// commas between fields, or semicolons
        Csv = "csv",
        /// tabs between fields
        Tsv = "tsv",
        /// fields separated as in the first line
        Txt = "txt",
    }
}

impl FormatIn {
    fn format(self) -> io::Format {
        match self {
            FormatIn::H5ad => io::Format::H5ad,
            FormatIn::Zarr => io::Format::Zarr,
            FormatIn::Tenx => io::Format::Tenx,
            FormatIn::Loom => io::Format::Loom,
            FormatIn::Mtx => io::Format::Mtx,
            FormatIn::Csv => io::Format::Csv,
            FormatIn::Tsv => io::Format::Tsv,
            FormatIn::Txt => io::Format::Txt,
        }
    }
}

impl Command for Read {
    const SPEC: Spec = Spec {
        name: "read",
        summary: "Open a file as a dataset.",
        keywords: "import load open 10x h5ad loom mtx zarr s3 gs https url cloud",
        about: "Reads names and types; values are read when they are needed.\nFor a MuData file, name one modality: `read \"pbmc.h5mu\" modality=rna`; without it, the modalities are listed.\nWhether a matrix holds counts or log values is taken from the record of sca or Scanpy, or detected from its values; X=, raw=, and layers= override it.",
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
        joined_by: "concat",
        examples: &["read \"pbmc.h5ad\""],
        method: "Data were read from {path}.",
        holds: "names of cells and genes",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let path = PathBuf::from(&self.path.0);
        if scene.checking
            && let Some(written) = scene.written.get(&path)
        {
            // Names that a column has only then are not known yet.
            let Some(mut data) = written.clone().filter(|_| self.var_names.is_none()) else {
                return Ok(Reply::Value(Val::Unknown));
            };
            self.stated().apply(scene, &mut data)?;
            return Ok(Reply::Value(Val::Dataset(Arc::new(data), None)));
        }
        if is_pattern(&path) {
            return self.several(scene, &path);
        }
        if let Some(param) = self.of_several() {
            return Err(scene
                .error(
                    param,
                    code::NOT_APPLICABLE,
                    format!("`{param}` needs several files"),
                    "is about the files of a pattern",
                )
                .help("read \"plates/*.h5ad\" label=plate"));
        }
        if self.external.0 {
            io::allow_outside(&path);
        }
        let hints = self.hints();
        if io::gmt::is_gmt(&path) {
            return gene_sets(scene, &path);
        }
        if io::sheet::is_table(&path, &hints) {
            let table = io::csv::read_table_as(&path, hints.format).map_err(|error| {
                of_file(error)
                    .label(scene.args.span("path"), "")
                    .in_source(scene.source)
            })?;
            return Ok(Reply::Value(Val::table(table)));
        }
        let mut data = opened(scene, &path, &hints)?;
        self.stated().apply(scene, &mut data)?;
        if data.history.is_empty() {
            data.history = data.history.and(Step {
                number: 0,
                kind: StepKind::command("read"),
                statement: Statement::plain(self.statement()),
                planned: false,
                writes: vec![
                    data.x
                        .as_ref()
                        .map_or("no X".into(), |x| format!("X ({})", x.state.word())),
                ],
                at: None,
            });
        }
        Ok(Reply::Value(Val::Dataset(Arc::new(data), None)))
    }
}

/// The gene sets of a file, as a record of lists.
fn gene_sets(scene: &Scene, path: &Path) -> Outcome<Reply> {
    let sets = io::gmt::read(path).map_err(|error| in_path(scene, error))?;
    let list = |genes: Vec<String>| Val::List(genes.into_iter().map(Val::text).collect());
    let sets = sets.into_iter().map(|(name, genes)| (name, list(genes)));
    Ok(Reply::Value(Val::Record(sets.collect())))
}

/// A dataset from a file; what is odd about it is said.
pub(super) fn opened(scene: &mut Scene, path: &Path, hints: &io::Hints) -> Outcome<Dataset> {
    let opened = io::read_with(path, hints).map_err(|error| in_path(scene, error))?;
    for (said, severity) in [
        (opened.warnings, Severity::Warning),
        (opened.notes, Severity::Note),
    ] {
        for fact in said {
            let mut note = *of_file(fact);
            note.severity = severity;
            scene.notes.push(note);
        }
    }
    Ok(opened.dataset)
}

fn in_path(scene: &Scene, error: FileError) -> Box<Diagnostic> {
    let diagnostic = of_file(error);
    if diagnostic.labels.is_empty() {
        diagnostic
            .label(scene.args.span("path"), "")
            .in_source(scene.source)
    } else {
        diagnostic
    }
}

impl Read {
    /// What a person says of the matrices.
    fn stated(&self) -> Stated<'_> {
        Stated {
            x: self.X,
            raw: self.raw,
            layers: self.layers.as_ref(),
            base: self.base.as_ref().map(|base| base.0),
        }
    }

    /// A parameter that only several files have a use for.
    fn of_several(&self) -> Option<&'static str> {
        match (&self.label, &self.unique) {
            (Some(_), _) => Some("label"),
            (None, Some(_)) => Some("unique"),
            _ => None,
        }
    }

    /// All files that a pattern stands for, as one dataset.
    fn several(&self, scene: &mut Scene, pattern: &Path) -> Outcome<Reply> {
        let promised = |path: &&PathBuf| pattern::matches(pattern, path);
        if scene.checking && scene.written.keys().any(|path| promised(&path)) {
            return Ok(Reply::Value(Val::Unknown));
        }
        let files = pattern::files(pattern).map_err(|error| in_path(scene, error))?;
        let mut parts = Vec::new();
        for file in &files {
            if self.external.0 {
                io::allow_outside(file);
            }
            let mut data = opened(scene, file, &self.hints())?;
            self.stated().apply(scene, &mut data)?;
            parts.push(Arc::new(data));
        }
        let joining = Joining {
            label: self.label.as_ref().map(|label| label.0.clone()),
            unique: self.unique.as_ref().map(|unique| unique.0.clone()),
            ..Joining::of(pattern::names(&files))
        };
        let mut data = joining.dataset(scene, &parts)?;
        data.history = History::default().and(Step {
            number: 0,
            kind: StepKind::command("read"),
            statement: Statement::plain(self.statement()),
            planned: false,
            writes: vec![format!("{} files", files.len())],
            at: None,
        });
        Ok(Reply::Value(Val::Dataset(Arc::new(data), None)))
    }

    fn hints(&self) -> io::Hints {
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.0.clone());
        let features = match &self.features {
            None => io::Features::Genes,
            Some(kinds) if kinds.texts() == ["all"] => io::Features::All,
            Some(kinds) => io::Features::Kinds(kinds.texts()),
        };
        io::Hints {
            format: self.format.map(FormatIn::format),
            genes_in_rows: self.genes.map(|genes| genes == GenesIn::Rows),
            row_names: self.row_names.as_ref().map(|flag| flag.0),
            counts: self.counts.as_ref().map(|flag| flag.0),
            sample: text(&self.sample),
            genome: text(&self.genome),
            modality: text(&self.modality),
            features,
            var_names: text(&self.var_names),
        }
    }

    /// The statement that reads the same again.
    fn statement(&self) -> String {
        let text = |text: &Option<Text>| text.as_ref().map(|text| Val::text(&text.0).to_string());
        let flag = |flag: &Option<Flag>| flag.as_ref().map(|flag| flag.0.to_string());
        let features = self.features.as_ref().map(|kinds| {
            let kinds = kinds.texts().into_iter().map(Val::text).collect();
            Val::List(kinds).to_string()
        });
        let given = [
            ("genes", self.genes.map(|genes| genes.to_val().to_string())),
            ("features", features),
            ("var_names", text(&self.var_names)),
            ("sample", text(&self.sample)),
            ("genome", text(&self.genome)),
            (
                "label",
                self.label
                    .as_ref()
                    .map(|label| Val::text(&label.0).to_string()),
            ),
            (
                "unique",
                self.unique
                    .as_ref()
                    .map(|unique| Val::text(&unique.0).to_string()),
            ),
            ("counts", flag(&self.counts)),
            ("row_names", flag(&self.row_names)),
            (
                "format",
                self.format.map(|format| format.to_val().to_string()),
            ),
            ("modality", text(&self.modality)),
        ];
        let given = given.into_iter();
        let given = given.filter_map(|(name, value)| Some(format!(" {name}={}", value?)));
        format!(
            "read {}{}{}",
            Val::text(&self.path.0),
            given.collect::<String>(),
            self.stated().typed()
        )
    }
}
