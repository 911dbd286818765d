//! What `filter` and `filter_genes` have in common: numbers between bounds, and with them a
//! condition that was typed.

use crate::command::Scene;
use crate::command::params::NotNegative;
use crate::data::{Column, Dataset, Lazy, Place, Promise, SlotName, Value};
use crate::diagnostic::Diagnostic;
use crate::kernels::methods::filter::Range;
use std::sync::Arc;

/// The lowest and the highest number that is kept.
pub fn range(min: &Option<NotNegative>, max: &Option<NotNegative>) -> Range {
    Range {
        min: min.as_ref().map(|x| x.0),
        max: max.as_ref().map(|x| x.0),
    }
}

/// Everything that must hold of what is kept.
#[derive(Default)]
pub struct Conditions {
    /// Truths, then numbers.
    needs: Vec<Lazy>,
    /// Of the numbers.
    ranges: Vec<Range>,
}

impl Conditions {
    /// Nothing but the condition that was typed.
    pub fn new(typed: Option<Lazy>) -> Self {
        Conditions {
            needs: typed.into_iter().collect(),
            ranges: Vec::new(),
        }
    }

    /// Bounds on numbers; those that bound anything are put into the dataset as columns.
    pub fn bound(
        &mut self,
        scene: &Scene,
        data: &mut Dataset,
        place: Place,
        numbers: impl IntoIterator<Item = (&'static str, Lazy, Range)>,
    ) {
        for (name, value, range) in numbers {
            if range != Range::default() {
                scene.put(data, place, name, value.clone(), &[SlotName::x()]);
                self.needs.push(value);
                self.ranges.push(range);
            }
        }
    }

    /// The positions where all of them hold, of which there must be some: `none_left` is what is
    /// said of so many that there were.
    pub fn kept(
        self,
        scene: &Scene,
        none_left: impl Fn(usize) -> Box<Diagnostic> + Send + Sync + 'static,
    ) -> Lazy {
        let ranges = self.ranges;
        scene.one(self.needs, Promise::Unknown, move |needs, _| {
            let (typed, numbers) = needs.split_at(needs.len() - ranges.len());
            let mut flags: Vec<Vec<bool>> = Vec::new();
            for value in typed {
                if let Some(Column::Truth(truths)) = value.column().map(|column| &**column) {
                    flags.push(truths.clone());
                }
            }
            for (value, range) in numbers.iter().zip(&ranges) {
                if let Some(Column::Number(numbers)) = value.column().map(|column| &**column) {
                    flags.push(range.keep(&numbers.values));
                }
            }
            let n = flags.first().map_or(0, Vec::len);
            let keep: Vec<u32> = (0..n as u32)
                .filter(|&i| flags.iter().all(|flags| flags[i as usize]))
                .collect();
            match keep.is_empty() && n > 0 {
                true => Err(none_left(n).into()),
                false => Ok(Value::Keep(Arc::new(keep))),
            }
        })
    }
}
