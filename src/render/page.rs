//! The pager, for output taller than the screen.

use std::io::Write;
use std::process::{Command, Stdio};

/// The default options of `less`: lines are cut, colors are shown, the text stays
/// on the screen, and a text that fits after all needs no key.
const LESS: &str = "-SRFXK";
/// The prompt below the text: that of `less`, a colon, does not say how to leave.
const LESS_PROMPT: &str = "-Ps?e(end) .Space shows more, q leaves";

/// Shows text with a program, by default `less`.
/// Says whether it could; if not, nothing was shown.
pub fn page(text: &str, pager: Option<&str>) -> bool {
    let mut words = pager.unwrap_or("less").split_whitespace();
    let Some(program) = words.next() else {
        return false;
    };
    let mut arguments: Vec<&str> = words.collect();
    if arguments.is_empty() && (program == "less" || program.ends_with("/less")) {
        arguments.extend([LESS, LESS_PROMPT]);
    }
    let Ok(mut child) = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
    else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // Leaving the pager early closes the pipe; that is no error.
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_pager_shows_nothing() {
        assert!(!page("text", Some("no-such-program-anywhere")));
        assert!(!page("text", Some("")));
        assert!(page("text", Some("true")));
    }
}
