//! What `explain` and `profile` say: a plan with its cost, and what it took when it ran.

use crate::data::{Lazy, Maker};
use crate::plan::{Cost, Node, Plan, Reading, Report, Stage};
use crate::render::number::{bytes, duration};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A plan and its cost: a line for each pass, and one for the steps between two passes.
pub fn explained(plan: &Plan, cost: &Cost, budget: u64) -> String {
    if plan.stages.is_empty() {
        return " nothing is left to do\n".to_owned();
    }
    let mut lines: Vec<Line> = Vec::new();
    let (mut pass, mut readings) = (0, Readings::default());
    for stages in plan
        .stages
        .iter()
        .zip(&cost.stages)
        .collect::<Vec<_>>()
        .chunk_by(|a, b| matches!((a.0, b.0), (Stage::Steps(_), Stage::Steps(_))))
    {
        let kind = match stages[0].0 {
            Stage::Load(lazy) => {
                lines.extend(loaded(lazy).map(|what| (Kind::Read, what)));
                continue;
            }
            Stage::Steps(_) => Kind::Step,
            Stage::Pass(_) | Stage::Divided(_) => {
                pass += 1;
                Kind::Pass(pass, pass)
            }
        };
        let nodes: Vec<&Arc<Node>> = stages.iter().flat_map(|(stage, _)| stage.nodes()).collect();
        let mut about = said_in(&nodes);
        for (_, cost) in stages {
            about.extend(cost.reading.as_ref().map(reading));
            about.extend(cost.place.clone());
            readings.count(cost.reading.as_ref());
        }
        let held = stages
            .iter()
            .map(|(_, cost)| cost.holds.working + cost.holds.kept)
            .max();
        about.extend(
            held.filter(|&held| held > 0)
                .map(|held| format!("holds ≈ {}", bytes(held))),
        );
        let what = format!("{:<40} {}", labels(&nodes), about.join(", "));
        match lines.last_mut() {
            // Panel after panel is one line.
            Some((Kind::Pass(_, last), same)) if kind.is_pass() && *same == what => *last = pass,
            _ => lines.push((kind, what)),
        }
    }
    let line = |(kind, what): &Line| format!(" {:<9}{}\n", kind.word(), what.trim_end());
    let text: String = lines.iter().map(line).collect();
    text + &format!(" {}\n", totals(cost, budget, &readings))
}

/// What a line is about, and what it says.
type Line = (Kind, String);

enum Kind {
    Read,
    Step,
    /// The first and the last of some that are alike.
    Pass(u32, u32),
}

impl Kind {
    fn is_pass(&self) -> bool {
        matches!(self, Kind::Pass(..))
    }

    fn word(&self) -> String {
        match self {
            Kind::Read => "read".to_owned(),
            Kind::Step => "step".to_owned(),
            Kind::Pass(first, last) if first == last => format!("pass {first}"),
            Kind::Pass(first, last) => format!("pass {first}–{last} "),
        }
    }
}

/// What a file is read for, where that is worth a line.
fn loaded(lazy: &Lazy) -> Option<String> {
    if let Some(at) = lazy.in_file() {
        return Some(format!("{} of {}", at.object, at.file.display()));
    }
    let Some(Maker::File(load)) = lazy.maker() else {
        return None;
    };
    let label = load.label()?;
    Some(label.trim_start_matches("read ").to_owned())
}

/// How often what is read.
#[derive(Default)]
struct Readings {
    of_file: u32,
    of_copy: u32,
    of_panels: u32,
}

impl Readings {
    fn count(&mut self, reading: Option<&Reading>) {
        match reading {
            Some(Reading::Source { .. }) => self.of_file += 1,
            Some(Reading::Copy) => self.of_copy += 1,
            Some(Reading::Panel) => self.of_panels += 1,
            None => {}
        }
    }
}

/// The last line: memory, and how often what is read.
fn totals(cost: &Cost, budget: u64, readings: &Readings) -> String {
    let mut totals = vec![format!("peak ≈ {} of {}", bytes(cost.peak), bytes(budget))];
    totals.push(format!(
        "{} of the file",
        times(readings.of_file, "reading")
    ));
    if readings.of_copy > 0 {
        totals.push(format!("{} of its copy", readings.of_copy));
    }
    if readings.of_panels > 0 {
        totals.push(format!("{} of panels of genes", readings.of_panels));
    }
    let (memory, file) = cost.staged;
    if memory > 0 {
        totals.push(format!("copy ≈ {} in memory", bytes(memory)));
    }
    if file > 0 {
        totals.push(format!("≈ {} in a cache file", bytes(file)));
    }
    totals.join(" · ")
}

/// What is done, each thing once.
fn labels(nodes: &[&Arc<Node>]) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for node in nodes {
        if !labels.contains(&node.label.as_str()) {
            labels.push(&node.label);
        }
    }
    labels.join(" · ")
}

/// Where it was said: `line 3`, `lines 2, 5`; at the prompt, where each statement is a text of its
/// own, `sca:3` as in errors.
fn said_in(nodes: &[&Arc<Node>]) -> Vec<String> {
    let origins = nodes.iter().filter_map(|node| node.origin.as_ref());
    let (mut lines, mut typed) = (BTreeSet::new(), BTreeSet::new());
    for origin in origins {
        match origin.source.name.strip_prefix("sca:").map(str::parse) {
            Some(Ok(number)) => typed.insert(number),
            _ => lines.insert(origin.line()),
        };
    }
    let listed = |numbers: BTreeSet<usize>, before: &str| -> Vec<String> {
        let number = |number: usize| format!("{before}{number}");
        numbers.into_iter().map(number).collect()
    };
    let (lines, mut said) = (listed(lines, ""), listed(typed, "sca:"));
    match lines.len() {
        0 => {}
        1 => said.push(format!("line {}", lines[0])),
        _ => said.push(format!("lines {}", lines.join(", "))),
    }
    said
}

fn reading(reading: &Reading) -> String {
    match reading {
        Reading::Source { name, leaves: None } => format!("reads {name}"),
        Reading::Source {
            name,
            leaves: Some(size),
        } => {
            format!("reads {name}, leaves a copy of ≈ {}", bytes(*size))
        }
        Reading::Copy => "reads the copy".to_owned(),
        Reading::Panel => "reads a panel of it".to_owned(),
    }
}

fn times(n: u32, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// What ran, with the time of each step, all its stages together, and the memory of the process at
/// its end. Steps of no time are left out.
pub fn profiled(reports: &[Report]) -> String {
    let mut text = String::new();
    for stages in reports.chunk_by(|a, b| a.label == b.label) {
        let time: Duration = stages.iter().map(|report| report.time).sum();
        if time < SHOWN {
            continue;
        }
        let memory = match stages[stages.len() - 1].resident {
            0 => String::new(),
            resident => bytes(resident),
        };
        let (time, label) = (duration(time), &stages[0].label);
        text += &format!(" {time:>10} {memory:>9}   {label}\n");
        let mut places: Vec<&String> = stages.iter().filter_map(|it| it.place.as_ref()).collect();
        places.dedup();
        for place in places {
            text += &format!(" {:>10} {:>9}     {place}\n", "", "");
        }
    }
    let total = reports.iter().map(|report| report.time).sum();
    text + &format!(" {:>10} {:>9}   in all\n", duration(total), "")
}

/// Shorter steps are not worth a line.
const SHOWN: Duration = Duration::from_millis(1);
