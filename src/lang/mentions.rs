//! Which words a statement mentions: the variables, columns and files that it may read, and the
//! functions that it calls. Words are not looked up, so there may be more than it does read.

use super::ast::*;
use std::collections::BTreeSet;

/// The words of a statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mentions {
    /// Names and texts that stand as values. Names of commands and of parameters are not among
    /// them, and neither is a variable that is assigned as a whole.
    pub words: BTreeSet<String>,
    /// What is called: `leiden`, `lab.standard`.
    pub called: BTreeSet<String>,
}

/// The words of a statement, also of the blocks within it.
pub fn mentions(statement: &Statement) -> Mentions {
    let mut found = Mentions::default();
    found.statement(statement);
    found
}

/// The words of an expression.
pub fn of_expr(expr: &Expr) -> Mentions {
    let mut found = Mentions::default();
    found.expr(expr);
    found
}

/// The words of a function's body.
pub fn of_block(block: &Block) -> Mentions {
    let mut found = Mentions::default();
    found.block(block);
    found
}

impl Mentions {
    fn word(&mut self, word: &str) {
        self.words.insert(word.to_owned());
    }

    fn block(&mut self, block: &Block) {
        block.statements.iter().for_each(|it| self.statement(it));
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Param { default, .. } => default.iter().for_each(|it| self.expr(it)),
            StatementKind::Use { path, .. } => self.text(path),
            StatementKind::Def { formals, body, .. } => {
                let defaults = formals.iter().filter_map(|it| it.default.as_ref());
                defaults.for_each(|it| self.expr(it));
                self.block(body);
            }
            StatementKind::For { list, body, .. } => {
                self.expr(list);
                self.block(body);
            }
            StatementKind::If {
                branches,
                otherwise,
            } => {
                for branch in branches {
                    self.expr(&branch.condition);
                    self.block(&branch.body);
                }
                otherwise.iter().for_each(|it| self.block(it));
            }
            StatementKind::Return(value) => value.iter().for_each(|it| self.expr(it)),
            StatementKind::Assign { target, value } => {
                if target.len() > 1 {
                    target.iter().for_each(|name| self.word(&name.text));
                }
                self.expr(value);
            }
            StatementKind::Expr(value) => self.expr(value),
            StatementKind::Resume(stages) => {
                self.word("it");
                stages.iter().for_each(|it| self.call(it));
            }
        }
    }

    fn call(&mut self, call: &Call) {
        match path(&call.callee) {
            Some(path) => {
                self.called.insert(path);
            }
            None => self.expr(&call.callee),
        }
        call.args.iter().for_each(|arg| self.expr(&arg.value));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::None => {}
            ExprKind::Name(name) => self.word(&name.text),
            ExprKind::Word { text, reading } => {
                self.word(text);
                reading.iter().for_each(|it| self.expr(it));
            }
            ExprKind::Text(text) => self.text(text),
            ExprKind::List(items) => items.iter().for_each(|it| self.expr(it)),
            ExprKind::Record(entries) => entries.iter().for_each(|it| self.entry(it)),
            ExprKind::Field(inner, name) => {
                self.word(&name.text);
                self.expr(inner);
            }
            ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => self.expr(inner),
            ExprKind::Index(inner, places) => {
                self.expr(inner);
                for place in places {
                    if let Selector::Expr(it) = place {
                        self.expr(it);
                    }
                }
            }
            ExprKind::Call(it) => self.call(it),
            ExprKind::Pipe { head, stages } => {
                self.expr(head);
                stages.iter().for_each(|it| self.call(it));
            }
            ExprKind::Binary(_, a, b) | ExprKind::Range(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Chain(first, rest) => {
                self.expr(first);
                rest.iter().for_each(|(_, it)| self.expr(it));
            }
        }
    }

    fn entry(&mut self, entry: &Entry) {
        match &entry.key {
            Key::Word(name) => self.word(&name.text),
            Key::Text(key) => self.text(key),
        }
        self.expr(&entry.value);
    }

    fn text(&mut self, text: &Text) {
        if let Some(plain) = text.plain() {
            self.word(plain);
        }
        for piece in &text.pieces {
            if let Piece::Hole(hole) = piece {
                self.expr(hole);
            }
        }
    }
}

/// `lab.standard`, if that is all it is.
fn path(callee: &Expr) -> Option<String> {
    match &callee.kind {
        ExprKind::Name(name) => Some(name.text.clone()),
        ExprKind::Field(inner, name) => Some(format!("{}.{}", path(inner)?, name.text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse;
    use crate::source::Source;

    fn of(text: &str) -> (String, String) {
        let parsed = parse(&Source::new("test", text));
        let found = mentions(&parsed.statements[0]);
        let joined = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>().join(" ");
        (joined(found.words), joined(found.called))
    }

    fn pair(words: &str, called: &str) -> (String, String) {
        (words.to_owned(), called.to_owned())
    }

    #[test]
    fn names_of_commands_and_parameters_are_not_read() {
        assert_eq!(of("leiden a res=x key=k"), pair("a k x", "leiden"));
        assert_eq!(of("b = lab.f(a)"), pair("a", "lab.f"));
        assert_eq!(of("a.obs.x = y"), pair("a obs x y", ""));
        assert_eq!(of("| export \"{p}.csv\""), pair("it p", "export"));
        assert_eq!(of("a = read \"f.h5ad\""), pair("f.h5ad", "read"));
        assert_eq!(of("if n > 2 { qc a }"), pair("a n", "qc"));
    }
}
