//! What a word means as an argument, by the kind of its parameter: one of fixed words, a slot of
//! the dataset, a gene, something new.

use super::Interpreter;
use super::names::is_gene;
use crate::command::{Kind, Param, Val, suggest};
use crate::data::{ColumnType, Dataset, Place, Promise, SlotName};
use crate::diagnostic::{Diagnostic, Outcome};
use crate::lang::ast::{Expr, ExprKind, Name};
use crate::source::Span;
use std::sync::Arc;

impl Interpreter<'_> {
    /// One of fixed words; a variable where the word is none of them.
    pub(super) fn word(
        &mut self,
        param: &Param,
        words: &[(&str, &str)],
        expr: &Expr,
    ) -> Outcome<Val> {
        let is_word = |text: &str| words.iter().any(|(word, _)| *word == text);
        let value = match &expr.kind {
            ExprKind::Name(name) if is_word(&name.text) => {
                if self.session.get(&name.text).is_some() {
                    return Err(self
                        .error(
                            "E031",
                            format!(
                                "`{}` is both a word of `{}` and a variable",
                                name.text, param.name
                            ),
                            name.span,
                            "which one is meant?",
                        )
                        .help(format!(
                            "\"{0}\" is the word, ({0}) is the variable",
                            name.text
                        )));
                }
                Val::text(&name.text)
            }
            ExprKind::Name(name) if self.session.get(&name.text).is_none() => Val::text(&name.text),
            _ => self.expr(expr)?,
        };
        match &value {
            Val::Text(text) if is_word(text) => Ok(value),
            Val::None if param.optional => Ok(value),
            Val::Unknown => Ok(value),
            // `none`, `true` and `false` are values of the language before they are words.
            Val::None if is_word("none") => Ok(Val::text("none")),
            Val::Truth(true) if is_word("on") => Ok(Val::text("on")),
            Val::Truth(false) if is_word("off") => Ok(Val::text("off")),
            other => {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                let text = match other {
                    Val::Text(text) => text.clone(),
                    other => other.to_string(),
                };
                let help = suggest::did_you_mean(&text, &known);
                let diagnostic = self.error(
                    "E064",
                    format!("`{}` has no word `{text}`", param.name),
                    expr.span,
                    format!("wants {}", known.join(" or ")),
                );
                Err(match help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                })
            }
        }
    }

    pub(super) fn new_name(&mut self, expr: &Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Name(name) if self.session.get(&name.text).is_none() => {
                Ok(Val::text(&name.text))
            }
            _ => {
                let value = self.expr(expr)?;
                self.settled(value)
            }
        }
    }

    /// A word that names a slot of the dataset; both a slot and a variable is an error.
    pub(super) fn slot_word(
        &mut self,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
        place: Place,
        param: &Param,
    ) -> Outcome<Val> {
        let there = |key: &str| data.is_none_or(|data| has(data, place, key));
        let (text, span) = match &expr.kind {
            ExprKind::Name(name) => {
                let variable = self.session.get(&name.text).is_some();
                match (data.is_some() && there(&name.text), variable) {
                    (true, true) => return Err(self.two_meanings(name, place)),
                    (false, true) => match self.expr(expr)? {
                        Val::Text(text) => (text, expr.span),
                        Val::Unknown => return Ok(Val::Unknown),
                        _ => (name.text.clone(), name.span),
                    },
                    _ => (name.text.clone(), name.span),
                }
            }
            _ => match self.expr(expr)? {
                Val::Text(text) => (text, expr.span),
                Val::None if param.optional => return Ok(Val::None),
                Val::Unknown => return Ok(Val::Unknown),
                other => {
                    return Err(self.error(
                        "E063",
                        format!("`{}` wants {}", param.name, param.kind.words()),
                        expr.span,
                        format!("this is a {}", other.type_word()),
                    ));
                }
            },
        };
        let Some(data) = data else {
            return Ok(Val::Text(text));
        };
        if let Some(meant) = self.short_for(data, place, &text) {
            return Ok(Val::Text(meant));
        }
        let planned = param.kind == Kind::Obsm || place == Place::Obsp && text == "connectivities";
        if !there(&text) && !planned {
            let name = Name {
                span,
                text,
                quoted: true,
            };
            return Err(self.no_slot(data, place, &name));
        }
        if param.kind == Kind::Groups {
            self.must_group(data, &text, span)?;
        }
        Ok(Val::Text(text))
    }

    /// The slot that the field's short name of it means.
    fn short_for(&self, data: &Dataset, place: Place, text: &str) -> Option<String> {
        if has(data, place, text) {
            return None;
        }
        match place {
            // `on=pca` means obsm.X_pca, and `on=harmony` obsm.X_pca_harmony.
            Place::Obsm => {
                let names = [format!("X_{text}"), format!("X_pca_{text}")];
                let known =
                    |name: &str| has(data, place, name) || self.maker_of(place, name).is_some();
                names.into_iter().find(|name| known(name))
            }
            // `graph=wnn` means obsp.wnn_connectivities, as `neighbors key=wnn` leaves it.
            Place::Obsp => {
                let graph = format!("{text}_connectivities");
                has(data, place, &graph).then_some(graph)
            }
            _ => None,
        }
    }

    fn two_meanings(&self, name: &Name, place: Place) -> Box<Diagnostic> {
        self.error(
            "E031",
            format!(
                "`{}` is both a column of {} and a variable",
                name.text,
                place.word()
            ),
            name.span,
            "which one is meant?",
        )
        .help(format!(
            "\"{0}\" is the column, ({0}) is the variable",
            name.text
        ))
    }

    /// Numbers with decimals form no groups.
    fn must_group(&self, data: &Dataset, key: &str, span: Span) -> Outcome<()> {
        let slot = data.slot(&SlotName::new(Place::Obs, key));
        match slot.map(|slot| slot.value.promise()) {
            Some(Promise::Column(ColumnType::Number)) => Err(self
                .error(
                    "E067",
                    format!("obs.{key} holds numbers, which form no groups"),
                    span,
                    "wants a category",
                )
                .help(categories(data))),
            _ => Ok(()),
        }
    }

    /// A column of obs, else a gene.
    pub(super) fn color(&mut self, expr: &Expr, data: Option<&Arc<Dataset>>) -> Outcome<Val> {
        let (text, span) = match &expr.kind {
            ExprKind::Name(name) => {
                let known = data.is_some_and(|data| {
                    has(data, Place::Obs, &name.text) || is_gene(data, &name.text)
                });
                match (known, self.session.get(&name.text).cloned()) {
                    (true, Some(_)) => return Err(self.two_meanings(name, Place::Obs)),
                    (false, Some(Val::Text(text))) => (text, name.span),
                    (false, Some(list @ Val::List(_))) => return Ok(list),
                    _ => (name.text.clone(), name.span),
                }
            }
            // gene.CD3D and obs.leiden say which one is meant.
            ExprKind::Field(base, field)
                if base
                    .bare_name()
                    .is_some_and(|root| matches!(root.text.as_str(), "gene" | "obs")) =>
            {
                (field.text.clone(), field.span)
            }
            _ => match self.expr(expr)? {
                Val::Text(text) => (text, expr.span),
                other => return Ok(other),
            },
        };
        let Some(data) = data else {
            return Ok(Val::Text(text));
        };
        let there = has(data, Place::Obs, &text) || is_gene(data, &text);
        if there || data.component(&text).is_some() {
            return Ok(Val::Text(text));
        }
        Err(self.no_column(
            data,
            Place::Obs,
            &Name {
                span,
                text,
                quoted: true,
            },
        ))
    }

    /// A gene's name, or a list of them; a bare word is a gene unless it is a variable.
    pub(super) fn gene_name(&mut self, expr: &Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Name(name) => match self.session.get(&name.text) {
                Some(value) => Ok(value.clone()),
                None => Ok(Val::text(&name.text)),
            },
            ExprKind::Field(base, field)
                if base.bare_name().is_some_and(|root| root.text == "gene") =>
            {
                Ok(Val::text(&field.text))
            }
            _ => self.expr(expr),
        }
    }

    pub(super) fn genes_known(
        &self,
        value: &Val,
        data: Option<&Arc<Dataset>>,
        span: Span,
    ) -> Outcome<()> {
        let names = match data {
            Some(data) => self.known_names_of(data, Place::Var, span)?,
            None => None,
        };
        let Some(names) = names else {
            return Ok(());
        };
        match value {
            Val::Text(text) if names.position(text).is_none() => {
                let near = suggest::nearest(text, names.iter());
                let from = data.map_or("", |data| data.from.as_str());
                let diagnostic = self.error(
                    "E036",
                    format!("no gene `{text}`"),
                    span,
                    format!("{from} has no such gene"),
                );
                Err(match &near[..] {
                    [] => diagnostic,
                    near => diagnostic.help(format!("did you mean {}?", near.join(" or "))),
                })
            }
            Val::List(items) => items
                .iter()
                .try_for_each(|item| self.genes_known(item, data, span)),
            _ => Ok(()),
        }
    }
}

fn has(data: &Dataset, place: Place, key: &str) -> bool {
    match place {
        Place::Layers => data.layers.contains_key(key),
        place => data.key_of(place, key).is_some(),
    }
}

/// What there is to group by.
fn categories(data: &Dataset) -> String {
    let names = data.obs.iter().filter_map(|(key, slot)| {
        matches!(
            slot.value.promise(),
            Promise::Column(ColumnType::Category | ColumnType::Text)
        )
        .then_some(key)
    });
    let names: Vec<&String> = names.collect();
    if names.is_empty() {
        "there is no category yet: leiden makes one".to_owned()
    } else {
        suggest::listing("groups: obs", names)
    }
}
