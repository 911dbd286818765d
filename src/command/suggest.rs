//! Nearest names and lists of names, for the help line of an error.

use super::value::quoted;
pub use crate::lang::words::spelled;

/// Edit distance of Damerau's restricted kind: insert, delete, replace, swap neighbors.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        (before, above) = (above, row);
    }
    above[b.len()]
}

/// The names nearest to `word`, nearest first, at most three, and only those that are near.
///
/// A name is near when a third of its letters differ at most (numbat's guard: no guesses for
/// words under three letters), or when one holds the other.
pub fn nearest<S: AsRef<str>>(word: &str, names: impl IntoIterator<Item = S>) -> Vec<String> {
    let lower = word.to_lowercase();
    if lower.chars().count() < 3 {
        // Too short for guesses; but `QC` is `qc`.
        let same = |name: &S| name.as_ref() != word && name.as_ref().to_lowercase() == lower;
        let same = names.into_iter().filter(same);
        return same.map(|name| name.as_ref().to_owned()).take(3).collect();
    }
    let mut near: Vec<(usize, bool, String)> = names
        .into_iter()
        .filter_map(|name| {
            let other = name.as_ref().to_lowercase();
            let length = lower.chars().count().max(other.chars().count());
            if length.abs_diff(lower.chars().count()) > 12 {
                return None;
            }
            let mut far = distance(&lower, &other);
            // `n_genes` is `n_genes_by_counts`; but a gene of three letters is in many words.
            let most = 2 * other.len() >= lower.len();
            if other.len() >= 3 && (other.contains(&lower) || most && lower.contains(&other)) {
                far = far.min(2);
            }
            // `pct_mt` is `pct_counts_mt`.
            if has_parts_of(&other, &lower) {
                far = far.min(2);
            }
            // `CD3` is rather `CD3D` than `CD2`.
            let begins = other.starts_with(&lower) && far > 0;
            if begins {
                far = 1;
            }
            (far <= (length / 3).max(1)).then(|| (far, !begins, name.as_ref().to_owned()))
        })
        .collect();
    near.sort();
    // `Plot` is `plot`, whatever else holds the word.
    let exact = near.iter().take_while(|(far, ..)| *far == 0).count();
    near.truncate(if exact > 0 { exact } else { 3 });
    near.into_iter().map(|(.., name)| name).collect()
}

/// Whether the words of a name of several are among those of a longer one, in their order.
fn has_parts_of(name: &str, word: &str) -> bool {
    let mut parts = name.split('_');
    let n_words = word.split('_').count();
    n_words > 1
        && word
            .split('_')
            .all(|wanted| parts.any(|part| part == wanted))
}

/// The statement that leaves the cells of a group out.
pub fn without_group(key: &str, group: &str) -> String {
    let column = spelled(key);
    // Groups of numbers and booleans are compared by their texts.
    let is_text = group.parse::<f64>().is_err() && !["true", "false"].contains(&group);
    let column = if is_text {
        column
    } else {
        format!("text({column})")
    };
    format!("filter adata ({column} != {})", quoted(group))
}

/// What is said where groups are wanted of a column of numbers that are no labels.
pub fn groups_of_numbers(key: &str) -> (String, String) {
    let headline = format!("obs.{key} is numeric; groups need a categorical column");
    let bin = spelled(&format!("{key}_bin"));
    let key = spelled(key);
    (
        headline,
        format!(
            "adata.obs.{bin} = when({key} < median({key}), \"low\", \"high\") divides the range; text({key}) makes a group of each value"
        ),
    )
}

/// `did you mean `leiden`?`, or nothing.
pub fn did_you_mean<S: AsRef<str>>(
    word: &str,
    names: impl IntoIterator<Item = S>,
) -> Option<String> {
    let near = nearest(word, names);
    let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    (!quoted.is_empty()).then(|| format!("did you mean {}?", quoted.join(" or ")))
}

/// The same for columns, whose names may have spaces: messages put backticks around all names, and these
/// need them.
pub fn did_you_mean_column(word: &str, names: &[String]) -> Option<String> {
    let meant = did_you_mean(word, names)?;
    let spaced = names.iter().any(|name| name.contains(char::is_whitespace));
    Some(if spaced {
        format!("{meant} A name with a space is typed in backticks")
    } else {
        meant
    })
}

/// The same for one of few words, whose beginning is enough: `t` for `t-test`.
pub fn did_you_mean_word(word: &str, words: &[&str]) -> Option<String> {
    let lower = word.to_lowercase();
    let begins = |it: &&&str| !lower.is_empty() && it.starts_with(&lower);
    did_you_mean(word, words).or_else(|| {
        let begun = words.iter().find(begins)?;
        Some(format!("did you mean `{begun}`?"))
    })
}

/// `obs has n_genes, leiden, … 4 more`.
pub fn listing<S: AsRef<str>>(place: &str, names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect();
    if names.is_empty() {
        return format!("{place} is empty");
    }
    format!("{place} has {}", listed(&names))
}

/// `n_genes, leiden, … 4 more`.
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let more = names.len().saturating_sub(8);
    let shown: Vec<&str> = names[..names.len() - more]
        .iter()
        .map(AsRef::as_ref)
        .collect();
    match more {
        0 => shown.join(", "),
        more => format!("{}, … {more} more", shown.join(", ")),
    }
}

/// The nearest names, or what there is.
pub fn nearest_or_list<S: AsRef<str> + Clone>(
    word: &str,
    names: impl IntoIterator<Item = S>,
    place: &str,
) -> String {
    let names: Vec<S> = names.into_iter().collect();
    did_you_mean(word, names.iter()).unwrap_or_else(|| listing(place, names.iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_only() {
        let names = ["leiden", "louvain", "log1p", "read"];
        assert_eq!(nearest("lieden", names), ["leiden"]);
        assert_eq!(nearest("Leiden", names), ["leiden"]);
        assert!(nearest("xyz", names).is_empty());
        assert!(nearest("qc", names).is_empty());
        assert_eq!(nearest("QC", ["pca", "qc"]), ["qc"]);
        assert_eq!(nearest("CD3", ["C3", "CD2", "CD3D"]), ["CD3D", "C3", "CD2"]);
        assert_eq!(nearest("mt", ["pct_counts_mt"]), Vec::<String>::new());
        assert_eq!(
            nearest("pct_mt", ["pct_counts_mt", "total_counts"]),
            ["pct_counts_mt"]
        );
        assert_eq!(nearest("cell_type", ["CEL", "ELL"]), Vec::<String>::new());
        assert_eq!(
            nearest("n_genes", ["n_genes_by_counts"]),
            ["n_genes_by_counts"]
        );
    }
}
