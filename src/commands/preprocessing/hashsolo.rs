//! `hashsolo`: the sample of each cell from the counts of its hashtags.

use crate::command::params::{Count, Data, GroupKey, Many, ObsKey, ObsmKey, Positive};
use crate::command::references;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::inputs::groups::{Groups, groups};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Names, NumberType, Place, Promise, SlotName, Uns, Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::hashsolo::{Call, Error, HashsoloParams, hashsolo};
use crate::params;
use crate::source::Origin;
use ndarray::{Array2, Axis as Dim};

params! {
    Hashsolo {
        /// The dataset.
        adata: Data,
        /// Columns of obs with the counts of the hashtags.
        #[also("cell_hashing_columns")]
        hashtags: Option<Many<ObsKey>>,
        /// Table or matrix in obsm with the counts, a column each, instead of columns of obs.
        obsm: Option<ObsmKey>,
        /// Prior probabilities of a negative cell, a singlet, and a doublet.
        priors: Many<Positive> = [0.01, 0.8, 0.19],
        /// Column of obs with clusters of cells, each analyzed separately.
        #[also("pre_existing_clusters")]
        by: Option<GroupKey>,
        /// Number of hashtags per cell that are noise; by default all but two.
        #[also("number_of_noise_barcodes")]
        noise_tags: Option<Count>,
    }
}

/// What scanpy calls the columns of probabilities.
const PROBABILITIES: [&str; 3] = [
    "negative_hypothesis_probability",
    "singlet_hypothesis_probability",
    "doublet_hypothesis_probability",
];

impl Command for Hashsolo {
    const SPEC: Spec = Spec {
        name: "hashsolo",
        summary: "Demultiplex hashed samples with HashSolo.",
        keywords: "cell hashing hashtags HTO demultiplexing multiplexing doublets",
        about: "Each cell is negative, a singlet of one hashtag, or a doublet, whichever is most probable given its two highest counts. obs.Classification has the hashtag, Negative, or Doublet.\nHashtags that were measured as features become columns of obs with `join`: hto = read \"x.h5\" features=\"Multiplexing Capture\"; join adata hto. The counts are raw counts; background counts are needed to estimate the noise.",
        writes: &[
            Write::Slot(Place::Obs, Key::Is("most_likely_hypothesis")),
            Write::Slot(Place::Obs, Key::Is("negative_hypothesis_probability")),
            Write::Slot(Place::Obs, Key::Is("singlet_hypothesis_probability")),
            Write::Slot(Place::Obs, Key::Is("doublet_hypothesis_probability")),
            Write::Slot(Place::Obs, Key::Is("Classification")),
        ],
        like: &[
            "sc.external.pp.hashsolo",
            "sc.pp.hashsolo",
            "sce.pp.hashsolo",
            "HTODemux",
            "MULTIseqDemux",
        ],
        examples: &[
            "adata.obs.h1 = adata.X.LYZ; adata.obs.h2 = adata.X.CD3D; adata.obs.h3 = adata.X.NKG7; adata.obs.h4 = adata.X.MS4A1; hashsolo adata [h1, h2, h3, h4]; compute count(adata.obs.Classification)",
        ],
        cite: &[&references::HASHSOLO],
        method: "Samples were demultiplexed by hashtag counts with HashSolo[by| in each group of {by}], with prior probabilities of {priors} for negative cells, singlets, and doublets <HASHSOLO>.",
        holds: "the counts of the hashtags",
        tells: &["hashtags", "by"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let params = self.params(scene)?;
        let (counts, mut from) = self.counts(scene, &data)?;
        let by = self.by.as_ref().map(|by| by.0.clone());
        let levels = by.as_ref().map(|by| groups(scene, &data, by)).transpose()?;
        from.extend(by.iter().map(|by| SlotName::new(Place::Obs, by)));
        let origin = scene.origin();
        let number = Promise::Column(ColumnType::Number);
        let category = Promise::Column(ColumnType::Category);
        let promises = vec![number, number, number, number, category];
        let (names, values) = counts;
        let needs = (values, levels);
        let made = scene.step(needs, promises, move |(values, groups), cx| {
            let counts = Counts::of(&names, &values, &origin)?;
            let (calls, left_out) = counts.calls(groups.as_deref(), &params, &origin)?;
            cx.remark(remark(&left_out));
            Ok(counts.columns(&calls))
        });
        let keys = ["most_likely_hypothesis"].into_iter().chain(PROBABILITIES);
        for (key, value) in keys.chain(["Classification"]).zip(made) {
            let value = if PROBABILITIES.contains(&key) {
                value.measured()
            } else {
                value
            };
            scene.put(&mut data, Place::Obs, key, value, &from);
        }
        let written = ["Classification", "most_likely_hypothesis"];
        let written = written.map(|key| SlotName::new(Place::Obs, key));
        Ok(Reply::Dataset(data, written.to_vec()))
    }
}

/// Where the counts come from: the names of columns of obs, or nothing of obsm, and the values.
type Source = (Vec<String>, Vec<Lazy>);

impl Hashsolo {
    fn params(&self, scene: &Scene) -> Outcome<HashsoloParams> {
        let priors: Vec<f64> = self.priors.0.iter().map(|it| it.0).collect();
        match priors[..] {
            [negative, singlet, doublet] => Ok(HashsoloParams {
                priors: [negative, singlet, doublet],
                noise_tags: self.noise_tags.as_ref().map(|n| n.0),
            }),
            _ => {
                let headline = format!("priors= needs 3 probabilities, not {}", priors.len());
                let label = "of a negative cell, a singlet, and a doublet";
                Err(scene
                    .error("priors", code::INVALID_VALUE, headline, label)
                    .help("priors=[0.01, 0.8, 0.19]"))
            }
        }
    }

    fn counts(&self, scene: &Scene, data: &Dataset) -> Outcome<(Source, Vec<SlotName>)> {
        let (keys, place) = match (&self.hashtags, &self.obsm) {
            (Some(tags), None) => (tags.texts(), Place::Obs),
            (None, Some(obsm)) => (vec![obsm.0.clone()], Place::Obsm),
            _ => {
                let headline = "`hashsolo` needs columns of obs or obsm=";
                return Err(Diagnostic::error(code::MISSING_PARAMETER, headline)
                    .label(scene.args.span, "gives none of them, or both")
                    .help("hashsolo adata [HTO1, HTO2, HTO3]")
                    .in_source(scene.source));
            }
        };
        let values = keys.iter().map(|key| scene.value(data, place, key));
        let values = values.collect::<Outcome<Vec<Lazy>>>()?;
        let from = keys.iter().map(|key| SlotName::new(place, key)).collect();
        let names = match place {
            Place::Obs => keys,
            _ => Vec::new(),
        };
        Ok(((names, values), from))
    }
}

/// Counts of hashtags, cells × tags.
struct Counts {
    tags: Vec<String>,
    values: Array2<f64>,
}

impl Counts {
    /// # Errors
    /// A column holds no numbers, or values that are no counts.
    fn of(names: &[String], values: &[Value], origin: &Origin) -> Outcome<Counts> {
        let counts = match values {
            [value] if names.is_empty() => of_obsm(value, origin)?,
            values => {
                let column = |value: &Value| value.column().map(|column| (**column).clone());
                let columns: Vec<Column> = values.iter().filter_map(column).collect();
                of_columns(names.iter().cloned().zip(columns).collect(), origin)?
            }
        };
        for (tag, column) in counts.tags.iter().zip(counts.values.columns()) {
            if let Some(x) = column.iter().find(|x| !(**x >= 0.0 && x.fract() == 0.0)) {
                let headline = if x.is_nan() {
                    format!("{tag} has no count for some cells")
                } else {
                    format!("{tag} holds {x}, which is not a count")
                };
                return Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline)
                    .at(origin)
                    .help("hashsolo needs the raw counts of the hashtags for every cell"));
            }
        }
        Ok(counts)
    }

    /// What each cell is; `None` where its group tells nothing, with the groups of which that is so.
    fn calls(
        &self,
        groups: Option<&Groups>,
        params: &HashsoloParams,
        origin: &Origin,
    ) -> Outcome<(Vec<Option<Call>>, Vec<String>)> {
        let Some(groups) = groups else {
            let calls = hashsolo(self.values.view(), params).map_err(|it| said(it).at(origin))?;
            return Ok((calls.into_iter().map(Some).collect(), Vec::new()));
        };
        let mut calls = vec![None; self.values.nrows()];
        let mut left_out = Vec::new();
        for (code, level) in (0..).zip(groups.levels.iter()) {
            let cells: Vec<usize> = (0..groups.codes.len())
                .filter(|&cell| groups.codes[cell] == code)
                .collect();
            match hashsolo(self.values.select(Dim(0), &cells).view(), params) {
                Ok(found) => {
                    for (cell, call) in cells.into_iter().zip(found) {
                        calls[cell] = Some(call);
                    }
                }
                Err(Error::Constant(_)) => left_out.push(level.to_owned()),
                Err(error) => return Err(said(error).at(origin)),
            }
        }
        Ok((calls, left_out))
    }

    /// The columns of obs.
    fn columns(&self, calls: &[Option<Call>]) -> Vec<Value> {
        let number = |of: &dyn Fn(&Call) -> f64| -> Vec<f64> {
            let value = |call: &Option<Call>| call.as_ref().map_or(f64::NAN, of);
            calls.iter().map(value).collect()
        };
        let likely = number(&|call| call.most_likely() as f64);
        let whole = likely.iter().all(|x| !x.is_nan());
        let stored = if whole {
            NumberType::I64
        } else {
            NumberType::F64
        };
        let mut columns = vec![Column::numbers(likely, stored)];
        for i in 0..3 {
            let values = number(&|call| call.probabilities[i]);
            columns.push(Column::numbers(values, NumberType::F64));
        }
        columns.push(self.classification(calls));
        columns.into_iter().map(Value::of).collect()
    }

    /// The hashtag of a singlet, `Negative` or `Doublet`: those that occur, the hashtags first.
    fn classification(&self, calls: &[Option<Call>]) -> Column {
        let n = self.tags.len();
        let place = |call: &Call| match call.most_likely() {
            0 => n,
            1 => call.tag,
            _ => n + 1,
        };
        let places: Vec<Option<usize>> = calls.iter().map(|it| it.as_ref().map(place)).collect();
        let used: Vec<usize> = (0..n + 2)
            .filter(|at| places.contains(&Some(*at)))
            .collect();
        let code = |at: &Option<usize>| {
            let found = at.and_then(|at| used.iter().position(|used| *used == at));
            found.map_or(-1, |code| code as i32)
        };
        let name = |&at: &usize| match at.checked_sub(n) {
            None => self.tags[at].as_str(),
            Some(0) => "Negative",
            Some(_) => "Doublet",
        };
        let levels: Names = used.iter().map(name).collect();
        Column::category(places.iter().map(code).collect(), levels)
    }
}

fn of_obsm(value: &Value, origin: &Origin) -> Outcome<Counts> {
    match (value, value.uns().map(|uns| &**uns)) {
        (Value::Dense(dense), _) => Ok(Counts {
            tags: (0..dense.ncols()).map(|i| i.to_string()).collect(),
            values: dense.mapv(f64::from),
        }),
        (_, Some(Uns::Frame(_, columns))) => of_columns(columns.clone(), origin),
        _ => {
            let headline = "obsm= is neither a table nor a dense matrix";
            Err(Diagnostic::error(code::UNEXPECTED_CONTENT, headline).at(origin))
        }
    }
}

fn of_columns(columns: Vec<(String, Column)>, origin: &Origin) -> Outcome<Counts> {
    let n_cells = columns.first().map_or(0, |(_, column)| column.len());
    let mut values = Array2::zeros((n_cells, columns.len()));
    let mut tags = Vec::new();
    for (i, (name, column)) in columns.into_iter().enumerate() {
        let Column::Number(numbers) = column else {
            let headline = format!("{name} holds no counts");
            return Err(Diagnostic::error(code::NOT_NUMERIC, headline).at(origin));
        };
        for (to, x) in values.column_mut(i).iter_mut().zip(numbers.values) {
            *to = x;
        }
        tags.push(name);
    }
    Ok(Counts { tags, values })
}

fn said(error: Error) -> Box<Diagnostic> {
    let help = match error {
        Error::TooFewTags { .. } => "with two hashtags, say that one is noise: noise_tags=1",
        Error::NoSignal { .. } => "give a smaller noise_tags=",
        Error::Constant(_) => "hashsolo needs raw counts of all cells, with their background",
    };
    Diagnostic::error(code::TOO_FEW, error.to_string()).help(help)
}

/// Says which groups were left out.
fn remark(left_out: &[String]) -> Option<Box<Diagnostic>> {
    let names = left_out.join(", ");
    let fact =
        format!("the counts of hashtags do not vary in {names}: no cell is classified there");
    (!left_out.is_empty()).then(|| Diagnostic::note(fact))
}
