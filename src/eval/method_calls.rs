//! Python's methods of values: `adata.obs["x"].value_counts()` is answered with
//! `count(adata.obs.x)`.

use super::Interpreter;
use crate::diagnostic::{Diagnostic, code};
use crate::lang::ast::{Call, Expr, ExprKind, Selector};
use crate::lang::words::spelled;

/// Methods and what does the same here; `{}` is the value, `{1}` the first argument.
#[rustfmt::skip]
const METHODS: &[(&[&str], &str)] = &[
    (&["value_counts"], "count({})"),
    (&["unique"], "levels({})"),
    (&["nunique"], "len(levels({}))"),
    (&["mean", "median", "sum", "min", "max", "std", "var", "abs"], "{method}({})"),
    (&["quantile"], "quantile({}, {1})"),
    (&["isna", "isnull"], "is_missing({})"),
    (&["isin"], "{} in {1}"),
    (&["head"], "{}[0..5]"),
    (&["copy"], "{}"),
    (&["describe", "info", "summary"], "show {}"),
    (&["to_csv"], "export {} {1}"),
    (&["write", "write_h5ad", "write_h5ad_file"], "write {} {1}"),
    (&["sort_values"], "sort {} by={1}"),
    (&["groupby"], "summarize {root} by={1}"),
    (&["to_frame", "to_df", "toarray", "todense"], "compute {}"),
    (&["obs_names_make_unique", "var_names_make_unique"], "{}"),
];

impl Interpreter<'_> {
    /// The answer to `value.method(arguments)`, if the method is a known one.
    pub(super) fn method_call(&self, call: &Call) -> Option<Box<Diagnostic>> {
        let ExprKind::Field(base, method) = &call.callee.kind else {
            return None;
        };
        let known = |(methods, _): &&(&[&str], &str)| methods.contains(&method.text.as_str());
        let (_, ours) = METHODS.iter().find(known)?;
        let first = call.args.first();
        let first = first.map(|arg| arg.value.span.text(&self.source.text));
        if ours.contains("{1}") && first.is_none() {
            return None;
        }
        let line = ours
            .replace("{method}", &method.text)
            .replace("{1}", first.unwrap_or_default())
            .replace("{root}", self.with_dots(base).trim_end_matches(".obs"))
            .replace("{}", &self.with_dots(base));
        let headline = format!("values have no methods such as `{}`", method.text);
        let diagnostic = self
            .error(
                code::FOREIGN_CALL,
                headline,
                method.span,
                "is Python syntax",
            )
            .help(self.in_line(call.span, &line));
        Some(diagnostic.fix(call.span, line))
    }

    /// `adata.obs["x"]` as `adata.obs.x`; everything else as it stands.
    fn with_dots(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Index(inner, selectors) => match &selectors[..] {
                [
                    Selector::Expr(Expr {
                        kind: ExprKind::Text(text),
                        ..
                    }),
                ] => match text.plain() {
                    Some(key) => format!("{}.{}", self.with_dots(inner), spelled(key)),
                    None => expr.span.text(&self.source.text).to_owned(),
                },
                _ => expr.span.text(&self.source.text).to_owned(),
            },
            _ => expr.span.text(&self.source.text).to_owned(),
        }
    }
}
