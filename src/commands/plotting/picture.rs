//! What commands that draw have in common: values to color by, and where the figure goes.

use crate::command::known::OF_GENE;
use crate::command::params::PathOut;
use crate::command::value::quoted;
use crate::command::{FigureFile, Job, Reply, Scene, Val};
use crate::commands::files::export::check_folder;
use crate::commands::inputs::gene_values::{GeneValues, labeled};
use crate::commands::plotting::color_scale::{self, GroupColors};
use crate::commands::plotting::paper::{Page, Paper};
use crate::commands::plotting::smoothed_genes::noted;
use crate::data::figure::{self, Color, Figure, Groups, Rgb, Symbols};
use crate::data::{
    Column, ColumnType, Dataset, Lazy, Matrix, Names, NumberType, Place, Promise, SlotName, Uns,
    Value,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Engine, Needs, gene_column, gene_column_if_there};
use crate::source::Origin;
use std::path::PathBuf;
use std::sync::Arc;

/// A job that makes a figure from computed values, shown or written to `out`.
pub fn draw<N: Needs>(
    scene: &Scene,
    needs: N,
    out: Option<PathOut>,
    paper: impl Into<Paper>,
    figure: impl FnOnce(N::Values) -> Outcome<Figure> + 'static,
) -> Outcome<Reply> {
    draw_with_engine(scene, needs, out, paper, |values, _| figure(values))
}

/// The same, where the first values tell which others are needed.
pub fn draw_with_engine<N: Needs>(
    scene: &Scene,
    needs: N,
    out: Option<PathOut>,
    paper: impl Into<Paper>,
    figure: impl FnOnce(N::Values, &Engine) -> Outcome<Figure> + 'static,
) -> Outcome<Reply> {
    let paper: Paper = paper.into();
    let size = paper.page.size(scene)?;
    let file = out.map(|out| figure_file(scene, &out, &paper.page));
    let file = file.transpose()?;
    let said = file
        .as_ref()
        .map(|file| format!("drew {}", file.path.display()));
    let origin = scene.origin();
    let datasets = drawn_datasets(scene);
    let job = Job::new(needs, move |values, engine| {
        let figure = figure(values, engine)?;
        if !figure.has_marks() {
            return Err(nothing_drawn(&origin));
        }
        let symbols = symbols(&datasets);
        Ok(Val::Figure(Arc::new(paper.dress(figure, size, &symbols))))
    });
    Ok(Reply::Job(Job {
        writes: file.as_ref().map(|file| (file.path.clone(), None)),
        figure: file,
        said,
        ..job
    }))
}

/// The datasets that a figure is about.
fn drawn_datasets(scene: &Scene) -> Vec<Arc<Dataset>> {
    let given = scene.args.given.values();
    let datasets = given.filter_map(|given| match &given.value {
        Val::Dataset(data, _) => Some(data.clone()),
        _ => None,
    });
    datasets.collect()
}

/// The names of their genes, and of the groups of their cells, as far as they are known.
fn symbols(datasets: &[Arc<Dataset>]) -> Symbols {
    let mut symbols = Symbols::default();
    for data in datasets {
        let of_raw = data.raw.as_ref().map(|raw| &raw.var_names);
        for names in std::iter::once(&data.var_names).chain(of_raw) {
            // A damaged file is reported by what reads it.
            let known = names.value.known().ok().flatten();
            symbols.genes.extend(known.and_then(Value::names).cloned());
        }
        let columns = data.obs.values().filter_map(|slot| slot.value.get());
        let categories = columns.filter_map(|value| value.column_category());
        let levels = categories.map(|category| category.levels.clone());
        symbols.groups.extend(levels);
    }
    symbols
}

/// The refusal of a figure that would show no value: all are missing, or no cell or gene is left.
fn nothing_drawn(origin: &Origin) -> Box<Diagnostic> {
    Diagnostic::error(code::NOTHING_LEFT, "there is nothing to draw")
        .at(origin)
        .help("every value is missing, or no cell or gene is left: show adata")
}

fn figure_file(scene: &Scene, out: &str, page: &Page) -> Outcome<FigureFile> {
    let path = PathBuf::from(out);
    let known = path
        .extension()
        .is_some_and(|ending| figure::FILES.iter().any(|known| ending == *known));
    if !known {
        return Err(scene
            .error(
                "out",
                code::UNWRITABLE_FORMAT,
                "figures are .png, .svg or .pdf",
                "has another extension",
            )
            .help(format!(
                "out={}",
                quoted(&path.with_extension("png").to_string_lossy())
            )));
    }
    check_folder(scene, "out", &path, page.overwrite.0)?;
    let dpi = page.resolution(scene)?;
    Ok(FigureFile { path, dpi })
}

/// What is drawn of each cell, and what a figure calls it.
pub struct Shown {
    pub value: Lazy,
    /// A gene with what its values are, where they are scaled or the like.
    pub name: String,
}

/// A column of obs, a column of an embedding (`PC1`), or the values of a gene: log values where
/// X has gone on and they are known.
pub fn column_or_gene(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    values: &GeneValues,
) -> Outcome<Shown> {
    shown_by(scene, data, key, values, gene_column)
}

/// The same of a gene that may be gone: then there is no column, and a note says so.
pub fn column_or_gene_if_there(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    values: &GeneValues,
) -> Outcome<Shown> {
    shown_by(scene, data, key, values, gene_column_if_there)
}

fn shown_by(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    values: &GeneValues,
    of_gene: fn(&Dataset, &Matrix, &str, Origin) -> Lazy,
) -> Outcome<Shown> {
    if let Some(value) = column_of_cells(scene, data, key)? {
        let name = key.to_owned();
        return Ok(Shown { value, name });
    }
    // A gene beside a column of its name.
    let gene = key.strip_prefix(OF_GENE);
    let key = gene
        .filter(|gene| data.obs.contains_key(*gene))
        .unwrap_or(key);
    let input = values.logs(scene, data)?;
    let state = input.matrix.state;
    let value = of_gene(&input.data, &input.matrix, key, scene.origin());
    Ok(Shown {
        value: noted(scene, state, key, value),
        name: labeled(key, state),
    })
}

fn column_of_cells(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Option<Lazy>> {
    if data.obs.contains_key(key) {
        return scene.value(data, Place::Obs, key).map(Some);
    }
    let Some((basis, component)) = data.component(key) else {
        return Ok(None);
    };
    let places = scene.value(data, Place::Obsm, &basis)?;
    let promise = Promise::Column(ColumnType::Number);
    let column = scene.step(places, promise, move |places, _| {
        let column = places
            .dense()
            .filter(|dense| component < dense.ncols())
            .map(|dense| dense.column(component).mapv(f64::from).to_vec());
        let column = column.ok_or_else(|| {
            let headline = format!("obsm.{basis} has no column {}", component + 1);
            let n = places.dense().map_or(0, |dense| dense.ncols());
            Diagnostic::error(code::UNEXPECTED_CONTENT, headline).help(format!("it has {n}"))
        })?;
        let column = Column::numbers(column, NumberType::F32);
        Ok(Value::Column(Arc::new(column)))
    });
    Ok(Some(column))
}

/// Numbers of a column, with booleans as 0 and 1; everything else is NaN.
pub fn numbers(column: &Column) -> Vec<f32> {
    match column.to_numbers() {
        Some(numbers) => numbers.into_iter().map(|x| x as f32).collect(),
        None => vec![f32::NAN; column.len()],
    }
}

/// Groups that are named where no column is: nothing could be done with them.
pub fn no_groups_alone(scene: &Scene, named: &[String]) -> Outcome<()> {
    if named.is_empty() {
        return Ok(());
    }
    let headline = "`groups` selects groups of a column, but `by` is missing";
    let help = "by=leiden groups=[\"0\", \"1\"]";
    Err(scene
        .error("groups", code::NOT_APPLICABLE, headline, "of which column?")
        .help(help))
}

/// Whether a column is drawn as groups.
pub fn is_grouped(column: &Column) -> bool {
    !matches!(column, Column::Number(_))
}

/// The groups of a column in the colors that the dataset keeps for it, if it has one for each.
pub fn colored_groups(column: &Column, stored: Option<&Uns>) -> Groups {
    let groups = Groups::from(&column.to_category());
    match stored {
        Some(Uns::Texts(texts)) if texts.len() >= groups.levels.len() => {
            let colors: Option<Vec<Rgb>> = texts.iter().map(Rgb::parse).collect();
            groups.colored(&colors.unwrap_or_default())
        }
        _ => groups,
    }
}

/// What decides the color of each cell.
pub fn color(column: &Column, stored: Option<&Uns>, scale: &color_scale::Asked) -> Color {
    if is_grouped(column) {
        Color::Groups(colored_groups(column, stored))
    } else {
        let values = numbers(column);
        let scale = scale.scale(&values);
        Color::Values(Arc::new(values), scale)
    }
}

/// Colors that scanpy or sca stored for a column's levels.
pub fn stored_colors(data: &Dataset, key: &str) -> Option<Lazy> {
    let slot = data.uns.get(&format!("{key}_colors"));
    slot.map(|slot| slot.value.clone())
}

/// Colors of the groups of a column that have cells, in their order, as a list of texts: those that
/// the dataset keeps are of all levels.
pub fn used_colors(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Lazy> {
    let needs = (
        scene.value(data, Place::Obs, key)?,
        stored_colors(data, key),
    );
    Ok(scene.step(needs, Promise::Uns, |(column, stored), _| {
        let Some(column) = column.column() else {
            return Ok(Value::Uns(Arc::new(Uns::map())));
        };
        let stored = stored.as_ref().and_then(Value::uns);
        let groups = colored_groups(column, stored.map(|uns| &**uns));
        let used = groups.colors.iter().zip(groups.used());
        let texts = used
            .filter(|(_, used)| *used)
            .map(|(color, _)| color.to_string());
        Ok(Value::Uns(Arc::new(Uns::Texts(Arc::new(texts.collect())))))
    }))
}

/// A dataset that is drawn: it leaves with the colors of its groups in uns, as scanpy keeps them.
pub struct Drawn {
    pub data: Dataset,
}

impl Drawn {
    pub fn new(data: &Dataset) -> Self {
        Drawn { data: data.clone() }
    }

    /// The colors of a column's groups: those of `palette`, those it has, or scanpy's. Nothing
    /// for what forms no groups.
    pub fn colors(
        &mut self,
        scene: &Scene,
        key: &str,
        palette: Option<&GroupColors>,
    ) -> Outcome<Lazy> {
        let nothing = || Lazy::ready(Value::Uns(Arc::new(Uns::map())));
        let Some(column) = self.data.obs.get(key).map(|slot| slot.value.promise()) else {
            return Ok(nothing());
        };
        if matches!(
            column,
            Promise::Column(ColumnType::Number | ColumnType::Bool)
        ) {
            return Ok(nothing());
        }
        let name = SlotName::new(Place::Uns, format!("{key}_colors"));
        let stored = match palette {
            None | Some(GroupColors::Named(_)) => stored_colors(&self.data, key),
            Some(_) => None,
        };
        if let (Some(stored), None) = (&stored, palette)
            && self.data.stale(&name).is_none()
        {
            return Ok(stored.clone());
        }
        let needs = (scene.value(&self.data, Place::Obs, key)?, stored);
        let palette = palette.cloned();
        let colors = scene.step(needs, Promise::Uns, move |(column, stored), cx| {
            let Some(column) = column.column() else {
                return Ok(Value::Uns(Arc::new(Uns::map())));
            };
            let stored = stored.as_ref().and_then(Value::uns);
            let mut groups = colored_groups(column, stored.map(|uns| &**uns));
            if let Some(palette) = &palette {
                groups = palette.color(groups);
                cx.remark(palette.note(groups.levels.len()));
            }
            let texts = groups.colors.iter().map(Rgb::to_string);
            Ok(Value::Uns(Arc::new(Uns::Texts(Arc::new(texts.collect())))))
        });
        let from = [SlotName::new(Place::Obs, key)];
        scene.put(&mut self.data, Place::Uns, &name.key, colors.clone(), &from);
        Ok(colors)
    }

    /// The reply of a figure, with the dataset that it leaves.
    pub fn leaves(self, reply: Reply) -> Reply {
        match reply {
            Reply::Job(job) => Reply::Drawn(Arc::new(self.data), job),
            other => other,
        }
    }
}

/// Gene names in one list, and where groups of them begin and end.
pub fn gene_list(
    groups: &[(Option<String>, Vec<String>)],
) -> (Names, Vec<crate::data::figure::Bracket>) {
    let mut first = 0;
    let mut brackets = Vec::new();
    for (label, genes) in groups {
        let last = (first + genes.len()).saturating_sub(1);
        if let (Some(label), false) = (label, genes.is_empty()) {
            brackets.push(crate::data::figure::Bracket {
                label: label.clone(),
                first,
                last,
            });
        }
        first += genes.len();
    }
    (
        groups.iter().flat_map(|(_, genes)| genes).collect(),
        brackets,
    )
}
