//! `adata[cells, genes]`, and indexing lists and parts by position or name.

use crate::command::{Along, LazyColumn, Val, tables};
use crate::data::history::{Statement, Step, StepKind};
use crate::data::{Axis, ColumnType, Dataset, Lazy, Place, Selection, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::parts::positions;
use crate::eval::parts::row_names::{named, one_of};
use crate::lang::ast::{Expr, Name, Selector};
use crate::plan::{self, Private, aligned};
use crate::source::{Origin, Span};
use std::sync::Arc;

impl Interpreter<'_> {
    pub(in crate::eval) fn index(
        &mut self,
        base: &Expr,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Val> {
        if let Some(component) = self.component(base, selectors, span)? {
            return Ok(component);
        }
        let value = self.expr(base)?;
        match value {
            Val::Unknown => Ok(Val::Unknown),
            Val::Table(table) | Val::Dataset(_, Some(table)) => {
                self.table_part(&table, selectors, span)
            }
            Val::Dataset(data, None) => self.subset(&data, selectors, span),
            Val::Part(data, place) => self.part_of_dataset(&data, place, selectors, span),
            Val::Uns(ref uns) if tables::of_uns(uns).is_some() => match tables::of(&value) {
                Some(table) => self.table_part(&table, selectors, span),
                None => Ok(Val::Unknown),
            },
            Val::List(items) => self.list_item(&items, selectors, span),
            Val::Record(fields) => {
                let Some(name) = self.one_name(selectors, span)? else {
                    return Ok(Val::Unknown);
                };
                let found = fields.into_iter().find(|(key, _)| *key == name.text);
                found.map(|(_, value)| value).ok_or_else(|| {
                    self.error(
                        code::NO_SUCH_FIELD,
                        format!("no field `{}`", name.text),
                        span,
                        "is not in the record",
                    )
                })
            }
            Val::Matrix(_, name, _) => {
                let headline = format!("index {name} through its dataset");
                let label = "a matrix cannot be indexed";
                let error = self.error(code::NOT_INDEXABLE, headline, span, label);
                Err(match self.through_dataset(base, span) {
                    Some(line) => error.help(self.in_line(span, &line)).fix(span, line),
                    None => error.help(format!(
                        "a gene's values: adata.{name}.CD3D; some cells and genes: adata[0..5, [\"CD3D\", \"LYZ\"]].{name}"
                    )),
                })
            }
            Val::Column(ref column) => self.part_of_column(column, selectors, span),
            Val::Slot(ref slot, ref promised) if slot.place == Place::Uns => {
                self.uns_part(&value, promised, selectors, span)
            }
            other => Err(self.not_indexable(&other, span)),
        }
    }

    /// `adata[0..5, 0..5].X` for `adata.X[0..5, 0..5]`.
    fn through_dataset(&self, base: &Expr, span: Span) -> Option<String> {
        let text = &self.source.text;
        let base = base.span;
        let (data, matrix) = base.text(text).split_once('.')?;
        let selectors = Span::new(base.end, span.end).text(text);
        let of_dataset = matches!(self.session.get(data), Some(Val::Dataset(..)));
        if !of_dataset || selectors.contains('"') {
            return None;
        }
        // A matrix alone shows only its size.
        let alone = text[..span.start].trim().is_empty() || text[..span.start].ends_with('\n');
        let compute = if alone { "compute " } else { "" };
        Some(format!("{compute}{data}{selectors}.{matrix}"))
    }

    /// Rows and columns of a table of uns that is read for it.
    fn uns_part(
        &mut self,
        value: &Val,
        promised: &Lazy,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Val> {
        if self.checking && promised.get().is_none() {
            return Ok(Val::Unknown);
        }
        self.session.asked = true;
        let found = self.engine.value(promised)?;
        match found.uns().and_then(|uns| tables::of_uns(uns)) {
            Some(table) => {
                let table = Lazy::ready(Value::Table(Arc::new(table)));
                self.table_part(&table, selectors, span)
            }
            None => Err(self.not_indexable(value, span)),
        }
    }

    pub(in crate::eval) fn not_indexable(&self, value: &Val, span: Span) -> Box<Diagnostic> {
        let word = value.type_word();
        let article = if word.starts_with(['a', 'e', 'i', 'o']) {
            "an"
        } else {
            "a"
        };
        let headline = match value {
            Val::None => "`none` cannot be indexed".to_owned(),
            _ => format!("{article} {word} cannot be indexed"),
        };
        let label = "only datasets, tables, lists, and records can";
        let error = self.error(code::NOT_INDEXABLE, headline, span, label);
        let indexed = span.text(&self.source.text);
        match indexed.rsplit_once('[') {
            Some((base, _)) if !matches!(value, Val::None) => error.help(format!("show {base}")),
            _ => error,
        }
    }

    /// The name that a selector gives; `None` while checking, if only the data can tell.
    pub(in crate::eval) fn one_name(
        &mut self,
        selectors: &[Selector],
        span: Span,
    ) -> Outcome<Option<Name>> {
        if let [Selector::Expr(expr)] = selectors {
            let value = self.expr(expr)?;
            match self.settled(value)? {
                Val::Unknown => return Ok(None),
                Val::Text(text) => {
                    return Ok(Some(Name {
                        span: expr.span,
                        text,
                        quoted: true,
                    }));
                }
                _ => {}
            }
        }
        Err(self
            .error(
                code::NOT_INDEXABLE,
                "select one by its name",
                span,
                "needs text",
            )
            .help("adata.obs[\"leiden\"]"))
    }

    fn list_item(&mut self, items: &[Val], selectors: &[Selector], span: Span) -> Outcome<Val> {
        if let [Selector::Expr(expr)] = selectors {
            match self.expr(expr)? {
                Val::Number(at) if at >= 0.0 && (at as usize) < items.len() => {
                    return Ok(items[at as usize].clone());
                }
                Val::Range(from, to) if from == to => return Ok(Val::List(Vec::new())),
                Val::Range(from, to) => {
                    let of = (Some(items.len()), "item");
                    let kept = self.positions((from, to), of, expr.span)?;
                    let kept = kept.among(items.len()).unwrap_or_default();
                    return Ok(Val::List(
                        items[kept.start as usize..kept.end as usize].to_vec(),
                    ));
                }
                Val::Unknown => return Ok(Val::Unknown),
                _ => {}
            }
        }
        Err(self.error(
            code::NOT_INDEXABLE,
            format!("the list has items 0 to {}", items.len().saturating_sub(1)),
            span,
            "selects none of them",
        ))
    }

    /// A dataset with fewer cells, fewer genes, or both.
    fn subset(&mut self, data: &Arc<Dataset>, selectors: &[Selector], span: Span) -> Outcome<Val> {
        if selectors.is_empty() || selectors.len() > 2 {
            return Err(self
                .error(
                    code::NOT_INDEXABLE,
                    "a dataset is indexed by cells and genes",
                    span,
                    "needs one or two conditions",
                )
                .help("adata[cells, genes], with : for all of them"));
        }
        let mut next = (**data).clone();
        for (selector, side) in selectors.iter().zip([Place::Obs, Place::Var]) {
            let Selector::Expr(expr) = selector else {
                continue;
            };
            let Some((keep, most)) = self.selection(data, side, expr)? else {
                return Ok(Val::Unknown);
            };
            match side {
                Place::Var => next.genes = next.genes.select_at_most(keep, most),
                _ => next.cells = next.cells.select_at_most(keep, most),
            }
        }
        self.pick_at_hand(&next)?;
        let text = span.text(&self.source.text);
        let brackets = text.find('[').map_or("", |at| &text[at..]);
        next.history = next.history.and(Step {
            number: 0,
            kind: StepKind::Selection,
            statement: Statement::about("", brackets),
            planned: false,
            writes: Vec::new(),
            at: self.now(),
        });
        Ok(Val::Dataset(Arc::new(next), None))
    }

    /// The positions a selector keeps, and how many they are at most; `None` while checking, if only
    /// the data can tell.
    pub(in crate::eval) fn selection(
        &mut self,
        data: &Arc<Dataset>,
        side: Place,
        expr: &Expr,
    ) -> Outcome<Option<(Lazy, usize)>> {
        let value = match self.listed_names(data, side, expr) {
            Some(names) => Ok(names),
            None => self.kept_in_context(data, side, expr),
        };
        let (axis, names) = match side {
            Place::Var => (&data.genes, aligned(&data.var_names, Some(&data.genes))),
            _ => (&data.cells, aligned(&data.obs_names, Some(&data.cells))),
        };
        let origin = Origin::new(&self.source, expr.span);
        match self.as_truth(value?, expr.span)? {
            Val::Unknown => Ok(None),
            Val::Column(column) if column.column_type == ColumnType::Bool => {
                self.fitting(&column, axis, side, expr.span)?;
                Ok(Some((kept(column.value, origin), usize::MAX)))
            }
            Val::List(items) => {
                let of = (&**data, side);
                if let Some(wanted) = self.listed_positions(of, &items, expr.span)? {
                    let most = wanted.len();
                    self.say_order(side, &wanted);
                    return Ok(Some((positions::at(names, wanted, side, origin), most)));
                }
                let wanted = self.listed_texts(&items, expr.span)?;
                self.all_known(data, side, &wanted, expr.span)?;
                if let Some(names) = self.known_names_of(data, side, expr.span)? {
                    let places = wanted.iter().filter_map(|name| names.position(name));
                    self.say_order(side, &places.collect::<Vec<_>>());
                }
                let most = wanted.len();
                Ok(Some((named(names, wanted, side, origin), most)))
            }
            Val::Text(name) => {
                self.all_known(data, side, std::slice::from_ref(&name), expr.span)?;
                Ok(Some((named(names, vec![name], side, origin), 1)))
            }
            Val::Range(from, to) => {
                let of = (axis.len(), one_of(side));
                let range = self.positions((from, to), of, expr.span)?;
                let most = range.at_most();
                Ok(Some((positions::ranged(names, range, side, origin), most)))
            }
            other => Err(self.selects_nothing(&other, side, expr.span)),
        }
    }

    /// What is wrong with a value that selects no cells or genes.
    fn selects_nothing(&self, value: &Val, side: Place, span: Span) -> Box<Diagnostic> {
        let of = one_of(side);
        let headline = format!("{of}s are selected by a condition, names, or a range");
        let label = format!(
            "this is a {}",
            crate::eval::parts::columns::described(value)
        );
        let error = self.error(code::NOT_INDEXABLE, headline, span, label);
        match value {
            Val::Number(at) if *at >= 0.0 => {
                let line = format!("{at}..{}", at + 1.0);
                error.help(self.in_line(span, &line)).fix(span, line)
            }
            _ => error,
        }
    }

    fn fitting(&self, column: &LazyColumn, axis: &Axis, side: Place, span: Span) -> Outcome<()> {
        let (on, wanted) = match (&column.along, side) {
            (Along::Genes(on), Place::Var) => (Some(on), "genes"),
            (Along::Cells(on), Place::Obs) => (Some(on), "cells"),
            (_, Place::Var) => (None, "genes"),
            _ => (None, "cells"),
        };
        match on {
            Some(on) if on.same(axis) => Ok(()),
            Some(_) => Err(self.error(
                code::DIFFERENT_DATASETS,
                "this condition belongs to another dataset",
                span,
                "its rows do not match",
            )),
            None => Err(self.error(
                code::NOT_INDEXABLE,
                format!("this is not a condition on {wanted}"),
                span,
                format!("does not have one value per item of the {wanted}"),
            )),
        }
    }
}

/// Positions where a boolean column is true.
pub fn kept(mask: Lazy, origin: Origin) -> Lazy {
    let label = origin.span.text(&origin.source.text).to_owned();
    let keep = plan::light_step(label, Some(origin), mask, Private::new(), |mask, _| {
        let truths = mask.column_booleans().into_iter().flatten();
        let kept = (0u32..).zip(truths).filter(|(_, truth)| *truth);
        Ok(kept.map(|(i, _)| i).collect::<Selection>())
    });
    keep.lazy().clone()
}
