//! The characters of names.

/// Whether a name may begin with the character.
pub fn starts_name(char: char) -> bool {
    char == '_' || pest::unicode::XID_START(char)
}

/// Whether a name may go on with the character.
pub fn continues_name(char: char) -> bool {
    pest::unicode::XID_CONTINUE(char)
}
