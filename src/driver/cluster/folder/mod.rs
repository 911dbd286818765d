//! Workers that share a folder with the coordinator and nothing else, such as the jobs of an array. A range
//! that is to be mapped lies there as a file; a worker takes it by renaming it and leaves what it found.
//!
//! | file | |
//! |---|---|
//! | `RUN.run` | a coordinator is there, and writes this anew all the time |
//! | `RUN.ended` | it has ended |
//! | `RUN-1.stage` | what a pass needs ([`Stage`](crate::plan::cluster::Stage)) |
//! | `RUN-1-2-0007.task` | a range of it that nobody has taken, the seventh task, for the line 2 |
//! | `RUN-1-2-0007.WORKER.taken` | a worker has; once this is gone, nobody wants the range any more |
//! | `RUN-1-2-0007.part` | what was found in it |
//! | `WORKER.worker` | a worker is there, and writes this anew all the time |
//!
//! Stages, tasks and parts are [frames](crate::plan::cluster::file), the same as on pipes. Clocks of machines
//! differ, so a sign is old when its content has not changed for long by one's own clock. A line has the same
//! cells in every pass: workers take tasks of lines first that they have had before, since they keep what they have read.

mod coordinator;
mod sign;
pub(super) mod worker;

pub(super) use coordinator::Folder;

use std::path::{Path, PathBuf};
use std::time::Duration;

const RUN: &str = "run";
const ENDED: &str = "ended";
const STAGE: &str = "stage";
const TASK: &str = "task";
const TAKEN: &str = "taken";
const PART: &str = "part";
const WORKER: &str = "worker";

/// How often a folder is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The variable with the seconds after which a process without a sign of life is lost.
const LOST_VARIABLE: &str = "SCA_CLUSTER_LOST";
/// Shared file systems may hang for half a minute.
const LOST: Duration = Duration::from_secs(60);

fn lost_after() -> Duration {
    super::number(LOST_VARIABLE).map_or(LOST, |seconds| Duration::from_secs(seconds as u64))
}

/// `NAME.ending` in a folder.
fn place(folder: &Path, name: &str, ending: &str) -> PathBuf {
    folder.join(format!("{name}.{ending}"))
}

/// Names of all files of a folder, in their order, as what stands before and after the first dot; none if it
/// cannot be read now.
fn listed(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name();
        let (name, ending) = name.to_str()?.split_once('.')?;
        Some((name.to_owned(), ending.to_owned()))
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
