//! Numbers with commas in the columns of a table.

use crate::data::FileError;
use crate::io::csv_matrix;
use std::path::Path;

/// Decimal commas become points where fields are between semicolons, as R's `write.csv2` and
/// spreadsheets write them. With other separators, numbers with commas between thousands would be
/// taken for text.
pub fn mend(
    path: &Path,
    name: &str,
    fields: &mut [String],
    (semicolons, is_text): (bool, fn(&str) -> bool),
) -> Result<(), FileError> {
    let odd = |field: &&String| is_text(field);
    let Some(first) = fields.iter().find(odd).cloned() else {
        return Ok(());
    };
    let all = |is: fn(&str) -> bool| fields.iter().filter(odd).all(|field| is(field));
    let decimal = csv_matrix::is_decimal_comma;
    // Points beside commas may be those of thousands, or decimal.
    let points = fields.iter().any(|field| field.contains('.'));
    // So may three digits after a comma, unless other numbers tell.
    if semicolons && !points && all(decimal) && !all(csv_matrix::has_thousands) {
        fields
            .iter_mut()
            .for_each(|field| *field = field.replace(',', "."));
        return Ok(());
    }
    let refused = if semicolons {
        all(csv_matrix::has_commas)
    } else {
        all(csv_matrix::has_thousands)
    };
    if refused {
        let problem = format!("{name}: {first:?} is not a number");
        return Err(FileError::new(path, problem).remedy(csv_matrix::COMMAS));
    }
    Ok(())
}
