//! What a plan will cost, before it runs: where each pass reads, what it leaves behind, how much
//! memory each step holds. Sizes come from headers and from what commands say of their steps
//! ([`super::node::Node::holds`]); they are estimates from above, since filters are not known yet.

use super::holds::Holds;
use super::node::Node;
use super::schedule::{Plan, Stage};
use super::staged_copies::STAGED;
use crate::data::Blocks;
use crate::data::quantity;
use crate::diagnostic::{Diagnostic, code};
use std::path::PathBuf;
use std::sync::Arc;

/// Memory of the program itself, and of names and annotations.
const PROGRAM: u64 = 60 << 20;
/// Bytes of a value of the staged copy: differences of gene positions and small counts.
const PACKED: f64 = 2.5;
/// Bytes a value takes on its way through a pass: as read, decoded, picked, and stepped.
const IN_FLIGHT: u64 = 24;
/// A tolerance: estimates are from above, so a budget counts as kept where it
/// is exceeded by this much, and by no more than half.
const SLACK: u64 = 150 << 20;
/// The smallest budget outside of tests, which make the engine spill with less.
const LEAST: u64 = 250 << 20;

/// Where a pass finds its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The file or whatever else the blocks come from; `leaves` is the estimated size of the copy.
    Source { name: String, leaves: Option<u64> },
    /// The copy that an earlier pass left.
    Copy,
    /// A panel of genes of a copy that was cut ([`super::by_genes`]).
    Panel,
}

/// One stage of a plan.
#[derive(Debug, Clone)]
pub struct StageCost {
    /// Of a pass.
    pub reading: Option<Reading>,
    pub holds: Holds,
    /// Of a pass over a file, where there are workers: whether they are asked.
    pub place: Option<String>,
}

/// A plan's cost, stage by stage.
#[derive(Debug, Clone)]
pub struct Cost {
    pub stages: Vec<StageCost>,
    /// Estimated largest memory of the process.
    pub peak: u64,
    /// Bytes of staged copies in memory, and in cache files.
    pub staged: (u64, u64),
}

/// The cost of a plan on `threads` threads, whose staged copies get a part of `budget`.
pub fn cost(plan: &Plan, budget: u64, threads: usize) -> Cost {
    let mut seen: Vec<*const ()> = Vec::new();
    let (mut staged, mut kept, mut peak) = (0, 0, PROGRAM);
    let mut stages = Vec::new();
    for (number, stage) in plan.stages.iter().enumerate() {
        let mut found = StageCost {
            reading: None,
            holds: held(stage),
            place: None,
        };
        let mut window = 0;
        if let Some(blocks) = stage.source() {
            let at = Arc::as_ptr(&blocks).cast();
            let values = blocks.n_values().unwrap_or(0);
            window = threads as u64 * grain_values(&*blocks) * IN_FLIGHT;
            let first = !seen.contains(&at);
            seen.push(at);
            found.reading = Some(if blocks.is_panel() {
                Reading::Panel
            } else if first {
                let again = plan.reads_again(number);
                let leaves = (again && copied(&*blocks)).then_some((values as f64 * PACKED) as u64);
                staged += leaves.unwrap_or(0);
                Reading::Source {
                    name: name(&*blocks),
                    leaves,
                }
            } else if copied(&*blocks) {
                Reading::Copy
            } else {
                Reading::Source {
                    name: name(&*blocks),
                    leaves: None,
                }
            });
        }
        kept += found.holds.kept;
        let copy = staged.min(budget / STAGED);
        peak = peak.max(PROGRAM + copy + kept + found.holds.working + window);
        stages.push(found);
    }
    let in_memory = staged.min(budget / STAGED);
    Cost {
        stages,
        peak,
        staged: (in_memory, staged - in_memory),
    }
}

/// The first step that cannot fit into the budget, whatever else is let go.
///
/// # Errors
/// There is one; at the statement that planned it. `strict`: the user set the budget, however small.
pub fn check(plan: &Plan, budget: u64, strict: bool) -> Result<(), Box<Diagnostic>> {
    let budget = if strict { budget } else { budget.max(LEAST) };
    let limit = budget / 20 * 23 + SLACK.min(budget / 2);
    let mut kept = PROGRAM;
    if let Some(node) = plan.nodes().next()
        && PROGRAM > limit
    {
        return Err(too_small(node, budget));
    }
    for node in plan.nodes() {
        let holds = node.holds();
        kept += holds.kept;
        let needed = kept + holds.working;
        if needed > limit {
            return Err(too_large(node, needed, budget));
        }
    }
    Ok(())
}

/// Nothing can be computed in so little.
fn too_small(node: &Node, budget: u64) -> Box<Diagnostic> {
    let headline = format!(
        "{} of memory is not enough: the program alone takes about {}",
        quantity::bytes(budget),
        quantity::bytes(PROGRAM)
    );
    let told = Diagnostic::error(code::MEMORY, headline).help("allow more: set memory=\"1 GB\"");
    match &node.origin {
        Some(origin) => told.at(origin),
        None => told,
    }
}

fn too_large(node: &Node, needed: u64, budget: u64) -> Box<Diagnostic> {
    let headline = format!(
        "`{}` needs about {} at once, the limit is {}",
        node.label,
        quantity::bytes(needed),
        quantity::bytes(budget)
    );
    let error = Diagnostic::error(code::MEMORY, headline).help(format!(
        "use fewer genes (`hvg`, `filter_genes`) or fewer cells, or allow more: {}",
        setting(needed)
    ));
    match &node.origin {
        Some(origin) => error.at(origin),
        None => error,
    }
}

/// The statement that allows so much, in round numbers.
pub fn setting(bytes: u64) -> String {
    match bytes {
        1_000_000_000.. => format!("set memory=\"{} GB\"", bytes.div_ceil(1_000_000_000)),
        _ => format!("set memory=\"{} MB\"", 100 * bytes.div_ceil(100_000_000)),
    }
}

/// Steps of a stage run one after another or side by side: all of them count.
fn held(stage: &Stage) -> Holds {
    let mut holds = Holds::default();
    for node in stage.nodes() {
        let more = node.holds();
        holds.working += more.working;
        holds.kept += more.kept;
    }
    holds
}

fn grain_values(blocks: &dyn Blocks) -> u64 {
    let per_cell = blocks.n_values().unwrap_or(0) / blocks.n_cells().max(1) as u64;
    (per_cell * crate::data::matrix::GRAIN_CELLS as u64).min(crate::data::matrix::GRAIN_VALUES)
}

/// Whether the first pass leaves a copy: [`super::staged_copies`].
fn copied(blocks: &dyn Blocks) -> bool {
    super::staged_copies::worthwhile(blocks)
}

fn name(blocks: &dyn Blocks) -> String {
    let files = blocks.files();
    let shown = |file: &PathBuf| match file.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => file.display().to_string(),
    };
    match &files[..] {
        [] => "memory".to_owned(),
        [file] => shown(file),
        [first, others @ ..] => format!("{} and {} more", shown(first), others.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::schedule;
    use super::*;
    use crate::data::{Promise, Value};
    use crate::plan::node;

    fn step(label: &str, needs: Vec<crate::data::Lazy>, holds: Holds) -> crate::data::Lazy {
        let made = node::step(label, None, needs, Promise::Unknown, |_, _| {
            Ok(Value::Numbers(Arc::default()))
        });
        node::holds(&made, holds);
        made
    }

    #[test]
    fn what_is_kept_adds_up_and_what_is_worked_with_does_not() {
        let graph = Holds {
            working: 300 << 20,
            kept: 100 << 20,
        };
        let first = step("neighbors", Vec::new(), graph);
        let plan = schedule(&[step("umap", vec![first], graph)]);
        assert_eq!(cost(&plan, 1 << 30, 2).peak, PROGRAM + (500 << 20));
        assert!(check(&plan, 1 << 30, true).is_ok());
        let refused = check(&plan, 100 << 20, false).unwrap_err();
        assert_eq!(refused.code, code::MEMORY);
        assert!(
            refused.headline.contains("`neighbors` needs about"),
            "{}",
            refused.headline
        );
        let refused = check(&plan, 1 << 20, true).unwrap_err();
        assert!(refused.headline.contains("not enough"), "{refused:?}");
    }
}
