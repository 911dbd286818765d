//! Parts that a dataset does not have, such as `adata.leiden`: a column, a command, or an attribute of
//! Python's values is meant.

use crate::command::Val;
use crate::command::suggest;
use crate::data::{Dataset, Place};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::names::is_gene;
use crate::eval::parts::fields::PARTS;
use crate::lang::ast::Name;
use crate::lang::words::spelled;
use crate::source::Span;

impl Interpreter<'_> {
    /// An error of a field that Python's values have, with the line that does it here.
    pub(in crate::eval) fn with_attribute(
        &self,
        error: Box<Diagnostic>,
        field: &Name,
    ) -> Box<Diagnostic> {
        match self.attribute(field) {
            Some((span, line)) => error.help(self.in_line(span, &line)).fix(span, line),
            None => error,
        }
    }

    /// The answer to `adata.leiden`: the column, what makes it, or what else was meant.
    pub(in crate::eval) fn no_part(&self, data: &Dataset, field: &Name) -> Box<Diagnostic> {
        let word = &field.text;
        let headline = format!("a dataset has no part `{word}`");
        let diagnostic = self.error(code::NO_SUCH_PART, headline, field.span, "is not a part");
        let diagnostic = self.with_attribute(diagnostic, field);
        if diagnostic.fix.is_some() {
            return diagnostic;
        }
        let before = &self.source.text[..field.span.start];
        let path = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        let diagnostic = match self.as_dotted_variable(diagnostic, path.len()) {
            Ok(error) => return error,
            Err(error) => error,
        };
        let as_column = |diagnostic: Box<Diagnostic>, typed: Span, key: &str| {
            let column = format!("obs.{}", spelled(key));
            let help = self.in_line(typed, &column);
            diagnostic.help(help).fix(typed, column)
        };
        if data.obs.contains_key(word) {
            return as_column(diagnostic, field.span, word);
        }
        if let Some((span, line)) = self.embedding_as_part(data, field) {
            return diagnostic.help(self.in_line(span, &line)).fix(span, line);
        }
        if let Some((span, line)) = self.command_as_part(field) {
            return diagnostic.help(self.in_line(span, &line)).fix(span, line);
        }
        let (typed, ours) = self.name_elsewhere(field);
        let is_made = self.line_that_makes(data, Place::Obs, ours).is_some();
        if is_made || ours != word && data.obs.contains_key(ours) {
            return as_column(diagnostic, typed, ours);
        }
        if is_gene(data, word) {
            let values = format!("X.{}", spelled(word));
            let help = self.in_line(field.span, &values);
            return diagnostic.help(help).fix(field.span, values);
        }
        diagnostic.help(suggest::nearest_or_list(word, PARTS, "a dataset"))
    }

    /// `plot adata.umap`, which is `plot adata basis=umap`, and `adata.umap` for `adata.obsm.X_umap`.
    fn embedding_as_part(&self, data: &Dataset, field: &Name) -> Option<(Span, String)> {
        let text = &self.source.text;
        let before = text[..field.span.start].strip_suffix('.')?;
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let subject = &before[before.trim_end_matches(part).len()..];
        let word = field.text.trim_start_matches("X_");
        let key = format!("X_{word}");
        let usual = ["umap", "tsne", "pca", "diffmap"].contains(&word);
        if before.trim_end_matches(part).ends_with("plot ")
            && (usual || data.obsm.contains_key(&key))
        {
            let span = Span::new(before.len() - subject.len(), field.span.end);
            return Some((span, format!("{subject} basis={word}")));
        }
        let place = format!("obsm.{}", spelled(&key));
        data.obsm.contains_key(&key).then_some((field.span, place))
    }

    /// The statement `adata.qc`, which is `qc adata`.
    fn command_as_part(&self, field: &Name) -> Option<(Span, String)> {
        let entry = self.registry.get(&field.text)?;
        let text = &self.source.text;
        let before = text[..field.span.start].strip_suffix('.')?;
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let name = &before[before.trim_end_matches(part).len()..];
        let span = Span::new(before.len() - name.len(), field.span.end);
        let (left, right) = (text[..span.start].trim_end_matches(' '), &text[span.end..]);
        let ends = |c: char| matches!(c, '\n' | ';' | '{' | '}' | '|');
        let is_statement = (left.is_empty() || left.ends_with(ends))
            && right
                .trim_start_matches(' ')
                .chars()
                .next()
                .is_none_or(ends);
        let of_dataset = matches!(self.session.get(name), Some(Val::Dataset(..)));
        (is_statement && of_dataset && entry.takes_dataset())
            .then(|| (span, format!("{} {name}", field.text)))
    }
}
