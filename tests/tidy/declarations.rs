//! What a command must say of itself: `tests/tidy.rs` asks it of every command, `tests/template.rs` of the one
//! in CONTRIBUTING.md.

use sca::command::spec::Theirs;
use sca::command::{Entry, Group, Kind};
use sca::commands::COMMANDS;

/// What a declaration lacks, and names in it that are nobody's.
pub fn complaints(entry: &Entry) -> Vec<String> {
    let all = [unsaid(entry), dangling(entry), of_methods(entry)].concat();
    let name = entry.spec.name;
    all.into_iter()
        .map(|what| format!("{name}: {what}"))
        .collect()
}

fn unsaid(entry: &Entry) -> Vec<String> {
    let spec = entry.spec;
    let mut lacks = Vec::new();
    if !spec.summary.ends_with('.') || !spec.summary.starts_with(char::is_uppercase) {
        lacks.push("the summary is no sentence".to_owned());
    }
    // They are run by `tests/examples.rs`.
    if spec.examples.is_empty() {
        lacks.push("no example".to_owned());
    }
    for param in entry.params {
        if param.doc.trim().is_empty() {
            lacks.push(format!("`{}` has no doc", param.name));
        }
        if let Kind::Choice(words) = param.kind
            && words.iter().any(|(_, doc)| doc.trim().is_empty())
        {
            lacks.push(format!("a word of `{}` has no doc", param.name));
        }
    }
    lacks
}

fn dangling(entry: &Entry) -> Vec<String> {
    let spec = entry.spec;
    let is_param = |name: &str| entry.params.iter().any(|param| param.name == name);
    let mut told = Vec::new();
    let others = entry.params.iter().flat_map(|param| param.also);
    let mut others: Vec<&str> = others.copied().collect();
    others.sort_unstable();
    for pair in others.windows(2).filter(|pair| pair[0] == pair[1]) {
        told.push(format!("`{}` is two parameters", pair[0]));
    }
    for also in others.iter().filter(|also| is_param(also)) {
        told.push(format!("`{also}` is a parameter and another's spelling"));
    }
    for name in spec.tells.iter().filter(|name| !is_param(name)) {
        told.push(format!("tells `{name}`"));
    }
    for (name, theirs) in spec.theirs {
        // A condition is put together with others.
        let is_left_out = matches!(theirs, Theirs::Instead(_));
        if is_left_out && (is_param(name) || others.contains(name)) {
            told.push(format!(
                "`{name}` is a parameter, and has something in its place"
            ));
        }
    }
    if !spec.joined_by.is_empty() && COMMANDS.get(spec.joined_by).is_none() {
        told.push(format!("joined by `{}`", spec.joined_by));
    }
    for need in spec.reads {
        if !need.made_by.is_empty() && COMMANDS.get(need.made_by).is_none() {
            told.push(format!("{} made by `{}`", need.what, need.made_by));
        }
    }
    told
}

/// The parts of a text between two marks.
fn between(text: &str, open: char, close: char) -> Vec<&str> {
    let parts = text.split(open).skip(1);
    parts.filter_map(|part| part.split(close).next()).collect()
}

/// Whether the sentence for a Methods section is there, and fits the parameters and papers.
fn of_methods(entry: &Entry) -> Vec<String> {
    let spec = entry.spec;
    let mut told = Vec::new();
    let conditions = between(spec.method, '[', '|');
    let asked = conditions.iter().map(|it| it.trim_start_matches('!'));
    let asked = asked.map(|it| it.split('=').next().unwrap_or(it));
    for param in between(spec.method, '{', '}').into_iter().chain(asked) {
        if entry.param(param).is_none_or(|it| it.name != param) {
            told.push(format!("`method` names a parameter `{param}`"));
        }
    }
    let listed: Vec<&str> = spec.cite.iter().map(|it| it.key).collect();
    let cited = between(spec.method, '<', '>').into_iter();
    for key in cited.filter(|key| !listed.contains(key)) {
        told.push(format!("`method` names {key}, `cite` does not"));
    }
    if !spec.method.is_empty() && !spec.method.ends_with('.') {
        told.push("`method` has no full stop".to_owned());
    }
    let works = matches!(entry.group, Group::Preprocessing | Group::Structure);
    if works && spec.method.is_empty() && !spec.writes.is_empty() {
        told.push("no `method`, the sentence for a Methods section".to_owned());
    }
    told
}
