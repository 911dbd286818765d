//! The pager, for what is larger than the screen.

use std::io::Write;
use std::process::{Command, Stdio};

/// Shows text with `less`, which leaves it on the screen and ends by itself if it fits after all.
/// Says whether it could; if not, nothing was shown.
pub fn page(text: &str, pager: Option<&str>) -> bool {
    let (program, arguments) = match pager {
        Some(given) => {
            let mut words = given.split_whitespace();
            match words.next() {
                Some(program) => (program, words.collect()),
                None => return false,
            }
        }
        None => ("less", vec!["-SRFXK"]),
    };
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
