//! What a command sees while it plans: settings, where it was typed, and ways to add nodes.

use super::args::Args;
use super::params::Integer;
use crate::data::{
    Dataset, Lazy, Matrix, MatrixStep, Names, Place, RowStep, Slot, SlotName, Stamp, State,
};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{self, Extent, Fault, Fold, Holds, Needs, Promised, Promises, View};
use crate::source::{Origin, Source};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What holds for every statement until it is set again.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes the process may use.
    pub memory: u64,
    pub threads: Option<usize>,
    pub seed: u64,
    /// Whether missing prerequisites are planned.
    pub auto: bool,
    pub lazy: bool,
    /// Workers that passes are spread over: an address, a file, `local:2`.
    pub cluster: Option<String>,
    /// How errors are drawn, how pictures are shown, and the like: for `render` alone.
    pub shown: HashMap<String, String>,
    /// The file that keeps settings for later sessions.
    pub config: Option<PathBuf>,
    /// Where the value of a setting comes from, unless it is a default: an option, a place in a script.
    pub from: HashMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            memory: 8 << 30,
            threads: None,
            seed: 0,
            auto: true,
            lazy: true,
            cluster: None,
            shown: HashMap::new(),
            config: None,
            from: HashMap::new(),
        }
    }
}

/// # Errors
/// A fold would see no cell.
pub fn refuse_no_cells(extent: Extent, at: &Origin) -> Result<(), Fault> {
    if extent.cells > 0 {
        return Ok(());
    }
    let said = Diagnostic::error(code::NOTHING_LEFT, "the dataset has no cells");
    let help = "show says what a dataset holds: show adata";
    Err(said.at(at).help(help).into())
}

/// The place where a command plans.
pub struct Scene<'a> {
    pub settings: &'a Settings,
    pub source: &'a Arc<Source>,
    pub args: &'a Args,
    /// Shown with each node: `leiden res=0.6`.
    pub label: String,
    /// Whether the command takes values below zero if their state is unknown.
    pub takes_negative: bool,
    /// Checking a script before it runs: files that earlier lines will write count as there.
    pub checking: bool,
    /// Files that earlier statements of a checked script will write.
    pub written: &'a HashMap<PathBuf, Option<Dataset>>,
    /// Warnings and remarks for the person.
    pub notes: Vec<Diagnostic>,
    /// Slots that were read and are older than what they were made from.
    pub older: RefCell<Vec<(Dataset, SlotName)>>,
    /// Cells are read of a dataset that has none.
    pub reads_no_cells: Cell<bool>,
}

impl Scene<'_> {
    pub fn origin(&self) -> Origin {
        Origin::new(self.source, self.args.span)
    }

    /// An error at an argument.
    pub fn error(
        &self,
        param: &str,
        code: &'static str,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> Box<Diagnostic> {
        Diagnostic::error(code, headline)
            .label(self.args.span(param), label)
            .in_source(self.source)
    }

    /// The seed that was asked for, else the session's.
    pub fn seed(&self, asked: &Option<Integer>) -> u64 {
        asked
            .as_ref()
            .map_or(self.settings.seed, |seed| seed.0 as u64)
    }

    /// A remark or warning that does not stop the statement.
    #[allow(clippy::boxed_local)] // as diagnostics are made
    pub fn note(&mut self, diagnostic: Box<Diagnostic>) {
        self.notes.push(*diagnostic);
    }

    /// A step that makes its values at once: of what it needs, what it promises.
    pub fn step<N: Needs, P: Promises>(
        &self,
        needs: N,
        promises: P,
        make: impl Fn(N::Values, &plan::Context) -> Result<P::Values, Fault> + Send + Sync + 'static,
    ) -> P::Lazies {
        plan::step(&self.label, Some(self.origin()), needs, promises, make)
    }

    /// The same of a step that takes no time: see [`plan::light_step`].
    pub fn light_step<N: Needs, P: Promises>(
        &self,
        needs: N,
        promises: P,
        make: impl Fn(N::Values, &plan::Context) -> Result<P::Values, Fault> + Send + Sync + 'static,
    ) -> P::Lazies {
        plan::light_step(&self.label, Some(self.origin()), needs, promises, make)
    }

    /// A fold over blocks.
    pub fn fold<N: Needs, P: Promises>(
        &self,
        view: View,
        needs: N,
        promises: P,
        start: impl Fn(Extent, N::Values) -> Result<Box<dyn Fold<P::Values>>, Fault>
        + Send
        + Sync
        + 'static,
    ) -> P::Lazies {
        if view.cells.len() == Some(0) {
            self.reads_no_cells.set(true);
        }
        let origin = self.origin();
        let at = origin.clone();
        let start = move |extent: Extent, values: N::Values| {
            refuse_no_cells(extent, &at)?;
            start(extent, values)
        };
        plan::fold(&self.label, Some(origin), view, needs, promises, start)
    }

    /// Says what the step that promised these values takes of the memory.
    pub fn holds(&self, promised: &impl Needs, working: usize, kept: usize) {
        let holds = Holds {
            working: working as u64,
            kept: kept as u64,
        };
        plan::holds(promised, holds);
    }

    /// A matrix on the dataset's present cells and genes.
    pub fn view(&self, data: &Dataset, matrix: &Matrix) -> View {
        View::new(matrix, &data.cells, &data.genes)
    }

    /// A slot's value on the dataset's present axes.
    pub fn value(&self, data: &Dataset, place: Place, key: &str) -> Outcome<Lazy> {
        let name = SlotName::new(place, key);
        let Some(slot) = data.slot(&name) else {
            let keys = data.slots(place).into_iter().flat_map(|slots| slots.keys());
            return Err(Diagnostic::error(code::NO_SUCH_SLOT, format!("no {name}"))
                .label(self.args.span_of_text(key), "does not exist")
                .help(super::suggest::nearest_or_list(key, keys, place.word()))
                .in_source(self.source));
        };
        let value = plan::aligned(slot, data.axis(place));
        self.note_older(data, name);
        Ok(value)
    }

    /// Notes a slot that is read, if it is older than what it was made from.
    pub fn note_older(&self, data: &Dataset, name: SlotName) {
        // Rows go with filters; columns are not made again for each.
        if data.stale(&name).is_some_and(|origin| !origin.is_axis()) {
            self.older.borrow_mut().push((data.clone(), name));
        }
    }

    /// The names of the genes, on the present axis.
    pub fn gene_names(&self, data: &Dataset) -> Promised<Names> {
        Promised::of(plan::aligned(&data.var_names, Some(&data.genes)))
    }

    pub fn cell_names(&self, data: &Dataset) -> Promised<Names> {
        Promised::of(plan::aligned(&data.obs_names, Some(&data.cells)))
    }

    /// Puts a slot into the dataset, made from the present makings of `from`.
    pub fn put(&self, data: &mut Dataset, place: Place, key: &str, value: Lazy, from: &[SlotName]) {
        let slot = Slot {
            value,
            rows: data.axis(place).cloned(),
            stamp: self.stamp(data, from),
        };
        // Beside a result of the same kind under its other name there is no second one.
        let key = data
            .key_of(place, key)
            .map_or(key.to_owned(), Cow::into_owned);
        if let Some(slots) = data.slots_mut(place) {
            slots.insert(key, slot);
        }
    }

    /// A stamp for something made now from the present makings of `from`.
    pub fn stamp(&self, data: &Dataset, from: &[SlotName]) -> Stamp {
        let from = from
            .iter()
            .filter_map(|name| Some((name.clone(), data.version(name)?)))
            .collect();
        Stamp::new(data.history.len() + 1, from)
    }

    /// The matrix with one row step more, on the dataset's present axes.
    pub fn row_step(
        &self,
        data: &Dataset,
        matrix: &Matrix,
        step: impl RowStep + 'static,
        state: State,
    ) -> Matrix {
        let step = MatrixStep {
            label: self.label.clone(),
            key: plan::key::next(&self.label),
            cells: data.cells.clone(),
            genes: data.genes.clone(),
            step: Arc::new(step),
            scaling: None,
        };
        matrix.then(step, state, self.stamp(data, &[]))
    }
}
