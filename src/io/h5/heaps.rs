//! Whether the heaps that the strings of an array lie in are sound, seen without the library.
//!
//! A string of any length is stored as a reference: its length, the address of a collection ("global
//! heap", HDF5 File Format Specification, III.E), and its place in that. Looking over a collection once
//! takes a tenth of the time in which the library reads each of its strings. What is not understood here
//! is not sound: the library is asked then.

use super::H5File;
use crate::io::positioned::read_exact_at;
use std::collections::HashMap;

/// Bytes of a reference: the length, the address, the place.
pub const REFERENCE: usize = 16;
/// Bytes before the strings of a collection, and before each string.
const HEADER: usize = 16;
/// Bytes of the largest collection that is looked over.
const LARGEST: u64 = 64 << 20;

/// Whether each reference leads to a string of its length, in collections whose parts add up.
pub fn are_sound(file: &H5File, references: &[u8]) -> bool {
    if !has_wide_addresses(file) {
        return false;
    }
    let mut collections: HashMap<u64, Option<HashMap<u16, u64>>> = HashMap::new();
    references.chunks_exact(REFERENCE).all(|reference| {
        let length = number(&reference[..4]);
        let address = number(&reference[4..12]);
        let place = number(&reference[12..]);
        if length == 0 && address == 0 {
            return true;
        }
        let collection = collections
            .entry(address)
            .or_insert_with(|| collection(file, address));
        let strings = collection.as_ref();
        let found = strings.and_then(|strings| strings.get(&u16::try_from(place).ok()?));
        found.is_some_and(|&size| size == length)
    })
}

/// Whether the file begins with a superblock, and has addresses and lengths of eight bytes.
fn has_wide_addresses(file: &H5File) -> bool {
    let mut start = [0; 16];
    if read_exact_at(&file.bytes, &mut start, 0).is_err() || !start.starts_with(b"\x89HDF") {
        return false;
    }
    match start[8] {
        0 | 1 => start[13..15] == [8, 8],
        _ => start[9..11] == [8, 8],
    }
}

/// Lengths of the strings of a collection, by their places.
fn collection(file: &H5File, address: u64) -> Option<HashMap<u16, u64>> {
    let mut head = [0; HEADER];
    read_exact_at(&file.bytes, &mut head, address).ok()?;
    let size = number(&head[8..]);
    let fits = size <= LARGEST && size <= file.length.saturating_sub(address);
    if !head.starts_with(b"GCOL\x01") || !fits {
        return None;
    }
    let mut bytes = vec![0; size as usize];
    read_exact_at(&file.bytes, &mut bytes, address).ok()?;
    strings(&bytes)
}

/// The same from its bytes.
fn strings(bytes: &[u8]) -> Option<HashMap<u16, u64>> {
    let (mut found, mut at) = (HashMap::new(), HEADER);
    while at + HEADER <= bytes.len() {
        let place = number(&bytes[at..at + 2]) as u16;
        let size = number(&bytes[at + 8..at + 16]);
        if place == 0 {
            // Free to the end.
            return (at as u64 + size == bytes.len() as u64).then_some(found);
        }
        let whole = size
            .checked_next_multiple_of(8)?
            .checked_add(HEADER as u64)?;
        at = usize::try_from(whole).ok()?.checked_add(at)?;
        if at > bytes.len() || found.insert(place, size).is_some() {
            return None;
        }
    }
    Some(found)
}

fn number(bytes: &[u8]) -> u64 {
    let each = bytes.iter().rev();
    each.fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection_of(parts: &[(u16, &[u8])], free: Option<u64>, length: usize) -> Vec<u8> {
        let mut bytes = b"GCOL\x01\0\0\0".to_vec();
        bytes.extend((length as u64).to_le_bytes());
        let part = |bytes: &mut Vec<u8>, place: u16, size: u64| {
            bytes.extend(place.to_le_bytes());
            bytes.extend([0; 6]);
            bytes.extend(size.to_le_bytes());
        };
        for (place, text) in parts {
            part(&mut bytes, *place, text.len() as u64);
            bytes.extend(*text);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        if let Some(free) = free {
            part(&mut bytes, 0, free);
        }
        bytes.resize(length, 0);
        bytes
    }

    #[test]
    fn collections_must_add_up() {
        let parts: [(u16, &[u8]); 2] = [(1, b"CD3D"), (2, b"a longer one")];
        let used = 16 + 24 + 32;
        let sound = collection_of(&parts, Some(256 - used), 256);
        let found = strings(&sound).unwrap();
        assert_eq!((found[&1], found[&2]), (4, 12));
        // Nothing is free.
        assert!(strings(&collection_of(&parts, None, used as usize)).is_some());
        // As zeroed bytes look: an object of no size, after which nothing comes.
        assert!(strings(&collection_of(&parts, Some(0), 256)).is_none());
        assert!(strings(&collection_of(&parts, Some(1 << 40), 256)).is_none());
        let mut long = sound.clone();
        long[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(strings(&long).is_none());
        assert!(strings(&collection_of(&[(1, b"a"), (1, b"b")], None, 64)).is_none());
    }
}
