//! Limits of the process that checks untrusted files: seconds of computing, bytes of memory.
//!
//! A file declares how long its heaps and chunks are, and the HDF5 library allocates that before it
//! compares it with anything. Within a limit such an allocation fails, and the library reports an
//! error like any other; the handler that it calls for each error keeps those that memory caused.

use crate::io::declared;
use hdf5::globals::{H5E_CANTALLOC, H5E_NOSPACE, H5E_RESOURCE};
use hdf5_sys::h5e::H5E_direction_t::H5E_WALK_DOWNWARD;
use hdf5_sys::h5e::{H5E_DEFAULT, H5E_error2_t, H5E_walk_t, H5Eset_auto2, H5Ewalk2};
use std::ffi::{c_uint, c_void};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Seconds of computing and waiting, for a file on the slowest disk.
pub const WAITING: u64 = 600;
/// Bytes of memory that the library may need for a file, whatever the setting is.
const LEAST: u64 = 128 << 20;
const MOST: u64 = 2 << 30;

/// Whether an allocation of the library failed in this process.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// What the library may need for a file: half of the memory setting.
pub fn memory() -> u64 {
    declared::half().clamp(LEAST, MOST)
}

/// Sets the limits of this process; `bytes` on top of what it has now.
pub fn start(seconds: u64, bytes: u64) {
    observe_allocations();
    #[cfg(unix)]
    {
        let limit = mapped().saturating_add(bytes);
        set(libc::RLIMIT_AS, limit, limit);
        set(libc::RLIMIT_CORE, 0, 0);
        set(libc::RLIMIT_CPU, seconds, WAITING);
    }
    #[cfg(not(unix))]
    let _ = (seconds, bytes);
}

/// Whether the library asked for more memory than the limit allows.
pub fn is_memory_refused() -> bool {
    REFUSED.load(Relaxed)
}

fn observe_allocations() {
    // The first use of the library silences its errors.
    hdf5::sync::sync(|| {
        let _ = (*H5E_RESOURCE, *H5E_NOSPACE, *H5E_CANTALLOC);
        // SAFETY: the handler lives as long as the program and needs no data.
        unsafe { H5Eset_auto2(H5E_DEFAULT, Some(failed), std::ptr::null_mut()) };
    });
}

unsafe extern "C" fn failed(stack: hdf5_sys::h5i::hid_t, _: *mut c_void) -> i32 {
    let each: H5E_walk_t = Some(look);
    // SAFETY: the stack that the library gave; `look` needs no data.
    unsafe { H5Ewalk2(stack, H5E_WALK_DOWNWARD, each, std::ptr::null_mut()) }
}

unsafe extern "C" fn look(_: c_uint, error: *const H5E_error2_t, _: *mut c_void) -> i32 {
    // SAFETY: the library gives a valid error.
    let (major, minor) = unsafe { ((*error).maj_num, (*error).min_num) };
    if major == *H5E_RESOURCE || minor == *H5E_NOSPACE || minor == *H5E_CANTALLOC {
        REFUSED.store(true, Relaxed);
    }
    0
}

/// Bytes of address space that this process has.
#[cfg(target_os = "linux")]
fn mapped() -> u64 {
    const PAGE: u64 = 4096;
    let about = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = about
        .split(' ')
        .next()
        .and_then(|it| it.parse::<u64>().ok());
    pages.map_or(1 << 30, |pages| pages * PAGE)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn mapped() -> u64 {
    // Elsewhere the address space has many gigabytes of libraries, and the limit is advice.
    64 << 30
}

/// The next object has its own seconds.
#[cfg(unix)]
pub fn allow_more(seconds: u64) {
    let mut used = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call fills in the structure, which is valid as zeros, too.
    let used = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, used.as_mut_ptr());
        used.assume_init()
    };
    let so_far = used.ru_utime.tv_sec as u64 + used.ru_stime.tv_sec as u64;
    set(libc::RLIMIT_CPU, (so_far + seconds).min(WAITING), WAITING);
}

#[cfg(not(unix))]
pub fn allow_more(_: u64) {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(all(unix, not(all(target_os = "linux", target_env = "gnu"))))]
type Resource = libc::c_int;

#[cfg(unix)]
fn set(what: Resource, soft: u64, hard: u64) {
    let mut limit = libc::rlimit {
        rlim_cur: soft,
        rlim_max: hard,
    };
    let mut now = std::mem::MaybeUninit::<libc::rlimit>::zeroed();
    // SAFETY: valid structures; a limit that cannot be set is skipped. What the shell allows
    // cannot be raised.
    unsafe {
        if libc::getrlimit(what, now.as_mut_ptr()) == 0 {
            let now = now.assume_init();
            limit.rlim_max = limit.rlim_max.min(now.rlim_max);
            limit.rlim_cur = limit.rlim_cur.min(limit.rlim_max);
        }
        libc::setrlimit(what, &raw const limit);
    }
}
