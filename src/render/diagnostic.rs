//! One [`Diagnostic`] on the screen, in words for a screen reader, or as JSON.
//!
//! `snippet` draws the marked line; headline, place and help are set around it.

use super::prose::wrapped;
use super::screen::Screen;
use super::snippet::{Colors, inside, snippet};
use crate::diagnostic::{Diagnostic, Label, Severity};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

/// Several lines, each ended, at most `screen.width` wide where the code itself allows it.
pub fn draw(diagnostic: &Diagnostic, screen: &Screen) -> String {
    let colors = Colors::of(diagnostic.severity, screen);
    let mut text = headline(diagnostic, screen, &colors);
    if let Some(source) = &diagnostic.source
        && !diagnostic.labels.is_empty()
        && !is_remark(diagnostic)
    {
        text.push_str(&snippet(diagnostic, source, screen, &colors));
    }
    if let Some(help) = &diagnostic.help {
        let lines = wrapped(help, screen.width.saturating_sub(9));
        for (i, line) in lines.iter().enumerate() {
            let lead = if i == 0 { "help:" } else { "     " };
            text.push_str(&format!("   {} {line}\n", colors.help.style(lead)));
        }
    }
    text
}

fn headline(diagnostic: &Diagnostic, screen: &Screen, colors: &Colors) -> String {
    let icon = match diagnostic.severity {
        Severity::Error => "×",
        Severity::Warning => "!",
        Severity::Note => "·",
    };
    let mut text = String::new();
    let lines = wrapped(&diagnostic.headline, screen.width.saturating_sub(3));
    for (i, line) in lines.iter().enumerate() {
        let lead = if i == 0 { icon } else { " " };
        text.push_str(&format!(" {} {line}\n", colors.severity.style(lead)));
    }
    let used = 3 + lines.last().map_or(0, |line| line.width());
    let code = diagnostic.code;
    if !code.is_empty() && used + 2 + code.len() <= screen.width {
        text.pop();
        text.push_str(&format!("  {}\n", colors.faint.style(code)));
    }
    text
}

/// Whether a diagnostic says something of a statement as a whole, which needs not be shown again.
fn is_remark(diagnostic: &Diagnostic) -> bool {
    let is_said = |label: &Label| !label.text.is_empty();
    diagnostic.severity == Severity::Note && !diagnostic.labels.iter().any(is_said)
}

/// The same in sentences, for screen readers: no drawing, no color, nothing by position alone.
pub fn narrate(diagnostic: &Diagnostic) -> String {
    let word = severity_word(diagnostic.severity);
    let mut text = match diagnostic.code {
        "" => format!("{word}: {}\n", diagnostic.headline),
        code => format!("{word} {code}: {}\n", diagnostic.headline),
    };
    if let Some(source) = &diagnostic.source {
        for label in &diagnostic.labels {
            let span = inside(label.span, &source.text);
            let line = source.line(span.start);
            let code = span.text(&source.text).replace('\n', " ");
            let at = format!("in {} line {line}, at `{code}`", source.name);
            match label.text.as_str() {
                "" => text.push_str(&format!("{at}\n")),
                fact => text.push_str(&format!("{at}: {fact}\n")),
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("help: {help}\n"));
    }
    text
}

/// Spans in bytes, lines counted from one.
pub fn to_json(diagnostic: &Diagnostic) -> Value {
    let source = diagnostic.source.as_deref();
    let label = |label: &Label| {
        json!({
            "start": label.span.start,
            "end": label.span.end,
            "line": source.map(|source| source.line(label.span.start)),
            "text": label.text,
        })
    };
    json!({
        "type": severity_word(diagnostic.severity),
        "code": diagnostic.code,
        "headline": diagnostic.headline,
        "source": source.map(|source| source.name.as_str()),
        "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fix": diagnostic.fix.as_ref().map(|fix| {
            json!({"start": fix.span.start, "end": fix.span.end, "text": fix.text})
        }),
    })
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::Depth;
    use super::*;
    use crate::diagnostic::code;
    use crate::source::{Source, Span};

    fn lieden() -> Box<Diagnostic> {
        Diagnostic::error(code::UNCLOSED_BRACKET, "no command `lieden`")
            .label(Span::new(0, 6), "did you mean `leiden`?")
            .fix(Span::new(0, 6), "leiden")
            .in_source(&Source::new("sca:1", "lieden adata res=0.6"))
    }

    fn neighbors() -> Box<Diagnostic> {
        Diagnostic::error(
            code::WRONG_SCRIPT_PARAMETER,
            "`leiden` needs a neighbor graph, and adata has none",
        )
        .label(Span::new(25, 30), "has obsm.pca, no obsp.connectivities")
        .help("run `neighbors adata` first")
        .in_source(&Source::new(
            "qc.sca",
            "# two lines\n\nqc a\nleiden adata res=0.6\nx",
        ))
    }

    fn at(width: usize) -> Screen {
        Screen::of(width, 24, Depth::None)
    }

    #[test]
    fn a_statement_of_the_prompt() {
        assert_eq!(
            draw(&lieden(), &at(80)),
            " × no command `lieden`  E001
 1 │ lieden adata res=0.6
   · ───┬──
   ·    ╰── did you mean `leiden`?
"
        );
    }

    #[test]
    fn a_line_of_a_script() {
        let expected = " × `leiden` needs a neighbor graph, and adata has none  E042
   qc.sca:4
 4 │ leiden adata res=0.6
   ·        ──┬──
   ·          ╰── has obsm.pca, no obsp.connectivities
   help: run `neighbors adata` first
";
        assert_eq!(draw(&neighbors(), &at(80)), expected);
        assert_eq!(draw(&neighbors(), &at(120)), expected);
    }

    #[test]
    fn narrow_screens_wrap_words() {
        assert_eq!(
            draw(&neighbors(), &at(40)),
            " × `leiden` needs a neighbor graph, and
   adata has none  E042
   qc.sca:4
 4 │ leiden adata res=0.6
   ·        ──┬──
   ·          ╰─┤ has obsm.pca, no
   ·            │ obsp.connectivities
   help: run `neighbors adata` first
"
        );
    }

    #[test]
    fn statement_numbers_stand_for_lines() {
        let source = Source::new("sca:9", "log1p adata");
        let diagnostic = Diagnostic::error(code::CONDITION_NOT_BOOLEAN, "X is already log values")
            .label(Span::new(6, 11), "log1p at line 4 left X as log")
            .in_source(&source);
        assert!(draw(&diagnostic, &at(80)).contains("\n 9 │ log1p adata\n"));
    }

    #[test]
    fn no_source_no_label_no_panic() {
        let bare = Diagnostic::note("planned normalize");
        assert_eq!(draw(&bare, &at(80)), " · planned normalize\n");
        let outside = Diagnostic::error("E000", "é")
            .label(Span::new(1, 900), "here")
            .in_source(&Source::new("a.sca", "éa"));
        assert!(draw(&outside, &at(80)).contains("here"));
        let empty = Diagnostic::error("E000", "e")
            .label(Span::new(0, 0), "here")
            .in_source(&Source::new("a.sca", ""));
        assert!(draw(&empty, &at(80)).contains('e'));
    }

    #[test]
    fn color_only_where_wanted() {
        let colored = draw(&lieden(), &Screen::of(80, 24, Depth::Indexed));
        assert!(colored.contains("\u{1b}["));
        assert!(!draw(&lieden(), &Screen::PIPE).contains('\u{1b}'));
    }

    #[test]
    fn in_words_and_as_json() {
        assert_eq!(
            narrate(&neighbors()),
            "error E042: `leiden` needs a neighbor graph, and adata has none
in qc.sca line 4, at `adata`: has obsm.pca, no obsp.connectivities
help: run `neighbors adata` first
"
        );
        let json = to_json(&lieden());
        assert_eq!(json["type"], "error");
        assert_eq!(json["labels"][0]["end"], 6);
        assert_eq!(json["fix"]["text"], "leiden");
    }
}
