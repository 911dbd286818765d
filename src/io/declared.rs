//! How much memory the sizes declared in a file may request.
//!
//! A few kilobytes can declare gigabytes: a text of two billion characters, a chunk that unfolds
//! a thousandfold, a matrix without values. No room is made for what is missing, and what is
//! there must fit into the memory setting.

use super::cache;
use super::reason::Reason;
use crate::data::{FileFault, quantity};

/// Bytes that need no reason.
const FREE: u64 = 128 << 20;
/// Bytes for each byte of a file: what compression makes of zeros is more, of data never half of it.
const UNFOLDED: u64 = 64;
/// Half of the smallest memory setting in which anything can be computed.
const LEAST: u64 = 64 << 20;
/// Levels of groups that are read: each costs stack, and no dataset has a tenth of them.
pub const DEEPEST: usize = 200;
/// What a reason says if the memory setting is too small.
pub const TOO_LARGE: &str = "more than the memory setting allows";

/// Checks, before room is made for them, bytes that a file declares; `length` gives its own, and is
/// not asked for little.
///
/// # Errors
/// Such a file cannot hold so much, or there is no room for it.
pub fn allow(bytes: usize, length: impl FnOnce() -> u64) -> Result<(), Reason> {
    within(bytes as u64, half(), length)
}

/// The same with that many bytes allowed.
fn within(bytes: u64, budget: u64, length: impl FnOnce() -> u64) -> Result<(), Reason> {
    if bytes <= FREE.min(budget) {
        return Ok(());
    }
    let length = length();
    if bytes > FREE && cannot_hold(bytes, length) {
        return Err(format!(
            "it declares {}, the whole file has {}",
            quantity::bytes(bytes),
            quantity::bytes(length)
        )
        .into());
    }
    if bytes > budget {
        return Err(too_large(bytes));
    }
    Ok(())
}

/// So many bytes do not fit.
pub fn too_large(bytes: u64) -> Reason {
    Reason::from(format!("{TOO_LARGE}: {}", quantity::bytes(bytes))).of(FileFault::Memory)
}

/// Bytes that this many stored ones may decompress to, if only their end says how many there are.
pub fn most(stored: u64) -> u64 {
    half().min(FREE.max(stored.saturating_mul(UNFOLDED)))
}

/// Whether a file of `length` bytes cannot hold that many, however it is compressed.
pub fn cannot_hold(bytes: u64, length: u64) -> bool {
    bytes > length.saturating_mul(UNFOLDED)
}

/// Half of all that the process may use.
pub fn half() -> u64 {
    (2 * cache::memory()).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_files_declare_little() {
        // Other tests set the memory of the process.
        let allow = |bytes, length| within(bytes, 4 << 30, || length);
        assert!(allow(1 << 20, 100).is_ok());
        assert!(allow(100 << 20, 100).is_ok());
        let impossible = allow(2_000_000_000, 24_000).unwrap_err();
        assert!(impossible.to_string().contains("2.0 GB"));
        assert!(allow(200 << 20, 100 << 20).is_ok());
        let large = allow(u64::MAX, u64::MAX).unwrap_err();
        assert_eq!(large, too_large(u64::MAX));
    }
}
