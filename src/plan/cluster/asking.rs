//! Sends ranges to workers: one thread per line sends requests, another takes the answers.

use super::queue::{Queue, Turn};
use super::{Stage, Unmapped, Workers};
use crate::data::Blocks;
use crate::diagnostic::{Diagnostic, code};
use crate::kernels::ticker::Ticker;
use crate::plan::fault::Fault;
use crate::plan::pass::Failure;
use std::fmt;
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// How often an end is looked for.
const POLL: Duration = Duration::from_millis(50);

/// Where something ran.
pub(in crate::plan) enum Ran {
    /// By workers; how much was sent and came back, and how many workers were lost.
    There(Traffic),
    /// Nowhere yet, because of this.
    Here(String),
}

/// Bytes, and workers that were lost.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::plan) struct Traffic {
    sent: usize,
    back: usize,
    lost: usize,
}

impl fmt::Display for Traffic {
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

/// Why a source is not read by workers.
pub(super) fn unsuitable(blocks: &dyn Blocks, workers: &dyn Workers) -> Option<&'static str> {
    if blocks.n_cells() < workers.least_cells() {
        return Some("few cells");
    }
    blocks.files().is_empty().then_some("not read from a file")
}

/// Where a pass over a source is going to run, as far as that is known before.
pub(in crate::plan) fn offered(blocks: &dyn Blocks, workers: &dyn Workers) -> String {
    match unsuitable(blocks, workers) {
        Some(why) => format!("here: {why}"),
        None => format!("offered to {}", workers.place()),
    }
}

/// What an answer holds, and how much progress that is; why it cannot be read.
type Read<'a, T> = &'a (dyn Fn(&Range<usize>, &[u8]) -> Result<(T, u64), String> + Sync);

/// Ranges that workers are asked to map.
pub(super) struct Asking<'a, T> {
    pub to: (&'a dyn Workers, &'a Stage),
    pub queue: &'a Queue,
    pub read: Read<'a, T>,
    /// What a range is, in words.
    pub said: &'a (dyn Fn(&Range<usize>) -> String + Sync),
}

/// Why gathering ended early.
enum Ended {
    Failed(Failure),
    Elsewhere(String),
}

/// What a line has to say.
enum Told<T> {
    /// What was found in a range, its size in bytes, and how much progress it is.
    Found(Range<usize>, T, usize, u64),
    Lost,
    Ended(Ended),
}

impl<T: Send> Asking<'_, T> {
    /// Hands what comes back to `take`, as it comes.
    ///
    /// # Errors
    /// What `take` says; that workers are gone, or refuse.
    pub fn ask(
        &self,
        ticker: &Ticker,
        take: &mut dyn FnMut(Range<usize>, T) -> Result<(), Failure>,
    ) -> Result<Ran, Failure> {
        let (workers, stage) = self.to;
        let (found, told) = channel();
        let mut traffic = Traffic {
            sent: stage.bytes.len() * workers.width(),
            ..Traffic::default()
        };
        let gathered = thread::scope(|scope| {
            for line in 0..workers.width() {
                let found = found.clone();
                scope.spawn(move || self.line(line, &found));
            }
            drop(found);
            let gathered = self.gather(&told, ticker, take, &mut traffic);
            self.queue.close();
            if gathered.is_err() || self.queue.is_busy() {
                workers.stop();
            }
            gathered
        });
        match gathered {
            Ok(()) if self.queue.is_done() => Ok(Ran::There(traffic)),
            Ok(()) => Err(trouble("all workers of the cluster are gone")),
            Err(Ended::Failed(failure)) => Err(failure),
            Err(Ended::Elsewhere(why)) => Ok(Ran::Here(why)),
        }
    }

    /// Takes what comes, until all lines are done.
    fn gather(
        &self,
        told: &Receiver<Told<T>>,
        ticker: &Ticker,
        take: &mut dyn FnMut(Range<usize>, T) -> Result<(), Failure>,
        traffic: &mut Traffic,
    ) -> Result<(), Ended> {
        let stopped = |_| Ended::Failed((None, Fault::Stopped));
        let mut missing = self.queue.len();
        while missing > 0 {
            match told.recv_timeout(POLL) {
                Ok(Told::Found(range, next, bytes, progress)) => {
                    missing -= 1;
                    traffic.back += bytes;
                    take(range, next).map_err(Ended::Failed)?;
                    ticker.advance(progress).map_err(stopped)?;
                }
                Ok(Told::Lost) => traffic.lost += 1,
                Ok(Told::Ended(ended)) => return Err(ended),
                Err(RecvTimeoutError::Timeout) => ticker.check().map_err(stopped)?,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(())
    }

    /// Has ranges mapped on one line, until there are none.
    fn line(&self, line: usize, found: &Sender<Told<T>>) {
        let (workers, stage) = self.to;
        while let Some(turn) = self.queue.next(line) {
            let told = match workers.map(line, stage, turn.range.clone()) {
                Ok(bytes) => match (self.read)(&turn.range, &bytes) {
                    Ok(_) if !self.queue.done(&turn) => continue,
                    Ok((found, progress)) => {
                        Told::Found(turn.range.clone(), found, bytes.len(), progress)
                    }
                    Err(why) => Told::Ended(Ended::Elsewhere(why)),
                },
                Err(Unmapped::Lost(why)) => {
                    if self.queue.lost(&turn) {
                        Told::Lost
                    } else {
                        Told::Ended(Ended::Failed(self.too_many(&turn, &why)))
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

    fn too_many(&self, turn: &Turn, why: &str) -> Failure {
        let range = (self.said)(&turn.range);
        trouble(format!(
            "workers were lost again and again with {range}: {why}"
        ))
    }
}

fn trouble(headline: impl Into<String>) -> Failure {
    let said = Diagnostic::error(code::WORKERS, headline)
        .help("finished steps are kept; `set cluster=none` runs the rest on this machine");
    (None, said.into())
}
