//! A worker: plans the statements it receives, maps ranges, sends totals.

use super::frame::{Frame, Kind};
use super::kept::Kept;
use super::stage::{Script, Told};
use crate::data::{Blocks, Lazy, Maker};
use crate::kernels::transfer::{Torn, Unpacking};
use crate::plan::divided::Divided;
use crate::plan::engine::Engine;
use crate::plan::fault::Fault;
use crate::plan::key;
use crate::plan::node::{Node, Work};
use crate::plan::pass::{How, Pass, Watch};
use crate::plan::schedule::needs;
use crate::plan::staged_copies::STAGED;
use crate::plan::total::Total;
use crate::plan::values::{self, SentTypes};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// What a worker has to do with.
pub struct Service<'a> {
    pub engine: &'a Engine,
    pub types: SentTypes,
    pub version: &'a str,
    /// Plans the statements of a script that were not planned yet; all of them, if that is true.
    pub replay: &'a mut dyn FnMut(&Script, bool),
    /// The next request; `None` if the coordinator is gone.
    pub next: &'a mut dyn FnMut() -> Option<Frame>,
    pub send: &'a mut dyn FnMut(Frame),
}

/// Answers requests until the coordinator is gone.
pub fn serve(mut service: Service) {
    (service.send)(Frame::text(Kind::Hello, service.version));
    let (mut filled, mut kept) = (Filled::default(), Kept::default());
    let mut request = (service.next)();
    while let Some(frame) = request {
        request = match frame.kind {
            Kind::Stage => match service.planned(&frame.body, &mut filled) {
                Ok((told, nodes)) => service.stage(&told, &nodes, &mut kept),
                Err(answer) => {
                    (service.send)(answer);
                    (service.next)()
                }
            },
            Kind::Map | Kind::Merge => {
                (service.send)(elsewhere("nothing was planned"));
                (service.next)()
            }
            _ => (service.next)(),
        };
    }
}

fn elsewhere(why: &str) -> Frame {
    Frame::text(Kind::Elsewhere, why)
}

/// Digests of the values that were put into places of the plan.
type Filled = HashMap<*const (), u64>;

impl Service<'_> {
    /// The folds of a stage, with everything they wait for.
    fn planned(
        &mut self,
        bytes: &[u8],
        filled: &mut Filled,
    ) -> Result<(Told, Vec<Arc<Node>>), Frame> {
        self.engine.ticker.reset();
        let told = Told::unpack(bytes).map_err(|torn| elsewhere(&torn.to_string()))?;
        if told.script.version != self.version {
            let why = format!("sca {} there, {} here", self.version, told.script.version);
            return Err(Frame::text(Kind::Refused, &why));
        }
        let _ = std::env::set_current_dir(&told.script.folder);
        if let Some(why) = told.other_file() {
            return Err(Frame::text(Kind::Refused, &why));
        }
        self.engine.set_budget(told.script.memory);
        (self.replay)(&told.script, false);
        let mut nodes = self.filled(&told, filled)?;
        if nodes.is_none() {
            // The same statements with other values: places are filled once.
            filled.clear();
            (self.replay)(&told.script, true);
            nodes = self.filled(&told, filled)?;
        }
        match nodes {
            Some(nodes) => Ok((told, nodes)),
            None => Err(elsewhere("its plan has other values")),
        }
    }

    /// `None` if there are other values already.
    fn filled(&self, told: &Told, filled: &mut Filled) -> Result<Option<Vec<Arc<Node>>>, Frame> {
        let nodes: Option<Vec<Arc<Node>>> = told
            .folds
            .iter()
            .map(|&fold| key::planned(fold)?.downcast().ok())
            .collect();
        let nodes = nodes.ok_or_else(|| elsewhere("its plan has no such step"))?;
        let needs: Vec<Lazy> = nodes.iter().flat_map(|node| needs(node)).collect();
        if needs.len() != told.values.len() {
            return Err(elsewhere("its plan waits for other values"));
        }
        let mut loads = Vec::new();
        for (need, bytes) in needs.into_iter().zip(&told.values) {
            let in_file = matches!(need.maker(), Some(Maker::File(_)));
            let Some(bytes) = bytes else {
                if !in_file {
                    return Err(elsewhere("its plan waits for other values"));
                }
                loads.push(need);
                continue;
            };
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            match filled.get(&need.place()) {
                Some(digest) if *digest == hasher.finish() => continue,
                Some(_) => return Ok(None),
                None => {}
            }
            let value = values::unpack(self.types, &mut Unpacking(bytes));
            need.fill(value.map_err(|torn| elsewhere(&torn.to_string()))?);
            filled.insert(need.place(), hasher.finish());
        }
        let loaded = self.engine.run(&loads);
        loaded.map_err(|error| elsewhere(&error.headline))?;
        Ok(Some(nodes))
    }

    /// Maps ranges of a stage; gives the first request that is about something else.
    fn stage(&mut self, told: &Told, nodes: &[Arc<Node>], kept: &mut Kept) -> Option<Frame> {
        let works: Vec<Arc<Work>> = nodes.iter().filter_map(|node| node.work()).collect();
        let Some(blocks) = source(&works) else {
            (self.send)(elsewhere("its plan reads other files"));
            return (self.next)();
        };
        if let [work] = &works[..]
            && let Work::Divided(parts) = &**work
        {
            return self.parts(parts, told.cut);
        }
        let room = self.engine.budget() / STAGED;
        let copy = match kept.of(&blocks, told.again, room) {
            Ok(copy) => copy,
            Err(error) => {
                (self.send)(elsewhere(&error.problem));
                return (self.next)();
            }
        };
        let reading: &dyn Blocks = copy.as_deref().map_or(&*blocks, |copy| copy);
        let mut watch = copy.as_deref().map(|copy| copy as &dyn Watch);
        let picked;
        let mut pass = match Pass::new(nodes, &works, reading) {
            Ok(pass) if pass.is_sendable() => pass,
            Ok(_) => {
                (self.send)(elsewhere("its plan gathers rows"));
                return (self.next)();
            }
            Err((_, fault)) => {
                (self.send)(failed(&fault));
                return (self.next)();
            }
        };
        if let Some(genes) = pass.few_genes() {
            let some = kept.picked(&blocks, genes, told.again, room / STAGED);
            picked = some.ok().flatten();
            if let Some(picked) = picked.as_deref() {
                pass.read_picked(picked);
                watch = Some(picked);
            }
        }
        let how = How {
            chunk: told.cut,
            rehearsal: None,
            ..self.engine.how()
        };
        (self.send)(Frame::new(Kind::Planned, Vec::new()));
        loop {
            let frame = (self.next)()?;
            let answer = match frame.kind {
                Kind::Map => match range(&frame.body, pass.n_grains()) {
                    Some(range) => self.map(&pass, (range, watch), how),
                    None => elsewhere("there is no such range"),
                },
                Kind::Merge => merged(&pass, &frame.body),
                _ => return Some(frame),
            };
            (self.send)(answer);
        }
    }

    /// Makes parts of `n` of a result; gives the first request that is about something else.
    fn parts(&mut self, parts: &Divided, n: usize) -> Option<Frame> {
        (self.send)(Frame::new(Kind::Planned, Vec::new()));
        loop {
            let frame = (self.next)()?;
            let answer = match frame.kind {
                Kind::Map => match range(&frame.body, n) {
                    Some(range) if range.len() == 1 => self.part(parts, (range.start, n)),
                    _ => elsewhere("there is no such part"),
                },
                Kind::Merge => elsewhere("parts are not merged"),
                _ => return Some(frame),
            };
            (self.send)(answer);
        }
    }

    fn part(&self, parts: &Divided, (i, n): (usize, usize)) -> Frame {
        let results = key::aside(|| parts.part(i, n));
        let made = self.engine.values(&results);
        // The coordinator says such things, so it has to look itself.
        let remarks = self.engine.remarks();
        match made {
            Ok(_) if !remarks.is_empty() => elsewhere("there is something to say of its values"),
            Ok(values) => match parts.pack(&values) {
                Ok(bytes) => Frame::new(Kind::Found, bytes),
                Err(fault) => failed(&fault),
            },
            Err(_) if self.engine.ticker.is_stopped() => Frame::new(Kind::Stopped, Vec::new()),
            Err(error) => elsewhere(&error.headline),
        }
    }

    fn map(
        &self,
        pass: &Pass,
        (range, watch): (Range<usize>, Option<&dyn Watch>),
        how: How,
    ) -> Frame {
        let mapped = self.engine.install(|| pass.map(range, watch, how));
        match mapped {
            // The coordinator says what is rounded, so it has to look itself.
            Ok(_) if !pass.roundings().is_empty() => elsewhere("large numbers are rounded"),
            Ok(totals) => Frame::new(Kind::Found, pass.pack(&totals)),
            Err(_) if self.engine.ticker.is_stopped() => Frame::new(Kind::Stopped, Vec::new()),
            Err((_, fault)) => failed(&fault),
        }
    }
}

/// The one source of all folds.
fn source(works: &[Arc<Work>]) -> Option<Arc<dyn Blocks>> {
    let mut sources = works.iter().map(|work| match &**work {
        Work::Fold { view, .. } => Some(view.matrix.blocks.clone()),
        Work::Divided(parts) => Some(parts.blocks.clone()),
        Work::Step(_) => None,
    });
    let first = sources.next()??;
    sources
        .all(|other| other.is_some_and(|other| Arc::ptr_eq(&first, &other)))
        .then_some(first)
}

fn failed(fault: &Fault) -> Frame {
    match fault {
        Fault::Stopped => Frame::new(Kind::Stopped, Vec::new()),
        Fault::File(error) => elsewhere(&error.problem),
        Fault::Reported(said) => elsewhere(&said.headline),
    }
}

fn two_totals(pass: &Pass, bytes: &[u8]) -> Result<(Vec<Total>, Vec<Total>), Torn> {
    let mut from = Unpacking(bytes);
    let (left, right) = (from.list::<u8>()?, from.list::<u8>()?);
    Ok((pass.unpack(&left)?, pass.unpack(&right)?))
}

fn merged(pass: &Pass, bytes: &[u8]) -> Frame {
    match two_totals(pass, bytes) {
        Ok((mut totals, next)) => match pass.merge(&mut totals, next) {
            Ok(()) => Frame::new(Kind::Found, pass.pack(&totals)),
            Err((_, fault)) => failed(&fault),
        },
        Err(torn) => elsewhere(&torn.to_string()),
    }
}

fn range(body: &[u8], n: usize) -> Option<Range<usize>> {
    let mut from = Unpacking(body);
    let range = from.size().ok()?..from.size().ok()?;
    (range.start <= range.end && range.end <= n).then_some(range)
}
