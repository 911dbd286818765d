//! What a word means as an argument, by the kind of its parameter: one of fixed words, a slot of
//! the dataset, a gene, something new.

use crate::command::gene_columns::line_that_names;
use crate::command::known::OF_GENE;
use crate::command::{Kind, Param, Val, scanpy, suggest};
use crate::data::{Column, ColumnType, Dataset, Place, Promise, SlotName};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::Interpreter;
use crate::eval::command::bare_words::Read;
use crate::eval::names::is_gene;
use crate::lang::ast::{Expr, ExprKind, Name, Piece};
use crate::source::Span;
use std::sync::Arc;

impl Interpreter<'_> {
    /// The word that an argument is, for what is looked up by a name; `help adata.obs` is one, too.
    pub(in crate::eval) fn name_word(&self, param: &Param, expr: &Expr) -> Option<String> {
        let is_path = param.kind == Kind::Name && matches!(expr.kind, ExprKind::Field(..));
        let path = || is_path.then(|| expr.span.text(&self.source.text).to_owned());
        self.bare_word(expr).map(|name| name.text).or_else(path)
    }

    /// A text whose holes are names for the command to fill; other holes are filled now.
    pub(in crate::eval) fn template(&mut self, expr: &Expr) -> Outcome<Val> {
        let ExprKind::Text(text) = &expr.inner().kind else {
            let value = self.expr(expr)?;
            return self.settled(value);
        };
        let mut filled = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Plain(plain) => filled += plain,
                Piece::Hole(hole) => match hole.bare_name() {
                    Some(name) => filled += &format!("{{{}}}", name.text),
                    None => {
                        let value = self.expr(hole)?;
                        match self.settled(value)? {
                            Val::Unknown => return Ok(Val::Unknown),
                            Val::Text(text) => filled += &text,
                            value => filled += &value.to_string(),
                        }
                    }
                },
            }
        }
        Ok(Val::Text(filled))
    }

    /// One of fixed words; a variable where the word is none of them.
    pub(in crate::eval) fn word(
        &mut self,
        param: &Param,
        words: &[(&str, &str)],
        expr: &Expr,
    ) -> Outcome<Val> {
        let is_word = |text: &str| words.iter().any(|(word, _)| *word == text);
        let what = format!("a word of `{}`", param.name);
        let value = match self.word_or_value(expr, &what, is_word)? {
            Read::Word(name) => Val::Text(name.text),
            Read::Value(value) => value,
        };
        if let Val::Text(text) = &value
            && let Some(same) = scanpy::same_word(text).filter(|same| is_word(same))
        {
            return Ok(Val::text(same));
        }
        match &value {
            Val::Text(text) if is_word(text) => Ok(value),
            Val::None if param.optional => Ok(value),
            Val::Unknown => Ok(value),
            // `none`, `true` and `false` are values of the language before they are words.
            Val::None if is_word("none") => Ok(Val::text("none")),
            Val::Bool(true) if is_word("on") => Ok(Val::text("on")),
            Val::Bool(false) if is_word("off") => Ok(Val::text("off")),
            Val::Bool(truth) if is_word(&truth.to_string()) => Ok(Val::Text(truth.to_string())),
            other => Err(self.no_such_word(param, words, other, expr)),
        }
    }

    fn no_such_word(
        &self,
        param: &Param,
        words: &[(&str, &str)],
        value: &Val,
        expr: &Expr,
    ) -> Box<Diagnostic> {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let text = match value {
            Val::Text(text) => text.clone(),
            other => other.to_string(),
        };
        let help = suggest::did_you_mean_word(&text, &known);
        let headline = match value {
            Val::Text(_) | Val::Number(_) | Val::Bool(_) | Val::None => {
                format!("`{}` has no word `{text}`", param.name)
            }
            other => format!("`{}` is a word, not {}", param.name, other.described()),
        };
        let label = format!("needs {}", known.join(" or "));
        let diagnostic = self.error(code::NO_SUCH_WORD, headline, expr.span, label);
        // The only word there is may have been left out before a text.
        let only = match (&known[..], &expr.kind) {
            ([word], ExprKind::Text(_)) => {
                let typed = expr.span.text(&self.source.text);
                Some(self.in_line(expr.span, &format!("{word} {typed}")))
            }
            ([word], _) => Some(self.in_line(expr.span, word)),
            _ => None,
        };
        let near = suggest::nearest(&text, &known);
        let diagnostic = match &near[..] {
            [near] => diagnostic.fix(expr.span, near.clone()),
            _ => diagnostic,
        };
        match help.or(only) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// A word that names a slot of the dataset; both a slot and a variable is an error.
    pub(in crate::eval) fn slot_word(
        &mut self,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
        place: Place,
        param: &Param,
    ) -> Outcome<Val> {
        let there = |key: &str| data.is_none_or(|data| has(data, place, key));
        let what = format!("a column of {}", place.word());
        let read = self.word_or_value(expr, &what, |key| data.is_some() && there(key))?;
        let (text, span) = match (read, expr.bare_name()) {
            (Read::Word(name), _) => (name.text, name.span),
            (Read::Value(Val::Text(text)), _) => (text, expr.span),
            (Read::Value(Val::Unknown), _) => return Ok(Val::Unknown),
            // A variable of that name that is no name of anything.
            (Read::Value(_), Some(name)) => (name.text.clone(), name.span),
            (Read::Value(value), None) => match value {
                Val::None if param.optional => return Ok(Val::None),
                other => {
                    return Err(self.error(
                        code::INVALID_VALUE,
                        format!("`{}` needs {}", param.name, param.kind.words()),
                        expr.span,
                        format!("this is {}", other.described()),
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

    /// Numbers that are not labels form no groups: measurements, and what is known not to be whole and
    /// few. Of other numbers that are not there yet the command says so once they are.
    fn must_group(&self, data: &Dataset, key: &str, span: Span) -> Outcome<()> {
        let Some(slot) = data.slot(&SlotName::new(Place::Obs, key)) else {
            return Ok(());
        };
        // A damaged file is reported by the step that reads it.
        let known = slot.value.known().ok().flatten();
        let column = known.and_then(|value| value.column());
        let no_labels = match column.map(|column| &**column) {
            Some(Column::Number(numbers)) => slot.value.is_measured() || !numbers.are_labels(),
            Some(_) => false,
            None => slot.value.is_measured(),
        };
        if !no_labels {
            return Ok(());
        }
        let (headline, help) = suggest::groups_of_numbers(key);
        let label = categories(data);
        let error = self.error(code::NOT_GROUP_LABELS, headline, span, label);
        Err(error.help(help))
    }

    /// A column of obs, else a gene.
    pub(in crate::eval) fn color(
        &mut self,
        expr: &Expr,
        data: Option<&Arc<Dataset>>,
    ) -> Outcome<Val> {
        let known =
            |key: &str| data.is_some_and(|data| has(data, Place::Obs, key) || is_gene(data, key));
        let (text, span) = match &expr.kind {
            // gene.CD3D and obs.leiden say which one is meant.
            ExprKind::Field(base, field)
                if base.bare_name().is_some_and(|root| root.text == "obs") =>
            {
                (field.text.clone(), field.span)
            }
            ExprKind::Field(base, field)
                if base.bare_name().is_some_and(|root| root.text == "gene") =>
            {
                (format!("{OF_GENE}{}", field.text), field.span)
            }
            _ => match self.word_or_value(expr, "a column of obs", known)? {
                Read::Word(name) => (name.text, name.span),
                Read::Value(Val::Text(text)) => (text, expr.span),
                Read::Value(list @ (Val::List(_) | Val::Unknown)) => return Ok(list),
                Read::Value(other) => match expr.bare_name() {
                    Some(name) => (name.text.clone(), name.span),
                    None => return Ok(other),
                },
            },
        };
        let Some(data) = data else {
            return Ok(Val::Text(text));
        };
        let text = match text.strip_prefix(OF_GENE) {
            // Only a column of the same name is to be told from it.
            Some(gene) if !is_gene(data, &text) && !has(data, Place::Obs, gene) => gene.to_owned(),
            Some(gene) if is_gene(data, gene) => return Ok(Val::Text(text)),
            _ => text,
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
    pub(in crate::eval) fn gene_name(&mut self, expr: &Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Field(base, field)
                if base.bare_name().is_some_and(|root| root.text == "gene") =>
            {
                Ok(Val::text(&field.text))
            }
            _ => match self.word_or_value(expr, "a gene", |_| false)? {
                Read::Word(name) => Ok(Val::Text(name.text)),
                // `m.names` of a table.
                Read::Value(column @ Val::Column(_)) => Ok(self
                    .items(column, expr.span)?
                    .map_or(Val::Unknown, Val::List)),
                Read::Value(value) => Ok(value),
            },
        }
    }

    pub(in crate::eval) fn genes_known(
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
                    code::NO_SUCH_GENE_OR_CELL,
                    format!("no gene `{text}`"),
                    span,
                    format!("{from} has no such gene"),
                );
                let named = || line_that_names(data?, |gene| gene == text);
                Err(match &near[..] {
                    [] => match named() {
                        Some(line) => diagnostic.help(line),
                        None => diagnostic,
                    },
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
        // `layer=X` is X itself, whatever it holds.
        Place::Layers => data.layers.contains_key(key) || key == "X" && data.x.is_some(),
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
        "there is no categorical column yet: leiden creates one".to_owned()
    } else {
        suggest::listing("groups: obs", names)
    }
}
