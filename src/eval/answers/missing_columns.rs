//! Columns that do not exist: what is near, what other tools call them, and the statement that makes them.

use super::column_names::OTHERS;
use crate::command::gene_columns::line_that_names;
use crate::command::suggest;
use crate::data::{ColumnType, Dataset, Place, Promise, Slot};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::Name;
use crate::source::Span;

impl Interpreter<'_> {
    /// A bare word that is not a column, nor anything else that it could be.
    pub(in crate::eval) fn no_column(
        &self,
        data: &Dataset,
        side: Place,
        name: &Name,
    ) -> Box<Diagnostic> {
        match side {
            Place::Obs => self.not_found(data, side, name, Looked::Everywhere),
            _ => self.not_found(data, side, name, Looked::Columns("var and variables")),
        }
    }

    /// A column that was asked for as such: `obs.name`.
    pub(in crate::eval) fn no_field(
        &self,
        data: &Dataset,
        side: Place,
        name: &Name,
    ) -> Box<Diagnostic> {
        let error = self.not_found(data, side, name, Looked::Columns(side.word()));
        match error.fix {
            None => self.with_attribute(error, name),
            Some(_) => error,
        }
    }

    fn not_found(
        &self,
        data: &Dataset,
        side: Place,
        name: &Name,
        looked: Looked,
    ) -> Box<Diagnostic> {
        let keys = keys_groups_first(data, side);
        // Genes after columns: among thousands of them there is always one that is near.
        let near_gene = || near_gene(data, &name.text);
        let (typed, ours) = self.name_elsewhere(name);
        if ours != name.text && keys.iter().any(|key| key == ours) {
            let headline = format!("no column `{}`", typed.text(&self.source.text));
            let label = format!("is called `{ours}` here");
            return self
                .error(code::NO_SUCH_COLUMN, headline, typed, label)
                .help(self.in_line(typed, ours))
                .fix(typed, ours);
        }
        if let Some(line) = self.line_that_makes(data, side, ours) {
            return self
                .error(
                    code::NO_SUCH_COLUMN,
                    format!("no column `{}`", name.text),
                    name.span,
                    "does not exist yet",
                )
                .help(line);
        }
        let (genes, looked) = match looked {
            Looked::Everywhere => (near_gene(), "obs, genes and variables"),
            Looked::Columns(looked) => (None, looked),
        };
        let mut near = suggest::nearest(&name.text, &keys);
        if near.is_empty() {
            // `ledien` before there are clusters.
            near = suggest::nearest(&name.text, self.usual_columns(side));
            near.truncate(1);
        }
        let near = match (&near[..], genes) {
            ([], Some(genes)) => genes,
            _ => near,
        };
        let help = suggest::did_you_mean_column(&name.text, &near)
            .or_else(|| line_that_names(data, |gene| gene == name.text))
            .unwrap_or_else(|| suggest::listing(side.word(), &keys));
        let headline = format!("no column `{}`", name.text);
        let label = format!("searched {looked}");
        let error = self.error(code::NO_SUCH_COLUMN, headline, name.span, label);
        let typed = name.span.text(&self.source.text);
        match (&near[..], typed.find(&name.text)) {
            ([only], Some(at)) => {
                let start = name.span.start + at;
                let word = Span::new(start, start + name.text.len());
                error.help(help).fix(word, only.clone())
            }
            _ => error.help(help),
        }
    }
}

impl Interpreter<'_> {
    /// What other tools call a column, as it was typed, and our name of it. Their names may have
    /// dots, which read as fields here.
    pub(in crate::eval) fn name_elsewhere<'n>(&self, name: &'n Name) -> (Span, &'n str) {
        let text = self.source.text.get(name.span.start..).unwrap_or_default();
        let behind = text.trim_start_matches(['"', '\'', '`']);
        let found = OTHERS.iter().find(|(theirs, _)| {
            let rest = behind.strip_prefix(theirs);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        match found {
            Some((theirs, ours)) => {
                let start = name.span.start + text.len() - behind.len();
                (Span::new(start, start + theirs.len()), ours)
            }
            None => (name.span, &name.text),
        }
    }

    /// The statement that makes a column of the field's usual name: `qc adata mt="MT-"` for
    /// pct_counts_mt, `scrublet adata` for doublet_score.
    pub(in crate::eval) fn line_that_makes(
        &self,
        data: &Dataset,
        side: Place,
        column: &str,
    ) -> Option<String> {
        let variable = self.variable_of(data);
        if let Some(set) = ["pct_counts_", "total_counts_", "log1p_total_counts_"]
            .iter()
            .find_map(|before| column.strip_prefix(before))
        {
            let genes = match set {
                "mt" => "mt=\"MT-\"",
                "ribo" => "ribo=\"^RP[SL]\"",
                "hb" => "hb=\"^HB[AB]\"",
                _ => return None,
            };
            return Some(format!("qc {variable} {genes}"));
        }
        if let Some(maker) = self.maker_of(side, column) {
            return Some(format!("{} {variable}", maker.spec.name));
        }
        // Commands that must be told more, such as the markers of cell types.
        let maker = self.maker_of_usual(side, column)?;
        Some(format!("help {}", maker.spec.name))
    }
}

/// The columns of a side: those with groups first, which are what is most often meant, and not found among many
/// measurements.
fn keys_groups_first(data: &Dataset, side: Place) -> Vec<String> {
    let is_number =
        |slot: &Slot| matches!(slot.value.promise(), Promise::Column(ColumnType::Number));
    let slots = data.slots(side).into_iter().flatten();
    let (numbers, groups): (Vec<_>, Vec<_>) = slots.partition(|(_, slot)| is_number(slot));
    let all = groups.into_iter().chain(numbers);
    all.map(|(key, _)| key.clone()).collect()
}

/// Genes whose names are near, as far as the file's names tell.
fn near_gene(data: &Dataset, name: &str) -> Option<Vec<String>> {
    let genes = data.var_names.value.known().ok()??.names()?.clone();
    Some(suggest::nearest(name, genes.iter()))
}

/// Where a name was looked for in vain.
enum Looked {
    /// Among the columns of cells, the genes and the variables.
    Everywhere,
    /// In these places, where there are no genes.
    Columns(&'static str),
}
