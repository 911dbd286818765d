//! Python's methods of values: `adata.obs["x"].value_counts()` is answered with
//! `count(adata.obs.x)`.

use crate::command::Val;
use crate::command::value::number_text;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::of_datasets::numbers_of;
use crate::eval::answers::translated::Translated;
use crate::eval::parts::summaries::SUMMARIES;
use crate::lang::ast::{Call, Expr, ExprKind, Name, Selector};
use crate::lang::words::spelled;
use crate::source::Span;

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
    (&["head"], "{}[0..{n}]"),
    (&["copy", "astype"], "{}"),
    (&["startswith"], "{} ~ \"^{pattern}\""),
    (&["endswith"], "{} ~ \"{pattern}$\""),
    (&["contains", "match"], "{} ~ {1}"),
    (&["map", "replace"], "label {root} by={key} to={target} map={1}"),
    (&["describe", "info", "summary"], "show {}"),
    (&["to_csv"], "export {} {1}"),
    (&["write", "write_h5ad", "write_h5ad_file", "write_zarr"], "write {} {1}"),
    (&["sort_values"], "sort {} by={1}"),
    (&["groupby"], "summarize {root} by={1}"),
    (&["to_frame", "to_df", "toarray", "todense"], "compute {}"),
    (&["obs_names_make_unique", "var_names_make_unique"], "{}"),
];

/// Attributes of Python's values, and what is the same here of the value `{}`.
#[rustfmt::skip]
const ATTRIBUTES: &[(&[&str], &str)] = &[
    (&["shape"], "[{}.n_obs, {}.n_vars]"),
    (&["columns", "dtypes"], "{}"),
    (&["cat", "categories"], "levels({})"),
    (&["values", "array", "to_numpy", "dtype"], "{}"),
    (&["index"], "{root}.obs_names"),
];

/// Why nothing is to be done instead of a method.
#[rustfmt::skip]
const REASONS: &[(&[&str], &str)] = &[
    (&["copy"], "is not needed: nothing is changed in place"),
    (&["obs_names_make_unique", "var_names_make_unique"], "is not needed: names given twice are numbered when a file is read"),
];

/// Rows that pandas' `head` shows.
const HEAD: f64 = 5.0;

impl Interpreter<'_> {
    /// The line for an attribute of a value in Python, `adata.shape`.
    pub(in crate::eval) fn attribute(&self, field: &Name) -> Option<(Span, String)> {
        let known = |(names, _): &&(&[&str], &str)| names.contains(&field.text.as_str());
        let (_, ours) = ATTRIBUTES.iter().find(known)?;
        let text = &self.source.text;
        let before = text[..field.span.start].strip_suffix('.')?;
        let is_part = |c: char| c.is_alphanumeric() || "_.[]\"'`-".contains(c);
        let start = before.trim_end_matches(is_part).len();
        let behind = text[field.span.end..].trim_start_matches(is_part);
        let end = text.len() - behind.len();
        let value = before[start..].replace("[\"", ".").replace("\"]", "");
        // A table of annotations has one row per cell or gene.
        let rows = [
            (".obs", "obs_names", "n_obs"),
            (".var", "var_names", "n_vars"),
        ];
        let of = |(part, ..): &&(&str, &str, &str)| value.ends_with(part);
        let ours = match (rows.iter().find(of), field.text.as_str()) {
            (Some((_, names, _)), "index") => format!("{{root}}.{names}"),
            (Some((.., count)), "shape") => format!("{{root}}.{count}"),
            // What is shown of an array begins with its size.
            (None, "shape") if is_array(&value) => "compute {}".to_owned(),
            (None, "shape") => "[{root}.n_obs, {root}.n_vars]".to_owned(),
            _ => (*ours).to_owned(),
        };
        let root = value.split('.').next().unwrap_or_default();
        let line = ours.replace("{root}", root).replace("{}", &value);
        Some((Span::new(start, end), line))
    }

    /// The answer to `adata.n_obs()` and `adata.shape()`, which are no methods.
    pub(in crate::eval) fn called_attribute(&self, call: &Call) -> Option<Box<Diagnostic>> {
        let ExprKind::Field(base, field) = &call.callee.kind else {
            return None;
        };
        let ours = [
            "n_obs",
            "n_vars",
            "obs_names",
            "var_names",
            "obs",
            "var",
            "X",
            "raw",
        ];
        let (root, name) = (base.bare_name()?, field.text.as_str());
        let is_dataset = matches!(self.session.get(&root.text), Some(Val::Dataset(..)));
        if !is_dataset || !call.args.is_empty() {
            return None;
        }
        let line = match self.attribute(field) {
            _ if ours.contains(&name) => call.callee.span.text(&self.source.text).to_owned(),
            Some((_, line)) => line,
            None => return None,
        };
        let error = self.error(
            code::FOREIGN_CALL,
            format!("`{name}` is a part of a dataset, not a method"),
            call.span,
            "takes no parentheses",
        );
        Some(
            error
                .help(self.in_line(call.span, &line))
                .fix(call.span, line),
        )
    }

    /// The answer to `value.method(arguments)`, if the method is a known one.
    pub(in crate::eval) fn method_call(&self, call: &Call) -> Option<Box<Diagnostic>> {
        let ExprKind::Field(base, method) = &call.callee.kind else {
            return None;
        };
        if let Some((line, used)) = self.of_columns_or_groups(base, method, call) {
            return Some(self.instead_of_method(call, method, line, used));
        }
        let known = |(methods, _): &&(&[&str], &str)| methods.contains(&method.text.as_str());
        let (_, ours) = METHODS.iter().find(known)?;
        let first = call.args.first();
        let first = first.map(|arg| arg.value.span.text(&self.source.text));
        if ours.contains("{1}") && first.is_none() {
            return None;
        }
        if ours.contains("{key}") {
            return self.label_of(call, base, method, first?);
        }
        let pattern = call.args.first().and_then(|arg| pattern(&arg.value));
        if ours.contains("{pattern}") && pattern.is_none() {
            return None;
        }
        let typed = self.with_dots(base);
        // Texts of pandas have their methods in `.str`.
        let value = typed.strip_suffix(".str").unwrap_or(&typed);
        let indexed = format!("({value})");
        let is_call = matches!(base.kind, ExprKind::Call(_));
        let value = if is_call && ours.starts_with("{}[") {
            &indexed
        } else {
            value
        };
        let rows = call.args.first().and_then(|arg| arg.value.literal_number());
        let rows = rows.filter(|rows| *rows >= 1.0);
        let is_dataset = matches!(self.session.get(value), Some(Val::Dataset(_, None)));
        // Rows of a dataset are those of obs.
        let ours = match (*ours, is_dataset) {
            ("{}[0..{n}]", true) => "compute {}[0..{n}].obs",
            (ours, _) => ours,
        };
        let line = ours
            .replace("{n}", &number_text(rows.unwrap_or(HEAD)))
            .replace("{method}", &method.text)
            .replace("{1}", first.unwrap_or_default())
            // A backslash in double quotes is written twice.
            .replace(
                "{pattern}",
                &pattern.unwrap_or_default().replace('\\', "\\\\"),
            )
            .replace("{root}", value.trim_end_matches(".obs"))
            .replace("{}", value);
        let takes_first = ["{1}", "{n}", "{pattern}"];
        let used = call.args.first();
        let used = used.filter(|_| takes_first.iter().any(|it| ours.contains(it)));
        Some(self.instead_of_method(call, method, line, used.map(|arg| arg.span)))
    }

    /// Methods whose line depends on more than their value and first argument, with the argument used.
    fn of_columns_or_groups(
        &self,
        base: &Expr,
        method: &Name,
        call: &Call,
    ) -> Option<(String, Option<Span>)> {
        if let Some(line) = self.summary_of_groups(base, &method.text) {
            return Some((line, None));
        }
        if let Some((line, used)) = self.dropped(base, method, call) {
            return Some((line, Some(used)));
        }
        if let Some(line) = self.distinct_rows(base, &method.text) {
            return Some((line, None));
        }
        if let Some((line, used)) = self.renamed_levels(base, method, call) {
            return Some((line, Some(used)));
        }
        // `quantile([0.25, 0.75])`.
        let first = call.args.first()?;
        let ("quantile", ExprKind::List(items)) = (&*method.text, &first.value.kind) else {
            return None;
        };
        let value = self.with_dots(base);
        let one = |item: &Expr| {
            let q = item.span.text(&self.source.text);
            format!("quantile({value}, {q})")
        };
        let all: Vec<String> = items.iter().map(one).collect();
        Some((format!("[{}]", all.join(", ")), Some(first.span)))
    }

    /// `adata.obs.drop(columns=["a", "b"])`: columns are taken away by assigning nothing to them.
    fn dropped(&self, base: &Expr, method: &Name, call: &Call) -> Option<(String, Span)> {
        let table = self.with_dots(base);
        let of_dataset = table.ends_with(".obs") || table.ends_with(".var");
        if !of_dataset || !["drop", "pop"].contains(&method.text.as_str()) {
            return None;
        }
        let arg = call.args.first()?;
        let items = match &arg.value.kind {
            ExprKind::List(items) => &items[..],
            _ => std::slice::from_ref(&arg.value),
        };
        let key = |item: &Expr| match &item.kind {
            ExprKind::Text(text) => text.plain().map(spelled),
            _ => None,
        };
        let keys: Option<Vec<String>> = items.iter().map(key).collect();
        let lines = keys?.into_iter().map(|key| format!("{table}.{key} = none"));
        Some((lines.collect::<Vec<_>>().join("; "), arg.span))
    }

    /// `adata.obs[["leiden", "batch"]].drop_duplicates()`: the combinations that there are.
    fn distinct_rows(&self, base: &Expr, method: &str) -> Option<String> {
        let ExprKind::Index(frame, selectors) = &base.kind else {
            return None;
        };
        let [Selector::Expr(columns)] = &selectors[..] else {
            return None;
        };
        let frame = self.with_dots(frame);
        let root = frame.strip_suffix(".obs")?;
        let known = ["drop_duplicates", "value_counts", "nunique"].contains(&method);
        let is_list = known && matches!(columns.kind, ExprKind::List(_));
        let by = columns.span.text(&self.source.text);
        is_list.then(|| format!("summarize {root} by={by} cells=count()"))
    }

    /// `adata.obs.groupby("leiden")["total_counts"].mean()` and `adata.obs.groupby("leiden").size()`.
    fn summary_of_groups(&self, base: &Expr, method: &str) -> Option<String> {
        let (grouped, column) = match &base.kind {
            ExprKind::Index(inner, selectors) => match &selectors[..] {
                [Selector::Expr(column)] => match &column.kind {
                    ExprKind::Text(text) => (&**inner, Some(text.plain()?)),
                    _ => return None,
                },
                _ => return None,
            },
            ExprKind::Field(inner, column) => (&**inner, Some(&*column.text)),
            _ => (base, None),
        };
        let ExprKind::Call(call) = &grouped.kind else {
            return None;
        };
        let ExprKind::Field(frame, name) = &call.callee.kind else {
            return None;
        };
        let by = call.args.first().filter(|_| name.text == "groupby")?;
        let by = by.value.span.text(&self.source.text);
        let frame = self.with_dots(frame);
        let root = frame.strip_suffix(".obs")?;
        match (method, column) {
            ("size" | "count", _) => Some(format!("summarize {root} by={by} cells=count()")),
            (function, Some(column)) if SUMMARIES.contains(&function) => {
                let column = spelled(column);
                Some(format!(
                    "summarize {root} by={by} {function}={function}({column})"
                ))
            }
            (function, None) if SUMMARIES.contains(&function) => {
                let Some(Val::Dataset(data, None)) = self.session.get(root) else {
                    return None;
                };
                let numbers = numbers_of(root, data);
                let column = numbers.rsplit('.').next()?;
                Some(format!(
                    "summarize {root} by={by} {function}={function}({column})"
                ))
            }
            _ => None,
        }
    }

    /// The answer to a call of a method: a line, for which one of its arguments was used.
    fn instead_of_method(
        &self,
        call: &Call,
        method: &Name,
        line: String,
        used: Option<Span>,
    ) -> Box<Diagnostic> {
        let mut answer = Translated::plain(line);
        let mut used: Vec<Span> = used.into_iter().collect();
        if let ("sort_values", Some(ascending)) = (&*method.text, call.named("ascending")) {
            if matches!(ascending.value.kind, ExprKind::Bool(false)) {
                answer.line += " descending=true";
            }
            used.push(ascending.span);
        }
        answer.leave_out(&self.source.text, call, &used);
        let headline = format!("values have no methods such as `{}`", method.text);
        let reason = REASONS
            .iter()
            .find(|(methods, _)| methods.contains(&&*method.text));
        let label = reason.map_or("is Python syntax", |(_, reason)| reason);
        let error = self.error(code::FOREIGN_CALL, headline, method.span, label);
        answer.answering(self, call.span, error)
    }

    /// `adata.obs["type"] = adata.obs["leiden"].map({"0": "B"})`, which names groups.
    fn label_of(
        &self,
        call: &Call,
        base: &Expr,
        method: &Name,
        map: &str,
    ) -> Option<Box<Diagnostic>> {
        let column = self.with_dots(base);
        let (dataset, key) = column.split_once(".obs.")?;
        let text = &self.source.text;
        let start = text[..call.span.start].rfind('\n').map_or(0, |at| at + 1);
        let before = text[start..call.span.start].trim_end();
        let target = before.strip_suffix('=')?.trim_end();
        let target = target.rsplit_once(".obs.")?.1;
        let line = format!("label {dataset} by={key} to={target} map={map}");
        let span = Span::new(start, call.span.end);
        let headline = format!("values have no methods such as `{}`", method.text);
        let diagnostic = self.error(
            code::FOREIGN_CALL,
            headline,
            method.span,
            "is Python syntax",
        );
        Some(diagnostic.help(line.clone()).fix(span, line))
    }

    /// `adata.obs["x"]` as `adata.obs.x`; everything else as it stands.
    pub(in crate::eval) fn with_dots(&self, expr: &Expr) -> String {
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

/// Whether a path names an array of a dataset: `adata.obsm.X_pca`.
fn is_array(path: &str) -> bool {
    let place = path.split('.').nth(1);
    place.is_some_and(|it| ["obsm", "varm", "obsp", "varp"].contains(&it))
}

/// A regular expression for a text, or for any of several.
fn pattern(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Text(text) => text.plain().map(regex::escape),
        ExprKind::List(items) => {
            let all: Option<Vec<String>> = items.iter().map(pattern).collect();
            Some(format!("({})", all?.join("|")))
        }
        _ => None,
    }
}
