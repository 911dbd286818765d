//! `read`: open a file as a dataset or a table.

use crate::command::params::{Flag, Many, PathIn, Text};
use crate::command::{Arg, Command, Group, Reply, Scene, Spec, Val};
use crate::data::history::Step;
use crate::diagnostic::{Outcome, Severity};
use crate::io;
use crate::plan::engine::of_file;
use crate::{params, words};
use std::path::PathBuf;
use std::sync::Arc;

params! {
    Read {
        /// An .h5ad, a .zarr folder or .zip of one, .h5mu, a 10x .h5 or folder, .mtx, .loom, .csv,
        /// .tsv or .txt; texts may be .gz, .bz2 or .zip.
        path: PathIn,
        /// Where the genes of a text are; names beside an .mtx and in a .csv tell, if left out, else
        /// they are in columns.
        genes: Option<GenesIn>,
        /// Features to take, as in "Antibody Capture", a list of such kinds, or all; genes, if left
        /// out.
        features: Option<Many<Text>>,
        /// Which of the samples of a folder, by the beginning of its files' names.
        sample: Option<Text>,
        /// Which of the genomes of a 10x .h5; all, if left out.
        genome: Option<Text>,
        /// Whether a .csv, .tsv or .txt holds counts; its first lines tell, if left out.
        counts: Option<Flag>,
        /// Whether the first column of a .csv, .tsv or .txt holds names; its first lines tell, if
        /// left out.
        #[also("first_column_names", "row.names")]
        row_names: Option<Flag>,
        /// What the file is, where its name does not say it.
        format: Option<FormatIn>,
        /// The dataset to take of a .h5mu or .zarr that holds several: rna, prot, atac.
        modality: Option<Text>,
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
        /// a matrix in Matrix Market's format
        Mtx = "mtx",
        /// commas between fields, or semicolons
        Csv = "csv",
        /// tabs between fields
        Tsv = "tsv",
        /// fields between whatever stands in the first line
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
        group: Group::Files,
        summary: "Open a file as a dataset.",
        about: "Reads names and types; values are read when something asks for them.\nOf several kinds of features (antibodies, guides, peaks) the genes are taken, and a note says what else there is. Proteins come beside the genes in two steps: p = read \"cite.h5\" features=\"Antibody Capture\"; normalize p method=clr; join adata p prefix=adt_. Then plot adata color=adt_CD3 and violin adata adt_CD3 draw one.\nNames beside an .mtx (10x, STARsolo, kallisto, alevin-fry, Parse, GEO) are used, and tell which side of it is which. A folder with spliced.mtx and unspliced.mtx is read with both as layers.\nOf a MuData file, one modality: `read \"pbmc.h5mu\" modality=rna`; without it, the modalities are listed.",
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
        let hints = self.hints();
        if io::sheet::is_table(&path, &hints) {
            let table = io::csv::read_table_as(&path, hints.format).map_err(|error| {
                of_file(error)
                    .label(scene.args.span("path"), "")
                    .in_source(scene.source)
            })?;
            return Ok(Reply::Value(Val::table(table)));
        }
        let opened = io::read_with(&path, &hints).map_err(|error| {
            let diagnostic = of_file(error);
            match diagnostic.labels.is_empty() {
                true => diagnostic
                    .label(scene.args.span("path"), "")
                    .in_source(scene.source),
                false => diagnostic,
            }
        })?;
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
        let mut data = opened.dataset;
        if data.history.is_empty() {
            data.history = data.history.and(Step {
                number: 0,
                command: "read".into(),
                statement: self.statement(),
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

impl Read {
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
            row_names: self.row_names.map(|flag| flag.0),
            counts: self.counts.map(|flag| flag.0),
            sample: text(&self.sample),
            genome: text(&self.genome),
            modality: text(&self.modality),
            features,
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
            ("sample", text(&self.sample)),
            ("genome", text(&self.genome)),
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
            "read {}{}",
            Val::text(&self.path.0),
            given.collect::<String>()
        )
    }
}
