//! Errors that follow from another one. A script is checked beyond its first mistake: what a failed statement would have
//! made is missing in the lines below it, which is no mistake of theirs.

use crate::command::slot_keys::slot_key;
use crate::command::{Args, Given, Registry, Val, Write};
use crate::diagnostic::{Diagnostic, code};
use crate::lang::ast::{Call, ExprKind, Statement, StatementKind};
use crate::lang::walk;
use std::collections::HashSet;

/// Names of slots that failed statements would have made.
#[derive(Debug, Default)]
pub(super) struct Unmade(HashSet<String>);

impl Unmade {
    /// Notes what a failed statement would have made: the slot that it assigns, and those that its commands write.
    pub fn note(&mut self, registry: Registry, statement: &Statement) {
        if let StatementKind::Assign { target, .. } = &statement.kind
            && let [_, .., slot] = &target[..]
        {
            self.0.insert(slot.text.clone());
        }
        walk::calls(std::slice::from_ref(statement), &mut |call| {
            self.0.extend(written(registry, call));
        });
    }

    /// Whether an error is about one of them: that it is not there.
    pub fn explains(&self, error: &Diagnostic) -> bool {
        let missing = matches!(
            error.code,
            code::NO_SUCH_COLUMN | code::NO_SUCH_FIELD | code::NO_SUCH_SLOT
        );
        let (Some(source), Some(label)) = (&error.source, error.labels.first()) else {
            return false;
        };
        let typed = label.span.text(&source.text);
        missing && self.0.contains(typed.trim_matches(['"', '\'', '`']))
    }
}

/// The names of the slots that a command writes, by those of its arguments that are written out.
fn written(registry: Registry, call: &Call) -> Vec<String> {
    let name = call.callee.bare_name();
    let Some(entry) = name.and_then(|name| registry.get(&name.text)) else {
        return Vec::new();
    };
    let mut args = Args::default();
    for arg in &call.args {
        let param = arg.name.as_ref().and_then(|name| entry.param(&name.text));
        let text = match &arg.value.kind {
            ExprKind::Name(name) => Some(name.text.clone()),
            ExprKind::Text(text) => text.plain().map(str::to_owned),
            _ => None,
        };
        if let (Some(param), Some(text)) = (param, text) {
            args.given
                .insert(param.name, Given::planned(Val::Text(text), arg.span));
        }
    }
    let slots = entry.spec.writes.iter().filter_map(|write| match write {
        Write::Slot(_, key) => Some(slot_key(entry, &args, *key)),
        _ => None,
    });
    slots.collect()
}
