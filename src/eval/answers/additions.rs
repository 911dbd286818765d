//! What R's users add to a figure: `DimPlot(x) + NoLegend() + ggtitle("cells")`.

use crate::command::Entry;
use crate::command::value::quoted;
use crate::eval::Interpreter;
use crate::eval::answers::translated::{LeftOut, Translated, WITHOUT};
use crate::lang::ast::{Call, ExprKind};
use crate::lang::lexeme::{Kind, Lexeme, closing, lex};
use crate::source::Span;

/// A term after a call that draws.
pub(in crate::eval) struct Addition {
    pub span: Span,
    /// Without the plus sign.
    pub typed: String,
}

/// Parameters by what adds them; `{}` is the first argument.
const ARGUMENTS: &[(&str, &str, &str)] = &[
    ("NoLegend", "legend", "none"),
    ("ggtitle", "title", "{}"),
    ("xlab", "xlabel", "{}"),
    ("ylab", "ylabel", "{}"),
    ("NoAxes", "frame", "false"),
];

impl Interpreter<'_> {
    /// The calls that are added to the one in `call`, in their order.
    pub(in crate::eval) fn additions(&self, call: Span) -> Vec<Addition> {
        let text = &self.source.text;
        let line = text[call.end..].lines().next().unwrap_or_default();
        let lexemes = lex(line);
        let words: Vec<Lexeme> = lexemes.into_iter().filter(|it| it.significant()).collect();
        let mut additions = Vec::new();
        let mut at = 0;
        while words.get(at).is_some_and(|it| it.is(line, "+")) {
            let Some(last) = end_of_call(&words, line, at + 1) else {
                break;
            };
            let span = words[at + 1].span.to(words[last].span);
            let typed = span.text(line).to_owned();
            let (start, end) = (call.end + span.start, call.end + span.end);
            let span = Span::new(start, end);
            additions.push(Addition { span, typed });
            at = last + 1;
        }
        additions
    }

    /// The answer to a call of another tool: the line, with what was added to a figure.
    pub(in crate::eval) fn translation(
        &self,
        entry: &Entry,
        theirs: &str,
        call: &Call,
    ) -> (Span, Translated) {
        let mut ours = self.as_ours(entry, theirs, call);
        self.refine(theirs, call, &mut ours);
        self.name_the_file(theirs, call, &mut ours);
        self.by_groups_there_are(entry, &mut ours);
        let additions = self.additions(call.span);
        let end = additions.last().map_or(call.span, |it| it.span);
        let mut beside = Vec::new();
        for addition in additions {
            match argument(entry, &addition.typed).as_deref() {
                // `label = TRUE` of Seurat has put the names into the figure.
                Some("legend=none") if ours.line.contains(" legend=") => {}
                Some(argument) => ours.line += &format!(" {argument}"),
                None => match self.figure_beside(&addition) {
                    Some(other) => {
                        beside.push(format!("({})", other.line));
                        ours.left_out.extend(other.left_out);
                    }
                    None => ours.left_out.push(LeftOut {
                        span: addition.span,
                        typed: addition.typed,
                        why: WITHOUT.to_owned(),
                    }),
                },
            }
        }
        // The first file gets a name.
        let before = self.source.text[..call.span.start].trim_end_matches(' ');
        let begins = before.is_empty() || before.ends_with(['\n', ';']);
        if entry.spec.name == "read" && begins && self.session.current().is_none() {
            ours.line = format!("adata = {}", ours.line);
        }
        if !beside.is_empty() {
            ours.line = format!("figure [({}), {}]", ours.line, beside.join(", "));
        }
        (call.span.to(end), ours)
    }
}

impl Interpreter<'_> {
    /// `save=".pdf"` and `save=True` of Scanpy: the figure's name is put before the ending.
    fn name_the_file(&self, theirs: &str, call: &Call, ours: &mut Translated) {
        let Some(arg) = call.named("save") else {
            return;
        };
        let figure = theirs.rsplit('.').next().unwrap_or(theirs);
        let file = match &arg.value.kind {
            ExprKind::Bool(true) => format!("{figure}.pdf"),
            ExprKind::Text(text) => match text.plain() {
                Some(end) if end.starts_with(['.', '_']) => format!("{figure}{end}"),
                Some(stem) if !stem.contains('.') => format!("{stem}.pdf"),
                _ => return,
            },
            _ => return,
        };
        let typed = arg.value.span.text(&self.source.text);
        let out = format!(" out={}", quoted(&file));
        ours.line = ours.line.replacen(&format!(" out={typed}"), &out, 1);
    }
}

/// The last lexeme of a call that begins at a place: `theme(x = f(1))`.
pub(in crate::eval) fn end_of_call(words: &[Lexeme], line: &str, name: usize) -> Option<usize> {
    let is_call = words.get(name)?.kind == Kind::Name && words.get(name + 1)?.is(line, "(");
    closing(words, name + 1).filter(|_| is_call)
}

/// The argument that does the same, if the command has one.
pub(in crate::eval) fn argument(entry: &Entry, typed: &str) -> Option<String> {
    let (name, rest) = typed.split_once('(')?;
    let (_, param, value) = ARGUMENTS.iter().find(|(theirs, ..)| *theirs == name)?;
    entry.param(param)?;
    let inside = rest.strip_suffix(')')?.trim();
    let is_text = inside.starts_with(['"', '\'']);
    (is_text || !value.contains("{}")).then(|| format!("{param}={}", value.replace("{}", inside)))
}
