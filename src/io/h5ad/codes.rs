//! Codes of categories, as files have them.

use crate::io::reason::Reason;
use crate::io::stored::Values;

/// Codes of categories: below their number, or -1 for a missing value.
pub fn checked_codes(codes: &Values, n: usize) -> Result<Vec<i32>, Reason> {
    // Programs without a -1 write the largest number of the type for a missing value.
    let largest = match codes.element.number() {
        Some(number) if !number.signed && number.size < 8 => (1 << (8 * number.size)) - 1,
        Some(number) if !number.signed => i64::MAX,
        _ => -1,
    };
    if codes.element.number().is_some_and(|number| number.float) {
        let read: Vec<f64> = codes.read(None)?;
        // Of NaN, too, nothing is left that is 0.
        if let Some((at, code)) = read
            .iter()
            .enumerate()
            .find(|(_, code)| code.fract() != 0.0)
        {
            return Err(format!("code {code} of entry {at} is not a whole number").into());
        }
    }
    let read: Vec<i64> = codes.read(None)?;
    let code = |(at, code): (usize, i64)| match code {
        -1 => Ok(-1),
        code if (0..n as i64).contains(&code) => Ok(code as i32),
        code if code == largest => Ok(-1),
        code => Err(format!("code {code} of entry {at} is not one of its {n} categories").into()),
    };
    read.into_iter().enumerate().map(code).collect()
}
