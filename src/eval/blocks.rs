//! `for` and `if`: which blocks run, and how often.

use super::{Flow, Interpreter};
use crate::command::Val;
use crate::diagnostic::{Outcome, code};
use crate::lang::ast::{Block, Branch, Expr, ExprKind, Name};

impl Interpreter<'_> {
    pub(super) fn repeat(&mut self, name: &Name, list: &Expr, body: &Block) -> Outcome<Flow> {
        self.must_run_forward(list)?;
        let value = self.expr(list)?;
        let items = match self.items(value, list.span)? {
            Some(items) => items,
            None => vec![Val::Unknown],
        };
        for item in items {
            self.session.bind_local(&name.text, item);
            if let Flow::Return(value) = self.block(body)? {
                return Ok(Flow::Return(value));
            }
            if self.checked_enough() {
                break;
            }
        }
        self.session.forget_local(&name.text);
        Ok(Flow::Next)
    }

    /// Refuses `5..0` as it stands, which is no numbers at all.
    fn must_run_forward(&self, list: &Expr) -> Outcome<()> {
        let ExprKind::Range(from, to) = &list.inner().kind else {
            return Ok(());
        };
        match (from.literal_number(), to.literal_number()) {
            (Some(a), Some(b)) if a > b => {
                let headline = "this range ends before it begins";
                let error = self.error(code::NOTHING_TO_LOOP_OVER, headline, list.span, "is empty");
                let line = format!("{}..{}", b, a);
                Err(error
                    .help(self.in_line(list.span, &line))
                    .fix(list.span, line))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn branch(
        &mut self,
        branches: &[Branch],
        otherwise: Option<&Block>,
    ) -> Outcome<Flow> {
        let outer = self.running.undecided;
        let flow = self.chosen_branch(branches, otherwise);
        self.running.undecided = outer;
        flow
    }

    fn chosen_branch(&mut self, branches: &[Branch], otherwise: Option<&Block>) -> Outcome<Flow> {
        for branch in branches {
            match self.decide(&branch.condition)? {
                Some(true) => return self.block(&branch.body),
                Some(false) => {}
                // Checking, and only the data can tell: every branch must be right.
                None => {
                    self.running.undecided = true;
                    let before = self.session.clone();
                    self.block(&branch.body)?;
                    self.session = before;
                }
            }
        }
        match otherwise {
            Some(block) => self.block(block),
            None => Ok(Flow::Next),
        }
    }
}
