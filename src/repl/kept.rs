//! Sessions that survive their terminal: each statement is appended to a private file as soon as
//! it is done, and the file is deleted when the person leaves.
//!
//! A file belongs to the process that holds its lock. The system gives the lock back when the
//! process ends, however it does, so what is left without a lock was cut off.

use crate::driver::exit::Exit;
use crate::driver::folders;
use crate::driver::runner::{End, Runner};
use crate::session::journal::Entry;
use crate::session::{Session, clock, stored};
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Cut-off sessions that are kept; older ones are deleted.
const MOST: usize = 20;
/// What took as long to compute is kept, too.
const LONG: Duration = Duration::from_secs(10);
/// Seconds after which a cut-off session is not offered any more.
const OFFERED: i64 = 14 * 24 * 3600;

/// The file of this session.
pub struct Kept {
    file: Option<(PathBuf, File)>,
    /// The last statement that is in it, or that was run before the prompt began.
    last: Option<Arc<Entry>>,
    /// Nothing can be kept here: no folder, or no permission.
    given_up: bool,
}

impl Kept {
    /// For a session at its start: what it holds already comes from `init.sca`, unless it was
    /// `resumed`.
    pub fn new(session: &Session, resumed: bool) -> Self {
        let mut kept = Kept {
            file: None,
            last: session.journal.last().cloned().filter(|_| !resumed),
            given_up: false,
        };
        if resumed {
            kept.keep(session);
        }
        kept
    }

    pub fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Keeps what was run since, and what was computed if that took long.
    pub fn keep_all(&mut self, runner: &mut Runner, took: Duration) {
        self.keep(&runner.session);
        if let (Some((path, _)), true) = (&self.file, took >= LONG) {
            let name = runner.session.current().map(|(name, _)| name.to_owned());
            if let Some(name) = name {
                runner.keep_values(&values_file(path, &name));
            }
        }
    }

    /// The values that another session kept, as this one's.
    pub fn take_over(&self, before: &Path) {
        let Some((path, _)) = &self.file else { return };
        for values in values_of(before) {
            let name = values.file_name().unwrap_or_default().to_string_lossy();
            let stem = before.file_stem().unwrap_or_default().to_string_lossy();
            if let Some(rest) = name.strip_prefix(&*stem) {
                let ours = path.file_stem().unwrap_or_default().to_string_lossy();
                let _ = fs::rename(&values, path.with_file_name(format!("{ours}{rest}")));
            }
        }
        let _ = fs::remove_file(before);
    }

    /// Appends the statements that were run since.
    pub fn keep(&mut self, session: &Session) {
        if self.given_up {
            return;
        }
        // A journal that does not go on from the last statement is another session's.
        let since = self.last.as_ref().map(|last| session.journal.since(last));
        if let Some(None) = since {
            self.forget();
        }
        let new = since.flatten().unwrap_or_else(|| session.journal.entries());
        let text: String = new.iter().map(|entry| stored::stored(entry)).collect();
        self.last = session.journal.last().cloned();
        if !text.is_empty() && self.append(&text).is_err() {
            // A session that cannot be kept is no reason to stop.
            self.given_up = true;
        }
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        if self.file.is_none() {
            let (path, mut file) = create()?;
            let here = std::env::current_dir().ok();
            file.write_all(stored::heading(here.as_deref()).as_bytes())?;
            self.file = Some((path, file));
        }
        match &mut self.file {
            Some((_, file)) => file.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }

    /// The person has left, or goes on with another session.
    pub fn forget(&mut self) {
        if let Some((path, _)) = self.file.take() {
            remove(&path);
        }
    }
}

/// A file of a session, with the values that were kept beside it.
fn remove(path: &Path) {
    values_of(path).iter().for_each(|it| {
        let _ = fs::remove_file(it);
    });
    let _ = fs::remove_file(path);
}

/// Where values of a dataset are kept.
fn values_file(session: &Path, dataset: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    dataset.hash(&mut hasher);
    let stem = session.file_stem().unwrap_or_default().to_string_lossy();
    session.with_file_name(format!("{stem}-{:016x}.h5ad", hasher.finish()))
}

/// The files of values beside that of a session.
fn values_of(session: &Path) -> Vec<PathBuf> {
    let stem = session.file_stem().unwrap_or_default().to_string_lossy();
    let folder = session.parent().map(fs::read_dir);
    let entries = folder.into_iter().flatten().flatten().flatten();
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("{stem}-")) && name.ends_with(".h5ad")
    };
    entries.map(|it| it.path()).filter(ours).collect()
}

/// A session that was cut off.
struct Left {
    path: PathBuf,
    /// Held, so that no other process takes it up at the same time.
    _file: File,
    text: String,
    at: i64,
}

/// A line about the last session that was cut off in this folder, if there is one.
pub fn offer() -> Option<String> {
    let left = cut_off()?;
    if stored::folder(&left.text).is_some_and(|it| !is_here(&it)) {
        return None;
    }
    let statements = left.text.lines().filter(|line| !line.starts_with('#'));
    let n = statements.count();
    if clock::now()? - left.at > OFFERED || n == 0 {
        return None;
    }
    let at = clock::local(left.at);
    Some(format!(
        "the session of {at} in this folder ended unexpectedly: sca --resume continues it"
    ))
}

/// Plans what was run in the last session that was cut off again. Its file is given back where all
/// of it could be planned, to be deleted when the statements are kept elsewhere.
pub fn resume(runner: &mut Runner) -> (Exit, Option<PathBuf>) {
    let Some(left) = cut_off() else {
        runner
            .reporter
            .remark("no session ended unexpectedly; `save session \"work.scas\"` keeps one, and `sca work.scas` opens it");
        return (Exit::Done, None);
    };
    let (count, end) = runner.replay("resumed session", &left.text, &values_of(&left.path));
    let exit = runner.tell(&end);
    if let End::Done = end {
        runner.reporter.remark(&format!("resumed: {count}"));
        return (exit, Some(left.path));
    }
    let path = left.path.display();
    runner
        .reporter
        .remark(&format!("{count}; all statements are in {path}"));
    (exit, None)
}

/// Whether a folder is the one that the program was started in.
fn is_here(folder: &Path) -> bool {
    std::env::current_dir().is_ok_and(|here| here == folder)
}

/// The newest session whose process has gone; one of this folder before those of others.
fn cut_off() -> Option<Left> {
    let mut paths: Vec<(i64, PathBuf)> = fs::read_dir(folder()?)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let modified = entry.metadata().ok()?.modified().ok()?;
            let is_session = entry.path().extension().is_some_and(|it| it == "scas");
            let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
            let at = i64::try_from(since.as_secs()).ok()?;
            is_session.then(|| (at, entry.path()))
        })
        .collect();
    paths.sort();
    paths.reverse();
    let (mut newest, mut newest_here): (Option<Left>, Option<Left>) = (None, None);
    for (i, (at, path)) in paths.into_iter().enumerate() {
        let Ok(file) = File::open(&path) else {
            continue;
        };
        if !is_free(&file) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        if i >= MOST || !stored::is_session(&text) {
            remove(&path);
        } else {
            let here = stored::folder(&text).is_some_and(|it| is_here(&it));
            let left = Left {
                path,
                _file: file,
                text,
                at,
            };
            let place = if here { &mut newest_here } else { &mut newest };
            place.get_or_insert(left);
        }
    }
    newest_here.or(newest)
}

/// Takes the lock of a file, if no other process has it.
fn is_free(file: &File) -> bool {
    file.try_lock().is_ok()
}

fn folder() -> Option<PathBuf> {
    Some(folders::state()?.join("sessions"))
}

/// A file of a name that no other has, locked, for the eyes of its owner alone.
fn create() -> io::Result<(PathBuf, File)> {
    let folder = folder().ok_or(io::ErrorKind::NotFound)?;
    private_folder(&folder)?;
    let now = clock::now().unwrap_or_default();
    let mut tries = 0;
    loop {
        let name = format!("{now}-{}-{tries}.scas", std::process::id());
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => {
                // Where files cannot be locked, the session is taken for one that goes on.
                let _ = file.try_lock();
                return Ok((path, file));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
