//! Names that nothing has: what is near, and where else it is.

use super::Interpreter;
use crate::command::{Val, suggest};
use crate::lang::ast::Name;
use crate::lang::lexeme::{Kind, lex};
use crate::lang::words::spelled;
use crate::source::Span;

impl Interpreter<'_> {
    /// "did you mean" among variables, functions and commands.
    pub(super) fn known_names(&self) -> Vec<String> {
        let vars = self.session.vars().map(|(name, _)| name.clone());
        let functions = self.session.functions.keys().cloned();
        let commands = self.registry.names().map(str::to_owned);
        vars.chain(functions).chain(commands).collect()
    }

    pub(super) fn unknown_name(
        &self,
        name: &Name,
        code: &'static str,
        headline: String,
    ) -> Box<crate::diagnostic::Diagnostic> {
        let near = suggest::nearest(&name.text, self.known_names());
        let label = match &near[..] {
            [] => "is not known".to_owned(),
            near => {
                let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
                format!("did you mean {}?", quoted.join(" or "))
            }
        };
        let diagnostic = self.error(code, headline, name.span, label);
        if let Some(near) = near.first() {
            return diagnostic.fix(name.span, near.clone());
        }
        match self.gene_of_some(&name.text) {
            Some(place) => match self.quoted_genes(name.span) {
                Some(line) => diagnostic.help(line),
                None => diagnostic.help(format!(
                    "it is a gene: {place} has its values, \"{}\" is its name",
                    name.text
                )),
            },
            None => diagnostic,
        }
    }

    /// The line with the genes of a list in quotes, if the name stands in a list.
    fn quoted_genes(&self, name: Span) -> Option<String> {
        let text = &self.source.text;
        let in_list = |span: Span| {
            let before = text[..span.start].trim_end().ends_with(['[', ',']);
            let behind = text[span.end..].trim_start().starts_with([']', ',']);
            before && behind
        };
        if !in_list(name) {
            return None;
        }
        let start = text[..name.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[name.end..]
            .find('\n')
            .map_or(text.len(), |at| name.end + at);
        let mut line = String::new();
        let mut from = start;
        for lexeme in lex(&text[start..end]) {
            let span = Span::new(start + lexeme.span.start, start + lexeme.span.end);
            let word = span.text(text);
            let unknown = lexeme.kind == Kind::Name && self.session.get(word).is_none();
            if unknown && in_list(span) && self.gene_of_some(word).is_some() {
                line += &format!("{}\"{word}\"", &text[from..span.start]);
                from = span.end;
            }
        }
        line += &text[from..end];
        Some(line.trim().to_owned())
    }

    /// Where the values of a gene are, if a variable holds a dataset that has it: `adata.X.CD3D`.
    fn gene_of_some(&self, gene: &str) -> Option<String> {
        let mut variables = self.session.vars();
        let (variable, _) = variables.find(
            |(_, value)| matches!(value, Val::Dataset(data, _) if super::names::is_gene(data, gene)),
        )?;
        Some(format!("{variable}.X.{}", spelled(gene)))
    }
}
