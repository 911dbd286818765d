//! Cells and genes by a list of their positions: `adata[[0, 5, 9]]`.

use super::{Interpreter, Output};
use crate::command::Val;
use crate::data::{Dataset, Lazy, Names, Place, Selection};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::plan::{self, Fault, Private, Promised};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    /// The positions that a list holds; `None` if it holds something else than numbers.
    ///
    /// # Errors
    /// A number is no position, or there are fewer cells or genes, as far as that is known.
    pub(super) fn listed_positions(
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
    pub(super) fn say_order<T: PartialOrd>(&mut self, side: Place, positions: &[T]) {
        if side != Place::Var && !positions.is_sorted_by(|a, b| a < b) {
            let line = "cells stay in the order of the dataset, each once";
            self.say(Output::Note(*Diagnostic::note(line)));
        }
    }

    /// The names that a list holds.
    ///
    /// # Errors
    /// It holds something else.
    pub(super) fn listed_texts(&self, items: &[Val], span: Span) -> Outcome<Vec<String>> {
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
pub(super) fn at(names: Lazy, wanted: Vec<u32>, side: Place, origin: Origin) -> Lazy {
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
    let keep = plan::step("pick", Some(origin), names, Private::new(), make);
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
