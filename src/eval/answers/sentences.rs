//! Lines in plain English: `please cluster my cells`, `what is leiden`. They get help on a word in
//! them.

use crate::command::{help, suggest};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Call, ExprKind, Name, Style};

impl Interpreter<'_> {
    /// The answer to a line of several words none of which is known, if there is help on one.
    pub(in crate::eval) fn plain_english(
        &self,
        name: &Name,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let word = |expr: &crate::lang::ast::Expr| match &expr.kind {
            ExprKind::Name(name) => Some(name.text.clone()),
            ExprKind::Word { .. } => Some(expr.span.text(&self.source.text).to_owned()),
            _ => None,
        };
        if call.args.iter().any(|arg| arg.name.is_some()) {
            return None;
        }
        let words = call
            .args
            .iter()
            .map(|arg| word(&arg.value).unwrap_or_default());
        let mut words: Vec<String> = words.collect();
        let unknown = |word: &&String| !word.is_empty() && self.session.get(word).is_none();
        if call.style != Style::Command || words.iter().filter(unknown).count() < 2 {
            return None;
        }
        words.insert(0, name.text.clone());
        let (subject, _) = help::subject_of(self.registry, &words)?;
        Some(self.with_help_on(&subject, name))
    }

    /// The answer to a word of the field that is no command, such as `cluster` and `integrate`.
    pub(in crate::eval) fn word_of_the_field(&self, name: &Name) -> Option<Box<Diagnostic>> {
        let variables = self.session.vars().map(|(name, _)| name);
        let is_misspelled = !suggest::nearest(&name.text, variables).is_empty()
            || self.registry.get(&name.text.to_lowercase()).is_some();
        if is_misspelled || self.stands_for_dataset(name) {
            return None;
        }
        let (subject, exact) = help::subject_of(self.registry, std::slice::from_ref(&name.text))?;
        let near = suggest::nearest(&name.text, self.registry.names());
        (exact || near.is_empty()).then(|| self.with_help_on(&subject, name))
    }

    /// What a sentence that begins with a command is about: `filter cells with less than 200 genes`. The words from
    /// `at` to the end of the line are more than arguments would be.
    pub(in crate::eval) fn sentence_from(&self, at: usize) -> Option<String> {
        let text = &self.source.text;
        let start = text[..at].rfind(['\n', ';']).map_or(0, |before| before + 1);
        let line = text[start..].lines().next()?;
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let is_word = |word: &String| word.chars().all(char::is_alphanumeric);
        let is_sentence = words.len() > 4 && words.iter().all(is_word);
        let (subject, _) = help::subject_of(self.registry, &words).filter(|_| is_sentence)?;
        Some(subject)
    }

    fn with_help_on(&self, subject: &str, name: &Name) -> Box<Diagnostic> {
        let headline = format!("no command `{}`", name.text);
        let label = "is not a command";
        let error = self.error(code::UNKNOWN_NAME, headline, name.span, label);
        error.help(format!("help {subject}"))
    }
}
