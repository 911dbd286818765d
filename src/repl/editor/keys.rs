//! What keys do at the prompt.

use super::assistant::Assistant;
use super::{Key, Shared, lock};
use crate::lang::lexeme::{Kind, lex};
use crate::repl::history_search::Recall;
use crate::source::Span;
use rustyline::history::FileHistory;
use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, KeyCode, KeyEvent,
    Modifiers, Movement, RepeatCount,
};
use std::sync::{Arc, Mutex};

pub(super) fn bind(editor: &mut Editor<Assistant, FileHistory>, shared: &Arc<Mutex<Shared>>) {
    let plain = |code| Event::from(KeyEvent(code, Modifiers::NONE));
    let keys = [
        (plain(KeyCode::Up), Press::Up),
        (plain(KeyCode::Down), Press::Down),
        (plain(KeyCode::F(1)), Press::Help),
        (
            Event::from(KeyEvent(KeyCode::Enter, Modifiers::ALT)),
            Press::Fix,
        ),
        (
            Event::from(KeyEvent(KeyCode::Right, Modifiers::ALT)),
            Press::HintWord,
        ),
        (Event::from(KeyEvent::alt('f')), Press::HintWord),
        (
            Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]),
            Press::Edit,
        ),
    ];
    for (event, press) in keys {
        let handler = Handler {
            press,
            shared: shared.clone(),
        };
        editor.bind_sequence(event, EventHandler::Conditional(Box::new(handler)));
    }
}

#[derive(Clone, Copy)]
enum Press {
    Up,
    Down,
    Help,
    Fix,
    HintWord,
    Edit,
}

struct Handler {
    press: Press,
    shared: Arc<Mutex<Shared>>,
}

impl ConditionalEventHandler for Handler {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let (line, at) = (context.line(), context.pos());
        let mut shared = lock(&self.shared);
        match self.press {
            Press::Up => up(&mut shared.recall, line, at),
            Press::Down => down(&mut shared.recall, line, at),
            Press::Help => {
                let word = word_at(line, at).to_owned();
                shared.key = Some((Key::Help(word), line.to_owned()));
                Some(Cmd::Interrupt)
            }
            Press::Edit => {
                shared.key = Some((Key::Edit, line.to_owned()));
                Some(Cmd::Interrupt)
            }
            Press::Fix => match shared.fix.take().filter(|_| line.trim().is_empty()) {
                Some(fix) => Some(replaced(&fix)),
                None => Some(Cmd::Newline),
            },
            Press::HintWord => {
                let hint = context.hint_text().filter(|_| at == line.len())?;
                Some(Cmd::Insert(1, first_word(hint).to_owned()))
            }
        }
    }
}

fn replaced(line: &str) -> Cmd {
    Cmd::Replace(Movement::WholeBuffer, Some(line.to_owned()))
}

/// Moves inside of a text of several lines, unless it is one that Up brought.
fn up(recall: &mut Recall, line: &str, at: usize) -> Option<Cmd> {
    if line[..at].contains('\n') && !recall.is_showing(line) {
        return Some(Cmd::LineUpOrPreviousHistory(1));
    }
    Some(recall.up(line).map_or(Cmd::Noop, replaced))
}

fn down(recall: &mut Recall, line: &str, at: usize) -> Option<Cmd> {
    if line[at..].contains('\n') && !recall.is_showing(line) {
        return Some(Cmd::LineDownOrNextHistory(1));
    }
    Some(recall.down(line).map_or(Cmd::Noop, replaced))
}

/// The name at a place, or before it.
fn word_at(line: &str, at: usize) -> &str {
    let around = |span: Span| span.start <= at && at <= span.end;
    let found = lex(line)
        .into_iter()
        .filter(|lexeme| lexeme.kind == Kind::Name && around(lexeme.span))
        .map(|lexeme| lexeme.span.text(line))
        .next();
    found.unwrap_or("")
}

/// Blanks, then a word and what is glued to it.
fn first_word(hint: &str) -> &str {
    let word = hint.len() - hint.trim_start().len();
    let end = hint[word..]
        .find(|c: char| c.is_whitespace() || c == '=' || c == '.')
        .map_or(hint.len(), |end| word + end.max(1));
    &hint[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_keys() {
        assert_eq!(word_at("leiden adata", 3), "leiden");
        assert_eq!(word_at("leiden adata", 6), "leiden");
        assert_eq!(word_at("leiden adata", 12), "adata");
        assert_eq!(word_at("  ", 1), "");
        assert_eq!(first_word(" res=0.6"), " res");
        assert_eq!(first_word("=0.6 k"), "=");
        assert_eq!(first_word("a"), "a");
    }
}
