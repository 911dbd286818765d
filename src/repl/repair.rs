//! The line that works in the end. What is shown as the repair of a line may be wrong in another
//! way, such as a line of R with several idioms: then the repair of that is shown, and so on.

use crate::diagnostic::Diagnostic;
use crate::driver::runner::Runner;
use crate::source::Source;

/// No line has as many things wrong with it.
const MOST: usize = 6;

/// The text with a diagnostic's edit applied.
pub fn fixed(source: &Source, diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let ours = diagnostic
        .source
        .as_ref()
        .is_none_or(|of| of.name == source.name);
    let mut text = source.text.clone();
    (ours && text.get(fix.span.start..fix.span.end).is_some()).then(|| {
        text.replace_range(fix.span.start..fix.span.end, &fix.text);
        text
    })
}

/// Puts the line that works into the help of a diagnostic, where its own repair is not enough and
/// others lead to one; gives that line.
pub fn complete(
    runner: &mut Runner,
    source: &Source,
    diagnostic: &mut Diagnostic,
) -> Option<String> {
    let first = fixed(source, diagnostic)?;
    let mut line = first.clone();
    for _ in 0..MOST {
        let next = Source::new(source.name.clone(), line.clone());
        let parsed = crate::lang::parse(&next);
        let wrong = match parsed.diagnostics.into_iter().next() {
            Some(wrong) => Some(wrong),
            None => runner.check(&next, &parsed.statements).0.into_iter().next(),
        };
        match wrong {
            None => {
                if line != first && !line.contains('\n') {
                    diagnostic.help = Some(line.clone());
                }
                return Some(line);
            }
            Some(wrong) => match fixed(&next, &wrong) {
                Some(better) => line = better,
                None => return Some(first),
            },
        }
    }
    Some(first)
}
