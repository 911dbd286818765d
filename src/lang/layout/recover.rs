//! An unclosed bracket: which statement it spoils, and where the next one begins.

use super::{Problem, Scan};
use crate::lang::lexeme::Kind;

impl Scan<'_> {
    /// At the end of the text: if a bracket is still open, assumes that its statement ended
    /// before the first line that looks like another one, and says where to go on.
    pub(super) fn resume(&mut self) -> Option<usize> {
        let innermost = self.open.last()?.at;
        let current = self.current.as_ref();
        if current.is_none_or(|current| current.problem.is_none()) {
            self.unclosed.get_or_insert(innermost);
        }
        let outermost = self.open.iter().find(|bracket| !bracket.block)?.at;
        self.resumes = self.resumes.checked_sub(1)?;
        let blocks = self.open[0].block;
        let end = self.next_statement(current?.first, outermost, blocks)?;
        let before = self.offset(end);
        let open = self.offset(outermost);
        self.blanks.retain(|blank| blank.start < before);
        self.comments.retain(|comment| comment.span.start < before);
        self.open.retain(|bracket| bracket.block);
        let last = self.lexemes[..end].iter().rposition(|it| it.significant());
        let current = self.extend(last.unwrap_or(outermost));
        current.problem = Some(Problem::Unclosed { open });
        self.end_statement();
        Some(end + 1)
    }

    /// The line break before the first line after `from` that begins with a word and is not
    /// indented more than the statement is.
    fn next_statement(&self, first: usize, from: usize, blocks: bool) -> Option<usize> {
        let limit = self.column(first);
        (from..self.lexemes.len()).find(|&at| {
            let Some(next) = self.next[at].filter(|_| self.lexemes[at].kind == Kind::Break) else {
                return false;
            };
            let lexeme = self.lexemes[next];
            let word = matches!(lexeme.kind, Kind::Name | Kind::Keyword);
            let between = &self.lexemes[at + 1..next];
            (word || blocks && lexeme.is(self.text, "}"))
                && between.iter().all(|it| it.kind == Kind::Gap)
                && self.column(next) <= limit
        })
    }

    fn column(&self, at: usize) -> usize {
        let start = self.offset(at);
        start - self.text[..start].rfind('\n').map_or(0, |at| at + 1)
    }
}
