//! The coordinator: cuts a pass into ranges, has them mapped, merges what comes back.

use super::queue::{Queue, Turn};
use super::stage::Script;
use super::{Stage, Unmapped, Workers};
use crate::data::Blocks;
use crate::diagnostic::{Diagnostic, code};
use crate::kernels::ticker::Ticker;
use crate::plan::fault::Fault;
use crate::plan::node::{Node, Work};
use crate::plan::pass::{Failure, How, Pass};
use crate::plan::total::Total;
use crate::plan::values::SentTypes;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Ranges for each line, so that a slow worker is not waited for long.
const RANGES: usize = 4;
/// How often an end is looked for.
const POLL: Duration = Duration::from_millis(50);

/// Where a pass ran.
pub(in crate::plan) enum Ran {
    /// By workers; how much was sent and came back, and how many workers were lost.
    There(Travel),
    /// Nowhere yet, because of this.
    Here(String),
}

/// Bytes, and workers that were lost.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::plan) struct Travel {
    sent: usize,
    back: usize,
    lost: usize,
}

impl fmt::Display for Travel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let kilobytes = |bytes: usize| bytes.div_ceil(1000);
        let (sent, back) = (kilobytes(self.sent), kilobytes(self.back));
        write!(f, "{sent} kB sent, {back} kB back")?;
        match self.lost {
            0 => Ok(()),
            1 => write!(f, ", 1 worker lost"),
            n => write!(f, ", {n} workers lost"),
        }
    }
}

/// Has workers run `nodes`, folds over blocks of one source.
///
/// # Errors
/// What the folds say when they finish; that workers are gone, or refuse.
pub(in crate::plan) fn spread(
    nodes: &[Arc<Node>],
    blocks: &dyn Blocks,
    how: How,
    (workers, script, types): (&dyn Workers, &Script, SentTypes),
) -> Result<Ran, Failure> {
    if blocks.n_cells() < workers.least_cells() {
        return Ok(Ran::Here("few cells".to_owned()));
    }
    if blocks.files().is_empty() {
        return Ok(Ran::Here("not read from a file".to_owned()));
    }
    let works: Vec<Arc<Work>> = nodes.iter().filter_map(|node| node.work()).collect();
    let pass = Pass::new(nodes, &works, blocks)?;
    if !pass.travels() {
        return Ok(Ran::Here("rows are gathered".to_owned()));
    }
    let stage = Stage::pack(script, nodes, blocks, how.chunk, types);
    let Some(stage) = stage.map_err(|error| (None, error.into()))? else {
        return Ok(Ran::Here("values stay here".to_owned()));
    };
    let ranges = match how.rehearsal {
        Some(rehearsal) => rehearsal.ranges(pass.n_grains()),
        None => pass.ranges(RANGES * workers.width(), how.chunk),
    };
    how.ticker.begin(blocks.n_cells() as u64);
    let queue = Queue::new(ranges);
    let (found, totals) = channel();
    let mut travel = Travel {
        sent: stage.bytes.len() * workers.width(),
        ..Travel::default()
    };
    let merged = thread::scope(|scope| {
        for line in 0..workers.width() {
            let (found, queue, pass, stage) = (found.clone(), &queue, &pass, &stage);
            scope.spawn(move || ask(line, (workers, stage), pass, queue, &found));
        }
        drop(found);
        let merged = gather(&pass, &queue, &totals, how.ticker, &mut travel);
        queue.close();
        if merged.is_err() || queue.is_busy() {
            workers.stop();
        }
        merged
    });
    match merged {
        Ok(totals) if queue.is_done() => {
            pass.finish(totals, how.ticker).map(|()| Ran::There(travel))
        }
        Ok(_) => Err(trouble("all workers of the cluster are gone")),
        Err(Ended::Failed(failure)) => Err(failure),
        Err(Ended::Elsewhere(why)) => Ok(Ran::Here(why)),
    }
}

/// Why gathering ended early.
enum Ended {
    Failed(Failure),
    Elsewhere(String),
}

/// What a line has to say.
enum Told {
    /// Totals of so many cells, in so many bytes.
    Found(Vec<Total>, usize, u64),
    Lost,
    Ended(Ended),
}

fn trouble(headline: impl Into<String>) -> Failure {
    let said = Diagnostic::error(code::WORKERS, headline)
        .help("finished steps are kept; `set cluster=none` runs the rest on this machine");
    (None, said.into())
}

/// Merges totals as they come, until all lines are done.
fn gather(
    pass: &Pass,
    queue: &Queue,
    told: &Receiver<Told>,
    ticker: &Ticker,
    travel: &mut Travel,
) -> Result<Vec<Total>, Ended> {
    let mut totals = pass.nothing();
    let stopped = |_| Ended::Failed((None, Fault::Stopped));
    let mut missing = queue.len();
    while missing > 0 {
        match told.recv_timeout(POLL) {
            Ok(Told::Found(next, bytes, cells)) => {
                missing -= 1;
                travel.back += bytes;
                pass.merge(&mut totals, next).map_err(Ended::Failed)?;
                ticker.advance(cells).map_err(stopped)?;
            }
            Ok(Told::Lost) => travel.lost += 1,
            Ok(Told::Ended(ended)) => return Err(ended),
            Err(RecvTimeoutError::Timeout) => ticker.check().map_err(stopped)?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(totals)
}

/// Has ranges mapped on one line, until there are none.
fn ask(
    line: usize,
    (workers, stage): (&dyn Workers, &Stage),
    pass: &Pass,
    queue: &Queue,
    found: &Sender<Told>,
) {
    while let Some(turn) = queue.next() {
        let told = match workers.map(line, stage, turn.range.clone()) {
            Ok(bytes) => match pass.unpack(&bytes) {
                Ok(_) if !queue.done(&turn) => continue,
                Ok(totals) => {
                    let cells = pass.cells(&turn.range).len();
                    Told::Found(totals, bytes.len(), cells as u64)
                }
                Err(torn) => Told::Ended(Ended::Elsewhere(torn.to_string())),
            },
            Err(Unmapped::Lost(why)) => {
                if queue.lost(&turn) {
                    Told::Lost
                } else {
                    Told::Ended(Ended::Failed(too_many(pass, &turn, &why)))
                }
            }
            Err(Unmapped::Elsewhere(why)) => Told::Ended(Ended::Elsewhere(why)),
            Err(Unmapped::Refused(why)) => {
                Told::Ended(Ended::Failed(trouble(format!("a worker refuses: {why}"))))
            }
            Err(Unmapped::Stopped) => Told::Ended(Ended::Failed((None, Fault::Stopped))),
        };
        let over = matches!(told, Told::Ended(_));
        if found.send(told).is_err() || over {
            return;
        }
    }
}

fn too_many(pass: &Pass, turn: &Turn, why: &str) -> Failure {
    let cells = pass.cells(&turn.range);
    let (first, last) = (cells.start + 1, cells.end);
    trouble(format!(
        "workers were lost again and again with cells {first} to {last}: {why}"
    ))
}
