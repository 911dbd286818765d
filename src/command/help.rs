//! Help texts, all derived from declarations.

use super::codes::CODES;
use super::known::MARKERS;
use super::registry::{Entry, Registry};
use super::scanpy;
use super::spec::{Group, Key, Want, Write};
use crate::data::{Dataset, SlotName};

/// Name, usage and meaning of a function on values.
pub type FunctionDoc = (&'static str, &'static str, &'static str);

/// Help on a topic: a command, a function, a code, a subject, another tool's name; all commands
/// without one. `data` is the session's dataset, to say what of it is there.
pub fn topic(
    registry: Registry,
    topic: Option<&str>,
    data: Option<&Dataset>,
    functions: &[FunctionDoc],
) -> Option<String> {
    let Some(topic) = topic else {
        return Some(overview(registry));
    };
    if let Some(entry) = registry.get(topic).or_else(|| registry.like(topic)) {
        return Some(command(entry, data));
    }
    if let Some((_, usage, about)) = functions.iter().find(|(name, ..)| *name == topic) {
        return Some(format!("{usage}  {about}\n"));
    }
    match topic {
        "scanpy" => {
            let lines = scanpy::dictionary(registry).into_iter();
            let line = |(name, answer): (&str, String)| format!("  {name:<50} {answer}\n");
            return Some(lines.map(line).collect());
        }
        "seurat" => return Some(dictionary(registry, |name| !name.contains('.'))),
        "functions" => {
            return Some(
                functions
                    .iter()
                    .map(|(_, usage, about)| format!("  {usage:<38} {about}\n"))
                    .collect(),
            );
        }
        _ => {}
    }
    if let Some(answer) = topic
        .strip_prefix("sc.")
        .and(scanpy::answer(registry, topic))
    {
        return Some(format!("  {topic}: {answer}\n"));
    }
    let known = CODES.iter().chain(crate::lang::CODES.iter());
    if let Some((code, title, text)) = known
        .into_iter()
        .find(|(code, ..)| code.eq_ignore_ascii_case(topic))
    {
        return Some(format!("{code}  {title}\n\n{text}\n"));
    }
    search(registry, topic)
}

fn overview(registry: Registry) -> String {
    let mut text = String::from("verb thing name=value          help COMMAND tells more\n");
    let mut groups: Vec<Group> = registry.0.iter().map(|entry| entry.spec.group).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        text += &format!("\n{}\n", group.word());
        for entry in registry.0.iter().filter(|entry| entry.spec.group == group) {
            text += &line(entry.spec.name, entry.spec.summary);
        }
    }
    text + "\nhelp functions · help scanpy · help seurat · help E100\n"
}

/// A command in a list; the longest names have 18 letters.
fn line(name: &str, summary: &str) -> String {
    format!("  {name:<18}  {summary}\n")
}

fn command(entry: &Entry, data: Option<&Dataset>) -> String {
    let spec = entry.spec;
    let mut text = format!("{}  {}\n", spec.name, spec.summary);
    if !spec.about.is_empty() {
        text += &format!("\n{}\n", spec.about);
    }
    for example in spec.examples {
        text += &format!("\n    {example}");
    }
    text += if spec.examples.is_empty() {
        "\n"
    } else {
        "\n\n"
    };
    for param in entry.params {
        let default = match param.default.map(|default| default().to_string()) {
            Some(default) => format!(" = {default}"),
            None if param.optional => String::new(),
            None => " (required)".to_owned(),
        };
        text += &format!(
            "  {:<27}  {}\n",
            format!("{}{default}", param.name),
            param.doc.trim()
        );
        if let super::Kind::Choice(words) = param.kind {
            for (word, doc) in words {
                text += &format!("      {word:<24} {}\n", doc.trim());
            }
        }
    }
    text += &effects(entry, data);
    if !spec.like.is_empty() {
        text += &format!("  like    {}\n", spec.like.join(", "));
    }
    for cite in spec.cite {
        text += &format!("  cite    {cite}\n");
    }
    text
}

/// What a command reads, writes and holds; with a mark whether it is there.
fn effects(entry: &Entry, data: Option<&Dataset>) -> String {
    let spec = entry.spec;
    let mut text = "\n".to_owned();
    for need in spec.reads {
        let mark = data.map_or("", |data| {
            if there(data, need.want) {
                "✓ "
            } else {
                "✗ "
            }
        });
        let made_by = match need.made_by {
            "" => String::new(),
            command => format!(", made by {command}"),
        };
        text += &format!(
            "  reads   {mark}{}{made_by}{}\n",
            need.what,
            need.want.condition()
        );
    }
    for write in spec.writes {
        text += &format!("  writes  {}\n", written(*write));
    }
    text += &format!("  holds   {}\n", spec.holds);
    text
}

fn there(data: &Dataset, want: Want) -> bool {
    match want {
        Want::X(states) => data.x.as_ref().is_some_and(|x| states.contains(&x.state)),
        Want::Slot(_, Key::MarkersOf(_)) => data.uns.contains_key(MARKERS),
        Want::Slot(place, Key::Is(key) | Key::ParamOr(_, key)) => {
            data.slot(&SlotName::new(place, key)).is_some()
        }
        Want::Slot(place, _) => data.slots(place).is_some_and(|slots| !slots.is_empty()),
        Want::If(sometimes) => there(data, sometimes.want),
    }
}

/// A slot as the declaration names it: `obs.{key}`.
pub fn written(write: Write) -> String {
    match write {
        Write::X(state) => format!("X ({})", state.word()),
        Write::Cells => "fewer cells".to_owned(),
        Write::Genes => "fewer genes".to_owned(),
        Write::Slot(place, key) => match key {
            Key::Is(key) => format!("{}.{key}", place.word()),
            Key::Param(name) => format!("{}.<{name}>", place.word()),
            Key::ParamOr(_, usual) => format!("{}.{usual}", place.word()),
            Key::Around(before, name, after) => format!("{}.{before}<{name}>{after}", place.word()),
            Key::MarkersOf(_) => format!("{}.{MARKERS}", place.word()),
        },
    }
}

/// What others call it, and our name.
fn dictionary(registry: Registry, theirs: fn(&str) -> bool) -> String {
    let mut pairs: Vec<(&str, &str)> = registry
        .0
        .iter()
        .flat_map(|entry| entry.spec.like.iter().map(|name| (*name, entry.spec.name)))
        .filter(|(name, _)| theirs(name))
        .collect();
    pairs.sort_unstable();
    pairs
        .iter()
        .map(|(theirs, ours)| format!("  {theirs:<40} {ours}\n"))
        .collect()
}

/// Commands that a word occurs in.
fn search(registry: Registry, word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&lower);
    let found: String = registry
        .0
        .iter()
        .filter(|entry| {
            let spec = entry.spec;
            holds(spec.name)
                || holds(spec.summary)
                || holds(spec.about)
                || spec.like.iter().any(|name| holds(name))
        })
        .map(|entry| line(entry.spec.name, entry.spec.summary))
        .collect();
    (lower.len() >= 3 && !found.is_empty()).then_some(found)
}
