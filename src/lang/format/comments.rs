//! The comments of a text, each of which is printed once.

use crate::lang::layout::Comment;
use crate::source::Span;

pub struct Comments<'a> {
    source: &'a str,
    all: &'a [Comment],
    taken: Vec<bool>,
}

impl<'a> Comments<'a> {
    pub fn new(source: &'a str, all: &'a [Comment]) -> Self {
        Comments {
            source,
            all,
            taken: vec![false; all.len()],
        }
    }

    /// Takes the comments that begin within the span.
    pub fn take(&mut self, span: Span) -> Vec<Span> {
        let first = self.all.partition_point(|it| it.span.start < span.start);
        let mut taken = Vec::new();
        for (at, comment) in self.all.iter().enumerate().skip(first) {
            if comment.span.start >= span.end {
                break;
            }
            if !std::mem::replace(&mut self.taken[at], true) {
                taken.push(comment.span);
            }
        }
        taken
    }

    /// Takes the comments that begin within the span, as they are printed.
    pub fn texts(&mut self, span: Span) -> Vec<String> {
        let taken = self.take(span);
        taken.into_iter().map(|it| self.text(it)).collect()
    }

    /// Takes the comment that begins within the span, on the line where the span begins.
    pub fn trailing(&mut self, span: Span) -> Option<String> {
        let line = span.text(self.source).find('\n');
        let end = line.map_or(span.end, |at| span.start + at);
        self.texts(Span::new(span.start, end)).pop()
    }

    pub fn text(&self, span: Span) -> String {
        span.text(self.source).trim_end().to_string()
    }
}
