//! What a script left behind, by the names of slots: `obs/leiden`, `uns/paga/connectivities`, `table/ari`, `figure/means`.

use super::steps::{Ran, kept};
use ndarray::Array2;
use sca::command::Val;
use sca::commands::COMMANDS;
use sca::data::Graph;
use sca::data::figure::{Color, Expression, Figure, Kind};
use sca::data::{Column, Place, SlotName, Table, Uns};
use sca::eval::{Interpreter, Output};
use sca::plan::{Engine, aligned};
use sca::session::Session;
use sca::source::Source;
use std::path::PathBuf;
use std::sync::Arc;

pub type Edges = Graph;

/// The content of a slot.
pub enum Found {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Matrix(Array2<f32>),
}

impl Found {
    pub fn numbers(&self) -> Result<Vec<f64>, String> {
        match self {
            Found::Numbers(numbers) => Ok(numbers.clone()),
            Found::Matrix(matrix) => Ok(matrix.iter().map(|&x| f64::from(x)).collect()),
            Found::Texts(texts) => texts
                .iter()
                .map(|text| text.parse().map_err(|_| format!("{text:?} is no number")))
                .collect(),
        }
    }

    pub fn texts(&self) -> Result<Vec<String>, String> {
        match self {
            Found::Texts(texts) => Ok(texts.clone()),
            Found::Numbers(numbers) => Ok(numbers.iter().map(f64::to_string).collect()),
            Found::Matrix(_) => Err("a matrix is no list of texts".to_owned()),
        }
    }

    fn column(column: &Column) -> Found {
        match column {
            Column::Number(numbers) => Found::Numbers(numbers.values.clone()),
            Column::Bool(truths) => {
                Found::Numbers(truths.iter().map(|&it| f64::from(it)).collect())
            }
            other => Found::Texts((0..other.len()).map(|i| other.text(i)).collect()),
        }
    }
}

/// A session after a script, and what was shown last.
pub struct Outcome {
    ran: Ran,
    table: Option<Arc<Table>>,
    figure: Option<Arc<Figure>>,
    /// Where the script could write.
    out: PathBuf,
}

impl Outcome {
    /// Runs a script that may write into `out`; the first error ends it.
    pub fn of(script: &str, out: PathBuf) -> Result<Outcome, String> {
        let source = Source::new("fixture.sca", script);
        let parsed = sca::lang::parse(&source);
        if let Some(wrong) = parsed.diagnostics.first() {
            return Err(wrong.headline.clone());
        }
        let engine = Engine::new(None);
        let mut shown = Vec::new();
        let mut hear = |said: Output| {
            if let Output::Value(_, value) = said {
                shown.push(value);
            }
        };
        let mut interpreter = Interpreter::new(Session::default(), COMMANDS, &engine, &mut hear);
        for statement in &parsed.statements {
            if let Err(error) = interpreter.run(&source, statement) {
                return Err(format!("{}: {error:#?}", statement.span.text(&source.text)));
            }
        }
        let session = interpreter.session;
        let (mut table, mut figure) = (None, None);
        for value in shown.into_iter().chain(session.get("adata").cloned()) {
            match value {
                Val::Figure(shown) => figure = Some(shown),
                Val::Table(lazy) | Val::Dataset(_, Some(lazy)) => {
                    let value = engine.value(&lazy).unwrap();
                    table = value.table().cloned();
                }
                _ => {}
            }
        }
        let ran = Ran { session, engine };
        Ok(Outcome {
            ran,
            table,
            figure,
            out,
        })
    }

    /// The column of the table under a heading.
    pub fn heading(&self, heading: &str) -> Result<Found, String> {
        let table = self.table.as_ref().ok_or("no table was shown")?;
        let column = table.column(heading).ok_or_else(|| {
            let all: Vec<&str> = table
                .columns
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            format!("no {heading} among {all:?}")
        })?;
        Ok(Found::column(column))
    }

    pub fn found(&self, slot: &str) -> Result<Found, String> {
        let (place, key) = slot.split_once('/').unwrap_or((slot, ""));
        self.is_there(place, key)?;
        match (place, key) {
            ("X", _) => Ok(Found::Matrix(self.ran.matrix(&SlotName::new(Place::X, "")))),
            ("layers", key) => Ok(Found::Matrix(
                self.ran.matrix(&SlotName::new(Place::Layers, key)),
            )),
            ("obs", "") => Ok(Found::Texts(self.cells())),
            ("var", "") => Ok(Found::Texts(self.ran.genes())),
            ("obs", key) => Ok(Found::column(&self.ran.column(Place::Obs, key))),
            ("var", key) => Ok(Found::column(&self.ran.column(Place::Var, key))),
            ("obsm", key) => Ok(Found::Matrix(self.ran.dense(key).as_ref().clone())),
            ("varm", key) => {
                let value = self.ran.value(Place::Varm, key);
                Ok(Found::Matrix(
                    value.dense().ok_or("no matrix")?.as_ref().clone(),
                ))
            }
            ("uns", path) => self.uns(path, of_uns),
            ("table", heading) => self.heading(heading),
            ("figure", part) => self.drawn(part),
            ("file", path) => self.file(path),
            _ => Err("no such slot".to_owned()),
        }
    }

    /// Whether a dataset has a slot; other things are looked for where they are.
    fn is_there(&self, place: &str, key: &str) -> Result<(), String> {
        let keys = match (place, key) {
            (_, "") => return Ok(()),
            ("obs", _) => Place::Obs,
            ("var", _) => Place::Var,
            ("obsm", _) => Place::Obsm,
            ("varm", _) => Place::Varm,
            ("obsp", _) => Place::Obsp,
            ("layers", _) => Place::Layers,
            ("uns", _) => Place::Uns,
            _ => return Ok(()),
        };
        let key = match keys {
            Place::Uns => key.split_once('/').map_or(key, |(first, _)| first),
            _ => key,
        };
        let (data, name) = (self.ran.dataset(), SlotName::new(keys, key));
        if data.slot(&name).is_some() || data.matrix(&name).is_some() {
            Ok(())
        } else {
            Err("no such slot".to_owned())
        }
    }

    fn cells(&self) -> Vec<String> {
        let data = self.ran.dataset();
        let names = self
            .ran
            .engine
            .value(&aligned(&data.obs_names, Some(&data.cells)))
            .unwrap();
        names.names().unwrap().iter().map(str::to_owned).collect()
    }

    /// What `of` makes of an entry of uns.
    fn uns<T>(&self, path: &str, of: impl Fn(&Uns) -> Option<T>) -> Result<T, String> {
        let (key, rest) = path.split_once('/').unwrap_or((path, ""));
        let value = self.ran.value(Place::Uns, key);
        let uns = value.uns().ok_or("no record")?;
        let (parent, last) = rest.rsplit_once('/').unwrap_or(("", rest));
        let at = match (rest, parent) {
            ("", _) => Some(&**uns),
            (rest, "") => uns.get(rest),
            (rest, parent) => match uns.get(parent) {
                // A field of a record array, such as the scores of a group.
                Some(Uns::Records(fields)) => {
                    let field = fields.iter().find(|(name, _)| name == last);
                    let column = field.map(|(_, column)| Uns::Column(Arc::new(column.clone())));
                    return column
                        .and_then(|column| of(&column))
                        .ok_or(format!("no {last}"));
                }
                _ => uns.get(rest),
            },
        };
        at.and_then(of)
            .ok_or_else(|| format!("no such entry: {at:?}"))
    }

    pub fn graph(&self, slot: &str) -> Result<Arc<Edges>, String> {
        let (place, key) = slot.split_once('/').unwrap_or((slot, ""));
        self.is_there(place, key)?;
        match slot.split_once('/') {
            Some(("obsp", key)) => Ok(self.ran.graph(key)),
            Some(("uns", path)) => self.uns(path, |uns| match uns {
                Uns::Graph(graph) => Some(graph.clone()),
                _ => None,
            }),
            _ => Err("no graph".to_owned()),
        }
    }

    /// Measures of quality: `modularity/leiden_2/2`, `kept/X_umap`, `mean/obs/lisi_batch`, `agreement/obs/a/b`.
    pub fn measure(&self, slot: &str) -> Result<f64, String> {
        let words: Vec<&str> = slot.split('/').collect();
        match words[..] {
            ["modularity", key, resolution] => {
                let labels = self.ran.column(Place::Obs, key).to_category().codes;
                Ok(modularity(
                    &self.ran.graph("connectivities"),
                    &labels,
                    resolution.parse().unwrap(),
                ))
            }
            ["kept", key] => Ok(kept(
                &self.ran.dense(key),
                &self.ran.graph("connectivities"),
            )),
            ["mean", "obs", key] => {
                let values = self.ran.numbers(Place::Obs, key);
                Ok(values.iter().sum::<f64>() / values.len() as f64)
            }
            ["agreement", "obs", a, b] => {
                let (a, b) = (
                    self.ran.column(Place::Obs, a),
                    self.ran.column(Place::Obs, b),
                );
                let same = (0..a.len()).filter(|&i| a.text(i) == b.text(i)).count();
                Ok(same as f64 / a.len() as f64)
            }
            _ => Err("no such measure".to_owned()),
        }
    }

    /// A column of a .csv that was written: `cells.csv/depth`.
    fn file(&self, path: &str) -> Result<Found, String> {
        let (name, heading) = path.split_once('/').ok_or("no column is named")?;
        let table =
            sca::io::csv::read_table(&self.out.join(name)).map_err(|error| format!("{error:?}"))?;
        let column = table.column(heading).ok_or(format!("no {heading}"))?;
        Ok(Found::column(column))
    }

    /// Numbers or names of a figure, those of its panels one after the other.
    fn drawn(&self, part: &str) -> Result<Found, String> {
        let figure = self.figure.as_ref().ok_or("no figure was drawn")?;
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for panel in &figure.panels {
            drawing(&panel.kind, part, &mut numbers, &mut texts);
        }
        match (numbers.is_empty(), texts.is_empty()) {
            (false, true) => Ok(Found::Numbers(numbers)),
            (true, false) => Ok(Found::Texts(texts)),
            _ => Err("no such part of the figure".to_owned()),
        }
    }
}

fn of_uns(uns: &Uns) -> Option<Found> {
    let numbers = |numbers: Vec<f64>| Some(Found::Numbers(numbers));
    match uns {
        Uns::Array(array) => numbers(array.iter().copied().collect()),
        Uns::Array32(array) => numbers(array.iter().map(|&x| f64::from(x)).collect()),
        Uns::Steps(wholes) => numbers(wholes.iter().map(|&x| x as f64).collect()),
        Uns::Number(number) => numbers(vec![*number]),
        Uns::Texts(texts) => Some(Found::Texts(texts.iter().map(str::to_owned).collect())),
        Uns::Column(column) => Some(Found::column(column)),
        _ => None,
    }
}

fn wide(values: &[f32]) -> impl Iterator<Item = f64> {
    values.iter().map(|&x| f64::from(x))
}

/// The values of the genes in each cell, the cells in the order of their groups.
fn by_group(expression: &Expression) -> Vec<f64> {
    let cells = expression.cells_by_level().into_iter().flatten();
    let values = cells.flat_map(|cell| (0..expression.genes.len()).map(move |gene| (cell, gene)));
    values
        .map(|(cell, gene)| f64::from(expression.value(cell, gene)))
        .collect()
}

fn drawing(kind: &Kind, part: &str, numbers: &mut Vec<f64>, texts: &mut Vec<String>) {
    match (kind, part) {
        (Kind::Dots(dots), "means") => numbers.extend(wide(&dots.means)),
        (Kind::Dots(dots), "fractions") => numbers.extend(wide(&dots.fractions)),
        (Kind::Matrix(matrix), "values") => numbers.extend(wide(&matrix.values)),
        (Kind::HeatMap(map), "values") => numbers.extend(by_group(&map.expression)),
        (Kind::StackedViolins(map), "values") => numbers.extend(by_group(&map.expression)),
        (Kind::Tracks(map), "values") => numbers.extend(by_group(&map.expression)),
        (Kind::Violins(violins), "values") => numbers.extend(wide(&violins.values)),
        (Kind::Histogram(histogram), "heights") => numbers.extend(&histogram.heights),
        (Kind::Points(points), "x") => numbers.extend(wide(&points.x)),
        (Kind::Points(points), "y") => numbers.extend(wide(&points.y)),
        (Kind::Points(points), "colors") => {
            if let Color::Values(values, _) = &points.color {
                numbers.extend(wide(values));
            }
        }
        (Kind::Lines(lines), "x") => lines.series.iter().for_each(|line| numbers.extend(&line.x)),
        (Kind::Lines(lines), "y") => lines.series.iter().for_each(|line| numbers.extend(&line.y)),
        (Kind::Ranks(ranks), "scores") => numbers.extend(&ranks.scores),
        (Kind::Ranks(ranks), "names") => texts.extend(ranks.names.iter().cloned()),
        (Kind::Boxes(boxes), "labels") => texts.extend(boxes.labels.iter().cloned()),
        (Kind::Boxes(boxes), "q1") => numbers.extend(boxes.boxes.iter().map(|it| it.q1)),
        (Kind::Boxes(boxes), "medians") => numbers.extend(boxes.boxes.iter().map(|it| it.median)),
        (Kind::Boxes(boxes), "q3") => numbers.extend(boxes.boxes.iter().map(|it| it.q3)),
        (Kind::Network(network), "sizes") => numbers.extend(network.nodes.iter().map(|it| it.size)),
        (Kind::Network(network), "weights") => {
            numbers.extend(network.edges.iter().map(|it| it.weight));
            numbers.sort_by(f64::total_cmp);
        }
        (Kind::Dendrogram(drawn), "heights") => {
            numbers.extend(drawn.tree.merges.iter().map(|it| it.height));
        }
        (Kind::Dendrogram(drawn), "labels") => {
            let leaves = drawn.tree.order.iter();
            texts.extend(leaves.map(|&leaf| drawn.labels.get(leaf as usize).to_owned()));
        }
        _ => {}
    }
}

/// Newman's modularity with a resolution, of an undirected graph stored both ways.
fn modularity(graph: &Graph, labels: &[i32], resolution: f64) -> f64 {
    let n = labels.iter().max().map_or(0, |&last| last as usize + 1);
    let (mut inside, mut degrees, mut all) = (0.0, vec![0.0; n], 0.0);
    for (&weight, (i, j)) in graph.iter() {
        let weight = f64::from(weight);
        all += weight;
        degrees[labels[i as usize] as usize] += weight;
        if labels[i as usize] == labels[j as usize] {
            inside += weight;
        }
    }
    let by_chance: f64 = degrees.iter().map(|degree| (degree / all).powi(2)).sum();
    inside / all - resolution * by_chance
}
