//! Memory and threads that this process may use, within the limits of control groups and the scheduler
//! of a cluster.

use std::path::Path;

/// Bytes the process may use: the machine's memory, or less where a control group says so.
pub fn memory() -> u64 {
    let limits = group_limits(Path::new("/proc/self/cgroup"), Path::new("/sys/fs/cgroup"));
    // Of addresses, the program itself has taken some.
    let addresses = address_limit().map(|limit| limit.saturating_sub(mapped()).max(LEAST));
    let limits = limits.into_iter().chain(total()).chain(addresses);
    limits.min().unwrap_or(FALLBACK)
}

/// Bytes of stack for the thread that evaluates: what is asked for, less where `ulimit -v` counts it.
pub fn stack(asked: usize) -> usize {
    const LEAST: u64 = 32 << 20;
    address_limit().map_or(asked, |limit| asked.min((limit / 8).max(LEAST) as usize))
}

/// Bytes of addresses the process may have, as `ulimit -v` says.
#[cfg(unix)]
fn address_limit() -> Option<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the call fills in the structure.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) } == 0;
    (known && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

#[cfg(not(unix))]
fn address_limit() -> Option<u64> {
    None
}

/// Cores that the process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Whether `ulimit -v` counts addresses.
pub fn limits_addresses() -> bool {
    address_limit().is_some()
}

/// Bytes of addresses that the process has; 0 where it cannot be found out.
fn mapped() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    kilobytes(&text, "VmSize:")
}

fn kilobytes(status: &str, entry: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(entry));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.map_or(0, |kilobytes: u64| 1024 * kilobytes)
}

/// What is left for work at least.
const LEAST: u64 = 32 << 20;

/// Where nothing can be found out.
const FALLBACK: u64 = 8 << 30;

#[cfg(unix)]
fn total() -> Option<u64> {
    // SAFETY: sysconf only reads its argument and has no preconditions.
    let (pages, size) = unsafe {
        (
            libc::sysconf(libc::_SC_PHYS_PAGES),
            libc::sysconf(libc::_SC_PAGESIZE),
        )
    };
    let bytes = u64::try_from(pages).ok()? * u64::try_from(size).ok()?;
    (bytes > 0).then_some(bytes)
}

#[cfg(not(unix))]
fn total() -> Option<u64> {
    None
}

/// The limits of the process's control groups, of either version, and of those above them.
fn group_limits(groups: &Path, root: &Path) -> Vec<u64> {
    let Ok(groups) = std::fs::read_to_string(groups) else {
        return Vec::new();
    };
    let mut limits = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (base, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            names if names.split(',').any(|name| name == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => continue,
        };
        // Inside of a container the path may be the host's and not exist here: then the root is
        // the container's own group.
        let mut at = base.join(path.trim_start_matches('/'));
        loop {
            let text = std::fs::read_to_string(at.join(file)).unwrap_or_default();
            limits.extend(text.trim().parse::<u64>());
            if at == base || !at.pop() {
                break;
            }
        }
    }
    limits
}

/// Bytes of memory in use by the process; 0 where it cannot be found out.
pub fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    kilobytes(&text, "VmRSS:")
}

/// Threads, where the scheduler grants fewer than there are cores; the number of cores that a
/// control group leaves is known to the thread pool itself.
pub fn threads() -> Option<usize> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    granted(std::env::var("SLURM_CPUS_PER_TASK").ok(), cores)
}

fn granted(slurm: Option<String>, cores: usize) -> Option<usize> {
    let granted: usize = slurm?.trim().parse().ok()?;
    (granted > 0).then(|| granted.min(cores))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn limits_of_groups_of_both_versions() {
        let root = std::env::temp_dir().join(format!("sca-groups-{}", std::process::id()));
        let (job, task) = (root.join("job"), root.join("job/task"));
        let old = root.join("memory/batch");
        for folder in [&task, &old] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(job.join("memory.max"), "4000000000\n").unwrap();
        fs::write(task.join("memory.max"), "max\n").unwrap();
        fs::write(old.join("memory.limit_in_bytes"), "2000000000\n").unwrap();
        let groups = root.join("groups");
        fs::write(&groups, "0::/job/task\n").unwrap();
        assert_eq!(group_limits(&groups, &root), [4_000_000_000]);
        fs::write(&groups, "4:cpu,memory:/batch\n3:pids:/x\n").unwrap();
        assert_eq!(group_limits(&groups, &root), [2_000_000_000]);
        assert!(group_limits(&root.join("none"), &root).is_empty());
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn the_scheduler_grants_fewer() {
        assert_eq!(granted(Some("4".into()), 16), Some(4));
        assert_eq!(granted(Some("64".into()), 16), Some(16));
        assert_eq!(granted(Some("all".into()), 16), None);
        assert_eq!(granted(None, 16), None);
    }

    #[test]
    fn there_is_some_memory() {
        assert!(memory() > 100 << 20);
    }
}
