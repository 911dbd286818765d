//! Colors of the line being edited; unknown names are underlined.

use super::hint::fits;
use super::symbols::{self, Symbols};
use crate::command::Registry;
use crate::data::Place;
use crate::lang::cursor::{Expected, context_at};
use crate::lang::highlight::{Class, Token, tokens};
use crate::render::inks::{self, BOLD, END};
use crate::session::Session;

/// The line with colors, as wide as it was. `cursor` is where the person types: a name there
/// may still become a known one.
pub fn paint(line: &str, cursor: usize, session: &Session, registry: Registry) -> String {
    let known = Symbols { session, registry };
    let bound = symbols::bound(line);
    let mut painted = String::with_capacity(2 * line.len());
    let mut end = 0;
    for token in tokens(line) {
        let text = token.span.text(line);
        painted += &line[end..token.span.start];
        end = token.span.end;
        let typing = token.span.end == cursor;
        let known_here = bound.contains(&text)
            || is_known(&known, line, token, typing)
            || is_hyphenated(&known, line, token);
        let style = if known_here {
            style(token.class)
        } else {
            inks::RED.underlined()
        };
        match style.as_str() {
            "" => painted += text,
            style => {
                // A line break inside of a style would color what the terminal clears.
                let lines: Vec<String> = text
                    .split('\n')
                    .map(|line| format!("{style}{line}{END}"))
                    .collect();
                painted += &lines.join("\n");
            }
        }
    }
    painted + &line[end..]
}

fn style(class: Class) -> String {
    match class {
        Class::Command => BOLD.to_owned(),
        Class::Parameter => inks::TEAL.begin(),
        Class::Name | Class::Operator | Class::Bracket => String::new(),
        Class::Number => inks::PURPLE.begin(),
        Class::Text => inks::GREEN.begin(),
        Class::Hole => inks::AMBER.begin(),
        Class::Comment => inks::GREY.begin(),
        Class::Keyword => inks::BLUE.bold(),
        Class::Error => inks::RED.begin(),
    }
}

/// Whether a name is known, or cannot be checked.
fn is_known(known: &Symbols, line: &str, token: Token, typing: bool) -> bool {
    let name = token.span.text(line).trim_matches('`');
    match token.class {
        Class::Name if typing && !at_begin(line, token) => true,
        Class::Command | Class::Name if typing || token.class == Class::Command => {
            let mut names: Vec<&str> = known.registry.names().collect();
            names.extend(known.session.functions.keys().map(String::as_str));
            names.extend(known.session.vars().map(|(name, _)| name.as_str()));
            names.extend(crate::eval::FUNCTIONS.iter().map(|(name, ..)| *name));
            is_one_of(name, names.into_iter(), typing)
        }
        Class::Parameter => {
            let context = context_at(line, token.span.start);
            let Some(command) = &context.command else {
                return true;
            };
            let Some(entry) = known.entry(&command.name) else {
                return true;
            };
            let names = entry.params.iter().map(|param| param.name);
            let others = entry.params.iter().flat_map(|param| param.also.iter());
            is_one_of(name, names.chain(others.copied()), false)
        }
        Class::Name => {
            let context = context_at(line, token.span.start);
            if let Expected::Field { path } = &context.place {
                return field(known, path, name);
            }
            let called = line[token.span.end..].starts_with('(');
            fits(known, &context, name, called).unwrap_or(true)
        }
        _ => true,
    }
}

/// Whether a name is part of one with hyphens, such as HLA-DRA, or of a path.
fn is_hyphenated(known: &Symbols, line: &str, token: Token) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let before = &line[..token.span.start];
    let start = before.trim_end_matches(part).len();
    let behind = &line[token.span.end..];
    let end = line.len() - behind.trim_start_matches(part).len();
    let word = &line[start..end];
    if token.class != Class::Name || !word.contains(['-', '/']) {
        return false;
    }
    let context = context_at(line, token.span.start);
    let data = known.subject(&context);
    let data = data.or_else(|| known.session.current().map(|(_, data)| data));
    let gene = |name: &str| {
        let genes = data.and_then(|data| symbols::genes(data));
        genes.is_some_and(|genes| genes.position(name).is_some())
    };
    let column = |name: &str| data.is_some_and(|data| symbols::has(data, Place::Obs, name));
    word.contains('/') || gene(word) || column(word)
}

/// Whether a command may begin where a name stands.
fn at_begin(line: &str, token: Token) -> bool {
    matches!(
        context_at(line, token.span.start).place,
        Expected::Command { .. }
    )
}

fn is_one_of<'n>(name: &str, mut names: impl Iterator<Item = &'n str>, typing: bool) -> bool {
    names.any(|known| known == name || typing && known.starts_with(name))
}

/// Columns of obs and var: everything else after a dot is not looked into.
fn field(known: &Symbols, path: &str, name: &str) -> bool {
    let Some((root, part)) = path.rsplit_once('.') else {
        return true;
    };
    match (known.dataset(root), Place::from_word(part)) {
        (Some(data), Some(place @ (Place::Obs | Place::Var))) => symbols::has(data, place, name),
        _ => true,
    }
}

/// `sca [adata ⏳2]> ` with the dataset standing out.
pub fn prompt(prompt: &str) -> String {
    match (prompt.find('['), prompt.find(']')) {
        (Some(open), Some(close)) => {
            let (inside, after) = (&prompt[open..=close], &prompt[close + 1..]);
            format!("{}{BOLD}{inside}{END}{after}", &prompt[..open])
        }
        _ => prompt.to_owned(),
    }
}

pub fn faint(text: &str) -> String {
    format!("{}{text}{END}", inks::GREY.begin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;
    use crate::repl::complete::session;

    /// The names that are underlined, the cursor being at the end.
    fn underlined(line: &str) -> Vec<String> {
        let painted = paint(line, line.len(), &session(), COMMANDS);
        let unknown = inks::RED.underlined();
        let marked = painted.split(unknown.as_str()).skip(1);
        marked
            .map(|rest| rest.split(END).next().unwrap_or("").to_owned())
            .collect()
    }

    #[test]
    fn names_that_nothing_bears_are_underlined() {
        let none: [&str; 0] = [];
        for (line, expected) in [
            ("lieden adata ", vec!["lieden"]),
            ("leiden adata", none.to_vec()),
            ("leid", none.to_vec()),
            ("lied", vec!["lied"]),
            ("leiden adata rse=1", vec!["rse"]),
            ("leiden adata resolution=1", none.to_vec()),
            ("leiden adta res=1", vec!["adta"]),
            ("adata[batch == \"a\"]", none.to_vec()),
            ("adata[btach == \"a\"]", vec!["btach"]),
            ("adata.obs.btach ", vec!["btach"]),
            ("adata.obs.batch ", none.to_vec()),
            ("markers adata by=btach ", vec!["btach"]),
            ("x = 1; x + 1 ", none.to_vec()),
            ("for i in [1] { show i }", none.to_vec()),
            ("y + 1", vec!["y"]),
            ("filter adata (n_gene < 5)", vec!["n_gene"]),
            ("hvg adata flavor=seurt ", vec!["seurt"]),
            ("violin adata [HLA-DRA, MT-CO1] by=batch ", none.to_vec()),
            (
                "filter adata (HLA-DRA > 1 and batch == \"a\") ",
                none.to_vec(),
            ),
            ("plot adata color=MT-CO1 out=figs/umap.png ", none.to_vec()),
        ] {
            assert_eq!(underlined(line), expected, "{line}");
        }
    }

    #[test]
    fn colors_change_no_letter() {
        for line in [
            "x = [1,\n  \"a\nb\"] # c",
            "größe(1) | `odd name` {",
            "sc.pp.pca(",
        ] {
            let painted = paint(line, 0, &session(), COMMANDS);
            let mut plain = String::new();
            let mut rest = painted.as_str();
            while let Some((before, after)) = rest.split_once('\x1b') {
                plain += before;
                rest = after.split_once('m').map_or("", |(_, rest)| rest);
            }
            assert_eq!(plain + rest, line);
        }
        assert_eq!(prompt("sca [a ⏳2]> "), "sca \x1b[1m[a ⏳2]\x1b[0m> ");
    }
}
