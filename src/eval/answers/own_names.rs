//! Help lines name the person's own dataset: commands write theirs for one called `adata`.

use crate::command::Val;
use crate::diagnostic::Diagnostic;
use crate::eval::Interpreter;

/// What commands call the dataset in their help.
const STAND_IN: &str = "adata";

impl Interpreter<'_> {
    /// The diagnostic with the dataset's own name in its help.
    pub(in crate::eval) fn with_own_names(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        if let Some(help) = &diagnostic.help
            && help.contains(STAND_IN)
            && let Some(name) = self.meant_by_stand_in(&diagnostic)
        {
            diagnostic.help = Some(renamed(help, &name));
        }
        diagnostic
    }

    /// The dataset that a statement names, or else the current one; `None` where it is called as in the help.
    fn meant_by_stand_in(&self, diagnostic: &Diagnostic) -> Option<String> {
        let source = diagnostic.source.as_ref().unwrap_or(&self.source);
        let at = diagnostic.labels.first().map_or(0, |it| it.span.start);
        let start = source.text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
        let typed = source.text[start..].lines().next().unwrap_or_default();
        // The variable that is assigned to is not what the statement is about.
        let typed = typed.split_once(" = ").map_or(typed, |(_, value)| value);
        let is_dataset =
            |word: &&str| matches!(self.session.get(word), Some(Val::Dataset(_, None)));
        let mut words = typed.split(|c: char| !is_of_name(c));
        let named = words.find(|word| *word == STAND_IN || is_dataset(word));
        let at_hand = || {
            let free = self.session.get(STAND_IN).is_none();
            let current = self.session.current().filter(|_| free);
            current.map(|(name, _)| name.to_owned())
        };
        match named {
            Some(STAND_IN) => None,
            Some(name) => Some(name.to_owned()),
            None => at_hand(),
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text with `adata` called `name`, but not where it is what a line assigns to.
fn renamed(help: &str, name: &str) -> String {
    let mut text = String::new();
    let mut rest = help;
    while let Some(at) = rest.find(STAND_IN) {
        let (before, behind) = (&rest[..at], &rest[at + STAND_IN.len()..]);
        let is_word = !before.ends_with(is_of_name) && !behind.starts_with(is_of_name);
        let is_assigned = behind.starts_with(" = ");
        text += before;
        text += if is_word && !is_assigned {
            name
        } else {
            STAND_IN
        };
        rest = behind;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn only_the_dataset_is_renamed() {
        assert_eq!(
            renamed("compute adata.var_names", "x"),
            "compute x.var_names"
        );
        assert_eq!(
            renamed("bulk = pseudobulk(adata, by=b)", "x"),
            "bulk = pseudobulk(x, by=b)"
        );
        assert_eq!(
            renamed("adata = read \"a.h5ad\"", "x"),
            "adata = read \"a.h5ad\""
        );
        assert_eq!(
            renamed("sees anndata and adata2", "x"),
            "sees anndata and adata2"
        );
    }
}
