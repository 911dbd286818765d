//! What a field of a text is: a number, one with commas or blanks between its thousands, or something
//! that a spreadsheet has made of what stood there.

/// A number as Rust, pandas and R read it.
pub fn number(field: &str) -> Option<f64> {
    field.trim().parse().ok()
}

/// A number with decimal or thousands commas: `1,5`, `12,345`, `1.000,5`.
pub fn has_commas(field: &str) -> bool {
    let field = field.trim().trim_start_matches(['-', '+']);
    let (field, exponent) = field.split_once(['e', 'E']).unwrap_or((field, "0"));
    let digits = field.split([',', '.']);
    exponent.parse::<i32>().is_ok() && field.contains(',') && digits.clone().count() > 1 && {
        let mut digits = digits;
        digits.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// A number with a comma for its decimal point: `1,5`, `1,5E-03`.
pub fn is_decimal_comma(field: &str) -> bool {
    has_commas(field) && field.matches(',').count() == 1 && !field.contains('.')
}

/// Whether it is a number but for what spreadsheets put between thousands: `1 234`, `1'234`.
pub fn is_grouped(field: &str) -> bool {
    let marks = [' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}', ','];
    let plain: String = field
        .trim()
        .chars()
        .filter(|c| !marks.contains(c))
        .collect();
    plain.len() < field.trim().len() && number(&plain).is_some()
}

/// What spreadsheets show where they could not compute.
pub fn is_sheet_error(field: &str) -> bool {
    let errors = [
        "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
    ];
    errors.contains(&field.trim())
}

/// A name that spreadsheets make of gene names such as MARCH1 and SEPT2: `1-Mar`, `Sep-02`.
pub fn is_date(name: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let Some((a, b)) = name.split_once('-') else {
        return false;
    };
    let is_month = |text: &str| MONTHS.contains(&&text.to_lowercase()[..]);
    let is_day =
        |text: &str| matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_day(a) && is_month(b) || is_month(a) && is_day(b)
}

/// A number with commas between all of its thousands: `12,345`, `1,234,567.5`; not `0,125`.
pub fn has_thousands(field: &str) -> bool {
    let whole = field.trim().trim_start_matches(['-', '+']);
    let whole = whole.split_once('.').map_or(whole, |(whole, _)| whole);
    let mut parts = whole.split(',');
    let first = parts.next().unwrap_or_default();
    let thousands = |part: &str| part.len() == 3;
    has_commas(field) && first.len() <= 3 && !first.starts_with('0') && parts.all(thousands)
}

/// What to do about numbers with commas.
pub const COMMAS: &str =
    "save the table again with decimal points and without thousands separators";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_commas_are_known() {
        assert!(
            ["1,5", "-12,345", "1.000,5", "1,234,567.5"]
                .iter()
                .all(|it| has_commas(it))
        );
        assert!(
            !["1.5", ",5", "1,", "a,b", "1,b", "", "5"]
                .iter()
                .any(|it| has_commas(it))
        );
        assert!(["12,345", "1,234,567.5"].iter().all(|it| has_thousands(it)));
        assert!(
            !["1,5", "1,2345", "1234,567", "12"]
                .iter()
                .any(|it| has_thousands(it))
        );
    }

    #[test]
    fn what_spreadsheets_make_of_numbers_and_names_is_known() {
        assert!(is_decimal_comma("1,5E-03") && is_decimal_comma("-0,5"));
        assert!(!is_decimal_comma("1.234,5") && !is_decimal_comma("1,234,5"));
        assert!(is_grouped("1 234") && is_grouped("1'234.5") && !is_grouped("a 1"));
        assert!(is_sheet_error("#DIV/0!") && !is_sheet_error("#1"));
        assert!(is_date("1-Mar") && is_date("Sep-02") && !is_date("HLA-A") && !is_date("3-UTR"));
    }
}
