//! Settings that are kept between sessions: lines of `name = value` in `config.toml`.

use super::settings;
use crate::command::{Settings, Val};

/// Takes over the settings of a file; says which lines are wrong, and why.
pub fn apply(settings: &mut Settings, text: &str, from: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let Some((name, value)) = pair(line) else {
            if !line.trim().is_empty() && !line.trim().starts_with('#') {
                wrong.push(format!("line {}: expected name = value", i + 1));
            }
            continue;
        };
        if let Err(about) = settings::set(settings, name, &parsed(value), from) {
            let about = Some(about).filter(|it| !it.is_empty());
            let about = about.unwrap_or_else(|| "no such setting".to_owned());
            wrong.push(format!("line {}: {name}: {about}", i + 1));
        }
    }
    wrong
}

/// The text of the file with these settings in place of what it had for them.
pub fn with(text: &str, kept: &[(String, Val)]) -> String {
    let is_kept = |line: &str| {
        pair(line).is_some_and(|(name, _)| kept.iter().any(|(known, _)| known == name))
    };
    let others = text.lines().filter(|line| !is_kept(line));
    let lines = others.map(str::to_owned);
    let new = kept.iter().map(|(name, value)| format!("{name} = {value}"));
    lines.chain(new).map(|line| line + "\n").collect()
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    Some((name.trim(), value.trim()))
}

fn parsed(value: &str) -> Val {
    let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    match (quoted, value) {
        (Some(text), _) => Val::text(text),
        (None, "true") => Val::Bool(true),
        (None, "false") => Val::Bool(false),
        (None, value) => value.parse().map_or_else(|_| Val::text(value), Val::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_kept() {
        let mut settings = Settings::default();
        let text = "# mine\nseed = 7\nmemory = \"3 GB\"\nauto = false\nnonsense = 1\nx\n";
        let wrong = apply(&mut settings, text, "config.toml");
        assert_eq!(settings.seed, 7);
        assert_eq!(settings.memory, 3_000_000_000);
        assert!(!settings.auto);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert_eq!(settings::origin(&settings, "seed"), "config.toml");
        let kept = [
            ("seed".to_owned(), Val::Number(9.0)),
            ("keys".to_owned(), Val::text("vi")),
        ];
        assert_eq!(
            with("# mine\nseed = 7\nauto = false\n", &kept),
            "# mine\nauto = false\nseed = 9\nkeys = \"vi\"\n"
        );
    }
}
