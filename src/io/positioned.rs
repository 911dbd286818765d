//! Reads and writes at an offset of a file, without moving the position of other readers.

use std::fs;
use std::io;

/// Fills `to` with the bytes from `at` on.
#[cfg(unix)]
pub fn read_exact_at(file: &fs::File, to: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, at)
}

#[cfg(windows)]
pub fn read_exact_at(file: &fs::File, mut to: &mut [u8], mut at: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !to.is_empty() {
        match file.seek_read(to, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                to = &mut to[n..];
                at += n as u64;
            }
        }
    }
    Ok(())
}

/// Writes all of `bytes` from `at` on.
#[cfg(unix)]
pub fn write_all_at(file: &fs::File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
pub fn write_all_at(file: &fs::File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !bytes.is_empty() {
        let n = file.seek_write(bytes, at)?;
        bytes = &bytes[n..];
        at += n as u64;
    }
    Ok(())
}
