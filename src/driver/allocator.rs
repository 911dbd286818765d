//! Settings of the C library's allocator, made before anything is allocated.

#[cfg(unix)]
use crate::diagnostic::code;
use std::alloc::{GlobalAlloc, Layout, System};
#[cfg(unix)]
use std::sync::atomic::AtomicI32;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A pass over blocks takes and gives back a few megabytes for every block. Out of the box that
/// memory goes back to the system each time, and the system hands out cleared pages again: a
/// tenth of the processor's time. Blocks of this size are kept instead; larger ones still go back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 64 << 20;

/// The C library's allocator, which remembers that it had nothing left.
struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

/// Whether an allocation has failed: what ends the program by SIGABRT then is a lack of memory.
static IS_FULL: AtomicBool = AtomicBool::new(false);

fn noted(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        IS_FULL.store(true, Relaxed);
    }
    memory
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        noted(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        noted(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        noted(unsafe { System.realloc(old, layout, size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) };
    }
}

/// From now on a lack of memory ends the program with `code` and says so.
pub fn say_when_full(code: i32) {
    #[cfg(unix)]
    {
        CODE.store(code, Relaxed);
        // SAFETY: the handler calls only what handlers may call.
        unsafe { libc::signal(libc::SIGABRT, aborted as *const () as libc::sighandler_t) };
    }
    #[cfg(not(unix))]
    let _ = code;
}

#[cfg(unix)]
static CODE: AtomicI32 = AtomicI32::new(0);

#[cfg(unix)]
extern "C" fn aborted(signal: libc::c_int) {
    const FULL: [&str; 3] = [
        " × the system gives no more memory (ulimit -v, a control group)  ",
        code::MEMORY,
        "\n   help: allow the process more, or set memory= to less\n",
    ];
    // SAFETY: write, _exit, signal and raise may be called here.
    unsafe {
        if IS_FULL.load(Relaxed) {
            for part in FULL {
                libc::write(libc::STDERR_FILENO, part.as_ptr().cast(), part.len());
            }
            libc::_exit(CODE.load(Relaxed));
        }
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// Where addresses are limited, threads share one arena: each would reserve 64 MB of them.
pub fn save_addresses() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: as in [`keep_blocks`].
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Keeps freed memory of blocks for the next ones. Call before threads are started.
pub fn keep_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: sets two numbers of the allocator; no other thread is there yet, and it may refuse.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * KEPT);
    }
}

/// Gives memory that lies unused between blocks in use back to the system.
pub fn release() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes the allocator's own locks and has no preconditions.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_works_as_before() {
        super::keep_blocks();
        super::release();
        let blocks: Vec<Vec<u8>> = (1..20).map(|i| vec![i; (i as usize) << 20]).collect();
        assert!(
            blocks
                .iter()
                .enumerate()
                .all(|(i, b)| b[b.len() - 1] as usize == i + 1)
        );
    }
}
