//! Levels in a condition that do not exist: a warning; where cells or genes are selected and none
//! can be left, an error.

use crate::command::Val;
use crate::command::suggest;
use crate::command::value::quoted;
use crate::data::{ColumnType, Dataset, Lazy, Names, Place, Promise};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::parts::columns::Operation;
use crate::eval::{Interpreter, Output};
use crate::lang::ast::{Binary, Expr, ExprKind};
use crate::plan::engine::of_file;
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    /// A condition that selects cells or genes of a dataset, in which bare words are columns.
    pub(in crate::eval) fn kept_in_context(
        &mut self,
        data: &Arc<Dataset>,
        side: Place,
        condition: &Expr,
    ) -> Outcome<Val> {
        let mut must_hold = Vec::new();
        conjuncts(condition, &mut must_hold);
        let outer = std::mem::replace(&mut self.running.must_hold, must_hold);
        let value = self.in_context(data, side, condition);
        self.running.must_hold = outer;
        value
    }

    /// Warns of a level that is asked for and is none, where the levels are known already. Whether
    /// they are.
    ///
    /// # Errors
    /// Cells or genes are to be selected, and the comparison certainly leaves none.
    pub(in crate::eval) fn warn_of_unknown_levels(
        &mut self,
        operation: &Operation,
        operands: &[Lazy],
        span: Span,
    ) -> Outcome<bool> {
        let mut columns = Vec::new();
        // Numbers stay unread.
        let has_levels = |operand: &Lazy| {
            let promise = operand.promise();
            matches!(
                promise,
                Promise::Column(ColumnType::Category | ColumnType::Text)
            )
        };
        if !operation.is_equality() || !operands.iter().all(has_levels) {
            return Ok(false);
        }
        for operand in operands {
            let known = operand.known_levels();
            let known = known.map_err(|error| of_file(error).at(&Origin::new(&self.source, span)));
            columns.extend(known?.cloned());
        }
        let [a, b] = &columns[..] else {
            return Ok(false);
        };
        if let Some((words, levels)) = operation.unknown_levels(a, b) {
            let origin = Origin::new(&self.source, span);
            if self.selects_by(span) && operation.holds_for_none(a, b) {
                return Err(no_such_level(&words, &levels, &origin));
            }
            self.say(Output::Note(*unknown_levels(&words, &levels).at(&origin)));
        }
        Ok(true)
    }

    /// Whether cells or genes are selected for which a comparison must hold.
    pub(in crate::eval) fn selects_by(&self, comparison: Span) -> bool {
        self.running.must_hold.contains(&comparison) && !self.running.undecided
    }
}

/// The error of a comparison for which no row can be kept.
pub(in crate::eval) fn no_such_level(
    words: &[String],
    levels: &Names,
    origin: &Origin,
) -> Box<Diagnostic> {
    let (span, text) = (origin.span, &origin.source.text);
    let listed: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let headline = format!("nothing is named {}", listed.join(" or "));
    let error = Diagnostic::error(code::NO_SUCH_LEVEL, headline)
        .label(span, "selects nothing")
        .in_source(&origin.source);
    let near = suggest::nearest(&words[0], levels.iter());
    match (&near[..], literal(span.text(text), &words[0])) {
        ([level], Some((start, end))) => {
            let at = Span::new(span.start + start, span.start + end);
            let level = quoted(level);
            error.help(at.line_with(text, &level)).fix(at, level)
        }
        _ => error.help(suggest::nearest_or_list(
            &words[0],
            levels.iter(),
            "the column",
        )),
    }
}

/// The comparisons that must all hold for a condition to hold.
fn conjuncts(condition: &Expr, into: &mut Vec<Span>) {
    match &condition.inner().kind {
        ExprKind::Binary(Binary::And, a, b) => {
            conjuncts(a, into);
            conjuncts(b, into);
        }
        _ => into.push(condition.inner().span),
    }
}

/// Where a word stands as text in what was typed, with its quotes.
fn literal(typed: &str, word: &str) -> Option<(usize, usize)> {
    let forms = [format!("\"{word}\""), format!("'{word}'")];
    let found = |form: &String| Some((typed.find(form.as_str())?, form.len()));
    let (start, length) = forms.iter().find_map(found)?;
    Some((start, start + length))
}

/// The warning of levels that are asked for and do not exist.
pub(in crate::eval) fn unknown_levels(words: &[String], levels: &Names) -> Box<Diagnostic> {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    Diagnostic::warning(
        code::LEVEL_WITHOUT_ROWS,
        format!("nothing is named {}", quoted.join(" or ")),
    )
    .help(suggest::nearest_or_list(
        &words[0],
        levels.iter(),
        "the column",
    ))
}
