//! Runs a plan: the only place in sca that takes long.

use super::cluster::share::share;
use super::cluster::spread::spread;
use super::cluster::stage::Script;
use super::cluster::{Ran, Workers, offered};
use super::cost::{self, Cost};
use super::edge::Needs;
use super::fault::Fault;
use super::node::{Context, Node, Work};
use super::parts::fill;
use super::pass::{self, Failure, How};
use super::rehearsal::Rehearsal;
use super::reported::{Remarks, explain};
pub use super::reported::{of_file, stopped};
use super::schedule::{Plan, Stage, schedule};
use super::staged_copies::{STAGED, Staged};
use super::total::CHUNK;
use super::values::SentTypes;
use crate::data::{Blocks, Lazy, Maker, Progress, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::ticker::Ticker;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the engine is doing, for the progress display.
#[derive(Debug, Clone)]
pub struct Event {
    /// Stage number, counted from one, and the number of stages.
    pub stage: usize,
    pub stages: usize,
    /// `leiden res=0.6`.
    pub label: String,
}

/// What a stage took, for `profile`.
#[derive(Debug, Clone)]
pub struct Report {
    pub label: String,
    pub time: Duration,
    /// Resident bytes of the process at its end; 0 where that is not known.
    pub resident: u64,
    /// For a pass with workers: where it ran, and how much was sent.
    pub place: Option<String>,
}

/// Called for each stage as it begins.
pub type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Bytes of stack of a thread, most of which are never touched: what lies nested in a file is read
/// by recursion.
const STACK: usize = 16 << 20;
/// Part of the budget that steps which run side by side take.
const SIDE_BY_SIDE: u64 = 4;
/// Part of the budget that partial results in flight take.
const IN_FLIGHT: u64 = 16;

/// Runs plans with a pool of threads and a ticker that stops them.
pub struct Engine {
    pub ticker: Ticker,
    pub listener: Option<Listener>,
    /// Whether a budget in which nothing can be computed is refused, as that of the user is.
    pub strict: bool,
    /// Reads the resident bytes of the process, for reports.
    pub gauge: Option<fn() -> u64>,
    /// Gives memory that a step no longer needs back to the system.
    pub release: Option<fn()>,
    /// Who passes are spread over.
    pub workers: Option<Arc<dyn Workers>>,
    /// What workers plan to find the same steps.
    pub script: Script,
    /// Intermediate results that can be sent.
    pub sent: SentTypes,
    pool: rayon::ThreadPool,
    staged: Staged,
    remarks: Remarks,
    /// Bytes the process may use.
    budget: AtomicU64,
    /// Cells that folds see at once.
    block: AtomicUsize,
    /// Cells of a chunk.
    chunk: AtomicUsize,
    rehearsal: Mutex<Option<Rehearsal>>,
}

impl Engine {
    /// An engine with that number of threads; all cores if `None`.
    pub fn new(threads: Option<usize>) -> Self {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .stack_size(STACK)
            .build()
            .expect("threads can be started");
        Engine {
            ticker: Ticker::new(),
            listener: None,
            strict: false,
            gauge: None,
            release: None,
            workers: None,
            script: Script::default(),
            sent: &[],
            pool,
            staged: Default::default(),
            remarks: Remarks::default(),
            budget: AtomicU64::new(8 << 30),
            block: AtomicUsize::new(usize::MAX),
            chunk: AtomicUsize::new(CHUNK),
            rehearsal: Mutex::default(),
        }
    }

    /// Bytes the process may use: staged copies take a quarter of it at most, what a reader gathers
    /// of a file without an index a quarter.
    pub fn set_budget(&self, bytes: u64) {
        crate::io::cache::set_memory(bytes / 4);
        self.budget.store(bytes, Relaxed);
    }

    /// Bytes the process may use.
    pub fn budget(&self) -> u64 {
        self.budget.load(Relaxed)
    }

    /// Limits how many cells folds see at once; whole grains, if never called. No result
    /// depends on it.
    pub fn set_block(&self, cells: usize) {
        self.block.store(cells.max(1), Relaxed);
    }

    /// Sums cells in chunks of this size instead of [`CHUNK`]. The one setting that shows in the
    /// last bits of a result: tests make many chunks of few cells.
    #[doc(hidden)]
    pub fn set_chunk(&self, cells: usize) {
        self.chunk.store(cells.max(1), Relaxed);
    }

    /// Cuts every pass into ranges drawn from `seed`, and merges them in an order of their own, as
    /// a cluster would. No result depends on it.
    #[doc(hidden)]
    pub fn rehearse(&self, seed: u64) {
        if let Ok(mut rehearsal) = self.rehearsal.lock() {
            *rehearsal = Some(Rehearsal(seed));
        }
    }

    /// Makes the values of `targets`, and of everything they need, once.
    pub fn run(&self, targets: &[Lazy]) -> Outcome<Vec<Report>> {
        let plan = schedule(targets);
        cost::check(&plan, self.budget(), self.strict)?;
        self.pool.install(|| self.follow(&plan))
    }

    /// The values of `targets`, made if necessary.
    pub fn values(&self, targets: &[Lazy]) -> Outcome<Vec<Value>> {
        self.run(targets)?;
        Ok(targets
            .iter()
            .filter_map(|target| target.get().cloned())
            .collect())
    }

    /// The values that are needed, with their types.
    pub fn get<N: Needs>(&self, needs: &N) -> Outcome<N::Values> {
        let values = self.values(&needs.list())?;
        Ok(needs.values(&mut values.iter()))
    }

    /// The value of one target.
    pub fn value(&self, target: &Lazy) -> Outcome<Value> {
        self.run(std::slice::from_ref(target))?;
        target.get().cloned().ok_or_else(|| {
            Diagnostic::error(code::BUG, "a step kept none of its promises")
                .help("this is a bug in sca")
        })
    }

    /// What the steps that ran since the last call had to say of their values.
    pub fn remarks(&self) -> Vec<Diagnostic> {
        self.remarks.take()
    }

    /// What a plan will cost here.
    pub fn cost(&self, plan: &Plan) -> Cost {
        let mut cost = cost::cost(plan, self.budget(), self.pool.current_num_threads());
        if let Some(workers) = &self.workers {
            for (stage, of) in plan.stages.iter().zip(&mut cost.stages) {
                let source = stage.source().filter(|blocks| !blocks.files().is_empty());
                of.place = source.map(|blocks| offered(&*blocks, &**workers));
            }
        }
        cost
    }

    /// Runs `work` on the engine's threads.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    fn follow(&self, plan: &Plan) -> Outcome<Vec<Report>> {
        let stages = plan
            .stages
            .iter()
            .filter(|stage| stage.takes_long())
            .count();
        let mut reports = Vec::new();
        for (number, stage) in plan.stages.iter().enumerate() {
            let label = stage.label();
            let start = Instant::now();
            if stage.takes_long() {
                self.tell(reports.len() + 1, stages, &label);
            }
            if let Stage::Divided(node) = stage {
                reports.extend(self.divided(node, (label, start))?);
                continue;
            }
            let place = self
                .stage(stage, plan.reads_again(number))
                .map_err(|(node, fault)| explain(node.as_ref().or(stage.first()), fault))?;
            if stage.takes_long() {
                reports.push(self.report(label, start, place));
            }
        }
        Ok(reports)
    }

    /// Of a stage that is over.
    fn report(&self, label: String, start: Instant, place: Option<String>) -> Report {
        self.let_go();
        Report {
            label,
            time: start.elapsed(),
            resident: self.gauge.map_or(0, |gauge| gauge()),
            place,
        }
    }

    fn tell(&self, stage: usize, stages: usize, label: &str) {
        self.ticker.begin(0);
        if let Some(listener) = &self.listener {
            listener(&Event {
                stage,
                stages,
                label: label.to_owned(),
            });
        }
    }

    /// `again`: a later pass reads the same source.
    fn stage(&self, stage: &Stage, again: bool) -> Result<Option<String>, Failure> {
        match stage {
            Stage::Load(lazy) => load(lazy, &self.ticker).map_err(|fault| (None, fault))?,
            Stage::Steps(nodes) => self.steps(nodes)?,
            Stage::Pass(nodes) => return self.pass(stage.source(), nodes, again),
            Stage::Divided(_) => unreachable!("its parts are stages of their own"),
        }
        Ok(None)
    }

    /// Has workers make the parts of a result; where there are none, makes the whole here.
    fn divided(&self, node: &Arc<Node>, (label, start): (String, Instant)) -> Outcome<Vec<Report>> {
        let work = node.work();
        let Some(Work::Divided(parts)) = work.as_deref() else {
            return Ok(Vec::new());
        };
        let mut why = None;
        if let Some(workers) = &self.workers {
            let to = (&**workers, &self.script, self.sent);
            let ran = share(node, parts, &self.ticker, to);
            match ran.map_err(|(_, fault)| explain(Some(node), fault))? {
                Ran::There(traffic) => {
                    let place = format!("{}: {traffic}", workers.place());
                    return Ok(vec![self.report(label, start, Some(place))]);
                }
                Ran::Here(reason) => why = Some(format!("here: {reason}")),
            }
        }
        let plan = schedule(&parts.here);
        cost::check(&plan, self.budget(), self.strict)?;
        let mut reports = self.follow(&plan)?;
        let made = parts.here.iter().filter_map(|it| it.get().cloned());
        fill(node, made.collect());
        if let Some(first) = reports.first_mut() {
            first.place = why.or(first.place.take());
        }
        Ok(reports)
    }

    fn steps(&self, nodes: &[Arc<Node>]) -> Result<(), Failure> {
        let run = |node: &Arc<Node>| self.step(node).map_err(|fault| (Some(node.clone()), fault));
        let working: u64 = nodes.iter().map(|node| node.holds().working).sum();
        // Side by side they are a little faster, one after another they need less.
        if working <= self.budget() / SIDE_BY_SIDE {
            let done: Vec<_> = nodes.par_iter().map(run).collect();
            return done.into_iter().collect();
        }
        nodes.iter().try_for_each(|node| {
            if node.holds().working > self.budget() / SIDE_BY_SIDE {
                // Reading a source again takes less than what a step of this size does.
                self.staged.clear();
            }
            run(node)?;
            self.let_go();
            Ok(())
        })
    }

    pub(super) fn how(&self) -> How<'_> {
        How {
            ticker: &self.ticker,
            block: self.block.load(Relaxed),
            in_flight: self.budget() / IN_FLIGHT,
            chunk: self.chunk.load(Relaxed),
            rehearsal: self.rehearsal.lock().ok().and_then(|it| *it),
        }
    }

    /// Releases what a step needed and no other step needs any more.
    fn let_go(&self) {
        if let Some(release) = self.release {
            release();
        }
    }

    fn step(&self, node: &Node) -> Result<(), Fault> {
        let Some(work) = node.work() else {
            return Ok(());
        };
        let Work::Step(make) = &*work else {
            unreachable!("what is no step has a stage of its own");
        };
        self.ticker.check()?;
        let needs = node.needed();
        let context = Context::new(&self.ticker);
        let values = make(&needs, &context)?;
        self.remarks.of_step(node, context.into_remarks());
        node.fill(values);
        Ok(())
    }

    /// Where there are workers, says where it ran.
    fn pass(
        &self,
        source: Option<Arc<dyn Blocks>>,
        nodes: &[Arc<Node>],
        again: bool,
    ) -> Result<Option<String>, Failure> {
        let Some(blocks) = source else {
            return Ok(None);
        };
        let ran = match &self.workers {
            Some(workers) => {
                let to = (&**workers, &self.script, self.sent);
                Some((workers, spread(nodes, &*blocks, (self.how(), again), to)?))
            }
            None => None,
        };
        if let Some((workers, Ran::There(traffic))) = ran {
            return Ok(Some(format!("{}: {traffic}", workers.place())));
        }
        let rounded =
            self.staged
                .read(&blocks, self.budget() / STAGED, again, |blocks, watch| {
                    pass::run(nodes, blocks, watch, self.how())
                })?;
        self.remarks.of_pass(rounded);
        Ok(ran.map(|(_, ran)| match ran {
            Ran::Here(why) => format!("here: {why}"),
            Ran::There(_) => String::new(),
        }))
    }
}

fn load(lazy: &Lazy, ticker: &Ticker) -> Result<(), Fault> {
    if let (None, Some(Maker::File(load))) = (lazy.get(), lazy.maker()) {
        let value = load.load_watched(&Watched(ticker));
        if value.is_err() {
            ticker.check()?;
        }
        lazy.fill(value?);
    }
    Ok(())
}

struct Watched<'a>(&'a Ticker);

impl Progress for Watched<'_> {
    fn begin(&self, total: u64) {
        self.0.begin(total);
    }

    fn advance(&self, n: u64) -> bool {
        self.0.advance(n).is_ok()
    }
}
