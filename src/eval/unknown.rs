//! Names that nothing has: what is near, and where else it is.

use super::Interpreter;
use crate::command::{Val, suggest};
use crate::lang::ast::Name;
use crate::lang::words::spelled;

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
            Some(place) => diagnostic.help(format!("it is a gene: {place}")),
            None => diagnostic,
        }
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
