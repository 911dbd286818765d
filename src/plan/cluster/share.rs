//! The coordinator of results in parts: has each part made by a worker, and puts them side by side.

use super::asking::{Asking, Ran, unsuitable};
use super::queue::Queue;
use super::stage::Script;
use super::{Stage, Workers};
use crate::kernels::ticker::Ticker;
use crate::plan::divided::Divided;
use crate::plan::node::Node;
use crate::plan::parts::fill;
use crate::plan::pass::Failure;
use crate::plan::values::SentTypes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every part reads the source: with more of them workers wait for the disks that they share
/// (`benches/cluster_model.py`).
const MOST: usize = 8;

/// Has workers make a result in parts, one for each that is asked at the same time.
///
/// # Errors
/// That workers are gone, or refuse.
pub(in crate::plan) fn share(
    node: &Arc<Node>,
    parts: &Divided,
    ticker: &Ticker,
    (workers, script, types): (&dyn Workers, &Script, SentTypes),
) -> Result<Ran, Failure> {
    let blocks = &*parts.blocks;
    if let Some(why) = unsuitable(blocks, workers) {
        return Ok(Ran::Here(why.to_owned()));
    }
    let n = workers.width().min(MOST).clamp(1, parts.most.max(1));
    let nodes = [node.clone()];
    let stage = Stage::pack(script, &nodes, blocks, (n, true), types);
    let Some(stage) = stage.map_err(|error| (None, error.into()))? else {
        return Ok(Ran::Here("values stay here".to_owned()));
    };
    ticker.begin(n as u64);
    let mut made = BTreeMap::new();
    let asking = Asking {
        to: (workers, &stage),
        queue: &Queue::new((0..n).map(|part| (part, part..part + 1)).collect()),
        read: &|_, bytes| match parts.unpack(bytes) {
            Ok(results) => Ok((results, 1)),
            Err(_) => Err("a part is damaged".to_owned()),
        },
        said: &|range| format!("part {} of {n}", range.end),
    };
    let ran = asking.ask(ticker, &mut |range, results| {
        made.insert(range.start, results);
        Ok(())
    })?;
    if let Ran::There(_) = &ran {
        fill(node, made.into_values().flatten().collect());
    }
    Ok(ran)
}
