//! Texts of several lines, broken to the width of the screen: help, plans, what was done.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text of an entry begins at this column at most, or it is no list of entries.
const LATEST: usize = 46;

/// Every line broken at spaces to `width`; what goes on below is under the text it belongs to.
pub fn fitted(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        broken(&mut out, line, width.max(20));
    }
    out
}

/// Lines of whole words, none wider than `width` unless a single word is.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = &*super::harmless::shown(paragraph);
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

fn broken(out: &mut String, line: &str, width: usize) {
    if line.width() <= width {
        out.push_str(line);
        out.push('\n');
        return;
    }
    let indent = indent(line).min(width / 2);
    let mut rest = line;
    let mut before = 0;
    while before + rest.width() > width {
        let end = end_of(rest, width - before, before == 0);
        let (head, tail) = rest.split_at(end);
        out.push_str(head.trim_end());
        out.push('\n');
        rest = tail.trim_start();
        before = indent;
        if !rest.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
    }
    if !rest.is_empty() {
        out.push_str(rest);
        out.push('\n');
    }
}

/// Where a line ends that may take `room` columns: at a space after its first word, or within a
/// word that is longer.
fn end_of(rest: &str, room: usize, first: bool) -> usize {
    let mut taken = 0;
    let mut fitting = 0;
    for (at, c) in rest.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > room {
            break;
        }
        fitting = at + c.len_utf8();
    }
    let leading = if first {
        rest.len() - rest.trim_start().len()
    } else {
        0
    };
    if rest[fitting..].starts_with(' ') {
        return fitting;
    }
    match rest[..fitting].rfind(' ') {
        Some(space) if space > leading => space,
        _ => fitting.max(rest.chars().next().map_or(1, char::len_utf8)),
    }
}

/// The column under which an entry goes on: after its name and two spaces or more, or else where
/// it begins.
fn indent(line: &str) -> usize {
    let text = line.trim_start();
    let leading = line.len() - text.len();
    let gap = text.find("  ").filter(|&gap| gap > 0);
    let behind = gap.map(|gap| {
        let after = text[gap..].trim_start();
        leading + text[..text.len() - after.len()].width()
    });
    behind.filter(|&column| column <= LATEST).unwrap_or(leading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_go_on_under_their_text() {
        let help = "  tracks          Draw every cell as a bar, a line for each gene.\nshort\n\n";
        let shown = fitted(help, 44);
        assert_eq!(
            shown,
            "  tracks          Draw every cell as a bar,\n                  a line for each gene.\nshort\n\n"
        );
        assert_eq!(fitted(help, 200), help);
    }

    #[test]
    fn paragraphs_and_long_words() {
        let text = "We measured the quality of cells (`qc adata`).";
        let shown = fitted(text, 20);
        assert_eq!(shown, "We measured the\nquality of cells\n(`qc adata`).\n");
        let word = "a".repeat(45);
        let shown = fitted(&word, 20);
        assert_eq!(shown.lines().map(str::len).collect::<Vec<_>>(), [20, 20, 5]);
        let wide = fitted("数据分析数据分析数据分析", 20);
        assert!(wide.lines().all(|line| line.width() <= 20));
    }
}
