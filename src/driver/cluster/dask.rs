//! Workers of a Dask cluster, through an adapter in Python that is embedded in the program
//! (`adapter.py`): Dask distributes ranges, and runs them again if a worker is lost.

use super::answer::{VARIABLE, taken};
use super::{WORKERS_VARIABLE, least_cells, number};
use crate::plan::cluster::stage::range_body;
use crate::plan::cluster::{Frame, Kind, Stage, Unmapped, Workers};
use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const ADAPTER: &str = include_str!("adapter.py");

/// Threads of each worker; as many as Dask gives it without.
const THREADS_VARIABLE: &str = "SCA_CLUSTER_THREADS";
/// How long the adapter has to end by itself, with the children of the workers.
const GRACE: Duration = Duration::from_secs(3);

/// A running adapter.
pub struct Dask {
    address: String,
    child: Mutex<Child>,
    input: Mutex<Option<ChildStdin>>,
    shared: Arc<Shared>,
    width: usize,
    least_cells: usize,
}

/// What the thread that reads answers has to do with.
#[derive(Default)]
struct Shared {
    /// Who waits, by the number of the task; `None` once the adapter has ended.
    waiting: Mutex<Option<HashMap<u64, Sender<Frame>>>>,
    /// The next task, and the stage that the adapter has.
    sent: Mutex<(u64, Option<u64>)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Dask {
    /// Starts the adapter with `python` and waits for the scheduler at `address`.
    ///
    /// # Errors
    /// Why there is no cluster, in words.
    pub fn connect(python: &str, address: &str, program: &Path) -> Result<Self, String> {
        let number = |name| number(name).unwrap_or(0).to_string();
        let mut child = Command::new(python)
            .args(["-c", ADAPTER, address])
            .arg(program)
            .args([number(THREADS_VARIABLE), number(WORKERS_VARIABLE)])
            .env_remove(VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{python}: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let mut errors = child.stderr.take();
        let mut output = BufReader::new(output.ok_or("the adapter has no output")?);
        let hello = Frame::read(&mut output);
        let workers = match hello {
            Ok(hello) if hello.kind == Kind::Hello => hello.said(),
            Ok(refused) => return Err(format!("{address}: {}", refused.said())),
            Err(_) => {
                let _ = child.wait();
                let mut said = String::new();
                if let Some(errors) = &mut errors {
                    let _ = errors.read_to_string(&mut said);
                }
                let last = said.lines().last().unwrap_or("it ended").to_owned();
                return Err(format!("{python}: {last}"));
            }
        };
        let width = workers.lines().count();
        if width == 0 {
            return Err(format!("{address}: the scheduler has no workers yet"));
        }
        // What Dask logs is read, so that it never waits, and not shown.
        thread::spawn(move || {
            errors.map(|mut errors| std::io::copy(&mut errors, &mut std::io::sink()))
        });
        let shared = Arc::new(Shared::default());
        *lock(&shared.waiting) = Some(HashMap::new());
        let reading = shared.clone();
        thread::spawn(move || reading.read(output));
        Ok(Dask {
            address: address.to_owned(),
            child: Mutex::new(child),
            input: Mutex::new(input),
            shared,
            width,
            least_cells: least_cells(),
        })
    }

    fn send(&self, kind: Kind, numbers: &[u64], body: &[u8]) -> std::io::Result<()> {
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend_from_slice(body);
        match &mut *lock(&self.input) {
            Some(input) => Frame::new(kind, bytes).write(input),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Sends a range, after its stage.
    fn ask(
        &self,
        line: usize,
        stage: &Stage,
        range: &Range<usize>,
    ) -> std::io::Result<Receiver<Frame>> {
        let (sender, answer) = channel();
        let mut sent = lock(&self.shared.sent);
        if sent.1 != Some(stage.id) {
            self.send(Kind::Stage, &[stage.id], &stage.bytes)?;
            sent.1 = Some(stage.id);
        }
        sent.0 += 1;
        let task = sent.0;
        if let Some(waiting) = &mut *lock(&self.shared.waiting) {
            waiting.insert(task, sender);
        }
        self.send(
            Kind::Map,
            &[task, stage.id, line as u64],
            &range_body(range),
        )?;
        Ok(answer)
    }
}

impl Shared {
    /// Hands answers to who waits for them: a task and the frame of a worker each.
    fn read(&self, mut output: BufReader<ChildStdout>) {
        while let Ok(frame) = Frame::read(&mut output) {
            let Some((task, rest)) = frame.body.split_first_chunk::<8>() else {
                continue;
            };
            let waiting = lock(&self.waiting)
                .as_mut()
                .and_then(|waiting| waiting.remove(&u64::from_le_bytes(*task)));
            if let (Some(waiting), Some((&kind, body))) = (waiting, rest.split_first()) {
                let answer = match Kind::of(kind) {
                    Some(kind) => Frame::new(kind, body.to_vec()),
                    // Lost: who waits finds that out by the kind.
                    None => Frame::new(Kind::Hello, body.to_vec()),
                };
                let _ = waiting.send(answer);
            }
        }
        lock(&self.waiting).take();
    }
}

impl Workers for Dask {
    fn place(&self) -> String {
        match self.width {
            1 => format!("1 worker of {}", self.address),
            n => format!("{n} workers of {}", self.address),
        }
    }

    fn width(&self) -> usize {
        self.width
    }

    fn map(&self, line: usize, stage: &Stage, range: Range<usize>) -> Result<Vec<u8>, Unmapped> {
        let answer = self.ask(line, stage, &range);
        match answer.map(|answer| answer.recv()) {
            Ok(Ok(answer)) => taken(answer),
            Ok(Err(_)) => Err(Unmapped::Lost("the link to the cluster broke".to_owned())),
            Err(error) => Err(Unmapped::Lost(error.to_string())),
        }
    }

    fn stop(&self) {
        let _ = self.send(Kind::Stop, &[], &[]);
        // A worker that hangs is not waited for.
        let waiting = lock(&self.shared.waiting).as_mut().map(std::mem::take);
        for waiting in waiting.into_iter().flatten().map(|(_, waiting)| waiting) {
            let _ = waiting.send(Frame::new(Kind::Stopped, Vec::new()));
        }
        lock(&self.shared.sent).1 = None;
    }

    fn least_cells(&self) -> usize {
        self.least_cells
    }
}

impl Drop for Dask {
    fn drop(&mut self) {
        lock(&self.input).take();
        let child = &mut *lock(&self.child);
        let step = Duration::from_millis(20);
        for _ in 0..GRACE.as_millis() / step.as_millis() {
            if matches!(child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(step);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}
