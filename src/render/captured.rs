//! Output captured in memory, for tests.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// What was written to a captured stream.
#[derive(Debug, Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Everything so far, and begins again.
    pub fn take(&self) -> String {
        let mut bytes = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        String::from_utf8_lossy(&std::mem::take(&mut *bytes)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
