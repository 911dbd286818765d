//! What commands that draw have in common: values to colour by, and where the figure goes.

use super::export::check_folder;
use crate::command::{FigureFile, Job, Reply, Scene, Val};
use crate::data::figure::{Colormap, Colour, ColourScale, Figure, Groups, Rgb};
use crate::data::{Column, Dataset, Lazy, Names, Place, Uns, Value};
use crate::diagnostic::Outcome;
use crate::plan::gene_column;
use std::path::PathBuf;
use std::sync::Arc;

/// A job that makes a figure from computed values, shown or written to `out`.
pub fn draw(
    scene: &Scene,
    targets: Vec<Lazy>,
    out: Option<&str>,
    dpi: f64,
    figure: impl FnOnce(&[Value]) -> Outcome<Figure> + 'static,
) -> Outcome<Reply> {
    let file = out.map(|out| figure_file(scene, out, dpi)).transpose()?;
    let said = file
        .as_ref()
        .map(|file| format!("drew {}", file.path.display()));
    Ok(Reply::Job(Job {
        targets,
        finish: Box::new(move |values, _| Ok(Val::Figure(Arc::new(figure(values)?)))),
        writes: file.as_ref().map(|file| (file.path.clone(), None)),
        figure: file,
        said,
    }))
}

fn figure_file(scene: &Scene, out: &str, dpi: f64) -> Outcome<FigureFile> {
    let path = PathBuf::from(out);
    let known = path
        .extension()
        .is_some_and(|ending| ["png", "svg", "pdf"].iter().any(|known| ending == *known));
    if !known {
        return Err(scene
            .error(
                "out",
                "E202",
                "figures are .png, .svg or .pdf",
                "has another ending",
            )
            .help("out=\"figure.png\""));
    }
    check_folder(scene, "out", &path)?;
    Ok(FigureFile { path, dpi })
}

/// A column of obs or the values of a gene in `X`, whichever the name is.
pub fn column_or_gene(scene: &Scene, data: &Dataset, key: &str) -> Outcome<Lazy> {
    if data.obs.contains_key(key) {
        return scene.value(data, Place::Obs, key);
    }
    let matrix = scene.matrix(data, None)?;
    Ok(gene_column(data, &matrix, key, scene.origin()))
}

/// Numbers of a column; truths are 0 and 1, everything else NaN.
pub fn numbers(column: &Column) -> Vec<f32> {
    match column {
        Column::Number(numbers) => numbers.values.iter().map(|&x| x as f32).collect(),
        Column::Truth(truths) => truths
            .iter()
            .map(|&truth| f32::from(u8::from(truth)))
            .collect(),
        other => vec![f32::NAN; other.len()],
    }
}

/// Whether a column is drawn as groups.
pub fn is_grouped(column: &Column) -> bool {
    !matches!(column, Column::Number(_))
}

/// The groups of a column in the colours that the dataset keeps for it.
pub fn coloured_groups(column: &Column, stored: Option<&Uns>) -> Groups {
    let groups = Groups::from(&column.to_category());
    match stored {
        Some(Uns::Texts(texts)) => {
            let colours: Vec<Rgb> = texts.iter().filter_map(Rgb::parse).collect();
            groups.coloured(&colours)
        }
        _ => groups,
    }
}

/// What decides the colour of each cell.
pub fn colour(column: &Column, stored: Option<&Uns>, map: Colormap) -> Colour {
    if is_grouped(column) {
        Colour::Groups(coloured_groups(column, stored))
    } else {
        Colour::Values(Arc::new(numbers(column)), ColourScale::new(map))
    }
}

/// Colours that scanpy or sca stored for a column's levels.
pub fn stored_colours(data: &Dataset, key: &str) -> Option<Lazy> {
    data.uns
        .get(&format!("{key}_colors"))
        .map(|slot| slot.value.clone())
}

/// A colour map by matplotlib's name; `_r` turns it round where there is such a one.
pub fn colormap(scene: &Scene, param: &str, name: &str) -> Outcome<Colormap> {
    Colormap::named(name).ok_or_else(|| {
        let known = Colormap::ALL.iter().map(|map| map.word());
        scene
            .error(
                param,
                "E064",
                format!("no colour map `{name}`"),
                "is not known",
            )
            .help(crate::command::suggest::nearest_or_list(
                name,
                known.collect::<Vec<_>>(),
                "colour maps:",
            ))
    })
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
