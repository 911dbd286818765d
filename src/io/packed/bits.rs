//! Frames of 256 numbers, each frame with as many bits a number as its largest needs.
//!
//! A frame is eight lanes of 32 numbers: number i lies in lane i mod 8, so that eight neighbors
//! are shifted and masked together; the compiler makes wide instructions of the inner loops. 32 numbers of a
//! lane at any width fill whole words, so no frame ends within one (as SIMD-BP128 does with four lanes).

const LANES: usize = 8;
const PER_LANE: usize = 32;
const FRAME: usize = LANES * PER_LANE;

/// Appends frames of `n` numbers. `fill` writes the numbers from the one it is told on, a frame of
/// them or what is left; the last frame is filled with zeros.
pub fn pack(n: usize, words: &mut Vec<u32>, mut fill: impl FnMut(usize, &mut [u32])) {
    let mut frame = [0; FRAME];
    for start in (0..n).step_by(FRAME) {
        let here = (n - start).min(FRAME);
        fill(start, &mut frame[..here]);
        frame[here..].fill(0);
        let largest = frame.iter().fold(0, |all, &x| all | x);
        let width = (32 - largest.leading_zeros()) as usize;
        words.push(width as u32);
        let start = words.len();
        words.resize(start + width * LANES, 0);
        pack_frame(width, &frame, &mut words[start..]);
    }
}

/// Calls `take` with the `n` numbers at the beginning of `words`, a frame after the other; gives
/// how many words they took.
pub fn unpack_with(words: &[u32], n: usize, mut take: impl FnMut(&[u32])) -> usize {
    let mut frame = [0; FRAME];
    let mut at = 0;
    for start in (0..n).step_by(FRAME) {
        let width = words[at] as usize;
        at += 1;
        unpack_frame(width, &words[at..at + width * LANES], &mut frame);
        at += width * LANES;
        take(&frame[..(n - start).min(FRAME)]);
    }
    at
}

/// The `n` numbers at the beginning of `words`, and how many words they took.
pub fn unpack(words: &[u32], n: usize) -> (Vec<u32>, usize) {
    let mut numbers = Vec::with_capacity(n);
    let used = unpack_with(words, n, |frame| numbers.extend_from_slice(frame));
    (numbers, used)
}

/// Calls one function for each width, so that shifts are constants, and whether a number goes on in the next
/// word is known when it is compiled.
macro_rules! of_width {
    ($width:expr, $of:ident $arguments:tt, $none:expr) => {
        of_width!(@ $width, $of $arguments, $none;
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
            17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    (@ $width:expr, $of:ident $arguments:tt, $none:expr; $($each:literal)*) => {
        match $width {
            $($each => $of::<$each> $arguments,)*
            _ => $none,
        }
    };
}

fn pack_frame(width: usize, frame: &[u32; FRAME], words: &mut [u32]) {
    of_width!(width, pack_width(frame, words), ());
}

fn pack_width<const WIDTH: usize>(frame: &[u32; FRAME], words: &mut [u32]) {
    let (rows, _) = words.as_chunks_mut::<LANES>();
    let (numbers, _) = frame.as_chunks::<LANES>();
    for (i, numbers) in numbers.iter().enumerate() {
        let (word, shift) = (i * WIDTH / 32, i * WIDTH % 32);
        for lane in 0..LANES {
            rows[word][lane] |= numbers[lane] << shift;
        }
        if shift + WIDTH > 32 {
            for lane in 0..LANES {
                rows[word + 1][lane] |= numbers[lane] >> (32 - shift);
            }
        }
    }
}

fn unpack_frame(width: usize, words: &[u32], frame: &mut [u32; FRAME]) {
    of_width!(width, unpack_width(words, frame), frame.fill(0));
}

fn unpack_width<const WIDTH: usize>(words: &[u32], frame: &mut [u32; FRAME]) {
    let mask = u32::MAX >> (32 - WIDTH);
    let (rows, _) = words.as_chunks::<LANES>();
    let (numbers, _) = frame.as_chunks_mut::<LANES>();
    for (i, numbers) in numbers.iter_mut().enumerate() {
        let (word, shift) = (i * WIDTH / 32, i * WIDTH % 32);
        let low = &rows[word];
        if shift + WIDTH > 32 {
            let high = &rows[word + 1];
            for lane in 0..LANES {
                numbers[lane] = ((low[lane] >> shift) | (high[lane] << (32 - shift))) & mask;
            }
        } else {
            for lane in 0..LANES {
                numbers[lane] = (low[lane] >> shift) & mask;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack_all(numbers: &[u32], words: &mut Vec<u32>) {
        pack(numbers.len(), words, |start, frame| {
            frame.copy_from_slice(&numbers[start..start + frame.len()]);
        });
    }

    #[test]
    fn every_width_comes_back() {
        for width in 0..=32u32 {
            let largest = if width == 0 {
                0
            } else {
                u32::MAX >> (32 - width)
            };
            let numbers: Vec<u32> = (0..600u32)
                .map(|i| i.wrapping_mul(2_654_435_761) & largest)
                .collect();
            let mut words = vec![7];
            pack_all(&numbers, &mut words);
            let (back, used) = unpack(&words[1..], numbers.len());
            assert_eq!(back, numbers, "{width}");
            assert_eq!(used, words.len() - 1);
        }
    }

    #[test]
    fn nothing_takes_no_words() {
        let mut words = Vec::new();
        pack_all(&[], &mut words);
        assert!(words.is_empty());
        assert_eq!(unpack(&words, 0), (Vec::new(), 0));
    }
}
