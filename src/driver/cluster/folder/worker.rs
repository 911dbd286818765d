//! The worker's side: takes tasks from files, and writes parts as files.

use super::sign::{Sign, Signs};
use super::{ENDED, LOOK, PART, RUN, STAGE, TAKEN, TASK, WORKER, listed, lost_after, place};
use crate::kernels::ticker::Ticker;
use crate::plan::cluster::file::{self, Unread};
use crate::plan::cluster::{Frame, Kind};
use std::collections::HashSet;
use std::fs;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A range to map.
pub struct Task {
    /// The file that says which.
    pub file: PathBuf,
    pub stage: PathBuf,
    /// Where what is found goes.
    pub part: PathBuf,
}

impl Task {
    /// A task handed out by a launcher; its stage is in the same folder.
    pub fn alone(file: &Path, part: &Path) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Task {
            file: file.to_owned(),
            stage: place(
                file.parent().unwrap_or(Path::new("")),
                stage_of(&name),
                STAGE,
            ),
            part: part.to_owned(),
        }
    }
}

/// `RUN-1` for `RUN-1-2-0007.task`.
fn stage_of(task: &str) -> &str {
    let name = task.split_once('.').map_or(task, |(name, _)| name);
    let (line, _) = name.rsplit_once('-').unwrap_or((name, ""));
    line.rsplit_once('-').map_or(line, |(stage, _)| stage)
}

/// `2` for `RUN-1-2-0007`.
fn line_of(task: &str) -> Option<usize> {
    task.rsplit('-').nth(1)?.parse().ok()
}

impl Presence {
    /// Whether what was taken is not wanted any more.
    fn is_unwanted(&self) -> bool {
        self.taken
            .as_ref()
            .is_some_and(|(taken, _)| !taken.exists())
    }
}

/// A worker's place at a folder.
#[derive(Clone)]
pub struct Place {
    folder: PathBuf,
    presence: Arc<Mutex<Presence>>,
}

struct Presence {
    /// Its sign of life, until it leaves.
    sign: Option<Sign>,
    /// What it has taken, as it is named now and was before.
    taken: Option<(PathBuf, PathBuf)>,
    /// Lines that it had tasks of.
    lines: HashSet<usize>,
}

impl Place {
    /// Gives signs of life from here on, and stops `ticker` when the task that was taken is not needed any more.
    ///
    /// # Errors
    /// The folder is missing or cannot be written to.
    pub fn new(folder: &Path, ticker: Ticker) -> std::io::Result<Self> {
        // Scripts have working folders of their own.
        let folder = fs::canonicalize(folder)?;
        let place = Place {
            presence: Arc::new(Mutex::new(Presence {
                sign: Some(Sign::new(&folder, WORKER)?),
                taken: None,
                lines: HashSet::new(),
            })),
            folder,
        };
        let presence = place.clone();
        thread::spawn(move || {
            while presence.give_sign(&ticker) {
                thread::sleep(LOOK);
            }
        });
        Ok(place)
    }

    fn presence(&self) -> MutexGuard<'_, Presence> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops work that is not needed any more, while no other can be taken; false once this worker has left.
    fn give_sign(&self, ticker: &Ticker) -> bool {
        let mut presence = self.presence();
        if presence.is_unwanted() {
            ticker.stop();
        }
        presence.sign.as_mut().map(Sign::give).is_some()
    }

    /// The next task; waits for one, until all runs have ended.
    pub fn take(&self) -> Option<Task> {
        let mut signs = Signs::default();
        loop {
            let files = listed(&self.folder);
            let is_live = |run: &str, signs: &mut Signs| {
                signs.age(&place(&self.folder, run, RUN)) < lost_after()
            };
            let mut runs = files.iter().filter(|(_, ending)| ending == RUN);
            let live = runs.any(|(run, _)| is_live(run, &mut signs));
            let is_over = |ending: &str| ending == ENDED || ending == RUN;
            if !live && files.iter().any(|(_, ending)| is_over(ending)) {
                return None;
            }
            if live {
                let tasks = files.iter().filter(|(_, ending)| ending == TASK);
                let tasks: Vec<&str> = tasks.map(|(task, _)| task.as_str()).collect();
                if let Some(task) = self.take_one_of(&tasks) {
                    return Some(task);
                }
            }
            thread::sleep(LOOK);
        }
    }

    /// First of lines that it knows. Else workers begin at different places, so that few want the same task.
    fn take_one_of(&self, tasks: &[&str]) -> Option<Task> {
        let mut presence = self.presence();
        let name = presence.sign.as_ref()?.name.clone();
        let start = BuildHasherDefault::<DefaultHasher>::default().hash_one(&name) as usize;
        let from_start = (0..tasks.len()).map(|i| tasks[(start % tasks.len() + i) % tasks.len()]);
        let is_known =
            |task: &&str| line_of(task).is_some_and(|line| presence.lines.contains(&line));
        let (known, others): (Vec<&str>, Vec<&str>) = from_start.partition(is_known);
        for task in known.into_iter().chain(others) {
            let file = place(&self.folder, task, TASK);
            let taken = place(&self.folder, task, &format!("{name}.{TAKEN}"));
            if fs::rename(&file, &taken).is_ok() {
                presence.taken = Some((taken.clone(), file));
                presence.lines.extend(line_of(task));
                return Some(Task {
                    file: taken,
                    stage: place(&self.folder, stage_of(task), STAGE),
                    part: place(&self.folder, task, PART),
                });
            }
        }
        None
    }

    /// The part is there.
    fn done(&self) {
        if let Some((taken, _)) = self.presence().taken.take() {
            let _ = fs::remove_file(taken);
        }
    }

    /// Gives back what was taken.
    pub fn leave(&self) {
        let mut presence = self.presence();
        presence.sign = None;
        if let Some((taken, file)) = presence.taken.take() {
            let _ = fs::rename(taken, file);
        }
    }
}

/// Requests from files, as [`serve`](crate::plan::cluster::serve::serve) asks for them.
pub struct Requests<'a> {
    pub version: String,
    pub ticker: Ticker,
    pub take: &'a mut dyn FnMut() -> Option<Task>,
    /// The folder that tasks are taken from, if any.
    pub place: Option<Place>,
    /// Why the last task was refused, or could not be answered.
    pub trouble: Option<String>,
    /// Whether answers can be written.
    works: bool,
    task: Option<Task>,
    /// What follows the stage.
    map: Option<Frame>,
    planned: Option<PathBuf>,
}

impl<'a> Requests<'a> {
    pub fn new(
        version: String,
        ticker: Ticker,
        place: Option<Place>,
        take: &'a mut dyn FnMut() -> Option<Task>,
    ) -> Self {
        Requests {
            version,
            ticker,
            take,
            place,
            trouble: None,
            works: true,
            task: None,
            map: None,
            planned: None,
        }
    }

    pub fn next(&mut self) -> Option<Frame> {
        if let Some(map) = self.map.take() {
            return Some(map);
        }
        while self.works {
            let task = (self.take)()?;
            let opened = self.opened(&task);
            self.task = Some(task);
            match opened {
                Ok(frame) => return Some(frame),
                Err(unread) => self.send(&Frame::text(Kind::Refused, &unread.said())),
            }
        }
        None
    }

    /// The first frame of a task: the stage, unless that is planned.
    fn opened(&mut self, task: &Task) -> Result<Frame, Unread> {
        let map = file::read(&task.file, &self.version)?;
        // A stage is what makes a worker forget that it was stopped.
        if self.planned.as_ref() == Some(&task.stage) && !self.ticker.is_stopped() {
            return Ok(map);
        }
        let stage = file::read(&task.stage, &self.version)?;
        self.map = Some(map);
        Ok(stage)
    }

    pub fn send(&mut self, frame: &Frame) {
        match frame.kind {
            Kind::Hello => return,
            Kind::Planned => {
                self.planned = self.task.as_ref().map(|task| task.stage.clone());
                return;
            }
            Kind::Found => {}
            _ => (self.planned, self.map) = (None, None),
        }
        self.trouble = (frame.kind == Kind::Refused).then(|| frame.said());
        let place = self.place.as_ref();
        let unwanted = place.is_some_and(|place| place.presence().is_unwanted());
        if let Some(task) = self.task.take().filter(|_| !unwanted)
            && let Err(error) = file::write(&task.part, &self.version, frame)
        {
            (self.trouble, self.works) = (Some(error.to_string()), false);
        } else if let Some(place) = place {
            place.done();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_lies_beside_its_tasks() {
        let task = Task::alone(Path::new("run/node_1-42-ab-3-12-0007.task"), Path::new("x"));
        assert_eq!(task.stage, Path::new("run/node_1-42-ab-3.stage"));
        assert_eq!(line_of("node_1-42-ab-3-12-0007"), Some(12));
    }
}
