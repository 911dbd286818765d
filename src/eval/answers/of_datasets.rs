//! Functions of columns that are called on a dataset, `len(adata)` and `mean(adata)`, and what
//! Python's modules have instead: `np.mean(x)`, `pd.DataFrame(x)`.

use crate::command::value::quoted;
use crate::command::{Entry, Param, Val};
use crate::data::{ColumnType, Dataset, Promise};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::translated::Translated;
use crate::eval::parts::functions::known;
use crate::lang::ast::{Call, Expr, Name};
use crate::lang::words::spelled;

/// Functions of Python's modules and what does the same here: `{}` is the first argument, `{1}`
/// the second.
#[rustfmt::skip]
const OF_MODULES: &[(&[&str], &str)] = &[
    (&["mean", "median", "sum", "min", "max", "std", "var", "abs", "exp", "log", "log2", "log10",
       "log1p", "sqrt", "round", "floor", "ceil", "any", "all"], "{function}({})"),
    (&["nanmean", "average"], "mean({})"),
    (&["nanmedian"], "median({})"),
    (&["nansum"], "sum({})"),
    (&["quantile", "nanquantile"], "quantile({}, {1})"),
    (&["percentile", "nanpercentile"], "quantile({}, {1} / 100)"),
    (&["unique"], "levels({})"),
    (&["value_counts"], "count({})"),
    (&["isnan", "isna", "isnull"], "is_missing({})"),
    (&["isin", "in1d"], "{} in {1}"),
    (&["where"], "when({}, {1}, {2})"),
    (&["arange"], "range({})"),
    (&["array", "asarray", "ravel", "squeeze", "DataFrame", "Series", "Categorical"], "{}"),
    (&["read_csv", "read_table", "read_excel", "loadtxt"], "read {}"),
    (&["shape"], "[{}.n_obs, {}.n_vars]"),
];

/// Modules whose functions these are.
const MODULES: [&str; 5] = ["np", "numpy", "pd", "pandas", "scipy"];

impl Interpreter<'_> {
    /// The answer to a function of columns that is called on a dataset.
    pub(in crate::eval) fn function_of_dataset(
        &self,
        name: &Name,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let function = name.text.as_str();
        let first = call.args.first().filter(|_| known(function))?;
        let variable = first.value.bare_name()?;
        let Some(Val::Dataset(data, None)) = self.session.get(&variable.text) else {
            return None;
        };
        let of = &variable.text;
        // `count(adata, by=leiden)`, `mean(adata, total_counts)`
        let column = call.args.get(1).and_then(|arg| arg.value.bare_name());
        let column = column.filter(|key| data.obs.contains_key(&key.text));
        if let (Some(column), 2, false) = (column, call.args.len(), function == "len") {
            let headline = format!("`{function}` needs a column or a list");
            let code = code::WRONG_FUNCTION_VALUES;
            let error = self.error(code, headline, first.value.span, "is a dataset");
            let line = format!("{function}({of}.obs.{})", spelled(&column.text));
            return Some(
                error
                    .help(self.in_line(call.span, &line))
                    .fix(call.span, line),
            );
        }
        let headline = format!("`{function}` needs a column or a list");
        let code = code::WRONG_FUNCTION_VALUES;
        let error = self.error(code, headline, first.value.span, "is a dataset");
        let (span, line) = match function {
            "len" => (call.span, format!("{of}.n_obs")),
            "count" | "levels" => (first.value.span, groups_of(of, data)),
            _ => (first.value.span, numbers_of(of, data)),
        };
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// `sort adata by=total_counts` means obs, and `volcano adata` the table of markers.
    pub(in crate::eval) fn dataset_for_table(
        &self,
        entry: &Entry,
        call: &Call,
        (param, expr): (&Param, &Expr),
    ) -> Box<Diagnostic> {
        let headline = format!("`{}` needs a table", entry.spec.name);
        let label = format!("this is a dataset, taken as `{}`", param.name);
        let error = self.error(code::INVALID_VALUE, headline, expr.span, label);
        let typed = self.as_operand(expr);
        let by = entry.params.iter().position(|param| param.name == "by");
        let given = |by| call.named("by").is_some() || call.positional().nth(by).is_some();
        let line = if by.is_some_and(given) {
            format!("{typed}.obs")
        } else {
            let group = call.named("group").map(|arg| &arg.value);
            let by = match group {
                Some(group) => {
                    let group = group.span.text(&self.source.text);
                    self.groups_with(&[&quoted(group.trim_matches(['"', '\'']))])
                }
                None => self.color_of_groups(Some(&typed)),
            };
            format!("(markers {typed} by={by})")
        };
        let help = self.in_line(expr.span, &line);
        error.help(help).fix(expr.span, line)
    }

    /// The answer to a function of numpy's or pandas'.
    pub(in crate::eval) fn of_module(&self, path: &str, call: &Call) -> Option<Box<Diagnostic>> {
        let (module, function) = path.rsplit_once('.')?;
        let root = module.split('.').next()?;
        let is_known = |(names, _): &&(&[&str], &str)| names.contains(&function);
        let (_, ours) = OF_MODULES.iter().find(is_known)?;
        if !MODULES.contains(&root) {
            return None;
        }
        let mut line = ours.replace("{function}", function);
        let mut used = Vec::new();
        for (mark, place) in [("{}", 0), ("{1}", 1), ("{2}", 2)] {
            if line.contains(mark) {
                let arg = call.positional().nth(place)?;
                line = line.replace(mark, arg.value.span.text(&self.source.text));
                used.push(arg.span);
            }
        }
        let mut answer = Translated::plain(line);
        answer.leave_out(&self.source.text, call, &used);
        let headline = "functions have no module here";
        let error = self.error(
            code::FOREIGN_CALL,
            headline,
            call.callee.span,
            "is Python syntax",
        );
        Some(answer.answering(self, call.span, error))
    }
}

/// A column of obs with groups.
pub(in crate::eval) fn groups(data: &Dataset) -> Option<String> {
    let usual = ["leiden", "cell_type", "louvain"];
    let usual = usual.iter().find(|key| data.obs.contains_key(**key));
    let is_groups = |column| matches!(column, ColumnType::Category | ColumnType::Text);
    usual
        .map(|key| (*key).to_owned())
        .or_else(|| first(data, is_groups))
}

/// The first column of obs of a type.
fn first(data: &Dataset, fits: impl Fn(ColumnType) -> bool) -> Option<String> {
    let mut columns = data.obs.iter();
    let found = columns.find(|(_, slot)| match slot.value.promise() {
        Promise::Column(column) => fits(column),
        _ => false,
    });
    found.map(|(key, _)| key.clone())
}

/// The column of groups of a dataset, `adata.obs.leiden`.
pub(in crate::eval) fn groups_of(name: &str, data: &Dataset) -> String {
    let key = groups(data).unwrap_or_else(|| "leiden".to_owned());
    format!("{name}.obs.{}", spelled(&key))
}

/// A column of numbers: the total counts, another one, or a gene.
pub(in crate::eval) fn numbers_of(name: &str, data: &Dataset) -> String {
    let usual = ["total_counts", "n_counts", "n_genes_by_counts"];
    let usual = usual.iter().find(|key| data.obs.contains_key(**key));
    let column = usual
        .map(|key| (*key).to_owned())
        .or_else(|| first(data, |column| column == ColumnType::Number));
    if let Some(key) = column {
        return format!("{name}.obs.{}", spelled(&key));
    }
    let known = data.var_names.value.known().ok().flatten();
    let genes = known.and_then(|value| value.names().cloned());
    let gene = genes.and_then(|genes| genes.iter().next().map(str::to_owned));
    format!("{name}.X.{}", spelled(gene.as_deref().unwrap_or("CD3D")))
}
