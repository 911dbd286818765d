//! A panel of genes at a time: what needs a gene's values side by side (ranks, medians) sees some
//! genes of all cells, each panel in a pass of its own; from a copy that is cut by panels, where
//! there are many.

use crate::command::Scene;
use crate::command::scene::refuse_no_cells;
use crate::commands::inputs::groups::Groups;
use crate::data::matrix::GRAIN_CELLS;
use crate::data::{Dataset, Lazy, Matrix, Names, RowsView, Selection};
use crate::diagnostic::{Diagnostic, code};
use crate::kernels::stats::rank::rank_sum::Panel;
use crate::kernels::ticker::Ticker;
use crate::plan::{
    self, After, Carried, Divided, Extent, Fault, Fold, Folding, Holds, Needs, Parts, Private,
    Promised, View,
};
use crate::source::Origin;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of the genes of a panel at most: larger ones are hardly faster (`benches/runs/2026-11-30-compare.md`).
const PANEL_BYTES: u64 = 160 << 20;

/// Reading everything for each of up to this many panels takes no longer than cutting it once.
const UNCUT: usize = 2;

/// Genes that are gathered together within a panel at most, so that the gathered copies of all threads
/// stay small.
const GENES_AT_ONCE: usize = 64;

/// Bytes of what is worked out of a gathered gene in a group: ranks, means and tests.
const WORKED_OUT: usize = 200;

/// Groups that two bytes tell apart, beside cells that are in none.
const MOST_GROUPS: usize = u16::MAX as usize;

/// What is made of some genes, whose values come with the group of their cells.
pub trait Work<T>: Fn(Panel, &Groups, &Ticker) -> Result<T, Fault> + Send + Sync {}

impl<T, F: Fn(Panel, &Groups, &Ticker) -> Result<T, Fault> + Send + Sync> Work<T> for F {}

/// Promises `work` on all genes: lists of results, by panel and within it by gathered genes, in
/// the order of the genes. `n_groups` that there are at most, if that is known. Where there are workers, each
/// makes those of some genes, and `carried` says how these come back.
pub fn by_panel<T: Send + Sync + 'static>(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    (groups, n_groups): (&Promised<Groups>, Option<usize>),
    work: impl Work<T> + 'static,
    carried: impl Carried<Vec<T>>,
) -> Parts<Vec<T>> {
    let bytes = matrix.blocks.n_values().unwrap_or(0) * 6;
    let memory = scene.settings.memory;
    let room = room(memory);
    let of_groups = n_groups.map_or(0, |n| working(n, memory, threads(scene)));
    let n_panels = bytes.div_ceil(room).max(1) as usize;
    let ranked = Ranked {
        groups: groups.clone(),
        work: Arc::new(work),
        memory,
        room,
        holds: Holds {
            working: 2 * room.min(bytes) + of_groups as u64,
            kept: 0,
        },
    };
    let whole = Whole::new(scene, data, matrix);
    if whole.view.cells.len() == Some(0) {
        scene.reads_no_cells.set(true);
    }
    let here = ranked.planned(&whole, n_panels);
    if scene.settings.cluster.is_none() || matrix.blocks.files().is_empty() {
        return Parts::Here(here);
    }
    let needs = (groups.clone(), whole.names.clone(), whole.view.needs());
    let (label, origin) = (whole.label.clone(), whole.origin.clone());
    let most = data.genes.at_most().div_ceil(GENES_AT_ONCE);
    let part = move |i: usize, n: usize| ranked.planned(&whole.part(i, n), n_panels.div_ceil(n));
    let divided = Divided::new(&matrix.blocks, &here, most, part, carried);
    Parts::divided(label, Some(origin), &needs, divided)
}

/// What is made of panels.
struct Ranked<W> {
    groups: Promised<Groups>,
    work: Arc<W>,
    memory: u64,
    /// Bytes of a panel.
    room: u64,
    holds: Holds,
}

impl<W> Ranked<W> {
    /// Promises it for the panels of `whole`.
    fn planned<T: Send + Sync + 'static>(
        &self,
        whole: &Whole,
        n_panels: usize,
    ) -> Vec<Promised<Vec<T>>>
    where
        W: Work<T> + 'static,
    {
        let mut panels: Vec<Promised<Vec<T>>> = Vec::new();
        for (view, copy) in whole.views(&self.groups, (n_panels, self.room)) {
            // A panel waits for the one before: otherwise they would share a pass, and memory.
            let before = (panels.last().map(|panel| panel.lazy().clone()), copy);
            let needs = (self.groups.clone(), After(before));
            let (work, origin) = (self.work.clone(), whole.origin.clone());
            let (memory, room) = (self.memory, self.room);
            let start = move |extent: Extent, (groups, ()): (Arc<Groups>, ())| {
                refuse_no_cells(extent, &origin)?;
                if groups.levels.len() > MOST_GROUPS {
                    let n = groups.levels.len();
                    let headline = format!("{n} groups are too many to rank");
                    return Err(Diagnostic::error(code::TOO_MANY_GROUPS, headline)
                        .help("group by a column with fewer levels")
                        .into());
                }
                let work = (work.clone(), memory, partial_bytes(room, extent.cells));
                Ok(panel_fold(extent.genes, groups, work))
            };
            let (label, origin) = (&whole.label, Some(whole.origin.clone()));
            let made = plan::fold(label, origin, view, needs, Private::new(), start);
            plan::holds(&made, self.holds);
            panels.push(made);
        }
        panels
    }
}

/// Bytes of the genes of a panel, with so much memory.
pub fn room(memory: u64) -> u64 {
    PANEL_BYTES.min(memory / 8).max(1 << 20)
}

/// Approximate bytes of a grain of a panel.
fn partial_bytes(room: u64, n_cells: usize) -> u64 {
    /// Of a grain of large cells, which has a million values.
    const MOST: u64 = 12 << 20;
    let per_cell = room / n_cells.max(1) as u64;
    (per_cell * GRAIN_CELLS as u64).clamp(1 << 16, MOST)
}

/// Threads that a step is thought to have.
fn threads(scene: &Scene) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    scene.settings.threads.unwrap_or_else(all)
}

/// Genes that a thread gathers at once: fewer where there are many groups, so that what all threads
/// work out stays within an eighth of the memory. Every gene is worked out by itself.
fn at_once(n_groups: usize, memory: u64, threads: usize) -> usize {
    let room = memory as usize / 8 / threads.max(1);
    (room / (WORKED_OUT * n_groups.max(1))).clamp(1, GENES_AT_ONCE)
}

/// Bytes of what all threads work out.
fn working(n_groups: usize, memory: u64, threads: usize) -> usize {
    threads * at_once(n_groups, memory, threads) * WORKED_OUT * n_groups
}

/// Panels of a matrix, and what they wait for, besides `needs`: each is a view of some genes, to be read
/// after the one before it.
pub fn views(
    scene: &Scene,
    data: &Dataset,
    matrix: &Matrix,
    needs: &(impl Needs + Clone),
    panels: (usize, u64),
) -> Vec<(View, Option<Lazy>)> {
    Whole::new(scene, data, matrix).views(needs, panels)
}

/// Neighboring genes of a matrix, which panels are cut from.
#[derive(Clone)]
struct Whole {
    label: String,
    origin: Origin,
    view: View,
    /// Of all genes of the view.
    names: Promised<Names>,
    /// Which part of the genes, and the number of parts.
    part: (usize, usize),
}

impl Whole {
    fn new(scene: &Scene, data: &Dataset, matrix: &Matrix) -> Self {
        Whole {
            label: scene.label.clone(),
            origin: scene.origin(),
            view: scene.view(data, matrix),
            names: scene.gene_names(data),
            part: (0, 1),
        }
    }

    /// One of `n` parts of the genes.
    fn part(&self, i: usize, n: usize) -> Self {
        Whole {
            part: (i, n),
            ..self.clone()
        }
    }

    fn views(
        &self,
        needs: &(impl Needs + Clone),
        (n_panels, room): (usize, u64),
    ) -> Vec<(View, Option<Lazy>)> {
        if n_panels > UNCUT && can_be_cut(&self.view.matrix) {
            let (origin, needs) = (Some(self.origin.clone()), After(needs.clone()));
            let whole = match self.part {
                (_, 1) => self.view.clone(),
                _ => self.some_genes(0, 1),
            };
            let (copy, cut) = plan::by_genes(&self.label, origin, &whole, needs, (n_panels, room));
            let view = |panel: Matrix| {
                let view = View::new(&panel, &panel.cells, &panel.genes);
                (view, Some(copy.clone()))
            };
            return cut.into_iter().map(view).collect();
        }
        let view = |panel: usize| (self.some_genes(panel, n_panels), None);
        (0..n_panels).map(view).collect()
    }

    /// One of `n_panels` panels of the part.
    fn some_genes(&self, panel: usize, n_panels: usize) -> View {
        let (i, n) = self.part;
        let origin = Some(self.origin.clone());
        let names = self.names.clone();
        let keep = plan::step(
            &self.label,
            origin,
            names,
            Private::new(),
            move |names, _| {
                let of_part = |i: usize| names.len() * i / n;
                let (first, end) = (of_part(i), of_part(i + 1));
                let bound = |panel: usize| (first + (end - first) * panel / n_panels) as u32;
                Ok((bound(panel)..bound(panel + 1)).collect::<Selection>())
            },
        );
        let genes = self.view.genes.select(keep.lazy().clone());
        View::new(&self.view.matrix, &self.view.cells, &genes)
    }
}

/// Whether no step wants all genes of a cell, so that some of them will do.
fn can_be_cut(matrix: &Matrix) -> bool {
    let steps = &mut matrix.steps.iter();
    !steps.any(|step| step.step.wants_all_genes())
}

/// The genes of a view in a copy of their own, for steps that read a few genes of all cells again and
/// again, and what those wait for. As it is where that is no less to read.
pub fn copied(scene: &Scene, view: View) -> (View, Option<Lazy>) {
    let cheap = view.matrix.blocks.files().is_empty();
    // Workers read the file: the copy lies here.
    let elsewhere = scene.settings.cluster.is_some();
    if cheap || elsewhere || !can_be_cut(&view.matrix) {
        return (view, None);
    }
    // Small beside the copy of everything, which is there at the same time.
    let room = scene.settings.memory / 16;
    let (copy, cut) = plan::by_genes(&scene.label, Some(scene.origin()), &view, (), (1, room));
    let panel = &cut[0];
    (View::new(panel, &panel.cells, &panel.genes), Some(copy))
}

/// Some genes of a block, turned so that a gene's values lie together.
struct Turned {
    indptr: Vec<u32>,
    values: Vec<f32>,
    groups: Vec<u16>,
}

fn turned(rows: RowsView, cells: &[u32], groups: &[u32]) -> Turned {
    let mut indptr = vec![0u32; rows.cols() + 1];
    rows.indices()
        .iter()
        .for_each(|&gene| indptr[gene as usize + 1] += 1);
    for gene in 0..rows.cols() {
        indptr[gene + 1] += indptr[gene];
    }
    let mut next = indptr.clone();
    let (mut values, mut of) = (vec![0.0; rows.nnz()], vec![0; rows.nnz()]);
    for (row, &cell) in rows.outer_iterator().zip(cells) {
        let group = groups[cell as usize] as u16;
        for (gene, &x) in row.iter() {
            let at = &mut next[gene];
            values[*at as usize] = x;
            of[*at as usize] = group;
            *at += 1;
        }
    }
    Turned {
        indptr,
        values,
        groups: of,
    }
}

fn panel_fold<T: Send + Sync + 'static>(
    n_genes: usize,
    groups: Arc<Groups>,
    (work, memory, partial_bytes): (Arc<impl Work<T> + 'static>, u64, u64),
) -> Box<dyn Fold<Vec<T>>> {
    let of = groups.clone();
    Folding {
        new: Vec::new,
        add: move |blocks: &mut Vec<Turned>, rows: RowsView, cells: &[u32], _: &Ticker| {
            blocks.push(turned(rows, cells, &groups.codes));
            Ok(())
        },
        merge: |into: &mut Vec<Turned>, next: Vec<Turned>| into.extend(next),
        finish: move |blocks: Vec<Turned>, ticker: &Ticker| {
            let at_once = at_once(of.levels.len(), memory, rayon::current_num_threads());
            (0..n_genes.div_ceil(at_once))
                .into_par_iter()
                .map_init(Gathered::default, |gathered, part| {
                    let start = part * at_once;
                    let end = (start + at_once).min(n_genes);
                    work(gathered.panel(&blocks, start..end), &of, ticker)
                })
                .collect()
        },
        partial_bytes,
    }
    .here()
}

/// Some genes of all blocks, in room that is kept: new pages for it would take as long as filling it.
#[derive(Default)]
struct Gathered {
    indptr: Vec<usize>,
    values: Vec<f32>,
    groups: Vec<u16>,
}

impl Gathered {
    fn panel(&mut self, blocks: &[Turned], genes: Range<usize>) -> Panel<'_> {
        let n = |block: &Turned| block.indptr[genes.end] - block.indptr[genes.start];
        let n = blocks.iter().map(|block| n(block) as usize).sum();
        self.indptr.clear();
        self.values.clear();
        self.groups.clear();
        self.values.reserve(n);
        self.groups.reserve(n);
        self.indptr.push(0);
        for gene in genes {
            for block in blocks {
                let at = block.indptr[gene] as usize..block.indptr[gene + 1] as usize;
                self.values.extend_from_slice(&block.values[at.clone()]);
                self.groups.extend_from_slice(&block.groups[at]);
            }
            self.indptr.push(self.values.len());
        }
        Panel {
            indptr: &self.indptr,
            values: &self.values,
            groups: &self.groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_genes_are_gathered_at_once_of_many_groups() {
        assert_eq!(at_once(30, 8 << 30, 8), GENES_AT_ONCE);
        let many = at_once(60_000, 1 << 30, 2);
        assert_eq!(many, 5);
        assert!(working(60_000, 1 << 30, 2) <= 1 << 27);
        assert_eq!(at_once(60_000, 1 << 20, 64), 1);
    }
}
