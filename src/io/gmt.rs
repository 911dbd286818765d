//! Gene sets in the .gmt format of GSEA and MSigDB: a line for each set with its name, a description, and its genes,
//! separated by tabs (<https://software.broadinstitute.org/cancer/software/gsea/wiki/index.php/Data_formats>).

use super::paths::plain_name;
use super::text::{Pieces, lines, utf8};
use crate::data::FileError;
use std::path::Path;

/// Whether a file is called so.
pub fn is_gmt(path: &Path) -> bool {
    plain_name(path).ends_with(".gmt") && path.is_file()
}

/// The sets of a file with their genes, in its order.
///
/// # Errors
/// It cannot be read; a line has no genes; two sets have the same name.
pub fn read(path: &Path) -> Result<Vec<(String, Vec<String>)>, FileError> {
    let bytes = Pieces::open(path)?.all()?;
    utf8(path, &bytes, 1)?;
    let mut sets: Vec<(String, Vec<String>)> = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (line, number) in lines(&bytes).zip(1..) {
        let line = utf8(path, line, number)?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |problem: &str| Err(FileError::new(path, format!("line {number} {problem}")));
        let mut fields = line.split('\t').map(str::trim);
        let name = fields.next().unwrap_or_default().to_owned();
        let genes: Vec<String> = fields
            .skip(1)
            .filter(|gene| !gene.is_empty())
            .map(str::to_owned)
            .collect();
        if name.is_empty() || genes.is_empty() {
            let problem = "is not a name, a description, and genes, separated by tabs";
            return wrong(problem);
        }
        if !names.insert(name.clone()) {
            return wrong(&format!("has the name of an earlier set, {name:?}"));
        }
        sets.push((name, genes));
    }
    if sets.is_empty() {
        return Err(FileError::new(path, "is empty"));
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    #[test]
    fn a_set_a_line() {
        let folder = folder("gmt");
        let path = folder.join("h.gmt");
        let written = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path)
        };
        let sets = written("A\thttps://a\tCD3D\tCD3E\t\r\n\nB b\t\tLYZ\n").unwrap();
        let genes = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(sets[0], ("A".to_owned(), genes(&["CD3D", "CD3E"])));
        assert_eq!(sets[1], ("B b".to_owned(), genes(&["LYZ"])));
        let problem = |text: &str| written(text).unwrap_err().problem;
        assert!(problem("A\tx\n").starts_with("line 1 is not a name"));
        assert!(problem("A\tx\tG\nA\tx\tH\n").starts_with("line 2 has the name"));
        assert_eq!(problem("\n"), "is empty");
    }
}
