//! Functions of R and Python that are given columns instead of their dataset: `table(a$x, a$y)`,
//! `pd.crosstab(a.obs.x, a.obs.y)`, `plt.hist(a.obs.x)`, `ggplot(a@meta.data, aes(x, fill = y)) + geom_bar()`.

use crate::command::Val;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::additions::argument;
use crate::eval::answers::column_names::our_name;
use crate::eval::answers::translated::{LeftOut, Translated, WITHOUT};
use crate::lang::ast::{Arg, Call, Expr, ExprKind, Name};
use crate::lang::words::spelled;
use crate::source::Span;

/// What is drawn of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chart {
    /// Of one column, by groups if there are two.
    Violins,
    /// The same, as bars.
    Histogram,
    /// Of two columns.
    Points,
    /// Cells of each group, divided by a second column.
    Bars,
}

/// Functions of matplotlib, seaborn and pandas, and layers of ggplot, by what they draw.
#[rustfmt::skip]
const CHARTS: &[(&[&str], Chart)] = &[
    (&["boxplot", "violinplot", "stripplot", "boxenplot", "geom_violin", "geom_boxplot", "geom_jitter"], Chart::Violins),
    (&["hist", "histplot", "kdeplot", "displot", "distplot", "geom_histogram", "geom_density"], Chart::Histogram),
    (&["scatter", "scatterplot", "regplot", "jointplot", "geom_point"], Chart::Points),
    (&["bar", "barh", "countplot", "geom_bar", "geom_col"], Chart::Bars),
];

/// What columns stand for in a chart.
#[derive(Default)]
struct Columns {
    dataset: Option<String>,
    x: Option<String>,
    y: Option<String>,
    color: Option<String>,
    used: Vec<Span>,
}

impl Columns {
    /// The line that draws them.
    fn drawn(self, chart: Chart, fill: bool) -> Option<String> {
        let data = self.dataset?;
        match (chart, self.x, self.y, self.color) {
            (Chart::Violins, Some(x), Some(y), _) => Some(format!("violin {data} {y} by={x}")),
            (Chart::Violins, Some(x), None, Some(by)) => Some(format!("violin {data} {x} by={by}")),
            (Chart::Violins, Some(one), None, None) | (Chart::Violins, None, Some(one), _) => {
                Some(format!("violin {data} {one}"))
            }
            (Chart::Histogram, Some(x), _, color) => {
                let by = color.map_or(String::new(), |it| format!(" by={it}"));
                Some(format!("histogram {data} {x}{by}"))
            }
            (Chart::Points, Some(x), Some(y), color) => {
                let color = color.map_or(String::new(), |it| format!(" color={it}"));
                Some(format!("scatter {data} x={x} y={y}{color}"))
            }
            (Chart::Bars, Some(x), None, Some(parts)) => {
                let counts = if fill { "" } else { " counts=true" };
                Some(format!("composition {data} by=[{x}, {parts}]{counts}"))
            }
            (Chart::Bars, Some(x), None, None) => Some(format!("count({data}.obs.{x})")),
            _ => None,
        }
    }
}

fn chart_of(function: &str) -> Option<Chart> {
    let found = CHARTS.iter().find(|(names, _)| names.contains(&function));
    found.map(|(_, chart)| *chart)
}

impl Interpreter<'_> {
    /// The dataset and the column that an expression names: `a.obs["leiden"]`, and `a.leiden` of R.
    pub(in crate::eval) fn column_given(&self, expr: &Expr) -> Option<(String, String)> {
        let path = self.with_dots(expr);
        let (root, rest) = path.split_once('.')?;
        let typed = rest.strip_prefix("obs.").unwrap_or(rest).trim_matches('`');
        let Some(Val::Dataset(data, _)) = self.session.get(root) else {
            return None;
        };
        let mut keys = [typed, our_name(typed)].into_iter();
        let key = keys.find(|key| data.obs.contains_key(*key))?;
        Some((root.to_owned(), spelled(key)))
    }

    /// The same of several, which must be of one dataset.
    pub(in crate::eval) fn columns_given<'e>(
        &self,
        exprs: impl Iterator<Item = &'e Expr>,
    ) -> Option<(String, Vec<String>)> {
        let given: Option<Vec<_>> = exprs.map(|expr| self.column_given(expr)).collect();
        let (roots, keys): (Vec<String>, Vec<String>) = given?.into_iter().unzip();
        let root = roots.first()?.clone();
        roots.iter().all(|it| *it == root).then_some((root, keys))
    }

    /// What a function without a module does with columns.
    pub(in crate::eval) fn of_columns(&self, function: &str, call: &Call) -> Option<Translated> {
        let table = self.table_of_two(function, call);
        table.or_else(|| self.chart(function, call))
    }

    /// `table(a$x, a$y)` of R, and `prop.table` around it with the margin that sums to one.
    pub(in crate::eval) fn table_of_two(&self, function: &str, call: &Call) -> Option<Translated> {
        let inner = match &call.positional().next()?.value.inner().kind {
            ExprKind::Call(inner) if function != "table" => inner,
            _ if function == "table" => call,
            _ => return None,
        };
        if inner.name().is_none_or(|name| name.text != "table") {
            return None;
        }
        let columns = inner.positional().map(|arg| &arg.value);
        let (data, mut keys) = self.columns_given(columns)?;
        let margin = call.named("margin").or_else(|| call.positional().nth(1));
        let margin = margin.filter(|_| function != "table");
        if margin.and_then(|it| it.value.literal_number()) == Some(2.0) {
            keys.reverse();
        }
        let line = match &keys[..] {
            [one] if function != "table" => format!("count({data}.obs.{one})"),
            [rows, columns] => {
                let normalize = if function == "table" {
                    ""
                } else {
                    " normalize=true"
                };
                format!("confusion {data} {rows} {columns}{normalize}")
            }
            _ => return None,
        };
        let mut answer = Translated::plain(line);
        let mut used: Vec<Span> = call.positional().map(|arg| arg.span).collect();
        used.extend(margin.map(|it| it.span));
        answer.leave_out(&self.source.text, call, &used);
        Some(answer)
    }

    /// The answer to `prop.table(table(a$x, a$y))`.
    pub(in crate::eval) fn proportions(&self, path: &str, call: &Call) -> Option<Box<Diagnostic>> {
        let answer = match path {
            "prop.table" | "proportions" => self.table_of_two(path, call)?,
            _ => return None,
        };
        let headline = format!("no command `{path}`");
        let label = "is not a command here";
        let error = self.error(code::FOREIGN_CALL, headline, call.callee.span, label);
        Some(answer.answering(self, call.span, error))
    }

    /// `hist(a.obs.x)`, `boxplot(x="leiden", y="total_counts", data=a.obs)`.
    pub(in crate::eval) fn chart(&self, function: &str, call: &Call) -> Option<Translated> {
        let chart = chart_of(function)?;
        let mut found = Columns::default();
        let first = || call.positional().next();
        let of = call.named("data").or_else(first).and_then(|arg| {
            let path = self.with_dots(&arg.value);
            let root = path.strip_suffix(".obs").unwrap_or(&path);
            Some((self.dataset_named(root)?, arg.span))
        });
        if let Some((dataset, span)) = of {
            found.dataset = Some(dataset);
            found.used.push(span);
        }
        let mut places = ["x", "y"].into_iter();
        let others: Vec<&Arg> = call
            .args
            .iter()
            .filter(|arg| !found.used.contains(&arg.span))
            .collect();
        for arg in others {
            let as_name = match &arg.name {
                Some(name) => name.text.as_str(),
                None => places.next().unwrap_or_default(),
            };
            if !["x", "y", "hue", "c", "fill", "color", "by", "groupby"].contains(&as_name) {
                continue;
            }
            let column = match (&arg.value.kind, &found.dataset) {
                (ExprKind::Text(text), Some(_)) => text.plain().map(|key| spelled(our_name(key))),
                (ExprKind::Name(name), Some(_)) => Some(spelled(our_name(&name.text))),
                _ => self.column_given(&arg.value).map(|(root, key)| {
                    found.dataset.get_or_insert(root);
                    key
                }),
            };
            let Some(column) = column else { continue };
            found.used.push(arg.span);
            match as_name {
                "x" => found.x = Some(column),
                "y" => found.y = Some(column),
                _ => found.color = Some(column),
            }
        }
        let mut used = std::mem::take(&mut found.used);
        let mut answer = Translated::plain(found.drawn(chart, false)?);
        self.keep_arguments(call, &mut answer.line, &mut used);
        answer.leave_out(&self.source.text, call, &used);
        Some(answer)
    }

    /// Arguments that the command of the line has by the same names, such as `bins=50`.
    fn keep_arguments(&self, call: &Call, line: &mut String, used: &mut Vec<Span>) {
        let command = line.split([' ', '(']).next();
        let Some(entry) = command.and_then(|command| self.registry.get(command)) else {
            return;
        };
        let given = call.args.iter().filter(|arg| !used.contains(&arg.span));
        let mut kept = Vec::new();
        for arg in given {
            let Some(name) = &arg.name else { continue };
            let is_given = line.contains(&format!(" {}=", name.text));
            if entry.param(&name.text).is_some() && !is_given {
                let value = arg.value.span.text(&self.source.text);
                line.push_str(&format!(" {}={value}", name.text));
                kept.push(arg.span);
            }
        }
        used.extend(kept);
    }

    fn dataset_named(&self, name: &str) -> Option<String> {
        let is_dataset = matches!(self.session.get(name), Some(Val::Dataset(..)));
        is_dataset.then(|| name.to_owned())
    }

    /// `ggplot(a@meta.data, aes(x = leiden, fill = batch)) + geom_bar(position = "fill")`.
    pub(in crate::eval) fn of_ggplot(&self, name: &Name, call: &Call) -> Box<Diagnostic> {
        let headline = "figures are not drawn by ggplot2";
        let error = self.error(code::FOREIGN_CALL, headline, name.span, "is R syntax");
        let additions = self.additions(call.span);
        let layer = |typed: &str| typed.split('(').next().and_then(chart_of);
        let drawn = additions
            .iter()
            .find_map(|it| Some((it, layer(&it.typed)?)));
        let line = drawn.as_ref().and_then(|(layer, chart)| {
            let fill = layer.typed.contains("fill");
            self.aesthetics(call)?.drawn(*chart, fill)
        });
        let (Some(mut answer), Some((geom, _))) = (line.map(Translated::plain), drawn) else {
            return error.help("help plotting");
        };
        let command = answer.line.split([' ', '(']).next().unwrap_or_default();
        let entry = self.registry.get(command);
        let span = call
            .span
            .to(additions.last().map_or(call.span, |it| it.span));
        for other in additions.iter().filter(|it| it.span != geom.span) {
            match entry.and_then(|entry| argument(entry, &other.typed)) {
                Some(argument) => answer.line += &format!(" {argument}"),
                None if chart_of(other.typed.split('(').next().unwrap_or_default()).is_some() => {}
                None => answer.left_out.push(LeftOut {
                    span: other.span,
                    typed: other.typed.clone(),
                    why: WITHOUT.to_owned(),
                }),
            }
        }
        answer.answering(self, span, error)
    }

    /// The columns that `aes(…)` names.
    fn aesthetics(&self, call: &Call) -> Option<Columns> {
        let data = call.named("data").or_else(|| call.positional().next())?;
        let path = self.with_dots(&data.value);
        let root = path.strip_suffix(".obs").unwrap_or(&path);
        let mut found = Columns {
            dataset: Some(self.dataset_named(root)?),
            ..Columns::default()
        };
        let aes = call
            .args
            .iter()
            .find_map(|arg| match &arg.value.inner().kind {
                ExprKind::Call(inner) if inner.name().is_some_and(|it| it.text == "aes") => {
                    Some(inner)
                }
                _ => None,
            })?;
        for (place, arg) in aes.args.iter().enumerate() {
            let of = match &arg.name {
                Some(name) => name.text.as_str(),
                None => ["x", "y"].get(place).copied().unwrap_or_default(),
            };
            let typed = arg.value.span.text(&self.source.text);
            let key = spelled(our_name(typed.trim_matches(['"', '\'', '`'])));
            match of {
                "x" => found.x = Some(key),
                "y" => found.y = Some(key),
                "fill" | "color" | "colour" | "group" => found.color = Some(key),
                _ => {}
            }
        }
        Some(found)
    }
}
