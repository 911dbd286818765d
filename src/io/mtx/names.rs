//! Files with the names of a matrix: features.tsv, barcodes.tsv, and what other programs than Cell
//! Ranger write instead, with or without quotes, headings and numbers of lines.

use crate::data::{Column, FileError, Names};
use crate::io::csv_matrix::is_ensembl;
use crate::io::text::{Pieces, lines};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// The lines of a file of names, as fields.
#[derive(Debug, Clone)]
pub struct NameFile {
    pub path: PathBuf,
    rows: Vec<Vec<String>>,
    /// Whether R's numbers of lines were dropped.
    numbered: bool,
}

/// Names and what else is next to them, for one side of a matrix.
#[derive(Debug)]
pub struct Named {
    pub names: Names,
    pub columns: IndexMap<String, Column>,
}

/// Headings of the names that people use.
const SYMBOLS: [&str; 7] = [
    "gene_name",
    "gene_names",
    "gene_symbol",
    "symbol",
    "gene_short_name",
    "gene.name",
    "name",
];

impl NameFile {
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = Pieces::open(path)?.all()?;
        let text = text.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&text);
        crate::io::text::utf8(path, text, 1)?;
        let lines: Vec<String> = lines(text)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        let separator = separator(path, &lines);
        let mut rows: Vec<Vec<String>> = lines.iter().map(|line| fields(line, separator)).collect();
        while rows
            .last()
            .is_some_and(|row| row.iter().all(String::is_empty))
        {
            rows.pop();
        }
        let numbered = drop_numbers(&mut rows);
        Ok(NameFile {
            path: path.to_owned(),
            rows,
            numbered,
        })
    }

    pub fn n_lines(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are names for a side of length `n`, perhaps below a line of headings.
    pub fn fits(&self, n: usize) -> bool {
        self.rows.len() == n || self.rows.len() == n + 1
    }

    /// Headings and rows for a side of length `n`; `None` if it does not fit.
    fn split(&self, n: usize) -> Option<(Option<&[String]>, &[Vec<String>])> {
        match self.rows.len() {
            all if all == n => Some((None, &self.rows[..])),
            all if all == n + 1 => Some((Some(&self.rows[0][..]), &self.rows[1..])),
            _ => None,
        }
    }

    /// Names of cells, and columns of obs.
    pub fn cells(&self, n: usize) -> Option<Named> {
        let (headings, rows) = self.split(n)?;
        let names = field(rows, 0);
        let mut columns = IndexMap::new();
        for (at, heading) in headings.unwrap_or_default().iter().enumerate().skip(1) {
            // write.table's headings stand one to the left where it numbered the lines.
            let texts: Vec<String> = field(rows, at).iter().map(str::to_owned).collect();
            columns.insert(heading.clone(), crate::io::csv::typed(&texts));
        }
        Some(Named { names, columns })
    }

    /// Names of features for people, and columns of var: identifiers, and types since Cell
    /// Ranger 3.
    pub fn features(&self, n: usize) -> Option<Named> {
        let (headings, rows) = self.split(n)?;
        let widest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns = IndexMap::new();
        if let Some(headings) = headings.filter(|_| widest > 1 && !self.numbered) {
            let called = |heading: &String| SYMBOLS.contains(&&heading.to_lowercase()[..]);
            let at = headings.iter().position(called).unwrap_or(0);
            for (i, heading) in headings.iter().enumerate().filter(|(i, _)| *i != at) {
                columns.insert(heading.clone(), Column::Text(field(rows, i)));
            }
            return Some(Named {
                names: field(rows, at),
                columns,
            });
        }
        let (first, second) = (field(rows, 0), field(rows, 1));
        if widest < 2 {
            return Some(Named {
                names: first,
                columns,
            });
        }
        if widest == 2 && second.iter().all(is_type) {
            insert_types(&mut columns, second);
            return Some(Named {
                names: first,
                columns,
            });
        }
        let turned = second.iter().all(is_ensembl) && !first.iter().all(is_ensembl);
        let (ids, names) = if turned {
            (second, first)
        } else {
            (first, second)
        };
        let names = ids.iter().zip(names.iter()).map(|(id, name)| match name {
            "" => id,
            name => name,
        });
        let names = names.collect();
        columns.insert("gene_ids".to_owned(), Column::Text(ids));
        if widest > 2 {
            insert_types(&mut columns, field(rows, 2));
        }
        Some(Named { names, columns })
    }
}

fn insert_types(columns: &mut IndexMap<String, Column>, types: Names) {
    let types = Column::Text(types).to_category();
    columns.insert("feature_types".to_owned(), Column::Category(types));
}

/// What 10x calls kinds of features.
fn is_type(text: &str) -> bool {
    [
        "Gene Expression",
        "Antibody Capture",
        "CRISPR Guide Capture",
        "Peaks",
        "Custom",
    ]
    .contains(&text)
}

fn field(rows: &[Vec<String>], at: usize) -> Names {
    rows.iter()
        .map(|row| row.get(at).map_or("", String::as_str))
        .collect()
}

/// Tabs where there are any; commas in a .csv; blanks where texts are in quotes, as R writes.
fn separator(path: &Path, lines: &[String]) -> char {
    let name = crate::io::paths::plain_name(path);
    let some = || lines.iter().take(100);
    if some().any(|line| line.contains('\t')) {
        return '\t';
    }
    let quoted = |line: &String| line.contains("\" ");
    if name.ends_with(".csv") && some().any(|line| line.contains(',')) {
        ','
    } else if some().any(quoted) {
        ' '
    } else {
        '\t'
    }
}

/// Fields without their quotes and the blanks around them.
fn fields(line: &str, separator: char) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.trim().is_empty() => quoted = !quoted,
            c if c == separator && !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

/// R's write.table numbers the lines unless it is told not to: 1, 2, 3 …
fn drop_numbers(rows: &mut [Vec<String>]) -> bool {
    let numbered = |rows: &[Vec<String>], from: usize| {
        rows.len() > from
            && (rows[from..].iter().zip(1_usize..))
                .all(|(row, number)| row.len() > 1 && row[0] == number.to_string())
    };
    let from = match rows.first() {
        Some(_) if numbered(rows, 0) => 0,
        Some(_) if rows.len() > 1 && numbered(rows, 1) => 1,
        _ => return false,
    };
    let width = rows[from].len();
    for row in &mut rows[from..] {
        row.remove(0);
    }
    // A heading for the numbers, as write.csv has it.
    if from == 1 && rows[0].len() == width {
        rows[0].remove(0);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    fn names(name: &str, text: &str) -> NameFile {
        let folder = folder(&format!("names-{}", text.len()));
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        NameFile::read(&path).unwrap()
    }

    fn list(names: &Names) -> Vec<&str> {
        names.iter().collect()
    }

    #[test]
    fn names_come_without_quotes_headings_and_numbers() {
        for (name, text) in [
            ("a.tsv", "A\nB\n"),
            ("b.tsv", "\"A\"\r\n\"B\"\r\n"),
            ("c.txt", "\"x\"\n\"1\" \"A\"\n\"2\" \"B\"\n"),
            ("d.csv", "\"\",\"x\"\n\"1\",\"A\"\n\"2\",\"B\"\n"),
            ("e.csv", "barcode\nA\nB\n\n"),
        ] {
            let file = names(name, text);
            assert!(file.fits(2), "{name}: {file:?}");
            let cells = file.cells(2).unwrap();
            assert_eq!(list(&cells.names), ["A", "B"], "{name}");
            let features = file.features(2).unwrap();
            assert_eq!(list(&features.names), ["A", "B"], "{name}");
        }
    }

    #[test]
    fn features_have_names_for_people() {
        let ids = ["ENSG00000000001", "ENSG00000000002"];
        for text in [
            "ENSG00000000001\tA\tGene Expression\nENSG00000000002\tB\tGene Expression\n",
            "A\tENSG00000000001\nB\tENSG00000000002\n",
            "gene_id\tgene_name\tgenome\nENSG00000000001\tA\th\nENSG00000000002\tB\th\n",
        ] {
            let features = names("f.tsv", text).features(2).unwrap();
            assert_eq!(list(&features.names), ["A", "B"], "{text:?}");
            let Some((_, Column::Text(found))) = features.columns.get_index(0) else {
                panic!("{text:?}");
            };
            assert_eq!(list(found), ids, "{text:?}");
        }
        let types = names("t.tsv", "A\tGene Expression\nB\tPeaks\n").features(2);
        assert!(types.unwrap().columns.contains_key("feature_types"));
    }

    #[test]
    fn further_columns_of_cells_are_kept_with_headings() {
        let cells = names("m.csv", "bc,sample,n\nA,s1,3\nB,s2,4\n").cells(2);
        let cells = cells.unwrap();
        assert_eq!(cells.columns.keys().collect::<Vec<_>>(), ["sample", "n"]);
        assert!(names("m.csv", "A\nB\n").cells(4).is_none());
    }
}
