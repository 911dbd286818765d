//! Lists of genes and columns that a figure shows: a few that the dataset does not have are left
//! out with a warning, as published lists of markers seldom fit a dataset wholly. If none is there,
//! that is an error, and so is a single one that is not.

use crate::command::{Kind, Param, Val};
use crate::data::Dataset;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::{Interpreter, Output};
use crate::lang::ast::{self, Expr, ExprKind};
use crate::source::Span;
use std::sync::Arc;

/// What was left out, and the error that it would have been.
#[derive(Default)]
struct LeftOut {
    first: Option<Box<Diagnostic>>,
    names: Vec<String>,
}

impl LeftOut {
    /// The value, unless it is one of a gene or column that is missing.
    fn unless_gone(&mut self, text: &str, value: Outcome<Val>) -> Outcome<Option<Val>> {
        match value {
            Ok(value) => Ok(Some(value)),
            Err(error)
                if matches!(
                    error.code,
                    code::NO_SUCH_COLUMN | code::NO_SUCH_GENE_OR_CELL
                ) && !can_be_made(&error) =>
            {
                self.names.push(text.trim_matches(['"', '`']).to_owned());
                self.first.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// `pct_counts_mt` before `qc`: a step is missing, not a gene. Nor is `nCount_RNA` one, which has
/// another name here.
fn can_be_made(error: &Diagnostic) -> bool {
    let mut labels = error.labels.iter();
    labels.any(|label| label.text == "does not exist yet" || label.text.starts_with("is called `"))
}

impl Interpreter<'_> {
    /// A list, or a record of lists, with what the dataset has of it.
    pub(in crate::eval) fn known_keys(
        &mut self,
        param: &Param,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        let mut left_out = LeftOut::default();
        let value = match &expr.kind {
            ExprKind::List(items) => self.known_items(param, items, data, &mut left_out)?,
            ExprKind::Record(entries)
                if matches!(param.kind, Kind::GeneNames | Kind::GenesOrColumns) =>
            {
                self.known_lists(param, entries, data, &mut left_out)?
            }
            _ => {
                let value = self.listed(param, expr, data)?;
                self.known_values(value, data, expr.span, &mut left_out)?
            }
        };
        let empty = match &value {
            Val::List(items) => items.is_empty(),
            Val::Record(fields) => fields.is_empty(),
            _ => false,
        };
        match left_out.first {
            Some(error) if empty => Err(error),
            Some(error) => {
                self.say(Output::Note(*warning(&left_out.names, &error)));
                Ok(value)
            }
            None => Ok(value),
        }
    }

    fn known_items(
        &mut self,
        param: &Param,
        items: &[Expr],
        data: Option<&Arc<Dataset>>,
        left_out: &mut LeftOut,
    ) -> Outcome<Val> {
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            let text = item.span.text(&self.source.text).to_owned();
            let value = self.argument(param, item, data);
            kept.extend(left_out.unless_gone(&text, value)?);
        }
        Ok(Val::List(kept))
    }

    fn known_lists(
        &mut self,
        param: &Param,
        entries: &[ast::Entry],
        data: Option<&Arc<Dataset>>,
        left_out: &mut LeftOut,
    ) -> Outcome<Val> {
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = match &entry.key {
                ast::Key::Word(name) => name.text.clone(),
                ast::Key::Text(text) => self.text(text)?,
            };
            let one = std::slice::from_ref(&entry.value);
            let items = match &entry.value.kind {
                ExprKind::List(items) => &items[..],
                _ => one,
            };
            match self.known_items(param, items, data, left_out)? {
                Val::List(items) if items.is_empty() => {}
                list => fields.push((key, list)),
            }
        }
        Ok(Val::Record(fields))
    }

    /// The value of a variable or a single name, not yet looked up if it is a list.
    fn listed(&mut self, param: &Param, expr: &Expr, data: Option<&Arc<Dataset>>) -> Outcome<Val> {
        match param.kind {
            Kind::Colors => self.color(expr, data),
            Kind::GenesOrColumns => self.gene_or_column(expr, data),
            _ => {
                let value = self.gene_name(expr)?;
                if matches!(value, Val::Text(_)) {
                    self.genes_known(&value, data, expr.span)?;
                }
                Ok(value)
            }
        }
    }

    /// The name of a gene or of a column of obs; a list is not yet looked up.
    pub(in crate::eval) fn gene_or_column(
        &mut self,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        let value = self.gene_name(expr)?;
        if let Val::Text(key) = &value
            && !data.is_some_and(|data| data.obs.contains_key(key))
        {
            self.genes_known(&value, data, expr.span)?;
        }
        Ok(value)
    }

    /// A list or record that a variable holds, with what is there of it.
    fn known_values(
        &mut self,
        value: Val,
        data: Option<&Arc<Dataset>>,
        span: Span,
        left_out: &mut LeftOut,
    ) -> Outcome<Val> {
        match value {
            Val::List(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for item in items {
                    let text = item.to_string();
                    let known = match &item {
                        Val::Text(key) => self.known_key(key, data, span),
                        _ => Ok(()),
                    };
                    kept.extend(left_out.unless_gone(&text, known.map(|()| item))?);
                }
                Ok(Val::List(kept))
            }
            Val::Record(fields) => {
                let mut kept = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    let value = match value {
                        one @ Val::Text(_) => Val::List(vec![one]),
                        value => value,
                    };
                    match self.known_values(value, data, span, left_out)? {
                        Val::List(items) if items.is_empty() => {}
                        value => kept.push((key, value)),
                    }
                }
                Ok(Val::Record(kept))
            }
            value => Ok(value),
        }
    }

    /// A gene, a column of obs or a component.
    fn known_key(&self, key: &str, data: Option<&Arc<Dataset>>, span: Span) -> Outcome<()> {
        match data {
            Some(data) if data.obs.contains_key(key) || data.component(key).is_some() => Ok(()),
            _ => self.genes_known(&Val::text(key), data, span),
        }
    }
}

/// The error of what is left out, as a warning.
fn warning(names: &[String], error: &Diagnostic) -> Box<Diagnostic> {
    let headline = match names {
        [one] => format!("no gene or column `{one}`; it is left out"),
        many => format!("no genes or columns {}; they are left out", many.join(", ")),
    };
    let mut warning = Diagnostic::warning(code::LEFT_OUT_OF_FIGURE, headline);
    warning.labels = error.labels.clone();
    warning.help = error.help.clone();
    warning.source = error.source.clone();
    warning
}
