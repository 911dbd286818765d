//! From typed arguments to values, by the kind of each parameter.

use crate::command::{Args, Entry, Given, Group, Kind, Param, Val};
use crate::data::{About, Chosen, ColumnType, Dataset, Place};
use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::rows::Searched;
use crate::lang::ast::{self, Arg, Call, Expr, ExprKind};
use std::path::Path;
use std::sync::Arc;

/// Arguments bound to parameters, and the name of the dataset they work on.
pub(in crate::eval) struct Bound {
    pub args: Args,
    pub subject: Option<String>,
}

impl Interpreter<'_> {
    pub(in crate::eval) fn arguments(
        &mut self,
        entry: &'static Entry,
        call: &Call,
        head: Option<Val>,
    ) -> Outcome<Bound> {
        let headed = head.is_some();
        let pairs = self.paired(entry, call, headed)?;
        let mut args = Args {
            given: Default::default(),
            span: call.span,
        };
        let mut subject = None;
        if let (Some(value), Some(param)) = (head, entry.params.first()) {
            args.given
                .insert(param.name, Given::planned(value, call.span));
        }
        for (param, expr) in pairs {
            let data = self.subject_data(entry, &args);
            if param.kind == Kind::Data && subject.is_none() {
                subject = expr.bare_name().map(|name| name.text.clone());
            }
            self.running.substitutions.clear();
            let value = self.value_of_argument(entry, call, (param, expr), data.as_ref());
            let value = value.map_err(|error| match param.kind {
                Kind::Data if self.about_dataset(expr) => {
                    self.without_dataset(entry, call).unwrap_or(error)
                }
                Kind::Data => self
                    .drawn_without_dataset(entry, expr)
                    .unwrap_or_else(|| self.with_example(entry, error)),
                _ => self.with_example(entry, error),
            })?;
            if let (Kind::PathOut, Val::Text(path)) = (param.kind, &value) {
                self.lies_here(Path::new(path), expr.span)?;
            }
            if let (true, Val::Text(path)) = (self.checking, &value) {
                self.files.note(param.kind, path);
            }
            let typed = matches!(value, Val::Column(_) | Val::Rows(_)).then(|| self.retyped(expr));
            args.given.insert(
                param.name,
                Given {
                    value,
                    span: expr.span,
                    by_place: by_place(call, expr, headed),
                    typed,
                },
            );
        }
        let first = entry.params.first().map(|param| param.name);
        if first.is_some_and(|name| !args.given.contains_key(name))
            && let Some(error) = self.without_dataset(entry, call)
        {
            return Err(error);
        }
        self.summaries(entry, call, &mut args)?;
        Ok(Bound { args, subject })
    }

    fn value_of_argument(
        &mut self,
        entry: &Entry,
        call: &Call,
        (param, expr): (&Param, &Expr),
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        if param.many && draws_genes(entry, param) {
            return self.known_keys(param, expr, data);
        }
        if param.many {
            return self.many(param, expr, data);
        }
        let value = self.argument(param, expr, data)?;
        match (param.kind, &value) {
            (Kind::Table, Val::Dataset(_, None)) => {
                Err(self.dataset_for_table(entry, call, (param, expr)))
            }
            _ => Ok(value),
        }
    }

    /// Named arguments that are no parameters, where a command takes such.
    fn summaries(&mut self, entry: &'static Entry, call: &Call, args: &mut Args) -> Outcome<()> {
        let takes = entry
            .params
            .iter()
            .find(|param| param.kind == Kind::Summaries);
        let (Some(param), Some(data)) = (takes, self.subject_data(entry, args)) else {
            return Ok(());
        };
        let mut fields = Vec::new();
        let mut typed = Vec::new();
        for arg in &call.args {
            if let Some(name) = &arg.name
                && entry.param(&name.text).is_none()
            {
                fields.push((name.text.clone(), self.summary(&arg.value, &data)?));
                typed.push(arg.span.text(&self.source.text).to_owned());
            }
        }
        if !fields.is_empty() {
            let given = Given {
                typed: Some(typed.join(" ")),
                ..Given::planned(Val::Record(fields), call.span)
            };
            args.given.insert(param.name, given);
        }
        Ok(())
    }

    /// Which argument goes to which parameter.
    fn paired<'c>(
        &self,
        entry: &'static Entry,
        call: &'c Call,
        headed: bool,
    ) -> Outcome<Vec<(&'static Param, &'c Expr)>> {
        let wrong = self.mistyped(entry, call);
        if let Some(error) = wrong.or_else(|| self.other_command(entry, call, headed)) {
            return Err(error);
        }
        let mut free = entry.params.iter().skip(usize::from(headed));
        let mut pairs: Vec<(&'static Param, &Expr)> = Vec::new();
        let open = entry
            .params
            .iter()
            .any(|param| param.kind == Kind::Summaries);
        for Arg { name, value, span } in &call.args {
            let param = match name {
                Some(name) if open && entry.param(&name.text).is_none() => continue,
                Some(name) => entry
                    .param(&name.text)
                    .ok_or_else(|| self.no_param(entry, call, name))?,
                None => free
                    .find(|param| {
                        // `undo 3`: a number is no name.
                        let number = value.literal_number().is_some();
                        let unnamed = number && param.kind == Kind::Name && param.optional;
                        !unnamed
                            && call.named(param.name).is_none()
                            && !pairs.iter().any(|(taken, _)| taken.name == param.name)
                    })
                    .ok_or_else(|| self.too_many(entry, call, *span))?,
            };
            if name.is_none()
                && let Some(error) = self.output_by_place(entry, call, param, value)
            {
                return Err(error);
            }
            if name.is_none()
                && let Some(second) = self.dataset_again(entry, call, (param, value), headed)
            {
                return Err(self.given_twice(&entry.params[0], call, second));
            }
            if pairs.iter().any(|(taken, _)| taken.name == param.name) {
                return Err(self.given_twice(param, call, *span));
            }
            pairs.push((param, value));
        }
        // The dataset first, and whether its raw is meant: what other arguments mean depends on it.
        pairs.sort_by_key(|(param, _)| match (param.kind, param.name) {
            (Kind::Data, _) => 0,
            (_, "raw" | "layer") => 1,
            _ => 2,
        });
        Ok(pairs)
    }

    fn subject_data(&self, entry: &Entry, args: &Args) -> Option<Arc<Dataset>> {
        match args.get(entry.params.first()?.name) {
            Some(Val::Dataset(data, _)) => Some(with_genes_of_raw(entry, args, data)),
            _ => None,
        }
    }

    /// A list element by element, anything else as a single one.
    pub(in crate::eval) fn many(
        &mut self,
        param: &Param,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::List(items) => {
                let items = items
                    .iter()
                    .map(|item| self.argument(param, item, data))
                    .collect::<Outcome<_>>()?;
                Ok(Val::List(items))
            }
            ExprKind::Record(entries)
                if matches!(
                    param.kind,
                    Kind::GeneNames | Kind::GeneSets | Kind::GenesOrColumns
                ) =>
            {
                let mut fields = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = match &entry.key {
                        ast::Key::Word(name) => name.text.clone(),
                        ast::Key::Text(text) => self.text(text)?,
                    };
                    fields.push((key, self.many(param, &entry.value, data)?));
                }
                Ok(Val::Record(fields))
            }
            _ => {
                let value = self.argument(param, expr, data)?;
                Ok(match (param.kind, value) {
                    // `components=(1..4)`.
                    (Kind::Integer { .. }, Val::Range(from, to)) if to - from <= 1000.0 => {
                        let numbers = (0..(to - from).max(0.0) as usize).map(|i| from + i as f64);
                        Val::List(numbers.map(Val::Number).collect())
                    }
                    (_, value) => value,
                })
            }
        }
    }

    pub(in crate::eval) fn argument(
        &mut self,
        param: &Param,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        match param.kind {
            Kind::Choice(words) => self.word(param, words, expr),
            Kind::Name | Kind::Subject => match self.name_word(param, expr) {
                Some(name) => Ok(Val::Text(name)),
                None => self.expr(expr),
            },
            Kind::Text | Kind::Colormap | Kind::NewName | Kind::PathIn | Kind::PathOut => {
                self.text_argument(param, expr)
            }
            Kind::Limit | Kind::CountOrAuto => match expr.kind {
                ExprKind::Name(_) => self.text_argument(param, expr),
                _ => self.expr(expr).and_then(|value| self.settled(value)),
            },
            Kind::Record | Kind::Sets | Kind::Palette => self.words_within(expr),
            Kind::Obs | Kind::Groups => self.slot_word(expr, data, Place::Obs, param),
            Kind::Var => self.slot_word(expr, data, Place::Var, param),
            Kind::Obsm => self.slot_word(expr, data, Place::Obsm, param),
            Kind::Obsp => self.slot_word(expr, data, Place::Obsp, param),
            Kind::Layer => self.slot_word(expr, data, Place::Layers, param),
            Kind::Colors => self.color(expr, data),
            Kind::GeneNames => {
                let value = self.gene_name(expr)?;
                self.genes_known(&value, data, expr.span)?;
                Ok(value)
            }
            Kind::GenesOrColumns => self.gene_or_column(expr, data),
            Kind::GeneSets => self.gene_name(expr),
            Kind::Cells => self.condition(expr, data, Place::Obs),
            Kind::Cell => self.cell(expr, data),
            Kind::Genes => self.condition(expr, data, Place::Var),
            Kind::Rows(headings) => {
                let test = self.row_test(expr, &Searched::headings(headings))?;
                Ok(test.map_or(Val::Unknown, Val::Rows))
            }
            Kind::Template => self.template(expr),
            Kind::Data => self.dataset_argument(expr),
            _ => {
                if param.kind.takes_any() || param.kind == Kind::Table {
                    if let Some(file) = self.table_file(expr) {
                        return Ok(Val::Text(file));
                    }
                } else if self.is_infinity(param, expr) {
                    return Ok(Val::Number(f64::INFINITY));
                } else {
                    self.misplaced_word(param, expr)?
                }
                let value = self.expr(expr)?;
                if param.kind.takes_any() || param.kind == Kind::Table {
                    return Ok(value);
                }
                self.settled(value)
            }
        }
    }

    /// An expression in which bare words are columns: a boolean per cell or gene.
    fn condition(&mut self, expr: &Expr, data: Option<&Arc<Dataset>>, side: Place) -> Outcome<Val> {
        let Some(data) = data else {
            return Ok(Val::Unknown);
        };
        if let Some(error) = self.condition_in_quotes(expr) {
            return Err(error);
        }
        let value = self.kept_in_context(data, side, expr.inner())?;
        match self.as_truth(value, expr.span)? {
            Val::Column(column) if column.column_type == ColumnType::Bool => {
                Ok(Val::Column(column))
            }
            Val::Unknown => Ok(Val::Unknown),
            other => {
                let what = if side == Place::Var { "genes" } else { "cells" };
                Err(self
                    .error(
                        code::CONDITION_NOT_BOOLEAN,
                        format!("{what} are selected by a condition"),
                        expr.span,
                        format!(
                            "this is a {}",
                            crate::eval::parts::columns::described(&other)
                        ),
                    )
                    .help("compare a column with something: (pct_counts_mt < 5)"))
            }
        }
    }

    /// An expression as typed, with the variables in it replaced by their values.
    fn retyped(&mut self, expr: &Expr) -> String {
        let mut text = expr.span.text(&self.source.text).to_owned();
        let mut replaced = std::mem::take(&mut self.running.substitutions);
        replaced.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, value) in replaced {
            if span.start >= expr.span.start && span.end <= expr.span.end {
                text.replace_range(
                    span.start - expr.span.start..span.end - expr.span.start,
                    &value,
                );
            }
        }
        if text.starts_with('(') {
            text
        } else {
            format!("({text})")
        }
    }
}

/// Whether a parameter lists what a figure shows: genes that are missing are left out of it.
fn draws_genes(entry: &Entry, param: &Param) -> bool {
    entry.group == Group::Plotting
        && matches!(
            param.kind,
            Kind::Colors | Kind::GeneNames | Kind::GenesOrColumns
        )
}

/// Whether an argument has no name and follows others.
fn by_place(call: &Call, value: &Expr, headed: bool) -> bool {
    let mut positional = call.positional().map(|arg| arg.value.span);
    let first = if headed { None } else { positional.next() };
    first != Some(value.span) && positional.any(|span| span == value.span)
}

/// The dataset, with the genes of raw where the command looks at raw: genes by name are those.
fn with_genes_of_raw(entry: &Entry, args: &Args, data: &Arc<Dataset>) -> Arc<Dataset> {
    let asked = crate::eval::command::states::asked(entry, args);
    let looks = asked.may_raw && Chosen::of(data, asked, About::Logs) == Chosen::Raw;
    match &data.raw {
        Some(raw) if looks => Arc::new(raw.as_dataset(data)),
        _ => data.clone(),
    }
}
