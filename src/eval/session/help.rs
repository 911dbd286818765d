//! `help`: topics of the program, and what the session has: `help adata`.

use crate::command::{Val, help, suggest};
use crate::data::{Dataset, Place};
use crate::diagnostic::{Outcome, code};
use crate::eval::parts::sizes::dataset_line;
use crate::eval::{Interpreter, Output};
use crate::lang::words::spelled;
use crate::source::Span;

impl Interpreter<'_> {
    pub(in crate::eval) fn help(&mut self, topic: Option<String>, span: Span) -> Outcome<()> {
        let data = self.session.current().map(|(_, data)| data.clone());
        let data = data.as_deref();
        let in_session = topic.as_deref().and_then(|topic| {
            let of_session = self.help_on_session(topic);
            // A command of that name comes before a column, and a column before a search.
            let is_command = self.registry.get(topic).is_some();
            of_session.or_else(|| self.help_on_data(data.filter(|_| !is_command)?, topic))
        });
        let text = in_session.or_else(|| {
            let topic = topic.as_deref();
            help::topic(self.registry, topic, data, crate::eval::FUNCTIONS)
        });
        if let Some(text) = text {
            self.say(Output::Text(text));
            return Ok(());
        }
        let topic = topic.unwrap_or_default();
        let headline = format!("no help on `{topic}`");
        let label = "is not a command, function or code";
        let diagnostic = self.error(code::NO_HELP, headline, span, label);
        let near = suggest::did_you_mean(&topic, self.registry.names());
        Err(diagnostic.help(near.unwrap_or_else(|| "help lists all commands".to_owned())))
    }

    /// A variable or a function of the session, or a part of a dataset.
    fn help_on_session(&self, topic: &str) -> Option<String> {
        if let Some(value) = self.session.get(topic) {
            return Some(about(topic, value));
        }
        if let Some(function) = self.session.functions.get(topic) {
            let formals = function.formals.iter().map(|formal| match &formal.default {
                Some(default) => {
                    let default = default.span.text(&function.source.text);
                    format!("{}={default}", formal.name.text)
                }
                None => formal.name.text.clone(),
            });
            let formals: Vec<String> = formals.collect();
            let from = &function.source.name;
            return Some(format!(
                "{topic}({})  a function of {from}\n",
                formals.join(", ")
            ));
        }
        let (variable, part) = topic.split_once('.')?;
        let Some(Val::Dataset(data, _)) = self.session.get(variable) else {
            return None;
        };
        let text = match part.split_once('.') {
            Some((place, key)) => {
                let place = Place::from_word(place)?;
                data.slots(place)?
                    .contains_key(key)
                    .then(|| in_place(variable, place, key))
            }
            None => part_of(variable, part),
        };
        text.or_else(|| Some(about(variable, &Val::Dataset(data.clone(), None))))
    }

    /// A column or a gene of the current dataset.
    fn help_on_data(&self, data: &Dataset, topic: &str) -> Option<String> {
        let variable = self.variable_of(data);
        let places = [
            Place::Obs,
            Place::Var,
            Place::Obsm,
            Place::Layers,
            Place::Uns,
        ];
        let found = places.into_iter().find(|&place| match place {
            Place::Layers => data.layers.contains_key(topic),
            place => data
                .slots(place)
                .is_some_and(|slots| slots.contains_key(topic)),
        });
        if let Some(place) = found {
            return Some(in_place(&variable, place, topic));
        }
        crate::eval::names::is_gene(data, topic).then(|| {
            let gene = spelled(topic);
            format!(
                "{topic}  a gene of {variable}\n\n  mean({variable}.X.{gene})\n  plot {variable} color={gene}\n  violin {variable} {gene}\n"
            )
        })
    }
}

/// What a variable holds, and what can be done with it.
fn about(name: &str, value: &Val) -> String {
    let lines = match value {
        Val::Dataset(_, None) => [
            format!("  {name:<22} shows its parts"),
            format!("  compute {:<14} shows its cells", format!("{name}.obs")),
            format!("  history {name:<14} how it was made"),
            "  help subsetting · help commands · tour".to_owned(),
        ]
        .to_vec(),
        Val::Table(_) | Val::Dataset(..) | Val::Part(..) => [
            format!("  {name:<22} shows it"),
            format!("  {:<22} its first rows", format!("{name}[0..5]")),
            format!("  export {name} \"{name}.csv\""),
            "  help tables".to_owned(),
        ]
        .to_vec(),
        Val::Figure(_) => vec![format!("  show {name}"), "  help plotting".to_owned()],
        _ => vec![format!("  show {name}"), "  help syntax".to_owned()],
    };
    let kind = match value {
        Val::Dataset(data, None) => format!("a dataset: {}", dataset_line(data)),
        value => value.described(),
    };
    format!("{name}  {kind}\n\n{}\n", lines.join("\n"))
}

/// What a part of a dataset holds.
fn part_of(variable: &str, part: &str) -> Option<String> {
    let (holds, line) = match part {
        "obs" => ("columns with a value for each cell", "compute {}.obs"),
        "var" => ("columns with a value for each gene", "compute {}.var"),
        "X" => ("a matrix of cells and genes", "compute {}.X"),
        "layers" => (
            "other matrices of the same cells and genes",
            "show {}.layers",
        ),
        "obsm" => ("embeddings of the cells", "show {}.obsm"),
        "varm" => ("loadings of the genes", "show {}.varm"),
        "obsp" => ("graphs of the cells", "show {}.obsp"),
        "uns" => ("results of steps, and colors", "show {}.uns"),
        "obs_names" => ("names of the cells", "{}.obs_names[0..5]"),
        "var_names" => ("names of the genes", "{}.var_names[0..5]"),
        "raw" => ("the matrix before genes were filtered", "show {}.raw"),
        _ => return None,
    };
    let line = line.replace("{}", variable);
    Some(format!(
        "{variable}.{part}  {holds}\n\n  {line}\n  help subsetting\n"
    ))
}

fn in_place(variable: &str, place: Place, key: &str) -> String {
    let column = format!("{variable}.{}.{}", place.word(), spelled(key));
    let (holds, lines) = match place {
        Place::Obs => (
            "a column of cells",
            format!(
                "  compute {column}\n  plot {variable} color={}\n",
                spelled(key)
            ),
        ),
        Place::Var => ("a column of genes", format!("  compute {column}\n")),
        Place::Obsm => ("an embedding of the cells", format!("  show {column}\n")),
        Place::Layers => ("a layer", format!("  compute {column}\n")),
        _ => ("a part of the dataset", format!("  show {column}\n")),
    };
    format!("{column}  {holds}\n\n{lines}")
}
