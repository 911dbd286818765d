//! What Seurat's functions do besides what the command of their name here does: `NormalizeData` takes logarithms,
//! too, `DimPlot` colors by the identities, and plots are added to each other.

use crate::command::Val;
use crate::command::spec::Group;
use crate::command::value::quoted;
use crate::data::{Column, Dataset};
use crate::eval::Interpreter;
use crate::eval::answers::additions::Addition;
use crate::eval::answers::of_datasets::groups;
use crate::eval::answers::translated::{LeftOut, OBJECT, Parts, Translated};
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
            "DimPlot" if !ours.line.contains(" color=") => {
                let subject = self.subject_text(call);
                let color = format!(" color={}", self.color_of_groups(subject.as_deref()));
                let before = subject.map_or(0, |it| 1 + it.len());
                let command = ours.line.find(' ').unwrap_or(ours.line.len());
                ours.line.insert_str(command + before, &color);
            }
            _ => {}
        }
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

    /// The dataset that a call names, as the translated line has it.
    fn subject_text(&self, call: &Call) -> Option<String> {
        let object = || OBJECT.iter().find_map(|name| call.named(name));
        let first = call.positional().next().or_else(object)?;
        Some(self.as_operand(&first.value))
    }

    /// The column of groups of a dataset by its name, or of the one at hand; `leiden` where there is none yet.
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
        // Its spans are those of the line it stands in.
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
        let typed = arg.value.span.text(&self.source.text);
        match self.session.get(typed) {
            _ if !is_name => return false,
            Some(Val::Dataset(..) | Val::Unknown) => return false,
            Some(_) => parts.arguments.push(format!("map={typed}")),
            None => {
                let data = self.session.current().map(|(_, data)| data);
                let level = data.and_then(first_group);
                let level = quoted(&level.unwrap_or_else(|| "0".to_owned()));
                parts.pairs.push(format!("{level}: \"T cells\""));
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
    match value.column().map(|column| &**column) {
        Some(Column::Category(category)) => category.levels.iter().next().map(str::to_owned),
        _ => None,
    }
}
