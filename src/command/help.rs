//! Help texts, all derived from declarations.

use super::guides;
use super::known::MARKERS;
use super::registry::{Entry, Registry};
use super::scanpy;
use super::spec::{Group, Key, Want, Write};
use crate::data::{About, Asked, Chosen, Dataset, SlotName, State};
use crate::diagnostic::code;

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
    if let Some(text) = guides::guide(topic) {
        return Some(text.to_owned());
    }
    let lower = topic.to_lowercase();
    let entry = registry.get(topic).or_else(|| registry.like(topic));
    if let Some(entry) = entry.or_else(|| registry.get(&lower)) {
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
        "commands" => return Some(commands(registry)),
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
    if let Some(entry) = code::entry(&topic.to_uppercase()) {
        let (code, title, text) = (entry.code, entry.title, entry.explanation);
        return Some(format!("{code}  {title}\n\n{text}\n"));
    }
    search(registry, topic)
        .or_else(|| Some(command(registry.like_last(topic)?, data)))
        .or_else(|| {
            // `how do I annotate clusters`: what it is about.
            let words: Vec<String> = topic.split_whitespace().map(str::to_owned).collect();
            let (subject, _) = subject_of(registry, &words).filter(|_| words.len() > 1)?;
            let entry = registry.get(&subject).map(|entry| command(entry, data));
            entry.or_else(|| search(registry, &subject))
        })
}

/// What fits on one screen, of 24 lines with the one that was typed and the next prompt: how to begin, where the rest is, the commands by name.
fn overview(registry: Registry) -> String {
    let mut text = String::from(
        "\
usage: COMMAND DATASET name=value
  adata = read \"file.h5ad\"        or adata = demo() for example data
  qc adata mt=\"MT-\"; leiden adata; plot adata color=leiden
  help start     a first analysis        tour           the same, step by step
  help COMMAND   a command in full       help WORD      commands for a word
  help commands  all with a summary      help functions functions of values
  help syntax · lazy · pipes · subsetting · tables · plotting · scripts · keys
  help scanpy · help seurat: what does what      help E030: an error explained
",
    );
    for group in groups(registry) {
        let names = of_group(registry, group).map(|entry| entry.spec.name);
        text += &wrapped(&format!("  {}:", group.word()), names);
    }
    text
}

fn groups(registry: Registry) -> Vec<Group> {
    let mut groups: Vec<Group> = registry.0.iter().map(|entry| entry.group).collect();
    groups.sort();
    groups.dedup();
    groups
}

fn of_group(registry: Registry, group: Group) -> impl Iterator<Item = &'static Entry> {
    registry.0.iter().filter(move |entry| entry.group == group)
}

/// Names after a heading, in lines of at most 78 letters.
fn wrapped(heading: &str, names: impl Iterator<Item = &'static str>) -> String {
    let indent = "    ";
    let mut text = String::new();
    let mut line = heading.to_owned();
    for name in names {
        if line.chars().count() + name.len() + 1 > 78 {
            text += &format!("{}\n", line.trim_end());
            line = indent.to_owned();
        }
        line += &format!(" {name}");
    }
    text + line.trim_end() + "\n"
}

/// All commands with their summaries.
fn commands(registry: Registry) -> String {
    let mut text =
        String::from("usage: COMMAND DATASET name=value     (help COMMAND for details)\n");
    for group in groups(registry) {
        text += &format!("\n{}\n", group.word());
        for entry in of_group(registry, group) {
            text += &line(entry.spec.name, entry.spec.summary);
        }
    }
    text
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
    text += if spec.examples.is_empty() || entry.params.is_empty() {
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
        text += &format!("  cite    {}\n", cite.short);
    }
    text
}

/// What a command reads, writes and holds; with a mark if the dataset has it.
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
    if spec.holds != "nothing" {
        text += &format!("  memory  {}\n", spec.holds);
    }
    text
}

fn there(data: &Dataset, want: Want) -> bool {
    match want {
        Want::X(states) => data.x.as_ref().is_some_and(|x| states.contains(&x.state)),
        Want::Logs => {
            Chosen::of(data, Asked::default(), About::Logs).state(data) == Some(State::Log)
        }
        Want::Counts => {
            Chosen::of(data, Asked::default(), About::Counts).state(data) == Some(State::Counts)
        }
        Want::Shown => data.x.is_some(),
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
        Write::X(state) => format!("X ({})", state.shown()),
        Write::Cells => "fewer cells".to_owned(),
        Write::Genes => "fewer genes".to_owned(),
        Write::Slot(place, key) => match key {
            Key::Is(key) | Key::Pattern(key) => SlotName::new(place, key).to_string(),
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

/// Words that say nothing of what a sentence is about.
#[rustfmt::skip]
const OF_NO_SUBJECT: [&str; 24] = [
    "all", "and", "can", "cell", "cells", "data", "dataset", "does", "find", "for", "from", "gene", "genes", "give",
    "how", "make", "over", "please", "show", "that", "the", "this", "want", "what",
];

/// What help finds most about of a sentence, a command's name before a keyword, and a longer word before a shorter
/// one; and whether it is a word of the sentence, not only of the same stem.
pub fn subject_of(registry: Registry, words: &[String]) -> Option<(String, bool)> {
    let words = words.iter().map(|word| word.to_lowercase());
    let telling = words.filter(|word| word.len() >= 2 && !OF_NO_SUBJECT.contains(&word.as_str()));
    let ranked = telling.filter_map(|word| {
        let (rank, subject) = nearest_subject(registry, &word)?;
        Some((rank, std::cmp::Reverse(word.len()), subject))
    });
    let (rank, _, subject) = ranked.min()?;
    Some((subject, rank < 2))
}

/// A command's name, a keyword, or a keyword of the same stem, with its rank.
fn nearest_subject(registry: Registry, word: &str) -> Option<(u8, String)> {
    let ranked = registry.0.iter().filter_map(|entry| {
        if entry.spec.name == word {
            return Some((0, word.to_owned()));
        }
        let keywords = plain(entry.spec.keywords);
        let ranked = keywords.split(' ').filter_map(|other| {
            if other.strip_suffix('s').unwrap_or(other) == word || other == word {
                Some((1, word.to_owned()))
            } else {
                of_one_stem(word, other).then(|| (2, other.to_owned()))
            }
        });
        ranked.min()
    });
    ranked.min()
}

/// `integrate` and `integration`.
fn of_one_stem(word: &str, other: &str) -> bool {
    let shared = word.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
    let shared = shared.count();
    shared >= 5 && shared + 2 >= word.len()
}

/// Commands that words occur in: those that have them in their name or keywords come first.
fn search(registry: Registry, words: &str) -> Option<String> {
    let wanted = plain(words);
    if wanted.len() < 2 {
        return None;
    }
    let rank = |entry: &Entry| {
        let spec = entry.spec;
        let holds = |text: &str| plain(text).contains(&wanted);
        match () {
            () if plain(spec.name) == wanted => Some(0),
            () if plain(spec.keywords).split(' ').any(|word| word == wanted) => Some(1),
            () if holds(spec.name) || holds(spec.keywords) || holds(spec.summary) => Some(2),
            () if holds(spec.about) || spec.like.iter().any(|name| holds(name)) => Some(3),
            () => None,
        }
    };
    let ranked = registry
        .0
        .iter()
        .filter_map(|entry| Some((rank(entry)?, entry)));
    let mut found: Vec<(u8, &Entry)> = ranked.collect();
    found.sort_by_key(|(rank, _)| *rank);
    let long = wanted.len() >= 3;
    let lines = found.iter().filter(|(rank, _)| long || *rank < 2);
    let lines: String = lines
        .map(|(_, entry)| line(entry.spec.name, entry.spec.summary))
        .collect();
    (!lines.is_empty()).then_some(lines)
}

/// Lower case, with blanks for what parts words.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['-', '_', '.', '/'], " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
