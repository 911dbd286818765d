//! Ctrl-C, and the signals that end a program.
//!
//! Ctrl-C during work tells the engine to stop; a second one reports that it was told; the third
//! ends the program. At the prompt it gives up the line and never ends the session: the editor
//! reads it as a key, and where the terminal cannot be edited on (`TERM=dumb`) the signal is
//! answered with a new prompt. SIGTERM and SIGHUP end the program wherever it is: what runs is
//! asked to stop, and what does not hear it, a C library among others, is not waited for.

use super::exit::Exit;
use crate::kernels::ticker::Ticker;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long work has to end by itself after SIGTERM or SIGHUP.
const GRACE: Duration = Duration::from_millis(800);

/// Shared with the handler; cheap to clone.
#[derive(Clone, Default)]
pub struct Interrupts {
    pub ticker: Ticker,
    presses: Arc<AtomicUsize>,
    at_prompt: Arc<AtomicBool>,
    /// What the editor shows before the line.
    prompt: Arc<Mutex<String>>,
}

impl Interrupts {
    /// Installs the handler, once a process. `insist` is called at the second press.
    pub fn install(&self, insist: impl Fn() + Send + 'static) {
        let shared = self.clone();
        let terminal = Terminal::now();
        let handler = move || {
            if is_ending() {
                shared.end(&terminal);
            }
            if shared.at_prompt.load(SeqCst) {
                return shared.new_line();
            }
            match shared.presses.fetch_add(1, SeqCst) {
                0 => shared.ticker.stop(),
                1 => insist(),
                _ => leave(Exit::Interrupted),
            }
        };
        // Without a handler Ctrl-C ends the program, which is no reason not to start.
        let _ = ctrlc::set_handler(handler);
        note_endings();
        let ticker = self.ticker.clone();
        crate::data::stop::ask(move || ticker.is_stopped());
    }

    /// The user's statements begin: earlier presses are forgotten.
    pub fn working(&self) {
        self.presses.store(0, SeqCst);
        if !is_ending() {
            self.ticker.reset();
        }
    }

    pub fn idle(&self) {
        self.presses.store(0, SeqCst);
    }

    /// The editor has the keyboard from here on.
    pub fn at_prompt(&self, prompt: &str) {
        prompt.clone_into(&mut self.prompt.lock().unwrap_or_else(PoisonError::into_inner));
        self.at_prompt.store(true, SeqCst);
    }

    /// The editor has given it back.
    pub fn away(&self) {
        self.at_prompt.store(false, SeqCst);
    }

    /// Ctrl-C as a signal while a line is typed: the terminal has dropped the line by itself.
    fn new_line(&self) {
        if Terminal::makes_signals() {
            let prompt = self.prompt.lock().unwrap_or_else(PoisonError::into_inner);
            let mut out = std::io::stdout();
            let _ = write!(out, "\n{prompt}").and_then(|()| out.flush());
        }
    }

    /// Ends the program: at once at the prompt, else as soon as the work has ended, or after
    /// [`GRACE`].
    fn end(&self, terminal: &Terminal) -> ! {
        self.ticker.stop();
        let since = Instant::now();
        while since.elapsed() < GRACE && !self.at_prompt.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if self.at_prompt.load(SeqCst) {
            terminal.restore();
        }
        leave(Exit::Interrupted)
    }
}

/// Ends the program without its farewells: they wait for the HDF5 library, which may hang.
fn leave(exit: Exit) -> ! {
    crate::io::unfinished::remove_all();
    #[cfg(unix)]
    // SAFETY: it ends the process; nothing runs after it.
    unsafe {
        libc::_exit(exit.code().into())
    }
    #[cfg(not(unix))]
    std::process::exit(exit.code().into())
}

/// The signal that ends the program, once it came.
static ENDING: AtomicI32 = AtomicI32::new(0);
/// The handler that was there before [`noted`].
static BEFORE: AtomicUsize = AtomicUsize::new(0);

/// Whether the program was told to end by SIGTERM or SIGHUP.
pub fn is_ending() -> bool {
    ENDING.load(SeqCst) != 0
}

/// Ctrl-C reaches every process of a terminal. Workers ignore it: the coordinator stops them.
pub fn leave_to_others() {
    let _ = ctrlc::set_handler(|| {
        if is_ending() {
            std::process::exit(0);
        }
    });
    note_endings();
}

/// A worker without a pipe does this before a signal ends it.
pub fn before_end(act: impl Fn() + Send + 'static) {
    let _ = ctrlc::set_handler(move || {
        act();
        leave(Exit::Interrupted);
    });
}

/// One handler serves all signals and is not told which one came: that is noted before.
fn note_endings() {
    #[cfg(unix)]
    for signal in [libc::SIGTERM, libc::SIGHUP] {
        // SAFETY: both structures are valid for the call; the handler only stores numbers and
        // calls the one that was there, which was written to be called so.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &raw mut action) != 0
                || action.sa_sigaction == libc::SIG_IGN
                || action.sa_sigaction == libc::SIG_DFL
            {
                continue;
            }
            BEFORE.store(action.sa_sigaction, SeqCst);
            action.sa_sigaction = noted as extern "C" fn(libc::c_int) as usize;
            action.sa_flags &= !libc::SA_SIGINFO;
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

#[cfg(unix)]
extern "C" fn noted(signal: libc::c_int) {
    ENDING.store(signal, SeqCst);
    let before = BEFORE.load(SeqCst);
    if before != 0 {
        // SAFETY: the address of the handler that was installed for this signal.
        let before: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(before) };
        before(signal);
    }
}

/// A file that grows beyond the limit of its size is an error like a full disk, which is reported; left
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
        // SAFETY: tcgetattr writes a whole termios to the address, or fails, and is then ignored.
        let known = unsafe { libc::tcgetattr(libc::STDIN_FILENO, state.as_mut_ptr()) } == 0;
        // SAFETY: initialized by the successful call above.
        Terminal(known.then(|| unsafe { state.assume_init() }))
    }

    /// Whether the terminal turns Ctrl-C into a signal now, as it does unless an editor reads keys.
    fn makes_signals() -> bool {
        Terminal::now()
            .0
            .is_some_and(|state| state.c_lflag & libc::ISIG != 0)
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

    fn makes_signals() -> bool {
        false
    }

    fn restore(&self) {}
}
