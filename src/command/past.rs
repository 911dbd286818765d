//! What commands did, from what they do: `methods` tells a summary in the past tense.

/// Verbs that do not end in -ed.
const IRREGULAR: &[(&str, &str)] = &[
    ("bring", "brought"),
    ("draw", "drew"),
    ("find", "found"),
    ("give", "gave"),
    ("keep", "kept"),
    ("lay", "laid"),
    ("leave", "left"),
    ("make", "made"),
    ("put", "put"),
    ("read", "read"),
    ("show", "showed"),
    ("take", "took"),
    ("tell", "told"),
    ("write", "wrote"),
];
/// Short verbs whose last letter is doubled.
const DOUBLED: &[&str] = &["map", "plan", "sum", "stop"];

/// `Keep the cells that meet conditions.` becomes `kept the cells that meet conditions`. The first
/// word of a summary is its verb; a second one behind `and` is told too.
pub fn told(summary: &str) -> String {
    let summary = summary.trim_end_matches('.');
    let (verb, rest) = summary.split_once(' ').unwrap_or((summary, ""));
    let mut text = past(&verb.to_lowercase());
    for word in rest.split(' ').filter(|word| !word.is_empty()) {
        let second = text.ends_with(" and") && IRREGULAR.iter().any(|(verb, _)| *verb == word);
        text.push(' ');
        text.push_str(&if second { past(word) } else { word.to_owned() });
    }
    text
}

fn past(verb: &str) -> String {
    if let Some((_, past)) = IRREGULAR.iter().find(|(known, _)| *known == verb) {
        return (*past).to_owned();
    }
    let last = verb.chars().next_back().unwrap_or_default();
    match last {
        'e' => format!("{verb}d"),
        _ if DOUBLED.contains(&verb) => format!("{verb}{last}ed"),
        'y' => format!("{}ied", &verb[..verb.len() - 1]),
        _ => format!("{verb}ed"),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn summaries_in_the_past() {
        for (summary, past) in [
            ("Keep the cells.", "kept the cells"),
            (
                "Measure the quality of cells.",
                "measured the quality of cells",
            ),
            ("Sum cells up by group.", "summed cells up by group"),
            (
                "Score S and G2/M genes and tell each cell's phase.",
                "scored S and G2/M genes and told each cell's phase",
            ),
            ("Lay the cells out.", "laid the cells out"),
        ] {
            assert_eq!(told(summary), past);
        }
    }
}
