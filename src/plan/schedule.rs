//! From wanted values to an order of stages: loads, whole steps, passes over blocks.
//!
//! The order depends on what needs what, never on values, so it is known before anything runs:
//! `explain` prints it, `run` follows it.

use super::node::{Node, Work};
use crate::data::{Blocks, Lazy, Maker};
use std::collections::HashSet;
use std::sync::Arc;

/// What happens next.
pub enum Stage {
    /// A value is read from a file.
    Load(Lazy),
    /// Steps that do not need each other.
    Steps(Vec<Arc<Node>>),
    /// Folds over blocks of one source.
    Pass(Vec<Arc<Node>>),
    /// A result that is made part by part.
    Divided(Arc<Node>),
}

impl Stage {
    /// What a pass reads.
    pub fn source(&self) -> Option<Arc<dyn Blocks>> {
        match self.first()?.work().as_deref()? {
            Work::Fold { view, .. } => Some(view.matrix.blocks.clone()),
            Work::Divided(divided) => Some(divided.blocks.clone()),
            Work::Step(_) => None,
        }
    }

    /// All steps of it.
    pub fn nodes(&self) -> &[Arc<Node>] {
        match self {
            Stage::Load(_) => &[],
            Stage::Steps(nodes) | Stage::Pass(nodes) => nodes,
            Stage::Divided(node) => std::slice::from_ref(node),
        }
    }

    /// Small values are read without a word.
    pub(super) fn takes_long(&self) -> bool {
        match self {
            Stage::Load(lazy) => load_label(lazy).is_some(),
            _ => true,
        }
    }

    /// What happens, as it is shown.
    pub(super) fn label(&self) -> String {
        if let Stage::Load(lazy) = self {
            return load_label(lazy).unwrap_or_else(|| "read".to_owned());
        }
        let nodes = self.nodes().iter();
        let mut labels: Vec<&str> = nodes.map(|node| node.label.as_str()).collect();
        labels.dedup();
        labels.join(" · ")
    }

    /// The step to name where no other is known to be at fault.
    pub fn first(&self) -> Option<&Arc<Node>> {
        self.nodes().first()
    }
}

fn load_label(lazy: &Lazy) -> Option<String> {
    match lazy.maker()? {
        Maker::File(load) => load.label(),
        Maker::Node(_) => None,
    }
}

/// Stages in the order they run.
pub struct Plan {
    pub stages: Vec<Stage>,
}

impl Plan {
    /// How many times blocks of a source are read.
    pub fn passes(&self) -> usize {
        self.stages
            .iter()
            .filter(|stage| matches!(stage, Stage::Pass(_) | Stage::Divided(_)))
            .count()
    }

    /// Whether a later pass reads what pass `number` of the stages reads.
    pub fn reads_again(&self, number: usize) -> bool {
        let later = self.stages[number + 1..].iter().filter_map(Stage::source);
        let Some(source) = self.stages[number].source() else {
            return false;
        };
        later.into_iter().any(|other| Arc::ptr_eq(&source, &other))
    }

    /// Every node, in the order it runs.
    pub fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.stages.iter().flat_map(Stage::nodes)
    }
}

/// Everything that must happen for `targets` to be there, and nothing else.
pub fn schedule(targets: &[Lazy]) -> Plan {
    let mut gathered = Gathered::default();
    for target in targets {
        gathered.visit(target);
    }
    let Gathered {
        loads, mut waiting, ..
    } = gathered;
    // What a node needs was planned before it, so numbers give an order that always works.
    waiting.sort_by_key(|node| node.id);
    let mut stages: Vec<Stage> = loads.into_iter().map(Stage::Load).collect();
    let mut open: HashSet<u64> = waiting.iter().map(|node| node.id).collect();
    while !waiting.is_empty() {
        let ready = |node: &Node| origins(node).iter().all(|id| !open.contains(id));
        let ready = waiting.iter().filter(|node| ready(node)).cloned();
        let (mut divided, others): (Vec<_>, Vec<_>) = ready.partition(|node| is_divided(node));
        let (wholes, folds): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|node| source(node).is_none());
        let mut chosen = if wholes.is_empty() {
            one_source(folds)
        } else {
            wholes
        };
        if chosen.is_empty() {
            divided.truncate(1);
            chosen = divided;
        }
        let Some(first) = chosen.first().cloned() else {
            debug_assert!(false, "a node needs itself");
            break;
        };
        for node in &chosen {
            open.remove(&node.id);
        }
        waiting.retain(|node| open.contains(&node.id));
        stages.push(match source(&first) {
            Some(_) => Stage::Pass(chosen),
            None if is_divided(&first) => Stage::Divided(first),
            None => Stage::Steps(chosen),
        });
    }
    Plan { stages }
}

#[derive(Default)]
struct Gathered {
    seen: HashSet<u64>,
    loads: Vec<Lazy>,
    waiting: Vec<Arc<Node>>,
}

impl Gathered {
    fn visit(&mut self, target: &Lazy) {
        let mut stack = vec![target.clone()];
        while let Some(lazy) = stack.pop() {
            if lazy.get().is_some() {
                continue;
            }
            match lazy.maker() {
                Some(Maker::File(_)) if self.loads.iter().any(|load| load.same(&lazy)) => {}
                Some(Maker::File(_)) => self.loads.push(lazy),
                Some(Maker::Node(node)) => {
                    let Ok(node) = node.clone().downcast::<Node>() else {
                        continue;
                    };
                    if !node.is_done() && self.seen.insert(node.id) {
                        stack.extend(needs(&node));
                        self.waiting.push(node);
                    }
                }
                None => {}
            }
        }
    }
}

/// The values a node needs, those of its view included.
pub(super) fn needs(node: &Node) -> Vec<Lazy> {
    let mut needs = node.needs();
    if let Some(Work::Fold { view, .. }) = node.work().as_deref() {
        needs.extend(view.needs());
    }
    needs
}

/// Numbers of the nodes that a node needs directly and that have not run.
fn origins(node: &Node) -> Vec<u64> {
    needs(node)
        .iter()
        .filter(|need| need.get().is_none())
        .filter_map(|need| match need.maker()? {
            Maker::Node(node) => node.clone().downcast::<Node>().ok().map(|node| node.id),
            Maker::File(_) => None,
        })
        .collect()
}

fn is_divided(node: &Node) -> bool {
    matches!(node.work().as_deref(), Some(Work::Divided(_)))
}

/// The source a fold reads; `None` for a whole step.
fn source(node: &Node) -> Option<*const ()> {
    match node.work().as_deref() {
        Some(Work::Fold { view, .. }) => Some(Arc::as_ptr(&view.matrix.blocks).cast()),
        _ => None,
    }
}

/// The folds that share the first one's source.
fn one_source(folds: Vec<Arc<Node>>) -> Vec<Arc<Node>> {
    let Some(first) = folds.first().and_then(|node| source(node)) else {
        return folds;
    };
    folds
        .into_iter()
        .filter(|node| source(node) == Some(first))
        .collect()
}
