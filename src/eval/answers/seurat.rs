//! Seurat functions that do more than one command here: `NormalizeData` also takes logarithms,
//! `DimPlot` colors by the identities, and plots can be added to each other.

use crate::command::spec::Group;
use crate::command::value::quoted;
use crate::command::{Entry, Val};
use crate::data::{Dataset, Place};
use crate::eval::Interpreter;
use crate::eval::answers::additions::Addition;
use crate::eval::answers::argument_names::OBJECT;
use crate::eval::answers::column_names::our_name;
use crate::eval::answers::of_datasets::groups;
use crate::eval::answers::translated::{LeftOut, Parts, Translated};
use crate::lang::ast::{Arg, Call, Expr, ExprKind, StatementKind};
use crate::lang::words::spelled;
use crate::source::Source;
use std::sync::Arc;

/// Normalizations of Seurat's that are not followed by a logarithm.
const WITHOUT_LOGARITHM: [&str; 2] = ["CLR", "RC"];

/// Counts per cell that Seurat normalizes to, where `scale.factor` says nothing else.
const SCALE_FACTOR: &str = "target=1e4";

/// Why names of clusters that a variable of R's holds are not in the line.
const NAMES: &str = "is left out: map= takes the new names by cluster";

impl Interpreter<'_> {
    /// Adds to a translated call what the function does by itself.
    pub(in crate::eval) fn refine(&self, theirs: &str, call: &Call, ours: &mut Translated) {
        match theirs {
            "NormalizeData" => self.with_logarithm(call, ours),
            "FindMarkers" => {
                self.of_column_with_idents(call, ours);
                self.against_several(call, ours);
            }
            "FeaturePlot" => self.without_palette(call, ours),
            "VlnPlot" if !ours.line.contains(" by=") => {
                if let Some(by) = self.groups_of_violins(call) {
                    ours.line += &format!(" by={by}");
                }
            }
            "DimPlot" if !ours.line.contains(" color=") => {
                let subject = self.subject_text(call);
                let color = format!(" color={}", self.color_of_groups(subject.as_deref()));
                let begins = |subject: String| format!("plot {subject}");
                let head = subject.map_or_else(|| "plot".to_owned(), begins);
                match ours.line.strip_prefix(&head) {
                    Some(rest) => ours.line = format!("{head}{color}{rest}"),
                    None => ours.line += &color,
                }
            }
            _ => {}
        }
    }

    /// `FeaturePlot(x, "CD3D", cols = c("grey", "red"))`: numbers are colored by a color map.
    fn without_palette(&self, call: &Call, ours: &mut Translated) {
        let Some(arg) = call.named("cols") else {
            return;
        };
        let typed = arg.value.span.text(&self.source.text);
        ours.line = ours.line.replacen(&format!(" palette={typed}"), "", 1);
        ours.left_out.push(LeftOut {
            span: arg.span,
            typed: "cols".to_owned(),
            why: "is left out: cmap= colors genes, as in cmap=Reds".to_owned(),
        });
    }

    /// `x | normalize target=1e4 | log1p`.
    fn with_logarithm(&self, call: &Call, ours: &mut Translated) {
        let method = call.named("normalization.method");
        let method = method.map(|it| it.value.span.text(&self.source.text));
        if method.is_some_and(|it| WITHOUT_LOGARITHM.contains(&it.trim_matches(['"', '\'']))) {
            return;
        }
        if !ours.line.contains(" target=") {
            ours.line += &format!(" {SCALE_FACTOR}");
        }
        let subject = self.subject_text(call);
        let normalize = match &subject {
            Some(subject) => ours.line.replacen(&format!(" {subject}"), "", 1),
            None => ours.line.clone(),
        };
        let subject = subject.map_or(String::new(), |it| format!("{it} | "));
        ours.line = format!("{subject}{normalize} | log1p");
    }

    /// `ident.1 = "B"`: the column that has such a group, where it is not the clusters.
    fn of_column_with_idents(&self, call: &Call, ours: &mut Translated) {
        let idents = call.named("ident.1").map(|arg| &arg.value);
        let idents = idents.or_else(|| call.positional().nth(1).map(|arg| &arg.value));
        let Some(idents) = idents.filter(|_| !ours.line.contains(" by=")) else {
            return;
        };
        let groups = self.quoted_items(idents);
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        if let [column, ..] = &self.columns_with(&groups)[..] {
            let subject = self.subject_text(call);
            let head = subject.map_or_else(|| "markers".to_owned(), |it| format!("markers {it}"));
            if let Some(rest) = ours.line.strip_prefix(&head) {
                ours.line = format!("{head} by={column}{rest}");
            }
            let others = self.other_columns_of(idents);
            ours.remarks.extend(others.map(|it| (idents.span, it)));
        }
    }

    /// What goes by clusters goes by the groups that there are, where nothing was clustered yet.
    pub(in crate::eval) fn by_groups_there_are(&self, entry: &Entry, ours: &mut Translated) {
        let Some((_, data)) = self.session.current() else {
            return;
        };
        let default = entry.param("by").and_then(|param| param.default);
        let usual = default.map(|default| default().to_string());
        let given = ours.line.contains(" by=") || data.obs.contains_key("leiden");
        if usual.as_deref().map(|it| it.trim_matches('"')) != Some("leiden") || given {
            return;
        }
        if let Some(key) = groups(data) {
            ours.line += &format!(" by={}", spelled(&key));
        }
    }

    /// `ident.2 = c("0", "3")`: the cells of these groups and the first alone.
    fn against_several(&self, call: &Call, ours: &mut Translated) {
        let (Some(first), Some(others)) = (call.named("ident.1"), call.named("ident.2")) else {
            return;
        };
        let typed = others.value.span.text(&self.source.text);
        let reference = format!(" reference={typed}");
        let subject = self.subject_text(call);
        let several = matches!(others.value.kind, ExprKind::List(_) | ExprKind::Call(_));
        let (Some(subject), true) = (subject, several && ours.line.contains(&reference)) else {
            return;
        };
        let items = self.listed_items(&others.value, typed.to_owned());
        let first = first.value.span.text(&self.source.text).to_owned();
        let groups = std::iter::once(first).chain(items);
        let groups: Vec<String> = groups
            .map(|it| quoted(it.trim_matches(['"', '\''])))
            .collect();
        let known: Vec<&str> = groups.iter().map(String::as_str).collect();
        let by = self.groups_with(&known);
        let cells = format!("({subject}[{by} in [{}]])", groups.join(", "));
        let line = ours.line.replacen(&reference, "", 1);
        ours.line = line.replacen(&format!(" {subject}"), &format!(" {cells}"), 1);
    }

    /// Seurat's violins stand by identity; those of quality control are drawn before there is one.
    fn groups_of_violins(&self, call: &Call) -> Option<String> {
        let subject = self.subject_text(call)?;
        let Some(Val::Dataset(data, _)) = self.session.get(&subject) else {
            return None;
        };
        let features = call
            .named("features")
            .or_else(|| call.positional().nth(1))?;
        let typed = features.value.span.text(&self.source.text).to_owned();
        let keys = self.listed_items(&features.value, typed);
        let is_column = |key: &String| {
            let key = our_name(key.trim_matches(['"', '\'']));
            data.obs.contains_key(key) || self.line_that_makes(data, Place::Obs, key).is_some()
        };
        let groups = groups(data).filter(|_| !keys.iter().any(is_column));
        groups.map(|key| spelled(&key))
    }

    /// The dataset that a call names, as the translated line has it.
    pub(in crate::eval) fn subject_text(&self, call: &Call) -> Option<String> {
        let object = || OBJECT.iter().find_map(|name| call.named(name));
        let first = call.positional().next().or_else(object)?;
        Some(self.as_operand(&first.value))
    }

    /// The column of groups of a dataset by its name, or of the current one; `leiden` where there is none yet.
    pub(in crate::eval) fn color_of_groups(&self, subject: Option<&str>) -> String {
        let named = subject.and_then(|name| match self.session.get(name) {
            Some(Val::Dataset(data, _)) => Some(data),
            _ => None,
        });
        let data = named.or_else(|| self.session.current().map(|(_, data)| data));
        let groups = data.and_then(|data| groups(data));
        groups.map_or_else(|| "leiden".to_owned(), |key| spelled(&key))
    }

    /// The line for a figure that is added to another one: `DimPlot(x) + FeaturePlot(x, "CD3D")`.
    pub(in crate::eval) fn figure_beside(&self, addition: &Addition) -> Option<Translated> {
        // Its spans are those of the line it is in.
        let text = " ".repeat(addition.span.start) + &addition.typed;
        let parsed = crate::lang::parse(&Source::new("", text));
        let [statement] = &parsed.statements[..] else {
            return None;
        };
        let StatementKind::Expr(Expr {
            kind: ExprKind::Call(call),
            ..
        }) = &statement.kind
        else {
            return None;
        };
        let theirs = &call.name()?.text;
        let entry = self.registry.like(theirs);
        let entry = entry.filter(|entry| entry.group == Group::Plotting)?;
        let mut ours = self.as_ours(entry, theirs, call);
        self.refine(theirs, call, &mut ours);
        Some(ours)
    }

    /// `CreateSeuratObject(counts, min.cells = 3)`: the filters that it applies.
    pub(in crate::eval) fn seurat_object(&self, call: &Call) -> Option<Translated> {
        let of = call.positional().next().or_else(|| call.named("counts"))?;
        let counts = self.as_operand(&of.value);
        let mut line = match of.value.kind {
            ExprKind::Text(_) => format!("read {counts}"),
            _ => counts,
        };
        let mut used = vec![of.span];
        for (theirs, ours) in [
            ("min.features", "filter min_genes"),
            ("min.cells", "filter_genes min_cells"),
        ] {
            if let Some(arg) = call.named(theirs) {
                let least = arg.value.span.text(&self.source.text);
                line += &format!(" | {ours}={least}");
                used.push(arg.span);
            }
        }
        let mut answer = Translated::plain(line);
        answer.leave_out(&self.source.text, call, &used);
        Some(answer)
    }

    /// `WhichCells(x, idents = "B")`: the names of cells that a condition selects.
    pub(in crate::eval) fn which_cells(&self, call: &Call) -> Option<Translated> {
        let subject = self.subject_text(call);
        let current = || self.session.current().map(|(name, _)| name.to_owned());
        let of = subject.or_else(current)?;
        let mut used: Vec<_> = call.positional().take(1).map(|arg| arg.span).collect();
        let mut conditions = Vec::new();
        for (name, idents) in [("idents", true), ("expression", false)] {
            if let Some(arg) = call.named(name) {
                let typed = || arg.value.span.text(&self.source.text).to_owned();
                let condition = if idents {
                    self.of_idents(&arg.value)
                } else {
                    typed()
                };
                conditions.push(condition);
                used.push(arg.span);
            }
        }
        let all = conditions.join(" and ");
        let invert = call.named("invert");
        used.extend(invert.map(|arg| arg.span));
        let inverted = invert.is_some_and(|arg| matches!(arg.value.kind, ExprKind::Bool(true)));
        let selector = match (all.is_empty(), inverted) {
            (true, _) => String::new(),
            (false, false) => format!("[{all}]"),
            (false, true) => format!("[not ({all})]"),
        };
        let mut answer = Translated::plain(format!("{of}{selector}.obs_names"));
        answer.leave_out(&self.source.text, call, &used);
        Some(answer)
    }

    /// `RenameIdents(x, new.cluster.ids)`: names that a variable of R's holds. Whether it was such.
    pub(in crate::eval) fn adds_unknown_names(&self, arg: &Arg, parts: &mut Parts) -> bool {
        let is_name = matches!(
            arg.value.kind,
            ExprKind::Name(_) | ExprKind::Field(..) | ExprKind::Word { .. }
        );
        let typed = &*self.as_operand(&arg.value);
        match self.session.get(typed) {
            _ if !is_name => return false,
            Some(Val::Dataset(..) | Val::Unknown) => return false,
            // New names in the order of the levels.
            Some(Val::List(items)) => {
                let pair =
                    |(level, name): (usize, &Val)| (quoted(&level.to_string()), name.to_string());
                parts.pairs.extend(items.iter().enumerate().map(pair));
            }
            Some(_) => parts.arguments.push(format!("map={typed}")),
            None => {
                let data = self.session.current().map(|(_, data)| data);
                let level = data.and_then(first_group);
                let level = quoted(&level.unwrap_or_else(|| "0".to_owned()));
                parts.pairs.push((level, quoted("T cells")));
                parts.left_out.push(LeftOut {
                    span: arg.span,
                    typed: typed.to_owned(),
                    why: NAMES.to_owned(),
                });
            }
        }
        true
    }
}

/// The first of the groups of a dataset, if it is known.
fn first_group(data: &Arc<Dataset>) -> Option<String> {
    let slot = data.obs.get(&groups(data)?)?;
    let value = slot.value.known().ok()??;
    let category = value.column_category()?;
    category.levels.iter().next().map(str::to_owned)
}
