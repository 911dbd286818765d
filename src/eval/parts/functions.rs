//! Functions on values: columns to columns, columns to one value, and a few on lists.

mod choice;
mod numeric;
mod of_columns;

use crate::command::{Val, tables};
use crate::data::{Column, ColumnType};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::kernels::stats::quantile::quantile_of_sorted;
use crate::lang::ast::{Call, Name};
use crate::source::Span;
use numeric::{reduction, sorted};

pub(in crate::eval) use numeric::elementwise;

/// Numbers of a range at most: they are held as a list.
const MOST_NUMBERS: f64 = 1e6;

/// Whether a name is a function on values.
pub fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(function, ..)| *function == name)
}

/// Name, how it is called, what it gives.
pub const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("abs", "abs(x)", "absolute value"),
    ("all", "all(x)", "whether every value is true"),
    ("any", "any(x)", "whether any value is true"),
    ("ceil", "ceil(x)", "round up"),
    ("count", "count(x)", "counts of each value, as a table"),
    ("exp", "exp(x)", "e to the power of x"),
    ("floor", "floor(x)", "round down"),
    ("is_missing", "is_missing(x)", "whether a value is missing"),
    ("len", "len(x)", "number of values"),
    ("levels", "levels(x)", "the distinct values, in order"),
    ("log", "log(x)", "natural logarithm"),
    ("log10", "log10(x)", "logarithm to base 10"),
    ("log1p", "log1p(x)", "natural logarithm of 1 + x"),
    ("log2", "log2(x)", "logarithm to base 2"),
    ("max", "max(x)", "the largest value"),
    ("mean", "mean(x)", "the mean"),
    ("median", "median(x)", "the median"),
    ("min", "min(x)", "the smallest value"),
    ("number", "number(x)", "convert text to numbers"),
    (
        "outlier",
        "outlier(x, mads=5)",
        "whether a value is more than this many median absolute deviations from the median",
    ),
    (
        "quantile",
        "quantile(x, q)",
        "the quantile for a fraction q",
    ),
    (
        "range",
        "range(from, to, step)",
        "numbers from, from + step, … up to but not including to",
    ),
    ("round", "round(x)", "rounded"),
    ("sqrt", "sqrt(x)", "square root"),
    ("std", "std(x)", "standard deviation, with n - 1"),
    ("sum", "sum(x)", "the sum"),
    ("text", "text(x)", "convert to text"),
    ("type", "type(x)", "the type of a value"),
    ("var", "var(x)", "variance, with n - 1"),
    (
        "when",
        "when(condition, value, …, otherwise)",
        "the value after the first condition that holds",
    ),
];

pub(in crate::eval) fn known(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

impl Interpreter<'_> {
    /// A function on values; `None` if the first argument is a dataset and a command is meant.
    pub(in crate::eval) fn value_function(
        &mut self,
        name: &Name,
        call: &Call,
        head: Option<&Val>,
    ) -> Outcome<Option<Val>> {
        let of = match (head, call.args.first()) {
            (None, Some(first)) => first.value.span,
            _ => call.span,
        };
        // What is given besides a dataset is evaluated only if it is a value.
        let is_command = self.registry.get(&name.text).is_some();
        if let (None, 2.., false) = (head, call.args.len(), is_command)
            && let Some(wrong) = self.function_of_dataset(name, call)
        {
            return Err(wrong);
        }
        let mut values: Vec<Val> = head.cloned().into_iter().collect();
        let mut named = Vec::new();
        for arg in &call.args {
            let value = self.expr(&arg.value)?;
            match &arg.name {
                None => values.push(value),
                Some(name) => named.push((name.text.clone(), value)),
            }
        }
        let dataset = |value: &Val| match value {
            Val::Dataset(_, None) => true,
            Val::Dataset(..) => name.text != "len",
            _ => false,
        };
        if values.first().is_some_and(dataset) && name.text != "type" {
            return Ok(None);
        }
        if values.iter().any(|value| matches!(value, Val::Unknown)) {
            return Ok(Some(Val::Unknown));
        }
        if let Some(value) = self.of_values(&name.text, &values, call.span)? {
            return Ok(Some(value));
        }
        let spans = Spans {
            call: call.span,
            of,
        };
        match self.of_column(&name.text, &values, &named, spans)? {
            Some(value) => Ok(Some(value)),
            None => Err(self.wrong_arguments(&name.text, call.span)),
        }
    }

    fn wrong_arguments(&self, name: &str, span: Span) -> Box<Diagnostic> {
        let mut functions = FUNCTIONS.iter();
        let found = functions.find(|(known, ..)| *known == name);
        let usage = found.map_or("", |(_, usage, _)| usage);
        let headline = format!("`{name}` is called as {usage}");
        self.error(
            code::WRONG_FUNCTION_VALUES,
            headline,
            span,
            "has the wrong arguments",
        )
    }

    /// How many numbers a range has: as many as are asked for, or it is refused.
    pub(in crate::eval) fn range_length(&self, n: f64, span: Span) -> Outcome<usize> {
        if n.is_nan() || n > MOST_NUMBERS {
            let headline = "a range of more than 1,000,000 numbers";
            let help = "give a larger step, range(from, to, step), or a smaller end";
            return Err(self
                .error(code::INVALID_VALUE, headline, span, "is too long")
                .help(help));
        }
        Ok(n.max(0.0) as usize)
    }

    /// A function of numbers, texts and lists: its value is known at once.
    fn of_values(&self, name: &str, values: &[Val], span: Span) -> Outcome<Option<Val>> {
        Ok(Some(match (name, values) {
            ("range", [Val::Number(to)]) => {
                let n = self.range_length(to.ceil(), span)?;
                Val::List((0..n).map(|i| Val::Number(i as f64)).collect())
            }
            ("range", [Val::Number(from), Val::Number(to), rest @ ..]) => {
                let step = match rest {
                    [Val::Number(step)] if *step > 0.0 => *step,
                    [] => 1.0,
                    _ => return Err(self.wrong_arguments(name, span)),
                };
                let n = self.range_length(((to - from) / step - 1e-9).ceil(), span)?;
                let numbers = (0..n).map(|i| Val::Number(rounded(from + i as f64 * step)));
                Val::List(numbers.collect())
            }
            ("len", [Val::List(items)]) => Val::Number(items.len() as f64),
            ("len", [table]) if tables::of(table).is_some() => match tables::of(table) {
                Some(table) => self.n_rows(&table),
                None => Val::Unknown,
            },
            ("type", [value]) => Val::text(value.type_word()),
            ("text", [value @ (Val::Number(_) | Val::Bool(_))]) => Val::Text(value.to_string()),
            ("number", [Val::Text(text)]) => Val::Number(text.parse().map_err(|_| {
                let headline = format!("`{text}` is not a number");
                self.error(
                    code::WRONG_FUNCTION_VALUES,
                    headline,
                    span,
                    "cannot be parsed",
                )
            })?),
            ("min" | "max" | "sum" | "mean", numbers) if numbers.len() > 1 => {
                let plain: Option<Vec<f64>> = numbers.iter().map(number).collect();
                let found = plain.and_then(|plain| reduction(name, &plain));
                Val::Number(found.ok_or_else(|| self.wrong_arguments(name, span))?)
            }
            _ => return Ok(None),
        }))
    }

    /// A function of a column, promised.
    fn of_column(
        &mut self,
        name: &str,
        values: &[Val],
        named: &[(String, Val)],
        spans: Spans,
    ) -> Outcome<Option<Val>> {
        let span = spans.call;
        Ok(Some(match (name, values) {
            ("when", values) if values.len() >= 3 && values.len() % 2 == 1 => {
                self.when(values, span)?
            }
            ("quantile", [value, Val::Number(q)]) => {
                let q = q.clamp(0.0, 1.0);
                self.reduced(value, spans, "quantile", move |values| {
                    quantile_of_sorted(&sorted(values), q)
                })?
            }
            ("outlier", [value]) => {
                let mads = match named.iter().find(|(name, _)| name == "mads") {
                    Some((_, Val::Number(mads))) => *mads,
                    _ => 5.0,
                };
                self.outlier(value, mads, spans)?
            }
            ("count", [value]) => self.counted(value, span)?,
            ("levels", [value]) => self.levels(value, span)?,
            ("len", [value]) => self.reduced(value, spans, "len", |values| values.len() as f64)?,
            ("is_missing", [value]) => {
                self.mapped(value, spans, None, ColumnType::Bool, missing)?
            }
            ("text", [value]) => self.mapped(value, spans, None, ColumnType::Text, |column| {
                let texts = (0..column.len()).map(|i| column.text_if_there(i));
                Ok(Column::Text(texts.collect()))
            })?,
            ("number", [value]) => self.parsed(value, spans)?,
            (_, [value]) => match elementwise(name) {
                Some(f) => self.each(value, spans, name, f)?,
                None => {
                    let function = name.to_owned();
                    self.reduced(value, spans, name, move |values| {
                        reduction(&function, values).unwrap_or(f64::NAN)
                    })?
                }
            },
            _ => return Ok(None),
        }))
    }
}

/// Where a function stands, and the column that it is of.
#[derive(Clone, Copy)]
struct Spans {
    call: Span,
    of: Span,
}

/// A number, or a boolean as 0 or 1.
fn number(value: &Val) -> Option<f64> {
    match value {
        Val::Number(number) => Some(*number),
        Val::Bool(truth) => Some(f64::from(*truth)),
        _ => None,
    }
}

/// Steps such as 0.1 land on the numbers people mean.
fn rounded(number: f64) -> f64 {
    (number * 1e12).round() / 1e12
}

pub(in crate::eval) fn missing(column: &Column) -> Result<Column, String> {
    Ok(Column::Bool(match column {
        Column::Number(numbers) => numbers.values.iter().map(|x| x.is_nan()).collect(),
        Column::Category(category) => category.codes.iter().map(|&code| code < 0).collect(),
        Column::Text(names) => names.iter().map(str::is_empty).collect(),
        Column::Bool(truths) => vec![false; truths.len()],
    }))
}
