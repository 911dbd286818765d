//! Workers on this machine: processes of the same program, with frames on their pipes.

use super::answer::{VARIABLE, taken};
use crate::plan::cluster::stage::range_body;
use crate::plan::cluster::{Frame, Kind, Stage, Unmapped, Workers};
use std::io::BufReader;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a worker has to say that it stopped.
const GRACE: Duration = Duration::from_millis(800);

/// Some workers, started when they are needed.
pub struct Local {
    program: PathBuf,
    threads: usize,
    lines: Vec<Line>,
}

/// One worker. Its parts are locked apart: one thread waits for an answer while another one says that
/// it should stop, or ends it.
#[derive(Default)]
struct Line {
    child: Mutex<Option<Child>>,
    input: Mutex<Option<ChildStdin>>,
    output: Mutex<Output>,
}

#[derive(Default)]
struct Output {
    from: Option<BufReader<ChildStdout>>,
    /// What it has planned.
    stage: Option<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Local {
    /// `n` workers with `threads` each.
    pub fn new(program: PathBuf, n: usize, threads: usize) -> Self {
        Local {
            program,
            threads,
            lines: (0..n).map(|_| Line::default()).collect(),
        }
    }

    fn start(&self, line: &Line, output: &mut Output) -> std::io::Result<()> {
        let mut child = Command::new(&self.program)
            .args(["worker", "--threads", &self.threads.to_string()])
            .env_remove(VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        *lock(&line.input) = child.stdin.take();
        output.from = child.stdout.take().map(BufReader::new);
        output.stage = None;
        *lock(&line.child) = Some(child);
        match output.read()?.kind {
            Kind::Hello => Ok(()),
            _ => Err(std::io::ErrorKind::InvalidData.into()),
        }
    }

    fn ask(&self, line: &Line, output: &mut Output, frame: &Frame) -> std::io::Result<Frame> {
        match &mut *lock(&line.input) {
            Some(input) => frame.write(input)?,
            None => return Err(std::io::ErrorKind::BrokenPipe.into()),
        }
        output.read()
    }

    /// Has a worker plan a stage, if it has not.
    fn plan(&self, line: &Line, output: &mut Output, stage: &Stage) -> std::io::Result<Frame> {
        if output.from.is_none() {
            self.start(line, output)?;
        }
        if output.stage == Some(stage.id) {
            return Ok(Frame::new(Kind::Planned, Vec::new()));
        }
        let frame = Frame::new(Kind::Stage, stage.bytes.to_vec());
        let answer = self.ask(line, output, &frame)?;
        output.stage = (answer.kind == Kind::Planned).then_some(stage.id);
        Ok(answer)
    }
}

impl Output {
    fn read(&mut self) -> std::io::Result<Frame> {
        match &mut self.from {
            Some(from) => Frame::read(from),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Line {
    /// Ends the process, if there is one.
    fn end(&self) {
        if let Some(mut child) = lock(&self.child).take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        lock(&self.input).take();
    }
}

impl Workers for Local {
    fn place(&self) -> String {
        match self.lines.len() {
            1 => "1 worker on this machine".to_owned(),
            n => format!("{n} workers on this machine"),
        }
    }

    fn width(&self) -> usize {
        self.lines.len()
    }

    fn map(&self, line: usize, stage: &Stage, range: Range<usize>) -> Result<Vec<u8>, Unmapped> {
        let line = &self.lines[line];
        let output = &mut *lock(&line.output);
        let answer = match self.plan(line, output, stage) {
            Ok(planned) if planned.kind != Kind::Planned => Ok(planned),
            Ok(_) => self.ask(line, output, &Frame::new(Kind::Map, range_body(&range))),
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => {
                if answer.kind == Kind::Stopped {
                    output.stage = None;
                }
                taken(answer)
            }
            Err(error) => {
                *output = Output::default();
                line.end();
                Err(Unmapped::Lost(error.to_string()))
            }
        }
    }

    fn stop(&self) {
        for line in &self.lines {
            // A worker that a request is being written to does not listen; it is ended below.
            if let Ok(mut input) = line.input.try_lock()
                && let Some(input) = &mut *input
            {
                let _ = Frame::new(Kind::Stop, Vec::new()).write(input);
            }
        }
        let begin = Instant::now();
        for line in &self.lines {
            while line.output.try_lock().is_err() && begin.elapsed() < GRACE {
                thread::sleep(Duration::from_millis(5));
            }
            if line.output.try_lock().is_err() {
                line.end();
            }
            // One that had nothing to do has heard it as well, and forgets it with the next stage.
            lock(&line.output).stage = None;
        }
    }

    /// They cost little.
    fn least_cells(&self) -> usize {
        0
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.lines.iter().for_each(Line::end);
    }
}
