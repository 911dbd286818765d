//! Cells and genes by their names: `adata[:, [CD3D, HLA-DRA]]`, and the message about names that are
//! columns, or that nothing has.

use crate::command::Val;
use crate::data::{Dataset, Lazy, Names, Place, Selection, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::answers::column_names::our_name;
use crate::eval::names::is_gene;
use crate::lang::ast::{Expr, ExprKind};
use crate::lang::words::spelled;
use crate::plan::{self, Fault, Private, Promised};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    /// `[CD3D, HLA-DRA]`: names of genes or cells as bare words, where all of them are.
    pub(in crate::eval) fn listed_names(
        &self,
        data: &Dataset,
        side: Place,
        expr: &Expr,
    ) -> Option<Val> {
        let ExprKind::List(items) = &expr.kind else {
            return self.single_name(data, side, expr);
        };
        let name = |item: &Expr| match &item.kind {
            ExprKind::Text(text) => text.plain().map(Val::text),
            _ => self
                .bare_word(item)
                .filter(|name| self.session.get(&name.text).is_none())
                .filter(|name| side == Place::Var || !self.known_in(data, side, &name.text))
                .map(|name| Val::Text(name.text)),
        };
        items.iter().map(name).collect::<Option<_>>().map(Val::List)
    }

    /// `adata["leiden"]` and `x[["percent.mt"]]` of Seurat: columns where cells or genes are wanted.
    fn columns_for_rows(
        &self,
        (data, side): (&Dataset, Place),
        names: &Names,
        wanted: &[String],
        span: Span,
    ) -> Option<Box<Diagnostic>> {
        let columns = data.slots(side)?;
        let is_column =
            |name: &String| names.position(name).is_none() && columns.contains_key(our_name(name));
        let text = &self.source.text;
        let before = text[..span.start].trim_end().strip_suffix('[')?;
        let behind = text[span.end..].trim_start().strip_prefix(']')?;
        let place = side.word();
        let whole = before.ends_with(&format!(".{place}"));
        let embedding = match wanted {
            [one] if side == Place::Obs => Some(format!("X_{one}")),
            _ => None,
        };
        if let Some(key) = embedding.filter(|key| !whole && data.obsm.contains_key(key)) {
            let headline = format!("`{}` is an embedding, not a cell", wanted[0]);
            let error = self.error(code::NO_SUCH_GENE_OR_CELL, headline, span, "selects rows");
            let before = before.strip_suffix('[').unwrap_or(before);
            let behind = behind.strip_prefix(']').unwrap_or(behind);
            let indexed = Span::new(before.len(), text.len() - behind.len());
            let line = format!(".obsm.{}", spelled(&key));
            return Some(error.help(self.in_line(indexed, &line)).fix(indexed, line));
        }
        if wanted.is_empty() || !wanted.iter().all(is_column) || whole {
            return None;
        }
        let typed = span.text(text);
        let line = match wanted {
            [one] => format!(".{place}.{}", spelled(our_name(one))),
            _ => format!(".{place}[{typed}]"),
        };
        let headline = format!(
            "`{}` is a column of {place}, not a {}",
            wanted[0],
            one_of(side)
        );
        let error = self.error(code::NO_SUCH_GENE_OR_CELL, headline, span, "selects rows");
        let indexed = Span::new(before.len(), text.len() - behind.len());
        Some(error.help(self.in_line(indexed, &line)).fix(indexed, line))
    }

    /// `adata[:, HLA-DRA]`: a gene or cell by its bare name, where it is nothing else.
    fn single_name(&self, data: &Dataset, side: Place, expr: &Expr) -> Option<Val> {
        let text = expr.span.text(&self.source.text).trim_matches('`');
        let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_word = text.chars().all(part) && expr.literal_number().is_none();
        if !is_word || self.session.get(text).is_some() || self.known_in(data, side, text) {
            return None;
        }
        let names = self.known_names_of(data, side, expr.span).ok()??;
        names.position(text).map(|_| Val::text(text))
    }

    pub(in crate::eval) fn all_known(
        &self,
        data: &Dataset,
        side: Place,
        wanted: &[String],
        span: Span,
    ) -> Outcome<()> {
        let Some(names) = self.known_names_of(data, side, span)? else {
            return Ok(());
        };
        if let Some(wrong) = self.columns_for_rows((data, side), &names, wanted, span) {
            return Err(wrong);
        }
        for name in wanted {
            if names.position(name).is_none() {
                let what = if side == Place::Var { "gene" } else { "cell" };
                let near = crate::command::suggest::nearest(name, names.iter());
                let is_gene = side != Place::Var && is_gene(data, name);
                let label = if is_gene {
                    "is a gene, and genes come second".to_owned()
                } else {
                    format!("{} has none with that name", data.from)
                };
                let diagnostic = self.error(
                    code::NO_SUCH_GENE_OR_CELL,
                    format!("no {what} `{name}`"),
                    span,
                    label,
                );
                return Err(match &near[..] {
                    _ if is_gene => diagnostic.help(format!("adata[:, [\"{name}\"]]")),
                    [] => diagnostic,
                    near => diagnostic.help(format!("did you mean {}?", near.join(" or "))),
                });
            }
        }
        Ok(())
    }
}

/// Positions of names; cells keep the dataset's order, genes take the order given.
pub(in crate::eval) fn named(
    names: Lazy,
    wanted: Vec<String>,
    side: Place,
    origin: Origin,
) -> Lazy {
    // Of genes whose names are there it is known at once.
    if side == Place::Var
        && let Some(Value::Names(names)) = names.get()
        && let Ok(keep) = places(names, &wanted, side)
    {
        return Lazy::ready(Value::Selection(Arc::new(keep)));
    }
    let names = Promised::<Names>::of(names);
    let keep = plan::light_step(
        "pick",
        Some(origin),
        names,
        Private::new(),
        move |names, _| places(&names, &wanted, side),
    );
    keep.lazy().clone()
}

fn places(names: &Names, wanted: &[String], side: Place) -> Result<Selection, Fault> {
    let mut keep = Selection::new();
    for name in wanted {
        match names.position(name) {
            Some(at) if !keep.contains(&(at as u32)) => keep.push(at as u32),
            Some(_) => {}
            None => {
                let what = if side == Place::Var { "gene" } else { "cell" };
                let headline = format!("no {what} `{name}` among the remaining ones");
                return Err(Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, headline).into());
            }
        }
    }
    if side != Place::Var {
        keep.sort_unstable();
    }
    Ok(keep)
}

/// What a side has several of.
pub(in crate::eval) fn one_of(side: Place) -> &'static str {
    match side {
        Place::Var => "gene",
        _ => "cell",
    }
}
