//! The open brackets before the cursor, and what each says of the place within it.

use super::line::{Line, Round, is_name, open_hole};
use super::{CursorContext, Expected, InCommand};
use crate::lang::lexeme::{Kind, Lexeme};

/// The context at the end of a text whose last statement begins at `start`.
pub fn context(text: &str, start: usize) -> CursorContext {
    match open_hole(text, start) {
        Some(hole) => Line::new(text, hole, Round::Hole).context(),
        None => Line::new(text, start, Round::Statement).context(),
    }
}

impl Line<'_> {
    fn context(&self) -> CursorContext {
        let mut context = CursorContext::new(self.word, self.text, self.quote);
        let levels = self.levels();
        for (at, (round, first)) in levels.iter().enumerate() {
            let end = levels.get(at + 1).map(|(_, first)| first - 1);
            let items = self.items(*first, end.unwrap_or(self.lexemes.len()));
            // What is before the inner bracket belongs to it: `adata[`, `f(`.
            let inner = levels.get(at + 1).map(|(round, _)| *round);
            let owned = matches!(inner, Some(Round::Call | Round::Index));
            let split = if owned {
                self.unit_start(&items)
            } else {
                items.len()
            };
            self.level(*round, &items[..split], &mut context);
            if owned {
                let owner = self.spanned(&items[split..]);
                self.enter(inner, owner, &mut context);
            }
        }
        if self.finished {
            context.place = Expected::Nothing;
        }
        context
    }

    /// What a bracket's owner says of the place after the bracket.
    fn enter(&self, round: Option<Round>, owner: String, context: &mut CursorContext) {
        if round == Some(Round::Index) {
            context.subject = Some(owner);
            context.place = Expected::Index { place: 0 };
            return;
        }
        let piped = context.place == Expected::Command { piped: true };
        let defined = context.place == Expected::Nothing;
        context.command = (!defined).then(|| InCommand {
            name: owner,
            piped,
            ..InCommand::default()
        });
    }

    fn level(&self, round: Round, items: &[Lexeme], context: &mut CursorContext) {
        match round {
            Round::Statement => self.statement(items, context),
            Round::Hole => context.place = self.operand(items, Expected::Operand),
            Round::Group => {
                let inherited = match &context.place {
                    Expected::Index { place } => Expected::Index { place: *place },
                    _ => Expected::Command { piped: false },
                };
                self.pipeline(items, inherited, context);
            }
            Round::Call => self.call(items, context),
            Round::Index => {
                let (place, segment) = self.segment(items);
                context.place = self.operand(segment, Expected::Index { place });
            }
            Round::List => {
                let (_, segment) = self.segment(items);
                let others = items.split(|it| it.is(self.text, ","));
                let others: Vec<String> = others.map(|it| self.spanned(it)).collect();
                let outer = match context.place.clone() {
                    Expected::Command { .. } => Expected::Operand,
                    outer => outer,
                };
                context.place = self.operand(segment, outer);
                context.list = Some(others[..others.len() - 1].to_vec());
            }
            Round::Record => {
                let (_, segment) = self.segment(items);
                let colon = segment.iter().position(|it| it.is(self.text, ":"));
                let is_value = context.place == Expected::Value;
                context.place = match colon {
                    Some(colon) => self.operand(&segment[colon + 1..], Expected::Operand),
                    None if is_value && segment.is_empty() => {
                        context.list = Some(self.keys(items));
                        Expected::Key
                    }
                    None => Expected::Nothing,
                };
            }
        }
    }

    /// The keys of a record that are there already.
    fn keys(&self, items: &[Lexeme]) -> Vec<String> {
        let fields = items.split(|it| it.is(self.text, ","));
        let keys = fields.filter_map(|field| {
            let colon = field.iter().position(|it| it.is(self.text, ":"))?;
            Some(self.spanned(&field[..colon]))
        });
        keys.collect()
    }

    /// How many commas there are, and what is after the last one.
    fn segment<'b>(&self, items: &'b [Lexeme]) -> (usize, &'b [Lexeme]) {
        let commas = items.iter().filter(|it| it.is(self.text, ",")).count();
        let last = items.iter().rposition(|it| it.is(self.text, ","));
        (commas, &items[last.map_or(0, |at| at + 1)..])
    }

    fn statement(&self, items: &[Lexeme], context: &mut CursorContext) {
        let command = Expected::Command { piped: false };
        let text = |at: usize| items.get(at).map_or("", |it: &Lexeme| it.text(self.text));
        let behind = |word: &str| items.iter().position(|it| it.is(self.text, word));
        let is_if = |at: usize| text(at) == "if";
        let place = match text(0) {
            "if" => self.operand(&items[1..], Expected::Operand),
            "else" if is_if(1) => self.operand(&items[2..], Expected::Operand),
            "for" | "param" => match behind(if text(0) == "for" { "in" } else { "=" }) {
                Some(at) => self.operand(&items[at + 1..], Expected::Operand),
                None => Expected::Nothing,
            },
            "use" if items.len() == 1 => Expected::Path,
            "use" | "def" | "else" => Expected::Nothing,
            "return" => return self.pipeline(&items[1..], command, context),
            _ => {
                let start = self.target_end(items);
                return self.pipeline(&items[start..], command, context);
            }
        };
        context.place = place;
    }

    /// After the `=` of `name.name =`, or the beginning.
    fn target_end(&self, items: &[Lexeme]) -> usize {
        let equals = items.iter().position(|it| it.is(self.text, "="));
        match equals.filter(|&at| at > 0 && self.unit_start(&items[..at]) == 0) {
            Some(at) => at + 1,
            None => 0,
        }
    }

    /// The last stage of a pipeline; `begin` is the place where a first stage begins.
    fn pipeline(&self, items: &[Lexeme], begin: Expected, context: &mut CursorContext) {
        let pipe = |it: &Lexeme| it.is(self.text, "|");
        let first = items.iter().position(pipe);
        let last = items.iter().rposition(pipe);
        let stage = &items[last.map_or(0, |at| at + 1)..];
        let begin = match first {
            Some(_) => Expected::Command { piped: true },
            None => begin,
        };
        // A pipeline that begins with `|` goes on from the last result.
        let head = first.map(|at| match at {
            0 => "it".to_string(),
            _ => self.spanned(&items[..at]),
        });
        context.subject = head.clone().or(context.subject.take());
        if self.is_command(stage) {
            self.arguments(stage, head, context)
        } else {
            context.place = self.operand(stage, begin)
        }
    }

    /// A name with something beside it that is no operator and does not touch it.
    fn is_command(&self, stage: &[Lexeme]) -> bool {
        let Some(name) = stage.first().filter(|it| is_name(**it)) else {
            return false;
        };
        match stage.get(1) {
            None => self.word.start > name.span.end,
            Some(next) => {
                let apart = next.span.start > name.span.end;
                apart && !matches!(next.kind, Kind::Operator) && !next.unfinished(self.text)
            }
        }
    }

    /// After a command's name, in the command form.
    fn arguments(&self, stage: &[Lexeme], head: Option<String>, context: &mut CursorContext) {
        let mut command = InCommand {
            name: self.spanned(&stage[..1]),
            piped: head.is_some(),
            ..InCommand::default()
        };
        let args = &stage[1..];
        let mut subject = head;
        let done = self.done(args);
        let mut at = 0;
        while at < done.len() {
            let end = self.unit_end(done, at);
            if self.is(done.get(end), "=") {
                command.given.push(self.spanned(&done[at..end]));
                at = self.unit_end(done, (end + 1).min(done.len()));
            } else {
                let value = done[at].kind != Kind::Operator;
                command.positional += usize::from(value);
                subject.get_or_insert(self.spanned(&done[at..end]));
                at = end;
            }
        }
        context.place = match args.last() {
            Some(last) if last.is(self.text, "=") => {
                command.parameter = command.given.last().cloned();
                Expected::Value
            }
            Some(last) if last.kind == Kind::Operator || last.unfinished(self.text) => {
                self.operand(args, Expected::Argument)
            }
            _ => Expected::Argument,
        };
        context.subject = subject.or(context.subject.take());
        context.command = Some(command);
    }

    /// The arguments without the one that ends in a dot or an operator, since it is still typed.
    fn done<'b>(&self, args: &'b [Lexeme]) -> &'b [Lexeme] {
        match args.last() {
            Some(last) if last.is(self.text, "=") => args,
            Some(last) if last.is(self.text, ".") => &args[..self.unit_start(args)],
            Some(last) if last.kind == Kind::Operator || last.unfinished(self.text) => {
                let before = &args[..args.len() - 1];
                &before[..self.unit_start(before)]
            }
            _ => args,
        }
    }

    /// After `name(`.
    fn call(&self, items: &[Lexeme], context: &mut CursorContext) {
        let Some(mut command) = context.command.take() else {
            // The parameters of a `def`.
            let (_, segment) = self.segment(items);
            context.place = match segment.get(1) {
                Some(equals) if equals.is(self.text, "=") => {
                    self.operand(&segment[2..], Expected::Operand)
                }
                _ => Expected::Nothing,
            };
            return;
        };
        let segments: Vec<&[Lexeme]> = items.split(|it| it.is(self.text, ",")).collect();
        let (segment, others) = segments.split_last().unwrap_or((&items, &[]));
        for other in others {
            if self.is(other.get(1), "=") {
                command.given.push(self.spanned(&other[..1]))
            } else {
                command.positional += 1
            }
        }
        let within = matches!(context.place, Expected::Index { .. });
        if !command.piped && !within && command.positional > 0 {
            context.subject = Some(self.spanned(others[0]));
        }
        context.place = if self.is(segment.get(1), "=") {
            let name = self.spanned(&segment[..1]);
            command.given.push(name.clone());
            command.parameter = Some(name);
            self.operand(&segment[2..], Expected::Value)
        } else if within {
            self.operand(segment, context.place.clone())
        } else {
            self.operand(segment, Expected::Argument)
        };
        context.command = Some(command);
    }

    /// After `items`, where a value that begins there is at the place `begin`.
    fn operand(&self, items: &[Lexeme], begin: Expected) -> Expected {
        let Some((last, before)) = items.split_last() else {
            return begin;
        };
        let compared = || Expected::Compared {
            column: {
                let not = self.is(before.last(), "not");
                let before = &before[..before.len() - usize::from(not)];
                self.spanned(&before[self.unit_start(before)..])
            },
        };
        match last.text(self.text) {
            "." if before
                .last()
                .is_some_and(|it| it.span.end == last.span.start) =>
            {
                Expected::Field {
                    path: self.spanned(&before[self.unit_start(before)..]),
                }
            }
            "==" | "!=" if !before.is_empty() => compared(),
            "in" if last.kind == Kind::Keyword && !before.is_empty() => compared(),
            _ if last.kind == Kind::Operator || last.unfinished(self.text) => match begin {
                Expected::Index { .. } | Expected::Compared { .. } => begin,
                _ => Expected::Operand,
            },
            _ => Expected::Nothing,
        }
    }
}
