//! The most likely continuation, in gray after the cursor.

use super::symbols::{self, Symbols, Wanted};
use crate::command::{Kind, Param, Registry};
use crate::data::Place;
use crate::lang::cursor::{CursorContext, Expected, context_at};
use crate::lang::words::spelled;
use crate::session::Session;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub shown: String,
    /// Whether it can be taken as it stands, or only says what is needed.
    pub taken: bool,
}

/// A hint at the end of a line.
pub fn hint(line: &str, session: &Session, registry: Registry) -> Option<Hint> {
    let context = context_at(line, line.len());
    let known = Symbols { session, registry };
    match &context.place {
        Expected::Compared { column } => not_yet(&known, column, &context),
        Expected::Command { piped: false } => after_name(&known, &context),
        Expected::Argument if context.prefix.is_empty() => next(&known, &context),
        _ => None,
    }
}

/// Levels of a column that is not computed cannot be listed; that is worth saying.
fn not_yet(known: &Symbols, column: &str, context: &CursorContext) -> Option<Hint> {
    let key = column.rsplit('.').next()?.trim_matches('`');
    let data = known.subject(context)?;
    let slot = data.obs.get(key)?;
    (slot.value.is_pending() && symbols::can_group(slot)).then(|| Hint {
        shown: " (levels known after compute)".to_owned(),
        taken: false,
    })
}

/// A whole command's name: the dataset it would work on.
fn after_name(known: &Symbols, context: &CursorContext) -> Option<Hint> {
    let entry = known.entry(&context.prefix)?;
    let (name, _) = known.session.current().filter(|_| entry.takes_dataset())?;
    Some(Hint {
        shown: format!(" {}", spelled(name)),
        taken: true,
    })
}

/// The next parameter that is required.
fn next(known: &Symbols, context: &CursorContext) -> Option<Hint> {
    let command = context.command.as_ref()?;
    let entry = known.entry(&command.name)?;
    let next = known.parameter(command);
    if let Some(param) = next.filter(|param| param.required()) {
        return positional(known, param);
    }
    let seen = usize::from(command.piped) + command.positional;
    let missing = entry
        .params
        .iter()
        .skip(seen)
        .find(|param| param.required() && !known.is_given(entry, command, param))?;
    Some(Hint {
        shown: format!("{}=", missing.name),
        taken: true,
    })
}

fn positional(known: &Symbols, param: &Param) -> Option<Hint> {
    if param.kind != Kind::Data {
        return Some(Hint {
            shown: format!("({})", param.name),
            taken: false,
        });
    }
    let (name, _) = known.session.current()?;
    Some(Hint {
        shown: spelled(name),
        taken: true,
    })
}

/// Whether a word is a name that a place can hold; `None` if that cannot be known.
pub fn fits(known: &Symbols, context: &CursorContext, name: &str, called: bool) -> Option<bool> {
    let operand = |known: &Symbols| {
        known.session.get(name).is_some()
            || name == "it"
            || known.entry(name).is_some()
            || known.session.functions.contains_key(name)
            || called && crate::eval::FUNCTIONS.iter().any(|(it, ..)| *it == name)
    };
    let data = known.subject(context);
    let of = |place: Place| data.map(|data| symbols::has(data, place, name) || operand(known));
    let gene = || {
        data.and_then(|data| symbols::genes(data))
            .map(|it| it.position(name).is_some())
    };
    match known.wanted(context)? {
        Wanted::Column(side) => {
            let roots = ["obs", "var", "gene", "layers"].contains(&name);
            Some(roots || of(side)? || gene()?)
        }
        Wanted::Operand => Some(operand(known)),
        Wanted::Kind(kind) => match kind {
            Kind::Obs | Kind::Groups => of(Place::Obs),
            Kind::Var => of(Place::Var),
            Kind::Layer => of(Place::Layers),
            Kind::Colors => Some(of(Place::Obs)? || gene()?),
            Kind::GeneNames => Some(of(Place::Var)? || gene()?),
            Kind::GenesOrColumns => Some(of(Place::Obs)? || of(Place::Var)? || gene()?),
            Kind::Choice(words) => {
                Some(words.iter().any(|(word, _)| *word == name) || operand(known))
            }
            Kind::Data => Some(operand(known)),
            _ => None,
        },
    }
}
