//! The coordinator: cuts a pass into ranges, has them mapped, merges what comes back.

use super::asking::{Asking, Ran, unsuitable};
use super::queue::Queue;
use super::stage::Script;
use super::{Stage, Workers};
use crate::data::Blocks;
use crate::plan::node::{Node, Work};
use crate::plan::pass::{Failure, How, Pass};
use crate::plan::values::SentTypes;
use std::sync::Arc;

/// Ranges for each line, so that a slow worker is not waited for long.
const RANGES: usize = 4;

/// Has workers run `nodes`, folds over blocks of one source, which a later pass may read `again`.
///
/// # Errors
/// What the folds say when they finish; that workers are gone, or refuse.
pub(in crate::plan) fn spread(
    nodes: &[Arc<Node>],
    blocks: &dyn Blocks,
    (how, again): (How, bool),
    (workers, script, types): (&dyn Workers, &Script, SentTypes),
) -> Result<Ran, Failure> {
    if let Some(why) = unsuitable(blocks, workers) {
        return Ok(Ran::Here(why.to_owned()));
    }
    let works: Vec<Arc<Work>> = nodes.iter().filter_map(|node| node.work()).collect();
    let pass = Pass::new(nodes, &works, blocks)?;
    if !pass.is_sendable() {
        return Ok(Ran::Here("rows are gathered".to_owned()));
    }
    let stage = Stage::pack(script, nodes, blocks, (how.chunk, again), types);
    let Some(stage) = stage.map_err(|error| (None, error.into()))? else {
        return Ok(Ran::Here("values stay here".to_owned()));
    };
    let lines = workers.width();
    let ranges = match how.rehearsal {
        Some(rehearsal) => {
            let ranges = rehearsal.ranges(pass.n_grains()).into_iter();
            ranges
                .enumerate()
                .map(|(i, range)| (i % lines, range))
                .collect()
        }
        None => pass.ranges((lines, RANGES), how.chunk),
    };
    how.ticker.begin(blocks.n_cells() as u64);
    let mut totals = pass.nothing();
    let asking = Asking {
        to: (workers, &stage),
        queue: &Queue::new(ranges),
        read: &|range, bytes| {
            let cells = pass.cells(range).len() as u64;
            pass.unpack(bytes)
                .map(|totals| (totals, cells))
                .map_err(|torn| torn.to_string())
        },
        said: &|range| {
            let cells = pass.cells(range);
            format!("cells {} to {}", cells.start + 1, cells.end)
        },
    };
    let ran = asking.ask(how.ticker, &mut |_, next| pass.merge(&mut totals, next))?;
    if let Ran::There(_) = &ran {
        pass.finish(totals, how.ticker)?;
    }
    Ok(ran)
}
