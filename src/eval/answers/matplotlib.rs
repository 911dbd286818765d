//! Functions of matplotlib and seaborn: figures need no opening and no showing here.

use crate::command::value::quoted;
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::lang::ast::{Call, ExprKind};
use crate::source::Span;

/// What the packages are called.
const PACKAGES: [&str; 6] = ["plt", "matplotlib", "pyplot", "sns", "seaborn", "ax"];

impl Interpreter<'_> {
    /// The answer to `plt.show()` and the like.
    pub(in crate::eval) fn of_matplotlib(
        &self,
        path: &str,
        call: Option<&Call>,
        span: Span,
    ) -> Option<Box<Diagnostic>> {
        let (package, function) = path.split_once('.')?;
        if !PACKAGES.contains(&package) || self.session.get(package).is_some() {
            return None;
        }
        let function = function.rsplit('.').next()?;
        let headline = "figures are not drawn by matplotlib";
        let label = "is Python syntax";
        if let Some(call) = call
            && let Some(answer) = self.chart(function, call)
        {
            let error = self.error(code::FOREIGN_CALL, headline, call.callee.span, label);
            return Some(answer.answering(self, call.span, error));
        }
        let subject = self.session.current().map_or("adata", |(name, _)| name);
        let groups = self.color_of_groups(Some(subject));
        let plot = format!("plot {subject} color={groups}");
        let file = call.and_then(|call| match &call.args.first()?.value.kind {
            ExprKind::Text(text) => text.plain(),
            _ => None,
        });
        let help = match function {
            "savefig" => format!("{plot} out={}", quoted(file.unwrap_or("figure.png"))),
            "title" | "suptitle" | "set_title" => {
                format!("{plot} title={}", quoted(file.unwrap_or("Title")))
            }
            "show" | "close" | "draw" | "pause" => {
                format!("a figure appears as it is drawn; {plot} out=\"figure.png\" writes it")
            }
            "subplots" | "figure" | "subplot" => {
                format!("figure [({plot}), (violin {subject} CD3D by={groups})]")
            }
            _ => "help plotting".to_owned(),
        };
        let at = call.map_or(span, |call| call.callee.span);
        let error = self.error(code::FOREIGN_CALL, headline, at, label);
        // A line, not advice.
        let is_line = help.starts_with("plot ") || help.starts_with("figure ");
        Some(if is_line {
            error.help(self.in_line(span, &help)).fix(span, help)
        } else {
            error.help(help)
        })
    }
}
