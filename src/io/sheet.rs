//! Whether a text file is a sheet with words in it, or a matrix of numbers.

use std::path::Path;

/// Bytes of a file that tell whether it is a table.
const HEAD: u64 = 1 << 16;

/// Whether a .csv or .tsv is a table rather than a matrix: a line of headings, and texts below it
/// in other columns than the first, as far as its beginning tells.
pub fn is_table(path: &Path) -> bool {
    let tab = path.extension().is_some_and(|end| end == "tsv");
    let plain = tab || path.extension().is_some_and(|end| end == "csv");
    let Some(file) = std::fs::File::open(path).ok().filter(|_| plain) else {
        return false;
    };
    let mut bytes = Vec::new();
    if std::io::Read::read_to_end(&mut std::io::Read::take(file, HEAD), &mut bytes).is_err() {
        return false;
    }
    let text = String::from_utf8_lossy(&bytes);
    let whole = match (bytes.len() as u64 == HEAD, text.rfind('\n')) {
        (true, Some(end)) => &text[..end],
        _ => &text[..],
    };
    let separator = if tab { '\t' } else { ',' };
    let width = whole
        .lines()
        .next()
        .map_or(0, |line| line.split(separator).count());
    if whole.starts_with("gene\tcell\tcount") {
        return false;
    }
    let missing = ["", "NA", "NaN", "nan", "N/A", "NULL", "\"\""];
    let is_text = |field: &str| field.parse::<f64>().is_err() && !missing.contains(&field);
    whole.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split(separator).map(str::trim).collect();
        fields.len() == width && width > 1 && fields[1..].iter().any(|field| is_text(field))
    })
}

#[cfg(test)]
mod tests {
    use super::is_table;

    #[test]
    fn words_make_a_table() {
        let folder = std::env::temp_dir().join(format!("sca-sheet-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let is = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            is_table(&path)
        };
        assert!(is("a.csv", "sample,condition,cells\ns1,control,40\n"));
        assert!(is("a.tsv", "sample\tpath\ns1\tx.h5ad\n"));
        assert!(!is("b.csv", "cell,g1,g2\nc1,0,3\nc2,NA,1\n"));
        assert!(!is("c.tsv", "gene\tcell\tcount\ng1\tc1\t3\n"));
        assert!(!is("d.txt", "a,b\nx,y\n"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
