//! The line of a statement that is at fault, with the message about its parts.
//!
//! miette draws the line and its marks; the frame and the file line that it sets around them would cost three
//! lines of every error. On a narrow terminal the part of a long line is shown that the error is about, and
//! messages about several parts are below it as sentences: drawn, it would be broken at every word.

use super::inks::{self, Ink};
use super::prose::wrapped;
use super::screen::Screen;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Source, Span};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use owo_colors::{Style, XtermColors};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a label that is not broken more often than it can be read.
const LEGIBLE: usize = 28;
/// Columns between the middle of what is marked and its label.
const LEAD: usize = 6;
/// What stays of a line at least before the part that an error is about.
const CONTEXT: usize = 12;

/// The styles that errors are drawn in, and nothing else.
pub struct Colors {
    /// Icon, underline and label of the primary place.
    pub severity: Style,
    pub help: Style,
    pub faint: Style,
}

impl Colors {
    pub fn of(severity: Severity, screen: &Screen) -> Self {
        if !screen.has_color() {
            return Colors {
                severity: Style::new(),
                help: Style::new(),
                faint: Style::new(),
            };
        }
        let of = |ink: Ink| Style::new().color(XtermColors::from(ink.0));
        Colors {
            severity: match severity {
                Severity::Error => of(inks::RED).bold(),
                Severity::Warning => of(inks::AMBER).bold(),
                Severity::Note => of(inks::BLUE),
            },
            help: of(inks::TEAL),
            faint: of(inks::GREY),
        }
    }
}

/// A part of the line that is marked, and what is drawn at it.
struct Marked {
    span: Span,
    text: String,
}

/// What is drawn, and what is said below it.
struct Arranged {
    /// The text with only a part of the line at fault, if not all of it fits.
    source: String,
    /// Places in `source`; the first is the primary one.
    marked: Vec<Marked>,
    /// Of parts of the line, as they were typed.
    sentences: Vec<String>,
}

/// The lines at fault with their labels.
pub fn snippet(
    diagnostic: &Diagnostic,
    source: &Source,
    screen: &Screen,
    colors: &Colors,
) -> String {
    let mut shown = Numbered::of(source);
    let arranged = arranged(diagnostic, source, screen, shown.gutter(source));
    shown.text = arranged.source;
    let marked = arranged.marked;
    let labels = marked.iter().enumerate().map(|(i, label)| {
        let text = (!label.text.is_empty()).then(|| label.text.clone());
        let span = SourceSpan::from((label.span.start, label.span.end - label.span.start));
        if i == 0 {
            LabeledSpan::new_primary_with_span(text, span)
        } else {
            LabeledSpan::new_with_span(text, span)
        }
    });
    let report = MietteDiagnostic::new("").with_labels(labels);
    let mut drawn = String::new();
    let handler = GraphicalReportHandler::new_themed(theme(&marked, colors))
        .with_context_lines(0)
        .with_links(false)
        .with_width(screen.width.max(40))
        .without_syntax_highlighting();
    let statement = shown.statement;
    let report = miette::Report::new(report).with_source_code(shown);
    // Writing into a String cannot fail.
    let _ = handler.render_report(&mut drawn, report.as_ref());
    let mut text = String::new();
    if !statement {
        let line = source.line(inside(diagnostic.labels[0].span, &source.text).start);
        let place = format!("{}:{line}", source.name);
        text.push_str(&format!("   {}\n", colors.faint.style(place)));
    }
    // The first line is miette's empty headline; lines that start with a corner are its frame.
    for line in drawn.lines().skip(1) {
        if !line.trim_start().starts_with(['╭', '╰']) {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    for sentence in arranged.sentences {
        for line in wrapped(&sentence, screen.width.saturating_sub(6)) {
            text.push_str(&format!("     {line}\n"));
        }
    }
    text
}

/// Labels where there is room for them, and sentences for the others; the line cut where it is longer than the
/// terminal. `gutter` columns are before it.
fn arranged(diagnostic: &Diagnostic, source: &Source, screen: &Screen, gutter: usize) -> Arranged {
    let text = &source.text;
    let labels = &diagnostic.labels;
    let spans = labels.iter().map(|label| inside(label.span, text));
    let spans: Vec<Span> = spans.collect();
    let width = screen.width.saturating_sub(gutter);
    let wanted = |at: usize| labels[at].text.width().min(LEGIBLE);
    let fits = |at: usize| room(text, spans[at], width) >= wanted(at);
    let said = (1..spans.len()).filter(|&at| !labels[at].text.is_empty());
    let said: Vec<usize> = said.collect();
    let below = said.len() > 1 || said.iter().any(|&at| !fits(at));
    let line = line_of(text, spans[0]);
    let in_line = |span: &Span| line.start <= span.start && span.end <= line.end;
    let is_long = line.text(text).width() > width || !fits(0);
    let window = (screen.is_terminal && is_long && spans.iter().all(in_line))
        .then(|| Window::around(text, line, spans[0], wanted(0), width));
    let shown = window.as_ref().map_or(text.as_str(), |window| &window.text);
    let marked = spans
        .iter()
        .zip(labels)
        .enumerate()
        .filter_map(|(at, (span, label))| {
            let span = match &window {
                Some(window) => window.moved(*span)?,
                None => *span,
            };
            let text = if below && at > 0 {
                ""
            } else {
                label.text.as_str()
            };
            let text = wrapped(text, room(shown, span, width).max(16)).join("\n");
            Some(Marked { span, text })
        });
    let marked = marked.collect();
    let said = if below { said } else { Vec::new() };
    let typed = said
        .iter()
        .map(|&at| (spans[at].text(text), &*labels[at].text));
    let sentences = sentences(typed);
    Arranged {
        source: window.map_or_else(|| text.clone(), |window| window.text),
        marked,
        sentences,
    }
}

/// Columns for the label of a part of a line.
fn room(text: &str, span: Span, width: usize) -> usize {
    let middle = column(text, span.start) + span_width(text, span) / 2;
    width.saturating_sub(middle + LEAD)
}

/// The messages about parts of a line; equal ones are given once.
fn sentences<'t>(said: impl Iterator<Item = (&'t str, &'t str)>) -> Vec<String> {
    let mut sentences: Vec<(Vec<String>, &str)> = Vec::new();
    for (typed, said) in said {
        let typed = format!("`{}`", abridged(typed));
        match sentences.iter_mut().find(|(_, known)| *known == said) {
            Some((of, _)) => of.push(typed),
            None => sentences.push((vec![typed], said)),
        }
    }
    sentences.into_iter().map(sentence).collect()
}

/// `height = 7`, `width = 12` have no counterpart here and are left out.
fn sentence((of, said): (Vec<String>, &str)) -> String {
    let said = if of.len() == 1 {
        said.to_owned()
    } else {
        let said = format!(" {said}");
        let said = said.replace(" is ", " are ").replace(" has ", " have ");
        said.trim_start().to_owned()
    };
    format!("{} {said}", of.join(", "))
}

/// What was typed, on one line and not longer than is needed to find it.
fn abridged(typed: &str) -> String {
    const MOST: usize = 32;
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    super::table::cut(&typed, MOST)
}

/// A part of the line of a text; the lines before it are there, so that it keeps its number.
struct Window {
    text: String,
    /// What is shown of the line, in the text as it was.
    shown: Span,
    /// Where that begins in `text`.
    start: usize,
}

impl Window {
    /// As much of the line as fits into `width`, with the primary place near its beginning if it would not have
    /// `label` columns otherwise.
    fn around(text: &str, line: Span, primary: Span, label: usize, width: usize) -> Window {
        let typed = line.text(text);
        let before = Span::new(line.start, primary.start).text(text);
        let marked = span_width(text, primary).min(width / 2);
        let needed = (marked / 2 + LEAD + label).max(marked + 2);
        let mut start = line.start;
        if before.width() + needed > width {
            let most = width.saturating_sub(needed + 2).max(CONTEXT);
            let kept = before.char_indices().rev();
            let mut columns = 0;
            let first = kept.take_while(|(_, c)| {
                columns += c.width().unwrap_or(0);
                columns <= most
            });
            let first = first.last().map_or(before.len(), |(at, _)| at);
            // Whole words, where one begins there.
            let begins = first == 0 || before[..first].ends_with(' ');
            let word = before[first..].find(' ').filter(|_| !begins);
            start = line.start + word.map_or(first, |at| first + at + 1);
        }
        let lead = if start > line.start { "… " } else { "" };
        let most = width.saturating_sub(lead.width() + 1);
        let mut columns = 0;
        let fitting = typed[start - line.start..]
            .char_indices()
            .take_while(|(_, c)| {
                columns += c.width().unwrap_or(0);
                columns <= most
            });
        let length = fitting.last().map_or(0, |(at, c)| at + c.len_utf8());
        let shown = Span::new(start, start + length);
        let tail = if shown.end < line.end { "…" } else { "" };
        let head = &text[..line.start];
        Window {
            text: format!("{head}{lead}{}{tail}", shown.text(text)),
            shown,
            start: head.len() + lead.len(),
        }
    }

    /// A place of the whole text, if any of it is shown.
    fn moved(&self, span: Span) -> Option<Span> {
        let start = span.start.max(self.shown.start);
        let end = span.end.min(self.shown.end);
        let to = |at: usize| at - self.shown.start + self.start;
        (start <= end && (start < end || span.start == span.end))
            .then(|| Span::new(to(start), to(end)))
    }
}

/// One color for the primary label, none for the others; miette wants them in order of place.
fn theme(labels: &[Marked], colors: &Colors) -> GraphicalTheme {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|&i| labels[i].span.start);
    let plain = Style::new();
    GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: ThemeStyles {
            error: plain,
            warning: plain,
            advice: plain,
            help: plain,
            link: plain,
            linum: colors.faint,
            highlights: order
                .into_iter()
                .map(|i| if i == 0 { colors.severity } else { plain })
                .collect(),
        },
    }
}

/// A source whose lines are numbered as the person knows them: the prompt's statement 12
/// (`sca:12`), if it is one line, is line 12.
#[derive(Debug, Clone)]
struct Numbered {
    text: String,
    first_line: usize,
    /// A statement of the prompt, which needs no name beside its number.
    statement: bool,
}

impl Numbered {
    fn of(source: &Source) -> Self {
        let number = source
            .name
            .strip_prefix("sca:")
            .and_then(|number| number.parse::<usize>().ok())
            .filter(|_| !source.text.trim_end().contains('\n'));
        Numbered {
            text: source.text.clone(),
            first_line: number.unwrap_or(1).max(1) - 1,
            statement: number.is_some(),
        }
    }

    /// Columns before a line: ` 12 │ `.
    fn gutter(&self, source: &Source) -> usize {
        let last = self.first_line + source.text.lines().count().max(1);
        last.to_string().len() + 4
    }
}

impl SourceCode for Numbered {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // Without context lines miette would show the span alone, not its line.
        let end = (span.offset() + span.len()).min(self.text.len());
        let first = self.text[..span.offset().min(end)]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let last = self.text[end..]
            .find('\n')
            .map_or(self.text.len(), |at| end + at);
        let lines = SourceSpan::from((first, last - first));
        let read = self.text.as_str().read_span(&lines, before, after)?;
        Ok(Box::new(MietteSpanContents::new(
            read.data(),
            *read.span(),
            read.line() + self.first_line,
            read.column(),
            read.line_count(),
        )))
    }
}

/// The span cut to the text and to whole characters.
pub fn inside(span: Span, text: &str) -> Span {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    Span::new(start, floor(span.end).max(start))
}

/// The line in which a span begins, without its end.
fn line_of(text: &str, span: Span) -> Span {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.start..]
        .find('\n')
        .map_or(text.len(), |at| span.start + at);
    Span::new(start, end)
}

/// Screen columns before an offset in its line.
fn column(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    text[start..offset].width()
}

fn span_width(text: &str, span: Span) -> usize {
    span.text(text)
        .lines()
        .next()
        .map_or(0, |line| line.width())
}

#[cfg(test)]
mod tests {
    use super::super::screen::Depth;
    use super::*;
    use crate::diagnostic::code;

    fn drawn(diagnostic: &Diagnostic, text: &str, width: usize) -> String {
        let screen = Screen::of(width, 24, Depth::None);
        let colors = Colors::of(diagnostic.severity, &screen);
        snippet(diagnostic, &Source::new("sca:7", text), &screen, &colors)
    }

    fn error(text: &str, labels: &[(&str, &str)]) -> Box<Diagnostic> {
        let error = Diagnostic::error(code::FOREIGN_CALL, "");
        labels.iter().fold(error, |error, (typed, said)| {
            let start = text.find(typed).unwrap();
            error.label(Span::new(start, start + typed.len()), *said)
        })
    }

    const NONE: &str = "has no counterpart here and is left out";

    #[test]
    fn what_is_said_of_several_parts_stands_below() {
        let text = "ggsave(\"a.png\", height = 7, width = 12, quality = 50)";
        let labels = [
            ("ggsave", "is not a command here"),
            ("height = 7", NONE),
            ("width = 12", "is left out: size= has both"),
            ("quality = 50", NONE),
        ];
        assert_eq!(
            drawn(&error(text, &labels), text, 80),
            " 7 │ ggsave(\"a.png\", height = 7, width = 12, quality = 50)
   · ───┬──          ──────────  ──────────  ────────────
   ·    ╰── is not a command here
     `height = 7`, `quality = 50` have no counterpart here and are left out
     `width = 12` is left out: size= has both
"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_its_mistake() {
        let text = "annotate adata {T: [CD3D, CD3E], B: [MS4A1, CD79A], Mono: [LYZ, CST3], NK: [GNLI, NKG7], DC: [FCER1A]} by=leiden";
        let labels = [("GNLI", "did you mean `GNLY`?")];
        assert_eq!(
            drawn(&error(text, &labels), text, 60),
            " 7 │ … Mono: [LYZ, CST3], NK: [GNLI, NKG7], DC: [FCER1A]} b…
   ·                           ──┬─
   ·                             ╰── did you mean `GNLY`?
"
        );
        // At its beginning it keeps its beginning.
        let labels = [("annotate", "is not known")];
        let shown = drawn(&error(text, &labels), text, 60);
        assert!(shown.starts_with(" 7 │ annotate adata {T:"), "{shown}");
        assert!(shown.lines().next().unwrap().ends_with('…'), "{shown}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let text = "sc.tl.leiden(adata, resolution=0.9, random_state=0, flavor=\"igraph\", n_iterations=2, directed=False)";
        for first in ["sc.tl.leiden", "random_state", "directed=False"] {
            let labels = [
                (first, "this is what is said of the first of them"),
                ("flavor", "is left out: there is one implementation of it"),
                ("n_iterations=2", NONE),
            ];
            for width in 40..130 {
                let shown = drawn(&error(text, &labels), text, width);
                let wide = shown.lines().find(|line| line.width() > width);
                assert_eq!(wide, None, "{width}:\n{shown}");
            }
        }
    }
}
