//! Which columns of a table hold names, which other texts, and which the numbers.
//!
//! What R, pandas and spreadsheets write differs in the corner: a heading for the names, none, or
//! no names at all. The first lines tell as a rule; where they do not, nothing is guessed.

use super::Head;
use super::fields::{has_commas, number};
use crate::io::Hints;

/// The columns of a matrix in a text file.
#[derive(Debug, Default, PartialEq)]
pub struct Columns {
    /// Headings of the columns of texts, which come first.
    pub texts: Vec<String>,
    /// Which of them has the names; 0 where there is none.
    pub name_at: usize,
    /// Names of the columns of numbers.
    pub numbers: Vec<String>,
    /// Whether the first line has one heading less than the lines below.
    pub without_corner: bool,
    /// What was taken for what, where that could be wrong.
    pub remarks: Vec<String>,
}

/// What a first column of numbers may be.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum First {
    Texts,
    /// 0, 1, 2 … or 1, 2, 3 …: the numbers of the lines.
    Numbered,
    /// Fractions, negative numbers, or numbers that repeat.
    Values,
    /// Whole numbers that do not repeat: names of cells or counts of a gene.
    Either,
}

/// Headings of columns that describe genes and hold numbers, as featureCounts writes them.
const ABOUT_GENES: [&str; 7] = [
    "chr",
    "chrom",
    "chromosome",
    "start",
    "end",
    "strand",
    "length",
];

/// Headings of columns with the names that people use.
const SYMBOLS: [&str; 9] = [
    "gene_name",
    "gene_names",
    "gene_symbol",
    "gene_symbols",
    "gene_short_name",
    "symbol",
    "symbols",
    "genename",
    "genesymbol",
];

/// What a column of names may be called.
const LABELS: [&str; 31] = [
    "",
    "index",
    "cell",
    "cells",
    "cell_id",
    "cellid",
    "cell_ids",
    "cell_name",
    "cell_names",
    "cell_barcode",
    "cell_barcodes",
    "barcode",
    "barcodes",
    "bc",
    "gene",
    "genes",
    "gene_id",
    "geneid",
    "gene_ids",
    "ensembl_id",
    "feature",
    "features",
    "id",
    "ids",
    "name",
    "names",
    "rownames",
    "row.names",
    "unnamed: 0",
    "...1",
    "sample",
];

/// Lower case, with `_` for blanks.
fn heading(text: &str) -> String {
    text.trim().to_lowercase().replace(' ', "_")
}

/// Whether a heading is one of a column of names.
pub fn is_label(text: &str) -> bool {
    let (plain, text) = (text.trim().to_lowercase(), heading(text));
    LABELS.contains(&&plain[..]) || LABELS.contains(&&text[..]) || SYMBOLS.contains(&&text[..])
}

/// The columns, from the first lines and the message about the file.
///
/// # Errors
/// The first column may be names or numbers: its heading, or its number where it has none.
pub fn columns(head: &Head, comment: Option<&str>, hints: &Hints) -> Result<Columns, String> {
    let width = head.width;
    let words = || comment.map(|line| line.split_whitespace().map(str::to_owned).collect());
    let named: Option<Vec<String>> = head.header.clone().or_else(words);
    let without_corner = named.as_ref().is_some_and(|words| {
        words.len() + 1 == width || (head.header.is_some() && words.len() != width)
    });
    let headings: Vec<String> = match named {
        Some(words) if without_corner => std::iter::once(String::new()).chain(words).collect(),
        Some(words) if words.len() == width => words,
        _ => Vec::new(),
    };
    let first = First::of(&head.firsts);
    let corner = headings.first().map(String::as_str);
    let (has_names, remark) = match hints.row_names {
        Some(said) => (said, None),
        None if without_corner => (true, None),
        None => has_names(first, corner)?,
    };
    let n_texts = if has_names {
        1 + more_texts(head, &headings, hints)
    } else {
        0
    };
    let mut remarks: Vec<String> = remark.into_iter().collect();
    if headings.is_empty() {
        remarks.push("has no line of names: columns are numbered".to_owned());
    }
    let numbers = if headings.is_empty() {
        (0..width.saturating_sub(n_texts))
            .map(|i| i.to_string())
            .collect()
    } else {
        headings[n_texts.min(headings.len())..].to_vec()
    };
    let mut texts: Vec<String> = if headings.is_empty() {
        (0..n_texts).map(|i| format!("column {}", i + 1)).collect()
    } else {
        headings.into_iter().take(n_texts).collect()
    };
    let symbols = texts
        .iter()
        .position(|text| SYMBOLS.contains(&&heading(text)[..]));
    let name_at = symbols.unwrap_or(0);
    name_all(&mut texts, name_at);
    Ok(Columns {
        name_at,
        texts,
        numbers,
        without_corner,
        remarks,
    })
}

/// Names for columns of texts that have no heading and are kept beside the names: a file cannot hold
/// a column without one.
fn name_all(texts: &mut [String], name_at: usize) {
    for at in 0..texts.len() {
        if at == name_at || !texts[at].trim().is_empty() {
            continue;
        }
        let numbered = (1..).map(|n| match n {
            1 => "id".to_owned(),
            n => format!("id_{n}"),
        });
        let mut free = numbered.filter(|name| !texts.contains(name));
        texts[at] = free.next().unwrap_or_default();
    }
}

/// Whether the first column has names, and what to say of it.
fn has_names(first: First, corner: Option<&str>) -> Result<(bool, Option<String>), String> {
    let called = match corner {
        Some(corner) => format!("{corner:?}"),
        None => "column 1".to_owned(),
    };
    match (first, corner) {
        (First::Texts | First::Numbered, _) => Ok((true, None)),
        (_, Some(corner)) if is_label(corner) => Ok((true, None)),
        (First::Values, _) => {
            let remark = format!(
                "has no column of names: {called} holds values like the others; rows are numbered"
            );
            Ok((false, Some(remark)))
        }
        (First::Either, _) => Err(called),
    }
}

/// Columns of texts after the first, where genes or cells are known to be in the lines.
fn more_texts(head: &Head, headings: &[String], hints: &Hints) -> usize {
    if hints.genes_in_rows.is_none() {
        return 0;
    }
    let is_text = |column: usize| {
        let fields = head.lines.iter().filter_map(|line| line.get(column));
        // Numbers with commas are numbers that cannot be read, not a column of texts to pass over.
        let is_text = |field: &str| number(field).is_none() && !has_commas(field);
        fields
            .into_iter()
            .any(|field| !is_missing(field) && is_text(field))
    };
    let describes = |column: usize| {
        let of_genes = hints.genes_in_rows == Some(true);
        let heading = headings.get(column).map(|text| heading(text));
        of_genes && heading.is_some_and(|text| ABOUT_GENES.contains(&&text[..]))
    };
    // The last column is one of numbers, whatever it holds.
    let columns = 1..head.width.saturating_sub(1);
    columns
        .take_while(|&column| is_text(column) || describes(column))
        .count()
}

fn is_missing(field: &str) -> bool {
    matches!(field.trim(), "" | "NA" | "NaN" | "nan" | "N/A" | "NULL")
}

impl First {
    fn of(fields: &[String]) -> Self {
        let numbers: Option<Vec<f64>> = fields.iter().map(|field| number(field)).collect();
        let Some(numbers) = numbers else {
            return First::Texts;
        };
        let whole = |field: &String| field.trim().parse::<u64>().is_ok();
        if !fields.iter().all(whole) {
            return First::Values;
        }
        if is_numbering(&numbers) {
            return First::Numbered;
        }
        let mut sorted = numbers;
        sorted.sort_by(f64::total_cmp);
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            First::Values
        } else {
            First::Either
        }
    }
}

/// 0, 1, 2 … or 1, 2, 3 …, perhaps again and again, as for runs of a simulation.
fn is_numbering(numbers: &[f64]) -> bool {
    let start = numbers.first().copied().unwrap_or(f64::NAN);
    let runs: Vec<&[f64]> = numbers.chunk_by(|a, b| *b == a + 1.0).collect();
    let Some((_, whole)) = runs.split_last() else {
        return false;
    };
    start <= 1.0
        && runs[0].len() > 2
        && whole.iter().all(|run| run.len() > 2)
        && runs.iter().all(|run| run[0] == start)
}

/// Whether lines are genes, as far as names tell: identifiers of Ensembl in the lines, or barcodes
/// in the headings.
pub fn look_like_genes(firsts: &[String], numbers: &[String]) -> bool {
    let most = |names: &[String], is: fn(&str) -> bool| {
        let n = names.iter().filter(|name| is(name)).count();
        !names.is_empty() && 2 * n > names.len()
    };
    most(firsts, is_ensembl) && !most(numbers, is_ensembl)
        || most(numbers, is_barcode) && !most(firsts, is_barcode)
}

/// `ENSG00000141510`, `ENSMUSG…`, with or without a version.
pub fn is_ensembl(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ENS") else {
        return false;
    };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = &rest[..rest.len() - digits.len()];
    letters.ends_with('G') && digits.len() >= 8 && digits.as_bytes()[0].is_ascii_digit()
}

/// Twelve or more bases, perhaps with something around them: `AAACCTGAGAAACCAT-1`.
fn is_barcode(name: &str) -> bool {
    let bases = |part: &str| part.len() >= 12 && part.bytes().all(|base| b"ACGTN".contains(&base));
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(bases)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(fields: &[&str]) -> First {
        First::of(
            &fields
                .iter()
                .map(|field| (*field).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn first_columns_are_told_apart() {
        assert_eq!(first(&["a", "1"]), First::Texts);
        assert_eq!(first(&["0", "1", "2"]), First::Numbered);
        assert_eq!(first(&["1", "2", "3"]), First::Numbered);
        assert_eq!(first(&["0.5", "1.25", "0"]), First::Values);
        assert_eq!(first(&["3", "0", "0"]), First::Values);
        assert_eq!(first(&["0", "1", "2", "0", "1", "2", "0"]), First::Numbered);
        assert_eq!(first(&["0", "1", "0", "1"]), First::Values);
        assert_eq!(first(&["5", "3", "9"]), First::Either);
        assert_eq!(first(&["0", "1"]), First::Either);
    }

    #[test]
    fn columns_beside_the_names_have_names() {
        let mut texts = ["", "symbol", " ", "id"].map(str::to_owned);
        name_all(&mut texts, 1);
        assert_eq!(texts, ["id_2", "symbol", "id_3", "id"]);
        let mut texts = ["", "about"].map(str::to_owned);
        name_all(&mut texts, 0);
        assert_eq!(texts, ["", "about"]);
    }

    #[test]
    fn names_of_genes_and_cells_are_known() {
        assert!(is_ensembl("ENSG00000141510") && is_ensembl("ENSMUSG00000059552.14"));
        assert!(!is_ensembl("ENSA") && !is_ensembl("ENS") && !is_ensembl("TP53"));
        assert!(is_barcode("AAACCTGAGAAACCAT-1") && is_barcode("s1_AAACCTGAGAAACCAT"));
        assert!(!is_barcode("CACNA1A") && is_label("Gene ID") && !is_label("CD3D"));
    }
}
