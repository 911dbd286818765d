//! What a bare word means, by where it stands.

use super::Interpreter;
use crate::command::{Along, LazyColumn, Val};
use crate::data::{Chosen, ColumnType, Dataset, Names, Place, Promise, Slot, SlotName, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::eval::command::states::gene_place;
use crate::lang::ast::{Expr, Name};
use crate::plan::aligned;
use crate::plan::engine::of_file;
use crate::session::names_last;
use crate::source::{Origin, Span};
use std::sync::Arc;

/// The dataset whose columns bare words mean, and of which side.
#[derive(Clone)]
pub(super) struct Context {
    pub data: Arc<Dataset>,
    /// `Obs`: a cell context; `Var`: a gene context.
    pub side: Place,
}

impl Interpreter<'_> {
    /// A bare word as a value.
    pub(super) fn name(&mut self, name: &Name) -> Outcome<Val> {
        if let Some(context) = self.running.contexts.last().cloned() {
            return self.name_in(&context, name);
        }
        if let Some(value) = self.session.get(&name.text).cloned() {
            self.note_reads_of(name);
            return Ok(value);
        }
        if let Some(it) = self.last_value(name) {
            return Ok(it);
        }
        if self.callable(&name.text) {
            return self.call_bare(name);
        }
        Err(self.no_command(name, None))
    }

    /// The value that was shown last, which `last` and `it` stand for where nothing else has the name.
    pub(super) fn last_value(&self, name: &Name) -> Option<Val> {
        let is_last = names_last(&name.text) && !name.quoted;
        let free = is_last && !self.session.functions.contains_key(&name.text);
        let last = self.session.last.as_ref().filter(|_| free);
        last.map(|last| last.value.clone())
    }

    /// Notes what an expression reads of a dataset, for what is made of it.
    pub(super) fn note_read(&mut self, data: &Dataset, name: &SlotName) {
        self.running
            .reads
            .extend(data.version(name).map(|version| (name.clone(), version)));
    }

    /// Notes what the value of a variable was made of.
    fn note_reads_of(&mut self, variable: &Name) {
        let from = self.session.made_of(&variable.text);
        self.running.reads.extend(from.iter().cloned());
    }

    /// Whether a name is a column or a gene in a context.
    pub(super) fn known_in(&self, data: &Dataset, side: Place, name: &str) -> bool {
        let slots = data.slots(side);
        slots.is_some_and(|slots| slots.contains_key(name))
            || side == Place::Obs && is_gene(data, name)
    }

    /// Text that is no plain name, within an expression: a column or gene, or what it says with
    /// its signs as operators.
    pub(super) fn word_value(
        &mut self,
        text: &str,
        reading: Option<&Expr>,
        span: Span,
    ) -> Outcome<Val> {
        let name = Name {
            span,
            text: text.to_owned(),
            quoted: true,
        };
        let context = self.running.contexts.last().cloned();
        let known = context.is_some_and(|it| self.known_in(&it.data, it.side, text))
            || self.session.get(text).is_some();
        match reading {
            Some(reading) if !known && self.computable(reading) => self.expr(reading),
            _ if !known => match self.odd_field(text, span)? {
                Some(value) => Ok(value),
                None => self.name(&name),
            },
            _ => self.name(&name),
        }
    }

    /// `adata.obs.leiden_0.4`, `adata.gene.HLA-DRA`: a name with a dot or a hyphen in it, where the first
    /// is a dataset.
    fn odd_field(&mut self, text: &str, span: Span) -> Outcome<Option<Val>> {
        let mut parts = text.splitn(3, '.');
        let (Some(root), Some(part), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(None);
        };
        let Some(Val::Dataset(data, None)) = self.session.get(root).cloned() else {
            return Ok(None);
        };
        let name = |text: &str| Name {
            span: Span::new(span.end - text.len(), span.end),
            text: text.to_owned(),
            quoted: true,
        };
        let of_layer = key.split_once('.').filter(|_| part == "layers");
        match (part, of_layer, Place::from_word(part)) {
            ("gene" | "genes", ..) => self.gene(&data, key, name(key).span).map(Some),
            ("X", ..) => self.gene_of_x(&data, &name(key)).map(Some),
            (_, Some((layer, gene)), _) if data.layers.contains_key(layer) => {
                let read = SlotName::new(Place::Layers, layer);
                self.note_read(&data, &read);
                let matrix = data.layers[layer].clone();
                self.gene_of_matrix(&data, &matrix, &name(gene)).map(Some)
            }
            (_, _, Some(place)) => self.part_field(&data, place, &name(key)).map(Some),
            _ => Ok(None),
        }
    }

    /// A bare word in a cell or gene context: columns, genes, variables; two hits are an error. Where
    /// there is none, a component: `PC1`.
    fn name_in(&mut self, context: &Context, name: &Name) -> Outcome<Val> {
        let data = &context.data;
        let column = data
            .slots(context.side)
            .and_then(|slots| slots.get(&name.text));
        let variable = self.session.get(&name.text).cloned();
        let gene = context.side == Place::Obs && is_gene(data, &name.text);
        let side = context.side.word();
        let mut hits = Vec::new();
        if column.is_some() {
            hits.push(format!("a column of {side}"));
        }
        if gene {
            hits.push("a gene".to_owned());
        }
        if variable.is_some() {
            hits.push("a variable".to_owned());
        }
        if hits.len() > 1 {
            return Err(self.ambiguous(name, &hits, side, gene));
        }
        if let Some(slot) = column {
            let read = SlotName::new(context.side, &name.text);
            self.note_read(data, &read);
            self.warn_stale_column(data, &read, name.span);
            return Ok(column_value(data, context.side, slot));
        }
        if gene {
            return self.gene(data, &name.text, name.span);
        }
        if let Some(value) = variable {
            self.note_reads_of(name);
            self.running
                .substitutions
                .push((name.span, value.to_string()));
            return Ok(value);
        }
        if let Some(it) = self.last_value(name) {
            let it = self.settled(it)?;
            self.running.substitutions.push((name.span, it.to_string()));
            return Ok(it);
        }
        let component = (context.side == Place::Obs)
            .then(|| self.named_component(data, name))
            .flatten();
        component.ok_or_else(|| self.no_column(data, context.side, name))
    }

    fn ambiguous(&self, name: &Name, hits: &[String], side: &str, gene: bool) -> Box<Diagnostic> {
        let text = &name.text;
        let how = if gene {
            format!("{side}.{text} is the column, gene.{text} the gene")
        } else {
            format!("{side}.{text} is the column")
        };
        let how = if hits.iter().any(|hit| hit == "a variable") {
            how + "; rename the variable to use it here"
        } else {
            how
        };
        self.error(
            code::AMBIGUOUS_WORD,
            format!("`{text}` is both {}", hits.join(" and ")),
            name.span,
            "ambiguous",
        )
        .help(how)
    }

    /// The variable that holds a dataset.
    pub(super) fn variable_of(&self, data: &Dataset) -> String {
        let same = |value: &Val| matches!(value, Val::Dataset(held, None) if held.history.same(&data.history));
        let mut variables = self.session.vars();
        let found = variables.find(|(_, value)| same(value));
        found.map_or("adata", |(name, _)| name).to_owned()
    }
}

impl Interpreter<'_> {
    /// The names of cells or genes as the file has them, unless reading them takes long.
    pub(super) fn known_names_of(
        &self,
        data: &Dataset,
        side: Place,
        span: Span,
    ) -> Outcome<Option<Arc<Names>>> {
        let slot = match side {
            Place::Var => &data.var_names,
            _ => &data.obs_names,
        };
        let known = slot.value.known();
        let known = known.map_err(|error| of_file(error).at(&Origin::new(&self.source, span)))?;
        Ok(known.and_then(Value::names).cloned())
    }
}

/// Whether a name is a gene of the dataset, or of raw where its values are looked up there, as far
/// as the file's names tell.
pub(super) fn is_gene(data: &Dataset, name: &str) -> bool {
    let among = |slot: &Slot| {
        // A damaged file is reported by the step that reads the names.
        let known = slot.value.known().ok().flatten();
        let names = known.and_then(Value::names);
        names.is_some_and(|names| names.position(name).is_some())
    };
    let of_raw = || match (gene_place(data), &data.raw) {
        (Chosen::Raw, Some(raw)) => among(&raw.var_names),
        _ => false,
    };
    among(&data.var_names) || of_raw()
}

/// A column slot as a value of the language, on the dataset's present axes.
pub(super) fn column_value(data: &Dataset, side: Place, slot: &Slot) -> Val {
    let along = match side {
        Place::Var => Along::Genes(data.genes.clone()),
        _ => Along::Cells(data.cells.clone()),
    };
    let column_type = match slot.value.promise() {
        Promise::Column(column_type) => column_type,
        _ => ColumnType::Number,
    };
    Val::Column(LazyColumn {
        value: aligned(slot, data.axis(side)),
        along,
        column_type,
    })
}
