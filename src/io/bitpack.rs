//! Whole numbers in as few bits as the largest of each 128 needs.
//!
//! Frames of 128 numbers in four interleaved lanes, as in Lemire and Boytsov, "Decoding billions
//! of integers per second through vectorization" (2015), so that each step is one vector
//! operation on four numbers. Number `4 j + l` is the `j`-th of lane `l`.

/// Numbers in a frame.
pub const FRAME: usize = 128;

/// Bits that the largest number of a frame needs.
pub fn width(frame: &[u32; FRAME]) -> u8 {
    let all = frame.iter().fold(0, |all, number| all | number);
    (32 - all.leading_zeros()) as u8
}

/// Bytes of a packed frame.
pub fn packed_len(width: u8) -> usize {
    FRAME / 8 * usize::from(width)
}

/// Appends a frame; no number may need more than `width` bits.
pub fn pack(frame: &[u32; FRAME], width: u8, out: &mut Vec<u8>) {
    let width = usize::from(width);
    let mut words = [[0_u32; 4]; 32];
    for (j, numbers) in frame.chunks_exact(4).enumerate() {
        let (word, shift) = (j * width / 32, j * width % 32);
        for (lane, &number) in numbers.iter().enumerate() {
            if width == 0 {
                continue;
            }
            words[word][lane] |= number << shift;
            if shift + width > 32 {
                words[word + 1][lane] |= number >> (32 - shift);
            }
        }
    }
    for word in words[..width].iter().flatten() {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

/// Unpacks a frame of [`packed_len`] bytes. A width beyond 32 gives zeros.
pub fn unpack(packed: &[u8], width: u8, out: &mut [u32; FRAME]) {
    macro_rules! dispatch {
        ($($width:literal)*) => {
            match width {
                $($width => unpack_width::<$width>(packed, out),)*
                _ => out.fill(0),
            }
        };
    }
    dispatch!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}

fn unpack_width<const WIDTH: usize>(packed: &[u8], out: &mut [u32; FRAME]) {
    let mut words = [[0_u32; 4]; WIDTH];
    for (word, bytes) in words.iter_mut().zip(packed.chunks_exact(16)) {
        for (lane, bytes) in word.iter_mut().zip(bytes.chunks_exact(4)) {
            *lane = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }
    let mask = u32::MAX >> (32 - WIDTH);
    // Unrolled by hand: shifts and word numbers are then constants.
    macro_rules! step {
        ($($j:literal)*) => {$({
            const SHIFT: [usize; 33] = {
                let mut shifts = [0; 33];
                let mut width = 0;
                while width <= 32 {
                    shifts[width] = $j * width % 32;
                    width += 1;
                }
                shifts
            };
            let (word, shift) = ($j * WIDTH / 32, SHIFT[WIDTH]);
            for lane in 0..4 {
                let mut number = words[word][lane] >> shift;
                if shift + WIDTH > 32 {
                    number |= words[word + 1][lane] << (32 - shift);
                }
                out[4 * $j + lane] = number & mask;
            }
        })*};
    }
    step!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_width_comes_back() {
        for wide in 0..=32_u32 {
            let top = if wide == 0 {
                0
            } else {
                u32::MAX >> (32 - wide)
            };
            let frame: [u32; FRAME] =
                std::array::from_fn(|i| (i as u32).wrapping_mul(0x9e37_79b9) & top | (top & 1));
            assert_eq!(u32::from(width(&frame)) <= wide, true);
            let mut packed = Vec::new();
            pack(&frame, wide as u8, &mut packed);
            assert_eq!(packed.len(), packed_len(wide as u8));
            let mut out = [7; FRAME];
            unpack(&packed, wide as u8, &mut out);
            assert_eq!(out, frame, "{wide} bits");
        }
    }

    proptest! {
        #[test]
        fn any_frame_comes_back(numbers in prop::collection::vec(any::<u32>(), FRAME), bits in 0..32) {
            let frame: [u32; FRAME] = std::array::from_fn(|i| numbers[i] >> bits);
            let mut packed = Vec::new();
            pack(&frame, width(&frame), &mut packed);
            let mut out = [0; FRAME];
            unpack(&packed, width(&frame), &mut out);
            prop_assert_eq!(out, frame);
        }
    }
}
