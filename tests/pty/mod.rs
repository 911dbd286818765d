//! A program in a terminal that a test holds the other end of.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// No answer of the prompt takes as long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    child: Child,
    keys: File,
    chunks: Receiver<Vec<u8>>,
    /// Nobody reads the output any more.
    closed: Arc<AtomicBool>,
    raw: Vec<u8>,
    /// How much of the output was looked at by `until`.
    seen: usize,
}

impl Terminal {
    /// Starts a program in a terminal of 100 columns and 30 lines.
    pub fn start(mut command: Command) -> Self {
        let (ours, theirs) = pair();
        let copy = || Stdio::from(theirs.try_clone().expect("a descriptor can be copied"));
        command.stdin(copy()).stdout(copy()).stderr(copy());
        // SAFETY: setsid and ioctl may be called between fork and exec; nothing is allocated.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY as _, 0);
                Ok(())
            });
        }
        let child = command.spawn().expect("the program can be started");
        drop(command);
        drop(theirs);
        let keys = File::from(ours);
        let mut output = keys.try_clone().expect("a descriptor can be copied");
        let (send, chunks) = channel();
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = Arc::clone(&closed);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !is_closed.load(Relaxed) {
                if !is_waiting(&output) {
                    continue;
                }
                let Ok(n @ 1..) = output.read(&mut buffer) else {
                    break;
                };
                if send.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal {
            child,
            keys,
            chunks,
            closed,
            raw: Vec::new(),
            seen: 0,
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it reads");
    }

    /// Waits until `wanted` is shown behind what was looked at before; says what was.
    pub fn until(&mut self, wanted: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown();
            if let Some(at) = shown[self.seen..].find(wanted) {
                let to = self.seen + at + wanted.len();
                let text = shown[self.seen..to].to_owned();
                self.seen = to;
                return text;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.chunks.recv_timeout(left) {
                Ok(chunk) => self.raw.extend(chunk),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no `{wanted}` after:\n{}", &shown[self.seen..]);
                }
            }
        }
    }

    /// What was written so far, without what moves the cursor and sets colors.
    pub fn shown(&self) -> String {
        plain(&String::from_utf8_lossy(&self.raw))
    }

    /// What was written so far, as it was.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes the terminal, as a lost connection does, and waits for the end of the program.
    pub fn close(mut self) {
        self.closed.store(true, Relaxed);
        self.keys = File::open("/dev/null").expect("it is always there");
        let deadline = Instant::now() + PATIENCE;
        while let Ok(None) = self.child.try_wait() {
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the end of the program.
    pub fn end(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                panic!("it does not end after:\n{}", self.shown());
            }
            if let Ok(chunk) = self.chunks.recv_timeout(Duration::from_millis(20)) {
                self.raw.extend(chunk);
            }
        }
        while let Ok(chunk) = self.chunks.recv_timeout(Duration::from_millis(200)) {
            self.raw.extend(chunk);
        }
        let status = self.child.wait().expect("it has ended");
        let shown = self.shown();
        (status, shown)
    }
}

/// A test that is done, or has failed, leaves no program behind.
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is something to read, or will be within a moment.
fn is_waiting(output: &File) -> bool {
    let mut asked = libc::pollfd {
        fd: output.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one descriptor, which is open.
    unsafe { libc::poll(&mut asked, 1, 20) > 0 }
}

fn pair() -> (OwnedFd, OwnedFd) {
    let (mut ours, mut theirs) = (0, 0);
    let size = libc::winsize {
        ws_row: 30,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let none = std::ptr::null_mut();
    // SAFETY: the pointers are to live integers and a live size; the name may be null.
    let opened = unsafe { libc::openpty(&mut ours, &mut theirs, none, none.cast(), &size) };
    assert_eq!(opened, 0, "a terminal can be opened");
    // SAFETY: as above. The program must not hold our end: the terminal would never hang up.
    unsafe { libc::fcntl(ours, libc::F_SETFD, libc::FD_CLOEXEC) };
    // SAFETY: both descriptors were just opened and belong to nobody else.
    unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) }
}

/// Text without escape sequences and carriage returns.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match chars.next() {
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(']') => while chars.next().is_some_and(|c| c != '\x07') {},
                _ => {}
            },
            '\r' | '\x07' => {}
            c => plain.push(c),
        }
    }
    plain
}
