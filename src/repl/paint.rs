//! The line in colours.

use crate::command::Registry;
use crate::session::Session;

pub fn paint(line: &str, _: &Session, _: Registry) -> String {
    line.to_owned()
}

/// `sca [adata ⏳2]> ` with the dataset standing out.
pub fn prompt(prompt: &str) -> String {
    match prompt.split_once('[').zip(prompt.split_once(']')) {
        Some(((before, _), (inside, after))) => {
            let inside = &inside[before.len()..];
            format!("{before}\x1b[1m{inside}]\x1b[0m{after}")
        }
        None => prompt.to_owned(),
    }
}

pub fn faint(text: &str) -> String {
    format!("\x1b[90m{text}\x1b[0m")
}
