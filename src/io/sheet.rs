//! Whether a text file is a sheet with words in it, or a matrix of numbers.

use super::paths::plain_name;
use super::{Hints, csv, csv_matrix};
use std::path::Path;

/// Whether a text file is a table rather than a matrix: a line of headings, and texts below it in
/// other columns than the first, as far as its beginning tells. Where genes are said to be in its
/// rows or columns, it is a matrix.
pub fn is_table(path: &Path, hints: &Hints) -> bool {
    let ending = plain_name(path).rsplit('.').next().map(str::to_owned);
    let usual = matches!(ending.as_deref(), Some("csv" | "tsv" | "txt" | "tab"));
    let is_text = hints.format.map_or(usual, |format| format.is_text());
    if !is_text || !path.is_file() || hints.genes_in_rows.is_some() {
        return false;
    }
    let Some(lines) = csv::first_lines(path, hints.format) else {
        return false;
    };
    let Some((header, body)) = lines.split_first() else {
        return false;
    };
    if *header == ["gene", "cell", "count"] {
        return false;
    }
    // Numbers that cannot be read make no table of a matrix: they are refused with their place.
    let is_word = |field: &String| {
        let odd = csv_matrix::has_commas(field) || csv_matrix::is_sheet_error(field);
        field.trim().parse::<f64>().is_err() && !csv::is_missing(field.trim()) && !odd
    };
    body.iter().any(|fields| {
        let n = fields.len();
        let fits = n == header.len() || n == header.len() + 1;
        fits && n > 1 && fields[1..].iter().any(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    #[test]
    fn words_make_a_table() {
        let folder = folder("sheet");
        let is = |name: &str, text: &str, genes_in_rows: Option<bool>| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            let hints = Hints {
                genes_in_rows,
                ..Hints::default()
            };
            is_table(&path, &hints)
        };
        let sheet = "sample,condition,cells\ns1,control,40\n";
        assert!(is("a.csv", sheet, None) && !is("a.csv", sheet, Some(true)));
        assert!(is("a.tsv", "sample\tpath\ns1\tx.h5ad\n", None));
        assert!(is("d.txt", "a,b\nx,y\n", None));
        assert!(is("e.txt", "\"type\" \"n\"\n\"c1\" \"B cell\" 3\n", None));
        assert!(!is("b.csv", "cell,g1,g2\nc1,0,3\nc2,NA,1\n", None));
        assert!(!is("c.tsv", "gene\tcell\tcount\ng1\tc1\t3\n", None));
        assert!(!is("f.csv", "cell;A;B\nc1;1,5;0\n", None));
        assert!(!is("g.csv", "sep=;\r\ncell;A;B\r\nc1;1;0\r\n", None));
        assert!(!is("h.csv", "cell,A\nc1,#DIV/0!\n", None));
    }
}
