//! Ctrl-C, and the signals that ask for the same.
//!
//! The first one during work asks the engine to stop; the second says that it was asked; the
//! third ends the program. At the prompt the terminal sends none: the editor reads Ctrl-C as a
//! key, so a signal there comes from elsewhere and means the end.

use super::exit::Exit;
use crate::kernels::ticker::Ticker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Shared with the handler; cheap to clone.
#[derive(Clone, Default)]
pub struct Interrupts {
    pub ticker: Ticker,
    presses: Arc<AtomicUsize>,
    at_prompt: Arc<AtomicBool>,
}

impl Interrupts {
    /// Installs the handler, once a process. `insist` is called at the second press.
    pub fn install(&self, insist: impl Fn() + Send + 'static) {
        let shared = self.clone();
        let terminal = Terminal::now();
        let handler = move || {
            if shared.at_prompt.load(SeqCst) {
                terminal.restore();
                std::process::exit(Exit::Interrupted.code().into());
            }
            match shared.presses.fetch_add(1, SeqCst) {
                0 => shared.ticker.stop(),
                1 => insist(),
                _ => std::process::exit(Exit::Interrupted.code().into()),
            }
        };
        // Without a handler Ctrl-C ends the program, which is no reason not to start.
        let _ = ctrlc::set_handler(handler);
    }

    /// A statement begins: earlier presses are forgotten.
    pub fn working(&self) {
        self.presses.store(0, SeqCst);
        self.ticker.reset();
    }

    pub fn idle(&self) {
        self.presses.store(0, SeqCst);
    }

    /// The editor has the keyboard from here on.
    pub fn at_prompt(&self) {
        self.at_prompt.store(true, SeqCst);
    }

    /// The editor has given it back.
    pub fn away(&self) {
        self.at_prompt.store(false, SeqCst);
    }
}

/// A file that grows beyond the limit of its size is an error like a full disk, which is told; left
/// alone, the signal for it ends the program. Call before threads are started.
pub fn outlive_limits() {
    #[cfg(unix)]
    // SAFETY: the signal is ignored from here on; no handler runs.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// How the terminal was set before an editor changed it.
struct Terminal(#[cfg(unix)] Option<libc::termios>);

#[cfg(unix)]
impl Terminal {
    fn now() -> Self {
        let mut state = std::mem::MaybeUninit::uninit();
        // SAFETY: tcgetattr writes a whole termios to the address, or fails and is not believed.
        let known = unsafe { libc::tcgetattr(libc::STDIN_FILENO, state.as_mut_ptr()) } == 0;
        // SAFETY: initialized by the successful call above.
        Terminal(known.then(|| unsafe { state.assume_init() }))
    }

    fn restore(&self) {
        if let Some(state) = &self.0 {
            // SAFETY: the pointer is to a termios that tcgetattr filled in.
            unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, state) };
        }
    }
}

#[cfg(not(unix))]
impl Terminal {
    fn now() -> Self {
        Terminal()
    }

    fn restore(&self) {}
}
