//! A tree as one line per statement, with every grouping shown and no spelling: two texts mean
//! the same if and only if their outlines are equal. The formatter is checked by it.

use super::ast::*;
use super::words::spelled;

/// The outline of statements, one line each.
pub fn outline(statements: &[Statement]) -> String {
    let lines: Vec<String> = statements.iter().map(statement).collect();
    lines.join("\n")
}

fn statement(statement: &Statement) -> String {
    match &statement.kind {
        StatementKind::Param { name, default, doc } => {
            let default = default.as_ref().map(|it| format!(" = {}", expr(it)));
            let doc = doc.as_ref().map(|it| format!(" {}", text(it)));
            let (default, doc) = (default.unwrap_or_default(), doc.unwrap_or_default());
            format!("param {}{default}{doc}", spelled(&name.text))
        }
        StatementKind::Use { path, alias } => {
            let alias = alias
                .as_ref()
                .map(|it| format!(" as {}", spelled(&it.text)));
            format!("use {}{}", text(path), alias.unwrap_or_default())
        }
        StatementKind::Def {
            name,
            formals,
            body,
        } => {
            let formals = joined(formals, formal, ", ");
            format!("def {}({formals}) {}", spelled(&name.text), block(body))
        }
        StatementKind::For { name, list, body } => {
            let name = spelled(&name.text);
            format!("for {name} in {} {}", expr(list), block(body))
        }
        StatementKind::If {
            branches,
            otherwise,
        } => {
            let branch = |it: &Branch| format!("if {} {}", expr(&it.condition), block(&it.body));
            let otherwise = otherwise.as_ref().map(|it| format!(" else {}", block(it)));
            joined(branches, branch, " else ") + &otherwise.unwrap_or_default()
        }
        StatementKind::Return(None) => "return".to_string(),
        StatementKind::Return(Some(value)) => format!("return {}", expr(value)),
        StatementKind::Assign { target, value } => {
            let target = joined(target, |it| spelled(&it.text), ".");
            format!("{target} = {}", expr(value))
        }
        StatementKind::Expr(value) => expr(value),
        StatementKind::Resume(stages) => format!("| {}", joined(stages, call, " | ")),
    }
}

fn joined<T>(items: &[T], show: impl Fn(&T) -> String, between: &str) -> String {
    let shown: Vec<String> = items.iter().map(show).collect();
    shown.join(between)
}

fn block(block: &Block) -> String {
    format!("{{{}}}", joined(&block.statements, statement, "; "))
}

fn formal(formal: &Formal) -> String {
    let default = formal.default.as_ref().map(|it| format!("={}", expr(it)));
    spelled(&formal.name.text) + &default.unwrap_or_default()
}

fn expr(it: &Expr) -> String {
    match &it.kind {
        ExprKind::Number(value) => value.to_string(),
        ExprKind::Text(it) => text(it),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::None => "none".to_string(),
        ExprKind::List(items) => format!("[{}]", joined(items, expr, ", ")),
        ExprKind::Record(entries) => format!("{{{}}}", joined(entries, entry, ", ")),
        ExprKind::Name(name) => spelled(&name.text),
        ExprKind::Word { text, .. } => format!("word {text}"),
        ExprKind::Field(inner, name) => format!("{}.{}", expr(inner), spelled(&name.text)),
        ExprKind::Index(inner, places) => {
            format!("{}[{}]", expr(inner), joined(places, selector, ", "))
        }
        ExprKind::Call(it) => call(it),
        ExprKind::Pipe { head, stages } => {
            format!("({} | {})", expr(head), joined(stages, call, " | "))
        }
        ExprKind::Unary(Unary::Not, inner) => format!("(not {})", expr(inner)),
        ExprKind::Unary(Unary::Negative, inner) => format!("(-{})", expr(inner)),
        ExprKind::Binary(operator, a, b) => {
            format!("({} {} {})", expr(a), operator.symbol(), expr(b))
        }
        ExprKind::Chain(first, rest) => {
            let rest = joined(rest, |(it, b)| format!(" {} {}", it.symbol(), expr(b)), "");
            format!("({}{rest})", expr(first))
        }
        ExprKind::Range(a, b) => format!("({}..{})", expr(a), expr(b)),
        ExprKind::Paren(inner) => format!("paren {}", expr(inner)),
    }
}

fn call(it: &Call) -> String {
    let args = joined(&it.args, arg, " ");
    if args.is_empty() {
        format!("({}())", expr(&it.callee))
    } else {
        format!("({} {args})", expr(&it.callee))
    }
}

fn arg(arg: &Arg) -> String {
    match &arg.name {
        Some(name) => format!("{}={}", spelled(&name.text), expr(&arg.value)),
        None => expr(&arg.value),
    }
}

fn selector(selector: &Selector) -> String {
    match selector {
        Selector::Every(_) => ":".to_string(),
        Selector::Expr(it) => expr(it),
    }
}

fn entry(entry: &Entry) -> String {
    let key = match &entry.key {
        Key::Word(name) => spelled(&name.text),
        Key::Text(it) => text(it),
    };
    format!("{key}: {}", expr(&entry.value))
}

fn text(it: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(plain) => format!("{plain:?}"),
        Piece::Hole(hole) => format!("{{{}}}", expr(hole)),
    };
    if it.pieces.is_empty() {
        "\"\"".to_string()
    } else {
        joined(&it.pieces, piece, "")
    }
}
