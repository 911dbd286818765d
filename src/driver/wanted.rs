//! Which results of a statement to show, and a note on planned results that a script never used.

use crate::command::Val;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{ExprKind, Statement, StatementKind, Style};
use crate::session::Session;
use crate::source::Source;

/// Says so at the end of a script if steps were planned that nothing asked for.
pub fn only_planned(session: &Session) -> Option<Box<Diagnostic>> {
    let owes = |(name, value): (&String, &Val)| match value {
        // A table that was made is all that was wanted of its dataset.
        Val::Dataset(_, Some(table)) if table.get().is_some() => None,
        Val::Dataset(data, _) => {
            // Normalized values are worked out while they are read: they owe nothing by themselves.
            let steps = if session.asked {
                data.pending_steps()
            } else {
                data.history.len().saturating_sub(1)
            };
            (steps > 0).then(|| (name.clone(), steps))
        }
        _ => None,
    };
    // What was planned before the last figure or file, and not needed for it, was not wanted.
    if session.asked && !session.planned {
        return None;
    }
    let owing: Vec<(String, usize)> = session.vars().filter_map(owes).collect();
    let (name, steps) = owing.first()?;
    let what = match (&owing[..], steps) {
        ([_], 1) => format!("1 step of {name} was planned and not run"),
        ([_], steps) => format!("{steps} steps of {name} were planned and not run"),
        (all, _) => {
            let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            format!("steps of {} were planned and not run", names.join(", "))
        }
    };
    let help = format!("compute {name}, a figure, or write {name} \"{name}.h5ad\" runs them");
    Some(Diagnostic::note(what).help(help))
}

/// The expression whose value a statement shows: `m` of `m` and of `compute m`; not that of a command.
pub fn expression(statement: &Statement, source: &Source) -> Option<String> {
    let StatementKind::Expr(expr) = &statement.kind else {
        return None;
    };
    let shown = match &expr.kind {
        ExprKind::Call(call) if call.name().is_some_and(|it| SHOWING.contains(&&*it.text)) => {
            let mut args = call.args.iter();
            let only = args.next().filter(|arg| arg.name.is_none())?;
            args.next().is_none().then_some(&only.value)?
        }
        _ => expr,
    };
    let is_line = match &shown.kind {
        ExprKind::Call(call) => call.style == Style::Call,
        ExprKind::Pipe { .. } => false,
        _ => true,
    };
    let text = shown.span.text(&source.text);
    (is_line && !text.contains('\n')).then(|| text.to_owned())
}

/// Commands that show the value they are given.
const SHOWING: [&str; 2] = ["compute", "show"];

/// `last` shows all of a table.
pub fn all(statement: &Statement) -> bool {
    let StatementKind::Expr(expr) = &statement.kind else {
        return false;
    };
    let name = match &expr.kind {
        ExprKind::Call(call) => call.name(),
        _ => expr.bare_name(),
    };
    name.is_some_and(|name| name.text == "last")
}
