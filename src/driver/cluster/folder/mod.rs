//! Workers that share a folder with the coordinator and nothing else, such as the jobs of an array. A range
//! that is to be mapped is a file in it; a worker takes it by renaming it and writes the result next to it.
//!
//! | file | |
//! |---|---|
//! | `RUN.run` | the sign of life of a coordinator, which rewrites it regularly |
//! | `RUN.ended` | it has ended |
//! | `RUN-1.stage` | what a pass needs ([`Stage`](crate::plan::cluster::Stage)) |
//! | `RUN-1-2-0007.task` | a range of it that no worker has taken yet: the seventh task, for line 2 |
//! | `RUN-1-2-0007.WORKER.taken` | the same, taken by a worker; once this file is gone, the range is not needed any more |
//! | `RUN-1-2-0007.part` | what was found in it |
//! | `WORKER.worker` | the sign of life of a worker, which rewrites it regularly |
//!
//! Stages, tasks and parts are [frames](crate::plan::cluster::file), the same as on pipes. Clocks of machines
//! differ, so a sign is old when its content has not changed for long by the reader's clock. A line has the same
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

/// How often a folder is checked.
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

/// Names of all files of a folder, in their order, as what is before and after the first dot; none if it
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
