//! Loops compiled for wider registers, where the processor has them.

use crate::kernels::processor::{Instructions, has};

/// Runs `each`, a loop marked `#[inline(always)]`, with AVX-512 or AVX2 if there is such. The operations and
/// their order are the same with and without (there is no fused multiplication), so the bits are, too.
#[inline]
pub(super) fn wide<R>(each: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if has(Instructions::Avx512) {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn with_avx512<R>(each: impl FnOnce() -> R) -> R {
            each()
        }
        // SAFETY: the processor has AVX-512 with these parts, as was just asked.
        return unsafe { with_avx512(each) };
    }
    #[cfg(target_arch = "x86_64")]
    if has(Instructions::Avx2) {
        #[target_feature(enable = "avx2")]
        fn with_avx2<R>(each: impl FnOnce() -> R) -> R {
            each()
        }
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { with_avx2(each) };
    }
    each()
}

/// The same with fused multiply-adds if the processor has them, which is passed to `each`: what it computes with
/// [`Fused`](super::fused::Fused) is the same with and without.
#[inline]
pub(super) fn wide_fused<R>(each: impl FnOnce(bool) -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if has(Instructions::Avx512) {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn with_avx512<R>(each: impl FnOnce(bool) -> R) -> R {
            each(true)
        }
        // SAFETY: the processor has AVX-512 with these parts, as was just asked.
        return unsafe { with_avx512(each) };
    }
    #[cfg(target_arch = "x86_64")]
    if has(Instructions::Avx2) {
        #[target_feature(enable = "avx2,fma")]
        fn with_fma<R>(each: impl FnOnce(bool) -> R) -> R {
            each(true)
        }
        // SAFETY: the processor has AVX2 and FMA, as was just asked.
        return unsafe { with_fma(each) };
    }
    each(false)
}

#[cfg(test)]
mod tests {
    use super::wide;

    #[test]
    fn the_bits_are_the_same() {
        let values: Vec<f32> = (0..1000).map(|i| (i as f32).sin() * 1e3).collect();
        let narrow: Vec<f32> = values.iter().map(|x| (x * 3.7 + 0.1).sqrt()).collect();
        let widely: Vec<f32> = wide(
            #[inline(always)]
            || values.iter().map(|x| (x * 3.7 + 0.1).sqrt()).collect(),
        );
        let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&narrow), bits(&widely));
    }
}
