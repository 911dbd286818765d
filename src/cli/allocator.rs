//! What the C library's allocator is told before anything is allocated.

/// A pass over blocks takes and gives back a few megabytes for every block. Out of the box that
/// memory goes back to the system each time, and the system hands out cleared pages again: a
/// tenth of the processor's time. Blocks of this size are kept instead; larger ones still go back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 64 << 20;

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
