//! Lines of a shell or a notebook: `!ls`, `cd ..`, `cat x.sca`, `pip install scanpy`, `%matplotlib inline`.

use super::Line;
use crate::diagnostic::{Diagnostic, code};
use crate::lang::excerpt::replace;
use crate::lang::lexeme::Kind;
use crate::source::Span;

/// Commands of a shell that begin a line.
const COMMANDS: [&str; 20] = [
    "ls", "dir", "cd", "pwd", "cat", "less", "more", "vi", "vim", "nano", "mkdir", "rm", "cp",
    "mv", "wget", "curl", "pip", "conda", "mamba", "which",
];

/// What they are asked for can be had otherwise.
const FILES: &str = "read \"file.h5ad\" reads a file; Tab behind the quote lists what is there";
const FOLDER: &str =
    "paths are relative to the folder sca was started in; read \"../data/x.h5ad\" goes elsewhere";
const SCRIPT: &str =
    "sca FILE.sca outside of the prompt runs a script; `script` shows this session as one";
const INSTALLED: &str = "all commands are built in; nothing needs to be installed";
const ELSEWHERE: &str = "run it in another terminal";

impl Line<'_> {
    /// A command with what a shell gives it, or with a sign of a notebook before it.
    pub(super) fn shell(&self) -> Option<Box<Diagnostic>> {
        let escaped = matches!(self.text(0), "!" | "%") && self.kind(1) == Some(Kind::Name);
        let word = self.text(usize::from(escaped));
        if !(escaped || COMMANDS.contains(&word) && self.has_operands()) {
            return None;
        }
        let help = match word {
            "ls" | "dir" => FILES,
            "cd" | "pwd" => FOLDER,
            "cat" | "less" | "more" | "vi" | "vim" | "nano" => SCRIPT,
            "pip" | "conda" | "mamba" => INSTALLED,
            "matplotlib" | "config" => "figures appear as they are drawn; set lists the settings",
            "time" | "timeit" => {
                "the time of each statement is printed; profile adata has that of each step"
            }
            _ => ELSEWHERE,
        };
        let headline = "commands of a shell or notebook are not available";
        let error = Diagnostic::error(code::FOREIGN_CONSTRUCT, headline);
        Some(
            error
                .label(self.excerpt.span, "is not a statement of sca")
                .help(help),
        )
    }

    /// A line that was copied with the prompt before it: `sca> leiden adata`, `>>> x = 5`, `In [1]: x = 5`.
    pub(super) fn pasted_prompt(&self) -> Option<Box<Diagnostic>> {
        let text = self.excerpt.at(self.excerpt.span);
        let length = prompt_length(text).filter(|&length| length < text.trim_end().len())?;
        let start = self.excerpt.span.start;
        let prompt = Span::new(start, start + length);
        if text[length..].starts_with("import ") || text[length..].starts_with("from ") {
            let line = Span::new(prompt.end, self.excerpt.span.end);
            let error = Diagnostic::error(code::PACKAGE_IMPORT, "no package needs to be loaded");
            return Some(
                error
                    .label(line, "all commands are built in")
                    .help("help scanpy"),
            );
        }
        let headline = "the prompt was copied with the line";
        let error = Diagnostic::error(code::FOREIGN_CONSTRUCT, headline)
            .label(prompt, "is not part of the statement");
        Some(self.excerpt.mend(error, &[replace(prompt, "")]))
    }

    /// Whether what follows the first word can be meant for a shell alone: a path, an option, a word
    /// with an ending.
    fn has_operands(&self) -> bool {
        let apart = self.lexemes.len() > 1 && !self.glued(1);
        let operand = match (self.kind(1), self.text(1)) {
            (Some(Kind::Name | Kind::Text), _) => !matches!(self.text(2), "=" | "<"),
            (_, "-" | "--" | "." | ".." | "/" | "~" | "*") => true,
            _ => false,
        };
        apart && operand
    }
}

/// Bytes of the prompt that a line begins with: of sca, Python, IPython, R, or a shell.
fn prompt_length(text: &str) -> Option<usize> {
    let plain = ["sca> ", ">>> ", "... ", "> ", "$ "];
    if let Some(prompt) = plain.iter().find(|prompt| text.starts_with(**prompt)) {
        return Some(prompt.len());
    }
    let (begins, ends) = match text {
        _ if text.starts_with("sca [") => ("sca [", "]> "),
        _ if text.starts_with("In [") => ("In [", "]: "),
        _ => return None,
    };
    let inside = text[begins.len()..].find(ends)?;
    let name = &text[begins.len()..begins.len() + inside];
    (!name.contains(['\n', '[', ']'])).then_some(begins.len() + inside + ends.len())
}
