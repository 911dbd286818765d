//! Frames of 256 numbers, each frame with as many bits a number as its largest needs.
//!
//! A frame is eight lanes of 32 numbers: number i lies in lane i mod 8, so that eight neighbours
//! are shifted and masked together; the compiler makes wide instructions of the inner loops.

const LANES: usize = 8;
const PER_LANE: usize = 32;
const FRAME: usize = LANES * PER_LANE;

/// Appends frames of `numbers`; the last one is filled with zeros.
pub fn pack(numbers: &[u32], words: &mut Vec<u32>) {
    for frame in numbers.chunks(FRAME) {
        let mut filled = [0; FRAME];
        filled[..frame.len()].copy_from_slice(frame);
        let largest = frame.iter().fold(0, |all, &x| all | x);
        let width = (32 - largest.leading_zeros()) as usize;
        words.push(width as u32);
        let start = words.len();
        words.resize(start + width * LANES, 0);
        pack_frame(&filled, width, &mut words[start..]);
    }
}

fn pack_frame(frame: &[u32; FRAME], width: usize, words: &mut [u32]) {
    for i in 0..PER_LANE {
        let (word, shift) = (i * width / 32, i * width % 32);
        for lane in 0..LANES {
            if width == 0 {
                return;
            }
            let x = frame[i * LANES + lane];
            words[word * LANES + lane] |= x << shift;
            if shift + width > 32 {
                words[(word + 1) * LANES + lane] |= x >> (32 - shift);
            }
        }
    }
}

/// The first `n` numbers of the frames, and how many words they took.
pub fn unpack(words: &[u32], n: usize) -> (Vec<u32>, usize) {
    let mut numbers = vec![0; n.next_multiple_of(FRAME)];
    let mut at = 0;
    for frame in numbers.as_chunks_mut::<FRAME>().0 {
        let width = words[at] as usize;
        at += 1;
        unpack_frame(width, &words[at..at + width * LANES], frame);
        at += width * LANES;
    }
    numbers.truncate(n);
    (numbers, at)
}

/// One function for each width, so that shifts are constants.
fn unpack_frame(width: usize, words: &[u32], frame: &mut [u32; FRAME]) {
    macro_rules! widths {
        ($($width:literal)*) => {
            match width {
                $($width => unpack_width::<$width>(words, frame),)*
                _ => frame.fill(0),
            }
        };
    }
    widths!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
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
            pack(&numbers, &mut words);
            let (back, used) = unpack(&words[1..], numbers.len());
            assert_eq!(back, numbers, "{width}");
            assert_eq!(used, words.len() - 1);
        }
    }

    #[test]
    fn nothing_takes_no_words() {
        let mut words = Vec::new();
        pack(&[], &mut words);
        assert!(words.is_empty());
        assert_eq!(unpack(&words, 0), (Vec::new(), 0));
    }
}
