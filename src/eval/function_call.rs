//! Calls of functions that a script defines.

use super::{Flow, Interpreter};
use crate::command::{Val, suggest};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::lang::ast::{Call, Name};
use crate::session::Function;
use std::sync::Arc;

/// How deep functions may call each other.
const MAX_DEPTH: usize = 100;

/// Arguments as they were typed, evaluated where the call stands.
struct Given<'c> {
    positional: Vec<Val>,
    named: Vec<(&'c Name, Val)>,
}

impl Interpreter<'_> {
    pub(super) fn call_function(
        &mut self,
        function: &Arc<Function>,
        call: &Call,
        head: Option<Val>,
    ) -> Outcome<Val> {
        if self.running.depth >= MAX_DEPTH {
            return Err(self.error(
                code::ENDLESS_RECURSION,
                "functions call each other endlessly",
                call.span,
                "nested more than 100 calls deep",
            ));
        }
        let given = self.given(function, call, head)?;
        if self.checked_enough() {
            return Ok(Val::Unknown);
        }
        let mut inside = self.session.inside();
        let outer_source = std::mem::replace(&mut self.source, function.source.clone());
        let contexts = std::mem::take(&mut self.running.contexts);
        for (i, formal) in function.formals.iter().enumerate() {
            let value = match (given.of(i, &formal.name), &formal.default) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => self.expr(default)?,
                (None, None) => {
                    self.source = outer_source;
                    let headline = format!("`{}` is missing", formal.name.text);
                    return Err(self.error(
                        code::MISSING_PARAMETER,
                        headline,
                        call.span,
                        "needs a value",
                    ));
                }
            };
            inside.bind_local(&formal.name.text, value);
        }
        let outside = std::mem::replace(&mut self.session, inside);
        self.running.depth += 1;
        let within = std::mem::replace(&mut self.running.within, false);
        let flow = self.block(&function.body);
        self.running.within = within;
        self.running.depth -= 1;
        let inside = std::mem::replace(&mut self.session, outside);
        self.session.written = inside.written;
        self.source = outer_source;
        self.running.contexts = contexts;
        match flow? {
            Flow::Return(value) => Ok(value),
            Flow::Next => Ok(Val::None),
        }
    }

    /// The arguments of a call, none of them too many.
    fn given<'c>(
        &mut self,
        function: &Function,
        call: &'c Call,
        head: Option<Val>,
    ) -> Outcome<Given<'c>> {
        let mut given = Given {
            positional: head.into_iter().collect(),
            named: Vec::new(),
        };
        for arg in &call.args {
            let value = self.expr(&arg.value)?;
            match &arg.name {
                None => given.positional.push(value),
                Some(name) => given.named.push((name, value)),
            }
        }
        let n = given.positional.len();
        if n > function.formals.len() {
            return Err(self.error(
                code::TOO_MANY_FUNCTION_ARGUMENTS,
                format!("this takes {} arguments", function.formals.len()),
                call.span,
                format!("{n} are given"),
            ));
        }
        let is_formal = |name: &Name| {
            let mut formals = function.formals.iter();
            formals.any(|formal| formal.name.text == name.text)
        };
        match given.named.iter().find(|(name, _)| !is_formal(name)) {
            Some((name, _)) => Err(self.no_formal(function, name)),
            None => Ok(given),
        }
    }

    fn no_formal(&self, function: &Function, name: &Name) -> Box<Diagnostic> {
        let formals = function.formals.iter();
        let known: Vec<String> = formals.map(|formal| formal.name.text.clone()).collect();
        let headline = format!("no parameter `{}`", name.text);
        let label = "is not one of its parameters";
        let error = self.error(code::NO_SUCH_PARAMETER, headline, name.span, label);
        match suggest::nearest(&name.text, &known).first() {
            Some(near) => {
                let help = self.in_line(name.span, near);
                error.help(help).fix(name.span, near.clone())
            }
            None => error.help(suggest::listing("it", &known)),
        }
    }
}

impl Given<'_> {
    /// The argument for the parameter at a place.
    fn of(&self, place: usize, formal: &Name) -> Option<&Val> {
        let named = || {
            let found = self.named.iter().find(|(name, _)| name.text == formal.text);
            found.map(|(_, value)| value)
        };
        self.positional.get(place).or_else(named)
    }
}
