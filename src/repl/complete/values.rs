//! Values by the kind of a parameter or by the place in an expression.

use super::super::symbols::{self, Symbols, Wanted};
use super::levels::{self, parameter};
use super::{Candidate, LONGEST, about, commands, functions, paths};
use crate::command::{Kind, Val};
use crate::data::{ColumnType, Dataset, Names, Place};
use crate::lang::cursor::CursorContext;
use crate::render::number::{count, counted};
use std::sync::Arc;

/// Values for the place; `text` is the whole line.
pub fn of(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    match known.wanted(context) {
        Some(Wanted::Kind(kind)) => of_kind(known, context, kind, text),
        Some(Wanted::Column(side)) => in_expression(known, context, side),
        Some(Wanted::Operand) => variables(known, |_| true).chain(functions()).collect(),
        None => Vec::new(),
    }
}

/// Variables whose values are wanted.
pub fn variables<'a>(
    known: &Symbols<'a>,
    wanted: impl Fn(&Val) -> bool + 'a,
) -> impl Iterator<Item = Candidate> + 'a {
    let vars = known.session.vars().filter(move |(_, value)| wanted(value));
    vars.map(|(name, value)| Candidate::name(name, about(value)))
}

fn of_kind(known: &Symbols, context: &CursorContext, kind: Kind, text: &str) -> Vec<Candidate> {
    let data = known.subject(context);
    let columns = |place, fits: fn(&crate::data::Slot) -> bool| {
        data.map_or_else(Vec::new, |data| slots(data, place, fits))
    };
    let prefix = &context.prefix;
    match kind {
        Kind::Data | Kind::Subject => {
            variables(known, |value| matches!(value, Val::Dataset(..))).collect()
        }
        Kind::Bool => ["true", "false"].map(|it| Candidate::new(it, "")).into(),
        Kind::Choice(words) => words
            .iter()
            .map(|(word, doc)| Candidate::new(*word, doc.trim()))
            .collect(),
        Kind::Obs => columns(Place::Obs, |_| true),
        Kind::Groups => columns(Place::Obs, symbols::can_group),
        Kind::Var => columns(Place::Var, |_| true),
        Kind::Obsm => columns(Place::Obsm, |_| true),
        Kind::Obsp => columns(Place::Obsp, |_| true),
        Kind::Layer => columns(Place::Layers, |_| true),
        Kind::Colors => [columns(Place::Obs, |_| true), genes(data, prefix)].concat(),
        Kind::Cells => columns(Place::Obs, is_boolean),
        Kind::Cell => columns(Place::Obs, is_ordered),
        Kind::Genes => columns(Place::Var, is_boolean),
        Kind::GeneNames | Kind::GeneSets => of_genes(known, data, prefix),
        Kind::GenesOrColumns => [
            columns(Place::Obs, is_ordered),
            of_genes(known, data, prefix),
        ]
        .concat(),
        Kind::Rows(headings) => {
            let heading = |(name, of): &(&str, ColumnType)| Candidate::new(*name, of.word());
            headings.iter().map(heading).collect()
        }
        Kind::PathIn => quoted(context, paths::data(prefix)),
        Kind::PathOut => quoted(context, paths::matching(prefix, None)),
        Kind::Name => {
            let datasets = variables(known, |value| matches!(value, Val::Dataset(..)));
            datasets.chain(commands(known, false)).collect()
        }
        Kind::Colormap => crate::data::figure::Colormap::names()
            .map(|name| Candidate::new(name, ""))
            .collect(),
        Kind::Palette => palettes(),
        Kind::NewName => new_names(known, context, text),
        Kind::Table | Kind::Datasets | Kind::Figures | Kind::Any => variables(known, |_| true)
            .chain(functions())
            .chain(commands(known, false))
            .collect(),
        Kind::Record | Kind::Sets => {
            variables(known, |it| matches!(it, Val::Record(_) | Val::List(_))).collect()
        }
        Kind::CountOrAuto => vec![Candidate::new("auto", "chosen by the command")],
        Kind::Number { .. } | Kind::Integer { .. } | Kind::Limit => {
            plain(known, context, |it| matches!(it, Val::Number(_)))
        }
        Kind::Text | Kind::Template | Kind::Summaries => of_text(known, context, text),
    }
}

/// Lists, boolean columns of var, and genes.
fn of_genes(known: &Symbols, data: Option<&Arc<Dataset>>, prefix: &str) -> Vec<Candidate> {
    let lists = |value: &Val| matches!(value, Val::List(_) | Val::Record(_));
    let lists = variables(known, lists).collect();
    let of_var = data.map_or_else(Vec::new, |data| slots(data, Place::Var, is_boolean));
    [lists, of_var, genes(data, prefix)].concat()
}

/// Lists of colors by name, then the color maps that can be spread over groups.
fn palettes() -> Vec<Candidate> {
    let names = crate::data::figure::Colormap::lists_first();
    names
        .map(|(name, about)| Candidate::new(name, about))
        .collect()
}

/// Levels where they are wanted, the default, and variables that hold a text.
fn of_text(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let levels = levels::of_groups(known, context, text);
    let texts = plain(known, context, |it| matches!(it, Val::Text(_)));
    [levels, texts].concat()
}

fn is_boolean(slot: &crate::data::Slot) -> bool {
    slot.value.holds_booleans()
}

fn is_ordered(slot: &crate::data::Slot) -> bool {
    symbols::column_type(slot) == Some(ColumnType::Number) || is_boolean(slot)
}

/// The default, then variables of the type.
fn plain(known: &Symbols, context: &CursorContext, wanted: fn(&Val) -> bool) -> Vec<Candidate> {
    let param = parameter(known, context);
    let default = param.and_then(|param| param.default).map(|it| it());
    let default = default.filter(|value| !matches!(value, Val::None) && context.quote.is_none());
    let default = default.map(|value| Candidate::new(value.to_string(), "the default"));
    default
        .into_iter()
        .chain(variables(known, wanted))
        .collect()
}

/// Paths are texts: quotes are added where none is open.
fn quoted(context: &CursorContext, found: Vec<Candidate>) -> Vec<Candidate> {
    if context.quote.is_some() {
        return found;
    }
    let quote = |candidate: Candidate| {
        let end = if candidate.text.ends_with('/') {
            ""
        } else {
            "\""
        };
        Candidate {
            text: format!("\"{}{end}", candidate.text),
            ..candidate
        }
    };
    found.into_iter().map(quote).collect()
}

/// `leiden`, and `leiden_0.6` if the resolution is given already.
fn new_names(known: &Symbols, context: &CursorContext, text: &str) -> Vec<Candidate> {
    let Some(command) = &context.command else {
        return Vec::new();
    };
    let default = parameter(known, context).and_then(|param| param.default);
    let default = match default.map(|default| default()) {
        Some(Val::Text(text)) => text,
        _ => command.name.clone(),
    };
    let entry = known.entry(&command.name);
    let told = entry.into_iter().flat_map(|entry| entry.spec.tells);
    let given = told.filter_map(|name| {
        let value = text.split(&format!(" {name}=")).nth(1)?;
        let value = value.split([' ', ',', ')']).next()?.trim_matches('"');
        (!value.is_empty()).then(|| format!("{default}_{value}"))
    });
    let names: Vec<String> = given.chain([default.clone()]).collect();
    let candidate = |name: &String| Candidate {
        text: format!("\"{name}\""),
        display: name.clone(),
        description: "a new name".to_owned(),
    };
    names.iter().map(candidate).collect()
}

/// Keys of a place with what they hold.
fn slots(data: &Dataset, place: Place, fits: fn(&crate::data::Slot) -> bool) -> Vec<Candidate> {
    let keys = symbols::keys(data, place).into_iter();
    keys.filter(|(_, slot)| slot.is_none_or(fits))
        .map(|(key, slot)| match slot {
            Some(slot) => Candidate::name(key, symbols::described(slot)),
            None => {
                let state = data.layers.get(key).map_or("", |it| it.state.word());
                Candidate::name(key, state)
            }
        })
        .collect()
}

/// Genes that begin as what was typed; none before something is.
fn genes(data: Option<&Arc<Dataset>>, prefix: &str) -> Vec<Candidate> {
    let Some(names) = data.and_then(|data| symbols::genes(data)) else {
        return Vec::new();
    };
    if prefix.is_empty() {
        return Vec::new();
    }
    let exact = |name: &&str| name.starts_with(prefix);
    let alike = |name: &&str| {
        let head = name.as_bytes().get(..prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let mut found = sorted(names, exact);
    if found.is_empty() {
        found = sorted(names, alike);
    }
    found
        .into_iter()
        .map(|name| Candidate::name(name, "gene"))
        .collect()
}

/// The first of the names that fit: one more than are shown, since a prefix may fit all of 60,000 genes.
fn sorted(names: &Names, fits: impl Fn(&&str) -> bool) -> Vec<&str> {
    let mut found: Vec<&str> = names.iter().filter(|name| fits(name)).collect();
    if found.len() > LONGEST {
        found.select_nth_unstable(LONGEST);
        found.truncate(LONGEST + 1);
    }
    found.sort_unstable();
    found
}

/// Inside of `adata[…]` and conditions: columns, genes, variables, functions.
fn in_expression(known: &Symbols, context: &CursorContext, side: Place) -> Vec<Candidate> {
    let data = known.subject(context);
    let in_list = context.list.is_some();
    let mut found = match data {
        Some(data) if !in_list => slots(data, side, |_| true),
        _ => Vec::new(),
    };
    let mut of_genes = genes(data, &context.prefix);
    if side == Place::Var && context.quote.is_none() {
        // Genes of the second place are texts: adata[:, "CD3D"].
        for gene in &mut of_genes {
            gene.text = crate::command::value::quoted(&gene.display);
        }
    }
    found.extend(of_genes);
    if context.quote.is_some() {
        return found;
    }
    found.extend(variables(known, |value| !matches!(value, Val::Dataset(..))));
    found.extend(functions());
    found
}

/// After a dot.
pub fn fields(known: &Symbols, path: &str, context: &CursorContext) -> Vec<Candidate> {
    let subject = || known.subject(context);
    let place = |word: &str| Place::from_word(word).filter(|place| *place != Place::X);
    if let Some((root, word)) = path.rsplit_once('.')
        && let Some(data) = known.dataset(root)
    {
        if word == "gene" {
            return genes(Some(data), &context.prefix);
        }
        return place(word).map_or_else(Vec::new, |place| slots(data, place, |_| true));
    }
    if let Some(data) = known.dataset(path) {
        return parts(data);
    }
    match (known.session.get(path), path) {
        (Some(Val::Record(fields)), _) => fields
            .iter()
            .map(|(key, value)| Candidate::name(key, about(value)))
            .collect(),
        (None, "gene") => genes(subject(), &context.prefix),
        (None, word) => match (place(word), subject()) {
            (Some(place), Some(data)) => slots(data, place, |_| true),
            _ => of_file(known, path),
        },
        _ => Vec::new(),
    }
}

/// Functions of a file that is used under a name: `lab.standard`.
fn of_file(known: &Symbols, path: &str) -> Vec<Candidate> {
    let names = known.session.functions.keys();
    let inside = names.filter_map(|name| name.strip_prefix(&format!("{path}.")));
    inside
        .map(|name| Candidate::name(name, "function"))
        .collect()
}

/// The parts of a dataset.
fn parts(data: &Dataset) -> Vec<Candidate> {
    use Place::*;
    let places = [Obs, Var, Obsm, Layers, Obsp, Uns, Varm, Varp].map(|place| {
        let keys = symbols::keys(data, place).len();
        (
            place.word(),
            counted(keys as u64, "entry").replace("entrys", "entries"),
        )
    });
    let size = |axis: &crate::data::Axis| match axis.len() {
        Some(len) => count(len as u64),
        None => format!("at most {}", count(axis.at_most() as u64)),
    };
    let state = data.x.as_ref().map_or("absent", |x| x.state.word());
    let rest = [
        ("n_obs", size(&data.cells)),
        ("n_vars", size(&data.genes)),
        ("X", state.to_owned()),
        ("gene", "expression of a gene".to_owned()),
        ("obs_names", "names of cells".to_owned()),
        ("var_names", "names of genes".to_owned()),
    ];
    places
        .into_iter()
        .chain(rest)
        .map(|(word, about)| Candidate::new(word, about))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_genes_only_those_that_are_shown_are_sorted() {
        let names: Names = (0..60_000)
            .rev()
            .map(|gene| format!("GENE{gene:05}"))
            .collect();
        let found = sorted(&names, |name| name.starts_with("GENE"));
        assert_eq!(found.len(), LONGEST + 1);
        assert_eq!((found[0], found[LONGEST]), ("GENE00000", "GENE00200"));
        assert_eq!(
            sorted(&names, |name| name.ends_with("99999")),
            Vec::<&str>::new()
        );
    }
}
