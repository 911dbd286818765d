//! Which instructions the loops may use: what the processor has, or less for a test.
//!
//! With `SCA_INSTRUCTIONS` (`portable`, `avx2` or `avx512`) in the environment nothing beyond it is used.
//! Tests compare the files that come out: no bit of them may depend on this.

use std::sync::OnceLock;

/// Sets of instructions, each with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Instructions {
    /// What every processor of this architecture has.
    Portable,
    /// 256 bits wide, with fused multiply-adds.
    Avx2,
    /// 512 bits wide, with the parts for bytes, for whole numbers of 64 bits, and for shorter vectors.
    Avx512,
}

/// Whether these instructions may be used. False of what the processor does not have, whatever the
/// environment says.
#[inline]
pub(super) fn has(wanted: Instructions) -> bool {
    static MOST: OnceLock<Instructions> = OnceLock::new();
    wanted <= *MOST.get_or_init(|| of_processor().min(allowed()))
}

fn of_processor() -> Instructions {
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if avx2 && avx512 {
            return Instructions::Avx512;
        }
        if avx2 {
            return Instructions::Avx2;
        }
    }
    Instructions::Portable
}

fn allowed() -> Instructions {
    match std::env::var("SCA_INSTRUCTIONS").as_deref() {
        Ok("portable") => Instructions::Portable,
        Ok("avx2") => Instructions::Avx2,
        _ => Instructions::Avx512,
    }
}
