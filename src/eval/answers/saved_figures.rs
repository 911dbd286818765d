//! `ggsave("umap.pdf", width = 7, height = 5)`: a figure is written by the statement that draws it.

use crate::command::value::quoted;
use crate::eval::Interpreter;
use crate::eval::answers::translated::Translated;
use crate::lang::ast::{Arg, Call, ExprKind};

impl Interpreter<'_> {
    /// The figure of the groups, with the file and the size that the call names.
    pub(in crate::eval) fn saved_figure(&self, call: &Call) -> Translated {
        let is_text = |arg: &&Arg| matches!(arg.value.kind, ExprKind::Text(_));
        let named = || ["filename", "fname"].iter().find_map(|it| call.named(it));
        let file = call.positional().find(is_text).or_else(named);
        let typed = |arg: &Arg| arg.value.span.text(&self.source.text).to_owned();
        let out = file.map_or_else(|| quoted("figure.png"), typed);
        let subject = self.session.current().map_or("adata", |(name, _)| name);
        let color = self.color_of_groups(Some(subject));
        let mut line = format!("plot {subject} color={color} out={out}");
        let mut used: Vec<_> = file.map(|arg| arg.span).into_iter().collect();
        let number = |name: &str| {
            let arg = call.named(name)?;
            arg.value.literal_number().is_some().then_some(arg)
        };
        if let (Some(width), Some(height)) = (number("width"), number("height")) {
            line += &format!(" figsize=[{}, {}]", typed(width), typed(height));
            used.extend([width.span, height.span]);
        }
        if let Some(dpi) = number("dpi") {
            line += &format!(" dpi={}", typed(dpi));
            used.push(dpi.span);
        }
        let mut answer = Translated::plain(line);
        answer.leave_out(&self.source.text, call, &used);
        answer
    }
}
