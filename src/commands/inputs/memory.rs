//! What a step may keep: half of the memory setting, since steps before and after it need the rest.

use crate::data::quantity;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan;

/// The smallest memory setting in which anything can be computed.
const LEAST: u64 = 128 << 20;

/// Whether that many bytes leave half of the memory to everything else. `what` takes them, in the plural;
/// `instead` is what to do about it.
///
/// # Errors
/// They do not: [`code::MEMORY`].
pub fn at_most_half(
    bytes: u64,
    memory: u64,
    what: impl FnOnce() -> String,
    instead: &str,
) -> Outcome<()> {
    if bytes <= memory.max(LEAST) / 2 {
        return Ok(());
    }
    let headline = format!(
        "{} take {}, more than half of memory={}",
        what(),
        quantity::bytes(bytes),
        quantity::bytes(memory)
    );
    Err(Diagnostic::error(code::MEMORY, headline).help(format!(
        "{instead}, or allow more: {}",
        plan::setting(2 * bytes)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_more_than_half_of_the_memory_is_refused() {
        let asked = |bytes, memory| {
            at_most_half(
                bytes,
                memory,
                || "sums".to_owned(),
                "group by fewer columns",
            )
        };
        assert!(asked(4 << 30, 8 << 30).is_ok());
        let refused = asked((4 << 30) + 1, 8 << 30).unwrap_err();
        assert_eq!(refused.code, code::MEMORY);
        assert_eq!(
            refused.headline,
            "sums take 4.3 GB, more than half of memory=8.6 GB"
        );
        // However little is allowed, something small goes.
        assert!(asked(4_000_000, 1000).is_ok());
    }
}
