//! Names of cells in concatenated datasets.

use super::Joining;
use crate::command::Scene;
use crate::data::{Column, Dataset, Lazy, Names, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{Private, Promised};
use std::sync::Arc;

/// A piece of a cell's new name.
enum Piece {
    Plain(String),
    Name,
    Key,
    /// By its place among the columns that the template names.
    Column(usize),
}

impl Joining {
    /// Names of cells, made unique if that was asked for. Those that stand for several cells are
    /// warned of, now or once they are known.
    pub(super) fn cell_names(
        &self,
        scene: &mut Scene,
        parts: &[Arc<Dataset>],
        data: &Dataset,
    ) -> Outcome<Lazy> {
        let names: Vec<Promised<Names>> = parts.iter().map(|part| scene.cell_names(part)).collect();
        let mut columns: Vec<Promised<Column>> = Vec::new();
        let pieces = match &self.unique {
            None => vec![Piece::Name],
            Some(text) if !text.contains('{') => {
                vec![Piece::Name, Piece::Plain(text.clone()), Piece::Key]
            }
            Some(text) => self.template(scene, text, data, &mut columns)?,
        };
        let keys = self.keys.clone();
        let joined = move |parts: &[Arc<Names>], columns: &[Arc<Column>]| {
            let mut names = Vec::new();
            for (part, key) in parts.iter().zip(&keys) {
                for name in part.iter() {
                    let piece = |piece: &Piece| match piece {
                        Piece::Plain(text) => text.clone(),
                        Piece::Name => name.to_owned(),
                        Piece::Key => key.clone(),
                        Piece::Column(i) => columns[*i].text(names.len()),
                    };
                    names.push(pieces.iter().map(piece).collect::<String>());
                }
            }
            names.iter().collect::<Names>()
        };
        let needs = (names, columns);
        if let Some((names, columns)) = super::ready(&needs) {
            let names = joined(&names, &columns);
            if let Some(warning) = several_cells(&names) {
                scene.note(warning.label(scene.args.span, "names are not unique"));
            }
            return Ok(Lazy::ready(Value::of(names)));
        }
        let names = scene.step(needs, Private::new(), move |(names, columns), cx| {
            let names = joined(&names, &columns);
            cx.remark(several_cells(&names));
            Ok(names)
        });
        Ok(names.lazy().clone())
    }

    /// `{sample}_{name}` in pieces; columns that it names become needs.
    fn template(
        &self,
        scene: &Scene,
        text: &str,
        data: &Dataset,
        columns: &mut Vec<Promised<Column>>,
    ) -> Outcome<Vec<Piece>> {
        let (mut pieces, mut rest, mut n_columns) = (Vec::new(), text, 0);
        while let Some((plain, after)) = rest.split_once('{') {
            pieces.push(Piece::Plain(plain.to_owned()));
            let (word, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            match (word, data.obs.get(word)) {
                ("name", _) => pieces.push(Piece::Name),
                ("key", _) => pieces.push(Piece::Key),
                (_, Some(slot)) => {
                    columns.push(Promised::of(slot.value.clone()));
                    pieces.push(Piece::Column(n_columns));
                    n_columns += 1;
                }
                (word, None) => {
                    let known = data.obs.keys().map(String::as_str).chain(["name", "key"]);
                    return Err(scene
                        .error(
                            "unique",
                            code::NO_SUCH_COLUMN,
                            format!("no column `{word}`"),
                            "is not in obs",
                        )
                        .help(crate::command::suggest::nearest_or_list(word, known, "obs")));
                }
            }
        }
        pieces.push(Piece::Plain(rest.to_owned()));
        Ok(pieces)
    }
}

fn several_cells(names: &Names) -> Option<Box<Diagnostic>> {
    let name = names.duplicate()?;
    let headline = format!("several datasets have a cell named {name}");
    let help = "unique=\"-\" adds the key of the dataset, unique=\"{sample}_{name}\" a column";
    Some(Diagnostic::warning(code::DUPLICATE_CELLS, headline).help(help))
}
