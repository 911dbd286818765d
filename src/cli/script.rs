//! The parameters of a script: `param` lines as options of the command line.

use super::options::{self, Options, Usage};
use crate::command::suggest;
use crate::lang::ast::{Expr, ExprKind, Statement, StatementKind};
use crate::source::{Source, text_of};
use std::collections::HashMap;
use std::sync::Arc;

/// A `param` line.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptParam {
    pub name: String,
    /// The default as written.
    pub default: Option<String>,
    pub doc: String,
    /// Its default is true or false, so it may be alone: `--strict`.
    pub switch: bool,
    /// Its default is a number.
    pub number: bool,
}

impl ScriptParam {
    /// `--max-mt`.
    fn option(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// Whether a value is of the type of the default.
    fn fits(&self, value: &str) -> Result<(), Usage> {
        let number = value.parse().is_ok_and(f64::is_finite);
        let wanted = match (self.switch, self.number) {
            (true, _) if !matches!(value, "true" | "false") => "true or false",
            (_, true) if !number => "a number",
            _ => return Ok(()),
        };
        let option = self.option();
        Err(Usage(format!("{option} needs {wanted}, not `{value}`")))
    }

    fn is(&self, option: &str) -> bool {
        option.replace('-', "_") == self.name.replace('-', "_")
    }
}

/// The parameters a script declares, in order.
pub fn params(source: &Source, statements: &[Statement]) -> Vec<ScriptParam> {
    let found = statements.iter().filter_map(|statement| {
        let StatementKind::Param { name, default, doc } = &statement.kind else {
            return None;
        };
        let written = |expr: &Expr| expr.span.text(&source.text).to_owned();
        Some(ScriptParam {
            name: name.text.clone(),
            default: default.as_ref().map(written),
            doc: doc
                .as_ref()
                .and_then(|doc| doc.plain())
                .unwrap_or_default()
                .to_owned(),
            switch: matches!(default.as_ref().map(|it| &it.kind), Some(ExprKind::Bool(_))),
            number: default
                .as_ref()
                .is_some_and(|it| it.literal_number().is_some()),
        })
    });
    found.collect()
}

/// The text of `sca run FILE --help`.
pub fn help(source: &Source, params: &[ScriptParam]) -> String {
    let mut text = format!("sca run {}", source.name);
    for param in params.iter().filter(|param| param.default.is_none()) {
        text += &format!(" {} …", param.option());
    }
    text.push('\n');
    if let Some(about) = source
        .text
        .lines()
        .next()
        .and_then(|it| it.strip_prefix('#'))
    {
        text += &format!("{}\n", about.trim());
    }
    if !params.is_empty() {
        text.push('\n');
    }
    for param in params {
        let default = match &param.default {
            Some(default) => format!(" = {default}"),
            None => " (required)".to_owned(),
        };
        text += &format!("  {:<32} {}\n", param.option() + &default, param.doc);
    }
    text
}

/// Values for a script's parameters; options of ours among them go to `options`.
pub fn values(
    params: &[ScriptParam],
    rest: &[String],
    options: &mut Options,
) -> Result<HashMap<String, String>, Usage> {
    let mut values = HashMap::new();
    let mut args = rest.iter().cloned().peekable();
    while let Some(arg) = args.next() {
        let Some(written) = arg.strip_prefix("--").filter(|it| !it.is_empty()) else {
            if options::take(options, &arg, &mut args)? {
                continue;
            }
            return Err(Usage(format!("`{arg}` does not belong to a parameter")));
        };
        let (option, attached) = match written.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (written, None),
        };
        let Some(param) = params.iter().find(|param| param.is(option)) else {
            if options::take(options, &arg, &mut args)? {
                continue;
            }
            return Err(unknown(params, &format!("--{option}")));
        };
        let truth = |next: &String| next == "true" || next == "false";
        let value = match attached {
            Some(value) => value,
            None if param.switch => args.next_if(truth).unwrap_or_else(|| "true".to_owned()),
            None => args
                .next()
                .ok_or_else(|| Usage(format!("{} needs a value", param.option())))?,
        };
        param.fits(&value)?;
        values.insert(param.name.clone(), value);
    }
    Ok(values)
}

fn unknown(params: &[ScriptParam], option: &str) -> Usage {
    let known: Vec<String> = params.iter().map(ScriptParam::option).collect();
    let near = match suggest::did_you_mean(option, &known) {
        Some(near) => format!(": {near}"),
        None if known.is_empty() => ": it has none".to_owned(),
        None => format!(": it has {}", known.join(", ")),
    };
    Usage(format!("the script has no parameter {option}{near}"))
}

/// The first required parameter without a value.
pub fn missing<'a>(
    params: &'a [ScriptParam],
    values: &HashMap<String, String>,
) -> Option<&'a ScriptParam> {
    params
        .iter()
        .find(|param| param.default.is_none() && !values.contains_key(&param.name))
}

/// A script's text: a file, or standard input for `-`.
pub fn read(path: &str) -> std::io::Result<Arc<Source>> {
    if path == "-" {
        let text = text_of(std::io::stdin())?;
        return Ok(Source::new("standard input", text));
    }
    Ok(Source::new(path, text_of(std::fs::File::open(path)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "# Quality of one sample\n\
        param input \"an .h5ad file\"\n\
        param max_mt = 10 \"highest percentage\"\n\
        param strict = false\n";

    fn declared() -> Vec<ScriptParam> {
        let source = Source::new("qc.sca", SCRIPT);
        params(&source, &crate::lang::parse(&source).statements)
    }

    fn given(line: &str) -> Result<HashMap<String, String>, Usage> {
        let rest: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        values(&declared(), &rest, &mut Options::default())
    }

    #[test]
    fn help_lists_the_param_lines() {
        let source = Source::new("qc.sca", SCRIPT);
        assert_eq!(
            help(&source, &declared()),
            "sca run qc.sca --input …\nQuality of one sample\n\n  \
             --input (required)               an .h5ad file\n  \
             --max-mt = 10                    highest percentage\n  \
             --strict = false                 \n"
        );
    }

    #[test]
    fn values_by_name() {
        let values = given("--input a.h5ad --max-mt=5 --strict").unwrap();
        assert_eq!(values["input"], "a.h5ad");
        assert_eq!(values["max_mt"], "5");
        assert_eq!(values["strict"], "true");
        assert_eq!(given("--max_mt -1").unwrap()["max_mt"], "-1");
        assert_eq!(given("--strict false").unwrap()["strict"], "false");
        let none = HashMap::new();
        assert_eq!(missing(&declared(), &none).unwrap().name, "input");
    }

    #[test]
    fn wrong_names_are_told() {
        let told = |line| given(line).unwrap_err().0;
        assert_eq!(
            told("--max-mtt 3"),
            "the script has no parameter --max-mtt: did you mean `--max-mt`?"
        );
        assert_eq!(told("--input"), "--input needs a value");
        assert_eq!(told("--max-mt abc"), "--max-mt needs a number, not `abc`");
        assert_eq!(told("--max-mt nan"), "--max-mt needs a number, not `nan`");
        assert_eq!(
            told("--strict=yes"),
            "--strict needs true or false, not `yes`"
        );
        assert_eq!(told("x"), "`x` does not belong to a parameter");
    }

    #[test]
    fn our_own_options_may_follow() {
        let mut options = Options::default();
        let rest = ["--json".to_owned(), "--seed".to_owned(), "4".to_owned()];
        values(&declared(), &rest, &mut options).unwrap();
        assert!(options.manner.json);
        assert_eq!(options.seed.as_deref(), Some("4"));
    }
}
