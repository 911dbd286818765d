//! Traversal of the syntax tree.

use super::ast::*;

/// Shows every call in the statements, also those in blocks, arguments and texts, each before
/// the calls within it. A pipeline's stages come in order.
pub fn calls<'a>(statements: &'a [Statement], see: &mut dyn FnMut(&'a Call)) {
    for statement in statements {
        match &statement.kind {
            StatementKind::Param { default, .. } => default.iter().for_each(|it| expr(it, see)),
            StatementKind::Use { .. } => {}
            StatementKind::Def { formals, body, .. } => {
                let defaults = formals.iter().filter_map(|it| it.default.as_ref());
                defaults.for_each(|it| expr(it, see));
                calls(&body.statements, see);
            }
            StatementKind::For { list, body, .. } => {
                expr(list, see);
                calls(&body.statements, see);
            }
            StatementKind::If {
                branches,
                otherwise,
            } => {
                for branch in branches {
                    expr(&branch.condition, see);
                    calls(&branch.body.statements, see);
                }
                otherwise.iter().for_each(|it| calls(&it.statements, see));
            }
            StatementKind::Return(value) => value.iter().for_each(|it| expr(it, see)),
            StatementKind::Assign { value, .. } | StatementKind::Expr(value) => expr(value, see),
            StatementKind::Resume(stages) => stages.iter().for_each(|it| call(it, see)),
        }
    }
}

fn call<'a>(it: &'a Call, see: &mut dyn FnMut(&'a Call)) {
    see(it);
    expr(&it.callee, see);
    it.args.iter().for_each(|arg| expr(&arg.value, see));
}

fn expr<'a>(it: &'a Expr, see: &mut dyn FnMut(&'a Call)) {
    match &it.kind {
        ExprKind::Number(_)
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::Name(_)
        | ExprKind::Word { .. } => {}
        ExprKind::Text(it) => text(it, see),
        ExprKind::List(items) => items.iter().for_each(|it| expr(it, see)),
        ExprKind::Record(entries) => {
            for entry in entries {
                if let Key::Text(key) = &entry.key {
                    text(key, see);
                }
                expr(&entry.value, see);
            }
        }
        ExprKind::Field(inner, _) | ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => {
            expr(inner, see);
        }
        ExprKind::Index(inner, places) => {
            expr(inner, see);
            for place in places {
                if let Selector::Expr(it) = place {
                    expr(it, see);
                }
            }
        }
        ExprKind::Call(it) => call(it, see),
        ExprKind::Pipe { head, stages } => {
            expr(head, see);
            stages.iter().for_each(|it| call(it, see));
        }
        ExprKind::Binary(_, a, b) | ExprKind::Range(a, b) => {
            expr(a, see);
            expr(b, see);
        }
        ExprKind::Chain(first, rest) => {
            expr(first, see);
            rest.iter().for_each(|(_, it)| expr(it, see));
        }
    }
}

fn text<'a>(it: &'a Text, see: &mut dyn FnMut(&'a Call)) {
    for piece in &it.pieces {
        if let Piece::Hole(hole) = piece {
            expr(hole, see);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse;
    use crate::source::Source;

    #[test]
    fn calls_are_seen_wherever_they_stand() {
        let text = "for x in a() { if b(p()) { d e=[f(1)] | g } else { \"{h()}\" } }\n\
                    y = {a: i()}[j()].k | l m=(n 1 | o)";
        let parsed = parse(&Source::new("test", text));
        let mut seen = String::new();
        calls(&parsed.statements, &mut |call| {
            seen.push_str(call.name().map_or("?", |name| &name.text));
        });
        assert_eq!(seen, "abpdfghijlno");
    }
}
