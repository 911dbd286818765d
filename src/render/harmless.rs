//! Text from files (names of genes and columns, levels, paths) must not control the terminal:
//! control characters are shown as escapes, `\x1b`.
//!
//! [`shown`] is for what is drawn in one line. [`guarded`] filters every stream: it
//! lets the colors through that `render` itself has set, and nothing else.

use std::borrow::Cow;

/// A name or another text as one line, without anything that a terminal obeys.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.contains(is_order) {
        Cow::Owned(escaped(text, is_order))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same for texts of several lines.
pub fn lines(text: &str) -> Cow<'_, str> {
    let within = |c: char| is_order(c) && c != '\n' && c != '\t';
    if text.contains(within) {
        Cow::Owned(escaped(text, within))
    } else {
        Cow::Borrowed(text)
    }
}

/// Output of `render` on its way to a stream; `color`: its colors may be in it.
pub fn guarded(text: &str, color: bool) -> Cow<'_, str> {
    let clean = lines(text);
    if !color || matches!(clean, Cow::Borrowed(_)) {
        return clean;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        out.push_str(&lines(&rest[..at]));
        let end = at + color_of(&rest[at..]);
        if end > at {
            out.push_str(&rest[at..end])
        } else {
            out.push_str("\\x1b")
        }
        rest = &rest[end.max(at + 1)..];
    }
    out.push_str(&lines(rest));
    Cow::Owned(out)
}

/// JSON on its way to a stream: what the encoder leaves as it is, and a terminal may obey.
pub fn json(text: String) -> String {
    let rest = |c: char| is_order(c) && !c.is_ascii();
    if !text.contains(rest) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if rest(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)))
        } else {
            out.push(c)
        }
    }
    out
}

/// Bytes of the sequence that sets a color or style, if the text begins with one.
fn color_of(text: &str) -> usize {
    let Some(inside) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != ';');
    match end.filter(|&end| inside[end..].starts_with('m')) {
        Some(end) => 2 + end + 1,
        None => 0,
    }
}

/// Control characters, of both sets, and those that turn the direction of what follows.
pub fn is_order(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str, order: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !order(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 256 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_shown_and_not_given() {
        assert_eq!(shown("CD3D é"), "CD3D é");
        assert_eq!(shown("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
        assert_eq!(shown("a\nb\u{9b}2J\u{202e}"), "a\\nb\\x9b2J\\u{202e}");
        assert_eq!(lines("a\n\tb\r"), "a\n\tb\\r");
        assert_eq!(json("\"\u{9b}\"".to_owned()), "\"\\u009b\"");
    }

    #[test]
    fn only_colors_pass_the_door() {
        let text = "\x1b[1;31mred\x1b[0m \x1b]0;t\x07 \x1b[2J \x1b";
        assert_eq!(
            guarded(text, true),
            "\x1b[1;31mred\x1b[0m \\x1b]0;t\\x07 \\x1b[2J \\x1b"
        );
        assert!(!guarded(text, false).contains('\x1b'));
        assert_eq!(guarded("plain\n", true), "plain\n");
    }
}
