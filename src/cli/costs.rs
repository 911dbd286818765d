//! What `explain` and `profile` say: a plan with its cost, and what it took when it ran.

use crate::data::Maker;
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
    let mut text = String::new();
    let (mut pass, mut of_file) = (0, 0);
    for stages in plan
        .stages
        .iter()
        .zip(&cost.stages)
        .collect::<Vec<_>>()
        .chunk_by(|a, b| matches!((a.0, b.0), (Stage::Wholes(_), Stage::Wholes(_))))
    {
        let kind = match stages[0].0 {
            Stage::Load(lazy) => {
                if let Some(at) = lazy.in_file() {
                    text += &format!(" read     {} of {}\n", at.object, at.file.display());
                } else if let Some(Maker::File(load)) = lazy.maker()
                    && let Some(label) = load.label()
                {
                    text += &format!(" read     {}\n", label.trim_start_matches("read "));
                }
                continue;
            }
            Stage::Wholes(_) => "step".to_owned(),
            Stage::Pass(_) => {
                pass += 1;
                format!("pass {pass}")
            }
        };
        let nodes: Vec<&Arc<Node>> = stages.iter().flat_map(|(stage, _)| nodes(stage)).collect();
        let mut about = lines(&nodes);
        for (_, cost) in stages {
            about.extend(reading(cost.reading.as_ref()));
            of_file += u32::from(matches!(cost.reading, Some(Reading::Source { .. })));
        }
        let held = stages
            .iter()
            .map(|(_, cost)| cost.holds.working + cost.holds.kept)
            .max();
        about.extend(
            held.filter(|&held| held > 0)
                .map(|held| format!("holds ≈ {}", bytes(held))),
        );
        text += &format!(" {kind:<8} {:<40} {}\n", labels(&nodes), about.join(", "))
            .replace(" \n", "\n");
    }
    text + &format!(" {}\n", totals(cost, budget, of_file, pass - of_file))
}

/// The last line: memory, and how often what is read.
fn totals(cost: &Cost, budget: u64, of_file: u32, copies: u32) -> String {
    let mut totals = vec![format!("peak ≈ {} of {}", bytes(cost.peak), bytes(budget))];
    totals.push(format!("{} of the file", times(of_file, "reading")));
    if copies > 0 {
        totals.push(format!("{copies} of its copy"));
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

fn nodes(stage: &Stage) -> &[Arc<Node>] {
    match stage {
        Stage::Load(_) => &[],
        Stage::Wholes(nodes) | Stage::Pass(nodes) => nodes,
    }
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
fn lines(nodes: &[&Arc<Node>]) -> Vec<String> {
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

fn reading(reading: Option<&Reading>) -> Option<String> {
    Some(match reading? {
        Reading::Source { name, leaves: None } => format!("reads {name}"),
        Reading::Source {
            name,
            leaves: Some(size),
        } => {
            format!("reads {name}, leaves a copy of ≈ {}", bytes(*size))
        }
        Reading::Copy => "reads the copy".to_owned(),
    })
}

fn times(n: u32, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// What ran, with the time of each stage and the memory of the process at its end. Steps of no
/// time are left out.
pub fn profiled(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports.iter().filter(|report| report.time >= SHOWN) {
        let memory = match report.resident {
            0 => String::new(),
            resident => bytes(resident),
        };
        let time = duration(report.time);
        text += &format!(" {time:>10} {memory:>9}   {}\n", report.label);
    }
    let total = reports.iter().map(|report| report.time).sum();
    text + &format!(" {:>10} {:>9}   in all\n", duration(total), "")
}

/// Shorter steps are not worth a line.
const SHOWN: Duration = Duration::from_millis(1);
