//! `methods`: what was done to a dataset, as a Methods section describes it.

use crate::command::methods::{Bibliography, sentence};
use crate::command::{Entry, Subject, Val, Write};
use crate::data::Dataset;
use crate::data::history::{self, StepKind};
use crate::data::quantity;
use crate::diagnostic::Outcome;
use crate::eval::{Interpreter, Output};
use crate::lang::ast::{Call, ExprKind, StatementKind};
use crate::source::{Source, Span};
use std::collections::HashMap;
use std::path::PathBuf;

/// A step: its command and the values of its parameters, as they are typed.
struct Step {
    entry: &'static Entry,
    values: HashMap<&'static str, String>,
}

impl Step {
    /// The value in force; `None` where it is left out, false or none.
    fn value(&self, name: &str) -> Option<String> {
        let param = self.entry.param(name)?;
        let given = self.values.get(param.name).cloned();
        let value = given.or_else(|| Some(param.default?().to_string()))?;
        Some(value).filter(|it| !matches!(it.as_str(), "false" | "none" | ""))
    }

    /// Whether another step makes the same results, and no others are made in between.
    fn is_replaced_by(&self, next: &Step) -> bool {
        let only_slots = |write: &Write| matches!(write, Write::Slot(..));
        let writes = self.entry.spec.writes;
        let same = std::ptr::eq(self.entry, next.entry) && self.value("key") == next.value("key");
        same && !writes.is_empty() && writes.iter().all(only_slots)
    }
}

impl Interpreter<'_> {
    pub(in crate::eval) fn write_methods(
        &mut self,
        subject: Subject,
        path: Option<PathBuf>,
        span: Span,
    ) -> Outcome<()> {
        let (subject, path) = self.sorted_out(subject, path);
        let (name, data) = self.one_dataset(&subject, span)?;
        let (text, papers) = self.methods(&name, &data);
        let bibtex = path
            .as_ref()
            .and_then(|it| it.extension())
            .is_some_and(|it| it.eq_ignore_ascii_case("bib"));
        if bibtex {
            return self.text_out(papers.bibtex(), Output::Text, path, span);
        }
        let references = if papers.is_empty() {
            String::new()
        } else {
            format!("\n\nReferences\n{}", papers.listed())
        };
        self.text_out(text + &references, Output::Text, path, span)
    }

    fn methods(&self, name: &str, data: &Dataset) -> (String, Bibliography) {
        let mut statements = data.recorded_history();
        let own = data.history.steps();
        // A file that sca wrote records what it was read from.
        let again = !statements.is_empty()
            && own
                .first()
                .is_some_and(|it| it.kind == StepKind::command("read"));
        let own: Vec<_> = own.into_iter().skip(usize::from(again)).collect();
        let lasting = (0..own.len()).filter(|&at| !is_overwritten(&own, at));
        statements.extend(lasting.map(|at| own[at].recorded()));
        statements.extend(self.tables_of(name));
        let steps: Vec<Step> = statements.iter().filter_map(|it| self.step(it)).collect();
        let mut papers = Bibliography::default();
        let mut sentences = Vec::new();
        for (i, step) in steps.iter().enumerate() {
            if steps
                .get(i + 1)
                .is_some_and(|next| step.is_replaced_by(next))
            {
                continue;
            }
            let values = |name: &str| step.value(name);
            sentences.push(sentence(step.entry.spec.method, &values, &mut papers));
        }
        let mut text = format!(
            "Data were analyzed with sca {}. ",
            env!("CARGO_PKG_VERSION")
        );
        text += &sentences.join(" ");
        if let (Some(cells), Some(genes)) = (data.cells.len(), data.genes.len()) {
            let counted = |n: usize| quantity::count(n as u64);
            text = text.trim_end().to_owned();
            text += &format!(
                " The dataset comprised {} cells and {} genes.",
                counted(cells),
                counted(genes)
            );
        }
        (text.trim_end().to_owned(), papers)
    }

    /// Statements of commands that gave tables of the dataset, which its history does not have.
    fn tables_of(&self, name: &str) -> Vec<String> {
        let Some(made) = self.session.made_by(name) else {
            return Vec::new();
        };
        let needed = self.session.journal.needed(&[made], Some(name));
        let steps = needed.iter().flat_map(|entry| entry.steps.iter());
        let tables = steps.filter(|step| step.table);
        tables
            .filter_map(|step| Some(step.statement.as_ref()?.of("adata")))
            .collect()
    }

    /// A statement of a history as a step; nothing for what a Methods section leaves out.
    fn step(&self, statement: &str) -> Option<Step> {
        let parsed = crate::lang::parse(&Source::new("history", statement));
        let [only] = &parsed.statements[..] else {
            return None;
        };
        let StatementKind::Expr(expr) = &only.kind else {
            return None;
        };
        let ExprKind::Call(call) = &expr.kind else {
            return None;
        };
        let entry = self.registry.get(&call.name()?.text)?;
        let values = values(entry, call, statement);
        Some(Step { entry, values }).filter(|_| !entry.spec.method.is_empty())
    }
}

/// Whether all that a step wrote are columns of cells that a later one writes again, and no statement in between
/// names them. What reads a column of obs names it, which is not true of other slots.
fn is_overwritten(steps: &[&history::Step], at: usize) -> bool {
    let written = steps[at].writes.iter();
    let written = written.filter(|slot| !slot.starts_with("uns."));
    let columns = written.map(|slot| slot.strip_prefix("obs."));
    let Some(columns) = columns.collect::<Option<Vec<&str>>>() else {
        return false;
    };
    let later = &steps[at + 1..];
    let lost = |column: &&str| {
        let slot = format!("obs.{column}");
        let again = later.iter().position(|step| step.writes.contains(&slot));
        again.is_some_and(|again| {
            let named = |step: &history::Step| {
                let statement = step.statement.of("adata");
                let arguments = statement.split_once(' ').map_or("", |(_, rest)| rest);
                arguments.matches(column).count()
            };
            // The one that writes it names it once, as what it writes.
            later[..again].iter().all(|step| named(step) == 0) && named(later[again]) <= 1
        })
    };
    !columns.is_empty() && columns.iter().all(lost)
}

/// The arguments of a call, as they are typed.
fn values(entry: &Entry, call: &Call, text: &str) -> HashMap<&'static str, String> {
    let mut free = entry.params.iter();
    let mut values = HashMap::new();
    for arg in &call.args {
        let param = match &arg.name {
            Some(name) => entry.params.iter().find(|it| it.name == name.text),
            None => free.next(),
        };
        if let Some(param) = param {
            values.insert(param.name, arg.value.span.text(text).to_owned());
        }
    }
    values
}

/// Whether a value is a table that a command made.
pub(in crate::eval) fn is_table(value: &Val) -> bool {
    matches!(value, Val::Table(_))
}
