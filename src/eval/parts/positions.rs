//! Cells and genes by a list of their positions: `adata[[0, 5, 9]]`.

use crate::command::Val;
use crate::data::{Dataset, Lazy, Names, Place, Selection};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::{Interpreter, Output};
use crate::plan::{self, Fault, Private, Promised};
use crate::source::{Origin, Span};
use std::sync::Arc;

/// A range of positions that are counted from 0; before 0 from the end.
#[derive(Debug, Clone, Copy)]
pub(in crate::eval) struct Ranged {
    from: i64,
    /// Excluded.
    to: u32,
}

impl Ranged {
    /// The positions among `n`; `None` if there are some, but none at its beginning.
    pub fn among(self, n: usize) -> Option<std::ops::Range<u32>> {
        if n == 0 {
            return Some(0..0);
        }
        let n = n.min(u32::MAX as usize) as u32;
        let from = match u32::try_from(self.from) {
            Ok(from) => from,
            Err(_) => n.saturating_sub(self.from.unsigned_abs().min(u64::from(n)) as u32),
        };
        (from < n).then(|| from..self.to.min(n))
    }

    /// How many they are at most.
    pub fn at_most(self) -> usize {
        match u32::try_from(self.from) {
            Ok(from) => self.to.saturating_sub(from) as usize,
            Err(_) => self.from.unsigned_abs() as usize,
        }
    }

    /// What is wrong with a range that begins after the last of `n`.
    pub fn outside(self, n: usize, what: &str) -> Box<Diagnostic> {
        let headline = format!("no {what} at position {}: there are {n}", self.from);
        Diagnostic::error(code::NOT_INDEXABLE, headline)
    }
}

impl Interpreter<'_> {
    /// A range as positions, of which there are `n`, if that is known.
    ///
    /// # Errors
    /// It ends before or where it begins, or its ends are no positions.
    pub(in crate::eval) fn positions(
        &self,
        (from, to): (f64, f64),
        (n, what): (Option<usize>, &str),
        span: Span,
    ) -> Outcome<Ranged> {
        let error =
            |headline: &str, label: String| self.error(code::NOT_INDEXABLE, headline, span, label);
        let fixed = |error: Box<Diagnostic>, line: String| {
            error.help(self.in_line(span, &line)).fix(span, line)
        };
        if from.fract() != 0.0 || to.is_finite() && to.fract() != 0.0 {
            return Err(error(
                "positions are whole numbers",
                "has fractions".to_owned(),
            ));
        }
        let ranged = Ranged {
            from: from as i64,
            to: to.clamp(0.0, f64::from(u32::MAX)) as u32,
        };
        if from < 0.0 && to.is_infinite() {
            return Ok(ranged);
        }
        if from < 0.0 || to < 0.0 {
            let wrong = error(
                "positions are counted from 0",
                "counts from the end".to_owned(),
            );
            return Err(match (n, to) {
                // `-5..0` and Python's `-5:-1`, which are not up to 0.
                (_, 0.0) => fixed(wrong, format!("{from}..")),
                (Some(n), _) => {
                    let end = |x: f64| if x < 0.0 { n as f64 + x } else { x }.max(0.0);
                    fixed(wrong, format!("{}..{}", end(from), end(to)))
                }
                _ => wrong,
            });
        }
        if from > to {
            let wrong = error("this range ends before it begins", "is empty".to_owned());
            return Err(fixed(wrong, format!("{to}..{from}")));
        }
        if from == to {
            let label = "its end is excluded".to_owned();
            return Err(fixed(
                error("this range is empty", label),
                format!("{from}..{}", to + 1.0),
            ));
        }
        match n {
            Some(n) if ranged.among(n).is_none() => Err(ranged
                .outside(n, what)
                .label(span, "is beyond the last one")
                .in_source(&self.source)),
            _ => Ok(ranged),
        }
    }

    /// The positions that a list holds; `None` if it holds something else than numbers.
    ///
    /// # Errors
    /// A number is no position, or there are fewer cells or genes, as far as that is known.
    pub(in crate::eval) fn listed_positions(
        &self,
        (data, side): (&Dataset, Place),
        items: &[Val],
        span: Span,
    ) -> Outcome<Option<Vec<u32>>> {
        let number = |item: &Val| match item {
            Val::Number(number) => Some(*number),
            _ => None,
        };
        let Some(numbers) = items.iter().map(number).collect::<Option<Vec<f64>>>() else {
            return Ok(None);
        };
        let is_position = |x: &f64| x.fract() == 0.0 && (0.0..f64::from(u32::MAX)).contains(x);
        if let Some(wrong) = numbers.iter().find(|x| !is_position(x)) {
            let headline = "positions are whole numbers from 0 on";
            let label = format!("holds {wrong}");
            return Err(self.error(code::NOT_INDEXABLE, headline, span, label));
        }
        let positions: Vec<u32> = numbers.iter().map(|&x| x as u32).collect();
        let (axis, slot) = match side {
            Place::Var => (&data.genes, &data.var_names),
            _ => (&data.cells, &data.obs_names),
        };
        let whole = slot.rows.as_ref().is_some_and(|rows| rows.same(axis));
        if whole && let Some(names) = self.known_names_of(data, side, span)? {
            within(&positions, names.len(), side).map_err(|error| {
                error
                    .label(span, "positions begin at 0")
                    .in_source(&self.source)
            })?;
        }
        Ok(Some(positions))
    }

    /// Says that cells are not put into the order of a list.
    pub(in crate::eval) fn say_order<T: PartialOrd>(&mut self, side: Place, positions: &[T]) {
        if side != Place::Var && !positions.is_sorted_by(|a, b| a < b) {
            let line = "cells stay in the order of the dataset, each once";
            self.say(Output::Note(*Diagnostic::note(line)));
        }
    }

    /// The names that a list holds.
    ///
    /// # Errors
    /// It holds something else.
    pub(in crate::eval) fn listed_texts(&self, items: &[Val], span: Span) -> Outcome<Vec<String>> {
        let text = |item: &Val| match item {
            Val::Text(text) => Ok(text.clone()),
            other => {
                let label = format!("holds {}", other.described());
                let headline = "a list has either names or positions";
                Err(self.error(code::NOT_INDEXABLE, headline, span, label))
            }
        };
        items.iter().map(text).collect()
    }
}

/// The cells or genes at these positions: cells keep the dataset's order, genes take the order given.
pub(in crate::eval) fn at(names: Lazy, wanted: Vec<u32>, side: Place, origin: Origin) -> Lazy {
    let names = Promised::<Names>::of(names);
    let place = origin.clone();
    let make = move |names: Arc<Names>, _: &plan::Context| {
        let outside = |error: Box<Diagnostic>| Fault::Reported(error.at(&place));
        within(&wanted, names.len(), side).map_err(outside)?;
        let mut seen = vec![false; names.len()];
        let first = |position: &u32| !std::mem::replace(&mut seen[*position as usize], true);
        let mut keep: Selection = wanted.iter().copied().filter(first).collect();
        if side != Place::Var {
            keep.sort_unstable();
        }
        Ok(keep)
    };
    let keep = plan::light_step("pick", Some(origin), names, Private::new(), make);
    keep.lazy().clone()
}

/// The cells or genes of a range.
pub(in crate::eval) fn ranged(names: Lazy, range: Ranged, side: Place, origin: Origin) -> Lazy {
    let names = Promised::<Names>::of(names);
    let place = origin.clone();
    let what = match side {
        Place::Var => "gene",
        _ => "cell",
    };
    let make = move |names: Arc<Names>, _: &plan::Context| match range.among(names.len()) {
        Some(kept) => Ok(kept.collect::<Selection>()),
        None => Err(Fault::Reported(range.outside(names.len(), what).at(&place))),
    };
    let keep = plan::light_step("range", Some(origin), names, Private::new(), make);
    keep.lazy().clone()
}

fn within(wanted: &[u32], n: usize, side: Place) -> Result<(), Box<Diagnostic>> {
    let Some(outside) = wanted.iter().find(|&&position| position as usize >= n) else {
        return Ok(());
    };
    let (one, all) = match side {
        Place::Var => ("gene", "genes"),
        _ => ("cell", "cells"),
    };
    let headline = format!("no {one} at position {outside}: there are {n} {all}");
    Err(Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, headline))
}
