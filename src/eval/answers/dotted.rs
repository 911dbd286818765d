//! Names with dots, as R users write them: `pbmc.markers` is `pbmc_markers` here.

use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::Name;
use crate::source::Span;

impl Interpreter<'_> {
    /// The answer to `pbmc.data = …`, where there is no dataset `pbmc`.
    pub(in crate::eval) fn name_with_dots(&self, name: &Name, rest: &[Name]) -> Box<Diagnostic> {
        let last = rest.last().unwrap_or(name);
        let span = name.span.to(last.span);
        let parts = rest.iter().map(|part| part.text.as_str());
        let parts: Vec<&str> = std::iter::once(name.text.as_str()).chain(parts).collect();
        let joined = parts.join("_");
        let error = self.error(
            code::UNKNOWN_NAME,
            "names of variables have no dots",
            span,
            format!("would be a part of a dataset `{}`", name.text),
        );
        error.help(self.in_line(span, &joined)).fix(span, joined)
    }

    /// The variable that a path with dots means, `cluster2.markers`, if there is one with underscores in their
    /// stead, and the span of the path; it begins at a place.
    pub(in crate::eval) fn dotted_variable(&self, start: usize) -> Option<(Span, String)> {
        let text = self.source.text.get(start..)?;
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let mut path = &text[..text.find(|c: char| !part(c)).unwrap_or(text.len())];
        while path.contains('.') {
            let joined = path.replace('.', "_");
            if self.session.get(&joined).is_some() {
                return Some((Span::new(start, start + path.len()), joined));
            }
            path = path.rsplit_once('.')?.0;
        }
        None
    }

    /// An error of a name that is part of such a path.
    pub(in crate::eval) fn as_dotted_variable(
        &self,
        error: Box<Diagnostic>,
        start: usize,
    ) -> Result<Box<Diagnostic>, Box<Diagnostic>> {
        match self.dotted_variable(start) {
            Some((span, name)) => Ok(error.help(self.in_line(span, &name)).fix(span, name)),
            None => Err(error),
        }
    }
}
