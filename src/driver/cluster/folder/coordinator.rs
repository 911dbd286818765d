//! The coordinator's side: writes tasks into the folder, and collects the parts.

use super::sign::{Sign, Signs};
use super::{ENDED, LOOK, PART, RUN, STAGE, TAKEN, TASK, WORKER, listed, lost_after, place};
use crate::driver::cluster::answer::taken;
use crate::driver::cluster::{least_cells, worker};
use crate::plan::cluster::file::{self, Unread};
use crate::plan::cluster::stage::range_body;
use crate::plan::cluster::{Frame, Kind, Stage, Unmapped, Workers};
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Workers, if nothing says how many there are.
const WORKERS: usize = 8;
/// Tasks kept ready for each worker, so that none waits for the coordinator to see its part.
const AHEAD: usize = 2;

/// A folder that workers look at.
pub struct Folder {
    shared: Arc<Shared>,
    watcher: Option<JoinHandle<()>>,
    width: usize,
    least_cells: usize,
}

/// What the thread that looks for parts has to do with.
struct Shared {
    folder: PathBuf,
    version: String,
    run: String,
    lost_after: Duration,
    ended: AtomicBool,
    /// Who waits, by the name of the task.
    waiting: Mutex<HashMap<String, Sender<Answer>>>,
    laid: Mutex<Laid>,
}

type Answer = Result<Vec<u8>, Unmapped>;

/// What lies in the folder.
#[derive(Default)]
struct Laid {
    stages: usize,
    tasks: usize,
    /// The stage that lies there now.
    stage: Option<u64>,
}

/// Where a task is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Waits,
    TakenBy(String),
    Done,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Folder {
    /// Makes the folder if necessary; workers may come when they like.
    ///
    /// # Errors
    /// It cannot be written to, in words.
    pub fn new(folder: &Path, workers: Option<usize>) -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(wrong)?;
        let folder = &fs::canonicalize(folder).map_err(wrong)?;
        let mut sign = Sign::new(folder, RUN).map_err(wrong)?;
        for (run, ending) in listed(folder) {
            if ending == ENDED {
                let _ = fs::remove_file(place(folder, &run, ENDED));
            }
        }
        let shared = Arc::new(Shared {
            folder: folder.clone(),
            version: worker::version(),
            run: sign.name.clone(),
            lost_after: lost_after(),
            ended: AtomicBool::new(false),
            waiting: Mutex::default(),
            laid: Mutex::default(),
        });
        let watching = shared.clone();
        let watcher = thread::spawn(move || {
            let mut signs = Signs::default();
            while !watching.ended.load(Relaxed) {
                sign.give();
                watching.look(&mut signs);
                thread::sleep(LOOK);
            }
        });
        Ok(Folder {
            shared,
            watcher: Some(watcher),
            width: AHEAD * workers.unwrap_or(WORKERS),
            least_cells: least_cells(),
        })
    }
}

impl Shared {
    /// Lays a task, after its stage; gives where its answer will arrive.
    fn lay(
        &self,
        line: usize,
        stage: &Stage,
        range: &Range<usize>,
    ) -> Result<Receiver<Answer>, Unmapped> {
        let wrong = |error: crate::data::FileError| Unmapped::Lost(error.to_string());
        let mut laid = lock(&self.laid);
        if laid.stage != Some(stage.id) {
            laid.stage = None;
            let _ = fs::remove_file(self.place(&self.stage_name(laid.stages), STAGE));
            laid.stages += 1;
            let frame = Frame::new(Kind::Stage, stage.bytes.to_vec());
            let path = self.place(&self.stage_name(laid.stages), STAGE);
            file::write(&path, &self.version, &frame).map_err(wrong)?;
            laid.stage = Some(stage.id);
        }
        laid.tasks += 1;
        let task = format!("{}-{line}-{:04}", self.stage_name(laid.stages), laid.tasks);
        drop(laid);
        let (sender, answer) = channel();
        lock(&self.waiting).insert(task.clone(), sender);
        let frame = Frame::new(Kind::Map, range_body(range));
        file::write(&self.place(&task, TASK), &self.version, &frame).map_err(wrong)?;
        Ok(answer)
    }

    /// How many workers are there.
    fn workers(&self) -> usize {
        let names = listed(&self.folder);
        names.iter().filter(|(_, ending)| ending == WORKER).count()
    }

    fn stage_name(&self, number: usize) -> String {
        format!("{}-{number}", self.run)
    }

    fn place(&self, name: &str, ending: &str) -> PathBuf {
        place(&self.folder, name, ending)
    }

    /// Hands parts to who waits for them.
    fn look(&self, signs: &mut Signs) {
        let tasks: Vec<String> = lock(&self.waiting).keys().cloned().collect();
        if tasks.is_empty() {
            return;
        }
        let mut states = self.states();
        for task in tasks {
            let answer = match states.remove(&task) {
                Some(State::Waits) => None,
                Some(State::Done) => Some(self.part(&task)),
                Some(State::TakenBy(worker)) => {
                    let silent = signs.age(&self.place(&worker, WORKER)) >= self.lost_after;
                    silent.then(|| {
                        Err(Unmapped::Lost(format!(
                            "worker {worker} gave no sign of life"
                        )))
                    })
                }
                // Between two names, or not to be seen from here yet.
                None => {
                    let part = self.place(&task, PART);
                    let missing = signs.age(&part) >= self.lost_after;
                    missing.then(|| {
                        let missing = format!("{} is missing", part.display());
                        Err(Unmapped::Lost(missing))
                    })
                }
            };
            if let Some(answer) = answer
                && let Some(waiting) = lock(&self.waiting).remove(&task)
            {
                self.remove(|name, ending| name == task && ending != STAGE);
                let _ = waiting.send(answer);
            }
        }
    }

    /// The furthest that each task has come.
    fn states(&self) -> HashMap<String, State> {
        let mut states: HashMap<String, State> = HashMap::new();
        for (task, ending) in listed(&self.folder) {
            let state = match ending.as_str() {
                TASK => State::Waits,
                PART => State::Done,
                ending => match ending.split_once('.') {
                    Some((worker, TAKEN)) => State::TakenBy(worker.to_owned()),
                    _ => continue,
                },
            };
            if states.get(&task).is_none_or(|other| *other < state) {
                states.insert(task, state);
            }
        }
        states
    }

    fn part(&self, task: &str) -> Answer {
        match file::read(&self.place(task, PART), &self.version) {
            Ok(frame) => taken(frame),
            Err(Unread::Damaged(why)) => Err(Unmapped::Lost(why)),
            Err(Unread::OtherVersion(why)) => Err(Unmapped::Refused(why)),
        }
    }

    fn remove(&self, these: impl Fn(&str, &str) -> bool) {
        for (name, ending) in listed(&self.folder) {
            if name.starts_with(&self.run) && these(&name, &ending) {
                let _ = fs::remove_file(self.place(&name, &ending));
            }
        }
    }
}

impl Workers for Folder {
    fn place(&self) -> String {
        let folder = self.shared.folder.display();
        match self.shared.workers() {
            1 => format!("1 worker of {folder}"),
            n => format!("{n} workers of {folder}"),
        }
    }

    fn awaited(&self) -> Option<String> {
        let folder = self.shared.folder.display();
        (self.shared.workers() == 0).then(|| format!("sca worker --tasks {folder}"))
    }

    fn width(&self) -> usize {
        self.width
    }

    fn map(&self, line: usize, stage: &Stage, range: Range<usize>) -> Result<Vec<u8>, Unmapped> {
        let answer = self.shared.lay(line, stage, &range)?;
        answer.recv().unwrap_or(Err(Unmapped::Stopped))
    }

    fn stop(&self) {
        let waiting = std::mem::take(&mut *lock(&self.shared.waiting));
        // A worker stops when what it has taken is gone.
        let ending = format!(".{TAKEN}");
        self.shared
            .remove(|_, it| it == TASK || it == PART || it.ends_with(&ending));
        for waiting in waiting.into_values() {
            let _ = waiting.send(Err(Unmapped::Stopped));
        }
    }

    fn least_cells(&self) -> usize {
        self.least_cells
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let shared = &self.shared;
        let _ = fs::write(shared.place(&shared.run, ENDED), "");
        shared.ended.store(true, Relaxed);
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
        shared.remove(|_, ending| ending != ENDED);
    }
}
