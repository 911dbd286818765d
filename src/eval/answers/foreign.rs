//! Another tool's functions with their module before them: `sc.tl.leiden(adata)`, `write.csv(x)`.

use crate::command::{Val, scanpy, suggest};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::translated::Translated;
use crate::lang::ast::Call;
use crate::source::Span;

/// Functions of Scanpy's that change how it works and draws.
const SETTINGS: [&str; 3] = ["sc.settings", "sc.set_figure_params", "sc.logging"];

/// decoupler by its two names.
const DECOUPLER: [&str; 2] = ["dc.", "decoupler."];

const OUR_SETS: &str = "score takes the mean of a gene set, without weights: score adata {name: [\"CD3D\", \"CD3E\"]}; pseudobulk sums counts of samples";

const OUR_SETTINGS: &str =
    "set lists the settings; each figure takes dpi=, figsize=, and fontsize=";

impl Interpreter<'_> {
    /// Another tool's spelling with a module before it, answered with ours.
    pub(in crate::eval) fn foreign(
        &self,
        path: &str,
        call: Option<&Call>,
        span: Span,
    ) -> Box<Diagnostic> {
        if let Some(answer) = self.of_matplotlib(path, call, span) {
            return answer;
        }
        if let Some(answer) = call.and_then(|call| self.proportions(path, call)) {
            return answer;
        }
        let at = call.map_or(span, |call| call.callee.span);
        let headline = match path.split('.').next() {
            // `write.csv` of R.
            Some("write" | "read" | "data" | "as" | "is") => format!("no command `{path}`"),
            Some("dc" | "decoupler") => "this is decoupler's call syntax".to_owned(),
            _ => "this is Scanpy's call syntax".to_owned(),
        };
        let diagnostic = self.error(code::FOREIGN_CALL, headline, at, "");
        if SETTINGS.iter().any(|it| path.starts_with(it)) {
            return diagnostic.help(OUR_SETTINGS);
        }
        let last = path.rsplit('.').next().unwrap_or(path);
        let head = path.rsplit_once('.').map_or("", |(head, _)| head);
        let of_dataset = matches!(self.session.get(head), Some(Val::Dataset(..)));
        // Methods of datasets are known by those of `adata`.
        let theirs = if of_dataset {
            format!("adata.{last}")
        } else {
            path.to_owned()
        };
        let like = self.registry.like(&theirs);
        let named = || self.registry.get(last);
        let method = || self.registry.like(last).filter(|_| of_dataset);
        let Some(entry) = like.or_else(named).or_else(method) else {
            return match scanpy::answer(self.registry, path) {
                Some(answer) => diagnostic.help(answer),
                None if DECOUPLER.iter().any(|it| path.starts_with(it)) => {
                    diagnostic.help(OUR_SETS)
                }
                None => self.unknown_path(path, last, span),
            };
        };
        let (span, mut ours) = match call {
            Some(call) => self.translation(entry, path, call),
            None => (span, Translated::bare(entry)),
        };
        let line = &mut ours.line;
        // `sc.pl.pca` is a plot of that layout; `plot` alone takes UMAP.
        if path.starts_with("sc.pl.") && ["pca", "tsne", "diffmap"].contains(&last) {
            *line += &format!(" basis={last}");
        }
        // A method of a dataset works on it.
        if entry.takes_dataset() && of_dataset {
            let name = entry.spec.name;
            *line = format!("{name} {head}{}", &line[name.len()..]);
        }
        ours.answering(self, span, diagnostic)
    }

    /// A call of something that nothing here is like.
    fn unknown_path(&self, path: &str, last: &str, span: Span) -> Box<Diagnostic> {
        let near = suggest::did_you_mean(last, self.registry.names());
        let headline = format!("no command `{path}`");
        let label = "is not a command of sca";
        let error = self.error(code::FOREIGN_CALL, headline, span, label);
        error.help(near.unwrap_or_else(|| "help scanpy lists the equivalents".to_owned()))
    }
}
