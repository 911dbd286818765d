//! What `filter` and `filter_genes` have in common: numbers between bounds, and with them a
//! condition that was typed.

use crate::command::Scene;
use crate::command::input_matrix::InputMatrix;
use crate::command::params::NotNegative;
use crate::commands::inputs::counts::checked;
use crate::data::quantity;
use crate::data::{About, Asked, Dataset, Lazy, Place, Selection, SlotName, State, Value};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::kernels::methods::filter::Range;
use crate::plan::{Private, Promised};

/// The lowest and the highest number that is kept.
pub fn range(min: &Option<NotNegative>, max: &Option<NotNegative>) -> Range {
    Range {
        min: min.as_ref().map(|x| x.0),
        max: max.as_ref().map(|x| x.0),
    }
}

/// Where molecules are counted, or, where `counts` are not asked for, the genes that are seen:
/// those are the same in normalized counts and in their logarithms.
///
/// # Errors
/// Nothing that is known will do.
pub fn counted(scene: &Scene, data: &Dataset, counts: bool) -> Outcome<InputMatrix> {
    let input = |about| scene.input_matrix(data, Asked::default(), about);
    let of_counts = input(About::Counts)?;
    let there = matches!(of_counts.matrix.state, State::Counts | State::Unknown);
    if there || counts {
        return checked(scene, of_counts);
    }
    let logs = input(About::Logs)?;
    if logs.matrix.state.is_past_log() {
        checked(scene, of_counts)
    } else {
        Ok(logs)
    }
}

/// Everything that must hold of what is kept.
#[derive(Default)]
pub struct Conditions {
    /// The condition that was typed.
    typed: Option<Lazy>,
    numbers: Vec<Lazy>,
    /// Of the numbers.
    ranges: Vec<Range>,
}

impl Conditions {
    /// Nothing but the condition that was typed.
    pub fn new(typed: Option<Lazy>) -> Self {
        Conditions {
            typed,
            ..Conditions::default()
        }
    }

    /// Bounds on numbers; those that bound anything are put into the dataset as columns.
    pub fn bound(
        &mut self,
        scene: &Scene,
        data: &mut Dataset,
        place: Place,
        numbers: impl IntoIterator<Item = (&'static str, Lazy, Range)>,
        from: &[SlotName],
    ) {
        for (name, value, range) in numbers {
            if range != Range::default() {
                scene.put(data, place, name, value.clone(), from);
                self.numbers.push(value);
                self.ranges.push(range);
            }
        }
    }

    /// The positions where all of them hold, of which there must be some: `none_left` is what is
    /// described for that number of them. How many of the `things` are left is reported once it is known.
    pub fn kept(
        self,
        scene: &Scene,
        things: &'static str,
        none_left: impl Fn(usize) -> Box<Diagnostic> + Send + Sync + 'static,
    ) -> Promised<Selection> {
        let ranges = self.ranges;
        let needs = (self.typed, self.numbers);
        let command = scene.label.split(' ').next().unwrap_or_default().to_owned();
        scene.light_step(needs, Private::new(), move |(typed, numbers), cx| {
            let mut flags: Vec<Vec<bool>> = Vec::new();
            flags.extend(typed.as_ref().and_then(Value::column_booleans));
            for (value, range) in numbers.iter().zip(&ranges) {
                if let Some(numbers) = value.column_numbers() {
                    flags.push(range.keep(&numbers.values));
                }
            }
            let n = flags.first().map_or(0, Vec::len);
            let keep: Selection = (0..n as u32)
                .filter(|&i| flags.iter().all(|flags| flags[i as usize]))
                .collect();
            if keep.is_empty() && n > 0 {
                Err(none_left(n).into())
            } else {
                let (before, after) = (
                    quantity::count(n as u64),
                    quantity::count(keep.len() as u64),
                );
                let things = if keep.len() == 1 {
                    &things[..things.len() - 1]
                } else {
                    things
                };
                let line = format!("{command}: {before} → {after} {things}");
                cx.remark(Diagnostic::note(line));
                Ok(keep)
            }
        })
    }
}
