//! Arguments that a command has no parameter for: what is near, what there is instead.

use crate::command::{Entry, scanpy, suggest};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Call, Name};
use crate::source::Span;

impl Interpreter<'_> {
    pub(in crate::eval) fn no_param(&self, entry: &Entry, name: &Name) -> Box<Diagnostic> {
        let headline = format!("`{}` has no parameter `{}`", entry.spec.name, name.text);
        if let Some(said) = scanpy::instead(entry, &name.text) {
            let label = if name.text.contains('.') {
                "is a Seurat name"
            } else {
                "is a Scanpy name"
            };
            return self
                .error(code::NO_SUCH_PARAMETER, headline, name.span, label)
                .help(said);
        }
        let names = entry.params.iter().map(|param| param.name);
        let others = entry.params.iter().flat_map(|param| param.also.iter());
        let known: Vec<&str> = names.chain(others.copied()).collect();
        let near = suggest::nearest(&name.text, &known);
        let label = match near.first() {
            Some(near) => format!("did you mean `{near}`?"),
            None => "is not one of its parameters".to_owned(),
        };
        let diagnostic = self.error(code::NO_SUCH_PARAMETER, headline, name.span, label);
        match near.first() {
            Some(near) => diagnostic.fix(name.span, near.clone()),
            None => diagnostic.help(parameters(entry)),
        }
    }

    pub(in crate::eval) fn too_many(
        &self,
        entry: &Entry,
        call: &Call,
        span: Span,
    ) -> Box<Diagnostic> {
        // `profile compute adata`: a statement where a value stands.
        let first = call
            .args
            .first()
            .map(|arg| arg.span.text(&self.source.text));
        let command = first.filter(|word| self.registry.get(word).is_some());
        self.error(
            code::TOO_MANY_ARGUMENTS,
            format!("`{}` takes no more arguments", entry.spec.name),
            span,
            "too many arguments",
        )
        .help(match (entry.params, command) {
            ([], _) => format!("{} takes none", entry.spec.name),
            ([_], Some(command)) => format!(
                "`{command}` is a command, and `{name}` takes a value: {name} {}",
                span.text(&self.source.text),
                name = entry.spec.name
            ),
            _ => parameters(entry),
        })
    }
}

/// The parameters of a command by name, and what explains them.
fn parameters(entry: &Entry) -> String {
    let name = entry.spec.name;
    let names: Vec<&str> = entry.params.iter().map(|param| param.name).collect();
    format!(
        "{name} takes {}; `help {name}` explains them",
        suggest::listed(&names)
    )
}
