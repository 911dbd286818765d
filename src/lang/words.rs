//! How names are written so that they parse as one word.

use super::names::{continues_name, starts_name};

/// Words of the language that are no names.
pub const KEYWORDS: [&str; 15] = [
    "and", "as", "def", "else", "false", "for", "if", "in", "none", "not", "or", "param", "return",
    "true", "use",
];

/// Whether a name can be without backticks.
pub fn is_plain(name: &str) -> bool {
    name.starts_with(starts_name) && name.chars().all(continues_name) && !KEYWORDS.contains(&name)
}

/// The name, in backticks where it needs them: `` `HLA-DRA` ``.
pub fn spelled(name: &str) -> String {
    if is_plain(name) {
        name.to_string()
    } else {
        format!("`{name}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_take_backticks() {
        for plain in ["leiden", "notch1a", "_x", "größe", "forx"] {
            assert_eq!(spelled(plain), plain);
        }
        for odd in ["HLA-DRA", "7SK", "in", "leiden_0.4", ""] {
            assert_eq!(spelled(odd), format!("`{odd}`"));
        }
    }
}
