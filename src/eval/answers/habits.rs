//! Commands and functions that have another name in other tools: `FindClusters adata`,
//! `rank_genes_groups adata`, `head(x)`, `quit()`.

use crate::command::value::quoted;
use crate::command::{Entry, Val, scanpy};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::of_datasets::groups_of;
use crate::eval::answers::translated::Translated;
use crate::lang::ast::{Arg, Call, ExprKind, Name, Style};
use crate::source::Span;

/// A word of R, Python or a shell, and the line that does the same here. `{}` is what the word was given, `{n}` a number of
/// rows, `{column}` a column as commands take it, `{by}` the groups of a dataset, `{color}` these as a color.
struct Habit {
    words: &'static [&'static str],
    line: &'static str,
    /// The line if it was not given a dataset, where that is another one.
    of_others: Option<&'static str>,
}

const fn habit(words: &'static [&'static str], line: &'static str) -> Habit {
    Habit {
        words,
        line,
        of_others: None,
    }
}

/// A word that means one thing of a dataset and another of all other values.
const fn either(
    words: &'static [&'static str],
    of_dataset: &'static str,
    of_others: &'static str,
) -> Habit {
    Habit {
        words,
        line: of_dataset,
        of_others: Some(of_others),
    }
}

#[rustfmt::skip]
const HABITS: &[Habit] = &[
    habit(&["quit", "q", "bye", "logout"], "exit"),
    habit(&["print", "cat", "echo", "disp", "display"], "show {}"),
    // Rows of a dataset are those of obs.
    either(&["head"], "compute {}[0..{n}].obs", "{}[0..{n}]"),
    either(&["tail"], "compute {}[-{n}..].obs", "{}[-{n}..]"),
    habit(&["slice_head", "top_n"], "{}[0..{n}]"),
    habit(&["slice_tail"], "{}[-{n}..]"),
    habit(&["ungroup"], "{}"),
    habit(&["hist", "density", "distplot"], "histogram {column}"),
    habit(&["boxplot"], "violin {column}"),
    habit(&["rm", "del", "remove"], "{} = none"),
    habit(&["str", "View", "glimpse", "summary", "describe", "info"], "show {}"),
    // Seurat's objects have a row for each gene.
    either(&["nrow", "NROW"], "{}.n_vars", "len({})"),
    either(&["ncol", "NCOL"], "{}.n_obs", "len({})"),
    either(&["dim", "shape"], "[{}.n_obs, {}.n_vars]", "show {}"),
    habit(&["table", "value_counts"], "count({})"),
    habit(&["unique"], "levels({})"),
    habit(&["length", "size"], "len({})"),
    habit(&["saveRDS", "SaveH5Seurat", "write_rds", "save_h5ad"], "write {} {file}"),
    habit(&["write_zarr"], "write {} \"out.zarr\""),
    habit(&["subset_cells"], "filter {} (n_genes_by_counts > 200)"),
    habit(&["seq", "arange", "linspace"], "range(0, 10, 1)"),
    habit(&["ifelse", "where"], "when(leiden == \"0\", \"T\", \"other\")"),
    habit(&["man", "doc", "usage"], "help {}"),
    habit(&["rownames", "row.names", "Features"], "{}.var_names"),
    either(&["colnames"], "{}.obs_names", "show {}"),
    habit(&["Cells"], "{}.obs_names"),
    habit(&["Idents"], "{by}"),
    either(&["names"], "levels({by})", "show {}"),
    habit(&["Embeddings", "Reductions"], "{}.obsm"),
    habit(&["Assays", "Layers"], "{}.layers"),
    habit(&["GetAssayData", "LayerData", "GetAssay"], "{}.X"),
    habit(&["VariableFeatures", "HVFInfo"], "{}.var[highly_variable]"),
    habit(&["UMAPPlot"], "plot {} color={color}"),
    habit(&["TSNEPlot"], "plot {} color={color} basis=tsne"),
    habit(&["PCAPlot"], "plot {} color={color} basis=pca"),
    habit(&["JackStraw", "JackStrawPlot"], "elbow {}"),
    habit(&["reset", "restart"], "restore {} step=1"),
    habit(&["clear", "cls"], ""),
];

/// Words that are given a file, not what is in it.
const SAVING: [&str; 2] = ["ggsave", "savefig"];

/// Rows that R's `head` shows.
const HEAD: usize = 6;

/// Functions that read a file.
#[rustfmt::skip]
const READERS: [&str; 6] = ["load", "read_h5ad", "read_zarr", "read_csv", "readRDS", "load_file"];

/// Calls of R that are read as calls here, so that functions may have these names.
const CALLED: [&str; 7] = [
    "c", "library", "require", "function", "list", "dict", "tuple",
];

impl Interpreter<'_> {
    pub(in crate::eval) fn no_command(&self, name: &Name, call: Option<&Call>) -> Box<Diagnostic> {
        let in_parentheses = call.filter(|call| call.style == Style::Call);
        let foreign = in_parentheses.filter(|_| CALLED.contains(&name.text.as_str()));
        if let Some(call) = foreign
            && let Some(answer) = crate::lang::foreign_call(&self.source.text, call.span)
        {
            return answer.in_source(&self.source);
        }
        let like = self.registry.like(&name.text);
        if let Some(entry) = like.or_else(|| self.registry.like_last(&name.text)) {
            return self.called_otherwise(entry, name, call);
        }
        if let Some(answer) = bare_answer(self, &name.text) {
            let headline = format!("no command `{}`", name.text);
            return self
                .error(code::FOREIGN_CALL, headline, name.span, "is a Scanpy name")
                .help(answer);
        }
        let span = call.map_or(name.span, |call| call.span);
        let headline = match call {
            Some(_) => format!("no command `{}`", name.text),
            None => format!("no variable or command `{}`", name.text),
        };
        if let Some(answer) = call.and_then(|call| self.of_call(name, call)) {
            return answer;
        }
        let diagnostic = |label: &str| self.error(code::FOREIGN_CALL, &headline, name.span, label);
        if ["group_by", "groupby"].contains(&name.text.as_str())
            && let Some((start, head)) = self.piped_into(span)
            && let Some((line, end)) = self.of_groups(&head, span)
        {
            let span = Span::new(start, end);
            let help = self.in_line(span, &line);
            return diagnostic("is not a command here")
                .help(help)
                .fix(span, line);
        }
        if let Some(said) = self.said_of(name, span) {
            return diagnostic("is not a command here").help(said);
        }
        match self.habit(name, call, span) {
            Some(ours) => {
                let span = Span::new(ours.from.unwrap_or(span.start), span.end);
                let help = self.in_line(span, &ours.line);
                let answer = diagnostic("is not a command here").help(help);
                ours.told(answer.fix(span, &ours.line))
            }
            None => self
                .word_of_the_field(name)
                .unwrap_or_else(|| self.unknown_name(name, code::UNKNOWN_NAME, headline)),
        }
    }

    /// The answer to a call by what its arguments are.
    fn of_call(&self, name: &Name, call: &Call) -> Option<Box<Diagnostic>> {
        if name.text == "ggplot" {
            return Some(self.of_ggplot(name, call));
        }
        self.called_dataset(name, call)
            .or_else(|| self.command_meant(name, call))
            .or_else(|| self.function_of_dataset(name, call))
            .or_else(|| self.function_as_command(name, call))
            .or_else(|| self.assigned_groups(name, call))
            .or_else(|| self.plain_english(name, call))
    }

    /// `FindClusters adata resolution=0.6`, answered with `leiden adata res=0.6`.
    fn called_otherwise(&self, entry: &Entry, name: &Name, call: Option<&Call>) -> Box<Diagnostic> {
        let ours = entry.spec.name;
        let headline = match name.text.as_str() {
            "NormalizeData" => "`NormalizeData` is `normalize`, then `log1p` here".to_owned(),
            theirs => format!("`{theirs}` is called `{ours}` here"),
        };
        let label = "is the name in another tool";
        let diagnostic = self.error(code::FOREIGN_CALL, headline, name.span, label);
        let Some(call) = call else {
            let subject = self.session.current().filter(|_| entry.takes_dataset());
            return match subject {
                Some((subject, _)) => diagnostic.help(format!("{ours} {subject}")),
                None => diagnostic.help(format!("help {ours}")),
            };
        };
        let (span, ours) = self.translation(entry, &name.text, call);
        let diagnostic = diagnostic
            .help(self.in_line(span, &ours.line))
            .fix(span, &ours.line);
        ours.told(diagnostic)
    }

    /// What is said of words that no line stands for.
    fn said_of(&self, name: &Name, span: Span) -> Option<String> {
        Some(match name.text.as_str() {
            "ls" | "dir" => format!("{}; Tab behind read \" lists files", self.variables()),
            "who" | "objects" | "vars" => self.variables(),
            "pwd" | "cd" | "setwd" => "paths are relative to the folder sca was started in".into(),
            "names" | "levels" | "colnames" | "rownames" if self.is_assigned(span) => {
                "label names groups, as in label adata by=leiden map={\"0\": \"B\"}; rename names columns".into()
            }
            "group_by" | "groupby" => "top m n=2 each=group keeps rows of a table per group; summarize adata by=leiden cells=count() sums up cells".into(),
            "clear" | "cls" => "Ctrl-L clears the screen".into(),
            "run" | "source" => "scripts run outside of the prompt: sca script.sca; `use` takes only their functions".into(),
            "JoinLayers" | "SplitLayers" => {
                "a layer has all cells: nothing is to be joined or split".into()
            }
            _ => return None,
        })
    }

    /// The line that a habit is answered with.
    fn habit(&self, name: &Name, call: Option<&Call>, span: Span) -> Option<Translated> {
        if READERS.contains(&name.text.as_str()) {
            return Some(Translated::plain(self.reading(call, span)));
        }
        if name.text == "CreateSeuratObject" {
            return self.seurat_object(call?);
        }
        if name.text == "WhichCells" {
            return self.which_cells(call?);
        }
        if SAVING.contains(&name.text.as_str()) {
            return call.map(|call| self.saved_figure(call));
        }
        if let Some(answer) = call.and_then(|call| self.of_columns(&name.text, call)) {
            return Some(answer);
        }
        let mut habits = HABITS.iter();
        let habit = habits.find(|habit| habit.words.contains(&name.text.as_str()))?;
        let piped = self.piped_into(span);
        let of = call.and_then(|call| call.positional().next());
        let of = of.filter(|_| piped.is_none());
        let given = of.map(|arg| self.as_operand(&arg.value));
        let given = given.or(piped.as_ref().map(|(_, head)| head.clone()));
        let current = || self.session.current().map(|(name, _)| name.to_owned());
        let is_of_something = ["{}", "{column}", "{by}"];
        let given = if is_of_something.iter().any(|it| habit.line.contains(it)) {
            given.or_else(current)?
        } else {
            String::new()
        };
        if habit.words.contains(&"rm") && self.session.get(root(&given)).is_none() {
            return None;
        }
        let mut used: Vec<Span> = of.map(|arg| arg.span).into_iter().collect();
        let rows = call.and_then(|call| rows_asked(call, piped.is_some()));
        used.extend(rows.map(|(_, span)| span));
        let rows = rows.map_or(HEAD, |(rows, _)| rows);
        let mut line = self.habit_line(habit, &given, rows);
        // `Embeddings(x, "umap")`.
        let embedding = call.and_then(|call| call.positional().nth(1));
        if let (Some(arg), true) = (embedding, line.ends_with(".obsm"))
            && let ExprKind::Text(text) = &arg.value.kind
            && let Some(basis) = text.plain()
        {
            line += &format!(".X_{basis}");
            used.push(arg.span);
        }
        if line.contains("{file}") {
            let file = call.and_then(saved_as);
            used.extend(file.as_ref().map(|(_, span)| *span));
            let file = file.map_or_else(|| "out.h5ad".to_owned(), |(file, _)| file);
            line = line.replace("{file}", &quoted(&file));
        }
        let mut answer = Translated::plain(line);
        answer.from = piped.map(|(start, _)| start);
        if let Some(call) = call {
            answer.leave_out(&self.source.text, call, &used);
        }
        Some(answer)
    }

    /// Where the pipeline begins that ends in the call at a place, and what it passes along:
    /// `m | head(5)` is about `m`.
    fn piped_into(&self, call: Span) -> Option<(usize, String)> {
        let text = &self.source.text;
        let begins = text[..call.start].rfind('\n').map_or(0, |at| at + 1);
        let before = text[begins..call.start].trim_end().strip_suffix('|')?;
        let assigned = before
            .split_once(" = ")
            .map_or(0, |(name, _)| name.len() + 3);
        let head = &before[assigned..];
        let open = head.matches(['(', '[']).count();
        if open != head.matches([')', ']']).count() {
            return None;
        }
        let start = begins + before.len() - head.trim_start().len();
        let head = head.trim();
        let simple = !head.contains(' ');
        Some((
            start,
            if simple {
                head.to_owned()
            } else {
                format!("({head})")
            },
        ))
    }

    /// `load("x.h5ad")`, with a name for the dataset unless it has one.
    fn reading(&self, call: Option<&Call>, span: Span) -> String {
        let text = |arg: &Arg| matches!(arg.value.kind, ExprKind::Text(_));
        let given = call.and_then(|call| call.positional().find(|arg| text(arg)));
        let file = given.map_or_else(
            || "\"file.h5ad\"".to_owned(),
            |arg| self.as_operand(&arg.value),
        );
        let before = self.source.text[..span.start].trim_end();
        let is_named = before.ends_with('=') || before.ends_with("<-");
        format!("{}read {file}", if is_named { "" } else { "adata = " })
    }

    /// Whether a value is assigned to what is in `span`.
    pub(in crate::eval) fn is_assigned(&self, span: Span) -> bool {
        let behind = self.source.text[span.end..].trim_start();
        behind.starts_with("<-") || behind.starts_with('=') && !behind.starts_with("==")
    }

    fn habit_line(&self, habit: &Habit, given: &str, rows: usize) -> String {
        let dataset = match self.session.get(given) {
            Some(Val::Dataset(data, None)) => Some(data),
            _ => None,
        };
        let line = match (habit.of_others, dataset) {
            (Some(of_others), None) => of_others,
            _ => habit.line,
        };
        let by = || match dataset {
            Some(data) => groups_of(given, data),
            None => format!("{given}.obs.leiden"),
        };
        let column = || given.replace(".obs.", ".").replacen('.', " ", 1);
        let fillings: [(&str, &dyn Fn() -> String); 5] = [
            ("{column}", &column),
            ("{by}", &by),
            ("{color}", &|| self.color_of_groups(Some(given))),
            ("{n}", &|| rows.to_string()),
            ("{}", &|| given.to_owned()),
        ];
        let filled = |line: String, (mark, text): &(&str, &dyn Fn() -> String)| {
            if line.contains(mark) {
                line.replace(mark, &text())
            } else {
                line
            }
        };
        fillings.iter().fold(line.to_owned(), filled)
    }

    /// The names that are bound, with what they hold.
    fn variables(&self) -> String {
        let bound = self.session.vars();
        let names: Vec<String> = bound
            .map(|(name, value)| format!("{name} ({})", value.type_word()))
            .collect();
        if names.is_empty() {
            "there are no variables".to_owned()
        } else {
            format!("variables: {}", names.join(", "))
        }
    }
}

/// The file that `saveRDS(x, file = "x.rds")` names, as one that is written here, and where it stands.
fn saved_as(call: &Call) -> Option<(String, Span)> {
    let arg = call.named("file").or_else(|| call.positional().nth(1))?;
    let ExprKind::Text(text) = &arg.value.kind else {
        return None;
    };
    let name = text.plain()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Some((format!("{stem}.h5ad"), arg.span))
}

/// The number of rows that `head(x, 5)` and `head(x, n=5)` ask for, and where it stands.
fn rows_asked(call: &Call, piped: bool) -> Option<(usize, Span)> {
    let second = call.positional().nth(usize::from(!piped));
    let arg = call.named("n").or(second)?;
    let rows = arg.value.literal_number()?;
    (rows >= 1.0 && rows.fract() == 0.0).then_some((rows as usize, arg.span))
}

/// The variable of an operand. Only what there is can be removed: `remove cells with few genes` is no line of R.
fn root(operand: &str) -> &str {
    operand.split(['.', '[']).next().unwrap_or_default()
}

/// What replaces a function of Scanpy that was typed without its module.
fn bare_answer(interpreter: &Interpreter, name: &str) -> Option<String> {
    if name.contains('.') {
        return None;
    }
    ["pp", "tl", "pl", "get", "metrics", "datasets"]
        .iter()
        .find_map(|module| scanpy::answer(interpreter.registry, &format!("sc.{module}.{name}")))
        .or_else(|| {
            let read = name.starts_with("read") || name == "concat" || name == "write";
            read.then(|| scanpy::answer(interpreter.registry, &format!("sc.{name}")))?
        })
}
