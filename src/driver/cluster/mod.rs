//! Where passes run: on this machine, by workers on it, by those of a Dask cluster, by those that share a
//! folder. The protocol is in [`crate::plan::cluster`].

pub mod answer;
mod dask;
mod folder;
mod local;
pub mod worker;

use crate::plan::cluster::Workers;
use dask::Dask;
use folder::Folder;
use local::Local;
use std::path::Path;
use std::sync::Arc;

/// The environment variable with the Python that has `distributed`; `python3` without it.
const PYTHON: &str = "SCA_CLUSTER_PYTHON";
/// How many workers there are: those of Dask are waited for, ranges are cut for those of a folder.
const WORKERS_VARIABLE: &str = "SCA_CLUSTER_WORKERS";
/// Passes over fewer cells take longer to send than to run.
const LEAST: usize = 500_000;
/// The variable that sets another number of cells.
const LEAST_VARIABLE: &str = "SCA_CLUSTER_CELLS";

/// A number in the environment.
fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

fn least_cells() -> usize {
    number(LEAST_VARIABLE).unwrap_or(LEAST)
}

/// The workers of a setting: `local:2`, an address of a Dask scheduler, the file it leaves, or a folder.
///
/// # Errors
/// In words: what is wrong with the setting, or why the scheduler does not answer.
pub fn workers(setting: &str, threads: usize) -> Result<Arc<dyn Workers>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    if let Some(n) = setting.strip_prefix("local:") {
        let n: usize = n
            .parse()
            .ok()
            .filter(|n| (1..=64).contains(n))
            .ok_or_else(wrong)?;
        return Ok(Arc::new(Local::new(program, n, (threads / n).max(1))));
    }
    if let Some(folder) = setting.strip_prefix("folder:") {
        let workers = number(WORKERS_VARIABLE).filter(|n| (1..=1024).contains(n));
        return Ok(Arc::new(Folder::new(Path::new(folder), workers)?));
    }
    let is_address = ["tcp://", "tls://", "ucx://", "ws://"]
        .iter()
        .any(|scheme| setting.starts_with(scheme));
    if !is_address && !Path::new(setting).is_file() {
        return if setting.ends_with(".json") {
            Err(format!("there is no scheduler file {setting}"))
        } else {
            Err(wrong())
        };
    }
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    Ok(Arc::new(Dask::connect(&python, setting, &program)?))
}

fn wrong() -> String {
    "the address of a Dask scheduler (\"tcp://10.0.0.1:8786\"), its scheduler file (\"scheduler.json\"), a folder that workers share (\"folder:/scratch/run1\"), or none"
        .to_owned()
}
