//! LZF, the fast compression that h5py brings along (Marc Lehmann's liblzf format).
//!
//! A stream of commands. A byte below 32 is followed by that many literals and one more. Any
//! other has the length of a repeat in its upper three bits (7: one more byte of length follows)
//! and, in its lower five and the next byte, how far back it starts.

/// Decodes to fill `out` exactly.
pub fn decode(stored: &[u8], out: &mut [u8]) -> Result<(), &'static str> {
    const SHORT: &str = "LZF data ends too early";
    let (mut from, mut to) = (0, 0);
    let mut next = || {
        let byte = stored.get(from).copied();
        from += 1;
        byte.map(usize::from)
    };
    // The closure cannot also lend the literals; they are taken byte by byte.
    while let Some(command) = next() {
        if command < 32 {
            let room = out
                .get_mut(to..=to + command)
                .ok_or("LZF data is too long")?;
            for byte in room {
                *byte = next().ok_or(SHORT)? as u8;
            }
            to += command + 1;
            continue;
        }
        let mut length = command >> 5;
        if length == 7 {
            length += next().ok_or(SHORT)?;
        }
        let back = ((command & 31) << 8) + next().ok_or(SHORT)? + 1;
        let length = length + 2;
        let start = to
            .checked_sub(back)
            .ok_or("LZF data repeats what is not there")?;
        if to + length > out.len() {
            return Err("LZF data is too long");
        }
        if back >= length {
            out.copy_within(start..start + length, to);
        } else {
            for i in 0..length {
                out[to + i] = out[start + i];
            }
        }
        to += length;
    }
    if to == out.len() { Ok(()) } else { Err(SHORT) }
}

/// Bytes that a stream decodes to; `None` if it ends too early.
pub fn decoded_size(stored: &[u8]) -> Option<usize> {
    let (mut from, mut size) = (0, 0);
    while let Some(&command) = stored.get(from) {
        let command = usize::from(command);
        (from, size) = match command >> 5 {
            0 => (from + command + 2, size + command + 1),
            7 => (from + 3, size + 9 + usize::from(*stored.get(from + 1)?)),
            length => (from + 2, size + length + 2),
        };
    }
    (from == stored.len()).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::{decode, decoded_size};

    #[test]
    fn literals_and_repeats() {
        let mut out = [0; 10];
        // "ab", then 8 bytes from 2 back: a repeat that overlaps itself.
        assert_eq!(decode(&[1, b'a', b'b', 6 << 5, 1], &mut out), Ok(()));
        assert_eq!(&out, b"ababababab");
        assert_eq!(decoded_size(&[1, b'a', b'b', 6 << 5, 1]), Some(10));
        // A repeat of 7 + 200 + 2 bytes.
        assert_eq!(decoded_size(&[0, b'a', 7 << 5, 200, 0]), Some(210));
    }

    #[test]
    fn damage_is_an_error() {
        let mut out = [0; 10];
        for stored in [&[5, 1][..], &[1 << 5, 9], &[0, 1], &[31; 40], &[7 << 5]] {
            assert!(decode(stored, &mut out).is_err());
        }
        for stored in [&[5, 1][..], &[0, 1, 1 << 5], &[31; 40], &[7 << 5]] {
            assert_eq!(decoded_size(stored), None);
        }
    }
}
