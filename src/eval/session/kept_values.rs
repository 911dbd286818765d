//! Values computed before a session was cut off, restored from files: those that the session wrote,
//! and those that the prompt keeps beside its statements.
//!
//! A file holds the values of a dataset if it records the very same steps, or the first of them. Steps on the same data
//! give the same bits, so the values are those that would be computed; a test cuts analyses at
//! every statement to hold this.

use crate::command::{Args, Given, Reply, Val};
use crate::data::{Dataset, Place, Promise, Slot, SlotName};
use crate::diagnostic::Outcome;
use crate::eval::Interpreter;
use crate::io::remote::is_remote;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PLACES: [Place; 7] = [
    Place::Obs,
    Place::Var,
    Place::Obsm,
    Place::Varm,
    Place::Obsp,
    Place::Varp,
    Place::Uns,
];

impl Interpreter<'_> {
    /// Fills what is planned with what files of these names hold.
    pub fn take_kept(&mut self, files: &[PathBuf]) {
        let datasets: Vec<Arc<Dataset>> = self
            .session
            .vars()
            .filter_map(|(_, value)| match value {
                Val::Dataset(data, None) => Some(data.clone()),
                _ => None,
            })
            .collect();
        let inputs = self.inputs();
        for path in files {
            // A file that cannot be read, or that is older than the data, holds nothing of use.
            let newer = modified(path).is_some_and(|at| {
                inputs
                    .iter()
                    .all(|input| input.is_some_and(|input| input <= at))
            });
            let Some(file) = Some(path).filter(|_| newer).and_then(|it| self.opened(it)) else {
                continue;
            };
            for data in &datasets {
                if let Some(steps) = steps_of(&file, data) {
                    self.fill(data, &file, steps);
                }
            }
        }
    }

    /// When the files that were read have changed last; unknown for a remote store.
    fn inputs(&self) -> Vec<Option<std::time::SystemTime>> {
        let entries = self.session.journal.entries();
        let paths = entries.iter().flat_map(|entry| entry.paths.iter());
        let wrote = |path: &String| {
            let mut files = entries.iter().flat_map(|entry| entry.files.iter());
            files.any(|file| file == Path::new(path))
        };
        paths
            .filter(|path| !wrote(path))
            .map(Path::new)
            .filter(|path| is_remote(path) || path.exists())
            .map(modified)
            .collect()
    }

    fn opened(&mut self, path: &Path) -> Option<Arc<Dataset>> {
        let read = self.registry.get("read")?;
        let mut args = Args::default();
        args.given.insert("path", given(Val::text(path.to_str()?)));
        match self.plan(read, &args) {
            Ok(Reply::Value(Val::Dataset(data, None))) => Some(data),
            _ => None,
        }
    }

    /// Fills slots that the first `steps` have made, on cells and genes as they still are.
    fn fill(&self, data: &Dataset, file: &Dataset, steps: usize) {
        for (name, slot) in slots(data) {
            let is_whole = match (&slot.rows, data.axis(name.place)) {
                (Some(rows), Some(axis)) => rows.same(axis),
                (rows, _) => rows.is_none(),
            };
            let Some(there) = file.slot(&name) else {
                continue;
            };
            let same_kind = match (there.value.promise(), slot.value.promise()) {
                (Promise::Dense(_), Promise::Dense(_)) => true,
                (there, here) => there == here,
            };
            if slot.value.is_pending()
                && slot.stamp.step <= steps
                && is_whole
                && same_kind
                && let Ok(value) = self.engine.value(&there.value)
            {
                slot.value.fill(value);
            }
        }
    }

    /// Writes what is computed of the current dataset into a file; `false` if there is nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_values(&mut self, path: &Path) -> Outcome<bool> {
        let Some((_, data)) = self.session.current() else {
            return Ok(false);
        };
        let known = data.cells.len().is_some() && data.genes.len().is_some();
        let Some(data) = Some(computed(data)).filter(|_| known) else {
            return Ok(false);
        };
        if slots(&data).next().is_none() {
            return Ok(false);
        }
        let (Some(write), Some(path)) = (self.registry.get("write"), path.to_str()) else {
            return Ok(false);
        };
        let mut args = Args::default();
        let data = Val::Dataset(Arc::new(data), None);
        args.given.insert("adata", given(data));
        args.given.insert("path", given(Val::text(path)));
        args.given.insert("compression", given(Val::text("none")));
        let Reply::Job(job) = self.plan(write, &args)? else {
            return Ok(false);
        };
        let values = self.engine.values(&job.needs)?;
        (job.finish)(&values, self.engine)?;
        Ok(true)
    }
}

/// How many steps of a dataset a file records, if it records no others.
fn steps_of(file: &Dataset, data: &Dataset) -> Option<usize> {
    let recorded = file.recorded_history();
    let same = data.recorded_steps().starts_with(&recorded);
    let earlier = data.recorded_history().len();
    recorded
        .len()
        .checked_sub(earlier)
        .filter(|steps| same && *steps > 0)
}

/// A dataset with nothing but what steps have computed.
fn computed(data: &Dataset) -> Dataset {
    let mut next = data.clone();
    next.x = None;
    next.raw = None;
    next.layers.clear();
    for place in PLACES {
        if let Some(slots) = next.slots_mut(place) {
            slots.retain(|_, slot| slot.value.get().is_some());
        }
    }
    next
}

fn slots(data: &Dataset) -> impl Iterator<Item = (SlotName, &Slot)> {
    PLACES.into_iter().flat_map(move |place| {
        let slots = data.slots(place).into_iter().flatten();
        slots.map(move |(key, slot)| (SlotName::new(place, key.clone()), slot))
    })
}

fn given(value: Val) -> Given {
    Given::planned(value, crate::source::Span::default())
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}
